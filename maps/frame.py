"""folium's map as parts of our own page: every script and style from our own host.

folium names a content-delivery network for each library. The table below maps the names it uses to
files of `package-lock.json`; a library that is not in it stops the page in the tests, not a user.
"""

import re
from dataclasses import dataclass
from functools import cache

import folium
from branca.element import Element, Figure, MacroElement
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from folium.elements import JSCSSMixin

SCRIPTS = {
    "leaflet": "lib/leaflet/leaflet.js",
    "jquery": "lib/jquery/jquery.min.js",
    "bootstrap": "lib/bootstrap/js/bootstrap.bundle.min.js",
    "awesome_markers": "lib/awesome-markers/leaflet.awesome-markers.js",
    "leaflet-heat.js": "lib/folium/leaflet_heat.min.js",
}
STYLES = {
    "leaflet_css": "lib/leaflet/leaflet.css",
    "bootstrap_css": "lib/bootstrap/css/bootstrap.min.css",
    "glyphicons_css": "",
    "awesome_markers_font_css": "lib/fontawesome/css/all.min.css",
    "awesome_markers_css": "lib/awesome-markers/leaflet.awesome-markers.css",
    "awesome_rotate_css": "",
}
# What no page of ours uses would only cost the phone bytes: glyph fonts and Bootstrap's theme.
UNUSED = frozenset(
    {"jquery", "bootstrap", "bootstrap_css", "awesome_markers", "awesome_markers_css",
     "awesome_markers_font_css", "glyphicons_css", "awesome_rotate_css"}
)  # fmt: skip


# folium says in a script of its own what Leaflet does anyway; our pages' policy refuses it aloud.
SWITCHES = re.compile(r"<script>\s*L_NO_TOUCH = false;\s*L_DISABLE_3D = false;\s*</script>")


@dataclass(frozen=True, slots=True)
class Frame:
    """`name`: the JavaScript variable that holds the Leaflet map."""

    head: SafeString
    html: SafeString
    script: SafeString
    name: str


def map_of_the_province() -> folium.Map:
    """Liaoning in view, no tiles: the outlines of `basemap.js` are the ground."""
    return folium.Map(
        location=[41.3, 122.9],
        zoom_start=7,
        tiles=None,
        maxZoom=18,
        minZoom=5,
        zoom_control=True,
        prefer_canvas=True,
        attribution_control=True,
    )


def frame(leaflet: folium.Map) -> Frame:
    """Render the map's parts. Raises KeyError for a library the table does not know."""
    own_host(leaflet)
    figure = leaflet.get_root()
    assert isinstance(figure, Figure)
    figure.render()
    return Frame(
        head=mark_safe(SWITCHES.sub("", figure.header.render())),
        html=mark_safe(figure.html.render()),
        script=mark_safe(figure.script.render()),
        name=leaflet.get_name(),
    )


def own_host(element: Element | MacroElement) -> None:
    """Point every library of the element and those inside it to our own static files."""
    if isinstance(element, JSCSSMixin):
        element.default_js = own(element.default_js, SCRIPTS)
        element.default_css = own(element.default_css, STYLES)
    for child in element._children.values():
        own_host(child)


def own(wanted: list[tuple[str, str]], known: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, static(known[name])) for name, _url in wanted if name not in UNUSED]


@cache
def plain_map() -> Frame:
    """The map without anything on it: the same for everybody, so that folium writes it once."""
    return frame(map_of_the_province())
