"""A blind index of phones, and what is shown of a phone or a name; `accounts.sealing` seals."""

import hashlib
import hmac
import re
import unicodedata

# Shown of a phone: with fewer digits than this, what is left would be easy to guess.
LONG_PHONE = 11
SHORT_PHONE = 8
CHINA = "86"
MOBILE = re.compile(r"861\d{10}")


def digits(phone: str) -> str:
    """One number, however it was written: digits alone, without China's own code before them."""
    plain = unicodedata.normalize("NFKC", phone).strip()
    found = re.sub(r"[^0-9]", "", plain)
    if found.startswith("00" + CHINA):
        return found[2 + len(CHINA) :]
    if found.startswith(CHINA) and (plain.startswith("+") or MOBILE.fullmatch(found)):
        return found[len(CHINA) :]
    return found


def blind(phone: str, key: bytes) -> str:
    """What finds a number again without telling it; empty for none."""
    number = digits(phone)
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest() if number else ""


def masked_phone(phone: str) -> str:
    """`138****5678`; of a shorter number less is shown, of a short one nothing."""
    number = digits(phone)
    if len(number) >= LONG_PHONE:
        return f"{number[:3]}****{number[-4:]}"
    return f"****{number[-2:]}" if len(number) >= SHORT_PHONE else "*" * len(number)


def masked_name(name: str) -> str:
    """`王**`: the first character, and of a name of one character not even that."""
    name = name.strip()
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)
