"""法律服务: a firm asks, a named adviser answers; assigned by speciality, territory and load."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.scope import code_prefix
from enterprises import advisers, asking, documents
from enterprises.assigning import ABOVE
from enterprises.errors import NotNow
from enterprises.models import Advice, Adviser, Firm, FirmRequest, Speciality, Topic
from incidents import clocks
from incidents.errors import NotForRole, Refused
from incidents.uploads import Incoming
from incidents.worktime import Limit, TimeUnit

FIRST_CONTACT = Limit(1, TimeUnit.WORKING_DAYS)
# Two at a time wait for each other, so that nobody gets more than fits.
ALONE = "SELECT pg_advisory_xact_lock(hashtext('enterprises.advising'))"
# Whose adviser left before answering waits anew.
LET_GO = """
UPDATE enterprises_advice a SET adviser_id = NULL, assigned_at = NULL
FROM enterprises_adviser v JOIN accounts_user u ON u.id = v.user_id
WHERE a.adviser_id = v.id AND a.answered_at IS NULL AND NOT (u.is_active AND u.role = %(role)s)
"""
KINDS = """
SELECT DISTINCT t.level, a.speciality
FROM enterprises_advice a, enterprises_adviser v
JOIN districts_division t ON t.code = v.territory_id
WHERE a.adviser_id IS NULL AND a.speciality = ANY (v.specialities)
ORDER BY t.level DESC, a.speciality
"""
# As managers are dealt out (`assigning.DEAL`). `{above}` is of ABOVE.
DEAL = """
WITH peers AS MATERIALIZED (
    SELECT v.id, v.territory_id, v.capacity,
           (SELECT count(*) FROM enterprises_advice a
            WHERE a.adviser_id = v.id AND a.answered_at IS NULL) AS load
    FROM enterprises_adviser v
    JOIN accounts_user u ON u.id = v.user_id AND u.is_active AND u.role = %(role)s
    JOIN districts_division t ON t.code = v.territory_id AND t.level = %(level)s
    WHERE %(speciality)s = ANY (v.specialities)
), places AS (
    SELECT id, territory_id,
           row_number() OVER (PARTITION BY territory_id ORDER BY n, id) AS place
    FROM peers, generate_series(load + 1, capacity) AS n
), waiting AS (
    SELECT a.id, {above} AS territory_id,
           row_number() OVER (PARTITION BY {above} ORDER BY a.id) AS place
    FROM enterprises_advice a
    JOIN enterprises_firmrequest r ON r.id = a.request_id
    JOIN enterprises_firm f ON f.id = r.firm_id
    JOIN districts_division d ON d.code = f.division_id
    WHERE a.adviser_id IS NULL AND a.speciality = %(speciality)s
      AND {above} IN (SELECT territory_id FROM peers)
)
UPDATE enterprises_advice a SET adviser_id = places.id, assigned_at = now()
FROM waiting JOIN places USING (territory_id, place)
WHERE a.id = waiting.id
"""


def ask(
    firm: Firm,
    speciality: str,
    text: str,
    phone: str,
    user: User,
    uploads: Sequence[Incoming] = (),
    key: str = "",
) -> FirmRequest:
    """A request of the topic legal affairs with its documents; the same key again, the same one.

    All of it or nothing is stored. Raises Refused, naming the field.
    """
    if speciality not in Speciality.values:
        raise Refused("speciality", _("Choose what it is about."))
    with documents.kept(uploads) as made, transaction.atomic():
        filed = asking.ask(firm, Topic.LEGAL, text, phone, user, key)
        due = clocks.calendar().due(timezone.now(), FIRST_CONTACT)
        advice, is_new = Advice.objects.get_or_create(
            request=filed, defaults={"speciality": speciality, "contact_due_at": due}
        )
        if is_new:
            for document in made:
                document.advice = advice
                document.save(force_insert=True)
            assign_one(advice, firm)
    return filed


def assign_one(advice: Advice, firm: Firm) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
    chosen = advisers.choose(able(), advice.speciality, firm.division_id)
    if chosen is not None:
        Advice.objects.filter(pk=advice.pk).update(adviser=chosen, assigned_at=timezone.now())


def able() -> list[advisers.Adviser]:
    """Who works here now, with the load of this moment; one statement."""
    active = Adviser.objects.filter(user__is_active=True, user__role=Role.SERVICE_MANAGER)
    is_open = Q(advices__isnull=False, advices__answered_at=None)
    counted = active.annotate(load=Count("advices", filter=is_open)).select_related("territory")
    return [
        advisers.Adviser(
            each.pk,
            each.specialities,
            code_prefix(each.territory),
            each.territory.level,
            each.load,
            each.capacity,
        )
        for each in counted
    ]


@transaction.atomic
def assign_waiting() -> int:
    """All that have no adviser, or one who left; one statement a level and speciality."""
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
        cursor.execute(LET_GO, {"role": Role.SERVICE_MANAGER})
        cursor.execute(KINDS)
        for level, speciality in cursor.fetchall():
            given = {"level": level, "speciality": speciality, "role": Role.SERVICE_MANAGER}
            cursor.execute(DEAL.format(above=ABOVE[level]), given)
            changed += cursor.rowcount
    return changed


def held(advice_id: int, user: User) -> Advice:
    """Locked; raises NotForRole where it is not in this adviser's hands (any more)."""
    mine = Advice.objects.select_for_update(of=("self",)).filter(adviser__user=user)
    found = mine.filter(pk=advice_id).first()
    if found is None:
        raise NotForRole(_("Another adviser has this request."))
    return found


@transaction.atomic
def contacted(advice_id: int, user: User) -> None:
    """The adviser talked to the firm; only the first time counts."""
    advice = held(advice_id, user)
    if advice.contacted_at is None:
        advice.contacted_at = timezone.now()
        advice.save(update_fields=["contacted_at"])


@transaction.atomic
def answer(advice_id: int, user: User, text: str) -> Advice:
    """Once, in at most 4,000 characters; an answer is a contact too."""
    advice, now = held(advice_id, user), timezone.now()
    if advice.answered_at is not None:
        raise NotNow(_("This was answered already."))
    if not 0 < len(text.strip()) <= 4000:
        raise Refused("answer", _("Write the answer, in at most 4,000 characters."))
    changes: dict[str, Any] = {"answer": text.strip(), "answered_at": now}
    changes["contacted_at"] = advice.contacted_at or now
    for name, value in changes.items():
        setattr(advice, name, value)
    advice.save(update_fields=list(changes))
    return advice
