"""Places far from all others of their layer: a digit too few, a sign, or coordinates of something else.

Nothing in such numbers is impossible, so they are kept; but a layer of one district with a point in another country is
nearly always a slip of the pen, and on a map of the district nobody sees it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["kilometres_astray"]

_TOGETHER: Final = 2.0  # degrees from the middle within which places belong together
_ASTRAY: Final = 5.0  # degrees from it from which a place is astray
_MOST: Final = 0.6  # share of the places that must lie together for the others to be astray
_R: Final = 6371.0  # mean radius of the Earth, km
Array = npt.NDArray[np.float64]


def kilometres_astray(lon: Array, lat: Array) -> Array:
    """Return how far each place is from the middle of the others, in km, where it is astray; 0 elsewhere.

    The middle is the median of the places in the box around China, if half of them are in it, else of all. Where
    fewer than three fifths of these lie together, nothing is astray. NaN places are left alone.

    >>> kilometres_astray(np.array([121.4, 121.5, 12.14]), np.array([28.6, 28.7, 28.6])).round(-2)
    array([    0.,     0., 10200.])
    """
    far = np.zeros(len(lon))
    known = np.isfinite(lon) & np.isfinite(lat)
    china = known & (lon > 73) & (lon < 136) & (lat > 15) & (lat < 54)
    core = china if china.sum() * 2 >= known.sum() else known
    if known.sum() < 2 or not core.any():
        return far
    x, y = float(np.median(lon[core])), float(np.median(lat[core]))
    away = np.maximum(np.abs(lon - x), np.abs(lat - y))
    if (away[core] <= _TOGETHER).mean() < _MOST:
        return far
    astray = known & (away > _ASTRAY)
    a = (
        np.sin(np.radians(lat - y) / 2) ** 2
        + np.cos(np.radians(lat)) * np.cos(np.radians(y)) * np.sin(np.radians(lon - x) / 2) ** 2
    )
    far[astray] = (2 * _R * np.arcsin(np.sqrt(a)))[astray]
    return far
