"""Candidate sites: screened by stated tests, refused with reasons, never merged silently."""

from __future__ import annotations

import difflib
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from planner.candidates import find_candidates, same_places
from planner.candidates.duplicates import same_names
from planner.candidates.gather import grid_points
from planner.candidates.streets import street_distances, usable
from planner.candidates.words import said_no, said_open_24h
from planner.centres import find_centres
from planner.errors import ScenarioError
from planner.inputs.points import read_points
from planner.inputs.roads.read import read_roads
from planner.rules import read_rules, with_rule_pack
from planner.schema import TABLES

CENTRE = (121.41, 28.61, 121.412, 28.612)


def one_centre(made: ModuleType) -> gpd.GeoDataFrame:
    """A centre of about 200 m in a district."""
    return made.polygons(id=["Z"], boxes=[CENTRE]).assign(kind="business_district", area="东湖社区")


def rooms(made: ModuleType, **columns: object) -> gpd.GeoDataFrame:
    """Rooms in the centre, one per id."""
    count = len(columns["id"])  # type: ignore[arg-type]
    place = {"lon": [121.4102 + 0.0004 * n for n in range(count)], "lat": [28.611] * count}
    return made.points(**(place | columns))


def screened(made: ModuleType, scenario: object = None, **layers: object) -> tuple[gpd.GeoDataFrame, object]:
    """The candidates of a district with one centre and no POIs."""
    district = made.district(1, **{name: layer for name, layer in layers.items() if name != "pois"})
    district.pois = layers.get("pois", district.pois[:0])
    return find_candidates(scenario or made.scenario(), district, one_centre(made))  # type: ignore[return-value]


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_nothing_depends_on_the_order_of_rows(made: ModuleType, seed: int) -> None:
    """Any order of POIs, rooms, exclusions and centres gives the same table."""
    district = made.district(
        rooms=rooms(made, id=["R1", "R2"], floor_area=[50, 8]),
        exclusions=made.polygons(id=["E"], boxes=[(121.42, 28.62, 121.425, 28.625)], name=["湖"]),
    )
    centres, _ = find_centres(made.scenario(), district)
    first, _ = find_candidates(made.scenario(), district, centres)
    other = made.shuffled(district, seed)
    second, _ = find_candidates(made.scenario(), other, centres.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))


def test_the_table_has_the_columns_of_the_schema(made: ModuleType) -> None:
    """Required columns, unique ids; whatever is excluded has a reason, whatever is optional has none."""
    district = made.district()
    centres, _ = find_centres(made.scenario(), district)
    sites, _ = find_candidates(made.scenario(), district, centres)
    table = next(table for table in TABLES if table.name == "candidates")
    assert {column.name for column in table.columns} <= set(sites.columns)
    assert sites.index.is_unique
    assert ((sites["status"] == "excluded") == (sites["reasons"] != "")).all()
    optional = sites[sites["status"] == "optional"]
    assert optional.groupby("centre").size().max() <= made.scenario().candidates.per_centre
    assert set(";".join(optional["types"]).split(";")) == {"r", "s", "t"}
    assert set(optional["centre"]) <= set(centres.index)


@pytest.mark.case(61, "one station listed three times, and two of one name 700 m apart", "3 places; the rest is told")
def test_one_place_listed_three_times(cases: Path) -> None:
    """S1, S2 and S3 are proposed as one, S4 and S5 stay two; the repeats name the one that is kept and the metres."""
    layer, _ = read_points(cases / "61_duplicate_stations" / "stations_dup.csv")
    at = layer.to_crs(32650).get_coordinates()
    found = same_places(pd.DataFrame({"name": layer["name"], "x": at["x"], "y": at["y"]}, index=layer.index), 15.0)
    assert found["kept"].to_dict() == {"S2": "S1", "S3": "S1"}
    assert found.loc["S2", "metres"] == pytest.approx(10.8, abs=0.1)
    assert found.loc["S3", "metres"] == 0.0


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("万达广场", "万达广场(椒江店)", True),
        ("ＡＢＣ中心", "abc中心", True),
        ("", "任何地方", True),
        ("中心广场商铺1号", "中心广场商铺2号", False),
        ("东门驿站", "西门驿站", False),
        ("第三医院", "第四医院", False),
        ("老王修车", "浙商银行", False),
    ],
)
def test_names_of_one_place(first: str, second: str, same: bool) -> None:
    """Spellings of one name are alike; numbers and compass words tell neighbours apart."""
    assert same_names(first, second) == same


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_repeats_are_those_of_looking_at_every_pair(data: st.DataObject) -> None:
    """The kept places and the repeats are those found by holding each place against each kept one before it."""
    names = st.sampled_from(
        ["", "(停业)", "站", "驿站", "一号驿站", "1号驿站", "1号站", "东门驿站", "银行", "银行驿站", "b"]
    )
    rows = data.draw(st.lists(st.tuples(names, st.integers(-4, 4), st.integers(-4, 4)), max_size=40))
    within = data.draw(st.sampled_from([0.0, 3.0, 5.0, 15.0]))
    step = data.draw(st.sampled_from([0.5, 1.0, 3.0]))
    ids = [f"p{n}" for n in range(len(rows))]
    places = pd.DataFrame(
        {"name": [r[0] for r in rows], "x": [step * r[1] for r in rows], "y": [step * r[2] for r in rows]}, index=ids
    )
    kept: list[int] = []
    expected = {}
    for n, (name, x, y) in enumerate(rows):
        near = (k for k in kept if np.hypot(x - rows[k][1], y - rows[k][2]) * step <= within * (1 + 1e-12))
        first = next((k for k in near if same_names(rows[k][0], name)), None)
        if first is None:
            kept.append(n)
        else:
            expected[ids[n]] = ids[first]
    assert same_places(places, within)["kept"].to_dict() == expected


