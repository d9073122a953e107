"""Cuts of windows: what every cover of a few dozen neighbouring rows keeps, and the shares of a program break.

The covers y of a window give the cuts ``Σ α_j x_j ≥ 1`` with ``α y ≥ 1`` for each of them; the one that x breaks most
has the prices of a linear program that packs covers into x, ``max Σ λ_y`` with ``Σ λ_y y ≤ x`` (local cuts: Applegate,
Bixby, Chvátal and Cook, 2001). Covers come in one by one, each the lightest at the prices of the moment, by a small
branch and bound. Sites of no share are lifted one after the other. What a site is worth is a whole number out of 840,
so that sums are exact, and each cut is proven by itself before it is used.

Measured on what questions just below the best radius lack at the root after cuts of three rows, in sites: pcb3038,
p = 400, 4.6 and 2.8 with windows, for 4 s; u1817, p = 150, 1.7 and 1.0. Where rows have many sites, little is local
(u1817, p = 40: 1.03 and 0.93), so windows that reach no mass within 45 rows are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from planner.locate.cover.sets import CoverSets, distinct
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled
from planner.ragged import starts

__all__ = ["window_cuts"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Masks = NDArray[np.uint64]

_NEAR, _ROWS, _SITES, _BROKEN, _EACH = 0.15, 45, 50, 0.004, 5
_WHOLE, _NODES, _CHECK, _LIFT = 840, 60_000, 20_000, 3000


def window_cuts(core: CoverSets, used: NDArray[np.integer], x: Floats, mass: float, clock: Clock) -> csr_array:
    """Return cuts over all sites, each worth 2, that the shares x of the sites in use break; none if there is none.

    ``mass`` is the share of sites that a window may touch, in all; each row begins one unless it is in a few already.
    """
    held = np.flatnonzero(x > 1e-7)
    full = core.matrix()
    near = np.flatnonzero(csr_array(full.tocsc()[:, used]) @ x < 1 + _NEAR)
    covers = csc_array(full[near])[:, used[held]].toarray() > 0
    first = distinct(covers)
    covers = covers[first]
    wide, times = csr_array(full[near[first]]), np.zeros(len(first), np.int64)
    cuts: list[_Cut] = []
    for row in range(len(first)):
        if clock.stop():
            break
        if times[row] < _EACH and len(window := _window(covers, x[held], row, mass, _ROWS)):
            times[window] += 1
            cuts += _cut(wide[window], used[held], x[held])
    if not cuts:
        return csr_array((0, core.sites))
    start = starts([len(cut.site) for cut in cuts])
    worth = np.concatenate([cut.worth for cut in cuts]) * (2.0 / _WHOLE)
    return csr_array((worth, np.concatenate([cut.site for cut in cuts]), start), shape=(len(cuts), core.sites))


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Sites and what each is worth, out of 840; every cover of the rows is worth 840 or more."""

    site: Ints
    worth: Ints


def _cut(rows: csr_array, held: NDArray[np.integer], share: Floats) -> list[_Cut]:
    """Return the cut of a window that the shares of the held sites break most; none where they hardly break one."""
    site = np.unique(rows.indices)
    traces, group = np.unique(_traces(rows, site), return_inverse=True)
    inside = np.isin(held, site)
    x = np.bincount(group[np.searchsorted(site, held[inside])], share[inside], len(traces))
    live = np.flatnonzero(x > 0)
    if len(live) > _SITES:
        return []
    goal = np.uint64(2 ** rows.shape[0] - 1)
    price, total = _separated(traces[live], x[live], goal, 1 - _BROKEN, _NODES)
    if total >= 1 - _BROKEN:
        return []
    worth = np.full(len(traces), _WHOLE)
    worth[live] = np.minimum(np.ceil(price * _WHOLE - 1e-6).astype(np.int64), _WHOLE)
    if worth @ x > _WHOLE * (1 - _BROKEN) or not _lifted(traces, worth, live, goal, _WHOLE, _CHECK, _LIFT):
        return []
    every = worth[group]
    return [_Cut(site[every > 0].astype(np.int64), every[every > 0])]


