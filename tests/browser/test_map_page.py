"""The plan's map in a real browser, network off: every answer equals the tables."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Page

import planner
from planner.locate.network.problem import covered_shares
from planner.review.map.save import save_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def map_file(small_plan: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_map(small_plan, tmp_path_factory.mktemp("map") / "map.html")


def at(row: Any) -> str:
    """The fragment that puts a place in the middle of the map, close up."""
    return f"#18/{row.geometry.y:.6f}/{row.geometry.x:.6f}/en/"


def click_middle(page: Page) -> str:
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    return page.locator(".leaflet-popup").last.inner_text()


def station(page: Page, name: str) -> Any:
    return page.locator(f'.station[aria-label="{name}"]')


def legend(page: Page) -> dict[str, str]:
    rows = page.locator(".legend li")
    return {row.locator(".name").inner_text(): row.locator(".count").inner_text() for row in rows.all()}


def people(value: float) -> str:
    return f"{f'{value:,.1f}'.removesuffix('.0')} people"


def figures(text: str) -> list[float]:
    return [float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*\.?\d*", text)]


def test_legend_counts_equal_the_tables(opened: Open, map_file: Path, small_plan: Any) -> None:
    """Stations by type, lounges by kind, people by group, people not covered, candidates: all as in the tables."""
    page = opened(map_file)
    counts = legend(page)
    for kind in small_plan.scenario.types:
        assert counts[kind.name] == str((small_plan.stations["type"] == kind.id).sum())
    demand = small_plan.demand
    for group in small_plan.scenario.groups:
        assert figures(counts[group.name]) == [demand.loc[demand["group"] == group.id, "weight"].sum()]
    lacking = (demand["weight"] * (1 - demand["covered"])).sum()
    assert figures(counts["未覆盖人群"])[0] == pytest.approx(lacking, abs=0.05)
    linked = (small_plan.links["station"] != "").sum()
    assert counts["联动线"] == f"{linked} / {len(small_plan.lounges)}"
    refused = (small_plan.candidates["status"] == "excluded").sum()
    assert counts["不可建地点"] == str(refused)
    assert counts["未选候选点"] == str(len(small_plan.candidates) - refused - len(small_plan.stations))
    assert page.locator(".station").count() == len(small_plan.stations)
    assert page.locator(".lounge").count() == len(small_plan.lounges)


def test_click_on_each_kind_of_thing_answers_from_the_tables(opened: Open, map_file: Path, small_plan: Any) -> None:
    """Station, lounge, candidate and demand cards carry their rows' values."""
    row = small_plan.stations.iloc[0]
    page = opened(map_file, fragment=at(row))
    station(page, row["name"]).click()
    text = page.locator(".leaflet-popup").inner_text()
    assert row["name"] in text
    assert f"only it covers {people(row['people_added'])}; it runs {row['lounges']} lounges" in text
    assert f"{row['people_alone']:,.1f}".removesuffix(".0") in text
    assert f"Lounges it runs ({row['lounges']})" in text
    lounge = small_plan.lounges.iloc[0]
    link = small_plan.links.loc[lounge.name]
    page = opened(map_file, fragment=at(lounge))
    page.locator(f'.lounge[aria-label="{lounge["name"]}"]').click()
    text = page.locator(".leaflet-popup").inner_text()
    expected = small_plan.stations.loc[link["station"], "name"] if link["station"] else link["reason"]
    assert expected in text


def test_click_on_candidate_and_demand(opened: Open, map_file: Path, small_plan: Any) -> None:
    """What is drawn on canvas answers too: a candidate says its status, a demand point its share and travel."""
    free = small_plan.candidates[~small_plan.candidates["chosen"] & (small_plan.candidates["status"] == "optional")]
    page = opened(map_file, fragment=at(free.iloc[0]))
    text = click_middle(page)
    assert free.iloc[0]["name"] in text
    assert free.index[0] in text
    others = (small_plan.candidates, small_plan.lounges)
    points = np.concatenate([shapely.get_coordinates(table.geometry) for table in others])
    places = shapely.get_coordinates(small_plan.demand.geometry)
    apart = np.abs(places[:, None] - points[None]).max(axis=2).min(axis=1) > 4e-4
    row = small_plan.demand[apart & (small_plan.demand["station"] != "").to_numpy()].iloc[0]
    page = opened(map_file, fragment=at(row))
    text = click_middle(page)
    assert row["name"] in text
    assert f"{row['impedance'] / 60:.1f}".removesuffix(".0") in text
    assert small_plan.stations.loc[row["station"], "name"] in text


