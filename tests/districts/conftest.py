"""Little provinces drawn by hand, and the real one, loaded once a session."""

import csv
import gzip
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import shapely
from django.conf import settings
from pytest_django import DjangoDbBlocker
from shapely.geometry.base import BaseGeometry

from districts.load import Loaded, load_divisions

SHIPPED = Path(settings.BASE_DIR) / "fixtures" / "divisions"

# A province of 20 x 20 km: West with the enclave Island in it, and South-East below North-East.
ISLAND = shapely.box(100.04, 30.04, 100.06, 30.06)
WEST = shapely.Polygon(
    [(100, 30), (100.1, 30), (100.1, 30.1), (100.1, 30.2), (100, 30.2)],
    [ISLAND.exterior.coords],
)
SOUTH_EAST = shapely.box(100.1, 30, 100.2, 30.1)
NORTH_EAST = shapely.box(100.1, 30.1, 100.2, 30.2)
COUNTIES = {
    "990101": ("西县", WEST),
    "990102": ("铁西区", SOUTH_EAST),
    "990103": ("铁西区", NORTH_EAST),
    "990104": ("岛县", ISLAND),
}
WHOLE = shapely.box(100, 30, 100.2, 30.2)

Counties = Mapping[str, tuple[str, BaseGeometry]]
Loader = Callable[..., Loaded]


@pytest.fixture(scope="session")
def liaoning(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The shipped province, committed: every test of the session sees it."""
    with django_db_blocker.unblock():
        load_divisions(SHIPPED)


@pytest.fixture
def load_little(db: None, tmp_path: Path) -> Loader:
    """Loads a province 990000 with one city and the counties given, each a leaf."""

    def load(
        counties: Counties = COUNTIES, whole: BaseGeometry = WHOLE, **options: object
    ) -> Loaded:
        write_province(tmp_path, counties, whole)
        return load_divisions(tmp_path, **options)  # type: ignore[arg-type]

    return load


def write_province(folder: Path, counties: Counties, whole: BaseGeometry) -> None:
    divisions = [
        ["code", "level", "name", "name_en", "parent"],
        ["990000", "province", "小省", "Xiao", ""],
        ["990100", "city", "小市", "Xiaoshi", "990000"],
        *([code, "county", name, "", "990100"] for code, (name, _) in counties.items()),
    ]
    outlines = {"990000": whole, "990100": whole}
    outlines |= {code: shape for code, (_, shape) in counties.items()}
    boundaries = [["code", "source", "datum", "approximate", "valid_from", "wkb"]]
    for code, shape in outlines.items():
        multi = shapely.MultiPolygon(list(shapely.get_parts(shape)))
        boundaries.append([code, "drawn", "wgs84", "0", "2020-01-01", multi.wkb_hex])
    for name, lines in (("divisions", divisions), ("boundaries", boundaries)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        # Without the time of writing in its head the same data are the same bytes a second later.
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
