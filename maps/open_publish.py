"""The files of open data are made here, each once; only tasks and commands need Arrow."""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from io import BytesIO, StringIO
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.models import Incident
from maps import open_data
from maps.models import OpenDay
from maps.open_data import COLUMNS, Day, Line
from maps.open_files import name_of

# So many days are caught up in one run; the next run goes on.
MOST = 400
ARROW = {"date": pa.date32(), "string": pa.string(), "number": pa.float64()}
SCHEMA = pa.schema([(name, ARROW[kind]) for name, kind, _meaning in COLUMNS])
NAMES = [name for name, _kind, _meaning in COLUMNS]


# --- Written --------------------------------------------------------------------------------------


def as_csv(day: Day) -> bytes:
    kept = StringIO()
    lines = csv.writer(kept)
    lines.writerow(NAMES)
    lines.writerows(
        ["" if value is None else value for value in row] for row in open_data.values(day.lines)
    )
    # The mark lets a spreadsheet read the Chinese.
    return ("\ufeff" + kept.getvalue()).encode()


def as_geojson(day: Day) -> bytes:
    features = [feature(line) for line in day.lines]
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def feature(line: Line) -> dict[str, Any]:
    told = {name: getattr(line, name) for name in NAMES[1:-2]}
    point = [line.longitude, line.latitude]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": point} if line.longitude else None,
        "properties": {"date": line.date.isoformat(), **told},
    }


def as_parquet(day: Day) -> bytes:
    columns = list(zip(*open_data.values(day.lines), strict=True)) or [()] * len(NAMES)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    kept = BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), kept)
    return kept.getvalue()


WRITERS: Mapping[str, Callable[[Day], bytes]] = MappingProxyType(
    {"csv": as_csv, "geojson": as_geojson, "parquet": as_parquet}
)


# --- Published ------------------------------------------------------------------------------------


def publish(day: date) -> OpenDay:
    """The files of one day, kept before the row says that they are there."""
    told = open_data.of_day(day)
    for kind, write in WRITERS.items():
        default_storage.save(name_of(day, kind), ContentFile(write(told)))
    try:
        with transaction.atomic():
            return OpenDay.objects.create(day=day, lines=len(told.lines), withheld=told.withheld)
    except IntegrityError:  # another worker was first; the day has been as it is for days
        return OpenDay.objects.get(day=day)


def publish_due() -> int:
    """Make the files of days that are old enough and have none; returns how many."""
    first = Incident.objects.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None:
        return 0
    last = timezone.localdate() - timedelta(days=settings.OPEN_DATA_AFTER_DAYS)
    have = set(OpenDay.objects.values_list("day", flat=True))
    begins = timezone.localtime(first).date()
    every = (begins + timedelta(days=n) for n in range((last - begins).days + 1))
    due = [day for day in every if day not in have][:MOST]
    for day in due:
        publish(day)
    return len(due)
