"""What the gateway asks the database; every answer is cut to a scope by `in_scope`.

Runs in the gateway's few threads, each with its own kept connection.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections, connection
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.roles import WATCHING, Role
from accounts.scope import Scope
from accounts.second_factor import lacks
from dispatch.models import Worker
from incidents.models import Incident, Outbox
from maps import layers

LISTENING = WATCHING | {Role.COMMUNITY_WORKER}
# A replay reaches back a little before what was asked: rows may have committed out of order.
OVERLAP = 500
# Further behind than this the browser loads its layer anew.
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    topic: str
    incident_id: int


@dataclass(frozen=True, slots=True)
class Login:
    """Who listens, by which session, and with which rights when the stream began."""

    session: str
    user_id: int
    rights_version: int
    scope: Scope


# One statement for all listeners: those whose session is there and whose rights are the same.
LASTING = """
SELECT given.session, given.rights_version
FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS given (session, user_id, rights_version)
JOIN django_session s ON s.session_key = given.session AND s.expire_date > now()
JOIN accounts_user u ON u.id = given.user_id AND u.is_active
                    AND u.rights_version = given.rights_version
"""


def ended(logins: Collection[Login]) -> set[Login]:
    """Those whose session or rights ended; raises DatabaseError while nobody can tell."""
    close_old_connections()
    columns = zip(
        *((each.session, each.user_id, each.rights_version) for each in logins), strict=True
    )
    with connection.cursor() as cursor:
        cursor.execute(LASTING, [list(column) for column in columns])
        lasting = set(cursor.fetchall())
    return {each for each in logins if (each.session, each.rights_version) not in lasting}


def login_of_cookie(header: str) -> Login | None:
    """The person logged in by this Cookie header; None for nobody, or no watcher."""
    close_old_connections()
    try:
        morsel = SimpleCookie(header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    session = SessionStore(morsel.value if morsel else None)
    user = User.objects.filter(pk=session.get(SESSION_KEY) or 0, is_active=True).first()
    if user is None or user.role not in LISTENING:
        return None
    same = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    if not same or session.session_key is None or lacks(session, user):
        return None
    return Login(session.session_key, user.pk, user.rights_version, Scope.of(user))


def newest() -> int:
    close_old_connections()
    return Outbox.objects.aggregate(newest=Max("id"))["newest"] or 0


def start() -> int:
    """Where a gateway that starts begins to read: a little before the newest row.

    A lower id may still be committing just now; who began at the newest would never ask for it.
    """
    return max(0, newest() - OVERLAP)


def rows_after(highest: int, gaps: Iterable[int] = ()) -> list[Row]:
    close_old_connections()
    wanted = Outbox.objects.filter(Q(id__gt=highest) | Q(id__in=list(gaps))).order_by("id")
    return [Row(*row) for row in wanted.values_list("id", "topic", "incident_id")[:MOST_ROWS]]


def incident_features(scope: Scope, ids: Iterable[int]) -> dict[int, str]:
    """Incident id -> feature as JSON, of those among `ids` that this scope sees."""
    close_old_connections()
    found = Incident.objects.in_scope(scope).filter(pk__in=list(ids))
    features = [row["feature"] for row in layers.incident_features(found)]
    return {each["id"]: json.dumps(each, ensure_ascii=False) for each in features}


def told(rows: Sequence[Row], features: Mapping[int, str]) -> str:
    """The text of these rows: each incident once, by its newest row; who sees it not, reads not."""
    newest = {row.incident_id: row for row in rows}
    return "".join(
        f"id: {row.id}\nevent: {row.topic}\ndata: {features[row.incident_id]}\n\n"
        for row in sorted(newest.values(), key=lambda row: row.id)
        if row.incident_id in features
    )


def workers_moved(scope: Scope, since: datetime) -> list[str]:
    """Features of the workers on shift whose row changed after `since`."""
    found = Worker.objects.in_scope(scope).filter(updated_at__gt=since)
    rows = layers.worker_features(found)[:2000]
    return [json.dumps(row["feature"], ensure_ascii=False) for row in rows]


def any_worker_moved(since: datetime) -> datetime | None:
    """When the last of the workers changed since then; None when nobody did."""
    moved: datetime | None = Worker.objects.filter(updated_at__gt=since).aggregate(
        last=Max("updated_at")
    )["last"]
    return moved


def start_of_time() -> datetime:
    return timezone.now() - timedelta(seconds=5)
