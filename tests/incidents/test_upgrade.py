"""A database with data in it: what is in clear gets sealed, what happened gets its chain."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from accounts.sealing import Keyring, key_from
from config.place import CHECKOUT
from incidents.chain import Kept, Standing, findings
from incidents.sealing import blind

NAME = "hotline_upgrade"
ROWS = """
INSERT INTO incidents_servicefield (code, number, icon, name_zh, name_en)
    VALUES ('roads', 5, 'x', 'x', 'x');
INSERT INTO incidents_category (code, field_id, position, "limit", limit_unit, skill, is_urgent,
    is_private, is_active, name_zh, name_en)
    VALUES ('hole', 'roads', 1, 0, 'h', '', false, false, true, 'x', 'x');
INSERT INTO incidents_incident (number, kind, category_id, status, is_urgent, is_confidential,
    address, waiting, outcome, public_reply, visible_units, updated_at)
    SELECT 'n' || n, 'help', 'hole', 'triage', false, false, '', '', '', '', '{}', now()
    FROM generate_series(1, 3) n;
INSERT INTO incidents_event (incident_id, step, from_status, to_status, data)
    SELECT i.id, step, '', 'triage', '{"b": "\u00e4", "a": 1.50}'
    FROM incidents_incident i, unnest(ARRAY['register', 'triage']) step ORDER BY step, i.id;
INSERT INTO accounts_user (password, username, name, role, is_superuser, is_staff, is_active, email,
    date_joined) VALUES ('', 'w', 'w', 'citizen', false, false, true, '', now()),
    ('', 'root', '', 'citizen', true, true, true, '', now());
INSERT INTO incidents_complainant (name, phone, user_id)
    SELECT '人' || n, '+86 138000' || 10000 + n, NULL FROM generate_series(1, 2500) n
    UNION ALL SELECT '', '', id FROM accounts_user WHERE username = 'w';
"""
EVENTS = """
SELECT i.number, i.status, e.incident_id, e.nth, e.id, (extract(epoch FROM e.at) * 1000000)::bigint,
       e.step, e.actor_id, e.from_status, e.to_status, e.data::text, e.hash
FROM incidents_event e JOIN incidents_incident i ON i.id = e.incident_id ORDER BY i.id, e.nth
"""


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """An empty one beside the tests', and how to reach it."""
    given = settings.DATABASES["default"]
    place = {"host": given["HOST"], "port": str(given["PORT"] or ""), "user": given["USER"]}
    place = {name: value for name, value in place.items() if value}
    with psycopg.connect(make_conninfo(**place, dbname="postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            yield place | {"dbname": NAME}
        finally:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def migrate(*words: str) -> None:
    url = os.environ["DATABASE_URL"]
    base, _slash, rest = url.rpartition("/")
    query = rest.partition("?")[1] + rest.partition("?")[2]
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", *words],
        cwd=CHECKOUT, env={**os.environ, "DATABASE_URL": f"{base}/{NAME}{query}"},
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.services
def test_what_was_in_clear_is_sealed_and_what_happened_is_chained() -> None:
    with database() as place:
        migrate("incidents", "0006_tally")
        with psycopg.connect(make_conninfo(**place), autocommit=True) as old:
            old.execute(ROWS)
        migrate()
        with psycopg.connect(make_conninfo(**place), autocommit=True) as new:
            is_sealed(new)
            has_an_administrator_and_a_history(new)
            rows = [Standing(row[0], row[1], Kept(*row[2:])) for row in new.execute(EVENTS)]
    assert len(rows) == 6
    assert list(findings(rows)) == []


def is_sealed(new: "psycopg.Connection[tuple[Any, ...]]") -> None:
    ring = Keyring.of(*map(key_from, settings.VAULT_KEYS))
    kept = new.execute(
        "SELECT sealed, phone_index, masked_name, masked_phone FROM incidents_complainant"
        " WHERE sealed IS NOT NULL ORDER BY id"
    ).fetchall()
    assert len(kept) == 2500
    sealed, index, name, phone = kept[41]
    assert '"phone": "+86 13800010042"' in ring.open(sealed)
    assert index == blind("13800010042", key_from(settings.VAULT_INDEX_KEY))
    assert (name, phone) == ("人**", "138****0042")
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
    names = {row[0] for row in new.execute(columns, ["incidents_complainant"])}
    assert not names & {"name", "phone"}


def has_an_administrator_and_a_history(new: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """Superusers get the role that the desk asks for; a limit of nothing is none."""
    roles = new.execute("SELECT username, role FROM accounts_user ORDER BY username").fetchall()
    assert roles == [("root", "administrator"), ("w", "citizen")]
    limit = 'SELECT "limit", limit_unit FROM incidents_category'
    assert new.execute(limit).fetchall() == [(None, "")]
    begun = "SELECT pgh_label, pgh_obj_id FROM incidents_servicefieldevent"
    assert new.execute(begun).fetchall() == [("kept", "roads")]
