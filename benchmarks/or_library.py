"""OR-Library's p-median graphs, solved as p-median and as p-center: value, bound and time against what is known.

Run ``python -m benchmarks.or_library BENCH_FOLDER``: it writes ``benchmarks/results/or_library.json``. One
process; seconds are wall time of the whole call, tables to Solution; ``cpu`` is process time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.instances import known_values, read_pmed
from planner.locate import Solution, p_center, p_median

RESULTS = Path(__file__).parent / "results"


def main(bench: Path) -> None:
    rows = _graphs(bench)
    _write(rows, RESULTS / "or_library.json")
    for problem in ("p-median", "p-center"):
        mine = [row for row in rows if row["problem"] == problem]
        right = sum(row["status"] == "optimal" and row["objective"] == row["known"] == row["bound"] for row in mine)
        print(problem, f"{right} of {len(mine)} proven at the known value,",
              f"{sum(row['seconds'] for row in mine):.1f} s wall, {sum(row['cpu'] for row in mine):.1f} s CPU,",
              f"slowest {max(row['seconds'] for row in mine):.1f} s")  # fmt: skip


def _graphs(bench: Path) -> list[dict[str, Any]]:
    known = {row["instance"]: row for row in known_values(bench / "pmed" / "known_optima.csv")}
    rows = []
    for number in range(1, 41):
        name = f"pmed{number}"
        distances, p = read_pmed(bench / "pmed" / f"{name}.txt")
        table = _table(distances)
        for problem, solve, column in (
            ("p-median", lambda t=table, k=p: p_median(t, None, k), "p_median_optimum"),
            ("p-center", lambda t=table, k=p: p_center(t, k), "p_center_optimum"),
        ):
            rows.append(_row(name, problem, len(table), p, float(known[name][column]), solve))
    return rows


def _table(distances: Any) -> pd.DataFrame:
    ids = [f"{k:05d}" for k in range(1, len(distances) + 1)]
    return pd.DataFrame(distances, ids, ids)


def _row(name: str, problem: str, n: int, p: int, known: float, solve: Callable[[], Solution]) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    solution = solve()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    row = {"instance": name, "problem": problem, "n": n, "p": p, "status": solution.status}
    row |= {"objective": solution.objective, "known": known, "bound": solution.bound}
    row |= {"seconds": round(wall, 3), "cpu": round(cpu, 3)}
    print(row, flush=True)
    return row


def _write(rows: list[dict[str, Any]], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
