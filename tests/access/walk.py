"""The walk: every address, every verb, every role, with own things and with others'.

A finding is a sentence. Found are: an answer that is not the table's; a thing that is not seen and
yet answers otherwise than one that does not exist; words, numbers or codes of what a person does
not see, anywhere in an answer; a phone number; a change of what is not seen; a fault of the server.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from incidents.models import Incident
from maps import news
from tests.access.table import ANONYMOUS, Row, sees, table
from tests.access.world import MISSING, Thing, World

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = frozenset({403, 404})
# Which part of a thing an address names, where its parameter alone does not tell.
PART_OF_ID = {
    "call_back_id": "call",
    "low_score_id": "low",
    "order_id": "order",
    "item_id": "item",
}
PART_OF_UID = {"media": "media", "original": "media", "message": "message", "public": "media"}
PART_OF_UID |= {"letter": "letter", "comment": "comment", "case_file": "case_file"}
PART_OF_UID |= {"request": "document"}
# Open and nothing private: its number may be told to whoever stands there, to follow it.
TELLS_NEIGHBOURS = frozenset({"api-nearby"})
# Whose number is told there, if not that of the incidents seen.
KNOWN_BY = {"openings": "opening", "public-reports": "voice", "follow-link": "follow"}
KNOWN_BY |= dict.fromkeys(
    ("public-report", "voice-endorse", "voice-follow", "voice-fixed", "voice-comment",
     "voice-thank"), "voice")  # fmt: skip
KNOWN_BY |= dict.fromkeys(
    ("firm", "firm-request", "firm-useful", "manager", "manager-firm", "manager-visit",
     "manager-request", "manager-contact", "manager-offers", "manager-offer-step", "manager-say",
     "firm-offers", "firm-say", "advice", "advice-one", "advice-contact", "advice-answer",
     "advice-document"), "request")  # fmt: skip
# The same for everybody but what differs from one answer to the next.
TOKENS = re.compile(
    rb'(csrfmiddlewaretoken" value=|nonce=|name="csrf" content=|data-csrf=)"[^"]*"|[0-9a-f-]{36}'
)
# The month in which everything of the walk happens.
MONTH = f"{timezone.localdate():%Y-%m}"
Got = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    location: str
    body: bytes

    @property
    def kind(self) -> str:
        """a, d or l as in the table; `gone` for a verb not served, `fault` for ours."""
        if self.status >= 500:
            return "fault"
        if self.status == 405:
            return "gone"
        if self.status == 401 or self.location.startswith(login_pages()):
            return "l"
        return "d" if self.status in REFUSED else "a"

    def but_for(self, path: str) -> Got:
        """Its status and its words, without tokens and without the address it was asked by."""
        return self.status, TOKENS.sub(b"", self.body.replace(path.encode(), b"?"))


def login_pages() -> tuple[str, ...]:
    return (reverse(settings.LOGIN_URL), "/admin/login")


# --- Addresses ----------------------------------------------------------------------------------


def patterns(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The name of every URL pattern of the project; those of the admin with their namespace."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{each.namespace}:" if each.namespace else ""
            yield from patterns(each, space + inner)
        elif isinstance(each, URLPattern):
            yield f"{space}{each.name}"


def parameters(route: str) -> frozenset[str]:
    """What the address takes besides its name."""
    options = get_resolver().reverse_dict.getlist(route)
    return frozenset(name for possible, *_rest in options for _form, names in possible
                     for name in names)  # fmt: skip


def named(row: Row, thing: Thing | None) -> dict[str, Any]:
    """The parameters of this row's address for this thing; for None, one that does not exist."""
    given: dict[str, Any] = {name: MONTH if arg == "@now" else arg for name, arg in row.args}
    for name in parameters(row.route) - given.keys():
        given[name] = MISSING[name] if thing is None else part(name, row.on, thing)
    return given


def part(name: str, on: str, thing: Thing) -> Any:
    if name == "number":
        return thing.number
    if name == "tracking_code":
        return thing.tracking_code
    if name == "uid":
        return thing.parts[PART_OF_UID.get(on, "contact")]
    if name == "token" and on == "follow":
        return thing.parts["follow"]
    return thing.parts[PART_OF_ID.get(name, name)]


