"""Random covering instances by a fixed recipe, so that figures can be compared across programs and machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree


@dataclass(frozen=True)
class CoverInstance:
    """Demand and sites in the unit square, weights, and the radius that covers about ``cover`` of all demand."""

    demand: NDArray[np.float64]
    sites: NDArray[np.float64]
    weights: NDArray[np.int64]
    radius: float

    def pieces(self, size: int = 200_000) -> Iterator[tuple[csr_array, NDArray[np.float64]]]:
        """Iterate over (distances within the radius, weights) of so many demand points at a time."""
        tree = cKDTree(self.sites)
        for begin in range(0, len(self.demand), size):
            part = self.demand[begin : begin + size]
            near = cKDTree(part).sparse_distance_matrix(tree, self.radius, output_type="coo_matrix")
            yield _rows(part, near.row, near.col, self.sites), self.weights[begin : begin + size].astype(float)

    def pairs(self) -> csr_array:
        """Return all distances within the radius; a stored zero is a distance."""
        return next(self.pieces(len(self.demand)))[0]


def _rows(
    demand: NDArray[np.float64], row: NDArray[np.int64], column: NDArray[np.int64], sites: NDArray[np.float64]
) -> csr_array:
    distance = np.hypot(*(demand[row] - sites[column]).T)
    return csr_array((distance, (row, column)), shape=(len(demand), len(sites)))


def mclp(n_demand: int, n_sites: int, cover: float, seed: int) -> CoverInstance:
    """Return the instance of the recipe: demand, sites and weights drawn in this order."""
    r = np.random.default_rng(seed)
    demand = r.uniform(0, 1, (n_demand, 2))
    sites = r.uniform(0, 1, (n_sites, 2))
    weights = r.integers(1, 100, n_demand)
    return CoverInstance(demand, sites, weights, float(np.sqrt(cover / np.pi)))
