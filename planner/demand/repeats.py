"""Places that a file, or two files, list more than once: each counts once, or their people would be counted twice."""

from __future__ import annotations

from math import floor

import numpy as np
import pandas as pd

from planner.place_names import plain_name

__all__ = ["listed_again"]


def listed_again(places: pd.DataFrame, within: float) -> pd.Series[str]:
    """Return the places that list another again, by id, with the id of the one that is kept.

    ``places``: indexed by id, with ``name``, ``class``, ``x`` and ``y`` in metres. Two rows are one place when they
    have the same class and the same name (brackets, blanks and signs aside; no name is never the same) and stand within
    ``within`` metres. The smaller id is kept, whatever the order of rows; only kept ones are compared, so no chain
    grows.

    >>> named = {"name": ["麦店", "麦店(东)", "麦店"], "class": "restaurant", "x": [0.0, 9.0, 99.0], "y": 0.0}
    >>> listed_again(pd.DataFrame(named, index=["b", "a", "c"]), 15.0).to_dict()
    {'b': 'a'}
    """
    names = places["name"].astype(str).map(plain_name)
    keys = names + "\n" + places["class"].astype(str)
    some = places[(names != "") & (places["class"] != "") & keys.duplicated(keep=False)]
    if len(some) < 2:
        return pd.Series([], dtype="str")
    some = some.iloc[np.argsort(some.index.astype(str).to_numpy(dtype=object), kind="stable")]
    x, y = (some[axis].to_numpy(float).tolist() for axis in ("x", "y"))
    kept = _first_kept(pd.factorize(keys[some.index])[0].tolist(), x, y, within)
    repeats = [row for row, first in enumerate(kept) if first != row]
    ids = some.index.astype(str)
    return pd.Series(ids[[kept[n] for n in repeats]].to_numpy(dtype=object), index=ids[repeats], dtype="str")


def _first_kept(names: list[int], x: list[float], y: list[float], within: float) -> list[int]:
    """Return for each row the first kept one of its name within reach, itself where there is none.

    Kept ones of a name stand apart, so squares as wide as the reach hold a few of them at most.
    """
    width = max(within, 1e-3)
    squares: dict[tuple[int, int, int], list[tuple[int, float, float]]] = {}
    kept = []
    for row, (name, east, north) in enumerate(zip(names, x, y, strict=True)):
        across, up = floor(east / width), floor(north / width)
        around = ((name, across + i, up + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        near = (one for square in around for one in squares.get(square, ()))
        kept.append(min((n for n, e, m in near if (e - east) ** 2 + (m - north) ** 2 <= within**2), default=row))
        if kept[-1] == row:
            squares.setdefault((name, across, up), []).append((row, east, north))
    return kept
