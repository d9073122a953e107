"""The nodes that a branch and bound for the largest value has still to look at, the one with the best bound first.

Looking at the best bound first visits no node that a proof could do without, up to ties; and the bound on everything is
at any time the first node's. Ties go to the older node, so that the order depends on nothing but the nodes.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Node", "OpenNodes"]


@dataclass(frozen=True, order=True, slots=True)
class Node:
    """What is decided of the sites (1 open, -1 closed, 0 free) and a point to begin from, with the bound on its value.

    Points are many and only a beginning: they are kept as float32.
    """

    key: tuple[float, int]
    state: NDArray[np.int8] = field(compare=False)
    point: NDArray[np.float32] = field(compare=False)

    @property
    def bound(self) -> float:
        """The most that any choice of this node is worth."""
        return -self.key[0]


class OpenNodes:
    """A heap of nodes.

    >>> nodes = OpenNodes()
    >>> for bound in (3.0, 5.0):
    ...     nodes.push(bound, np.zeros(2, np.int8), np.zeros(2))
    >>> nodes.bound, nodes.pop().bound, len(nodes)
    (5.0, 5.0, 1)
    """

    def __init__(self) -> None:
        self._heap: list[Node] = []
        self._pushed = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def bound(self) -> float:
        """The most that any choice of the open nodes is worth; minus infinity where none is open."""
        return self._heap[0].bound if self._heap else -math.inf

    def push(self, bound: float, state: NDArray[np.int8], point: NDArray[np.float64]) -> None:
        """Add a node."""
        self._pushed += 1
        heapq.heappush(self._heap, Node((-bound, self._pushed), state, point.astype(np.float32)))

    def pop(self) -> Node:
        """Take out the node with the best bound."""
        return heapq.heappop(self._heap)

    def put_back(self, node: Node) -> None:
        """Put a node back in its old place."""
        heapq.heappush(self._heap, node)

    def clear(self) -> None:
        """Drop all nodes."""
        self._heap.clear()