def test_spellings_that_share_letters_are_compared_in_full() -> None:
    """The quick look at shared letters refuses no pair that difflib finds alike, whatever bits letters share."""
    letters = np.array(list("驿站便民服务中心老王修车茶馆abcdef"))
    made = np.random.default_rng(7)
    for _ in range(3000):
        a, b = ("".join(made.choice(letters, made.integers(1, 9))) for _ in range(2))
        alike = a in b or b in a or difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= 0.6
        assert same_names(a, b) == alike, (a, b)


def test_repeats_do_not_chain() -> None:
    """Of a row of stations 10 m apart only those near a kept one are repeats."""
    places = pd.DataFrame({"name": "站", "x": [0.0, 10.0, 20.0, 30.0], "y": 0.0}, index=list("abcd"))
    assert same_places(places, 15.0)["kept"].to_dict() == {"b": "a", "d": "c"}


def test_a_room_and_a_poi_of_one_place_are_told(made: ModuleType) -> None:
    """The room is kept, the POI is excluded with its reason, both stay in the table."""
    pois = made.points(id=["P"], lon=[121.41021], lat=[28.611], name=["万达广场"], category="060101")
    sites, report = screened(made, rooms=rooms(made, id=["R"], name=["万达广场（一层）"], floor_area=[30]), pois=pois)
    assert sites.loc["R", "status"] == "optional"
    assert sites.loc["P", "reasons"] == "the same place as R (万达广场（一层）), 1 m away"
    assert report.facts["same places listed again"] == 1  # type: ignore[attr-defined]


def test_each_test_gives_its_reason(made: ModuleType) -> None:
    """Floor area, exclusion, outside every centre and outside the study area are told, all of them at once."""
    offered = made.points(
        id=["good", "small", "lake", "off", "far"],
        lon=[121.4102, 121.4106, 121.4115, 121.43, 121.50],
        lat=[28.611, 28.611, 28.611, 28.63, 28.63],
        name=["甲", "乙", "丙", "丁", "戊"],
        floor_area=[np.nan, 11, 5, 40, 40],
    )
    lake = made.polygons(id=["E"], boxes=[(121.4113, 28.6105, 121.4118, 28.6115)], name=["东湖"], category=["水域"])
    sites, _ = screened(made, rooms=offered, exclusions=lake)
    assert sites["reasons"].to_dict() == {
        "good": "",
        "small": "floor area 11 m² is less than 12 m²",
        "lake": "inside the exclusion 东湖 水域; floor area 5 m² is less than 12 m²",
        "off": "in no centre",
        "far": "outside the study area; in no centre",
    }


def test_types_are_kept_by_floor_area(made: ModuleType) -> None:
    """A room too small for one type may host another; a room offered for a type hosts only that."""
    settings_ = made.scenario().model_dump()
    settings_["types"][2]["min_floor_area"] = "20m2"
    for kind in settings_["types"][:2]:
        kind["min_floor_area"] = "12m2"
    for group in settings_["groups"]:
        group["standards"] = "10min"
    own = type(made.scenario()).model_validate(
        {
            "district": {"id": "x", "name": "某区"},
            "files": [],
            "groups": settings_["groups"],
            "types": settings_["types"],
        }
    )
    sites, _ = screened(made, own, rooms=rooms(made, id=["A", "B"], floor_area=[15, 30], types=["", "暖驾驿站"]))
    assert sites["types"].to_dict() == {"A": "r;s", "B": "t"}


