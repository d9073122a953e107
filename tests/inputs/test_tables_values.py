"""Numbers, units, dates and coordinates as people write them: read exactly or not at all."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InputError
from planner.inputs.coordinates.notations import parse_angle, split_pair
from planner.inputs.layers.read import read_layer
from planner.inputs.points import read_points
from planner.inputs.tables.columns import recognise
from planner.inputs.tables.values import numbers_under, parse_date, parse_number, parse_numbers, unit_factor
from planner.schema import INPUT_COLUMNS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", 1200), ("１２００", 1200), ("1，200", 1200), ("0.12万", 1200), ("1.5亿", 150_000_000), ("3.3万人", 33000),
        ("12,345,678.5", 12345678.5), ("1 200", 1200), ("85%", 0.85), ("5‰", 0.005), ("(1,200)", -1200), ("−3.5", -3.5),
        ("1.2E+04", 12000), ("2千", 2000), ("300人", 300), ("12㎡", 12), ("￥500", 500), (".5", 0.5), ("0", 0), ("1,2345", 12345),
    ],
)  # fmt: skip
def test_numbers_of_offices(text: str, value: float) -> None:
    """Thousands, full-width digits, 万 and 亿, percent, brackets for minus and units are read to the exact value."""
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "约1200",
        "1200左右",
        "1200余",
        "10-20",
        "1,2",
        "1.2.3",
        "一千",
        "",
        "—",
        "N/A",
        "1200+",
        "≥5",
        "nan",
        "inf",
        "1e999",
        "1/2",
    ],
)
def test_what_is_not_certain_is_no_number(text: str) -> None:
    """Approximations, ranges and malformed numbers are neither guessed nor zero."""
    assert not math.isfinite(parse_number(text))


@settings(deadline=None)
@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=3))
def test_thousands_separators_do_not_change_a_number(value: object) -> None:
    """A number reads the same with and without separators and in full-width digits."""
    plain, grouped = f"{value:.3f}", f"{value:,.3f}"
    wide = plain.translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    assert parse_number(plain) == parse_number(grouped) == parse_number(wide) == float(plain)


def test_columns_of_numbers_keep_their_index() -> None:
    """Whole columns read like single cells, blank is NaN, and infinity is no number."""
    cells = pd.Series(["1", "0.12万", "", "约3", "inf"], index=[5, 6, 7, 8, 9], dtype="str")
    values = parse_numbers(cells)
    assert values.index.tolist() == [5, 6, 7, 8, 9]
    assert values.tolist()[:2] == [1.0, 1200.0]
    assert values.isna().tolist() == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("heading", "factor"),
    [("人口（万人）", 1e4), ("人口_万人", 1e4), ("面积(公顷)", 1e4), ("面积km2", 1e6), ("投资（亿元）", 1e8), ("人口", 1), ("距离(千米)", 1),
     ("人口(人)", 1), ("万达广场", 1), ("百货", 1), ("租金【千元】", 1e3)],
)  # fmt: skip
def test_units_in_headings(heading: str, factor: float) -> None:
    """A unit of ten thousands in a heading multiplies; words that only begin alike do not."""
    assert unit_factor(heading) == factor


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01",
        "2024/3/1",
        "2024.3.1",
        "2024年3月1日",
        "20240301",
        "45352",
        "2024-03-01 08:30:00",
        "２０２４年３月１日",
    ],
)
def test_dates_in_every_shape(text: str) -> None:
    """Dashes, strokes, dots, 年月日, eight digits and spreadsheet days are the same day."""
    assert parse_date(text) == "2024-03-01"


@pytest.mark.parametrize("text", ["2024-13-01", "2024-02-30", "三月", "2024", "1.5", ""])
def test_what_is_no_date(text: str) -> None:
    """Impossible days and lone years are not turned into dates."""
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "value", "axis"),
    [
        ("121°26′03.5″", 121 + 26 / 60 + 3.5 / 3600, ""), ("东经121度26分3.5秒", 121 + 26 / 60 + 3.5 / 3600, "lon"),
        ("28°40'12\"N", 28.67, "lat"), ("N 28 40 12", 28.67, "lat"), ("28:40:12", 28.67, ""), ("28d40m12s", 28.67, ""),
        ("E121.43", 121.43, "lon"), ("121.43°E", 121.43, "lon"), ("-121.43", -121.43, ""), ("33°30′S", -33.5, "lat"),
        ("北纬28.67°", 28.67, "lat"), ("28°40.2′", 28.67, ""), ("121,43", 121.43, ""), ("１２１．４３", 121.43, ""),
        ("28°40''12", None, ""), ("28°60′00″", None, ""), ("28°40′75″", None, ""), ("甲", None, ""), ("", None, ""),
        ("28.5°40′", None, ""), ("3,174,123.456", 3174123.456, ""), ("W 70°30'", -70.5, "lon"), ("121度26分", 121 + 26 / 60, ""),
    ],
)  # fmt: skip
def test_notations_of_angles(text: str, value: float | None, axis: str) -> None:
    """Chinese and Western notations give the angle and the axis that they name; impossible minutes give nothing."""
    angle = parse_angle(text)
    if value is None:
        assert angle is None
    else:
        assert angle is not None
        assert angle.value == pytest.approx(value, abs=1e-9)
        assert angle.axis == axis


@settings(deadline=None)
@given(
    st.floats(-179.9, 179.9),
    st.sampled_from(["{d}°{m}′{s:.6f}″", "{d}度{m}分{s:.6f}秒", "{d} {m} {s:.6f}", "{d}:{m}:{s:.6f}"]),
)
def test_degrees_minutes_seconds_come_back(angle: float, shape: str) -> None:
    """An angle written in degrees, minutes and seconds reads back to a tenth of a millimetre."""
    seconds = round(abs(angle) * 3600, 6)
    d, m, s = int(seconds // 3600), int(seconds % 3600 // 60), seconds % 60
    if round(s, 6) >= 60:
        return
    read = parse_angle(("-" if angle < 0 else "") + shape.format(d=d, m=m, s=s))
    assert read is not None
    assert read.value == pytest.approx(angle, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "pair"),
    [("121.43,28.67", ("121.43", "28.67")), ("121.43 28.67", ("121.43", "28.67")), ("(121.43; 28.67)", ("121.43", "28.67")),
     ("POINT (121.43 28.67)", ("121.43", "28.67")), ("121.43，28.67", ("121.43", "28.67")), ("121.43", ("", "")), ("", ("", "")),
     ("东经121度26分3秒北纬28度40分12秒", ("东经121度26分3秒", "北纬28度40分12秒"))],
)  # fmt: skip
def test_pairs_in_one_cell(text: str, pair: tuple[str, str]) -> None:
    """Both coordinates in one cell are taken apart."""
    assert split_pair(text) == pair


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (["编号", "经度", "纬度"], {"id": "编号", "longitude": "经度", "latitude": "纬度"}),
        (
            ["bh", "jd", "wd", "mc", "rk"],
            {"id": "bh", "longitude": "jd", "latitude": "wd", "name": "mc", "people": "rk"},
        ),
        (["ID", "Lng", "LAT", "Name"], {"id": "ID", "longitude": "Lng", "latitude": "LAT", "name": "Name"}),
        (["序号", "站点编号", "X坐标", "Y坐标"], {"id": "站点编号", "x": "X坐标", "y": "Y坐标"}),
        (
            ["经 度（°）", "纬　度(°)", "人口（万人）"],
            {"longitude": "经 度（°）", "latitude": "纬　度(°)", "people": "人口（万人）"},
        ),
        (["百度经度", "百度纬度", "面积㎡"], {"longitude": "百度经度", "latitude": "百度纬度", "floor_area": "面积㎡"}),
        (["序号", "驿站名称"], {"id": "序号", "name": "驿站名称"}),
    ],
)
def test_headings_in_three_languages(headings: list[str], found: dict[str, str]) -> None:
    """Chinese, pinyin and English headings, with blanks, units, case and vendors' tags, are recognised."""
    assert recognise(headings, [column.name for column in INPUT_COLUMNS]) == found


