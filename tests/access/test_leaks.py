"""Leaks planted one by one: a filter taken out, a permission taken out. The walk finds each."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from accounts.roles import Role
from accounts.scope import Scope
from dispatch import desk, desks, dossier
from dispatch.actions import Action
from dispatch.lists import DESKS
from dispatch.models.work import WorkerQuerySet
from incidents import (
    call_desk,
    contact_api,
    identities,
    openings,
    operator_desk,
    operator_ends,
    showing,
)
from incidents.models import CallBack, Contact, Incident, LowScore, Media
from incidents.models.contacts import ContactQuerySet
from incidents.models.incidents import IncidentQuerySet
from incidents.models.knowledge import KnowledgeItemQuerySet
from incidents.models.letters import LetterQuerySet
from incidents.models.messages import MessageQuerySet
from maps import api as maps_api
from maps import layers, news
from maps import views as maps_views
from tests.access.table import Row, table
from tests.access.walk import heard, touched, walk
from tests.access.world import World, build
from tests.conftest import Town, WorkerMaker

EVERYBODY = frozenset(Role)
Planted = AbstractContextManager[None]
Plant = Callable[[], Planted]


@dataclass(frozen=True)
class Leak:
    """`routes`: where the walk is to find it."""

    name: str
    routes: tuple[str, ...]
    plant: Plant

    def __str__(self) -> str:
        return self.name


def put(owner: Any, name: str, what: Any) -> Plant:
    @contextmanager
    def planted() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, what)
            yield

    return planted


def rows_of(*routes: str) -> list[Row]:
    found = [row for row in table() if row.route in routes]
    assert {row.route for row in found} == set(routes)
    return found


# --- A filter taken out ---------------------------------------------------------------------------

IN_SCOPE = IncidentQuerySet.in_scope


def scope_with(**more: Any) -> Callable[..., IncidentQuerySet]:
    """Each scope that says something about it, said otherwise."""

    def in_scope(self: IncidentQuerySet, scope: Scope) -> IncidentQuerySet:
        changed = {name: what for name, what in more.items() if getattr(scope, name) is not None}
        return IN_SCOPE(self, replace(scope, **changed))

    return in_scope


def of_any_unit(self: IncidentQuerySet, scope: Scope) -> IncidentQuerySet:
    if scope.unit_id is not None:
        return self.exclude(visible_units=[])
    return IN_SCOPE(self, scope)


def in_any_hands(self: IncidentQuerySet, scope: Scope) -> IncidentQuerySet:
    if scope.user_id is not None:
        return self.filter(field_worker__isnull=False)
    return IN_SCOPE(self, scope)


def not_only_urgent(self: IncidentQuerySet, scope: Scope) -> IncidentQuerySet:
    return self.all() if scope.urgent_only else IN_SCOPE(self, scope)


def wrongdoing_when_urgent(self: IncidentQuerySet, scope: Scope) -> IncidentQuerySet:
    return self.filter(is_urgent=True) if scope.urgent_only else IN_SCOPE(self, scope)


def all_of_it(self: Any, *_given: Any) -> Any:
    return self.all()


def any_media(_request: HttpRequest, uid: Any) -> Media:
    return Media.objects.with_original().get(uid=uid)


def any_contact(_request: HttpRequest, uid: Any) -> Contact:
    return Contact.objects.select_related("complainant", "earlier").get(uid=uid)


def any_call(_request: HttpRequest, call_back_id: int) -> CallBack:
    return CallBack.objects.select_related("incident", "report").get(pk=call_back_id)


def any_low_score(_request: HttpRequest, low_score_id: int) -> LowScore:
    return LowScore.objects.select_related("call_back__incident").get(pk=low_score_id)


def any_case(_request: HttpRequest, number: str) -> Incident:
    return dossier.cases(User(role=Role.PROVINCE_SUPERVISOR)).get(number=number)


CASES = ("desk-incident", "api-incident", "api-incidents")
FILTERS = (
    Leak("no filter of incidents at all", CASES, put(IncidentQuerySet, "in_scope", all_of_it)),
    Leak("a district sees the province", CASES, put(IncidentQuerySet, "in_scope",
                                                   scope_with(prefix=""))),
    Leak("everybody sees wrongdoing", CASES, put(IncidentQuerySet, "in_scope",
                                                scope_with(wrongdoing=True))),
    Leak("everybody sees what has no place", ("desk-incident",),
         put(IncidentQuerySet, "in_scope", scope_with(placeless=True))),
    Leak("a unit sees other units' cases", CASES, put(IncidentQuerySet, "in_scope", of_any_unit)),
    Leak("a worker sees others' cases", ("desk-incident",),
         put(IncidentQuerySet, "in_scope", in_any_hands)),
    Leak("the emergency seat sees all", CASES, put(IncidentQuerySet, "in_scope", not_only_urgent)),
    Leak("the emergency seat sees wrongdoing nobody alarmed it for", CASES,
         put(IncidentQuerySet, "in_scope", wrongdoing_when_urgent)),
    Leak("workers of everywhere", ("api-workers",), put(WorkerQuerySet, "in_scope", all_of_it)),
    Leak("messages of everywhere", ("messages", "message-again"),
         put(MessageQuerySet, "visible_to", all_of_it)),
    Leak("lines of everywhere", ("contact-take",), put(ContactQuerySet, "visible_to", all_of_it)),
    Leak("answers in the making of every unit", ("knowledge", "knowledge-item", "knowledge-write"),
         put(KnowledgeItemQuerySet, "editable_by", all_of_it)),
    Leak("photos of cases not seen", ("media",), put(showing, "visible", any_media)),
    Leak("letters of every report", ("letter", "letter-add"),
         put(LetterQuerySet, "visible_to", all_of_it)),
    Leak("calls in others' hands", ("contact", "contact-listen"),
         put(operator_desk, "own", any_contact)),
    Leak("others' calls can be ended", ("contact-end", "contact-answered"),
         put(operator_ends, "own", any_contact)),
    Leak("call-backs of everywhere", ("call", "call-said"), put(call_desk, "found", any_call)),
    Leak("low scores of everywhere", ("low-score",),
         put(call_desk, "low_score_of", any_low_score)),
    Leak("any case by its number", ("desk-act", "desk-place", "desk-offer"),
         put(desk, "visible", any_case)),
)  # fmt: skip


# --- A permission taken out -----------------------------------------------------------------------


OPENINGS_FOR = openings.openings_for


def as_protection_officer(_user: User) -> Any:
    return OPENINGS_FOR(User(role=Role.DATA_PROTECTION_OFFICER))


def exact_point(self: Any, instance: Incident) -> Any:
    return super(maps_api.IncidentOut, self).to_representation(instance)


def desk_of_anybody(name: str, _user: User) -> Any:
    return DESKS[name]


def of_anybody(*_given: Any) -> bool:
    return True


def nobody_guarded(_incident: Incident) -> bool:
    return False


PERMISSIONS = (
    Leak("originals for whoever sees the case", ("original",),
         put(showing, "OPENING_ORIGINALS", EVERYBODY)),
    Leak("originals of wrongdoing within the district", ("original",),
         put(showing, "is_guarded", nobody_guarded)),
    Leak("names of confidential reports", ("identity",),
         put(identities, "is_guarded", nobody_guarded)),
    Leak("every desk for every role", ("desk", "desk-undo"), put(desks, "desk_of",
                                                                desk_of_anybody)),
    Leak("every button for every role", ("desk-act",), put(Action, "is_for", of_anybody)),
    Leak("the map for everybody", ("live-map", "heatmap"), put(maps_views, "WATCHING", EVERYBODY)),
    Leak("the layers for everybody", ("api-incidents", "api-workers"),
         put(maps_api, "WATCHING", EVERYBODY)),
    Leak("calls announced without a key", ("api-contacts",),
         put(contact_api.AnnouncesCalls, "has_permission", of_anybody)),
    Leak("openings of everywhere", ("openings",),
         put(openings, "openings_for", as_protection_officer)),
    Leak("the exact point of wrongdoing", ("api-incident",),
         put(maps_api.IncidentOut, "to_representation", exact_point)),
    Leak("the exact point of wrongdoing on the map", ("api-incidents",),
         put(layers, "Q", lambda **_kind: Q(pk__in=[]))),
)  # fmt: skip

# Behind `only` these ask once more by themselves, so that nothing leaks without it.
ASKED_TWICE = frozenset(
    {"letter", "letter-file", "letter-add", "letter-aside",
        "desk", "desk-undo", "desk-several", "desk-act", "desk-incident",
        "knowledge-item", "knowledge-step", "contact", "contact-listen", "contact-answered",
        "contact-file", "contact-end", "contact-take", "slip", "work", "work-step", "identity",
        "advice-document",
    }
)  # fmt: skip


def views(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from views(each)
        else:
            yield each


def is_guarded_by_role(pattern: URLPattern) -> bool:
    """Whether `accounts.desk.only` is among what the view is wrapped in."""
    view: Any = pattern.callback
    while inspect.isfunction(view):
        if "roles" in inspect.getclosurevars(view).nonlocals:
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def guarded() -> list[URLPattern]:
    return [each for each in views() if each.name and is_guarded_by_role(each)]


def without_roles(pattern: URLPattern) -> Plant:
    """Whoever is logged in gets in."""
    return put(pattern, "callback", login_required(inspect.unwrap(pattern.callback)))


def of_roles() -> list[Leak]:
    return [
        Leak(f"{each.name} for every role", (str(each.name),), without_roles(each))
        for each in guarded()
        if each.name not in ASKED_TWICE
    ]


# --- Found ---------------------------------------------------------------------------------------


@pytest.fixture
def world(town: Town, worker: WorkerMaker) -> World:
    return build(town, worker)


@pytest.mark.django_db
@pytest.mark.parametrize("leaks", [FILTERS, PERMISSIONS], ids=["filters", "permissions"])
def test_every_planted_leak_is_found(world: World, leaks: tuple[Leak, ...]) -> None:
    assert not_found(world, leaks) == []


@pytest.mark.django_db
def test_every_page_without_its_roles_is_found(world: World) -> None:
    leaks = of_roles()
    assert len(leaks) > 15
    assert not_found(world, leaks) == []


def not_found(world: World, leaks: Any) -> list[str]:
    missed = []
    for leak in leaks:
        with leak.plant():
            if next(walk(world, rows_of(*leak.routes)), None) is None:
                missed.append(leak.name)
    return missed


@pytest.mark.django_db
def test_a_bulk_action_on_what_is_not_seen_is_found(world: World) -> None:
    rows = [row for row in rows_of("desk-several") if dict(row.args)["action"] == "remind"]
    with put(IncidentQuerySet, "in_scope", all_of_it)():
        assert [what for row in rows for what in touched(world, row)]


@pytest.mark.django_db(transaction=True)
def test_a_stream_for_everybody_is_found(world: World) -> None:
    with put(news, "LISTENING", EVERYBODY)():
        assert heard(world)
    with put(IncidentQuerySet, "in_scope", all_of_it)():
        assert heard(world)
    assert heard(world) == []
