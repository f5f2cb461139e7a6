"""Who is on shift, and where: kept in columns so that one index finds the nearest free worker."""

from datetime import datetime

from django.contrib.gis.geos import Point
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import duty
from dispatch.candidates import limits
from dispatch.errors import OffShift
from dispatch.models import LastPosition, Worker
from dispatch.positions import Sighting, take


def refresh(now: datetime) -> int:
    """Set `on_shift` by the rota and let stale positions go; returns how many rows changed.

    Whose account was deactivated is on no shift; who got another unit as a person works for it.
    """
    asked = duty.with_duty(Worker.objects.all(), now)
    begun = asked.filter(on_shift=False, due=True)
    ended = asked.filter(on_shift=True, due=False)
    changed: int = begun.update(on_shift=True, updated_at=now)
    changed += ended.update(on_shift=False, updated_at=now)
    theirs = User.objects.filter(pk=OuterRef("user")).values("unit")
    moved = Worker.objects.filter(user__unit__isnull=False).exclude(unit=F("user__unit"))
    changed += moved.update(unit=Subquery(theirs), updated_at=now)
    gone = Q(on_shift=False) | Q(position_at__lt=now - limits().fresh)
    stale = Worker.objects.filter(gone, position_at__isnull=False)
    changed += stale.update(point=F("home"), position_at=None, accuracy_m=None, updated_at=now)
    LastPosition.objects.filter(worker__on_shift=False).delete()
    return changed


def move_worker(worker: Worker, point: Point, accuracy_m: float | None) -> None:
    """A shared position (WGS-84), on shift only: off shift nobody's way is our affair."""
    if not take([Sighting(worker.pk, point, timezone.now(), accuracy_m)]):
        raise OffShift(_("You are not on shift; your position is not taken."))
