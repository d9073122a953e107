"""The address of each listed site: as its file states it, else the nearest street that has a name, marked as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["UNKNOWN_ADDRESS", "addresses"]

UNKNOWN_ADDRESS: Final = "资料无地址 not in the data"
_NEAR: Final = 200.0
"""Metres within which a street still tells where a site is."""


def addresses(plan: Plan, sites: list[str]) -> list[str]:
    """Return the addresses of sites: stated, or 近 and the nearest named street (推算 derived), or that there is none.

    >>> addresses(plan, ["FY014"])  # doctest: +SKIP
    ['近 中山路 (推算 derived)']
    """
    stated = plan.candidates["address"].reindex(sites) if "address" in plan.candidates else pd.Series("", index=sites)
    texts = stated.astype(object).where(stated.notna(), "").astype(str).str.strip().to_dict()
    streets = _nearest_streets(plan, [site for site in sites if not texts[site]])
    derived = {site: f"近 {name} (推算 derived)" for site, name in streets.items()}
    return [texts[site] or derived.get(site, UNKNOWN_ADDRESS) for site in sites]


def _nearest_streets(plan: Plan, sites: list[str]) -> dict[str, str]:
    """Return the name of the nearest street with a name, of sites that have one nearby."""
    roads = plan.district.roads
    if roads is None or not sites:
        return {}
    names = np.array([name.strip() for name in roads.names], dtype=object)[roads.name]
    named = np.flatnonzero(names != "")
    lines = gpd.GeoSeries(np.asarray(roads.lines())[named], crs=4326).to_crs(roads.crs)
    points = plan.candidates.geometry.loc[sites].to_crs(roads.crs)
    tree = shapely.STRtree(lines.to_numpy())
    at, line = tree.query_nearest(points.to_numpy(), max_distance=_NEAR, all_matches=False)
    return {sites[a]: str(names[named[b]]) for a, b in zip(at, line, strict=True)}