def _traces(rows: csr_array, site: NDArray[np.integer]) -> Masks:
    """Return, for each site, the rows that it covers, as bits."""
    traces = np.zeros(len(site), np.uint64)
    bits = np.uint64(1) << np.repeat(np.arange(rows.shape[0], dtype=np.uint64), np.diff(rows.indptr))
    np.bitwise_or.at(traces, np.searchsorted(site, rows.indices), bits)
    return traces


@compiled
def _window(covers, share, seed, mass, most):  # type: ignore[no-untyped-def]
    """Return rows from the seed on, next the one whose sites are most those touched already, until these weigh much."""
    rows = covers.shape[0]
    touched, score, taken = np.zeros(share.size, np.bool_), np.zeros(rows), np.zeros(rows, np.bool_)
    window = np.empty(most, np.int64)
    size, weight, row = 0, 0.0, seed
    while size < most:
        window[size] = row
        size += 1
        taken[row] = True
        for c in range(share.size):
            if covers[row, c] and not touched[c]:
                touched[c] = True
                weight += share[c]
                for i in range(rows):
                    if covers[i, c]:
                        score[i] += share[c]
        row = -1
        for i in range(rows):
            if not taken[i] and score[i] > 1e-9 and (row < 0 or score[i] > score[row] + 1e-9):
                row = i
        if row < 0 or weight + 1 - score[row] > mass:
            return window[:size].copy()
    return window[:0].copy()


@compiled
def _sites_of_rows(masks, weight, goal):  # type: ignore[no-untyped-def]
    """Return the rows of the goal, those of the fewest sites first, and their sites, lightest first, from start on.

    Nothing where a row has no site.
    """
    one = np.uint64(1)
    number, rows, count = np.zeros(64, np.int64), np.empty(64, np.int64), 0
    for i in range(64):
        if goal >> np.uint64(i) & one:
            for j in range(masks.size):
                if masks[j] >> np.uint64(i) & one:
                    number[i] += 1
            if number[i] == 0:
                return rows[:0], rows[:0], rows[:0]
            rows[count] = i
            count += 1
    rows = rows[:count]
    rows = rows[np.argsort(number[rows], kind="mergesort")]
    order = np.argsort(weight, kind="mergesort")
    start = np.zeros(count + 1, np.int64)
    for r in range(count):
        start[r + 1] = start[r] + number[rows[r]]
    site = np.empty(start[count], np.int64)
    for r in range(count):
        size = start[r]
        for j in order:
            if masks[j] >> np.uint64(rows[r]) & one:
                site[size] = j
                size += 1
    return rows, start, site


@compiled
def _lightest(masks, weight, goal, limit, budget):  # type: ignore[no-untyped-def]
    """Return the least weight of a cover of the goal, if below the limit, with its sites; -1 where it takes too long.

    Depth first: the sites of the row with the fewest, lightest first; bounded by weights handed out to the rows.
    """
    rows, start, site = _sites_of_rows(masks, weight, goal)
    best, found, one = limit, np.zeros(0, np.int64), np.uint64(1)
    if start.size == 0:
        return best, found, budget
    left, cost = np.zeros(65, np.uint64), np.zeros(65, weight.dtype)
    row, at, chosen = np.zeros(65, np.int64), np.zeros(65, np.int64), np.zeros(65, np.int64)
    residual = np.empty(masks.size, weight.dtype)
    left[0], depth, fresh = goal, 0, True
    while depth >= 0:
        if fresh:
            fresh = False
            budget -= 1
            if budget < 0:
                return limit, found, budget
            if left[depth] == 0:
                best, found = cost[depth], chosen[:depth].copy()
                depth -= 1
                continue
            bound, pick = cost[depth], -1
            residual[:] = weight
            for r in range(rows.size):
                if left[depth] >> np.uint64(rows[r]) & one:
                    if pick < 0:
                        pick = r
                    least = residual[site[start[r]]]
                    for k in range(start[r] + 1, start[r + 1]):
                        if residual[site[k]] < least:
                            least = residual[site[k]]
                    if least > 0:
                        bound += least
                        if bound >= best:
                            break
                        for k in range(start[r], start[r + 1]):
                            residual[site[k]] -= least
            if bound >= best:
                depth -= 1
                continue
            row[depth], at[depth] = pick, start[pick]
        if at[depth] == start[row[depth] + 1]:
            depth -= 1
            continue
        j = site[at[depth]]
        at[depth] += 1
        if cost[depth] + weight[j] >= best:
            depth -= 1
            continue
        chosen[depth] = j
        left[depth + 1], cost[depth + 1] = left[depth] & ~masks[j], cost[depth] + weight[j]
        depth += 1
        fresh = True
    return best, found, budget


