"""Firms and service managers in the town drawn by hand."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from enterprises.credit_code import check_letter
from enterprises.models import Firm, FirmRequest, Representative, ServiceManager
from tests.conftest import PersonMaker, Town

FirmMaker = Callable[..., Firm]
ManagerMaker = Callable[..., ServiceManager]
LogIn = Callable[[User], Client]
Tell = Callable[..., "Story"]


def code_of(n: int) -> str:
    """The n-th credit code of Heping that is valid."""
    body = f"91210102{n:09d}"
    return body + check_letter(body)


@pytest.fixture
def firm(town: Town) -> FirmMaker:
    """`firm("鲁迅饭店", sector="H")`: in Luxun community, manufacturing, small."""

    def make(name: str = "沈阳鲁迅制造有限公司", **more: Any) -> Firm:
        given = {"sector": "C", "size": "small", "division_id": "210102001001"}
        return Firm.objects.create(code=code_of(Firm.objects.count()), name=name, **given | more)

    return make


@pytest.fixture
def manager(person: PersonMaker) -> ManagerMaker:
    """`manager("210102", ["C"])`: of this territory, for these sectors (all)."""

    def make(
        territory: str = "210102", sectors: list[str] | None = None, capacity: int = 100
    ) -> ServiceManager:
        user: User = person(Role.SERVICE_MANAGER)
        return ServiceManager.objects.create(
            user=user, territory_id=territory, sectors=sectors or [], capacity=capacity
        )

    return make


class Story:
    """A firm with a manager and a representative, each at a browser."""

    def __init__(self, firm: Firm, representative: User, log_in: LogIn) -> None:
        assert firm.manager is not None
        self.firm, self.representative, self.keeper = firm, representative, firm.manager.user
        self.at_firm, self.at_manager = log_in(representative), log_in(self.keeper)

    def ask(self, topic: str = "permits", **more: str) -> FirmRequest:
        given = {"topic": topic, "text": "许可证怎么办", "phone": "13812345678"}
        answer = self.at_firm.post("/firm/ask", given | {"key": str(uuid.uuid4())} | more)
        assert answer.status_code == 302, answer.content.decode()
        return FirmRequest.objects.latest("pk")


@pytest.fixture
def tell(
    firm: FirmMaker, manager: ManagerMaker, person: PersonMaker, logged_in: LogIn
) -> Callable[..., Story]:
    def make(**more: object) -> Story:
        keeper, user = manager("210102"), person(Role.FIRM)
        found = firm(**{"manager": keeper} | more)
        Representative.objects.create(
            user=user, firm=found, note="x", state="approved", judged_by=keeper.user
        )
        return Story(found, user, logged_in)

    return make
