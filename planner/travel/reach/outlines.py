"""Outlines of stretches of streets: all places within a width of them, streets joined, blocks between them left open.

Neighbouring streets are joined once, in a binary tree along a Hilbert curve; an outline takes over the largest joined
branches that it holds whole, so that many outlines on the same streets share their work.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from planner.inputs.coordinates.projections import to_plane
from planner.inputs.roads.read import Floats, Ints
from planner.travel.reach.pieces import cut_edges
from planner.travel.reach.reached import Stretches
from planner.travel.streets.network import Network

__all__ = ["Outlines"]

_DETAIL: Final = 1.0  # metres by which a line may be simplified
_ARC: Final = 3  # straight pieces per quarter of a round end: the outline lies up to 4 % of the width further in


class Outlines:
    """The outlines of streets of one network, ``width`` metres to each side."""

    def __init__(self, net: Network, width: float) -> None:
        self._net, self._width = net, width
        count = len(net.edges)
        self._leaves = 1 << max(count - 1, 0).bit_length()
        self._joined: dict[int, Any] = {}
        self._leaf = np.full(len(net.roads), -1, np.int64)
        if count:
            middle = self._points[(net.roads.first + net.roads.last)[net.edges] // 2]
            order = np.argsort(gpd.GeoSeries(shapely.points(middle)).hilbert_distance().to_numpy(), kind="stable")
            self._leaf[net.edges[order]] = self._leaves + np.arange(count)

    def outline(self, stretches: Stretches) -> Any:
        """Return the area within the width of the stretches, in ``roads.crs``; an empty polygon for none."""
        full, some = (np.zeros(2 * self._leaves, bool) for _ in range(2))
        full[self._leaves + len(self._net.edges) :] = True
        whole = self._leaf[stretches.whole]
        full[whole] = True
        loose = self._pieces(stretches)
        some[whole] = True
        some[np.fromiter(loose, np.int64, len(loose))] = True
        self._prepare(whole)
        shape = np.full(2 * self._leaves, None, object)
        shape[np.fromiter(loose, np.int64, len(loose))] = list(loose.values())
        level = self._leaves
        while level > 1:
            level //= 2
            below = slice(2 * level, 4 * level, 2), slice(2 * level + 1, 4 * level, 2)
            full[level : 2 * level] = full[below[0]] & full[below[1]]
            some[level : 2 * level] = some[below[0]] | some[below[1]]
            self._join(level + np.flatnonzero(some[level : 2 * level] & ~full[level : 2 * level]), full, some, shape)
        if not some[1]:
            return shapely.Polygon()
        return self._whole(1, some) if full[1] else shape[1]

    def _join(self, at: Ints, full: Any, some: Any, shape: Any) -> None:
        """Set the outline of what is reached below each of these nodes of one level from that of the two below it."""
        for below in np.concatenate([2 * at, 2 * at + 1]).tolist():
            if full[below] and some[below]:
                shape[below] = self._whole(below, some)
        shape[at] = np.where(some[2 * at], shape[2 * at], shape[2 * at + 1])
        both = at[some[2 * at] & some[2 * at + 1]]
        shape[both] = shapely.union(shape[2 * both], shape[2 * both + 1])

    def _whole(self, at: int, some: Any) -> Any:
        """Return the outline of all streets below a node, joined once."""
        if at not in self._joined:
            parts = [self._whole(below, some) for below in (2 * at, 2 * at + 1) if some[below]]
            self._joined[at] = parts[0] if len(parts) == 1 else shapely.union(*parts)
        return self._joined[at]

    def _prepare(self, leaves: Ints) -> None:
        """Widen whole edges that have not been used before."""
        new = np.array([leaf for leaf in leaves.tolist() if leaf not in self._joined], np.int64)
        if len(new):
            edges = self._edge_of_leaf[new - self._leaves]
            shapes = self._widened(edges, np.zeros(len(edges)), self._net.roads.metres[edges])
            self._joined.update(zip(new.tolist(), shapes, strict=True))

    def _pieces(self, stretches: Stretches) -> dict[int, Any]:
        """Return the outlines of parts of edges by leaf."""
        if not len(stretches.edge):
            return {}
        shapes = self._widened(stretches.edge, stretches.low, stretches.high)
        by_leaf: dict[int, list[Any]] = {}
        for leaf, shape in zip(self._leaf[stretches.edge].tolist(), shapes, strict=True):
            by_leaf.setdefault(leaf, []).append(shape)
        return {leaf: parts[0] if len(parts) == 1 else shapely.union_all(parts) for leaf, parts in by_leaf.items()}

    def _widened(self, edges: Ints, low: Floats, high: Floats) -> Any:
        """Return the outlines of parts of edges, one by one."""
        coordinates, of = cut_edges(self._net.roads, self._points, edges, low, high)
        lines = shapely.simplify(shapely.linestrings(coordinates, indices=of), _DETAIL)
        return shapely.buffer(lines, self._width, quad_segs=_ARC)

    @cached_property
    def _points(self) -> Any:
        """The points along edges in ``roads.crs``, shape (S, 2)."""
        roads = self._net.roads
        plane = to_plane(roads.crs)
        return np.column_stack(plane.transform(roads.lon, roads.lat))

    @cached_property
    def _edge_of_leaf(self) -> Ints:
        edges = np.flatnonzero(self._leaf >= 0)
        return edges[np.argsort(self._leaf[edges])]
