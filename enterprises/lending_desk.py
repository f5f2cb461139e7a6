"""The pages of financing: the firm says what it needs, both see which offers fit and why."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import only, user_of
from enterprises import asking, lending
from enterprises.errors import EnterpriseError
from enterprises.firm_desk import FIRMS
from enterprises.forms import NeedForm, StepForm
from enterprises.manager_desk import MANAGERS
from enterprises.models import Need, Offer
from incidents.errors import IncidentError, KeyReused, Refused


@require_http_methods(["GET", "POST"])
@never_cache
@only(FIRMS)
def need(request: HttpRequest) -> HttpResponse:
    firm = asking.spoken_for(user_of(request))
    if firm is None:
        return redirect("firm")
    form = NeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = dict(form.cleaned_data)
            text, phone, key = given.pop("text"), given.pop("phone"), str(given.pop("key"))
            filed = lending.ask(firm, lending.Asked(**given), text, phone, user_of(request), key)
            messages.success(request, _("Your request is filed."))
            return redirect("firm-offers", filed.report.number)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        except KeyReused:
            form.add_error(None, _("This was filed already. Open the page anew for another."))
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "firm": firm, "title": _("Look for financing")}
    return render(request, "enterprises/ask.html", context, status=status)


def seen_need(request: HttpRequest, number: str) -> Need:
    """Of a firm this person looks after or speaks for."""
    seen = Need.objects.visible_to(user_of(request))
    found = seen.select_related("request__report__incident", "request__firm__division")
    return get_object_or_404(found, request__report__number=number)


@require_GET
@never_cache
@only(FIRMS)
def firm_offers(request: HttpRequest, number: str) -> HttpResponse:
    return offers(request, seen_need(request, number), back="firm-request")


@require_GET
@never_cache
@only(MANAGERS)
def manager_offers(request: HttpRequest, number: str) -> HttpResponse:
    return offers(request, seen_need(request, number), back="manager-request")


def offers(request: HttpRequest, found: Need, back: str) -> HttpResponse:
    context = {
        "need": found,
        "asked": found.request,
        "matches": lending.matches(found, found.request.firm),
        "back": back,
        "writes": back == "manager-request",
        "form": StepForm(),
    }
    return render(request, "enterprises/offers.html", context)


@require_POST
@never_cache
@only(MANAGERS)
def step(request: HttpRequest, number: str, offer_id: int, kind: str) -> HttpResponse:
    """Introduced, agreed or refused."""
    found, form = seen_need(request, number), StepForm(request.POST)
    if kind not in lending.Kind.values or not Offer.objects.filter(pk=offer_id).exists():
        raise Http404
    if not form.is_valid():
        messages.error(request, _("The note has at most 300 characters."))
        return redirect("manager-offers", number)
    try:
        lending.step(found.pk, offer_id, kind, form.cleaned_data["note"], user_of(request))
        messages.success(request, _("Written down."))
    except (EnterpriseError, IncidentError) as error:
        messages.error(request, str(error))
    return redirect("manager-offers", number)
