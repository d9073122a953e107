"""p-median: least weighted travel to p new sites (Hakimi 1964); with fixed costs the number of sites is free."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.errors import ScenarioError
from planner.locate.capacitated_median import capacitated_p_median
from planner.locate.cover.branch import cover_soon
from planner.locate.cover.rows import cover_rows
from planner.locate.in_turn import Answer, Covered, InTurn, Travelled
from planner.locate.median.engine import Proof, common_grid, solve_median
from planner.locate.median.growing_rows import Choice, solve_growing
from planner.locate.median.nearest import first_open, make_lists, merge_equal_rows
from planner.locate.median.search import Neighbourhood, filled, greedy, improve, neighbourhood, total_cost
from planner.locate.point_problem import PointProblem, read_problem
from planner.locate.point_rows import PointRows
from planner.locate.points import Points
from planner.locate.problem import Problem
from planner.locate.setting import Setting
from planner.locate.solution import Solution, make_solution
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Steps
from planner.locate.tables import PairsInput, ValuesInput, listing

__all__ = ["median_problem", "p_median"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SHARE = 0.5
_UNSETTLED = "that no sites serve more weight is not proven; travel is bounded for sites that serve this much or more"


def p_median(
    pairs: PairsInput | Points,
    weights: ValuesInput | None,
    p: int | None = None,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    capacity: ValuesInput | float | None = None,
    demand: ValuesInput | None = None,
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the p new sites with the least weighted travel, each demand served by its nearest open site.

    With ``cost`` (by site, in the unit of weight × impedance) the cost of the new sites is added, and p may be None:
    as many sites as pay. A missing pair is unreachable, at no price: as much weight is served as p sites can serve,
    then travel is least; who is left is unserved and named in the notes. The objective is travel plus cost.

    With ``capacity`` this is :func:`planner.locate.capacitated_p_median`: each demand served whole by one site;
    ``demand`` is what it takes of the capacity, its weight by default.

    Proven by Lagrangian relaxation with reduced-cost fixing, then branch and cut (see
    :mod:`planner.locate.median.engine`); where not everyone can be served, by cuts on the joint model's master (see
    :mod:`planner.locate.in_turn`).

    >>> import pandas as pd
    >>> table = pd.DataFrame({"s": [0.0, 9.0, 8.0], "t": [9.0, 0.0, 1.0]}, index=["a", "b", "c"])
    >>> p_median(table, {"a": 1, "b": 2, "c": 5}, 1).sites
    ('t',)
    """
    if capacity is not None:
        if p is None or cost is not None:
            raise ScenarioError("With capacity, p must be given, and cost is not supported. Give p, leave cost out.")
        rules: dict[str, Any] = {"required": required, "excluded": excluded, "existing": existing}
        limits: dict[str, Any] = {"time_limit": time_limit, "gap": gap, "seed": seed, "threads": threads}
        return capacitated_p_median(pairs, weights, p, capacity, demand=demand, **rules, **limits)
    if demand is not None:
        raise ScenarioError("demand is given without capacity. Give the capacity, or leave demand out.")
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = read_problem(pairs, weights, required=required, excluded=excluded, existing=existing, cost=cost)
        count = _count(problem, p)
        if isinstance(problem, PointProblem):
            proof, settled = _solve_points(problem, count, clock, gap, seed), True
        else:
            hood, weight = median_problem(problem, count)
            proof, settled = _solve(problem, hood, weight, clock, gap, seed, threads)
    return _solution(problem, proof, count, clock, settled=settled)


def _count(problem: Setting, p: int | None) -> int | None:
    if p is not None:
        return problem.check_count(p)
    if problem.cost is None:
        raise ScenarioError("Neither p nor cost is given. Say how many new sites to open, or what each costs.")
    return None


def median_problem(problem: Problem, p: int | None) -> tuple[Neighbourhood, Floats]:
    """Return the arrays of the engine and the weight of each row.

    Only rows with weight that some allowed site reaches are in; equal rows are merged.
    """
    pick = problem.nearest_first
    keep = pick[~problem.excluded[problem.site[pick]] & (problem.weights[problem.row[pick]] > 0)]
    demand, row = np.unique(problem.row[keep], return_inverse=True)
    lists = make_lists(row, problem.site[keep], problem.impedance[keep], rows=len(demand), sites=len(problem.sites))
    lists, weight, _ = merge_equal_rows(lists, problem.weights[demand])
    per_pair = np.repeat(weight, np.diff(lists.start))
    lists = type(lists)(lists.start, lists.site, lists.cost * per_pair, lists.limit, lists.sites)
    fixed, least, most = _rules(problem, p)
    absent = _price_of_absence(lists.start, lists.cost, weight, fixed)
    return neighbourhood(lists, absent, fixed, problem.state, least, most), weight


