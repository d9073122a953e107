"""Public fault reports about road networks, each with its own input."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from planner.errors import InputError, ScenarioError
from planner.inputs.roads import read_roads
from planner.travel import network, travel_matrix


def _points(path: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(path, dtype={"编号": str}).set_index("编号")
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["经度"], table["纬度"]), crs=4326)


def _one(x: float, y: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=["P"], geometry=gpd.points_from_xy([x], [y]), crs=4326)


def _metres(folder: Path, direction: str, mode: str = "car", **options: bool) -> dict[str, float]:
    roads, _ = read_roads(folder / "roads.osm")
    tables = _points(folder / "demand.csv"), _points(folder / "stations.csv")
    pairs = travel_matrix(roads, *tables, mode, "5km", direction, **options)
    return dict(zip(pairs["origin"].astype(str), pairs["metres"], strict=True))


@pytest.mark.case(34, "a one-way street in a loop", "the two directions differ, and each is right")
def test_direction_of_travel(cases: Path) -> None:
    """From the station 400 m, to the station 1,600 m."""
    folder = cases / "34_oneway_loop"
    assert _metres(folder, "from_destination") == pytest.approx({"D1": 400}, rel=0.01)
    assert _metres(folder, "to_destination") == pytest.approx({"D1": 1600}, rel=0.01)


@pytest.mark.case(36, "a cut-off street beside the main road", "the walk to the main road is counted")
def test_island(cases: Path) -> None:
    """D1 walks 62 m to the main road."""
    assert _metres(cases / "36_island_component", "to_destination") == pytest.approx({"D1": 752, "D2": 120}, rel=0.01)


@pytest.mark.case(37, "a one-way dead end", "it can be entered but not left")
def test_trap(cases: Path) -> None:
    """Station to demand is 1,500 m, back there is no way."""
    folder = cases / "37_oneway_trap"
    assert _metres(folder, "from_destination") == pytest.approx({"D1": 1500}, rel=0.01)
    assert _metres(folder, "to_destination") == {}


@pytest.mark.case(38, "a ferry to an island", "it is used only when asked for, with its duration")
def test_ferry(cases: Path) -> None:
    """Without the ferry only D2 is reached; with it D1 takes 2,500 m."""
    folder = cases / "38_ferry"
    assert set(_metres(folder, "to_destination")) == {"D2"}
    assert _metres(folder, "to_destination", ferries=True)["D1"] == pytest.approx(2500, rel=0.01)


@pytest.mark.case(39, "a no_left_turn relation", "cars go round, walkers do not")
def test_turn_restriction(cases: Path) -> None:
    """Cars 1,216 m, walkers 700 m."""
    roads, _ = read_roads(cases / "39_turn_restriction" / "roads.osm")
    ends = _one(114.3, 30.6), _one(114.3041794, 30.6026963)
    assert travel_matrix(roads, *ends, "car", "5km")["metres"].tolist() == pytest.approx([1216], rel=0.01)
    assert travel_matrix(roads, *ends, "foot", "5km")["metres"].tolist() == pytest.approx([700], rel=0.01)


@pytest.mark.case(40, "maxspeed in odd shapes or absent", "read or imputed, and counted")
@pytest.mark.parametrize(("name", "read", "imputed"), [("mixed", 2, 4), ("none", 0, 6)])
def test_maxspeed(cases: Path, name: str, read: int, imputed: int) -> None:
    """The report counts what was read and what was imputed."""
    facts = network(read_roads(cases / "40_maxspeed_values" / f"{name}.osm")[0], "car").report.facts
    assert (facts["maxspeed read"], facts["maxspeed imputed"]) == (read, imputed)


@pytest.mark.case(43, "two streets between the same junctions", "the shorter one counts")
def test_parallel(cases: Path) -> None:
    """End to end 800 m."""
    roads, _ = read_roads(cases / "43_parallel_edges" / "roads.osm")
    pairs = travel_matrix(roads, _one(114.2979145, 30.6000048), _one(114.3062564, 30.5999854), "car", "5km")
    assert pairs["metres"].tolist() == pytest.approx([800], rel=0.01)


@pytest.mark.case(44, "few long edges against many short ones", "metres count, not junctions")
def test_metres_not_hops(cases: Path) -> None:
    """The way over five short edges, 2,000 m."""
    roads, _ = read_roads(cases / "44_hops_not_metres" / "roads.osm")
    pairs = travel_matrix(roads, _one(114.3, 30.6), _one(114.3208546, 30.5999502), "car", "5km")
    assert pairs["metres"].tolist() == pytest.approx([2000], rel=0.01)


@pytest.mark.case(73, "a format that holds no streets", "the supported ones are named")
def test_unsupported(tmp_path: Path) -> None:
    """The message names the formats."""
    (tmp_path / "city.dwg").write_bytes(b"x")
    with pytest.raises(InputError, match=r"\.osm\.pbf"):
        read_roads(tmp_path / "city.dwg")


@pytest.mark.case(74, "bounds in another order", "refused")
def test_bounds(cases: Path) -> None:
    """Latitude first is refused, west south east north is taken."""
    path = cases / "34_oneway_loop" / "roads.osm"
    with pytest.raises(ScenarioError, match="west"):
        read_roads(path, clip=(30.6, 30.5, 114.4, 114.3))
    assert len(read_roads(path, clip=(114.3, 30.5, 114.4, 30.6))[0]) == 4


@pytest.mark.case(75, "points elsewhere than the streets", "stopped with a sentence")
def test_elsewhere(cases: Path) -> None:
    """Swapped coordinates lie far from every street."""
    roads, _ = read_roads(cases / "34_oneway_loop" / "roads.osm")
    with pytest.raises(ScenarioError, match="CRS of points and roads differ"):
        travel_matrix(roads, _one(30.6, 60.0), _one(114.3, 30.6), "car", "5km")


def test_unknown_mode(cases: Path) -> None:
    """The message lists the modes."""
    with pytest.raises(ScenarioError, match="foot, bicycle, ebike, car, truck"):
        network(read_roads(cases / "34_oneway_loop" / "roads.osm")[0], "scooter")
