"""Spread counted people over places: in proportion, in whole persons, with the total kept exactly.

Method: cumulative (systematic) rounding along a Z-order curve. The running total of the exact shares is rounded, and
each place gets the difference of two neighbours. Every place gets its share rounded down or up, the sum is the total,
and since neighbours on the curve are neighbours on the ground, rounding errors cancel within a few hundred metres;
the largest-remainder method would give the last persons of a district all to its few largest places.
(Z-order: Morton 1966; systematic rounding: Madow & Madow 1944, Annals of Mathematical Statistics 15.)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["merge_places", "spread", "z_order"]


def spread(total: float, shares: np.ndarray) -> np.ndarray:
    """Return how many of ``total`` people stand at each place, in proportion to ``shares`` (all >= 0, one > 0).

    Places are in the order of a curve (see :func:`z_order`). Whole persons, except that the broken part of a broken
    total stays at the last place with a share. The sum is ``total`` exactly.

    >>> spread(5, np.array([1.0, 1.0, 2.0, 1.0])), spread(2.5, np.array([1.0, 0.0])).sum()
    (array([1., 1., 2., 1.]), np.float64(2.5))
    """
    whole = np.floor(total)
    running = np.cumsum(shares, dtype=float)
    marks = np.floor(running / running[-1] * whole + 0.5 - 1e-9)
    marks[running >= running[-1]] = whole
    people: np.ndarray = np.diff(marks, prepend=0.0)
    people[np.flatnonzero(shares)[-1]] += total - whole
    return people


def z_order(xy: np.ndarray, cell: float) -> np.ndarray:
    """Return the position of each point on a Z-order curve over square cells; xy in metres, shape (n, 2).

    >>> z_order(np.array([[0.0, 0.0], [150.0, 0.0], [0.0, 150.0], [150.0, 150.0]]), 100.0)
    array([0, 1, 2, 3], dtype=uint64)
    """
    steps = np.floor(xy / cell).astype(np.int64)
    x, y = _bits(steps[:, 0]), _bits(steps[:, 1])
    result: np.ndarray = x | (y << np.uint64(1))
    return result


def merge_places(places: pd.DataFrame, cell: float) -> pd.DataFrame:
    """Merge places of one area that stand in the same square cell; returns one row each, sorted along the curve.

    ``places``: index ids; columns ``x``, ``y`` (metres), ``area``, ``share`` (> 0) and others. A merged place stands
    at, and keeps id and other columns of, the member nearest to the weighted middle of its cell; its ``share`` is the
    sum, ``members`` the count. The order of rows changes nothing.
    """
    table = places.assign(_id=places.index.astype(str)).sort_values(["x", "y", "_id"])
    at = np.floor(table[["x", "y"]].to_numpy() / cell).astype(np.int64)
    table = table.assign(
        _column=at[:, 0], _row=at[:, 1], _wx=table["x"] * table["share"], _wy=table["y"] * table["share"]
    )
    keys = ["area", "_column", "_row"]
    sums = table.groupby(keys, sort=False)[["share", "_wx", "_wy"]].transform("sum")
    off = np.hypot(table["x"] - sums["_wx"] / sums["share"], table["y"] - sums["_wy"] / sums["share"]).round(3)
    table = table.assign(_off=off, share=sums["share"], members=table.groupby(keys, sort=False)["x"].transform("size"))
    table = table.sort_values(["_off", "x", "y", "_id"]).drop_duplicates(keys)
    order = np.lexsort((table["area"].astype(str), z_order(table[["x", "y"]].to_numpy(), cell)))
    return table.iloc[order].drop(columns=["_id", "_column", "_row", "_wx", "_wy", "_off"])


def _bits(values: np.ndarray) -> np.ndarray:
    """Spread the lower 32 bits of each value to the even places of 64."""
    v: np.ndarray = values.astype(np.uint64) & np.uint64(0xFFFFFFFF)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        v = (v | (v << np.uint64(shift))) & np.uint64(mask)
    return v
