"""The best few candidates of each centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from scipy.spatial import KDTree

from planner.areas import filled, xy
from planner.categories import classify
from planner.scenario import Scenario

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["chosen_per_centre"]

LIVELY_WITHIN = 200.0
"""Radius in which places of centre classes count as the liveliness of a candidate, in metres."""
APART = 50.0
"""Candidates of a centre keep this distance in metres as long as there are others to take."""


def chosen_per_centre(table: gpd.GeoDataFrame, scenario: Scenario, district: District, crs: pyproj.CRS) -> pd.Index:
    """Return the ids that stay: at most ``per_centre`` in each centre, the station types taking turns."""
    rank = _ranks(table, scenario, district, crs)
    kept: list[str] = []
    for _, places in table.groupby("centre", sort=True):
        kept += _take(places.loc[rank.loc[places.index].sort_values().index], scenario)
    return pd.Index(kept, dtype=object)


def _ranks(table: gpd.GeoDataFrame, scenario: Scenario, district: District, crs: pyproj.CRS) -> pd.Series[int]:
    order = {place: n for kind in reversed(scenario.types) for n, place in enumerate(kind.places)}
    lively = np.zeros(len(table), dtype=int)
    if filled(district.pois) and len(table):
        places = district.pois[classify(district.pois).isin(scenario.centres.classes)]
        if len(places):
            tree = KDTree(xy(places, crs))
            lively = tree.query_ball_point(table[["x", "y"]].to_numpy(), LIVELY_WITHIN, return_length=True)
    keys = pd.DataFrame(
        {
            "rank": table["rank"],
            "place": table["place"].map(order).fillna(len(order)),
            "lively": -lively,
            "_id": table.index.astype(str),
        },
        index=table.index,
    ).sort_values(["rank", "place", "lively", "_id"])
    return pd.Series(np.arange(len(keys)), index=keys.index)


def _take(places: pd.DataFrame, scenario: Scenario) -> list[str]:
    """Return the ids taken in one centre; ``places`` are in order of rank."""
    types = {site: text.split(";") for site, text in places["types"].items()}
    left = {kind.id: [site for site in places.index if kind.id in types[site]] for kind in scenario.types}
    at = places[["x", "y"]].to_numpy(dtype=float)
    position = {site: n for n, site in enumerate(places.index)}
    taken: list[str] = []
    while len(taken) < scenario.candidates.per_centre and any(left.values()):
        for kind in left:
            left[kind] = [site for site in left[kind] if site not in taken]
            if left[kind] and len(taken) < scenario.candidates.per_centre:
                near = at[[position[site] for site in taken]]
                far = (s for s in left[kind] if not len(near) or np.hypot(*(near - at[position[s]]).T).min() >= APART)
                taken.append(next(far, left[kind][0]))
    return taken
