"""Tiles of every datum and grid: the right tiles are asked for, and no shifted coordinate is ever read out."""

from __future__ import annotations

import math
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from planner.inputs.coordinates.datums import from_wgs84
from planner.review.map.basemaps import BASEMAPS
from planner.review.map.save import save_map

pytestmark = pytest.mark.browser
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c636060606000000005"
    "0001a5f645400000000049454e44ae426082".replace(" ", "")
)


def shown(chromium: Browser, path: Path, fragment: str, asked: list[str]) -> Page:
    """Open a map whose tiles all come from this test; ``asked`` collects their addresses."""

    def answer(route: Route) -> None:
        if route.request.url.startswith("http"):
            asked.append(route.request.url)
            route.fulfill(body=PIXEL, content_type="image/png")
        else:
            route.continue_()

    page = chromium.new_context(viewport={"width": 1000, "height": 700}).new_page()
    page.route("**/*", answer)
    page.goto(path.as_uri() + fragment)
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    return page


def mercator_tile(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**zoom), int(y * 2**zoom)


@pytest.mark.parametrize("name", ["osm", "tianditu", "amap", "geoq", "baidu"])
def test_click_reads_wgs84_on_every_basemap(
    name: str, chromium: Browser, small_plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The station's card and a click beside it give WGS 84, whatever the tiles' datum; the centre tile is asked for."""
    monkeypatch.setenv("TIANDITU_KEY", "made-up")
    row = small_plan.stations.iloc[0]
    asked: list[str] = []
    fragment = f"#16/{row.geometry.y:.6f}/{row.geometry.x:.6f}/en/"
    page = shown(chromium, save_map(small_plan, tmp_path / "map.html", basemaps=name), fragment, asked)
    page.wait_for_function("document.querySelectorAll('img.leaflet-tile-loaded').length > 3")
    box = page.locator(".folium-map").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*middle)
    card = page.locator(".leaflet-popup").inner_text()
    assert f"{row.geometry.x:.6f}, {row.geometry.y:.6f}" in card
    page.keyboard.press("Escape")
    zoom, lat, lng = page.evaluate("location.hash").removeprefix("#").split("/")[:3]
    assert (float(lat), float(lng)) == pytest.approx((row.geometry.y, row.geometry.x), abs=2e-3)
    if name != "baidu":
        datum = BASEMAPS[name].datum
        lon_shown, lat_shown = from_wgs84([float(lng)], [float(lat)], datum)
        wanted = mercator_tile(float(lon_shown[0]), float(lat_shown[0]), int(float(zoom)))
        numbers = [{int(each) for each in re.findall(r"\d+", url)} for url in asked]
        assert any(set(wanted) <= each for each in numbers)
    page.context.close()


def test_baidu_tiles_are_those_of_its_own_grid(chromium: Browser, small_plan: Any, tmp_path: Path) -> None:
    """Tian'anmen, (116.404, 39.915) in BD-09, lies at (12958175, 4825924) of Baidu's metres; its tile is asked for."""
    lng, lat = 116.391344, 39.907334  # WGS 84 of that BD-09 place
    asked: list[str] = []
    page = shown(chromium, save_map(small_plan, tmp_path / "map.html", basemaps="baidu"), f"#18/{lat}/{lng}/en/", asked)
    page.wait_for_function("document.querySelectorAll('img.leaflet-tile-loaded').length > 3")
    tiles = [tuple(map(int, re.search(r"x=(-?\d+)&y=(-?\d+)&z=18", url).groups())) for url in asked]  # type: ignore[union-attr]
    assert (12958175 // 256, 4825924 // 256) in tiles
    page.context.close()


@pytest.mark.case(68, "zoom to 20 on each basemap", "tiles of the last zoom that has any are enlarged; nothing grey")
@pytest.mark.parametrize("name", ["osm", "amap", "geoq", "baidu"])
def test_no_tile_is_asked_for_beyond_the_last_zoom(
    name: str, chromium: Browser, small_plan: Any, tmp_path: Path
) -> None:
    """At zoom 20 every tile asked for has the entry's last zoom, and tiles fill the view."""
    row = small_plan.stations.iloc[0]
    asked: list[str] = []
    fragment = f"#20/{row.geometry.y:.6f}/{row.geometry.x:.6f}/en/"
    page = shown(chromium, save_map(small_plan, tmp_path / "map.html", basemaps=name), fragment, asked)
    page.wait_for_selector("img.leaflet-tile-loaded")
    last = BASEMAPS[name].max_native_zoom
    assert asked
    assert all(last in [int(each) for each in re.findall(r"(?<![.\d])\d+", url)] for url in asked)
    page.context.close()


def test_an_mbtiles_file_is_unpacked_beside_the_map(chromium: Browser, small_plan: Any, tmp_path: Path) -> None:
    """Rows counted from the south become rows from the north; the page reads them from the folder beside it."""
    lon, lat = small_plan.stations.geometry.iloc[0].coords[0]
    x, y = mercator_tile(lon, lat, 14)
    source = tmp_path / "区.mbtiles"
    with sqlite3.connect(source) as database:
        database.execute("CREATE TABLE metadata (name text, value text)")
        database.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        database.execute("INSERT INTO metadata VALUES ('attribution', '<b>测绘院</b>')")
        database.execute("INSERT INTO tiles VALUES (14, ?, ?, ?)", (x, 2**14 - 1 - y, PIXEL))
    database.close()
    path = save_map(small_plan, tmp_path / "maps" / "map.html", basemaps=str(source))
    assert (tmp_path / "maps" / "区-tiles" / "14" / str(x) / f"{y}.png").is_file()
    page = shown(chromium, path, f"#16/{lat:.6f}/{lon:.6f}/en/", [])
    page.wait_for_selector("img.leaflet-tile-loaded", state="attached")
    assert page.locator(".credit").inner_text() != ""
    page.context.close()
