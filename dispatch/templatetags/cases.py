"""The words for the codes that come with a case's small lists."""

from collections.abc import Iterable, Mapping

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dispatch.flags import shown
from dispatch.models import Application, ContactLog, Rule, WorkOrder
from dispatch.ranking import COSTS_MORE, FULL_NOW, NEEDED_ELSEWHERE
from incidents.models import (
    Asked,
    CallBack,
    Check,
    Incident,
    Message,
    Outcome,
    Reason,
    Satisfaction,
)

register = template.Library()
Words = str | Promise


def of(choices: Iterable[tuple[object, Words]]) -> dict[str, Words]:
    return {str(code): words for code, words in choices}


WORDS: Mapping[str, Mapping[str, Words]] = {
    "asks": of(Asked.choices),
    "verdict": of(Application.Verdict.choices),
    "way": of(ContactLog.Way.choices),
    "outcome": of(Outcome.choices),
    "drawn": of(Check.Drawn.choices),
    "check": of(Check.Verdict.choices),
    "result": of(CallBack.Result.choices),
    "reason": of(Reason.choices),
    "said": of(CallBack.Way.choices),
    "satisfaction": of(Satisfaction.choices),
    "told": of(Message.Template.choices),
    "channel": of(Message.Channel.choices),
    "message": of(Message.State.choices),
    "rule": {
        "category": _("rule for the category"),
        "field": _("rule for the service field"),
        "back_stop": _("back-stop of the place"),
        "hand": _("by hand"),
    },
    "hours": of(Rule.Hours.choices),
    "because": {
        "less_telling": _("its rule says less of the matter"),
        "other_side": _("a component goes to its owner first, an event to the territory"),
        "other_area": _("a jurisdiction speaks before it"),
        "wider": _("its rule is for a wider place"),
        "any_time": _("another rule is for this very time"),
        "newer": _("its rule is newer"),
    },
    "wind": {
        "N": _("north"),
        "NE": _("north-east"),
        "E": _("east"),
        "SE": _("south-east"),
        "S": _("south"),
        "SW": _("south-west"),
        "W": _("west"),
        "NW": _("north-west"),
    },
    "part": {
        "travel": _("way"),
        "load": _("load"),
        "own_community": _("own community"),
        "own_cell": _("own grid cell"),
        "stale_position": _("position not fresh"),
        "overdue": _("risk of being late"),
        "known": _("knows the matter or the person"),
    },
    "why_not": {
        COSTS_MORE: _("costs more"),
        FULL_NOW: _("had no place left"),
        NEEDED_ELSEWHERE: _("saves more elsewhere"),
    },
}


@register.simple_tag
def word(kind: str, code: object) -> Words:
    """`{% word "outcome" each.outcome %}`; a code without words is shown as it is."""
    return WORDS[kind].get(str(code), str(code))


@register.simple_tag
def flags(incident: Incident) -> SafeString:
    """What stands out about a case, and the time left."""
    return shown(incident)


@register.simple_tag
def why_line(order: WorkOrder) -> str:
    """Why this worker, in one line: the whole cost, its greatest part, how many stood behind."""
    cost = sum(order.why.values())
    greatest = max(order.why, key=lambda part: abs(order.why[part]))
    line = gettext("Why this worker: cost %(cost)d m, most of it %(part)s") % {
        "cost": cost,
        "part": word("part", greatest),
    }
    if not order.others:
        return line
    return line + " · " + gettext("next best %(cost)d m") % {"cost": order.others[0]["cost_m"]}
