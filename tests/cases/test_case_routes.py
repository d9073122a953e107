"""Public fault reports about road networks, seen through routes and areas within reach."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

from planner.inputs.roads.read import Roads, read_roads
from planner.travel import isochrones, network, route


def _points(path: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(path, dtype={"编号": str}).set_index("编号")
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["经度"], table["纬度"]), crs=4326)


@pytest.mark.case(34, "a one-way street in a loop: areas of 500 m", "reached outbound, not inbound; attrs name the way")
def test_areas_have_a_direction(cases: Path) -> None:
    """The demand point lies in the area that people reach from the station, not in that whence they reach it."""
    folder = cases / "34_oneway_loop"
    roads, _ = read_roads(folder / "roads.osm")
    station, demand = _points(folder / "stations.csv"), _points(folder / "demand.csv")
    away = isochrones(roads, station, "car", "500m")
    towards = isochrones(roads, station, "car", "500m", "from_destination")
    assert away.geometry.iloc[0].covers(demand.geometry.iloc[0])
    assert not towards.geometry.iloc[0].covers(demand.geometry.iloc[0])
    assert (away.attrs["direction"], towards.attrs["direction"]) == ("to_destination", "from_destination")


@pytest.mark.case(36, "a cut-off street beside the main road: its route", "62 m on foot, then 690 m of street")
def test_the_walk_off_the_island_is_a_step(cases: Path) -> None:
    """The steps tell the walk and the street apart."""
    folder = cases / "36_island_component"
    roads, _ = read_roads(folder / "roads.osm")
    trip = route(roads, _points(folder / "demand.csv").loc[["D1"]], _points(folder / "stations.csv").iloc[[0]], "car")
    metres = trip.steps.groupby("kind")["metres"].sum()
    assert metres.to_dict() == pytest.approx({"walk": 62, "street": 690}, rel=0.01)


@pytest.mark.case(37, "a one-way dead end: the route back", "no route, and a sentence that says so")
def test_the_way_out_of_a_trap(cases: Path) -> None:
    """There is a line to the dead end, and a reason instead of one back."""
    folder = cases / "37_oneway_trap"
    roads, _ = read_roads(folder / "roads.osm")
    ends = _points(folder / "stations.csv").iloc[[0]], _points(folder / "demand.csv").loc[["D1"]]
    assert route(roads, *ends, "car").metres == pytest.approx(1500, rel=0.01)
    back = route(roads, *ends, "car", direction="from_destination")
    assert (back.found, back.reason) == (False, "no legal trip by car within 24h")


@pytest.mark.case(38, "a ferry to an island: its route", "60 s, 900 s on the ferry, 60 s; a step of its own")
def test_the_ferry_is_a_step(cases: Path) -> None:
    """The steps hold the ferry with its 15 minutes; without ferries there is no route."""
    folder = cases / "38_ferry"
    roads, _ = read_roads(folder / "roads.osm")
    ends = _points(folder / "demand.csv").loc[["D1"]], _points(folder / "stations.csv").iloc[[0]]
    trip = route(roads, *ends, "car", ferries=True)
    streets = trip.steps[trip.steps["kind"] != "walk"]
    assert streets["kind"].tolist() == ["street", "ferry", "street"]
    assert streets["seconds"].iloc[1] == pytest.approx(900)
    assert not route(roads, *ends, "car").found


@pytest.mark.case(
    39, "a no_left_turn relation: the route", "the car's line goes round, no step is the banned left turn"
)
def test_the_line_keeps_the_turn_ban(cases: Path) -> None:
    """The car's line is 1,216 m long; where the walker turns left, it goes on."""
    roads, _ = read_roads(cases / "39_turn_restriction" / "roads.osm")
    ends = (114.3, 30.6), (114.3041794, 30.6026963)
    car, foot = (route(roads, *ends, mode) for mode in ("car", "foot"))
    assert (car.metres, foot.metres) == pytest.approx((1216, 700), rel=0.01)
    assert foot.geometry.within(shapely.union_all(roads.lines()).buffer(1e-9))
    assert not car.geometry.equals(foot.geometry)


def _without(folder: Path, path: Path, ways: tuple[int, ...]) -> Roads:
    """The streets of a file without some of its ways."""
    text = path.read_text(encoding="utf-8")
    for way in ways:
        text = re.sub(rf'<way id="{way}" .*?</way>', "", text, flags=re.DOTALL)
    changed = folder / "roads.osm"
    changed.write_text(text, encoding="utf-8")
    return read_roads(changed)[0]


@pytest.mark.case(76, "streets whose end stubs are cut off, and a closed ring", "the same metres; the ring is reported")
@pytest.mark.parametrize("gone", [(), (17, 18), (17, 18, 21, 22, 23, 24)])
def test_no_place_is_simplified_away(cases: Path, tmp_path: Path, gone: tuple[int, ...]) -> None:
    """With all stubs, without those at the ends, and as a bare ring without any junction: always 2,000 m."""
    roads = _without(tmp_path, cases / "44_hops_not_metres" / "roads.osm", gone)
    trip = route(roads, (114.3, 30.6), (114.3208546, 30.5999502), "car")
    assert trip.metres == pytest.approx(2000, abs=0.2)
    assert trip.metres == pytest.approx(route(roads, (114.3208546, 30.5999502), (114.3, 30.6), "car").metres, abs=1e-3)
    middle = (114.3104618, 30.6107996)
    straight = pyproj.Geod(ellps="WGS84").inv(114.3, 30.6, *middle)[2]
    assert route(roads, (114.3, 30.6), middle, "car").metres == pytest.approx(straight, abs=0.01)


@pytest.mark.case(76, "an isolated ring beside other streets", "a row of its own among the parts, with its kilometres")
def test_an_isolated_ring_is_reported(cases: Path, tmp_path: Path) -> None:
    """Without the ways between them, the stub and the ring are two parts, and nothing of either is lost."""
    whole = read_roads(cases / "44_hops_not_metres" / "roads.osm")[0]
    text = (cases / "44_hops_not_metres" / "roads.osm").read_text(encoding="utf-8")
    apart = tmp_path / "apart"
    apart.mkdir()
    (apart / "source.osm").write_text(
        text.replace('<nd ref="30"/><nd ref="1"/>', '<nd ref="30"/><nd ref="99"/>').replace(
            '<way id="17"', '<node id="99" lat="30.6000024" lon="114.2980000" version="1" visible="true"/><way id="17"'
        ),
        encoding="utf-8",
    )
    roads = _without(apart, apart / "source.osm", (18, 21, 22, 23, 24))
    parts = network(roads, "car").parts()
    ring = float(whole.metres[whole.way < 17].sum()) / 1000
    assert len(parts) == 2
    assert parts["kilometres"].iloc[0] == pytest.approx(ring, abs=1e-3)
    assert parts["kilometres"].sum() == pytest.approx(float(roads.metres.sum()) / 1000)
