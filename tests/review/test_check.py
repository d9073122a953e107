"""``planner check``: everything is read, nothing solved, and the page says whether a plan could be trusted."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from planner.errors import Fault
from planner.review.check import CheckResult, check, check_text, write_check_page, write_check_workbook
from planner.review.check.words import in_chinese, told
from planner.scenario import Scenario, read_scenario

ROADS = (
    '<osm version="0.6"><node id="1" lat="28.600" lon="121.400"/><node id="2" lat="28.610" lon="121.410"/>'
    '<node id="3" lat="28.620" lon="121.420"/><way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>'
    '<tag k="highway" v="residential"/></way></osm>'
)
SCENARIO = """
[district]
id = "x"
name = "某区"

[[files]]
role = "roads"
path = "roads.osm"

[[files]]
role = "pois"
path = "pois.csv"
datum = "wgs84"

[[groups]]
id = "riders"
name = "骑手"
mode = "foot"
standards = "10min"
activity = { restaurant = 0.5 }

[[types]]
id = "home"
name = "骑享家"
groups = ["riders"]
count = 2

[candidates]
max_road_distance = "2km"
"""


def folder(tmp_path: Path, rows: int = 200, blank: int = 0, name: str = "店", scenario: str = SCENARIO) -> Scenario:
    """A scenario with a street and two lively corners of ``rows`` places; ``blank`` of them have no coordinates."""
    rng = np.random.default_rng(0)
    lines = ["编号,名称,类别,经度,纬度"]
    for n in range(rows):
        lon, lat = np.array([121.404, 28.604]) + (n % 2) * 0.012 + rng.normal(0, 0.0004, 2)
        where = "," if n < blank else f"{lon:.6f},{lat:.6f}"
        kind = "购物服务;商场;购物中心" if n % 9 == 0 else "餐饮服务;中餐厅;中餐厅"
        lines.append(f'P{n},"{name}{n}",{kind},{where}')
    (tmp_path / "pois.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "roads.osm").write_text(ROADS, encoding="utf-8")
    (tmp_path / "scenario.toml").write_text(scenario, encoding="utf-8")
    return read_scenario(tmp_path / "scenario.toml")


def levels(result: CheckResult, level: str) -> list[str]:
    """The Chinese sentences of one level."""
    return [finding.zh for finding in result.findings if finding.level == level]


def test_a_sound_district_passes(tmp_path: Path) -> None:
    """Exit 0; every file has its account, every table is there."""
    result = check(folder(tmp_path, rows=203))
    assert result.exit_code == 0, levels(result, "stop")
    assert [one.role for one in result.files] == ["roads", "pois"]
    assert result.demand is not None
    assert result.demand["weight"].sum() == pytest.approx(0.5 * (203 - 23))
    assert result.centres is not None
    assert len(result.centres) == 2


def test_the_demonstration_district_passes(root: Path) -> None:
    """Its two unreadable rows and its centres without candidates are warnings."""
    result = check(read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml"))
    assert result.exit_code == 0, levels(result, "stop")
    assert any("pois.csv" in line and "拒收" in line for line in levels(result, "warning"))
    assert any("没有可用的候选点" in line for line in levels(result, "warning"))


def test_a_file_that_is_not_there_stops_but_the_rest_is_read(tmp_path: Path) -> None:
    """The missing street file is named; the places are still counted."""
    scenario = folder(tmp_path)
    (tmp_path / "roads.osm").unlink()
    result = check(scenario)
    assert result.exit_code == 2
    assert any("roads.osm" in line for line in levels(result, "stop"))
    assert result.district is not None
    assert len(result.district.pois) == 200
    assert not result.files[0].usable


@pytest.mark.parametrize(("blank", "code"), [(5, 0), (40, 2)])
def test_many_refused_rows_stop(tmp_path: Path, blank: int, code: int) -> None:
    """A few unreadable rows are a warning; more than a tenth is not the file its office believes it to be."""
    result = check(folder(tmp_path, rows=203, blank=blank))
    assert result.exit_code == code
    assert any(f"{blank} / 203" in finding.zh for finding in result.findings)


@pytest.mark.case(80, "a POI table of exactly 200 rows, or a class missing", "warnings, and counts per class")
def test_page_caps_and_missing_classes_are_told(tmp_path: Path) -> None:
    """200 rows equal a page cap, 203 do not; a class that the scenario wants and nobody has is named."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    capped = check(folder(tmp_path / "a", rows=200))
    assert any("翻页上限" in line for line in levels(capped, "warning"))
    free = check(folder(tmp_path / "b", rows=203))
    assert not any("翻页上限" in line for line in levels(free, "warning"))
    assert any("酒店" in line for line in levels(free, "warning"))
    write_check_page(free, tmp_path / "check.html")
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert re.search(r"餐饮</span><span>180<", page)