@pytest.mark.case(67, "coverage polygons switched off and on twice", "stations stay above them and still answer")
def test_switching_layers_never_buries_stations(opened: Open, map_file: Path, small_plan: Any) -> None:
    """After each layer went off and on twice, a click at a station's pixel opens the station."""
    row = small_plan.stations.iloc[0]
    page = opened(map_file, fragment=at(row))
    boxes = page.locator(".legend input[type=checkbox]")
    for _ in range(4):
        for box in boxes.all():
            box.click()
    assert row["name"] in click_middle(page)
    heights = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.leaflet-pane')]"
        ".map(p => [p.className, +getComputedStyle(p).zIndex]))"
    )
    height = {name.split(" leaflet-")[1].removesuffix("-pane"): z for name, z in heights.items() if "planner" in name}
    assert height["planner-stations"] == max(height.values())
    assert height["planner-coverage"] < height["planner-demand"] < height["planner-candidates"]


def test_search_by_name_initials_and_id(opened: Open, map_file: Path, small_plan: Any) -> None:
    """Chinese names, pinyin initials and ids find the thing; Enter opens it."""
    row = small_plan.stations.iloc[0]
    for query in (row["name"], "hxd", small_plan.stations.index[0]):
        page = opened(map_file)
        page.locator(".search").fill(query)
        assert page.locator(".results li").count() > 0
        page.locator(".search").press("Enter")
        assert page.locator(".leaflet-popup").count() == 1


def evaluated(plan: Any, options: list[int]) -> tuple[float, int]:
    """People covered and lounges linked by a choice of options, by the model's own code."""
    chosen = np.array(sorted(options), dtype=np.int64)
    lounges = np.unique(plan.problem.link_lounge[np.isin(plan.problem.link_option, chosen)])
    people = plan.tables.demand["weight"].to_numpy()
    return float(people @ covered_shares(plan.problem, chosen, lounges)), len(lounges)


def test_what_if_equals_the_model_to_the_last_person(opened: Open, map_file: Path, small_plan: Any) -> None:
    """Closing each station, then opening a candidate: covered people and linked lounges equal covered_shares."""
    page = opened(map_file, fragment="#13/28.67/121.43/en/")
    page.get_by_role("tab", name="What if").click()
    options, table = list(small_plan.solution.options), small_plan.tables.options
    for option in options[:3]:
        name = small_plan.candidates.loc[table["site"].iloc[option], "name"]
        station(page, name).dispatch_event("click")
        page.get_by_role("button", name="What if this closes").click()
        rest = [each for each in options if each != option]
        assert compare(page) == pytest.approx(evaluated(small_plan, rest), abs=0.05)
        page.get_by_role("button", name="Undo").click()
    assert compare(page) == pytest.approx(evaluated(small_plan, options), abs=0.05)
    used = set(table["site"].iloc[options])
    added = next(at for at in range(len(table)) if table["site"].iloc[at] not in used)
    page.locator(".search").fill(table["site"].iloc[added])
    page.locator(".search").press("Enter")
    page.locator(".leaflet-popup .buttons button").first.click()
    assert compare(page) == pytest.approx(evaluated(small_plan, [*options, added]), abs=0.05)


def compare(page: Page) -> tuple[float, float]:
    rows = page.locator(".compare tbody tr")
    cells = {row.locator("th").inner_text(): row.locator("td").nth(1).inner_text() for row in rows.all()}
    return figures(cells["People covered"])[0], figures(cells["lounges linked"])[0]


