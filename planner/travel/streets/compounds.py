"""Arcs, and what gates make of them: nodes cut at barriers, streets behind private gates private as well.

Arc ``2 e`` runs along edge ``e`` as digitised, arc ``2 e + 1`` against it. A private street may start or end a trip
but not carry it through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from planner.inputs.roads.read import Floats, Ints

__all__ = ["CLOSED", "OPEN", "PRIVATE", "Arcs", "cut_at_gates", "enclose", "parts_of"]

OPEN: Final = 0
PRIVATE: Final = 1
CLOSED: Final = 2


@dataclass(frozen=True)
class Arcs:
    """``A = 2 (E + G)`` arcs of ``E`` edges and ``G`` private gates (edges without length); ``V`` vertices.

    ``tail``, ``head`` (A) are vertices; ``right`` (A) is OPEN, PRIVATE or CLOSED; ``seconds`` (A) is infinite where
    closed. ``node`` (V) is the node that a vertex is, or is part of; ``pause`` (V) seconds lost on passing it.
    """

    tail: Ints
    head: Ints
    right: Ints
    seconds: Floats
    metres: Floats
    node: Ints
    pause: Floats


def cut_at_gates(arcs: Arcs, gates: Ints) -> Arcs:
    """Return the arcs with a vertex per edge end at every node whose gate (right per node) is not open.

    A private gate joins its edge ends by private edges without length; a closed one leaves them apart.
    """
    tail, head = arcs.tail.copy(), arcs.head.copy()
    node, links = list(range(len(arcs.node))), []
    order = np.argsort(tail, kind="stable")
    row = np.append(0, np.cumsum(np.bincount(tail, minlength=len(node))))
    for v in np.flatnonzero(gates != OPEN).tolist():
        for at, arc in enumerate(order[row[v] : row[v + 1]].tolist()):
            if at == 0 and gates[v] == CLOSED:
                continue
            tail[arc] = head[arc ^ 1] = len(node)
            if gates[v] == PRIVATE:
                links.append((v, len(node)))
            node.append(v)
    joined = np.asarray(links, np.int64).reshape(-1, 2)
    none = np.zeros(joined.size)
    return Arcs(
        tail=np.append(tail, joined.ravel()),
        head=np.append(head, joined[:, ::-1].ravel()),
        right=np.append(arcs.right, np.full(joined.size, PRIVATE)),
        seconds=np.append(arcs.seconds, none),
        metres=np.append(arcs.metres, none),
        node=np.asarray(node, np.int64),
        pause=arcs.pause[node],
    )


def enclose(arcs: Arcs) -> Arcs:
    """Return the arcs with the open streets made private that only private ones join to the rest.

    Within each connected part, the longest stretch of open streets stays open.
    """
    used = arcs.right != CLOSED
    part, stretch = parts_of(arcs, used), parts_of(arcs, arcs.right == OPEN)
    ones = np.flatnonzero(arcs.right == OPEN)
    length = np.bincount(stretch[arcs.tail[ones]], weights=arcs.metres[ones], minlength=len(arcs.node))
    part_of_stretch = np.zeros(len(arcs.node), np.int64)
    part_of_stretch[stretch] = part
    order = np.lexsort((np.arange(len(length)), -length, part_of_stretch))
    stays = np.zeros(len(arcs.node), bool)
    stays[order[np.append(True, np.diff(part_of_stretch[order]) != 0)]] = True
    right = np.where((arcs.right == OPEN) & ~stays[stretch[arcs.tail]], PRIVATE, arcs.right)
    return replace(arcs, right=right)


def parts_of(arcs: Arcs, chosen: np.ndarray) -> Ints:
    """Return the number of the weakly connected part of each vertex (V), by the chosen arcs alone."""
    ends = (arcs.tail[chosen], arcs.head[chosen])
    matrix = sp.coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(len(arcs.node), len(arcs.node)))
    return np.asarray(connected_components(matrix, directed=False)[1], np.int64)
