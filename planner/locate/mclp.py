"""Maximal covering: the most demand weight within a standard of p new sites (Church and ReVelle, 1974)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from planner.errors import ScenarioError
from planner.locate.choice import Choice, read_choice
from planner.locate.cover.branch import CoverResult, cover_most
from planner.locate.cover.capacity import cover_with_capacity, serve
from planner.locate.cover.model import cover_model
from planner.locate.cover.rows import counted_weight, cover_rows
from planner.locate.cover.search import covered, without_useless
from planner.locate.cover.sets import CoverSets, State
from planner.locate.cover.stream import Piece, is_pieces, read_stream
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock, start
from planner.locate.solver.mip import small_scale
from planner.locate.standard import StandardInput, Steps, read_steps
from planner.locate.tables import Floats, Ints, PairsInput, ValuesInput

__all__ = ["mclp", "most_covered"]

_PIECES = "With pairs in pieces, each piece carries its weights (give weights=None), and capacity is not available."


def mclp(
    pairs: PairsInput | Iterable[Piece],
    weights: ValuesInput | None,
    standard: StandardInput,
    p: int | None = None,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    capacity: ValuesInput | float | None = None,
    cost: ValuesInput | float | None = None,
    budget: float | None = None,
    time_limit: float = 60.0,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> Solution:
    """Return at most p new sites, or sites within a budget, that cover the most weight.

    ``standard`` is an impedance in the unit of the pairs, a text with its unit ("600m", "10min"), several of them
    with falling shares (``[("5min", 1.0), ("10min", 0.5)]``), or a decay curve from impedances to shares. ``required``
    sites are open and count among the p; ``existing`` ones are open and free. With ``capacity`` a site serves at most
    so much weight, which may be split; the assignment then names the site that serves most, and the weight served.
    Sites that would add nothing are not opened. ``pairs`` may come in pieces, each ``(pairs, weights)`` with all the
    pairs of its demand; there is no assignment then.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"s": [100.0, 900.0], "t": [800.0, 300.0]}, index=["a", "b"])
    >>> mclp(pairs, {"a": 5, "b": 7}, "500m", p=1).sites
    ('t',)
    """
    clock = start(time_limit, seed, threads, gap)
    rules: dict[str, Any] = {"required": required, "excluded": excluded, "existing": existing, "cost": cost}
    with clock.running():
        if is_pieces(pairs):
            if capacity is not None or weights is not None:
                raise ScenarioError(_PIECES)
            return _from_pieces(pairs, standard, p, budget, rules, clock, gap, seed, threads)  # type: ignore[arg-type]
        with clock.stage("read"):
            problem = make_problem(pairs, weights, capacity=capacity, **rules)
            steps, notes = read_steps(standard, problem)
            choice = read_choice(problem, p, budget)
        if capacity is not None:
            return _with_capacity(problem, steps, choice, notes, clock, gap, seed, threads)
        with clock.stage("merge"):
            sets = cover_rows(problem, steps)
        result = most_covered(sets, problem.state, choice, clock, gap=gap, seed=seed, threads=threads)
        notes += _enough(sets, result, choice, clock)
        value = counted_weight(problem, result.opened, steps)
        measures = _shares(float(problem.weights.sum()), value)
    return _solution(problem, steps, choice, result, value, clock, notes, measures)


def most_covered(
    sets: CoverSets, state: State, choice: Choice, clock: Clock, *, gap: float, seed: int, threads: int
) -> CoverResult:
    """Return the free sites that cover the most rows within the limits: by branch and bound, with a budget by MIP."""
    if math.isinf(choice.budget):
        count = int(choice.count - ((state == 1) & (choice.new > 0)).sum())
        found = cover_most(sets, state, count, clock, gap=gap, seed=seed, threads=threads)
    else:
        found = _within_budget(sets, state, choice, clock, gap, seed, threads)
    opened = without_useless(sets, found.opened, state, np.zeros(sets.sites))
    return CoverResult(opened, found.value, found.bound, found.nodes, found.rounds)


def _within_budget(
    sets: CoverSets, state: State, choice: Choice, clock: Clock, gap: float, seed: int, threads: int
) -> CoverResult:
    opened = _cheap_greedy(sets, state, choice)
    value = covered(sets, opened)
    model = cover_model(sets, state, price=np.zeros(sets.sites), profit=sets.weight, sides=choice.sides())
    most = covered(sets, state >= 0)
    with clock.stage("model"):
        try:
            outcome = mip.solve(model, clock, gap=gap, known=value, seed=seed, threads=threads)
        except mip.SolverError:  # prices too unequal for the solver: what it says is not true
            return CoverResult(opened, value, most, 0, 0)
    if outcome.x is not None:
        chosen = outcome.x[: sets.sites] > 0.5
        if choice.allows(chosen) and covered(sets, chosen) > value:
            opened, value = chosen, covered(sets, chosen)
    bound = min(outcome.bound, most)
    if outcome.status == "optimal" and bound - value <= max(gap, 1e-9) * abs(value) + 1e-6 * small_scale(sets.weight):
        bound = value if gap == 0 else max(bound, value)
    return CoverResult(opened, value, max(bound, value), outcome.nodes, 0)


def _cheap_greedy(sets: CoverSets, state: State, choice: Choice) -> Flags:
    """Return sites by the most weight per money, as far as the limits allow."""
    opened: Flags = state == 1
    matrix = sets.matrix()
    while True:
        rest = np.where(matrix @ opened.astype(float) > 0, 0.0, sets.weight)
        gain = matrix.T @ rest
        left = choice.budget - choice.price[opened].sum()
        full = choice.new[opened].sum() >= choice.count
        able = (state == 0) & ~opened & (choice.price <= left) & (gain > 0) & (not full or choice.new == 0)
        if not able.any():
            return opened
        worth = np.where(able, gain / np.maximum(choice.price, 1e-12), -1.0)
        opened = opened.copy()
        opened[int(np.argmax(worth))] = True


def _enough(sets: CoverSets, result: CoverResult, choice: Choice, clock: Clock) -> tuple[str, ...]:
    """Return the note that fewer sites than allowed do as much; of what a budget forbids it says nothing."""
    used = int(choice.new[result.opened].sum())
    if math.isinf(choice.count) or math.isfinite(choice.budget) or used >= choice.count or result.bound > result.value:
        return ()
    sites = "site suffices" if used == 1 else "sites suffice"
    return (f"{used} {sites}: the other {int(choice.count) - used} of p = {int(choice.count)} would add nothing",)


def _shares(total: float, value: float) -> dict[str, float]:
    return {"covered_weight": value, "covered_share_of_weight": value / total if total > 0 else math.nan}


def _parameters(steps: Steps, choice: Choice) -> dict[str, Any]:
    count = None if math.isinf(choice.count) else int(choice.count)
    return {"steps": steps, "p": count, "budget": None if math.isinf(choice.budget) else choice.budget}


def _solution(
    problem: Problem, steps: Steps, choice: Choice, result: CoverResult, value: float, clock: Clock,
    notes: tuple[str, ...], measures: dict[str, float],
) -> Solution:  # fmt: skip
    near = result.bound - result.value <= 1e-9 * max(problem.grain, result.value)
    bound = value if near else max(result.bound, value)
    return make_solution(
        problem, "MCLP", opened=result.opened, status="optimal" if near else "feasible", objective=value,
        bound=bound, maximise=True, clock=clock, notes=notes, limit=steps.limit,
        parameters=_parameters(steps, choice), measures=measures,
    )  # fmt: skip


def _with_capacity(
    problem: Problem, steps: Steps, choice: Choice, notes: tuple[str, ...], clock: Clock,
    gap: float, seed: int, threads: int,
) -> Solution:  # fmt: skip
    opened, bound = cover_with_capacity(problem, steps, choice, clock, gap=gap, seed=seed, threads=threads)
    if opened is None:
        opened = problem.state == 1
    with clock.stage("serve"):
        served = serve(problem, steps, opened)
    site, impedance, total = _largest(problem, served.flow)
    top = float(problem.weights[problem.reached].sum()) * steps.share(np.zeros(1))[0]
    bound = max(min(bound, top), served.value)
    near = bound - served.value <= 1e-6 * max(problem.grain, served.value)
    solution = make_solution(
        problem, "capacitated MCLP", opened=opened, status="optimal" if near else "feasible", objective=served.value,
        bound=served.value if near else bound, maximise=True, clock=clock, notes=notes,
        assigned=(site, impedance), parameters=_parameters(steps, choice),
        measures=_shares(float(problem.weights.sum()), served.value),
    )  # fmt: skip
    solution.assignment["served"] = total[problem.order]
    return solution


def _largest(problem: Problem, flow: Floats) -> tuple[Ints, Floats, Floats]:
    """Return the site that serves most of each demand (ties: smaller id), its impedance, and all that is served."""
    at = np.flatnonzero(flow > 1e-9 * problem.grain)
    order = at[np.lexsort((problem.site[at], -flow[at], problem.row[at]))]
    row = problem.row[order]
    first = order[np.append(True, row[1:] != row[:-1])[: len(row)]]
    site, impedance = np.full(len(problem.demand), -1), np.full(len(problem.demand), np.nan)
    site[problem.row[first]], impedance[problem.row[first]] = problem.site[first], problem.impedance[first]
    total: Floats = np.bincount(problem.row, weights=flow, minlength=len(problem.demand)).astype(float)
    return site, impedance, total


def _from_pieces(
    pieces: Iterable[Piece], standard: StandardInput, p: int | None, budget: float | None, rules: dict[str, Any],
    clock: Clock, gap: float, seed: int, threads: int,
) -> Solution:  # fmt: skip
    read = read_stream(pieces, standard, clock, rules)
    choice = read_choice(read.problem, p, budget)
    state = read.problem.state
    result = most_covered(read.sets, state, choice, clock, gap=gap, seed=seed, threads=threads)
    notes = read.notes + _enough(read.sets, result, choice, clock)
    measures = _shares(read.weight, result.value)
    measures["distinct_rows"] = float(read.sets.rows)
    return _solution(read.problem, read.steps, choice, result, result.value, clock, notes, measures)
