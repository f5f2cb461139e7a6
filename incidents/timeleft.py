"""How much time a case has left, in words: the same on every desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.models import Incident

SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """`state`: late, soon, fine, paused, stopped; the style sheet has a colour for each."""

    state: str
    words: str


def time_left(incident: Incident, now: datetime | None = None) -> TimeLeft | None:
    """None where no clock runs: before the first dispatch, and after the end."""
    if incident.due_at is None or not incident.is_open:
        return None
    if incident.paused_at is not None:
        return TimeLeft("paused", _("clock paused"))
    if incident.replied_at is not None:
        late = incident.replied_at > incident.due_at
        return TimeLeft("stopped", _("replied late") if late else _("replied in time"))
    left = incident.due_at - (now or timezone.now())
    if left < timedelta(0):
        return TimeLeft("late", _("%(span)s late") % {"span": span(-left)})
    state = "soon" if left < SOON else "fine"
    return TimeLeft(state, _("%(span)s left") % {"span": span(left)})


def span(length: timedelta) -> str:
    """The two greatest units: `2 d 3 h`, `3 h 20 min`, `5 min`."""
    minutes = int(length.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)d min") % {"minutes": minutes}
