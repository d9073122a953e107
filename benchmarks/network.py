"""The joint model against the plain full model through HiGHS, in the same run; writes results/network.json."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from benchmarks.districts import random_district
from planner.locate import mip
from planner.locate.clock import Clock
from planner.locate.constraints import Columns, Rows, Rule
from planner.locate.model import solve_network
from planner.locate.network import NetworkProblem

CLUSTERED = {"clusters": 40, "radius": 0.03}
WORK = [
    ("400 sites x 3 types x 10,000 points x 61 lounges, clustered", (400, 10_000, 61, (6, 4, 3)), CLUSTERED, 10, True),
    ("400 sites x 3 types x 10,000 points x 61 lounges, dense", (400, 10_000, 61, (6, 4, 3)), {"radius": 0.06}, 10, True),
    ("1,000 x 3 x 50,000 x 200, clustered", (1000, 50_000, 200, (10, 8, 6)), {"clusters": 80, "radius": 0.03}, 300, False),
    ("1,000 x 3 x 50,000 x 200, dense", (1000, 50_000, 200, (10, 8, 6)), {"radius": 0.06}, 300, False),
    ("2,000 x 3 x 200,000, 100 stations, clustered", (2000, 200_000, 200, (40, 30, 30)), {"clusters": 200, "radius": 0.02}, 600, False),
    ("2,000 x 3 x 200,000, 100 stations, dense", (2000, 200_000, 200, (40, 30, 30)), {"radius": 0.04}, 600, False),
]  # fmt: skip
PEER_LIMIT = 120.0


def plain(problem: NetworkProblem, rules: list[Rule]) -> mip.Model:
    """Return the full model as one would write it: a row per point, a column per link, nothing merged."""
    columns = Columns.of(problem, links=True)
    n_points = len(problem.weights)
    direct = sp.csr_array(
        (np.ones(len(problem.stations.point)), (problem.stations.point, problem.stations.by)),
        (n_points, problem.n_options),
    )
    through = sp.csr_array(
        (np.ones(len(problem.outreach.point)), (problem.outreach.point, problem.outreach.by)),
        (n_points, problem.n_lounges),
    )
    width = columns.count + n_points
    cover = sp.hstack([-direct, -through, sp.csr_array((n_points, columns.n_links)), sp.eye_array(n_points)])
    n = columns.n_links
    at = (np.tile(np.arange(n), 2), np.concatenate([columns.links, problem.link_option]))
    stands = sp.csr_array((np.concatenate([np.ones(n), -np.ones(n)]), at), (n, width))
    at = (
        np.concatenate([np.arange(problem.n_lounges), problem.link_lounge]),
        np.concatenate([columns.lounges, columns.links]),
    )
    linked = sp.csr_array((np.concatenate([np.ones(problem.n_lounges), -np.ones(n)]), at), (problem.n_lounges, width))
    own = Rows.stacked([rule.rows(problem, columns) for rule in rules], columns.count)
    matrix = sp.vstack([cover, stands, linked, sp.hstack([own.matrix, sp.csr_array((own.matrix.shape[0], n_points))])])
    zero = np.zeros(n_points + n)
    integer = np.zeros(width, dtype=bool)
    integer[: problem.n_options] = integer[columns.links] = True
    return mip.Model(
        cost=np.concatenate([np.zeros(columns.count), problem.weights]),
        matrix=sp.csc_array(matrix),
        row_lower=np.concatenate([np.full(n_points + n, -np.inf), np.zeros(problem.n_lounges), own.lower]),
        row_upper=np.concatenate([zero, np.zeros(problem.n_lounges), own.upper]),
        lower=np.zeros(width),
        upper=np.ones(width),
        integer=integer,
        maximise=True,
    )


def main() -> None:
    """Time every size, the peer where it can be built in memory, and write the table."""
    rows = []
    for work, (sites, points, lounges, quota), shape, limit, against in WORK:
        problem, rules = random_district(sites, points, lounges, quota, **shape)
        begun = time.perf_counter()
        ours = solve_network(problem, rules, time_limit=limit)
        seconds = time.perf_counter() - begun
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        peer_s, note = None, f"{ours.status}, value {ours.objective:.0f}, gap {ours.gap:.4%}"
        if against:
            begun = time.perf_counter()
            peer = mip.solve(plain(problem, rules), Clock(PEER_LIMIT))
            peer_s = time.perf_counter() - begun
            note += f"; plain HiGHS {peer.status}, value {peer.objective:.0f}"
        goal = f"proven in {limit} s and 10 x faster" if against else f"gap at most 0.5 % in {limit} s"
        ratio = None if peer_s is None else peer_s / seconds
        good = ours.status == "optimal" and seconds <= limit and (ratio is None or ratio >= 10)
        rows.append({"work": work, "ours_s": round(seconds, 3), "peer": "plain full model, HiGHS" if against else None,
                     "peer_s": peer_s and round(peer_s, 1), "ratio": ratio and round(ratio, 1), "goal": goal,
                     "ok": bool(good), "memory_mb": round(memory), "note": note})  # fmt: skip
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    path = Path(__file__).parent / "results" / "network.json"
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
