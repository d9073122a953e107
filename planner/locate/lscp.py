"""Location set covering: the fewest, or cheapest, new sites that cover all demand (Toregas and others, 1971)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from planner.locate.cover.least import LeastResult, cover_all
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.problem import Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Standard, read_standard
from planner.locate.tables import Floats, PairsInput, ValuesInput, listing

__all__ = ["all_rows", "lscp", "new_price"]


def lscp(
    pairs: PairsInput,
    standard: Standard,
    *,
    weights: ValuesInput | None = None,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the fewest new sites (with ``cost``: the cheapest) that cover all demand that can be covered.

    Demand that no allowed site covers is named in the notes and left out; the rest is solved. Demand of weight 0 is
    covered like any other. The objective is the number, or the cost, of the new sites; ``existing`` sites are free.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"s": [100.0, 900.0], "t": [400.0, 300.0]}, index=["a", "b"])
    >>> lscp(pairs, "500m").sites
    ('t',)
    """
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = make_problem(pairs, weights, required=required, excluded=excluded, existing=existing, cost=cost)
        limit, notes = read_standard(standard, problem)
        price = new_price(problem)
        sets, uncoverable = all_rows(problem, limit)
        found = cover_all(sets, price, problem.state, clock, gap=gap, seed=seed, threads=threads)
    return _solution(problem, limit, found, notes + uncoverable, clock, price)


def all_rows(problem: Problem, limit: float) -> tuple[CoverSets, tuple[str, ...]]:
    """Return the covering rows of all demand, weight 0 included, and a note that names what no site covers."""
    start, site = problem.within(limit)
    sets, place = merge(start, site, problem.weights, len(problem.sites))
    lost = problem.demand[place < 0]
    if not len(lost):
        return sets, ()
    return sets, (f"no allowed site is within the standard of {listing(lost)}: left out, the rest is covered",)


def new_price(problem: Problem) -> Floats:
    """Return the price of each site: its cost, or 1; existing sites cost nothing."""
    return np.where(problem.existing, 0.0, 1.0 if problem.cost is None else problem.cost)


def _solution(
    problem: Problem, limit: float, found: LeastResult, notes: tuple[str, ...], clock: Clock, price: Floats
) -> Solution:
    useful = _pruned(problem, found, limit, price)
    value = float(price[useful].sum())
    bound = min(found.bound, value)
    return make_solution(
        problem, "LSCP", opened=useful, status="optimal" if bound >= value else "feasible", objective=value,
        bound=bound, maximise=False, clock=clock, notes=notes, limit=limit, parameters={"standard": limit},
    )  # fmt: skip


def _pruned(
    problem: Problem, found: LeastResult, limit: float, price: Floats
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the open sites without free ones that cover nothing of their own."""
    opened = found.opened.copy()
    start, site = problem.within(limit)
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    times = np.bincount(row[opened[site]], minlength=len(start) - 1)
    state = problem.state
    for j in sorted(np.flatnonzero(opened & (state == 0)), key=lambda j: (-price[j], -j)):
        rows = row[site == j]
        if (times[rows] >= 2).all():
            opened[j] = False
            times[rows] -= 1
    return opened
