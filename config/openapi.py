"""The plain views of the API, for the OpenAPI document; drf-spectacular sees only DRF's own."""

from typing import Any

Schema = dict[str, Any]
NUMBER, WORD = {"type": "number"}, {"type": "string"}
DATUMS = {"type": "string", "enum": ["wgs84", "gcj02", "bd09", "cgcs2000"], "default": "wgs84"}
LEVELS = {"type": "string", "enum": ["province", "city", "county", "street", "community", "grid"]}
POSITION = {"lat!": NUMBER, "lon!": NUMBER, "datum": DATUMS}
BOX = {"bbox": {**WORD, "description": "west,south,east,north in degrees"}}
# path -> (tag, summary, query parameters with ! where required, further answers)
PLAIN: dict[str, tuple[str, str, Schema, dict[str, str]]] = {
    "/api/locate": ("divisions", "The leaf division at a position", POSITION,
                    {"422": "outside the province"}),
    "/api/divisions": ("divisions", "Divisions by name", {"q!": WORD}, {}),
    "/api/divisions.geojson": ("divisions", "Outlines for display", {"level": LEVELS, **BOX}, {}),
    "/api/categories": ("categories", "Service fields and their categories", {},
                        {"304": "not changed since If-None-Match"}),
    "/api/reports/nearby": ("reports", "Open incidents that could be the same thing",
                            {**POSITION, "category": WORD}, {}),
    "/api/incidents.geojson": ("incidents", "Open incidents, or those of the statuses asked for",
                               {**BOX, "status": WORD}, {"401": "nobody is logged in"}),
    "/api/workers.geojson": ("workers", "Community workers on shift", BOX,
                             {"401": "nobody is logged in"}),
}  # fmt: skip


def add_plain_views(result: Schema, generator: Any, request: Any, public: bool) -> Schema:  # noqa: FBT001
    """A postprocessing hook of drf-spectacular."""
    for path, (tag, summary, query, more) in PLAIN.items():
        answers = {"200": summary, "400": "`{errors: {field: [sentence, ...]}}`"} | more
        result["paths"][path] = {
            "get": {
                "operationId": path.strip("/").replace("/", "_").replace(".", "_"),
                "tags": [tag],
                "summary": summary,
                "parameters": [parameter(name, schema) for name, schema in query.items()],
                "responses": {code: {"description": text} for code, text in answers.items()},
            }
        }
    return result


def parameter(name: str, schema: Schema) -> Schema:
    required = name.endswith("!")
    return {"in": "query", "name": name.rstrip("!"), "required": required, "schema": schema}
