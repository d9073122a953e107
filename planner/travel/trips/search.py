"""Shortest paths from many places to many places with an early stop, compiled: only what is reached is touched.

States wait in buckets by their cost (Dial, 1969, Communications of the ACM 12); one that gets cheaper moves to another
bucket, and is looked at again when it had been left already (Meyer and Sanders, 2003, Journal of Algorithms 49), so the
costs are exact for any width. Each reached state carries the cost that is minimised and a second measure of the same
path; of paths with equal cost the one with the smaller second measure counts.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["search_many", "search_tree"]

_FINE = 4  # buckets to the mean cost of a move
_MOST = 1 << 14  # buckets


@numba.njit(cache=True, nogil=True, inline="always")
def _before(a_cost, a_other, b_cost, b_other):  # type: ignore[no-untyped-def]
    return a_cost < b_cost or (a_cost == b_cost and a_other < b_other)


@numba.njit(cache=True, nogil=True)
def _buckets(weight, limit):  # type: ignore[no-untyped-def]
    """Return the first state in each bucket (none: -1), for costs up to the limit."""
    mean = weight.sum() / len(weight) if len(weight) else limit
    count = min(limit / max(mean / _FINE, 1e-9), _MOST)
    return np.full(int(count) + 1, -1, np.int32)


@numba.njit(cache=True, nogil=True, inline="always")
def _reach(state, new_cost, new_other, scale, cost, other, waiting, reached, count, came, by):  # type: ignore[no-untyped-def]
    """Give a state a better cost and put it into its bucket; return how many states have been reached."""
    first, after, ahead, bucket = waiting
    if cost[state] == np.inf:
        reached[count] = state
        count += 1
    elif not _before(new_cost, new_other, cost[state], other[state]):
        return count
    cost[state] = new_cost
    other[state] = new_other
    if len(came):
        came[state] = by
    into = min(int(new_cost * scale), len(first) - 1)
    if bucket[state] != into:
        if bucket[state] >= 0:
            below, above = after[state], ahead[state]
            if below >= 0:
                ahead[below] = above
            if above >= 0:
                after[above] = below
            else:
                first[bucket[state]] = below
        below = first[into]
        after[state] = below
        ahead[state] = -1
        if below >= 0:
            ahead[below] = state
        first[into] = state
        bucket[state] = into
    return count


@numba.njit(cache=True, nogil=True)
def _explore(graph, begin, begin_cost, begin_other, limit, cost, other, waiting, reached, came):  # type: ignore[no-untyped-def]
    """Find the costs of all states within the limit; ``reached`` lists them, return how many. ``came``: last move.

    ``waiting``: the first state in each bucket, and per state the one after it, the one ahead of it, and its bucket.
    """
    row, head, weight, second = graph
    first, after, ahead, bucket = waiting
    scale = len(first) / limit if limit > 0 else 0.0
    count = 0
    for i in range(len(begin)):
        if begin[i] >= 0 and begin_cost[i] <= limit:
            count = _reach(
                begin[i], begin_cost[i], begin_other[i], scale, cost, other, waiting, reached, count, came, -2 - i
            )
    for b in range(len(first)):
        while first[b] >= 0:
            state = first[b]
            below = after[state]
            first[b] = below
            if below >= 0:
                ahead[below] = -1
            bucket[state] = -1
            for m in range(row[state], row[state + 1]):
                new_cost = cost[state] + weight[m]
                if new_cost <= limit:
                    by_move = other[state] + second[m]
                    count = _reach(head[m], new_cost, by_move, scale, cost, other, waiting, reached, count, came, m)
    return count


@numba.njit(cache=True, nogil=True)
def _empty(weight, limit, n):  # type: ignore[no-untyped-def]
    """Return the buckets without any state."""
    return _buckets(weight, limit), np.empty(n, np.int32), np.empty(n, np.int32), np.full(n, -1, np.int32)


@numba.njit(cache=True, nogil=True)
def search_tree(row, head, weight, second, begin, begin_cost, begin_other, limit):  # type: ignore[no-untyped-def]
    """Return cost, second measure and last move of every state from one place; unreached states have infinite cost.

    A state in which the trip begins has the last move ``-2 - i`` for its position ``i`` in ``begin``.
    """
    n = len(row) - 1
    cost, other = np.full(n, np.inf), np.full(n, np.inf)
    reached, came = np.empty(n, np.int32), np.full(n, -1, np.int64)
    graph = (row, head, weight, second)
    waiting = _empty(weight, limit, n)
    _explore(graph, begin, begin_cost, begin_other, limit, cost, other, waiting, reached, came)
    return cost, other, came


@numba.njit(cache=True, nogil=True)
def _grown(array, size):  # type: ignore[no-untyped-def]
    bigger = np.empty(max(size, 2 * len(array)), array.dtype)
    bigger[: len(array)] = array
    return bigger


@numba.njit(cache=True, nogil=True)
def search_many(graph, sources, targets, direct, limit, n_targets, first, last):  # type: ignore[no-untyped-def]
    """Return source, target, cost and second measure of all pairs within the limit, sources ``first`` to ``last``.

    ``graph``: row, head, weight, second. ``sources``: rows per source, then state, cost and second measure of each way
    to begin. ``targets``: bundles, see :mod:`planner.travel.trips.bundles`. ``direct``: rows per source, then target,
    cost and second measure of trips that need no state.
    """
    src_row, src_state, src_cost, src_other = sources
    at_row, at_bundle, begins, way_state, target, ends = targets
    dir_row, dir_target, dir_cost, dir_other = direct
    n = len(graph[0]) - 1
    cost, other, reached, came = np.full(n, np.inf), np.full(n, np.inf), np.empty(n, np.int32), np.empty(0, np.int64)
    waiting = _empty(graph[2], limit, n)
    seen = np.full(len(begins), -1, np.int32)
    hit = np.empty((n_targets, 2))
    place, eights = np.full(n_targets, -1, np.int32), np.zeros((n_targets >> 3) + 1, np.uint8)
    out_source, out_target = np.empty(1024, np.int32), np.empty(1024, np.int32)
    out_cost, out_other = np.empty(1024, np.float64), np.empty(1024, np.float64)
    filled = 0
    for s in range(first, last):
        a, b = src_row[s], src_row[s + 1]
        count = _explore(
            graph, src_state[a:b], src_cost[a:b], src_other[a:b], limit, cost, other, waiting, reached, came
        )
        hits = 0
        for i in range(count):
            for k in range(at_row[reached[i]], at_row[reached[i] + 1]):
                bundle = at_bundle[k]
                if seen[bundle] == s:
                    continue
                seen[bundle] = s
                first_way, last_way = begins[bundle, 1], begins[bundle + 1, 1]
                at = begins[bundle, 2]
                for t in range(begins[bundle, 0], begins[bundle + 1, 0]):
                    best, second_best = np.inf, np.inf
                    for way in range(first_way, last_way):
                        state = way_state[way]
                        total, total_other = cost[state] + ends[at, 0], other[state] + ends[at, 1]
                        at += 1
                        if _before(total, total_other, best, second_best):
                            best, second_best = total, total_other
                    if best <= limit:
                        d = target[t]
                        hit[hits, 0], hit[hits, 1] = best, second_best
                        place[d] = hits
                        eights[d >> 3] = 1
                        hits += 1
        for i in range(dir_row[s], dir_row[s + 1]):
            if dir_cost[i] <= limit:
                d = dir_target[i]
                at = place[d]
                if at < 0:
                    at = place[d] = hits
                    eights[d >> 3] = 1
                    hits += 1
                elif not _before(dir_cost[i], dir_other[i], hit[at, 0], hit[at, 1]):
                    continue
                hit[at, 0], hit[at, 1] = dir_cost[i], dir_other[i]
        for i in range(count):
            cost[reached[i]] = np.inf
        if filled + hits > len(out_source):
            out_source, out_target = _grown(out_source, filled + hits), _grown(out_target, filled + hits)
            out_cost, out_other = _grown(out_cost, filled + hits), _grown(out_other, filled + hits)
        for e in range(len(eights)):
            if eights[e]:
                eights[e] = 0
                for d in range(8 * e, min(8 * e + 8, n_targets)):
                    at = place[d]
                    if at >= 0:
                        out_source[filled], out_target[filled] = s, d
                        out_cost[filled], out_other[filled] = hit[at, 0], hit[at, 1]
                        filled += 1
                        place[d] = -1
    return out_source[:filled], out_target[:filled], out_cost[:filled], out_other[:filled]
