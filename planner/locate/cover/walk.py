"""Row-weighting local search for weighted set covering (after Gao, Weise and Li, 2015, with prices).

Rows that stay uncovered gain weight; the site that loses least weight for its price leaves, and the one that gains most
at a random uncovered row enters. The state is kept between runs, and the seed decides all draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.draws import draw, seeded
from planner.locate.cover.sets import CoverSets, by_site
from planner.locate.solver.compiled import compiled

__all__ = ["Walk"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WORK = 2e7


class Walk:
    """The row-weighting local search: it keeps its place, weights and random state between runs."""

    def __init__(self, sets: CoverSets, price: Floats, seed: int, value: float) -> None:
        self.data = (sets.start, sets.site, *by_site(sets), price)
        self.chosen = np.zeros(sets.sites, bool)
        self.times = np.zeros(sets.rows, np.int32)
        self.row_weight = np.ones(sets.rows)
        self.score = np.bincount(sets.site, minlength=sets.sites).astype(float)
        self.stamp = np.zeros(sets.sites, np.int64)
        self.best = np.zeros(sets.sites, bool)
        self.value = value
        self.random = seeded(seed)
        work = len(sets.site) ** 2 / max(1, sets.rows * len(np.unique(sets.site)))
        self.steps = int(np.clip(_WORK / max(1.0, work), 200, 20000))

    def run(self) -> Flags | None:
        """Go on for about a tenth of a second; return the cover found if it is better than all before."""
        before = self.value
        self.value = _walk(
            *self.data, self.chosen, self.times, self.row_weight, self.score, self.stamp, self.best,
            self.value, self.random, self.steps,
        )  # fmt: skip
        return self.best.copy() if self.value < before else None


@compiled
def _add(j, start, site, column, row, chosen, times, row_weight, score):  # type: ignore[no-untyped-def]
    chosen[j] = True
    score[j] = 0.0
    for t in range(column[j], column[j + 1]):
        i = row[t]
        times[i] += 1
        if times[i] == 1:
            score[j] += row_weight[i]
            for k in range(start[i], start[i + 1]):
                if site[k] != j:
                    score[site[k]] -= row_weight[i]
        elif times[i] == 2:
            for k in range(start[i], start[i + 1]):
                if chosen[site[k]] and site[k] != j:
                    score[site[k]] -= row_weight[i]
                    break


@compiled
def _drop(j, start, site, column, row, chosen, times, row_weight, score):  # type: ignore[no-untyped-def]
    chosen[j] = False
    score[j] = 0.0
    for t in range(column[j], column[j + 1]):
        i = row[t]
        times[i] -= 1
        if times[i] == 0:
            for k in range(start[i], start[i + 1]):
                score[site[k]] += row_weight[i]
        elif times[i] == 1:
            for k in range(start[i], start[i + 1]):
                if chosen[site[k]]:
                    score[site[k]] += row_weight[i]
                    break


@compiled
def _least_loss(chosen, score, price, stamp, tabu):  # type: ignore[no-untyped-def]
    """Return the chosen site that loses least row weight for its price; the longest there of equals."""
    worst = -1
    for j in range(chosen.size):
        if chosen[j] and j != tabu:
            if worst < 0:
                worst = j
                continue
            a, b = score[j] * price[worst], score[worst] * price[j]
            if a < b or (a == b and stamp[j] < stamp[worst]):
                worst = j
    return worst


@compiled
def _walk(  # type: ignore[no-untyped-def]
    start, site, column, row, price, chosen, times, row_weight, score, stamp, best, best_value, random, steps
):
    rows = times.size
    place, waiting = np.full(rows, -1, np.int64), np.empty(rows, np.int64)
    total, tabu, now = 0.0, -1, stamp.max() + 1
    for j in range(chosen.size):
        if chosen[j]:
            total += price[j]
    count = 0
    for i in range(rows):
        if times[i] == 0:
            place[i], waiting[count] = count, i
            count += 1
    for _ in range(steps):
        now += 1
        if count == 0 and total < best_value - 1e-9:
            best_value = total
            best[:] = chosen
        dropped = 0
        while count == 0 or dropped == 0:
            out = _least_loss(chosen, score, price, stamp, -1 if count == 0 else tabu)
            if out < 0:
                break
            dropped += 1
            total -= price[out]
            stamp[out] = now
            _drop(out, start, site, column, row, chosen, times, row_weight, score)
            for t in range(column[out], column[out + 1]):
                if times[row[t]] == 0:
                    place[row[t]], waiting[count] = count, row[t]
                    count += 1
        while count > 0:
            new = _most_gain(start, site, price, chosen, score, stamp, waiting, count, random, now, best_value - total)
            if new < 0:
                break
            total += price[new]
            stamp[new] = now
            tabu = new
            _add(new, start, site, column, row, chosen, times, row_weight, score)
            for t in range(column[new], column[new + 1]):
                r = row[t]
                if times[r] == 1 and place[r] >= 0:
                    count -= 1
                    last = waiting[count]
                    waiting[place[r]], place[last] = last, place[r]
                    place[r] = -1
        for k in range(count):
            r = waiting[k]
            row_weight[r] += 1.0
            for t in range(start[r], start[r + 1]):
                score[site[t]] += 1.0
    return best_value


@compiled
def _most_gain(start, site, price, chosen, score, stamp, waiting, count, random, now, room):  # type: ignore[no-untyped-def]
    """Return the affordable site of a random uncovered row that gains most row weight for its price; −1 if none."""
    i, new = waiting[draw(random, count)], -1
    for k in range(start[i], start[i + 1]):
        j = site[k]
        if stamp[j] == now or price[j] >= room - 1e-9:
            continue
        if new < 0:
            new = j
            continue
        a, b = score[j] * price[new], score[new] * price[j]
        if a > b or (a == b and stamp[j] < stamp[new]):
            new = j
    return new
