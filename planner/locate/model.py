"""The joint model: which sites open, as which type, which lounges they run, and whom that reaches; proven.

Maximal covering (Church and ReVelle, 1974) with types of sites, rules, and a second way to be reached: through a lounge
that an open station runs.

    max  Σ_r w_r z_r                              (and further objectives, one after the other)
    z_r  ≤ Σ_{o ∈ S_r} y_o + Σ_{l ∈ L_r} u_l      row r is reached by a station or by a linked lounge
    u_l  ≤ Σ_{o ∈ R_l} y_o                        a lounge is linked only to an open station within the limit
    y ∈ {0, 1};  0 ≤ z, u ≤ 1;  and the rows of each rule in ``constraints``

An option o is an allowed pair of site and type. Equal rows are merged; z (and u, where no rule speaks of single links)
is projected out by cuts on the covered weight (``coverage``, ``master``); the linear bound then closes options by
reduced cost; what is left is a small integer program, solved anew with a cut at each answer until its bound meets the
true value. Objectives in order: each keeps the values of those before it, less the allowed loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate import mip
from planner.locate.clock import Clock
from planner.locate.constraints import Rows, Rule
from planner.locate.coverage import Coverage
from planner.locate.master import LinearBound, Master, cut_rows, linear_bound, make_master
from planner.locate.network import NetworkProblem, cover_rows
from planner.locate.objectives import Network, Objective, PeopleCovered, Terms

__all__ = ["Goal", "NetworkSolution", "link_lounges", "solve_network"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CLOSE = 1e-7
_TOLERANCE = 1e-6
_PARTS = 60
_FIRST_ROUNDS = 5
_FIRST_SECONDS = 20.0


@dataclass(frozen=True)
class Goal:
    """An objective and how much of its best value later objectives may give up (a share of it, 0 for nothing)."""

    objective: Objective
    allowed_loss: float = 0.0


@dataclass(frozen=True)
class NetworkSolution:
    """What was found and what is proven.

    ``options`` are the open ones, ``links`` the option that runs each lounge (-1: none). ``values`` are the objectives'
    values of this network, ``bests`` the best each reached before later ones gave some of it up, ``bounds`` the limits
    on the best; ``objective``, ``best`` and ``bound`` are those of the first. ``size`` tells the size of the model.
    """

    status: mip.Status
    options: Ints
    links: Ints
    objective: float
    bound: float
    seconds: Mapping[str, float]
    values: tuple[float, ...] = ()
    bests: tuple[float, ...] = ()
    bounds: tuple[float, ...] = ()
    size: Mapping[str, int] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """How far the best value may be from the best possible, as a share of the bound; NaN without a value."""
        if not math.isfinite(self.best) or not math.isfinite(self.bound):
            return math.nan
        return abs(self.bound - self.best) / max(abs(self.bound), 1e-12)

    @property
    def best(self) -> float:
        """The best value of the first objective, before later ones gave some of it up."""
        return self.bests[0] if self.bests else math.nan


@dataclass(frozen=True)
class _Answer:
    """The best network for one objective so far, its true value, and the bound."""

    status: mip.Status
    network: Network | None
    value: float
    bound: float


@dataclass
class _Search:
    """What is shared by the objectives: the master, cuts and rows to keep, options closed and opened for good."""

    problem: NetworkProblem
    master: Master
    clock: Clock
    solver: Mapping[str, float]
    more: list[Rows] = field(default_factory=list)
    closed: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    opened: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    floors: list[tuple[Objective, float]] = field(default_factory=list)


def solve_network(
    problem: NetworkProblem,
    rules: Sequence[Rule],
    goals: Sequence[Goal] = (Goal(PeopleCovered()),),
    *,
    label: Ints | None = None,
    time_limit: float = math.inf,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> NetworkSolution:
    """Return the best network under the rules, with its proof or its gap.

    ``label`` gives each point the label (area, group) that objectives on labels need. The status is "optimal" only
    when the bound of every objective meets its value (within ``gap``); "infeasible" when no network keeps all rules;
    a time limit gives "feasible" with the best network so far, or "no_solution".
    """
    clock = Clock(time_limit)
    needs = any(rule.needs_links for rule in rules) or any(goal.objective.needs_links for goal in goals)
    with clock.running():
        with clock.stage("reduce"):
            rows = cover_rows(problem, label)
            coverage = Coverage.of(problem, rows, n_parts=_PARTS, links=needs)
            master = make_master(problem, rules, coverage, links=needs)
        search = _Search(problem, master, clock, {"gap": gap, "seed": seed, "threads": threads})
        answers: list[_Answer] = []
        for goal in goals:
            with clock.stage(goal.objective.sentence):
                before = answers[-1].network if answers else None
                answers.append(_reach(search, goal, before))
            if answers[-1].network is None:
                break
            _keep(search, goal, answers[-1])
    size = {"rows": len(rows.weights), "options": problem.n_options, "entries": int(rows.reach.nnz)}
    return _solution(problem, goals, answers, clock, size)


def link_lounges(problem: NetworkProblem, options: Ints) -> Ints:
    """Return for each lounge the position of the open option nearest to it, -1 where none is within the limit.

    Nearest means least travel; ties go to the option that stands first.
    """
    links = np.full(problem.n_lounges, -1, dtype=np.int64)
    usable = np.isin(problem.link_option, options)
    lounge, option, effort = (
        array[usable] for array in (problem.link_lounge, problem.link_option, problem.link_effort)
    )
    order = np.lexsort((option, effort, lounge))
    found, first = np.unique(lounge[order], return_index=True)
    links[found] = option[order][first]
    return links


def _reach(search: _Search, goal: Goal, before: Network | None) -> _Answer:
    """Optimise one objective: linear bound, first network and fixing where it is the covered weight; then rounds."""
    objective, problem = goal.objective, search.problem
    terms = objective.terms(problem, search.master.layout)
    limit = math.inf if objective.maximise else -math.inf
    answer = _Answer("no_solution", None, math.nan, limit)
    if before is not None:
        answer = _Answer("feasible", before, objective.value(problem, before), limit)
    if isinstance(objective, PeopleCovered) and not search.floors:
        linear = linear_bound(search.master, terms, search.clock)
        if linear is not None:
            search.more.extend(linear.cuts)
            answer = _bounded(answer, linear.bound, objective, problem)
            beside = np.flatnonzero(linear.x[: problem.n_options] <= _CLOSE)
            answer = _restricted(search, objective, terms, answer, beside)
            _fix(search, linear, answer.value * (1.0 - goal.allowed_loss))
    return _rounds(search, objective, terms, answer)


def _restricted(search: _Search, objective: Objective, terms: Terms, answer: _Answer, beside: Ints) -> _Answer:
    """Look for a good network among the options that the linear bound uses; this proves nothing."""
    for _ in range(_FIRST_ROUNDS):
        if search.clock.stop():
            break
        model = search.master.model(terms, search.more)
        model.upper[beside] = 0.0
        outcome = mip.solve(model, search.clock, time_limit=_FIRST_SECONDS, **search.solver)  # type: ignore[arg-type]
        if outcome.x is None:
            break
        answer = _improved(search, objective, answer, outcome.x)
        if search.master.overstated(outcome.x).max(initial=0.0) <= _CLOSE:
            break
        search.more.append(cut_rows(search.master, search.master.coverage.cut(search.master.decided(outcome.x))))
    return answer


def _rounds(search: _Search, objective: Objective, terms: Terms, answer: _Answer) -> _Answer:
    """Solve the integer master, cut off what its answer overstates, and again, until the bound meets the value."""
    problem, master = search.problem, search.master
    while not _met(answer, search.solver["gap"]):
        if search.clock.stop():
            return answer
        model = master.model(terms, search.more, maximise=objective.maximise)
        model.upper[search.closed] = 0.0
        model.lower[search.opened] = 1.0
        outcome = mip.solve(model, search.clock, **search.solver)  # type: ignore[arg-type]
        if outcome.status == "infeasible":
            if answer.network is None:
                return replace(answer, status="infeasible")
            return replace(answer, status="optimal", bound=answer.value)
        answer = _bounded(answer, outcome.bound, objective, problem)
        if outcome.x is None:
            return answer
        answer = _improved(search, objective, answer, outcome.x)
        rows = cut_rows(master, master.coverage.cut(master.decided(outcome.x)), outcome.x)
        if not len(rows.lower) and outcome.status != "optimal":
            return answer
        search.more.append(rows)
        if not len(rows.lower):
            break
    return replace(answer, status="optimal") if answer.network is not None else answer


def _improved(search: _Search, objective: Objective, answer: _Answer, x: Floats) -> _Answer:
    """Return the answer with the network of ``x`` where it keeps the floors of earlier objectives and is better."""
    problem = search.problem
    options = np.flatnonzero(x[: problem.n_options] > 0.5)
    links = link_lounges(problem, options)
    if search.master.layout.columns.n_links:
        chosen = np.flatnonzero(x[search.master.layout.columns.links] > 0.5)
        links = np.full(problem.n_lounges, -1, dtype=np.int64)
        links[problem.link_lounge[chosen]] = problem.link_option[chosen]
    network = Network(options, links)
    for earlier, floor in search.floors:
        if _sign(earlier) * earlier.value(problem, network) < floor - _TOLERANCE * max(1.0, abs(floor)):
            return answer
    value = objective.value(problem, network)
    better = math.isnan(answer.value) or _sign(objective) * value > _sign(objective) * answer.value
    return replace(answer, status="feasible", network=network, value=value) if better else answer


def _bounded(answer: _Answer, bound: float, objective: Objective, problem: NetworkProblem) -> _Answer:
    """Return the answer with the tighter bound; values come in steps of the objective's grain."""
    sign, grain = _sign(objective), objective.grain(problem)
    best = min(sign * answer.bound, sign * bound)
    if grain and math.isfinite(best):
        best = grain * math.floor(best / grain + _TOLERANCE)
    if not math.isnan(answer.value):
        best = max(best, sign * answer.value)
    return replace(answer, bound=sign * best)


