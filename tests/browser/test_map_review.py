"""A review on the map: what-if to the last person, its files, hostile texts in every new part, contrast and keyboard."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page

from planner.locate.network.model import link_lounges
from planner.locate.network.problem import covered_shares
from planner.review.map.save import save_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
VIEW = "#14/28.67/121.43/en/"


@pytest.fixture(scope="module")
def map_file(small_plan: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_map(small_plan, tmp_path_factory.mktemp("review") / "map.html")


def close_first(page: Page, name: str) -> None:
    page.locator(f'.station[aria-label="{name}"]').dispatch_event("click")
    page.get_by_role("button", name="What if this closes").click()


def test_what_if_gives_links_and_worst_area_of_the_model(opened: Open, map_file: Path, small_plan: Any) -> None:
    """With a station closed, people by area (the worst one named) and lounges linked are those of the model's code."""
    page = opened(map_file, fragment=VIEW)
    page.get_by_role("tab", name="What if").click()
    row = small_plan.stations.iloc[0]
    close_first(page, row["name"])
    table = small_plan.tables.options
    rest = np.array(
        [each for each in small_plan.solution.options if table["site"].iloc[each] != row.name], dtype=np.int64
    )
    links = link_lounges(small_plan.problem, rest)
    demand = small_plan.tables.demand
    shares = covered_shares(small_plan.problem, rest, np.flatnonzero(links >= 0))
    covered = (demand["weight"] * shares).groupby(demand["area"]).sum()
    share = covered / demand["weight"].groupby(demand["area"]).sum()
    worst = share.idxmin()
    text = page.locator(".panel-body").inner_text()
    assert f"{worst} ({100 * share[worst]:,.1f}".removesuffix(".0") in text
    counts = page.locator(".compare tbody tr", has_text="lounges linked").locator("td").all_inner_texts()
    assert int(counts[1]) == int((links >= 0).sum())


def test_what_if_is_saved_as_marks_and_as_lines_of_a_scenario(
    opened: Open, map_file: Path, small_plan: Any, tmp_path: Path
) -> None:
    """The scenario lines are TOML that requires what stands and excludes what was closed; the mark says rejected."""
    page = opened(map_file, fragment=VIEW)
    page.get_by_role("tab", name="What if").click()
    close_first(page, small_plan.stations["name"].iloc[0])
    with page.expect_download() as download:
        page.locator(".panel-body .buttons button").nth(2).click()
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    lines = tomllib.loads(target.read_text(encoding="utf-8"))
    sites = list(small_plan.stations.index)
    assert (sorted(lines["required"]), lines["excluded"]) == (sorted(sites[1:]), sites[:1])
    page.locator(".panel-body .buttons button").nth(1).click()
    assert page.locator(".mark-item .badge.rejected").count() == 1


def test_hostile_texts_stay_texts_in_cards_comparison_and_decisions(
    opened: Open, plan_maker: Callable[..., Any], hostile_names: list[str], tmp_path: Path
) -> None:
    """Every card, the list of changes, tooltips of decisions and the layer names show the names as written."""
    plan = plan_maker(names=hostile_names)
    sites = list(plan.stations.index)
    decisions = pd.DataFrame(
        {
            "site": sites,
            "verdict": "rejected",
            "reason": [hostile_names[k] for k in range(len(sites))],
            "by": hostile_names[7],
        }
    )
    other = type(plan)(**{**vars(plan), "id": hostile_names[4], "stations": plan.stations.iloc[2:]})
    page = opened(save_map(plan, tmp_path / "map.html", other=other, decisions=decisions), fragment=VIEW)
    title = page.title()
    page.get_by_role("tab", name="Compare").click()
    shown = set(page.locator(".panel-body .compact li").all_text_contents())
    assert shown
    assert shown <= set(hostile_names)
    for at in range(page.locator(".decision").count()):
        page.locator(".decision").nth(at).dispatch_event("mouseover")
        assert hostile_names[7] in (page.locator(".leaflet-tooltip").last.text_content() or "")
        page.locator(".decision").nth(at).dispatch_event("mouseout")
    page.get_by_role("tab", name="List").click()
    for kind in range(4):
        page.locator("button.kind").nth(kind).click()
        for at in range(2):
            page.locator(".list .item").nth(at).click()
            assert page.locator(".leaflet-popup h3").last.text_content() in hostile_names
    page.locator(".folium-map").click(position={"x": 20, "y": 400})
    assert page.evaluate("document.querySelectorAll('img[src=x], script[src]').length") == 0
    assert page.title() == title


def test_contrast_of_texts_is_enough(opened: Open, small_plan: Any, tmp_path: Path) -> None:
    """Texts of panel, legend and cards stand out from their ground by at least 4.5 to 1 (WCAG 2.1 AA)."""
    page = opened(save_map(small_plan, tmp_path / "map.html", other=small_plan), fragment=VIEW)
    for tab in page.locator("[role=tab]").all_inner_texts():
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate(CONTRAST) == []
    for query in (small_plan.stations.index[0], small_plan.lounges.index[0], small_plan.district.areas["name"].iloc[0]):
        page.locator(".search").fill(query)
        page.locator(".search").press("Enter")
        page.locator(".leaflet-popup").wait_for()
        assert page.evaluate(CONTRAST) == []


def test_all_can_be_done_from_the_keyboard(opened: Open, map_file: Path, small_plan: Any) -> None:
    """Tab reaches search, tabs, tools, stations, legend and zoom; Enter opens a station's card, Escape closes it."""
    page = opened(map_file, fragment=VIEW)
    reached = []
    for _ in range(400):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("[...document.activeElement.classList, document.activeElement.tagName].join(' ')"))
        if "BODY" in reached[-1]:
            break
    for part in (
        "search",
        "tab",
        "tool",
        "station",
        "SUMMARY",
        "leaflet-control-layers-selector",
        "leaflet-control-zoom-in",
    ):
        assert any(part in each.split() for each in reached), part
    page.locator(f'.station[aria-label="{small_plan.stations["name"].iloc[0]}"]').focus()
    page.keyboard.press("Enter")
    assert small_plan.stations["name"].iloc[0] in page.locator(".leaflet-popup").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".leaflet-popup").count() == 0


CONTRAST = """() => {
  const rgba = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
    if (c[3] > 0.9) return c; } return [255, 255, 255, 1]; };
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const faults = [];
  for (const e of document.querySelectorAll('.panel *, .legend *, .leaflet-popup *, .leaflet-tooltip')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || e.closest('svg')) continue;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faults.push(`${e.className} ${e.textContent.slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return faults;
}"""
