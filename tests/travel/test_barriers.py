"""Barriers, ferries, compounds, stairs and lights on made streets, worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from planner.travel import MODES, get_mode, truck

from .made_streets import made_roads, metres, trip, trips, who_passes

STREET = {"highway": "residential"}

# Two arms of 100 m with the barrier between them.
BARRIERS = {
    "barrier=gate": "foot bicycle ebike car truck",
    "barrier=gate, access=no": "",
    "barrier=gate, access=private": "foot bicycle ebike car truck",  # the trip ends behind it
    "barrier=gate, locked=yes": "",
    "barrier=gate, locked=yes, foot=yes": "foot",
    "barrier=gate, motor_vehicle=no": "foot bicycle ebike",
    "barrier=gate, access=no, bicycle=yes": "bicycle ebike",
    "barrier=lift_gate": "foot bicycle ebike car truck",
    "barrier=lift_gate, motor_vehicle=no": "foot bicycle ebike",
    "barrier=lift_gate, hgv=no": "foot bicycle ebike car",
    "barrier=lift_gate, access=no, foot=yes, bicycle=yes": "foot bicycle ebike",
    "barrier=swing_gate": "foot bicycle ebike car truck",
    "barrier=toll_booth": "foot bicycle ebike car truck",
    "barrier=cattle_grid": "foot bicycle ebike car truck",
    "barrier=kerb": "foot bicycle ebike car truck",
    "barrier=entrance": "foot bicycle ebike car truck",
    "barrier=bollard": "foot bicycle ebike",
    "barrier=bollard, motor_vehicle=yes": "foot bicycle ebike car truck",
    "barrier=bollard, bicycle=no": "foot",
    "barrier=block": "foot bicycle ebike",
    "barrier=jersey_barrier": "foot bicycle ebike",
    "barrier=chain": "foot bicycle ebike",
    "barrier=chain, motorcar=yes": "foot bicycle ebike car",
    "barrier=log": "foot bicycle ebike",
    "barrier=cycle_barrier": "foot bicycle ebike",
    "barrier=cycle_barrier, bicycle=no": "foot",
    "barrier=turnstile": "foot",
    "barrier=stile": "foot",
    "barrier=kissing_gate": "foot",
    "barrier=kissing_gate, bicycle=yes": "foot bicycle ebike",
    "barrier=wall": "",
    "barrier=fence": "",
    "barrier=height_restrictor": "foot bicycle ebike car",
    "barrier=height_restrictor, maxheight=4.5": "foot bicycle ebike car truck",
    "barrier=height_restrictor, maxheight=2": "foot bicycle ebike car",
    "barrier=gate, maxwidth=2": "foot bicycle ebike car",
}


def test_barriers(tmp_path: Path) -> None:
    """Each kind stops its modes, access tags on it win, sizes are checked."""
    found, report = who_passes(tmp_path, BARRIERS, MODES)
    assert report.facts["barriers"] == len(BARRIERS)
    assert found == BARRIERS


# A public street 1-2-3-4 round three sides of a compound (400 + 200 + 400 m); a lane 1-5-6-4 through it: 200 m.
COMPOUND = {1: (0.0, 0.0), 2: (400.0, 0.0), 3: (400.0, 200.0), 4: (0.0, 200.0), 5: (0.0, 50.0), 6: (0.0, 150.0)}


@pytest.mark.parametrize(
    ("lane", "node", "through"),
    [
        ({}, {}, True),
        ({"access": "private"}, {}, False),
        ({"access": "residents"}, {}, False),
        ({"access": "destination"}, {}, False),
        ({"access": "customers"}, {}, False),
        ({"access": "permit"}, {}, False),
        ({"vehicle": "private"}, {}, False),
        ({"access": "permissive"}, {}, True),
        ({"access": "private", "bicycle": "yes"}, {}, True),
        ({}, {"barrier": "gate", "access": "private"}, False),
        ({}, {"barrier": "lift_gate", "vehicle": "private"}, False),
    ],
)
def test_compounds_are_not_crossed(tmp_path: Path, lane: dict[str, str], node: dict[str, str], through: bool) -> None:
    """Private lanes, and lanes behind private gates, start and end trips; nobody rides through them."""
    ways = {1: ([1, 2, 3, 4], STREET), 2: ([1, 5, 6, 4], STREET | lane)}
    roads, _ = made_roads(tmp_path, COMPOUND, ways, {5: node, 6: node})
    found = metres(roads, "ebike", COMPOUND)
    assert found[1, 4] == (200 if through else 1000)
    inside = trip(roads, "ebike", COMPOUND[1], (0.0, 100.0))
    assert inside is not None
    assert round(inside[1]) == 100
    assert round((trip(roads, "ebike", (0.0, 90.0), COMPOUND[4]) or (0, 0))[1]) == 110


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ("duration=00:15", 900),
        ("duration=0:15:30", 930),
        ("duration=15", 900),
        ("duration=PT15M", 900),
        ("duration=PT1H", 3600),
        ("duration=P0DT0H20M", 1200),
        ("duration=1 h 5 min", 3900),
        ("duration=soon", 360),  # 1,000 m at 10 km/h
        ("", 360),
        ("duration=00:15, motor_vehicle=no", None),
        ("duration=00:15, foot=yes, motor_vehicle=destination", 900),
    ],
)
def test_ferries(tmp_path: Path, tags: str, seconds: float | None) -> None:
    """A ferry of 1,000 m in two parts between streets of 500 m is used on demand only, in its own time."""
    told = {"route": "ferry"} | dict(text.split("=", 1) for text in tags.split(", ") if text)
    nodes = {i: (x, 0.0) for i, x in enumerate((0.0, 500.0, 900.0, 1500.0, 2000.0))}
    roads, _ = made_roads(tmp_path, nodes, {1: ([0, 1], STREET), 2: ([1, 2, 3], told), 3: ([3, 4], STREET)})
    assert trip(roads, "car", nodes[0], nodes[4]) is None
    found = trip(roads, "car", nodes[0], nodes[4], ferries=True)
    assert (found and round(found[0])) == (None if seconds is None else seconds + 120)
    assert found is None or round(found[1]) == 2000


def test_stairs_and_escalators(tmp_path: Path) -> None:
    """Stairs are for walkers at 2 km/h; an escalator runs one way; bicycles that may be pushed go at 4 km/h."""
    nodes = {0: (0.0, 0.0), 1: (100.0, 0.0), 2: (0.0, 50.0), 3: (100.0, 50.0), 4: (0.0, 99.0), 5: (100.0, 99.0)}
    stairs = {"highway": "steps"}
    ways = {
        1: ([0, 1], stairs),
        2: ([2, 3], stairs | {"conveying": "forward"}),
        3: ([4, 5], stairs | {"bicycle": "dismount"}),
    }
    roads, _ = made_roads(tmp_path, nodes, ways)
    walk, ride = trips(roads, "foot", nodes), trips(roads, "bicycle", nodes)
    assert round(walk[0, 1][0]) == round(walk[1, 0][0]) == 180
    assert (2, 3) in walk
    assert (3, 2) not in walk
    assert set(ride) - {(node, node) for node in nodes} == {(4, 5), (5, 4)}
    assert round(ride[4, 5][0]) == 90


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ({"highway": "traffic_signals"}, 20),
        ({"highway": "crossing", "crossing": "traffic_signals"}, 20),
        ({"highway": "crossing", "crossing": "zebra"}, 5),
        ({"highway": "stop"}, 0),
    ],
)
def test_lights_and_crossings(tmp_path: Path, tags: dict[str, str], seconds: float) -> None:
    """A trip past a light loses what the mode is given for it, once; one that ends before it loses nothing."""
    nodes = {0: (0.0, 0.0), 1: (300.0, 0.0), 2: (600.0, 0.0)}
    patient = replace(get_mode("car"), signal=20.0, crossing=5.0)
    roads, _ = made_roads(tmp_path, nodes, {1: ([0, 1, 2], STREET)}, {1: tags})
    for ends in ((nodes[0], nodes[2]), (nodes[2], nodes[0])):
        assert round((trip(roads, patient, *ends) or (0, 0))[0]) == 72 + seconds
        assert round((trip(roads, "car", *ends) or (0, 0))[0]) == 72
    assert round((trip(roads, patient, nodes[0], (290.0, 0.0)) or (0, 0))[0], 1) == 34.8


def test_squares_are_walked_round(tmp_path: Path) -> None:
    """The outline of a pedestrian square (area=yes) is walked along, in the shorter direction; nobody drives on it."""
    nodes = {0: (0.0, 0.0), 1: (100.0, 0.0), 2: (100.0, 60.0), 3: (0.0, 60.0)}
    roads, _ = made_roads(tmp_path, nodes, {1: ([0, 1, 2, 3, 0], {"highway": "pedestrian", "area": "yes"})})
    found = metres(roads, "foot", nodes)
    assert (found[0, 2], found[0, 3], found[1, 3]) == (160, 60, 160)
    assert not [ends for ends in metres(roads, "car", nodes) if ends[0] != ends[1]]


def test_a_low_bridge_sends_trucks_round(tmp_path: Path) -> None:
    """A truck of 3.8 m takes the way round (1,000 m), one of 2.8 m goes under the bridge (200 m)."""
    ways = {1: ([1, 2, 3, 4], STREET), 2: ([1, 5, 6, 4], STREET | {"maxheight": "3.5"})}
    roads, _ = made_roads(tmp_path, COMPOUND, ways)
    assert [metres(roads, mode, COMPOUND)[1, 4] for mode in ("truck", truck(4.5, 2.8), "car")] == [1000, 200, 200]
