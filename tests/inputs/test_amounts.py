"""Amounts are what the sheet shows: percentages are none, units of headings and formats count, totals with a place do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.errors import InputError
from planner.inputs.layers.read import read_layer
from planner.inputs.points import read_points
from planner.inputs.tables.columns import kind_of
from planner.inputs.tables.encodings import decode
from planner.inputs.tables.values import unit_factor

HEADINGS = ["编号", "名称", "经度", "纬度", "人口"]


def book(path: Path, *people: tuple[Any, str]) -> Path:
    """A workbook of places with a number and its format each."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(HEADINGS)
    for number, (value, shape) in enumerate(people):
        sheet.append([f"D{number}", f"点{number}", 121.4 + number / 100, 28.6, value])
        sheet.cell(number + 2, 5).number_format = shape
    made.save(path)
    return path


def csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([",".join(HEADINGS), *lines]), encoding="utf-8")
    return path


def test_a_percentage_is_no_number_of_people(tmp_path: Path) -> None:
    """85% in a text file, in a workbook (0.85 shown as 85%) and in a layer: refused or told, never 0.85 people."""
    table, report = read_points(csv(tmp_path / "a.csv", "D0,甲,121.4,28.6,85%", "D1,乙,121.41,28.6,12"))
    assert (table["people"].tolist(), [fault.row for fault in report.of("refused")]) == ([12.0], [2])
    table, report = read_points(book(tmp_path / "a.xlsx", (0.85, "0.0%"), (1200, "#,##0")))
    assert table["people"].tolist() == [1200.0]
    assert ["'85%'" in fault.what for fault in report.of("refused")] == [True]
    layer = tmp_path / "a.geojson"
    layer.write_text(
        '{"type":"Feature","properties":{"编号":"A","人口":"85%"},"geometry":{"type":"Point","coordinates":[121,28]}}',
        encoding="utf-8",
    )
    points, report = read_layer(layer)
    assert points["people"].isna().all()
    assert report.count("warning") == 1


def test_a_unit_that_only_the_format_shows_counts(tmp_path: Path) -> None:
    """0.12 shown as 0.12万 is 1,200; 12,000 shown as 1.2万 by a scaled format is 12,000; 7 shown as 7人 is 7."""
    path = book(tmp_path / "a.xlsx", (0.12, '0.00"万"'), (12000, '0!.0,"万"'), (7, '0"人"'), (3, '#,##0.0"万人"'))
    assert read_points(path)[0]["people"].tolist() == [1200.0, 12000.0, 7.0, 30000.0]


@pytest.mark.parametrize(
    ("heading", "kind", "factor"),
    [
        ("人口 单位：万人", "people", 1e4), ("人口（千）", "people", 1e3), ("人口（×10³人）", "people", 1e3),
        ("人口(×10^4)", "people", 1e4), ("人口_万", "people", 1e4), ("人口(万人)(2020)", "people", 1e4),
        ("人口（2020年，万人）", "people", 1e4), ("投资（百万元）", "cost", 1e6), ("年租金（千元/年）", "cost", 1e3),
        ("造价百万元", "cost", 1e6), ("单位名称", "name", 1.0), ("覆盖率（百分比）", "", 1.0), ("距离（千米）", "", 1.0),
    ],
)  # fmt: skip
def test_units_of_headings(heading: str, kind: str, factor: float) -> None:
    """A factor in a heading is applied however it is written, and what only looks like one is not."""
    assert (kind_of(heading), unit_factor(heading)) == (kind, factor)


def test_a_total_with_coordinates_does_not_count(tmp_path: Path) -> None:
    """A last row of sums at the middle of all places is a total, a place that is called 合计 and sums nothing is one."""
    rows = ["1,甲,121.4,28.6,100", "2,乙,121.41,28.6,200"]
    table, report = read_points(csv(tmp_path / "a.csv", *rows, "3,合计,121.405,28.6,300"))
    assert table["people"].sum() == 300
    assert [fault.row for fault in report.of("skipped")] == [4]
    table, report = read_points(csv(tmp_path / "b.csv", *rows, "3,平均,121.405,28.6,150"))
    assert table["people"].sum() == 300
    table, report = read_points(csv(tmp_path / "c.csv", *rows, "3,合计,121.405,28.6,7"))
    assert table["people"].sum() == 307
    assert [fault.row for fault in report.of("warning") if "called a total" in fault.what] == [4]


def test_damage_is_told_where_it_is() -> None:
    """A GBK file that was cut off is damaged in its last row, not in its first."""
    with pytest.raises(InputError) as told:
        decode("编号,名称\n1,青石巷社区\n2,白云".encode("gbk")[:-1], file="a.csv")
    assert told.value.faults[0].row == 3
