"""Geometries put in order: flat, valid, of one kind, inside the Earth; what cannot be is refused by id.

Areas change when self-crossing outlines are repaired, so each repair says the area before and after, in square metres
on the ellipsoid. Source of the repair: GEOS ``MakeValid`` by structure (rings are filled, holes cut out).
"""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from planner.inputs.report import Report

__all__ = ["area_m2", "closed_to_polygons", "mend"]

_GEOD: Final = pyproj.Geod(ellps="WGS84")
_NEAR_ORIGIN: Final = 10.0  # degrees from 0, 0 within which a vertex there may be meant
_NOTABLE: Final = 0.001  # share of the area; smaller changes are not worth a line each
Shapes = npt.NDArray[Any]


def mend(layer: gpd.GeoDataFrame, report: Report) -> gpd.GeoDataFrame:
    """Return the layer (WGS 84 degrees) with sound geometries; rows that have none are refused by id.

    >>> import shapely
    >>> bow = shapely.Polygon([(0, 0), (0.001, 0.001), (0.001, 0), (0, 0.001)])
    >>> layer = gpd.GeoDataFrame(index=["bow"], geometry=[bow], crs=4326)
    >>> report = Report("zones")
    >>> bool(mend(layer, report).is_valid.all()), report.count("repaired")
    (True, 1)
    """
    ids = layer.index.to_numpy()
    shapes = layer.geometry.to_numpy().copy()
    keep = _usable(shapes, ids, report)
    deep = keep & shapely.has_z(shapes)
    if deep.any():
        report.add("repaired", f"heights were dropped from {deep.sum()} geometries")
        shapes[deep] = shapely.force_2d(shapes[deep])
    for at in np.flatnonzero(keep & (shapely.get_type_id(shapes) == 7)):
        shapes[at] = _main_part(shapes[at], str(ids[at]), report)
    for at in np.flatnonzero(keep & ~shapely.is_valid(shapes)):
        shapes[at] = _valid(shapes[at], str(ids[at]), report)
    gone = keep & shapely.is_empty(shapes)
    for at in np.flatnonzero(gone):
        report.add("refused", "nothing is left of the geometry after repair", id=str(ids[at]), repair="Draw it again.")
    keep &= ~gone
    mended = layer[keep].copy()
    mended.geometry = gpd.GeoSeries(shapes[keep], index=mended.index, crs=layer.crs)
    return mended


def closed_to_polygons(layer: gpd.GeoDataFrame, report: Report) -> gpd.GeoDataFrame:
    """Return the layer with closed lines as polygons: drawings (DXF) have no polygons."""
    shapes = layer.geometry.to_numpy().copy()
    closed = (shapely.get_type_id(shapes) == 1) & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) > 3)
    if closed.any():
        report.add("repaired", f"{closed.sum()} closed lines were taken as polygons")
        shapes[closed] = [shapely.Polygon(line) for line in shapes[closed]]
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


def area_m2(shape: Any) -> float:
    """Return the area in square metres of a geometry in WGS 84 degrees, on the ellipsoid."""
    oriented = [
        shapely.geometry.polygon.orient(part) for part in shapely.get_parts(shape) if part.geom_type == "Polygon"
    ]
    return float(sum(abs(_GEOD.geometry_area_perimeter(part)[0]) for part in oriented))


def _usable(shapes: Shapes, ids: npt.NDArray[Any], report: Report) -> npt.NDArray[np.bool_]:
    """Refuse rows without geometry, with an empty one, and with coordinates that are no place on Earth."""
    missing = shapely.is_missing(shapes)
    empty = ~missing & shapely.is_empty(shapes)
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        inside = (bounds[:, 0] >= -180.0) & (bounds[:, 2] <= 180.0) & (bounds[:, 1] >= -90.0) & (bounds[:, 3] <= 90.0)
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    lost = ~missing & ~empty & (broken | ~inside)
    zero = ~missing & ~empty & (shapely.get_type_id(shapes) == 0) & (bounds == 0.0).all(axis=1)
    origin = np.zeros(len(shapes), dtype=bool)
    origin[owner[(coordinates == 0.0).all(axis=1)]] = True
    astray = origin & ~zero & (np.abs(bounds).max(axis=1) > _NEAR_ORIGIN)
    round_earth = ~lost & (np.where(inside, bounds[:, 2], 0.0) - np.where(inside, bounds[:, 0], 0.0) > 180.0)
    refused = {fault.id for fault in report.of("refused")}
    for mask, what in (
        (missing, "there is no geometry"),
        (empty, "the geometry is empty"),
        (lost, "the coordinates are no place on Earth"),
        (zero, "the coordinates are 0, 0"),
        (astray, "a vertex is 0, 0, far from the others"),
        (round_earth, "it reaches over more than half the Earth; split it at the 180th meridian"),
    ):
        for at in np.flatnonzero(mask):
            if str(ids[at]) not in refused:
                report.add("refused", what, id=str(ids[at]), repair="Draw it again or correct the coordinates.")
    return np.asarray(~(missing | empty | lost | zero | astray | round_earth))


def _main_part(shape: Any, name: str, report: Report) -> Any:
    """Return the parts of the highest dimension of a collection."""
    parts = _flat_parts(shape)
    highest = max((shapely.get_dimensions(part) for part in parts), default=-1)
    kept = [part for part in parts if shapely.get_dimensions(part) == highest]
    left = sorted({part.geom_type for part in parts if shapely.get_dimensions(part) < highest})
    if left:
        what = f"the collection keeps its {kept[0].geom_type}; left out: {', '.join(left)}"
        report.add("repaired", what, id=name)
    if not kept:
        return shapely.Point()
    return kept[0] if len(kept) == 1 else shapely.union_all(kept) if highest == 2 else _multi(kept)


def _flat_parts(shape: Any) -> list[Any]:
    if not hasattr(shape, "geoms"):
        return [] if shape.is_empty else [shape]
    return [leaf for part in shape.geoms for leaf in _flat_parts(part)]


def _multi(parts: list[Any]) -> Any:
    return shapely.multipoints(parts) if parts[0].geom_type == "Point" else shapely.multilinestrings(parts)


def _valid(shape: Any, name: str, report: Report) -> Any:
    reason = shapely.is_valid_reason(shape).split("[")[0].strip().lower()
    repaired = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    repaired = _main_part(repaired, name, Report("")) if repaired.geom_type == "GeometryCollection" else repaired
    if shapely.get_dimensions(shape) < 2:
        report.add("repaired", f"{reason} repaired", id=name)
        return repaired
    before, after = area_m2(shape), area_m2(repaired)
    change = f", area {before:,.0f} m² before, {after:,.0f} m² after" if abs(after - before) > _NOTABLE * after else ""
    report.add("repaired", f"{reason} repaired{change or f', area {after:,.0f} m² unchanged'}", id=name)
    return repaired
