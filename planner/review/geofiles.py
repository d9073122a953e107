"""The plan's tables for geographic information systems, in one GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

from planner.files import replacing

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["write_geopackage"]


def write_geopackage(plan: Plan, path: str | Path) -> Path:
    """Write ``plan.gpkg`` (WGS 84): stations, candidates, centres, lounges, links as lines, demand."""
    layers = {
        "stations": plan.stations,
        "candidates": plan.candidates,
        "centres": plan.centres,
        "lounges": plan.lounges,
        "links": _link_lines(plan),
        "demand": plan.demand,
    }
    with replacing(path) as unfinished:
        for name, layer in layers.items():
            table = layer.reset_index(names="id")
            table.to_file(unfinished, layer=name, driver="GPKG", engine="pyogrio")
    return Path(path)


def _link_lines(plan: Plan) -> gpd.GeoDataFrame:
    """Return the links as lines: the trip along the streets where it is known, else straight from end to end."""
    links = plan.links[plan.links["station"] != ""]
    if "route" in links:
        return gpd.GeoDataFrame(links.drop(columns="route"), geometry=list(links["route"]), crs=plan.stations.crs)
    ends = [plan.stations.geometry.loc[links["station"]], plan.lounges.geometry.loc[links.index]]
    lines = [shapely.LineString([a, b]) for a, b in zip(*ends, strict=True)]
    return gpd.GeoDataFrame(links.copy(), geometry=lines, crs=plan.stations.crs)
