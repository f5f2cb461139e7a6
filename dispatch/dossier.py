"""Everything one page tells about a case, in few statements however much happened.

The small lists (who had it, what was asked, said, checked) come with the incident itself, as
JSON put together by PostgreSQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from accounts.models import Unit, User
from accounts.roles import DISPATCHING, OPENING_ORIGINALS, REOPENING
from dispatch.actions import ACTIONS, Action
from dispatch.assigning import goes_to_a_worker
from dispatch.candidates import Choice, choices
from dispatch.catalogue import rule_for
from dispatch.forms import Form
from dispatch.merging import Suggestion, suggestions
from dispatch.models import Application, Assignment, ContactLog, Reply, Rule, Worker, WorkOrder
from incidents.guards import DISSENT, NEW_FACT
from incidents.identities import may_open
from incidents.lifecycle import BEFORE_DISPATCH, Step
from incidents.models import CallBack, Check, Contact, Incident, Kind, Message, Status, Waiting
from incidents.refusals import allowed
from incidents.showing import is_guarded
from incidents.transitions import facts_of, who_takes
from incidents.voices import counting
from incidents.voices.counting import Voices

CAN_CHOOSE = (Status.DISPATCHED, Status.IN_PROGRESS)
# Judging from the desk: the place is still to be found, or the unit to be chosen.
SUGGESTING = (Status.REGISTERED, Status.TRIAGE, Status.ACCEPTED, Status.DISPATCHED)


def cases(user: User) -> "QuerySet[Incident]":
    """What this person sees, each with all its small lists; one statement."""
    return (
        Incident.objects.visible_to(user)
        .select_related(
            "category__field",
            "division__county",
            "division__street",
            "lead_unit__division",
            "merged_into",
            "about_unit",
            "taken__line",
        )
        .annotate(
            had_by=listed(
                Assignment.objects.order_by("pk"),
                "is_lead", "is_current", "made_at", "signed_at", "ended_at", "task", "answer",
                "why", name="unit__name", name_en="unit__name_en", by="made_by__name",
            ),
            asked_for=listed(
                Application.objects.order_by("pk"),
                "asks", "reason", "basis", "days", "pause_reason", "until", "verdict",
                "verdict_reason", "asked_at", "judged_at", by="asked_by__name",
                judge="judged_by__name", suggested="suggested_unit__name",
            ),
            contacts=listed(
                ContactLog.objects.order_by("pk"), "way", "reached", "note", "at", by="user__name"
            ),
            replied=listed(
                Reply.objects.order_by("pk"),
                "outcome", "public_text", "internal_note", "dissent", "planned_for", "at",
                "photo_away_m", by="author__name",
            ),
            checked=listed(
                Check.objects.order_by("pk"),
                "drawn", "verdict", "reason", "created_at", by="checker__name",
            ),
            called=listed(
                CallBack.objects.order_by("pk"),
                "round", "result", "is_solved", "satisfaction", "words", "reasons", "way",
                "done_at",
                number="report__number", by="agent__name",
            ),
            recorded=listed(Contact.objects.heard_by(user).order_by("pk"), "uid", "began_at"),
            heard=counting.for_staff(),
            told=listed(
                Message.objects.filter(follow=None).order_by("pk"),
                "template", "channel", "state", "not_before", "created_at", "sent_at",
                number="report__number", of="report__incident",
            ),
        )
    )  # fmt: skip


def listed(
    found: "QuerySet[Any]", *same: str, of: str = "incident", **renamed: str
) -> ArraySubquery:
    names = {name: F(name) for name in same} | {name: F(path) for name, path in renamed.items()}
    own = found.filter(**{of: OuterRef("pk")})
    return ArraySubquery(own.values(row=JSONObject(**names)))


def read(rows: Iterable[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """JSON has no moments: what ends in `at`, `until` and `not_before` become some again."""
    return [{name: moment(name, value) for name, value in row.items()} for row in rows or ()]


def moment(name: str, value: Any) -> Any:
    if isinstance(value, str) and (name.endswith("at") or name in ("until", "not_before")):
        parsed: datetime | None = parse_datetime(value)
        return parsed
    return value


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case as one person sees it, with what they may do."""

    incident: Incident
    reports: Sequence[Any]
    media: Sequence[Any]
    orders: Sequence[WorkOrder]
    history: Sequence[Any]
    forms: Sequence[Form]
    choices: Sequence[Choice] = ()
    suggestions: Sequence[Suggestion] = ()
    units: Sequence[Unit] = ()
    proposal: Rule | None = None
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    may_choose: bool = False
    may_place: bool = False
    may_open: bool = False
    guarded: bool = False
    may_open_identity: bool = False
    voices: Voices = field(default_factory=Voices)
    may_settle: bool = False

    @property
    def live_order(self) -> WorkOrder | None:
        return next((order for order in self.orders if order.is_live), None)


