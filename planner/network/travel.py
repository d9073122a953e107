"""The travel of a plan: who reaches which site, which site which lounge, and the streets that the links take."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Any

import geopandas as gpd
import pandas as pd

from planner.errors import InputError
from planner.inputs.report import Report
from planner.inputs.roads.read import Roads
from planner.network.tables import NetworkTables, PairTables
from planner.scenario import Group, Scenario
from planner.street_changes import changed_modes
from planner.travel import Network, network, routes, travel_matrix
from planner.travel.trips.cluster import on_cluster

__all__ = ["PlanTravel"]


class PlanTravel:
    """Travel between the tables of a plan, by the modes of its scenario; each mode is compiled once.

    ``reports``, filled by :meth:`pairs`: what was assumed of the streets of each mode, and of the places beside them.
    """

    def __init__(self, scenario: Scenario, roads: Roads | None, tables: NetworkTables) -> None:
        if roads is None:
            raise InputError('There is no street file. Add [[files]] with role = "roads", or give --roads.')
        streets, rules = roads, scenario.travel
        self._scenario, self._tables = scenario, tables
        self._access: dict[str, Any] = {"max_access": f"{rules.max_access:.6f}m"}
        self._compute = _compute(scenario)
        self.reports: list[Report] = []
        mode_of = changed_modes(scenario)
        self._network: Callable[[str], Network] = cache(
            lambda mode: network(streets, mode_of(mode), ferries=rules.ferries)
        )

    def pairs(self) -> PairTables:
        """Return the three kinds of travel; on the Dask cluster of the scenario, where it names one."""
        address = self._scenario.compute.dask
        with on_cluster(address) if address else nullcontext():
            return self._pairs()

    def access(self, group: Group, within: float) -> pd.DataFrame:
        """Return the travel of a group's people to the sites that may serve them, within so many seconds."""
        tables = self._tables
        serving = {kind.id for kind in self._scenario.types if group.id in kind.groups}
        reachable = sorted(tables.options.loc[tables.options["type"].isin(serving), "site"].unique())
        people, sites = tables.demand[tables.demand["group"] == group.id], tables.sites.loc[reachable]
        return self._matrix(people, sites, group.mode, within, group.direction, f"travel of {group.id}")

    def links(self, within: float) -> pd.DataFrame:
        """Return the travel from the sites to the lounges, within so many seconds."""
        places, mode = (self._tables.lounges, self._tables.sites), self._scenario.links.mode
        return self._matrix(*places, mode, within, "from_destination", "travel of links")

    def _pairs(self) -> PairTables:
        tables, rules = self._tables, self._scenario.links
        access = {group.id: self.access(group, group.standards[-1].within) for group in self._scenario.groups}
        links = self.links(rules.limit)
        if rules.outreach is None:
            return PairTables(access, links, links.iloc[:0], self._spacing())
        outreach = rules.outreach
        places = tables.demand, tables.lounges
        walks = self._matrix(*places, outreach.mode, outreach.within, "to_destination", "travel to lounges")
        return PairTables(access, links, walks, self._spacing())

    def _spacing(self) -> dict[str, pd.DataFrame]:
        """Return the travel between sites, in metres, by each mode that a spacing rule names."""
        farthest: dict[str, float] = {}
        for rule in self._scenario.rules.spacing:
            if rule.by == "street":
                needed = max(rule.at_least, rule.crowded.at_least if rule.crowded else 0.0)
                farthest[rule.mode] = max(needed, farthest.get(rule.mode, 0.0))
        sites = self._tables.sites
        return {
            mode: travel_matrix(net, sites, sites, net.mode, f"{metres:.6f}m", **self._access, **self._compute)
            for mode, metres in farthest.items()
            for net in (self._network(mode),)
        }

    def with_routes(self, links: pd.DataFrame) -> gpd.GeoDataFrame:
        """Return the links with the column ``route``: the line along the streets from the station to the lounge."""
        rules, lounges, sites = self._scenario.links, self._tables.lounges, self._tables.sites
        linked = links[links["station"] != ""]
        streets = self._network(rules.mode)
        lines = routes(
            streets,
            lounges.loc[linked.index],
            sites.loc[sorted(linked["station"].unique())],
            pd.DataFrame({"origin": linked.index, "destination": linked["station"]}, index=linked.index),
            streets.mode,
            f"{rules.limit:.6f}s",
            "from_destination",
            **self._access,
        )
        return gpd.GeoDataFrame(links.assign(route=lines.geometry.reindex(links.index)), geometry="route", crs=4326)

    def _matrix(
        self,
        origins: gpd.GeoDataFrame,
        destinations: gpd.GeoDataFrame,
        mode: str,
        within: float,
        direction: Any,
        label: str,
    ) -> pd.DataFrame:
        streets, report = self._network(mode), Report(f"{label} ({mode})")
        cutoff = f"{within:.6f}s"
        pairs = travel_matrix(
            streets, origins, destinations, streets.mode, cutoff, direction, **self._access, **self._compute,
            report=report,
        )  # fmt: skip
        report.facts["pairs"] = len(pairs)
        self.reports.append(report)
        return pairs


def _compute(scenario: Scenario) -> dict[str, Any]:
    """Return how the scenario wants travel to be worked out, as arguments of the matrix."""
    rules = scenario.compute
    return {
        "jobs": rules.jobs,
        "memory": None if rules.memory is None else f"{rules.memory / 1e6:.6f}MB",
        "cache": scenario.folder / rules.cache if rules.cache else None,
    }
