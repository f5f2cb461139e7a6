"""What the public map is asked for: filters and a place, from the address of the page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from districts.bbox import parse_bbox
from districts.locate import position
from districts.models import Division
from incidents.models import ServiceField
from maps.heat import PERIODS
from maps.near import ASKED_STATES, LEVEL, USUAL_DAYS, WIDEST_BOX, Squares, Wanted, middle_of
from maps.near import square_of as square_at

KNOWN_DAYS = {str(each): each for each in PERIODS}
LONGEST = 60


def wanted_without_looking(request: HttpRequest) -> Wanted:
    """`?state=&days=&field=`; for words it does not know the usual. A field that is none finds
    nothing."""
    given = request.GET
    state = given.get("state", "")
    return Wanted(
        state=state if state in ASKED_STATES else "",
        days=KNOWN_DAYS.get(given.get("days", ""), USUAL_DAYS),
        field=given.get("field", "")[:40].replace("\0", ""),
    )


def wanted_of(request: HttpRequest, fields: list[ServiceField]) -> Wanted:
    """The same for a page, which shows what it is: a field that is none is left out."""
    found = wanted_without_looking(request)
    known = {each.code for each in fields}
    return Wanted(found.state, found.days, found.field if found.field in known else "")


@dataclass(frozen=True, slots=True)
class Where:
    """A division, or the square of a point, or nothing: the whole province."""

    division: Division | None = None
    square: int | None = None

    @property
    def area(self) -> Squares | Division | None:
        return self.division if self.square is None else Squares.around(self.square)

    @property
    def query(self) -> str:
        """As an address has it; a point as the middle of its square."""
        if self.division is not None:
            return urlencode({"division": self.division.code})
        if self.square is None:
            return ""
        longitude, latitude = middle_of(self.square)
        return urlencode({"lat": latitude, "lon": longitude})


def where_of(given: "dict[str, str]") -> Where:
    """`division=`, or `lat=` and `lon=`. Raises MalformedPosition, Http404 for no such code."""
    if given.get("lat") or given.get("lon"):
        return Where(square=square_at(position(given.get("lon"), given.get("lat"))))
    if code := given.get("division", ""):
        found = Division.objects.with_path().filter(code=code[:15].replace("\0", "")).first()
        if found is None:
            raise Http404
        return Where(division=found)
    return Where()


def squares_of(given: "dict[str, str]") -> Squares:
    """`box=west,south,east,north` or `square=`, of what is in view. Raises MalformedBox."""
    number = given.get("square", "")
    if number.isascii() and number.isdigit() and int(number[:12]) < 4**LEVEL:
        return Squares.around(int(number[:12]), 0)
    return Squares.over(parse_bbox(given.get("box", ""), WIDEST_BOX))
