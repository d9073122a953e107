"""Lists as they really come back: whatever was done to them is understood by a stated rule, or listed with its row."""

from __future__ import annotations

import datetime
import json
import math
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

import planner
from planner.inputs.report import Report
from planner.review.decisions.ledger import Ledger
from planner.review.decisions.read import read_opinions, settle

HEADINGS = ["编号 id", "名称 name", "意见 verdict", "新址 new place", "原因 reason", "决定人 decided by", "日期 date"]


def book(
    path: Path, rows: list[list[Any]], headings: list[str], edit: Callable[[Any, Any], None] | None = None
) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in [["候选站点清单"], headings, *rows]:
        sheet.append(row)
    if edit is not None:
        edit(made, sheet)
    made.save(path)
    return path


def line(
    site: object, verdict: object, place: object = "", *, name: str = "", by: str = "李", date: Any = ""
) -> list[Any]:
    return [site, name, verdict, place, "", by, date]


def read(plan: Any, *paths: Path) -> tuple[dict[str, str], Report]:
    """Return the verdict of each site that was understood, and the report."""
    opinions, report = read_opinions(*paths, plan=plan)
    settled = settle(opinions, report)
    return dict(zip(settled["site"], settled["verdict"], strict=True)), report


def comment(_: Any, sheet: Any) -> None:
    sheet["C3"].comment = Comment("王处:\n不同意", "王处")


def phone(_: Any, sheet: Any) -> None:
    sheet["C3"].comment = Comment("联系电话 0576-88888888", "王处")


def struck(_: Any, sheet: Any) -> None:
    sheet["C3"].font = Font(strike=True)


def struck_row(_: Any, sheet: Any) -> None:
    for cell in sheet[3]:
        cell.font = Font(strike=True)


def red(_: Any, sheet: Any) -> None:
    for cell in sheet[3]:
        cell.fill = PatternFill("solid", fgColor="FFFF0000")


def banded(_: Any, sheet: Any) -> None:
    for row in (3, 4, 5):
        for cell in sheet[row]:
            cell.fill = PatternFill("solid", fgColor="FFFFF7DB")


def whole_row(_: Any, sheet: Any) -> None:
    sheet.merge_cells("C3:G3")


@pytest.mark.parametrize(
    ("edit", "verdicts", "kind", "words"),
    [
        (comment, ["", "同意", "同意"], "refused", "comment '王处:\\n不同意'"),
        (phone, ["", "同意", "同意"], "warning", "comment '联系电话"),
        (comment, ["同意", "同意", "同意"], "warning", "comment"),
        (struck, ["同意", "同意", "同意"], "refused", "struck out"),
        (struck_row, ["", "同意", "同意"], "warning", "no opinion is written"),
        (red, ["", "同意", ""], "warning", "no opinion is written"),
    ],
)
def test_what_is_said_beside_the_words(
    tmp_path: Path, small_plan: Any, edit: Callable[[Any, Any], None], verdicts: list[str], kind: Any, words: str
) -> None:
    """Comments, struck texts and colours are no opinions; a row that has only them is named, an opinion stays."""
    rows = [line(f"S000{at}", verdict) for at, verdict in enumerate(verdicts, 1)]
    found, report = read(small_plan, book(tmp_path / "x.xlsx", rows, HEADINGS, edit))
    told = [fault for fault in report.of(kind) if words in fault.what]
    assert [fault.row for fault in told] == [3]
    assert ("S0001" in found) == (bool(verdicts[0]) and kind != "refused")


@pytest.mark.parametrize("edit", [banded, whole_row])
def test_an_even_colour_and_a_merged_row_say_nothing(
    tmp_path: Path, small_plan: Any, edit: Callable[[Any, Any], None]
) -> None:
    """What all rows have in common is no sign; an opinion merged over the cells beside it is that opinion."""
    rows = [line("S0001", "同意"), line("S0002", ""), line("S0003", "")]
    found, report = read(small_plan, book(tmp_path / "x.xlsx", rows, HEADINGS, edit))
    assert found == {"S0001": "approved"}
    assert not [fault for fault in report.of("warning") if "coloured" in fault.what]


def test_a_formula_without_a_value_is_listed(tmp_path: Path, small_plan: Any) -> None:
    """An opinion that a program has not worked out is no blank: its row is refused."""
    rows = [line("S0001", '=IF(1,"同意","")'), line("S0002", "换址", "=A1"), line("S0003", "同意")]
    found, report = read(small_plan, book(tmp_path / "x.xlsx", rows, HEADINGS))
    assert found == {"S0003": "approved"}
    assert [fault.row for fault in report.of("refused")] == [3, 4]


