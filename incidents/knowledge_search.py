"""Finding answers as somebody types: bigrams for Chinese, beginnings of Latin words, likeness."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from districts import prepared
from incidents.bigrams import bigrams, plain
from incidents.models.knowledge import chinese

MOST_FOUND = 8
# In half of all questions, and so no sign of what one is about.
COMMON_WORDS = (
    "a an and are at be can do does for from get has have how i in is it me my no not of on or so "
    "that the there this to was we what when where who why will with you your "
    "怎么 么办 怎样 什么 么时 如何 可以 以吗 哪里 我家 家里 我们 有没 没有 请问"
)
COMMON = frozenset(COMMON_WORDS.split())
# Of the pieces of a long question so many must be met, or the answer is about something else.
LEAST_MET = 0.2
# A title met counts three times a text met. Each way of finding has its index; joined by OR the
# planner reads the whole table instead.
SEARCH = """
WITH asked AS (SELECT %(tokens)s::text[] AS tokens, %(text)s::text AS text),
found AS (
    SELECT id FROM incidents_knowledgeversion WHERE words @@ %(any)s::tsquery
    UNION SELECT id FROM incidents_knowledgeversion WHERE %(text)s::text <%% question_zh
    UNION SELECT id FROM incidents_knowledgeversion WHERE %(text)s::text <%% question_en
), best AS (
    SELECT v.id, met.title * 3 + met.body + likeness.best AS rank
    FROM asked CROSS JOIN found
    JOIN incidents_knowledgeversion v ON v.id = found.id
    CROSS JOIN LATERAL (
        SELECT coalesce(avg((v.words @@ (token || ':*A')::tsquery)::int), 0)::float8 AS title,
               coalesce(avg((v.words @@ (token || ':*')::tsquery)::int), 0)::float8 AS body
        FROM unnest(asked.tokens) AS token) AS met
    CROSS JOIN LATERAL (
        SELECT greatest(word_similarity(asked.text, v.question_zh),
                        word_similarity(asked.text, v.question_en))::float8 AS best) AS likeness
    WHERE v.state = 'published' AND v.valid_from <= %(today)s
      AND (v.valid_to IS NULL OR v.valid_to >= %(today)s)
      AND (met.body >= %(least)s OR likeness.best >= 0.6)
    ORDER BY rank DESC, v.item_id LIMIT %(most)s)
SELECT v.item_id, v.id, v.question_zh, v.question_en, v.answer_zh, v.answer_en, v.source,
       v.category_id, u.name AS unit, u.name_en AS unit_en
FROM best
JOIN incidents_knowledgeversion v ON v.id = best.id
JOIN incidents_knowledgeitem i ON i.id = v.item_id
JOIN accounts_unit u ON u.id = i.unit_id
ORDER BY best.rank DESC, v.item_id
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A published version in force, in the reader's language where it has one."""

    item: int
    version: int
    question: str
    answer: str
    source: str
    unit: str
    category: str


def search(text: str, most: int = MOST_FOUND) -> list[Answer]:
    """The best answers first, in one statement; nothing for a text without a letter or digit."""
    pieces = bigrams(text)
    tokens = [piece for piece in pieces if piece not in COMMON] or pieces
    if not tokens:
        return []
    given = {
        "tokens": tokens,
        "any": " | ".join(f"{token}:*" for token in tokens),
        "text": plain(text)[:200],
        "today": timezone.localdate(),
        "least": LEAST_MET,
        "most": most,
    }
    return [answer_of(row) for row in prepared.rows(SEARCH, given)]


def answer_of(row: dict[str, Any]) -> Answer:
    zh = chinese()
    return Answer(
        item=row["item_id"],
        version=row["id"],
        question=row["question_zh"] if zh else row["question_en"] or row["question_zh"],
        answer=row["answer_zh"] if zh else row["answer_en"] or row["answer_zh"],
        source=row["source"],
        unit=row["unit"] if zh else row["unit_en"],
        category=row["category_id"] or "",
    )