def test_required_and_excluded_sites(made: ModuleType) -> None:
    """A required site stays whatever it fails, and the report says what; excluded ones say by whom."""
    own = made.scenario(required=["small"], excluded=["good"])
    offered = rooms(made, id=["good", "small", "other"], floor_area=[30, 5, 30])
    sites, report = screened(made, own, rooms=offered)
    assert sites["status"].to_dict() == {"good": "excluded", "other": "optional", "small": "required"}
    assert sites.loc["small", "reasons"].startswith("required by the scenario; floor area 5 m²")
    assert sites.loc["good", "reasons"] == "excluded by the scenario"
    assert any("required site fails" in str(fault) for fault in report.of("warning"))  # type: ignore[attr-defined]


def test_an_unknown_required_site_is_named(made: ModuleType) -> None:
    """The sentence gives the nearest id."""
    with pytest.raises(ScenarioError, match=r"required = 'FY01'.*'FY001'"):
        screened(made, made.scenario(required=["FY01"]), rooms=rooms(made, id=["FY001"], floor_area=[30]))


def test_a_deferred_site_that_is_no_candidate_is_told(made: ModuleType) -> None:
    """It can stop nothing, since an earlier decision may speak of a place that is gone; it is no longer passed over."""
    phases = [{"name": "一期", "budget": 1e6}, {"name": "二期", "budget": 1e6}]
    own = made.scenario(deferred=["FY001", "FY01"], phases=phases)
    _, report = screened(made, own, rooms=rooms(made, id=["FY001"], floor_area=[30]))
    told = [fault.id for fault in report.of("warning") if "deferred site" in fault.what]  # type: ignore[attr-defined]
    assert told == ["FY01"]


def test_existing_stations_are_required(made: ModuleType) -> None:
    """What stands already is in the plan; a room at the same place is the same place."""
    stations = made.points(id=["S1"], lon=[121.4102], lat=[28.611], name=["暖心驿站"])
    sites, _ = screened(made, stations=stations, rooms=rooms(made, id=["R"], name=["暖心驿站"], floor_area=[30]))
    assert sites.loc["S1", ["status", "reasons"]].tolist() == ["required", "existing station"]
    assert sites.loc["R", "status"] == "excluded"


def test_one_id_in_two_sources(made: ModuleType) -> None:
    """The room keeps the id, the POI gets its source in front."""
    pois = made.points(id=["1"], lon=[121.4116], lat=[28.6115], name=["银泰"], category="060101")
    sites, _ = screened(made, rooms=rooms(made, id=["1"], name=["房"], floor_area=[30]), pois=pois)
    assert sites["source"].to_dict() == {"1": "offered room", "poi-1": "POI"}


def test_a_centre_keeps_its_best_of_every_type(made: ModuleType) -> None:
    """With room for three, each type gets its best; the others say how many were better."""
    count = 8
    pois = made.points(
        id=[f"P{n}" for n in range(count)],
        lon=[121.4102 + 0.0002 * n for n in range(count)],
        lat=[28.6102 + 0.0002 * n for n in range(count)],
        name=[f"名{n}号" for n in range(count)],
        category=["050100"] * 5 + ["060101", "120201", "180300"],
    )
    sites, _ = screened(made, made.scenario(candidates={"per_centre": 3}), pois=pois)
    assert set(sites.index[sites["status"] == "optional"]) == {"P5", "P6", "P7"}
    assert set(sites.loc[sites["status"] == "excluded", "reasons"]) == {"the centre has 3 better candidates"}


def test_a_district_without_any_place_gives_an_empty_table(made: ModuleType) -> None:
    """No centre, no POI, no room: the table is empty, its texts are texts, and the report says so."""
    district = made.district(1)
    district.pois = district.pois[:0]
    sites, report = find_candidates(made.scenario(), district, one_centre(made)[:0])
    assert sites.empty
    assert sites["types"].str.split(";").empty
    assert {str(sites[name].dtype) for name in ("types", "reasons", "open_24h", "provenance", "tests")} == {"object"}
    assert any("no candidate passed" in str(fault) for fault in report.of("warning"))


def test_a_grid_where_nothing_else_is_offered(made: ModuleType) -> None:
    """Without rooms and POIs the centre is filled with a grid of 100 m."""
    sites, _ = screened(made)
    assert set(sites["source"]) == {"grid"}
    assert 2 <= len(sites) <= 6


def test_a_centre_without_candidates_is_told(made: ModuleType) -> None:
    """The report names the centre and says what to do."""
    _, report = screened(made, rooms=rooms(made, id=["R"], floor_area=[3]))
    lines = [str(fault) for fault in report.of("warning")]  # type: ignore[attr-defined]
    assert any("no candidate stands in the centre" in line for line in lines)


