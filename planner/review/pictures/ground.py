"""The ground that a map is drawn on without any tiles: the plan's own streets, joined, thinned and packed.

Street edges are joined into lines that run from crossing to crossing, so crossings and ends are kept at every zoom.
Each corner in between has a rank: the coarsest simplification (Douglas and Peucker, 1973) that still keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.review.map.columns import MICRO, OUTLINE_TOLERANCE, rings

if TYPE_CHECKING:
    from planner.inputs.roads.read import Roads

__all__ = ["joined_lines", "land", "land_kind", "outline", "pack_lines", "street_level", "street_lines"]

TOLERANCES = (3e-4, 8e-5, 2e-5)
"""Degrees below which a corner is dropped at rank 0, 1 and 2: half a pixel at zooms 10, 12 and 14."""

_LEVELS: Mapping[str, int] = {
    "motorway": 0,
    "trunk": 0,
    "primary": 0,
    "secondary": 1,
    "tertiary": 1,
    "unclassified": 2,
    "residential": 2,
    "living_street": 2,
    "pedestrian": 2,
    "road": 2,
}


_WATER = ("水域", "水体", "河", "湖", "海域", "水库", "water", "river", "lake", "sea")
_GREEN = ("山体", "绿地", "公园", "林地", "green", "park", "forest", "wood")


def land_kind(*texts: object) -> str:
    """Return how land is drawn, from its category or, failing that, its name: water, green or restricted.

    >>> land_kind("水域", "椒江"), land_kind("管控红线", "椒江饮用水源二级保护区"), land_kind("", "白云公园")
    ('water', 'restricted', 'green')
    """
    for text in texts:
        if isinstance(text, str) and text.strip():
            low = text.lower()
            kinds = [
                kind for kind, words in (("water", _WATER), ("green", _GREEN)) if any(word in low for word in words)
            ]
            return kinds[0] if kinds else "restricted"
    return "restricted"


def land(exclusions: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Return the outlines of water, green and restricted land that the plan knows of."""
    if exclusions is None or not len(exclusions):
        return {"kind": [], "rings": []}
    category = exclusions["category"] if "category" in exclusions else pd.Series("", index=exclusions.index)
    kinds = [land_kind(*texts) for texts in zip(category, exclusions["name"], strict=True)]
    return {"kind": kinds, "rings": [rings(shape, OUTLINE_TOLERANCE) for shape in exclusions.geometry]}


def outline(boundary: gpd.GeoDataFrame | None) -> list[list[int]]:
    """Return the rings of the study area's outline; none where it is not given."""
    if boundary is None or not len(boundary):
        return []
    return rings(shapely.union_all(boundary.geometry.to_numpy()), OUTLINE_TOLERANCE)


def street_level(highway: object) -> int:
    """Return how prominent a street is drawn: 0 main roads, 1 collectors, 2 local streets, 3 service ways and paths.

    >>> street_level("primary_link"), street_level("footway"), street_level(None)
    (0, 3, 2)
    """
    if isinstance(highway, list | tuple):
        highway = highway[0] if highway else None
    if not isinstance(highway, str) or not highway:
        return 2
    return _LEVELS.get(highway.removesuffix("_link"), 3)


def street_lines(roads: Roads) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return the street edges as WGS 84 lines with their levels; an edge drawn both ways is there once."""
    levels = np.array([street_level(tags.get("highway")) for tags in roads.tags], dtype=np.int64)[roads.tag]
    lines = roads.lines()
    keep = ~_repeated(lines)
    return lines[keep], levels[keep]


def pack_lines(lines: npt.NDArray[Any], levels: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return lines as flat columns: level and size per line, coordinate steps in micro-degrees, rank per corner.

    >>> packed = pack_lines(np.array([shapely.LineString([(0, 0), (1e-6, 2e-6)])]), np.array([1]))
    >>> packed["dx"], packed["dy"], packed["rank"], packed["size"]
    ([0, 1], [0, 2], '00', [2])
    """
    joined, level = joined_lines(lines, levels)
    shapes = shapely.set_precision(joined, 1 / MICRO)
    kept = ~shapely.is_empty(shapes)
    shapes, level = shapes[kept], level[kept]
    coordinates, line = shapely.get_coordinates(shapes, return_index=True)
    whole = np.rint(coordinates * MICRO).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return {
        "level": level.tolist(),
        "size": np.bincount(line, minlength=len(shapes)).tolist(),
        "dx": steps[:, 0].tolist(),
        "dy": steps[:, 1].tolist(),
        "rank": "".join(map(str, _ranks(shapes, whole, line))),
    }


def joined_lines(
    lines: npt.NDArray[Any], levels: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Join lines of one level where exactly two of them meet; sorted by place, so that near lines stand together."""
    parts, part_levels = [], []
    for level in np.unique(levels):
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines[levels == level])))
        parts.append(merged)
        part_levels.append(np.full(len(merged), level, dtype=np.int64))
    if not parts:
        return lines, levels
    found, level_of = np.concatenate(parts), np.concatenate(part_levels)
    west, south, _, _ = shapely.bounds(found).T
    order = np.lexsort((west, np.floor(south * 200), level_of))
    return found[order], level_of[order]


def _repeated(lines: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    seen: set[bytes] = set()
    repeated = np.zeros(len(lines), dtype=bool)
    for at, key in enumerate(shapely.to_wkb(shapely.normalize(lines))):
        repeated[at] = key in seen
        seen.add(key)
    return repeated


def _ranks(
    shapes: npt.NDArray[Any], whole: npt.NDArray[np.int64], line: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    ranks = np.full(len(whole), len(TOLERANCES), dtype=np.int64)
    keys = _keys(whole, line)
    for rank in reversed(range(len(TOLERANCES))):
        simple = shapely.simplify(shapes, TOLERANCES[rank], preserve_topology=True)
        coordinates, of = shapely.get_coordinates(simple, return_index=True)
        kept = np.isin(keys, _keys(np.rint(coordinates * MICRO).astype(np.int64), of))
        ranks[kept] = rank
    ends = np.flatnonzero(np.diff(line, prepend=-1, append=line[-1] + 1 if len(line) else 0))
    ranks[ends[:-1]] = 0
    ranks[ends[1:] - 1] = 0
    return ranks


def _keys(whole: npt.NDArray[np.int64], line: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
    rows = np.ascontiguousarray(np.column_stack([line, whole]).astype(np.int64))
    return rows.view([("line", "i8"), ("x", "i8"), ("y", "i8")]).ravel()
