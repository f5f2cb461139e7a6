import pytest

from districts.bbox import Box, Reason, parse_bbox
from districts.errors import MalformedBox


def test_shenyang() -> None:
    assert parse_bbox("122.4,41.2,123.8,43.1") == Box(122.4, 41.2, 123.8, 43.1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.SHAPE),
        ("1,2,3", Reason.SHAPE),
        ("1,2,3,x", Reason.SHAPE),
        ("1,2,nan,4", Reason.FINITE),
        ("1,2,inf,4", Reason.FINITE),
        ("1,2,181,4", Reason.RANGE),
        ("1,-91,3,4", Reason.RANGE),
        ("3,2,1,4", Reason.INVERTED),
        ("1,2,1,4", Reason.INVERTED),
        ("1,2,9,4", Reason.OVERSIZE),
    ],
)
def test_a_bad_box_says_why(text: str, reason: Reason) -> None:
    with pytest.raises(MalformedBox) as refusal:
        parse_bbox(text, max_span=5)
    assert refusal.value.reason == reason
