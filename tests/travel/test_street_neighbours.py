"""Neighbours of the public road reports: the same faults with other tags, shapes and ids, worked out on paper."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import osmnx
import pytest
import shapely

from planner.inputs.roads.read import read_roads

from .made_streets import (
    Place,
    by_mode,
    lonlat,
    made_roads,
    metres,
    trip,
    trips,
    who_fits,
    who_passes,
)

STREET = {"highway": "residential"}

# A street of 1,000 m with these tags: km/h along and against it for a mode (None: closed).
LANES: list[tuple[str, str, float | None, float | None]] = [
    # Access words in their combinations: the most particular key counts, a private street may end a trip.
    ("highway=residential, access=customers", "car", 30, 30),
    ("highway=residential, access=delivery", "truck", 20, 20),
    ("highway=residential, access=permissive", "ebike", 18, 18),
    ("highway=residential, access=destination, hgv=no", "truck", None, None),
    ("highway=residential, access=no, motor_vehicle=destination", "car", 30, 30),
    ("highway=residential, access=no, motor_vehicle=destination", "ebike", None, None),
    ("highway=residential, vehicle=no, motor_vehicle=delivery", "truck", 20, 20),
    ("highway=residential, access=private, foot=no", "foot", None, None),
    ("highway=residential, motor_vehicle=private;destination", "car", 30, 30),
    ("highway=residential, access=forestry", "car", None, None),
    ("highway=pedestrian, motor_vehicle=delivery", "car", 10, 10),
    ("highway=pedestrian, bicycle=yes", "ebike", 12, 12),
    ("highway=pedestrian, access=yes", "car", None, None),
    ("highway=footway, bicycle=designated", "bicycle", 10, 10),
    ("highway=cycleway, foot=no", "foot", None, None),
    ("highway=path, access=no, bicycle=permit", "bicycle", 10, 10),
    ("highway=residential, motor_vehicle:conditional=no @ (Mo-Fr 07:00-09:00)", "car", 30, 30),
    ("highway=residential, hgv:conditional=no @ (weight>7.5)", "truck", 20, 20),
    # Bus roads, and what stands on or beside streets.
    ("highway=busway", "car", None, None),
    ("highway=busway, bicycle=yes", "ebike", 12, 12),
    ("highway=busway, sidewalk=both", "foot", 4.5, 4.5),
    ("highway=tertiary, access=no, bus=designated, bicycle=yes", "ebike", 20, 20),
    ("highway=tertiary, access=no, psv=yes", "car", None, None),
    ("highway=tertiary, lanes:psv=1, oneway=yes, oneway:psv=no", "car", 35, None),
    ("highway=tertiary, busway=lane, busway:left=opposite_lane, oneway=yes", "car", 35, None),
    ("highway=service, service=drive-through", "car", 15, 15),
    ("highway=service, service=parking_aisle, oneway=yes", "car", 15, None),
    ("highway=service, service=emergency_access", "ebike", None, None),
    ("highway=service, service=emergency_access, motor_vehicle=yes", "car", 15, 15),
    ("highway=service, ford=yes", "car", 15, 15),
    ("highway=residential, tunnel=yes, layer=-1", "foot", 4.5, 4.5),
    # Indoors and on foot.
    ("highway=corridor, indoor=yes, level=1", "foot", 4.5, 4.5),
    ("highway=corridor, indoor=yes", "ebike", None, None),
    ("highway=elevator", "foot", 2, 2),
    ("highway=elevator", "bicycle", None, None),
    ("highway=platform", "foot", 4.5, 4.5),
    ("highway=footway, conveying=backward", "foot", None, 4.5),
    ("highway=footway, oneway=yes", "foot", 4.5, 4.5),
    ("highway=steps, foot=no", "foot", None, None),
    ("highway=via_ferrata", "foot", None, None),
    # Directions.
    ("highway=tertiary, oneway=-1, cycleway=opposite_lane", "ebike", 20, 20),
    ("highway=tertiary, oneway=-1, cycleway=opposite_lane", "car", None, 35),
    ("highway=tertiary, oneway=-1, oneway:bicycle=no", "car", None, 35),
    ("highway=tertiary, oneway=Yes", "car", 35, None),
    ("highway=tertiary, oneway=-1, oneway:bicycle=yes", "bicycle", 15, None),
    ("highway=tertiary, junction=circular", "truck", 30, None),
    ("highway=tertiary, junction=circular, oneway:bicycle=no", "ebike", 20, 20),
    ("highway=tertiary, junction=jughandle", "car", 35, 35),
    ("highway=motorway, oneway=no", "car", 100, 100),
    ("highway=tertiary, oneway=yes, oneway:motor_vehicle=no", "car", 35, 35),
    ("highway=tertiary, oneway=yes, motor_vehicle:backward=yes", "car", 35, 35),
    # Limits.
    ("highway=tertiary, maxspeed=50 mph", "car", 80.47, 80.47),
    ("highway=tertiary, maxspeed=walk", "car", 7, 7),
    ("highway=tertiary, maxspeed=RU:urban", "car", 60, 60),
    ("highway=tertiary, maxspeed=RU:living_street", "car", 20, 20),
    ("highway=tertiary, maxspeed=DE:rural", "car", 100, 100),
    ("highway=tertiary, maxspeed=GB:nsl_restricted", "car", 48.28, 48.28),
    ("highway=tertiary, maxspeed=FR:zone30", "car", 30, 30),
    ("highway=tertiary, maxspeed=signals", "car", 35, 35),
    ("highway=tertiary, maxspeed=none", "truck", 30, 30),
    ("highway=tertiary, maxspeed=60;80", "truck", 60, 60),
    ("highway=tertiary, maxspeed=50|60", "car", 50, 50),
    ("highway=tertiary, maxspeed=60 / 80", "car", 60, 60),
    ("highway=tertiary, maxspeed=signals;50", "car", 50, 50),
    ("highway=tertiary, maxspeed:backward=30 mph", "car", 35, 48.28),
    ("highway=tertiary, maxspeed=RU:urban", "ebike", 20, 20),
]


def test_streets(tmp_path: Path) -> None:
    """Each street is open to its mode in its directions, at its speed."""
    found = by_mode(tmp_path, [row[:2] for row in LANES])
    assert [row[:2] + speeds for row, speeds in zip(LANES, found, strict=True)] == LANES


SIZES = [
    ("maxweight=3.5 t", 3.5, 2.0, True),
    ("maxweight=3.5 t", 4.5, 2.0, False),
    ("maxweight=7.5", 7.6, 2.0, False),
    ("maxweight=2 st", 1.8, 2.0, True),  # 2 short tons are 1.814 t
    ("maxweight=2 st", 1.9, 2.0, False),
    ("maxweight=10 mt", 12.0, 2.0, False),
    ("maxweight=6000 lb", 2.8, 2.0, False),  # 2.722 t
    ("tunnel=yes, maxheight=3.2", 3.0, 3.3, False),
    ("tunnel=yes, maxheight=4.2 m", 12.0, 3.8, True),
    ("covered=yes, maxheight=11'", 3.0, 3.4, False),  # 3.353 m
    ("bridge=yes, maxweight=10;15", 12.0, 2.0, False),
    ("maxheight=none", 40.0, 4.5, True),
]


def test_sizes(tmp_path: Path) -> None:
    """A vehicle within the sign passes, a larger one does not, in every unit."""
    found = who_fits(tmp_path, [row[:3] for row in SIZES])
    assert [(*row[:3], passes) for row, passes in zip(SIZES, found, strict=True)] == SIZES


NODES_ON_THE_WAY = {
    "barrier=bus_trap": "foot ebike",
    "barrier=sump_buster": "foot ebike",
    "barrier=sump_buster, motor_vehicle=yes": "foot ebike car truck",
    "barrier=kerb, kerb=raised": "foot ebike car truck",
    "barrier=height_restrictor, maxheight=3": "foot ebike car",
    "barrier=tank_trap": "foot ebike",
    "barrier=wicket_gate": "foot ebike",
    "barrier=hampshire_gate": "foot ebike car truck",
    "barrier=border_control": "foot ebike car truck",
    "barrier=no": "foot ebike car truck",
    "barrier=bollard, bollard=removable, hgv=yes": "foot ebike truck",
    "barrier=lift_gate, access=permissive": "foot ebike car truck",
    "barrier=gate, vehicle=no": "foot",
    "barrier=full-height_turnstile": "foot",
    "barrier=hedge": "",
    "maxheight=3.5": "foot ebike car",  # a sign on a node of its own
    "maxweight=10": "foot ebike car",
    "maxheight=4": "foot ebike car truck",
    "ford=yes": "foot ebike car truck",
    "highway=crossing, crossing=marked": "foot ebike car truck",
    "highway=give_way": "foot ebike car truck",
    "highway=elevator": "foot ebike car truck",
}


def test_nodes_on_the_way(tmp_path: Path) -> None:
    """What stands in the middle of a street stops its modes only."""
    assert who_passes(tmp_path, NODES_ON_THE_WAY, ("foot", "ebike", "car", "truck"))[0] == NODES_ON_THE_WAY


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ({"duration": "01:30"}, 5400), ({"duration": "PT20M"}, 1200), ({"duration": "20"}, 1200),
        ({"duration": "1:30:30"}, 5430), ({"duration": "90 min"}, 5400), ({"duration": "1.5 h"}, 5400),
        ({"duration": "00:20", "access": "no", "motorcar": "yes"}, 1200),
        ({"duration": "00:20", "access": "no", "foot": "yes"}, None), ({"duration": "00:20", "oneway": "-1"}, None),
    ],
)  # fmt: skip
def test_ferries(tmp_path: Path, tags: dict[str, str], seconds: float | None) -> None:
    """A ferry takes its duration, goes in its direction, and only with those it takes."""
    nodes = {i: (500.0 * i, 0.0) for i in range(4)}
    ways = {1: ([0, 1], STREET), 2: ([1, 2], {"route": "ferry"} | tags), 3: ([2, 3], STREET)}
    roads, _ = made_roads(tmp_path, nodes, ways)
    found = trip(roads, "car", nodes[0], nodes[3], ferries=True)
    assert (found and round(found[0])) == (None if seconds is None else seconds + 120)


# Shapes of ways: what is travelled between two places, in metres by car (None: no trip).
SHAPES: dict[str, tuple[dict[int, Place], dict[int, list[int]], tuple[int, int], int | None]] = {
    "crossing without a shared node": (
        {1: (0, 0), 2: (200, 0), 3: (100, -100), 4: (100, 100)}, {1: [1, 2], 2: [3, 4]}, (1, 4), None,
    ),
    "a node each at one place": (
        {1: (0, 0), 2: (100, 0), 3: (100, 0), 4: (200, 0)}, {1: [1, 2], 2: [3, 4]}, (1, 4), None,
    ),
    "a node twice in a row": ({1: (0, 0), 2: (100, 0), 3: (200, 0)}, {1: [1, 2, 2, 2, 3]}, (1, 3), 200),
    "a ring": ({1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100)}, {1: [1, 2, 3, 4, 1]}, (1, 4), 100),
    "a lasso": (
        {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (200, 100), 5: (100, 100)}, {1: [1, 2, 3, 4, 5, 2]}, (1, 5), 200,
    ),
    "an eight": (
        {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (-100, 0), 6: (-100, -100), 7: (0, -100)},
        {1: [1, 2, 3, 4, 1, 5, 6, 7, 1]}, (3, 6), 400,
    ),
    "an edge without length": (
        {1: (0, 0), 2: (100, 0), 3: (100, 0), 4: (200, 0), 5: (100, 100)},
        {1: [1, 2], 2: [2, 3], 3: [3, 4], 4: [3, 5]}, (1, 5), 200,
    ),
    "there and back on one way": ({1: (0, 0), 2: (100, 0), 3: (200, 0)}, {1: [1, 2, 3, 2, 1]}, (1, 3), 200),
    "a way twice": ({1: (0, 0), 2: (100, 0)}, {1: [1, 2], 2: [2, 1]}, (1, 2), 100),
    "a way of one node": ({1: (0, 0), 2: (100, 0)}, {1: [1, 2], 2: [2]}, (1, 2), 100),
    "a way without nodes": ({1: (0, 0), 2: (100, 0)}, {1: [1, 2], 2: []}, (1, 2), 100),
    "a node beyond the file at the end": ({1: (0, 0), 2: (100, 0)}, {1: [1, 2, 99]}, (1, 2), 100),
    "a node beyond the file in the middle": ({1: (0, 0), 2: (100, 0), 3: (200, 0)}, {1: [1, 99, 2, 3]}, (2, 3), 100),
    "cut where a node is missing": ({1: (0, 0), 2: (50, 0), 3: (100, 0), 4: (200, 0)}, {1: [1, 2, 99, 3, 4]}, (1, 4), None),
    "negative ids": ({-1: (0, 0), -2: (100, 0), -3: (100, 100)}, {-7: [-1, -2], -8: [-2, -3]}, (-1, -3), 200),
    "both signs": ({-1: (0, 0), 1: (100, 0), 2: (100, 100)}, {-7: [-1, 1], 8: [1, 2]}, (-1, 2), 200),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_of_ways(tmp_path: Path, shape: str) -> None:
    """Rings, loops, doubles, gaps and ids of editors: one goes where nodes are shared, and nowhere else."""
    nodes, ways, (a, b), expected = SHAPES[shape]
    roads, _ = made_roads(tmp_path, nodes, {way: (refs, STREET) for way, refs in ways.items()})
    assert metres(roads, "car", nodes).get((a, b)) == expected


#        4 ---- 6        A crossing (2) of two-way streets with arms of 100 m; 3 and 4 are also joined over 6.
#        |      |        One way (13) passes the crossing from west to east.
#  1 --- 2 ---- 3
#        |
#        5
CROSSING = {1: (-100.0, 0.0), 2: (0.0, 0.0), 3: (100.0, 0.0), 4: (0.0, 100.0), 5: (0.0, -100.0), 6: (100.0, 100.0)}
ARMS = {13: [1, 2, 3], 24: [2, 4], 25: [2, 5], 36: [3, 6], 64: [6, 4]}
AT_2 = ("node", 2, "via")
TURNS: dict[str, tuple[list[tuple[str, int, str]], dict[str, str], dict[str, tuple[int, int, int]]]] = {
    # metres from 1 to 3, 4 and 5
    "only straight on along a way that passes": (
        [("way", 13, "from"), AT_2, ("way", 13, "to")], {"restriction": "only_straight_on"}, {"car": (200, 400, 600)},
    ),
    "no straight on along a way that passes": (
        [("way", 13, "from"), AT_2, ("way", 13, "to")], {"restriction": "no_straight_on"}, {"car": (400, 200, 200)},
    ),
    "no turning back along a way that passes": (
        [("way", 13, "from"), AT_2, ("way", 13, "to")], {"restriction": "no_u_turn"}, {"car": (200, 200, 200)},
    ),
    "left from a way that passes": (
        [("way", 13, "from"), AT_2, ("way", 24, "to")], {"restriction": "no_left_turn"}, {"car": (200, 400, 200)},
    ),
    "right from a way that passes, said as left": (
        [("way", 13, "from"), AT_2, ("way", 25, "to")], {"restriction": "no_right_turn"}, {"car": (200, 200, 600)},
    ),
    "except bicycles and buses": (
        [("way", 13, "from"), AT_2, ("way", 24, "to")], {"restriction": "no_left_turn", "except": "bicycle;psv"},
        {"car": (200, 400, 200), "ebike": (200, 200, 200), "truck": (200, 400, 200)},
    ),
    "for buses": (
        [("way", 13, "from"), AT_2, ("way", 24, "to")], {"restriction:bus": "no_left_turn"},
        {"car": (200, 200, 200), "truck": (200, 200, 200)},
    ),
    "at certain times": (
        [("way", 13, "from"), AT_2, ("way", 24, "to")],
        {"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, {"car": (200, 200, 200)},
    ),
    "always, and others at certain times": (
        [("way", 13, "from"), AT_2, ("way", 24, "to")],
        {"restriction": "no_left_turn", "restriction:conditional": "no_right_turn @ (Mo-Fr)"}, {"car": (200, 400, 200)},
    ),
    "through two ways": (
        [("way", 13, "from"), ("way", 36, "via"), ("way", 64, "via"), ("way", 24, "to")], {"restriction": "no_u_turn"},
        {"car": (200, 200, 200)},
    ),
    "without via": ([("way", 13, "from"), ("way", 24, "to")], {"restriction": "no_left_turn"}, {"car": (200, 200, 200)}),
}  # fmt: skip


@pytest.mark.parametrize("name", TURNS)
def test_turns(tmp_path: Path, name: str) -> None:
    """The turn that is meant is forbidden to those whom it binds, and no other one."""
    members, tags, expected = TURNS[name]
    relation = {900: (members, {"type": "restriction"} | tags)}
    roads, _ = made_roads(tmp_path, CROSSING, {way: (of, STREET) for way, of in ARMS.items()}, relations=relation)
    for mode, lengths in expected.items():
        found = metres(roads, mode, CROSSING)
        assert tuple(found[1, to] for to in (3, 4, 5)) == lengths, mode


def test_squares_lifts_and_passages_make_one_walk(tmp_path: Path) -> None:
    """A walk over a square's rim, by a lift of 20 m and through a passage: 100 + 20 + 100 m at 4.5, 2 and 4.5 km/h."""
    nodes = {0: (0.0, 0.0), 1: (100.0, 0.0), 2: (100.0, 20.0), 3: (200.0, 20.0), 4: (0.0, -60.0), 5: (100.0, -60.0)}
    ways = {
        1: ([0, 1, 5, 4, 0], {"highway": "pedestrian", "area": "yes"}),
        2: ([1, 2], {"highway": "elevator", "indoor": "yes"}),
        3: ([2, 3], {"highway": "corridor", "indoor": "yes", "level": "1"}),
    }
    roads, _ = made_roads(tmp_path, nodes, ways)
    seconds, length = trips(roads, "foot", {0: nodes[0], 3: nodes[3]})[0, 3]
    assert (round(seconds), round(length)) == (80 + 36 + 80, 220)