def _met(answer: _Answer, gap: float) -> bool:
    """Whether the bound meets the value."""
    if answer.network is None or not math.isfinite(answer.bound):
        return False
    return abs(answer.bound - answer.value) <= max(gap * abs(answer.bound), _TOLERANCE * max(1.0, abs(answer.value)))


def _fix(search: _Search, linear: LinearBound, floor: float) -> None:
    """Close and open for good the options without or with which the linear bound falls below the floor."""
    if math.isnan(floor):
        return
    n = search.problem.n_options
    y, loss = linear.x[:n], np.abs(linear.reduced_cost[:n])
    decides = linear.bound - loss < floor - _TOLERANCE * max(1.0, abs(floor))
    search.closed = np.flatnonzero(decides & (y <= _CLOSE))
    search.opened = np.flatnonzero(decides & (y >= 1.0 - _CLOSE))


def _keep(search: _Search, goal: Goal, answer: _Answer) -> None:
    """Make later objectives keep the value of this one, less its allowed loss."""
    sign = _sign(goal.objective)
    floor = sign * answer.value - goal.allowed_loss * abs(answer.value)
    search.floors.append((goal.objective, floor))
    terms = goal.objective.terms(search.problem, search.master.layout)
    unit = max(1.0, float(np.abs(terms.cost).max(initial=0.0)))
    row = sp.csr_array(sign * terms.cost[None, :] / unit)
    search.more.append(Rows(row, np.array([(floor - _CLOSE * max(1.0, abs(floor))) / unit]), np.array([np.inf])))
    if terms.rows is not None:
        search.more.append(terms.rows)


def _sign(objective: Objective) -> float:
    return 1.0 if objective.maximise else -1.0


def _solution(
    problem: NetworkProblem, goals: Sequence[Goal], answers: Sequence[_Answer], clock: Clock, size: Mapping[str, int]
) -> NetworkSolution:
    first, last = answers[0], answers[-1]
    network = next((answer.network for answer in reversed(answers) if answer.network is not None), None)
    statuses = [answer.status for answer in answers]
    status: mip.Status = "optimal" if set(statuses) == {"optimal"} else "feasible" if network else last.status
    none = np.empty(0, dtype=np.int64)
    if network is None:
        links = np.full(problem.n_lounges, -1, dtype=np.int64)
        return NetworkSolution(status, none, links, math.nan, first.bound, clock.seconds(), size=size)
    reached = [(goal, answer) for goal, answer in zip(goals, answers, strict=False) if answer.network is not None]
    values = tuple(goal.objective.value(problem, network) for goal, _ in reached)
    return NetworkSolution(
        status,
        network.options,
        network.links,
        values[0],
        first.bound,
        clock.seconds(),
        values,
        tuple(answer.value for _, answer in reached),
        tuple(answer.bound for _, answer in reached),
        size,
    )
