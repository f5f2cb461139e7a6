"""留言 and 致谢: written without an account, masked, and shown once a person has read them."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from incidents.errors import NotAllowedNow, Refused
from incidents.lifecycle import OPEN, Status
from incidents.models import Comment, Incident, Moderation
from incidents.said import one_of, words
from incidents.voices.masking import masked

LONGEST = 500
# So many of one device may wait to be read at one incident.
MOST_WAITING = 3
COMMENTED = frozenset({*OPEN, Status.CLOSED})
THANKED = frozenset({Status.CLOSED})
APPROVE, REFUSE = "approve", "refuse"


def may_comment(incident: Incident) -> bool:
    return incident.status in COMMENTED


def may_thank(incident: Incident) -> bool:
    return incident.status in THANKED


def comment(incident: Incident, voice: str, given: str) -> Comment:
    """One more, waiting to be read."""
    text = words("text", given, most=LONGEST)
    if not may_comment(incident):
        raise NotAllowedNow(_("It is over; nothing can be added any more."))
    own = incident.comments.filter(voice=voice, state=Comment.State.WAITING)
    if own.count() >= MOST_WAITING:
        raise NotAllowedNow(_("Your earlier comments are still to be read; please wait."))
    return Comment.objects.create(
        incident=incident, voice=voice, kind=Comment.Kind.COMMENT, text=masked(text)
    )


def thank(incident: Incident, voice: str, given: str) -> None:
    """One thank you a device; its word, if there is one, waits to be read."""
    text = words("word", given, most=LONGEST) if given.strip() else ""
    if not may_thank(incident):
        raise NotAllowedNow(_("Thanks can be given once it is closed."))
    state = Comment.State.WAITING if text else Comment.State.WORDLESS
    made = Comment(
        incident=incident, voice=voice, kind=Comment.Kind.THANKS, text=masked(text), state=state
    )
    Comment.objects.bulk_create([made], ignore_conflicts=True)


@transaction.atomic
def decide(comment_id: int, user: User, verdict: str, reason: str) -> Comment:
    """Show it or not; an earlier decision stays in its history. Raises Refused."""
    approved = one_of("verdict", verdict, (APPROVE, REFUSE)) == APPROVE
    if not approved:
        one_of("reason", reason, list(Moderation.Reason.values))
    kept = Comment.objects.select_for_update().get(pk=comment_id)
    state = Comment.State.APPROVED if approved else Comment.State.REFUSED
    if kept.state in (state, Comment.State.WORDLESS):
        raise Refused("verdict", _("It is decided so already."))
    kept.state = state
    kept.save(update_fields=["state"])
    Moderation.objects.create(
        comment=kept, user=user, is_approved=approved, reason="" if approved else reason
    )
    return kept
