"""Streets between junctions as single links: vertices where one can only go on are left out of the graph.

Lengths and times add up exactly, places on the left-out stretch keep their position, and nobody turns back in the
middle of a street.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from planner.inputs.roads.read import Floats, Ints
from planner.ragged import row_of
from planner.travel.streets.compounds import CLOSED, PRIVATE, Arcs

__all__ = ["Links", "link_up", "passed_vertices"]


@dataclass(frozen=True)
class Links:
    """``L`` links: what is travelled between two vertices of the graph; arcs (A) lie on them one behind another.

    ``of`` (A) is the link of an arc (-1 when closed), ``before_seconds`` and ``before_metres`` (A) lie between the
    start of the link and the start of the arc. ``arcs[row[l]:row[l + 1]]`` are the arcs of a link in order.
    ``exit`` (L) are the seconds lost on passing the head.
    """

    of: Ints
    before_seconds: Floats
    before_metres: Floats
    tail: Ints
    head: Ints
    private: np.ndarray
    seconds: Floats
    metres: Floats
    exit: Floats
    row: Ints
    arcs: Ints


def link_up(arcs: Arcs, kept: Ints) -> Links:
    """Return the links, each chain forward, then each backward; the vertices ``kept`` stay in the graph in any case."""
    passed, inside = passed_vertices(arcs)
    passed[kept] = False
    order, row = _walk(arcs.tail, arcs.head, inside, passed, arcs.right != CLOSED)
    position = np.arange(len(order))
    chain = row_of(row)
    turned = row[chain] + row[chain + 1] - 1 - position
    return _measure(arcs, np.append(order, order[turned] ^ 1), np.append(row, row[-1] + row[1:]))


def _measure(arcs: Arcs, flat: Ints, row: Ints) -> Links:
    """Return the links of arcs in order with their times and lengths."""
    first, last = flat[row[:-1]], flat[row[1:] - 1]
    closed = arcs.right[first] == CLOSED
    seconds = np.where(arcs.right[flat] == CLOSED, 0.0, arcs.seconds[flat])
    pause = arcs.pause[arcs.head[flat]]
    pause[row[1:] - 1] = 0.0
    of_flat = row_of(row)
    before_s, total_s = _cumulated(seconds, pause, row, of_flat)
    before_m, total_m = _cumulated(arcs.metres[flat], np.zeros(len(flat)), row, of_flat)
    count = len(arcs.tail)
    of, before_seconds, before_metres = np.full(count, -1, np.int64), np.zeros(count), np.zeros(count)
    of[flat], before_seconds[flat], before_metres[flat] = of_flat, before_s, before_m
    of[arcs.right == CLOSED] = -1
    return Links(
        of=of,
        before_seconds=before_seconds,
        before_metres=before_metres,
        tail=arcs.tail[first],
        head=arcs.head[last],
        private=arcs.right[first] == PRIVATE,
        seconds=np.where(closed, np.inf, total_s),
        metres=total_m,
        exit=arcs.pause[arcs.head[last]],
        row=row,
        arcs=flat,
    )


def _cumulated(values: Floats, pauses: Floats, row: Ints, of_flat: Ints) -> tuple[Floats, Floats]:
    """Return the sum before each arc within its link, and the sum of each link."""
    sums = np.append(0.0, np.cumsum(values + pauses))
    base = sums[row[:-1]]
    return sums[:-1] - base[of_flat], sums[row[1:]] - base


def passed_vertices(arcs: Arcs) -> tuple[np.ndarray, Ints]:
    """Return the vertices (V) at which one can only go on, and the two arcs (V, 2) that leave such a vertex."""
    count = len(arcs.node)
    used = np.repeat((arcs.right.reshape(-1, 2) != CLOSED).any(axis=1), 2)
    leaving = np.flatnonzero(used)
    degree = np.bincount(arcs.tail[leaving], minlength=count)
    order = leaving[np.argsort(arcs.tail[leaving], kind="stable")]
    begin = np.append(0, np.cumsum(degree))[:-1]
    two = degree == 2
    inside = np.full((count, 2), -1, np.int64)
    inside[two, 0], inside[two, 1] = order[begin[two]], order[begin[two] + 1]
    a, b = inside[:, 0], inside[:, 1]
    same = (arcs.right[a ^ 1] == arcs.right[b]) & (arcs.right[b ^ 1] == arcs.right[a]) & (a // 2 != b // 2)
    return two & same, inside


@numba.njit(cache=True)
def _walk(tail, head, inside, passed, usable):  # type: ignore[no-untyped-def]
    """Return the arcs of all chains one behind another, and where each chain begins."""
    edges = len(tail) // 2
    seen = np.zeros(edges, np.bool_)
    order, row = np.empty(edges, np.int64), np.empty(edges + 1, np.int64)
    filled, chains = 0, 0
    for rings in range(2):
        for arc in range(2 * edges):
            edge = arc // 2
            if seen[edge] or not (usable[arc] or usable[arc ^ 1]) or (passed[tail[arc]] and rings == 0):
                continue
            anchor, at = tail[arc], arc
            row[chains] = filled
            chains += 1
            while True:
                order[filled] = at
                filled += 1
                seen[at // 2] = True
                v = head[at]
                if v == anchor or not passed[v]:
                    break
                at = inside[v, 1] if inside[v, 0] == at ^ 1 else inside[v, 0]
    row[chains] = filled
    return order[:filled], row[: chains + 1]
