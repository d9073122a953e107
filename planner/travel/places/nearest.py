"""The nearest place on edges, exact and for millions of points: a grid of cells over the segments of the edges.

Cells are looked through in rings around the point until nothing nearer can lie outside (Bentley, Weide and Yao, 1980,
Optimal expected-time algorithms for closest point problems, ACM TOMS 6, with segments in the place of points).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np

from planner.inputs.roads.read import Floats, Ints

__all__ = ["EdgeGrid", "Feet", "edge_grid"]


@dataclass(frozen=True)
class Feet:
    """For each point (n) the segment with its nearest place, as the position of its first point, and the share
    (0 to 1) of the segment that lies before the place; ``point`` lists the points that have one within the limit.
    """

    point: Ints
    edge: Ints
    start: Ints
    share: Floats


@dataclass(frozen=True)
class EdgeGrid:
    """Segments of edges in a plane, in the order of their edges, and the cells (rows of ``inside``) that they touch.

    ``segment`` holds x, y of both ends; ``start`` the position of the first end among the points, ``edge`` the edge.
    """

    segment: Floats
    start: Ints
    edge: Ints
    corner: tuple[float, float]
    cell: float
    columns: int
    row: Ints
    inside: Ints

    def nearest(self, x: Floats, y: Floats, limit: float) -> Feet:
        """Return the nearest place of each point, at most ``limit`` away; of equally near ones that of the first edge.

        Points whose coordinates are not finite have none.
        """
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if not len(self.edge) or not len(known):
            none = np.empty(0, np.int64)
            return Feet(none, none, none, np.empty(0))
        across = np.floor((x[known] - self.corner[0]) / self.cell)
        upwards = np.floor((y[known] - self.corner[1]) / self.cell)
        near = known[np.argsort(upwards * self.columns + across)]
        found, share = _nearest(
            self.segment, self.row, self.inside, self.columns, *self.corner, self.cell, x[near], y[near], limit
        )
        hit = np.flatnonzero(found >= 0)
        order = hit[np.argsort(near[hit])]
        chosen = found[order]
        return Feet(near[order], self.edge[chosen], self.start[chosen], share[order])


def edge_grid(x: Floats, y: Floats, first: Ints, last: Ints, edges: Ints) -> EdgeGrid:
    """Return the grid of edges; edge ``e`` runs through the points ``first[e]`` to ``last[e]`` at ``x``, ``y`` (m)."""
    size = (last - first)[edges]
    ends = np.cumsum(size)
    start = np.arange(int(size.sum())) - np.repeat(ends - size, size) + np.repeat(first[edges], size)
    segment = np.column_stack([x[start], y[start], x[start + 1], y[start + 1]])
    if not len(segment):
        none = np.empty(0, np.int64)
        return EdgeGrid(segment, start, none, (0.0, 0.0), 1.0, 1, np.zeros(2, np.int64), none)
    west, south = np.minimum(segment[:, :2], segment[:, 2:]).min(axis=0)
    east, north = np.maximum(segment[:, :2], segment[:, 2:]).max(axis=0)
    width, height = float(east - west), float(north - south)
    cell = max(math.sqrt(width * height / len(segment)), (width + height) / len(segment), 1.0)
    columns, rows = int(width // cell) + 1, int(height // cell) + 1
    row, inside = _fill(segment, west, south, cell, columns, rows)
    return EdgeGrid(segment, start, np.repeat(edges, size), (float(west), float(south)), cell, columns, row, inside)


@numba.njit(cache=True, nogil=True)
def _foot(x0, y0, x1, y1, px, py):  # type: ignore[no-untyped-def]
    """Return the square of the distance to a segment and the share before the nearest place; exact at its ends."""
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    share = ((px - x0) * dx + (py - y0) * dy) / length if length > 0 else 0.0
    if share <= 0:
        return (px - x0) ** 2 + (py - y0) ** 2, 0.0
    if share >= 1:
        return (px - x1) ** 2 + (py - y1) ** 2, 1.0
    return (px - x0 - share * dx) ** 2 + (py - y0 - share * dy) ** 2, share


@numba.njit(cache=True, nogil=True)
def _fill(segment, west, south, cell, columns, rows):  # type: ignore[no-untyped-def]
    """Return, as rows per cell, the segments that may touch it."""
    row = np.zeros(columns * rows + 1, np.int64)
    inside = np.empty(0, np.int64)
    reach = 0.5001 * cell * cell  # square of half the diagonal, with room for rounding
    for filling in range(2):
        for s in range(len(segment)):
            x0, y0, x1, y1 = segment[s]
            for j in range(int((min(y0, y1) - south) // cell), int((max(y0, y1) - south) // cell) + 1):
                for i in range(int((min(x0, x1) - west) // cell), int((max(x0, x1) - west) // cell) + 1):
                    at_x, at_y = west + (i + 0.5) * cell, south + (j + 0.5) * cell
                    if _foot(x0, y0, x1, y1, at_x, at_y)[0] <= reach:
                        at = min(j, rows - 1) * columns + min(i, columns - 1)
                        if filling:
                            inside[row[at]] = s
                            row[at] += 1
                        else:
                            row[at + 1] += 1
        if not filling:
            for at in range(columns * rows):
                row[at + 1] += row[at]
            inside = np.empty(row[-1], np.int64)
    for at in range(columns * rows, 0, -1):
        row[at] = row[at - 1]
    row[0] = 0
    return row, inside


@numba.njit(cache=True, nogil=True)
def _nearest(segment, row, inside, columns, west, south, cell, x, y, limit):  # type: ignore[no-untyped-def]
    """Return the nearest segment of each point (-1: none within the limit) and the share before the place."""
    rows = (len(row) - 1) // columns
    found, shares = np.full(len(x), -1, np.int64), np.zeros(len(x))
    for p in range(len(x)):
        i, j = int(np.floor((x[p] - west) / cell)), int(np.floor((y[p] - south) / cell))
        inset = min(x[p] - west - i * cell, y[p] - south - j * cell)
        inset = max(min(inset, cell - (x[p] - west - i * cell), cell - (y[p] - south - j * cell)), 0.0)
        best, nearest, share = limit * limit, -1, 0.0
        ring = max(0, -i, -j, i - columns + 1, j - rows + 1)
        last = max(i, j, columns - 1 - i, rows - 1 - j)
        while ring <= last and (ring == 0 or ((ring - 1) * cell + inset) ** 2 <= best):
            for b in range(max(j - ring, 0), min(j + ring, rows - 1) + 1):
                low, high, step = i - ring, i + ring, max(2 * ring, 1)
                if b == j - ring or b == j + ring:
                    low, high, step = max(low, 0), min(high, columns - 1), 1
                for a in range(low, high + 1, step):
                    if a < 0 or a >= columns:
                        continue
                    at = b * columns + a
                    for k in range(row[at], row[at + 1]):
                        s = inside[k]
                        away, before = _foot(segment[s, 0], segment[s, 1], segment[s, 2], segment[s, 3], x[p], y[p])
                        if away < best or (away == best and (nearest < 0 or s < nearest)):
                            best, nearest, share = away, s, before
            ring += 1
        found[p], shares[p] = nearest, share
    return found, shares
