"""What an operator files for a caller: one contact, one report, however often the form is sent."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from districts.models import Division, Level
from incidents import alarms, ends, knowledge
from incidents.contacts import close, in_hand, reported
from incidents.errors import Refused
from incidents.intake import NewReport, Sender, file_report
from incidents.models import AlarmWord, Contact, KnowledgeVersion, Report

Result = Contact.Result


@transaction.atomic
def file(uid: UUID, operator: User, new: NewReport) -> Contact:
    """A report for somebody else to handle. Raises Refused, KeyReused or NotAllowedNow."""
    contact = in_hand(uid, operator)
    return reported(contact, written(contact, operator, new), Result.REPORT)


def written(contact: Contact, operator: User, new: NewReport) -> Report:
    """The report of this contact, in its channel; words of danger make it urgent."""
    heard = replace(new, urgent=new.urgent or bool(alarms.heard(new.text)))
    filed = file_report(
        heard, sender=Sender(operator, contact.complainant), key=f"contact:{contact.uid}"
    )
    found = Report.objects.select_related("incident", "complainant")
    return found.get(number=filed.answer["number"])


def alone(new: NewReport) -> NewReport:
    """What ends at the desk ends for this caller, never for those who asked the same before."""
    return replace(new, same_as="")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a contact is handed on to: an emergency number, or another city's hotline."""

    code: str
    name: str
    is_emergency: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it is not accepted, and where it belongs."""

    reason: str
    right_channel: str


def target(code: str) -> Target:
    """Raises Refused (`to`) for anything but 110, 119, 120, 122 and a city of the province."""
    if code in AlarmWord.Call.values:
        return Target(code, code, is_emergency=True)
    city = Division.objects.filter(code=code, level=Level.CITY).first()
    if city is None:
        raise Refused("to", _("Choose where it is transferred to."))
    return Target(city.code, city.name, is_emergency=False)


@transaction.atomic
def answer(uid: UUID, operator: User, new: NewReport, version: KnowledgeVersion) -> Contact:
    """Answered on the spot, and recorded as a consultation with that answer."""
    contact = in_hand(uid, operator)
    report = written(contact, operator, alone(new))
    ends.answer(report.incident_id, operator, version.answer)
    knowledge.answered_it(version.item_id)
    return reported(contact, report, Result.ANSWERED, knowledge_item=version.item)


@transaction.atomic
def refuse(uid: UUID, operator: User, new: NewReport, why: Refusal) -> Contact:
    """Not accepted; the citizen reads the reason and the right channel."""
    contact = in_hand(uid, operator)
    report = written(contact, operator, alone(new))
    ends.refuse(report.incident_id, operator, reason=why.reason, right_channel=why.right_channel)
    return reported(contact, report, Result.NOT_ACCEPTED)


@transaction.atomic
def transfer(uid: UUID, operator: User, to: Target, new: NewReport | None) -> Contact:
    """To an emergency number the incident stays open, with an alarm; to another city it ends."""
    contact = in_hand(uid, operator)
    if new is None:
        return close(contact, Result.TRANSFERRED, transferred_to=to.name)
    report = written(contact, operator, new if to.is_emergency else alone(new))
    if to.is_emergency:
        ends.alarm(report.incident_id, operator, to.code)
    else:
        reason = _("This belongs to %(city)s.") % {"city": to.name}
        channel = _("12345 of %(city)s") % {"city": to.name}
        ends.transfer(report.incident_id, operator, reason=reason, right_channel=channel)
    return reported(contact, report, Result.TRANSFERRED, transferred_to=to.name)
