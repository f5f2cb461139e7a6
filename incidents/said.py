"""What a form must say: each empty field is refused by its name, before anything is locked."""

from django.utils.translation import gettext as _

from incidents.errors import Refused


def words(field: str, given: str, *, most: int = 500) -> str:
    """The trimmed text; refused when empty or longer than `most` characters."""
    text = given.strip()
    if not text:
        raise Refused(field, _("Please fill this in."))
    if len(text) > most:
        raise Refused(field, _("At most %(most)d characters.") % {"most": most})
    return text


def one_of(field: str, given: str, choices: list[str] | tuple[str, ...]) -> str:
    """One of the choices; anything else is refused."""
    if given not in choices:
        raise Refused(field, _("Please choose one."))
    return given


def whole(field: str, given: str, *, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not (given.strip().isascii() and given.strip().isdigit()):
        raise Refused(field, _("Please give a number."))
    number = int(given.strip()[:9])
    if not least <= number <= most:
        raise Refused(
            field,
            _("Between %(least)d and %(most)d, please.") % {"least": least, "most": most},
        )
    return number
