"""A photo of 4 MB: until it is answered, and until its copy can be shown."""

import os
import time
from io import BytesIO
from threading import Event, Thread

from PIL import Image

from tests.bench.figures import Limit, Row, percentile, spread
from tests.bench.places import homes, report
from tests.bench.steady import Answered, send
from tests.started import House
from tests.wire import multipart

PHOTOS, RATE, MEGABYTES = 60, 1.0, 4
ANSWERED, READY = Limit(1.5, 0.75, "s"), Limit(5, 2.5, "s")
LOOK_S = 0.05


def measure(house: House) -> list[Row]:
    photo = twelve_megapixels()
    forms = [
        multipart(report(place, n), unique(photo))
        for n, place in enumerate(homes(house, PHOTOS, seed=13))
    ]
    ready: dict[str, float] = {}
    done = Event()
    watching = Thread(target=watch, args=(house, ready, done))
    watching.start()
    answered = send(house, [body for body, _h in forms], RATE, [headers for _b, headers in forms])
    deadline = time.monotonic() + 30
    while len(ready) < PHOTOS and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    done.set()
    watching.join()
    return rows(answered, ready, len(forms[0][0]))


def rows(answered: list[Answered], ready: dict[str, float], size: int) -> list[Row]:
    took = [each.took for each in answered]
    shown = [max(0.0, ready.get(each.number, float("inf")) - each.at) for each in answered]
    what = f"photo of {size / 1e6:.1f} MB, {RATE:.0f}/s"
    return [
        Row(f"{what}: answered", percentile(took, 0.99), ANSWERED, spread(took)),
        Row(f"{what}: copy ready after the answer", percentile(shown, 0.99), READY, spread(shown)),
    ]


def twelve_megapixels() -> bytes:
    """A JPEG as large as a phone's: noise, coarse enough to end near 4 MB."""
    noise = Image.effect_noise((1000, 750), 60).convert("RGB").resize((4000, 3000))
    for quality in range(98, 50, -2):
        file = BytesIO()
        noise.save(file, "JPEG", quality=quality)
        if file.tell() <= MEGABYTES * 1e6:
            break
    # The rest as trailing bytes: viewers ignore them, we store them.
    return file.getvalue() + os.urandom(max(0, int(MEGABYTES * 1e6) - file.tell()))


def small() -> bytes:
    """A JPEG of a few kilobytes."""
    file = BytesIO()
    Image.effect_noise((64, 64), 60).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def unique(photo: bytes) -> bytes:
    """The same picture with another comment: no two files are equal."""
    words = os.urandom(16).hex().encode()
    return photo[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + photo[2:]


def watch(house: House, ready: dict[str, float], done: Event) -> None:
    """Note when the copy of each report's photo was there, to 50 ms."""
    with house.database() as database:
        while not done.wait(LOOK_S):
            found = database.execute(
                "SELECT r.number FROM incidents_media m JOIN incidents_report r"
                " ON r.id = m.report_id JOIN incidents_original o ON o.id = m.original_id"
                " WHERE o.state = 'ready'"
            ).fetchall()
            now = time.time()
            for (number,) in found:
                ready.setdefault(number, now)