def test_grid_points_lie_in_the_shape() -> None:
    """A square of 1 km has 100 middles; a hole takes its own away."""
    square = box(0, 0, 1000, 1000)
    assert len(grid_points(square, 100.0)) == 100
    assert len(grid_points(square.difference(box(200, 200, 500, 600)), 100.0)) == 88


@pytest.mark.parametrize(
    ("tags", "mode", "expected"),
    [
        ({"highway": "steps"}, "foot", True),
        ({"highway": "steps"}, "truck", False),
        ({"highway": "motorway"}, "ebike", False),
        ({"highway": "residential", "access": "private"}, "truck", False),
        ({"highway": "footway", "bicycle": "yes"}, "ebike", True),
        ({"highway": "tertiary", "hgv": "no"}, "truck", False),
        ({"highway": "construction"}, "foot", False),
        ({"railway": "rail", "highway": "never_heard_of"}, "foot", False),
    ],
)
def test_streets_by_mode(tags: dict[str, str], mode: str, expected: bool) -> None:
    """Class and access tags decide which streets count for the distance to a street."""
    assert usable(tags, mode) == expected


def test_distance_to_a_street_is_by_mode(made: ModuleType, tmp_path: Path) -> None:
    """Beside a footpath a walker is at once on the street, a lorry has to come from the road 220 m away."""
    text = (
        '<osm version="0.6"><node id="1" lat="28.6110" lon="121.4095"/><node id="2" lat="28.6110" lon="121.4125"/>'
        '<node id="3" lat="28.6130" lon="121.4095"/><node id="4" lat="28.6130" lon="121.4125"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="footway"/></way>'
        '<way id="2"><nd ref="3"/><nd ref="4"/><tag k="highway" v="primary"/></way></osm>'
    )
    (tmp_path / "roads.osm").write_text(text, encoding="utf-8")
    roads, _ = read_roads(tmp_path / "roads.osm")
    metres = street_distances(rooms(made, id=["R"]), roads, ["foot", "truck"]).loc["R"]
    assert metres["foot"] < 1
    assert metres["truck"] == pytest.approx(221.7, abs=1.5)
    sites, _ = screened(made, roads=roads, rooms=rooms(made, id=["R"], floor_area=[30]))
    assert sites.loc["R", "types"] == "s"
    assert sites.loc["R", "road_distance"] < 1


def test_a_rule_pack_asks_for_more(made: ModuleType) -> None:
    """Shandong asks for a street front; Zhejiang's figures are there to be used."""
    offered = rooms(made, id=["front", "yard"], name=["甲", "乙"], floor_area=[30, 30], 临街=["是", "否"])
    sites, _ = screened(made, made.scenario(candidates={"rules": "shandong"}), rooms=offered)
    assert sites["status"].to_dict() == {"front": "optional", "yard": "excluded"}
    assert "street front" in sites.loc["yard", "reasons"]
    zhejiang = read_rules("zhejiang")
    assert (zhejiang.full_floor_area, zhejiang.open_24h_share, zhejiang.stations_per_subdistrict) == (20.0, 0.15, 1.1)
    assert zhejiang.sources


def test_an_unknown_rule_pack_or_key_is_named(tmp_path: Path) -> None:
    """The sentence lists the packs; a misspelt key of a user's own pack is refused."""
    with pytest.raises(ScenarioError, match=r"no such rule pack.*shandong, zhejiang"):
        read_rules("henan")
    path = tmp_path / "own.toml"
    path.write_text('min_floor_aera = "12m2"', encoding="utf-8")
    with pytest.raises(ScenarioError, match="min_floor_aera"):
        read_rules(str(path))


def test_parcels_are_offered_and_a_grid_on_request(made: ModuleType) -> None:
    """A parcel stands for a point inside it, after rooms and before POIs; a grid comes on top where it is asked for."""
    box_ = (121.4104, 28.6104, 121.4108, 28.6108)
    parcels = made.polygons(id=["007"], boxes=[box_], name=["地块"], source="parcels.gpkg", floor_area=[30.0])
    sites, _ = screened(made, made.scenario(candidates={"grid": "50m", "per_centre": 99}), parcels=parcels)
    assert sites.loc["007", "source"] == "parcel"
    assert sites.loc["007", "provenance"].startswith("parcels.gpkg")
    assert box(*box_).contains(sites.geometry["007"])
    grid = sites[sites["source"] == "grid"]
    assert len(grid) > 10
    assert (grid["provenance"] == "grid of 50 m").any()


