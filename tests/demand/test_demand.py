"""Where the people are, and how many: totals kept to the last person, nothing left to the order of rows."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand import demand_points
from planner.demand.spread import merge_places, spread
from planner.errors import InputError, ScenarioError
from planner.inputs.report import Report
from planner.schema import TABLES

_ONE = {"id": "a", "name": "甲", "mode": "foot", "standards": "10min"}


@given(
    total=st.integers(0, 5000) | st.floats(0, 5000),
    shares=st.lists(st.floats(0, 1e6) | st.just(0.0), min_size=1, max_size=60).filter(lambda values: sum(values) > 0),
)
def test_spread_keeps_the_total_and_every_share(total: float, shares: list[float]) -> None:
    """The sum is the total, a place without a share gets nobody, each place its share rounded down or up."""
    people = spread(total, np.array(shares))
    assert people.sum() == pytest.approx(total, abs=1e-9)
    assert (people[np.array(shares) == 0] == 0).all()
    exact = np.array(shares) / sum(shares) * total
    assert (people >= np.floor(exact) - 1 - 1e-6).all()
    assert (people <= np.ceil(exact) + 1 + 1e-6).all()


def test_spread_gives_whole_people() -> None:
    """A whole total is spread in whole persons, in proportion over every run of neighbours."""
    people = spread(100, np.ones(1000))
    assert set(people) == {0.0, 1.0}
    assert people[:500].sum() == 50


def test_merged_places_stand_on_a_real_place() -> None:
    """Places of one cell become the one nearest to their weighted middle; other areas stay apart."""
    places = pd.DataFrame(
        {"x": [1.0, 50.0, 99.0, 60.0], "y": 10.0, "area": ["a", "a", "a", "b"], "share": [1.0, 1.0, 5.0, 2.0]},
        index=["p", "q", "r", "s"],
    )
    merged = merge_places(places, 100.0)
    assert merged.loc["r", ["share", "members"]].tolist() == [7.0, 3]
    assert merged.loc["s", "share"] == 2.0
    assert len(merged) == 2


@pytest.mark.parametrize("seed", range(3))
def test_counted_workers_are_kept_to_the_last_person(made: ModuleType, seed: int) -> None:
    """For each community and group the points add up to the count exactly, in whole persons."""
    district = made.district(seed=seed)
    demand, _ = demand_points(made.scenario(), district)
    sums = demand.groupby(["group", "area"])["weight"].sum()
    for group, column in (("riders", "骑手"), ("streamers", "主播"), ("drivers", "司机")):
        for area, count in zip(district.workers["name"], district.workers[column], strict=True):
            assert sums.get((group, area), 0.0) == count
    assert (demand["weight"] % 1 == 0).all()
    inside = district.areas.set_index("name").geometry
    assert all(inside[area].intersects(point) for area, point in zip(demand["area"], demand.geometry, strict=True))


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_nothing_depends_on_the_order_of_rows(made: ModuleType, seed: int) -> None:
    """Any order of POIs, areas and counts gives the same table."""
    district = made.district(pois=300)
    first, _ = demand_points(made.scenario(), district)
    second, _ = demand_points(made.scenario(), made.shuffled(district, seed))
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))


def test_the_table_has_the_columns_of_the_schema(made: ModuleType) -> None:
    """Required columns, unique string ids, WGS 84."""
    demand, _ = demand_points(made.scenario(), made.district())
    table = next(table for table in TABLES if table.name == "demand")
    assert {column.name for column in table.columns if not column.optional} <= set(demand.columns)
    assert demand.index.is_unique
    assert demand.crs.to_epsg() == 4326


def test_an_area_without_places_has_its_people_inside(made: ModuleType) -> None:
    """No POI: one point inside the area, told as assumed; no POI of an active class: spread over all alike."""
    district = made.district()
    district.pois = district.pois[district.pois.geometry.x < 121.419]
    east = made.points(id=["far"], lon=[121.43], lat=[28.61], category=["公共厕所"])
    district.pois = pd.concat([district.pois, east])
    demand, report = demand_points(made.scenario(), district)
    told = " ".join(str(fault) for fault in report.of("assumed"))
    assert demand.loc["riders:area-A3", "weight"] == 1000
    assert demand.loc["riders:far", "weight"] == 512
    assert "北湖社区" in told
    assert "alike" in told


def test_unmatched_counts_are_refused_with_their_people(made: ModuleType) -> None:
    """A community that is not on the map is named with its people; the others are placed."""
    district = made.district()
    district.workers.loc["row 6"] = ["山外社区", 40, 0, 2.0]
    demand, report = demand_points(made.scenario(), district)
    lines = [str(fault) for fault in report.of("refused")]
    assert len(lines) == 2
    assert "40 people" in lines[0]
    assert "山外社区" in lines[0]
    assert demand["weight"].sum() == district.workers[["骑手", "主播", "司机"]].sum().sum() - 42


def test_names_match_without_their_suffix_and_codes_win(made: ModuleType) -> None:
    """东湖 is 东湖社区; a code matches whatever the name; two rows of one area are added up and told."""
    district = made.district()
    district.workers["name"] = ["东湖", "西湖社区", "南湖居委会", "别名"]
    district.workers.index = ["row 2", "row 3", "row 4", "A3"]
    district.workers.loc["row 6"] = ["东湖社区", 3, 0, 0.0]
    demand, report = demand_points(made.scenario(), district)
    riders = demand[demand["group"] == "riders"].groupby("area")["weight"].sum()
    assert riders.to_dict() == {"东湖社区": 40, "西湖社区": 512, "南湖社区": 3, "北湖社区": 1000}
    assert any("2 rows count this area" in str(fault) for fault in report.of("warning"))


def riders_by_area(made: ModuleType, rows: dict[str, int], **changes: Any) -> tuple[dict[str, float], Report]:
    """The riders of each area when the table of workers has these rows."""
    district = made.district()
    district.workers = pd.DataFrame({"name": list(rows), "骑手": list(rows.values())}, index=changes.get("index"))
    district.workers.index = district.workers.index.map(str)
    district.areas = district.areas.set_axis(pd.Index(changes.get("areas", district.areas.index), name="id"))
    group = {"id": "riders", "name": "骑手", "mode": "ebike", "standards": "10min", "workers": "骑手"}
    kind = {"id": "r", "name": "骑享家", "groups": ["riders"], "count": 1, "places": ["mall"]}
    demand, report = demand_points(made.scenario(groups=[group], types=[kind]), district)
    return demand.groupby("area")["weight"].sum().to_dict(), report


COUNTS = {"北湖社区": 400, "西湖社区": 200, "南湖社区": 300, "东湖社区": 100}


def test_the_total_of_a_subdistrict_is_no_communitys(made: ModuleType) -> None:
    """东湖街道 shares its first word with 东湖社区, not its people: its row is refused, not added to them."""
    found, report = riders_by_area(made, {"东湖街道": 1000} | COUNTS)
    assert found == COUNTS
    assert ["1000 people" in fault.what for fault in report.of("refused")] == [True]
    found, _ = riders_by_area(made, {"北湖居委会": 400, "西湖": 200, "南 湖村": 300, "东湖社区居委会": 100})
    assert found == COUNTS


def test_running_numbers_are_no_codes(made: ModuleType) -> None:
    """序号 1 to 4 of a table in another order than the outlines: each area gets the people of its name."""
    for index in ([1, 2, 3, 4], [0, 1, 2, 3]):
        found, report = riders_by_area(made, COUNTS, index=index, areas=["1", "2", "3", "4"])
        assert found == COUNTS
        assert any("the names count" in fault.what for fault in report.of("assumed"))
    unnamed, report = riders_by_area(made, {"甲": 5, "乙": 6}, index=[1, 2], areas=["1", "2", "3", "4"])
    assert unnamed == {"东湖社区": 5, "西湖社区": 6}


def test_codes_win_against_names_and_are_told(made: ModuleType) -> None:
    """A division code beside the name of another area counts, with a warning."""
    codes = [f"33100200100{n}" for n in (1, 2, 3, 4)]
    found, report = riders_by_area(made, {"西湖社区": 5}, index=codes[:1], areas=codes)
    assert found == {"东湖社区": 5}
    assert any("the code counts" in fault.what for fault in report.of("warning"))


def test_communities_of_one_name_are_told_apart_by_their_subdistrict(made: ModuleType) -> None:
    """Two communities called 新村 in two subdistricts get their own people."""
    district = made.district()
    names = ["新村", "新村", "南湖社区", "北湖社区"]
    district.areas = district.areas.assign(name=names, area=["甲街道", "乙街道"] * 2)
    district.workers = district.workers.assign(name=names, area=["乙街道", "甲街道"] * 2)
    demand, report = demand_points(made.scenario(), district)
    riders = demand[demand["group"] == "riders"]
    west = riders[riders.geometry.x < 121.42]
    assert west.loc[west["area"] == "新村", "weight"].sum() == 512
    assert not list(report.of("refused"))


def test_a_missing_column_of_counts_is_an_error(made: ModuleType) -> None:
    """The sentence names the column and those that are there."""
    district = made.district()
    district.workers = district.workers.rename(columns={"骑手": "外卖骑手"})
    with pytest.raises(InputError, match=r"no column '骑手'.*外卖骑手"):
        demand_points(made.scenario(), district)


def test_a_table_of_counts_that_no_group_uses_is_told(made: ModuleType) -> None:
    """The counts would be passed over in silence; one group that names its column is enough."""
    district, scenario = made.district(), made.scenario()
    without = tuple(group.model_copy(update={"workers": ""}) for group in scenario.groups)
    for groups, told in ((without, 1), ((scenario.groups[0], *without[1:]), 0)):
        _, report = demand_points(scenario.model_copy(update={"groups": groups}), district)
        said = [fault for fault in report.of("warning") if fault.what.startswith("no group names a column")]
        assert len(said) == told
        assert all("骑手, 主播, 司机" in fault.repair for fault in said)


def test_own_points_and_counts_are_not_added_up(made: ModuleType) -> None:
    """Own points stand as given; the count of their area is the total, and only what is left over is spread."""
    district = made.district(
        demand=made.points(
            id=["D1", "D2"], lon=[121.41, 121.43], lat=[28.61, 28.61], group=["骑手", "riders"], people=[30, 600]
        )
    )
    demand, report = demand_points(made.scenario(), district)
    riders = demand[demand["group"] == "riders"].groupby("area")["weight"].sum()
    assert demand.loc["D1", "weight"] == 30
    assert riders["东湖社区"] == 37
    assert riders["西湖社区"] == 600
    assert any("600 people, the count says 512" in str(fault) for fault in report.of("warning"))


def test_own_points_alone_make_the_demand(made: ModuleType) -> None:
    """With own points and no counts nothing is estimated beside them; ids stay as given."""
    single = made.scenario(
        groups=[{"id": "riders", "name": "骑手", "mode": "ebike", "standards": "10min"}],
        types=[{"id": "r", "name": "r", "groups": ["riders"]}],
    )
    district = made.district(
        demand=made.points(id=["D1", "D2", "D3"], lon=[121.41, 121.43, 121.43], lat=[28.61] * 3, people=[30, 6.5, 0])
    )
    demand, _ = demand_points(single, district)
    assert demand["weight"].to_dict() == {"D1": 30, "D2": 6.5}


def test_wide_own_points_name_their_groups_by_column(made: ModuleType) -> None:
    """A column per group gives one row per place and group; a bad count is refused by id."""
    district = made.district(
        workers=pd.DataFrame(),
        demand=made.points(id=["D1", "D2"], lon=[121.41, 121.43], lat=[28.61] * 2, 骑手=[3, "约五"], 主播=[4, 5]),
    )
    demand, report = demand_points(made.scenario(), district)
    own = demand[demand["source"] == "own demand points"]
    assert own["weight"].to_dict() == {"riders:D1": 3, "streamers:D1": 4, "streamers:D2": 5}
    assert [fault.id for fault in report.of("refused")] == ["D2"]


def test_columns_of_groups_as_offices_head_them(made: ModuleType) -> None:
    """骑 手（百人） counts its group, in its unit; what is no number is refused by id; 1,200 is no text."""
    own = made.points(id=["a", "b"], lon=[121.41] * 2, lat=[28.61] * 2)
    own["骑 手（百人）"], own["主播"] = ["1.5", "—"], ["1,200", "约5"]
    demand, report = demand_points(
        made.scenario(), made.district(demand=own, workers=made.points(id=[], lon=[], lat=[]))
    )
    counted = demand[demand["source"] == "own demand points"]
    assert counted.groupby("group")["weight"].sum().to_dict() == {"riders": 150.0, "streamers": 1200.0}
    assert [(fault.what, fault.id) for fault in report.of("refused")] == [("'约5' is not a count of people", "b")]


def test_a_column_of_groups_in_chinese(made: ModuleType) -> None:
    """人群 says whose people they are, by id, name or the name of their counts."""
    own = made.points(id=["a", "b"], lon=[121.41] * 2, lat=[28.61] * 2, people=[3.0, 4.0])
    own["人群"] = ["骑手", "streamers"]
    demand, _ = demand_points(made.scenario(), made.district(demand=own, workers=made.points(id=[], lon=[], lat=[])))
    counted = demand[demand["source"] == "own demand points"]
    assert counted.groupby("group")["weight"].sum().to_dict() == {"riders": 3.0, "streamers": 4.0}


def test_people_of_nobody_are_an_error(made: ModuleType) -> None:
    """A column of people that belongs to no group is never guessed at."""
    district = made.district(demand=made.points(id=["D1"], lon=[121.41], lat=[28.61], people=[3]))
    with pytest.raises(InputError, match="which group"):
        demand_points(made.scenario(), district)


def test_activity_and_population_are_estimates(made: ModuleType) -> None:
    """People per POI of a class, and per resident; totals are the coefficients times the counts."""
    single = made.scenario(
        groups=[
            {
                "id": "a",
                "name": "甲",
                "mode": "foot",
                "standards": "10min",
                "activity": {"restaurant": 0.5, "population": 0.01},
            }
        ],
        types=[{"id": "r", "name": "r", "groups": ["a"]}],
    )
    district = made.district(
        workers=pd.DataFrame(),
        population=made.polygons(id=["z"], boxes=[(121.401, 28.601, 121.413, 28.611)], people=[10000]),
    )
    demand, _ = demand_points(single, district)
    restaurants = (district.pois["category"] == "050100").sum()
    assert demand["weight"].sum() == pytest.approx(restaurants * 0.5 + 100)
    assert demand.loc[demand["source"] == "population", "weight"].sum() == pytest.approx(100)
    assert (demand["source"] == "population").sum() > 20


def test_unknown_classes_of_activity_are_refused(made: ModuleType) -> None:
    """A misspelt class is named, with those that are known."""
    wrong = made.scenario(
        groups=[dict(_ONE, activity={"restaurants": 1.0})],
        types=[{"id": "r", "name": "r", "groups": ["a"]}],
    )
    with pytest.raises(ScenarioError, match="unknown class restaurants"):
        demand_points(wrong, made.district())


def test_overlapping_areas_are_told_and_count_once(made: ModuleType) -> None:
    """A point in two areas belongs to the one with the smaller id; the overlap is in the report."""
    district = made.district()
    west, south, step = made.WEST, made.SOUTH, made.STEP
    boxes = [(west, south, west + 1.2 * step, south + step), (west + 0.9 * step, south, west + 2 * step, south + step)]
    district.areas = made.polygons(id=["A0", "A1"], boxes=boxes, name=["东湖社区", "西湖社区"])
    district.workers = district.workers[:2]
    demand, report = demand_points(made.scenario(), district)
    assert demand.loc[demand["group"] == "riders", "weight"].sum() == 549
    assert any("overlap" in str(fault) for fault in report.of("warning"))


def test_a_group_without_anything_is_told(made: ModuleType) -> None:
    """No demand is a warning that says what to give."""
    odd = made.scenario(
        groups=[{"id": "x", "name": "新群体", "mode": "foot", "standards": "10min"}],
        types=[{"id": "r", "name": "r", "groups": ["x"]}],
    )
    demand, report = demand_points(odd, made.district(workers=pd.DataFrame()))
    assert demand.empty
    assert any("no demand" in str(fault) for fault in report.of("warning"))


def test_a_large_own_polygon_becomes_several_points(made: ModuleType) -> None:
    """Its people are all there, whole, inside it, and nothing hangs on the order of rows."""
    boxes = [(121.401, 28.601, 121.411, 28.609), (121.425, 28.625, 121.4251, 28.6251)]
    own = made.polygons(id=["X1", "X2"], boxes=boxes, group=["riders", "riders"], people=[101, 7])
    district = made.district(pois=1, demand=own, workers=pd.DataFrame())
    demand, _ = demand_points(made.scenario(), district)
    parts = demand[demand.index.str.startswith("X1-")]
    assert parts["weight"].sum() == 101
    assert demand.loc["X2", "weight"] == 7
    assert len(parts) > 10
    assert (parts["weight"] % 1 == 0).all()
    assert parts.within(own.geometry["X1"]).all()
    other, _ = demand_points(made.scenario(), made.shuffled(district, 3))
    pd.testing.assert_frame_equal(pd.DataFrame(demand), pd.DataFrame(other))


def buildings(made: ModuleType, count: int = 40, seed: int = 1) -> object:
    """Small footprints inside the first community, some with storeys."""
    rng = np.random.default_rng(seed)
    west, south = rng.uniform(121.401, 121.418, count), rng.uniform(28.601, 28.618, count)
    boxes = [(x, y, x + 0.0002, y + 0.0002) for x, y in zip(west, south, strict=True)]
    return made.polygons(id=[f"H{n}" for n in range(count)], boxes=boxes, floors=[1 + n % 6 for n in range(count)])


def test_people_are_spread_over_buildings_by_floor_space(made: ModuleType) -> None:
    """Where the group says so, the counted people of an area stand on its buildings; the total stays."""
    district = made.district(buildings=buildings(made))
    first, *others = made.scenario().groups
    groups = (first.model_copy(update={"spread": "buildings"}), *others)
    demand, report = demand_points(made.scenario().model_copy(update={"groups": groups}), district)
    riders = demand[(demand["group"] == "riders") & (demand["area"] == "东湖社区")]
    assert riders["weight"].sum() == 37
    assert riders.index.str.startswith("riders:H").all()
    assert any("buildings" in fault.what for fault in report.of("assumed"))
    elsewhere = demand[(demand["group"] == "riders") & (demand["area"] != "东湖社区")]
    assert not elsewhere.index.str.startswith("riders:H").any()


def test_buildings_share_a_population_polygon_and_stand_in_for_places(made: ModuleType) -> None:
    """A polygon is shared by floor space over its buildings; an area without POIs has its people on buildings."""
    one = {**_ONE, "workers": "骑手", "activity": {"population": 0.5}}
    types = [{"id": "s", "name": "站", "groups": ["a"], "count": 1}]
    population = made.polygons(id=["z"], boxes=[(121.40, 28.60, 121.42, 28.62)], people=[1000])
    district = made.district(population=population, buildings=buildings(made))
    district.pois, district.workers = district.pois[:0], district.workers.iloc[1:]
    demand, _ = demand_points(made.scenario(groups=[one], types=types), district)
    people = demand[demand["source"] == "population"]
    assert people["weight"].sum() == pytest.approx(500)
    assert people.index.str.contains("z-H").all()
    district.workers = made.district().workers
    counted, _ = demand_points(made.scenario(groups=[{**one, "activity": {}}], types=types), district)
    assert counted[counted["area"] == "东湖社区"].index.str.startswith("a:H").all()
    assert counted["weight"].sum() == 37 + 512 + 3 + 1000


def test_an_unknown_community_is_not_given_to_its_subdistrict(made: ModuleType) -> None:
    """Where an area bears the name of the subdistrict, only rows without a community's name belong to it."""
    district = made.district()
    district.areas = district.areas.assign(area="东街道", name=["东街道", "西湖社区", "南湖社区", "北湖社区"])
    district.workers = pd.DataFrame(
        {"area": "东街道", "name": ["凤凰新社区", "", "西湖社区"], "骑手": [25, 4, 3]},
        index=["row 2", "row 3", "row 4"],
    )
    groups = [{**_ONE, "workers": "骑手"}]
    types = [{"id": "s", "name": "站", "groups": ["a"], "count": 1}]
    demand, report = demand_points(made.scenario(groups=groups, types=types), district)
    assert [fault.id for fault in report.of("refused")] == ["row 2"]
    assert demand.groupby("area")["weight"].sum().to_dict() == {"东街道": 4, "西湖社区": 3}


