"""Location models against spopt (CBC) and plain HiGHS: ``python -m benchmarks.locate [--only PART …]``.

``--only`` measures the rows whose name holds one of the parts (``pmed1–40``, ``capacitated``, ``SCP scpa``, ``LSCP``,
``MCLP 20,000``), ``--list`` names the rows. Everything takes about an hour, unattended. Every measurement of a covering
model runs in a process of its own; compiled code is loaded by a small warm-up first; peers are stopped after 45 s,
building included. Writes ``results/locate.json``, each row as soon as it is measured.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import locate_peers, or_library
from benchmarks.generators import CoverInstance, mclp

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("PLANNER_SHARED", HERE.parent.parent / "shared"))
CAP = 45
TARGET = HERE / "results" / "locate.json"

MCLP = {
    "MCLP 10,000 × 500, cover 0.02, p 20": (10_000, 500, 0.02, 20, 60),
    "MCLP 20,000 × 1,000, 0.01, p 40": (20_000, 1_000, 0.01, 40, 60),
    "MCLP 20,000 × 1,000, 0.02, p 40": (20_000, 1_000, 0.02, 40, 60),
    "MCLP 20,000 × 1,000, 0.02, p 40, in 10 min": (20_000, 1_000, 0.02, 40, 600),
    "MCLP 1,000,000 × 1,000, 0.01, p 40": (1_000_000, 1_000, 0.01, 40, 600),
    "MCLP 10,000,000 × 1,000, 0.01, p 40, in pieces": (10_000_000, 1_000, 0.01, 40, 60),
}
LSCP = {
    "LSCP 10,000 × 500, 0.02": (10_000, 500, 0.02, 60),
    "LSCP 20,000 × 1,000, 0.02": (20_000, 1_000, 0.02, 60),
}
GOALS: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "MCLP 10,000 × 500, cover 0.02, p 20": ("proven ≤ 0.3 s", lambda r: r["proven"] and r["s"] <= 0.3),
    "MCLP 20,000 × 1,000, 0.01, p 40": ("proven ≤ 5 s", lambda r: r["proven"] and r["s"] <= 5),
    "MCLP 20,000 × 1,000, 0.02, p 40": ("gap ≤ 1.5 % in 60 s", lambda r: r["gap"] <= 0.015),
    "MCLP 20,000 × 1,000, 0.02, p 40, in 10 min": ("gap ≤ 0.5 % in 10 min", lambda r: r["gap"] <= 0.005),
    "MCLP 1,000,000 × 1,000, 0.01, p 40": ("proven ≤ 10 min", lambda r: r["proven"] and r["s"] <= 600),
    "MCLP 10,000,000 × 1,000, 0.01, p 40, in pieces": (
        "≤ 0.1 % in 60 s, ≤ 1.5 GB",
        lambda r: r["gap"] <= 0.001 and r["mb"] <= 1500,
    ),
    "LSCP 10,000 × 500, 0.02": ("proven ≤ 8 s", lambda r: r["proven"] and r["s"] <= 8),
    "LSCP 20,000 × 1,000, 0.02": ("within 5 sites of the bound in 60 s", lambda r: r["value"] - r["bound"] <= 5),
}
Answer = dict[str, Any]


def _answer(solution: Any, seconds: float) -> Answer:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "s": seconds, "value": solution.objective, "bound": solution.bound, "gap": solution.gap,
        "proven": solution.status == "optimal", "mb": memory,
    }  # fmt: skip


def _warm() -> None:
    from planner import locate

    small = mclp(60, 12, 0.1, 1)
    locate.mclp(small.pairs(), small.weights.astype(float), small.radius, 3)
    locate.lscp(small.pairs(), small.radius)
    locate.mclp(small.pieces(30), None, small.radius, 3)


def ours_mclp(name: str) -> Answer:
    from planner import locate

    n, m, cover, p, limit = MCLP[name]
    data = mclp(n, m, cover, 0)
    if n >= 1_000_000:
        begun = time.perf_counter()
        return _answer(
            locate.mclp(data.pieces(), None, data.radius, p, time_limit=limit, threads=2), time.perf_counter() - begun
        )
    pairs, weights = data.pairs(), data.weights.astype(float)
    begun = time.perf_counter()
    return _answer(
        locate.mclp(pairs, weights, data.radius, p, time_limit=limit, threads=2), time.perf_counter() - begun
    )


def ours_lscp(name: str) -> Answer:
    from planner import locate

    n, m, cover, limit = LSCP[name]
    data = mclp(n, m, cover, 0)
    pairs = data.pairs()
    begun = time.perf_counter()
    return _answer(locate.lscp(pairs, data.radius, time_limit=limit), time.perf_counter() - begun)


def _covered(data: CoverInstance) -> tuple[np.ndarray, Any]:
    pairs = data.pairs()
    keep = np.diff(pairs.indptr) > 0
    return keep, pairs[keep]


def plain_highs(name: str) -> Answer:
    """The textbook model from arrays, nothing merged or reduced."""
    n, m, cover = (MCLP.get(name) or LSCP[name])[:3]
    data = mclp(n, m, cover, 0)
    keep, pairs = _covered(data)
    p = MCLP[name][3] if name in MCLP else None
    begun = time.perf_counter()
    told = locate_peers.highs_cover(pairs, data.weights[keep].astype(float), p, CAP)
    return {
        "s": time.perf_counter() - begun, "value": told.value, "bound": told.bound, "proven": told.proven,
    }  # fmt: skip


def spopt_cbc(name: str) -> Answer:
    """The field's best-known package, with the solver that it brings."""
    n, m, cover = (MCLP.get(name) or LSCP[name])[:3]
    data = mclp(n, m, cover, 0)
    keep, _ = _covered(data)
    demand = data.demand[keep]
    distance = np.hypot(demand[:, None, 0] - data.sites[None, :, 0], demand[:, None, 1] - data.sites[None, :, 1])
    p = MCLP[name][3] if name in MCLP else None
    begun = time.perf_counter()
    told = locate_peers.spopt_cover(distance, data.weights[keep], data.radius, p, CAP)
    seconds = time.perf_counter() - begun
    return {"s": seconds, "value": told.value, "bound": None, "proven": told.proven, "note": told.said}


