"""The ledger keeps every decision for good, whoever writes and whatever happens."""

from __future__ import annotations

import datetime
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import planner
from planner.review.decisions.ledger import Ledger
from planner.review.decisions.read import COLUMNS

# The package itself is passed over: it would load the solver and all of geography for each writer.
WRITER = """
import sys, types, pandas as pd
sys.modules["planner"] = types.ModuleType("planner")
sys.modules["planner"].__path__ = [sys.argv[4]]
from planner.review.decisions.read import COLUMNS
from planner.review.decisions.ledger import Ledger
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger = Ledger(path)
print("ready", flush=True)
for number in range(count):
    row = (f"{name}-{number}", "", "approved", float("nan"), float("nan"), "", "", name, "", "p", name, number, name)
    ledger.append(pd.DataFrame([row], columns=list(COLUMNS)))
    print(number, flush=True)
"""


def decision(site: str = "S1", verdict: str = "approved", *, row: int = 3, digest: str = "ab") -> pd.DataFrame:
    values = (
        site,
        "站",
        verdict,
        float("nan"),
        float("nan"),
        "",
        "理由",
        "李",
        "2026-03-01",
        "p-1",
        "a.xlsx",
        row,
        digest,
    )
    return pd.DataFrame([dict(zip(COLUMNS, values, strict=True))])


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    package = str(Path(planner.__file__).parent)
    command = [sys.executable, "-c", WRITER, str(path), name, str(count), package]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_holds_now_is_the_last_that_stands(tmp_path: Path) -> None:
    """A later decision on a site replaces an earlier one; undoing it brings the earlier one back."""
    ledger = Ledger(tmp_path / "l.sqlite")
    assert ledger.current().empty
    ledger.append(decision())
    ledger.append(decision(verdict="rejected", row=4))
    assert ledger.current()["verdict"].tolist() == ["rejected"]
    ledger.undo(2, by="王", reason="录入错误")
    assert ledger.current()["verdict"].tolist() == ["approved"]
    assert ledger.entries()["kind"].tolist() == ["decision", "decision", "undo"]
    with pytest.raises(planner.InputError, match="no standing decision 2"):
        ledger.undo(2, by="王")
    assert not ledger.verify().faults


def test_who_when_why_and_from_where_are_kept(tmp_path: Path) -> None:
    """Each entry has the moment in UTC, the person, the reason, the plan, the file with its hash and row."""
    ledger = Ledger(tmp_path / "l.sqlite")
    moment = datetime.datetime(2026, 3, 1, 8, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
    ledger.append(decision(), when=moment)
    entry = ledger.entries().iloc[0]
    assert entry["recorded"] == "2026-03-01T00:30:00+00:00"
    kept = entry[["by", "reason", "plan", "source", "row", "source_hash"]].tolist()
    assert kept == ["李", "理由", "p-1", "a.xlsx", 3, "ab"]


def test_the_same_row_of_the_same_file_is_written_once(tmp_path: Path) -> None:
    """Repeating a call adds nothing; after an undo the same row may be written again."""
    ledger = Ledger(tmp_path / "l.sqlite")
    assert ledger.append(decision()).new == 1
    assert ledger.append(decision()).already == 1
    ledger.undo(1, by="王")
    assert ledger.append(decision()).new == 1
    assert len(ledger.entries()) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET verdict = 'rejected'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 1",
    ],
)
def test_entries_are_never_changed(tmp_path: Path, statement: str) -> None:
    """The database itself refuses to change, remove or replace an entry."""
    ledger = Ledger(tmp_path / "l.sqlite")
    ledger.append(decision())
    database = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)
    database.close()
    assert ledger.current()["verdict"].tolist() == ["approved"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE entries SET verdict = 'rejected' WHERE seq = 2", "changed"),
        ("UPDATE entries SET \"by\" = '别人' WHERE seq = 1", "changed"),
        ("DELETE FROM entries WHERE seq = 2", "missing"),
        ("UPDATE entries SET recorded = '2020-01-01T00:00:00+00:00' WHERE seq = 3", "changed"),
    ],
)
def test_the_chain_shows_a_change_made_by_force(tmp_path: Path, statement: str, words: str) -> None:
    """Whoever takes the triggers away and changes an entry breaks the chain of hashes at that entry."""
    ledger = Ledger(tmp_path / "l.sqlite")
    for row in range(3):
        ledger.append(decision(f"S{row}", row=row))
    assert not ledger.verify().faults
    database = sqlite3.connect(ledger.path)
    database.executescript(f"DROP TRIGGER no_change; DROP TRIGGER no_removal; {statement};")
    database.close()
    faults = ledger.verify().faults
    assert faults
    assert words in faults[0].what


@pytest.mark.parametrize("each", [40, pytest.param(500, marks=pytest.mark.slow)])
def test_two_writers_lose_nothing(tmp_path: Path, each: int) -> None:
    """Two programs that write at once leave all decisions of both and a sound chain; there is no WAL."""
    path = tmp_path / "l.sqlite"
    both = [writer(path, name, each) for name in ("a", "b")]
    for process in both:
        process.communicate()
        assert process.returncode == 0
    ledger = Ledger(path)
    state = ledger.verify()
    assert (state.entries, state.faults) == (2 * each, ())
    assert ledger.current()["site"].is_unique
    assert len(ledger.current()) == 2 * each
    assert path.read_bytes()[18:20] == b"\x01\x01"  # the file format that says: no write-ahead log


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_writer_leaves_whole_entries(tmp_path: Path, kills: int) -> None:
    """Killed at any moment: every decision that was reported as written is there, and the chain holds."""
    path = tmp_path / "l.sqlite"
    for number in range(kills):
        process = writer(path, f"k{number}", 10_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05 + 0.013 * (number % 20))
        process.send_signal(signal.SIGKILL)
        written = [int(line) for line in process.communicate()[0].splitlines()]
        there = Ledger(path).entries()
        mine = set(there.loc[there["by"] == f"k{number}", "row"]) if len(there) else set()
        assert set(written) <= mine
        assert len(mine) <= len(written) + 1
        assert not Ledger(path).verify().faults


def test_a_locked_or_foreign_file_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that stays, and a file that is no ledger, end in a sentence that names the file and the way out."""
    monkeypatch.setattr("planner.review.decisions.ledger._WAIT", 0.2)
    ledger = Ledger(tmp_path / "l.sqlite")
    ledger.append(decision())
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(planner.PlannerError, match=r"l\.sqlite.*network drive"):
        ledger.append(decision("S2"))
    other.close()
    foreign = tmp_path / "x.sqlite"
    foreign.write_text("no database", encoding="utf-8")
    with pytest.raises(planner.PlannerError, match="not a sound ledger"):
        Ledger(foreign).entries()
