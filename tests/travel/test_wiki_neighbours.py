"""More neighbours of the road reports: what the OpenStreetMap wiki says of a tag, for those whom it binds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from planner.travel import get_mode, truck

from .made_streets import (
    Place,
    Relation,
    by_mode,
    lane_speeds,
    lanes,
    made_roads,
    metres,
    said,
    trip,
    who_fits,
    who_passes,
)

Speed = float | None
STREET = {"highway": "residential"}

# A street of 1,000 m with these tags: km/h along and against it for a mode (None: closed).
LANES: list[tuple[str, str, Speed, Speed]] = [
    # oneway=* is for vehicles, on footways too; oneway:foot and foot:backward are for people on foot.
    ("highway=footway, oneway=yes, bicycle=yes", "foot", 4.5, 4.5),
    ("highway=footway, oneway=yes, bicycle=yes", "bicycle", 10, None),
    ("highway=path, oneway=-1", "ebike", None, 10),
    ("highway=pedestrian, oneway=yes", "foot", 4.5, 4.5),
    ("highway=path, foot:backward=no", "foot", 4.5, None),
    ("highway=steps, oneway:foot=-1", "foot", None, 2),
    ("highway=steps, conveying=reversible", "foot", 2, 2),
    ("highway=steps, ramp:bicycle=yes", "bicycle", None, None),
    ("highway=steps, ramp:bicycle=yes, bicycle=dismount", "ebike", 4, 4),
    # A street whose direction changes by the hour is closed to those whom it binds; alternating traffic is not.
    ("highway=tertiary, oneway=reversible, oneway:bicycle=no", "ebike", 20, 20),
    ("highway=tertiary, oneway=reversible, oneway:bicycle=no", "car", None, None),
    ("highway=tertiary, oneway=reversible", "truck", None, None),
    ("highway=tertiary, oneway=alternating", "ebike", 20, 20),
    # Roundabouts are one-way unless they say otherwise, for cycles too.
    ("highway=tertiary, junction=circular, oneway=no", "car", 35, 35),
    ("highway=cycleway, junction=roundabout", "bicycle", 15, None),
    ("highway=tertiary, junction=roundabout, cycleway:left=opposite_track", "ebike", 20, 20),
    ("highway=motorway_link", "car", 50, 50),
    # Contraflow for cycles.
    ("highway=tertiary, oneway=yes, cycleway:both=opposite_lane", "bicycle", 15, 15),
    ("highway=tertiary, oneway=yes, cycleway:both=lane", "bicycle", 15, None),
    ("highway=tertiary, oneway=yes, cycleway:both=track, cycleway:both:oneway=no", "ebike", 20, 20),
    ("highway=tertiary, oneway=yes, cycleway:right=track, cycleway:right:oneway=no", "ebike", 20, 20),
    ("highway=tertiary, oneway=yes, cycleway:left=opposite_lane, oneway:bicycle=yes", "ebike", 20, None),
    ("highway=tertiary, oneway=-1, cycleway:right=opposite_share_busway", "bicycle", 15, 15),
    ("highway=tertiary, oneway=yes, vehicle:backward=no, bicycle:backward=designated", "bicycle", 15, 15),
    ("highway=tertiary, oneway=yes, oneway:electric_bicycle=no", "ebike", 20, 20),
    ("highway=tertiary, oneway=yes, oneway:electric_bicycle=no", "bicycle", 15, None),
    ("highway=tertiary, oneway:bus=no, oneway=yes, bus:backward=designated", "car", 35, None),
    # Of a list of access words any one suffices.
    ("highway=residential, motor_vehicle=agricultural;destination", "car", 30, 30),
    ("highway=residential, motor_vehicle=forestry;agricultural", "car", None, None),
    ("highway=tertiary, access=no, vehicle=bus;bicycle;delivery", "truck", 30, 30),
    # The key that names the vehicles decides, on streets that are closed by their class as well.
    ("highway=pedestrian, vehicle=delivery", "truck", 10, 10),
    ("highway=pedestrian, vehicle=destination", "bicycle", 10, 10),
    ("highway=footway, vehicle=yes, bicycle=no", "bicycle", None, None),
    ("highway=footway, vehicle=yes, motor_vehicle=no", "car", None, None),
    ("highway=footway, access=yes", "bicycle", None, None),
    ("highway=cycleway, motor_vehicle=permit", "car", 10, 10),
    ("highway=motorway, vehicle=yes", "bicycle", None, None),
    ("highway=trunk, motorroad=yes, vehicle=yes", "ebike", None, None),
    ("highway=trunk, motorroad=yes, foot=yes", "foot", 4.5, 4.5),
    ("highway=trunk, motorroad=no", "foot", 4.5, 4.5),
    # goods are vans of up to 3.5 t, hgv are lorries above.
    ("highway=tertiary, goods=no", "truck", 30, 30),
    ("highway=tertiary, motor_vehicle=no, goods=yes", "truck", None, None),
    ("highway=tertiary, hgv=designated", "truck", 30, 30),
    ("highway=tertiary, hgv=local", "truck", 30, 30),
    ("highway=tertiary, hgv=destination", "truck", 30, 30),
    ("highway=tertiary, motor_vehicle=no, hgv=delivery", "truck", 30, 30),
    ("highway=tertiary, hgv:backward=no", "truck", 30, None),
    # Whom a street is for.
    ("highway=tertiary, access=customers", "ebike", 20, 20),
    ("highway=tertiary, access=no, access:conditional=destination @ (22:00-06:00)", "car", None, None),
    ("highway=tertiary, vehicle=no, bicycle=yes", "ebike", 20, 20),
    ("highway=tertiary, vehicle=no, bicycle=yes", "car", None, None),
    ("highway=tertiary, bicycle=use_sidepath", "ebike", None, None),
    ("highway=tertiary, bicycle=optional_sidepath", "ebike", 20, 20),
    ("highway=tertiary, motor_vehicle=emergency", "car", None, None),
    ("highway=tertiary, access=discouraged", "car", 35, 35),
    ("highway=tertiary, motor_vehicle=private, motorcar=no", "car", None, None),
    ("highway=tertiary, foot=use_sidepath, sidewalk=separate", "foot", None, None),
    ("highway=busway, sidewalk:both=yes", "foot", 4.5, 4.5),
    ("highway=busway, sidewalk:right=yes", "foot", 4.5, 4.5),
    ("highway=busway, sidewalk:left=no", "foot", None, None),
    ("highway=busway, sidewalk=separate", "foot", None, None),
    ("highway=service, service=driveway", "car", 15, 15),
    ("highway=service, service=driveway, access=private", "ebike", 12, 12),
    ("highway=service, service=parking_aisle, access=customers", "truck", 10, 10),
    ("highway=service, service=emergency_access, vehicle=destination", "ebike", 12, 12),
    ("highway=service, covered=yes, tunnel=building_passage", "car", 15, 15),
    ("highway=corridor, oneway=yes", "foot", 4.5, 4.5),
    # Limits.
    ("highway=tertiary, maxspeed=cn:urban", "car", 50, 50),
    ("highway=tertiary, maxspeed=CN:rural", "truck", 70, 70),
    ("highway=tertiary, maxspeed=80, maxspeed:hgv:backward=50", "truck", 80, 50),
    ("highway=tertiary, maxspeed:motor_vehicle=45, maxspeed:bicycle=15", "bicycle", 15, 15),
    ("highway=tertiary, maxspeed=50, maxspeed:lanes=30|50", "car", 50, 50),
    ("highway=tertiary, maxspeed=50, maxspeed:advisory=30", "car", 50, 50),
    ("highway=tertiary, maxspeed=none;60", "car", 60, 60),
    ("highway=tertiary, maxspeed=walk", "truck", 7, 7),
    ("highway=tertiary, maxspeed=20 MPH", "car", 32.19, 32.19),
    ("highway=tertiary, maxspeed:forward=40 mph, maxspeed=70", "car", 64.37, 70),
]  # fmt: skip


def test_streets(tmp_path: Path) -> None:
    """Each street is open to its mode in its directions, at its speed."""
    found = by_mode(tmp_path, [row[:2] for row in LANES])
    assert [row[:2] + speeds for row, speeds in zip(LANES, found, strict=True)] == LANES


def test_vans_and_lorries(tmp_path: Path) -> None:
    """Up to 3.5 t ``goods`` has the last word, also where lorries are banned."""
    rows = ["goods=no", "hgv=no", "hgv=no, goods=yes", "motor_vehicle=no, goods=delivery", "motor_vehicle=no, hgv=yes"]
    tags = [{"highway": "service"} | said(row) for row in rows]
    roads = lanes(tmp_path, tags)
    found = {
        mode.weight: [speeds == (10, 10) for speeds in lane_speeds(roads, len(rows), mode)]
        for mode in (truck(3.5, 2.6), truck(3.6, 2.6))
    }
    assert found == {3.5: [False, False, True, True, True], 3.6: [True, False, False, False, True]}


def test_tolls_by_kind(tmp_path: Path) -> None:
    """Who pays is said for all, or for some kinds."""
    rows = ["toll=yes, toll:hgv=no", "toll:hgv=yes", "toll:motorcar=yes", "toll=no, toll:hgv=yes"]
    tags = [{"highway": "primary"} | said(row) for row in rows]
    roads = lanes(tmp_path, tags)
    free = {
        mode: [speeds[0] is not None for speeds in lane_speeds(roads, len(rows), replace(get_mode(mode), tolls=False))]
        for mode in ("car", "truck")
    }
    assert free == {"car": [False, True, False, True], "truck": [True, False, True, False]}


SIZES = [
    ("maxweight=7,5 t", 7.5, 2.0, True), ("maxweight=7,5 t", 7.6, 2.0, False),
    ("maxweight=3.5 st", 3.1, 2.0, True), ("maxweight=3.5 st", 3.2, 2.0, False),  # 3.175 t
    ("maxweight=10000 kg", 10.0, 2.0, True), ("maxweight=10000 kg", 10.1, 2.0, False),
    ("maxweight=20T", 21.0, 2.0, False), ("maxweight=26000 lbs", 12.0, 2.0, False),  # 11.793 t
    ("maxweightrating=7.5", 8.0, 2.0, False), ("maxweight:conditional=10 @ (axles>2)", 12.0, 2.0, True),
    ("maxheight=12'6\"", 3.0, 3.81, True), ("maxheight=12'6\"", 3.0, 3.82, False),  # 3.810 m
    ("maxheight=12'06\"", 3.0, 3.82, False), ("maxheight=12ft6in", 3.0, 3.82, False),
    ("maxheight=below_default", 3.0, 4.5, True), ("maxheight=default", 3.0, 4.5, True),
    ("maxheight=no_sign", 3.0, 4.5, True), ("maxheight=３．５", 3.0, 3.6, False),
    ("maxheight=4.2;3.9", 3.0, 4.0, False), ("maxwidth=2,3 m", 3.0, 2.0, False), ("maxwidth=8'", 3.0, 2.0, False),
]  # fmt: skip


def test_sizes(tmp_path: Path) -> None:
    """A vehicle within the sign passes, a larger one does not, in every unit; trucks are 2.5 m wide."""
    found = who_fits(tmp_path, [row[:3] for row in SIZES])
    assert [(*row[:3], passes) for row, passes in zip(SIZES, found, strict=True)] == SIZES


ON_THE_WAY = {
    "barrier=kerb": "foot ebike car truck",
    "barrier=cycle_barrier": "foot ebike",
    "barrier=cycle_barrier, cycle_barrier=double, bicycle=dismount": "foot ebike",
    "barrier=swing_gate, motor_vehicle=private": "foot ebike car truck",
    "barrier=swing_gate, access=no, emergency=yes": "",
    "barrier=chain, locked=yes": "",
    "barrier=chain, motor_vehicle=destination": "foot ebike car truck",
    "barrier=height_restrictor, maxheight=2.2": "foot ebike car",
    "barrier=height_restrictor, maxheight=12'6\"": "foot ebike car truck",  # 3.81 m, the truck 3.8
    "barrier=height_restrictor, maxheight=12'5\"": "foot ebike car",
    "barrier=height_restrictor, maxheight=below_default": "foot ebike car truck",
    "barrier=gate, locked=yes, access=private": "foot ebike car truck",  # those with a key
    "barrier=gate, locked=no": "foot ebike car truck",
    "barrier=gate, access=private, foot=yes": "foot ebike car truck",
    "barrier=gate, vehicle=forestry;private": "foot ebike car truck",
    "barrier=lift_gate, bicycle=no": "foot car truck",
    "barrier=lift_gate, hgv=no, goods=no": "foot ebike car",
    "barrier=sliding_gate": "foot ebike car truck",
    "barrier=bollard, goods=yes": "foot ebike",
    "barrier=turnstile, wheelchair=no": "foot",
    "barrier=block, maxwidth=1.5": "foot ebike",
    "barrier=toll_booth, hgv=no": "foot ebike car",
    "barrier=wall, foot=yes": "foot",
    "highway=traffic_signals": "foot ebike car truck",
    "highway=toll_gantry": "foot ebike car truck",
}  # fmt: skip


def test_nodes_on_the_way(tmp_path: Path) -> None:
    """What stands in the middle of a street stops its modes only."""
    assert who_passes(tmp_path, ON_THE_WAY, ("foot", "ebike", "car", "truck"))[0] == ON_THE_WAY


FERRIES = [
    ("duration=PT1H30M", "car", 5400, 5400), ("duration=01:30", "car", 5400, 5400), ("duration=45", "car", 2700, 2700),
    ("duration=01:30:00", "car", 5400, 5400), ("duration=00:20, motor_vehicle=no", "car", None, None),
    ("duration=00:20, motor_vehicle=no", "bicycle", 1200, 1200), ("duration=00:20, foot=no", "foot", None, None),
    ("duration=00:20, oneway=yes", "foot", 1200, None),  # nobody walks back on the water
    ("duration=00:20, oneway=-1", "foot", None, 1200), ("duration=00:20, oneway=yes", "ebike", 1200, None),
    ("duration=00:20, oneway=yes, oneway:bicycle=no", "bicycle", 1200, 1200),
    ("duration=00:20, hgv=no", "truck", None, None), ("duration=00:20, maxweight=7.5", "truck", None, None),
    ("duration=00:20, access=yes, vehicle=no", "foot", 1200, 1200),
]  # fmt: skip


@pytest.mark.parametrize(("tags", "mode", "there", "back"), FERRIES)
def test_ferries(tmp_path: Path, tags: str, mode: str, there: Speed, back: Speed) -> None:
    """A ferry takes its duration, in its direction, for everyone whom it takes."""
    nodes = {i: (500.0 * i, 0.0) for i in range(4)}
    told = {"route": "ferry"} | said(tags)
    roads, _ = made_roads(tmp_path, nodes, {1: ([0, 1], STREET), 2: ([1, 2], told), 3: ([2, 3], STREET)})
    found = [trip(roads, mode, nodes[a], nodes[b], ferries=True) for a, b in ((1, 2), (2, 1))]
    assert [one and round(one[0]) for one in found] == [there, back]
    assert trip(roads, mode, nodes[1], nodes[2]) is None


#        4 ---- 6        A crossing (2) of two-way streets with arms of 100 m; 3 and 4 are also joined over 6.
#        |      |
#  1 --- 2 ---- 3
#        |
#        5
CROSSING: dict[int, Place] = {
    1: (-100.0, 0.0), 2: (0.0, 0.0), 3: (100.0, 0.0), 4: (0.0, 100.0), 5: (0.0, -100.0), 6: (100.0, 100.0),
}  # fmt: skip
ARMS = {12: [1, 2], 23: [2, 3], 24: [2, 4], 25: [2, 5], 36: [3, 6], 64: [6, 4]}
AT_2 = ("node", 2, "via")
LEFT = [("way", 12, "from"), AT_2, ("way", 24, "to")]
Turn = tuple[list[tuple[str, int, str]], dict[str, str], str, dict[tuple[int, int], int | None]]
TURNS: dict[str, Turn] = {
    "for all vehicles by name": (LEFT, {"restriction:vehicle": "no_left_turn"}, "car", {(1, 4): 400, (1, 3): 200}),
    "for all vehicles, cycles among them": (LEFT, {"restriction:vehicle": "no_left_turn"}, "ebike", {(1, 4): 400}),
    "for cycles": (LEFT, {"restriction:bicycle": "no_left_turn"}, "car", {(1, 4): 200}),
    "for vans": (LEFT, {"restriction:goods": "no_left_turn"}, "truck", {(1, 4): 200}),
    "except buses and cycles, a car": (LEFT, {"restriction": "no_left_turn", "except": "psv;bicycle"}, "car", {(1, 4): 400}),
    "except buses and cycles, a rider": (
        LEFT, {"restriction": "no_left_turn", "except": "psv; bicycle"}, "ebike", {(1, 4): 200},
    ),
    "no entry from two streets": (
        [("way", 12, "from"), ("way", 25, "from"), AT_2, ("way", 24, "to")], {"restriction": "no_entry"}, "car",
        {(1, 4): 400, (5, 4): 400, (3, 4): 200, (4, 1): 200},
    ),
    "no exit to two streets": (
        [("way", 12, "from"), AT_2, ("way", 24, "to"), ("way", 25, "to")], {"restriction": "no_exit"}, "car",
        {(1, 4): 400, (1, 5): 600, (1, 3): 200, (4, 5): 200},
    ),
    "only turning back": (
        [("way", 12, "from"), AT_2, ("way", 12, "to")], {"restriction": "only_u_turn"}, "car",
        {(1, 3): None, (1, 4): None, (3, 1): 200, (5, 4): 200},
    ),
    "no turning back at the crossing": (
        [("way", 24, "from"), AT_2, ("way", 24, "to")], {"restriction": "no_u_turn"}, "car", {(4, 3): 200, (4, 5): 200},
    ),
    "only through two ways": (
        [("way", 12, "from"), ("way", 23, "via"), ("way", 36, "via"), ("way", 64, "to")],
        {"restriction": "only_left_turn"}, "car", {(1, 3): 200, (1, 6): 300, (1, 4): 400, (1, 5): 600, (3, 5): 200},
    ),
    "a member is missing": ([*LEFT[:2], ("way", 999, "to")], {"restriction": "no_left_turn"}, "car", {(1, 4): 200}),
    "the via node is not in the file": (
        [LEFT[0], ("node", 999, "via"), LEFT[2]], {"restriction": "no_left_turn"}, "car", {(1, 4): 200},
    ),
    "roles that mean nothing": (
        [*LEFT, ("node", 2, "location_hint"), ("way", 25, "")], {"restriction": "no_left_turn"}, "car", {(1, 4): 400},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TURNS)
def test_turns(tmp_path: Path, name: str) -> None:
    """The turns that are meant are forbidden to those whom they bind, and no other one."""
    members, tags, mode, expected = TURNS[name]
    relations: dict[int, Relation] = {900: (members, {"type": "restriction"} | tags)}
    roads, _ = made_roads(tmp_path, CROSSING, {way: (of, STREET) for way, of in ARMS.items()}, relations=relations)
    found = metres(roads, mode, CROSSING)
    assert {ends: found.get(ends) for ends in expected} == expected


def test_a_via_way_that_junctions_split(tmp_path: Path) -> None:
    """One way of two stretches (2-7-3) is passed whole: the ban does not bind who turns off or comes in between."""
    nodes = CROSSING | {7: (50.0, 0.0), 8: (50.0, -50.0)}
    ways = ARMS | {23: [2, 7, 3], 78: [7, 8]}
    members = [("way", 12, "from"), ("way", 23, "via"), ("way", 36, "to")]
    relations: dict[int, Relation] = {900: (members, {"type": "restriction", "restriction": "no_left_turn"})}
    roads, _ = made_roads(tmp_path, nodes, {way: (of, STREET) for way, of in ways.items()}, relations=relations)
    found = metres(roads, "car", nodes)
    assert (found[1, 3], found[1, 8], found[8, 6], found[5, 6]) == (200, 200, 200, 300)
    assert found[1, 6] == 300  # by 2-4-6
    alone = {way: of for way, of in ways.items() if way != 24}
    roads, _ = made_roads(tmp_path, nodes, {way: (of, STREET) for way, of in alone.items()}, relations=relations)
    assert metres(roads, "car", nodes)[1, 6] == 300 + 100  # off to 8, back, and in from there
