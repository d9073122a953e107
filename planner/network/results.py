"""From positions back to ids: stations, links, covered demand, figures of the candidates, measures."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.locate.network.marginal import weight_alone, weight_gained, weight_lost
from planner.locate.network.model import NetworkSolution
from planner.locate.network.problem import NetworkProblem, covered_shares, served_shares
from planner.network.tables import NetworkTables, PairTables, step_shares
from planner.scenario import Scenario
from planner.units import TOLERANCE, format_duration

__all__ = [
    "candidate_figures",
    "covered_demand",
    "link_table",
    "load_table",
    "measure_table",
    "option_figures",
    "station_table",
]


def option_figures(tables: NetworkTables, problem: NetworkProblem, solution: NetworkSolution) -> pd.DataFrame:
    """Return the options with ``chosen``, the people each covers alone, and those it adds to or holds for the plan."""
    people = tables.demand["weight"].to_numpy(float)
    added = weight_gained(problem, people, solution.options)
    added[solution.options] = weight_lost(problem, people, solution.options)
    return tables.options.assign(
        chosen=np.isin(np.arange(problem.n_options), solution.options),
        people_alone=weight_alone(problem, people),
        people_added=added,
    )


def station_table(
    scenario: Scenario,
    tables: NetworkTables,
    solution: NetworkSolution,
    figures: pd.DataFrame,
    centres: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Return the open sites with their type, the people they cover alone and add, and the lounges they run."""
    chosen = figures.iloc[solution.options]
    sites = tables.sites.loc[chosen["site"]]
    links = solution.links
    runs = np.bincount(links[links >= 0], minlength=len(figures))
    table = sites[["name", "centre", "area", "status"]].copy()
    table.insert(1, "type", chosen["type"].to_numpy())
    if solution.phases is not None or scenario.phases:
        names = np.array([phase.name for phase in scenario.phases], dtype=object)
        table.insert(2, "phase", names[solution.phases] if solution.phases is not None else names[0])
    table.insert(
        table.columns.get_loc("centre") + 1, "centre_name", sites["centre"].map(centres["name"]).fillna("").to_numpy()
    )
    table[["people_alone", "people_added"]] = chosen[["people_alone", "people_added"]].to_numpy()
    table["lounges"] = runs[solution.options]
    table["reasons"] = [
        _reason(scenario, status, kind, added, lounges)
        for status, kind, added, lounges in zip(
            table["status"], table["type"], table["people_added"], table["lounges"], strict=True
        )
    ]
    table["geometry"] = sites.geometry.to_numpy()
    table.index.name = "site"
    return gpd.GeoDataFrame(table, geometry="geometry", crs=tables.sites.crs)


def link_table(
    scenario: Scenario,
    tables: NetworkTables,
    problem: NetworkProblem,
    solution: NetworkSolution,
    pairs: PairTables,
) -> pd.DataFrame:
    """Return the station that runs each lounge, with the travel between them, or why there is none."""
    option = solution.links
    site = np.where(option >= 0, tables.options["site"].to_numpy(dtype=object)[option], "")
    links = pd.DataFrame({"station": site}, index=tables.lounges.index.rename("lounge"))
    travel = pairs.links.assign(
        origin=pairs.links["origin"].astype(str), destination=pairs.links["destination"].astype(str)
    ).set_index(["origin", "destination"])[["impedance", "metres"]]
    links[["impedance", "metres"]] = travel.reindex(
        pd.MultiIndex.from_arrays([links.index, links["station"]])
    ).to_numpy()
    if scenario.links.backup:
        links["backup"] = _backups(tables, solution, pairs, links)
    reachable = set(pairs.links["origin"].astype(str))
    links["reason"] = [
        "" if station else _why_unlinked(scenario, linkable=lounge in reachable)
        for lounge, station in links["station"].items()
    ]
    return links


def _backups(
    tables: NetworkTables, solution: NetworkSolution, pairs: PairTables, links: pd.DataFrame
) -> pd.Series[str]:
    """Return the nearest other open station of each linked lounge; ties to the smaller id."""
    open_sites = set(tables.options["site"].iloc[solution.options])
    others = pairs.links[pairs.links["destination"].astype(str).isin(open_sites)]
    main = others["origin"].astype(str).map(links["station"])
    others = others[(main != "") & (main != others["destination"].astype(str))]
    found: pd.Series[str] = _first(others)["destination"].reindex(links.index).fillna("")
    return found


def _why_unlinked(scenario: Scenario, *, linkable: bool) -> str:
    limit = format_duration(scenario.links.limit)
    if not linkable:
        return f"no candidate site within {limit}"
    price = scenario.links.unlinked_price
    return f"no chosen station within {limit}" + (f"; costs {price:,.0f} yuan" if price else "")


