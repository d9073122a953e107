"""Objectives in order of importance, each kept up to an allowed loss while the next one is bettered.

Coverage first is maximal covering; a centre, and travel within its radius, are those of :func:`p_center` and
:func:`p_median` as long as everyone is served and nothing else is kept. All else is solved in turn
(:mod:`planner.locate.in_turn`; lexicographic programming, Isermann, 1982).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.errors import ScenarioError
from planner.locate.centre_rows import pair_rows
from planner.locate.cover.branch import cover_soon
from planner.locate.cover.center import solve_center
from planner.locate.cover.rows import cover_rows
from planner.locate.cover.search import covered
from planner.locate.cover.sets import merge
from planner.locate.in_turn import Answer, Covered, InTurn, Travelled
from planner.locate.median.engine import solve_median
from planner.locate.median.nearest import cut
from planner.locate.median.search import filled, neighbourhood
from planner.locate.p_median import median_problem
from planner.locate.plain import as_number
from planner.locate.problem import Flags, Problem, make_problem
from planner.locate.solution import Solution, make_solution
from planner.locate.solver.clock import Clock, start
from planner.locate.solver.mip import small_scale
from planner.locate.standard import Standard, Steps, read_standard, refuse_mixed
from planner.locate.tables import PairsInput, ValuesInput, listing
from planner.ragged import starts
from planner.units import tolerance

__all__ = ["Goal", "lexicographic"]

_ROUNDING, _SHARE = 1e-12, 0.5


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
    the centre is the largest travel of demand that can be served; demand of weight 0 does not count, and is named.

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
        notes += _weightless(goals, problem)
        order = _Order(problem, problem.check_count(p), clock, gap, seed, threads)
        for number, (goal, limit) in enumerate(zip(goals, limits, strict=True), start=1):
            before = order.proven
            with clock.stage(goal.kind):
                order.reach(goal, limit, clock if number == len(goals) else clock.part(_SHARE))
            if before and not order.proven and number < len(goals):
                notes = (*notes, f"goal {number} ({goal.kind}) is not proven: a better value of it may change the rest")
    return _solution(order, goals, limits, notes)


class _Order:
    """The goals reached so far and the sites found for them."""

    def __init__(self, problem: Problem, p: int, clock: Clock, gap: float, seed: int, threads: int) -> None:
        self.problem, self.p, self.clock, self.gap, self.seed, self.threads = problem, p, clock, gap, seed, threads
        self.turn = InTurn(problem.state, ~problem.existing, 0, p, clock, seed)
        self.bound, self.proven, self.settled = math.nan, True, True
        self.served = math.nan
        self.everyone = False
        self.radius: float | None = math.inf

    @property
    def opened(self) -> Flags:
        """The sites found last."""
        return self.turn.opened

    def reach(self, goal: Goal, limit: float, clock: Clock) -> None:
        """Find the best sites for one more goal."""
        self.settled, self.clock, self.turn.clock = self.proven, clock, clock
        if goal.kind == "coverage":
            self._most(f"within {limit:.17g}", limit, goal.loss, self.gap)
            self.radius = None
            return
        if math.isnan(self.served):
            self.turn.clock = clock.part(_SHARE)
            self.served = self._most("served", math.inf, 0.0, 0.0)
            self.settled, self.turn.clock = self.proven, clock
            self.everyone = self._serves_everyone()
        if goal.kind == "travel":
            self._travel(goal.loss)
            self.radius = None
        else:
            self._centre(goal.loss)

    def _serves_everyone(self) -> bool:
        """Return whether the sites found last serve everyone whom a site reaches."""
        site, _ = self.problem.nearest(self.opened)
        return bool((site[self.problem.reached & (self.problem.weights > 0)] >= 0).all())

    def _most(self, measure: str, limit: float, loss: float, gap: float) -> float:
        """Cover the most weight within a limit; return how much."""
        problem, bound = self.problem, None
        objective = Covered.of(measure, cover_rows(problem, Steps((limit,), (1.0,))), limit + tolerance(limit))
        if not self.turn.behind:
            left = self.p - int((problem.required & ~problem.existing).sum())
            sets, clock = objective.sets, self.turn.clock.part(_SHARE)
            best = cover_soon(sets, problem.state, left, clock, gap=gap, seed=self.seed, threads=self.threads)
            self.turn.opened, bound = best.opened, best.bound
        answer = self.turn.better(objective, loss, bound, gap)
        self._told(answer, objective.scale)
        return answer.value * objective.scale

    def _told(self, answer: Answer, scale: float) -> None:
        """Note the bound of an answer in multiples of the scale, and whether it is proven."""
        self.bound = answer.bound * scale
        self.proven &= answer.bound == answer.value

    def _travel(self, loss: float) -> None:
        """Travel least; where all that is kept is that everyone is served within ``radius``, by the median's engine."""
        hood, weight = median_problem(self.problem, self.p)
        objective = Travelled.of(hood, weight, math.inf if self.everyone else self.served)
        if not self.everyone or self.radius is None:
            answer = self.turn.better(objective, loss, gap=self.gap)
        else:
            lists = cut(objective.lists, hood.state, weight * (self.radius / objective.scale) * (1 + _ROUNDING))
            near = neighbourhood(lists, objective.absent, objective.fixed_cost, hood.state, hood.least, hood.most)
            first = filled(self.opened, hood.state, hood.most)
            proof = solve_median(near, first, objective.step, self.clock, gap=self.gap, seed=self.seed)
            answer = self.turn.note(objective, proof.open_sites, proof.value, proof.bound, loss)
        self._told(answer, objective.scale)

    def _centre(self, loss: float) -> None:
        """Serve what can be served within the least radius."""
        if self.everyone and self.radius is not None:
            state, most = self.problem.state, self.p + int(self.problem.existing.sum())
            rows = pair_rows(self.problem, np.ones(len(self.problem.demand)), self.problem.weights > 0)
            proof = solve_center(rows, state, most, self.clock, seed=self.seed, threads=self.threads)
            if proof.radius < self._radius():
                self.turn.opened = proof.open_sites
            bound = proof.bound
        else:
            bound = self._halved()
        radius = self._radius()
        self.bound, self.proven = bound, self.proven and bound >= radius * (1 - _ROUNDING)
        kept = self._within(radius * (1 + loss))
        value = covered(kept.sets, self.opened)
        self.turn.note(kept, self.opened, value, value, 0.0)
        if self.radius is not None:
            self.radius = min(self.radius, radius * (1 + loss))

    def _halved(self) -> float:
        """Halve over the distances for the least radius within which all that can be served is; return its bound."""
        values = np.append(0.0, np.unique(self.problem.impedance))
        weight = covered(self._within(math.inf).sets, self.opened)
        low, high = 0, int(np.searchsorted(values, self._radius()))
        while low < high and not self.clock.stop():
            middle = (low + high) // 2
            answer = self.turn.able(self._within(float(values[middle])), weight)
            if answer.network is not None:
                high = min(middle, int(np.searchsorted(values, self._radius())))
            elif answer.status == "infeasible":
                low = middle + 1
            else:
                break
        return float(values[low])

    def _within(self, radius: float) -> Covered:
        """Return who is served within a radius, to the last digit: by number where everyone is, else by weight."""
        problem = self.problem
        weights = (problem.weights > 0).astype(float) if self.everyone else problem.weights
        scale = small_scale(weights)
        near = (problem.impedance <= radius) & ~problem.excluded[problem.site] & (problem.weights[problem.row] > 0)
        start = starts(np.bincount(problem.row[near], minlength=len(problem.demand)))
        sets, _ = merge(start, problem.site[near], weights / scale, len(problem.sites))
        return Covered(f"centre {radius:.17g}", sets, scale)

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