ESTIMATED = {
    "groups": [{"id": "a", "name": "甲", "mode": "foot", "standards": "10min", "activity": {"restaurant": 2.0}}],
    "types": [{"id": "t", "name": "t", "groups": ["a"]}],
}


def test_a_place_in_two_files_counts_once(made: ModuleType) -> None:
    """The same class and name within 15 m is one place; another branch, another class and shops without name are not."""
    rows = [
        ("a.csv:1", "兰州拉面", "050100", 0.0),
        ("b.csv:1", "兰州拉面（东湖店）", "050100", 10.0),  # the polygon of the first
        ("2", "兰州拉面", "050100", 300.0),  # another branch
        ("3", "", "050100", 0.0),
        ("4", "", "050100", 1.0),  # two without a name stay two
        ("5", "兰州拉面", "060101", 0.0),  # no restaurant
    ]
    metre = 1 / 97_700
    pois = made.points(
        id=[row[0] for row in rows],
        lon=[121.411 + row[3] * metre for row in rows],
        lat=[28.611] * len(rows),
        name=[row[1] for row in rows],
        category=[row[2] for row in rows],
    )
    district = made.district(1, workers=pd.DataFrame())
    for order in (1, -1):
        district.pois = pois[::order]
        demand, report = demand_points(made.scenario(**ESTIMATED), district)
        assert demand["weight"].sum() == 4 * 2.0
        told = [str(fault) for fault in report.of("skipped")]
        assert len(told) == 1
        assert "b.csv:1 = a.csv:1" in told[0]


