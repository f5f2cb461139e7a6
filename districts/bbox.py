"""Bounding boxes as they come in a query string: `minx,miny,maxx,maxy`, degrees. Pure."""

from enum import StrEnum
from math import isfinite
from typing import NamedTuple

from districts.errors import MalformedBox


class Reason(StrEnum):
    SHAPE = "four numbers are needed: minx,miny,maxx,maxy"
    FINITE = "the numbers must be finite"
    RANGE = "longitudes lie within -180..180, latitudes within -90..90"
    INVERTED = "minx must be less than maxx, and miny less than maxy"
    OVERSIZE = "the box is too large"


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float

    def covers(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north


WHOLE_WORLD = 360.0


def parse_bbox(text: str, max_span: float = WHOLE_WORLD) -> Box:
    """The box in `text`, no side longer than `max_span` degrees. MalformedBox with a Reason."""
    box = _numbers(text)
    if not all(isfinite(number) for number in box):
        raise MalformedBox(Reason.FINITE)
    if max(abs(box.west), abs(box.east)) > 180 or max(abs(box.south), abs(box.north)) > 90:
        raise MalformedBox(Reason.RANGE)
    if box.west >= box.east or box.south >= box.north:
        raise MalformedBox(Reason.INVERTED)
    if max(box.east - box.west, box.north - box.south) > max_span:
        raise MalformedBox(Reason.OVERSIZE)
    return box


def _numbers(text: str) -> Box:
    parts = text.split(",")
    if len(parts) != 4:
        raise MalformedBox(Reason.SHAPE)
    try:
        return Box(*(float(part) for part in parts))
    except ValueError as error:
        raise MalformedBox(Reason.SHAPE) from error
