"""Reads vector tiles of points, by the published format (Mapbox Vector Tile 2.1)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Point:
    x: int
    y: int
    properties: dict[str, Any]


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def parts(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and content of each part of a message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        value: Any
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            size = 8 if kind == 1 else 4
            value, at = data[at : at + size], at + size
        yield key >> 3, value


def numbers(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = varint(data, at)
        found.append(value)
    return found


def signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def value_of(data: bytes) -> Any:
    ((number, value),) = parts(data)
    match number:
        case 1:
            return value.decode()
        case 3:
            return struct.unpack("<d", value)[0]
        case 6:
            return signed(value)
        case 7:
            return bool(value)
        case _:
            return value


def read(tile: bytes) -> dict[str, list[Point]]:
    """Layer -> its points."""
    return dict(layer(content) for number, content in parts(tile) if number == 3)


def layer(data: bytes) -> tuple[str, list[Point]]:
    told = list(parts(data))
    (name,) = (content.decode() for number, content in told if number == 1)
    keys = [content.decode() for number, content in told if number == 3]
    values = [value_of(content) for number, content in told if number == 4]
    features = [dict(parts(content)) for number, content in told if number == 2]
    return name, [point(feature, keys, values) for feature in features]


def point(feature: dict[int, Any], keys: list[str], values: list[Any]) -> Point:
    tags = numbers(feature.get(2, b""))
    _command, dx, dy = numbers(feature[4])
    told = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return Point(signed(dx), signed(dy), told)
