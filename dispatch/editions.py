"""Editions of the catalogue: a draft is tried out, then published for a day with who and why."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch.errors import CatalogueRefused
from dispatch.models import CatalogueEdition, Rule


def draft() -> CatalogueEdition | None:
    return CatalogueEdition.objects.filter(published_at=None).select_related("made_by").first()


def in_force(day: date | None = None) -> CatalogueEdition | None:
    """The last edition that has begun; None before there was one."""
    begun = CatalogueEdition.objects.filter(effective_on__lte=day or timezone.localdate())
    return begun.order_by("-number").first()


def begin(by: User | None, why: str, legal_basis: str = "") -> CatalogueEdition:
    """An empty draft: the catalogue as it is. Raises CatalogueRefused where there is one."""
    if not why.strip():
        raise CatalogueRefused("why", _("Say why the catalogue changes."))
    try:
        with transaction.atomic():
            return CatalogueEdition.objects.create(
                made_by=by, why=why.strip()[:300], legal_basis=legal_basis.strip()[:200]
            )
    except IntegrityError as error:
        text = _("There is a draft already: publish or discard it first.")
        raise CatalogueRefused("why", text) from error


def locked(edition_id: int) -> CatalogueEdition:
    found = CatalogueEdition.objects.select_for_update().filter(pk=edition_id).first()
    if found is None or not found.is_draft:
        raise CatalogueRefused("edition", _("This draft was published or discarded meanwhile."))
    return found


@transaction.atomic
def discard(edition_id: int) -> None:
    """Its rules go, those it would have ended stay."""
    locked(edition_id).delete()


@transaction.atomic
def publish(edition_id: int, on: date, by: User) -> CatalogueEdition:
    """Its rules are in force from `on`, those it ends no longer. Raises CatalogueRefused."""
    found = locked(edition_id)
    if on < timezone.localdate():
        raise CatalogueRefused("on", _("Choose today or a later day: what was, stays."))
    if not (found.rules.exists() or found.ended.exists()):
        raise CatalogueRefused("edition", _("The draft changes nothing."))
    last = CatalogueEdition.objects.aggregate(n=Max("number"), day=Max("effective_on"))
    if last["day"] and on < last["day"]:
        raise CatalogueRefused(
            "on", _("A later edition is published already: choose its day or a later.")
        )
    try:
        with transaction.atomic():
            # One that had not begun yet has never been in force.
            found.ended.update(valid_to=Greatest(F("valid_from"), on))
            found.rules.update(valid_from=on)
    except IntegrityError as error:
        raise CatalogueRefused(
            "edition",
            _("A rule of the draft meets one made meanwhile for the same matter and place."),
        ) from error
    number(found, on, by)
    return found


def number(edition: CatalogueEdition, on: date, by: User | None) -> None:
    last = CatalogueEdition.objects.aggregate(n=Max("number"))["n"] or 0
    edition.number, edition.effective_on = last + 1, on
    edition.published_by, edition.published_at = by, timezone.now()
    edition.save()


@transaction.atomic
def corrected(rule: Rule, by: User | None) -> CatalogueEdition:
    """A rule changed by hand at the administrator's desk, at once: that is an edition as well.

    What the rule was before stands in its history.
    """
    edition = CatalogueEdition(made_by=by, why=str(_("By hand: %(rule)s") % {"rule": rule})[:300])
    number(edition, timezone.localdate(), by)
    return edition
