"""Clusters of points by density: HDBSCAN on projected metres, the same whatever the order of rows.

Method: Campello, Moulavi, Sander, "Density-based clustering based on hierarchical density estimates", PAKDD 2013: the
minimum spanning tree of mutual reachability distances, condensed by ``min_cluster_size``, and of nested clusters those
with the largest excess of mass. A split at one distance is one split, whatever the number of parts, so that equal
distances (every core distance is shared by several edges) leave nothing to the order of rows; where no two lengths
are equal the labels are those of scikit-learn's HDBSCAN.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.spatial import KDTree

from planner.centres.spanning import spanning_tree

__all__ = ["cluster"]


def cluster(xy: np.ndarray, *, min_cluster_size: int, min_samples: int, resolution: float = 0.0) -> np.ndarray:
    """Return the cluster number of each point, -1 for none; xy in metres, shape (n, 2).

    Clusters are numbered from west to east (by their westernmost, then southernmost point). ``min_samples`` counts the
    point itself. Distances below ``resolution`` metres count as ``resolution``, so that a stack of places at one
    address is not infinitely dense.

    >>> corners = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    >>> cluster(np.vstack([corners, corners + 500, [[0.0, 9000]]]), min_cluster_size=3, min_samples=2)
    array([ 0,  0,  0,  0,  1,  1,  1,  1, -1])
    """
    labels = np.full(len(xy), -1)
    if len(xy) < max(min_cluster_size, min_samples, 2):
        return labels
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    points = np.ascontiguousarray(xy[order], dtype=float)
    edges, metres = _tree(points, min_samples, resolution)
    by_length = np.argsort(metres, kind="stable")
    children, sizes = _dendrogram(edges[by_length])
    found = _most_massive(children, sizes, metres[by_length], min_cluster_size)
    number = {label: n for n, label in enumerate(dict.fromkeys(found[found >= 0].tolist()))}
    labels[order] = [number.get(label, -1) for label in found.tolist()]
    return labels


def _tree(points: np.ndarray, min_samples: int, resolution: float) -> tuple[np.ndarray, np.ndarray]:
    """Return edges and lengths of the spanning tree of points in order of place.

    The tree joins places; points that stand on one are joined by its core distance, which no edge there goes below.
    (No tree of boxes divides points of one place, so a stack of 300,000 would be looked at in pairs.)
    """
    new = np.concatenate([[True], (points[1:] != points[:-1]).any(axis=1)])
    starts, again = np.flatnonzero(new), np.flatnonzero(~new)
    stacked = np.diff(np.append(starts, len(points)))
    core = np.maximum(_core_distances(points[starts], stacked, min_samples), resolution)
    edges, metres = spanning_tree(points[starts], core)
    edges = np.vstack([starts[edges], np.column_stack([again - 1, again])])
    return edges, np.concatenate([metres, np.repeat(core, stacked - 1)])


def _core_distances(places: np.ndarray, stacked: np.ndarray, min_samples: int) -> np.ndarray:
    """Return how far a point of each place is from the ``min_samples``-th nearest point, itself counted."""
    metres, near = KDTree(places).query(places, k=np.arange(1, min(min_samples, len(places)) + 1))
    enough = np.cumsum(stacked[near], axis=1) >= min_samples
    core: np.ndarray = metres[np.arange(len(places)), enough.argmax(axis=1)]
    return core


@njit(cache=True)
def _dendrogram(edges):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Join points along edges in order of length; returns the children (n - 1, 2) and sizes (2n - 1) of all nodes."""
    n = len(edges) + 1
    parent = np.arange(2 * n - 1)
    sizes = np.ones(2 * n - 1, np.int64)
    children = np.empty((n - 1, 2), np.int64)
    for step in range(n - 1):
        for side, node in enumerate(edges[step]):
            while parent[node] != node:
                parent[node] = parent[parent[node]]
                node = parent[node]
            children[step, side] = node
        joint = n + step
        parent[children[step, 0]] = parent[children[step, 1]] = joint
        sizes[joint] = sizes[children[step, 0]] + sizes[children[step, 1]]
    return children, sizes


@njit(cache=True)
def _condensed(  # type: ignore[no-untyped-def]
    children, sizes, metres, smallest
):  # pragma: no cover - compiled
    """Walk down the dendrogram; only a split into two parts of at least ``smallest`` points makes new clusters.

    Returns the cluster that each point falls out of, the parent of each cluster, and its excess of mass
    (density = 1 / metres). Cluster 0 is the whole.
    """
    n = len(children) + 1
    label, whole = np.zeros(2 * n - 1, np.int64), np.zeros(2 * n - 1, np.bool_)
    whole[2 * n - 2] = True
    parent, born, mass = [-1], [0.0], [0.0]
    parts = np.empty(2 * n, np.int64)
    for node in range(2 * n - 2, n - 1, -1):
        if label[node] < 0:
            continue
        if not whole[node]:
            label[children[node - n]] = label[node]
            continue
        count = _parts(children, metres, node, parts, label)
        large = 0
        for part in parts[:count]:
            whole[part] = sizes[part] >= smallest
            large += whole[part]
        cluster, density = label[node], 1 / max(metres[node - n], 1e-9)
        for part in parts[:count]:
            label[part] = cluster
            if not whole[part] or large > 1:
                mass[cluster] += (density - born[cluster]) * sizes[part]
            if whole[part] and large > 1:
                label[part] = len(parent)
                parent.append(cluster)
                born.append(density)
                mass.append(0.0)
    return label[:n], np.array(parent), np.array(mass)


@njit(cache=True)
def _parts(children, metres, node, parts, label):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Write the parts into which a node falls, nodes of equal distance opened (label -1); return how many."""
    n = len(children) + 1
    stack = [node]
    count = 0
    while stack:
        top = stack.pop()
        for child in children[top - n]:
            if child >= n and metres[child - n] == metres[node - n]:
                stack.append(child)
                label[child] = -1
            else:
                parts[count] = child
                count += 1
    return count


def _most_massive(children: np.ndarray, sizes: np.ndarray, metres: np.ndarray, smallest: int) -> np.ndarray:
    """Return for each point the cluster that it is in, of nested ones the heavier choice; -1 for none."""
    fallen, parent, mass = _condensed(children, sizes, metres, smallest)
    below = np.zeros(len(parent))
    chosen = np.zeros(len(parent), dtype=bool)
    for node in range(len(parent) - 1, 0, -1):
        chosen[node] = mass[node] >= below[node]
        below[parent[node]] += max(mass[node], below[node])
    owner = np.full(len(parent), -1)
    for node in range(1, len(parent)):
        owner[node] = owner[parent[node]] if owner[parent[node]] >= 0 or not chosen[node] else node
    result: np.ndarray = owner[fallen]
    return result
