"""Changes to streets without touching their file: streets closed by id, by name or inside a polygon."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads

__all__ = ["with_closed"]


def with_closed(
    roads: Roads, closed: gpd.GeoDataFrame | gpd.GeoSeries | shapely.Geometry | Iterable[int | str]
) -> Roads:
    """Return the streets without those that are closed, for every mode.

    ``closed``: ids of ways (:attr:`Roads.way`) or names of streets, or polygons as a table with a coordinate system or
    as a geometry in WGS 84. A name closes all streets of that name, a polygon every edge (street between two junctions)
    that it touches, over its whole length.

    Raises :class:`planner.errors.ScenarioError` for ids and names that are not there and for polygons that touch no
    street.

    >>> without = with_closed(roads, [4217, "椒江大桥"])  # doctest: +SKIP
    """
    if isinstance(closed, gpd.GeoDataFrame | gpd.GeoSeries):
        if closed.crs is None:
            raise ScenarioError("the closed areas have no coordinate system. Set it, for example with set_crs(4326).")
        gone = _touched(roads, closed.geometry.to_crs(4326).union_all())
    elif isinstance(closed, shapely.Geometry):
        gone = _touched(roads, closed)
    else:
        gone = _named(roads, closed)
    kept = ~gone
    return replace(
        roads,
        start=roads.start[kept],
        end=roads.end[kept],
        first=roads.first[kept],
        last=roads.last[kept],
        way=roads.way[kept],
        tag=roads.tag[kept],
        name=roads.name[kept],
    )


def _touched(roads: Roads, area: shapely.Geometry) -> npt.NDArray[np.bool_]:
    gone = np.zeros(len(roads), bool)
    gone[shapely.STRtree(roads.lines()).query(area, predicate="intersects")] = True
    if not gone.any():
        raise ScenarioError("the closed area touches no street. Check its place and its coordinate system.")
    return gone


def _named(roads: Roads, wanted: int | str | Iterable[int | str]) -> npt.NDArray[np.bool_]:
    """Return which edges have one of the ids or names; text of digits is an id where there is one."""
    known, gone, unknown = set(roads.way.tolist()), np.zeros(len(roads), bool), []
    names = {name: code for code, name in enumerate(roads.names) if name}
    for one in [wanted] if isinstance(wanted, str | int) else wanted:
        text = str(one).strip()
        if text.lstrip("-").isdigit() and int(text) in known:
            gone |= roads.way == int(text)
        elif text in names and (roads.name == names[text]).any():
            gone |= roads.name == names[text]
        else:
            near = difflib.get_close_matches(text, list(names), n=1)
            unknown.append(text + (f" (did you mean {near[0]}?)" if near else ""))
    if unknown:
        raise ScenarioError(
            f"no street has the id or name {', '.join(unknown[:10])}. Take ids and names from the street file."
        )
    return gone