def test_residents_counted_in_two_layers_are_told(made: ModuleType) -> None:
    """Overlapping population is named with its square metres; squares that touch are not."""
    squares = made.polygons(
        id=["N1", "N2", "Z"],
        boxes=[(121.40, 28.60, 121.41, 28.61), (121.41, 28.60, 121.42, 28.61), (121.405, 28.605, 121.408, 28.608)],
        people=[10, 10, 10],
    )
    _, report = demand_points(made.scenario(**ESTIMATED), made.district(50, workers=pd.DataFrame(), population=squares))
    told = [str(fault) for fault in report.of("warning") if "count twice" in str(fault)]
    assert len(told) == 1
    assert "Z and N1" in told[0]


def nested(made: ModuleType, counts: list[int]) -> tuple[Any, Any]:
    """A town with a subdistrict with two communities in it, ids from large to small, and their counts of riders."""
    areas = made.polygons(
        id=["3310", "331001", "331001001", "331001002"],
        boxes=[
            (121.38, 28.58, 121.46, 28.66),
            (121.40, 28.60, 121.44, 28.62),
            (121.40, 28.60, 121.42, 28.62),
            (121.42, 28.60, 121.44, 28.62),
        ],
        name=["某市", "某街道", "东湖社区", "西湖社区"],
    )
    names = [name for name, count in zip(areas["name"], counts, strict=True) if count]
    people = [count for count in counts if count]
    workers = pd.DataFrame({"name": names, "骑手": people, "主播": 0, "司机": 0}, index=[f"row {n}" for n in people])
    return demand_points(made.scenario(), made.district(300, areas=areas, workers=workers))


