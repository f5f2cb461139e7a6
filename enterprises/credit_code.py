"""The unified social credit code of a firm (统一社会信用代码, GB 32100-2015). Pure.

18 characters: who registers, what kind, six digits of the division of registration, nine of the
firm itself, and a check character over the 17 before it (sum of value x 3^place, modulo 31).
"""

import re
from enum import Enum

# No I, O, S, V and Z: they are read as 1, 0, 5, U and 2.
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALUE = {letter: n for n, letter in enumerate(LETTERS)}
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
LENGTH = 18
PATTERN = rf"^[{LETTERS}]{{2}}[0-9]{{6}}[{LETTERS}]{{10}}$"
SHAPE = re.compile(PATTERN)


class Fault(Enum):
    """Why something is no credit code."""

    LENGTH = "length"
    LETTERS = "letters"
    CHECK = "check"


def check_letter(body: str) -> str:
    """The 18th character for the 17 before it; KeyError for a letter that is none of ours."""
    total = sum(VALUE[letter] * weight for letter, weight in zip(body, WEIGHTS, strict=True))
    return LETTERS[-total % 31]


def tidy(given: str) -> str:
    """As it is stored: people put blanks between, and write small letters."""
    return "".join(given.split()).upper()


def fault(code: str) -> Fault | None:
    """What is wrong with a tidied code; None where nothing is."""
    if len(code) != LENGTH:
        return Fault.LENGTH
    if not SHAPE.fullmatch(code):
        return Fault.LETTERS
    return None if check_letter(code[:-1]) == code[-1] else Fault.CHECK
