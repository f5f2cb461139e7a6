"""How many were connected in time, and how many were answered on the spot."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, F, Q

from accounts.scope import Scope
from incidents.models import Channel, Contact

Result = Contact.Result


@dataclass(frozen=True, slots=True)
class Share:
    """A rate never without its n; `rate` is None where there is nothing to divide by."""

    count: int
    n: int

    @property
    def rate(self) -> float | None:
        return self.count / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class ContactFigures:
    """`connected`: answered within 15 s (as configured) of all calls offered.

    `direct`: answered at the desk of all contacts accepted, by whatever channel.
    """

    connected: Share
    direct: Share


def figures(start: datetime, end: datetime, scope: Scope) -> ContactFigures:
    """Of the contacts that began in [start, end) within this scope, in one statement.

    Raises ValueError for a period that ends before it begins.
    """
    if end < start:
        raise ValueError("the period ends before it begins")
    incoming = Q(direction=Contact.Direction.IN)
    offered = incoming & Q(channel=Channel.TELEPHONE, offered_at__isnull=False)
    in_time = offered & Q(answered_at__lte=F("offered_at") + settings.CONNECTED_WITHIN)
    answered = incoming & Q(result=Result.ANSWERED)
    accepted = incoming & Q(result__in=[Result.ANSWERED, Result.REPORT])
    found = (
        Contact.objects.in_scope(scope)
        .filter(began_at__gte=start, began_at__lt=end)
        .aggregate(
            in_time=Count("id", filter=in_time),
            offered=Count("id", filter=offered),
            answered=Count("id", filter=answered),
            accepted=Count("id", filter=accepted),
        )
    )
    return ContactFigures(
        connected=Share(found["in_time"], found["offered"]),
        direct=Share(found["answered"], found["accepted"]),
    )
