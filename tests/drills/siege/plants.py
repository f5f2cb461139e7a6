"""Wraps real functions of the house: cuts at exact points, and the mistakes of the controls.

A mistake is made while a file of its name lies in the drill's folder; without it everything is as
the house has it. Races are widened by a sleep, so that a control is found every time.
"""

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from celery import current_task
from django.utils import timezone

from dispatch import batch, due, engine
from districts import prepared
from incidents import intake, registration, transitions, wake
from incidents.models import Event, IdempotencyKey, Incident, IncidentQuerySet, Outbox, Report
from incidents.storage import DurableStorage
from tests.drills.siege import cut

P = ParamSpec("P")
T = TypeVar("T")

RACE_S = 0.25


def planted(mistake: str) -> bool:
    return cut.armed(mistake).exists()


def after(function: Callable[P, T], then: Callable[[], None]) -> Callable[P, T]:
    @wraps(function)
    def both(*args: P.args, **kwargs: P.kwargs) -> T:
        done = function(*args, **kwargs)
        then()
        return done

    return both


def before(function: Callable[P, T], first: Callable[[], None]) -> Callable[P, T]:
    @wraps(function)
    def both(*args: P.args, **kwargs: P.kwargs) -> T:
        first()
        return function(*args, **kwargs)

    return both


def instead(function: Callable[P, T], other: Callable[P, T], mistake: str) -> Callable[P, T]:
    """`other` while the mistake is planted."""

    @wraps(function)
    def either(*args: P.args, **kwargs: P.kwargs) -> T:
        return (other if planted(mistake) else function)(*args, **kwargs)

    return either


def plant() -> None:
    set_cuts()
    make_mistakes()


def put(owner: Any, name: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace a function where its callers look it up."""
    setattr(owner, name, change(getattr(owner, name)))


def set_cuts() -> None:
    put(wake._Messenger, "ask", lambda ask: before(ask, cut_before_enqueue))
    put(due, "claim", lambda claim: after(claim, lambda: cut.here(cut.DISPATCH_CLAIMED)))
    put(engine, "move", lambda move: after(move, lambda: cut.here(cut.DISPATCH_MIDDLE)))
    put(batch, "move_many", lambda move: after(move, lambda: cut.here(cut.DISPATCH_MIDDLE)))
    put(DurableStorage, "_save", lambda save: after(save, cut_in_media))


def cut_before_enqueue() -> None:
    if not current_task:  # in the web: a task's own commit is another story
        cut.here(cut.COMMIT_ENQUEUE)


def cut_in_media() -> None:
    if current_task:
        cut.here(cut.MEDIA_MIDDLE)


# --- Mistakes ----------------------------------------------------------------------------------


def make_mistakes() -> None:
    put(transitions, "tell", lambda tell: instead(tell, tell_without_outbox, cut.OUTBOX_LEFT_OUT))
    put(intake, "register", lambda own: instead(own, register_unheard, cut.OUTBOX_LEFT_OUT))
    put(intake, "claim_key", lambda own: instead(own, check_then_insert, cut.CHECK_THEN_INSERT))
    put(due, "claim", lambda claim: instead(claim, claim_without_lock, cut.LOCK_OFF))
    put(engine, "rule_for", lambda rule_for: before(rule_for, widen_race))
    put(
        IncidentQuerySet,
        "select_for_update",
        lambda locked: instead(locked, not_locked, cut.LOCK_OFF),
    )
    put(engine, "locked", lambda locked: instead(locked, read_without_lock, cut.LOCK_OFF))


def tell_without_outbox(incident: Incident, events: Sequence[Event]) -> None:
    """Every third incident is changed and nobody is told."""
    if incident.pk % 3:
        untouched_tell(incident, events)
    else:
        Event.objects.bulk_create(events)


def register_unheard(incident: Incident, report: Report) -> None:
    """The same of what is new; one statement writes it all, so its row goes before the commit."""
    untouched_register(incident, report)
    if incident.pk % 3 == 0:
        Outbox.objects.filter(incident=incident).delete()


untouched_tell, untouched_register = transitions.tell, registration.register


def check_then_insert(sender: intake.Sender, key: str, body: str) -> dict[str, Any] | None:
    """Look whether the key is there, and only then write it."""
    held = IdempotencyKey.objects.filter(sender=sender.name, key=key).first()
    if held is not None and held.answer:
        answer: dict[str, Any] = held.answer
        return answer
    time.sleep(RACE_S)
    IdempotencyKey.objects.create(sender=sender.name, key=key, body_sha256=body)
    return None


def claim_without_lock(*, again: bool = False) -> list[int]:
    """Neither lock nor lease: whoever looks while a batch is under way takes the same."""
    found = Incident.objects.filter(dispatch_after__lte=timezone.now())
    found = found.exclude(waiting="") if again else found.filter(waiting="")
    return list(found.order_by("dispatch_after", "pk").values_list("pk", flat=True)[: due.most()])


def not_locked(found: IncidentQuerySet, *args: Any, **kwargs: Any) -> Any:
    return found


def read_without_lock(incident_id: int) -> Incident:
    """What the engine asks for one incident, but that nobody else is kept from it."""
    unlocked = engine.LOCK.replace("FOR UPDATE OF i", "")
    return engine.incident_of(prepared.rows(unlocked, {"incident": incident_id})[0])


def widen_race() -> None:
    if planted(cut.LOCK_OFF):
        time.sleep(RACE_S)
