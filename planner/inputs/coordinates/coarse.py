"""Degrees cut to two decimals or fewer, as a sheet that shows few decimals gives them: a kilometre off, no fault."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["coarse_rows"]

_FEW: Final = 3  # rows below which round numbers may be chance, or an example
_MOST: Final = 0.5  # share of the rows
Array = npt.NDArray[np.float64]


def coarse_rows(x: Array, y: Array) -> int:
    """Return how many places have at most two decimals in both their degrees, 0 where these are not most of them.

    >>> coarse_rows(np.array([121.4, 121.41, 121.0]), np.array([28.6, 28.0, 28.66]))
    3
    >>> coarse_rows(np.array([121.4, 121.4123, 121.4034]), np.array([28.6, 28.6611, 28.6602]))
    0
    """
    known = np.isfinite(x) & np.isfinite(y) & (np.abs(x) <= 180) & (np.abs(y) <= 180)
    cut = known & (np.round(x, 2) == x) & (np.round(y, 2) == y)
    count = int(cut.sum())
    return count if count >= _FEW and count > _MOST * known.sum() else 0
