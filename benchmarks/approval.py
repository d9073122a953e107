"""The approval round: prices of 500 candidates, export of 200 sites with pictures, 1,000 ledger entries by two writers.

Run with ``make bench-approval``; writes ``benchmarks/results/approval.json``. There is no peer: nothing else does this.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import planner
from planner.analysis.prices import site_prices
from planner.review.approval.folder import export_folder
from planner.review.decisions.ledger import Ledger

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "approval.json"
WRITER = """
import sys, types, pandas as pd
sys.modules["planner"] = types.ModuleType("planner")
sys.modules["planner"].__path__ = [sys.argv[3]]
from planner.review.decisions.read import COLUMNS
from planner.review.decisions.ledger import Ledger
for number in range(500):
    row = (f"{sys.argv[2]}{number}", "", "approved", None, None, "", "", "", "", "p", sys.argv[2], number, sys.argv[2])
    Ledger(sys.argv[1]).append(pd.DataFrame([row], columns=list(COLUMNS)))
"""


def main() -> None:
    rows: list[dict[str, Any]] = []
    RESULTS.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as name:
        for part in (prices, documents, ledger):
            rows.append(part(Path(name)))
            RESULTS.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            last = rows[-1]
            sys.stdout.write(
                f"{'ok ' if last['ok'] else 'NO '} {last['work']}: {last['ours_s']:.1f} s; {last['note']}\n"
            )


def row(work: str, seconds: float, goal: str, ok: bool, note: str) -> dict[str, Any]:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "work": work, "ours_s": round(seconds, 2), "peer": None, "peer_s": None, "ratio": None, "goal": goal,
        "ok": bool(ok), "memory_mb": round(memory), "note": note,
    }  # fmt: skip


def made_plan(*, points: int, sites: int, lounges: int, counts: tuple[int, int, int]) -> Any:
    """A plan of the tests' maker: allowed stations, the first that come, so many of each type."""
    spec = importlib.util.spec_from_file_location("made_plan", ROOT / "tests" / "made_plan.py")
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    usual = maker.make_scenario

    def scenario(**district: str) -> Any:
        made = usual(**district)
        kinds = [kind.model_copy(update={"count": count}) for kind, count in zip(made.types, counts, strict=True)]
        return made.model_copy(update={"types": tuple(kinds)})

    spread = maker._spread
    maker._spread = lambda dice, count, radius: spread(dice, count, 5 * radius)  # a district of twenty kilometres
    maker.make_scenario = scenario
    return maker.make_plan(points=points, sites=sites, lounges=lounges)


def prices(folder: Path) -> dict[str, Any]:
    """Force each usable candidate of the demonstration district (483 without a cap per centre) in or out."""
    scenario = planner.read_scenario(ROOT / "data" / "geo" / "jiaojiang" / "scenario.toml")
    rules = scenario.candidates.model_copy(update={"per_centre": 60})
    plan = planner.plan(scenario.model_copy(update={"candidates": rules}))
    start = time.perf_counter()
    priced = site_prices(plan, jobs=2)
    seconds = time.perf_counter() - start
    proven = int(priced["status"].isin(["optimal", "infeasible"]).sum())
    enough = len(priced) >= 480 and proven == len(priced)
    note = f"{len(priced)} candidates, {proven} proven, {len(plan.stations)} stations, 2 processes"
    goal = "prices of all in under 2 minutes on 2 cores"
    return row("prices of all candidates", seconds, goal, enough and seconds < 120, note)


def documents(folder: Path) -> dict[str, Any]:
    """Write the whole folder of a plan of 200 stations: workbook, 200 DOCX and PDF pages with pictures, GIS files."""
    plan = made_plan(points=3000, sites=700, lounges=60, counts=(80, 60, 60))
    start = time.perf_counter()
    out = export_folder(plan, folder, jobs=2, price_time=20.0)
    seconds = time.perf_counter() - start
    pages = len(list((out / "站点说明").glob("*.pdf")))
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    note = f"{pages} sites, {size:.0f} MB, prices limited to 20 s"
    return row("export of 200 sites with pictures", seconds, "under 3 minutes", pages >= 200 and seconds < 180, note)


def ledger(folder: Path) -> dict[str, Any]:
    """Let two programs write 500 decisions each at once."""
    path = folder / "decisions.sqlite"
    start = time.perf_counter()
    package = str(Path(planner.__file__).parent)
    both = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, package]) for name in "ab"]
    codes = [process.wait() for process in both]
    seconds = time.perf_counter() - start
    state = Ledger(path).verify()
    ok = codes == [0, 0] and state.entries == 1000 and not state.faults
    return row(
        "2 writers × 500 decisions",
        seconds,
        "1,000 kept, chain intact",
        ok,
        f"{state.entries} entries, {np.size(state.faults)} faults",
    )


if __name__ == "__main__":
    main()
