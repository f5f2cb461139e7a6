"""What a step of an incident means for those who follow it; asked by `transitions.tell`."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.db.models import Q
from django.utils import timezone

from incidents.lifecycle import Step
from incidents.messages import after_quiet, keep
from incidents.models import Event, Follow, Incident, Message, Report
from incidents.recipients import any_on, channel_to
from incidents.voices import doubting

T = Message.Template
# A reply counts once its check is passed: before that no citizen reads it.
HEARD: Mapping[Step, Message.Template] = MappingProxyType(
    {
        Step.PASS_CHECK: T.FOLLOWED_REPLIED,
        Step.CLOSE: T.FOLLOWED_CLOSED,
        Step.REVIEW_CLOSE: T.FOLLOWED_CLOSED,
        Step.REOPEN: T.FOLLOWED_REOPENED,
    }
)


def of_steps(incident: Incident, events: Sequence[Event]) -> bool:
    """Write what followers are told, and look for doubts; whether there is anything to send."""
    heard = [event for event in events if event.step in HEARD]
    if not heard:
        return False
    doubting.look(incident)
    follows = list(followers(incident)) if any_on() else []
    report = incident.reports.order_by("pk").first() if follows else None
    if report is None:
        return False
    return keep([
        row
        for event in heard
        for follow in follows
        for row in to(follow, report, HEARD[Step(event.step)], occasion=f"event:{event.pk}")
    ])  # fmt: skip


def followers(incident: Incident) -> "Sequence[Follow]":
    """Also those of what was merged into it."""
    own = Q(incident=incident) | Q(incident__merged_into=incident)
    return list(Follow.objects.told().filter(own).select_related("person__user"))


def to(
    follow: Follow, report: Report, template: Message.Template, *, occasion: str = ""
) -> list[Message]:
    """One message, unsaved, or none where this follower cannot be reached."""
    person = follow.person
    channel = channel_to(person) if person else ""
    if not channel:
        return []
    assert person is not None
    now = timezone.now()
    return [
        Message(
            report=report,
            follow=follow,
            complainant=person,
            template=template,
            occasion=f"follow:{follow.pk}:{occasion}",
            channel=channel,
            language=person.language,
            # Who asks for it waits for it.
            not_before=now if template == T.CONFIRM_FOLLOW else after_quiet(now),
        )
    ]
