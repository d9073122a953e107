"""Walls between points and streets: a walk to the street goes round to another street, not through a wall or fence."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from planner.inputs.coordinates.projections import to_plane
from planner.inputs.roads.read import Floats, Ints, Roads
from planner.travel.places.nearest import EdgeGrid, Feet

__all__ = ["beside_walls"]


def beside_walls(roads: Roads, grid: EdgeGrid, feet: Feet, x: Floats, y: Floats, limit: float) -> tuple[Feet, Ints]:
    """Return the feet, those behind a wall replaced by the nearest ones within the limit that are not, and the points
    that are walled in: no street is on their side, so their gate is unknown and they keep the foot that they had.
    """
    if not roads.walls or not len(feet.point):
        return feet, np.empty(0, np.int64)
    plane = to_plane(roads.crs)
    corners, wall = shapely.get_coordinates(roads.walls, return_index=True)
    lines: Any = shapely.linestrings(np.column_stack(plane.transform(*corners.T)), indices=wall)
    walls = shapely.STRtree(lines)
    behind = _behind(walls, np.column_stack([x[feet.point], y[feet.point]]), _places(roads, feet))
    if not behind.any():
        return feet, np.empty(0, np.int64)
    pieces: Any = shapely.linestrings(grid.segment.reshape(-1, 2, 2))
    streets = shapely.STRtree(pieces)
    edge, start, share, walled = feet.edge.copy(), feet.start.copy(), feet.share.copy(), []
    for row in np.flatnonzero(behind).tolist():
        here = shapely.Point(x[feet.point[row]], y[feet.point[row]])
        near = np.sort(streets.query(here, predicate="dwithin", distance=limit))
        lines = streets.geometries[near]
        order = np.argsort(shapely.distance(lines, here), kind="stable")
        shares = shapely.line_locate_point(lines[order], here, normalized=True)
        ends = shapely.get_coordinates(shapely.line_interpolate_point(lines[order], shares, normalized=True))
        free = np.flatnonzero(~_behind(walls, np.broadcast_to([here.x, here.y], ends.shape), ends))
        if not len(free):
            walled.append(int(feet.point[row]))
            continue
        segment = near[order[free[0]]]
        edge[row], start[row], share[row] = grid.edge[segment], grid.start[segment], shares[free[0]]
    return Feet(feet.point, edge, start, share), np.array(walled, np.int64)


def _places(roads: Roads, feet: Feet) -> Floats:
    """Return x and y of the feet, shape (n, 2)."""
    return np.column_stack([v[feet.start] + feet.share * (v[feet.start + 1] - v[feet.start]) for v in roads.xy])


def _behind(walls: shapely.STRtree, here: Floats, there: Floats) -> np.ndarray:
    """Return which straight walks cross a wall; one that begins or ends on a wall does not."""
    behind = np.zeros(len(here), bool)
    walks = shapely.linestrings(np.stack([here, there], axis=1))
    behind[walls.query(walks, predicate="crosses")[0]] = True
    return behind
