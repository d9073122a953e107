"""Plans at the edge: nothing of a kind, numbers that are none, other hemispheres, odd paths, addresses and stores."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page

from planner.review.map.save import save_map, save_points_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]

# Every tab, some of every list, every layer off and on, the other language; then what should never be read.
VISIT = r"""async () => {
  const pause = () => new Promise(resolve => setTimeout(resolve, 5));
  const all = selector => [...document.querySelectorAll(selector)];
  for (const tab of all('.tab').keys()) {
    all('.tab')[tab].click();
    for (const kind of all('button.kind').keys()) {
      all('button.kind')[kind].click();
      for (const item of all('.list .item').slice(0, 4)) { item.click(); await pause(); }
    }
  }
  for (let twice = 0; twice < 2; twice += 1) all('.legend input').forEach(box => box.click());
  document.querySelector('.language').click();
  await pause();
  return document.body.innerText.match(/NaN|undefined|Infinity|null|\[object/g) || [];
}"""


def without_lounges(plan: Any) -> None:
    plan.lounges, plan.links = plan.lounges.iloc[:0], plan.links.iloc[:0]
    plan.pairs = type(plan.pairs)(plan.pairs.access, plan.pairs.links.iloc[:0], plan.pairs.outreach.iloc[:0])
    plan.demand = plan.demand.assign(lounge="")


def without_stations(plan: Any) -> None:
    plan.stations = plan.stations.iloc[:0]
    plan.links = plan.links.assign(station="", impedance=np.nan, metres=np.nan, reason="no chosen station within 7 min")
    nobody_covered(plan)


def with_one_station(plan: Any) -> None:
    plan.stations = plan.stations.iloc[:1]
    kept = plan.stations.index
    plan.links["station"] = plan.links["station"].where(plan.links["station"].isin(kept), "")
    plan.demand["station"] = plan.demand["station"].where(plan.demand["station"].isin(kept), "")


def nobody_covered(plan: Any) -> None:
    plan.demand = plan.demand.assign(covered=0.0, station="", lounge="", impedance=np.nan)


def without_a_group(plan: Any) -> None:
    plan.demand = plan.demand[plan.demand["group"] != "drivers"]


def without_people(plan: Any) -> None:
    plan.demand = plan.demand.iloc[:0]


def numbers_that_are_none(plan: Any) -> None:
    plan.stations = plan.stations.assign(people_alone=np.inf, people_added=np.nan, area=None, centre_name=None)
    plan.candidates = plan.candidates.assign(floor_area=np.inf, people_alone=np.nan, area=None)
    every_seventh = np.arange(len(plan.demand)) % 7 == 0
    plan.demand["weight"] = plan.demand["weight"].mask(every_seventh)


def kinds_of_its_own(plan: Any) -> None:
    plan.lounges["kind"] = np.resize(["constructor", "职工之家", "__proto__", ""], len(plan.lounges))


EDGES = [
    without_lounges,
    without_stations,
    with_one_station,
    nobody_covered,
    without_a_group,
    without_people,
    numbers_that_are_none,
    kinds_of_its_own,
]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.__name__)
def test_the_page_stays_whole_at_the_edge(
    opened: Open, plan_maker: Callable[..., Any], edge: Callable[[Any], None], tmp_path: Path
) -> None:
    """All tabs, lists, cards and layers work, and no empty number or unnamed word is ever shown."""
    plan = plan_maker()
    edge(plan)
    page = opened(save_map(plan, tmp_path / "map.html"))
    assert page.evaluate(VISIT) == []
    assert re.findall(r"\b(?:lounge|centre|status|solution)_\w*", page.locator("body").inner_text()) == []


@pytest.mark.parametrize("centre", [(-70.66, -33.45), (179.99, -17.0), (20.0, 78.2), (0.0, 0.0)])
def test_other_parts_of_the_world(
    opened: Open, made_plan: Any, centre: tuple[float, float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """South, west, far north, at the origin and beside the antimeridian the stations stand in the middle of the map."""
    monkeypatch.setattr(made_plan, "CENTRE", centre)
    page = opened(save_map(made_plan.make_plan(), tmp_path / "map.html"))
    assert page.evaluate(VISIT) == []
    lat, lng = (float(each) for each in page.evaluate("location.hash").split("/")[1:3])
    assert (lng, lat) == pytest.approx(centre, abs=0.2)


@pytest.mark.parametrize("fragment", ["#30/95/500/xx/%zz", "#1e9/0/0/en/", "#-5/10/10/zh/a,b", "#//", "#12/NaN/1/en/"])
def test_an_address_with_impossible_values_opens_a_map_all_the_same(
    opened: Open, small_plan: Any, tmp_path: Path, fragment: str
) -> None:
    """The view is one that exists, between the least and the closest zoom."""
    page = opened(save_map(small_plan, tmp_path / "map.html"), fragment=fragment)
    page.locator(".legend input").first.click()
    zoom, lat, lng = (float(each) for each in page.evaluate("location.hash").strip("#").split("/")[:3])
    assert 3 <= zoom <= 20
    assert abs(lat) <= 90
    assert abs(lng) <= 180


def test_any_folder_and_file_name(opened: Open, small_plan: Any, tmp_path: Path) -> None:
    """Blanks, Chinese, #, %, ? and & in the path: the page opens and its address still names the view."""
    folder = tmp_path / "区 划#1 100%"
    folder.mkdir()
    page = opened(save_map(small_plan, folder / "地图 a&b?x;'\".html"))
    page.locator(".legend input").first.click()
    assert page.evaluate("location.hash").count("/") == 4


STORES = {
    "unavailable": "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})",
    "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    "spoilt": "localStorage.setItem('planner-marks/testtown-0123456789', '{\"format\": ')",
    "of another kind": "localStorage.setItem('planner-marks/testtown-0123456789', '[1, null]')",
    "of another plan": "localStorage.setItem('planner-marks/testtown-0123456789', JSON.stringify({format: 'planner-marks/1',"
    "plan: 'x', marks: [{site: 'nowhere', verdict: 'approved'}, null, 7, {site: '__proto__', verdict: 'moved'}]}))",
}


@pytest.mark.parametrize("store", STORES)
def test_marks_work_whatever_the_browsers_store_holds(
    opened: Open, small_plan: Any, tmp_path: Path, store: str
) -> None:
    """A mark can be given and exported; where it cannot be kept, the page says so."""
    page = opened(save_map(small_plan, tmp_path / "map.html"), fragment="#14/28.67/121.43/en/", script=STORES[store])
    page.locator(".search").fill(small_plan.stations.index[0])
    page.locator(".search").press("Enter")
    page.locator(".mark summary").click()
    page.locator(".mark [data-verdict=approved]").click()
    page.get_by_role("tab", name="Marks").click()
    assert page.locator(".mark-item").count() == 1
    assert page.get_by_role("button", name="Export marks").is_visible()
    assert page.locator(".notice").count() == (store in {"unavailable", "full"})


def test_points_of_any_values_in_any_place(opened: Open, tmp_path: Path) -> None:
    """Missing, endless and negative numbers, dates, lists and the ends of the world."""
    columns = {
        "人口": [np.nan, np.inf, -5.0],
        "日期": pd.to_datetime(["2024-03-01", None, "1999-12-31"]),
        "杂项": [{"a": 1}, [1, 2], None],
        "日": [datetime.date(2024, 3, 1), pd.NaT, None],
    }
    places = gpd.points_from_xy([179.9, -179.9, 0.0], [84.0, -84.0, 0.0])
    page = opened(save_points_map(gpd.GeoDataFrame(columns, geometry=places, crs=4326), tmp_path / "points.html"))
    assert page.evaluate(VISIT) == []
