"""Firms from a file: all of it or nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from enterprises.models import Firm
from tests.conftest import DADONG_GATE, Town
from tests.enterprises.conftest import FirmMaker, code_of

pytestmark = pytest.mark.django_db
HEAD = "code,name,sector,size,division,longitude,latitude"
X, Y = DADONG_GATE


def imported(folder: Path, *lines: str, head: str = HEAD) -> None:
    file = folder / "firms.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    call_command("import_firms", str(file))


def refused(folder: Path, *lines: str, head: str = HEAD) -> str:
    with pytest.raises(CommandError) as error:
        imported(folder, *lines, head=head)
    assert not Firm.objects.exists()
    return str(error.value)


def test_a_firm_lies_where_its_point_or_its_code_says(town: Town, tmp_path: Path) -> None:
    imported(
        tmp_path,
        f"{code_of(1)},大东机床有限公司,C,large,,{X},{Y}",
        f"{code_of(2).lower()},和平饭店,H,micro,210102001,,",
    )
    found = Firm.objects.order_by("code")
    assert [f.division_id for f in found] == ["210104001001", "210102001"]
    assert [f.point is None for f in found] == [False, True]


def test_repeated_it_brings_up_to_date(town: Town, tmp_path: Path) -> None:
    imported(tmp_path, f"{code_of(1)},旧名,C,small,210102,,", f"{code_of(2)},甲,C,small,210102,,")
    kept = Firm.objects.get(code=code_of(1)).pk
    imported(tmp_path, f"{code_of(1)},新名,C,small,210102,,", f"{code_of(2)},甲,C,small,210102,,")
    assert list(Firm.objects.order_by("code").values_list("name", flat=True)) == ["新名", "甲"]
    assert Firm.objects.get(name="新名").pk == kept


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (f"{code_of(1)[:-1]}?,甲,C,small,210102,,", "code"),
        (f"{code_of(1)[:-1]},甲,C,small,210102,,", "code"),
        (f"{code_of(1)},,C,small,210102,,", "name"),
        (f"{code_of(1)},甲\0,C,small,210102,,", "name"),
        (f"{code_of(1)},甲,Z,small,210102,,", "sector"),
        (f"{code_of(1)},甲,C,huge,210102,,", "size"),
        (f"{code_of(1)},甲,C,small,999999,,", "division"),
        (f"{code_of(1)},甲,C,small,,,", "division"),
        (f"{code_of(1)},甲,C,small,,nan,41.8", "longitude"),
        (f"{code_of(1)},甲,C,small,,123.4,", "latitude"),
        (f"{code_of(1)},甲,C,small,,116.4,39.9", "longitude"),
        (f"{code_of(1)},甲,C,small", "file"),
        (f'{code_of(1)},"甲,C,small,210102,,', "file"),
        (f"{code_of(9)},乙,C,small,210102,,", "code"),
    ],
)
def test_a_fault_is_told_by_row_and_field(
    town: Town, tmp_path: Path, line: str, field: str
) -> None:
    assert f"2: {field}: " in refused(tmp_path, f"{code_of(9)},好,C,small,210102,,", line)


def test_wrong_columns_are_told(town: Town, tmp_path: Path) -> None:
    told = refused(tmp_path, "x,y", head="code,title")
    assert "0: name: " in told
    assert "0: title: " in told


def test_a_file_that_is_no_text_is_told(town: Town, tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_bytes(f"{HEAD}\n{code_of(1)},".encode() + b"\xff\xfe,C\n")
    with pytest.raises(CommandError, match=r"1: file: "):
        call_command("import_firms", str(tmp_path / "firms.csv"))
    with pytest.raises(CommandError, match=r"^file: "):
        call_command("import_firms", str(tmp_path / "none.csv"))


def test_a_firm_is_found_by_words_code_and_place(firm: FirmMaker) -> None:
    factory = firm("沈阳鲁迅机床有限公司")
    firm("大东饭店", division_id="210104001001")
    assert list(Firm.objects.search("机床")) == [factory]
    assert list(Firm.objects.search("鲁迅 机床")) == [factory]
    assert list(Firm.objects.search(factory.code[:-1])) == [factory]
    assert list(Firm.objects.search("饭馆")) == []
    assert list(Firm.objects.search("' | !(")) == []
    assert Firm.objects.search(" ").count() == 2
    assert list(Firm.objects.within(factory.division)) == [factory]
