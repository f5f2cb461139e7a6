"""Opens a file of outlines: `python -m districts.opening PATH`, a process apart. Pure.

GeoJSON, GeoPackage, or a zip with a Shapefile (or one of the other two) in it. GDAL reads it
under hard limits of memory, time and output; the answer is JSON, one line a feature:

    {"properties": {"code": ..., ...}, "wkb": hex or ""}

or a single line `{"refused": reason}`, a word of `Reason`. Coordinates come as the file has them.
"""

import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.errors
import pyogrio.raw
import shapely

MEGABYTE = 1024 * 1024
MOST_BYTES = 50 * MEGABYTE
MOST_UNPACKED = 200 * MEGABYTE
MOST_FEATURES = 20_000
MOST_VERTICES = 1_000_000
MEMORY = 2_000 * MEGABYTE
CPU_S = 60
# The library says no types.
reader: Any = pyogrio.raw.read
# What is taken out of a zip, in the order looked for.
WITHIN = (".shp", ".geojson", ".json", ".gpkg")


class Reason(StrEnum):
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"
    BROKEN = "broken"
    MANY = "many"
    NOTHING = "nothing"
    NOT_DEGREES = "not_degrees"
    TOO_LONG = "too_long"


class Refused(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


def confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_UNPACKED, MOST_UNPACKED))


def source_of(path: Path) -> str:
    """What GDAL is told to open; by what the file begins with, never by its name. Refused."""
    if path.stat().st_size > MOST_BYTES:
        raise Refused(Reason.TOO_LARGE)
    with path.open("rb") as file:
        head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PK\x03\x04"):
        # In braces: by whatever name it came.
        return f"/vsizip/{{{path}}}/{inner(path)}"
    if head.startswith((b"SQLite format 3\x00", b"{")):
        return str(path)
    raise Refused(Reason.UNKNOWN)


def inner(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise Refused(Reason.BROKEN) from error
    if sum(each.file_size for each in members) > MOST_UNPACKED:
        raise Refused(Reason.TOO_LARGE)
    names = sorted(each.filename for each in members)
    for ending in WITHIN:
        for name in names:
            if name.lower().endswith(ending) and ".." not in name:
                return name
    raise Refused(Reason.UNKNOWN)


def features(source: str) -> Iterator[dict[str, Any]]:
    meta, shapes, columns = read(source)
    if not len(shapes):
        raise Refused(Reason.NOTHING)
    geometry = shapely.from_wkb(shapes, on_invalid="ignore")
    if int(shapely.get_num_coordinates(geometry).sum()) > MOST_VERTICES:
        raise Refused(Reason.MANY)
    bounds = shapely.total_bounds(geometry)
    if np.isfinite(bounds).all() and max(abs(bounds[[0, 2]]).max() - 180,
                                         abs(bounds[[1, 3]]).max() - 90) > 0:  # fmt: skip
        raise Refused(Reason.NOT_DEGREES)
    flat = shapely.to_wkb(shapely.force_2d(geometry), hex=True)
    for row, outline in enumerate(flat):
        values = (plain(column[row]) for column in columns)
        yield {"properties": dict(zip(meta["fields"], values, strict=True)), "wkb": outline or ""}


def read(source: str) -> tuple[dict[str, Any], Any, list[Any]]:
    try:
        meta, _fids, shapes, columns = reader(source, max_features=MOST_FEATURES + 1)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError,
            UnicodeDecodeError, ValueError) as error:  # fmt: skip
        raise Refused(Reason.BROKEN) from error
    if shapes is None:
        raise Refused(Reason.NOTHING)
    if len(shapes) > MOST_FEATURES:
        raise Refused(Reason.MANY)
    return meta, shapes, columns


def plain(value: object) -> str:
    """As text: a code of digits may have come as a number, a missing one as nan."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def main(path: Path) -> None:
    confine()
    try:
        for each in features(source_of(path)):
            sys.stdout.write(json.dumps(each) + "\n")
    except Refused as refused:
        sys.stdout.write(json.dumps({"refused": refused.reason}) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": Reason.TOO_LARGE}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