def covered_demand(
    scenario: Scenario,
    tables: NetworkTables,
    problem: NetworkProblem,
    solution: NetworkSolution,
    pairs: PairTables,
    links: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Return the demand points with their covered share, nearest serving station, travel to it, and reaching lounge."""
    lounges = np.flatnonzero(solution.links >= 0)
    if solution.loads is None:
        direct = covered_shares(problem, solution.options, np.empty(0, dtype=np.int64))
        best = covered_shares(problem, solution.options, lounges)
    else:
        direct = served_shares(problem, solution.loads, np.empty(0, dtype=np.int64))
        best = served_shares(problem, solution.loads, lounges)
    demand = tables.demand.copy()
    demand["covered"] = best
    nearest = _nearest_stations(scenario, tables, solution, pairs)
    demand["station"] = nearest["destination"].reindex(demand.index).fillna("")
    demand["impedance"] = nearest["impedance"].reindex(demand.index)
    demand["lounge"] = ""
    by_lounge = best > direct
    if by_lounge.any():
        linked = links.index[links["station"] != ""]
        limit = scenario.links.outreach.within if scenario.links.outreach else 0.0
        reach = pairs.outreach[pairs.outreach["destination"].astype(str).isin(linked)]
        reach = _first(reach[reach["impedance"] <= limit + TOLERANCE])
        demand.loc[by_lounge, "lounge"] = reach["destination"].reindex(demand.index[by_lounge]).to_numpy()
    return demand


def load_table(tables: NetworkTables, problem: NetworkProblem, solution: NetworkSolution) -> pd.DataFrame:
    """Return how many people of each demand point a station serves: columns ``point``, ``station``, ``people``.

    Empty where no rule speaks of how many people a station serves.
    """
    if solution.loads is None:
        return pd.DataFrame({"point": [], "station": [], "people": []})
    stations = problem.stations
    people = solution.loads * tables.demand["weight"].to_numpy(float)[stations.point]
    some = people > 0
    return pd.DataFrame(
        {
            "point": tables.demand.index.astype(str).to_numpy(dtype=object)[stations.point[some]],
            "station": tables.options["site"].to_numpy(dtype=object)[stations.by[some]],
            "people": people[some],
        }
    )


def candidate_figures(candidates: gpd.GeoDataFrame, figures: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the candidates with the people each covers alone and adds to the plan (best type), and ``chosen``."""
    figures = figures.rename(columns={"type": "best_type"})
    figures = figures.sort_values(["chosen", "people_added", "people_alone"], ascending=False, kind="stable")
    figures = figures.drop_duplicates("site").set_index("site").reindex(candidates.index)
    table = candidates.copy()
    table["chosen"] = figures["chosen"].eq(True)
    table["best_type"] = figures["best_type"].fillna("")
    table[["people_alone", "people_added"]] = figures[["people_alone", "people_added"]]
    return table


def measure_table(
    scenario: Scenario, demand: pd.DataFrame, stations: pd.DataFrame, links: pd.DataFrame
) -> pd.DataFrame:
    """Return the measures of a plan, each with its unit and what it is weighted by."""
    rows: list[tuple[str, str, float, str, str]] = []
    parts = [("", demand)] + [(group.id, demand[demand["group"] == group.id]) for group in scenario.groups]
    for group, part in parts:
        people = float(part["weight"].sum())
        covered = float((part["weight"] * part["covered"]).sum())
        served = part[part["station"] != ""]
        travel = float((served["weight"] * served["impedance"]).sum())
        served_people = float(served["weight"].sum())
        rows += [
            ("people", group, people, "people", ""),
            ("people_covered", group, covered, "people", "people"),
            ("share_covered", group, covered / people if people else np.nan, "share", "people"),
            ("mean_travel", group, travel / served_people if served_people else np.nan, "s", "people within reach"),
        ]
    linked = links["station"] != ""
    rows += [("stations", "", float(len(stations)), "stations", "")]
    rows += [("lounges_linked", "", float(linked.sum()), "lounges", "")]
    rows += [("lounges_unlinked", "", float((~linked).sum()), "lounges", "")]
    mean = float(links.loc[linked, "impedance"].mean()) if linked.any() else np.nan
    rows += [("mean_link_travel", "", mean, "s", "linked lounges")]
    table = pd.DataFrame(rows, columns=["measure", "group", "value", "unit", "weighted_by"])
    table.index = pd.Index(table["measure"] + (":" + table["group"]).where(table["group"] != "", ""), name="id")
    return table


def _reason(scenario: Scenario, status: str, kind: str, added: float, lounges: int) -> str:
    name = next(item.name for item in scenario.types if item.id == kind)
    first = "必设 required" if status == "required" else f"{name}:在全部规则下覆盖最优 best cover under all rules"
    return f"{first};独有覆盖 {added:.0f} 人 only this one covers;联动会客厅 {lounges} 处 lounges"


def _nearest_stations(
    scenario: Scenario, tables: NetworkTables, solution: NetworkSolution, pairs: PairTables
) -> pd.DataFrame:
    """Return for each demand point the nearest open station that serves its group; ties to the smaller id."""
    chosen = tables.options.iloc[solution.options]
    found = []
    for group in scenario.groups:
        serving = [kind.id for kind in scenario.types if group.id in kind.groups]
        sites = set(chosen.loc[chosen["type"].isin(serving), "site"])
        access = pairs.access[group.id]
        open_pairs = access[access["destination"].astype(str).isin(sites)]
        counted = step_shares(group, open_pairs["impedance"].to_numpy(float)) > 0
        found.append(_first(open_pairs[counted]))
    return pd.concat(found)


def _first(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest destination of each origin, indexed by origin; ties to the smaller id."""
    plain = pd.DataFrame(
        {
            "origin": pairs["origin"].astype(str),
            "destination": pairs["destination"].astype(str),
            "impedance": pairs["impedance"].to_numpy(float),
        }
    )
    return plain.sort_values(["impedance", "destination"]).drop_duplicates("origin").set_index("origin")
