"""A folium map as one HTML file: every script and style stands in it, no other host is asked."""

import re
from html import escape
from pathlib import Path
from typing import Any

import folium
from branca.element import Figure
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from maps.frame import SCRIPTS, STYLES, map_of_the_province, own_host

COLOURS = ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c")
UNKNOWN = "#d9d9d9"
SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"\s*/?>')


def html(title: str, shapes: dict[str, Any], ranks: dict[str, int], figure: str, name: str) -> str:
    """`ranks`: code -> class of its colour; `figure`: the property shown when pointed at."""
    leaflet = map_of_the_province()

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        rank = ranks.get(feature["id"])
        fill = UNKNOWN if rank is None else COLOURS[rank]
        return {"fillColor": fill, "fillOpacity": 0.8, "color": "#5a6b7d", "weight": 1}

    if shapes["features"]:
        areas = folium.GeoJson(shapes, style_function=style, name=name)
        folium.GeoJsonTooltip(["name", figure, "n"], [escape(title), name, "n"]).add_to(areas)
        areas.add_to(leaflet)
        leaflet.fit_bounds(areas.get_bounds())  # type: ignore[arg-type]
    own_host(leaflet)
    figure_of_all = leaflet.get_root()
    assert isinstance(figure_of_all, Figure)
    figure_of_all.title = title
    return inlined(figure_of_all.render())


def inlined(page: str) -> str:
    page = SCRIPT.sub(lambda found: f"<script>{content_of(found[1], SCRIPTS)}</script>", page)
    return STYLE.sub(lambda found: f"<style>{content_of(found[1], STYLES)}</style>", page)


def content_of(address: str, known: dict[str, str]) -> str:
    """Of one of our own static files. Raises KeyError for any other."""
    files = {static(path): path for path in known.values() if path}
    found = finders.find(files[address])
    assert isinstance(found, str)
    text = Path(found).read_text(encoding="utf-8")
    # Neither may end the element it stands in.
    return text.replace("</script", "<\\/script").replace("</style", "<\\/style")
