"""Jurisdictions changed: which open incidents that concerns, and what becomes of them.

Nothing is dispatched anew by itself: who works on it goes on until a person decides.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import assigning
from dispatch.catalogue import rule_for
from dispatch.errors import CatalogueRefused
from dispatch.models import HandOver, Rule
from districts.models import AreaImport
from incidents import lifecycle
from incidents.models import Incident
from incidents.transitions import lock

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
    WHERE i.status IN ({", ".join(f"'{status.value}'" for status in sorted(lifecycle.OPEN))})
      AND i.position IS NOT NULL AND i.lead_unit_id IS NOT NULL
), compared AS (
    SELECT n.id, {OF_KIND.format(codes=KEPT)} AS before, {OF_KIND.format(codes=NOW)} AS after
    FROM near n
)
INSERT INTO dispatch_handover (incident_id, since_id, before, after, made_at, decision, reason)
SELECT id, %(since)s, before, after, now(), '', '' FROM compared WHERE before <> after
ON CONFLICT DO NOTHING
"""


def list_due() -> int:
    """Of every import whose day has come and that was not looked through yet; how many listed."""
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
    # A cell changes nobody's responsibility: rules know divisions down to the community.
    if not made.is_cells:
        with connection.cursor() as cursor:
            cursor.execute(
                LIST,
                {
                    "kind": made.kind,
                    "day": made.effective_on,
                    "before": made.effective_on - timedelta(days=1),
                    "since": made.pk,
                },
            )
            listed = cursor.rowcount
    made.listed_at = timezone.now()
    made.save(update_fields=["listed_at"])
    return listed


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
    Incident.objects.filter(pk=incident.pk).update(jurisdictions=None)
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
