"""Map datums used in China, and the way between them. Pure: no Django, no database.

Phones and EXIF give WGS-84. AMap, Tencent and WeChat show GCJ-02, a WGS-84 point pushed 100-700 m
by a sum of sine waves around 105 E 35 N. Baidu's BD-09 pushes a GCJ-02 point once more, in polar
coordinates. CGCS2000 differs from WGS-84 by centimetres: the same for our purpose.

All angles are degrees, longitude first. GCJ-02 is defined inside a box around China; outside it
the datums coincide.
"""

from collections.abc import Callable
from enum import StrEnum
from math import atan2, cos, hypot, isfinite, pi, radians, sin, sqrt

LonLat = tuple[float, float]

# Krasovsky 1940, the ellipsoid on which the shift in metres is turned into degrees.
SEMI_MAJOR_AXIS = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
ORIGIN = (105.0, 35.0)
SHIFTED_AREA = (72.004, 0.8293, 137.8347, 55.8271)

BAIDU_OFFSET = (0.0065, 0.006)
BAIDU_WAVE = pi * 3000.0 / 180.0

# Degrees; a hundred-thousandth of a metre. The shift changes by < 1 % over its own length, so
# every round of the inverse gains two digits: six suffice, the rest is margin.
INVERSE_PRECISION = 1e-10
INVERSE_ROUNDS = 30


class Datum(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


def to_wgs84(lon: float, lat: float, datum: Datum) -> LonLat:
    """The WGS-84 longitude and latitude of a point given in `datum`. ValueError unless finite."""
    _require_finite(lon, lat)
    if datum is Datum.GCJ02:
        return _invert(_gcj02_from_wgs84, (lon, lat))
    if datum is Datum.BD09:
        return _invert(_bd09_from_wgs84, (lon, lat))
    return lon, lat


def from_wgs84(lon: float, lat: float, datum: Datum) -> LonLat:
    """The longitude and latitude in `datum` of a WGS-84 point. ValueError unless finite."""
    _require_finite(lon, lat)
    if datum is Datum.GCJ02:
        return _gcj02_from_wgs84((lon, lat))
    if datum is Datum.BD09:
        return _bd09_from_wgs84((lon, lat))
    return lon, lat


def _require_finite(lon: float, lat: float) -> None:
    if not (isfinite(lon) and isfinite(lat)):
        raise ValueError(f"longitude {lon} and latitude {lat} must be finite")


def _invert(forward: Callable[[LonLat], LonLat], target: LonLat) -> LonLat:
    """The point that `forward` sends to `target`, by fixed-point iteration."""
    guess = target
    for _ in range(INVERSE_ROUNDS):
        reached = forward(guess)
        miss = reached[0] - target[0], reached[1] - target[1]
        guess = guess[0] - miss[0], guess[1] - miss[1]
        if hypot(*miss) < INVERSE_PRECISION:
            break
    return guess


def _gcj02_from_wgs84(point: LonLat) -> LonLat:
    if not _is_shifted(point):
        return point
    lon, lat = point
    x, y = lon - ORIGIN[0], lat - ORIGIN[1]
    phi = radians(lat)
    w = 1.0 - ECCENTRICITY_SQUARED * sin(phi) ** 2
    east_radius = SEMI_MAJOR_AXIS / sqrt(w) * cos(phi)
    north_radius = SEMI_MAJOR_AXIS * (1.0 - ECCENTRICITY_SQUARED) / w**1.5
    return (
        lon + _metres_east(x, y) / east_radius * 180.0 / pi,
        lat + _metres_north(x, y) / north_radius * 180.0 / pi,
    )


def _is_shifted(point: LonLat) -> bool:
    west, south, east, north = SHIFTED_AREA
    return west <= point[0] <= east and south <= point[1] <= north


def _metres_east(x: float, y: float) -> float:
    trend = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    waves = 20.0 * sin(pi * x) + 40.0 * sin(pi * x / 3.0)
    swell = 150.0 * sin(pi * x / 12.0) + 300.0 * sin(pi * x / 30.0)
    return trend + (_ripple(x) + waves + swell) * 2.0 / 3.0


def _metres_north(x: float, y: float) -> float:
    trend = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    waves = 20.0 * sin(pi * y) + 40.0 * sin(pi * y / 3.0)
    swell = 160.0 * sin(pi * y / 12.0) + 320.0 * sin(pi * y / 30.0)
    return trend + (_ripple(x) + waves + swell) * 2.0 / 3.0


def _ripple(x: float) -> float:
    return 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)


def _bd09_from_wgs84(point: LonLat) -> LonLat:
    lon, lat = _gcj02_from_wgs84(point)
    radius = hypot(lon, lat) + 0.00002 * sin(lat * BAIDU_WAVE)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * BAIDU_WAVE)
    return radius * cos(angle) + BAIDU_OFFSET[0], radius * sin(angle) + BAIDU_OFFSET[1]
