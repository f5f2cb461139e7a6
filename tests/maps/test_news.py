"""What the live gateway asks: rows that were late, features within a scope, whose cookie it is."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from accounts.scope import Scope
from incidents.models import Outbox
from maps import news
from maps.cursor import Cursor
from maps.gateway import Gateway
from maps.listeners import MOST_WAITING, Listener
from maps.returning import RESET, Return, tell_all
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker, WorkerMaker

# The questions begin by looking after their connection, which a test's own transaction forbids.
pytestmark = pytest.mark.django_db(transaction=True)
LogIn = Callable[[User], Client]


def cookie(client: Client) -> str:
    name = settings.SESSION_COOKIE_NAME
    return f"other=1; {name}={client.cookies[name].value}"


def scope(header: str) -> Scope | None:
    login = news.login_of_cookie(header)
    return login.scope if login else None


def ran(gateway: Gateway, story: Coroutine[object, object, None]) -> None:
    """The story, and the end of the gateway's threads with their connections."""
    try:
        asyncio.run(story)
    finally:
        gateway.threads.submit(lambda: connection.close()).result()  # the thread's own
        gateway.threads.shutdown()
        gateway.door.shutdown()


def test_rows_come_in_order_with_the_late_ones(incident: IncidentMaker) -> None:
    for _n in range(3):
        incident(LUXUN_PARK)
    first, second, third = Outbox.objects.order_by("id").values_list("id", flat=True)
    assert [row.id for row in news.rows_after(first)] == [second, third]
    assert [row.id for row in news.rows_after(second, [first])] == [first, third]
    assert news.newest() == third


def test_a_gateway_that_starts_still_hears_of_a_row_that_commits_late(
    incident: IncidentMaker,
) -> None:
    for _n in range(3):
        incident(LUXUN_PARK)
    late = Outbox.objects.order_by("id")[1]
    late_id = late.pk
    late.delete()  # its id is drawn, its transaction still open

    cursor = Cursor(news.start())
    cursor.seen([row.id for row in news.rows_after(cursor.highest)], now_s=0)
    late.pk = late_id
    late.save(force_insert=True)

    assert [row.id for row in news.rows_after(cursor.highest, cursor.gaps)] == [late_id]


class Stumbling(Gateway):
    """Loses the database between reading the rows and telling them."""

    async def tell(self, grouped: dict[Scope, list[Listener]], rows: list[news.Row]) -> None:
        raise OperationalError("the database went away")


def test_what_could_not_be_told_is_read_again(incident: IncidentMaker) -> None:
    incident(LUXUN_PARK)
    gateway, cursor = Stumbling(), Cursor(0)
    with pytest.raises(OperationalError):
        ran(gateway, gateway.read_on(cursor))
    assert [row.id for row in news.rows_after(cursor.highest)] == [Outbox.objects.get().pk]


def test_features_end_at_the_scope(incident: IncidentMaker) -> None:
    heping, dadong = incident(LUXUN_PARK), incident(DADONG_GATE, "pothole")
    both = [heping.pk, dadong.pk]
    assert set(news.incident_features(Scope(prefix="210102"), both)) == {heping.pk}
    assert set(news.incident_features(Scope(prefix=""), both)) == set(both)
    assert news.incident_features(Scope(), both) == {}


def test_a_cookie_gives_the_scope_of_its_owner(
    person: PersonMaker, worker: WorkerMaker, logged_in: LogIn
) -> None:
    head, wang = person(Role.DISTRICT_HEAD, "210102"), worker("Wang", LUXUN_PARK).user
    assert scope(cookie(logged_in(head))) == Scope(prefix="210102")
    assert scope(cookie(logged_in(wang))) == Scope(user_id=wang.pk)


def test_who_may_not_listen_gets_nothing(person: PersonMaker, logged_in: LogIn) -> None:
    browser = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    header = cookie(browser)
    browser.logout()
    assert news.login_of_cookie(header) is None
    assert news.login_of_cookie("") is None
    assert news.login_of_cookie(cookie(logged_in(person(Role.CITIZEN)))) is None


def test_a_new_password_ends_the_stream(person: PersonMaker, logged_in: LogIn) -> None:
    head = person(Role.DISTRICT_HEAD, "210102")
    header = cookie(logged_in(head))
    head.set_password("another-secret-1")
    head.save()
    assert news.login_of_cookie(header) is None


def log_in(client: Client) -> news.Login:
    found = news.login_of_cookie(cookie(client))
    assert found is not None
    return found


