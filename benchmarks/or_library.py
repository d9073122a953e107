"""OR-Library's graphs as p-median and p-center, and capacitated p-medians: value, bound and time against the known.

``python -m benchmarks.or_library`` writes ``results/or_library.json`` (pmed1–40, twice); with the argument
``capacitated``, or names of such instances, ``results/capacitated.json``. One process; seconds are wall time of the
whole call, tables to Solution; ``cpu`` is process time.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.instances import CapacitatedInstance, known_values, read_pmed, read_pmedcap, read_points_with_capacity
from planner.locate import Points, Solution, capacitated_p_median, p_center, p_median

RESULTS = Path(__file__).parent / "results"
SHARED = Path(os.environ.get("PLANNER_SHARED", Path(__file__).parent.parent.parent / "shared"))


def main(arguments: list[str]) -> None:
    if arguments:
        capacitated([] if arguments == ["capacitated"] else arguments)
        return
    for line in summaries(graphs()):
        print(line)


def summaries(rows: list[dict[str, Any]]) -> list[str]:
    """Return a line for each problem: how many are proven at the known value, and the time."""
    lines = []
    for problem in dict.fromkeys(row["problem"] for row in rows):
        mine = [row for row in rows if row["problem"] == problem]
        right = sum(proven(row) for row in mine)
        lines.append(
            f"{problem}: {right} of {len(mine)} proven at the known value, {sum(row['seconds'] for row in mine):.1f} s "
            f"wall, {sum(row['cpu'] for row in mine):.1f} s CPU, slowest {max(row['seconds'] for row in mine):.1f} s"
        )
    return lines


def proven(row: dict[str, Any]) -> bool:
    """Return whether a row is proven at its known value."""
    return bool(row["status"] == "optimal" and abs(row["objective"] - row["known"]) < 0.01)


def graphs() -> list[dict[str, Any]]:
    """Measure pmed1–40 as p-median and as p-center, and write the rows."""
    rows = _graphs(SHARED / "bench")
    _write(rows, RESULTS / "or_library.json")
    return rows


def capacitated(names: list[str], time_limit: float = 300.0) -> list[dict[str, Any]]:
    """Measure capacitated p-medians (none named: pmedcap and SJC) and return their rows, each written when measured.

    A small problem comes first, so that no row counts the compiling of the engine. From 1,000 points on, the points
    are given, not the table of their distances.
    """
    folder, path = SHARED / "bench" / "cpmp", RESULTS / "capacitated.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    known = {row["instance"]: float(row["value"]) for row in known_values(folder / "known_values.csv")}
    given = read_pmedcap(folder / "pmedcap" / "pmedcap1.txt")
    given += [read_points_with_capacity(file) for file in sorted((folder / "sjc").iterdir())]
    others = [*(folder / "p3038").iterdir(), *(folder / "stefanello").iterdir()]
    given += [read_points_with_capacity(file) for file in sorted(others) if file.stem in names]
    _capacitated(given[10], time_limit)()
    measured = []
    for one in given:
        if names and one.name not in names:
            continue
        solve = _capacitated(one, time_limit)
        measured.append(row := _row(one.name, "capacitated p-median", len(one.points), one.p, known[one.name], solve))
        rows = [old for old in rows if old["instance"] != one.name] + [row]
        _write(sorted(rows, key=lambda old: str(old["instance"])), path)
    print(*summaries(measured), sep="\n")
    return measured


def _capacitated(one: CapacitatedInstance, time_limit: float) -> Callable[[], Solution]:
    n = len(one.points)
    travel = _table(one.distances) if n < 1000 else Points(pd.DataFrame(one.points, _ids(n), ["x", "y"]))
    demand, capacity = pd.Series(one.demand, _ids(n)), pd.Series(one.capacity, _ids(n))
    return lambda: capacitated_p_median(travel, None, one.p, capacity, demand=demand, time_limit=time_limit)


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
    ids = _ids(len(distances))
    return pd.DataFrame(distances, ids, ids)


def _ids(n: int) -> list[str]:
    return [f"{k:05d}" for k in range(1, n + 1)]


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
    main(sys.argv[1:])
