"""Shortest paths from many places to many places with an early stop, compiled: only what is reached is touched.

States wait in buckets by their cost (Dial, 1969, Communications of the ACM 12); one that gets cheaper moves to another
bucket, and is looked at again when it had been left already (Meyer and Sanders, 2003, Journal of Algorithms 49), so the
costs are exact for any width. Each reached state carries the cost that is minimised and a second measure of the same
path; of paths with equal cost the one with the smaller second measure counts.

What is asked of a state stands side by side in memory, and the points are worked out in the order of the table, each
once, when the costs of all states are known: most of the time goes into waiting for memory.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["search_many", "search_tree"]

_FINE = 4  # buckets to the mean cost of a move
_MOST = 1 << 14  # buckets
_AFTER, _AHEAD, _BUCKET = 0, 1, 2  # of a state that waits: the one after it, the one ahead of it, its bucket (or -1)


@numba.njit(cache=True, nogil=True, inline="always")
def _before(a_cost, a_other, b_cost, b_other):  # type: ignore[no-untyped-def]
    return a_cost < b_cost or (a_cost == b_cost and a_other < b_other)


@numba.njit(cache=True, nogil=True)
def _room(weight, limit, n):  # type: ignore[no-untyped-def]
    """Return what a search of ``n`` states works on: costs, who waits where, first state in each bucket, the reached.

    ``found`` holds cost and second measure per state (infinite: not reached); buckets hold costs up to the limit.
    """
    mean = weight.sum() / len(weight) if len(weight) else limit
    count = min(limit / max(mean / _FINE, 1e-9), _MOST)
    found, waiting = np.full((n, 2), np.inf), np.full((n, 4), -1, np.int32)
    return found, waiting, np.full(int(count) + 1, -1, np.int32), np.empty(n, np.int32)


@numba.njit(cache=True, nogil=True, inline="always")
def _reach(state, new_cost, new_other, scale, room, count, came, by):  # type: ignore[no-untyped-def]
    """Give a state a better cost and put it into its bucket; return how many states have been reached."""
    found, waiting, first, reached = room
    if found[state, 0] == np.inf:
        reached[count] = state
        count += 1
    elif not _before(new_cost, new_other, found[state, 0], found[state, 1]):
        return count
    found[state, 0], found[state, 1] = new_cost, new_other
    if len(came):
        came[state] = by
    into = min(int(new_cost * scale), len(first) - 1)
    if waiting[state, _BUCKET] != into:
        if waiting[state, _BUCKET] >= 0:
            below, above = waiting[state, _AFTER], waiting[state, _AHEAD]
            if below >= 0:
                waiting[below, _AHEAD] = above
            if above >= 0:
                waiting[above, _AFTER] = below
            else:
                first[waiting[state, _BUCKET]] = below
        below = first[into]
        if below >= 0:
            waiting[below, _AHEAD] = state
        waiting[state, _AFTER], waiting[state, _AHEAD], waiting[state, _BUCKET] = below, -1, into
        first[into] = state
    return count


@numba.njit(cache=True, nogil=True)
def _explore(graph, begin, begin_cost, begin_other, limit, room, came):  # type: ignore[no-untyped-def]
    """Find the costs of all states within the limit; return how many are reached. ``came``: last move."""
    row, head, weight, second = graph
    found, waiting, first, _ = room
    scale = len(first) / limit if limit > 0 else 0.0
    count = 0
    for i in range(len(begin)):
        if begin[i] >= 0 and begin_cost[i] <= limit:
            count = _reach(begin[i], begin_cost[i], begin_other[i], scale, room, count, came, -2 - i)
    for b in range(len(first)):
        while first[b] >= 0:
            state = first[b]
            below = waiting[state, _AFTER]
            first[b] = below
            if below >= 0:
                waiting[below, _AHEAD] = -1
            waiting[state, _BUCKET] = -1
            for m in range(row[state], row[state + 1]):
                new_cost = found[state, 0] + weight[m]
                if new_cost <= limit:
                    count = _reach(head[m], new_cost, found[state, 1] + second[m], scale, room, count, came, m)
    return count


@numba.njit(cache=True, nogil=True)
def search_tree(row, head, weight, second, begin, begin_cost, begin_other, limit):  # type: ignore[no-untyped-def]
    """Return cost, second measure and last move of every state from one place; unreached states have infinite cost.

    A state in which the trip begins has the last move ``-2 - i`` for its position ``i`` in ``begin``.
    """
    room = _room(weight, limit, len(row) - 1)
    came = np.full(len(row) - 1, -1, np.int64)
    _explore((row, head, weight, second), begin, begin_cost, begin_other, limit, room, came)
    return room[0][:, 0].copy(), room[0][:, 1].copy(), came


@numba.njit(cache=True, nogil=True)
def _grown(array, size):  # type: ignore[no-untyped-def]
    bigger = np.empty(max(size, 2 * len(array)), array.dtype)
    bigger[: len(array)] = array
    return bigger


@numba.njit(cache=True, nogil=True)
def _mark(reached, at_row, at_target, direct, marks):  # type: ignore[no-untyped-def]
    """Mark the targets that are reached over a state, or directly; return how many there are at most."""
    count = len(direct)
    for state in reached:
        low, high = at_row[state], at_row[state + 1]
        count += high - low
        for k in range(low, high):
            marks[at_target[k]] = 1
    for target in direct:
        marks[target] = 1
    return count


@numba.njit(cache=True, nogil=True)
def _marked(marks, listed):  # type: ignore[no-untyped-def]
    """List the marked targets in their order and take the marks off; return how many there are."""
    words, count = marks.view(np.uint64), 0
    for w in range(len(words)):
        if words[w]:
            for t in range(8 * w, 8 * w + 8):
                listed[count] = t
                count += marks[t]
            words[w] = 0
    return count


@numba.njit(cache=True, nogil=True)
def _end(limit, found, row, ends, direct, direct_ends, listed, filled, target, cost, other):  # type: ignore[no-untyped-def]
    """Write down the listed targets within the limit with both measures; return how many rows are filled."""
    next_direct = 0
    for t in listed:
        best, best_other = np.inf, np.inf
        for way in range(row[t], row[t + 1]):
            state = int(ends[way, 0])
            total, total_other = found[state, 0] + ends[way, 1], found[state, 1] + ends[way, 2]
            better = _before(total, total_other, best, best_other)
            best, best_other = (total if better else best), (total_other if better else best_other)
        while next_direct < len(direct) and direct[next_direct] == t:
            total, total_other = direct_ends[next_direct, 0], direct_ends[next_direct, 1]
            if _before(total, total_other, best, best_other):
                best, best_other = total, total_other
            next_direct += 1
        target[filled], cost[filled], other[filled] = t, best, best_other
        filled += best <= limit
    return filled


@numba.njit(cache=True, nogil=True)
def search_many(graph, sources, targets, direct, limit, first, last):  # type: ignore[no-untyped-def]
    """Return source, target, cost and second measure of all pairs within the limit, sources ``first`` to ``last``.

    ``graph``: row, head, weight, second. ``sources``: rows per source, then state, cost and second measure of each way
    to begin. ``targets``: rows per state of the targets beside it, and these; then rows per target of the ways to end,
    each (three columns) its state, cost and second measure. ``direct``: rows per source, in the order of the
    targets, then target and (two columns) cost and second measure of trips that need no state.
    """
    src_row, src_state, src_cost, src_other = sources
    at_row, at_target, end_row, ends = targets
    dir_row, dir_target, dir_ends = direct
    room, came = _room(graph[2], limit, len(graph[0]) - 1), np.empty(0, np.int64)
    n_targets = len(end_row) - 1
    marks, listed = np.zeros((n_targets + 7) // 8 * 8, np.uint8), np.empty(n_targets + 8, np.int32)
    source, target = np.empty(n_targets, np.int32), np.empty(n_targets, np.int32)
    cost, other = np.empty(n_targets, np.float64), np.empty(n_targets, np.float64)
    filled = 0
    for s in range(first, last):
        a, b = src_row[s], src_row[s + 1]
        count = _explore(graph, src_state[a:b], src_cost[a:b], src_other[a:b], limit, room, came)
        reached = room[3][:count]
        a, b = dir_row[s], dir_row[s + 1]
        most = filled + min(_mark(reached, at_row, at_target, dir_target[a:b], marks), n_targets)
        if most > len(source):
            source, target, cost, other = (
                _grown(source, most), _grown(target, most), _grown(cost, most), _grown(other, most),
            )  # fmt: skip
        begun = filled
        near = listed[: _marked(marks, listed)]
        filled = _end(limit, room[0], end_row, ends, dir_target[a:b], dir_ends[a:b], near, filled, target, cost, other)
        source[begun:filled] = s
        for state in reached:
            room[0][state, 0] = np.inf
    return source[:filled], target[:filled], cost[:filled], other[:filled]
