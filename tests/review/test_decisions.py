"""Decisions that come back: read by stated rules, or listed for a person with their rows."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.decided import with_decisions
from planner.inputs.report import Report
from planner.review.decisions.read import read_opinions
from planner.review.decisions.verdicts import is_undecided, read_day, read_verdict

SAID = {
    "approved": "同意。|同 意|OK|ok!|√|原则同意|无异议|没有意见|不反对|通过|Approved|同意，无需换址|不缓建，同意|拟同意",
    "rejected": "不同意|不予同意|否决|×|否|未通过|not approved|disagree|不宜建设|不能同意|驳回！",
    "moved": "建议换址至东门|同意换址|不同意，建议换址至121.4,28.6|迁至东门|换址|move to S3",
    "deferred": "暂缓|缓建|同意缓建|暂不同意|延期建设|推迟到明年|缓",
    "": "再议|是否同意|有条件同意|同意/不同意|同意否|哈哈|不同意换址|同意，建议缓建|意见不统一|如果换址则同意",
}
HEADINGS = ["编号 id", "名称 name", "意见 verdict", "新址 new place", "原因 reason", "决定人 decided by", "日期 date"]


def write(path: Path, rows: list[list[object]], headings: list[str] | None = None, **sheet: Any) -> Path:
    """Write a list as an office would: a title, the headings, the rows."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet.get("title", "候选站点清单")
    page.append(["候选站点清单"])
    page.append(headings or HEADINGS)
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def filled(
    site: str, verdict: object, place: object = "", *, name: str = "", by: str = "李", date: object = ""
) -> list[object]:
    return [site, name, verdict, place, "", by, date]


@pytest.mark.parametrize(("verdict", "text"), [(v, t) for v, texts in SAID.items() for t in texts.split("|")])
def test_a_text_means_what_an_office_means(verdict: str, text: str) -> None:
    """Each of these texts has one meaning; doubts, conditions and questions have none."""
    assert (read_verdict(text) or "") == verdict


@given(st.text(alphabet="，。、!？ 请尽快办理于年月日东门站点建设局人社0123", max_size=12))
@settings(max_examples=200, deadline=None)
def test_what_follows_a_refusal_never_approves(tail: str) -> None:
    """Whatever plain words follow, 不同意 is a refusal or for a person, never an approval."""
    assert read_verdict("不同意" + tail) in ("rejected", None)


@pytest.mark.parametrize("text", ["", " ", "-", "——", "待定", "/", "无", "未定"])
def test_a_blank_is_no_decision(text: str) -> None:
    """Blanks and dashes say that nothing is decided yet."""
    assert is_undecided(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-01", "2026-03-01"), ("2026/3/1", "2026-03-01"), ("2026年3月1日", "2026-03-01"), ("20260301", "2026-03-01"),
        ("46082", "2026-03-01"), ("2026.3.1", "2026-03-01"), ("2026-03-01 00:00:00", "2026-03-01"), ("13/3/2026", "2026-03-13"),
        ("二〇二六年三月一日", "2026-03-01"), ("二〇二六年十二月三十一日", "2026-12-31"), ("3/4/2026", "3/4/2026"), ("三月", "三月"),
    ],
)  # fmt: skip
def test_dates_in_any_shape(text: str, day: str) -> None:
    """A date that can only mean one day is that day; any other stays as it was written."""
    assert read_day(text) == day


def test_verdicts_from_a_workbook_a_csv_and_marks(tmp_path: Path, small_plan: Any) -> None:
    """Three departments in three formats give one table; the same verdict counts once; sources and rows are kept."""
    book = write(tmp_path / "a.xlsx", [filled("S0001", "同意"), filled("S0002", "不同意"), filled("S0003", "")])
    table = pd.DataFrame([filled("S0001", "OK。", by="王"), filled("S0004", "暂缓", by="王")], columns=HEADINGS)
    table.to_csv(tmp_path / "b.csv", index=False, encoding="gbk")
    marks = {"site": "S0005", "verdict": "moved", "place": [121.44, 28.68], "by": "张", "date": "2026-03-01"}
    page = tmp_path / "c.json"
    page.write_text(
        json.dumps({"format": "planner-marks/1", "plan": small_plan.id, "marks": [marks]}), encoding="utf-8"
    )
    with pytest.warns(UserWarning, match=r"a\.xlsx.*no opinion \(rows 5\)"):
        read = planner.read_decisions(book, tmp_path / "b.csv", page, plan=small_plan).set_index("site")
    assert read["verdict"].to_dict() == {
        "S0001": "approved", "S0002": "rejected", "S0004": "deferred", "S0005": "moved"
    }  # fmt: skip
    assert (read.loc["S0005", "longitude"], read.loc["S0005", "latitude"]) == (121.44, 28.68)
    assert read.loc["S0002", ["source", "row"]].tolist() == ["a.xlsx", 4]
    assert read.loc["S0001", "by"] == "王"