def test_osmnx_graphs_with_lists_and_reversed_flags(tmp_path: Path) -> None:
    """Merged edges: the strictest access, the slowest class, the lowest limit; a one-way edge keeps its direction."""
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    for node in range(5):
        x, y = lonlat((1000.0 * node, 0.0))
        graph.add_node(node, x=x, y=y, street_count=2)

    def edge(a: int, b: int, *, twoway: bool, **data: object) -> None:
        shape = shapely.LineString([lonlat((1000.0 * a, 0.0)), lonlat((1000.0 * b, 0.0))])
        for u, v, line in ((a, b, shape), (b, a, shapely.reverse(shape)))[: 1 + twoway]:
            graph.add_edge(u, v, osmid=[a, 100 + a], length=1000.0, geometry=line, oneway=not twoway, **data)

    edge(0, 1, twoway=True, highway=["primary", "residential"], maxspeed=["60", "50"], reversed=[True, False])
    edge(2, 1, twoway=False, highway="tertiary", maxspeed="30 mph", reversed=True, lanes=["2", "3"])
    edge(2, 3, twoway=True, highway="service", access=["yes", "no"], reversed=False)
    edge(3, 4, twoway=True, highway=["pedestrian", "footway"], name=["甲", "乙"], reversed=False)
    osmnx.save_graphml(graph, tmp_path / "streets.graphml")
    roads, report = read_roads(tmp_path / "streets.graphml")
    places = {node: (1000.0 * node, 0.0) for node in range(5)}
    car = trips(roads, "car", places)
    assert {ends: round(value[0], 1) for ends, value in car.items() if abs(ends[0] - ends[1]) == 1} == {
        (0, 1): 72.0, (1, 0): 72.0, (2, 1): 74.6,
    }  # fmt: skip
    assert round(trips(roads, "foot", places)[3, 4][0]) == 800
    assert "2 streets were merged" in str(report) or "3 streets were merged" in str(report)
