"""Sudden clusters looked for and kept: what came in the last hours against what is usual.

A pass reads the open incidents of the last hours, and of what is usual only the places that have
enough of them now. What is usual is counted once a day (`count_usual`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from incidents.lifecycle import JOINABLE
from incidents.models import Incident, Status
from maps import clusters
from maps.clusters import AREA, COUNTY, LEVEL, SQUARE, WINDOWS, Cluster, Key, Seen, Usual
from maps.models import KeptCount, SuddenCluster, UsualCount, UsualHour

State = SuddenCluster.State
LOOK_BACK = max(WINDOWS) * clusters.HOUR
WEEKS = timedelta(weeks=8)
USUAL = "clusters.usual"
USUAL_FOR = timedelta(days=1)
# A cluster that nothing was added to for so long is over; what comes later is another.
OVER_AFTER = timedelta(hours=12)
# More lines than this nobody reads; the least likely ones are shown.
MOST_OPEN = 20
ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('maps.cluster_watch'))"
BITS = 2 * (18 - LEVEL)
RECENT = f"""
SELECT i.id, i.created_at, hotline_map_cell(i.position) >> {BITS}, coalesce(d.county_id, ''),
       coalesce(i.jurisdictions, '{{}}'), i.category_id, c.field_id
FROM incidents_incident i JOIN incidents_category c ON c.code = i.category_id
LEFT JOIN districts_division d ON d.code = i.division_id
WHERE i.created_at > %(since)s AND i.status = ANY(%(open)s) AND i.position IS NOT NULL
  AND i.kind <> 'wrongdoing' AND NOT i.is_confidential AND i.about_unit_id IS NULL
  AND NOT i.id = ANY(%(made)s)
"""
PAST = f"""
WITH past AS (
    SELECT hotline_map_cell(i.position) >> {BITS} AS cell, d.county_id AS county,
           coalesce(i.jurisdictions, '{{}}') AS areas, i.created_at AT TIME ZONE %(zone)s AS at,
           ARRAY['c:' || i.category_id, 'f:' || c.field_id] AS things
    FROM incidents_incident i JOIN incidents_category c ON c.code = i.category_id
    LEFT JOIN districts_division d ON d.code = i.division_id
    WHERE i.created_at >= %(since)s AND i.created_at < %(until)s AND i.position IS NOT NULL
      AND i.kind <> 'wrongdoing' AND NOT i.is_confidential AND NOT i.status = ANY(%(nothing)s)
)
"""
COUNT_PLACES = f"""{PAST}
INSERT INTO maps_usualcount (kind, code, thing, n)
SELECT kind, code, thing, count(*) FROM past CROSS JOIN unnest(things) AS thing
CROSS JOIN LATERAL (
    SELECT '{SQUARE}', cell::text
    UNION ALL SELECT '{COUNTY}', county WHERE county IS NOT NULL
    UNION ALL SELECT '{AREA}', unnest(areas)
) AS place (kind, code)
GROUP BY 1, 2, 3
"""
COUNT_HOURS = f"""{PAST}
INSERT INTO maps_usualhour (thing, hour, n)
SELECT thing, (extract(isodow FROM at)::int - 1) * 24 + extract(hour FROM at)::int, count(*)
FROM past CROSS JOIN unnest(things) AS thing GROUP BY 1, 2
"""
FIRST = "SELECT min(created_at) FROM incidents_incident WHERE created_at >= %(since)s"


def limits() -> clusters.Limits:
    return clusters.Limits(fewest=settings.CLUSTER_FEWEST, chance=settings.CLUSTER_CHANCE)


# --- What is usual --------------------------------------------------------------------------------


@transaction.atomic
def count_usual(now: datetime) -> KeptCount:
    """Anew, of the weeks before the windows that are open now."""
    until = now - LOOK_BACK
    given: dict[str, Any] = {
        "zone": settings.TIME_ZONE,
        "since": until - WEEKS,
        "until": until,
        "nothing": [Status.INVALID],
    }
    UsualCount.objects.all().delete()
    UsualHour.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(COUNT_PLACES, given)
        cursor.execute(COUNT_HOURS, given)
        cursor.execute(FIRST, given)
        (first,) = cursor.fetchone()
    covered_h = max(0.0, (until - first) / clusters.HOUR) if first else 0.0
    kept, _new = KeptCount.objects.update_or_create(
        name=USUAL,
        defaults={
            "counted_at": now,
            # A house without a day of its own looks again soon.
            "fresh_until": now + (USUAL_FOR if covered_h > clusters.YOUNGEST_H else clusters.HOUR),
            "data": {"covered_h": covered_h, "pairs": UsualCount.objects.count()},
        },
    )
    return kept


def usual_of(found: Iterable[Key], now: datetime) -> Usual:
    """What is usual for these places and things."""
    kept = KeptCount.objects.filter(name=USUAL, fresh_until__gt=now).first() or count_usual(now)
    places = {part for _hours, place, _thing in found for part in clusters.parts_of(place)}
    things = {thing for _hours, _place, thing in found}
    asked = Q(pk__in=[])
    for kind in {kind for kind, _code in places}:
        asked |= Q(kind=kind, code__in=[code for k, code in places if k == kind])
    counts = UsualCount.objects.filter(asked, thing__in=things)
    hours: dict[str, list[int]] = {thing: [0] * clusters.WEEK_H for thing in things}
    for thing, hour, n in UsualHour.objects.filter(thing__in=things).values_list(
        "thing", "hour", "n"
    ):
        hours[thing][hour] = n
    return Usual(
        {((row.kind, row.code), row.thing): row.n for row in counts},
        hours,
        kept.data["covered_h"],
        kept.data["pairs"],
    )


# --- A pass ---------------------------------------------------------------------------------------


@transaction.atomic
def watch(now: datetime | None = None) -> int:
    """Look once; returns how many clusters are open. Somebody else at it: none are looked for."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
        (is_ours,) = cursor.fetchone()
    if is_ours:
        found = clusters.candidates(recent(now), now, settings.CLUSTER_FEWEST)
        if found:
            local = timezone.localtime(now)
            keep(clusters.judged(found, usual_of(found, now), local, limits()), now)
        end_what_is_over(now)
    return SuddenCluster.objects.filter(state=State.OPEN).count()


