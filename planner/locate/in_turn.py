"""Sites for one measure after another, each kept up to an allowed loss while the next is bettered.

Lexicographic programming (Isermann, 1982) on the master of the joint model (:mod:`planner.locate.network.master`), in
which sites are all that is decided: coverage and travel stand behind it as Benders cuts, so that no column says who is
served by whom, nor whether. Measured on 1,000 points and 50 sites with missing pairs, coverage and then travel: 0.2 s,
where the model with a column for each pair took 22 s.

Who can reach no open site has no travel. Travel is therefore bettered among the sites that serve the most weight, each
row counting what it saves against one ceiling: what is saved and the travel then add up to ceiling × weight served.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.locate.at_prices import Kept, least_travel, most_covered
from planner.locate.cover.search import covered
from planner.locate.cover.sets import CoverSets
from planner.locate.median.engine import common_grid
from planner.locate.median.nearest import Lists, first_open
from planner.locate.median.search import Neighbourhood, neighbourhood
from planner.locate.network.constraints import Columns, Count, Rows
from planner.locate.network.coverage import Measure
from planner.locate.network.graded import GradedCoverage
from planner.locate.network.master import make_master
from planner.locate.network.objectives import Layout, Network, Terms
from planner.locate.network.problem import Covering, CoverRows, NetworkProblem
from planner.locate.network.rounds import Answer, Goal, Search, keep, reach
from planner.locate.solver.clock import Clock
from planner.locate.solver.mip import small_scale

__all__ = ["Answer", "Covered", "InTurn", "Travelled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_EQUAL, _EXACT = 1e-6, 1e-9
_PACE = 130_000
"""The linear program of so many pairs takes about a second, of twice as many four (measured: 546,000, 18 s)."""


@dataclass(frozen=True)
class Covered:
    """The weight of the rows that an open site covers, in multiples of ``scale``; ``measure`` tells it from others.

    A site covers the demand that it reaches ``within`` an impedance, by its weight (NaN: otherwise).
    """

    measure: str
    sets: CoverSets
    scale: float = 1.0
    within: float = math.nan

    maximise = True
    needs_links = False
    sentence = "most weight covered"

    @classmethod
    def of(cls, measure: str, sets: CoverSets, within: float) -> Covered:
        """Return the measure with tiny weights scaled up: what counts as equal is absolute below one."""
        scale = small_scale(sets.weight)
        return cls(measure, CoverSets(sets.start, sets.site, sets.weight / scale, sets.sites), scale, within)

    @property
    def pairs(self) -> int:
        """How many pairs it looks at."""
        return len(self.sets.site)

    @property
    def limit(self) -> float:
        """What no choice covers more than: all weight."""
        return float(self.sets.weight.sum())

    def cover(self, problem: NetworkProblem) -> CoverRows:
        """Return the rows that it counts."""
        return CoverRows(self.sets.weight, self.sets.matrix(), np.zeros(self.sets.rows, np.int64))

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the unit of θ for each part."""
        return layout.units_of(self.measure)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the covered weight."""
        return covered(self.sets, _flags(problem.n_options, network))

    def grain(self, problem: NetworkProblem) -> float:
        """Return the step of which all weights are multiples."""
        return self._step

    @cached_property
    def _step(self) -> float:
        return common_grid(self.sets.weight)


@dataclass(frozen=True)
class Travelled:
    """The cost of the open sites and the travel of the rows ``lists``, in multiples of ``scale``.

    ``served`` is how much of the rows' ``weight`` has an open site, in every choice that is asked for (infinite: all of
    it). ``absent`` is what a row without one costs in a search. ``step``: all values are multiples of it (0: unknown).
    """

    lists: Lists
    absent: Floats
    weight: Floats
    fixed_cost: Floats
    served: float
    step: float
    scale: float = 1.0

    maximise = False
    needs_links = False
    measure = "travel"
    sentence = "least travel"

    @classmethod
    def of(cls, hood: Neighbourhood, weight: Floats, served: float) -> Travelled:
        """Return the measure of weighted lists, its costs scaled up where all are tiny."""
        lists, costs = hood.lists, np.concatenate([hood.lists.cost, hood.fixed_cost])
        scale = small_scale(costs)
        scaled = Lists(lists.start, lists.site, lists.cost / scale, lists.limit, lists.sites)
        return cls(
            scaled, hood.absent / scale, weight, hood.fixed_cost / scale, served, common_grid(costs / scale), scale
        )

    @property
    def pairs(self) -> int:
        """How many pairs it looks at."""
        return len(self.lists.site)

    @property
    def limit(self) -> float:
        """What all choices are sure to cost: no bound at all."""
        return -math.inf

    @cached_property
    def ceiling(self) -> Floats:
        """What each row counts unless it saves something: its dearest pair, or one price if some go unserved."""
        dearest = self.lists.cost[self.lists.start[1:] - 1] if self.lists.rows else np.zeros(0)
        if math.isinf(self.served):
            return dearest
        return np.asarray(self.weight * float((dearest / self.weight).max(initial=0.0)))

    def graded(self) -> GradedCoverage:
        """Return what rows save at each site."""
        row = self.lists.row
        gain = self.ceiling[row] - self.lists.cost
        column = self.lists.site.astype(np.int64)
        return GradedCoverage.of(self.lists.start, column, gain, self.lists.sites, self.measure)

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the cost of the sites and what all would count without savings, less the unit of θ for each part."""
        cost = -layout.units_of(self.measure).cost
        cost[: problem.n_options] = self.fixed_cost
        return Terms(cost, offset=self._unsaved())

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the cost of the sites and the travel; choices that serve more count less than their travel."""
        opened = _flags(problem.n_options, network)
        first = first_open(self.lists, opened)
        at = first[first >= 0]
        more = float(self.ceiling[first >= 0].sum()) - self._unsaved()
        return float(self.fixed_cost[opened].sum() + self.lists.cost[at].sum()) - more

    def grain(self, problem: NetworkProblem) -> float:
        """Return the step in which values come."""
        return self.step

    def _unsaved(self) -> float:
        total = float(self.ceiling.sum())
        return total if math.isinf(self.served) else total * self.served / float(self.weight.sum())


@dataclass
class InTurn:
    """The goals behind, with their answers, and the sites found for them: ``opened``.

    ``state``: 1 open by rule, -1 closed, 0 free; ``counted`` are the sites of which ``least`` to ``most`` open. The
    solver runs on one thread, so that answers do not depend on their number.
    """

    state: State
    counted: Flags
    least: int
    most: int
    clock: Clock
    seed: int
    opened: Flags = field(init=False)
    behind: list[tuple[Goal, Answer]] = field(default_factory=list)
    last: Search | None = None

    def __post_init__(self) -> None:
        self.opened = self.state == 1

    def better(
        self, objective: Covered | Travelled, loss: float = 0.0, bound: float | None = None, gap: float = 0.0
    ) -> Answer:
        """Find the best sites for one more objective, from those ``opened``; later ones keep it up to the loss.

        ``bound`` is one that is known already. Values are in multiples of the objective's scale.
        """
        goal = Goal(objective, loss)
        if objective.pairs > _PACE * math.sqrt(self.clock.left()):
            return self._keep(goal, self._at_prices(objective, bound, gap))
        search = self._search(objective, gap)
        before = _network(self.opened) if self.behind or bound is not None else None
        answer = reach(search, goal, before, objective.limit if bound is None else bound)
        self.last = search
        if before is not None and answer.network is not None and not self._keeps(search.problem, answer.network):
            answer = replace(answer, network=before, value=objective.value(search.problem, before))
        return self._keep(goal, answer)

    def _at_prices(self, objective: Covered | Travelled, bound: float | None, gap: float) -> Answer:
        """Better the sites ``opened`` with the goals behind at prices; the first goal keeps its bound."""
        problem = _bare(len(self.state))
        now = objective.value(problem, _network(self.opened))
        kept = [
            Kept(goal.objective.sets, answer.value - (goal.allowed_loss + _EXACT) * abs(answer.value),
                 goal.objective.within, goal.objective.scale)
            for goal, answer in self.behind
            if isinstance(goal.objective, Covered) and not math.isnan(goal.objective.within)
        ]  # fmt: skip
        if not kept:
            return Answer("feasible", _network(self.opened), now, objective.limit if bound is None else bound)
        if isinstance(objective, Covered):
            left = self.most - int((self.state[self.counted] == 1).sum())
            found = most_covered(objective.sets, kept, self.state, left, self.opened, self.clock, gap)
        else:
            standing = int((self.state[~self.counted] == 1).sum())
            hood = neighbourhood(
                objective.lists, objective.absent, objective.fixed_cost, self.state, self.least + standing,
                self.most + standing,
            )  # fmt: skip
            found = least_travel(
                hood, objective.weight, kept, objective.scale, self.opened,
                lambda opened: objective.value(problem, _network(opened)), self.clock, gap,
                everyone=math.isinf(objective.served),
            )  # fmt: skip
        better = found.value > now if objective.maximise else found.value < now
        if found.opened is None or not better or not self._keeps(problem, _network(found.opened)):
            return Answer("feasible", _network(self.opened), now, found.bound)
        return Answer("feasible", _network(found.opened), found.value, found.bound)

    def note(self, objective: Covered | Travelled, opened: Flags, value: float, bound: float, loss: float) -> Answer:
        """Note what another engine found for one more objective; later ones keep it up to the loss."""
        return self._keep(Goal(objective, loss), Answer("feasible", _network(opened), value, bound))

    def able(self, objective: Covered, weight: float) -> Answer:
        """Say whether some sites cover so much weight of one more objective: "infeasible" where surely none do."""
        search = self._search(objective, 0.0)
        keep(search, Goal(objective), Answer("feasible", None, weight, math.nan))
        answer = reach(search, Goal(objective), None, weight)
        if answer.network is not None:
            self.opened = _flags(len(self.state), answer.network)
        return answer

    def _keeps(self, problem: NetworkProblem, network: Network) -> bool:
        """Whether a network keeps all goals to a billionth: of weights that far apart the solver sees the largest."""
        for goal, answer in self.behind:
            worse = answer.value - goal.objective.value(problem, network)
            if (worse if goal.objective.maximise else -worse) > (goal.allowed_loss + _EXACT) * abs(answer.value):
                return False
        return True

    def _keep(self, goal: Goal, answer: Answer) -> Answer:
        """Note an answer; what the solver's tolerance leaves between value and bound is none."""
        if abs(answer.bound - answer.value) <= _EQUAL * max(1.0, abs(answer.value)):
            answer = replace(answer, bound=answer.value)
        if answer.network is not None:
            self.opened = _flags(len(self.state), answer.network)
        self.behind.append((goal, answer))
        return answer

    def _search(self, objective: Covered | Travelled, gap: float) -> Search:
        """Return a search for an objective in which all goals behind are kept."""
        problem = _bare(len(self.state))
        every = {one.measure: one for one in (*(goal.objective for goal, _ in self.behind), objective)}
        columns = Columns.of(problem, links=False)
        covers = [one for one in every.values() if isinstance(one, Covered)]
        travel = [one for one in every.values() if isinstance(one, Travelled)]
        measures = [Measure.of(problem, columns, one.measure, one.cover(problem)) for one in covers]
        rule = Count(tuple(np.flatnonzero(self.counted).tolist()), "", self.least, self.most)
        master = make_master(problem, [rule], measures, columns, graded=travel[0].graded() if travel else None)
        search = Search(problem, master, self.clock, {"gap": gap, "seed": self.seed, "threads": 1})
        search.closed, search.opened = np.flatnonzero(self.state == -1), np.flatnonzero(self.state == 1)
        if self.last is not None:
            search.closed, search.opened = self.last.closed, self.last.opened
            search.more = [_moved(rows, self.last.master.layout, master.layout) for rows in self.last.more]
        for goal, answer in self.behind:
            keep(search, goal, answer)
            counted = master.counted(goal.objective.terms(problem, master.layout))
            search.parts = np.union1d(search.parts, counted)
        return search


