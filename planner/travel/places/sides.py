"""The side of the street on which a point lies, and from which direction of travel a vehicle serves it there.

Traffic keeps to the right, as in mainland China. Where a mode stops on its own side only (``Mode.kerbside``), a place
to the right of an edge is left and reached by going along the edge, one to the left by going against it; whoever comes
from the other side goes on and turns where that is legal. A place has both sides when it lies on the street itself, at
an end of its edge (a junction, a dead end), or on a street that the mode may use in one direction only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.inputs.roads.read import Floats, Ints
from planner.travel.places.nearest import Feet
from planner.travel.streets.compounds import CLOSED

if TYPE_CHECKING:
    from planner.travel.streets.network import Network

__all__ = ["served_ways"]


def served_ways(network: Network, feet: Feet, east: Floats, north: Floats, beside: np.ndarray) -> np.ndarray:
    """Return (n, 2): whether trips begin and end at each foot going along its edge, and going against it.

    ``east`` and ``north`` lead from the foot to its point, metres in ``roads.crs``; ``beside`` is false on the street.
    """
    served = np.ones((len(feet.point), 2), bool)
    if not network.mode.kerbside:
        return served
    roads, edge = network.roads, feet.edge
    listed = np.array([tags.get("highway") in network.mode.kerbside for tags in roads.tags], bool)[roads.tag[edge]]
    both_ways = (network.arcs.right[2 * edge] != CLOSED) & (network.arcs.right[2 * edge + 1] != CLOSED)
    at_end = ((feet.start == roads.first[edge]) & (feet.share == 0)) | (
        (feet.start == roads.last[edge] - 1) & (feet.share == 1)
    )
    rows = np.flatnonzero(beside & listed & both_ways & ~at_end)
    heading = _heading(network, feet.start[rows], feet.share[rows])
    left = heading[:, 0] * north[rows] - heading[:, 1] * east[rows] > 0
    served[rows, left.astype(np.int64) ^ 1] = False
    return served


def _heading(network: Network, start: Ints, share: Floats) -> Floats:
    """Return the direction (n, 2) of edges at places in their inside; at a corner the sum of both unit directions.

    It tells the side rightly in front of the sharpest corner, unlike either street of the corner alone (Bærentzen and
    Aanæs, 2005, IEEE Transactions on Visualization and Computer Graphics 11, for surfaces).
    """
    x, y = network.roads.xy
    total = np.zeros((len(start), 2))
    for segment in (np.where(share == 0, start - 1, start), np.where(share == 1, start + 1, start)):
        step = np.column_stack([x[segment + 1] - x[segment], y[segment + 1] - y[segment]])
        length = np.hypot(*step.T)[:, None]
        total += np.divide(step, length, out=np.zeros_like(step), where=length > 0)
    return total