def _solution(order: _Order, goals: Sequence[Goal], limits: Sequence[float], notes: tuple[str, ...]) -> Solution:
    values = [order.measure(goal, limit) for goal, limit in zip(goals, limits, strict=True)]
    names = [f"goal_{number}_{goal.kind}" for number, goal in enumerate(goals, start=1)]
    maximise = goals[-1].kind == "coverage"
    kinds = [(goal.kind, limit) for goal, limit in zip(goals, limits, strict=True)]
    parameters = {"p": order.p, "goals": kinds, "settled": order.settled}
    bound = order.bound if maximise else max(0.0, order.bound)
    if order.proven:
        bound = values[-1]
    return make_solution(
        order.problem, "lexicographic", opened=order.opened, status="optimal" if order.proven else "feasible",
        objective=values[-1], bound=max(bound, values[-1]) if maximise else min(bound, values[-1]), maximise=maximise,
        clock=order.clock, notes=notes, parameters=parameters,
        measures=dict(zip(names, values, strict=True)),
    )  # fmt: skip


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


def _weightless(goals: Sequence[Goal], problem: Problem) -> tuple[str, ...]:
    """Return a note of the demand that a centre by weight passes over, unlike the one of p_center."""
    idle = problem.demand[problem.reached & (problem.weights == 0)]
    if not len(idle) or all(goal.kind != "centre" for goal in goals):
        return ()
    return (f"demand of weight 0 does not count for the goal centre: {listing(idle)}",)


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