def ours_scp(name: str) -> Answer:
    """One weighted set covering instance of OR-Library."""
    from planner.locate.cover.least import cover_all
    from planner.locate.cover.sets import merge
    from planner.locate.solver.clock import Clock

    numbers = np.array((SHARED / "bench" / "scp" / f"{name}.txt").read_text().split(), int)
    rows, columns = numbers[:2]
    price, at, lists = numbers[2 : 2 + columns].astype(float), 2 + columns, []
    for _ in range(rows):
        size = numbers[at]
        lists.append(np.sort(numbers[at + 1 : at + 1 + size] - 1))
        at += 1 + size
    start = np.concatenate([[0], np.cumsum([len(one) for one in lists])])
    sets, _ = merge(start, np.concatenate(lists), np.ones(rows), int(columns))
    begun = time.perf_counter()
    found = cover_all(sets, price, np.zeros(columns, np.int8), Clock(20))
    proven = found.bound >= found.value
    return {"s": time.perf_counter() - begun, "value": found.value, "bound": found.bound, "proven": proven, "mb": None}


RUNS: dict[str, Callable[[str], Answer]] = {
    "mclp": ours_mclp, "lscp": ours_lscp, "highs": plain_highs, "spopt": spopt_cbc, "scp": ours_scp,
}  # fmt: skip


