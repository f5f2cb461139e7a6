"""Sudden clusters on the dispatcher's desk: what came together, made one incident or let go."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib import messages
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import DISPATCHING
from dispatch import lists, merging
from districts.models import Division, Jurisdiction
from incidents.errors import IncidentError, Refused
from incidents.lifecycle import JOINABLE
from incidents.models import Category, Incident, ServiceField
from incidents.said import words
from maps.clusters import AREA, COUNTY
from maps.frame import plain_map
from maps.models import SuddenCluster

State = SuddenCluster.State
# Ended ones stay readable for a while.
SHOWN_ENDED = 20
Named = dict[str, "Category | ServiceField"]


@dataclass
class Line:
    """One cluster as this person sees it: `incidents` are those of it that they see."""

    cluster: SuddenCluster
    thing: Category | ServiceField | None
    incidents: list[Incident] = field(default_factory=list)
    where: Division | Jurisdiction | None = None

    @property
    def joinable(self) -> list[Incident]:
        return [each for each in self.incidents if each.status in JOINABLE]

    @property
    def lead(self) -> Incident | None:
        """What it was made one incident of, where this person sees that."""
        return next((each for each in self.incidents if each.pk == self.cluster.lead_id), None)

    @property
    def usual(self) -> str:
        expected = self.cluster.expected
        return f"{expected:.1f}" if expected >= 0.1 else "< 0.1"

    @property
    def points(self) -> list[list[float]]:
        """Latitude and longitude of each."""
        return [[each.position.y, each.position.x] for each in self.incidents if each.position]


def lines(found: Iterable[SuddenCluster], user: User) -> list[Line]:
    """Those of which this person sees at least two incidents; seven statements at most."""
    known = list(found)
    ids = {pk for each in known for pk in each.incidents}
    seen = Incident.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    shown = lists.to_show(list(seen)).defer(None).order_by("-pk")
    by_id = {each.pk: each for each in shown}
    things = named({each.thing for each in known})
    told = [
        Line(each, things.get(each.thing), [by_id[pk] for pk in each.incidents if pk in by_id])
        for each in known
    ]
    told = [line for line in told if len(line.incidents) > 1]
    place(told)
    return told


def named(things: set[str]) -> Named:
    """What a cluster is of, by `c:` and a category's code or `f:` and a field's."""
    codes = [code[2:] for code in things]
    fields = {f"f:{each.pk}": each for each in ServiceField.objects.filter(pk__in=codes)}
    chosen = Category.objects.select_related("field").filter(pk__in=codes)
    return {f"c:{each.pk}": each for each in chosen} | fields


def place(told: list[Line]) -> None:
    """A county, a jurisdiction, or (for a square) the community most of it lies in."""
    codes: dict[str, list[str]] = {COUNTY: [], AREA: []}
    for line in told:
        if line.cluster.place_kind == AREA:
            codes[AREA].append(line.cluster.place)
        else:
            codes[COUNTY].append(division_of(line))
    divisions = Division.objects.select_related("county").in_bulk(codes[COUNTY])
    areas = Jurisdiction.objects.in_bulk(codes[AREA])
    for line in told:
        if line.cluster.place_kind == AREA:
            line.where = areas.get(line.cluster.place)
        else:
            line.where = divisions.get(division_of(line))


def division_of(line: Line) -> str:
    if line.cluster.place_kind == COUNTY:
        return line.cluster.place
    within = Counter(each.division_id or "" for each in line.incidents)
    return within.most_common(1)[0][0]


def open_ones() -> "QuerySet[SuddenCluster]":
    return SuddenCluster.objects.filter(state=State.OPEN)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(DISPATCHING)
def clusters(request: HttpRequest) -> HttpResponse:
    """All of them; `?part=1`: the open ones as a part of the desk's page; `?one=`: one in full."""
    if request.method == "POST":
        return step(request)
    user = user_of(request)
    if "part" in request.GET:
        return render(request, "maps/cluster_lines.html", {"lines": lines(open_ones(), user)})
    one = request.GET.get("one", "")
    if one.isascii() and one.isdigit():
        found = lines(SuddenCluster.objects.filter(pk=one[:9]), user)
        context = {"lines": found, "one": found[0] if found else None, "frame": plain_map()}
        return render(request, "maps/cluster.html", context, status=200 if found else 404)
    ended = SuddenCluster.objects.exclude(state=State.OPEN)[:SHOWN_ENDED]
    context = {"lines": lines(open_ones(), user), "ended": lines(ended, user)}
    return render(request, "maps/clusters.html", context)


def step(request: HttpRequest) -> HttpResponse:
    """`cluster`, and `step`: one (make one incident of it) or no (with a `reason`)."""
    user = user_of(request)
    given = request.POST.get("cluster", "")[:9]
    found = open_ones().filter(pk=given if given.isascii() and given.isdigit() else 0)
    line = next(iter(lines(found, user)), None)
    if line is None:
        messages.error(request, _("There is no such cluster any more."))
        return redirect("desk", "queue")
    try:
        if request.POST.get("step") == "one":
            lead = make_one(request, line, user)
            return redirect("desk-incident", lead.number)
        let_go(line.cluster, user, request.POST.get("reason", ""))
        messages.success(request, _("Not one thing: it does not come again."))
    except Refused as error:
        messages.error(request, str(error.message))
    except IncidentError as error:
        messages.error(request, str(error))
    except OperationalError:
        # What was merged stays so; the line stays too, for the rest.
        messages.error(request, _("Somebody else was changing this; please try again."))
    return redirect("desk", "queue")


def make_one(request: HttpRequest, line: Line, user: User) -> Incident:
    reason = _("Sudden cluster: %(n)d of one thing at one place") % {"n": len(line.incidents)}
    lead, stayed = merging.merge_all(line.incidents, user, reason)
    end(line.cluster, State.MADE_ONE, user, lead=lead)
    joined = len(line.joinable) - 1 - len(stayed)
    told = ngettext("%(n)d incident joined %(lead)s.", "%(n)d incidents joined %(lead)s.", joined)
    messages.success(request, told % {"n": joined, "lead": lead.number})
    for number, why in stayed.items():
        messages.warning(request, f"{number}: {why}")
    return lead


def let_go(cluster: SuddenCluster, user: User, reason: str) -> None:
    end(cluster, State.NOT_ONE, user, reason=words("reason", reason, most=300))


def end(cluster: SuddenCluster, state: State, user: User, **more: object) -> None:
    """Once: who comes second changes nothing."""
    still = open_ones().filter(pk=cluster.pk)
    still.update(state=state, ended_by=user, ended_at=timezone.now(), **more)
