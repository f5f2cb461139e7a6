"""融资对接: a firm's need beside all offers, with what speaks for and against each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from enterprises import asking
from enterprises.errors import NotNow
from enterprises.financing import Asks, lines, rank
from enterprises.fitting import Firm as Facts
from enterprises.matching import Reason, listed, reason
from enterprises.models import (
    Collateral,
    FinancingStep,
    Firm,
    FirmRequest,
    Need,
    Offer,
    Sector,
    ServiceManager,
    Size,
    Topic,
)
from incidents.errors import NotForRole, Refused

Kind = FinancingStep.Kind
ENDS = (Kind.AGREED, Kind.REFUSED)


@dataclass(frozen=True, slots=True)
class Match:
    """An offer beside a need. `steps`: what became of it, oldest first."""

    offer: Offer
    reasons: list[Reason]
    steps: Sequence[FinancingStep] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        return all(each.fits for each in self.reasons)

    @property
    def met(self) -> int:
        return sum(each.fits for each in self.reasons)

    @property
    def next_kinds(self) -> list[Kind]:
        """What the manager may write down next."""
        done = {step.kind for step in self.steps}
        if not done.isdisjoint(ENDS):
            return []
        return list(ENDS) if Kind.INTRODUCED in done else [Kind.INTRODUCED]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says of a need."""

    amount: int
    purpose: str
    months: int
    collateral: str
    needed_on: date


@transaction.atomic
def ask(firm: Firm, asked: Asked, text: str, phone: str, user: User, key: str = "") -> FirmRequest:
    """A request of the topic financing with its need; the same key again gives the same."""
    filed = asking.ask(firm, Topic.FINANCING, text, phone, user, key)
    given: dict[str, Any] = {
        "amount": asked.amount,
        "purpose": asked.purpose,
        "months": asked.months,
        "collateral": asked.collateral,
        "needed_on": asked.needed_on,
    }
    Need.objects.get_or_create(request=filed, defaults=given)
    return filed


def matches(need: Need, firm: Firm) -> list[Match]:
    """All offers not yet over: most criteria met first, then the lowest rate; three statements."""
    offers = Offer.objects.exclude(valid_to__lt=timezone.localdate()).prefetch_related("divisions")
    steps = list(need.steps.select_related("manager__user"))
    facts, asked = Facts(firm.sector, firm.size, firm.division_id), need.terms
    found = []
    for offer in offers:
        judged = lines(offer.terms, asked, facts)
        told = words(offer, need, firm)
        reasons = [reason(each.fits, each.everyone, *told[each.asks]) for each in judged]
        own = [step for step in steps if step.offer_id == offer.pk]
        found.append((rank(judged, offer.rate), offer.pk, Match(offer, reasons, own)))
    return [each for _rank, _pk, each in sorted(found, key=lambda each: each[:2])]


def words(offer: Offer, need: Need, firm: Firm) -> dict[Asks, tuple[str, str, str]]:
    """Title, what the offer asks for, what the firm needs or is."""
    places = [division.local_name for division in offer.divisions.all()]
    ends = offer.valid_to.isoformat() if offer.valid_to else "…"
    return {
        Asks.AMOUNT: (
            _("Amount (yuan)"),
            f"{offer.amount_from:,} – {offer.amount_to:,}",
            f"{need.amount:,}",
        ),
        Asks.TERM: (
            _("Term (months)"),
            f"{offer.months_from} – {offer.months_to}",
            str(need.months),
        ),
        Asks.SECTOR: (
            _("Sector"),
            listed([Sector(each).label for each in offer.sectors]),
            str(Sector(firm.sector).label),
        ),
        Asks.SIZE: (
            _("Size"),
            listed([Size(each).label for each in offer.sizes]),
            str(Size(firm.size).label),
        ),
        Asks.DIVISION: (_("Place"), listed(places), firm.division.local_name),
        Asks.COLLATERAL: (
            _("Collateral"),
            listed([Collateral(each).label for each in offer.collaterals]),
            str(Collateral(need.collateral).label),
        ),
        Asks.DATE: (
            _("Valid"),
            f"{offer.valid_from.isoformat()} – {ends}",
            need.needed_on.isoformat(),
        ),
    }


@transaction.atomic
def step(need_id: int, offer_id: int, kind: str, note: str, user: User) -> FinancingStep:
    """The firm's manager writes down one step. Raises NotForRole, Refused or NotNow."""
    need = Need.objects.select_for_update().select_related("request__firm").get(pk=need_id)
    manager = ServiceManager.objects.filter(user=user, firms=need.request.firm).first()
    if manager is None:
        raise NotForRole(_("This firm has another service manager."))
    done = set(need.steps.filter(offer=offer_id).values_list("kind", flat=True))
    if kind not in Kind.values:
        raise Refused("kind", _("Choose introduced, agreed or refused."))
    if kind in done or not done.isdisjoint(ENDS):
        raise NotNow(_("This was decided already."))
    if kind in ENDS and Kind.INTRODUCED not in done:
        raise NotNow(_("Introduce the firm first."))
    return FinancingStep.objects.create(
        need=need, offer_id=offer_id, kind=kind, note=note.strip(), manager=manager
    )
