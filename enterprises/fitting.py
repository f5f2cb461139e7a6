"""Whether a policy fits a firm, criterion by criterion, so that a page can say why. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Asks(Enum):
    """What a policy may ask for."""

    SECTOR = "sector"
    SIZE = "size"
    DIVISION = "division"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Terms:
    """Of a policy. An empty collection asks for nothing; `divisions`: beginnings of codes."""

    sectors: Collection[str]
    sizes: Collection[str]
    divisions: Collection[str]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Firm:
    sector: str
    size: str
    division: str


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion. `everyone`: the policy asks for nothing here."""

    asks: Asks
    fits: bool
    everyone: bool = False


def lines(terms: Terms, firm: Firm, on: date) -> list[Line]:
    """Each criterion in the order in which a page tells them."""
    within = any(firm.division.startswith(prefix) for prefix in terms.divisions)
    return [
        Line(Asks.SECTOR, not terms.sectors or firm.sector in terms.sectors, not terms.sectors),
        Line(Asks.SIZE, not terms.sizes or firm.size in terms.sizes, not terms.sizes),
        Line(Asks.DIVISION, not terms.divisions or within, not terms.divisions),
        Line(
            Asks.DATE, terms.valid_from <= on and (terms.valid_to is None or on <= terms.valid_to)
        ),
    ]
