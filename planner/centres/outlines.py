"""Outlines of centres in projected metres, and how overlapping ones are settled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

__all__ = ["cut_by", "joined", "largest_part", "members_of", "outline"]

STRAGGLING = 3.0
MARGIN = 20.0
"""Metres that an outline reaches beyond its outermost places, so that they stand in it and not on its edge."""


def outline(xy: np.ndarray, ratio: float) -> shapely.Polygon:
    """Return the concave hull of the points of a centre with a margin; ``ratio`` as in ``shapely.concave_hull``.

    Stragglers, whose fifth nearest neighbour is more than ``STRAGGLING`` times as far as is usual in the centre, are
    left outside, so that no spike reaches out for a single place.
    """
    points = np.unique(xy, axis=0)
    if len(points) > 5:
        fifth = KDTree(points).query(points, k=[5])[0][:, 0]
        points = points[fifth <= STRAGGLING * np.median(fifth)]
    hull = shapely.concave_hull(shapely.MultiPoint(points), ratio=ratio)
    shape: shapely.Polygon = shapely.simplify(shapely.buffer(hull, MARGIN, quad_segs=4), 1.0)
    return shape


def joined(shapes: Sequence[shapely.Polygon], within: float) -> np.ndarray:
    """Return a group number for each outline: those within ``within`` metres of each other, in chains, are one."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=within)
    near = coo_array((np.ones(len(first)), (first, second)), shape=(len(shapes), len(shapes)))
    groups: np.ndarray = connected_components(near, directed=False)[1]
    return groups


def members_of(groups: np.ndarray) -> list[np.ndarray]:
    """Return the positions of the members of each group, by its number.

    >>> [at.tolist() for at in members_of(np.array([1, 0, 1]))]
    [[1], [0, 2]]
    """
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(groups) else []


def cut_by(shape: BaseGeometry, others: shapely.STRtree) -> shapely.Polygon:
    """Return what the others leave of an outline: its largest part, empty if nothing."""
    near = others.query(shape, predicate="intersects")
    return largest_part(shapely.difference(shape, shapely.union_all(others.geometries[np.sort(near)])))


def largest_part(shape: BaseGeometry) -> shapely.Polygon:
    """Return the largest polygon of a shape, empty if there is none."""
    parts = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) == 3]
    return max(parts, key=shapely.area, default=shapely.Polygon())
