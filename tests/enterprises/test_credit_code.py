"""Unified social credit codes, GB 32100-2015."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_code import LETTERS, Fault, check_letter, fault, tidy

BODIES = st.builds(
    "{}{}{}".format,
    st.text(LETTERS, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(LETTERS, min_size=9, max_size=9),
)


# Of firms everybody knows, as they print them themselves.
@pytest.mark.parametrize("code", ["91350100M000100Y43", "914403001922038216", "91330100799655058B"])
def test_real_codes_are_taken(code: str) -> None:
    assert fault(code) is None


@given(BODIES)
def test_a_code_with_its_check_letter_is_taken(body: str) -> None:
    assert fault(body + check_letter(body)) is None


@given(BODIES, st.integers(0, 17), st.sampled_from(LETTERS))
def test_one_wrong_letter_is_always_found(body: str, place: int, letter: str) -> None:
    code = body + check_letter(body)
    spoiled = code[:place] + letter + code[place + 1 :]
    assert (fault(spoiled) is None) == (spoiled == code)


@given(BODIES, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(body: str, place: int) -> None:
    code = body + check_letter(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (fault(swapped) is None) == (swapped == code)


@given(st.text(max_size=24))
def test_whatever_is_given_gets_an_answer(text: str) -> None:
    assert fault(tidy(text)) in {None, *Fault}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("", Fault.LENGTH),
        ("91350100M000100Y4", Fault.LENGTH),
        ("91350100M000100Y44", Fault.CHECK),
        ("9135010OM000100Y43", Fault.LETTERS),
        ("91350100I000100Y43", Fault.LETTERS),
        ("91350100M000100Y4\n", Fault.LETTERS),
        ("９1350100M000100Y43", Fault.LETTERS),
    ],
)
def test_what_is_wrong_is_said(code: str, wrong: Fault) -> None:
    assert fault(code) is wrong


def test_blanks_and_small_letters_are_tidied() -> None:
    assert tidy(" 9135 0100 m000100y43 ") == "91350100M000100Y43"
