"""The commands of the approval round: the ledger listed, filtered, saved, undone, checked; what decide enters."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner.__main__ import app
from planner.commands import approval
from planner.decided import check_together
from planner.review.decisions.ledger import Ledger
from planner.review.decisions.read import COLUMNS


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of three decisions on two sites."""
    made = Ledger(tmp_path / "decisions.sqlite")
    for row, (site, verdict, by) in enumerate(
        [("S1", "approved", "李"), ("S2", "rejected", "王"), ("S1", "deferred", "王")]
    ):
        values = (site, "=1+1", verdict, None, None, "", "[red]理由", by, "2026-03-01", "p-1", "a.xlsx", row, "ab")
        made.append(pd.DataFrame([dict(zip(COLUMNS, values, strict=True))]))
    return made


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner(env={"COLUMNS": "250"}).invoke(app, [str(one) for one in arguments])
    return done.exit_code, done.output


def test_the_ledger_is_listed_and_filtered(ledger: Ledger, tmp_path: Path) -> None:
    """By site, verdict in either language, person, and what holds now; saved as CSV and XLSX, nothing runs in them."""
    saved = tmp_path / "list.csv"
    status, _ = run("decisions", ledger.path, "--verdict", "否决", "--save", saved)
    assert status == 0
    assert pd.read_csv(saved, encoding="utf-8-sig")["site"].tolist() == ["S2"]
    run("decisions", ledger.path, "--current", "--by", "王", "--save", saved)
    kept = pd.read_csv(saved, encoding="utf-8-sig")
    assert sorted(zip(kept["site"], kept["verdict"], strict=True)) == [("S1", "deferred"), ("S2", "rejected")]
    assert (kept["name"] == "'=1+1").all()
    run("decisions", ledger.path, "--site", "S1", "--save", tmp_path / "list.xlsx")
    assert pd.read_excel(tmp_path / "list.xlsx")["verdict"].tolist() == ["approved", "deferred"]


def test_a_decision_is_taken_back_by_name(ledger: Ledger) -> None:
    """--undo needs --by, and what held before holds again."""
    status, _ = run("decisions", ledger.path, "--undo", 3)
    assert status != 0
    assert run("decisions", ledger.path, "--undo", 3, "--by", "张", "--reason", "录入错误")[0] == 0
    assert ledger.current().set_index("site")["verdict"].to_dict() == {"S1": "approved", "S2": "rejected"}


def test_a_broken_chain_ends_with_status_1(ledger: Ledger) -> None:
    """--verify prints the head of a sound chain and names the entry of a broken one."""
    status, text = run("decisions", ledger.path, "--verify")
    assert status == 0
    assert ledger.verify().head in text
    database = sqlite3.connect(ledger.path)
    database.executescript("DROP TRIGGER no_change; UPDATE entries SET verdict = 'approved' WHERE seq = 2;")
    database.close()
    status, text = run("decisions", ledger.path, "--verify")
    assert status == 1
    assert "row 2" in text


def test_a_ledger_that_is_not_there(tmp_path: Path) -> None:
    """A missing ledger is a sentence, and none is made."""
    done = CliRunner().invoke(app, ["decisions", str(tmp_path / "x.sqlite")])
    assert isinstance(done.exception, planner.InputError)
    assert not (tmp_path / "x.sqlite").exists()


def test_a_plan_around_a_ledger_that_is_not_there(root: Path, tmp_path: Path) -> None:
    """A slip in the path of the ledger stops the plan: made without its decisions it would look as if around them."""
    scenario = str(root / "data/geo/jiaojiang/scenario.toml")
    for command in ("plan", "export"):
        done = CliRunner().invoke(app, [command, scenario, "--decisions", str(tmp_path / "x.sqlite")])
        assert isinstance(done.exception, planner.InputError)
        assert "there is no such ledger" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_something_else_stays_as_it_is(ledger: Ledger, tmp_path: Path) -> None:
    """A GeoPackage given as the ledger is refused, read or written, and not a byte of it changes."""
    other = tmp_path / "plan.gpkg"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE layers (name TEXT)")
    database.close()
    before = other.read_bytes()
    for use in (Ledger(other).current, lambda: Ledger(other).append(ledger.current())):
        with pytest.raises(planner.InputError, match="no ledger"):
            use()
    assert other.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["decisions.sqlite", "plan.gpkg"]