@compiled
def _separated(masks, x, goal, enough, budget):  # type: ignore[no-untyped-def]
    """Return the prices α at which every cover weighs 1 and x least, and that weight; -1 where it takes too long.

    The simplex method on the packing of covers into x, which ends early once the packing shows that x weighs enough.
    A cover is the lightest at the mean of the prices and the best ones so far (Wentges, 1997), if it is of use.
    """
    size = x.size
    inverse, value = np.eye(size), x.copy()
    worth, column = np.zeros(size), np.zeros(size)
    best, fair = np.inf, np.zeros(size)
    while True:
        total = 0.0
        for i in range(size):
            if worth[i] > 0:
                total += value[i]
        if total >= enough:
            return fair, 1.0
        if best < np.inf and 1 - best > 0.6 * (1 - total):
            return fair, best
        alpha = worth @ inverse
        column[:] = 0.0
        low = np.argmin(alpha)
        if alpha[low] < -1e-9:
            column[low], gain = 1.0, 0.0
        else:
            alpha = np.maximum(alpha, 0.0)
            gain = 0.0
            for share in (0.5, 1.0):
                if gain > 0 or (share < 1 and best == np.inf):
                    continue
                mean = share * alpha + (1 - share) * fair
                weight, cover, budget = _lightest(masks, mean, goal, np.inf, budget)
                if budget < 0:
                    return fair, best
                if weight > 1e-3 and (mean @ x) / weight < best:
                    best, fair = (mean @ x) / weight, mean / weight
                own = 0.0
                for j in cover:
                    own += alpha[j]
                if own < 1 - 1e-7:
                    gain = 1.0
                    for j in cover:
                        column[j] = 1.0
            if gain == 0:
                return alpha, total
        step_of = inverse @ column
        out, step = -1, np.inf
        for i in range(size):
            if step_of[i] > 1e-9 and value[i] / step_of[i] < step - 1e-12:
                out, step = i, value[i] / step_of[i]
        budget -= 20
        if out < 0 or budget < 0:
            return fair, best
        inverse[out] /= step_of[out]
        value[out] = step
        for i in range(size):
            if i != out and step_of[i] != 0:
                inverse[i] -= step_of[i] * inverse[out]
                value[i] = max(0.0, value[i] - step_of[i] * step)
        worth[out] = gain


@compiled
def _lifted(masks, worth, live, goal, whole, check, budget):  # type: ignore[no-untyped-def]
    """Lower what the sites without a share are worth as far as covers allow; False if the cut is not proven first.

    A site is worth what the lightest cover of all rows but its own lacks, and no more than one that covers its rows
    too. The sites of most rows come first.
    """
    known, prices, size = np.zeros(masks.size, np.uint64), np.zeros(masks.size, np.int64), live.size
    known[:size], prices[:size] = masks[live], worth[live]
    least, _, left = _lightest(known[:size], prices[:size], goal, whole, check)
    if left < 0 or least < whole:
        return False
    rows = np.zeros(masks.size, np.int64)
    for j in range(masks.size):
        for i in range(64):
            rows[j] += np.int64(masks[j] >> np.uint64(i) & np.uint64(1))
    rows[live] = 0
    for j in np.argsort(-rows, kind="mergesort")[: masks.size - live.size]:
        high = whole
        for k in range(size):
            if masks[j] & ~known[k] == 0:
                high = min(high, prices[k])
        worth[j] = high
        if high > 0:
            least, _, left = _lightest(known[:size], prices[:size], goal & ~masks[j], whole, budget)
            if left >= 0 and whole - least < high:
                worth[j] = whole - least
                known[size], prices[size] = masks[j], worth[j]
                size += 1
    return True