def test_marks_survive_reload_and_come_back_as_a_file(
    opened: Open, map_file: Path, small_plan: Any, tmp_path: Path
) -> None:
    """Approved and moved marks are kept, exported in the agreed format, removed and read back."""
    first, second = small_plan.stations.iloc[0], small_plan.stations.iloc[1]
    page = opened(map_file, fragment="#13/28.67/121.43/en/")
    mark(page, first["name"], "approved", '好地方 "good" </script>')
    mark(page, second["name"], "moved", "rent")
    page.locator(".folium-map").click(position={"x": 120, "y": 400})
    page.reload()
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    page.get_by_role("tab", name="Marks").click()
    assert page.locator(".mark-item").count() == 2
    with page.expect_download() as download:
        page.get_by_role("button", name="Export marks").click()
    target = tmp_path / "marks.json"
    download.value.save_as(target)
    data = json.loads(target.read_text(encoding="utf-8"))
    assert (data["format"], data["plan"]) == ("planner-marks/1", small_plan.id)
    by_site = {each["site"]: each for each in data["marks"]}
    approved = by_site[small_plan.stations.index[0]]
    assert (approved["verdict"], approved["by"], approved["place"]) == ("approved", "王工", None)
    assert approved["reason"] == '好地方 "good" </script>'
    moved = by_site[small_plan.stations.index[1]]
    assert moved["verdict"] == "moved"
    assert len(moved["place"]) == 2
    decisions = planner.read_decisions(target).set_index("site")
    assert list(decisions.loc[small_plan.stations.index[:2], "verdict"]) == ["approved", "moved"]
    assert decisions.loc[small_plan.stations.index[0], "reason"] == '好地方 "good" </script>'
    place = decisions.loc[small_plan.stations.index[1], ["longitude", "latitude"]]
    assert list(place) == pytest.approx(moved["place"], abs=1e-9)
    for _ in range(2):
        page.get_by_role("button", name="Remove").first.click()
    assert page.locator(".mark-item").count() == 0
    page.locator("input[type=file]").set_input_files(target)
    page.wait_for_selector(".mark-item")
    assert page.locator(".mark-item").count() == 2


def mark(page: Page, name: str, verdict: str, reason: str) -> None:
    station(page, name).dispatch_event("click")
    page.locator(".mark summary").click()
    page.locator(".mark input").fill("王工")
    page.locator(".mark textarea").fill(reason)
    page.locator(f".mark [data-verdict={verdict}]").click()


