"""Who wants no SMS any more says so by SMS (退订), and can take it back.

What would have gone by SMS to such a number is not sent at all; the case itself goes on, is called
back, and tells its citizen by every other way.
"""

import unicodedata

from django.utils.translation import gettext as _

from incidents.models import StoppedNumber
from incidents.vault import index_of

STOP = frozenset({"td", "t", "退订", "停止", "stop", "unsubscribe"})
START = frozenset({"恢复", "重新订阅", "start"})


def word_of(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("。.!！").lower()


def heed(phone: str, text: str) -> bool:
    """Do what a stop or start word says; whether the SMS was one."""
    word = word_of(text)
    if word in STOP:
        StoppedNumber.objects.get_or_create(index=index_of(phone))
    elif word in START:
        StoppedNumber.objects.filter(index=index_of(phone)).delete()
    return word in STOP | START


def reply_to(text: str) -> str:
    if word_of(text) in STOP:
        return _("You will get no more SMS of 12345. Send START to get them again.")
    return _("You will get SMS of 12345 again. Send STOP to end them.")


def is_stopped(phone: str) -> bool:
    return StoppedNumber.objects.filter(index=index_of(phone)).exists()