def test_a_list_put_through_the_mangle_reads_the_same(tmp_path: Path, small_plan: Any) -> None:
    """Rows shuffled and hidden, columns added and moved, the sheet renamed, cells merged: the same decisions."""
    usable = small_plan.candidates.index[small_plan.candidates["status"] != "excluded"][:9]
    said = {site: ["同意", "不同意", "暂缓"][at // 3] for at, site in enumerate(usable)}
    rows = [[at, "extra", site, small_plan.candidates["name"][site], said[site]] for at, site in enumerate(usable)]
    headings = ["序号", "联系电话", "编号\nid", "名称\nname", "意见\nverdict"]
    path = write(tmp_path / "x.xlsx", rows, headings, title="人社局 修改稿(2)")
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet.move_range("A1:E11", rows=2, cols=1)
    for first in (5, 8, 11):
        sheet.merge_cells(start_row=first, end_row=first + 2, start_column=6, end_column=6)
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["D"].hidden = True
    book.create_sheet("封面").append(["说明", "本表由各部门填写"])
    book.save(path)
    merged = planner.read_decisions(path, plan=small_plan, report=(report := Report("decisions")))
    assert [fault.what for fault in report.of("warning")][:1] == ["1 rows are hidden and are read as well: 7"]
    random.Random(1).shuffle(rows)
    with pytest.warns(UserWarning, match="9 decisions name nobody who decided"):
        shuffled = planner.read_decisions(write(tmp_path / "y.xlsx", rows, headings), plan=small_plan)
    expected = {site: read_verdict(text) for site, text in said.items()}
    assert dict(zip(shuffled["site"], shuffled["verdict"], strict=True)) == expected
    assert dict(zip(merged["site"], merged["verdict"], strict=True)) == expected


def test_names_stand_for_ids(tmp_path: Path, small_plan: Any) -> None:
    """A name in place of an id, or beside a blank id, is understood where only one site has it."""
    rows = [filled("候选点2", "同意"), filled("", "否决", name="候选点3")]
    read = planner.read_decisions(write(tmp_path / "x.xlsx", rows), plan=small_plan)
    assert dict(zip(read["site"], read["verdict"], strict=True)) == {"S0001": "approved", "S0002": "rejected"}


def test_what_is_unclear_is_listed_with_its_row(tmp_path: Path, small_plan: Any) -> None:
    """Doubts, unknown and blank ids, an id beside another site's name, a move to nowhere: each row by number."""
    rows = [
        filled("S0001", "再议"), filled("S9999", "同意"), filled("", "同意"), filled("S0002", "同意", name="候选点4"),
        filled("S0004", "换址", "东门"), filled("S0005", "同意", "121.43, 28.67"), filled("S0006", "换址", "21.43, 8.67"),
        filled("S0007", "换址", "S0008"),
    ]  # fmt: skip
    with pytest.raises(planner.InputError) as refused:
        planner.read_decisions(write(tmp_path / "x.xlsx", rows), plan=small_plan)
    assert [fault.row for fault in refused.value.faults] == list(range(3, 11))
    assert {fault.file for fault in refused.value.faults} == {"x.xlsx"}
    assert "refused" in refused.value.faults[-1].what


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("121.43, 28.67", 121.43, 28.67), ("28.67，121.43", 121.43, 28.67),
        ("东经121°25′48″，北纬28°40′12″", 121.43, 28.67),
        ("121.43 28.67 (CGCS2000)", 121.43, 28.67), ("639785.78, 3173531.43", 121.43, 28.67),
        ("高德坐标:121.434418,28.667048", 121.43, 28.67),
    ],
)  # fmt: skip
def test_new_places_as_people_write_them(tmp_path: Path, small_plan: Any, place: str, lon: float, lat: float) -> None:
    """Either order, degrees and minutes, metres of the 3° zone, and vendors' coordinates named as such."""
    read = planner.read_decisions(write(tmp_path / "x.xlsx", [filled("S0001", "换址", place)]), plan=small_plan)
    assert read.loc[0, ["longitude", "latitude"]].tolist() == pytest.approx([lon, lat], abs=2e-6)


def test_a_candidate_may_be_the_new_place(tmp_path: Path, small_plan: Any) -> None:
    """换址至 another candidate: the old one is excluded, the other one required."""
    read = planner.read_decisions(write(tmp_path / "x.xlsx", [filled("S0001", "建议换址至S0003。")]), plan=small_plan)
    assert read.loc[0, ["verdict", "to"]].tolist() == ["moved", "S0003"]
    after, _ = with_decisions(small_plan.scenario, small_plan.district, read)
    assert (after.required, after.excluded) == (("S0003",), ("S0001",))


