"""The desks: a role's lists, one of them shown, and what may be done with several at once."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, page_of, user_of
from accounts.models import User
from accounts.roles import LOOKING_ON, OPENING_CASES
from dispatch import lists, summary, undoing
from dispatch.actions import BY_NAME
from dispatch.calls import Sent
from dispatch.dossier import units_near
from dispatch.errors import DispatchError
from dispatch.forms import Form
from dispatch.lists import DESKS, Desk
from incidents.errors import IncidentError, Refused
from incidents.models import Incident

MOST_AT_ONCE = 50


def desk_of(name: str, user: User) -> Desk:
    desk = DESKS.get(name)
    if desk is None:
        raise Http404
    if user.role not in desk.roles:
        raise PermissionDenied
    return desk


@require_GET
@never_cache
@only(OPENING_CASES)
def show(request: HttpRequest, name: str) -> HttpResponse:
    """`?list=` which one, `?page=`; `?rows=1` gives the rows alone, for the page to stay fresh."""
    user = user_of(request)
    desk = desk_of(name, user)
    chosen = desk.list_named(request.GET.get("list", "")) or desk.lists[0]
    page = page_of(request)
    rows, more = lists.rows(chosen, user, page)
    context: dict[str, Any] = {
        "desk": desk,
        "chosen": chosen,
        "rows": rows,
        "page": page,
        "more": more,
        "tabs": tabs(desk, user),
        "bulk": bulk_forms(desk, user),
        "undo": undoing.remembered(request),
    }
    if "rows" in request.GET:
        return render(request, "dispatch/desk_rows.html", context)
    if any(field.kind == "unit" for form in context["bulk"] for field in form.fields):
        context["units"] = units_near(Incident(division=user.division))
    return render(request, "dispatch/desk.html", context)


@require_GET
@never_cache
@only(LOOKING_ON)
def late_summary(request: HttpRequest) -> HttpResponse:
    """What is late, by unit and category: a page, or (`?part=1`) a part of the desk's."""
    late = summary.late_by_unit_and_category(user_of(request))
    part = "part" in request.GET
    template = "dispatch/late_table.html" if part else "dispatch/late_summary.html"
    return render(request, template, {"late": late})


def tabs(desk: Desk, user: User) -> list[dict[str, Any]]:
    counted = lists.lengths(desk, user)
    return [
        {"list": each, "count": counted[each.name], "more": counted[each.name] >= lists.COUNTED}
        for each in desk.lists
    ]


def bulk_forms(desk: Desk, user: User) -> list[Form]:
    """The forms below the list, without what only a single case can say."""
    blank = Incident(kind="help", category_id="")
    actions = [BY_NAME[name] for name in desk.bulk]
    return [action.form(blank) for action in actions if action.is_for(user)]


@require_POST
@only(OPENING_CASES)
def several(request: HttpRequest, name: str, action: str) -> HttpResponse:
    """One action on every case ticked; each succeeds or is refused on its own."""
    user = user_of(request)
    desk = desk_of(name, user)
    if action not in desk.bulk:
        raise Http404
    if not BY_NAME[action].is_for(user):
        raise PermissionDenied
    numbers = request.POST.getlist("number")[:MOST_AT_ONCE]
    back = reverse("desk", args=[name]) + "?" + urlencode({"list": request.POST.get("list", "")})
    if not numbers:
        messages.error(request, _("Tick at least one incident."))
        return redirect(back)
    found = Incident.objects.visible_to(user).filter(number__in=numbers).order_by("pk")
    done = [each.number for each in found if taken(request, each, user, action)]
    if done:
        told = ngettext("%(n)d incident: %(what)s", "%(n)d incidents: %(what)s", len(done))
        messages.success(request, told % {"n": len(done), "what": BY_NAME[action].title})
        undoing.remember(request, action, done)
    return redirect(back)


def taken(request: HttpRequest, each: Incident, user: User, action: str) -> bool:
    try:
        BY_NAME[action].call(Sent(each, user, request.POST))
    except Refused as error:
        messages.error(request, f"{each.number}: {error.message}")
    except (IncidentError, DispatchError) as error:
        messages.error(request, f"{each.number}: {error}")
    except OperationalError:
        again = _("Somebody else was changing this; please try again.")
        messages.error(request, f"{each.number}: {again}")
    else:
        return True
    return False


@require_POST
@only(OPENING_CASES)
def undo(request: HttpRequest, name: str) -> HttpResponse:
    """Take the last bulk action back, as far as nobody has acted on it."""
    user = user_of(request)
    desk_of(name, user)
    kept = undoing.remembered(request) or {"action": "", "numbers": []}
    undoing.forget(request)
    call = undoing.UNDO.get(kept["action"])
    found = Incident.objects.visible_to(user).filter(number__in=kept["numbers"]).order_by("pk")
    undone = [each for each in found if call and taken_back(request, each, user, call)]
    messages.success(request, _("%(n)d taken back.") % {"n": len(undone)})
    return redirect("desk", name)


def taken_back(
    request: HttpRequest, each: Incident, user: User, call: Callable[[int, User], Incident]
) -> bool:
    try:
        call(each.pk, user)
    except (IncidentError, DispatchError) as error:
        messages.error(request, f"{each.number}: {error}")
        return False
    return True
