"""The bad-input catalogue: classes of crooked input, each against every endpoint it can reach.

The tests send it through the test client; `./hotline drill bad_input` sends it over the wire to a
running house.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.gate.files import NAMES, refused, unusual

BOUNDARY = "catalogue0boundary"
DEEP = 100_000
REFUSED = frozenset(range(400, 430))


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `field`: what the error must name, "" where any will do."""

    group: str
    name: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    expected: frozenset[int] = REFUSED
    field: str = ""

    @property
    def id(self) -> str:
        return f"{self.group}: {self.name}"


# --- POST /api/reports: JSON ----------------------------------------------------------------------


def good(**more: Any) -> dict[str, Any]:
    place = {"longitude": 123.410, "latitude": 41.810}
    return {"kind": "help", "category": "pothole", "text": "路面有坑", **place} | more


def placeless(**more: Any) -> dict[str, Any]:
    return {"kind": "help", "category": "pothole", "text": "路面有坑"} | more


def report(
    group: str,
    name: str,
    body: bytes | str,
    field: str = "",
    *statuses: int,
    content_type: str = "application/json",
    **headers: str,
) -> Case:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    expected = frozenset(statuses) or REFUSED
    return Case(group, name, "POST", "/api/reports", raw, content_type, headers, expected, field)


def raw(template: dict[str, Any], **literals: str) -> str:
    """JSON in which some values are written as they are: NaN, 1e400."""
    marks = {name: f"@{name}@" for name in literals}
    text = json.dumps(template | marks, ensure_ascii=False)
    for name, literal in literals.items():
        text = text.replace(f'"@{name}@"', literal)
    return text


NOT_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", '"nan"', '"inf"', "true", "[]", "{}", '""']


def numbers() -> Iterator[Case]:
    for axis in ("latitude", "longitude"):
        for literal in NOT_NUMBERS:
            yield report("not a number", f"{axis} {literal}", raw(good(), **{axis: literal}), axis)
    for literal in NOT_NUMBERS[:-1]:
        yield report("not a number", f"accuracy_m {literal}", raw(good(), accuracy_m=literal))
    huge = "1" * 5_000
    yield report("not a number", "5,000 digits", raw(good(), latitude=huge))
    yield report("out of range", "latitude 99", json.dumps(good(latitude=99)), "latitude")
    yield report("out of range", "longitude 181", json.dumps(good(longitude=181)), "longitude")
    yield report("out of range", "accuracy -1", json.dumps(good(accuracy_m=-1)), "accuracy_m")
    swapped = json.dumps(good(latitude=123.41, longitude=41.81))
    yield report("swapped axes", "numbers", swapped, "latitude", 400)
    point = json.dumps(placeless(position={"type": "Point", "coordinates": [41.81, 123.41]}))
    yield report("swapped axes", "GeoJSON", point, "position", 400)
    yield report("(0, 0)", "numbers", json.dumps(good(latitude=0, longitude=0)), "", 201)
    beijing = json.dumps(good(longitude=116.397, latitude=39.908))
    yield report("outside the province", "Beijing", beijing, "position", 422)
    half = {k: v for k, v in good().items() if k != "latitude"}
    yield report("half a position", "no latitude", json.dumps(half), "latitude", 400)


CRS_3857 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
GEOMETRIES: dict[str, Any] = {
    "empty": {"type": "Point", "coordinates": []},
    "three-dimensional": {"type": "Point", "coordinates": [123.41, 41.81, 50]},
    "one number": {"type": "Point", "coordinates": [123.41]},
    "words": {"type": "Point", "coordinates": ["east", "north"]},
    "nothing": {"type": "Point", "coordinates": None},
    "nested": {"type": "Point", "coordinates": [[123.41, 41.81]]},
    "a polygon": {"type": "Polygon", "coordinates": [[[123, 41], [124, 41], [124, 42], [123, 41]]]},
    "no type": {"coordinates": [123.41, 41.81]},
    "foreign crs": {"type": "Point", "coordinates": [1, 2], "crs": CRS_3857},
    "crs null": {"type": "Point", "coordinates": [123.41, 41.81], "crs": None},
    "crs a word": {"type": "Point", "coordinates": [123.41, 41.81], "crs": "EPSG:4326"},
    "a list": [123.41, 41.81],
    "a number": 5,
    "text": "POINT(123.41 41.81)",
}


