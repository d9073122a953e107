"""Objectives that are sums over what is decided: links, link travel, money, changes, and the tie-break by id."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network import NetworkProblem
from planner.locate.objectives.objective import Floats, Ints, Layout, Network, Terms

__all__ = ["Changes", "LinkTravel", "LoungesLinked", "Money", "SmallerIds"]


@dataclass(frozen=True)
class LoungesLinked:
    """The number of linked lounges:  max Σ_l u_l."""

    maximise = True
    needs_links = True

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "most lounges linked"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return one for each lounge."""
        cost = np.zeros(layout.count)
        cost[layout.columns.lounges] = 1.0
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the number of linked lounges."""
        return float(len(network.linked))

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1: a count."""
        return 1.0


@dataclass(frozen=True)
class LinkTravel:
    """The total travel between stations and the lounges they run:  min Σ c_lo x_lo."""

    maximise = False
    needs_links = True

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "least travel between stations and their lounges"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the effort of each link."""
        cost = np.zeros(layout.count)
        cost[layout.columns.links] = problem.link_effort
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the total effort of the links."""
        chosen = network.links[problem.link_lounge] == problem.link_option
        return float(problem.link_effort[chosen].sum())

    def grain(self, problem: NetworkProblem) -> float:
        """Return 0: travel may be any number."""
        return 0.0


@dataclass(frozen=True)
class Money:
    """The money of the open stations:  min Σ c_o y_o."""

    cost: Floats

    maximise = False
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "least money"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the money of each option."""
        return Terms(np.append(self.cost, np.zeros(layout.count - len(self.cost))))

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the total money."""
        return float(self.cost[network.options].sum())

    def grain(self, problem: NetworkProblem) -> float:
        """Return 0: money may be any number."""
        return 0.0


@dataclass(frozen=True)
class Changes:
    """Changes against an earlier network: stations closed, opened or of another type. ``before``: its options."""

    before: Ints

    maximise = False
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "fewest changes against the previous plan"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return one for each new option and minus one for each kept one (the closed ones are a constant less)."""
        cost = np.zeros(layout.count)
        cost[: problem.n_options] = 1.0
        cost[self.before] = -1.0
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return opened minus kept; adding ``len(before)`` gives the number of options opened or closed."""
        kept = int(np.isin(network.options, self.before).sum())
        return float(len(network.options) - 2 * kept)

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1: a count."""
        return 1.0


@dataclass(frozen=True)
class SmallerIds:
    """Among equals the options that stand first in the order of ids:  min Σ (o + 1) y_o / n."""

    maximise = False
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "the smaller ids among equals"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the place of each option in the order."""
        cost = np.zeros(layout.count)
        cost[: problem.n_options] = _places(problem)
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the sum of the places."""
        return float(_places(problem)[network.options].sum())

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1 / n, the step between places."""
        return 1.0 / max(problem.n_options, 1)


def _places(problem: NetworkProblem) -> Floats:
    return np.arange(1, problem.n_options + 1) / max(problem.n_options, 1)
