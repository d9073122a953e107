"""The map in Firefox, network off: it draws, answers, searches, recomputes and switches its language."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.review.map.save import save_map
from tests.browser.marionette import Firefox

pytestmark = pytest.mark.browser
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """A running Firefox."""
    if FIREFOX is None:
        pytest.skip("no Firefox here: apt-get install firefox-esr")
    browser = Firefox(FIREFOX, tmp_path_factory.mktemp("firefox"))
    browser.resize(1366, 800)
    yield browser
    browser.close()


def opened(firefox: Firefox, path: Path, fragment: str = "") -> None:
    firefox.open("about:blank")
    firefox.open(path.as_uri() + fragment)
    firefox.wait_for("document.documentElement.dataset.ready === 'yes'")


def test_the_map_answers_in_firefox(firefox: Firefox, small_plan: Any, tmp_path: Path) -> None:
    """Counts of the legend, a station's card, the search, the what-if and the language are those of Chromium's tests."""
    opened(firefox, save_map(small_plan, tmp_path / "地图 1.html"))
    assert firefox.run("return document.title") == "测试区 服务站网络"
    assert firefox.run("return document.querySelectorAll('.station').length") == len(small_plan.stations)
    counts = firefox.run(
        "return Object.fromEntries([...document.querySelectorAll('.legend li')].map(row => "
        "[row.querySelector('.name').textContent, row.querySelector('.count').textContent]))"
    )
    for kind in small_plan.scenario.types:
        assert counts[kind.name] == str((small_plan.stations["type"] == kind.id).sum())
    row = small_plan.stations.iloc[0]
    firefox.run(
        f"const box = document.querySelector('.search'); box.value = {json.dumps(small_plan.stations.index[0])};"
        "box.dispatchEvent(new Event('input'));"
        "box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}));"
    )
    firefox.wait_for("document.querySelector('.leaflet-popup h3')")
    assert firefox.run("return document.querySelector('.leaflet-popup h3').textContent") == row["name"]
    firefox.run("document.querySelector('.leaflet-popup .buttons button').click()")
    firefox.wait_for("document.querySelectorAll('.station.closed').length === 1")
    firefox.run("document.querySelector('.language').click()")
    assert firefox.run("return document.documentElement.lang") == "en"
    painted = firefox.run(
        "return [...document.querySelectorAll('canvas')].filter(c => c.width && c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.some(Boolean)).length"
    )
    assert painted >= 2


def test_hostile_names_stay_text_in_firefox(
    firefox: Firefox, plan_maker: Callable[..., Any], hostile_names: list[str], tmp_path: Path
) -> None:
    """The title is as it was written, and nothing was run or loaded."""
    plan = plan_maker(names=hostile_names, name=hostile_names[6])
    opened(firefox, save_map(plan, tmp_path / "hostile.html"))
    assert firefox.run("return document.querySelector('h1').textContent") == f"{hostile_names[6]} 服务站网络"
    assert firefox.run("return document.querySelectorAll('img[src=x], script[src]').length") == 0
    assert firefox.run("return document.title") == f"{hostile_names[6]} 服务站网络"
