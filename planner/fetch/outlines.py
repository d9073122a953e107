"""The outline of what is to be fetched: of a place by its name, of a box, or of a file; of stated size, in WGS 84."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from planner.errors import InputError
from planner.fetch.openstreetmap import Server, places_named
from planner.inputs.coordinates.projections import working_crs
from planner.inputs.layers.read import read_layer

__all__ = ["Bounds", "checked_bounds", "outline_of"]

Bounds = tuple[float, float, float, float]
LARGEST = 4e9
"""Largest area that is asked of a public server, in square metres; beyond it an extract file is the right source."""
_SAME = 0.5  # two outlines that share so much of what they cover together are one place
_SUPPLY = 'Give --bbox west,south,east,north, or the outline as a file: --boundary "outline.geojson".'


def outline_of(
    place: str, bbox: Bounds | None, boundary: str | Path | None, folder: str, nominatim: str, limit: float
) -> tuple[shapely.MultiPolygon, str]:
    """Return the outline in WGS 84 and its name, from the one of place, bbox and boundary that is given.

    Raises :class:`planner.errors.InputError` where there is no outline, more than one place of the name, or too much.
    """
    if bbox is not None:
        outline: BaseGeometry = shapely.box(*checked_bounds(bbox))
        name = folder
    elif boundary is not None:
        layer, _ = read_layer(boundary)
        outline, name = layer.geometry.union_all(), Path(boundary).stem
    else:
        outline, name = _search(place, nominatim, limit)
    shape = _polygons(outline)
    if shape.is_empty:
        raise InputError("The outline holds no polygon. Give polygons, or --bbox west,south,east,north.")
    area = _square_metres(shapely.box(*checked_bounds(shape.bounds)))
    if area > LARGEST:
        raise InputError(
            f"The outline and the box around it cover {area / 1e6:,.0f} km²; public servers give up to "
            f"{LARGEST / 1e6:,.0f} km². Supply an .osm.pbf extract instead, named in the scenario with "
            'role = "roads" and "pois".'
        )
    return shape, name


def checked_bounds(bbox: Bounds) -> Bounds:
    """Return west, south, east, north in degrees; raises :class:`planner.errors.InputError` for another order."""
    west, south, east, north = bbox
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError(
            f"bbox = {west:g},{south:g},{east:g},{north:g} is not west,south,east,north in degrees: "
            "west must be less than east and south less than north. For example 121.35,28.55,121.55,28.75."
        )
    return bbox


def _search(name: str, address: str, limit: float) -> tuple[BaseGeometry, str]:
    """Return outline and full name of the place that OpenStreetMap knows by a name.

    A full name as OpenStreetMap writes it decides between places that share a short one.
    """
    places = places_named(name, Server(address, limit, _SUPPLY))
    places = [place for place in places if place.get("class") == "boundary"] or places  # a park may bear the name too
    found = [(str(place.get("display_name", name)), shape) for place in places if (shape := _shape(place)) is not None]
    if not found:
        only = " only as a point," if places else ""
        raise InputError(f"OpenStreetMap knows{only} no place {name!r} with an outline. {_SUPPLY}")
    exact = [one for one in found if one[0] == name]
    title, outline = (exact or found)[0]
    others = [] if exact else [other for other, shape in found[1:] if not _one_place(outline, shape)]
    if others:
        named = "; ".join(dict.fromkeys([title, *others]))
        raise InputError(f"OpenStreetMap knows several places {name!r}: {named}. Write one of these names in full.")
    return outline, title


def _shape(place: dict[str, Any]) -> shapely.MultiPolygon | None:
    """Return the polygons of an answer; None for a point, a line and what is no geometry."""
    try:
        shape = _polygons(shapely.from_geojson(json.dumps(place.get("geojson"))))
        checked_bounds(shape.bounds)
    except (shapely.GEOSException, TypeError, ValueError):
        return None
    return None if shape.is_empty else shape


def _polygons(shape: BaseGeometry) -> shapely.MultiPolygon:
    if not all(map(math.isfinite, shapely.get_coordinates(shape).ravel())):
        return shapely.MultiPolygon()
    parts = shapely.get_parts(shapely.make_valid(shape), return_index=False)
    return shapely.MultiPolygon([part for part in parts if shapely.get_type_id(part) == 3])


def _one_place(first: BaseGeometry, second: BaseGeometry) -> bool:
    shared, both = shapely.area(shapely.intersection(first, second)), shapely.area(shapely.union(first, second))
    return bool(shared > _SAME * both)


def _square_metres(shape: BaseGeometry) -> float:
    return float(gpd.GeoSeries([shape], crs=4326).to_crs(working_crs(shape.bounds)).area.iloc[0])
