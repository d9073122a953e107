"""The joint model: which sites open, as which type, which lounges they run, and whom that reaches; proven.

Maximal covering (Church and ReVelle, 1974) with types of sites, rules, and a second way to be reached: through a lounge
that an open station runs.

    max  Σ_r w_r z_r                              (and further objectives, one after the other)
    z_r  ≤ Σ_{o ∈ S_r} y_o + Σ_{l ∈ L_r} u_l      row r is reached by a station or by a linked lounge
    u_l  ≤ Σ_{o ∈ R_l} y_o                        a lounge is linked only to an open station within the limit
    y ∈ {0, 1};  0 ≤ z, u ≤ 1;  and the rows of each rule in ``constraints``

An option o is an allowed pair of site and type. Equal rows are merged; z (and u, where no rule speaks of single links)
is projected out by cuts on the covered weight (``coverage``, ``master``), and so is who serves whom where stations have
room for so many people only (``limited``); the linear bound then closes options by reduced cost; what is left is a
small integer program, solved anew with a cut at each answer until its bound meets the true value. Objectives in order:
each keeps the values of those before it, less the allowed loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Columns, Rule, limits_of_loads
from planner.locate.network.coverage import Measure
from planner.locate.network.limited import LimitedCoverage
from planner.locate.network.master import Master, make_master
from planner.locate.network.objectives import Measured, Mix, Objective, PeopleCovered
from planner.locate.network.problem import NetworkProblem, cover_rows, link_lounges
from planner.locate.network.rounds import Answer, Goal, Search, keep, reach
from planner.locate.network.serving import Serving
from planner.locate.network.ties import settle
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["Goal", "NetworkSolution", "link_lounges", "network_master", "solve_network"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NetworkSolution:
    """What was found and what is proven.

    ``options`` are the open ones, ``links`` the option that runs each lounge (-1: none). ``values`` are the objectives'
    values of this network, ``bests`` the best each reached before later ones gave some of it up, ``bounds`` the limits
    on the best; ``objective``, ``best`` and ``bound`` are those of the first. ``size`` tells the size of the model.
    ``phases`` are the phases of ``options`` where stations open in phases.
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
    loads: Floats | None = None
    settled: bool = False
    phases: Ints | None = None

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
    a time limit gives "feasible" with the best network so far, or "no_solution". Of networks whose values are equal (to
    a millionth) the first in the order of the options is returned, whatever the order of the points and the threads.
    """
    clock = Clock(time_limit)
    if problem.alike is not None and label is not None:
        both = np.column_stack([problem.alike, label])
        problem = replace(problem, alike=np.unique(both, axis=0, return_inverse=True)[1].ravel().astype(np.int64))
    with clock.running():
        with clock.stage("reduce"):
            master = network_master(problem, rules, goals, label)
        search = Search(problem, master, clock, {"gap": gap, "seed": seed, "threads": threads})
        answers: list[Answer] = []
        for number, goal in enumerate(goals):
            with clock.stage(goal.objective.sentence):
                search.master = replace(master, layout=replace(master.layout, at=number))
                before = answers[-1].network if answers else None
                answers.append(reach(search, goal, before))
            if answers[-1].network is None:
                break
            keep(search, goal, answers[-1])
        settled = False
        network = answers[-1].network
        if network is not None:
            proven = gap == 0.0 and {answer.status for answer in answers} == {"optimal"}
            with clock.stage("ties"):
                network, settled = settle(search, network, proven=proven)
            answers[-1] = replace(answers[-1], network=network)
    rows, entries = master.behind.size
    size = {"rows": rows, "options": problem.n_options, "entries": entries}
    return _solution(problem, goals, answers, clock, size, settled=settled)


def network_master(problem: NetworkProblem, rules: Sequence[Rule], goals: Sequence[Goal], label: Ints | None) -> Master:
    """Return the master in which all of the rules and objectives can be said."""
    objectives = [goal.objective for goal in goals]
    links = any(rule.needs_links for rule in rules) or any(objective.needs_links for objective in objectives)
    columns = Columns.of(problem, links=links)
    loads = limits_of_loads(rules)
    limited = LimitedCoverage(problem, columns, Serving.of(problem, loads, label)) if loads else None
    measures = {
        objective.measure: Measure.of(problem, columns, objective.measure, objective.cover(problem))
        if isinstance(objective, Measured)
        else Measure.of(problem, columns, "covered", cover_rows(problem, label))
        for objective in _parts(objectives)
        if objective.measure and (isinstance(objective, Measured) or limited is None)
    }
    return make_master(problem, rules, list(measures.values()), columns, limited, n_helpers=len(goals))


def _parts(objectives: Sequence[Objective]) -> list[Objective]:
    """Return the objectives, with the parts of a mix instead of it."""
    return [
        part
        for objective in objectives
        for part in ([part for part, _ in objective.parts] if isinstance(objective, Mix) else [objective])
    ]


def _solution(
    problem: NetworkProblem,
    goals: Sequence[Goal],
    answers: Sequence[Answer],
    clock: Clock,
    size: Mapping[str, int],
    *,
    settled: bool,
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
        network.loads,
        settled,
        network.phases,
    )
