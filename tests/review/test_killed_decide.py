"""`planner decide` killed at any moment: every decision is kept or none of that call, and what is written is whole."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from planner.review.decisions.ledger import Ledger

# One program that loads the package and solves once, then forks: each child is a whole call but for the solving, which
# writes nothing; it is killed after a random part of the time that the first one took. It prints the number of each
# call that was killed.
KILLER = """
import os, random, signal, sys, time
import planner
from planner.__main__ import app
from planner.commands import approval
scenario, folder, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
dice = random.Random(11)
made = planner.plan(planner.read_scenario(scenario), decisions=planner.read_decisions(f"{folder}/d0.csv"))
approval.make = lambda *_, **__: made

def call(number, limit):
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1), os.dup2(quiet, 2)
        try:
            app(["decide", scenario, f"{folder}/d{number}.csv", "--ledger", f"{folder}/l.sqlite", "--out",
                 f"{folder}/out", "--no-prices"], standalone_mode=False)
        except BaseException:
            os._exit(3)
        os._exit(0)
    start = time.monotonic()
    while time.monotonic() - start < limit:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return time.monotonic() - start, os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return limit, None

call(0, 600)  # reads the district, and leaves a plan.json that spares the others that
whole, code = call(0, 600)
assert code == 0, code
print(0, flush=True)
sys.stdin.readline()
for number in range(1, calls + 1):
    _, code = call(number, dice.uniform(0, 1.05 * whole))
    print(number if code is None else f"ended {code}", flush=True)
    sys.stdin.readline()
_, code = call(calls + 1, 600)
print(f"ended {code}", flush=True)
"""

SITES = ("FY014", "FY046")


def decisions(folder: Path, number: int) -> None:
    """Write the list of one call: two stations of the demonstration district, by a person of its own."""
    said = [(site, "同意", f"第{number}科") for site in SITES]
    pd.DataFrame(said, columns=["编号", "意见", "决定人"]).to_csv(folder / f"d{number}.csv", index=False)


def check_whole(folder: Path) -> None:
    """Every file that stands under its name can be read to its end."""
    checks: dict[str, Callable[[Path], object]] = {
        ".xlsx": lambda path: zipfile.ZipFile(path).testzip() is None,
        ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
        ".csv": lambda path: path.read_bytes().endswith(b"\n"),
        ".html": lambda path: path.read_text(encoding="utf-8").rstrip().endswith("</html>"),
    }
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            if path.suffix == ".gpkg":
                with closing(sqlite3.connect(path)) as database:
                    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            else:
                assert checks[path.suffix](path), path


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot copy a running program")
@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_decide_loses_nothing(root: Path, tmp_path: Path, kills: int) -> None:
    """After each kill: all rows of a call are in the ledger or none, those before stay, and no file is half written."""
    scenario = root / "data" / "geo" / "jiaojiang" / "scenario.toml"
    for number in range(kills + 2):
        decisions(tmp_path, number)
    command = [sys.executable, "-c", KILLER, str(scenario), str(tmp_path), str(kills)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killer:
        assert killer.stdin is not None
        assert killer.stdout is not None
        kept: set[str] = set()
        for number in range(kills + 2):
            said = killer.stdout.readline().strip()
            assert said in (str(number), "ended 0"), said
            ledger = Ledger(tmp_path / "l.sqlite")
            entries, state = ledger.entries(), ledger.verify()
            assert not state.faults
            assert kept <= set(entries["hash"])
            kept = set(entries["hash"])
            mine = int((entries["by"] == f"第{number}科").sum())
            killed = said == str(number) and number > 0
            assert mine == len(SITES) or (killed and mine == 0)
            check_whole(tmp_path / "out")
            killer.stdin.write("\n")
            killer.stdin.flush()
        killer.stdin.close()
    assert killer.returncode == 0
