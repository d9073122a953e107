"""Partial set covering: the fewest, or cheapest, new sites that cover a share of the weight (Daskin and Owen, 1999)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from planner.errors import ScenarioError
from planner.locate.choice import new_prices
from planner.locate.cover.branch import cover_most
from planner.locate.cover.lagrangian import fewest
from planner.locate.cover.model import Side, cover_model
from planner.locate.cover.rows import cover_rows
from planner.locate.cover.search import covered
from planner.locate.cover.sets import CoverSets, State, restrict
from planner.locate.plain import as_number
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Standard, Steps, read_standard
from planner.locate.tables import Floats, PairsInput, ValuesInput

__all__ = ["partial_lscp"]


def partial_lscp(
    pairs: PairsInput,
    weights: ValuesInput | None,
    standard: Standard,
    share: float,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return the fewest new sites (with ``cost``: the cheapest) that cover at least ``share`` of all weight.

    The share is of all weight, that of unreachable demand too. Where no choice of sites reaches it, the status is
    infeasible and the notes say how much can be covered at most.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"s": [100.0, 900.0], "t": [800.0, 300.0]}, index=["a", "b"])
    >>> partial_lscp(pairs, {"a": 5, "b": 7}, "500m", 0.5).sites
    ('t',)
    """
    if not 0 <= as_number(share) <= 1:
        raise ScenarioError(f"share = {share!r} must be a number from 0 to 1, like 0.9.")
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = make_problem(pairs, weights, required=required, excluded=excluded, existing=existing, cost=cost)
        limit, notes = read_standard(standard, problem)
        price, state = new_prices(problem), problem.state
        sets = cover_rows(problem, Steps((limit,), (1.0,)))
        total = float(problem.weights.sum())
        least, most = _least(share * total, problem.weights), covered(sets, state >= 0)
        if most < least:
            note = f"at most {100 * most / total:.12g} % of the weight can be covered"
            return _solution(problem, None, math.inf, price, limit, share, (*notes, note), clock, "infeasible")
        opened, bound = _solve(sets, state, price, least, clock, gap, seed, threads)
    status: mip.Status = "optimal" if bound >= price[opened].sum() * (1 - 1e-9) else "feasible"
    return _solution(problem, opened, bound, price, limit, share, notes, clock, status)


def _least(weight: float, weights: Floats) -> float:
    """Return the limit that covered weight must pass: half a unit clear of it where all weights are whole."""
    if bool((weights == np.round(weights)).all()):
        return math.ceil(weight * (1 - 1e-14)) - 0.5  # the share is rounded, a person is not
    return weight * (1 - 1e-9)


def _solve(
    sets: CoverSets, state: State, price: Floats, least: float, clock: Clock, gap: float, seed: int, threads: int
) -> tuple[Flags, float]:
    """Return sites that cover the least weight, and a bound on their price."""
    opened = _start(sets, state, price, least, clock, seed)
    value = float(price[opened].sum())
    lowest = float(price[state == 1].sum())
    if len(np.unique(price[state == 0])) == 1:
        needed = _needed(sets, state, least, opened, clock)
        opened, proven = _fewer(sets, state, least, opened, needed, clock, seed)
        value = float(price[opened].sum())
        lowest += needed * float(price[state == 0][0])
        if proven or clock.stop():
            return opened, value if proven else min(lowest, value)
    whole = bool((price == np.round(price)).all())
    scale = mip.small_scale(sets.weight)
    side = Side(least / scale, math.inf, None, sets.weight / scale)
    model = cover_model(sets, state, price=price, profit=np.zeros(sets.rows), sides=(side,))
    with clock.stage("model"):
        unit = min(1.0, float(price.max(initial=0.0)))
        close = 1 - 1e-6 if whole else 1e-9 * unit
        try:
            outcome = mip.solve(model, clock, gap=gap, absolute_gap=close, known=-value, seed=seed, threads=threads)
        except mip.SolverError:  # weights too unequal for the solver: what it says is not true
            return opened, min(lowest, value)
    if outcome.x is not None:
        chosen = outcome.x[: sets.sites] > 0.5
        if covered(sets, chosen) >= least and price[chosen].sum() < value:
            opened, value = chosen, float(price[chosen].sum())
    bound = max(lowest, -outcome.bound)
    bound = math.ceil(bound - 1e-6) if whole and math.isfinite(bound) else bound
    near = outcome.status == "optimal" and value - bound <= 1e-6 * max(unit, value)
    return opened, value if near else min(bound, value)


def _start(sets: CoverSets, state: State, price: Floats, least: float, clock: Clock, seed: int) -> Flags:
    """Return sites that cover the least weight: one by one, by the most missing weight for their price."""
    opened: Flags = state == 1
    matrix = sets.matrix()
    while covered(sets, opened) < least:
        rest = np.where(matrix @ opened.astype(float) > 0, 0.0, sets.weight)
        gain = np.minimum(matrix.T @ rest, least - covered(sets, opened))
        worth = np.where((state == 0) & ~opened & (gain > 0), gain / np.maximum(price, 1e-9), -1.0)
        opened[int(np.argmax(worth))] = True
    for j in np.flatnonzero(opened & (state == 0))[::-1]:
        opened[j] = False
        opened[j] = covered(sets, opened) < least
    return opened


def _needed(sets: CoverSets, state: State, least: float, opened: Flags, clock: Clock) -> int:
    """Return how many free sites any choice needs at least."""
    rest, already, _ = restrict(sets, state)
    with clock.stage("bound"):
        return fewest(rest, least - already, int((opened & (state == 0)).sum()), clock)


def _fewer(
    sets: CoverSets, state: State, least: float, opened: Flags, needed: int, clock: Clock, seed: int
) -> tuple[Flags, bool]:
    """All free sites cost the same: ask for one site fewer until so few are not enough, or below what is needed."""
    while True:
        count = int((opened & (state == 0)).sum()) - 1
        if count < needed:
            return opened, True
        if clock.stop():
            return opened, False
        found = cover_most(sets, state, count, clock, seed=seed, aim=least)
        if found.value < least:
            return opened, found.bound < least
        opened = found.opened


def _solution(
    problem: Problem, opened: Flags | None, bound: float, price: Floats, limit: float, share: float,
    notes: tuple[str, ...], clock: Clock, status: mip.Status,
) -> Solution:  # fmt: skip
    measures, value = {}, math.nan
    if opened is not None:
        value, total = float(price[opened].sum()), float(problem.weights.sum())
        site, _ = problem.nearest(opened, limit)
        weight = float(problem.weights[site >= 0].sum())
        measures = {"covered_weight": weight, "covered_share_of_weight": weight / total if total > 0 else math.nan}
    return make_solution(
        problem, "partial LSCP", opened=opened, status=status, objective=value, bound=bound, maximise=False,
        clock=clock, notes=notes, limit=limit, parameters={"standard": limit, "share": float(share)},
        measures=measures,
    )  # fmt: skip
