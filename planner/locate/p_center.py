"""p-center: the least largest travel to p new sites (Hakimi 1964), and its weighted form.

Among the sites of least radius, those of least weighted travel are taken: a p-median within the radius. The radius is
proven first and keeps its proof. The median gets a fixed effort, the same on every machine: small problems are proven,
for large ones a note says how far the travel may be from the least. ``lexicographic`` with the goals centre and travel
proves both, in its own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.locate.centre_rows import CentreRows, PointCentre, pair_rows
from planner.locate.cover.center import CenterProof, solve_center
from planner.locate.median.engine import Proof, common_grid, settle_median
from planner.locate.median.search import filled, neighbourhood
from planner.locate.point_problem import PointProblem, read_problem
from planner.locate.points import Points
from planner.locate.problem import Problem
from planner.locate.setting import Setting
from planner.locate.solution import Solution, make_solution
from planner.locate.solver.clock import Clock, start
from planner.locate.tables import PairsInput, ValuesInput, counted

__all__ = ["p_center", "weighted_p_center"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_EFFORT, _MOST_PAIRS = 400_000, 5_000_000


def p_center(
    pairs: PairsInput | Points,
    p: int,
    *,
    weights: ValuesInput | None = None,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the p new sites whose farthest demand is nearest; the objective is that largest impedance.

    All demand counts alike, whatever its weight; ``weights`` only choose among equally good sites (least weighted
    travel within the radius). Demand that no allowed site reaches is left out and named. If p sites cannot reach all
    the rest, the problem is infeasible.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"s": [0.0, 9.0, 8.0], "t": [9.0, 0.0, 3.0]}, index=["a", "b", "c"])
    >>> p_center(table, 2).objective
    3.0
    """
    rules: dict[str, Any] = {"required": required, "excluded": excluded, "existing": existing}
    clock = start(time_limit, seed, threads)
    with clock.running():
        problem = read_problem(pairs, weights, **rules)
        return _solve("p-center", problem, np.ones(len(problem.demand)), problem.check_count(p), clock, seed, threads)


def weighted_p_center(
    pairs: PairsInput | Points,
    weights: ValuesInput | None,
    p: int,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    time_limit: float = 60.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the p new sites with the least largest weight × impedance: the value is no distance.

    Rules as in :func:`p_center`; demand of weight zero is served, but never the farthest.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"s": [0.0, 9.0], "t": [9.0, 0.0]}, index=["a", "b"])
    >>> weighted_p_center(table, {"a": 1, "b": 3}, 1).objective
    9.0
    """
    rules: dict[str, Any] = {"required": required, "excluded": excluded, "existing": existing}
    clock = start(time_limit, seed, threads)
    with clock.running():
        problem = read_problem(pairs, weights, **rules)
        return _solve("weighted p-center", problem, problem.weights, problem.check_count(p), clock, seed, threads)


def _solve(
    name: str, problem: Problem | PointProblem, factor: Floats, p: int, clock: Clock, seed: int, threads: int
) -> Solution:
    state, most = problem.state, p + int(problem.existing.sum())
    with clock.stage("centre"):
        rows = _rows(problem, factor)
        proof = solve_center(rows, state, most, clock, seed=seed, threads=threads)
    tie: Proof | None = None
    if np.isfinite(proof.radius):
        with clock.stage("median"):
            tie = _median_within(rows, state, most, proof, clock, seed)
    return _solution(name, problem, factor, proof, tie, p, clock)


def _rows(problem: Problem | PointProblem, factor: Floats) -> CentreRows:
    if isinstance(problem, PointProblem):
        return PointCentre(problem, factor)
    return pair_rows(problem, factor, np.ones(len(factor), bool))


def _median_within(
    rows: CentreRows, state: NDArray[np.int8], most: int, proof: CenterProof, clock: Clock, seed: int
) -> Proof:
    """Return the p-median among the choices of the radius; those of the centre for too many pairs or out of time."""
    first = filled(proof.open_sites, state, most)
    lists = None if clock.stop() else rows.travel_within(proof.radius, _MOST_PAIRS)
    if lists is None:
        return Proof(first, rows.travel(first), 0.0)
    ends = lists.cost[lists.start[1:] - 1] if lists.rows else np.zeros(0)
    absent = np.full(lists.rows, float(ends.sum()) + 1.0)
    hood = neighbourhood(lists, absent, np.zeros(lists.sites), state, most, most)
    return settle_median(hood, first, common_grid(lists.cost), clock, seed=seed, effort=_EFFORT)


def _solution(
    name: str,
    problem: Setting,
    factor: Floats,
    proof: CenterProof,
    tie: Proof | None,
    p: int,
    clock: Clock,
) -> Solution:
    if tie is None:
        proven, few = not np.isfinite(proof.bound), counted(p, "new site")
        return make_solution(
            problem,
            name,
            opened=None,
            status="infeasible" if proven else "no_solution",
            objective=np.nan,
            bound=proof.bound,
            maximise=False,
            clock=clock,
            notes=(f"{few} cannot reach all demand within the pairs: raise p or the cutoff",) if proven else (),
            parameters={"p": p},
        )
    _, impedance = problem.nearest(tie.open_sites)
    value = float((impedance * factor)[problem.reached].max(initial=0.0))
    proven = proof.bound >= value * (1 - 1e-12)
    settled = tie.bound >= tie.value * (1 - 1e-9)
    notes = [] if settled else [f"travel within the radius is {tie.value:.10g}, the least possible {tie.bound:.10g}"]
    return make_solution(
        problem,
        name,
        opened=tie.open_sites,
        status="optimal" if proven else "feasible",
        objective=value,
        bound=value if proven else min(proof.bound, value),
        maximise=False,
        clock=clock,
        notes=notes,
        parameters={"p": p},
        measures={"travel": tie.value},
    )
