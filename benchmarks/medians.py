"""Medians and centres on points, and their peers: ``python -m benchmarks.medians [--only PART …]``.

A PART is any piece of a row's name: ``--only pcb3038``, ``--only "p-center usa13509"``, ``--only peers``. Each row runs
in a process of its own, after a small warm-up that loads the compiled code, and goes to ``results/medians.json`` as
soon as it is measured. Points are handed in as coordinates; ``memory_mb`` is the peak of the whole process. One thread:
``ok`` judges CPU seconds, so that other work on the machine does not decide it; ``ours_s`` is wall time. On a busy
machine ``--patience 4`` gives each solve four times its seconds by the wall clock; ``ok`` stays as strict.
Peers get complete tables and are stopped after 60 s, building included.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.instances import read_pmed, read_tsplib
from benchmarks.locate_peers import Told, highs_median, spopt_centre, spopt_median

HERE = Path(__file__).parent
BENCH = Path(os.environ.get("PLANNER_SHARED", HERE.parent.parent / "shared")) / "bench"
TARGET = HERE / "results" / "medians.json"
CAP = 60


@dataclass(frozen=True)
class Work:
    """One row: a problem on an instance with p, proven within so many seconds, or with a gap of at most ``gap``."""

    problem: str
    instance: str
    p: int
    seconds: float
    gap: float = 0.0
    needed: bool = True

    @property
    def name(self) -> str:
        return f"{self.problem} {self.instance} p {self.p}"

    @property
    def goal(self) -> str:
        if not self.needed:
            return ""
        within = f"≤ {self.seconds:g} s"
        return f"gap ≤ {self.gap:.2%} in {self.seconds:g} s" if self.gap else f"proven {within}"


def _medians(instance: str, counts: list[int], seconds: float, **more: Any) -> list[Work]:
    return [Work("p-median", instance, p, seconds, **more) for p in counts]


def _centres(instance: str, counts: Iterable[int], seconds: float) -> list[Work]:
    return [Work("p-center", instance, p, seconds) for p in counts]


WORKS = [
    *_medians("rl1304", [5, 20, 50, 100, 200, 300], 20), Work("p-median", "rl1304", 10, 60),
    *_medians("fl1400", [5, 10, 20, 50, 100, 200], 20), *_medians("vm1748", [5, 10, 20, 50, 100, 200, 300], 20),
    Work("p-median", "fl1400", 300, 60, needed=False), Work("p-median", "u1432", 50, 60, needed=False),
    *_medians("pcb3038", [100, 150, 200, 300, 400, 500], 120), *_medians("rl5934", [500, 700, 1000, 1500], 300),
    *_medians("usa13509", [1000, 2000, 3000, 5000], 600, gap=0.0005),
    *_centres("u1060", range(10, 151, 10), 30), *_centres("u1817", range(10, 151, 10), 30),
    *_centres("pcb3038", [10, 20, 30, 40, *range(50, 501, 50)], 30),
    *_centres("rl11849", [10, 100, 500], 300), *_centres("usa13509", [10, 100, 500], 300),
]  # fmt: skip
PEERS = [
    (peer, number) for number in (1, 6, 16, 26, 36) for peer in ("spopt (CBC)", "HiGHS from arrays", "pbp-pmedian")
]
CENTRE_PEERS = [(peer, number) for number in (1, 6, 16) for peer in ("spopt (CBC)",)]


def _warm() -> None:
    from planner import locate

    points = locate.Points(np.random.default_rng(1).integers(0, 99, (60, 2)), rounding="down")
    locate.p_median(points, None, 4)
    locate.p_center(points, 4)


def _known(work: Work) -> float | None:
    table = "p_median_values.csv" if work.problem == "p-median" else "p_center_values.csv"
    with (BENCH / "tsplib" / table).open(newline="") as file:
        rows = {(row["instance"], int(row["p"])): float(row["value"]) for row in csv.DictReader(file)}
    return rows.get((work.instance, work.p))


def run_ours(work: Work, patience: float) -> dict[str, Any]:
    """Solve from coordinates; the value is recomputed by ``check`` afterwards."""
    from planner import locate

    _warm()
    median = work.problem == "p-median"
    xy = read_tsplib(BENCH / "tsplib" / f"{work.instance}.tsp")
    points = locate.Points(xy, rounding="down" if median else "exact", unit="")
    wall, cpu = time.perf_counter(), time.process_time()
    if median:
        solution = locate.p_median(points, None, work.p, time_limit=work.seconds * patience, gap=work.gap)
    else:
        solution = locate.p_center(points, work.p, time_limit=work.seconds * patience)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "wall": wall, "cpu": cpu, "value": solution.objective, "bound": solution.bound, "gap": solution.gap,
        "proven": solution.status == "optimal", "faults": locate.check(solution, points), "mb": memory,
    }  # fmt: skip


def _peer_told(peer: str, problem: str, distances: Any, p: int) -> Told:
    """Let a peer solve a p-median or a p-center."""
    if problem == "p-center":
        return spopt_centre(distances, p, CAP)
    if peer == "pbp-pmedian":
        from pbp_pmedian import solve

        value, _, _, status, engine = solve(distances, p, time_limit=CAP)
        return Told(value, None, status == 0, f"engine {engine}")
    return highs_median(distances, p, CAP) if peer == "HiGHS from arrays" else spopt_median(distances, p, CAP)


def run_peer(peer: str, problem: str, number: int) -> dict[str, Any]:
    """Solve an OR-Library graph with a peer, and with ours in the same process."""
    import pandas as pd

    from planner import locate

    _warm()
    distances, p = read_pmed(BENCH / "pmed" / f"pmed{number}.txt")
    table = pd.DataFrame(distances, *([f"{k:05d}" for k in range(len(distances))] for _ in range(2)))
    begun = time.perf_counter()
    ours = locate.p_median(table, None, p) if problem == "p-median" else locate.p_center(table, p)
    ours_s, begun = time.perf_counter() - begun, time.perf_counter()
    print(json.dumps({"ours_s": ours_s, "value": ours.objective}), flush=True)
    told = _peer_told(peer, problem, distances, p)
    return {
        "ours_s": ours_s, "value": ours.objective, "peer_s": time.perf_counter() - begun, "peer_value": told.value,
        "proven": told.proven, "said": told.said,
    }  # fmt: skip


def _measured(arguments: list[str], limit: float) -> dict[str, Any] | None:
    """Run this program in a process of its own; None when it prints nothing in the time."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.medians", *arguments]
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=limit).stdout
    except subprocess.TimeoutExpired as stopped:
        out = (stopped.stdout or b"").decode() if isinstance(stopped.stdout, bytes) else (stopped.stdout or "")
    lines = [line for line in out.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else None


def our_row(work: Work, patience: float) -> dict[str, Any] | None:
    answer = _measured(
        ["--run", str(WORKS.index(work)), "--patience", str(patience)], (patience + 2) * work.seconds + 120
    )
    if answer is None:
        return None
    known = _known(work)
    right = not answer["faults"] and (known is None or answer["value"] <= known + (0.005 if "." in str(known) else 0))
    reached = (
        answer["gap"] <= work.gap and answer["cpu"] <= work.seconds
        if work.gap
        else answer["proven"] and right and answer["cpu"] <= work.seconds
    )
    note = f"{answer['value']:,.10g}, bound {answer['bound']:,.10g}, " + (
        "proven" if answer["proven"] else f"gap {answer['gap']:.4%}"
    )
    note += "" if known is None else f"; best known {known:,.10g}"
    note += "".join(f"; {fault}" for fault in answer["faults"])
    return {
        "work": work.name, "ours_s": round(answer["wall"], 2), "cpu_s": round(answer["cpu"], 2), "peer": None,
        "peer_s": None, "ratio": None, "goal": work.goal, "ok": bool(reached) if work.needed else None,
        "memory_mb": round(answer["mb"]), "note": note,
    }  # fmt: skip


def peer_row(peer: str, problem: str, number: int) -> dict[str, Any] | None:
    answer = _measured(["--run-peer", peer, problem, str(number)], CAP + 20)
    if answer is None:
        return None
    seconds = answer.get("peer_s")
    if seconds is None:
        note = f"{peer} gave nothing in {CAP} s"
    else:
        value = "no solution" if answer["peer_value"] is None else f"{answer['peer_value']:,.10g}"
        note = f"{peer}: {value}, {answer['said']}"
    return {
        "work": f"peers: {problem} pmed{number}", "ours_s": round(answer["ours_s"], 3), "cpu_s": None, "peer": peer,
        "peer_s": None if seconds is None else round(seconds, 2),
        "ratio": None if seconds is None else round(seconds / answer["ours_s"], 1), "goal": "", "ok": None,
        "memory_mb": None, "note": f"{answer['value']:,.10g}, proven; {note}",
    }  # fmt: skip


def keep(row: dict[str, Any] | None) -> None:
    """Write a row in place of that of the same work and peer."""
    if row is None:
        return
    kept = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else []
    rows = [one for one in kept if (one["work"], one["peer"]) != (row["work"], row["peer"])] + [row]
    TARGET.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(row, flush=True)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="measure the rows whose names contain one of these")
    parser.add_argument("--patience", type=float, default=1.0, help="multiplies the time limits, for a busy machine")
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--run-peer", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.run is not None:
        print(json.dumps(run_ours(WORKS[given.run], given.patience)))
    elif given.run_peer:
        print(json.dumps(run_peer(given.run_peer[0], given.run_peer[1], int(given.run_peer[2]))))
    else:
        wanted = lambda name: not given.only or any(part in name for part in given.only)  # noqa: E731
        for work in WORKS:
            if wanted(work.name):
                keep(our_row(work, given.patience))
        peers = [(peer, "p-median", n) for peer, n in PEERS] + [(peer, "p-center", n) for peer, n in CENTRE_PEERS]
        for peer, problem, number in peers:
            if wanted(f"peers: {problem} pmed{number}"):
                keep(peer_row(peer, problem, number))


if __name__ == "__main__":
    main(sys.argv[1:])
