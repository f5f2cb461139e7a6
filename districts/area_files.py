"""Features of a file of outlines: opened by a process apart, columns guessed, datum converted."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from shapely.geometry.base import BaseGeometry

from districts.datums import Datum, to_wgs84
from districts.errors import FileRefused
from districts.opening import CPU_S, Reason

WALL_S = CPU_S + 30
# Names of columns, the surest first; compared in lower case.
COLUMNS = {
    "code": ("code", "编码", "代码", "区划代码", "网格编码", "adcode", "gb", "id"),
    "name": ("name_zh", "name", "名称", "中文名", "网格名称", "mc"),
    "name_en": ("name_en", "英文名", "english"),
    "holder": ("worker", "username", "网格员", "网格员账号"),
}


@dataclass(frozen=True)
class Area:
    """A feature: its number in the file from 1, and what was found in it; WGS-84."""

    row: int
    code: str
    name: str
    name_en: str
    holder: str
    shape: BaseGeometry


def areas_of(path: Path, datum: Datum, columns: Mapping[str, str] | None = None) -> list[Area]:
    """Every feature of the file. `columns`: which column holds code, name and name_en.

    What is not named is guessed. Raises FileRefused.
    """
    features = opened(path)
    named = guess(features[0]["properties"], columns or {})
    return [
        Area(
            row,
            value(each, named.get("code"), 40),
            value(each, named.get("name"), 80),
            value(each, named.get("name_en"), 120),
            value(each, named.get("holder"), 150),
            in_wgs84(each["wkb"], datum),
        )
        for row, each in enumerate(features, start=1)
    ]


def opened(path: Path) -> list[dict[str, Any]]:
    asked = [sys.executable, "-m", "districts.opening", str(path.resolve())]
    kept = {name: os.environ[name] for name in ("PATH", "HOTLINE_RUN") if name in os.environ}
    try:
        done = subprocess.run(
            asked, cwd=settings.BASE_DIR, env=kept, capture_output=True, timeout=WALL_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused(Reason.TOO_LONG) from error
    lines = [json.loads(line) for line in done.stdout.splitlines()] if not done.returncode else []
    if not lines:
        raise FileRefused(Reason.BROKEN)
    if "refused" in lines[-1]:
        raise FileRefused(Reason(lines[-1]["refused"]))
    return lines


def guess(there: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Which column of the file is which; one that was named must be there. FileRefused."""
    known = {name.lower(): name for name in there}
    for name in given.values():
        if name.lower() not in known:
            raise FileRefused(Reason.NOTHING, name)
    found = {
        what: next((known[name] for name in names if name in known), "")
        for what, names in COLUMNS.items()
    }
    return found | {what: known[name.lower()] for what, name in given.items()}


def value(feature: Mapping[str, Any], column: str | None, most: int) -> str:
    # PostgreSQL's text holds no NUL.
    return str(feature["properties"].get(column, "")).replace("\x00", "")[:most] if column else ""


def in_wgs84(wkb: str, datum: Datum) -> BaseGeometry:
    shape = shapely.from_wkb(wkb, on_invalid="ignore") if wkb else None
    if shape is None:
        return shapely.GeometryCollection()
    if datum in (Datum.WGS84, Datum.CGCS2000):
        return shape
    return shapely.transform(shape, lambda xy: np.array([to_wgs84(x, y, datum) for x, y in xy]))
