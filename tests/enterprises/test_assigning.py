"""Every active firm gets its manager."""

import secrets
from collections import Counter
from random import Random

import pytest

from enterprises import assigning
from enterprises.models import Firm, ServiceManager, Size
from tests.enterprises.conftest import FirmMaker, ManagerMaker, code_of

pytestmark = pytest.mark.django_db


def test_the_deepest_territory_comes_first(firm: FirmMaker, manager: ManagerMaker) -> None:
    manager("210100")
    street = manager("210102001")
    found = firm()
    assert assigning.assign() == assigning.Assigned(let_go=0, new=1, have=1, without=0)
    found.refresh_from_db()
    assert found.manager == street


def test_a_manager_of_the_sector_comes_before_one_of_all(
    firm: FirmMaker, manager: ManagerMaker
) -> None:
    everything, factories = manager("210102"), manager("210102", ["C"])
    hotel, factory = firm(sector="H"), firm(sector="C")
    assigning.assign()
    assert list(Firm.objects.order_by("pk").values_list("manager", flat=True)) == [
        everything.pk,
        factories.pk,
    ]
    assert (hotel.sector, factory.sector) == ("H", "C")


def test_what_does_not_fit_in_goes_to_the_wider_territory(
    firm: FirmMaker, manager: ManagerMaker
) -> None:
    street, city = manager("210102001", capacity=2), manager("210100", capacity=1)
    for _n in range(4):
        firm()
    assert assigning.assign() == assigning.Assigned(let_go=0, new=3, have=3, without=1)
    assert (street.firms.count(), city.firms.count()) == (2, 1)


def test_who_still_fits_stays_and_who_does_not_is_let_go(
    firm: FirmMaker, manager: ManagerMaker
) -> None:
    old = manager("210102")
    stays, moves, closes = firm(), firm(), firm()
    assigning.assign()
    Firm.objects.filter(pk=moves.pk).update(division="210104001001")
    Firm.objects.filter(pk=closes.pk).update(is_active=False)
    manager("210102001")
    assert assigning.assign() == assigning.Assigned(let_go=2, new=0, have=1, without=1)
    stays.refresh_from_db()
    assert stays.manager == old


def test_firms_of_who_left_go_to_the_others(firm: FirmMaker, manager: ManagerMaker) -> None:
    leaves = manager()
    firm()
    assigning.assign()
    leaves.user.is_active = False
    leaves.user.save()
    other = manager()
    assert assigning.assign() == assigning.Assigned(let_go=1, new=1, have=1, without=0)
    assert other.firms.count() == 1


def test_a_smaller_capacity_is_kept(firm: FirmMaker, manager: ManagerMaker) -> None:
    full = manager()
    for _n in range(3):
        firm()
    assigning.assign()
    ServiceManager.objects.filter(pk=full.pk).update(capacity=1)
    assert assigning.assign() == assigning.Assigned(let_go=2, new=0, have=1, without=2)


def test_thousands_are_balanced_among_equals(manager: ManagerMaker) -> None:
    """Seven of one street, three of a sector there, five of the county: each kind within one."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201
    random = Random(seed)
    street = [manager("210102001", capacity=250) for _n in range(7)]
    hotels = [manager("210102001", ["H"], capacity=90) for _n in range(3)]
    county = [manager("210102", capacity=1000) for _n in range(5)]
    Firm.objects.bulk_create(
        Firm(
            code=code_of(n),
            name=f"{n}",
            sector=random.choice("ACFHIL"),
            size=random.choice(Size.values),
            division_id=random.choice(["210102", "210102001001", "210102001002"]),
        )
        for n in range(5_000)
    )
    first = assigning.assign()
    assert first == assigning.Assigned(let_go=0, new=5_000, have=5_000, without=0)
    load = Counter(Firm.objects.values_list("manager", flat=True))
    for equals in (street, hotels, county):
        loads = [load[each.pk] for each in equals]
        assert max(loads) - min(loads) <= 1, loads
    assert sum(load[each.pk] for each in street) == 7 * 250
    before = dict(Firm.objects.values_list("pk", "manager"))
    assert assigning.assign() == assigning.Assigned(let_go=0, new=0, have=5_000, without=0)
    assert dict(Firm.objects.values_list("pk", "manager")) == before
