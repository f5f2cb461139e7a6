"""Words of casework for templates."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from incidents.lifecycle import Step
from incidents.models import Incident
from incidents.step_names import STEP_NAMES
from incidents.timeleft import time_left

register = template.Library()


@register.simple_tag
def left(incident: Incident) -> SafeString | str:
    """The time left as a chip; nothing where no clock runs."""
    found = time_left(incident)
    if found is None:
        return ""
    assert incident.due_at is not None
    return format_html(
        '<time class="left {}" datetime="{}">{}</time>',
        found.state,
        incident.due_at.isoformat(),
        found.words,
    )


@register.filter
def named(thing: Any) -> str:
    """The name of a unit or division in the language of the page."""
    if not thing:  # Django's templates know what is missing as ""
        return ""
    if isinstance(thing, dict):
        return str(thing["name_en"] if get_language() == "en" else thing["name"])
    return str(thing.name_en if get_language() == "en" else thing.name)


@register.simple_tag
def step_name(step: str) -> str:
    """What a step of the history is called."""
    return str(STEP_NAMES[Step(step)])


@register.filter
def short(moment: datetime | None) -> str:
    """`11-24 09:05`, in the hotline's time; a list has fifty, and `date` formats slowly."""
    return timezone.localtime(moment).strftime("%m-%d %H:%M") if moment else ""