def test_decisions_that_contradict_each_other_are_not_entered(
    root: Path, tmp_path: Path, small_plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A move to a site that is rejected, in one list or by the ledger, is told before anything is entered for good."""
    monkeypatch.setattr(planner, "read_record", lambda _: small_plan)
    book = Ledger(tmp_path / "l.sqlite")
    scenario = root / "data/geo/jiaojiang/scenario.toml"

    def decide(*lines: str) -> None:
        path = tmp_path / "list.csv"
        path.write_text("\n".join(["编号,意见,新址,决定人", *lines]), encoding="utf-8")
        done = CliRunner().invoke(
            app, ["decide", str(scenario), str(path), "--previous", "p", "--ledger", str(book.path)]
        )
        assert "which is itself rejected" in str(done.exception)

    decide("S0001,换址,S0002,李", "S0002,否决,,李")
    assert not book.path.exists()
    decision = dict.fromkeys(COLUMNS, "") | {"site": "S0002", "verdict": "rejected", "row": 1, "source_hash": "ab"}
    book.append(pd.DataFrame([decision | {"longitude": None, "latitude": None}]))
    decide("S0001,换址,S0002,李")
    assert len(book.entries()) == 1


def test_an_old_list_saved_again_does_not_override(
    root: Path, tmp_path: Path, small_plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is older than what stands is refused by row, what replaces it is told; a list that was entered is no news."""
    monkeypatch.setattr(planner, "read_record", lambda _: small_plan)
    monkeypatch.setattr(approval, "make", lambda *_, **__: small_plan)
    monkeypatch.setattr(approval, "finish", lambda *_: None)
    monkeypatch.setattr(planner, "compare", lambda *_: None)
    monkeypatch.setattr(approval, "_difference", lambda *_: [])
    monkeypatch.setattr(approval, "_write", lambda *_: [])
    book, scenario = Ledger(tmp_path / "l.sqlite"), root / "data/geo/jiaojiang/scenario.toml"

    def decide(name: str, *lines: str) -> Any:
        (tmp_path / name).write_text("\n".join(["编号,意见,决定人,日期", *lines]), encoding="utf-8")
        options = ["--previous", "p", "--ledger", str(book.path), "--no-prices"]
        return CliRunner(env={"COLUMNS": "250"}).invoke(app, ["decide", str(scenario), str(tmp_path / name), *options])

    assert "replaces" not in decide("one.csv", "S0001,同意,李,2026-01-01").output
    done = decide("two.csv", "S0001,否决,李,2026-02-01")
    assert "rejected (李, 2026-02-01) replaces what stood until now: approved (李, 2026-01-01)" in done.output
    done = decide("copy of one.csv", "S0001,同意,李,2026-01-01", "S0002,同意,李,2026-01-01")
    assert "row 2, id S0001: approved (李, 2026-01-01) is older than what stands" in str(done.exception)
    assert decide("one.csv", "S0001,同意,李,2026-01-01").exit_code == 0
    assert book.current().set_index("site")["verdict"].to_dict() == {"S0001": "rejected"}
    done = decide("earlier.csv", "S0001,否决,王,2026-01-15")
    assert "rejected (王, 2026-01-15) is older than what stands" in str(done.exception)
    plan = ["plan", str(scenario), "--decisions", str(book.path), "--decisions", str(tmp_path / "copy of one.csv")]
    assert "is older than what stands" in str(CliRunner().invoke(app, plan).exception)


def test_two_sites_do_not_move_to_one_place() -> None:
    """Two moves to the same coordinates cannot both hold."""
    moves = pd.DataFrame(
        {"site": ["S0001", "S0002"], "verdict": "moved", "longitude": 121.4, "latitude": 28.66, "to": ""}
    )
    with pytest.raises(planner.InputError, match=r"S0001, S0002 are all moved to 121\.40000, 28\.66000"):
        check_together(moves)
    check_together(moves.assign(latitude=[28.66, 28.661]))


def test_without_an_earlier_plan_an_id_that_is_no_candidate_is_not_entered(
    root: Path, tmp_path: Path, small_plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger only grows: ids are compared with the candidates of the scenario, new places of moves among them."""
    monkeypatch.setattr(approval, "make", lambda *_, **__: small_plan)
    monkeypatch.setattr(approval, "finish", lambda *_: None)
    book, path = Ledger(tmp_path / "l.sqlite"), tmp_path / "list.csv"
    scenario = root / "data/geo/jiaojiang/scenario.toml"

    def decide(*lines: str) -> Any:
        path.write_text("\n".join(["编号,意见,新址,决定人", *lines]), encoding="utf-8")
        options = ["--ledger", str(book.path), "--out", str(tmp_path / "out"), "--no-prices"]
        return CliRunner().invoke(app, ["decide", str(scenario), str(path), *options])

    done = decide("FY014,同意,,李", "FY999,否决,,李")
    assert "list.csv, row 3, id FY999: no candidate has the id or the name 'FY999'" in str(done.exception)
    assert not book.path.exists()
    assert decide('FY014,换址,"121.4321,28.6652",李').exit_code == 0
    (tmp_path / "out" / "approval" / "plan.json").unlink()
    assert decide("FY014-moved,缓建,,李", "市府大道沿街商铺1号,同意,,李").exit_code == 0
    assert sorted(book.current()["site"]) == ["FY004", "FY014", "FY014-moved"]
