"""Random small problems of the median and centre types, and their answers by trying every subset."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Small:
    """A small problem; distances are infinite where a pair is missing, positions count from 0."""

    distance: Floats
    weight: Floats
    p: int
    required: list[int]
    excluded: list[int]
    existing: list[int]

    @property
    def pairs(self) -> pd.DataFrame:
        rows, sites = self.distance.shape
        table = pd.DataFrame(self.distance, [f"d{i}" for i in range(rows)], [f"s{j}" for j in range(sites)])
        return table.replace(np.inf, np.nan)

    @property
    def weights(self) -> dict[str, float]:
        return {f"d{i}": float(w) for i, w in enumerate(self.weight)}

    @property
    def rules(self) -> dict[str, list[str]]:
        given = {"required": self.required, "excluded": self.excluded, "existing": self.existing}
        return {name: [f"s{j}" for j in sites] for name, sites in given.items()}

    @property
    def reached(self) -> NDArray[np.bool_]:
        allowed = [j for j in range(self.distance.shape[1]) if j not in self.excluded]
        return np.isfinite(self.distance[:, allowed]).any(axis=1)

    def choices(self, sizes: range | None = None) -> Iterator[list[int]]:
        """Yield every allowed set of new sites."""
        new = [j for j in range(self.distance.shape[1]) if j not in self.excluded and j not in self.existing]
        for size in sizes or (self.p,):
            for chosen in itertools.combinations(new, size):
                if set(self.required) <= set(chosen):
                    yield list(chosen)

    def nearest(self, chosen: list[int]) -> Floats:
        opened = chosen + self.existing
        return self.distance[:, opened].min(axis=1) if opened else np.full(len(self.weight), np.inf)


def small_problem(seed: int) -> Small:
    """Return a problem with ties, missing pairs, zero weights, equal rows and rules on sites, each now and then."""
    random = np.random.default_rng(seed)
    rows, sites = int(random.integers(1, 9)), int(random.integers(1, 8))
    distance = random.integers(0, 12, (rows, sites)).astype(float)
    kind = random.integers(3)
    distance += [0.0, np.round(random.random((rows, sites)), 2), random.random((rows, sites))][kind]
    distance[random.random((rows, sites)) < random.choice([0.0, 0.2, 0.6])] = np.inf
    if rows > 2 and random.random() < 0.3:
        distance[1] = distance[0]
    weight = random.integers(int(random.random() < 0.7), 5, rows).astype(float)
    if random.random() < 0.3:
        weight = weight * random.random()
    order = random.permutation(sites).tolist()
    excluded = [order.pop() for _ in range(int(random.integers(2)) if sites > 2 else 0)]
    existing = [order.pop() for _ in range(int(random.integers(2)) if sites > 3 else 0)]
    required = order[: int(random.integers(2)) if sites > 4 else 0]
    p = int(random.integers(len(required), len(order) + 1))
    return Small(distance, weight, p, required, excluded, existing)