@pytest.mark.parametrize("counts", [[0, 100, 60, 40], [100, 100, 60, 40], [100, 0, 60, 40]])
def test_a_count_that_is_the_sum_of_those_inside_counts_once(made: ModuleType, counts: list[int]) -> None:
    """Totals of a subdistrict and a town above its communities are no further people; places belong to communities."""
    demand, report = nested(made, counts)
    riders = demand[demand["group"] == "riders"]
    assert riders.groupby("area")["weight"].sum().to_dict() == {"东湖社区": 60.0, "西湖社区": 40.0}
    assert sum("count once" in str(fault) for fault in report.of("skipped")) == sum(1 for n in counts[:2] if n)
    assert (riders["source"] == "counted workers").all()
    assert not riders.index.str.contains("area-").any()


def test_another_count_of_an_outer_area_is_told(made: ModuleType) -> None:
    """It may hold those inside or come on top: nothing is dropped, and both numbers are named."""
    demand, report = nested(made, [0, 130, 60, 40])
    assert demand.loc[demand["group"] == "riders", "weight"].sum() == 230
    assert any("130 people are counted here and 100 in areas inside it" in str(fault) for fault in report.of("warning"))


def test_residents_that_are_no_count_are_refused(made: ModuleType) -> None:
    """A negative number and a word count nobody and are named; a layer without a column of people is an error."""
    squares = made.polygons(
        id=["N1", "N2", "N3"], boxes=[(121.40 + n / 100, 28.60, 121.41 + n / 100, 28.61) for n in range(3)]
    )
    single = made.scenario(
        groups=[{"id": "a", "name": "甲", "mode": "foot", "standards": "10min", "activity": {"population": 0.1}}],
        types=[{"id": "t", "name": "t", "groups": ["a"]}],
    )
    people = squares.assign(people=[-5, "多", 30])
    demand, report = demand_points(single, made.district(5, workers=pd.DataFrame(), population=people))
    assert demand["weight"].sum() == pytest.approx(3.0)
    assert [fault.id for fault in report.of("refused")] == ["N1", "N2"]
    with pytest.raises(InputError, match=r"no column of people; it has: name"):
        demand_points(single, made.district(5, workers=pd.DataFrame(), population=squares))
