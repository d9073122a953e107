"""One objective after the other: linear bound, first network, fixing, and rounds of the integer master.

Each objective keeps the values of those before it, less the allowed loss. A round solves the master, evaluates its
answer truly and cuts off what it overstates, until the bound meets the true value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.constraints import Columns, Rows
from planner.locate.network.master import LinearBound, Master, cut_rows, linear_bound
from planner.locate.network.objectives import Network, Objective, Terms
from planner.locate.network.problem import NetworkProblem, link_lounges
from planner.locate.network.whole import solve_whole
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = [
    "Answer",
    "Goal",
    "Search",
    "as_loads",
    "cut_off",
    "keep",
    "near_enough",
    "network_of",
    "reach",
    "sign_of",
    "slack",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CLOSE = 1e-7
_TOLERANCE = 1e-6
_NOBODY = 1e-9
_STEP = 1e-3
_MOMENT = 1.0
_FIRST_ROUNDS = 5
_NOTHING = np.empty(0, dtype=np.int64)
_FIRST_SECONDS = 20.0


@dataclass(frozen=True)
class Goal:
    """An objective and how much of its best value later objectives may give up (a share of it, 0 for nothing)."""

    objective: Objective
    allowed_loss: float = 0.0


@dataclass(frozen=True)
class Answer:
    """The best network for one objective so far, its true value, and the bound."""

    status: mip.Status
    network: Network | None
    value: float
    bound: float


@dataclass
class Search:
    """What is shared by the objectives: the master, cuts, columns closed and opened for good, and values to keep.

    ``floors`` are the objectives behind and the values to keep, ``kept`` their rows. Ties are settled ``until`` then
    (by :func:`time.perf_counter`).
    """

    problem: NetworkProblem
    master: Master
    clock: Clock
    solver: Mapping[str, float]
    more: list[Rows] = field(default_factory=list)
    closed: Ints = field(default_factory=lambda: _NOTHING)
    opened: Ints = field(default_factory=lambda: _NOTHING)
    floors: list[tuple[Objective, float]] = field(default_factory=list)
    kept: list[Rows] = field(default_factory=list)
    until: float = math.inf
    parts: Ints = field(default_factory=lambda: _NOTHING)
    seen: dict[bytes, set[int]] = field(default_factory=dict)

    def program(
        self,
        terms: Terms,
        *,
        maximise: bool,
        more: Sequence[Rows] = (),
        closed: Ints = _NOTHING,
        opened: Ints = _NOTHING,
    ) -> mip.Model:
        """Return the integer master under all cuts and values to keep, with these columns closed and opened as well."""
        model = self.master.model(terms, [*self.more, *self.kept, *more], maximise=maximise)
        model.upper[np.union1d(self.closed, closed)] = 0.0
        model.lower[np.union1d(self.opened, opened)] = 1.0
        return model


def reach(search: Search, goal: Goal, before: Network | None, bound: float | None = None) -> Answer:
    """Optimise one objective: linear bound, first network, fixing; then rounds without what cannot be better.

    ``before`` is a network that keeps all values, ``bound`` a bound that is known already.
    """
    objective, problem = goal.objective, search.problem
    terms = objective.terms(problem, search.master.layout)
    limit = (math.inf if objective.maximise else -math.inf) if bound is None else bound
    answer = Answer("no_solution", None, math.nan, limit)
    if before is not None:
        answer = Answer("feasible", before, objective.value(problem, before), limit)
    search.parts = np.union1d(search.parts, search.master.counted(terms))
    search.seen.clear()
    linear = linear_bound(
        search.master, terms, search.clock, [*search.more, *search.kept], search.parts, maximise=objective.maximise,
        closed=search.closed, opened=search.opened,
    )  # fmt: skip
    if linear is None:
        return _rounds(search, objective, terms, answer, _NOTHING, _NOTHING)
    search.more.extend(cut.rows for cut in linear.cuts)
    answer = _bounded(search, answer, linear.bound, objective)
    if not _met(search, objective, answer):
        beside = np.flatnonzero(linear.x[: problem.n_options] <= _CLOSE)
        answer = _restricted(search, objective, terms, answer, beside)
    better = sign_of(objective) * answer.value + max(_grain(search, objective) - _TOLERANCE, 0.0)
    answer = _rounds(search, objective, terms, answer, *_decided_below(search, linear, objective, better))
    kept = sign_of(objective) * answer.value - goal.allowed_loss * abs(answer.value)
    closed, opened = _decided_below(search, linear, objective, kept)
    search.closed, search.opened = np.union1d(search.closed, closed), np.union1d(search.opened, opened)
    return answer


def _restricted(search: Search, objective: Objective, terms: Terms, answer: Answer, beside: Ints) -> Answer:
    """Look for a good network among the options that the linear bound uses; this proves nothing."""
    for _ in range(_FIRST_ROUNDS):
        if search.clock.stop():
            break
        model = search.program(terms, maximise=objective.maximise, closed=beside)
        outcome = _solved(search, objective, model, _FIRST_SECONDS)
        if outcome.x is None:
            break
        answer = _improved(search, objective, answer, outcome.x)
        overstated, rows = cut_off(search, outcome.x)
        if not overstated:
            break
        search.more.append(rows)
    return answer


def _rounds(search: Search, objective: Objective, terms: Terms, answer: Answer, closed: Ints, opened: Ints) -> Answer:
    """Solve the integer master, cut off what its answer overstates, and again, until the bound meets the value.

    ``closed`` and ``opened`` are columns without and with which nothing better than the answer is to be had.
    """
    while not _met(search, objective, answer):
        if search.clock.stop():
            return answer
        model = search.program(terms, maximise=objective.maximise, closed=closed, opened=opened)
        outcome = _solved(search, objective, model)
        if outcome.status == "infeasible":
            if answer.network is None:
                return replace(answer, status="infeasible")
            return replace(answer, status="optimal", bound=answer.value)
        answer = _bounded(search, answer, outcome.bound, objective)
        if outcome.x is None:
            return answer
        answer = _improved(search, objective, answer, outcome.x)
        overstated, rows = cut_off(search, outcome.x)
        if not overstated and outcome.status != "optimal":
            return answer
        if not overstated:
            break
        search.more.append(rows)
    return replace(answer, status="optimal") if answer.network is not None else answer


def _solved(search: Search, objective: Objective, model: mip.Model, time_limit: float = math.inf) -> mip.Outcome:
    """Solve a master; a bound less than one step of the objective above the value is a proof."""
    near = near_enough(search, objective)
    return solve_whole(model, search.master, search.clock, time_limit=time_limit, absolute_gap=near, **search.solver)


def near_enough(search: Search, objective: Objective) -> float:
    """Return how near a bound must come to a value to prove it: nearly a step of the objective, where it has steps."""
    return max(_TOLERANCE, _grain(search, objective) - _STEP)


def cut_off(search: Search, x: Floats) -> tuple[bool, Rows]:
    """Return whether x overstates what counts, and the rows that cut it off.

    A part that is cut at a point comes back there only within the solver's tolerance, and so does a point that is below
    an earlier value. A point of which nothing is left to cut stands if it truly keeps those values; if not, that very
    point is cut off. Where people are served in parts, or links decided, it says too little of a network for that.
    """
    master = search.master
    behind, v, theta = master.behind.within(search.clock), master.decided(x), x[master.layout.theta]
    decided = np.round(v, 6)
    kept, rows = cut_rows(master, behind.cut(v, theta), search.parts, x)
    if not len(kept) and behind.limited is not None and np.isinf(behind.overstated(v, theta)).any():
        if not search.clock.interrupted and search.clock.left() > _MOMENT:
            raise mip.SolverError("The solver could not tell who is served; please report it.")
        return True, rows
    before = search.seen.setdefault(decided.tobytes() + behind.asked(theta).round(6).tobytes(), set())
    again = before.issuperset(kept.tolist())
    before.update(kept.tolist())
    if len(kept) and not again:
        return True, rows
    if not len(kept) and (behind.limited is not None or master.layout.columns.explicit):
        return False, rows
    network = network_of(search, x)
    if network is not None and keeps_values(search, network):
        return False, rows
    ends = [master.layout.columns.by_end(phase) for phase in range(search.problem.n_phases - 1)]
    columns = np.concatenate([np.arange(search.problem.n_options), master.layout.columns.lounges, *ends])
    chosen = decided[columns] > 0.5
    row = (columns, np.where(chosen, 1.0, -1.0))
    return True, Rows.of([row], -np.inf, float(chosen.sum()) - 1.0, master.layout.count)


def keeps_values(search: Search, network: Network) -> bool:
    """Return whether a network truly keeps the values of earlier objectives."""
    for earlier, floor in search.floors:
        value = sign_of(earlier) * earlier.value(search.problem, network)
        if value < floor - 2 * slack(search, earlier, floor):
            return False
    return True


def network_of(search: Search, x: Floats) -> Network | None:
    """Return the network that the columns say; None where its stations lack people, or none could tell."""
    problem, columns = search.problem, search.master.layout.columns
    options = np.flatnonzero(x[: problem.n_options] > 0.5)
    links = link_lounges(problem, options)
    if columns.explicit:
        chosen = np.flatnonzero(x[columns.links] > 0.5)
        links = np.full(problem.n_lounges, -1, dtype=np.int64)
        links[problem.link_lounge[chosen]] = problem.link_option[chosen]
    loads, limited = None, search.master.behind.limited
    if limited is not None:
        asked = search.master.behind.of_limited(x[search.master.layout.theta])
        loads = limited.loads(search.master.decided(x), asked)
        if loads is None:
            return None
        loads = as_loads(loads)
    return Network(options, links, loads, _phases_of(columns, x, options) if columns.n_phases > 1 else None)


def as_loads(parts: Floats) -> Floats:
    """Return parts of points without the solver's rounding: between nobody and all."""
    return np.where(parts > _NOBODY, np.minimum(parts, 1.0), 0.0)


