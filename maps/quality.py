"""Figures of the province beside the published columns: of the line, of rework, of time.

Each is a numerator with what it is of; times are in seconds. Incidents of wrongdoing are in none
(maps.figures); calls are counted whatever they were about.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, FloatField, Q
from django.db.models.functions import Coalesce, Extract, Now

from accounts.scope import Scope
from incidents import contact_figures
from incidents.models import Check, Kind
from maps import figures
from maps.figures import Month

PROVINCE = Scope(prefix="", placeless=True, wrongdoing=True)
Pair = tuple[int, int]
OVERDUE_DAYS = (1, 3, 7)


class Percentile(Aggregate):
    """`percentile_cont(share)`: the value below which that share lies, between two where needed."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def line(month: Month) -> tuple[Pair, Pair]:
    """Connected rate 接通率 = answered within 15 s / offered; direct-answer rate 直接答复率 =
    answered at the desk / accepted. Of contacts that began in the month."""
    found = contact_figures.figures(month.begins, month.ends, PROVINCE)
    return (found.connected.count, found.connected.n), (found.direct.count, found.direct.n)


def reworked(month: Month) -> Pair:
    """Rework rate 返工率 = sent back at least once, by a check or the citizen / reply accepted in
    the month."""
    again = Q(reworks__gt=0) | Q(failed_checks__gt=0)
    return of_incidents(month.within("accepted_at"), again)


def faked(month: Month) -> Pair:
    """Faked-closing rate 虚假办结率 = found faked / replies looked at in the month."""
    done = Check.objects.filter(month.within("done_at")).exclude(verdict="")
    looked_at = done.exclude(incident__kind=Kind.WRONGDOING).order_by()
    told = looked_at.aggregate(
        n=Count("id"), hits=Count("id", filter=Q(verdict=Check.Verdict.FAKED))
    )
    return told["hits"], told["n"]


def repeated(month: Month) -> Pair:
    """Repeat rate 重复率 = the same citizen, the same matter, within 30 days / dispatched."""
    return of_incidents(figures.dispatched(month), Q(repeats__gt=0))


def of_incidents(of: Q, hits: Q) -> Pair:
    found = figures.counted().filter(of).order_by()
    told = found.aggregate(n=Count("id"), hits=Count("id", filter=hits))
    return told["hits"], told["n"]


def handling(month: Month) -> tuple[int, float | None, float | None]:
    """How many replies were accepted in the month, and P50 and P90 of the time from dispatch to
    the accepted reply without what stood still, in seconds; never the mean alone."""
    took = ExpressionWrapper(F("accepted_at") - F("dispatched_at"), output_field=DurationField())
    done = figures.counted().filter(month.within("accepted_at"), dispatched_at__isnull=False)
    seconds = Extract(took, "epoch") - F("paused_s")
    told = (
        done.order_by()
        .annotate(seconds=seconds)
        .aggregate(
            n=Count("id"),
            p50=Percentile("seconds", share=0.5),
            p90=Percentile("seconds", share=0.9),
        )
    )
    return told["n"], told["p50"], told["p90"]


def overdue(month: Month) -> dict[str, int]:
    """Of those due in the month: late by more than 1, 3 and 7 days when counted."""
    late_by = ExpressionWrapper(
        Coalesce(F("accepted_at"), Now()) - F("due_at"), output_field=DurationField()
    )
    wanted = {
        str(days): Count("id", filter=Q(late_by__gt=timedelta(days=days))) for days in OVERDUE_DAYS
    }
    found = figures.counted().filter(figures.late(month)).order_by().annotate(late_by=late_by)
    return found.aggregate(**wanted)


PAIRS: dict[str, Callable[[Month], Pair]] = {
    "reworked": reworked, "faked": faked, "repeated": repeated,
}  # fmt: skip


def count(month: Month) -> dict[str, Any]:
    """All of it, as a bulletin keeps it: pairs by name, `hours`, `overdue`."""
    connected, direct = line(month)
    n, p50, p90 = handling(month)
    return {
        "pairs": {
            "connected": [*connected],
            "direct": [*direct],
            **{name: [*of(month)] for name, of in PAIRS.items()},
        },
        "handling": {"n": n, "p50_s": p50, "p90_s": p90},
        "overdue": overdue(month),
    }
