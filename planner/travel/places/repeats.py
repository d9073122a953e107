"""Whether streets repeat themselves: moved by some blocks, a regular grid lies on itself, and so do places beside it.

There a shift of all points can look like none, and none like a shift, so the streets cannot tell the datum of points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.inputs.roads.read import Floats

if TYPE_CHECKING:
    from planner.travel.streets.network import Network

__all__ = ["distances", "repeated_within"]

_REACH: Final = 1000.0  # metres in which a street is looked for
_LEAST, _MOST, _STEP = 80.0, 700.0, 25.0  # metres: the moves that are tried
_SAMPLE: Final = 100
_BEST: Final = 8  # moves that are improved
_FINEST: Final = 1.5  # metres


def distances(network: Network, x: Floats, y: Floats) -> Floats:
    """Return the metres from each point (m, in ``roads.crs``) to the next street, at most 1,000."""
    feet, places = _on_streets(network, x, y)
    away = np.full(len(x), _REACH)
    away[feet] = np.hypot(*(places - np.column_stack([x, y])[feet]).T)
    return away


def repeated_within(network: Network, x: Floats, y: Floats) -> float:
    """Return the metres within which the streets near some points lie on themselves again, moved by 80 to 700 m.

    Under the best of the moves, three quarters of 100 places on the streets find a street within these metres. It is
    looked for on a lattice, and from its best moves downhill (Hooke and Jeeves, 1961, Journal of the ACM 8).
    """
    places = _on_streets(network, x, y)[1]
    places = places[np.linspace(0, len(places) - 1, min(len(places), _SAMPLE)).astype(np.intp)]

    def misfit(move: Any) -> float:
        inside = _LEAST <= np.hypot(*move) <= _MOST
        return float(np.quantile(distances(network, *(places + move).T), 0.75)) if inside else np.inf

    steps = np.arange(-_MOST, _MOST + _STEP, _STEP)
    half = [np.array([east, north]) for east in steps for north in steps[steps >= 0]]  # a move and its opposite are one
    found = sorted((misfit(move), *move) for move in half)[:_BEST]
    return min(_downhill(misfit, np.array(move), least) for least, *move in found)


def _downhill(misfit: Any, move: Floats, least: float) -> float:
    step = _STEP / 2
    while step > _FINEST:
        near = [move + step * np.array(way) for way in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        values = [misfit(one) for one in near]
        if min(values) < least:
            least, move = min(values), near[int(np.argmin(values))]
        else:
            step /= 2
    return least


def _on_streets(network: Network, x: Floats, y: Floats) -> tuple[Any, Floats]:
    """Return which points have a street within 1,000 m, and their nearest places on it (n, 2)."""
    feet = network.grid.nearest(np.asarray(x), np.asarray(y), _REACH)
    places = [v[feet.start] + feet.share * (v[feet.start + 1] - v[feet.start]) for v in network.roads.xy]
    return feet.point, np.column_stack(places)
