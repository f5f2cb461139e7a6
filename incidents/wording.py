"""The words of a message: one small file for each occasion, language and channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime

from incidents import rating
from incidents.messages import is_confidential
from incidents.models import CallBack, Follow, Message, Outcome, PauseReason
from incidents.voices import links

# Stands for every template where not even the occasion may be told.
CONFIDENTIAL = "confidential"
MOMENTS = ("due", "until")


@dataclass(frozen=True, slots=True)
class Worded:
    """What leaves the house; an SMS has no subject."""

    text: str
    subject: str = ""


def worded(message: Message) -> Worded:
    """The message in its language; of what has become confidential, number and link alone."""
    if message.follow is not None:
        return written(message.template, message.language, message.channel, of(message.follow))
    report = message.report
    if report is None:
        return written(message.template, message.language, message.channel, of_place(message))
    template = CONFIDENTIAL if is_confidential(report.incident) else message.template
    context = {
        **readable(message.values),
        "number": report.number,
        "link": absolute(reverse("track", args=[report.tracking_code])),
    }
    if call_back := message.values.get("call_back"):
        context["rating"] = absolute(rating.link(CallBack(pk=call_back)))
        context["answer_with"] = report.number[-6:] if settings.SMS_ANSWERS else ""
    return written(template, message.language, message.channel, context)


def of(follow: Follow) -> dict[str, Any]:
    """What a follower reads: what everybody may, and the link that is theirs."""
    incident = follow.incident
    return {
        "number": incident.number,
        "category": incident.category,
        "page": absolute(reverse("public-report", args=[incident.number])),
        "link": absolute(links.link(follow)),
    }


def of_place(message: Message) -> dict[str, Any]:
    """What the follower of a place reads: its name, counts, and two links."""
    found = dict(message.values)
    return found | {name: absolute(found[name]) for name in ("page", "link")}


def written(template: str, language: str, channel: str, context: Mapping[str, Any]) -> Worded:
    name = f"messages/{template}.{language}.{channel}.txt"
    with translation.override(language):
        text = get_template(name).template.render(  # type: ignore[attr-defined]
            Context({**context, "outcome": outcome(context), "pause_reason": why_paused(context)},
                    autoescape=False)
        )  # fmt: skip
    if channel == Message.Channel.SMS:
        return Worded(" ".join(text.split()))
    subject, _newline, body = text.strip().partition("\n")
    return Worded(body.strip() + "\n", subject.strip())


def readable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: moment(value) if name in MOMENTS else value for name, value in values.items()}


def moment(value: str) -> datetime | None:
    at = parse_datetime(value) if value else None
    return timezone.localtime(at) if at else None


def outcome(context: Mapping[str, Any]) -> str:
    given = context.get("outcome", "")
    return str(Outcome(given).label) if given in Outcome.values else ""


def why_paused(context: Mapping[str, Any]) -> str:
    given = context.get("pause_reason", "")
    return str(PauseReason(given).label) if given in PauseReason.values else ""


def absolute(path: str) -> str:
    return urljoin(settings.PUBLIC_URL + "/", path.lstrip("/"))
