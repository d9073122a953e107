"""What a network means in figures: people by group and area, travel, money, links; for any choice of stations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.locate.network.objectives import Money, Network
from planner.locate.network.objectives.objective import network_shares
from planner.locate.network.problem import NetworkProblem
from planner.network.costs import network_costs
from planner.network.tables import NetworkTables, PairTables, step_shares
from planner.scenario import Scenario

__all__ = ["NetworkFigures"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass
class NetworkFigures:
    """The figures of networks of one siting problem.

    >>> NetworkFigures(scenario, tables, pairs, problem).of(network)["people"]  # doctest: +SKIP
    1794.0
    """

    scenario: Scenario
    tables: NetworkTables
    pairs: PairTables
    problem: NetworkProblem
    _money: Money = field(init=False)
    _access: list[tuple[Ints, Ints, Floats]] = field(init=False)

    def __post_init__(self) -> None:
        costs = network_costs(self.scenario, self.tables)
        self._money = Money(costs.options, costs.lounges, costs.fixed)
        self._access = [self._pairs_of(group.id) for group in self.scenario.groups]

    def of(self, network: Network) -> pd.Series[float]:
        """Return the figures of a network.

        ``people`` covered, also as ``people:GROUP`` and ``people@AREA``; ``mean_travel`` of those within reach of a
        station (s); ``money`` (yuan); ``lounges_linked`` and ``link_travel`` (s, sum over the linked).
        """
        demand = self.tables.demand
        covered = demand["weight"].to_numpy(float) * network_shares(self.problem, network)
        figures: dict[str, float] = {"people": float(covered.sum())}
        for mark, column in ((":", "group"), ("@", "area")):
            parts = pd.Series(covered).groupby(demand[column].to_numpy(dtype=object)).sum()
            figures |= {f"people{mark}{name}": float(value) for name, value in parts.items() if name != ""}
        linked = network.links >= 0
        figures["mean_travel"] = self._mean_travel(network)
        figures["money"] = self._money.value(self.problem, network)
        figures["lounges_linked"] = float(linked.sum())
        figures["link_travel"] = self._link_travel(network)
        return pd.Series(figures)

    def _pairs_of(self, group: str) -> tuple[Ints, Ints, Floats]:
        pairs = self.pairs.access[group]
        settings = next(one for one in self.scenario.groups if one.id == group)
        effort = pairs["impedance"].to_numpy(float)
        point = self.tables.demand.index.get_indexer(pd.Index(pairs["origin"].astype(str)))
        site = self.tables.sites.index.get_indexer(pd.Index(pairs["destination"].astype(str)))
        counts = (step_shares(settings, effort) > 0) & (site >= 0) & (point >= 0)
        return point[counts].astype(np.int64), site[counts].astype(np.int64), effort[counts]

    def _mean_travel(self, network: Network) -> float:
        nearest = np.full(len(self.tables.demand), np.inf)
        for group, (point, site, effort) in zip(self.scenario.groups, self._access, strict=True):
            kinds = [at for at, kind in enumerate(self.scenario.types) if group.id in kind.groups]
            serving = network.options[np.isin(self.problem.option_type[network.options], kinds)]
            opened = np.isin(site, self.problem.option_site[serving])
            np.minimum.at(nearest, point[opened], effort[opened])
        people = np.where(np.isfinite(nearest), self.tables.demand["weight"].to_numpy(float), 0.0)
        total = float(people.sum())
        return float(people @ np.where(people > 0, nearest, 0.0)) / total if total else np.nan

    def _link_travel(self, network: Network) -> float:
        chosen = network.links[self.problem.link_lounge] == self.problem.link_option
        return float(self.problem.link_effort[chosen].sum())