def _phases_of(columns: Columns, x: Floats, options: Ints) -> Ints:
    """Return the phase in which each of these open options opens."""
    before_last = [x[columns.by_end(phase)[options]] > 0.5 for phase in range(columns.n_phases - 1)]
    return np.asarray(columns.n_phases - 1 - np.sum(before_last, axis=0), dtype=np.int64)


def _improved(search: Search, objective: Objective, answer: Answer, x: Floats) -> Answer:
    """Return the answer with the network of ``x`` where it keeps the floors of earlier objectives and is better."""
    problem, network = search.problem, network_of(search, x)
    if network is None or not keeps_values(search, network):
        return answer
    value = objective.value(problem, network)
    better = math.isnan(answer.value) or sign_of(objective) * value > sign_of(objective) * answer.value
    return replace(answer, status="feasible", network=network, value=value) if better else answer


def _bounded(search: Search, answer: Answer, bound: float, objective: Objective) -> Answer:
    """Return the answer with the tighter bound; values come in steps of the objective's grain."""
    sign, grain = sign_of(objective), _grain(search, objective)
    best = min(sign * answer.bound, sign * bound)
    if grain and math.isfinite(best):
        best = grain * math.floor(best / grain + _TOLERANCE)
    if not math.isnan(answer.value):
        best = max(best, sign * answer.value)
    return replace(answer, bound=sign * best)


