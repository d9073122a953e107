"""What forcing sites open or shut costs: the best value under each flip, for many flips, each proven.

The cuts of the master speak of the measured weight alone and hold whatever is forced, so those of the first solve serve
all others: each flip starts from a linear bound that is nearly tight and from the best network found before that keeps
it. Only where bound and network do not meet is an integer program solved, with most options closed by reduced cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Rows, Rule
from planner.locate.network.master import Master
from planner.locate.network.model import network_master
from planner.locate.network.objectives import Network
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.rounds import Answer, Goal, Search, keep, reach, sign_of
from planner.locate.network.ties import settle
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["Flip", "Flipped", "Flipper"]

Ints = npt.NDArray[np.int64]

_LEARNING = 12  # flips whose cuts are kept; more would slow the linear programs down than they help


@dataclass(frozen=True, slots=True)
class Flip:
    """Sites (positions) forced open and forced shut, beside the rules."""

    opened: tuple[int, ...] = ()
    shut: tuple[int, ...] = ()

    def allows(self, sites: Ints) -> bool:
        """Return whether a choice of open sites keeps it.

        >>> Flip(opened=(2,)).allows(np.array([1, 2])), Flip(shut=(2,)).allows(np.array([1, 2]))
        (True, False)
        """
        chosen = set(sites.tolist())
        return chosen.issuperset(self.opened) and chosen.isdisjoint(self.shut)


@dataclass(frozen=True)
class Flipped:
    """The best value of the first objective under a flip, and its bound; no network where the rules leave none."""

    status: mip.Status
    value: float
    bound: float
    network: Network | None


@dataclass
class Flipper:
    """Solves one problem again and again with sites forced; cuts and networks are kept from one time to the next.

    ``goals`` and ``label`` are those of :func:`planner.locate.network.model.solve_network`.

    >>> flipper = Flipper(problem, rules, goals)  # doctest: +SKIP
    >>> flipper.best(Flip(shut=(3,))).value  # doctest: +SKIP
    1788.0
    """

    problem: NetworkProblem
    rules: Sequence[Rule]
    goals: Sequence[Goal]
    label: Ints | None = None
    time_limit: float = math.inf
    seed: int = 1
    found: list[Network] = field(default_factory=list)
    _master: Master | None = None
    _cuts: list[Rows] = field(default_factory=list)
    _learned: int = 0

    def best(self, flip: Flip, *, settled: bool = False) -> Flipped:
        """Return the best value of the first objective under a flip.

        When ``settled``, the other objectives follow in their order and ties are settled as by ``solve_network``, so
        that the network is the very one of a full solve.
        """
        if self._master is None:
            self._master = network_master(self.problem, self.rules, self.goals, self.label)
        clock = Clock(self.time_limit)
        forced = _forced(self.problem, flip, self._master.layout.count)
        master = replace(self._master, rules=(*self._master.rules, *forced))
        solver = {"gap": 0.0, "seed": self.seed, "threads": 1}
        search = Search(self.problem, master, clock, solver, more=list(self._cuts))
        with clock.running():
            answer = reach(search, self.goals[0], self._nearest(flip))
            self._learn(search, answer)
            network = answer.network
            if settled and network is not None and answer.status == "optimal":
                network = self._settled(search, master, answer)
        return Flipped(answer.status, answer.value, answer.bound, network)

    def _settled(self, search: Search, master: Master, answer: Answer) -> Network | None:
        keep(search, self.goals[0], answer)
        proven = answer.status == "optimal"
        for number, goal in enumerate(self.goals[1:], start=1):
            search.master = replace(master, layout=replace(master.layout, at=number))
            answer = reach(search, goal, answer.network)
            keep(search, goal, answer)
            proven &= answer.status == "optimal"
        return None if answer.network is None else settle(search, answer.network, proven=proven)[0]

    def _learn(self, search: Search, answer: Answer) -> None:
        if answer.network is not None:
            self.found.append(answer.network)
        if self._learned < _LEARNING:
            self._cuts, self._learned = list(search.more), self._learned + 1

    def _nearest(self, flip: Flip) -> Network | None:
        """Return the best network found so far that keeps the flip."""
        objective = self.goals[0].objective
        sign = sign_of(objective)
        fits = [network for network in self.found if flip.allows(self.problem.option_site[network.options])]
        return max(fits, key=lambda network: sign * objective.value(self.problem, network), default=None)


def _forced(problem: NetworkProblem, flip: Flip, width: int) -> list[Rows]:
    """Return one row per forced site over all columns of the master."""
    states = [(site, 1.0) for site in flip.opened] + [(site, 0.0) for site in flip.shut]
    members = [np.flatnonzero(problem.option_site == site) for site, _ in states]
    return [Rows.of([(options, 1.0)], state, state, width) for options, (_, state) in zip(members, states, strict=True)]
