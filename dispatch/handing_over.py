"""Boundaries changed: which open incidents that concerns, and what becomes of them.

Nothing is dispatched anew by itself: who works on it goes on until a person decides.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import assigning
from dispatch.catalogue import rule_for
from dispatch.errors import CatalogueRefused
from dispatch.models import HandOver, Rule, Worker
from districts import rerouting
from districts.locate import Locate
from districts.models import AreaImport, Edition, ImportedArea
from incidents import lifecycle
from incidents.models import Incident
from incidents.transitions import lock

# Worded as the index of what is open is.
OPEN = ", ".join(f"'{status.value}'" for status in sorted(lifecycle.OPEN))
# Of all that was given, those of the kind that changed.
OF_KIND = """ARRAY(SELECT j.code FROM districts_jurisdiction j
    WHERE j.code = ANY({codes}) AND j.kind = %(kind)s ORDER BY j.priority, j.code)"""
KEPT = "coalesce(n.jurisdictions, hotline_jurisdictions(n.position, %(before)s))"
NOW = "hotline_jurisdictions(n.position, %(day)s)"
# Only what lies in an outline that began or ended that day is looked at, by the index of what is
# open; then what it belonged to is compared with what its place belongs to now.
LIST = f"""
WITH touched AS (
    SELECT b.geom FROM districts_jurisdictionboundary b
    JOIN districts_jurisdiction j ON j.code = b.jurisdiction_id
    WHERE j.kind = %(kind)s AND (b.valid_from = %(day)s OR b.valid_to = %(day)s)
), near AS (
    SELECT DISTINCT i.id, i.position, i.jurisdictions
    FROM touched t JOIN incidents_incident i ON ST_Covers(t.geom, i.position)
    WHERE i.status IN ({OPEN})
      AND i.position IS NOT NULL AND i.lead_unit_id IS NOT NULL
), compared AS (
    SELECT n.id, {OF_KIND.format(codes=KEPT)} AS before, {OF_KIND.format(codes=NOW)} AS after
    FROM near n
)
INSERT INTO dispatch_handover (incident_id, since_id, before, after, made_at, decision, reason)
SELECT id, %(since)s, before, after, now(), '', '' FROM compared WHERE before <> after
ON CONFLICT DO NOTHING
"""

# Whom the file names and the hotline does not know is nobody's worker; the file's page names them.
WORKERS = """
INSERT INTO dispatch_cellworker (cell_id, worker_id)
SELECT a.code, w.id FROM districts_importedarea a
JOIN accounts_user u ON u.username = a.holder JOIN dispatch_worker w ON w.user_id = u.id
WHERE a.of_id = %(since)s
ON CONFLICT (cell_id) DO UPDATE SET worker_id = excluded.worker_id
"""


# Those in somebody's hands; the others find their unit by the boundaries of the day.
IN_HAND = f"""(SELECT i.id, i.position, i.division_id FROM incidents_incident i
    WHERE i.status IN ({OPEN}) AND i.position IS NOT NULL AND i.lead_unit_id IS NOT NULL)"""
KEEP_MOVED = """
INSERT INTO dispatch_handover (incident_id, edition_id, before, after, made_at, decision, reason)
SELECT id, %(edition)s, ARRAY[before], ARRAY[after], now(), '', '' FROM rerouted
ON CONFLICT DO NOTHING
"""


def list_due() -> int:
    """Of every change whose day has come and that was not looked through yet; how many listed."""
    today = timezone.localdate()
    editions = Edition.objects.filter(effective_on__lte=today, listed_at=None).order_by("pk")
    return sum(list_of_edition(each.pk) for each in editions) + list_imports()


@transaction.atomic
def list_of_edition(edition_id: int) -> int:
    """List the open incidents that lie in another leaf since this edition of the divisions."""
    edition = Edition.objects.select_for_update().get(pk=edition_id)
    if edition.listed_at is not None or edition.effective_on is None:
        return 0
    # The first edition takes nothing from anybody.
    listed = moved(edition.pk, edition.effective_on) if edition.closed else 0
    edition.listed_at = timezone.now()
    edition.save(update_fields=["listed_at"])
    return listed


def moved(edition_id: int, day: date) -> int:
    for _looked_at in rerouting.reroute(IN_HAND, day):
        pass
    with connection.cursor() as cursor:
        cursor.execute(KEEP_MOVED, {"edition": edition_id})
        listed = int(cursor.rowcount)
        cursor.execute("DROP TABLE rerouted")
    return listed


def list_imports() -> int:
    due = AreaImport.objects.filter(
        state=AreaImport.State.IN_FORCE,
        effective_on__lte=timezone.localdate(),
        listed_at=None,
    )
    return sum(list_of(made.pk) for made in due.order_by("effective_on", "pk"))


@transaction.atomic
def list_of(import_id: int) -> int:
    """List the open incidents whose place changed hands by this import, once."""
    made = AreaImport.objects.select_for_update().get(pk=import_id)
    if made.listed_at is not None or made.effective_on is None:
        return 0
    listed = 0
    with connection.cursor() as cursor:
        if made.is_cells:
            # It changes nobody's responsibility: rules know divisions down to the community.
            cursor.execute(WORKERS, {"since": made.pk})
        else:
            cursor.execute(LIST, asked(made, made.effective_on))
            listed = cursor.rowcount
    made.listed_at = timezone.now()
    made.save(update_fields=["listed_at"])
    return listed


def strangers(made: AreaImport, most: int) -> list[ImportedArea]:
    """Cells of the file whose worker nobody knows: no community worker has that user name."""
    known = Worker.objects.filter(user__username=OuterRef("holder"))
    named = made.areas.exclude(holder="").defer("geom")
    return list(named.exclude(Exists(known)).order_by("row")[:most]) if made.is_cells else []


def asked(made: AreaImport, day: date) -> dict[str, Any]:
    before = day - timedelta(days=1)
    return {"kind": made.kind, "day": day, "before": before, "since": made.pk}


@transaction.atomic
def keep(hand_over_id: int, by: User, reason: str) -> HandOver:
    """It stays with whom it is with."""
    return decide(waiting(hand_over_id, by), HandOver.Decision.KEEP, by, reason)


@transaction.atomic
def dispatch_anew(hand_over_id: int, by: User, reason: str) -> HandOver:
    """To the unit that the catalogue names by the boundaries of today, as if by hand.

    Raises CatalogueRefused, Refused, NotAllowedNow: a signed work order is not taken away so.
    """
    found = waiting(hand_over_id, by)
    incident = lock(found.incident_id)
    rule = by_todays_boundaries(incident)
    if rule is None:
        raise CatalogueRefused("rule", _("No rule of the catalogue names a unit for it."))
    assigning.to_unit(incident.pk, rule.unit, by, reason=reason)
    return decide(found, HandOver.Decision.DISPATCH, by, reason)


def by_todays_boundaries(incident: Incident) -> Rule | None:
    """What it was given is forgotten; what it is given now, it keeps."""
    lies_in = Coalesce(Locate("position"), "division_id")
    Incident.objects.filter(pk=incident.pk).update(jurisdictions=None, division=lies_in)
    incident.refresh_from_db(fields=["division"])
    rule = rule_for(incident)
    if rule is not None:
        kept = vars(rule)["jurisdictions"]
        Incident.objects.filter(pk=incident.pk).update(jurisdictions=kept)
    return rule


def waiting(hand_over_id: int, by: User) -> HandOver:
    seen = HandOver.objects.filter(incident__in=Incident.objects.visible_to(by))
    # Locks go incident first; the row itself is only compared and set.
    found = seen.filter(pk=hand_over_id).first()
    if found is None or found.decision:
        raise CatalogueRefused("decision", _("Somebody has decided this already."))
    return found


def decide(found: HandOver, decision: HandOver.Decision, by: User, reason: str) -> HandOver:
    if not reason.strip():
        raise CatalogueRefused("reason", _("Say why."))
    mine = HandOver.objects.filter(pk=found.pk, decision="").update(
        decision=decision, decided_by=by, decided_at=timezone.now(), reason=reason.strip()[:300]
    )
    if not mine:
        raise CatalogueRefused("decision", _("Somebody has decided this already."))
    found.refresh_from_db()
    return found
