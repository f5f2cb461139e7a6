"""Moving layers as GeoJSON, each one SQL statement; filters come from `visible_to` alone.

PostgreSQL writes the JSON: 5,000 points cost 37 ms so, 1,287 ms through serializers.
"""

from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import Polygon
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.fields.json import JSONField
from django.db.models.functions import Cast, JSONObject

from dispatch.models import Worker, WorkOrder
from districts.bbox import Box
from incidents.models import Incident, Kind

MOST = 10_000


class Json(JSONField):
    """Of the type json, which the driver has parsed when it arrives; jsonb it leaves to Django."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value


class Written(JSONObject):
    """JSON as it is written down once. Django's own builds jsonb, keys sorted and looked up, only
    to be written down afterwards: twice the time."""

    output_field = Json()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        copy = self.copy()
        keys_and_values = copy.get_source_expressions()
        copy.set_source_expressions(
            [
                Cast(each, TextField()) if n % 2 == 0 else each
                for n, each in enumerate(keys_and_values)
            ]
        )
        return Func.as_sql(copy, compiler, connection, function="JSON_BUILD_OBJECT", **more)


EMPTY = '{"type": "FeatureCollection", "features": []}'


def incident_features(found: "QuerySet[Incident]") -> "QuerySet[Incident, Any]":
    """One GeoJSON feature an incident, urgent and new ones first; without a place, no geometry."""
    live = WorkOrder.objects.filter(incident=OuterRef("pk"), status__in=WorkOrder.LIVE)
    latest = WorkOrder.objects.filter(incident=OuterRef("pk"), status=WorkOrder.Status.DONE)
    properties = Written(
        number="number",
        status="status",
        kind="kind",
        urgent="is_urgent",
        category="category_id",
        category_zh="category__name_zh",
        category_en="category__name_en",
        field="category__field_id",
        icon="category__field__icon",
        division="division_id",
        division_name="division__name",
        division_name_en="division__name_en",
        county="division__county_id",
        waiting="waiting",
        order=Subquery(live.values("status")[:1]),
        done=Subquery(latest.values("status")[:1]),
        worker="field_worker__name",
        worker_code="field_worker__username",
        created_at="created_at",
    )
    feature = Written(
        type=Cast(Value("Feature"), TextField()),
        id="id",
        # Where a report of wrongdoing points exactly, nobody is shown.
        geometry=Case(When(~Q(kind=Kind.WRONGDOING), then=_geometry("position"))),
        properties=properties,
    )
    return found.order_by("-is_urgent", "-id").values(feature=feature)


def worker_features(found: "QuerySet[Worker]") -> "QuerySet[Worker, Any]":
    properties = Written(
        name="user__name",
        username="user__username",
        on_shift="on_shift",
        open_orders="open_orders",
        capacity="capacity",
        position_at="position_at",
        division="division_id",
    )
    feature = Written(
        type=Cast(Value("Feature"), TextField()),
        id="id",
        geometry=_geometry("point"),
        properties=properties,
    )
    return found.order_by("id").values(feature=feature)


def _geometry(column: str) -> Any:
    written = AsGeoJSON(column, precision=6)
    return Func(written, template="(%(expressions)s)::json", output_field=Json())


def collection(features: "QuerySet[Any, Any]") -> str:
    """A FeatureCollection as text, in one statement; none for who sees nothing of the kind."""
    try:
        sql, params = features[:MOST].query.sql_with_params()
    except EmptyResultSet:
        return EMPTY
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT json_build_object('type', 'FeatureCollection',"
            " 'features', coalesce(json_agg(q.feature), '[]'))::text"
            f" FROM ({sql}) AS q",
            params,
        )
        row = cursor.fetchone()
    return str(row[0]) if row else EMPTY


def in_box(found: "QuerySet[Any]", column: str, box: Box | None) -> "QuerySet[Any]":
    """Those whose point lies in the box; all of them without one."""
    if box is None:
        return found
    frame = Polygon.from_bbox((box.west, box.south, box.east, box.north))
    return found.filter(**{f"{column}__bboverlaps": frame})
