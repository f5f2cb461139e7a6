"""Who opened what is sealed, and why: originals, recordings and identities in one list."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import REVIEWING_OPENINGS, Role
from incidents.models import Incident, Opening, RecordingOpening, Report, VaultOpening

A_PAGE = 100
COLUMNS = ("at", "who", "number", "what", "reason")


@require_GET
@never_cache
@only(REVIEWING_OPENINGS)
def openings(request: HttpRequest) -> HttpResponse:
    """An inspector's, within what the inspector may see; the protection officer's, all of them."""
    page = Paginator(openings_for(user_of(request)), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "incidents/openings.html", {"openings": page})


def openings_for(user: User) -> QuerySet[Any, dict[str, Any]]:
    """Rows of COLUMNS, newest first. `what`: original, recording, opened, erased."""
    originals = Opening.objects.all()
    recordings = RecordingOpening.objects.all()
    identities = VaultOpening.objects.all()
    reports = Report.objects.filter(complainant=OuterRef("complainant")).order_by("id")
    if user.role != Role.DATA_PROTECTION_OFFICER:
        visible = Incident.objects.visible_to(user)
        originals = originals.filter(media__incident__in=visible)
        recordings = recordings.filter(contact__incident__in=visible)
        identities = identities.filter(Exists(reports.filter(incident__in=visible)))
    return (
        named(originals, F("media__incident__number"), Value("original"))
        .union(named(recordings, F("contact__report__number"), Value("recording")), all=True)
        .union(named(identities, Subquery(reports.values("number")[:1]), F("act")), all=True)
        .order_by("-at")
    )


def named(found: QuerySet[Any], number: Any, what: Any) -> QuerySet[Any, dict[str, Any]]:
    what.output_field = CharField()
    return (
        found.order_by()
        .values("at", "reason", who=F("user__name"), number=number, what=what)
        .values(*COLUMNS)
    )
