"""The plan's tables for geographic information systems, in one GeoPackage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio
import shapely

from planner.files import replacing
from planner.review.approval.canonical import MOMENT
from planner.review.approval.gis_styles import add_styles

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["fixed_moment", "plan_layers", "write_geopackage"]


def write_geopackage(plan: Plan, path: str | Path) -> Path:
    """Write ``plan.gpkg`` (WGS 84): stations, candidates, centres, lounges, links as lines, demand; with their styles.

    The same plan gives the same bytes.
    """
    names = {kind.id: kind.name for kind in plan.scenario.types}
    with replacing(path) as unfinished, fixed_moment():
        for name, layer in plan_layers(plan).items():
            layer.to_file(unfinished, layer=name, driver="GPKG", engine="pyogrio")
        add_styles(unfinished, names)
    return Path(path)


def plan_layers(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers that go out, by name, each with its ids in the column ``id``."""
    layers = {
        "stations": plan.stations,
        "candidates": plan.candidates,
        "centres": plan.centres,
        "lounges": plan.lounges,
        "links": _link_lines(plan),
        "demand": plan.demand,
    }
    return {name: layer.reset_index(names="id") for name, layer in layers.items()}


@contextmanager
def fixed_moment() -> Iterator[None]:
    """Let GDAL state a fixed moment instead of the clock's (its option for files that are to be the same)."""
    name = "OGR_CURRENT_DATE"
    before = pyogrio.get_gdal_config_option(name)
    pyogrio.set_gdal_config_options({name: MOMENT.replace("Z", ".000Z")})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({name: before})


def _link_lines(plan: Plan) -> gpd.GeoDataFrame:
    """Return the links as lines: the trip along the streets where it is known, else straight from end to end."""
    links = plan.links[plan.links["station"] != ""]
    if "route" in links:
        return gpd.GeoDataFrame(links.drop(columns="route"), geometry=list(links["route"]), crs=plan.stations.crs)
    ends = [plan.stations.geometry.loc[links["station"]], plan.lounges.geometry.loc[links.index]]
    lines = [shapely.LineString([a, b]) for a, b in zip(*ends, strict=True)]
    return gpd.GeoDataFrame(links.copy(), geometry=lines, crs=plan.stations.crs)
