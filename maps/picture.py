"""The coloured map of areas as a PNG, drawn here: for a slide, a bulletin, a wall.

Twice as large as it is given away, so that edges are smooth. Web Mercator, as every other map.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import asinh, radians, tan
from pathlib import Path
from typing import Any

import shapely
import shapely.geometry
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont
from shapely.geometry.base import BaseGeometry

from maps.keepsake import COLOURS, UNKNOWN
from maps.paper import NoFont

WIDE, HIGH, TWICE = 1600, 1200, 2
EDGE, HEAD, FOOT, SIDE = 40, 120, 70, 330
INK, SOFT, PAPER, OUTLINE = "#17202b", "#4d5967", "#ffffff", "#5a6b7d"
LETTERS, HALO = 18, 3
# Names of more areas than these cover each other.
MOST_NAMES = 60
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that is written: `legend` has a line for each class, the last for no class."""

    title: str
    told: str
    legend: Sequence[str]
    foot: str


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """With Chinese letters. Raises NoFont."""
    if not Path(settings.PDF_FONT).is_file():
        raise NoFont(settings.PDF_FONT)
    return ImageFont.truetype(settings.PDF_FONT, size * TWICE, index=0)


def png(shapes: Mapping[str, Any], ranks: Mapping[str, int], words: Words) -> bytes:
    """`shapes`: a FeatureCollection, each with `id` and `name`. Raises NoFont."""
    image = Image.new("RGB", (WIDE * TWICE, HIGH * TWICE), PAPER)
    draw = ImageDraw.Draw(image)
    areas = [(each, shapely.geometry.shape(each["geometry"])) for each in shapes["features"]]
    # Large ones first: an area that lies in the hole of another is not covered by it.
    areas.sort(key=lambda pair: -pair[1].envelope.area)
    place = Placed.of([outline for _each, outline in areas])
    for each, outline in areas:
        rank = ranks.get(each["id"])
        fill_area(draw, place, outline, UNKNOWN if rank is None else COLOURS[rank])
    if len(areas) <= MOST_NAMES:
        name_areas(draw, place, [(each["properties"]["name"], it) for each, it in areas])
    write(draw, words)
    kept = BytesIO()
    image.resize((WIDE, HIGH), Image.Resampling.LANCZOS).save(kept, "PNG", optimize=True)
    return kept.getvalue()


@dataclass(frozen=True, slots=True)
class Placed:
    """Degrees to pixels of the large image: all areas in the room left of the legend."""

    west: float
    north: float
    scale: float
    left: float
    top: float

    @classmethod
    def of(cls, outlines: Sequence[BaseGeometry]) -> "Placed":
        if not outlines:
            return cls(0, 0, 1, 0, 0)
        west, south, east, north = shapely.total_bounds(outlines)
        top, bottom = mercator(north), mercator(south)
        room = (WIDE - SIDE - 2 * EDGE, HIGH - HEAD - FOOT - EDGE)
        wide, high = max(east - west, 1e-9), max(top - bottom, 1e-9)
        scale = min(room[0] / wide, room[1] / high)
        left = EDGE + (room[0] - wide * scale) / 2
        return cls(west, top, scale * TWICE, left * TWICE,
                   (HEAD + (room[1] - high * scale) / 2) * TWICE)  # fmt: skip

    def at(self, point: Sequence[float]) -> Point:
        x = self.left + (point[0] - self.west) * self.scale
        return x, self.top + (self.north - mercator(point[1])) * self.scale


def mercator(latitude: float) -> float:
    """In degrees of longitude at the equator."""
    return asinh(tan(radians(latitude))) / radians(1)


def parts(outline: BaseGeometry) -> Iterator[Any]:
    return (each for each in shapely.get_parts(outline) if each.geom_type == "Polygon")


def fill_area(draw: ImageDraw.ImageDraw, place: Placed, outline: BaseGeometry, fill: str) -> None:
    for each in parts(outline):
        rings = [each.exterior, *each.interiors]
        for n, ring in enumerate(rings):
            points = [place.at(point) for point in ring.coords]
            draw.polygon(points, fill=PAPER if n else fill)
            draw.line(points, fill=OUTLINE, width=TWICE, joint="curve")


def name_areas(
    draw: ImageDraw.ImageDraw, place: Placed, areas: Sequence[tuple[str, BaseGeometry]]
) -> None:
    """Where no other name stands, large areas first."""
    taken: list[tuple[float, float, float, float]] = []
    for name, outline in areas:
        point = shapely.point_on_surface(outline)
        at = place.at((point.x, point.y))
        box = draw.textbbox(at, name, font=font(LETTERS), anchor="mm")
        if any(overlaps(box, other) for other in taken):
            continue
        taken.append(box)
        draw.text(at, name, fill=INK, font=font(LETTERS), anchor="mm",
                  stroke_width=HALO * TWICE, stroke_fill=PAPER)  # fmt: skip


def overlaps(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def write(draw: ImageDraw.ImageDraw, words: Words) -> None:
    """Title and what it is of above, the classes at the right, where it comes from below."""
    draw.text(at(EDGE, 34), words.title, fill=INK, font=font(34))
    draw.text(at(EDGE, 84), words.told, fill=SOFT, font=font(20))
    left, top = WIDE - SIDE, HEAD + 30
    for n, text in enumerate(words.legend):
        y = top + 46 * n
        colour = COLOURS[n] if n < len(COLOURS) else UNKNOWN
        box = (*at(left, y), *at(left + 44, y + 28))
        draw.rectangle(box, fill=colour, outline=OUTLINE, width=TWICE)
        draw.text(at(left + 58, y + 14), text, fill=INK, font=font(20), anchor="lm")
    draw.text(at(EDGE, HIGH - 46), words.foot, fill=SOFT, font=font(17))


def at(x: float, y: float) -> Point:
    return x * TWICE, y * TWICE
