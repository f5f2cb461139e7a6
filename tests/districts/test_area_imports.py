"""Jurisdictions and cells from files: checked, mended, in force from a day, and then in force."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import Point
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pyogrio.raw import write
from shapely.geometry.base import BaseGeometry

from districts import area_imports
from districts.area_imports import Declared
from districts.datums import Datum
from districts.errors import FileRefused, ImportRefused
from districts.locate import locate
from districts.models import AreaImport, Division, Jurisdiction, JurisdictionBoundary
from tests.conftest import LUXUN_PARK
from tests.districts.conftest import Loader

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NORTH, SOUTH = shapely.box(100.02, 30.1, 100.08, 30.18), shapely.box(100.02, 30.02, 100.08, 30.1)
Areas = dict[str, BaseGeometry]


def geojson(folder: Path, areas: Areas) -> Path:
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {"编码": code, "名称": f"{code}热力"},
        }
        for code, shape in areas.items()
    ]
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def kept(path: Path, **more: Any) -> AreaImport:
    said = {"kind": "heat_area", "datum": Datum.WGS84, "source": "test", "owner": "990100"}
    return area_imports.keep(path, Declared(**said | more))


def faults(made: AreaImport) -> dict[str, list[str]]:
    found = {area.code: [each["what"] for each in area.faults] for area in made.areas.all()}
    return {code: told for code, told in found.items() if told}


def codes_at(lon: float, lat: float, day: date = TODAY) -> list[str]:
    at = JurisdictionBoundary.objects.valid_at(day).filter(geom__covers=Point(lon, lat, srid=4326))
    return list(at.order_by("jurisdiction__priority").values_list("jurisdiction_id", flat=True))


def test_a_sound_file_takes_effect_on_its_day(load_little: Loader, tmp_path: Path) -> None:
    load_little()
    made = kept(geojson(tmp_path, {"north": NORTH, "south": SOUTH}))
    assert faults(made) == {}
    area_imports.take_effect(made.pk, TODAY)
    assert Jurisdiction.objects.get(pk="north").name == "north热力"
    assert codes_at(100.05, 30.15) == ["north"]
    tomorrow = TODAY + timedelta(days=1)
    wider = kept(geojson(tmp_path, {"south": shapely.box(100.02, 30.02, 100.08, 30.09)}))
    area_imports.take_effect(wider.pk, tomorrow)
    assert (codes_at(100.05, 30.095), codes_at(100.05, 30.095, tomorrow)) == (["south"], [])


def test_each_fault_names_its_feature(load_little: Loader, tmp_path: Path) -> None:
    load_little()
    bow = shapely.Polygon([(100.01, 30.01), (100.02, 30.02), (100.02, 30.01), (100.01, 30.02)])
    made = kept(
        geojson(
            tmp_path,
            {
                "north": NORTH,
                "into-north": shapely.box(100.07, 30.1, 100.09, 30.18),
                "far": shapely.box(99.9, 30, 99.95, 30.1),
                "bow": bow,
                "a b": shapely.box(100.001, 30.001, 100.002, 30.002),
                "line": shapely.LineString([(100.01, 30.1), (100.02, 30.1)]),
            },
        ),
        whole="990101",
    )
    assert faults(made) == {
        "into-north": ["overlap"],
        "far": ["outside"],
        "bow": ["invalid"],
        "a b": ["bad_code"],
        "line": ["not_an_area"],
    }
    assert {each["what"] for each in made.faults} == {"gap"}
    with pytest.raises(ImportRefused):
        area_imports.take_effect(made.pk, TODAY)
    assert not Jurisdiction.objects.exists()


def test_slivers_and_crossed_lines_are_mended_and_the_rest_is_left(
    load_little: Loader, tmp_path: Path
) -> None:
    load_little()
    bow = shapely.Polygon([(100.01, 30.01), (100.02, 30.02), (100.02, 30.01), (100.01, 30.02)])
    lapping = shapely.box(100.02, 30.02, 100.08, 30.1002)  # 22 m into its neighbour
    claim = shapely.box(100.06, 30.12, 100.09, 30.14)
    made = kept(geojson(tmp_path, {"north": NORTH, "lapping": lapping, "bow": bow, "claim": claim}))
    assert area_imports.repair(made.pk) == 2
    made.refresh_from_db()
    assert faults(made) == {"claim": ["overlap"]}
    assert {area.code: area.repairs for area in made.areas.all() if area.repairs} == {
        "lapping": ["cut_overlap"],
        "bow": ["made_valid"],
    }


@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile"])
def test_the_other_formats_and_the_datum(load_little: Loader, tmp_path: Path, driver: str) -> None:
    load_little()
    name = "areas.gpkg" if driver == "GPKG" else "areas.shz"
    path = tmp_path / name
    write(  # type: ignore[no-untyped-call]
        path, geometry=np.array([shapely.to_wkb(NORTH)], dtype=object),
        field_data=[np.array(["north"], dtype=object), np.array(["北"], dtype=object)],
        fields=["code", "name"], geometry_type="Polygon", crs="EPSG:4326", driver=driver,
        encoding="UTF-8",
    )  # fmt: skip
    shifted = kept(path, datum=Datum.GCJ02).areas.get()
    assert (shifted.code, shifted.name) == ("north", "北")
    assert shifted.geom is not None
    assert 0.001 < abs(shifted.geom.extent[0] - 100.02) < 0.01


def test_what_is_no_file_of_outlines_is_refused(load_little: Loader, tmp_path: Path) -> None:
    load_little()
    path = tmp_path / "x"
    told = []
    for content in (b"", b"<kml/>", b"{}", b"PK\x03\x04 no zip", b'{"type": "FeatureCollection"'):
        path.write_bytes(content)
        with pytest.raises(FileRefused) as refused:
            kept(path)
        told.append(refused.value.reason)
    assert told == ["unknown", "unknown", "broken", "broken", "broken"]
    metres = geojson(tmp_path, {"north": shapely.box(4e5, 4e6, 5e5, 5e6)})
    with pytest.raises(FileRefused, match="not_degrees"):
        kept(metres)


def test_cells_lie_in_their_community_and_locate_still_names_the_community(
    town: object, tmp_path: Path
) -> None:
    lon, lat = LUXUN_PARK
    mine = shapely.box(lon - 0.0005, lat - 0.0005, lon + 0.0005, lat + 0.0005)
    good, nowhere = "210102001001001", "210102001999001"
    made = kept(geojson(tmp_path, {nowhere: mine}), kind="cell", owner="")
    assert faults(made) == {nowhere: ["no_community"]}
    out = StringIO()
    path = geojson(tmp_path, {good: mine})
    call_command("import_jurisdictions", path, kind="cell", datum="wgs84", on=TODAY, stdout=out)
    point = Point(lon, lat, srid=4326)
    found = locate(point, with_cell=True)
    assert (found.code, vars(found)["cell"]) == ("210102001001", good)
    answer = Client().get("/api/locate", {"lon": f"{lon}", "lat": f"{lat}"}).json()["division"]
    assert (answer["code"], answer["cell"]) == ("210102001001", good)
    assert Division.objects.get(pk=good).parent_id == "210102001001"
