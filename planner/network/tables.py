"""From tables with ids to the arrays of the joint model: options, who reaches whom, who can run which lounge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.candidates import EXISTING
from planner.locate.network.problem import Covering, NetworkProblem
from planner.scenario import Group, Scenario
from planner.units import TOLERANCE

__all__ = [
    "NetworkTables",
    "PairTables",
    "make_tables",
    "network_problem",
    "station_options",
    "station_pairs",
    "step_shares",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PairTables:
    """The kinds of travel: people to sites (one table per group), sites to lounges, people to lounges.

    ``spacing`` holds travel between sites, in metres, by the mode of each spacing rule that is meant by street.
    """

    access: Mapping[str, pd.DataFrame]
    links: pd.DataFrame
    outreach: pd.DataFrame
    spacing: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class NetworkTables:
    """The tables behind a :class:`NetworkProblem`, in the order of its positions; ``kinds`` of centres by centre id."""

    demand: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    options: pd.DataFrame
    lounges: gpd.GeoDataFrame
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def centre_kind(self) -> pd.Series[str]:
        """The kind of centre that each site stands in; blank outside all."""
        kinds: pd.Series[str] = self.sites["centre"].map(self.kinds).fillna("")
        return kinds


def make_tables(
    scenario: Scenario,
    demand: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    lounges: gpd.GeoDataFrame,
    centres: pd.DataFrame,
) -> NetworkTables:
    """Return the tables of the siting problem in the order of its positions; candidates that are excluded left out.

    >>> make_tables(plan.scenario, plan.demand, plan.candidates, plan.lounges, plan.centres)  # doctest: +SKIP
    """
    existing = scenario.rules.existing
    options = station_options(candidates, existing.upgrades if existing else None)
    sites = candidates.loc[sorted(set(options["site"]))]
    kinds = {str(centre): str(kind) for centre, kind in centres["kind"].items()}
    return NetworkTables(demand.sort_index(), sites, options, lounges, kinds)


def station_options(candidates: pd.DataFrame, upgrades: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """Return the allowed pairs of site and type: columns ``site`` and ``type``, sorted; none of excluded sites.

    Existing stations may also become what ``upgrades`` names for their type.
    """
    usable = candidates[candidates["status"] != "excluded"].sort_index()
    types = usable["types"].str.split(";")
    if upgrades:
        existing = usable["source"].eq(EXISTING)
        types = types.where(~existing, types.map(lambda own: _upgraded(own, upgrades)))
    options = types.explode()
    options = options[options.fillna("") != ""]
    return pd.DataFrame({"site": options.index.astype(str), "type": options.to_numpy(dtype=object)})


def network_problem(scenario: Scenario, tables: NetworkTables, pairs: PairTables) -> NetworkProblem:
    """Return the arrays of the joint model. The weight of a point is its people times its group's weight."""
    group_weight = {group.id: group.weight for group in scenario.groups}
    weights = (tables.demand["weight"] * tables.demand["group"].map(group_weight)).to_numpy(np.float64)
    option_site = _positions(tables.sites.index, tables.options["site"])
    type_ids = [kind.id for kind in scenario.types]
    option_type = _positions(pd.Index(type_ids), tables.options["type"])
    # a site outside every centre stands for itself
    centre = pd.factorize(tables.sites["centre"].where(tables.sites["centre"] != "", tables.sites.index.to_series()))[0]
    lounge, option, effort = _linking(tables, pairs.links, option_site)
    stations, _ = station_pairs(scenario, tables, pairs.access)
    return NetworkProblem(
        weights=weights,
        option_site=option_site,
        option_type=option_type,
        site_centre=centre.astype(np.int64),
        n_types=len(type_ids),
        n_lounges=len(tables.lounges),
        stations=stations,
        outreach=_outreach(scenario, tables, pairs.outreach),
        link_lounge=lounge,
        link_option=option,
        link_effort=effort,
        n_phases=max(1, len(scenario.phases)),
        alike=np.asarray(pd.factorize(tables.demand["group"])[0], dtype=np.int64),
    )


def step_shares(group: Group, impedance: Floats) -> Floats:
    """Return the share at which each travel time counts under the group's standard; 0 beyond its last step."""
    limits = np.array([step.within for step in group.standards]) + TOLERANCE
    shares = np.array([step.share for step in group.standards] + [0.0])
    return shares[np.searchsorted(limits, impedance, side="left")]


def _upgraded(own: list[str], upgrades: Mapping[str, Sequence[str]]) -> list[str]:
    return list(dict.fromkeys([*own, *upgrades.get(own[0], ())]))


def station_pairs(
    scenario: Scenario, tables: NetworkTables, access: Mapping[str, pd.DataFrame]
) -> tuple[Covering, Floats]:
    """Return who reaches which option at which share, and the travel of each such pair."""
    parts = []
    for group in scenario.groups:
        pairs = access[group.id]
        serving = [kind.id for kind in scenario.types if group.id in kind.groups]
        options = tables.options[tables.options["type"].isin(serving)]
        point = _positions(tables.demand.index, pairs["origin"].astype(str))
        travel = pairs["impedance"].to_numpy(float)
        reached = pd.DataFrame(
            {
                "site": pairs["destination"].astype(str),
                "point": point,
                "travel": travel,
                "share": step_shares(group, travel),
            }
        )
        joined = options.reset_index(names="option").merge(reached[reached["share"] > 0], on="site")
        parts.append(joined[["point", "option", "share", "travel"]])
    table = pd.concat(parts).sort_values(["point", "option"])
    return _covering(table, "option"), table["travel"].to_numpy(float)


def _outreach(scenario: Scenario, tables: NetworkTables, pairs: pd.DataFrame) -> Covering:
    rules = scenario.links.outreach
    if rules is None or not len(tables.lounges):
        return Covering.nobody()
    within = pairs[pairs["impedance"] <= rules.within + TOLERANCE]
    point = _positions(tables.demand.index, within["origin"].astype(str))
    lounge = _positions(tables.lounges.index, within["destination"].astype(str))
    return _covering(pd.DataFrame({"point": point, "lounge": lounge, "share": rules.share}), "lounge")


def _covering(table: pd.DataFrame, by: str) -> Covering:
    ordered = table.sort_values(["point", by])
    return Covering(
        ordered["point"].to_numpy(np.int64), ordered[by].to_numpy(np.int64), ordered["share"].to_numpy(float)
    )


def _linking(tables: NetworkTables, pairs: pd.DataFrame, option_site: Ints) -> tuple[Ints, Ints, Floats]:
    options = pd.DataFrame({"site": option_site, "option": np.arange(len(option_site))})
    lounge = _positions(tables.lounges.index, pairs["origin"].astype(str))
    site = _positions(tables.sites.index, pairs["destination"].astype(str))
    reached = pd.DataFrame({"site": site, "lounge": lounge, "effort": pairs["impedance"].to_numpy(float)})
    joined = options.merge(reached, on="site").sort_values(["lounge", "option"])
    return (
        joined["lounge"].to_numpy(np.int64),
        joined["option"].to_numpy(np.int64),
        joined["effort"].to_numpy(float),
    )


def _positions(index: pd.Index, ids: pd.Series) -> Ints:
    return index.get_indexer(pd.Index(ids.astype(str))).astype(np.int64)
