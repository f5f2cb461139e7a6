"""What each action of a case asks before it is taken, and what stands there already."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from dispatch import replies
from dispatch.forms import Field, Words
from dispatch.models import ContactLog
from incidents import ends
from incidents.models import Category, Incident, Kind, PauseReason, Urgency


def reason(label: Words = "") -> Field:
    return Field("reason", label or _("Reason"), "area")


def only_reason(_incident: Incident) -> Sequence[Field]:
    return (reason(),)


def wrongdoing(incident: Incident) -> bool:
    return incident.kind == Kind.WRONGDOING


def unit_fields(incident: Incident) -> Sequence[Field]:
    about = Field("about", _("Unit the report is about"), "unit")
    return (
        *((about,) if wrongdoing(incident) and incident.about_unit_id is None else ()),
        Field("unit", _("Unit responsible"), "unit"),
        reason(),
        *((Field("seen", "", "hidden", value=str(incident.dispatches)),) if incident.pk else ()),
    )


def classify_fields(incident: Incident) -> Sequence[Field]:
    categories = [(c.code, f"{c.field.name} · {c.name}") for c in Category.objects.in_use()]
    return (
        Field("category", _("Category"), "select", categories, value=incident.category_id),
        Field("kind", _("Kind"), "select", Kind.choices, value=incident.kind),
        Field(
            "urgency",
            _("Urgency"),
            "select",
            [("", _("by category and kind")), *Urgency.choices],
            required=False,
            value=incident.urgency,
        ),
        reason(),
    )


def refuse_fields(_incident: Incident) -> Sequence[Field]:
    return (reason(), Field("right_channel", _("The right channel"), most=120))


def withdraw_fields(incident: Incident) -> Sequence[Field]:
    """Which of its reports: the first one lent the incident its number."""
    number = Field("report", _("Number of the report"), most=20, value=incident.number)
    return (number, Field("reason", _("What the citizen says"), "area", required=False))


def alarm_fields(_incident: Incident) -> Sequence[Field]:
    numbers = [(number, number) for number in ends.EMERGENCY_NUMBERS]
    return (Field("number", _("Emergency service"), "select", numbers),)


def merge_fields(_incident: Incident) -> Sequence[Field]:
    return (Field("into", _("Number of the other incident"), most=20), reason())


def return_fields(_incident: Incident) -> Sequence[Field]:
    return (
        reason(),
        Field("basis", _("Basis (rule or list of duties)"), most=300),
        Field("suggested", _("Unit you think is responsible"), "unit", required=False),
    )


def extension_fields(_incident: Incident) -> Sequence[Field]:
    told = Field(
        "reason", _("Reason"), "area", hint=_("The citizen reads it on the tracking page.")
    )
    return (Field("days", _("Working days more"), "number", value="5"), told)


def pause_fields(_incident: Incident) -> Sequence[Field]:
    return (
        Field("pause_reason", _("Listed reason"), "select", PauseReason.choices),
        Field("until", _("Until"), "date"),
        reason(_("Explanation")),
    )


def contact_fields(_incident: Incident) -> Sequence[Field]:
    return (
        Field("way", _("How"), "select", ContactLog.Way.choices),
        Field("reached", _("The citizen was reached"), "check", required=False, value="1"),
        Field("note", _("What was said"), "area"),
    )


def cooperate_fields(_incident: Incident) -> Sequence[Field]:
    return (Field("unit", _("Cooperating unit"), "unit"), Field("task", _("Task"), "area"))


def reply_fields(incident: Incident) -> Sequence[Field]:
    """What the worker wrote in the street stands there to begin with."""
    done = incident.work_orders.filter(status="done").first()
    disagree = Field("dissent", _("Where cooperating units disagree"), "area", required=False)
    return (
        Field(
            "outcome",
            _("Result"),
            "select",
            [("", "–"), *((o.value, o.label) for o in replies.OUTCOMES)],
            value=done.outcome if done else "",
        ),
        Field("public_text", _("Reply to the citizen (public)"), "area", most=2000,
              value=done.note if done else ""),
        Field("media", _("Photo after the work"), "photo", required=False),
        Field("planned_for", _("Planned for (if it cannot be solved now)"), "date",
              required=False),
        Field("internal_note", _("Internal note"), "area", required=False, most=2000),
        *((disagree,) if incident.open_cooperations else ()),
    )  # fmt: skip


def review_fields(_incident: Incident) -> Sequence[Field]:
    return (reason(_("What the review found")),)


def reopen_fields(_incident: Incident) -> Sequence[Field]:
    return (
        reason(),
        Field("new_fact", _("There is a new fact"), "check", required=False,
              hint=_("Needed when it was closed more than 15 days ago.")),
    )  # fmt: skip
