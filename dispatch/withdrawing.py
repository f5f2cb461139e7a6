"""撤诉: a citizen needs it no longer, by the tracking page or by what an operator heard.

Where others reported the same, only this citizen's part ends; else the incident does, and whoever
has it in hand is told so.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import orders
from dispatch.assigning import close_assignments
from incidents import messages, wake
from incidents.errors import Refused
from incidents.lifecycle import Step, Who
from incidents.models import Incident, Outcome, Report
from incidents.transitions import Noted, lock, move

MOST = 500


@transaction.atomic
def withdraw(report_id: int, *, reason: str = "", actor: User | None = None) -> Report:
    """End this report's part; the second time nothing happens. Without an actor, by the citizen.

    Raises Refused for a reason too long, and as the table does.
    """
    reason = reason.strip()
    if len(reason) > MOST:
        raise Refused("reason", _("At most %(most)d characters.") % {"most": MOST})
    incident, report = locked(report_id)
    if report.withdrawn_at is not None:
        return report
    others = incident.reports.filter(withdrawn_at=None).exclude(pk=report.pk)
    if others.exists():
        leave(incident, report, reason, actor)
    else:
        end(incident, reason, actor)
    report.withdrawn_at = timezone.now()
    report.save(update_fields=["withdrawn_at"])
    return report


def by_number(incident: Incident, number: str, actor: User, reason: str) -> Report:
    """For an operator, who has the incident before them and hears which report is meant."""
    found = incident.reports.filter(number=number.strip()).first()
    if found is None:
        raise Refused("report", _("This incident has no such report."))
    return withdraw(found.pk, reason=reason, actor=actor)


def locked(report_id: int) -> tuple[Incident, Report]:
    """The report with the incident it is in now: a merge may have moved it while we waited."""
    while True:
        incident = lock(Report.objects.values_list("incident_id", flat=True).get(pk=report_id))
        report = Report.objects.select_for_update(of=("self",)).get(pk=report_id)
        if report.incident_id == incident.pk:
            return incident, report


def who(actor: User | None) -> Who | None:
    return None if actor else Who.CITIZEN


def leave(incident: Incident, report: Report, reason: str, actor: User | None) -> None:
    noted = Noted(Step.LEAVE, {"number": report.number, **said(reason)})
    move(incident, noted, actor=actor, who=who(actor))
    if messages.of_withdrawal(report, incident):
        wake.after_commit(messages.SEND)


def end(incident: Incident, reason: str, actor: User | None) -> None:
    why = reason or _("The citizen needs it no longer.")
    move(
        incident,
        *orders.take_back(incident, why),
        Noted(Step.WITHDRAW, said(reason)),
        actor=actor,
        who=who(actor),
        outcome=Outcome.WITHDRAWN,
        end_reason=reason,
        ended_at=timezone.now(),
        field_worker=None,
    )
    close_assignments(incident)


def said(reason: str) -> dict[str, str]:
    return {"reason": reason} if reason else {}