@pytest.mark.parametrize(
    "site", ["S0001", " Ｓ０００１ ", "S 0001", "s0001", "S0001\u200b", "候选点2", "候选点2(S0001)", "S0001（候选点2）"]
)
def test_an_id_in_any_letters(tmp_path: Path, small_plan: Any, site: str) -> None:
    """Wide letters, blanks, small letters, invisible marks, the name beside the id: the same site."""
    assert read(small_plan, book(tmp_path / "x.xlsx", [line(site, "同意")], HEADINGS))[0] == {"S0001": "approved"}


@pytest.mark.parametrize("site", ["S00O1", "0001", "候选点2(S0002)", "候选点", "S0001,S0002"])
def test_an_id_that_may_mean_another(tmp_path: Path, small_plan: Any, site: str) -> None:
    """An id that is none, and a name beside another site's id, are listed."""
    found, report = read(small_plan, book(tmp_path / "x.xlsx", [line(site, "同意")], HEADINGS))
    assert (found, [fault.row for fault in report.of("refused")]) == ({}, [3])


@pytest.mark.parametrize(
    "place",
    [
        "121.43,28.67", "28.67N,121.43E", "E121.43 N28.67", "东经121.43度北纬28.67度", "经度121.43纬度28.67",
        "lng:121.43,lat:28.67", "X=3173531.43 Y=639785.78", "X:3173531.43,Y:40639785.78", "N28°40′12″ E121°25′48″",
        "POINT(121.43 28.67)", "121.43，28.67（西门口）", "121度25分48秒、28度40分12秒", "高德 121.434418,28.667048",
    ],
)  # fmt: skip
def test_a_place_as_people_write_it(tmp_path: Path, small_plan: Any, place: str) -> None:
    """Labels, axes, remarks in brackets, surveyors' metres: the same place within two metres."""
    opinions, _ = read_opinions(book(tmp_path / "x.xlsx", [line("S0001", "换址", place)], HEADINGS), plan=small_plan)
    at = opinions[["longitude", "latitude"]].iloc[0].to_list()
    assert at == pytest.approx([121.43, 28.67], abs=2e-5)


@pytest.mark.parametrize("place", ["S0003", "s0003", "Ｓ０００３", "候选点4", "候选点4(S0003)"])
def test_a_place_that_is_a_candidate(tmp_path: Path, small_plan: Any, place: str) -> None:
    """The list's own way of writing a candidate, name and id, is read as it is copied from the next column."""
    opinions, _ = read_opinions(book(tmp_path / "x.xlsx", [line("S0001", "换址", place)], HEADINGS), plan=small_plan)
    assert opinions["to"].tolist() == ["S0003"]


@pytest.mark.parametrize(
    "place",
    ["121.43", "东门", "候选点4旁", "https://a.b/?q=121.43,28.67", "S0001", "0,0", "121.43,28.67;121.44,28.68", ""],
)
def test_a_place_that_is_none(tmp_path: Path, small_plan: Any, place: str) -> None:
    """Half a place, a street corner, a link, the site itself, two places: listed."""
    found, report = read(small_plan, book(tmp_path / "x.xlsx", [line("S0001", "换址", place)], HEADINGS))
    assert (found, [fault.row for fault in report.of("refused")]) == ({}, [3])


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2026.3.5", "2026-03-05"), ("20260305", "2026-03-05"), (46086, "2026-03-05"), ("2026年三月五日", "2026-03-05"),
        (datetime.date(2026, 3, 5), "2026-03-05"), ("２０２６．３．５", "2026-03-05"),
        ("3月5日", "3月5日"), ("三月五日", "三月五日"), ("26.3.5", "26.3.5"), ("2026/13/45", "2026/13/45"),
    ],
)  # fmt: skip
def test_a_day_as_people_write_it(tmp_path: Path, small_plan: Any, date: Any, day: str) -> None:
    """A day without its year is kept as it is written, and told."""
    path = book(tmp_path / "x.xlsx", [line("S0001", "同意", date=date)], HEADINGS)
    opinions, report = read_opinions(path, plan=small_plan)
    assert opinions["date"].tolist() == [day]
    assert any("no single day" in fault.what for fault in report.of("warning")) == ("-" not in day)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("☑同意 ☐否决", "approved"), ("□同意 ■不同意", "rejected"), ("否決", "rejected"), ("緩建", "deferred"), ("不贊同", "rejected"),
        ("✅", "approved"), ("赞同", "approved"), ("同意 李某 3.5", "approved"), ("☐同意 ☐否决", None), ("☑同意 ☑否决", None),
        ("同意，但须先办消防手续", None), ("待消防验收后同意", None), ("已阅", None), ("TRUE", None), ("A", None),
    ],
)  # fmt: skip
def test_opinions_as_people_write_them(tmp_path: Path, small_plan: Any, text: str, verdict: str | None) -> None:
    """Ticked boxes and traditional characters are read; conditions, and what is no opinion, are listed."""
    found, report = read(small_plan, book(tmp_path / "x.xlsx", [line("S0001", text)], HEADINGS))
    assert found.get("S0001") == verdict
    assert report.count("refused") == (verdict is None)


