"""Maximal covering: the most demand weight within a standard of p new sites (Church and ReVelle, 1974)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from planner.locate import mip
from planner.locate.clock import Clock
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.standard import read_standard
from planner.locate.tables import PairsInput, ValuesInput

__all__ = ["mclp"]


def mclp(
    pairs: PairsInput,
    weights: ValuesInput | None,
    standard: float | str,
    p: int,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the p new sites that cover the most weight within the standard."""
    clock = Clock(time_limit)
    with clock.running():
        problem = make_problem(pairs, weights, required=required, excluded=excluded, existing=existing)
        limit, notes = read_standard(standard, problem)
        count = problem.check_count(p)
        start, site = problem.within(limit)
        cover = csr_array((np.ones(len(site)), site, start), shape=(len(problem.demand), len(problem.sites)))
        with clock.stage("model"):
            outcome = mip.solve(_model(problem, cover, count), clock, gap=gap, seed=seed, threads=threads)
    opened = None if outcome.x is None else outcome.x[: len(problem.sites)] > 0.5
    value = 0.0 if opened is None else covered_weight(problem, opened, limit)
    return make_solution(
        problem,
        "MCLP",
        opened=opened,
        status=outcome.status,
        objective=value,
        bound=max(outcome.bound, value),
        maximise=True,
        seconds=clock.seconds(),
        notes=notes,
        limit=limit,
        parameters={"standard": limit, "p": count},
    )


def covered_weight(problem: Problem, opened: Flags, limit: float) -> float:
    """Return the weight within the limit of the open sites."""
    site, _ = problem.nearest(opened, limit)
    return float(problem.weights[site >= 0].sum())


def _model(problem: Problem, cover: csr_array, p: int) -> mip.Model:
    n, m = cover.shape
    new = csr_array((~problem.existing).astype(float)[None, :])
    matrix = vstack([hstack([cover, -eye_array(n)]), hstack([new, csr_array((1, n))])])
    always = problem.required | problem.existing
    return mip.Model(
        cost=np.concatenate([np.zeros(m), problem.weights]),
        matrix=csc_array(matrix),
        row_lower=np.append(np.zeros(n), -np.inf),
        row_upper=np.append(np.full(n, np.inf), p),
        lower=np.concatenate([always.astype(float), np.zeros(n)]),
        upper=np.concatenate([(~problem.excluded).astype(float), np.ones(n)]),
        integer=np.concatenate([np.ones(m, bool), np.zeros(n, bool)]),
        maximise=True,
    )
