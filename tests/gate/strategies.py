"""Hypothesis strategies: what a stranger might send, by endpoint."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.gate.catalogue import BOUNDARY, COMPANIONS, MULTIPART, PATHS, QUERIES, Case, good
from tests.gate.files import encoded, noise, refused
from tests.incidents.clips import video
from tests.pictures import photo

ANSWERS = frozenset({200, 201, 204, 302, 304}) | frozenset(range(400, 430))
# Any character, lone surrogates and controls included; JSON can carry them all, escaped.
words = st.text(st.characters(), max_size=60)
numbers = st.one_of(
    st.integers(), st.integers(10**300, 10**310), st.floats(), st.floats(-200, 200), st.booleans()
)
scalars = st.one_of(st.none(), numbers, words)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted(
    {
        *good(),
        "datum",
        "accuracy_m",
        "address",
        "contact_phone",
        "contact_email",
        "position",
        "same_as",
    }
)


@st.composite
def reports(draw: st.DrawFn) -> Case:
    """A good report in which some fields are anything, or a body that is anything."""
    if draw(st.integers(0, 4)) == 0:
        body: Any = draw(values)
    else:
        spoilt = draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=3))
        more = draw(st.dictionaries(words, values, max_size=1))
        body = good() | spoilt | more
    raw = json.dumps(body).encode()
    return Case("property", "report", "POST", "/api/reports", raw, "application/json", {}, ANSWERS)


@st.composite
def raw_bodies(draw: st.DrawFn) -> Case:
    """Bytes that only claim to be JSON or a form."""
    kind = draw(
        st.sampled_from(["application/json", MULTIPART, "application/x-www-form-urlencoded"])
    )
    mark = f"--{BOUNDARY}\r\n".encode()
    pieces = st.sampled_from(
        [mark, b"\r\n", b'Content-Disposition: form-data; name="text"\r\n\r\n', b"{", b'"', b"\x00"]
    )
    body = b"".join(draw(st.lists(pieces | st.binary(max_size=30), max_size=12)))
    return Case("property", "raw body", "POST", "/api/reports", body, kind, {}, ANSWERS)


@st.composite
def queries(draw: st.DrawFn) -> Case:
    path = draw(st.sampled_from(sorted(QUERIES)))
    bytes_or_words = st.binary(max_size=30) | words.map(
        lambda text: text.encode("utf-8", "replace")
    )
    nearly = st.sampled_from(["nan", "1e400", "-0", "41.81", "123.41", "0x1", "1_0", "１２３"])
    given = draw(
        st.dictionaries(
            st.sampled_from(QUERIES[path]), bytes_or_words | nearly.map(str.encode), max_size=3
        )
    )
    others = {k: v for k, v in COMPANIONS.items() if k in QUERIES[path]}
    asked = f"{path}?{urlencode(others | given)}"
    return Case("property", "query", "GET", asked, expected=ANSWERS)


@st.composite
def addresses(draw: st.DrawFn) -> Case:
    word = quote(draw(st.binary(min_size=1, max_size=30)), safe="")
    where = draw(st.sampled_from(PATHS)).replace("{}", word)
    return Case("property", "address", "GET", where, expected=ANSWERS)


BASES: list[bytes] = [
    photo(),
    encoded(noise(), "PNG"),
    encoded(noise(), "WEBP"),
    encoded(noise(), "HEIF"),
    video(),
    video(quicktime=True),
    *(content for content, _status in refused().values() if 0 < len(content) < 20_000),
]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file with some bytes changed, a piece left out, or another piece put in."""
    content = bytearray(draw(st.sampled_from(BASES)))
    for _n in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        length = draw(st.integers(1, 40))
        match draw(st.sampled_from(["change", "cut", "insert", "truncate"])):
            case "change":
                content[at : at + length] = draw(st.binary(min_size=length, max_size=length))
            case "cut":
                del content[at : at + length]
            case "insert":
                content[at:at] = draw(st.binary(max_size=length))
            case _:
                del content[max(1, at) :]
    return bytes(content)


@st.composite
def media(draw: st.DrawFn) -> Case:
    name = draw(st.text(st.characters(exclude_characters='"\r\n'), max_size=40))
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\n\r\n'
    )
    fields = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in {"kind": "help", "category": "pothole", "text": "坑"}.items()
    )
    body = fields.encode() + head.encode("utf-8", "replace") + draw(files())
    body += f"\r\n--{BOUNDARY}--\r\n".encode()
    return Case("property", "file", "POST", "/api/reports", body, MULTIPART, {}, ANSWERS)


@st.composite
def positions(draw: st.DrawFn) -> Case:
    given = {"latitude": draw(values), "longitude": draw(values), "datum": draw(values)}
    body = json.dumps(draw(st.just(given) | values)).encode()
    where = "/api/worker/position"
    return Case("property", "position", "POST", where, body, "application/json", {}, ANSWERS)


EVERY = {
    "reports": reports(),
    "raw bodies": raw_bodies(),
    "queries": queries(),
    "addresses": addresses(),
    "files": media(),
    "positions": positions(),
}
