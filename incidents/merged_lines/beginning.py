"""What a person asks of a file: to be checked, imported, stopped, continued."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import wake
from incidents.errors import NotAllowedNow, Refused
from incidents.merged_lines import keeping
from incidents.merged_lines.passing import IMPORT_CASES, LEASE
from incidents.models import CaseFile, CaseMapping, FaultyRow

State = CaseFile.State


def lock(file_id: int) -> CaseFile:
    return CaseFile.objects.select_for_update(of=("self",)).get(pk=file_id)


@transaction.atomic
def check(
    file_id: int, mapping: CaseMapping, *, all_or_none: bool = False, here: bool = False
) -> CaseFile:
    """Count what importing it would do. Raises Refused where a column of the mapping is missing.

    `here`: whoever asks works on it at once, and has the lease.
    """
    found = lock(file_id)
    if found.is_working:
        raise NotAllowedNow(_("It is being worked on."))
    if missing := set(mapping.columns.values()) - set(found.columns):
        told = _("The file has no column %(columns)s.") % {"columns": ", ".join(sorted(missing))}
        raise Refused("mapping", told)
    if found.is_kept:
        found.faulty.all().delete()
    found.mapping, found.version, found.all_or_none = mapping, mapping.version, all_or_none
    found.checked, found.problem, found.problem_row = {}, "", 0
    return queued(found, State.CHECKING, done=0, here=here)


@transaction.atomic
def store(file_id: int, *, here: bool = False) -> CaseFile:
    """Import what was checked. Raises NotAllowedNow, and Refused for all or none with faults."""
    found = lock(file_id)
    if found.state not in (State.CHECKED, State.STOPPED) or found.mapping is None:
        raise NotAllowedNow(_("It is to be checked first."))
    if found.version != found.mapping.version:
        raise NotAllowedNow(_("The mapping was changed; check the file again."))
    if found.all_or_none and found.checked.get("faulty"):
        raise Refused("all_or_none", _("Some rows are faulty, and all or none is asked for."))
    if found.state == State.STOPPED:
        return queued(found, State.IMPORTING, done=found.done, here=here)
    found.stored, found.began_at = {}, timezone.now()
    return queued(found, State.IMPORTING, done=0, here=here)


@transaction.atomic
def stop(file_id: int) -> CaseFile:
    """After the batch that runs; what is stored stays. A check that is stopped begins anew."""
    found = lock(file_id)
    if not found.is_working:
        raise NotAllowedNow(_("Nothing is going on with it."))
    found.state = State.STOPPED if found.state == State.IMPORTING else State.NEW
    found.work_after = None
    found.save(update_fields=["state", "work_after"])
    return found


def queued(found: CaseFile, state: State, *, done: int, here: bool) -> CaseFile:
    found.state, found.done, found.tries = state, done, 0
    found.work_after = timezone.now() + (LEASE if here else timedelta())
    found.save()
    if not here:
        wake.after_commit(IMPORT_CASES)
    return found


def discard_old(now: datetime) -> int:
    """What nobody imported or deleted in time; returns how many files were left over."""
    before = now - settings.CASE_FILES_KEPT
    left = CaseFile.objects.exclude(state__in=CaseFile.WORKING).filter(
        Q(ended_at__lt=before) | Q(ended_at=None, created_at__lt=before),
        Q(sealed__isnull=False) | Exists(FaultyRow.objects.filter(file=OuterRef("pk"))),
    )
    old = list(left.order_by("pk").values_list("pk", flat=True))
    for file_id in old:
        discard(file_id)
    return len(old)


@transaction.atomic
def discard(file_id: int) -> None:
    """Delete what is left of a file, its faulty rows too; the cases that came of it stay."""
    found = lock(file_id)
    if found.is_working:
        raise NotAllowedNow(_("It is being worked on."))
    found.faulty.all().delete()
    if found.is_kept:
        transaction.on_commit(partial(default_storage.delete, keeping.name_of(found)))
    if not found.cases.exists():
        found.delete()
        return
    found.sealed, found.key_id, found.state = None, "", State.IMPORTED
    found.save(update_fields=["sealed", "key_id", "state"])