def geometries() -> Iterator[Case]:
    for name, shape in GEOMETRIES.items():
        body = json.dumps(placeless(position=shape))
        yield report("geometry", name, body, "position", 400)
    nan = json.dumps(placeless(position={"type": "Point", "coordinates": [math.nan, 41.81]}))
    yield report("geometry", "NaN", nan, "position", 400)
    twice = good(position={"type": "Point", "coordinates": [123.41, 41.81]})
    yield report("geometry", "and numbers", json.dumps(twice), "position", 400)


WORDS = (
    "text",
    "category",
    "kind",
    "address",
    "contact_name",
    "contact_phone",
    "contact_email",
    "same_as",
    "datum",
)


def characters() -> Iterator[Case]:
    for name in WORDS:
        yield report("NUL", f"in {name}", json.dumps(good(**{name: "a\x00b"})), name)
        lone = json.dumps(good(**{name: "@@"})).replace("@@", "\\ud800")
        yield report("lone surrogate", f"in {name}", lone, name)
    yield report("NUL", "in a key", json.dumps(good(**{"te\x00xt": "a"})))
    yield report("lone surrogate", "in a key", json.dumps(good()).replace("kind", "ki\\ud800nd"))
    latin = json.dumps(good(), ensure_ascii=False).encode("gb18030")
    yield report("bad UTF-8", "GB18030 for UTF-8", latin, "body", 400)
    yield report("bad UTF-8", "surrogate bytes", json.dumps(good(text="@")).replace("@", "\ud800"))
    yield report("bad UTF-8", "a mark for lost words", json.dumps(good(text="a\ufffd")), "text")


def shapes() -> Iterator[Case]:
    for literal in ("[]", "3", '"text"', "null", "[{}]", "true", "", "{", "nul", "[" * 50):
        yield report("top level", literal[:8] or "nothing", literal, "body" if literal else "kind")
    for opening, name in (("[", "arrays"), ('{"a":', "objects")):
        yield report("nested without end", name, opening * DEEP, "body", 400)
        inner = f'{{"kind":"help","category":"pothole","text":{opening * DEEP}'
        yield report("nested without end", f"{name} inside", inner, "body", 400)
    for name in WORDS:
        for wrong in ([], {}, [1], {"a": 1}, None):
            body = json.dumps(good(**{name: wrong}))
            yield report("wrong type", f"{name} {wrong}", body, name)
    yield report("too long", "1 MB of text", json.dumps(good(text="x" * 1_000_000)), "text", 400)
    yield report("too long", "3 MB", json.dumps(good(text="x" * 3_000_000)), "body", 413)
    yield report("unknown", "category", json.dumps(good(category="flying-carpets")), "category")
    yield report("unknown", "kind", json.dumps(good(kind="wish")), "kind")
    yield report("unknown", "datum", json.dumps(good(datum="mars")), "datum")
    yield report("unknown", "incident", json.dumps(good(same_as="20260101-000001")), "same_as")
    no_files: list[Any] = [["a.jpg"], "a.jpg", None, {}]
    for file in no_files:
        yield report("wrong type", f"media {file}", json.dumps(good(media=file)), "media", 400)
    yield report("nothing said", "no words", json.dumps(good(text="  ")), "text", 400)


MASS_ASSIGNED = (
    "id", "status", "number", "tracking_code", "lead_unit", "incident", "is_urgent", "division",
    "complainant", "channel", "created_at", "visible_units", "photos", "sender", "lat", "__class__",
)  # fmt: skip


def mass_assigned() -> Iterator[Case]:
    for name in MASS_ASSIGNED:
        yield report("mass-assigned", name, json.dumps(good(**{name: "1"})), name, 400)


def envelopes() -> Iterator[Case]:
    body = json.dumps(good())
    for kind in ("text/plain", "application/xml", "application/octet-stream", "nonsense", ""):
        yield report("content type", kind or "none", body, content_type=kind)
    yield report("content type", "form without boundary", body, content_type="multipart/form-data")
    for key in ("k" * 121, "a\tb"):
        yield report("key", repr(key[:5]), body, "Idempotency-Key", 400, **{"Idempotency-Key": key})
    for token in ("Api-Key", "Api-Key  x y", "Api-Key \xff", "Basic Og==", "Bearer x"):
        expected = (201, 400, 401, 403)
        yield report("credentials", token, body, "", *expected, Authorization=token)