LISTS = ("had_by", "asked_for", "contacts", "replied", "checked", "called", "told", "recorded")


@dataclass(frozen=True, slots=True)
class Failed:
    """The action just refused, the sentences of its fields, and what was typed."""

    action: str = ""
    error: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)


def dossier(incident: Incident, user: User, failed: Failed | None = None) -> Dossier:
    """A case for one person, in at most ten statements with the session's own two apart."""
    orders = list(incident.work_orders.select_related("worker__user"))
    steps = allowed_steps(incident, user)
    forms = [
        action.form(incident, failed.error, failed.typed)
        if failed and action.name == failed.action
        else action.form(incident)
        for action in offered(incident, user, steps)
    ]
    dispatches = user.role in DISPATCHING
    offering = Step.OFFER in steps and incident.status in CAN_CHOOSE
    asks_unit = any(each.kind == "unit" for form in forms for each in form.fields)
    return Dossier(
        incident=incident,
        reports=list(incident.reports.select_related("complainant")),
        media=list(incident.media.with_original()),
        orders=orders,
        history=list(incident.events.select_related("actor")),
        forms=forms,
        choices=shortlist(incident) if offering else (),
        suggestions=suggestions(incident, user) if suggests(incident, user) else (),
        units=list(units_near(incident)) if asks_unit else (),
        proposal=rule_for(incident) if awaits_unit(incident, steps) else None,
        lists={name: read(getattr(incident, name, None)) for name in LISTS},
        may_choose=offering,
        may_place=dispatches and wants_place(incident),
        may_open=user.role in OPENING_ORIGINALS,
        guarded=is_guarded(incident),
        may_open_identity=may_open(user, incident),
        voices=Voices(**incident.heard),  # type: ignore[attr-defined]
        may_settle=user.role in REOPENING,
    )


def awaits_unit(incident: Incident, steps: set[Step]) -> bool:
    """A person is to choose the unit; whom a report of wrongdoing is about, no catalogue knows."""
    chooses = Step.DISPATCH in steps or Step.DESIGNATE in steps
    return chooses and incident.status in BEFORE_DISPATCH and incident.kind != Kind.WRONGDOING


def wants_place(incident: Incident) -> bool:
    return incident.waiting in (Waiting.NO_PLACE, Waiting.OUTSIDE)


def suggests(incident: Incident, user: User) -> bool:
    return user.role in DISPATCHING and incident.status in SUGGESTING


def allowed_steps(incident: Incident, user: User) -> set[Step]:
    # What an actor may state opens the form that asks for it.
    facts = facts_of(incident, actor=user, said=(DISSENT, NEW_FACT))
    return allowed(list(Step), incident, who_takes(user), facts)


def offered(incident: Incident, user: User, steps: set[Step]) -> list[Action]:
    """The actions to show, what leads on first."""
    found = [
        action for action in ACTIONS if action.step in steps and action.offered(incident, user)
    ]
    return sorted(found, key=lambda action: not (action.is_main and action.leads_on(incident)))


def shortlist(incident: Incident) -> list[Choice]:
    if incident.lead_unit is None or not goes_to_a_worker(incident):
        return []
    own = Worker.objects.filter(unit=incident.lead_unit).exists()
    return choices(incident, incident.lead_unit, own_workers=own, again=True)


def units_near(incident: Incident) -> "QuerySet[Unit]":
    """The units of the place, of its county and of all above; every unit of the land without."""
    division = incident.division
    if division is None:
        return Unit.objects.filter(kind=Unit.Kind.HOTLINE).order_by("code")[:200]
    codes = [division.code, division.street_id, division.county_id, division.city_id]
    province = f"{division.code[:2]}0000"
    places = [code for code in (*codes, province) if code]
    return Unit.objects.filter(division__in=places).order_by("-division__level", "code")[:200]
