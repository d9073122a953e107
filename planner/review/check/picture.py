"""A small picture of layers: an SVG without scripts, labels or outside references."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

__all__ = ["Drawn", "picture"]

_LINE, _POLYGON = (1, 5), (3, 6)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One layer of a picture: shapes in degrees, and the class of its style."""

    shapes: gpd.GeoSeries
    style: str


def picture(layers: Iterable[Drawn], bounds: tuple[float, float, float, float], width: int) -> ET.Element:
    """Return an ``svg`` element of ``width`` pixels; bounds are west, south, east, north in degrees.

    Points of one pixel are drawn once, lines and outlines are thinned to half a pixel.
    """
    west, south, east, north = bounds
    squeeze = np.cos(np.radians((south + north) / 2))
    scale = width / max((east - west) * squeeze, (north - south) * 0.8, 1e-9)
    wide, high = (east - west) * squeeze * scale, (north - south) * scale
    svg = ET.Element(
        "svg", {"viewBox": f"-4 -4 {wide + 8:.0f} {high + 8:.0f}", "role": "img", "width": f"{wide + 8:.0f}"}
    )
    for layer in layers:
        at = np.array([squeeze * scale, -scale])
        shapes = shapely.transform(layer.shapes.dropna().to_numpy(), lambda xy: (xy - [west, north]) * at)  # noqa: B023
        path = "".join([*_points(shapes), *_lines(shapes)])
        if path:
            ET.SubElement(svg, "path", {"class": layer.style, "d": path})
    return svg


def _points(shapes: np.ndarray) -> Iterable[str]:
    points = shapes[np.isin(shapely.get_type_id(shapes), (0, 4))]
    at = np.unique(np.round(shapely.get_coordinates(points)).astype(int), axis=0)
    return (f"M{x} {y}h0" for x, y in at)


def _lines(shapes: np.ndarray) -> Iterable[str]:
    drawn = shapes[np.isin(shapely.get_type_id(shapes), (*_LINE, *_POLYGON))]
    parts = shapely.get_parts(shapely.simplify(drawn, 0.5, preserve_topology=False))
    rings = [*parts[np.isin(shapely.get_type_id(parts), _LINE)]]
    rings += [*shapely.get_rings(parts[np.isin(shapely.get_type_id(parts), _POLYGON)])]
    for ring in rings:
        at = np.round(shapely.get_coordinates(ring), 1)
        if len(at) > 1:
            closed = "Z" if len(at) > 3 and (at[0] == at[-1]).all() else ""
            yield "M" + "L".join(f"{x:g} {y:g}" for x, y in (at[:-1] if closed else at)) + closed
