"""What a message goes on from: a question by SMS, or an open report of who sent it.

A number is believed where an SMS gateway vouches for it: whoever forges one can add words to a
report of that number, and the answer goes to the number itself. Names of a chat are known within
their gateway alone.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from incidents import letters, text_survey, vault
from incidents.letter_scoring import is_delicate, surest, words_of
from incidents.models import ENDED, Letter, Report

REPORTS = Report.objects.select_related("incident__category", "complainant")
# So long a message goes on from the one before it, where several reports are open.
GOES_ON = timedelta(hours=24)
Why = Letter.Why


def surveyed(read: letters.Read) -> Report | None:
    """The report whose question this SMS answers; the answer is recorded."""
    found = text_survey.take(read.phone, read.said) if read.phone else None
    return found.report if found else None


def goes_on(letter: Letter, read: letters.Read) -> tuple[Report | None, str]:
    """The report it belongs to, and why it is not added by itself, if so."""
    if read.numbers and (named := REPORTS.filter(number__in=read.numbers).order_by("-id").first()):
        return by_number(letter, read, named)
    still_open = own(letter, read).exclude(incident__status__in=ENDED)
    found = list(still_open.order_by("-id")[:50])
    if not found or is_another(words_of(read), found):
        return None, ""
    if len(found) == 1:
        return found[0], ""
    last = last_told(letter, found)
    return (last, "") if last else (None, Why.WHICH)


def by_number(letter: Letter, read: letters.Read, named: Report) -> tuple[Report | None, str]:
    if not own(letter, read).filter(pk=named.pk).exists():
        return None, Why.NOT_THEIRS
    return named, "" if named.incident.is_open else Why.ENDED


def own(letter: Letter, read: letters.Read) -> "QuerySet[Report]":
    """What came from this sender before, by messages or by any other way with this number."""
    before = others(letter).filter(report__isnull=False)
    known = vault.with_phone(read.phone).order_by()
    is_theirs = Q(pk__in=before.values("report")) | Q(complainant__in=known.values("pk"))
    return REPORTS.filter(is_theirs, withdrawn_at=None)


def others(letter: Letter) -> "QuerySet[Letter]":
    """This sender's other messages that were filed or added."""
    settled = (Letter.State.FILED, Letter.State.THREADED)
    same = Letter.objects.filter(sender_index=letter.sender_index, state__in=settled)
    return same.exclude(pk=letter.pk).exclude(sender_index="")


def is_another(text: str, found: list[Report]) -> bool:
    """A matter of its own: wrongdoing, or surely of a category none of these reports has."""
    meant = surest(text)
    own_codes = {report.incident.category_id for report in found}
    return is_delicate(text) or bool(meant and meant not in own_codes)


def last_told(letter: Letter, found: list[Report]) -> Report | None:
    """The one that this sender last wrote about, not long ago."""
    since = timezone.now() - GOES_ON
    recent = others(letter).filter(received_at__gte=since, report__in=found)
    last = recent.order_by("-id").first()
    return next((each for each in found if last and each.pk == last.report_id), None)
