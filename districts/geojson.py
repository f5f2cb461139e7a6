"""A GeoJSON point (RFC 7946) from outside. Pure: no Django."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

# Names under which others mean WGS-84 longitude and latitude, or what equals it for our purpose.
WGS84_NAMES = frozenset(
    {
        "urn:ogc:def:crs:ogc:1.3:crs84",
        "urn:ogc:def:crs:ogc::crs84",
        "urn:ogc:def:crs:epsg::4326",
        "urn:ogc:def:crs:epsg::4490",
        "epsg:4326",
        "epsg:4490",
    }
)


class Fault(StrEnum):
    SHAPE = "a GeoJSON point is needed"
    EMPTY = "the point is empty"
    DIMENSIONS = "a point has two coordinates, longitude and latitude"
    CRS = "only WGS-84 longitude and latitude are understood"


class MalformedPoint(ValueError):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def coordinates(given: Any) -> tuple[Any, Any]:
    """Longitude and latitude as given, numbers or not. Raises MalformedPoint."""
    if not isinstance(given, Mapping) or given.get("type") != "Point":
        raise MalformedPoint(Fault.SHAPE)
    if "crs" in given and not is_wgs84(given["crs"]):
        raise MalformedPoint(Fault.CRS)
    numbers = given.get("coordinates")
    if not isinstance(numbers, list):
        raise MalformedPoint(Fault.SHAPE)
    if not numbers:
        raise MalformedPoint(Fault.EMPTY)
    if len(numbers) != 2:
        raise MalformedPoint(Fault.DIMENSIONS)
    return numbers[0], numbers[1]


def is_wgs84(crs: Any) -> bool:
    """GeoJSON of 2008 named its reference system; null meant that none may be assumed."""
    if not isinstance(crs, Mapping) or crs.get("type") != "name":
        return False
    properties = crs.get("properties")
    name = properties.get("name") if isinstance(properties, Mapping) else None
    return isinstance(name, str) and name.lower() in WGS84_NAMES
