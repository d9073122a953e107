"""The minimum spanning tree of mutual reachability distances, exact, for hundreds of thousands of points.

Method: Borůvka's algorithm over a tree of boxes (March, Ram, Gray, "Fast Euclidean minimum spanning tree", KDD 2010):
in each round every point looks for the nearest point of another component and leaves out every box that lies wholly
in its own, or further than what its component has already found. The boxes are the nodes of a balanced binary tree over
the points in Z-order, so no pointers are kept. Equal lengths are settled by position, so that no cycle can close.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.demand.spread import z_order

__all__ = ["spanning_tree"]

_LEAF = 8


def spanning_tree(xy: np.ndarray, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the n - 1 edges (positions, shape (n - 1, 2)) and their lengths, max(distance, core, core) in metres.

    >>> edges, metres = spanning_tree(np.array([[0.0, 0.0], [9.0, 0.0], [3.0, 0.0]]), np.zeros(3))
    >>> sorted(metres.tolist())
    [3.0, 6.0]
    """
    n = len(xy)
    order = np.lexsort((xy[:, 1], xy[:, 0], z_order(xy - xy.min(axis=0), 1.0)))
    points, reach = np.ascontiguousarray(xy[order]), np.ascontiguousarray(core[order])
    boxes, nearest = _boxes(points, reach)
    component = np.arange(n)
    edges, metres = [], []
    while component.max() > 0:
        owner = _owners(component, len(nearest))
        start, end, length = _shortest_ways_out(points, reach, component, boxes, nearest, owner)
        kept = _join(component, start, end, length)
        edges.append(np.column_stack([start, end])[kept])
        metres.append(length[kept])
    return order[np.vstack(edges)] if edges else np.empty((0, 2), dtype=int), np.concatenate(metres or [np.empty(0)])


def _boxes(points: np.ndarray, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds (west, south, east, north) and smallest core distance of all nodes; node k has 2k + 1, 2k + 2."""
    leaves = 1 << max(0, int(np.ceil(np.log2(np.ceil(len(points) / _LEAF)))))
    boxes = np.full((2 * leaves - 1, 4), [np.inf, np.inf, -np.inf, -np.inf])
    nearest = np.full(2 * leaves - 1, np.inf)
    starts = np.arange(0, len(points), _LEAF)
    rows = slice(leaves - 1, leaves - 1 + len(starts))
    boxes[rows, :2] = np.minimum.reduceat(points, starts)
    boxes[rows, 2:] = np.maximum.reduceat(points, starts)
    nearest[rows] = np.minimum.reduceat(core, starts)
    for node in range(leaves - 2, -1, -1):
        a, b = 2 * node + 1, 2 * node + 2
        boxes[node, :2] = np.minimum(boxes[a, :2], boxes[b, :2])
        boxes[node, 2:] = np.maximum(boxes[a, 2:], boxes[b, 2:])
        nearest[node] = min(nearest[a], nearest[b])
    return boxes, nearest


@njit(cache=True)
def _owners(component, nodes):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the component that owns all points of each node; -1 where several do, -2 for an empty node."""
    owner = np.full(nodes, -2)
    leaves = (nodes + 1) // 2
    for i in range(len(component)):
        leaf = leaves - 1 + i // _LEAF
        owner[leaf] = component[i] if owner[leaf] in (-2, component[i]) else -1
    for node in range(leaves - 2, -1, -1):
        a, b = owner[2 * node + 1], owner[2 * node + 2]
        owner[node] = a if b in (-2, a) else -1
    return owner


@njit(cache=True)
def _shortest_ways_out(  # type: ignore[no-untyped-def]
    points, core, component, boxes, nearest, owner
):  # pragma: no cover - compiled
    """Return start, end and length of the shortest edge that leaves each component."""
    count = component.max() + 1
    start, end, length = np.full(count, -1), np.full(count, -1), np.full(count, np.inf)
    first_leaf = len(nearest) // 2
    stack = np.empty(128, np.int64)
    for i in range(len(points)):
        x, y, own = points[i, 0], points[i, 1], component[i]
        top = 1
        stack[0] = 0
        while top > 0:
            top -= 1
            node = stack[top]
            if owner[node] == own or owner[node] == -2 or _reach(x, y, core[i], boxes, nearest, node) > length[own]:
                continue
            if node < first_leaf:
                a, b = 2 * node + 1, 2 * node + 2
                if _reach(x, y, core[i], boxes, nearest, a) < _reach(x, y, core[i], boxes, nearest, b):
                    a, b = b, a
                stack[top], stack[top + 1] = a, b
                top += 2
                continue
            first = (node - first_leaf) * _LEAF
            for j in range(first, min(first + _LEAF, len(points))):
                if component[j] != own:
                    d = np.sqrt((x - points[j, 0]) ** 2 + (y - points[j, 1]) ** 2)
                    d = max(d, core[i], core[j])
                    if d < length[own] or (d == length[own] and _before(i, j, start[own], end[own])):
                        start[own], end[own], length[own] = i, j, d
    return start, end, length


@njit(cache=True)
def _reach(x, y, core, boxes, nearest, node):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return a lower bound of the mutual reachability distance from a point to the points of a node."""
    east = max(boxes[node, 0] - x, x - boxes[node, 2], 0.0)
    north = max(boxes[node, 1] - y, y - boxes[node, 3], 0.0)
    return max(np.sqrt(east * east + north * north), core, nearest[node])


@njit(cache=True)
def _before(i, j, k, m):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return whether edge (i, j) comes before edge (k, m) among edges of the same length."""
    return (min(i, j), max(i, j)) < (min(k, m), max(k, m))


@njit(cache=True)
def _join(component, start, end, length):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Join components along the edges (numbering them anew, in place); returns which edges join two of them."""
    parent = np.arange(len(start))
    kept = np.zeros(len(start), np.bool_)
    for own in range(len(start)):
        a, b = component[start[own]], component[end[own]]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a != b:
            parent[max(a, b)] = min(a, b)
            kept[own] = True
    number = np.full(len(start), -1)
    count = 0
    for own in range(len(start)):
        root = own
        while parent[root] != root:
            root = parent[root]
        if number[root] < 0:
            number[root] = count
            count += 1
        number[own] = number[root]
    for i in range(len(component)):
        component[i] = number[component[i]]
    return kept
