"""Shortest paths from many places to many places with an early stop, compiled: only what is reached is touched.

Dijkstra's algorithm (1959) on a four-way heap. Each reached state carries the cost that is minimised and a second
measure of the same path; of paths with equal cost the one with the smaller second measure counts.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["search_many", "search_tree"]


@numba.njit(cache=True, nogil=True, inline="always")
def _before(a_cost, a_other, b_cost, b_other):  # type: ignore[no-untyped-def]
    return a_cost < b_cost or (a_cost == b_cost and a_other < b_other)


@numba.njit(cache=True, nogil=True)
def _push(heap, place, size, state, cost, other):  # type: ignore[no-untyped-def]
    """Insert a state, or move it up after its cost fell; return the new size."""
    at = place[state]
    if at < 0:
        at = size
        size += 1
    while at > 0:
        parent = (at - 1) >> 2
        above = heap[parent]
        if not _before(cost[state], other[state], cost[above], other[above]):
            break
        heap[at] = above
        place[above] = at
        at = parent
    heap[at] = state
    place[state] = at
    return size


@numba.njit(cache=True, nogil=True)
def _pop(heap, place, size, cost, other):  # type: ignore[no-untyped-def]
    """Take the nearest state off the heap (it stands in ``heap[0]`` before); return the new size."""
    size -= 1
    state = heap[size]
    at = 0
    while True:
        first = 4 * at + 1
        if first >= size:
            break
        least = first
        for child in range(first + 1, min(first + 4, size)):
            if _before(cost[heap[child]], other[heap[child]], cost[heap[least]], other[heap[least]]):
                least = child
        below = heap[least]
        if not _before(cost[below], other[below], cost[state], other[state]):
            break
        heap[at] = below
        place[below] = at
        at = least
    heap[at] = state
    place[state] = at
    return size


@numba.njit(cache=True, nogil=True)
def _relax(state, new_cost, new_other, cost, other, heap, place, size, reached, count, came, by):  # type: ignore[no-untyped-def]
    if cost[state] == np.inf:
        reached[count] = state
        count += 1
    elif place[state] == -2 or not _before(new_cost, new_other, cost[state], other[state]):
        return size, count
    cost[state] = new_cost
    other[state] = new_other
    if len(came):
        came[state] = by
    return _push(heap, place, size, state, cost, other), count


@numba.njit(cache=True, nogil=True)
def _explore(row, head, weight, second, begin, begin_cost, begin_other, limit, cost, other, heap, place, reached, came):  # type: ignore[no-untyped-def]
    """Settle all states within the limit; ``reached`` lists the touched ones, return how many. ``came``: last move."""
    size, count = 0, 0
    for i in range(len(begin)):
        if begin[i] >= 0 and begin_cost[i] <= limit:
            size, count = _relax(
                begin[i], begin_cost[i], begin_other[i], cost, other, heap, place, size, reached, count, came, -2 - i
            )
    while size > 0:
        state = heap[0]
        size = _pop(heap, place, size, cost, other)
        place[state] = -2
        for m in range(row[state], row[state + 1]):
            new_cost = cost[state] + weight[m]
            if new_cost <= limit:
                size, count = _relax(
                    head[m], new_cost, other[state] + second[m], cost, other, heap, place, size, reached, count, came, m
                )
    return count


@numba.njit(cache=True, nogil=True)
def search_tree(row, head, weight, second, begin, begin_cost, begin_other, limit):  # type: ignore[no-untyped-def]
    """Return cost, second measure and last move of every state from one place; unreached states have infinite cost.

    A state in which the trip begins has the last move ``-2 - i`` for its position ``i`` in ``begin``.
    """
    n = len(row) - 1
    cost, other = np.full(n, np.inf), np.full(n, np.inf)
    heap, place = np.empty(n, np.int32), np.full(n, -1, np.int32)
    reached, came = np.empty(n, np.int32), np.full(n, -1, np.int64)
    _explore(row, head, weight, second, begin, begin_cost, begin_other, limit, cost, other, heap, place, reached, came)
    return cost, other, came


@numba.njit(cache=True, nogil=True, inline="always")
def _offer(d, new_cost, new_other, best, eights, hits):  # type: ignore[no-untyped-def]
    """Keep the better of two ways to a target; mark its eight neighbours by number as touched; return the hits."""
    if best[d, 0] == np.inf:
        eights[d >> 3] = 1
        hits += 1
    elif not _before(new_cost, new_other, best[d, 0], best[d, 1]):
        return hits
    best[d, 0] = new_cost
    best[d, 1] = new_other
    return hits


@numba.njit(cache=True, nogil=True)
def _grown(array, size):  # type: ignore[no-untyped-def]
    bigger = np.empty(max(size, 2 * len(array)), array.dtype)
    bigger[: len(array)] = array
    return bigger


@numba.njit(cache=True, nogil=True)
def search_many(graph, sources, targets, direct, limit, n_targets, first, last):  # type: ignore[no-untyped-def]
    """Return source, target, cost and second measure of all pairs within the limit, sources ``first`` to ``last``.

    ``graph``: row, head, weight, second. ``sources``: rows per source, then state, cost and second measure of each way
    to begin. ``targets``: rows per state, then target, cost and second measure of each way to end. ``direct``: rows
    per source, then target, cost and second measure of trips that need no state.
    """
    row, head, weight, second = graph
    src_row, src_state, src_cost, src_other = sources
    end_row, end_target, end_cost, end_other = targets
    dir_row, dir_target, dir_cost, dir_other = direct
    n = len(row) - 1
    cost, other = np.full(n, np.inf), np.full(n, np.inf)
    heap, place, reached = np.empty(n, np.int32), np.full(n, -1, np.int32), np.empty(n, np.int32)
    best, eights = np.full((n_targets, 2), np.inf), np.zeros((n_targets >> 3) + 1, np.uint8)
    came = np.empty(0, np.int64)
    out_source, out_target = np.empty(1024, np.int32), np.empty(1024, np.int32)
    out_cost, out_other = np.empty(1024, np.float64), np.empty(1024, np.float64)
    filled = 0
    for s in range(first, last):
        a, b = src_row[s], src_row[s + 1]
        count = _explore(
            row, head, weight, second, src_state[a:b], src_cost[a:b], src_other[a:b], limit, cost, other, heap, place,
            reached, came,
        )  # fmt: skip
        hits = 0
        for i in range(dir_row[s], dir_row[s + 1]):
            if dir_cost[i] <= limit:
                hits = _offer(dir_target[i], dir_cost[i], dir_other[i], best, eights, hits)
        for i in range(count):
            state = reached[i]
            for k in range(end_row[state], end_row[state + 1]):
                total = cost[state] + end_cost[k]
                if total <= limit:
                    hits = _offer(end_target[k], total, other[state] + end_other[k], best, eights, hits)
            cost[state] = np.inf
            place[state] = -1
        if filled + hits > len(out_source):
            out_source, out_target = _grown(out_source, filled + hits), _grown(out_target, filled + hits)
            out_cost, out_other = _grown(out_cost, filled + hits), _grown(out_other, filled + hits)
        for e in range(len(eights)):
            if eights[e]:
                eights[e] = 0
                for d in range(8 * e, min(8 * e + 8, n_targets)):
                    if best[d, 0] < np.inf:
                        out_source[filled] = s
                        out_target[filled] = d
                        out_cost[filled] = best[d, 0]
                        out_other[filled] = best[d, 1]
                        filled += 1
                        best[d, 0] = np.inf
    return out_source[:filled], out_target[:filled], out_cost[:filled], out_other[:filled]
