"""What in a text tells who somebody is: numbers of phones, papers and cars, addresses. Pure."""

import re

STARS = "***"
# Full-width signs as the usual ones, one for one, so that places in the text stay the same.
PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
PLATE = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    r"\s?[A-Za-z][ ·•.-]?[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳使领]"
)
# 18 digits of an identity card, the last perhaps an X; 15 of an old one.
PAPER = r"(?<!\d)(?:\d[ -]?){17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)"
MOBILE = r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d){8}(?!\d)"
# Any long row of digits: telephones, bank cards, numbers of chat programs; also in Chinese words.
DIGITS = r"(?<!\d)\d(?:[ -]?\d){6,}(?!\d)|[零〇一二三四五六七八九幺]{7,}"
# Digits that tell of nobody: our own numbers, and days.
HARMLESS = (
    r"(?<!\d)\d{8}-\d{6,9}(?!\d)|(?<!\d)(?:19|20)\d\d[-./](?:1[0-2]|0?[1-9])[-./]\d{1,2}(?![-\d])"
)
OF_PEOPLE = re.compile("|".join((HARMLESS, EMAIL, PLATE, PAPER, MOBILE)))
ALL = re.compile("|".join((HARMLESS, EMAIL, PLATE, PAPER, MOBILE, DIGITS)))
IS_HARMLESS = re.compile(HARMLESS)


def masked(text: str) -> str:
    """What a stranger wrote, without what tells who somebody is."""
    return _masked(text, ALL)


def masked_but_for_offices(text: str) -> str:
    """What a unit wrote: the telephone of an office stays, that of a person goes."""
    return _masked(text, OF_PEOPLE)


def _masked(text: str, pattern: re.Pattern[str]) -> str:
    plain = text.translate(PLAIN)
    out, done = [], 0
    for found in pattern.finditer(plain):
        if IS_HARMLESS.fullmatch(found.group()):
            continue
        out += [text[done : found.start()], STARS]
        done = found.end()
    return "".join([*out, text[done:]])
