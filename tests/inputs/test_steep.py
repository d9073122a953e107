"""Steep land shuts stations out by its slope: degrees, per cent and classes, against values worked out on paper."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from shapely import box
from shapely.geometry import mapping

from planner.errors import InputError
from planner.inputs.district import read_district
from planner.inputs.steep import slope_degrees
from planner.scenario import Scenario


def district_of(tmp_path: Path, slopes: list[object], heading: str, **source: object) -> Scenario:
    """A scenario whose only file is a layer of squares, S0, S1 …, each with its slope."""
    features = [
        {
            "type": "Feature",
            "properties": {"编号": f"S{n}", heading: slope},
            "geometry": mapping(box(121.40 + n / 100, 28.60, 121.41 + n / 100, 28.61)),
        }
        for n, slope in enumerate(slopes)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    (tmp_path / "slope.geojson").write_text(text, encoding="utf-8")
    file = {"role": "exclusions", "path": "slope.geojson", "datum": "wgs84", **source}
    return Scenario.model_validate(
        {
            "district": {"id": "x", "name": "某区"},
            "files": [file],
            "groups": [{"id": "r", "name": "骑手", "mode": "foot", "standards": "5min"}],
            "types": [{"id": "t", "name": "站", "groups": ["r"]}],
            "folder": tmp_path,
        }
    )


@pytest.mark.parametrize(
    ("heading", "limit", "slopes", "steep"),
    [
        ("坡度", "25deg", [24.9, 25.0, 25.1, 60], ["S2", "S3"]),
        ("slope_pct", "25deg", [46.6, 46.7, 100], ["S1", "S2"]),  # tan 25° is 46.63 %
        ("坡度（％）", "45deg", [100.0, 100.1], ["S1"]),  # 100 % are 45°
        ("坡度", "46.7%", [25.0, 25.1], ["S1"]),  # atan 0.467 is 25.03°
        ("坡度等级", "15deg", ["5级", "5", "15-25", 3], ["S2"]),  # grades are no degrees
        ("坡度级", "15deg", ["0-6", "6～15", "15－25°", "＞25°", "≤2"], ["S2", "S3"]),
    ],
)
def test_only_what_is_steeper_shuts_out(
    tmp_path: Path, heading: str, limit: str, slopes: list[object], steep: list[str]
) -> None:
    """A slope at the limit is not steeper than it."""
    district = read_district(district_of(tmp_path, slopes, heading, steeper_than=limit))
    assert list(district.exclusions.index) == steep
    assert str(district.reports[0].facts["steeper than the limit"]).startswith(f"{len(steep)} / {len(slopes)}")


def test_a_slope_that_cannot_be_read_is_refused_by_id(tmp_path: Path) -> None:
    """The place shuts nothing out, and the report says so."""
    district = read_district(district_of(tmp_path, ["陡", 30.0, 120.0], "坡度", steeper_than="25deg"))
    assert list(district.exclusions.index) == ["S1"]
    assert [fault.id for fault in district.reports[0].of("refused")] == ["S0", "S2"]


def test_the_column_of_slopes_must_be_known(tmp_path: Path) -> None:
    """None is an error that lists the columns; the scenario may name it."""
    with pytest.raises(InputError, match=r"no column holds slopes.*陡缓"):
        read_district(district_of(tmp_path, [30.0], "陡缓", steeper_than="25deg"))
    named = district_of(tmp_path, [30.0], "陡缓", steeper_than="25deg", columns={"slope": "陡缓"})
    assert len(read_district(named).exclusions) == 1


def test_a_limit_has_its_unit_and_belongs_to_exclusions(tmp_path: Path) -> None:
    """A bare number may be degrees or per cent: it is refused; other roles have no slope."""
    with pytest.raises(ValueError, match="25deg"):
        district_of(tmp_path, [30.0], "坡度", steeper_than=25)
    with pytest.raises(ValueError, match="exclusions"):
        district_of(tmp_path, [30.0], "坡度", steeper_than="25deg", role="pois")


def test_without_a_limit_every_polygon_shuts_out(tmp_path: Path) -> None:
    """A layer of steep land that a GIS has already cut needs no slopes."""
    assert len(read_district(district_of(tmp_path, [1.0, 60.0], "坡度")).exclusions) == 2


def test_percent_and_degrees_agree() -> None:
    """atan of rise over run."""
    for degrees in (1.0, 14.0, 44.9, 60.0):
        percent = 100 * math.tan(math.radians(degrees))
        assert slope_degrees(f"{percent:.9f}%") == pytest.approx(degrees)