# --- POST /api/reports: forms ---------------------------------------------------------------------


def form(fields: dict[str, str | bytes], *files: tuple[str, bytes]) -> bytes:
    """multipart/form-data written by hand, so that names and values may be anything."""
    parts = []
    for name, value in fields.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(head.encode() + (value if isinstance(value, bytes) else value.encode()))
    for name, content in files:
        head = (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
            f'name="media"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        parts.append(head.encode("utf-8", "surrogatepass") + content)
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def form_report(group: str, name: str, body: bytes, field: str = "", *statuses: int) -> Case:
    return report(group, name, body, field, *statuses, content_type=MULTIPART)


def fields(**more: str | bytes) -> dict[str, str | bytes]:
    return {"kind": "help", "category": "pothole", "text": "路面有坑"} | more


def forms() -> Iterator[Case]:
    yield form_report("NUL", "in a form", form(fields(text="a\x00b")), "text", 400)
    yield form_report("bad UTF-8", "in a form", form(fields(text=b"\xc2\xb7\xff\xfe")), "text", 400)
    yield form_report("mass-assigned", "in a form", form(fields(status="closed")), "status", 400)
    yield form_report("not a number", "in a form", form(fields(latitude="nan", longitude="1")))
    whole = form(fields(), ("a.jpg", unusual()["palette"]))
    yield form_report("cut off", "in the words", whole[:150])
    yield form_report("cut off", "in the last file", whole[:-60], "body", 400)
    words_for_a_file = form(fields(media="a.jpg"))
    yield form_report("wrong type", "media that is no file", words_for_a_file, "media", 400)
    many = {f"field{n}": "1" for n in range(2_000)}
    yield form_report("too many", "2,000 fields", form(fields(**many)), "", 400)
    yield form_report(
        "too long", "a form of 3 MB", form(fields(text="x" * 3_000_000)), "", 400, 413
    )


def media() -> Iterator[Case]:
    for name, (content, status) in refused().items():
        body = form(fields(), ("file.jpg", content))
        yield form_report("file", name, body, "media", status)
    for name, content in unusual().items():
        yield form_report("unusual file", name, form(fields(), ("a.jpg", content)), "", 201)
    taken = unusual()["palette"]
    for name, given in NAMES.items():
        yield form_report("file name", name, form(fields(), (given, taken)), "", 201, 400)
    eleven = [(f"{n}.jpg", taken) for n in range(11)]
    yield form_report("too many", "11 files", form(fields(), *eleven), "media", 413)
    thirty = [(f"{n}.jpg", taken) for n in range(30)]
    yield form_report("too many", "30 files", form(fields(), *thirty), "body", 400)


# --- Queries, addresses and the other forms -------------------------------------------------------

NASTY: dict[str, str] = {
    "NUL": "%00",
    "bad UTF-8": "%ff%fe",
    "surrogate": "%ed%a0%80",
    "quotes": quote("' OR 1=1 --\""),
    "markup": quote("<script>alert(1)</script>"),
    "braces": quote("{{7*7}}${7*7}%n%s"),
    "NaN": "nan",
    "infinity": "-inf",
    "1e400": "1e400",
    "huge number": "9" * 400,
    "minus one": "-1",
    "list": "1,2,3,4,5,6,7,8",
    "reversed box": "124,42,123,41",
    "NaN box": "nan,41,124,42",
    "infinite box": "-inf,-inf,inf,inf",
    "long": "a" * 3_000,
    "dots": quote("../../../etc/passwd"),
    "right to left": quote("\u202eabc"),
    "empty": "",
}
# Path -> its parameters. Every one of them is asked with every nasty value.
QUERIES: dict[str, tuple[str, ...]] = {
    "/api/locate": ("lat", "lon", "datum"),
    "/api/divisions": ("q",),
    "/api/divisions.geojson": ("level", "bbox"),
    "/api/categories": ("x",),
    "/api/reports/nearby": ("lat", "lon", "datum", "category"),
    "/api/incidents.geojson": ("bbox", "status", "cursor"),
    "/api/workers.geojson": ("bbox",),
    "/api/schema": ("format", "lang"),
    "/track": ("code",),
    "/answers": ("q", "part"),
    "/messages/": ("state", "page"),
    "/map/": ("status", "field", "urgent"),
    "/heatmap/": ("days", "field", "compare"),
    "/heatmap/points.json": ("measure", "compare"),
    "/heatmap/incidents/": ("cell", "place", "page"),
    "/clusters/": ("one",),
    "/accounts/login/": ("next",),
    "/jsi18n/": ("domain",),
    "/admin/accounts/user/": ("q", "p", "o", "role__exact", "all"),
}
PATHS = (
    "/api/reports/{}",
    "/api/incidents/{}",
    "/api/workers/{}/trail.geojson",
    "/api/{}",
    "/t/{}",
    "/t/{}/rate",
    "/t/{}/withdraw",
    "/t/{}/media/{}/display",
    "/media/{}/display",
    "/media/{}/original",
    "/desk/{}/",
    "/work/{}/accept",
    "/{}",
)
COMPANIONS = {"lat": "41.81", "lon": "123.41"}


def queries() -> Iterator[Case]:
    """Reads: any answer but a 500 will do, and where it is a refusal it says which field."""
    answers = frozenset({200, 302, 404}) | REFUSED
    for path, names in QUERIES.items():
        for name in names:
            others = "&".join(f"{k}={v}" for k, v in COMPANIONS.items() if k in names and k != name)
            for group, value in NASTY.items():
                asked = f"{path}?{others}&{name}={value}"
                yield Case(f"query {group}", f"{path} {name}", "GET", asked, expected=answers)
        yield Case("query key", path, "GET", f"{path}?%00=1", expected=REFUSED)
    yield Case("query long", "/track", "GET", "/track?code=" + "a" * 9_000, expected=REFUSED)


def pages_and_offsets() -> Iterator[Case]:
    answers = frozenset({200, 302, 404}) | REFUSED
    for path in QUERIES:
        for asked in (
            "limit=99999999999999999999&offset=99999999999999999999",
            "page=9e99",
            "p=-1",
        ):
            yield Case("page and offset", path, "GET", f"{path}?{asked}", expected=answers)


def addresses() -> Iterator[Case]:
    answers = frozenset({200, 302, 404, 405}) | REFUSED
    for path in PATHS:
        for group, value in NASTY.items():
            if value:
                where = path.replace("{}", value)
                yield Case(f"address {group}", path, "GET", where, expected=answers)


FORMS: dict[str, tuple[str, ...]] = {
    "/accounts/login/": ("login", "password", "next"),
    "/i18n/setlang/": ("language", "next"),
    "/admin/login/": ("username", "password"),
    "/desk/{number}/offer": ("worker", "reason"),
    "/desk/{number}/place": ("lat", "lon"),
    "/work/{order}/decline": ("reason",),
    "/work/{order}/finish": ("outcome", "note"),
    "/media/{uid}/original": ("reason",),
}


def plain_forms(number: str, order: str, uid: str) -> Iterator[Case]:
    answers = frozenset({200, 302, 404}) | REFUSED
    kind = "application/x-www-form-urlencoded"
    for path, names in FORMS.items():
        where = path.format(number=number, order=order, uid=uid)
        for name in names:
            for group, value in NASTY.items():
                body = f"{name}={value}".encode()
                yield Case(
                    f"form {group}", f"{path} {name}", "POST", where, body, kind, {}, answers
                )
        yield Case("form key", path, "POST", where, b"%00=1", kind, {}, REFUSED)


def positions() -> Iterator[Case]:
    for literal in NOT_NUMBERS:
        body = f'{{"latitude": {literal}, "longitude": 123.4}}'.encode()
        yield Case(
            "worker's position", literal, "POST", "/api/worker/position", body, "application/json"
        )
    for body in (b"[]", b"null", b"", b"[" * DEEP, b'{"latitude": 123.4, "longitude": 41.8}'):
        name = body[:12].decode() or "nothing"
        yield Case(
            "worker's position", name, "POST", "/api/worker/position", body, "application/json"
        )


REPORTS: tuple[Callable[[], Iterable[Case]], ...] = (
    numbers,
    geometries,
    characters,
    shapes,
    mass_assigned,
    envelopes,
    forms,
    media,
)
READS: tuple[Callable[[], Iterable[Case]], ...] = (queries, pages_and_offsets, addresses)


def all_reports() -> list[Case]:
    return [case for make in REPORTS for case in make()]


def all_reads() -> list[Case]:
    return [case for make in READS for case in make()]