def test_too_few_centres_stop(tmp_path: Path) -> None:
    """Three stations, two centres: the sentence says both numbers."""
    result = check(folder(tmp_path, scenario=SCENARIO.replace("count = 2", "count = 3")))
    assert result.exit_code == 2
    assert any("3 个驿站" in line and "2 个中心" in line for line in levels(result, "stop"))


def test_a_group_without_people_stops(tmp_path: Path) -> None:
    """A group with no demand is named by its Chinese name."""
    result = check(folder(tmp_path, scenario=SCENARIO.replace("restaurant = 0.5", "factory = 0.5")))
    assert result.exit_code == 2
    assert any(line.startswith("骑手没有任何服务需求") for line in levels(result, "stop"))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_text_from_data_is_only_text(tmp_path: Path, hostile_names: list[str]) -> None:
    """Names with tags, templates and formulas make no element, no formula and no request."""
    name = "".join(hostile_names).replace('"', "").replace("\n", "") + "<script>alert(1)</script><img src=x onerror=1>"
    scenario = SCENARIO.replace('"某区"', "'<script>alert(2)</script>'")
    result = check(folder(tmp_path, blank=3, name=name, scenario=scenario))
    write_check_page(result, tmp_path / "check.html")
    write_check_workbook(result, tmp_path / "check.xlsx")
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    parser = _Tags()
    parser.feed(page)
    assert not {"script", "img", "iframe", "object", "link"} & set(parser.tags)
    assert not [pair for pair in parser.attributes if pair[0].startswith("on") or pair[0] in ("src", "href")]
    assert "&lt;script&gt;alert(2)" in page
    book = openpyxl.load_workbook(tmp_path / "check.xlsx")
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_page_and_the_workbook_tell_every_row(tmp_path: Path) -> None:
    """Refused rows stand with file, row number and id; the same check gives the same page."""
    result = check(folder(tmp_path, rows=203, blank=5))
    for name in ("one.html", "two.html"):
        write_check_page(result, tmp_path / name)
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "two.html").read_text(encoding="utf-8")
    assert "<td>2、3、4、5、6</td><td>P0、P1、P2、P3、P4</td><td>坐标为空</td>" in page
    write_check_workbook(result, tmp_path / "check.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "check.xlsx")["逐行"].iter_rows(values_only=True))
    assert len([row for row in rows if str(row[0]).startswith("拒收")]) == 5
    assert "坐标" in check_text(result) or "coordinate" in check_text(result)


def test_pictures_are_small(tmp_path: Path) -> None:
    """The page with its pictures stays small enough to send."""
    result = check(folder(tmp_path))
    write_check_page(result, tmp_path / "check.html")
    assert (tmp_path / "check.html").stat().st_size < 200_000


def test_sentences_of_the_readers_in_chinese() -> None:
    """Known sentences are turned, unknown ones stay as they are, ids of groups become names."""
    assert in_chinese("title row '说明'") == "标题行 '说明'"
    assert in_chinese("something nobody foresaw") == "something nobody foresaw"
    fault = Fault("the coordinates are blank", file="a.csv", row=3, id="S2", repair="Fill in the coordinates.")
    assert told(fault) == "a.csv，编号 S2，第 3 行：坐标为空。请补上坐标"


def test_the_workbook_says_the_verdict_first(tmp_path: Path) -> None:
    """The first sheet: verdict, figures, findings; every sheet prints as wide as a landscape page."""
    result = check(folder(tmp_path, rows=203, blank=40))
    write_check_workbook(result, tmp_path / "check.xlsx")
    book = openpyxl.load_workbook(tmp_path / "check.xlsx")
    assert book.sheetnames == ["结论", "文件", "逐行", "兴趣点类别", "候选点", "文件细节"]
    first = [[cell for cell in row if cell is not None] for row in book["结论"].iter_rows(values_only=True)]
    assert first[1] == ["还不能用于规划，请先处理下面的问题"]
    assert ["计划建设驿站", 2] in first
    assert any(row and str(row[0]).startswith("必须处理") for row in first)
    assert all(sheet.page_setup.orientation == "landscape" for sheet in book)
    pois = [row for row in book["文件"].iter_rows(values_only=True) if row[0] == "兴趣点"]
    assert pois[0][1:7] == ("pois.csv", "是", 203, 163, 0, 40)


def test_what_several_groups_share_is_told_once(tmp_path: Path) -> None:
    """The same guess for two groups stands in one line, with both names."""
    second = SCENARIO.replace("[[types]]", SCENARIO[SCENARIO.index("[[groups]]") : SCENARIO.index("[[types]]")]
                              .replace('"riders"', '"others"').replace('"骑手"', '"其他"') + "[[types]]")  # fmt: skip
    areas = (
        '[[files]]\nrole = "areas"\npath = "areas.geojson"\n\n[[files]]\nrole = "workers"\npath = "w.csv"\n\n[[groups]]'
    )
    text = second.replace("[[groups]]", areas, 1).replace("activity =", 'workers = "人数"\nactivity =')
    shape = '{"type":"Polygon","coordinates":[[[121.5,28.6],[121.6,28.6],[121.6,28.7],[121.5,28.7],[121.5,28.6]]]}'
    feature = f'{{"type":"Feature","properties":{{"编号":"A1","名称":"远山社区"}},"geometry":{shape}}}'
    (tmp_path / "areas.geojson").write_text(f'{{"type":"FeatureCollection","features":[{feature}]}}', encoding="utf-8")
    (tmp_path / "w.csv").write_text("编号,社区,人数\nA1,远山社区,30\n", encoding="utf-8")
    write_check_page(check(folder(tmp_path, scenario=text)), tmp_path / "check.html")
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert re.search(r"<td>骑手、其他：1 个片区没有任何兴趣点[^<]*</td><td>远山社区</td>", page)


def test_limits_that_can_hardly_be_meant_are_told(tmp_path: Path) -> None:
    """Seconds for minutes and metres for kilometres are read as written, and warned of; sound ones are not."""
    text = SCENARIO.replace('standards = "10min"', 'standards = "10s"').replace('"2km"', '"3m"')
    told = levels(check(folder(tmp_path, rows=203, scenario=text)), "warning")
    assert any("骑手的服务标准为 0.1667 min，可能写错了单位" in line for line in told)
    assert any("候选点到道路的最大距离为 3 m" in line for line in told)
    (tmp_path / "sound").mkdir()
    assert not any("单位" in line for line in levels(check(folder(tmp_path / "sound", rows=203)), "warning"))


def test_what_a_plan_would_refuse_of_travel_stops(tmp_path: Path) -> None:
    """An unknown mode, a table of speeds that is not there and a closed street that nobody knows are each named."""
    unknown = check(folder(tmp_path, scenario=SCENARIO.replace('"foot"', '"bike9"')))
    assert unknown.exit_code == 2
    assert any("bike9" in line for line in levels(unknown, "stop"))
    lost = check(folder(tmp_path, scenario=SCENARIO + '[travel]\nspeeds = "peak.csv"\nclosed = ["无名路"]\n'))
    assert lost.exit_code == 2
    assert any("peak.csv" in line for line in levels(lost, "stop"))
    assert any("无名路" in line for line in levels(lost, "stop"))
