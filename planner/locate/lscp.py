"""Location set covering: the fewest, or cheapest, new sites that cover all demand (Toregas and others, 1971)."""

from __future__ import annotations

from collections.abc import Iterable

from planner.locate.choice import new_prices
from planner.locate.cover.least import cover_all
from planner.locate.cover.search import without_useless
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.problem import Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver.clock import start
from planner.locate.standard import Standard, read_standard
from planner.locate.tables import PairsInput, ValuesInput, listing

__all__ = ["all_rows", "lscp"]


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
        price, state = new_prices(problem), problem.state
        sets, uncoverable = all_rows(problem, limit)
        found = cover_all(sets, price, state, clock, gap=gap, seed=seed, threads=threads)
    useful = without_useless(sets, found.opened, state, price)
    value = float(price[useful].sum())
    bound = min(found.bound, value)
    return make_solution(
        problem, "LSCP", opened=useful, status="optimal" if bound >= value else "feasible", objective=value,
        bound=bound, maximise=False, clock=clock, notes=notes + uncoverable, limit=limit,
        parameters={"standard": limit},
    )  # fmt: skip


def all_rows(problem: Problem, limit: float) -> tuple[CoverSets, tuple[str, ...]]:
    """Return the covering rows of all demand, weight 0 included, and a note that names what no site covers."""
    start, site = problem.within(limit)
    sets, place = merge(start, site, problem.weights, len(problem.sites))
    lost = problem.demand[place < 0]
    if not len(lost):
        return sets, ()
    return sets, (f"no allowed site is within the standard of {listing(lost)}: left out, the rest is covered",)
