"""What stands beside the plan on its map: another plan, station by station, and the decisions that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.review.map.columns import MICRO, column, places, positions

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.review.record import Record

__all__ = ["decision_rows", "other_plan", "station_changes"]

VERDICTS = ("approved", "rejected", "moved", "deferred")


def other_plan(plan: Plan, other: Plan | Record) -> dict[str, Any]:
    """Return the other (older) plan's stations, links and figures as columns of the page.

    ``change`` is what became of each of its stations in ``plan``; ``since`` what is new about each station of ``plan``.
    The record of a plan holds no places: its stations stand where ``plan`` has a candidate of that id; ``nowhere``
    counts those without one.
    """
    stations = _placed(plan, other.stations)
    since, change, moved_to = station_changes(plan.stations, stations)
    links = other.links["station"] if isinstance(other.links, pd.DataFrame) else other.links
    links = links.fillna("")
    return {
        "plan": other.id,
        "id": [str(site) for site in stations.index],
        "name": [str(name) for name in column(stations["name"].fillna(""))],
        **places(stations),
        "type": positions(stations["type"], pd.Index([kind.id for kind in plan.scenario.types])),
        "change": change,
        "moved_to": moved_to,
        "since": since,
        "links": positions(links.reindex(plan.lounges.index), stations.index),
        "linked": int((links != "").sum()),
        "stations": len(other.stations),
        "nowhere": len(other.stations) - len(stations),
        "people": _measure(other.measures, "people", ""),
        "covered": [_measure(other.measures, "people_covered", group.id) for group in plan.scenario.groups],
    }


def _placed(plan: Plan, stations: pd.DataFrame) -> gpd.GeoDataFrame:
    if isinstance(stations, gpd.GeoDataFrame):
        return stations
    known = stations[stations.index.isin(plan.candidates.index)]
    return plan.candidates.loc[known.index, ["name", "geometry"]].assign(type=known["type"], centre=known["centre"])


def _measure(measures: pd.DataFrame, name: str, group: str) -> float:
    rows = measures.loc[(measures["measure"] == name) & (measures["group"] == group), "value"]
    return float(rows.iloc[0]) if len(rows) and pd.notna(rows.iloc[0]) else 0.0


def station_changes(stations: pd.DataFrame, before: pd.DataFrame) -> tuple[list[str], list[str], list[int]]:
    """Return what is new about each station, what became of each earlier one, and the position it moved to (or -1).

    A station is moved when its site is given up and another site of the same centre takes its type. The words are
    kept, retyped, moved, added (in ``stations``) and dropped (in ``before``).
    """
    types, types_before = _texts(stations["type"]), _texts(before["type"])
    centres, centres_before = _texts(stations["centre"]), _texts(before["centre"])
    free = {(centres[site], types[site]): site for site in types if site not in types_before and centres[site]}
    moved: dict[str, str] = {}
    for site in types_before:
        target = None if site in types else free.pop((centres_before[site], types_before[site]), None)
        if target is not None:
            moved[site] = target
    arrived = set(moved.values())
    since = [_word(site, types, types_before, "moved" if site in arrived else "added") for site in types]
    change = [_word(site, types_before, types, "moved" if site in moved else "dropped") for site in types_before]
    return since, change, positions([moved.get(site, "") for site in types_before], stations.index)


def _texts(values: pd.Series) -> dict[str, str]:
    return {str(site): str(value) for site, value in values.fillna("").items()}


def _word(site: str, here: dict[str, str], there: dict[str, str], missing: str) -> str:
    if site not in there:
        return missing
    return "kept" if here[site] == there[site] else "retyped"


def decision_rows(decisions: pd.DataFrame, candidates: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the decisions as columns, each at its site's place; ``to`` is the new place of a moved one.

    Decisions on sites that are no candidates stand at their new place, or are left out where they have none.
    """
    table = decisions.reset_index(drop=True)
    for name in ("name", "reason", "by", "date"):
        table[name] = table[name].fillna("").astype(str) if name in table else ""
    for name in ("longitude", "latitude"):
        table[name] = table.get(name, np.nan)
    table = table[table["verdict"].isin(VERDICTS)]
    at = candidates.index.get_indexer(table["site"])
    known = places(candidates)
    target = np.rint(table[["longitude", "latitude"]].to_numpy(float) * MICRO)
    has_target = np.isfinite(target).all(axis=1)
    kept = (at >= 0) | has_target
    to = [[int(x), int(y)] if has else None for (x, y), has in zip(target, has_target, strict=True)]
    spots = [(known["x"][k], known["y"][k]) if k >= 0 else tuple(new or (0, 0)) for k, new in zip(at, to, strict=True)]
    rows = np.flatnonzero(kept)
    texts = {
        name: [str(table[name].iloc[k]) for k in rows] for name in ("site", "name", "verdict", "reason", "by", "date")
    }
    return texts | {"x": [spots[k][0] for k in rows], "y": [spots[k][1] for k in rows], "to": [to[k] for k in rows]}
