"""OR-Library's p-median graphs as tables of pairs, read by other code than the benchmarks'."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import floyd_warshall


def pmed_pairs(shared: Path, number: int) -> tuple[pd.DataFrame, int]:
    """Return the dense table and p; where an edge is listed twice, the last cost counts."""
    lines = (shared / "bench" / "pmed" / f"pmed{number}.txt").read_text().splitlines()
    n, _, p = (int(word) for word in lines[0].split())
    costs = np.full((n, n), np.inf)
    for line in lines[1:]:
        if line.strip():
            i, j, cost = (int(word) for word in line.split())
            costs[i - 1, j - 1] = costs[j - 1, i - 1] = cost
    ids = [f"{k:04d}" for k in range(1, n + 1)]
    return pd.DataFrame(floyd_warshall(costs), ids, ids), p
