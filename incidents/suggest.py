"""Which categories somebody's words may mean: by the names, and by what people say instead."""

from collections.abc import Iterable
from dataclasses import dataclass

from incidents.bigrams import bigrams, plain, says
from incidents.models import Category

MOST = 5
# A word of the list is what people really say; a piece of the name is a guess.
WORD, NAME_WHOLE, NAME_PIECE = 2.0, 4.0, 2.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    category: Category
    score: float


def suggest(text: str, most: int = MOST) -> list[Suggestion]:
    """The likeliest first; none for words that mean nothing to us. One statement."""
    return ranked(text, Category.objects.in_use(), most)


def ranked(text: str, categories: Iterable[Category], most: int = MOST) -> list[Suggestion]:
    said, pieces = plain(text), frozenset(bigrams(text))
    if not pieces:
        return []
    scored = [Suggestion(each, score(each, said, pieces)) for each in categories]
    likely = [each for each in scored if each.score > 0]
    return sorted(likely, key=lambda each: -each.score)[:most]


def score(category: Category, said: str, pieces: frozenset[str]) -> float:
    """Longer words say more: 室温 counts two characters, "wage" its share of four."""
    words = sum(WORD * weight(word) for word in category.words if says(said, word))
    whole = NAME_WHOLE if says(said, category.name_zh) else 0.0
    named = max(overlap(category.name_zh, pieces), overlap(category.name_en, pieces))
    return words + whole + (NAME_PIECE * named if named >= 0.5 else 0.0)


def weight(word: str) -> float:
    return len(word) / 5 if word.isascii() else len(word) / 2


def overlap(name: str, pieces: frozenset[str]) -> float:
    parts = bigrams(name)
    return sum(part in pieces for part in parts) / len(parts) if parts else 0.0