def test_ambiguous_headings_are_listed_and_may_be_settled() -> None:
    """Two columns of equal right are an error that lists them; the user's word settles it."""
    with pytest.raises(
        InputError, match=r"several columns may be the longitude: '经度', 'lng'.*columns = \{ longitude"
    ):
        recognise(["经度", "lng", "纬度"], ["longitude", "latitude"])
    found = recognise(["经度", "lng", "纬度"], ["longitude", "latitude"], given={"longitude": "lng"})
    assert found == {"longitude": "lng", "latitude": "纬度"}
    with pytest.raises(InputError, match="no column 'lon' for longitude"):
        recognise(["经度", "纬度"], ["longitude"], given={"longitude": "lon"})


def test_no_heading_means_two_things() -> None:
    """The table of headings gives each of its words to one kind only."""
    words = [word for column in INPUT_COLUMNS for word in column.headings + column.weaker]
    assert sorted(word for word in set(words) if words.count(word) > 1) == []


def test_a_unit_in_the_heading_and_in_the_cell_counts_once() -> None:
    """2.5万 under 从业人员（万人） are 25,000 people, like 2.5."""
    cells = pd.Series(["2.5", "2.5万", "3千", "-", "约2"])
    values = numbers_under("从业人员（万人）", cells).tolist()
    assert values[:3] == [25000.0, 25000.0, 3000.0]
    assert all(math.isnan(value) for value in values[3:])
    assert numbers_under("从业人员", cells)[1] == 25000.0