def test_a_column_for_each_department(tmp_path: Path, small_plan: Any) -> None:
    """人社局意见 and 住建局意见 are opinions of those departments: the same count once, others are listed by name."""
    headings = ["编号", "人社局意见", "住建局审批意见"]
    rows = [["S0001", "同意", "同意"], ["S0002", "否决", ""], ["S0003", "同意", "否决"]]
    opinions, report = read_opinions(book(tmp_path / "x.xlsx", rows, headings), plan=small_plan)
    assert opinions["by"].tolist() == ["人社局", "住建局", "人社局", "人社局", "住建局"]
    settled = settle(opinions, report)
    assert settled["site"].tolist() == ["S0001", "S0002"]
    assert [fault.id for fault in report.of("refused")] == ["S0003"]
    ledger = Ledger(tmp_path / "l.sqlite")
    assert ledger.append(opinions[opinions["site"] != "S0003"]).new == 3
    assert ledger.append(opinions[opinions["site"] != "S0003"]).already == 3


def test_who_decided_is_asked_for(tmp_path: Path, small_plan: Any) -> None:
    """Rows that name nobody count and are told; so is a list without any opinion."""
    found, report = read(small_plan, book(tmp_path / "x.xlsx", [line("S0001", "同意", by="")], HEADINGS))
    assert found == {"S0001": "approved"}
    assert any("name nobody" in fault.what and "rows 3" in fault.what for fault in report.of("warning"))
    found, report = read(small_plan, book(tmp_path / "y.xlsx", [line("S0001", "", by="")], HEADINGS))
    assert [fault.what for fault in report.of("warning")] == ["no row holds an opinion"]


@pytest.mark.parametrize(
    ("encoding", "separator", "name"),
    [("gbk", ",", "x.csv"), ("utf-16", ",", "x.csv"), ("utf-16", "\t", "x.txt"), ("gb18030", "\t", "x.txt"),
     ("utf-8-sig", ";", "x.csv"), ("utf-8", ",", "x.xlsx")],
)  # fmt: skip
def test_tables_as_text(tmp_path: Path, small_plan: Any, encoding: str, separator: str, name: str) -> None:
    """Whatever the encoding, the separator and the ending: the same decision."""
    rows = [["方案编号", "编号", "意见", "决定人", "日期"], [small_plan.id, "S0001", "暂缓", "李", "2026.3.5"]]
    (tmp_path / name).write_text("\n".join(separator.join(row) for row in rows) + "\n", encoding=encoding)
    opinions, _ = read_opinions(tmp_path / name, plan=small_plan)
    assert opinions[["site", "verdict", "by", "date"]].iloc[0].to_list() == ["S0001", "deferred", "李", "2026-03-05"]


def test_another_sheet_is_no_fault(tmp_path: Path, small_plan: Any) -> None:
    """Two sheets of one workbook are read both, and neither is called left out."""

    def second(made: Any, _: Any) -> None:
        sheet = made.create_sheet("住建局")
        for row in ([], [], HEADINGS, line("S0002", "否决", by="王")):
            sheet.append(row)

    found, report = read(small_plan, book(tmp_path / "x.xlsx", [line("S0001", "同意")], HEADINGS, second))
    assert found == {"S0001": "approved", "S0002": "rejected"}
    assert not [fault for fault in report.of("skipped") if "not read" in fault.what]


def test_another_districts_plan_is_refused(tmp_path: Path, small_plan: Any) -> None:
    """A list of another district has the same ids by chance: its rows are refused, as are marks of its map."""
    path = book(tmp_path / "x.xlsx", [["othertown-0123456789", "S0001", "同意"]], ["方案编号", "编号", "意见"])
    found, report = read(small_plan, path)
    assert (found, [fault.row for fault in report.of("refused")]) == ({}, [3])
    marks = {"format": "planner-marks/1", "plan": "othertown-1", "marks": [{"site": "S0001", "verdict": "approved"}]}
    (tmp_path / "m.json").write_text(json.dumps(marks), encoding="utf-8")
    assert read(small_plan, tmp_path / "m.json")[0] == {}


