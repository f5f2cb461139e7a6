"""Every address of the project, walked with every role; the table says what must come."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from tests.access.table import ANONYMOUS, LETTERS, of_administration, table, whole_table
from tests.access.walk import (
    administration,
    ask,
    bodies,
    heard,
    named,
    patterns,
    touched,
    unlisted_verbs,
    walk,
)
from tests.access.world import World, build
from tests.conftest import Town, WorkerMaker

pytestmark = pytest.mark.django_db
# The walk in a few pieces, for two processes to share.
PIECES = 4
ROLES = (ANONYMOUS, *(role.value for role in Role))


@pytest.fixture
def world(town: Town, worker: WorkerMaker) -> World:
    return build(town, worker)


def test_every_address_is_in_the_table() -> None:
    ours = {name for name in patterns() if not name.startswith("admin:")}
    assert sorted(ours ^ {row.route for row in table()}) == []


def test_the_table_speaks_of_every_role() -> None:
    for row in whole_table():
        assert tuple(role for role, _letter in row.letters) == ROLES, row
        assert {letter for _role, letter in row.letters} <= LETTERS, row


@pytest.mark.parametrize("piece", range(PIECES))
def test_the_walk_finds_nothing(world: World, piece: int) -> None:
    found = list(walk(world, table()[piece::PIECES]))
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("role", [ANONYMOUS, Role.DUTY_MANAGER, Role.COMMUNITY_WORKER])
def test_no_other_verb_is_served(world: World, role: str) -> None:
    found = unlisted_verbs(world, role)
    assert found == [], "\n".join(found)


def test_the_administration_is_the_administrators(world: World) -> None:
    row = of_administration()
    found = [what for role, letter in row.letters for what in administration(world, role, letter)]
    assert found == [], "\n".join(found)
    index = ask(world.client(Role.ADMINISTRATOR), "GET", reverse("admin:index"), {})
    assert index.status == 200


def test_a_form_with_everything_ticked_changes_what_is_seen_alone(world: World) -> None:
    rows = [row for row in table() if row.route in bodies(world)]
    assert rows
    assert [what for row in rows for what in touched(world, row)] == []


# What the stream asks looks after its connection first, which a test's own transaction forbids.
@pytest.mark.django_db(transaction=True)
def test_the_stream_tells_each_what_they_see(world: World) -> None:
    assert heard(world) == []


def test_a_tracking_code_opens_its_own_photos_alone(world: World) -> None:
    near, far = world.things["near"], world.things["far"]
    given = {"tracking_code": near.tracking_code, "copy": "display"}
    for thing, status in ((near, 200), (far, 404)):
        path = reverse("tracked-media", kwargs=given | {"uid": thing.parts["media"]})
        assert ask(world.client(ANONYMOUS), "GET", path, {}).status == status


def test_everybody_who_sees_a_case_can_open_it(world: World) -> None:
    """Else a walk that finds nothing could be one where nobody sees anything."""
    row = next(row for row in table() if row.route == "desk-incident")
    opened = {
        (role, thing.name)
        for role in ROLES
        for thing in world.things.values()
        if ask(
            world.client(role), "GET", reverse(row.route, kwargs=named(row, thing)), {}
        ).status == 200
    }  # fmt: skip
    assert len(opened) > 30
