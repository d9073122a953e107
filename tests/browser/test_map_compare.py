"""Two plans on one map, and decisions as a layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page

from planner.review.map.save import save_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
MISSING = float("nan")


@pytest.fixture(scope="module")
def earlier(small_plan: Any) -> Any:
    """The plan with its first station at another site, and one station fewer."""
    stations, candidates = small_plan.stations, small_plan.candidates
    free = candidates[(candidates["status"] == "optional") & ~candidates.index.isin(stations.index)].iloc[0]
    table = stations.iloc[:-1].copy()
    table.index = pd.Index([free.name, *table.index[1:]], name="site id")
    table.loc[free.name, ["name", "centre"]] = [free["name"], free["centre"]]
    table = table.set_geometry([free.geometry, *stations.geometry.iloc[1:-1]], crs=4326)
    fields = (
        {each.name: getattr(small_plan, each.name) for each in dataclasses.fields(small_plan)}
        if (dataclasses.is_dataclass(small_plan))
        else dict(vars(small_plan))
    )
    return type(small_plan)(**(fields | {"id": "earlier", "stations": table}))


def test_changes_between_two_plans_are_counted_and_listed(
    opened: Open, small_plan: Any, earlier: Any, tmp_path: Path
) -> None:
    """One station dropped, two new ones, the others kept; the figures of both stand side by side; the slider clips."""
    page = opened(save_map(small_plan, tmp_path / "map.html", other=earlier), fragment="#14/28.67/121.43/en/")
    rows = {
        row.locator(".name").inner_text(): row.locator(".count").inner_text()
        for row in page.locator(".legend li").all()
    }
    assert (rows["Dropped"], rows["Added"], rows["Kept"]) == ("1", "2", str(len(small_plan.stations) - 2))
    page.get_by_role("tab", name="Compare").click()
    cells = page.locator(".compare tbody tr").first.locator("td").all_inner_texts()
    assert cells[:2] == [str(len(earlier.stations)), str(len(small_plan.stations))]
    page.get_by_role("button", name="Compare with a slider").click()
    slider = page.get_by_role("slider")
    slider.fill("25")
    clips = page.evaluate(
        "['planner-stations', 'planner-other'].map(n => document.querySelector(`.leaflet-${n}-pane`).style.clip)"
    )
    assert clips[0] != clips[1]
    assert all(clip.startswith("rect(") for clip in clips)
    assert page.locator(".station-other").count() == len(earlier.stations)
    page.get_by_role("button", name="End the slider").click()
    assert page.locator(".station-other").count() == 0


def test_decisions_are_a_layer_of_their_own(
    opened: Open, small_plan: Any, hostile_names: list[str], tmp_path: Path
) -> None:
    """Each decision stands at its site with verdict, person and reason, shown as written."""
    sites = list(small_plan.stations.index[:3])
    reason = hostile_names[6]
    decisions = pd.DataFrame(
        {
            "site": [*sites, "nowhere"],
            "verdict": ["approved", "rejected", "moved", "deferred"],
            "longitude": [MISSING, MISSING, 121.43, MISSING],
            "latitude": [MISSING, MISSING, 28.67, MISSING],
            "reason": reason,
            "by": "王工",
        }
    )
    page = opened(save_map(small_plan, tmp_path / "map.html", decisions=decisions), fragment="#14/28.67/121.43/en/")
    row = page.locator(".legend li", has_text="Decisions")
    assert row.locator(".count").inner_text() == "3"
    page.locator(".decision").nth(1).dispatch_event("mouseover")
    text = page.locator(".leaflet-tooltip").last.text_content()
    assert text is not None
    assert "Reject · 王工" in text
    assert reason in text
