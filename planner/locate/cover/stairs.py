"""Rows that count in two steps, covered once and covered twice, and rows that must be covered (backup covering).

Row i is worth ``a_i`` when one open site covers it and ``a_i + b_i`` when two do; rows of R must be covered:
``max Σ g_i(Σ_{j ∈ S_i} x_j)`` with at most p sites and ``Σ_{j ∈ S_i} x_j ≥ 1`` for i in R (Hogan and ReVelle, 1986;
Daskin and Stern, 1981). Equal rows are merged, whatever their steps: sums of such rows are such a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.sets import CoverSets, Ints, State, merge
from planner.locate.solver.compiled import compiled

__all__ = ["Stairs", "make_stairs", "restrict_stairs", "worth"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stairs:
    """Rows with their ``first`` and ``second`` step, and which ``must`` be covered (these have no first step left).

    The weight of ``sets`` is the sum of both steps.
    """

    sets: CoverSets
    first: Floats
    second: Floats
    must: Flags

    @property
    def falling(self) -> bool:
        """Whether no second step is above its first, so that a linear program takes them in order by itself."""
        return bool((self.must | (self.second <= self.first)).all())


def make_stairs(sets: CoverSets, first: Floats, second: Floats, must: Flags) -> tuple[Stairs, float]:
    """Return the stairs over the rows of ``sets``, and what the first steps of rows that must be covered are worth."""
    sure = float(first[must].sum())
    first = np.where(must, 0.0, first)
    return Stairs(CoverSets(sets.start, sets.site, first + second, sets.sites), first, second, must), sure


def worth(stairs: Stairs, opened: Flags) -> float:
    """Return what open sites are worth, −∞ where a row is not covered that must be."""
    times = stairs.sets.matrix() @ opened.astype(float)
    if bool((stairs.must & (times < 0.5)).any()):
        return -np.inf
    return float(stairs.first[times > 0.5].sum() + stairs.second[times > 1.5].sum())


def restrict_stairs(stairs: Stairs, state: State) -> tuple[Stairs, float] | None:
    """Return what open (1) and closed (−1) sites leave to decide, and what they are worth; None if nothing can do.

    A row that one site covers keeps its second step as its first; a step that the sites left cannot reach is dropped.
    """
    sets = stairs.sets
    start, site, kept, once, sure, able = _restrict(
        sets.start, sets.site, stairs.first, stairs.second, stairs.must, state
    )
    if not able:
        return None
    first = np.where(once, stairs.second[kept], stairs.first[kept])
    second = np.where(once | (np.diff(start) < 2), 0.0, stairs.second[kept])
    rest, place = merge(start, site, first + second, sets.sites)
    total = [_sums(place, steps, rest.rows) for steps in (first, second)]
    must = _sums(place, (stairs.must[kept] & ~once).astype(float), rest.rows) > 0
    merged, more = make_stairs(rest, total[0], total[1], must)
    return merged, float(sure) + more


def _sums(place: Ints, values: Floats, rows: int) -> Floats:
    total = np.zeros(rows)
    np.add.at(total, place, values)
    return total


@compiled
def _restrict(start, site, first, second, must, state):  # type: ignore[no-untyped-def]
    """Return the rows left with their free sites, which rows these are, whether one site covers each, and the rest."""
    rows = start.size - 1
    new_start, new_site = np.zeros(rows + 1, np.int64), np.empty(site.size, site.dtype)
    kept, once = np.empty(rows, np.int64), np.zeros(rows, np.bool_)
    size = count = 0
    sure, able = 0.0, True
    for i in range(rows):
        begin, times = size, 0
        for k in range(start[i], start[i + 1]):
            if state[site[k]] == 1:
                times += 1
            elif state[site[k]] == 0:
                new_site[size] = site[k]
                size += 1
        if times >= 1:
            sure += first[i]
        if times >= 2:
            sure += second[i]
        if times == 0 and must[i] and size == begin:
            able = False
        left = 0.0 if times >= 2 else second[i] if times == 1 else first[i] + second[i]
        if size == begin or (left <= 0.0 and (times > 0 or not must[i])):
            size = begin
            continue
        kept[count], once[count] = i, times == 1
        count += 1
        new_start[count] = size
    return new_start[: count + 1].copy(), new_site[:size].copy(), kept[:count].copy(), once[:count].copy(), sure, able
