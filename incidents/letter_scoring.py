"""What the words of a letter mean: one category surely, wrongdoing perhaps, or neither."""

from incidents.letters import Read
from incidents.suggest import suggest

# The words of a report, as everywhere.
LONGEST = 5000
# A category is sure when it scores so much, and so many times what the next one scores.
SURE, AHEAD = 4.0, 2.0
# Words of reports of wrongdoing, which must not pass through the hands of those they name.
DELICATE = ("举报", "贪污", "受贿", "行贿", "渎职", "滥用职权", "corrupt", "bribe", "whistleblow")


def words_of(read: Read) -> str:
    """Subject and own words; the subject alone where the letter only repeats it."""
    subject = "" if read.subject in read.said else read.subject
    return f"{subject}\n{read.said}".strip()[:LONGEST]


def is_delicate(text: str) -> bool:
    """Whether it may report wrongdoing."""
    return any(word in text.lower() for word in DELICATE)


def surest(text: str) -> str:
    """The code of the one category these words surely mean, or nothing."""
    found = suggest(text.lower())
    if not found or found[0].score < SURE:
        return ""
    second = found[1].score if len(found) > 1 else 0.0
    return found[0].category.code if found[0].score >= AHEAD * second else ""
