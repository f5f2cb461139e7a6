"""Where the benchmarks' reports happen: at homes of Shenyang's community workers."""

import json
from random import Random

from tests.started import House

CATEGORIES = ("pothole", "street-light", "exposed-garbage", "dirty-road", "illegal-parking")


def homes(house: House, number: int, seed: int) -> list[tuple[float, float]]:
    """`(longitude, latitude)` near workers on shift, the same for the same seed."""
    with house.database() as database:
        found = database.execute(
            "SELECT ST_X(home), ST_Y(home) FROM dispatch_worker WHERE on_shift ORDER BY id"
        ).fetchall()
    random = Random(seed)
    return [
        (x + random.uniform(-0.001, 0.001), y + random.uniform(-0.001, 0.001))
        for x, y in random.choices(found, k=number)
    ]


def report(place: tuple[float, float], number: int) -> dict[str, str]:
    """The fields of a report as JSON and forms both take them."""
    return {
        "kind": "complaint",
        "category": CATEGORIES[number % len(CATEGORIES)],
        "text": f"第 {number} 号测量",
        "longitude": f"{place[0]:.6f}",
        "latitude": f"{place[1]:.6f}",
    }


def bodies(house: House, number: int, seed: int) -> list[bytes]:
    """So many reports as JSON."""
    places = homes(house, number, seed)
    return [json.dumps(report(place, n)).encode() for n, place in enumerate(places)]
