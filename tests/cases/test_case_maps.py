"""Cases of section C: what goes wrong with map files and pictures elsewhere, and what happens here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from planner.inputs.points import read_points
from planner.review.map.basemaps import BASEMAPS
from planner.review.map.save import save_map, save_points_map
from planner.review.pictures.figures import save_sheet

BLOCK = re.compile(r'<script type="application/json"[^>]*>(.*?)</script>', re.DOTALL)
REMOTE = re.compile(r"""(?:src|href)\s*=\s*\\?["']?\s*https?:|url\(\s*["']?https?:""", re.IGNORECASE)


def blocks(path: Path) -> list[Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    text = path.read_text(encoding="utf-8")
    return [json.loads(each, parse_constant=refuse) for each in BLOCK.findall(text)]


@pytest.mark.case(
    28, "station names with quotes, backticks, ${…}, tags and a line break", "kept as data, shown as text"
)
def test_names_that_break_pages_are_data(cases: Path, tmp_path: Path) -> None:
    """All seven names come back from the JSON block; none stands anywhere else in the file."""
    layer, _ = read_points(cases / "28_popup_text" / "stations_names.csv")
    path = save_points_map(layer, tmp_path / "map.html")
    demand = blocks(path)[1]["demand"]
    names = pd.read_csv(cases / "28_popup_text" / "stations_names.csv")["站名"].tolist()
    assert sorted(demand["names"]) == sorted(names)
    rest = BLOCK.sub("", path.read_text(encoding="utf-8"))
    assert not [name for name in names if name in rest]


@pytest.mark.case(30, "20,000 demand points with popups", "less than 4 MB, legend total 599,836")
def test_twenty_thousand_points_stay_small(cases: Path, tmp_path: Path) -> None:
    """The file is small, and its total is the table's."""
    layer, _ = read_points(cases / "30_20k_points" / "demand_20000.csv")
    path = save_points_map(layer, tmp_path / "map.html", weight="people")
    assert path.stat().st_size < 4_000_000
    assert blocks(path)[0]["groups"][0]["people"] == 599_836
    assert "599,836" in path.read_text(encoding="utf-8")


@pytest.mark.case(31, "a map for an office network", "no remote reference at all")
def test_map_has_no_remote_reference(cases: Path, tmp_path: Path) -> None:
    """Nothing in src, href or url() leads out of the file."""
    layer, _ = read_points(cases / "31_offline_html" / "stations.csv")
    text = save_points_map(layer, tmp_path / "map.html").read_text(encoding="utf-8")
    assert REMOTE.findall(text) == []


@pytest.mark.case(32, "a date column and missing numbers", "date shown as 2024-03-01, missing as missing, valid JSON")
def test_dates_and_missing_values_become_plain_json(cases: Path, tmp_path: Path) -> None:
    """Every block is strict JSON; the date is text, the missing cells are null."""
    layer = gpd.read_file(cases / "32_dates_nan" / "stations.geojson")
    fields = {
        each["name"]: each["values"]
        for each in blocks(save_points_map(layer, tmp_path / "map.html"))[1]["demand"]["fields"]
    }
    assert fields["建成日期"] == ["2024-03-01", None]
    assert fields["人口"] == [1200.5, None]


@pytest.mark.case(66, "Tianditu without a key, then with one", "a notice and no tiles; then the key with a warning")
def test_tianditu_key_comes_from_the_environment(
    small_plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key the map is made and says what to set; with one it warns that the key is readable."""
    monkeypatch.delenv("TIANDITU_KEY", raising=False)
    core = blocks(save_map(small_plan, tmp_path / "none.html", basemaps="tianditu"))[0]
    assert core["basemaps"] == []
    assert "TIANDITU_KEY" in core["notices"][-1]["zh"]
    monkeypatch.setenv("TIANDITU_KEY", "abc")
    core = blocks(save_map(small_plan, tmp_path / "key.html", basemaps="tianditu"))[0]
    assert "tk=abc" in core["basemaps"][0]["url"]
    assert "can be read" in core["notices"][-1]["en"]


@pytest.mark.case(
    68, "zoom past the last tiles of each basemap", "tiles are enlarged; no grey up to the map's last zoom"
)
def test_every_basemap_knows_its_last_zoom(small_plan: Any, tmp_path: Path) -> None:
    """The page gives Leaflet maxNativeZoom for each, and its own maximum beyond it."""
    path = save_map(small_plan, tmp_path / "map.html", basemaps=("osm", "amap", "geoq"))
    assert [each["max_native_zoom"] for each in blocks(path)[0]["basemaps"]] == [19, 18, 16]
    text = path.read_text(encoding="utf-8")
    assert "maxNativeZoom: entry.max_native_zoom" in text
    assert re.search(r'"?maxZoom"?: 20,', text)
    assert all(entry.max_native_zoom < 20 for entry in BASEMAPS.values())


@pytest.mark.case(69, "the system's code page is not UTF-8", "UTF-8 files in a folder named 测试 目录")
def test_map_is_utf8_whatever_the_locale(root: Path, tmp_path: Path) -> None:
    """A process with LC_ALL=C and without UTF-8 mode writes the map; it decodes as UTF-8 and says so."""
    folder = tmp_path / "测试 目录"
    folder.mkdir()
    script = (
        "import sys, geopandas, shapely\nfrom planner.review.map.save import save_points_map\n"
        "points = geopandas.GeoDataFrame({'name': ['\\u9a7f\\u7ad9']}, geometry=[shapely.Point(114, 30)], crs=4326)\n"
        "save_points_map(points, sys.argv[1])\n"
    )
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", script, folder / "图.html"], check=True, env=environment, capture_output=True)
    text = (folder / "图.html").read_bytes().decode("utf-8")
    assert '<meta charset="utf-8">' in text
    assert "驿站" in text


@pytest.mark.case(
    70, "a picture for print without a browser", "PNG and PDF with legend, scale, north arrow, no squares"
)
def test_pictures_are_written_without_a_browser(plan_maker: Callable[..., Any], tmp_path: Path) -> None:
    """Both files are written with warnings as errors, so a missing glyph would fail."""
    plan = plan_maker()
    assert save_sheet(plan, tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert save_sheet(plan, tmp_path / "map.pdf").read_bytes().startswith(b"%PDF")
