"""What tells who somebody is goes from the words of strangers; what tells of nobody stays."""

import pytest

from incidents.voices.masking import masked, masked_but_for_offices


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("打13812345678", "打***"),
        ("打138 1234 5678吧", "打***吧"),
        ("打138-1234-5678吧", "打***吧"),
        ("打１３８１２３４５６７８吧", "打***吧"),
        ("+86 13812345678", "***"),
        ("一三八一二三四五六七八", "***"),
        ("024-22334455转801", "***转801"),
        ("证号21010219900101123X。", "证号***。"),
        ("证号210102199001011234", "证号***"),
        ("辽A12345违停", "***违停"),
        ("辽A·D12345违停", "***违停"),
        ("写信wang.wu@example.com.cn吧", "写信***吧"),
        ("诉求20261124-000042", "诉求20261124-000042"),
        ("2026-11-24起,3号楼201室等了15天", "2026-11-24起,3号楼201室等了15天"),
        ("拨打12345或110", "拨打12345或110"),
        ("一二三楼", "一二三楼"),
    ],
)
def test_numbers_of_people_are_masked(text: str, left: str) -> None:
    assert masked(text) == left


def test_the_telephone_of_an_office_stays_in_a_reply() -> None:
    text = "咨询024-22334455,或找王师傅13812345678"
    assert masked_but_for_offices(text) == "咨询024-22334455,或找王师傅***"
