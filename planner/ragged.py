"""Rows of unequal length in one flat table: row i is ``start[i]:start[i + 1]``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ranges", "row_of", "starts"]

Ints = npt.NDArray[np.int64]


def starts(size: npt.ArrayLike) -> Ints:
    """Return where rows of these sizes begin, and where the last one ends.

    >>> starts([2, 0, 1]).tolist()
    [0, 2, 2, 3]
    """
    return np.concatenate(([0], np.cumsum(size, dtype=np.int64)))


def row_of(start: Ints) -> Ints:
    """Return the row of each entry.

    >>> row_of(starts([2, 0, 1])).tolist()
    [0, 0, 2]
    """
    return np.repeat(np.arange(len(start) - 1), np.diff(start))


def ranges(low: npt.NDArray[np.integer], size: npt.NDArray[np.integer]) -> Ints:
    """Return the positions ``low[i] … low[i] + size[i] - 1`` of each i, one after another.

    With ``low = start[some]`` they are the entries of some rows, which begin at ``starts(size)`` then.

    >>> ranges(np.array([5, 9]), np.array([2, 1])).tolist()
    [5, 6, 9]
    """
    ends = np.cumsum(size, dtype=np.int64)
    entry: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(low - ends + size, size)
    return entry