def things_for(row: Row, world: World) -> list[Thing]:
    """The things that have what this row's address names."""
    if not row.on:
        return []
    part_of = {
        "order": "order",
        "item": "item",
        "answer": "item",
        "request": "code",
        "firm": "code",
        "claim": "claim_id",
        "follow": "follow",
        "topic": "slug",
        "worker": "worker_id",
        "topic_desk": "slug",
    }.get(row.on)
    return [each for each in world.things.values() if part_of is None or part_of in each.parts]


# --- Asking -------------------------------------------------------------------------------------


def bodies(world: World) -> dict[str, dict[str, Any]]:
    """Forms that reach further than an empty one: everything ticked."""
    every = [each.number for each in world.things.values()]
    return {
        "desk-several": {"number": every, "reason": "zz", "message": "zz"},
        "identities": {"number": world.things["near"].number},
    }


def ask(client: Client, verb: str, path: str, body: dict[str, Any]) -> Answer:
    """One request, whose effects are undone."""
    with undone():
        answer = client.generic(verb, path) if verb != "POST" else client.post(path, body)
        stream = getattr(answer, "streaming_content", None)
        content = b"".join(stream) if stream is not None else answer.content
    return Answer(answer.status_code, answer.headers.get("Location", ""), content)


@contextmanager
def undone() -> Iterator[None]:
    """By a savepoint alone: an atomic block would forbid the durable ones inside."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
        transaction.set_rollback(False)


def events() -> dict[int, int]:
    counted = Incident.objects.annotate(n=Count("events")).values_list("pk", "n")
    return dict(counted)


# --- Looking ------------------------------------------------------------------------------------


def walk(world: World, rows: Iterable[Row] | None = None) -> Iterator[str]:
    """Everything found on these rows of the table (on all of them)."""
    for row in table() if rows is None else rows:
        for role, letter in row.letters:
            yield from (f"{role}: {row}: {what}" for what in look(world, row, role, letter))


def look(world: World, row: Row, role: str, letter: str) -> Iterator[str]:
    body = bodies(world).get(row.route, {})

    def get(thing: Thing | None) -> tuple[Answer, str]:
        """In a browser of its own: a message left by the answer before would be shown here."""
        path = reverse(row.route, kwargs=named(row, thing))
        return ask(world.client(role), row.verb, path, body), path

    nothing, nowhere = get(None)
    if not row.on:
        yield from wrong_letter(nothing, letter)
        yield from told(world, nothing, role, row)
        return
    for thing in things_for(row, world):
        answer, path = get(thing)
        yield from (f"{thing.name}: {what}" for what in told(world, answer, role, row, thing))
        if letter == "l" or may(role, row, thing, letter):
            yield from (f"{thing.name}: {what}" for what in wrong_letter(answer, letter))
        elif answer.kind != "d":
            yield f"{thing.name}: answered {answer.status}, though it is not for them"
        elif hidden(role, row, thing) and answer.but_for(path) != nothing.but_for(nowhere):
            yield f"{thing.name}: refused otherwise than a thing that does not exist"


def may(role: str, row: Row, thing: Thing, letter: str) -> bool:
    return letter == "a" and (row.on == "public" or sees(role, row.on, thing.name))


def hidden(role: str, row: Row, thing: Thing) -> bool:
    """Whether this person must not even know that it exists."""
    own = ("item", "order", "contact", "letter", "request", "firm", "claim", "comment", "worker")
    if row.on in (*own, "voice", "follow", "topic", "topic_desk", "case_file"):
        return not sees(role, row.on, thing.name)
    return not sees(role, "incident", thing.name)


def wrong_letter(answer: Answer, letter: str) -> Iterator[str]:
    if answer.kind != letter:
        yield f"answered {answer.status} ({answer.kind}), the table says {letter}"


def told(
    world: World, answer: Answer, role: str, row: Row, asked: Thing | None = None
) -> Iterator[str]:
    """What the answer says that this person may not know."""
    for thing in world.things.values():
        if thing.phone.encode() in answer.body:
            yield f"tells the phone number of {thing.name}"
        if sees(role, KNOWN_BY.get(row.route, "incident"), thing.name) or (
            row.on == "public" and thing is asked
        ):
            continue
        typed = str(bodies(world).get(row.route, {}).values())
        secrets = [
            each
            for each in thing.secrets
            if each != thing.number
            or not (thing is asked or row.route in TELLS_NEIGHBOURS or each in typed)
        ]
        if any(each.encode() in answer.body for each in secrets):
            yield f"tells of {thing.name}"
    yield from told_of_others(world, answer, role)


def told_of_others(world: World, answer: Answer, role: str) -> Iterator[str]:
    """Workers, answers in the making, and where a report of wrongdoing points."""
    for name, worker in world.workers.items():
        if worker.user.name.encode() in answer.body and not sees(role, "worker", name):
            yield f"tells of {name}'s worker"
    for name in ("near", "far"):
        if f"zzitem{name}zz".encode() in answer.body and not sees(role, "item", name):
            yield f"tells of {name}'s answer in the making"
    for name in ("near", "far"):
        if f"zzfirm{name}zz".encode() in answer.body and not (
            sees(role, "firm", name) or sees(role, "claim", name)
        ):
            yield f"tells of {name}'s firm"
    if b"123.41357" in answer.body:
        yield "tells where exactly wrongdoing was reported"


def unlisted_verbs(world: World, role: str) -> list[str]:
    """Verbs that the table does not list and that are served all the same."""
    listed = {(row.route, row.verb) for row in table()}
    found = []
    for row in {row.route: row for row in table()}.values():
        thing = next(iter(things_for(row, world)), None)
        path = reverse(row.route, kwargs=named(row, thing))
        for verb in VERBS:
            if (row.route, verb) in listed:
                continue
            answer = ask(world.client(role), verb, path, {})
            if answer.kind in ("a", "fault"):
                found.append(f"{role}: {verb} {row.route} answered {answer.status}")
    return found


def touched(world: World, row: Row) -> list[str]:
    """What a form with everything ticked changed of what this person does not see."""
    found = []
    for role, letter in row.letters:
        if letter != "a":
            continue
        before = events()
        with undone():
            path = reverse(row.route, kwargs=named(row, None))
            world.client(role).post(path, bodies(world)[row.route])
            after = events()
        found += [
            f"{role}: {row}: changed {thing.name}"
            for thing in world.things.values()
            if before[thing.incident.pk] != after[thing.incident.pk]
            and not sees(role, "incident", thing.name)
        ]
    return found


# Doors and redirects of the administration, walked by the tests of the log-in.
ADMIN_DOORS = frozenset({"admin:login", "admin:logout", "admin:password_change", "admin:None"})
ADMIN_ARGS = {"object_id": "1", "id": "1", "app_label": "incidents", "content_type_id": "1"}


def administration(world: World, role: str, letter: str) -> Iterator[str]:
    """Every address of the administration, as the row `admin:*` says for this role."""
    for route in dict.fromkeys(patterns()):
        if not route.startswith("admin:") or route in ADMIN_DOORS:
            continue
        given = {name: ADMIN_ARGS[name] for name in parameters_of_admin(route)}
        path = reverse(route, kwargs=given)
        for verb in ("GET", "POST"):
            answer = ask(world.client(role), verb, path, {})
            row = Row(route, verb, "", (), ())
            # What this desk does not do, or does not have, is refused to the administrator too.
            if answer.kind == "fault" or (letter != "a" and answer.kind not in (letter, "gone")):
                yield f"{role}: {row}: answered {answer.status}, the table says {letter}"
            yield from (f"{role}: {row}: {what}" for what in told(world, answer, role, row))


def parameters_of_admin(route: str) -> frozenset[str]:
    inside = get_resolver().namespace_dict["admin"][1]
    options = inside.reverse_dict.getlist(route.removeprefix("admin:"))
    return frozenset(name for possible, *_rest in options for _form, names in possible
                     for name in names)  # fmt: skip


def heard(world: World) -> list[str]:
    """What the live stream tells each role, against what it sees."""
    found = []
    ids = {thing.incident.pk: name for name, thing in world.things.items()}
    for role, session in [*world.sessions.items(), (ANONYMOUS, "")]:
        login = news.login_of_cookie(f"sessionid={session}")
        scope = None if login is None else login.scope
        listens = sees(role, "stream", "live")
        if (scope is not None) != listens:
            found.append(f"{role}: the stream {'hears' if scope else 'refuses'} them")
        told_of = set() if scope is None else {
            ids[pk] for pk in news.incident_features(scope, list(ids))
        }  # fmt: skip
        expected = {name for name in world.things if listens and sees(role, "incident", name)}
        found += [f"{role}: the stream tells of {name}" for name in told_of - expected]
        found += [f"{role}: the stream hides {name}" for name in expected - told_of]
    return found