def test_cost_street_front_and_hours_are_asked_for(made: ModuleType) -> None:
    """What a figure speaks against is refused with the figure; what is not known is named and stays."""
    offered = rooms(
        made,
        id=["R1", "R2", "R3", "R4"],
        cost=[1000.0, 90000.0, np.nan, 10.0],
        street_front=["是", "是", "", "否"],
        open_24h=["24小时", "24小时", "", "24小时"],
    )
    types = [{"id": "r", "name": "站", "groups": ["riders"], "count": 1, "open_24h": True}]
    rules = {"max_cost": 5000, "street_front": True}
    scenario = made.scenario(types=types, candidates=rules)
    sites, _ = screened(made, scenario, rooms=offered)
    assert sites["status"].to_dict() == {"R1": "optional", "R2": "excluded", "R3": "optional", "R4": "excluded"}
    assert sites.loc["R2", "reasons"] == "costs 90,000, more than 5,000"
    assert "no street front" in sites.loc["R4", "reasons"]
    assert "not known: floor area, street front, cost, access round the clock" in sites.loc["R3", "tests"]
    assert "street front; cost 1,000; open round the clock" in sites.loc["R1", "tests"]
    closed, _ = screened(made, scenario, rooms=rooms(made, id=["R5"], open_24h=["9:00-21:00"]))
    assert closed.loc["R5", "reasons"] == "not open round the clock"


def test_stations_keep_a_margin_from_lines(made: ModuleType) -> None:
    """A river drawn as a line shuts out its margin; without one it has no width."""
    river = made.polygons(id=["E"], boxes=[CENTRE], name=["河"]).set_geometry([box(*CENTRE).boundary])
    room = rooms(made, id=["R1", "R2"], lon=[121.41002, 121.411], lat=[28.611, 28.611])
    sites, _ = screened(made, rooms=room, exclusions=river.assign(margin=30.0))
    assert sites.loc["R1", "reasons"] == "inside the exclusion 河"
    assert sites.loc["R2", "status"] == "optional"
    free, _ = screened(made, rooms=room, exclusions=river.assign(margin=0.0))
    assert (free["status"] == "optional").all()


def test_a_place_knows_who_else_lists_it(made: ModuleType) -> None:
    """The one that is kept names the rows for the same place, with their file and distance."""
    offered = rooms(made, id=["R1", "R2"], lon=[121.411, 121.41105], lat=[28.611, 28.611], name=["驿站", "驿站"])
    sites, _ = screened(made, rooms=offered)
    assert sites.loc["R1", "provenance"].startswith("test; also R2 (test, ")
    assert sites.loc["R2", "reasons"].startswith("the same place as R1")


def test_the_rules_of_a_pack_reach_the_network(made: ModuleType, tmp_path: Path) -> None:
    """Spacing and counts of a pack join those of the scenario; one that is there already stays one."""
    pack = 'name = "某省"\nspacing = [{ at_least = "300m" }]\ncounts = [{ areas = ["东湖社区"], at_least = 1 }]\n'
    (tmp_path / "own.toml").write_text(pack, encoding="utf-8")
    scenario = made.scenario(
        candidates={"rules": "own.toml"}, folder=tmp_path, rules={"spacing": [{"at_least": "1km"}]}
    )
    rules = with_rule_pack(with_rule_pack(scenario)).rules
    assert [rule.at_least for rule in rules.spacing] == [1000.0, 300.0]
    assert [rule.areas for rule in rules.counts] == [("东湖社区",)]
    assert with_rule_pack(made.scenario()) == made.scenario()


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (
            ["未24小时开放", "不是24小时", "没有24小时", "24小时不营业", "全天关闭", "否（24小时需申请）", "not 24/7"],
            False,
        ),
        (
            ["周一至周五24小时", "24小时热线", "10:00-22:00，自助区24小时", "24小时，节假日除外", "Mo-Fr 00:00-24:00"],
            None,
        ),
        (["24小时营业", "7×24小时", "周一至周日24小时", "Mo-Su 00:00-24:00", "通宵营业", "可24小时"], True),
    ],
)
def test_open_round_the_clock_as_cells_say_it(cells: list[str], answer: bool | None) -> None:
    """What is turned says no, what holds for a part of the week or of the house says nothing."""
    assert [said_open_24h(cell) for cell in cells] == [answer] * len(cells)


def test_hidden_fronts_as_cells_say_it() -> None:
    """不沿街 and 未临街 are as hidden as 否."""
    assert all(map(said_no, ("不沿街", "未临街", "非临街", "否")))
    assert not any(map(said_no, ("临街", "沿街", "")))
