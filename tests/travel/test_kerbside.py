"""Vehicles that stop on their own side of the street only, where the mode says so: metres worked out on paper."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import shapely

from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads
from planner.travel import get_mode, isochrones, route, routes, snap, travel_matrix
from planner.travel.streets.network import network

from .made_streets import Place, Way, lonlat, made_roads, metres, points

PRIMARY = {"highway": "primary"}
CAR = get_mode("car").with_kerbside(["primary"])
NEAR = {"max_access": "20m"}
#  1 ---A----------B----- 2     A street of 600 m from west (1) to east (2), a dead end at both; A and B stand 10 m
#                  C            south of it, C faces B on the north side, D lies on the street 20 m before B.
STREET = {1: (0.0, 0.0), 2: (600.0, 0.0)}
PLACES: dict[str, Place] = {"A": (100.0, -10.0), "B": (400.0, -10.0), "C": (400.0, 10.0), "D": (380.0, 0.0)}


def _roads(
    folder: Path, ways: dict[int, Way] | None = None, nodes: dict[int, Place] | None = None, **more: object
) -> Roads:
    return made_roads(folder, nodes or STREET, ways or {1: ([1, 2], PRIMARY)}, **more)[0]


def test_a_driver_goes_on_and_turns(tmp_path: Path) -> None:
    """South of the street is the right-hand side of who goes east, north of it that of who goes west."""
    found = metres(_roads(tmp_path), CAR, PLACES, **NEAR)
    assert {ends: found[ends] for ends in (("A", "B"), ("B", "A"), ("A", "C"), ("C", "A"), ("B", "C"), ("C", "B"))} == {
        ("A", "B"): 10 + 300 + 10,
        ("B", "A"): 10 + 200 + 600 + 100 + 10,  # on to the east, back on the other side, and round in the west
        ("A", "C"): 10 + 500 + 200 + 10,
        ("C", "A"): 10 + 400 + 100 + 10,
        ("B", "C"): 10 + 200 + 200 + 10,  # facing each other
        ("C", "B"): 10 + 400 + 400 + 10,
    }
    assert (found["A", "D"], found["D", "A"], found["C", "D"], found["D", "C"]) == (290, 490, 30, 430)
    assert found["A", "A"] == 0


@pytest.mark.parametrize(
    ("tags", "mode"),
    [
        (PRIMARY, "car"),  # not asked for
        (PRIMARY, get_mode("car").with_kerbside(["trunk", "secondary"])),  # of other classes
        (PRIMARY, "foot"),
        (PRIMARY | {"oneway:bicycle": "no"}, "ebike"),
    ],
)
def test_elsewhere_both_sides_are_served(tmp_path: Path, tags: dict[str, str], mode: str) -> None:
    """Without the rule a street is crossed by the last steps: the trip is the same there and back."""
    found = metres(_roads(tmp_path, {1: ([1, 2], tags)}), mode, PLACES, **NEAR)
    assert found["A", "B"] == found["B", "A"] == found["A", "C"] == found["C", "A"] == 320


def test_one_way_streets_are_stopped_in_on_both_sides(tmp_path: Path) -> None:
    """Nobody comes from the other side there; a dual carriageway is two such ways, and each point nearest to its own."""
    assert metres(_roads(tmp_path, {1: ([1, 2], PRIMARY | {"oneway": "yes"})}), CAR, PLACES, **NEAR)["A", "C"] == 320
    one = PRIMARY | {"oneway": "yes"}
    nodes = STREET | {3: (600.0, 12.0), 4: (0.0, 12.0)}
    ways = {1: ([1, 2], one), 2: ([3, 4], one), 3: ([2, 3], PRIMARY), 4: ([4, 1], PRIMARY)}
    found = metres(_roads(tmp_path, ways, nodes), CAR, {"A": (100.0, -10.0), "C": (400.0, 22.0)}, **NEAR)
    assert (found["A", "C"], found["C", "A"]) == (10 + 500 + 12 + 200 + 10, 10 + 400 + 12 + 100 + 10)


def test_the_side_is_that_of_travel_not_of_drawing(tmp_path: Path) -> None:
    """A street drawn from east to west gives the same trips."""
    drawn = [metres(_roads(tmp_path, {1: (refs, PRIMARY)}), CAR, PLACES, **NEAR) for refs in ([1, 2], [2, 1])]
    assert drawn[0] == drawn[1]


def test_turning_is_legal_or_later(tmp_path: Path) -> None:
    """Where turning round is forbidden at the junction (2), one turns in the side street of 50 m."""
    nodes = STREET | {3: (900.0, 0.0), 4: (600.0, 50.0)}
    ways = {1: ([1, 2], PRIMARY), 2: ([2, 3], PRIMARY), 3: ([2, 4], {"highway": "residential"})}
    ban = (
        [("way", 1, "from"), ("node", 2, "via"), ("way", 1, "to")],
        {"type": "restriction", "restriction": "no_u_turn"},
    )
    free = metres(_roads(tmp_path, ways, nodes), CAR, PLACES, **NEAR)
    bound = metres(_roads(tmp_path, ways, nodes, relations={9: ban}), CAR, PLACES, **NEAR)
    assert (free["A", "C"], bound["A", "C"]) == (720, 720 + 50 + 50)
    assert free["A", "B"] == bound["A", "B"] == 320


def test_in_front_of_a_sharp_corner(tmp_path: Path) -> None:
    """A hairpin to the left (1-2-3): who stands before its tip stands on the right, though left of its first arm."""
    nodes = {1: (0.0, 0.0), 2: (300.0, 0.0), 3: (0.0, 100.0)}
    places = {"arm": (100.0, -10.0), "tip": (310.0, 8.0), "inner": (100.0, 20.0)}
    found = metres(_roads(tmp_path, {1: ([1, 2, 3], PRIMARY)}, nodes), CAR, places, max_access="50m")
    walk, second = 164**0.5, (300**2 + 100**2) ** 0.5
    assert found["arm", "tip"] == round(10 + 200 + walk)
    assert found["tip", "arm"] == round(walk + second + second + 300 + 100 + 10)
    assert found["arm", "inner"] == round(10 + 200 + second + second + 200 + 20)


def test_there_and_back(tmp_path: Path) -> None:
    """The direction of the matrix is that of the traveller, and a round trip is the sum of both."""
    roads, places = _roads(tmp_path), points(A=PLACES["A"], B=PLACES["B"])
    found = [
        travel_matrix(roads, places.loc[["A"]], places.loc[["B"]], CAR, "2km", direction, **NEAR)["metres"].round()
        for direction in ("to_destination", "from_destination", "round_trip")
    ]
    assert [values.tolist() for values in found] == [[320], [920], [1240]]


def test_routes_take_the_way_of_the_matrix(tmp_path: Path) -> None:
    """The line of a trip goes on to the end, back past the place it began at, and round to it."""
    roads, table = _roads(tmp_path), points(**PLACES)
    matrix = travel_matrix(roads, table, table, CAR, "5km", **NEAR)
    lines = routes(roads, table, table, matrix, CAR, "5km", **NEAR)
    assert lines["metres"].to_numpy() == pytest.approx(matrix["metres"].to_numpy(), abs=1e-6)
    assert lines["seconds"].to_numpy() == pytest.approx(matrix["seconds"].to_numpy(), abs=1e-6)
    way = route(roads, lonlat(PLACES["B"]), lonlat(PLACES["A"]), CAR, "5km", **NEAR)
    assert list(way.steps["turn_en"]) == ["walk", "head east", "turn back", "turn back", "walk"]
    assert [round(value) for value in way.steps["metres"]] == [10, 200, 600, 100, 10]


@pytest.mark.parametrize(
    ("direction", "inside", "outside"), [("to_destination", 300.0, 60.0), ("from_destination", 60.0, 250.0)]
)
def test_areas_within_reach_begin_on_the_own_side(
    tmp_path: Path, direction: str, inside: float, outside: float
) -> None:
    """Within 300 m of A one is at its east when leaving, and comes from its west."""
    roads = _roads(tmp_path)
    area, free = (
        isochrones(roads, points(A=PLACES["A"]), mode, ["300m"], direction, **NEAR).geometry.iloc[0]
        for mode in (CAR, "car")
    )
    holds = [area.contains(shapely.Point(lonlat((x, 0.0)))) for x in (inside, outside)]
    assert holds == [True, False]
    assert free.contains(area.buffer(-1e-6))
    assert free.contains(shapely.Point(lonlat((outside, 0.0))))


def test_ends_of_streets_have_no_side(tmp_path: Path) -> None:
    """Who stands behind a dead end is reached at it, and leaves from it."""
    found = metres(_roads(tmp_path), CAR, PLACES | {"E": (610.0, -1.0)}, **NEAR)
    assert (found["A", "E"], found["E", "C"]) == (10 + 500 + 10, 10 + 200 + 10)


def test_kept_tables_know_the_rule(tmp_path: Path) -> None:
    """A cache made without the rule is not read with it."""
    roads, table = _roads(tmp_path), points(A=PLACES["A"], C=PLACES["C"])
    sums = [
        round(travel_matrix(roads, table, table, mode, "5km", cache=tmp_path / "kept", **NEAR)["metres"].sum())
        for mode in ("car", CAR, "car", CAR)
    ]
    assert sums == [640, 1240, 640, 1240]


def test_the_walk_is_as_long_as_ever(tmp_path: Path) -> None:
    """The rule changes where one drives, not where a point meets its street."""
    roads, table = _roads(tmp_path), points(**PLACES)
    free, bound = (snap(network(roads, mode), table, **NEAR)[0].table for mode in ("car", CAR))
    pd.testing.assert_frame_equal(free, bound)


def test_the_rule_is_for_vehicles_and_their_streets() -> None:
    """People on foot, and classes that the mode has no speed for, are refused."""
    with pytest.raises(ScenarioError, match="on foot cross"):
        get_mode("foot").with_kerbside(["primary"])
    with pytest.raises(ScenarioError, match="Did you mean 'primary'"):
        get_mode("ebike").with_kerbside(["primry"])