def _rules(problem: Setting, p: int | None) -> tuple[Floats, int, int]:
    """Return the fixed cost of each site, and the least and the most number of open sites."""
    fixed = np.zeros(len(problem.sites)) if problem.cost is None else np.where(problem.existing, 0.0, problem.cost)
    standing, state = int(problem.existing.sum()), problem.state
    least, most = (int((state == 1).sum()), int((state >= 0).sum())) if p is None else (p + standing, p + standing)
    return fixed, least, most


def _solve_points(problem: PointProblem, p: int | None, clock: Clock, gap: float, seed: int) -> Proof:
    """Solve by rows of nearest sites that grow; without an open site nobody is served, at no price."""
    rows = PointRows(problem)
    fixed, least, most = _rules(problem, p)
    if most == 0 or rows.rows == 0:
        opened = problem.state == 1
        opened[np.flatnonzero(problem.state == 0)[: least - int(opened.sum())]] = True
        value = float(fixed[opened].sum())
        return Proof(opened, value, value)
    choice = Choice(fixed, problem.state, max(1, least), most)
    return solve_growing(rows, choice, clock, gap=gap, seed=seed)


def _price_of_absence(start: NDArray[np.int64], cost: Floats, weight: Floats, fixed: Floats) -> Floats:
    """Return what an unserved row costs in the search: more than all travel and all sites, by weight."""
    if len(weight) == 0:
        return np.zeros(0)
    worst = float(cost[start[1:] - 1].sum() + fixed.sum()) + 1.0
    return np.asarray(weight * (worst / weight.min()))


def _solve(
    problem: Problem, hood: Neighbourhood, weight: Floats, clock: Clock, gap: float, seed: int, threads: int
) -> tuple[Proof, bool]:
    """Solve with everyone served, or with the most weight served where that is not possible; say if that is proven."""
    grid = common_grid(np.concatenate([hood.lists.cost, hood.fixed_cost]))
    first, _ = improve(hood, greedy(hood), seed)
    if not _serves_all(hood, first):
        turn = InTurn(hood.state, np.ones(len(first), bool), hood.least, hood.most, clock.part(_SHARE), seed)
        with clock.stage("serve"):
            served, scale = _most_served(turn, problem, hood, threads)
        first, turn.clock = turn.opened, clock
        if not _serves_all(hood, first):
            travelled = Travelled.of(hood, weight, served.value * scale)
            with clock.stage("travel"):
                found = turn.better(travelled, gap=gap)
            proof = Proof(turn.opened, total_cost(hood, turn.opened), max(0.0, found.bound * travelled.scale))
            return proof, served.bound == served.value
    return solve_median(hood, first, grid, clock, gap=gap, seed=seed), True


def _most_served(turn: InTurn, problem: Problem, hood: Neighbourhood, threads: int) -> tuple[Answer, float]:
    """Serve the most weight, by as many sites as must open; return how much, and the scale of it."""
    left = hood.most - int((hood.state == 1).sum())
    served = Covered.of("served", cover_rows(problem, Steps((math.inf,), (1.0,))), math.inf)
    best = cover_soon(served.sets, hood.state, left, turn.clock.part(_SHARE), seed=turn.seed, threads=threads)
    turn.opened = filled(best.opened, hood.state, hood.most)
    return turn.better(served, bound=best.bound), served.scale


def _serves_all(hood: Neighbourhood, open_sites: Flags) -> bool:
    return bool((first_open(hood.lists, open_sites) >= 0).all())


def _solution(problem: Setting, proof: Proof, count: int | None, clock: Clock, *, settled: bool) -> Solution:
    new = proof.open_sites & ~problem.existing
    site, impedance = problem.nearest(proof.open_sites)
    served = site >= 0
    value = float(problem.weights[served] @ impedance[served])
    value += 0.0 if problem.cost is None else float(problem.cost[new].sum())
    proven = settled and proof.bound >= value * (1 - 1e-9)
    return make_solution(
        problem,
        "p-median",
        opened=proof.open_sites,
        status="optimal" if proven else "feasible",
        objective=value,
        bound=value if proven else min(proof.bound, value),
        maximise=False,
        clock=clock,
        notes=_unserved(problem, served) + (() if settled else (_UNSETTLED,)),
        parameters={"settled": settled} | ({} if count is None else {"p": count}),
    )


def _unserved(problem: Setting, served: Flags) -> tuple[str, ...]:
    lost = np.flatnonzero(~served & problem.reached)
    if not len(lost):
        return ()
    weight = float(problem.weights[lost].sum())
    return (f"unserved: the open sites do not reach {listing(problem.demand[lost])} (weight {weight:,.10g})",)
