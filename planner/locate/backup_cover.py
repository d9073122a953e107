"""Backup covering: all demand covered once, as much as possible twice (Hogan and ReVelle, 1986), or a mix of both.

The fewest sites, or so many that cover all, come from :mod:`planner.locate.cover.least` in half of the time at most;
the most weight on top from :mod:`planner.locate.cover.twice`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from planner.errors import ScenarioError
from planner.locate.cover.least import cover_all
from planner.locate.cover.sets import CoverSets, State
from planner.locate.cover.stairs import Stairs
from planner.locate.cover.twice import cover_twice
from planner.locate.lscp import all_rows
from planner.locate.plain import as_number
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Standard, read_standard
from planner.locate.tables import Floats, PairsInput, ValuesInput, counted

__all__ = ["backup_cover"]

_FIRST = 0.5


def backup_cover(
    pairs: PairsInput,
    weights: ValuesInput | None,
    standard: Standard,
    p: int | None = None,
    *,
    mix: float | None = None,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return p new sites that cover all coverable demand once and the most weight twice.

    Without ``p`` it is the least number that covers all once. With ``mix`` = θ nothing must be covered: the p sites
    maximise (1 − θ) × weight covered once + θ × weight covered twice, 0 ≤ θ ≤ 1. The measures give both shares, by
    weight and by count of points, of all demand. Demand that no site covers is named and left out.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"s": [1.0, 9.0], "t": [2.0, 3.0], "u": [4.0, 9.0]}, index=["a", "b"]) * 100
    >>> backup_cover(pairs, None, "500m", p=2).sites
    ('s', 't')
    """
    if mix is not None and not 0 <= as_number(mix) <= 1:
        raise ScenarioError(f"mix = {mix!r} must be a number from 0 (only once) to 1 (only twice).")
    if mix is not None and p is None:
        raise ScenarioError("mix needs p, the number of new sites.")
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = make_problem(pairs, weights, required=required, excluded=excluded, existing=existing)
        limit, notes = read_standard(standard, problem)
        count = None if p is None else problem.check_count(p)
        sets, uncoverable = all_rows(problem, limit)
        state = problem.state
        new = (~problem.existing).astype(float)
        more: tuple[str, ...] = ()
        if mix is None:
            status, opened, bound, more = _all_once(sets, state, new, count, clock, gap, seed, threads)
            notes += more
        else:
            assert count is not None
            stairs = Stairs(sets, (1 - mix) * sets.weight, mix * sets.weight, np.zeros(sets.rows, bool))
            status, opened, bound = _most(stairs, state, new, count, None, clock, gap, seed, threads)
    notes += uncoverable if mix is None else ()
    settings = {"p": count, "settled": not more}
    return _solution(problem, limit, mix, status, opened, bound, notes, clock, settings)


def _all_once(
    sets: CoverSets, state: State, new: Floats, count: int | None, clock: Clock, gap: float, seed: int, threads: int
) -> tuple[mip.Status, Flags | None, float, tuple[str, ...]]:
    """Return p sites, or the fewest, that cover all once and the most twice, and a note where these may be too many."""
    aim = -math.inf if count is None else float(count)
    seconds = _FIRST * clock.left()
    fewest = cover_all(sets, new, state, clock, aim=aim, seconds=seconds, seed=seed, threads=threads)
    least = count is None
    if count is None:
        count = round(fewest.value)
    elif fewest.value > count:
        status: mip.Status = "infeasible" if fewest.bound > count else "no_solution"
        return status, None, float(sets.weight.sum()), ()
    stairs = Stairs(sets, np.zeros(sets.rows), sets.weight, np.ones(sets.rows, bool))
    status, opened, bound = _most(stairs, state, new, count, fewest.opened, clock, gap, seed, threads)
    if least and fewest.bound < count:
        few = counted(math.ceil(fewest.bound - 1e-6), "new site")
        return status, opened, bound, (f"{few} may do: {count} are the fewest found, not proven to be the fewest",)
    return status, opened, bound, ()


def _most(
    stairs: Stairs, state: State, new: Floats, count: int, known: Flags | None, clock: Clock, gap: float, seed: int,
    threads: int,
) -> tuple[mip.Status, Flags, float]:  # fmt: skip
    """Return at most ``count`` new sites that are worth most, and the bound on what they are worth."""
    left = int(count - ((state == 1) & (new > 0)).sum())
    found = cover_twice(stairs, state, left, clock, known=known, gap=gap, seed=seed, threads=threads)
    return "optimal" if found.bound <= found.value else "feasible", found.opened, found.bound


def _solution(
    problem: Problem, limit: float, mix: float | None, status: mip.Status, opened: Flags | None, bound: float,
    notes: tuple[str, ...], clock: Clock, settings: dict[str, Any],
) -> Solution:  # fmt: skip
    measures, value = {}, math.nan
    if opened is None:
        if status == "infeasible":
            few = counted(settings["p"], "new site")
            notes = (*notes, f"{few} cannot cover all demand once: raise p, or give a mix")
    else:
        times, weights = problem.times_within(opened, limit), problem.weights
        once, twice, total = float(weights[times >= 1].sum()), float(weights[times >= 2].sum()), float(weights.sum())
        value = twice if mix is None else (1 - mix) * once + mix * twice
        points = max(1, len(times))
        measures = {
            "covered_once_weight": once,
            "covered_once_share_of_weight": once / total if total > 0 else math.nan,
            "covered_once_share_of_points": float((times >= 1).sum()) / points,
            "covered_twice_weight": twice,
            "covered_twice_share_of_weight": twice / total if total > 0 else math.nan,
            "covered_twice_points": float((times >= 2).sum()),
            "covered_twice_share_of_points": float((times >= 2).sum()) / points,
        }
        near = bound - value <= (1e-6 * max(problem.grain, value) if status == "optimal" else 0.0)
        bound = value if near else max(bound, value)
        status = "optimal" if near and settings["settled"] else "feasible"
    return make_solution(
        problem, "backup covering", opened=opened, status=status, objective=value, bound=bound, maximise=True,
        clock=clock, notes=notes, limit=limit, parameters={"standard": limit, "mix": mix, **settings},
        measures=measures,
    )  # fmt: skip