def test_two_opinions_are_settled_by_the_rule_or_listed(tmp_path: Path, small_plan: Any) -> None:
    """One person's later opinion counts; two people's are listed with both rows."""
    one = write(
        tmp_path / "one.xlsx", [filled("S0001", "同意", date="2026-03-01"), filled("S0001", "否决", date="2026-04-01")]
    )
    with pytest.warns(UserWarning, match="the later of one person's opinions counts"):
        read = planner.read_decisions(one, plan=small_plan)
    assert read["verdict"].tolist() == ["rejected"]
    other = write(tmp_path / "other.xlsx", [filled("S0001", "同意", by="王", date="2026-05-01")])
    with pytest.raises(planner.InputError, match=r"one.xlsx row 3.*other.xlsx row 3"):
        planner.read_decisions(one, other, plan=small_plan)


def test_what_a_list_says_beside_its_opinions_reaches_a_notebook(tmp_path: Path, small_plan: Any) -> None:
    """The warnings that the command line prints come as one Python warning, or in the report that is passed."""
    path = write(tmp_path / "x.xlsx", [filled("S0001", "同意", by=""), filled("S0002", "", date="2026-03-01")])
    report = Report("decisions")
    read = planner.read_decisions(path, plan=small_plan, report=report)
    assert read["site"].tolist() == ["S0001"]
    assert report.facts["opinions"] == 1
    told = [str(fault) for fault in report.of("warning")]
    assert len(told) == 2
    with pytest.warns(UserWarning, match="^2 warnings") as given_:
        planner.read_decisions(path, plan=small_plan)
    assert [str(one.message) for one in given_] == ["\n".join(["2 warnings about the decisions:", *told])]
    assert given_[0].filename == __file__


def test_two_departments_may_use_the_same_file_name(tmp_path: Path, small_plan: Any) -> None:
    """Copies called alike in two folders are told apart in what is reported."""
    for folder, verdict in (("人社局", "同意"), ("住建局", "否决")):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "list.xlsx", [filled("S0001", verdict, by=folder)])
    with pytest.raises(planner.InputError, match=r"人社局/list.xlsx row 3.*住建局/list.xlsx row 3"):
        planner.read_decisions(tmp_path / "人社局" / "list.xlsx", tmp_path / "住建局" / "list.xlsx", plan=small_plan)


def test_rows_of_an_older_plan_are_mapped_or_refused(tmp_path: Path, small_plan: Any) -> None:
    """A site at the same place is mapped with a warning; one that moved or is gone is refused by row."""
    headings = [*HEADINGS, "方案编号 plan", "经度 longitude", "纬度 latitude"]
    here = small_plan.candidates.geometry["S0001"]
    gone = small_plan.candidates.index[small_plan.candidates["status"] == "excluded"][0]
    old = "testtown-aaaaaaaaaa"
    rows = [
        [*filled("S0001", "同意"), old, here.x, here.y],
        [*filled("S0002", "同意"), old, here.x + 0.01, here.y],
        [*filled(gone, "同意"), old, "", ""],
    ]
    opinions, report = read_opinions(write(tmp_path / "x.xlsx", rows, headings), plan=small_plan)
    assert opinions["site"].tolist() == ["S0001"]
    assert [fault.row for fault in report.of("refused")] == [4, 5]
    assert any(old in fault.what for fault in report.of("warning"))


@pytest.mark.parametrize("content", ["[]", "{}", '{"format": "planner-marks/1", "marks": [1]}', "[" * 100_000, "\x00"])
def test_a_file_of_marks_that_is_none(tmp_path: Path, content: str) -> None:
    """Anything else with the ending .json is refused in a sentence."""
    path = tmp_path / "marks.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(planner.InputError, match="not a file of marks"):
        planner.read_decisions(path)


def test_formulas_links_and_macros_are_only_text(tmp_path: Path, small_plan: Any) -> None:
    """Formula texts are never run: as a name or a reason they stay text, as a verdict they are unclear."""
    rows = [filled("S0001", "同意", by='=HYPERLINK("http://x","y")'), filled("S0002", '=IF(1,"同意","")')]
    path = write(tmp_path / "x.xlsx", rows)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"macro")
        package.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    opinions, _ = read_opinions(path, plan=small_plan)
    assert opinions["site"].tolist() == ["S0001"]


def test_a_bomb_and_a_million_rows_are_refused(tmp_path: Path) -> None:
    """A workbook that unpacks to far more than it is, or has a million rows, is refused by name."""
    bomb = write(tmp_path / "bomb.xlsx", [filled("S0001", "同意")])
    with (
        zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as package,
        package.open("xl/sharedStrings2.xml", "w") as part,
    ):
        for _ in range(300):
            part.write(b" " * (1 << 20))
    with pytest.raises(planner.InputError, match=r"bomb\.xlsx"):
        planner.read_decisions(bomb)
    long = tmp_path / "long.csv"
    long.write_text("编号,意见\n" + "S1,同意\n" * 1_000_000, encoding="utf-8")
    with pytest.raises(planner.InputError, match=r"long\.csv"):
        planner.read_decisions(long)


def test_another_workbook_is_refused(tmp_path: Path) -> None:
    """A workbook without the columns of opinions says which are missing."""
    with pytest.raises(planner.InputError, match="意见"):
        planner.read_decisions(write(tmp_path / "x.xlsx", [["a", 1]], ["名称", "人口"]))
