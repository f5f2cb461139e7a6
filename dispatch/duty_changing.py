"""What the keeper of a rota sets: whose hours follow which pattern, who is away, who works beside.

Within a moment it holds: who is away is offered nothing more, and what they did not answer goes on
to the next. What they signed stays with them until it is handed over.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from dispatch.errors import RotaRefused
from dispatch.models import DutyChange, RotaPlace, Shift, ShiftPattern, Worker, WorkerQuerySet
from incidents import wake

LONGEST = timedelta(days=366)
REFRESH = "dispatch.tasks.refresh_workers"
OVERLAPS = "one_duty_change_at_a_time"


def kept_by(user: User) -> WorkerQuerySet:
    """Whose rota this person sees: a unit its own workers, the others their territory's."""
    if user.role == Role.UNIT_LIAISON:
        return Worker.objects.filter(unit=user.unit_id)
    return Worker.objects.visible_to(user)


@dataclass(frozen=True, slots=True)
class NewChange:
    """As the form gives it; `begins` and `ends` aware."""

    kind: str
    begins: datetime
    ends: datetime
    reason: str = ""


@transaction.atomic
def note(worker: Worker, new: NewChange, by: User) -> DutyChange:
    """Keep it. Raises RotaRefused, which names the field."""
    check(new)
    change = DutyChange(
        worker=worker,
        kind=new.kind,
        begins_at=new.begins,
        ends_at=new.ends,
        reason=new.reason.strip(),
        made_by=by,
    )
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        if OVERLAPS not in str(error):
            raise
        told = _("Something is noted for this time already; remove that first.")
        raise RotaRefused("begins", told) from error
    wake.after_commit(REFRESH)
    return change


def check(new: NewChange) -> None:
    if new.kind not in DutyChange.Kind.values:
        raise RotaRefused("kind", _("Choose what it is."))
    if new.ends <= new.begins:
        raise RotaRefused("ends", _("It has to end after it begins."))
    if new.ends <= timezone.now():
        raise RotaRefused("ends", _("That time is over."))
    if new.ends - new.begins > LONGEST:
        raise RotaRefused("ends", _("No longer than a year."))
    if len(new.reason.strip()) > 200:
        raise RotaRefused("reason", _("At most 200 characters."))


@transaction.atomic
def remove(worker: Worker, change_id: int) -> None:
    """What has not begun is taken out; what goes on ends now, and stays in the books."""
    change = worker.duty_changes.select_for_update().filter(pk=change_id).first()
    now = timezone.now()
    if change is None or change.ends_at <= now:
        raise RotaRefused("change", _("This is over, or somebody removed it already."))
    if change.begins_at >= now:
        change.delete()
    else:
        change.ends_at = now
        change.save(update_fields=["ends_at"])
    wake.after_commit(REFRESH)


@transaction.atomic
def place(worker: Worker, *, pattern: str, begins: date | None, shift: str) -> None:
    """Hours by a pattern whose cycle begins on a day, or one shift every day.

    Raises RotaRefused, which names the field.
    """
    if not pattern:
        every_day(worker, shift)
    elif not ShiftPattern.objects.filter(pk=pattern).exists():
        raise RotaRefused("pattern", _("There is no such pattern."))
    elif begins is None:
        raise RotaRefused("begins_on", _("Say on which day the cycle begins."))
    else:
        RotaPlace.objects.update_or_create(
            worker=worker, defaults={"pattern_id": pattern, "begins_on": begins}
        )
    wake.after_commit(REFRESH)


def every_day(worker: Worker, shift: str) -> None:
    if not Shift.objects.filter(pk=shift).exists():
        raise RotaRefused("shift", _("Choose a shift."))
    RotaPlace.objects.filter(worker=worker).delete()
    # Locked row, one field: what dispatch writes into the same row meanwhile is not undone.
    Worker.objects.filter(pk=worker.pk).update(shift=shift)
