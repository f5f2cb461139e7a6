"""Writing, reviewing and counting the answers of the knowledge base.

draft -> in review -> published -> retired. A published wording is never touched: to change it means
to write the next version, which the reviewer puts in its place.
"""

from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from accounts.roles import EDITING_KNOWLEDGE, Role
from incidents.errors import NotAllowedNow, Refused
from incidents.models import KnowledgeItem, KnowledgeVersion

State = KnowledgeVersion.State
IN_THE_MAKING = (State.DRAFT, State.IN_REVIEW)


def units_of(user: User) -> list[Unit]:
    """The units whose items this person writes or reviews: the own one and all below it."""
    if user.role not in EDITING_KNOWLEDGE or user.unit_id is None:
        return []
    return list(Unit.objects.filter(lineage__contains=[user.unit_id]))


@transaction.atomic
def begin(unit: Unit, wording: dict[str, Any], author: User) -> KnowledgeVersion:
    """A new item with its first draft."""
    if author.role != Role.KNOWLEDGE_EDITOR or author.unit_id not in unit.lineage:
        raise Refused("unit", _("You write for your own unit and those below it."))
    item = KnowledgeItem.objects.create(unit=unit)
    return make_version(item, wording, author)


@transaction.atomic
def rewrite(item_id: int, wording: dict[str, Any], author: User) -> KnowledgeVersion:
    """Into the draft there is, or into the next version of what is published or retired."""
    item = locked(item_id)
    if author.role != Role.KNOWLEDGE_EDITOR:
        raise Refused("state", _("Only a knowledge editor writes answers."))
    making = item.versions.filter(state__in=IN_THE_MAKING).first()
    if making is None:
        return make_version(item, wording, author)
    if making.state == State.IN_REVIEW:
        raise NotAllowedNow(_("It is being reviewed; wait for the review."))
    for name, value in wording.items():
        setattr(making, name, value)
    making.writers = sorted({*making.writers, author.pk})
    making.author = author
    making.save(update_fields=[*wording, "writers", "author", "changed_at"])
    return making


def make_version(item: KnowledgeItem, wording: dict[str, Any], author: User) -> KnowledgeVersion:
    last = item.versions.aggregate(last=Max("number"))["last"] or 0
    return KnowledgeVersion.objects.create(
        item=item, number=last + 1, author=author, writers=[author.pk], **wording
    )


@transaction.atomic
def submit(item_id: int) -> KnowledgeVersion:
    """The draft goes to review."""
    version = standing(locked(item_id), State.DRAFT)
    version.state = State.IN_REVIEW
    version.save(update_fields=["state", "changed_at"])
    return version


@transaction.atomic
def publish(item_id: int, reviewer: User) -> KnowledgeVersion:
    """What was in review takes the place of the version published before."""
    item = locked(item_id)
    version = standing(item, State.IN_REVIEW)
    check_reviewer(version, reviewer)
    item.versions.filter(state=State.PUBLISHED).update(
        state=State.RETIRED, changed_at=timezone.now()
    )
    version.state, version.reviewer = State.PUBLISHED, reviewer
    version.published_at = timezone.now()
    version.save(update_fields=["state", "reviewer", "published_at", "changed_at"])
    return version


@transaction.atomic
def send_back(item_id: int, reviewer: User, note: str) -> KnowledgeVersion:
    """Back to the author, with what is wrong."""
    version = standing(locked(item_id), State.IN_REVIEW)
    check_reviewer(version, reviewer)
    if not note.strip():
        raise Refused("review_note", _("Say what is to be mended."))
    version.state, version.review_note = State.DRAFT, note.strip()[:400]
    version.save(update_fields=["state", "review_note", "changed_at"])
    return version


@transaction.atomic
def retire(item_id: int) -> KnowledgeVersion:
    """No longer an answer; its versions stay."""
    version = standing(locked(item_id), State.PUBLISHED)
    version.state = State.RETIRED
    version.save(update_fields=["state", "changed_at"])
    return version


def locked(item_id: int) -> KnowledgeItem:
    return KnowledgeItem.objects.select_for_update(of=("self",)).get(pk=item_id)


def standing(item: KnowledgeItem, state: State) -> KnowledgeVersion:
    version = item.versions.filter(state=state).first()
    if version is None:
        raise NotAllowedNow(_("It stands elsewhere by now; look at it again."))
    return version


def check_reviewer(version: KnowledgeVersion, reviewer: User) -> None:
    if reviewer.pk in version.writers:
        raise Refused("reviewer", _("Who wrote it does not review it."))


def seen(item_id: int) -> None:
    """Somebody opened the answer."""
    KnowledgeItem.objects.filter(pk=item_id).update(views=F("views") + 1)


def answered_it(item_id: int) -> None:
    """It was what somebody needed."""
    KnowledgeItem.objects.filter(pk=item_id).update(answered=F("answered") + 1)
