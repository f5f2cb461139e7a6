"""What an operator sees of a caller before the first word: earlier reports and contacts."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from incidents import vault
from incidents.models import Contact, Incident, Report

MOST = 8
RECENT = timedelta(days=30)
# So many contacts in 30 days make a repeat caller, this one counted.
REPEATS_FROM = 3


@dataclass(frozen=True, slots=True)
class History:
    reports: list[Report] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    recent: int = 0

    @property
    def is_repeat(self) -> bool:
        return self.recent >= REPEATS_FROM


def history(contact: Contact, operator: User) -> History:
    """By the number, as far as this operator may see; nothing where no number is known."""
    if contact.complainant is None:
        return History()
    same = vault.same_number(contact.complainant)
    reports = (
        Report.objects.filter(
            complainant__in=same, incident__in=Incident.objects.visible_to(operator)
        )
        .select_related("incident__category__field", "incident__division")
        .order_by("-id")
    )
    contacts = Contact.objects.visible_to(operator).filter(complainant__in=same)
    return History(
        reports=list(reports[:MOST]),
        contacts=list(contacts.exclude(pk=contact.pk).select_related("operator")[:MOST]),
        recent=contacts.filter(began_at__gte=timezone.now() - RECENT).count(),
    )
