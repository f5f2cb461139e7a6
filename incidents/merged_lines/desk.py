"""The pages on which the cases of a merged line are brought in."""

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import only, user_of
from accounts.roles import IMPORTING_CASES
from incidents.errors import IncidentError, NoRoom, Refused
from incidents.merged_lines import beginning, keeping
from incidents.merged_lines.faults import sentence
from incidents.merged_lines.forms import NAMES, MappingForm
from incidents.merged_lines.reading import Unreadable
from incidents.models import CaseFile, CaseMapping, Category, FaultyRow
from incidents.storage import FULL
from incidents.uploads import Incoming, is_cut

A_PAGE = 30
LISTED = 100
State = CaseFile.State


@require_GET
@never_cache
@only(IMPORTING_CASES)
def files(request: HttpRequest) -> HttpResponse:
    """The files that came, newest first, and the form for another."""
    return list_page(request)


def list_page(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    found = CaseFile.objects.select_related("mapping__line", "made_by")
    context = {
        "files": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "mappings": CaseMapping.objects.select_related("line"),
        "error": error,
    }
    return render(request, "incidents/merged_lines.html", context, status=status)


@require_POST
@only(IMPORTING_CASES)
def upload(request: HttpRequest) -> HttpResponse:
    """Keep a file; with a `mapping` it is checked at once, else it is mapped first."""
    try:
        sent = given_file(request)
        found = keeping.keep(sent, sent.name or "", by=user_of(request))
    except Unreadable as error:
        return list_page(request, sentence(error.what), 400)
    except Refused as error:
        return list_page(request, str(error.message), error.status)
    except OSError as error:
        if error.errno not in FULL:
            raise
        return list_page(request, str(NoRoom("file").message), 503)
    mapping = mapping_named(request)
    if mapping is None:
        return redirect("merged-lines-mapping", found.uid)
    try:
        beginning.check(found.pk, mapping)
    except Refused as error:
        messages.error(request, str(error.message))
    return redirect("merged-lines-file", found.uid)


def given_file(request: HttpRequest) -> Incoming:
    sent = request.FILES.get("file")
    if not isinstance(sent, Incoming):
        raise Refused("file", _("Choose a file."))
    if is_cut(request):
        raise Refused("file", _("The file did not arrive whole; send it again."))
    if sent.is_too_large:
        raise Refused("file", _("This file is too large for a page; import it by the command."))
    if sent.no_room:
        raise NoRoom("file")
    return sent


def mapping_named(request: HttpRequest) -> CaseMapping | None:
    """The one that the form names by its id; None for none."""
    given = request.POST.get("mapping") or request.GET.get("mapping", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        return None
    return CaseMapping.objects.select_related("line").filter(pk=int(given)).first()


@require_GET
@never_cache
@only(IMPORTING_CASES)
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One file: how far it is, what is in it, what is wrong. `?part=1`: the moving part alone."""
    found = found_file(uid)
    context = told_of(found)
    name = "merged_lines_part" if "part" in request.GET else "merged_lines_file"
    return render(request, f"incidents/{name}.html", context)


def found_file(uid: UUID) -> CaseFile:
    return get_object_or_404(CaseFile.objects.select_related("mapping__line", "made_by"), uid=uid)


def told_of(found: CaseFile) -> dict[str, Any]:
    counts = found.stored if found.state in (State.IMPORTING, State.IMPORTED) else found.checked
    rows = found.checked.get("rows", 0)
    faulty = found.faulty.exclude(faults=[])
    changed = bool(found.mapping and found.mapping.version != found.version)
    refused = found.all_or_none and bool(found.checked.get("faulty"))
    return {
        "file": found,
        "counts": counts,
        "categories": named_categories(counts.get("categories", {})),
        "codes": [
            (NAMES[field], sorted(known.items(), key=lambda each: -each[1]))
            for field, known in counts.get("codes", {}).items()
        ],
        "faults": [told for each in faulty[:LISTED] for told in faults_of(each)],
        "faulty": (left := faulty.count()),
        "deleted_after": keeping.deleted_after(found) if found.is_kept or left else None,
        "listed": LISTED,
        "share": min(100, 100 * found.done // rows) if rows else None,
        "changed": changed,
        "problem": sentence(found.problem) if found.problem else "",
        "refused": refused,
        "offered": found.state == State.CHECKED
        and not (changed or refused)
        and bool(counts.get("new") or counts.get("news")),
    }


def named_categories(counts: dict[str, int]) -> list[tuple[str, int]]:
    names = {each.code: each.name for each in Category.objects.filter(code__in=counts)}
    return sorted(((names.get(c, c), n) for c, n in counts.items()), key=lambda each: -each[1])


def faults_of(faulty: FaultyRow) -> Iterator[tuple[int, str, str, str]]:
    for field, what, value in faulty.faults:
        yield faulty.row, str(NAMES[field]), sentence(what), value


@require_http_methods(["GET", "POST"])
@never_cache
@only(IMPORTING_CASES)
def mapping(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How this file is read: a new mapping, guessed by the names of its columns, or a kept one."""
    found = found_file(uid)
    chosen = mapping_named(request)
    if request.method == "GET":
        return mapping_page(request, found, MappingForm(found, chosen or found.mapping))
    form = MappingForm(found, chosen, request.POST)
    if not form.is_valid():
        return mapping_page(request, found, form, 400)
    if chosen and chosen.files.filter(state__in=CaseFile.WORKING).exists():
        form.add_error(None, _("A file is being read with this mapping; wait, or stop it."))
        return mapping_page(request, found, form, 409)
    try:
        kept = form.save(user_of(request))
        beginning.check(found.pk, kept, all_or_none=form.cleaned_data["all_or_none"])
    except (Refused, IncidentError) as error:
        form.add_error(None, str(getattr(error, "message", error)))
        return mapping_page(request, found, form, 409)
    return redirect("merged-lines-file", uid)


def mapping_page(
    request: HttpRequest, found: CaseFile, form: MappingForm, status: int = 200
) -> HttpResponse:
    context = {"file": found, "form": form, "mappings": CaseMapping.objects.all()}
    return render(request, "incidents/merged_lines_mapping.html", context, status=status)


@require_POST
@only(IMPORTING_CASES)
def step(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """`check`, `import`, `stop` or `discard`."""
    found = found_file(uid)
    try:
        if name == "check" and found.mapping is not None:
            beginning.check(found.pk, found.mapping, all_or_none=found.all_or_none)
        elif name == "import":
            beginning.store(found.pk)
        elif name == "stop":
            beginning.stop(found.pk)
        elif name == "discard":
            beginning.discard(found.pk)
            messages.success(request, _("What was left of the file is deleted."))
            return redirect("merged-lines")
        else:
            raise Http404
    except Refused as error:
        messages.error(request, str(error.message))
    except IncidentError as error:
        messages.error(request, str(error))
    return redirect("merged-lines-file", uid)


@require_GET
@never_cache
@only(IMPORTING_CASES)
def faults(request: HttpRequest, uid: UUID) -> Any:
    """Every fault as CSV: row, field, what, the code that is not known."""
    found = found_file(uid)
    rows = found.faulty.exclude(faults=[]).order_by("row").iterator(1000)
    head = [(_("Row"), _("Field"), _("What is wrong"), _("Code"))]
    told = (fault for each in rows for fault in faults_of(each))
    writer = csv.writer(Echo())
    lines = (writer.writerow(safe(row)) for part in (head, told) for row in part)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="faults.csv"'
    return answer


def safe(row: tuple[Any, ...]) -> list[str]:
    """No cell that a spreadsheet would take for a formula."""
    return [f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@") else str(cell) for cell in row]


class Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text
