"""Targets in bundles: those that are reached over the same states, as all points along one street are.

A search looks at a bundle once, when it has the costs of all its states, and works out each of its points then; so a
point costs little more than adding and comparing its ways.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from planner.inputs.roads.read import Floats, Ints

__all__ = ["bundled"]


def bundled(row: Ints, state: Ints, cost: Floats, other: Floats, count: int) -> tuple[Any, ...]:
    """Return the bundles of targets; given are rows per target of the states in which it is reached, with their costs.

    The arrays are those of :func:`planner.travel.trips.search.search_many`: rows per state (``count`` of them), the
    bundles there; per bundle where its targets, its ways (states) and its values begin; the states of the ways; the
    targets; and per target, one of each way, cost and second measure.
    """
    size = np.diff(row)
    reached = np.flatnonzero(size)
    order = reached[np.lexsort((_signs(row, state)[reached], state[row[reached]]))]
    leads = _leads(order, row, state)
    bundle_row = np.append(np.flatnonzero(leads), len(order))
    lead = order[leads]
    ways = size[lead]
    way_row = np.append(0, np.cumsum(ways))
    way_state = state[_ranges(row[lead], ways)]
    value_row = np.append(0, np.cumsum(ways * np.diff(bundle_row)))
    values = _ranges(row[order], size[order])
    bundle = np.repeat(np.arange(len(lead)), ways)
    by_state = np.argsort(way_state, kind="stable")
    at_row = np.append(0, np.cumsum(np.bincount(way_state, minlength=count)))
    return (
        at_row, bundle[by_state].astype(np.int32), np.column_stack([bundle_row, way_row, value_row]),
        way_state.astype(np.int32), order.astype(np.int32), np.column_stack([cost[values], other[values]]),
    )  # fmt: skip


def _ranges(low: Ints, size: Ints) -> Ints:
    """Return the positions ``low[i] … low[i] + size[i] - 1`` one after another."""
    ends = np.cumsum(size)
    return np.arange(int(size.sum())) - np.repeat(ends - size, size) + np.repeat(low, size)


@numba.njit(cache=True, nogil=True)
def _signs(row, state):  # type: ignore[no-untyped-def]
    """Return a number per target that is equal for equal states; unlike ones may share it by chance."""
    signs = np.empty(len(row) - 1, np.int64)
    for t in range(len(row) - 1):
        sign = 0
        for k in range(row[t], row[t + 1]):
            sign = sign * 1_000_003 + state[k] + 1
        signs[t] = sign
    return signs


@numba.njit(cache=True, nogil=True)
def _leads(order, row, state):  # type: ignore[no-untyped-def]
    """Return which targets, in this order, have other states than the one before."""
    leads = np.ones(len(order), np.bool_)
    for i in range(1, len(order)):
        a, b = order[i - 1], order[i]
        size = row[a + 1] - row[a]
        if size == row[b + 1] - row[b]:
            same = True
            for k in range(size):
                same = same and state[row[a] + k] == state[row[b] + k]
            leads[i] = not same
    return leads
