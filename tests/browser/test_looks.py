"""How the maps look, compared with pictures kept beside this file: small, grey, and with patience.

Other stories of the same house add reports, and at another hour other people are on shift: lists
and what moves are hidden, and little may differ. Measured: a fresh house differs by nothing, a page
without its style by 14 blocks of a hundred and more. `HOTLINE_NEW_LOOKS=1` takes the pictures anew:
look at them before they are kept.
"""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in

pytestmark = pytest.mark.browser
LOOKS = Path(__file__).parent / "looks"
WALL = {"width": 2560, "height": 1440}
SIZES = {"phone": PHONE, "desktop": DESKTOP, "wall": WALL}
# Seen by a head of a district.
PAGES = {"live": "/map/", "areas": "/areas/?days=0", "near": "/near?division=210102&days=0"}
# What other stories add, and who happens to be on shift at this hour: hidden. What remains is the
# frame, the words and the base map; that areas are coloured right is tested elsewhere.
LISTS = """#list, #near-rows, #count, table, .leaflet-workers-pane, .leaflet-incidents-pane,
.leaflet-marker-pane, .leaflet-overlay-pane { visibility: hidden !important; }"""
# Pixels across.
SMALL = {"phone": 160, "desktop": 160, "wall": 320}
# A block differs whose mean or spread is so many of 255 levels apart; so many of a hundred may.
BLOCK, LEVELS, MOST = 8, 8, 4
Grey = npt.NDArray[np.float64]


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_maps_look_as_they_did(new_page: NewPage, size: str, locale: str) -> None:
    page = new_page(SIZES[size], locale, color_scheme="light", bypass_csp=True)
    log_in(page, "head")
    found = []
    for name, path in PAGES.items():
        page.goto(path)
        page.wait_for_load_state("networkidle") if name != "live" else page.wait_for_timeout(2500)
        page.add_style_tag(content=LISTS)
        page.wait_for_timeout(400)
        kept = LOOKS / f"{name}-{size}-{locale[:2]}.png"
        small = smaller(page.screenshot(), SMALL[size])
        if os.environ.get("HOTLINE_NEW_LOOKS"):
            LOOKS.mkdir(exist_ok=True)
            small.save(kept, optimize=True)
        share = differing(np.asarray(small), np.asarray(Image.open(kept)))
        if share > MOST:
            found.append(f"{kept.name}: {share:.0f} of a hundred blocks differ")
    assert found == []


def smaller(shot: bytes, wide: int) -> Image.Image:
    """So many pixels wide, in grey."""
    image = Image.open(BytesIO(shot)).convert("L")
    return image.resize((wide, image.height * wide // image.width), Image.Resampling.BOX)


def differing(one: Grey, other: Grey) -> float:
    """In percent; pictures of different shapes differ wholly."""
    if one.shape != other.shape:
        return 100.0
    apart = np.abs(blocks(one) - blocks(other)).max(axis=0) > LEVELS
    return 100 * float(apart.mean())


def blocks(image: Grey) -> Grey:
    """Means and spreads of BLOCK x BLOCK pixels; what is left over at the edges does not count."""
    high, wide = (side // BLOCK for side in image.shape)
    cut = image[: high * BLOCK, : wide * BLOCK].astype(float)
    squares = cut.reshape(high, BLOCK, wide, BLOCK)
    return np.stack([squares.mean(axis=(1, 3)), squares.std(axis=(1, 3))])


def test_a_page_without_its_map_would_be_found() -> None:
    whole = np.full((90, 160), 230.0)
    whole[20:80, 50:150] = np.tile([40.0, 200.0], 50)
    bare = whole.copy()
    bare[20:80, 50:150] = 230
    assert differing(whole, whole + 5) == 0
    assert differing(whole, bare) > MOST