def _network(opened: Flags) -> Network:
    return Network(np.flatnonzero(opened), np.empty(0, np.int64))


def _flags(sites: int, network: Network) -> Flags:
    opened = np.zeros(sites, bool)
    opened[network.options] = True
    return opened


def _moved(rows: Rows, old: Layout, new: Layout) -> Rows:
    """Return the rows of one master as rows of another one with the same measures and more."""
    at = np.arange(old.count)
    for key in np.unique(old.key):
        at[old.theta[old.parts(key)]] = new.theta[new.parts(key)]
    matrix = csr_array((rows.matrix.data, at[rows.matrix.indices], rows.matrix.indptr), (len(rows.lower), new.count))
    return Rows(matrix, rows.lower, rows.upper)


def _bare(sites: int) -> NetworkProblem:
    """Return the joint problem of sites alone: one type, each its own centre, no lounges."""
    none = np.empty(0, np.int64)
    nobody, at = Covering.nobody(), np.arange(sites)
    return NetworkProblem(
        weights=np.empty(0), option_site=at, option_type=np.zeros(sites, np.int64), site_centre=at, n_types=1,
        n_lounges=0, stations=nobody, outreach=nobody, link_lounge=none, link_option=none, link_effort=np.empty(0),
    )  # fmt: skip
