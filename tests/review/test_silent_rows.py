"""What a list says beside its opinions is told or kept: rows without an opinion, sentences below, remarks, lost heads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from planner.commands.shared import console, show_report
from planner.inputs.report import Report
from planner.review.decisions.read import read_opinions

HEADINGS = ["编号 id", "名称 name", "意见 verdict", "新址 new place", "原因 reason", "决定人 decided by", "日期 date"]


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def read(path: Path, plan: Any, *rows: list[Any]) -> tuple[pd.DataFrame, Report]:
    return read_opinions(book(path, {"清单": [HEADINGS, *rows]}), plan=plan)


def test_a_reason_without_an_opinion_is_told(tmp_path: Path, small_plan: Any) -> None:
    """面积太小 under 原因 and nothing under 意见: undecided, and no longer without a word."""
    opinions, report = read(
        tmp_path / "x.xlsx", small_plan,
        ["S0001", "", "", "", "面积太小", "李", ""], ["S0002", "", "同意", "", "见附件", "李", ""],
        ["S0003", "", "", "", "", "李", "2026-03-01"], ["S0004", "", "", "", "", "", "2026-03-01"],
    )  # fmt: skip
    assert opinions["site"].tolist() == ["S0002"]
    told = {fault.row: fault.what for fault in report.of("warning")}
    assert "面积太小" in told[2]
    assert "(rows 4, 5)" in told[None]


def test_a_sentence_below_the_list_is_told(tmp_path: Path, small_plan: Any) -> None:
    """以上均同意 in a row of its own decides on no site, and is no longer left out without a word."""
    opinions, report = read(
        tmp_path / "x.xlsx",
        small_plan,
        ["S0001", "", "", "", "", "", ""],
        [None, None, None, None, "", "以上均同意", ""],
    )
    assert opinions.empty
    assert ["以上均同意" in fault.what for fault in report.of("warning") if fault.row == 3] == [True]


@pytest.mark.parametrize(
    ("said", "given", "reason"),
    [
        ("同意（需落实消防验收）", "", "同意（需落实消防验收）"),
        ("不同意，该处为防汛通道", "见附图", "不同意，该处为防汛通道；见附图"),
        ("同意", "近地铁", "近地铁"), ("原则同意。", "", ""), ("☑同意 ☐否决", "", ""), ("Approved", "", ""),
    ],
)  # fmt: skip
def test_what_is_said_beyond_the_verdict_is_kept(
    tmp_path: Path, small_plan: Any, said: str, given: str, reason: str
) -> None:
    """The ledger keeps the whole of an opinion, not only the verdict that it comes to."""
    opinions, _ = read(tmp_path / "x.xlsx", small_plan, ["S0001", "", said, "", given, "李", ""])
    assert opinions["reason"].tolist() == [reason]


def test_opinions_below_lost_headings_stop_the_list(tmp_path: Path, small_plan: Any) -> None:
    """One sheet lost its row of headings: its opinions are no longer passed over for those of the other sheet."""
    row = ["S0001", "", "同意", "", "", "李", ""]
    words = [["意见只能写：同意、否决、换址、缓建"], ["同意"]]
    path = book(
        tmp_path / "x.xlsx",
        {
            "候选站点清单": [row],
            "备选站点": [HEADINGS, ["S0002", *row[1:]]],
            "填写说明": words,
            "核对": [["S0001", "符合"]],
        },
    )
    _, report = read_opinions(path, plan=small_plan)
    assert [(fault.sheet, fault.row) for fault in report.of("refused")] == [("候选站点清单", 1)]


def test_the_reasons_of_the_list_are_not_those_of_a_person(tmp_path: Path, small_plan: Any) -> None:
    """Where the column 原因 was deleted, why the plan holds the site is not entered as why it was decided."""
    rows = [["编号 id", "理由 reasons", "意见 verdict"], ["S0001", "在全部规则下覆盖最优", "同意"]]
    opinions, _ = read_opinions(book(tmp_path / "x.xlsx", {"清单": rows}), plan=small_plan)
    assert opinions["reason"].tolist() == [""]


def test_headings_in_other_words(tmp_path: Path, small_plan: Any) -> None:
    """Site ID and 新地址 are what they say."""
    rows = [["Site ID", "意见（必填）", "新地址"], ["S0001", "换址", "S0003"]]
    opinions, _ = read_opinions(book(tmp_path / "x.xlsx", {"清单": rows}), plan=small_plan)
    assert opinions[["site", "verdict", "to"]].to_numpy().tolist() == [["S0001", "moved", "S0003"]]


def test_a_day_typed_into_a_cell_of_days(tmp_path: Path, small_plan: Any) -> None:
    """20260301 as a number in a cell that shows days is the first of March, not 20260301.0."""
    path = book(tmp_path / "x.xlsx", {"清单": [HEADINGS, ["S0001", "", "同意", "", "", "李", 20260301]]})
    made = openpyxl.load_workbook(path)
    made["清单"]["G2"].number_format = "yyyy-mm-dd"
    made.save(path)
    opinions, _ = read_opinions(path, plan=small_plan)
    assert opinions["date"].tolist() == ["2026-03-01"]


def test_warnings_come_before_what_was_skipped() -> None:
    """A list has six title rows: the one warning that matters is shown before them, and none is left out."""
    report = Report("decisions")
    for row in range(1, 8):
        report.add("skipped", "title row '清单'", row=row)
    for row in range(8, 16):
        report.add("warning", f"a warning {row}", row=row)
    with console.capture() as short:
        show_report(report)
    with console.capture() as whole:
        show_report(report, whole=True)
    assert "title row" not in short.get()
    assert whole.get().count("a warning") == 8
    assert "另有 7 条" in whole.get()
