"""Location set covering: the fewest, or cheapest, new sites that cover all demand (Toregas and others, 1971)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csc_array, csr_array

from planner.locate import mip
from planner.locate.clock import Clock
from planner.locate.problem import make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.standard import read_standard
from planner.locate.tables import PairsInput, ValuesInput, listing

__all__ = ["lscp"]


def lscp(
    pairs: PairsInput,
    standard: float | str,
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
    """Return the fewest (or cheapest) new sites that cover all demand that can be covered."""
    clock = Clock(time_limit)
    with clock.running():
        problem = make_problem(pairs, weights, required=required, excluded=excluded, existing=existing, cost=cost)
        limit, notes = read_standard(standard, problem)
        start, site = problem.within(limit)
        coverable = np.diff(start) > 0
        n, m = len(problem.demand), len(problem.sites)
        cover = csr_array((np.ones(len(site)), site, start), shape=(n, m))[coverable]
        price = np.where(problem.existing, 0.0, 1.0 if problem.cost is None else problem.cost)
        model = mip.Model(
            cost=price,
            matrix=csc_array(cover),
            row_lower=np.ones(cover.shape[0]),
            row_upper=np.full(cover.shape[0], np.inf),
            lower=(problem.required | problem.existing).astype(float),
            upper=(~problem.excluded).astype(float),
            integer=np.ones(m, bool),
        )
        with clock.stage("model"):
            outcome = mip.solve(model, clock, gap=gap, seed=seed, threads=threads)
    if not coverable.all():
        lost = problem.demand[~coverable]
        notes = (*notes, f"no allowed site is within the standard of {listing(lost)}: left out, the rest is covered")
    opened = None if outcome.x is None else outcome.x > 0.5
    value = 0.0 if opened is None else float(price[opened].sum())
    return make_solution(
        problem,
        "LSCP",
        opened=opened,
        status=outcome.status,
        objective=value,
        bound=min(outcome.bound, value),
        maximise=False,
        seconds=clock.seconds(),
        notes=notes,
        limit=limit,
        parameters={"standard": limit},
    )
