"""Routes are the trips that the matrix measures: their lines, their steps, and what they say when there is none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from planner.errors import InputError, ScenarioError
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import network, route, routes, snap, travel_matrix, with_closed

from .made_streets import lonlat, made_roads, points

TOWNS = {
    "Helsinki": "helsinki_centre.osm.pbf",
    "Monaco": "monaco.osm.pbf",
    "Futian": "shenzhen_futian_osmnx.graphml",
    "Nanshan": "shenzhen_nanshan_overpass.osm",
}
GEOD = pyproj.Geod(ellps="WGS84")
SQUARE = {1: (0, 0), 2: (200, 0), 3: (200, 200), 4: (0, 200)}


@cache
def _streets(path: Path) -> Roads:
    return read_roads(path)[0]


def _length(line: shapely.LineString) -> float:
    return float(GEOD.geometry_length(line))


def _near_streets(roads: Roads, count: int, seed: int) -> gpd.GeoDataFrame:
    """Points some ten metres from random streets."""
    random = np.random.default_rng(seed)
    edges = random.choice(len(roads), count)
    places = shapely.line_interpolate_point(roads.lines()[edges], random.uniform(0, 1, count), normalized=True)
    places = shapely.transform(places, lambda xy: xy + random.normal(0, 2e-4, xy.shape))
    return gpd.GeoDataFrame(index=[f"P{i}" for i in range(count)], geometry=places, crs=4326)


@pytest.mark.parametrize("cutoff", ["24h", "2500m"])
@pytest.mark.parametrize("direction", ["to_destination", "from_destination", "round_trip"])
@pytest.mark.parametrize(
    ("town", "mode"),
    [("Helsinki", "car"), ("Helsinki", "foot"), ("Monaco", "truck"), ("Futian", "ebike"), ("Nanshan", "bicycle")],
)
def test_routes_are_the_trips_of_the_matrix(shared: Path, town: str, mode: str, direction: str, cutoff: str) -> None:
    """For all random pairs: reached by both or by none, with the same seconds and metres, on a line of that length."""
    roads = _streets(shared / "data" / "osm" / TOWNS[town])
    net = network(roads, mode)
    origins, destinations = _near_streets(roads, 7, 1), _near_streets(roads, 10, 2)
    pairs = pd.DataFrame(
        [(a, b) for a in origins.index for b in destinations.index], columns=["origin", "destination"]
    ).sample(frac=1, random_state=3)
    matrix = travel_matrix(net, origins, destinations, mode, cutoff, direction)
    matrix = matrix.astype({"origin": str, "destination": str}).set_index(["origin", "destination"])
    found = routes(net, origins, destinations, pairs, mode, cutoff, direction)
    assert found.index.equals(pairs.index)
    assert found["reason"].eq("").equals(found["seconds"].notna())
    assert found.geometry.isna().equals(found["seconds"].isna())
    there = found[found["reason"] == ""].set_index(["origin", "destination"])
    assert set(there.index) == set(matrix.index)
    assert len(there)
    for name in ("seconds", "metres"):
        np.testing.assert_allclose(there[name], matrix[name].reindex(there.index), rtol=0, atol=1e-3)
    start, side = (destinations, 1) if direction == "from_destination" else (origins, 0)
    doors = snap(net, start)[0].snaps  # the point itself, or the entrance of the building that it lies in
    for ids, row in there.iterrows():
        assert _length(row["geometry"]) == pytest.approx(row["metres"], abs=0.05)
        at = start.index.get_loc(ids[side])
        assert row["geometry"].coords[0] == pytest.approx((doors.lon[at], doors.lat[at]), abs=1e-9)


@pytest.mark.parametrize(("town", "mode"), [("Helsinki", "car"), ("Futian", "foot"), ("Monaco", "ebike")])
def test_steps_add_up_and_follow_the_line(shared: Path, town: str, mode: str) -> None:
    """Metres and seconds of the steps are those of the trip; walks stand at the ends, every turn has its words."""
    roads = _streets(shared / "data" / "osm" / TOWNS[town])
    net, places = network(roads, mode), _near_streets(roads, 12, 5)
    seen = 0
    for i in range(0, 12, 2):
        trip = route(net, places.iloc[[i]], places.iloc[[i + 1]], mode)
        if not trip.found:
            continue
        steps = trip.steps
        assert steps["metres"].sum() == pytest.approx(trip.metres, abs=1e-6)
        assert steps["seconds"].sum() == pytest.approx(trip.seconds, abs=1e-6)
        assert set(steps["kind"].iloc[1:-1]) <= {"street", "ferry"}
        assert steps["turn_zh"].ne("").all()
        assert steps["turn_en"].ne("").all()
        assert set(steps["street"]) <= set(roads.names)
        seen += 1
    assert seen > 2


def _square(folder: Path, **tags: str) -> Roads:
    """One street round a block of 200 m, its first side 东街 with the given tags, the other three 环路."""
    side = {"highway": "residential", "name": "东街", **tags}
    return made_roads(
        folder, SQUARE, {1: ([1, 2], side), 2: ([2, 3, 4, 1], {"highway": "residential", "name": "环路"})}
    )[0]


def test_steps_name_streets_and_turns(tmp_path: Path) -> None:
    """East along the first side, then left and along the second: two named steps with a left turn between them."""
    trip = route(_square(tmp_path), lonlat((50, 0)), lonlat((200, 80)), "ebike")
    assert trip.metres == pytest.approx(230, abs=0.05)
    assert trip.steps["street"].tolist() == ["东街", "环路"]
    assert trip.steps["metres"].tolist() == pytest.approx([150, 80], abs=0.05)
    assert trip.steps["turn"].iloc[1] == pytest.approx(-90, abs=0.1)
    assert trip.steps["turn_zh"].tolist() == ["向东出发", "左转"]
    assert trip.steps["turn_en"].tolist() == ["head east", "turn left"]
    assert [tuple(place) for place in trip.geometry.coords[1:2]] == [lonlat((200, 0))]


def test_one_street_both_ways(tmp_path: Path) -> None:
    """Along one street straight on, backwards too if it is two-way, round the block if it is one-way."""
    ends = lonlat((50, 0)), lonlat((120, 0))
    assert route(_square(tmp_path), *ends, "car").metres == pytest.approx(70, abs=0.05)
    assert route(_square(tmp_path), *ends[::-1], "car").metres == pytest.approx(70, abs=0.05)
    oneway = _square(tmp_path, oneway="yes")
    assert route(oneway, *ends, "car").metres == pytest.approx(70, abs=0.05)
    back = route(oneway, *ends[::-1], "car")
    assert back.metres == pytest.approx(730, abs=0.05)
    assert back.steps["street"].tolist() == ["东街", "环路", "东街"]
    assert route(oneway, *ends, "car", direction="from_destination").metres == pytest.approx(730, abs=0.05)
    assert route(oneway, *ends, "car", direction="round_trip").metres == pytest.approx(800, abs=0.05)


def test_no_way_at_all(tmp_path: Path) -> None:
    """From a place to itself there is nothing to travel; two doors at one corner are joined by their walks."""
    roads = _square(tmp_path)
    still = route(roads, lonlat((50, 20)), lonlat((50, 20)), "ebike")
    assert (still.found, still.seconds, still.metres, len(still.steps)) == (True, 0.0, 0.0, 0)
    corner = route(roads, lonlat((-30, -1)), lonlat((-1, -40)), "ebike")
    assert corner.metres == pytest.approx(70, abs=2)
    assert _length(corner.geometry) == pytest.approx(corner.metres, abs=0.01)
    assert corner.steps["kind"].tolist() == ["walk", "walk"]


def test_a_walk_to_the_street_is_a_step(tmp_path: Path) -> None:
    """Thirty metres on foot at 4.5 km/h before, twenty after; the line begins and ends at the doors."""
    trip = route(_square(tmp_path), lonlat((50, -30)), lonlat((150, -20)), "ebike")
    assert trip.steps["kind"].tolist() == ["walk", "street", "walk"]
    assert trip.steps["metres"].tolist() == pytest.approx([30, 100, 20], abs=0.05)
    assert trip.steps["seconds"].iloc[0] == pytest.approx(24, abs=0.05)
    assert len(trip.geometry.coords) == 4


def test_an_island_is_left_on_foot(cases: Path) -> None:
    """A door beside a cut-off street walks to the main one, and the walk is told."""
    folder = cases / "36_island_component"
    roads, _ = read_roads(folder / "roads.osm")
    ends = [
        gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["经度"], table["纬度"]), crs=4326)
        for table in (pd.read_csv(folder / name).set_index("编号") for name in ("demand.csv", "stations.csv"))
    ]
    trip = route(roads, ends[0].loc[["D1"]], ends[1].iloc[[0]], "car")
    assert trip.metres == pytest.approx(752, rel=0.01)
    assert trip.steps["kind"].iloc[0] == "walk"
    assert trip.steps["metres"].iloc[0] == pytest.approx(62, abs=1)


def test_where_there_is_no_trip_it_says_why(tmp_path: Path, cases: Path) -> None:
    """Off the network, beyond the cutoff, or no legal way: found is false, numbers are NaN, the reason is a sentence."""
    roads = _square(tmp_path)
    far = route(roads, lonlat((50, 5000)), lonlat((50, 0)), "ebike")
    assert not far.found
    assert np.isnan([far.seconds, far.metres]).all()
    assert far.geometry.is_empty
    assert far.steps.empty
    assert "within 400 m" in far.reason
    assert "1min" in route(roads, lonlat((50, 0)), lonlat((100, 200)), "foot", "1min").reason
    trap, _ = read_roads(cases / "37_oneway_trap" / "roads.osm")
    stations = pd.read_csv(cases / "37_oneway_trap" / "stations.csv")
    demand = pd.read_csv(cases / "37_oneway_trap" / "demand.csv")
    ends = [(float(table["经度"].iloc[0]), float(table["纬度"].iloc[0])) for table in (demand, stations)]
    assert route(trap, *ends, "car").reason == "no legal trip by car within 24h"
    assert route(trap, *ends[::-1], "car").found


def test_turn_bans_are_kept(cases: Path) -> None:
    """A car drives round the block where it must not turn left; a walker turns."""
    roads, _ = read_roads(cases / "39_turn_restriction" / "roads.osm")
    ends = (114.3, 30.6), (114.3041794, 30.6026963)
    assert route(roads, *ends, "car").metres == pytest.approx(1216, rel=0.01)
    assert route(roads, *ends, "foot").metres == pytest.approx(700, rel=0.01)


def test_closing_the_one_bridge_changes_exactly_the_routes_that_cross_it(root: Path) -> None:
    """Of all pairs of random places, those are lost whose line crosses the bridge; the others keep their very line."""
    roads, _ = read_roads(root / "data" / "geo" / "jiaojiang" / "roads.osm.gz")
    bridge = np.flatnonzero(np.array(["椒江大桥" in tags.get("bridge:name", "") for tags in roads.tags])[roads.tag])
    middle = shapely.union_all(shapely.line_interpolate_point(roads.lines()[bridge], 0.5, normalized=True))
    net, closed = network(roads, "ebike"), with_closed(roads, np.unique(roads.way[bridge]).tolist())
    edges = np.random.default_rng(8).choice(np.setdiff1d(np.flatnonzero(net.part == 0), bridge), 30, replace=False)
    places = gpd.GeoDataFrame(
        index=[f"E{edge}" for edge in edges],
        geometry=shapely.line_interpolate_point(roads.lines()[edges], 0.5, normalized=True),
        crs=4326,
    )
    pairs = pd.DataFrame([(a, b) for a in places.index for b in places.index], columns=["origin", "destination"])
    before = routes(net, places, places, pairs, "ebike")
    after = routes(closed, places, places, pairs, "ebike")
    crosses = pd.Series(shapely.distance(before.geometry.to_numpy(), middle) < 1e-9, before.index)
    had = before["reason"] == ""
    assert 0 < crosses.sum() < had.sum()
    assert (after["reason"] != "").equals(crosses | ~had)
    kept = had & ~crosses
    np.testing.assert_allclose(after.loc[kept, "seconds"], before.loc[kept, "seconds"], rtol=0, atol=1e-6)
    assert shapely.equals_exact(after.geometry[kept].to_numpy(), before.geometry[kept].to_numpy(), 1e-9).all()


def test_unknown_ids_and_many_places_are_refused(tmp_path: Path) -> None:
    """Ids of pairs must be in the tables; ``route`` takes one place."""
    roads, two = _square(tmp_path), points(A=(50, 0), B=(120, 0))
    pairs = pd.DataFrame({"origin": ["A", "X"], "destination": ["B", "B"]})
    with pytest.raises(InputError, match="id X: no origin has this id"):
        routes(roads, two, two, pairs, "ebike")
    with pytest.raises(ScenarioError, match=r"this table has 2. Use routes\(\)"):
        route(roads, two, two.iloc[[0]], "ebike")
    with pytest.raises(ScenarioError, match="direction = 'sideways'"):
        route(roads, two.iloc[[0]], two.iloc[[1]], "ebike", direction="sideways")  # type: ignore[arg-type]
    assert routes(roads, two, two, pairs.iloc[:0], "ebike").empty
