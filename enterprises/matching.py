"""Which policies fit a firm, and why: the lines of `enterprises.fitting` in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.tracking import StrOrPromise
from enterprises.fitting import Asks, lines
from enterprises.fitting import Firm as Facts
from enterprises.models import Firm, Policy, Sector, Size


@dataclass(frozen=True, slots=True)
class Reason:
    """One criterion in words: what is asked, what the firm is, and whether that fits."""

    title: str
    asked: str
    has: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Match:
    policy: Policy
    reasons: list[Reason]

    @property
    def fits(self) -> bool:
        return all(reason.fits for reason in self.reasons)


def matches(firm: Firm) -> list[Match]:
    """All policies not yet over, those that fit first; two statements."""
    today = timezone.localdate()
    policies = Policy.objects.exclude(valid_to__lt=today).select_related("unit")
    found = [match(policy, firm) for policy in policies.prefetch_related("divisions")]
    return sorted(found, key=lambda each: (not each.fits, each.policy.pk))


def match(policy: Policy, firm: Firm) -> Match:
    facts = Facts(firm.sector, firm.size, firm.division_id)
    told = words(policy, firm)
    judged = lines(policy.terms, facts, timezone.localdate())
    return Match(policy, [reason(each.fits, each.everyone, *told[each.asks]) for each in judged])


def reason(fits: bool, everyone: bool, title: str, asked: str, has: str) -> Reason:  # noqa: FBT001
    return Reason(title, _("any") if everyone else asked, has, fits)


def words(policy: Policy, firm: Firm) -> dict[Asks, tuple[str, str, str]]:
    """Title, what the policy asks for, what the firm is."""
    places = [division.local_name for division in policy.divisions.all()]
    ends = policy.valid_to.isoformat() if policy.valid_to else "…"
    today = timezone.localdate().isoformat()
    return {
        Asks.SECTOR: (
            _("Sector"),
            listed([Sector(each).label for each in policy.sectors]),
            str(Sector(firm.sector).label),
        ),
        Asks.SIZE: (
            _("Size"),
            listed([Size(each).label for each in policy.sizes]),
            str(Size(firm.size).label),
        ),
        Asks.DIVISION: (_("Place"), listed(places), firm.division.local_name),
        Asks.DATE: (_("Valid"), f"{policy.valid_from.isoformat()} – {ends}", today),
    }


def listed(names: Iterable[StrOrPromise]) -> str:
    return " / ".join(str(name) for name in names)
