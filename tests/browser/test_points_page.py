"""Bare layers of points in a real browser, and tiles that fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from planner.inputs.points import read_points
from planner.review.map.save import save_map, save_points_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.mark.case(
    28, "station names with quotes, backticks, ${…}, tags and a line break", "kept as data, shown as text"
)
def test_names_are_shown_literally(opened: Open, cases: Path, tmp_path: Path) -> None:
    """Each marker's popup and tooltip shows its name as written; the title stays."""
    layer, _ = read_points(cases / "28_popup_text" / "stations_names.csv")
    names = pd.read_csv(cases / "28_popup_text" / "stations_names.csv")["站名"].tolist()
    page = opened(save_points_map(layer, tmp_path / "map.html"))
    title = page.title()
    for at, name in enumerate(names):
        marker = page.locator(".leaflet-marker-icon").nth(at)
        page.wait_for_selector(".leaflet-pan-anim", state="detached")  # the map makes room for a popup
        marker.hover()
        assert page.locator(".leaflet-tooltip").text_content() == name
        marker.click()
        assert page.locator(".leaflet-popup h3").text_content() == name
        page.keyboard.press("Escape")
    assert page.title() == title


@pytest.mark.case(31, "a map for an office network", "no remote reference at all")
def test_opens_without_network(opened: Open, cases: Path, tmp_path: Path) -> None:
    """Markers, their pictures and the layer switch are there; no request was made (see the fixture)."""
    layer, _ = read_points(cases / "31_offline_html" / "stations.csv")
    page = opened(save_points_map(layer, tmp_path / "map.html"))
    assert page.locator(".leaflet-marker-icon svg").count() == 2
    assert page.locator(".leaflet-control-layers input").is_visible()
    page.locator(".leaflet-control-layers input").click()
    assert page.locator(".leaflet-marker-icon").count() == 0


@pytest.mark.case(30, "20,000 demand points with popups", "less than 4 MB, legend total 599,836")
def test_legend_total_of_twenty_thousand_points(opened: Open, cases: Path, tmp_path: Path) -> None:
    """The legend says 599,836; close up, a point answers with its row."""
    layer, _ = read_points(cases / "30_20k_points" / "demand_20000.csv")
    path = save_points_map(layer, tmp_path / "map.html", weight="people")
    assert opened(path).locator(".legend .count").inner_text() == "599,836"
    row = layer.iloc[0]
    page = opened(path, fragment=f"#19/{row.geometry.y:.6f}/{row.geometry.x:.6f}/zh/")
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert layer.index[0] in page.locator(".leaflet-popup").inner_text()


@pytest.mark.case(32, "a date column and missing numbers", "date shown as 2024-03-01, missing as missing, valid JSON")
def test_dates_and_missing_values_are_shown(opened: Open, cases: Path, tmp_path: Path) -> None:
    """The popup shows 2024-03-01, and 暂无 where there is nothing."""
    page = opened(save_points_map(gpd.read_file(cases / "32_dates_nan" / "stations.geojson"), tmp_path / "map.html"))
    texts = []
    for at in range(2):
        page.wait_for_selector(".leaflet-pan-anim", state="detached")  # the map makes room for a popup
        page.locator(".leaflet-marker-icon").nth(at).click()
        texts.append(page.locator(".leaflet-popup").inner_text())
        page.keyboard.press("Escape")
    assert "2024-03-01" in texts[0]
    assert "暂无" in texts[1]


@pytest.mark.case(31, "a map for an office network", "no remote reference at all")
def test_failing_tiles_leave_a_useful_map(chromium: Browser, small_plan: Any, tmp_path: Path) -> None:
    """Offline with Amap chosen: a notice, stations in place, and the click still reads WGS 84."""
    path = save_map(small_plan, tmp_path / "map.html", basemaps="amap")
    row = small_plan.stations.iloc[0]
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{path.as_uri()}#17/{row.geometry.y:.6f}/{row.geometry.x:.6f}/zh/")
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    page.wait_for_function("document.querySelector('.credit').textContent.includes('高德')")
    assert "未能加载" in page.locator(".credit").inner_text()
    page.locator(f'.station[aria-label="{row["name"]}"]').click()
    text = page.locator(".leaflet-popup").inner_text()
    assert f"{row.geometry.x:.6f}, {row.geometry.y:.6f}" in text
    assert errors == []
    context.close()


def test_values_are_shown_as_the_table_has_them(opened: Open, tmp_path: Path) -> None:
    """A year keeps its digits together, a parcel number too; a small rate is no zero, a blank is missing."""
    columns = {"建成年份": [2024], "宗地号": [420106001], "率": [2e-8], "备注": ["  "], "面积": [1234.5]}
    layer = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([114.3], [30.6]), crs=4326)
    page = opened(save_points_map(layer, tmp_path / "map.html"))
    page.locator(".leaflet-marker-icon").click()
    card = page.locator(".leaflet-popup").inner_text()
    assert [text for text in ("2024", "420106001", "2e-8", "暂无", "1234.5") if text not in card] == []
