"""The vault: sealed, found by phone, opened for a reason, turned to new keys, erased."""

import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from accounts.models import User
from accounts.roles import OPENING_GUARDED_IDENTITIES, OPENING_IDENTITIES, Role
from accounts.sealing import BadKey, BrokenSeal, Keyring, key_from
from config.place import CHECKOUT
from incidents import rotation, vault
from incidents.errors import Refused, SealedAway, Unprocessable
from incidents.models import Complainant, Incident, Report, VaultOpening
from incidents.sealing import digits, masked_phone
from incidents.vault import Identity
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town
from tests.house.conftest import clean_environ
from tests.incidents.conftest import body, post

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
WHO: dict[str, Any] = {
    "contact_name": "王芳",
    "contact_phone": "138 1234 5678",
    "contact_email": "wang@example.org",
}
IDENTITY = Identity("王芳", "138 1234 5678", "wang@example.org")
ONE, TWO = (b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def asked() -> Complainant:
    return Complainant.objects.get()


def stored() -> str:
    """Every byte the tables of the vault hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c::text FROM incidents_complainant c"
            " UNION ALL SELECT e::text FROM incidents_complainantevent e"
        )
        return "".join(row[0] for row in cursor.fetchall())


# --- Kept ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("town")
def test_a_report_leaves_nothing_in_clear(web: Client) -> None:
    assert post(web, body(**WHO)).status_code == 201
    kept = asked()
    assert (kept.masked_name, kept.masked_phone) == ("王*", "138****5678")
    assert vault.for_sending(kept) == IDENTITY
    for said in ("王芳", "13812345678", "138 1234", "wang", "example.org"):
        assert said not in stored()
        assert said.encode() not in bytes(kept.sealed or b"")


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("email", ["nobody", "a@b", "王@\ufffd.cn", f"{'a' * 250}@example.org", 7])
def test_an_address_that_is_none_is_named(web: Client, email: object) -> None:
    answer = post(web, body(contact_email=email))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["contact_email"])
    assert not Complainant.objects.exists()


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("spoken", "kept"), [("en", "en"), ("zh-CN", "zh-hans"), ("fr", "zh-hans")]
)
def test_the_citizen_is_answered_in_the_own_language(web: Client, spoken: str, kept: str) -> None:
    web.post(
        "/api/reports", body(**WHO), content_type="application/json",
        headers={"Accept-Language": spoken},
    )  # fmt: skip
    assert asked().language == kept


@pytest.mark.parametrize(
    "written",
    ["13812345678", "+86 138-1234-5678", "0086 13812345678", "8613812345678", "138 1234 5678"],
)
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    kept = vault.keep(name="王芳", phone="138 1234 5678")
    vault.keep(name="李丽", phone="13812345679")
    vault.keep(name="without a number")
    assert list(vault.with_phone(written)) == [kept]
    assert not vault.with_phone("").exists()


def test_a_landline_that_begins_as_the_country_does_is_not_cut() -> None:
    assert digits("86123456") == "86123456"
    assert digits("024-8612 3456") == "02486123456"


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+8613812345678", "138****5678"), ("23456789", "****89"), ("12345", "*****"), ("", "")],
)
def test_of_a_short_number_less_is_shown(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_the_look_up_uses_its_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "complainant_phone" in vault.with_phone("13812345678").explain()


# --- Sealed --------------------------------------------------------------------------------------


def test_changed_bytes_do_not_open() -> None:
    ring = Keyring.of(key_from(ONE))
    sealed = ring.seal("王芳")
    assert ring.open(sealed) == "王芳"
    assert sealed != ring.seal("王芳")
    for n in range(len(sealed)):
        with pytest.raises((BrokenSeal, KeyError)):
            ring.open(sealed[:n] + bytes([sealed[n] ^ 1]) + sealed[n + 1 :])
    for n in range(len(sealed)):
        with pytest.raises(BrokenSeal):
            ring.open(sealed[:n])


@pytest.mark.parametrize("text", ["", "short", "x" * 44, b64encode(b"1" * 31).decode(), "Ä" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        key_from(text)


# --- Opened --------------------------------------------------------------------------------------


@pytest.fixture
def report(incident: IncidentMaker, town: Town) -> Report:
    found = incident(LUXUN_PARK, "exposed-garbage", **WHO)
    Incident.objects.update(visible_units=[town.office.pk], lead_unit=town.office)
    return found.reports.select_related("complainant", "incident").get()


def somebody(person: PersonMaker, role: Role, town: Town) -> User:
    return person(role, "210100", town.office)


def test_it_is_opened_once_the_reason_is_committed(report: Report, person: PersonMaker) -> None:
    operator = person(Role.OPERATOR, "210100")
    assert report.complainant
    assert (
        vault.open_identity(report.complainant, operator, " ask for the house number ") == IDENTITY
    )
    opening = VaultOpening.objects.get()
    assert (opening.user, opening.complainant) == (operator, report.complainant)
    assert opening.reason == "ask for the house number"


@pytest.mark.django_db(transaction=True)
def test_it_is_not_opened_inside_a_transaction(report: Report, person: PersonMaker) -> None:
    """Whoever rolls back afterwards would have been told without a trace."""
    assert report.complainant
    with pytest.raises(RuntimeError), transaction.atomic():
        vault.open_identity(report.complainant, person(Role.OPERATOR), "why")


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 201])
def test_without_a_reason_it_stays_sealed(
    report: Report, person: PersonMaker, logged_in: LogIn, reason: str
) -> None:
    client = logged_in(person(Role.OPERATOR, "210100"))
    answer = client.post(f"/identity/{report.number}", {"reason": reason})
    assert answer.status_code == 400
    assert 'id="e-why-open"' in answer.content.decode()
    assert "王芳" not in answer.content.decode()
    assert not VaultOpening.objects.exists()


def test_the_database_wants_a_reason_and_keeps_it(report: Report, person: PersonMaker) -> None:
    given = {"complainant": report.complainant, "user": person(Role.OPERATOR)}
    with pytest.raises(IntegrityError), transaction.atomic():
        VaultOpening.objects.create(**given, reason=" ")
    opening = VaultOpening.objects.create(**given, reason="why")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        VaultOpening.objects.update(reason="another")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        opening.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE incidents_vaultopening ENABLE TRIGGER openings_are_not_emptied")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE incidents_vaultopening")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("more", [{}, {"is_confidential": True}, {"kind": "wrongdoing"}])
def test_who_is_told_who_asked(
    report: Report,
    person: PersonMaker,
    logged_in: LogIn,
    town: Town,
    role: Role,
    more: dict[str, str],
) -> None:
    user = somebody(person, role, town)
    Incident.objects.update(**more, field_worker=user)
    may = role in (OPENING_GUARDED_IDENTITIES if more else OPENING_IDENTITIES)
    answer = logged_in(user).post(f"/identity/{report.number}", {"reason": "call back"})
    sees = Incident.objects.visible_to(user).exists()
    refused = 403 if sees or role not in OPENING_IDENTITIES else 404
    assert answer.status_code == (200 if may else refused)
    assert ("王芳" in answer.content.decode()) == may
    assert VaultOpening.objects.count() == may
    if may:
        assert "no-store" in answer.headers["Cache-Control"]


def test_out_of_sight_is_as_if_it_were_not_there(
    report: Report, person: PersonMaker, logged_in: LogIn
) -> None:
    client = logged_in(person(Role.OPERATOR, "210104"))
    for number in (report.number, "20200101-000001"):
        assert client.post(f"/identity/{number}", {"reason": "why"}).status_code == 404
    assert not VaultOpening.objects.exists()


def test_a_worker_is_told_while_the_work_lasts(
    report: Report, person: PersonMaker, logged_in: LogIn, town: Town
) -> None:
    worker = somebody(person, Role.COMMUNITY_WORKER, town)
    Incident.objects.update(field_worker=worker, status="closed")
    answer = logged_in(worker).post(f"/identity/{report.number}", {"reason": "why"})
    assert answer.status_code == 403


def test_the_desk_links_to_it_and_shows_no_mask_of_who_is_confidential(
    report: Report, person: PersonMaker, logged_in: LogIn
) -> None:
    client = logged_in(person(Role.DISPATCHER, "210100"))
    panel = client.get(f"/desk/{report.incident.number}/?panel=1").content.decode()
    assert f"/identity/{report.number}" in panel
    assert "138****5678" in panel
    Incident.objects.update(is_confidential=True)
    panel = client.get(f"/desk/{report.incident.number}/?panel=1").content.decode()
    assert "/identity/" not in panel
    assert "138****5678" not in panel


def test_the_panel_is_a_fragment(report: Report, person: PersonMaker, logged_in: LogIn) -> None:
    client = logged_in(person(Role.OPERATOR, "210100"))
    page = client.get(f"/identity/{report.number}?panel=1").content.decode()
    assert "<html" not in page
    assert "王*" in page
    assert "王芳" not in page
    told = client.post(f"/identity/{report.number}?panel=1", {"reason": "why"}).content.decode()
    assert "wang@example.org" in told


def test_both_kinds_of_openings_are_in_one_list(
    report: Report, person: PersonMaker, logged_in: LogIn
) -> None:
    assert report.complainant
    vault.open_identity(report.complainant, person(Role.OPERATOR), "核对门牌号")
    for user, seen in (
        (person(Role.DATA_PROTECTION_OFFICER), True),
        (person(Role.INSPECTOR, "210102"), True),
        (person(Role.INSPECTOR, "210104"), False),
    ):
        page = logged_in(user).get("/openings").content.decode()
        assert ("核对门牌号" in page) == seen
        assert (report.number in page) == seen


# --- Erased --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("town")
def test_erased_is_gone_and_the_words_stay(
    report: Report, person: PersonMaker, logged_in: LogIn
) -> None:
    Incident.objects.update(status="closed")
    officer = person(Role.DATA_PROTECTION_OFFICER)
    client = logged_in(officer)
    assert "王*" in client.get(f"/identities?number={report.number}").content.decode()
    answer = client.post("/identities", {"number": report.number, "reason": "asked in writing"})
    assert answer.status_code == 302
    kept = asked()
    assert kept.erased_at
    assert vault.for_sending(kept) == Identity()
    assert not vault.with_phone("13812345678").exists()
    assert "5678" not in stored()
    assert Report.objects.get().text == "看看"
    act = VaultOpening.objects.get()
    assert (act.act, act.user, act.reason) == ("erased", officer, "asked in writing")
    with pytest.raises(Unprocessable):
        vault.open_identity(kept, officer, "too late")


def test_who_is_still_owed_an_answer_is_not_erased(
    report: Report, person: PersonMaker, logged_in: LogIn
) -> None:
    client = logged_in(person(Role.DATA_PROTECTION_OFFICER))
    answer = client.post("/identities", {"number": report.number, "reason": "why"})
    assert answer.status_code == 422
    assert asked().sealed
    assert not VaultOpening.objects.exists()


def test_it_is_not_erased_without_a_reason(report: Report, person: PersonMaker) -> None:
    Incident.objects.update(status="closed")
    assert report.complainant
    with pytest.raises(Refused, match="reason"):
        vault.erase(report.complainant, person(Role.DATA_PROTECTION_OFFICER), " ")
    assert asked().sealed


@pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_PROTECTION_OFFICER])
def test_nobody_else_erases(
    report: Report, person: PersonMaker, logged_in: LogIn, town: Town, role: Role
) -> None:
    Incident.objects.update(status="closed")
    client = logged_in(somebody(person, role, town))
    assert client.get("/identities").status_code == 403
    answer = client.post("/identities", {"number": report.number, "reason": "why"})
    assert answer.status_code == 403
    assert asked().sealed


def test_an_unknown_number_is_named(person: PersonMaker, logged_in: LogIn) -> None:
    answer = logged_in(person(Role.DATA_PROTECTION_OFFICER)).get("/identities?number=nope")
    assert answer.status_code == 404
    assert 'id="e-number"' in answer.content.decode()


# --- Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "HOTLINE_VAULT_KEYS must be set"),
        ({"HOTLINE_VAULT_KEYS": "short"}, "HOTLINE_VAULT_KEYS: key 1 cannot be used"),
        ({"HOTLINE_VAULT_KEYS": f"{ONE},nonsense"}, "HOTLINE_VAULT_KEYS: key 2 cannot be used"),
        ({"HOTLINE_VAULT_KEYS": ONE}, "HOTLINE_VAULT_INDEX_KEY must be set"),
        ({"HOTLINE_VAULT_KEYS": ONE, "HOTLINE_VAULT_INDEX_KEY": ONE}, "none of the vault's"),
        ({"HOTLINE_VAULT_KEYS": ONE, "HOTLINE_VAULT_INDEX_KEY": TWO}, ""),
    ],
)
def test_production_starts_with_good_keys_alone(
    tmp_path: Path, given: dict[str, str], says: str
) -> None:
    outside = {"HOTLINE_ENV": "production", "HOTLINE_VAR": str(tmp_path)}
    secret = {"HOTLINE_SECRET_KEY": "s" * 60, "HOTLINE_HOSTS": "example.org"}
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=CHECKOUT, env=clean_environ(**outside, **secret, **given),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == (not says)
    assert says in done.stderr
    assert "nonsense" not in done.stderr


# --- Turned to new keys --------------------------------------------------------------------------


def test_new_keys_seal_and_old_ones_open_until_all_is_turned(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    settings.VAULT_KEYS = [ONE]
    for n in range(8):
        vault.keep(name=f"人{n}", phone=f"1381234567{n}")
    settings.VAULT_KEYS = [TWO, ONE]
    turning = rotation.rotate()
    assert next(turning) == 3
    del turning  # stopped in the middle
    assert len(rotation.keys_in_use()) == 2
    assert list(rotation.rotate()) == [3, 2]
    assert list(rotation.rotate()) == []
    settings.VAULT_KEYS = [TWO]
    assert sorted(vault.for_sending(each).name for each in Complainant.objects.all()) == [
        f"人{n}" for n in range(8)
    ]
    assert vault.with_phone("13812345673").get().masked_name == "人*"


def test_a_missing_key_is_named_and_nothing_changes(settings: Settings) -> None:
    settings.VAULT_KEYS = [ONE]
    kept = vault.keep(name="王芳")
    settings.VAULT_KEYS = [TWO]
    before = bytes(asked().sealed or b"")
    with pytest.raises(CommandError, match=kept.key_id):
        call_command("rotate_vault")
    assert bytes(asked().sealed or b"") == before
    with pytest.raises(SealedAway):
        vault.for_sending(kept)


def test_the_page_says_that_a_key_is_missing(
    report: Report, person: PersonMaker, logged_in: LogIn, settings: Settings
) -> None:
    settings.VAULT_KEYS = [TWO]
    client = logged_in(person(Role.OPERATOR, "210100"))
    answer = client.post(f"/identity/{report.number}", {"reason": "why"})
    assert answer.status_code == 503
    assert not VaultOpening.objects.exists()


def test_a_new_index_key_needs_all_of_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = vault.keep(name="王芳", phone="13812345678")
    settings.VAULT_INDEX_KEY = TWO
    assert not vault.with_phone("13812345678").exists()
    call_command("rotate_vault", "--all")
    assert vault.with_phone("13812345678").get() == kept
    assert "1 identities" in capsys.readouterr().out


def test_erased_ones_are_not_turned(report: Report, person: PersonMaker) -> None:
    Incident.objects.update(status="closed", updated_at=timezone.now())
    assert report.complainant
    vault.erase(report.complainant, person(Role.DATA_PROTECTION_OFFICER), "asked")
    assert list(rotation.rotate(again=True)) == []


def test_no_language_of_ours_is_chinese() -> None:
    with override("fr"):
        assert vault.spoken() == "zh-hans"
