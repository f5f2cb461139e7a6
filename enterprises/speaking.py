"""Who speaks for a firm no longer, and what firm and manager write to each other."""

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from enterprises.errors import NotNow
from enterprises.models import FirmRequest, Representative, RequestMessage, ServiceManager
from incidents.errors import NotForRole, Refused

State = Representative.State


@transaction.atomic
def revoke(representative_id: int, user: User, reason: str) -> Representative:
    """By the firm's manager or an administrator; sessions of who spoke for it end at once.

    Raises Representative.DoesNotExist where this person does not decide on it.
    """
    found = Representative.objects.judged_by(user).select_for_update(of=("self",))
    kept = found.get(pk=representative_id)
    if not 0 < len(reason.strip()) <= 300:
        raise Refused("reason", _("Write down why, in at most 300 characters."))
    return end(kept, State.REVOKED, user, reason.strip())


@transaction.atomic
def give_up(user: User) -> Representative:
    """By the representative itself."""
    mine = Representative.objects.approved().filter(user=user).select_for_update()
    kept = mine.first()
    if kept is None:
        raise NotNow(_("You speak for no firm."))
    return end(kept, State.GIVEN_UP, user, "")


def end(kept: Representative, state: State, user: User, reason: str) -> Representative:
    if kept.state != State.APPROVED:
        raise NotNow(_("This was decided already."))
    kept.state, kept.ended_by, kept.end_reason = state, user, reason
    kept.ended_at = timezone.now()
    kept.save(update_fields=["state", "ended_by", "ended_at", "end_reason"])
    if state == State.REVOKED:
        # Whoever is logged in has to log in again, as after any change of rights.
        User.objects.filter(pk=kept.user_id).update(rights_version=F("rights_version") + 1)
    return kept


def write(request: FirmRequest, user: User, text: str) -> RequestMessage:
    """By the firm's representative or its manager of today."""
    is_manager = ServiceManager.objects.filter(user=user, firms=request.firm_id).exists()
    speaks = Representative.objects.approved().filter(user=user, firm=request.firm_id)
    if not (is_manager or speaks.exists()):
        raise NotForRole(_("This firm has another service manager."))
    if not 0 < len(text.strip()) <= 500:
        raise Refused("text", _("Write a message of at most 500 characters."))
    return RequestMessage.objects.create(
        request=request, author=user, by_firm=not is_manager, text=text.strip()
    )


def read(request: FirmRequest) -> None:
    """The manager has opened it; what the firm writes from now on is unread."""
    FirmRequest.objects.filter(pk=request.pk).update(read_until=timezone.now())


def with_unread(requests: QuerySet[FirmRequest]) -> QuerySet[FirmRequest]:
    """Each with `unread`: how many messages of the firm its manager has not seen."""
    newer = Q(read_until=None) | Q(messages__at__gt=F("read_until"))
    return requests.annotate(unread=Count("messages", filter=newer & Q(messages__by_firm=True)))