def slack(search: Search, objective: Objective, value: float) -> float:
    """Return by how much values may differ and count as equal: a millionth, but less than a step of the objective."""
    grain = _grain(search, objective)
    rounding = _TOLERANCE * max(1.0, abs(value))
    return min(rounding, grain / 4) if grain else rounding


def _grain(search: Search, objective: Objective) -> float:
    """Return the step of the objective's values; none where stations serve people in parts."""
    apart = bool(objective.measure) and search.master.behind.limited is not None
    return 0.0 if apart else objective.grain(search.problem)


def _met(search: Search, objective: Objective, answer: Answer) -> bool:
    """Whether the bound meets the value."""
    if answer.network is None or not math.isfinite(answer.bound):
        return False
    gap = search.solver["gap"] * abs(answer.bound)
    return abs(answer.bound - answer.value) <= max(gap, slack(search, objective, answer.value))


def _decided_below(search: Search, linear: LinearBound, objective: Objective, floor: float) -> tuple[Ints, Ints]:
    """Return the whole columns with which, and those without which, the linear bound falls below a floor."""
    if math.isnan(floor):
        return _NOTHING, _NOTHING
    whole = np.flatnonzero(search.master.layout.columns.whole)
    x, loss = linear.x[whole], np.abs(linear.reduced_cost[whole])
    decides = sign_of(objective) * linear.bound - loss < floor - 2 * _TOLERANCE * max(1.0, abs(floor))
    return whole[decides & (x <= _CLOSE)], whole[decides & (x >= 1.0 - _CLOSE)]


def keep(search: Search, goal: Goal, answer: Answer) -> None:
    """Make later objectives keep the value of this one, less its allowed loss."""
    sign = sign_of(goal.objective)
    floor = sign * answer.value - goal.allowed_loss * abs(answer.value)
    search.floors.append((goal.objective, floor))
    terms = goal.objective.terms(search.problem, search.master.layout)
    unit = max(1.0, float(np.abs(terms.cost).max(initial=0.0)))
    row = sp.csr_array(sign * terms.cost[None, :] / unit)
    least = floor - sign * terms.offset - slack(search, goal.objective, floor)
    rows = [Rows(row, np.array([least / unit]), np.array([np.inf])), *([terms.rows] if terms.rows else [])]
    search.kept.append(Rows.stacked(rows, search.master.layout.count))


def sign_of(objective: Objective) -> float:
    """Return 1 for an objective that is to be large, -1 for one that is to be small."""
    return 1.0 if objective.maximise else -1.0