@pytest.mark.parametrize(
    "text",
    [
        "2023年11月05号",
        "2023 年 11 月 5 日",
        "2023年11月5日 星期日",
        "2023-11-5（周日）",
        "2023/11/5 下午3:20",
        "2023. 11. 5",
    ],
)
def test_dates_as_people_type_them(text: str) -> None:
    """Blanks, 号 for 日, the day of the week and the half of the day change nothing."""
    assert parse_date(text) == "2023-11-05"


@pytest.mark.parametrize("text", ["2023-11-05至2023-12-01", "2023年11月", "5/11/2023", "2023-11-31", "2023-11-05 12"])
def test_what_is_no_single_day_is_no_date(text: str) -> None:
    """Spans, months, days first and days that do not exist are left blank, with a warning by row."""
    assert parse_date(text) is None


def test_people_below_zero_are_refused_and_gaps_counted(tmp_path: Path) -> None:
    """A negative count is a slip; a blank is no zero that somebody wrote, and is told."""
    path = tmp_path / "a.csv"
    path.write_text(
        "编号,经度,纬度,人口,面积\nA,121.4,28.6,-5,3\nB,121.4,28.7,,-2\nC,121.4,28.8,7,1\n", encoding="utf-8"
    )
    points, report = read_points(path)
    assert points["people"].fillna(-1).to_dict() == {"B": -1, "C": 7}
    assert points["floor_area"].fillna(-1).to_dict() == {"B": -1, "C": 1}
    assert [(fault.id, fault.what) for fault in report.of("refused")] == [("A", "'-5' is negative")]
    told = [fault.what for fault in report.of("warning") if fault.column]
    assert told == ["1 rows have no number; they are left blank", "'-2' is negative; it is left blank"]


def test_numbers_in_the_fields_of_a_layer(tmp_path: Path) -> None:
    """The unit in a field's name holds for numbers as for texts; negative people are left blank and told."""
    features = [
        {"type": "Feature", "properties": {"name": name, "人口（万人）": people},
         "geometry": {"type": "Point", "coordinates": [121.4 + at / 100, 28.6]}}
        for at, (name, people) in enumerate([("a", 0.3), ("b", 1.25), ("c", -2.0)])
    ]  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    layer, report = read_layer(path)
    assert layer["people"].fillna(-1).tolist() == pytest.approx([3000, 12500, -1])
    assert [fault.what for fault in report.of("warning")] == ["'-2.0' is negative; it is left blank"]
    assert any("multiplied by 10000" in fault.what for fault in report.of("repaired"))
