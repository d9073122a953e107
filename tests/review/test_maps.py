"""The map file itself, without a browser: self-contained, sealed, and true to the tables."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import InputError, ScenarioError
from planner.inputs.coordinates.datums import from_wgs84
from planner.locate.network.problem import covered_shares
from planner.review.map.basemaps import BASEMAPS, chosen_basemaps, local_tiles
from planner.review.map.covering import covering_sets, unjudged_rules
from planner.review.map.page import PANES, escape_json
from planner.review.map.save import plan_map, save_map, save_points_map
from planner.review.pictures.ground import land_kind, pack_lines

BLOCK = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)
REMOTE = re.compile(r"""(?:src|href)\s*=\s*\\?["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//""", re.IGNORECASE)


@pytest.fixture(scope="module")
def html(small_plan: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = save_map(small_plan, tmp_path_factory.mktemp("map") / "map.html")
    return path.read_text(encoding="utf-8")


def data(html: str, name: str) -> Any:
    attributes, text = next(each for each in BLOCK.findall(html) if f'id="{name}"' in each[0])
    return json.loads(zlib.decompress(base64.b64decode(text)) if "deflate" in attributes else text)


def test_page_is_a_folium_map_without_remote_references(small_plan: Any, html: str) -> None:
    """folium's own class renders it, with Leaflet inside, UTF-8 said, and nothing to fetch."""
    assert isinstance(plan_map(small_plan), folium.Map)
    assert REMOTE.findall(html) == []
    assert '<meta charset="utf-8">' in html
    assert "Leaflet 1.9.3" in html


def test_policy_allows_exactly_the_scripts_and_styles_that_are_there(html: str) -> None:
    """Each inline script's and style's hash stands in the policy; no eval, no inline handler, no network."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    rules = dict(each.strip().split(" ", 1) for each in policy.group(1).split(";"))
    assert (rules["default-src"], rules["connect-src"], rules["img-src"]) == ("'none'", "'none'", "data:")
    assert "unsafe" not in policy.group(1)
    scripts = [text for attributes, text in BLOCK.findall(html) if "type=" not in attributes]
    assert scripts
    for text in scripts:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules["script-src"]
    assert not re.search(r"<[^>]+\son\w+=|<[^>]+\sstyle=", re.sub(BLOCK, "", html))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_every_script_parses(html: str, tmp_path: Path) -> None:
    """node --check accepts each script block."""
    for at, (attributes, text) in enumerate(BLOCK.findall(html)):
        if "type=" not in attributes:
            script = tmp_path / f"{at}.js"
            script.write_text(text, encoding="utf-8")
            subprocess.run(["node", "--check", script], check=True, capture_output=True)


@pytest.mark.parametrize("text", ["</script>", "<!--", "a\u2028b\u2029c", "\ud800", "&lt;", "{{7*7}}"])
def test_json_in_a_script_block_cannot_end_it(text: str) -> None:
    """The block holds no sign that the page's parser reads, and gives the text back."""
    escaped = escape_json({"name": text})
    assert not set("<>&\u2028\u2029") & set(escaped)
    escaped.encode("utf-8")
    assert json.loads(escaped)["name"] == text


def test_texts_of_the_data_stand_in_data_blocks_only(
    plan_maker: Callable[..., Any], hostile_names: list[str], tmp_path: Path
) -> None:
    """Outside the JSON blocks the file is the same whatever the names are."""

    def frame(path: Path) -> str:
        outside = re.sub(r"<script type=.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        return re.sub(r"(map|pane)_[0-9a-f]{32}|'sha256-[^']*'", "", outside)

    plain = save_map(plan_maker(), tmp_path / "plain.html")
    hostile = save_map(plan_maker(names=hostile_names, name=hostile_names[6]), tmp_path / "hostile.html")
    assert frame(plain) == frame(hostile)


def test_panes_rise_from_ground_to_stations(html: str) -> None:
    """Each pane has its fixed height in the file; stations are above all, coverage below demand."""
    heights = dict(re.findall(r'createPane\(\s*"([\w-]+)"\);\s*\w+\.style\.zIndex = (\d+)', html))
    assert {name: int(value) for name, value in heights.items()} == dict(PANES)
    assert max(PANES, key=PANES.__getitem__) == "planner-stations"
    assert PANES["planner-coverage"] < PANES["planner-stations"]


def test_core_counts_equal_the_tables(small_plan: Any, html: str) -> None:
    """People and covered people per group, stations and lounges: as in the plan."""
    core = data(html, "planner-core")
    for group in core["groups"]:
        rows = small_plan.demand[small_plan.demand["group"] == group["id"]]
        assert group["people"] == rows["weight"].sum()
        assert group["covered"] == pytest.approx((rows["weight"] * rows["covered"]).sum(), abs=1e-9)
    assert core["stations"]["id"] == list(small_plan.stations.index)
    assert core["lounges"]["id"] == list(small_plan.lounges.index)
    assert core["solution"]["status"] == small_plan.solution.status


def test_places_are_kept_to_a_millionth_of_a_degree(small_plan: Any, html: str) -> None:
    """Whole micro-degrees give each demand point back within half a micro-degree."""
    demand = data(html, "planner-bulk")["demand"]
    kept = np.column_stack([demand["x"], demand["y"]]) / 1e6
    assert np.abs(kept - shapely.get_coordinates(small_plan.demand.geometry)).max() <= 5.1e-7


@pytest.mark.parametrize("seed", range(4))
def test_covering_sets_give_the_same_people_as_the_model(plan_maker: Callable[..., Any], seed: int) -> None:
    """For random choices of options, shares recomputed from the sets equal covered_shares point by point."""
    plan = plan_maker(seed=seed + 10)
    covering = covering_sets(plan)
    random = np.random.default_rng(seed)
    types = [kind.id for kind in plan.scenario.types]
    for _ in range(10):
        options = np.sort(random.choice(plan.problem.n_options, 6, replace=False))
        opened: dict[int, set[str]] = {}
        for option in options:
            site = plan.candidates.index.get_loc(plan.tables.options["site"].iloc[option])
            opened.setdefault(site, set()).add(types[plan.problem.option_type[option]])
        linked = [any(site in opened for site in pairs[::2]) for pairs in covering["links"]]
        reached = [shares_of(plan, covering, row, opened, linked) for row in range(len(plan.demand))]
        lounges = np.unique(plan.problem.link_lounge[np.isin(plan.problem.link_option, options)])
        assert reached == pytest.approx(covered_shares(plan.problem, options, lounges))


def shares_of(plan: Any, covering: Any, row: int, opened: dict[int, set[str]], linked: list[bool]) -> float:
    group, steps, count = plan.demand["group"].iloc[row], len(covering["shares"]), len(plan.candidates)
    serving = {kind.id for kind in plan.scenario.types if group in kind.groups}
    best = 0.0
    for entry in covering["sets"][covering["set_of"][row]] if covering["set_of"][row] >= 0 else []:
        place, share = divmod(entry, steps)
        if linked[place - count] if place >= count else opened.get(place, set()) & serving:
            best = max(best, covering["shares"][share])
    return best


def test_rules_that_the_what_if_leaves_aside_are_said(plan_maker: Callable[..., Any]) -> None:
    """None in a plain scenario; capacity, rules on links and rules of the network each by its name."""
    plan = plan_maker()
    assert unjudged_rules(plan) == []
    scenario = plan.scenario
    kinds = (scenario.types[0].model_copy(update={"capacity": 10.0}), *scenario.types[1:])
    links = scenario.links.model_copy(update={"at_most": 4})
    rules = scenario.rules.model_copy(update={"budget": 1.0})
    plan.scenario = scenario.model_copy(update={"types": kinds, "links": links, "rules": rules})
    assert unjudged_rules(plan) == ["capacity", "links", "network"]


def test_streets_are_joined_between_crossings_and_kept_there() -> None:
    """Two edges that meet alone become one line; ends have rank 0; steps add up to the places."""
    lines = shapely.linestrings([[(0, 0), (1e-3, 0)], [(1e-3, 0), (2e-3, 1e-6)], [(2e-3, 1e-6), (2e-3, 1e-3)]])
    packed = pack_lines(np.array(lines), np.array([1, 1, 1]))
    assert len(packed["size"]) == 1
    assert packed["rank"][0] == packed["rank"][-1] == "0"
    x, y = np.cumsum(packed["dx"]), np.cumsum(packed["dy"])
    ends = {(x[0], y[0]), (x[-1], y[-1])}
    assert ends == {(0, 0), (2000, 1000)}


def test_land_is_told_by_its_category_before_its_name() -> None:
    """A protected zone of a river is restricted land, not water."""
    assert land_kind("水域", "椒江水域") == "water"
    assert land_kind("管控红线", "饮用水源保护区") == "restricted"
    assert land_kind(None, "人民公园") == "green"


def test_map_is_written_whole_or_not_at_all(small_plan: Any, tmp_path: Path) -> None:
    """A failing write leaves the earlier file as it was and no unfinished one beside it."""
    path = save_map(small_plan, tmp_path / "测试 目录" / "map.html")
    before = path.read_bytes()
    page = plan_map(small_plan)
    page.add_child(folium.Element("{{ nothing.at.all }}"))
    with pytest.raises(Exception, match="nothing"):
        page.write(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["map.html"]


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_shift_in_the_page_equals_the_planners_own(datum: str, tmp_path: Path) -> None:
    """The page's formulas, run by node, equal planner.inputs.coordinates.datums to a micrometre; picture and back is the identity."""
    if shutil.which("node") is None:
        pytest.skip("node is not here")
    web = Path(__file__).parents[2] / "planner/review/web"
    source = (web / "datums.js").read_text(encoding="utf-8")
    formulas = source[: source.index("// Leaflet's reference system")]
    unit = re.search(r"function unitY.*?\n}\n", (web / "data.js").read_text(encoding="utf-8"), re.DOTALL)
    assert unit
    places = [(121.43, 28.67), (114.3, 30.6), (87.6, 43.8), (110.3, 20.0), (126.6, 45.8)]
    name = {"gcj02": "toGcj02", "bd09": "toBd09"}[datum]
    calls = f"{json.dumps(places)}.map(p => [{name}(...p), PICTURES.{datum}.back(...PICTURES.{datum}.forward(...p))])"
    script = tmp_path / "shift.js"
    script.write_text(f"{unit.group()}{formulas}\nconsole.log(JSON.stringify({calls}))", encoding="utf-8")
    found = json.loads(subprocess.run(["node", script], check=True, capture_output=True, text=True).stdout)
    lon, lat = from_wgs84(*zip(*places, strict=True), datum)
    assert np.array([each[0] for each in found]) == pytest.approx(np.column_stack([lon, lat]), abs=1e-11)
    assert np.array([each[1] for each in found]) == pytest.approx(np.array(places), abs=2e-9)


def test_an_unknown_basemap_is_refused_with_the_known_ones(small_plan: Any, tmp_path: Path) -> None:
    """The error names what can be chosen; nothing is written."""
    with pytest.raises(ScenarioError, match="osm, tianditu, amap, baidu, geoq"):
        save_map(small_plan, tmp_path / "map.html", basemaps="googel")
    assert list(tmp_path.iterdir()) == []


def test_only_chosen_hosts_are_allowed(small_plan: Any, tmp_path: Path) -> None:
    """With OpenStreetMap tiles the policy allows pictures from that host alone; a local folder needs none."""
    text = save_map(small_plan, tmp_path / "osm.html", basemaps="osm").read_text(encoding="utf-8")
    assert "img-src data: https://tile.openstreetmap.org;" in text
    entries, hosts, notices = chosen_basemaps(local_tiles("tiles", max_native_zoom=16), {})
    assert (entries[0]["url"], hosts, notices) == ("tiles/{z}/{x}/{y}.png", ("'self'", "file:"), [])
    assert all(entry.max_native_zoom <= 19 for entry in BASEMAPS.values())


def test_points_without_a_place_are_counted_and_the_rest_drawn(tmp_path: Path) -> None:
    """Two of three rows are drawn, and the page says that one is not."""
    points = gpd.GeoDataFrame(
        {"站名": ["a", "b", "c"]}, geometry=[shapely.Point(114, 30), None, shapely.Point(114.1, 30)], crs=4326
    )
    text = save_points_map(points, tmp_path / "points.html").read_text(encoding="utf-8")
    core = data(text, "planner-core")
    assert core["count"] == 2
    assert "1 rows have no place" in core["notices"][0]["en"]
    with pytest.raises(InputError, match="no row has a place"):
        save_points_map(points.iloc[[1]], tmp_path / "none.html")
    with pytest.raises(InputError, match="no column of numbers"):
        save_points_map(points, tmp_path / "weight.html", weight="站名")


def test_long_numbers_keep_their_digits_in_a_browser(tmp_path: Path) -> None:
    """Parcel numbers of 19 digits are text: a browser's numbers would round their last three."""
    places = gpd.points_from_xy([114.3, 114.31], [30.6, 30.6])
    layer = gpd.GeoDataFrame({"宗地号": [4201060010010001234, 7]}, geometry=places, crs=4326)
    bulk = data(save_points_map(layer, tmp_path / "p.html").read_text(encoding="utf-8"), "planner-bulk")
    assert bulk["demand"]["fields"][0]["values"] == ["4201060010010001234", 7]


@pytest.mark.parametrize(("x", "crs"), [(500_000.0, None), (float("inf"), 4326)])
def test_places_that_are_no_degrees_are_refused(tmp_path: Path, x: float, crs: int | None) -> None:
    """Metres without a system, and places at infinity, are no blank map."""
    layer = gpd.GeoDataFrame({"a": [1, 2]}, geometry=gpd.points_from_xy([x, 114.3], [30.5, 30.6]), crs=crs)
    with pytest.raises(InputError, match="Set the system"):
        save_points_map(layer, tmp_path / "p.html")


def test_a_table_that_is_no_layer_is_refused(tmp_path: Path) -> None:
    """A table without places, and places without a table."""
    layer = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([114.3], [30.6]), crs=4326)
    for none in (pd.DataFrame({"a": [1]}), gpd.GeoDataFrame({"a": [1]}), layer.geometry):
        with pytest.raises(InputError, match="no table with a column of places"):
            save_points_map(none, tmp_path / "p.html")


def test_half_a_place_is_none(tmp_path: Path) -> None:
    """A point without a latitude is counted as a row without a place; it was drawn at the end of the world."""
    layer = gpd.GeoDataFrame({"a": [1, 2]}, geometry=gpd.points_from_xy([114.3, 114.31], [30.6, np.nan]), crs=4326)
    core = data(save_points_map(layer, tmp_path / "p.html").read_text(encoding="utf-8"), "planner-core")
    assert core["count"] == 1
    assert core["notices"][0]["en"] == "1 rows have no place and are not shown."


def test_names_that_are_numbers_and_small_values(tmp_path: Path) -> None:
    """Numbers are names as they are; a rate of two in a hundred million is not nothing."""
    columns = {"名称": [7.0, np.nan], "rate": [2e-8, 0.1 + 0.2]}
    layer = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([114.3, 114.31], [30.6, 30.6]), crs=4326)
    bulk = data(save_points_map(layer, tmp_path / "p.html").read_text(encoding="utf-8"), "planner-bulk")["demand"]
    assert [bulk["names"][at] for at in bulk["name"]] == ["7", ""]
    assert bulk["fields"][1]["values"] == [2e-8, 0.3]


def test_a_language_that_the_page_does_not_speak(small_plan: Any, tmp_path: Path) -> None:
    """Refused, with those that it speaks: its words would have been their own keys."""
    with pytest.raises(ScenarioError, match=r"language = 'fr' is not one of zh, en\."):
        save_map(small_plan, tmp_path / "map.html", language="fr")
    assert list(tmp_path.iterdir()) == []
