"""The map of the demonstration district, as the main job writes it, in a real browser with the network off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

import planner

pytestmark = pytest.mark.browser


def test_the_page_counts_what_the_tables_count(
    opened: Callable[..., Page], district_plan: planner.Plan, tmp_path: Path
) -> None:
    """13 stations and 61 lounges by kind; no console error and no request (the fixture watches)."""
    page = opened(planner.save_map(district_plan, tmp_path / "jiaojiang.html"))
    counts = {}
    for row in page.locator(".legend li").all_inner_texts():
        parts = [part.strip() for part in re.split(r"\n|\t", row) if part.strip()]
        counts[parts[0]] = parts[-1]
    stations = {kind.name: int(counts[kind.name]) for kind in district_plan.scenario.types}
    assert stations == {"骑享家": 6, "主播红色e站": 4, "货车司机暖驾驿站": 3}
    lounges = sum(int(counts[f"{kind}会客厅"]) for kind in ("社区", "楼宇", "商圈"))
    assert lounges == 61
    linked = int((district_plan.links["station"] != "").sum())
    assert counts["联动线"] == f"{linked} / 61"
    assert "演示数据" in page.locator("body").inner_text()
