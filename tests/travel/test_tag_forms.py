"""Tags in forms that the tables of the wiki do not show: units, decimal commas, one direction only, two barriers."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.travel.streets.network import network

from .made_streets import Place, by_mode, lanes, made_roads, metres, said, trip, who_fits, who_passes

STREET = {"highway": "residential"}
SPEEDS = [
    ("maxspeed=60,5", 60.5), ("maxspeed=60, 80", 60), ("maxspeed=60,80", 60), ("maxspeed=60公里/小时", 60),
    ("maxspeed=60千米/时", 60), ("maxspeed=60 km / h", 60), ("maxspeed=60km/h / 80km/h", 60), ("maxspeed=30 mi/h", 48.28),
    ("maxspeed=50;", 50), ("maxspeed=50/30", 30), ("maxspeed=50 furlongs", 35),
]  # fmt: skip


def test_speeds(tmp_path: Path) -> None:
    """A comma before one digit is a decimal one; a slash before a word belongs to the unit."""
    rows = [{"highway": "tertiary"} | dict([text.split("=", 1)]) for text, _ in SPEEDS]
    net = network(lanes(tmp_path, rows), "car")
    kmh = 3.6 * net.arcs.metres[::2] / net.arcs.seconds[::2]
    assert [(text, round(float(speed), 2)) for (text, _), speed in zip(SPEEDS, kmh, strict=True)] == SPEEDS


SIZES = [
    ("maxheight=3m50", 3.0, 3.5, True), ("maxheight=3m50", 3.0, 3.6, False), ("maxheight=3米5", 3.0, 3.6, False),
    ("maxheight=3500 mm", 3.0, 3.6, False), ("maxheight=350厘米", 3.0, 3.6, False), ("maxheight=~3.5", 3.0, 3.6, False),
    ("maxheight=3.5/4.2", 3.0, 3.6, False), ("maxweight=5t/10t", 6.0, 2.0, False),
    ("maxweight=5 long tons", 5.0, 2.0, True), ("maxweight=5 long tons", 5.1, 2.0, False),  # 5.080 t
    ("maxheight=0", 3.0, 3.6, True), ("maxweight=0 t", 9.0, 2.0, True),
]  # fmt: skip


def test_sizes(tmp_path: Path) -> None:
    """Limits in more units; a sign of 0 forbids nothing."""
    found = who_fits(tmp_path, [row[:3] for row in SIZES])
    assert [(*row[:3], passes) for row, passes in zip(SIZES, found, strict=True)] == SIZES


def test_sizes_that_say_nothing_are_told(tmp_path: Path) -> None:
    """Figures that cannot be read, or be meant, set no limit and are counted for whom they concern."""
    rows = [
        "maxheight=about 3",
        "maxheight=3500",
        "maxweight=20-30",
        "maxheight=4.5",
        "maxheight=default",
        "maxwidth=2 m",
    ]
    roads = lanes(tmp_path, [STREET | said(row) for row in rows])
    told = {mode: str(network(roads, mode).report) for mode in ("truck", "car")}
    assert "3 edges have an unreadable limit of size (truck): no limit" in told["truck"]
    assert "limit of size" not in told["car"]


def test_sizes_of_one_direction(tmp_path: Path) -> None:
    """A limit for one way along the street closes that way."""
    rows = ["maxheight:forward=3", "maxweight:backward=5", "maxwidth:forward=2.5", "maxheight:backward=3"]
    found = by_mode(
        tmp_path, [(f"highway=service, {row}", "truck") for row in rows[:3]] + [(f"highway=service, {rows[3]}", "car")]
    )
    assert found == [(None, 10), (10, None), (10, 10), (15, 15)]


def test_two_barriers_at_one_node(tmp_path: Path) -> None:
    """The stricter of two kinds counts; a sign of height says who passes a height restrictor."""
    expected = {
        "barrier=gate;bollard": "foot ebike", "barrier=bollard; kissing_gate": "foot",
        "barrier=height_restrictor;bollard, maxheight=4": "foot ebike", "barrier=gate;lift_gate": "foot ebike car truck",
        "barrier=height_restrictor;gate, maxheight=4": "foot ebike car truck",
    }  # fmt: skip
    assert who_passes(tmp_path, expected, ("foot", "ebike", "car", "truck"))[0] == expected


#  1 ---- 2 ---- 4     A street of 1,000 m, and one of 500 m up from its middle that is private in one direction.
#         |
#         3
PLACES: dict[int, Place] = {1: (0.0, 0.0), 2: (500.0, 0.0), 3: (500.0, 500.0), 4: (1000.0, 0.0)}


@pytest.mark.parametrize("side", ["forward", "backward"])
@pytest.mark.parametrize("word", ["destination", "private"])
@pytest.mark.parametrize("end", [(500.0, 500.0), (500.0, 250.0)])
def test_private_in_one_direction(tmp_path: Path, side: str, word: str, end: Place) -> None:
    """Who goes to its dead end has business there: the end is reached, and left, over the private side."""
    roads, _ = made_roads(
        tmp_path, PLACES, {1: ([1, 2, 4], STREET), 2: ([2, 3], STREET | {f"motor_vehicle:{side}": word})}
    )
    found = [trip(roads, "car", PLACES[1], end), trip(roads, "car", end, PLACES[1])]
    assert [one and round(one[1]) for one in found] == [500 + end[1]] * 2


def test_private_in_one_direction_carries_nobody_through(tmp_path: Path) -> None:
    """From 1 to 5 not up the private side (2-3-5, 1,500 m), but round by 6 (2,207 m); back over 3 it is open."""
    nodes = PLACES | {5: (1000.0, 500.0), 6: (1500.0, 0.0)}
    ways = {
        1: ([1, 2, 4, 6], STREET),
        2: ([2, 3], STREET | {"motor_vehicle:forward": "destination"}),
        3: ([3, 5], STREET),
    }
    roads, _ = made_roads(tmp_path, nodes, {**ways, 4: ([6, 5], STREET)})
    found = metres(roads, "car", nodes)
    assert found[5, 1] == 1500
    assert found[1, 5] == 1500 + round((500**2 + 500**2) ** 0.5)


#        4 ---- 6     A crossing (2) of arms of 100 m; to the left, from 1 to 4, it is 200 m, round by 3 and 6 400 m.
#        |      |
#  1 --- 2 ---- 3
CROSSING: dict[int, Place] = {
    1: (-100.0, 0.0), 2: (0.0, 0.0), 3: (100.0, 0.0), 4: (0.0, 100.0), 6: (100.0, 100.0),
}  # fmt: skip
ARMS = {12: [1, 2], 23: [2, 3], 24: [2, 4], 36: [3, 6], 64: [6, 4]}


@pytest.mark.parametrize(
    ("tags", "roles", "expected"),
    [
        ({"restriction": "No_Left_Turn"}, ("from", "via", "to"), 400),
        ({"restriction": "no left turn"}, ("from", "via", "to"), 400),
        ({"restriction": "no_left_turn"}, ("From", "VIA", " to "), 400),
        ({"restriction": "no_left_turn", "except": "bicycle,motorcar"}, ("from", "via", "to"), 200),
        ({"restriction": "no_left_turn", "except": "Motorcar"}, ("from", "via", "to"), 200),
        ({"restriction": "no_left_turn", "except": "psv, bicycle"}, ("from", "via", "to"), 400),
    ],
)
def test_turns_in_other_spellings(
    tmp_path: Path, tags: dict[str, str], roles: tuple[str, str, str], expected: int
) -> None:
    """Capitals, blanks and commas change nothing of what is forbidden, and to whom."""
    members = list(zip(("way", "node", "way"), (12, 2, 24), roles, strict=True))
    relations = {900: (members, {"type": "restriction"} | tags)}
    roads, _ = made_roads(tmp_path, CROSSING, {way: (of, STREET) for way, of in ARMS.items()}, relations=relations)
    assert metres(roads, "car", CROSSING)[1, 4] == expected


DURATIONS = [
    ("15 分钟", 900), ("1小时30分", 5400), ("1h30", 5400), ("900s", 900), ("1,5 h", 5400), ("1 day", 86400),
    ("2 hrs 5 mins", 7500), ("１５", 900), ("00:00", None), ("0", None), ("00:15-00:20", None), ("-5", None),
]  # fmt: skip


def test_durations_of_ferries(tmp_path: Path) -> None:
    """More words for times; no ferry takes no time: without a readable duration it goes 10 km/h, and that is told."""
    nodes = {2 * i + side: (1000.0 * side, 100.0 * i) for i in range(len(DURATIONS)) for side in (0, 1)}
    ways = {i + 1: ([2 * i, 2 * i + 1], {"route": "ferry", "duration": text}) for i, (text, _) in enumerate(DURATIONS)}
    ways[99] = ([0, 2], STREET)
    net = network(made_roads(tmp_path, nodes, ways)[0], "foot", ferries=True)
    seconds = net.arcs.seconds[::2][net.roads.way < 99]
    found = [None if abs(one - 360) < 0.1 else round(one) for one in seconds.tolist()]
    assert list(zip([text for text, _ in DURATIONS], found, strict=True)) == DURATIONS
    assert "4 ferries have no readable duration: 10 km/h" in str(net.report)
