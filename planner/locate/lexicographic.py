"""Objectives in order of importance, each kept up to an allowed loss while the next one is bettered.

Lexicographic programming (Isermann, 1982) over the objectives of siting: coverage, then travel; centre, then travel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import coo_array, csc_array

from planner.errors import ScenarioError
from planner.locate.cover.rows import cover_rows
from planner.locate.cover.search import greedy, make_search
from planner.locate.plain import as_number
from planner.locate.problem import TOLERANCE, Flags, Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock, start
from planner.locate.standard import Standard, Steps, read_standard, refuse_mixed
from planner.locate.tables import Floats, Ints, PairsInput, ValuesInput

__all__ = ["Goal", "lexicographic"]


@dataclass(frozen=True)
class Goal:
    """One objective: "coverage" (most weight within ``standard``), "travel" (p-median) or "centre" (p-center).

    ``loss`` is the share of its best value that later goals may give away.
    """

    kind: Literal["coverage", "travel", "centre"]
    standard: Standard | None = None
    loss: float = 0.0


def lexicographic(
    pairs: PairsInput,
    weights: ValuesInput | None,
    goals: Sequence[Goal],
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
    """Return p new sites that are best for the goals in their order.

    Objective and bound are those of the last goal; the measures hold the value of each. The status is optimal only if
    every goal was proven in turn. Travel and centre first serve as much weight as the sites can, as p-median does;
    the centre is the largest travel of demand that can be served.

    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"s": [100.0, 400.0], "t": [300.0, 100.0]}, index=["a", "b"])
    >>> lexicographic(pairs, None, [Goal("coverage", "500m"), Goal("travel")], p=1).sites
    ('t',)
    """
    _check(goals)
    clock = start(time_limit, seed, threads, gap)
    with clock.running():
        problem = make_problem(pairs, weights, required=required, excluded=excluded, existing=existing)
        limits, notes = _limits(goals, problem)
        stack = _Stack(problem, problem.check_count(p), limits[0], seed, threads)
        for number, (goal, limit) in enumerate(zip(goals, limits, strict=True), start=1):
            before = stack.proven
            with clock.stage(goal.kind):
                stack.reach(goal, limit, clock, gap)
            if before and not stack.proven and number < len(goals):
                notes = (*notes, f"goal {number} ({goal.kind}) is not proven: a better value of it may change the rest")
    if clock.interrupted:
        notes = (*notes, "interrupted: the best solution so far")
    return _solution(stack, goals, limits, clock, notes)


def _limits(goals: Sequence[Goal], problem: Problem) -> tuple[list[float], tuple[str, ...]]:
    refuse_mixed(goal.standard for goal in goals)
    limits: list[float] = []
    notes: tuple[str, ...] = ()
    for number, goal in enumerate(goals, start=1):
        limit = math.inf
        more: tuple[str, ...] = ()
        if goal.standard is not None:
            limit, more = read_standard(goal.standard, problem, name=f"standard of goal {number}")
        limits.append(limit)
        notes += more
    return limits, notes


def _solution(
    stack: _Stack, goals: Sequence[Goal], limits: Sequence[float], clock: Clock, notes: tuple[str, ...]
) -> Solution:
    values = [stack.measure(goal, limit) for goal, limit in zip(goals, limits, strict=True)]
    names = [f"goal_{number}_{goal.kind}" for number, goal in enumerate(goals, start=1)]
    bound = stack.bound if stack.maximise else max(0.0, -stack.bound)
    parameters = {
        "p": stack.p,
        "goals": [(goal.kind, limit) for goal, limit in zip(goals, limits, strict=True)],
        "settled": stack.settled,
    }
    proven = stack.proven and abs(bound - values[-1]) <= 1e-5 * max(stack.problem.grain, values[-1])
    bound = values[-1] if proven else bound
    return make_solution(
        stack.problem, "lexicographic", opened=stack.opened, status="optimal" if proven else "feasible",
        objective=values[-1], bound=max(bound, values[-1]) if stack.maximise else min(bound, values[-1]),
        maximise=stack.maximise, seconds=clock.seconds(), notes=notes, parameters=parameters,
        measures=dict(zip(names, values, strict=True)),
    )  # fmt: skip


def _check(goals: Sequence[Goal]) -> None:
    example = 'Write for example [Goal("coverage", "10min"), Goal("travel")].'
    if not isinstance(goals, Sequence) or isinstance(goals, str):
        raise ScenarioError(f"goals = {goals!r} is not a list of goals. {example}")
    if not goals:
        raise ScenarioError(f"goals is empty. {example}")
    for goal in goals:
        if not isinstance(goal, Goal):
            raise ScenarioError(f'The goal {goal!r} is not a Goal. Write for example Goal("travel").')
        if goal.kind not in ("coverage", "travel", "centre"):
            raise ScenarioError(f'The goal {goal.kind!r} is not known. Goals are "coverage", "travel" and "centre".')
        if (goal.kind == "coverage") != (goal.standard is not None):
            raise ScenarioError("The goal coverage needs a standard, and no other goal takes one.")
        if not 0 <= as_number(goal.loss) < math.inf:
            raise ScenarioError(f"loss = {goal.loss!r} must be a share, zero or more, like 0.05.")


def _least(value: float, loss: float, profit: Floats) -> float:
    """Return the limit that keeps a value up to a loss, in the unit of the profits.

    It lies clear of every value that must pass: half a unit below where all profits are whole, else a millionth. A
    limit as near as the solver's own tolerance made presolve of HiGHS 1.16.0 lose the optimum.
    """
    least = value - loss * abs(value)
    if bool((profit == np.round(profit)).all()):
        return math.ceil(least - 1e-6) - 0.5
    return least - 1e-6 * max(1.0, abs(value))


@dataclass(frozen=True, eq=False)
class _Block:
    """Entries, rows and columns that a goal adds; the first columns are the sites, its own ones follow.

    ``profit`` is in units of ``unit``, so that the solver tells small ones apart.
    """

    row: Ints
    column: Ints
    value: Floats
    lower: Floats
    upper: Floats
    columns: int
    profit: Floats
    unit: float = 1.0


def _first_sites(problem: Problem, p: int, limit: float) -> Flags:
    """Return sites to begin with: one by one, the one that newly covers the most weight."""
    sets = cover_rows(problem, Steps((limit if math.isfinite(limit) else problem.typical(),), (1.0,)))
    opened, state = problem.state == 1, problem.state
    left = p - int((problem.required & ~problem.existing).sum())
    return greedy(make_search(sets, state == 0), opened, left)


class _Stack:
    """The goals reached so far, as blocks of one growing model, and the best sites for them."""

    def __init__(self, problem: Problem, p: int, limit: float, seed: int, threads: int) -> None:
        self.problem, self.p, self.seed, self.threads = problem, p, seed, threads
        self.blocks: list[_Block] = []
        self.kept: list[float] = []
        self.opened = _first_sites(problem, p, limit)
        self.proven, self.bound, self.objective, self.maximise = True, math.nan, math.nan, False
        keep = ~problem.excluded[problem.site]
        self.row, self.site, self.impedance = problem.row[keep], problem.site[keep], problem.impedance[keep]
        self.settled = True
        self.unit = mip.small_scale(problem.weights)
        self.weights = problem.weights / self.unit

    def reach(self, goal: Goal, limit: float, clock: Clock, gap: float) -> None:
        if goal.kind == "coverage":
            self.settled = self.proven
            self._best(self._covering(limit), Goal("coverage"), limit, goal.loss, clock, gap)
            self.maximise = True
            return
        self._best(self._covering(math.inf), Goal("coverage"), math.inf, 0.0, clock, 0.0)
        self.settled = self.proven
        if goal.kind == "travel":
            self._best(self._travelling(), goal, math.inf, goal.loss, clock, gap)
        else:
            self._centre(goal.loss, clock)
        self.maximise = False

    def _covering(self, limit: float, slack: float = TOLERANCE) -> _Block:
        """Rows ``Σ_{j near i} x_j − z_i ≥ 0`` with the weights as profit."""
        near = self.impedance <= limit + slack
        sites, rows = len(self.problem.sites), len(self.problem.demand)
        row = np.concatenate([self.row[near], np.arange(rows)])
        column = np.concatenate([self.site[near], sites + np.arange(rows)])
        value = np.concatenate([np.ones(int(near.sum())), np.full(rows, -1.0)])
        return _Block(row, column, value, np.zeros(rows), np.full(rows, math.inf), rows, self.weights, self.unit)

    def _travelling(self) -> _Block:
        """Rows ``y_ij ≤ x_j``, ``Σ_j y_ij ≥ s_i`` and ``s_i ≥ x_j``: who can reach an open site is served.

        The last row, ``Σ_i w_i s_i`` at least what is served, follows from these where the sites are whole. It makes
        the linear program serve everybody too: without it shares of sites serve shares of people, and the bound is low.
        """
        sites, rows, pairs = len(self.problem.sites), len(self.problem.demand), len(self.row)
        y, s, at = sites + np.arange(pairs), sites + pairs + np.arange(rows), np.arange(pairs)
        served, ones, last = pairs + rows + at, np.ones(pairs), np.full(rows, pairs + rows + pairs)
        row = np.concatenate([at, at, pairs + self.row, pairs + np.arange(rows), served, served, last])
        column = np.concatenate([y, self.site, y, s, s[self.row], self.site, s])
        value = np.concatenate([ones, -ones, ones, np.full(rows, -1.0), ones, -ones, self.weights])
        lower = np.concatenate([np.full(pairs, -math.inf), np.zeros(rows + pairs), self.kept[-1:]])
        upper = np.concatenate([np.zeros(pairs), np.full(rows + pairs + 1, math.inf)])
        travel = self.weights[self.row] * self.impedance
        unit = mip.small_scale(travel)
        profit = np.concatenate([-travel / unit, np.zeros(rows)])
        return _Block(row, column, value, lower, upper, pairs + rows, profit, unit * self.unit)

    def _best(self, block: _Block, goal: Goal, limit: float, loss: float, clock: Clock, gap: float) -> None:
        """Maximise the profit of a new block under what is kept, and keep it up to the loss.

        Where the solver finds nothing better in the time, the sites so far give its value.
        """
        outcome = mip.solve(self._model(block), clock, gap=gap, seed=self.seed, threads=self.threads)
        value = self.measure(goal, limit) * (-1.0 if goal.kind == "travel" else 1.0) / block.unit
        if outcome.x is not None and (outcome.status == "optimal" or outcome.objective > value):
            self.opened, value = outcome.x[: len(self.problem.sites)] > 0.5, outcome.objective
        close = 1e-5 * max(1.0, abs(value)) if outcome.status == "optimal" else 0.0
        self.proven &= outcome.bound - value <= close
        self.objective, self.bound = value * block.unit, outcome.bound * block.unit
        self.blocks.append(block)
        self.kept.append(_least(value, loss, block.profit))

    def _model(self, block: _Block, least: float | None = None) -> mip.Model:
        """Return the model of what is kept and of a new block: its profit at best, or at ``least``."""
        kept = [*self.kept, *([] if least is None else [least])]
        sites, problem = len(self.problem.sites), self.problem
        rows, columns = 1, sites
        new = np.flatnonzero(~problem.existing)
        parts = [(np.zeros(len(new), np.int64), new, np.ones(len(new)))]
        lower, upper = [np.array([-math.inf])], [np.array([float(self.p)])]
        for number, one in enumerate([*self.blocks, block]):
            column = np.where(one.column < sites, one.column, one.column - sites + columns)
            parts.append((rows + one.row, column, one.value))
            lower.append(one.lower)
            upper.append(one.upper)
            rows += len(one.lower)
            if number < len(kept):
                parts.append((np.full(one.columns, rows), columns + np.arange(one.columns), one.profit))
                lower.append(np.array([kept[number]]))
                upper.append(np.array([math.inf]))
                rows += 1
            columns += one.columns
        cost = np.zeros(columns)
        if least is None:
            cost[columns - block.columns :] = block.profit
        row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
        state = problem.state
        return mip.Model(
            cost=cost,
            matrix=csc_array(coo_array((value, (row, column)), shape=(rows, columns))),
            row_lower=np.concatenate(lower),
            row_upper=np.concatenate(upper),
            lower=np.concatenate([(state == 1).astype(float), np.zeros(columns - sites)]),
            upper=np.concatenate([(state >= 0).astype(float), np.ones(columns - sites)]),
            integer=np.arange(columns) < sites,
            maximise=True,
        )

    def _centre(self, loss: float, clock: Clock) -> None:
        """Halve over the distances for the least radius within which all that can be served is covered."""
        served = self.kept[-1]
        values = np.append(0.0, np.unique(self.impedance))
        low, high = 0, int(np.searchsorted(values, self._radius()))
        while low < high and not clock.stop():
            middle = (low + high) // 2
            model = self._model(self._covering(values[middle], slack=0.0), served)
            outcome = mip.solve(model, clock, seed=self.seed, threads=self.threads)
            if outcome.x is not None:
                self.opened = outcome.x[: len(self.problem.sites)] > 0.5
                high = min(middle, int(np.searchsorted(values, self._radius())))
            elif outcome.status == "infeasible":
                low = middle + 1
            else:
                break
        self.proven &= low >= high
        self.objective, self.bound = -float(values[high]), -float(values[low])
        self.blocks.append(self._covering(float(values[high]) * (1 + loss) * (1 + 1e-12), slack=0.0))
        self.kept.append(served)

    def _radius(self) -> float:
        """Return the largest travel of weighted demand to the sites found last."""
        _, travel = self.problem.nearest(self.opened)
        return float(np.nanmax(np.where(self.problem.weights > 0, travel, np.nan), initial=0.0))

    def measure(self, goal: Goal, limit: float) -> float:
        """Return the value of a goal for the sites found last."""
        if goal.kind == "centre":
            return self._radius()
        site, travel = self.problem.nearest(self.opened, limit)
        near = site >= 0
        weights = self.problem.weights[near]
        return float(weights.sum() if goal.kind == "coverage" else weights @ travel[near])