@pytest.mark.parametrize(
    "mark",
    [
        {"site": "S0001"}, {"site": "S0001", "verdict": {"a": 1}}, {"site": ["S0001"], "verdict": "approved"},
        {"site": "S0001", "verdict": "approved", "reason": "x" * 100_000}, {"site": "<script>", "verdict": "approved"},
        {"site": "S0001", "verdict": "moved", "place": [math.nan, 28.6]}, {"site": "S0001", "verdict": "moved"},
        {"site": "S0001", "verdict": "moved", "place": "121.43"}, {"site": "S0001", "verdict": "moved", "place": [[1], 2]},
    ],
)  # fmt: skip
def test_marks_that_are_none(tmp_path: Path, small_plan: Any, mark: dict[str, Any]) -> None:
    """A mark without a site, an opinion or a place is listed by its place in the file, never passed over."""
    file = {
        "format": "planner-marks/1",
        "plan": small_plan.id,
        "marks": [mark, {"site": "S0002", "verdict": "approved"}],
    }
    (tmp_path / "m.json").write_text(json.dumps(file), encoding="utf-8")
    found, report = read(small_plan, tmp_path / "m.json")
    assert found == {"S0002": "approved"}
    assert [fault.row for fault in report.of("refused")] == [1]


def test_files_that_are_no_list(tmp_path: Path, small_plan: Any) -> None:
    """An empty file, a password, marks cut short, no file at all: a sentence that names the file and the way out."""
    (tmp_path / "empty.xlsx").write_bytes(b"")
    (tmp_path / "locked.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16le") + b"\0" * 600
    )
    (tmp_path / "cut.json").write_text('{"format":"planner-marks/1","marks":[{"site":"S0', encoding="utf-8")
    for name, words in (
        ("empty.xlsx", "empty"),
        ("locked.xlsx", "password"),
        ("cut.json", "marks"),
        ("no.json", "no such"),
    ):
        with pytest.raises(planner.InputError, match=rf"(?s){name.replace('.', '[.]')}.*{words}"):
            read(small_plan, tmp_path / name)


def test_macros_and_links_are_left_alone(tmp_path: Path, small_plan: Any) -> None:
    """A workbook with macros and links to other files is read for its texts; nothing of them is opened."""
    path = book(tmp_path / "x.xlsx", [line("S0001", "同意")], HEADINGS)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"macro")
        package.writestr("xl/comments/comment1.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><comments>&a;</comments>")
    path = path.rename(tmp_path / "x.xlsm")
    assert read(small_plan, path)[0] == {"S0001": "approved"}


@pytest.mark.parametrize("kind", ["xls", "ods", "csv"])
def test_a_list_saved_by_another_program(tmp_path: Path, small_plan: Any, kind: str) -> None:
    """The list saved by LibreOffice in another format says the same, hidden rows and merged cells included."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed here (Debian: libreoffice-calc)")

    def edit(_: Any, sheet: Any) -> None:
        sheet.merge_cells("C4:C5")
        sheet.row_dimensions[3].hidden = True

    rows = [line("S0001", "否决"), line("S0002", "同意"), line("S0003", None), line("S0004", "换址", "121.43,28.67")]
    path = book(tmp_path / "x.xlsx", rows, HEADINGS, edit)
    filters = {"csv": "csv:Text - txt - csv (StarCalc):44,34,76"}  # comma, quotation mark, UTF-8
    command = [
        office,
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        filters.get(kind, kind),
    ]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "back"), str(path)], check=True, capture_output=True, timeout=300
    )
    expected = {"S0001": "rejected", "S0002": "approved", "S0003": "approved", "S0004": "moved"}
    if kind == "csv":  # a text file has no merged cells: the blank one is blank
        del expected["S0003"]
    assert read(small_plan, tmp_path / "back" / f"x.{kind}")[0] == expected


def test_a_long_list_is_read_in_time_that_grows_with_it(tmp_path: Path, small_plan: Any) -> None:
    """Fifty thousand rows about one site are fifty thousand opinions and one decision."""
    rows = pd.DataFrame({"编号": "S0001", "意见": "同意", "决定人": "李"}, index=range(50_000))
    rows.to_csv(tmp_path / "x.csv", index=False)
    opinions, report = read_opinions(tmp_path / "x.csv", plan=small_plan)
    assert (len(opinions), len(settle(opinions, report))) == (50_000, 1)
