"""What citizens were told, what waits and what failed; and the words, before anybody reads them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, page_of, user_of
from accounts.roles import MINDING_MESSAGES, PREVIEWING_MESSAGES
from incidents import sending, wake
from incidents.messages import SEND
from incidents.models import Category, Message, Outcome, PauseReason
from incidents.wording import CONFIDENTIAL, Worded, absolute, readable, written

SHOWN = 50
LANGUAGES = (("zh-hans", "中文"), ("en", "English"))
AGAIN = (Message.State.FAILED, Message.State.GIVEN_UP)


@require_GET
@never_cache
@only(MINDING_MESSAGES)
def told(request: HttpRequest) -> HttpResponse:
    """`?state=` of which, `?page=`; the newest first, to masked recipients."""
    state = request.GET.get("state", "")
    page = page_of(request)
    found = (
        Message.objects.visible_to(user_of(request))
        .select_related("report__incident", "complainant")
        .order_by("-id")
    )
    if state in Message.State.values:
        found = found.filter(state=state)
    rows = list(found[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "told": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "page": page,
        "state": state,
        "states": Message.State.choices,
        "again": AGAIN,
    }
    return render(request, "incidents/messages.html", context)


@require_POST
@only(MINDING_MESSAGES)
def again(request: HttpRequest, uid: str) -> HttpResponse:
    """Try a failed one once more, as soon as the hour allows it."""
    seen = Message.objects.visible_to(user_of(request)).select_related("report__incident")
    if sending.try_again(get_object_or_404(seen, uid=uid)):
        wake.start(SEND)
        messages.success(request, _("It is tried again."))
    else:
        messages.error(request, _("Only what failed can be tried again."))
    return redirect("messages")


@require_GET
@never_cache
@only(PREVIEWING_MESSAGES)
def preview(request: HttpRequest) -> HttpResponse:
    """Every template with sample values, in both languages."""
    named = [*Message.Template.choices, (CONFIDENTIAL, _("Any news of a confidential report"))]
    context = {"templates": [(label, samples(name)) for name, label in named]}
    return render(request, "incidents/messages_preview.html", context)


def samples(template: str) -> list[dict[str, Any]]:
    return [
        {"language": code, "name": name, "channel": Message.Channel(channel).label, "words": words}
        for code, name in LANGUAGES
        for channel in Message.Channel.values
        for words in [sample(template, code, channel)]
    ]


def sample(template: str, language: str, channel: str) -> Worded:
    """The template with values as long as they usually are."""
    chinese = language.startswith("zh")
    due = (timezone.now() + timedelta(days=3)).isoformat()
    values = {
        "due": due,
        "until": due,
        "reason": "该事项正由法院审理" if chinese else "The matter is before a court.",
        "right_channel": "市中级人民法院 024-12368" if chinese else "Intermediate Court, 024-12368",
        "pause_reason": PauseReason.SEASON,
        "outcome": Outcome.SOLVED,
        "text": "路面坑洼已于今日修补,现场已恢复通行。"
        if chinese
        else "The pothole was filled today.",
        "into": "20261124-000017",
        "place": "和平区" if chinese else "Heping District",
        "reported": 4,
        "closed": 2,
        "days": 15,
    }
    return written(template, language, channel, readable(values) | sample_links())


def sample_links() -> dict[str, Any]:
    return {
        "number": "20261124-000042",
        "link": absolute("/t/23456789ABCDEFGHJKLM"),
        "answer_with": "000042" if settings.SMS_ANSWERS else "",
        "category": Category(name_zh="路面坑洼", name_en="Pothole"),
        "page": absolute("/reports/20261124-000042"),
        "rating": absolute("/r/MTIzNDU:1vNabc:Zk3_sYcQ0T1w9JmA7xHkQ5n2dFvB8rLpE6uGtXoWyIc"),
    }
