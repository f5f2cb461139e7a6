"""Chinese words without a dictionary, as `hotline_bigrams()` cuts them in the database. Pure."""

import re
import unicodedata
from functools import lru_cache

RUN = re.compile(r"[a-z0-9]+|[\u3400-\u4dbf\u4e00-\u9fff]+")
# A question is found by its first words; what a long letter says after them only slows it down.
MOST = 60
# Letters of one Latin word; beginnings are what is looked for.
LONGEST = 40


def plain(text: str) -> str:
    """Full-width letters and digits, and capitals, as everybody else writes them."""
    return unicodedata.normalize("NFKC", text).lower()


def bigrams(text: str) -> list[str]:
    """Each once, in their order: two neighbouring characters, a lone one, a Latin word."""
    found: dict[str, None] = {}
    for run in RUN.findall(plain(text)):
        if run.isascii() or len(run) == 1:
            found[run[:LONGEST]] = None
        else:
            found.update((run[i : i + 2], None) for i in range(len(run) - 1))
    return list(found)[:MOST]


def says(said: str, word: str) -> bool:
    """Whether a plain text holds this word: a Latin one whole ("ice" is not in "police")."""
    word, whole = sought(word)
    return word in said if whole is None else whole.search(said) is not None


@lru_cache(maxsize=2048)
def sought(word: str) -> tuple[str, re.Pattern[str] | None]:
    """Prepared once: every dispatch looks for all of the alarm words."""
    word = plain(word)
    if not word.isascii():
        return word, None
    return word, re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?:e?s)?(?![a-z0-9])")
