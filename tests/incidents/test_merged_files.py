"""Files of other lines, as programs write them; pure."""

import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO

import pytest

from incidents.merged_lines import reading
from incidents.merged_lines.headings import guess
from incidents.merged_lines.reading import Form, Shape, Unreadable, columns_of, rows_of, shape_of


def shape(content: bytes) -> Shape:
    try:
        content.decode()
        is_utf8 = True
    except UnicodeDecodeError:
        is_utf8 = False
    return shape_of(content, is_utf8=is_utf8)


def read(content: bytes) -> list[dict[str, str] | None]:
    return list(rows_of(BytesIO(content), shape(content)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_usual_csv_says_the_same(encoding: str, delimiter: str) -> None:
    rows = f'编号{delimiter}内容\r\n1{delimiter}"垃圾,成堆;在\t此"\r\n\r\n'
    assert read(rows.encode(encoding)) == [{"编号": "1", "内容": "垃圾,成堆;在\t此"}]


def test_a_byte_order_mark_before_gb18030_is_no_part_of_a_name() -> None:
    content = "\ufeff编号,内容\n1,垃圾\n".encode("gb18030")
    assert read(content) == [{"编号": "1", "内容": "垃圾"}]
    assert columns_of(BytesIO(content), shape(content)) == ["编号", "内容"]


def test_cells_left_out_at_the_end_are_empty_and_more_of_them_a_fault() -> None:
    assert read(b"a,b\n1\n1,2,,\n1,2,3\n") == [{"a": "1", "b": ""}, {"a": "1", "b": "2"}, None]


@pytest.mark.parametrize(
    "content",
    ['[{"a": 1}, {"a": "二"}]', '{"a": 1}\n{"a": "二"}\n', '\ufeff[\n{"a":1},\n{"a":"二"}\n]\n'],
)
def test_json_is_an_array_or_one_object_after_another(content: str) -> None:
    assert read(content.encode()) == [{"a": "1"}, {"a": "二"}]


def test_an_object_may_lie_across_two_blocks() -> None:
    rows = [{"a": str(n) * 50_000} for n in range(5)]
    assert read(json.dumps(rows).encode()) == rows


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (reading.OLD_EXCEL + b"x", "old_excel"),
        (b"PK\x03\x04 no workbook", "workbook"),
        (b'a,b\n1,"2\n', "csv"),
        ("编号,内容\n1,垃圾".encode("gb18030") + b"\xff\xff", "encoding"),
        (b'[{"a": 1}, {"a"', "json"),
        (b"[1, 2]", "json"),
        (b'{"a": ' + b"[" * 100_000, "json"),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes, what: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(content)
    assert error.value.what == what


@pytest.mark.parametrize(
    ("content", "what"), [(b"", "no_heading"), (b"\n \n", "no_heading"), (b"a,a\n", "column_twice")]
)
def test_a_file_without_good_columns_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(Unreadable) as error:
        columns_of(BytesIO(content), shape(content))
    assert error.value.what == what


def test_a_workbook_that_grows_when_unpacked_is_refused() -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b"0" * (reading.MOST_WORDS + 1))
    with pytest.raises(Unreadable) as error:
        list(rows_of(bomb, Shape(Form.XLSX)))
    assert error.value.what == "too_large"


class Endless(BytesIO):
    """40 MB of rows, made as they are read."""

    def __init__(self) -> None:
        self.parts = self.made()

    def made(self) -> Iterator[bytes]:
        yield b"number,text\n"
        for n in range(400):
            yield b"".join(b"%d,%s\n" % (n, b"x" * 90) for _ in range(1000))

    def read(self, _size: int | None = -1, /) -> bytes:
        return next(self.parts, b"")

    read1 = read


def test_memory_is_flat_however_long_a_file_is() -> None:
    file: IO[bytes] = Endless()
    tracemalloc.start()
    try:
        assert sum(1 for _row in rows_of(file, Shape(Form.CSV))) == 400_000
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_columns_are_guessed_by_chinese_and_english_names() -> None:
    assert guess(["Case Number", "Description", "Category Code", "LNG", "lat", "foo"]) == {
        "number": "Case Number",
        "text": "Description",
        "category": "Category Code",
        "longitude": "LNG",
        "latitude": "lat",
    }
    found = guess(
        ["序", "工单编号", "诉求内容", "问题分类", "诉求人", "联系电话（脱敏）", "联系电话"]
    )
    assert found["number"] == "工单编号"
    assert found["contact_phone"] == "联系电话"
