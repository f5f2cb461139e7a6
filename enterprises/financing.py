"""Whether an offer of credit meets a firm's need, criterion by criterion. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from enterprises.fitting import Firm


class Asks(Enum):
    """What decides between an offer and a need."""

    AMOUNT = "amount"
    TERM = "term"
    SECTOR = "sector"
    SIZE = "size"
    DIVISION = "division"
    COLLATERAL = "collateral"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Terms:
    """Of an offer. Amounts in yuan, terms in months, rate in percent a year.

    An empty collection asks for nothing; `divisions`: beginnings of codes; `collaterals`: any one
    of them is enough.
    """

    amount_from: int
    amount_to: int
    months_from: int
    months_to: int
    rate: Decimal
    sectors: Collection[str]
    sizes: Collection[str]
    divisions: Collection[str]
    collaterals: Collection[str]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Need:
    amount: int
    months: int
    collateral: str
    needed_on: date


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion. `everyone`: the offer asks for nothing here."""

    asks: Asks
    fits: bool
    everyone: bool = False


def lines(terms: Terms, need: Need, firm: Firm) -> list[Line]:
    """Each criterion in the order in which a page tells them."""
    within = any(firm.division.startswith(prefix) for prefix in terms.divisions)
    open_then = terms.valid_from <= need.needed_on and (
        terms.valid_to is None or need.needed_on <= terms.valid_to
    )
    return [
        Line(Asks.AMOUNT, terms.amount_from <= need.amount <= terms.amount_to),
        Line(Asks.TERM, terms.months_from <= need.months <= terms.months_to),
        asked(Asks.SECTOR, terms.sectors, found=firm.sector in terms.sectors),
        asked(Asks.SIZE, terms.sizes, found=firm.size in terms.sizes),
        asked(Asks.DIVISION, terms.divisions, found=within),
        asked(Asks.COLLATERAL, terms.collaterals, found=need.collateral in terms.collaterals),
        Line(Asks.DATE, open_then),
    ]


def asked(asks: Asks, values: Collection[str], *, found: bool) -> Line:
    return Line(asks, fits=found or not values, everyone=not values)


def rank(judged: Collection[Line], rate: Decimal) -> tuple[int, Decimal]:
    """Smallest first: most criteria met, then the lowest rate."""
    return (-sum(line.fits for line in judged), rate)
