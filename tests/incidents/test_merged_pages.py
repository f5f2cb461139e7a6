"""Bringing in a merged line's cases by pages; what is cut goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.roles import Role
from config.place import CHECKOUT
from incidents import tasks
from incidents.merged_lines import beginning, keeping, passing
from incidents.models import CaseFile, CaseMapping, Event, Incident, MergedLine, TakenCase
from tests.conftest import LUXUN_PARK, PersonMaker, Town
from tests.incidents.test_merged_lines import HEAD, OPEN, case

X, Y = LUXUN_PARK
LogIn = Callable[..., Client]


@pytest.fixture
def manager(person: PersonMaker, logged_in: LogIn) -> Client:
    return logged_in(person(Role.DUTY_MANAGER, "210100"))


@pytest.fixture
def mapping(town: Town) -> CaseMapping:
    columns = {"number": "number", "text": "text", "category": "category", "status": "status"}
    return CaseMapping.objects.create(
        name="zz", line=MergedLine.objects.create(name="zz"), columns=columns
    )


def rows(number: int) -> bytes:
    lines = [f"Z-{n},垃圾成堆,exposed-garbage,closed" for n in range(number)]
    return "\n".join(["number,text,category,status", *lines, ""]).encode()


def kept(mapping: CaseMapping, number: int) -> CaseFile:
    """Checked, and to be imported."""
    file = keeping.keep(BytesIO(rows(number)), "cases.csv")
    beginning.check(file.pk, mapping)
    while tasks.import_cases():
        pass
    return beginning.store(file.pk)


def sent(client: Client, content: bytes, name: str = "cases.csv", **more: object) -> CaseFile:
    answer = client.post("/merged-lines/upload", {"file": SimpleUploadedFile(name, content)} | more)
    assert answer.status_code == 302, answer.content.decode()
    return CaseFile.objects.latest("pk")


# --- Pages ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_from_the_upload_to_the_case(manager: Client, town: Town) -> None:
    content = "\n".join([HEAD, case("T-1", 诉求分类="LJ-01"), OPEN.replace("路灯02", "pothole")])
    file = sent(manager, content.encode("gb18030"))
    page = f"/merged-lines/{file.uid}"
    form = {"name": "96123", "line": "沈阳96123", "datum": "wgs84", "time_zone": "Asia/Shanghai"}
    asked = manager.get(f"{page}/mapping").context["form"]
    form |= {f"column-{name}": asked[f"column-{name}"].value() for name in ("number", "text")}
    form |= {"column-category": "诉求分类", "column-status": "工单状态"}
    assert manager.post(f"{page}/mapping", form).status_code == 302
    assert tasks.import_cases()
    seen = manager.get(page).content.decode()
    assert "LJ-01" in seen
    assert "垃圾成堆" not in seen
    form |= {"mapping": str(CaseMapping.objects.get().pk), "theirs-category-0": "LJ-01"}
    form |= {"ours-category-0": "exposed-garbage"}
    assert manager.post(f"{page}/mapping", form).status_code == 302
    assert tasks.import_cases()
    manager.post(f"{page}/import")
    assert tasks.import_cases()
    ours = Incident.objects.get(taken__number="T-1")
    answer = manager.get("/desk/find", {"number": "T-1"})
    assert answer.headers["Location"] == f"/desk/{ours.number}/"
    assert "T-1" in manager.get(f"/desk/{ours.number}/").content.decode()
    # The line's next file is checked at once, by the mapping that is there.
    assert sent(manager, content.encode(), mapping=form["mapping"]).state == "checking"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"line": ""}, "line"),
        ({"datum": "mars"}, "datum"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"date_format": "%d"}, "date_format"),
        ({"date_format": "%"}, "date_format"),
        ({"column-number": ""}, "column-number"),
        ({"column-number": "nothing"}, "column-number"),
        ({"column-text": "number"}, "column-text"),
        ({"name": "zz"}, "name"),
    ],
)
def test_a_wrong_mapping_is_told_by_field(
    manager: Client, mapping: CaseMapping, changed: dict[str, str], field: str
) -> None:
    file = sent(manager, rows(1))
    form = {"name": "new", "line": "zz", "datum": "wgs84", "time_zone": "Asia/Shanghai"}
    form |= {f"column-{name}": name for name in ("number", "text", "category")}
    answer = manager.post(f"/merged-lines/{file.uid}/mapping", form | changed)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no workbook", b"a,a\n1,2\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_a_file_that_is_none_is_refused_and_not_kept(manager: Client, content: bytes) -> None:
    answer = manager.post("/merged-lines/upload", {"file": SimpleUploadedFile("a.csv", content)})
    assert answer.status_code == 400
    assert not CaseFile.objects.exists()


@pytest.mark.django_db
def test_faults_come_as_csv_without_formulas(manager: Client, mapping: CaseMapping) -> None:
    content = b"number,text,category,status\n1,x,=1+1,closed\n"
    file = sent(manager, content, mapping=str(mapping.pk))
    tasks.import_cases()
    answer = manager.get(f"/merged-lines/{file.uid}/faults.csv")
    told = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=1+1" in told


@pytest.mark.django_db
def test_an_old_number_finds_no_case_that_is_not_theirs(
    person: PersonMaker, logged_in: LogIn, mapping: CaseMapping, town: Town
) -> None:
    passing.work_on(kept(mapping, 1))
    assert Incident.objects.filter(taken__number="Z-0").exists()
    of_a_unit = logged_in(person(Role.UNIT_LIAISON, unit=town.heping))
    assert of_a_unit.get("/desk/find", {"number": "Z-0"}).status_code == 404


# --- Cut and gone on with -------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_is_stopped_and_continued(
    manager: Client, mapping: CaseMapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "BATCH", 2)
    monkeypatch.setattr(passing, "SLICE_S", 0)
    file = kept(mapping, 5)
    tasks.import_cases()
    assert TakenCase.objects.count() == 2
    manager.post(f"/merged-lines/{file.uid}/stop")
    assert not tasks.import_cases()
    manager.post(f"/merged-lines/{file.uid}/import")
    while tasks.import_cases():
        pass
    assert TakenCase.objects.count() == 5
    file.refresh_from_db()
    assert (file.state, file.stored["new"]) == ("imported", 5)


@pytest.mark.django_db(transaction=True)
def test_what_nobody_imports_goes_after_a_month(
    manager: Client, mapping: CaseMapping, settings: Settings
) -> None:
    found = keeping.keep(BytesIO(rows(2)), "cases.csv")
    assert beginning.discard_old(timezone.now()) == 0
    later = timezone.now() + settings.CASE_FILES_KEPT + timedelta(minutes=1)
    assert (
        f"{timezone.localtime(keeping.deleted_after(found)):%Y-%m-%d}"
        in manager.get(f"/merged-lines/{found.uid}").content.decode()
    )
    assert beginning.discard_old(later) == 1
    assert not default_storage.exists(keeping.name_of(found))
    assert not CaseFile.objects.exists()


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    """Of a process that works on the database and the files of this test."""
    server, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
    of_test = f"{server}/{connection.settings_dict['NAME']}"
    return os.environ | {"DATABASE_URL": of_test, "HOTLINE_MEDIA_ROOT": str(settings.MEDIA_ROOT)}


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_goes_on_and_nothing_comes_twice(
    mapping: CaseMapping, tmp_path: Path, environ: dict[str, str]
) -> None:
    number = 6 * passing.BATCH
    (tmp_path / "cases.csv").write_bytes(rows(number))
    words = ["import_cases", str(tmp_path / "cases.csv"), "--mapping", "zz"]
    command = [sys.executable, "manage.py", *words]
    first = subprocess.Popen(command, cwd=CHECKOUT, env=environ)
    until(lambda: TakenCase.objects.exists() or first.poll() is not None)
    first.send_signal(signal.SIGKILL)
    first.wait()
    file = CaseFile.objects.get()
    assert 0 < file.done < number
    assert TakenCase.objects.count() == file.done
    # Its lease runs out; here we need not wait for that.
    CaseFile.objects.update(work_after=timezone.now())
    subprocess.run(command, cwd=CHECKOUT, env=environ, check=True)
    assert TakenCase.objects.count() == Incident.objects.count() == number
    assert Event.objects.count() == number
    assert CaseFile.objects.get().state == CaseFile.State.IMPORTED
