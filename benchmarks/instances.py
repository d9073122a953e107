"""Readers of the field's benchmark instances, with their quirks.

The instances and their known values live beside the checkout (``../shared/bench``); its SOURCES.md says where each
set comes from. Everything here returns plain arrays.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Floats = NDArray[np.float64]

__all__ = [
    "CapacitatedInstance",
    "euclidean",
    "known_values",
    "read_pmed",
    "read_pmedcap",
    "read_points_with_capacity",
    "read_tsplib",
]


@dataclass(frozen=True)
class CapacitatedInstance:
    """A capacitated p-median instance: every point is a customer and a candidate site."""

    name: str
    p: int
    points: Floats
    demand: Floats
    capacity: Floats
    floor: bool

    @property
    def distances(self) -> Floats:
        """The table of all distances, rounded down where the instance says so."""
        return euclidean(self.points, floor=self.floor)


def read_pmed(path: Path) -> tuple[Floats, int]:
    """Return the distance table and p of an OR-Library p-median graph.

    Where an edge is listed twice, the last cost counts (Beasley 1985).
    """
    numbers = np.array(path.read_text().split(), dtype=np.int64)
    n, edges, p = (int(number) for number in numbers[:3])
    table = numbers[3 : 3 + 3 * edges].reshape(edges, 3)
    costs = np.zeros((n, n))
    for i, j, cost in table:
        costs[i - 1, j - 1] = costs[j - 1, i - 1] = cost
    return np.asarray(dijkstra(csr_array(costs), directed=False)), p


def read_tsplib(path: Path) -> Floats:
    """Return the coordinates, n × 2, of a TSPLIB point set (the closing EOF may be missing)."""
    lines = path.read_text().splitlines()
    start = next(k for k, line in enumerate(lines) if line.strip() == "NODE_COORD_SECTION") + 1
    rows = [line.split() for line in lines[start:] if line.strip() and line.strip() != "EOF"]
    return np.array([[float(x), float(y)] for _, x, y in rows])


def euclidean(points: Floats, *, floor: bool) -> Floats:
    """Return the table of plane distances, rounded down where the p-median literature does so."""
    distances = np.hypot(*(points[:, None, axis] - points[None, :, axis] for axis in (0, 1)))
    return np.floor(distances) if floor else distances


def read_pmedcap(path: Path) -> list[CapacitatedInstance]:
    """Return the twenty problems of OR-Library's ``pmedcap1`` (distances rounded down), named as cpmp01 … cpmp20."""
    numbers = iter(path.read_text().split())
    instances = []
    for _ in range(int(next(numbers))):
        number, _optimum = int(next(numbers)), next(numbers)
        n, p, capacity = (int(next(numbers)) for _ in range(3))
        rows = np.array([[float(next(numbers)) for _ in range(4)] for _ in range(n)])
        room = np.full(n, float(capacity))
        instances.append(CapacitatedInstance(f"cpmp{number:02d}", p, rows[:, 1:3], rows[:, 3], room, floor=True))
    return instances


def read_points_with_capacity(path: Path) -> CapacitatedInstance:
    """Return an instance of Lorena and Senne or of Stefanello: n, p; then x, y, capacity, demand (unrounded)."""
    numbers = np.array(path.read_text().split(), dtype=float)
    n, p = int(numbers[0]), int(numbers[1])
    rows = numbers[2 : 2 + 4 * n].reshape(n, 4)
    return CapacitatedInstance(path.stem, p, rows[:, :2], rows[:, 3], rows[:, 2], floor=False)


def known_values(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table of known values."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
