"""The pages on which jurisdictions and grid cells are brought in, looked at and put in force."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.roles import READING_DUTIES, SETTING_DUTIES
from dispatch import handing_over
from districts import area_imports
from districts.area_imports import Declared
from districts.datums import Datum
from districts.errors import FileRefused, ImportRefused
from districts.fault_words import sentence, why_not_read
from districts.models import AreaImport, ImportedArea, Jurisdiction
from incidents.uploads import Incoming, is_cut

A_PAGE = 30
LISTED = 200
DATUMS = (
    ("", "–"),
    (Datum.WGS84, gettext_lazy("WGS-84: GPS")),
    (Datum.GCJ02, gettext_lazy("GCJ-02: AMap, Tencent")),
    (Datum.BD09, gettext_lazy("BD-09: Baidu")),
    (Datum.CGCS2000, "CGCS2000"),
)
REPAIRS = {
    "made_valid": gettext_lazy("crossed lines untangled"),
    "cut_outside": gettext_lazy("cut at the border"),
    "cut_overlap": gettext_lazy("cut at its neighbour"),
    "filled_gap": gettext_lazy("a gap filled"),
}
# Outlines as they were checked; those without one, or that cannot be drawn, are in the list alone.
OUTLINES = """
SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(
    json_build_object('type', 'Feature', 'geometry', ST_AsGeoJSON(
        ST_SimplifyPreserveTopology(a.geom, 0.00002), 6)::json,
    'properties', json_build_object(
        'row', a.row, 'code', a.code, 'name', a.name, 'faulty', a.faults <> '[]'::jsonb
    )) ORDER BY a.row), '[]'))::text
FROM districts_importedarea a JOIN districts_areaimport i ON i.id = a.of_id
WHERE i.uid = %s AND a.geom IS NOT NULL
"""


class AreaFileForm(forms.Form):
    """What whoever brings a file says of it; the file itself comes beside it."""

    kind = forms.ChoiceField(label=gettext_lazy("What is in it"), choices=AreaImport.Kind.choices)
    datum = forms.ChoiceField(label=gettext_lazy("Datum"), choices=DATUMS)
    source = forms.CharField(label=gettext_lazy("Where it is from"), max_length=120)
    owner = forms.CharField(
        label=gettext_lazy("City or county it belongs to"), max_length=15, required=False,
        help_text=gettext_lazy("a division's code; not for cells"),
    )  # fmt: skip
    whole = forms.CharField(
        label=gettext_lazy("Division they fill"), max_length=15, required=False,
        help_text=gettext_lazy("a division's code; gaps in it are faults then"),
    )  # fmt: skip
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"), min_value=0, max_value=30_000, initial=100,
        help_text=gettext_lazy("the lowest number speaks first"),
    )  # fmt: skip
    code = forms.CharField(
        label=gettext_lazy("Column of the code"), max_length=60, required=False,
        help_text=gettext_lazy("empty: guessed"),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Column of the name"), max_length=60, required=False,
        help_text=gettext_lazy("empty: guessed"),
    )  # fmt: skip
    approximate = forms.BooleanField(label=gettext_lazy("approximate"), required=False)
    replaces_all = forms.BooleanField(
        label=gettext_lazy("It lists its kind whole: what is not in it ends"), required=False
    )

    def declared(self, by: str) -> Declared:
        said = self.cleaned_data
        columns = {name: said[name] for name in ("code", "name") if said[name]}
        plain = {name: said[name] for name in said if name not in ("code", "name", "datum")}
        return Declared(datum=Datum(said["datum"]), by=by, columns=columns, **plain)


@require_GET
@never_cache
@only(READING_DUTIES)
def files(request: HttpRequest) -> HttpResponse:
    """What was brought in, newest first; the jurisdictions there are; the form for another file."""
    return list_page(request, AreaFileForm())


def list_page(request: HttpRequest, form: AreaFileForm, status: int = 200) -> HttpResponse:
    found = Paginator(AreaImport.objects.all(), A_PAGE)
    context = {
        "files": found.get_page(request.GET.get("page")),
        "jurisdictions": Jurisdiction.objects.select_related("owner")[:LISTED],
        "form": form,
        "sets": user_of(request).role in SETTING_DUTIES,
    }
    return render(request, "dispatch/duties/boundaries.html", context, status=status)


@require_POST
@only(SETTING_DUTIES)
def upload(request: HttpRequest) -> HttpResponse:
    """Read and check a file; nothing takes effect."""
    form = AreaFileForm(request.POST)
    sent = request.FILES.get("file")
    if not isinstance(sent, Incoming) or is_cut(request) or sent.is_too_large or sent.no_room:
        form.add_error(None, _("Choose a file; it has to arrive whole and not be too large."))
    if not form.is_valid():
        return list_page(request, form, 400)
    assert isinstance(sent, Incoming)
    try:
        path = Path(sent.temporary_file_path())
        made = area_imports.keep(path, form.declared(user_of(request).username))
    except FileRefused as error:
        form.add_error(None, why_not_read(error))
    except ImportRefused as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
    else:
        return redirect("boundaries-file", made.uid)
    return list_page(request, form, 400)


@require_GET
@never_cache
@only(READING_DUTIES)
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The file's areas, its faults and its map."""
    made = AreaImport.objects.select_related("owner", "whole").filter(uid=uid).first()
    if made is None:
        return gone(request)
    faulty = made.areas.exclude(faults=[])
    context = {
        "file": made,
        "areas": made.areas.defer("geom")[:LISTED],
        "total": made.areas.count(),
        "faults": [*((None, sentence(each)) for each in made.faults), *told(faulty[:LISTED])],
        "faulty": faulty.count() + bool(made.faults),
        "strangers": handing_over.strangers(made, LISTED),
        "mended": [(area, repairs_of(area)) for area in made.areas.exclude(repairs=[])[:LISTED]],
        "today": timezone.localdate(),
        "sets": user_of(request).role in SETTING_DUTIES,
        "open": made.state == AreaImport.State.CHECKED,
    }
    return render(request, "dispatch/duties/boundaries_file.html", context)


