"""The grid of counts: quadkey cells (the squares of web maps), numbered along a Z curve. Pure.

A cell of level L has a number of 2 L bits, of column and row by turns; its parent's is the same
without the last two. So the cells of a map tile are one range of numbers, and an index on the
number serves every tile. `hotline_map_cell(point)` in PostgreSQL says the same.
"""

from math import asinh, atan, degrees, pi, radians, sinh, tan

FINEST = 18


def number_of(column: int, row: int) -> int:
    """Z-curve number: the column's bits at even places, the row's at odd ones."""
    return spread(column) | spread(row) << 1


def spread(value: int) -> int:
    return sum(((value >> bit) & 1) << 2 * bit for bit in range(value.bit_length()))


def place_of(number: int) -> tuple[int, int]:
    """Column and row of a number."""
    return gather(number), gather(number >> 1)


def gather(value: int) -> int:
    """Every second bit, from the lowest."""
    return sum(((value >> 2 * bit) & 1) << bit for bit in range((value.bit_length() + 1) // 2))


def cell_at(longitude: float, latitude: float, level: int) -> int:
    """The cell of a WGS-84 point; at most 85 degrees from the equator."""
    wide = 1 << level
    x = int((longitude + 180) / 360 * wide)
    y = int((1 - asinh(tan(radians(latitude))) / pi) / 2 * wide)
    return number_of(min(max(x, 0), wide - 1), min(max(y, 0), wide - 1))


def centre_of(number: int, level: int) -> tuple[float, float]:
    """Longitude and latitude, WGS-84, of the middle of a cell."""
    column, row = place_of(number)
    return corner(column + 0.5, row + 0.5, level)


def corner(column: float, row: float, level: int) -> tuple[float, float]:
    """Longitude and latitude, WGS-84, of the upper left corner of a square of the web map."""
    wide = 1 << level
    return column / wide * 360 - 180, degrees(atan(sinh(pi * (1 - 2 * row / wide))))


def range_of_tile(zoom: int, column: int, row: int, level: int) -> tuple[int, int]:
    """First and last cell of `level` in a map tile; `level` is not below `zoom`."""
    bits = 2 * (level - zoom)
    first = number_of(column, row) << bits
    return first, first + (1 << bits) - 1


def level_for(zoom: int) -> int:
    """The level whose cells a tile is drawn with: 16 to 64 of them side by side."""
    return next((level for level in (12, 14, 16) if level >= zoom + 4), FINEST)


def ranges_of(cells: tuple[int, int, int, int], level: int) -> list[tuple[int, int]]:
    """First and last FINEST cells that together are the block of `level`, in order.

    `cells`: first column, first row, last column, last row, all of them in it.
    """
    found: list[tuple[int, int]] = []
    gather_ranges(cells, level, 0, 0, 0, found)
    return found


def gather_ranges(
    block: tuple[int, int, int, int],
    level: int,
    zoom: int,
    column: int,
    row: int,
    found: list[tuple[int, int]],
) -> None:
    """Of the square at `zoom`: all of it, nothing, or what its quarters have."""
    left, top, right, bottom = block
    wide = 1 << (level - zoom)
    west, north = column * wide, row * wide
    east, south = west + wide - 1, north + wide - 1
    if west > right or east < left or north > bottom or south < top:
        return
    if left <= west and east <= right and top <= north and south <= bottom:
        first, last = range_of_tile(zoom, column, row, FINEST)
        if found and found[-1][1] + 1 == first:
            first = found.pop()[0]
        found.append((first, last))
        return
    for half in range(4):
        gather_ranges(block, level, zoom + 1, 2 * column + half % 2, 2 * row + half // 2, found)