def test_a_new_role_a_log_out_and_an_account_taken_away_end_the_stream(
    person: PersonMaker, logged_in: LogIn
) -> None:
    heads = [person(Role.DISTRICT_HEAD, "210102") for _n in range(5)]
    browsers = [logged_in(head) for head in heads]
    logins = [log_in(browser) for browser in browsers]
    assert news.ended(logins) == set()
    User.objects.filter(pk=heads[0].pk).update(role=Role.CITIZEN)
    User.objects.filter(pk=heads[1].pk).update(division=None)
    User.objects.filter(pk=heads[2].pk).update(is_active=False)
    browsers[3].logout()
    assert news.ended(logins) == set(logins[:4])


def test_all_listeners_cost_one_statement(person: PersonMaker, logged_in: LogIn) -> None:
    logins = [log_in(logged_in(person(Role.DISTRICT_HEAD, "210102"))) for _n in range(4)]
    with CaptureQueriesContext(connection) as asked:
        news.ended(logins)
    assert len(asked.captured_queries) == 1


def test_the_gateway_lets_go_of_who_ended(person: PersonMaker, logged_in: LogIn) -> None:
    head, other = person(Role.DISTRICT_HEAD, "210102"), person(Role.DISTRICT_HEAD, "210104")
    gateway = Gateway()
    gone, stays = (Listener(log_in(logged_in(each))) for each in (head, other))
    gateway.listeners = {gone, stays}
    User.objects.filter(pk=head.pk).update(role=Role.CITIZEN)
    ran(gateway, gateway.let_go())
    assert (gone.too_slow, stays.too_slow) == (True, False)


def test_a_tab_that_reads_nothing_is_let_go_and_holds_nobody(
    person: PersonMaker, logged_in: LogIn
) -> None:
    login = log_in(logged_in(person(Role.DISTRICT_HEAD, "210102")))
    gateway, full = Gateway(), asyncio.Event()

    async def send(message: dict[str, object]) -> None:
        """A socket whose other end never empties it."""
        if message["type"] == "http.response.body":
            await full.wait()

    async def receive() -> dict[str, object]:
        await full.wait()
        return {}

    async def story() -> None:
        deaf = asyncio.create_task(gateway.stream({}, login, {}, receive, send, []))
        while not gateway.listeners:
            await asyncio.sleep(0)
        (listener,) = gateway.listeners
        for _n in range(MOST_WAITING + 2):
            listener.put(b"x")
        assert len(listener.waiting) <= MOST_WAITING
        for _look in range(2):
            await gateway.let_go()
        await asyncio.wait_for(deaf, 5)

    ran(gateway, story())
    assert gateway.listeners == set()


def test_who_comes_back_is_told_what_each_missed_by_few_questions(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three heads of Heping and one of Dadong; one of them was away longer."""
    monkeypatch.setattr(news, "OVERLAP", 0)
    first, second = incident(LUXUN_PARK), incident(LUXUN_PARK)
    rows = {row.incident_id: row.id for row in news.rows_after(0)}
    places = ["210102", "210102", "210102", "210104"]
    tabs = [Listener(log_in(logged_in(person(Role.DISTRICT_HEAD, code)))) for code in places]
    sinces = [0, rows[first.pk], rows[first.pk], 0]
    gateway, asked = Gateway(), []

    async def ask(question: Callable[..., object], *given: object) -> object:
        asked.append(question.__name__)
        return await gateway.ask(question, *given)

    waiting = [Return(tab, since) for tab, since in zip(tabs, sinces, strict=True)]
    ran(gateway, tell_all(waiting, ask))
    told = [b"".join(tab.waiting).decode() for tab in tabs]
    assert first.number in told[0]
    assert second.number in told[0]
    for text in told[1:3]:
        assert second.number in text
        assert first.number not in text
    assert told[3] == ""
    assert sorted(asked) == ["incident_features", "incident_features", "rows_after"]


def test_who_was_away_too_long_alone_is_told_to_begin_anew(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "MOST_ROWS", 3)
    numbers = [incident(LUXUN_PARK).number for _n in range(4)]
    ids = list(Outbox.objects.order_by("id").values_list("id", flat=True))
    tabs = [Listener(log_in(logged_in(person(Role.DISTRICT_HEAD, "210102")))) for _n in range(2)]
    gateway = Gateway()
    waiting = [Return(tabs[0], 0), Return(tabs[1], ids[-2])]
    ran(gateway, tell_all(waiting, gateway.ask))
    long, short = (b"".join(tab.waiting) for tab in tabs)
    assert long == RESET
    assert numbers[-1].encode() in short
