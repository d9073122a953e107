"""Row-weighting swap search: do so many sites cover all rows (after Zhang, Lü, Su, Li and Xu, 2020)?

The number of sites stays as it is. At a random uncovered row, the best pair is swapped of a site that covers it and a
site that leaves; the two last swapped rest for one step. Where no pair lessens the uncovered weight, the rows that are
uncovered gain weight. The state is kept between runs, and the seed decides all draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.draws import draw, seeded
from planner.locate.cover.sets import CoverSets, by_site
from planner.locate.solver.compiled import compiled

__all__ = ["Swap"]

Flags = NDArray[np.bool_]

_WORK, _LEAST, _MOST = 2e6, 100, 20_000


class Swap:
    """A search for ``count`` sites that cover all rows: it keeps its place, weights and random state between runs."""

    def __init__(self, sets: CoverSets, count: int, seed: int) -> None:
        self.data = (sets.start, sets.site, *by_site(sets))
        self.used = np.unique(sets.site)
        self.members = np.full(max(0, min(count, len(self.used))), -1, np.int64)
        self.times, self.owner = np.zeros(sets.rows, np.int64), np.zeros(sets.rows, np.int64)
        self.row_weight = np.ones(sets.rows)
        self.score = np.bincount(sets.site, minlength=sets.sites).astype(float)
        self.stamp = np.zeros(sets.sites, np.int64)
        self.random = seeded(seed)
        work = len(self.members) + len(sets.site) ** 2 / max(1, sets.rows * len(self.used))
        self.steps = int(np.clip(_WORK / work, _LEAST, _MOST))

    def run(self) -> Flags | None:
        """Go on for some hundredths of a second; return the sites if they cover all rows."""
        if len(self.members) == 0:
            return None
        found = _swap(
            *self.data, self.members, self.times, self.owner, self.row_weight, self.score, self.stamp, self.random,
            self.steps,
        )  # fmt: skip
        if not found:
            return None
        chosen = np.zeros(len(self.score), bool)
        chosen[self.members[self.members >= 0]] = True
        return chosen


@compiled
def _add(j, start, site, column, row, times, owner, row_weight, score):  # type: ignore[no-untyped-def]
    """Open a site: ``score`` is the weight that a closed site would gain, and that an open one alone covers."""
    gain = score[j]
    for t in range(column[j], column[j + 1]):
        i = row[t]
        if times[i] == 0:
            for k in range(start[i], start[i + 1]):
                score[site[k]] -= row_weight[i]
        elif times[i] == 1:
            score[owner[i]] -= row_weight[i]
        times[i] += 1
        owner[i] += j
    score[j] = gain


@compiled
def _drop(j, start, site, column, row, times, owner, row_weight, score):  # type: ignore[no-untyped-def]
    loss = score[j]
    for t in range(column[j], column[j + 1]):
        i = row[t]
        times[i] -= 1
        owner[i] -= j
        if times[i] == 0:
            for k in range(start[i], start[i + 1]):
                score[site[k]] += row_weight[i]
        elif times[i] == 1:
            score[owner[i]] += row_weight[i]
    score[j] = loss


@compiled
def _best_pair(i, start, site, column, row, members, times, owner, row_weight, score, stamp, now, loss):  # type: ignore[no-untyped-def]
    """Return the site to open at row i, the place of the one to close, and what this adds to the uncovered weight."""
    least = -1
    for m in range(members.size):
        if stamp[members[m]] < now - 1 and (least < 0 or score[members[m]] < score[members[least]]):
            least = m
    new, out, change = -1, -1, np.inf
    for k in range(start[i], start[i + 1]):
        j = site[k]
        if stamp[j] == now - 1:
            continue
        best, value = (-1, np.inf) if least < 0 else (members[least], score[members[least]])
        for t in range(column[j], column[j + 1]):
            r = row[t]
            if times[r] == 1 and stamp[owner[r]] < now - 1:
                loss[owner[r]] += row_weight[r]
                left = score[owner[r]] - loss[owner[r]]
                if left < value or (left == value and stamp[owner[r]] < stamp[best]):
                    best, value = owner[r], left
        for t in range(column[j], column[j + 1]):
            if times[row[t]] == 1:
                loss[owner[row[t]]] = 0.0
        if best >= 0 and (value - score[j] < change or (value - score[j] == change and stamp[j] < stamp[new])):
            new, out, change = j, best, value - score[j]
    return new, out, change


@compiled
def _swap(  # type: ignore[no-untyped-def]
    start, site, column, row, members, times, owner, row_weight, score, stamp, random, steps
):
    rows = times.size
    waiting, place, loss = np.empty(rows, np.int64), np.full(rows, -1, np.int64), np.zeros(score.size)
    count, now = 0, stamp.max() + 2
    for i in range(rows):
        if times[i] == 0:
            place[i], waiting[count] = count, i
            count += 1
    for _ in range(steps + members.size):
        if count == 0:
            return True
        now += 1
        i = waiting[draw(random, count)]
        out, change, empty = -1, 0.0, -1
        if members[-1] < 0:
            new = site[start[i]]
            for k in range(start[i], start[i + 1]):
                if score[site[k]] > score[new]:
                    new = site[k]
            for m in range(members.size - 1, -1, -1):
                if members[m] < 0:
                    empty = m
        else:
            new, out, change = _best_pair(
                i, start, site, column, row, members, times, owner, row_weight, score, stamp, now, loss
            )
            if new < 0:
                continue
            for m in range(members.size):
                if members[m] == out:
                    empty = m
        _add(new, start, site, column, row, times, owner, row_weight, score)
        members[empty], stamp[new] = new, now
        for t in range(column[new], column[new + 1]):
            r = row[t]
            if place[r] >= 0:
                count -= 1
                last = waiting[count]
                waiting[place[r]], place[last] = last, place[r]
                place[r] = -1
        if out >= 0:
            stamp[out] = now
            _drop(out, start, site, column, row, times, owner, row_weight, score)
            for t in range(column[out], column[out + 1]):
                r = row[t]
                if times[r] == 0:
                    place[r], waiting[count] = count, r
                    count += 1
        if change >= 0 and out >= 0:
            for k in range(count):
                r = waiting[k]
                row_weight[r] += 1.0
                for t in range(start[r], start[r + 1]):
                    score[site[t]] += 1.0
    return count == 0