def measure(kind: str, name: str) -> Answer | None:
    """Run one measurement in its own process; None when it fails or takes far too long."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.locate", "--run", kind, name]
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=CAP + 10 if kind in ("highs", "spopt") else 700
        )
        answer: Answer = json.loads(run.stdout.strip().splitlines()[-1])
        return answer
    except (subprocess.TimeoutExpired, IndexError, json.JSONDecodeError):
        return None


def row(work: str, ours: Answer, peer: str | None, other: Answer | None, goal: str, ok: bool) -> dict[str, Any]:
    """Return one row of the table."""
    note = f"{ours['value']:,.10g}, bound {ours['bound']:,.10g}, " + ("proven" if ours["proven"] else "not proven")
    if peer and other is None:
        note += f"; {peer} gave nothing in {CAP + 10} s"
    elif peer and other is not None:
        value = "no solution" if other["value"] is None or np.isnan(other["value"]) else f"{other['value']:,.10g}"
        note += f"; {peer}: {value}" + (f", {other['note']}" if other.get("note") else "")
        note += "" if other["proven"] else ", not proven"
    seconds = None if other is None else other["s"]
    return {
        "work": work, "ours_s": round(ours["s"], 3),
        "peer": peer, "peer_s": None if seconds is None else round(seconds, 2),
        "ratio": None if seconds is None else round(seconds / ours["s"], 1), "goal": goal, "ok": bool(ok),
        "memory_mb": None if ours.get("mb") is None else round(ours["mb"]), "note": note,
    }  # fmt: skip


def keep(rows: list[dict[str, Any]]) -> None:
    """Write rows in place of those of the same work."""
    TARGET.parent.mkdir(exist_ok=True)
    kept = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else []
    works = {one["work"] for one in rows}
    rows = [one for one in kept if one["work"] not in works] + rows
    TARGET.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(*rows[-1:], flush=True)


GRAPHS, CAPACITATED = "p-median and p-center pmed1–40", "capacitated p-median, 26 instances"


def names() -> list[str]:
    """Return the names of all rows, in the order of measuring."""
    return [GRAPHS, CAPACITATED, *(f"SCP {one['instance']}" for one in _scp_known()), *LSCP, *MCLP]


def table(chosen: list[str]) -> None:
    """Measure the rows of these names, cheap work first; the best of two of ours where short."""
    if GRAPHS in chosen:
        keep(graph_rows())
    if CAPACITATED in chosen:
        keep([capacitated_row()])
    scp_rows(chosen)
    for kind, works in (("lscp", LSCP), ("mclp", MCLP)):
        for name, settings in works.items():
            if name not in chosen:
                continue
            ours = measure(kind, name)
            if ours is None:
                continue
            compared = settings[0] <= 20_000 and settings[2] * settings[1] <= 10
            peers = [("spopt (CBC)", "spopt"), ("HiGHS from arrays", "highs")] if compared else []
            found = [(label, measure(run, name)) for label, run in peers]
            again = measure(kind, name) if ours["s"] < 20 else None
            best = min((one for one in (ours, again) if one is not None), key=lambda one: one["s"])
            goal, reached = GOALS[name]
            keep([row(name, best, label, other, goal, reached(best)) for label, other in found or [(None, None)]])


def graph_rows() -> list[dict[str, Any]]:
    """The 40 graphs of OR-Library as p-median and as p-center, in one process; goals in CPU seconds."""
    _warm()
    rows = or_library.graphs()
    table_rows = []
    for problem, limit, each in (("p-median", 40, 10), ("p-center", 10, 10)):
        mine = [one for one in rows if one["problem"] == problem]
        right = sum(or_library.proven(one) for one in mine)
        cpu, slowest = sum(one["cpu"] for one in mine), max(one["cpu"] for one in mine)
        table_rows.append({
            "work": f"{problem} pmed1–40", "ours_s": round(cpu, 1), "peer": None, "peer_s": None, "ratio": None,
            "goal": f"40 of 40 proven, ≤ {limit} s together", "ok": right == 40 and cpu <= limit and slowest <= each,
            "memory_mb": None, "note": f"{right} proven at the known value; CPU seconds, slowest {slowest:.1f}",
        })  # fmt: skip
    return table_rows


def capacitated_row() -> dict[str, Any]:
    """The capacitated p-medians of OR-Library and São José dos Campos, in one process; the goal in CPU seconds."""
    rows = or_library.capacitated([])
    right, cpu = sum(or_library.proven(one) for one in rows), sum(one["cpu"] for one in rows)
    return {
        "work": CAPACITATED, "ours_s": round(cpu, 1), "peer": None, "peer_s": None, "ratio": None,
        "goal": "26 of 26 proven, ≤ 10 min together", "ok": right == 26 and cpu <= 600, "memory_mb": None,
        "note": f"{right} proven at the known value; CPU seconds, slowest {max(one['cpu'] for one in rows):.1f}",
    }  # fmt: skip


def _scp_known() -> list[dict[str, str]]:
    with (SHARED / "bench" / "scp" / "known_optima.csv").open() as file:
        return list(csv.DictReader(file))


def scp_rows(chosen: list[str]) -> None:
    """Measure instances of weighted set covering, 20 s each."""
    for one in _scp_known():
        if f"SCP {one['instance']}" not in chosen:
            continue
        ours = measure("scp", one["instance"])
        if ours is None:
            continue
        must = "proven here" in one["status"]
        goal = f"{one['value']}, proven" if must else f"{one['value']}"
        ok = ours["value"] == float(one["value"]) and (ours["proven"] or not must)
        keep([row(f"SCP {one['instance']}", ours, None, None, goal, ok)])


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--run"]:
        if arguments[1] in ("mclp", "lscp", "scp"):
            _warm()
        print(json.dumps(RUNS[arguments[1]](arguments[2])))
        return
    if arguments == ["--list"]:
        print(*names(), sep="\n")
        return
    parts = [part for part in arguments if part != "--only"]
    chosen = [name for name in names() if not parts or any(part in name for part in parts)]
    if not chosen:
        sys.exit(f"No row is named like {', '.join(parts)}. --list names them.")
    table(chosen)


if __name__ == "__main__":
    main(sys.argv[1:])