def test_a_file_that_is_no_marks_file_is_refused_in_words(opened: Open, map_file: Path, tmp_path: Path) -> None:
    """Nothing is read, and the page says what the file should be."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"format": "other"}', encoding="utf-8")
    page = opened(map_file)
    page.get_by_role("tab", name="审批标记").click()
    page.locator("input[type=file]").set_input_files(wrong)
    page.wait_for_selector(".message.shown")
    assert "planner-marks/1" in page.locator(".message").inner_text()


def test_language_can_be_switched(opened: Open, map_file: Path) -> None:
    """Title, tabs and legend change language, and back."""
    page = opened(map_file)
    assert page.locator("h1").inner_text() == "测试区 服务站网络"
    page.locator(".language").click()
    assert page.locator("h1").inner_text() == "Test district: station network"
    assert "Rider home" in legend(page)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator(".language").click()
    assert "骑享家" in legend(page)


def test_permalink_brings_back_view_language_and_layers(opened: Open, map_file: Path) -> None:
    """The address after a change, opened anew, gives the same view with the same layer off."""
    page = opened(map_file, fragment="#15/28.670000/121.430000/en/")
    page.locator(".legend label", has_text="Rider home").locator("input").click()
    fragment = page.evaluate("location.hash")
    again = opened(map_file, fragment=fragment)
    assert not again.locator(".legend label", has_text="Rider home").locator("input").is_checked()
    assert again.evaluate("location.hash").split("/")[:4] == fragment.split("/")[:4]


def test_measure_tool_gives_metres(opened: Open, map_file: Path) -> None:
    """Two clicks give a length; no card opens meanwhile."""
    page = opened(map_file, fragment="#15/28.67/121.43/en/")
    page.get_by_role("button", name="Measure").click()
    for x in (300, 500):
        page.locator(".folium-map").click(position={"x": x, "y": 300})
    # 200 pixels at zoom 15 and 28.67 degrees north: 40,075,016.7 m * cos(lat) / (256 * 2 ** 15) a pixel
    pixel = 40_075_016.7 * np.cos(np.radians(28.67)) / (256 * 2**15)
    text = page.locator(".leaflet-tooltip").last.inner_text()
    assert "km" in text or figures(text)[0] < 1000
    assert figures(text)[0] * (1000 if "km" in text else 1) == pytest.approx(200 * pixel, rel=0.01)
    assert page.locator(".leaflet-popup").count() == 0


def test_packed_data_reads_the_same_without_the_browsers_help(
    opened: Open, plan_maker: Callable[..., Any], tmp_path: Path
) -> None:
    """Where DecompressionStream is missing, our own inflate gives the same legend."""
    path = save_map(plan_maker(points=6000), tmp_path / "packed.html")
    assert 'data-coding="deflate"' in path.read_text(encoding="utf-8")
    native = legend(opened(path))
    assert legend(opened(path, script="delete window.DecompressionStream")) == native


@pytest.mark.parametrize(("paper", "points"), [("A4", (842, 595)), ("A3", (1191, 842))])
def test_prints_on_one_landscape_sheet(
    opened: Open, map_file: Path, tmp_path: Path, paper: str, points: tuple[int, int]
) -> None:
    """The paper chosen, landscape, one page, with title, legend, scale and imprint."""
    page = opened(map_file, script="window.print = () => { window.asked = true; }")
    page.get_by_role("tab", name="名录").click()
    page.get_by_role("button", name=f"打印 {paper} 横幅").click()
    assert page.evaluate("window.asked")
    data = page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", data)
    assert box
    assert [float(each) for each in box.groups()] == pytest.approx(points, abs=2)


def test_texts_from_data_are_only_ever_text(
    opened: Open, plan_maker: Callable[..., Any], hostile_names: list[str], tmp_path: Path
) -> None:
    """Hostile names stand literally in title, legend, lists, search, popups and names; no script runs."""
    plan = plan_maker(names=hostile_names, name=hostile_names[6], notice=hostile_names[7])
    page = opened(save_map(plan, tmp_path / "hostile.html"))
    assert page.title() == f"{hostile_names[6]} 服务站网络"
    assert page.locator("h1").text_content() == f"{hostile_names[6]} 服务站网络"
    assert page.locator(".notice").first.text_content() == hostile_names[7]
    page.get_by_role("tab", name="名录").click()
    for kind in ("驿站", "会客厅", "候选点", "片区"):
        page.locator("button.kind", has_text=kind).click()
        shown = set(page.locator(".list .name").all_text_contents())
        assert shown <= set(hostile_names)
        assert shown
    for at_row, name in enumerate(hostile_names[: len(plan.lounges)]):
        page.locator("button.kind", has_text="会客厅").click()
        page.locator(".list .item").nth(at_row).click()
        heading = page.locator(".leaflet-popup h3").text_content()
        assert heading in hostile_names
        page.locator(".leaflet-popup-close-button").click()
        page.locator(".search").fill(name[:200].replace("\n", " "))
        page.locator(".search").press("Escape")
    assert page.evaluate("document.querySelectorAll('img[src=x], script[src]').length") == 0
    assert page.title() == f"{hostile_names[6]} 服务站网络"


def test_controls_are_named_and_nothing_shifts(opened: Open, map_file: Path) -> None:
    """Every control has a name; the layout does not shift after the first paint."""
    page = opened(
        map_file,
        script="window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => {"
        "window.shift += entry.value})).observe({type: 'layout-shift', buffered: true})",
    )
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, summary, a[href], [role=button]')]
        .filter(e => !(e.getAttribute('aria-label') || e.title || e.textContent.trim() || (e.labels || []).length))
        .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") < 0.02