def gone(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("There is no such file."))
    return redirect("boundaries")


def told(areas: Any) -> list[tuple[ImportedArea, str]]:
    return [(area, sentence(each)) for area in areas for each in area.faults]


def repairs_of(area: ImportedArea) -> str:
    return ", ".join(str(REPAIRS[each]) for each in area.repairs)


@require_GET
@gzip_page
@never_cache
@only(READING_DUTIES)
def outlines(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The file's areas as GeoJSON, for its map. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(OUTLINES, [uid])
        body = str(cursor.fetchone()[0])
    return HttpResponse(body, content_type="application/geo+json")


@require_POST
@only(SETTING_DUTIES)
def step(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """`repair`, `confirm` (for the day `on`) or `discard`."""
    made = AreaImport.objects.filter(uid=uid).first()
    if made is None:
        return gone(request)
    try:
        take(request, made, name)
    except ImportRefused as error:
        messages.error(request, error.message)
    return redirect("boundaries-file", uid)


def take(request: HttpRequest, made: AreaImport, name: str) -> None:
    if name == "repair":
        done = area_imports.repair(made.pk)
        messages.success(request, _("%(n)d areas were mended.") % {"n": done})
    elif name == "confirm":
        area_imports.take_effect(made.pk, day_of(request), by=user_of(request).username)
        handing_over.list_due()
        messages.success(request, _("The boundaries are in force from that day."))
    elif name == "discard":
        area_imports.discard(made.pk)
        messages.success(request, _("The file was discarded."))
    else:
        raise Http404


def day_of(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.POST.get("on", ""))
    except ValueError as error:
        raise ImportRefused("on", _("Say from which day, as in 2026-03-01.")) from error