def recent(now: datetime) -> list[Seen]:
    """Open incidents of the last hours, without those that clusters were made one of."""
    made = SuddenCluster.objects.filter(state=State.MADE_ONE, ended_at__gt=now - LOOK_BACK)
    leads = [pk for pk in made.values_list("lead", flat=True) if pk]
    given: dict[str, Any] = {"since": now - LOOK_BACK, "open": list(JOINABLE), "made": leads}
    with connection.cursor() as cursor:
        cursor.execute(RECENT, given)
        return [
            Seen(pk, at, cell, county, tuple(areas), category, field)
            for pk, at, cell, county, areas, category, field in cursor.fetchall()
        ]


def keep(found: Sequence[Cluster], now: datetime) -> None:
    """A line for what is new; what is known already goes on, dismissed or not."""
    known = list(
        SuddenCluster.objects.filter(
            state__in=[State.OPEN, State.NOT_ONE], last_seen__gt=now - OVER_AFTER
        )
    )
    room = MOST_OPEN - sum(each.state == State.OPEN for each in known)
    for cluster in found:
        same = next((each for each in known if is_same(each, cluster)), None)
        if same is not None:
            go_on(same, cluster, now)
        elif room > 0:
            room -= 1
            known.append(begin(cluster, now))


def is_same(known: SuddenCluster, found: Cluster) -> bool:
    here = (known.place_kind, known.place) == found.place and known.thing == found.thing
    return here or not set(known.incidents).isdisjoint(found.incidents)


def begin(found: Cluster, now: datetime) -> SuddenCluster:
    kind, code = found.place
    return SuddenCluster.objects.create(
        place_kind=kind,
        place=code,
        thing=found.thing,
        hours=found.hours,
        incidents=list(found.incidents),
        expected=found.expected,
        chance=found.chance,
        first_seen=now,
        last_seen=now,
    )


def go_on(known: SuddenCluster, found: Cluster, now: datetime) -> None:
    """It grows, and stays where it was first seen."""
    known.incidents = sorted({*known.incidents, *found.incidents})
    known.expected, known.chance, known.hours = found.expected, found.chance, found.hours
    known.last_seen = now
    known.save(update_fields=["incidents", "expected", "chance", "hours", "last_seen"])


def end_what_is_over(now: datetime) -> None:
    """Open lines that nothing was added to, or of whose incidents fewer than two are left."""
    for each in SuddenCluster.objects.filter(state=State.OPEN):
        left = Incident.objects.filter(pk__in=each.incidents, status__in=JOINABLE)[:2]
        if each.last_seen <= now - OVER_AFTER or len(left) < 2:
            still = SuddenCluster.objects.filter(pk=each.pk, state=State.OPEN)
            still.update(state=State.OVER, ended_at=now)
