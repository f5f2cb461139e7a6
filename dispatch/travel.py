"""How long the way takes, from the straight line. Pure; a road network can take its place here.

Everything that speaks of travel time asks `seconds`. The factor is the usual detour of a street
grid against the straight line, the speed that of a bicycle in town.
"""

from typing import TypeVar

from numpy import float64
from numpy.typing import NDArray

DETOUR = 1.35
METRES_PER_SECOND = 4.0
# Finding one's coat: nobody leaves the moment they are asked.
SETTING_OUT_S = 120.0
Metres = TypeVar("Metres", float, NDArray[float64])


def seconds(straight_m: Metres) -> Metres:
    """Travel time for metres of straight line; of one number or of a column of them."""
    return straight_m * DETOUR / METRES_PER_SECOND + SETTING_OUT_S
