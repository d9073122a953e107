"""One language at a time: after the switch no sentence of the other language is left, in any tab or card."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from planner.review.map.save import save_map
from planner.rule_settings import Phase

pytestmark = pytest.mark.browser
Open = Callable[..., Page]

REASONS = (
    "in no centre",
    "inside the exclusion 7",
    "floor area 9 m² is less than 12 m²; 129 m from the nearest street open to truck (limit 80 m)",
    "the centre has 6 better candidates",
)
NOT_WORDS = re.compile(
    r"WGS 84|Leaflet [\d.]+|BSD-\d|folium|ODbL|streets\.osm|English|testtown-\w+|\bID\b|\b[A-Z]+\d+\b|\bN\b|\b(?:km|m|s|km²|m²)\b"
)


@pytest.fixture(scope="module")
def two_languages(plan_maker: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map whose data is named in figures, with phases, services, reasons of every kind and another plan."""
    plan = plan_maker(names=[str(each) for each in range(101, 131)])
    refused = plan.candidates["status"] == "excluded"
    plan.candidates.loc[refused, "reasons"] = np.resize(REASONS, refused.sum())
    plan.links["reason"] = np.where(plan.links["station"] == "", "no chosen station within 7 min", "")
    types = [kind.model_copy(update={"services": ("41", "42")}) for kind in plan.scenario.types]
    phases = (Phase.model_validate({"name": "1"}), Phase.model_validate({"name": "2"}))
    plan.scenario = plan.scenario.model_copy(update={"types": tuple(types), "phases": phases})
    plan.stations = plan.stations.assign(phase=np.resize(["1", "2"], len(plan.stations)))
    other = plan_maker(names=[str(each) for each in range(101, 131)], seed=2)
    return save_map(plan, tmp_path_factory.mktemp("languages") / "map.html", other=other)


def everything(page: Page) -> Iterator[tuple[str, str]]:
    """Where a text stands, and the text: panel tab by tab, lists kind by kind, legend, cards, tools."""
    for tab in range(page.locator(".tab").count()):
        page.locator(".tab").nth(tab).click()
        yield f"tab {tab}", page.locator("aside").inner_text()
        yield (
            f"tab {tab}, names of controls",
            page.evaluate(
                "[...document.querySelectorAll('[aria-label],[title],[placeholder]')].map(e => [e.getAttribute('aria-label'),"
                "e.title, e.placeholder].join(' ')).join('\\n')"
            ),
        )
    yield "legend", page.locator(".legend").inner_text()
    page.locator(".tab").nth(1).click()
    for kind in range(page.locator("button.kind").count()):
        page.locator("button.kind").nth(kind).click()
        yield f"list {kind}", page.locator(".panel-body").inner_text()
        for item in range(page.locator(".list .item").count()):
            page.locator(".list .item").nth(item).click()
            yield f"card {kind}/{item}", page.locator(".leaflet-popup").last.inner_text()
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.keyboard.press("Escape")
    page.mouse.click(box["x"] + 90, box["y"] + box["height"] - 160)
    yield "card of a place", page.locator(".leaflet-popup").last.inner_text()


def test_in_chinese_no_english_is_left(opened: Open, two_languages: Path) -> None:
    """Only units, ids, licences and the names of software and data are in Latin letters."""
    page = opened(two_languages)
    left = {where: found for where, text in everything(page) if (found := re.findall(r"[A-Za-z]{2,}", bare(text)))}
    assert left == {}


def test_in_english_no_chinese_is_left(opened: Open, two_languages: Path) -> None:
    """After the switch no Chinese character is left but the button that leads back."""
    page = opened(two_languages)
    page.locator(".language").click()
    pattern = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+"
    left = {
        where: found for where, text in everything(page) if (found := re.findall(pattern, text.replace("中文", "")))
    }
    assert left == {}


def bare(text: str) -> str:
    return NOT_WORDS.sub("", text)


def test_phases_are_numbered_filtered_and_told(opened: Open, two_languages: Path) -> None:
    """Each station wears its phase; a phase switched off pales its stations; the card names phase and services."""
    page = opened(two_languages)
    stations, second = page.locator(".station").count(), page.locator(".phase").count()
    assert second == stations
    page.locator(".legend label", has_text="第 2 批：2").locator("input").click()
    assert page.locator(".station.pale").count() == stations // 2
    assert page.locator(".phase").count() == stations - stations // 2
    page.locator(".tab").nth(1).click()
    page.locator(".list .item").first.click()
    card = page.locator(".leaflet-popup").last.inner_text()
    assert "41、42" in card
    assert re.search("第 [12] 批", card)
