"""Which streets a mode may use, in which direction and how fast: one street of 1,000 m per row, worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from planner.inputs.roads.read import read_roads
from planner.travel import MODES, Mode, get_mode

from .made_streets import by_mode, lane_speeds, lanes, made_roads, said, who_fits, who_passes

Speeds = tuple[float | None, float | None]


def _speeds(folder: Path, rows: list[str], mode: str | Mode) -> list[Speeds]:
    """Return km/h along and against streets with these tags (``key=value, key=value``)."""
    return lane_speeds(lanes(folder, [said(row) for row in rows]), len(rows), mode)


CLASSES = [
    ("motorway", None, None, None, 100, 80),
    ("motorway_link", None, None, None, 50, 40),
    ("trunk", 4.5, 15, 20, 70, 60),
    ("primary", 4.5, 15, 20, 50, 45),
    ("secondary", 4.5, 15, 20, 40, 35),
    ("tertiary", 4.5, 15, 20, 35, 30),
    ("tertiary_link", 4.5, 15, 20, 30, 25),
    ("unclassified", 4.5, 15, 20, 30, 25),
    ("residential", 4.5, 15, 18, 30, 20),
    ("living_street", 4.5, 10, 10, 10, 10),
    ("service", 4.5, 12, 12, 15, 10),
    ("road", 4.5, 15, 20, 30, 25),
    ("track", 4.5, 10, 12, 15, 10),
    ("path", 4.5, 10, 10, None, None),
    ("footway", 4.5, None, None, None, None),
    ("pedestrian", 4.5, None, None, None, None),
    ("steps", 2, None, None, None, None),
    ("cycleway", 4.5, 15, 20, None, None),
    ("bridleway", 4.5, None, None, None, None),
    ("corridor", 4.5, None, None, None, None),
]


def test_classes(tmp_path: Path) -> None:
    """Each class is open to its modes, at the speed of the documented table; only motorways are one-way unasked."""
    kinds = [row[0] for row in CLASSES]
    for column, mode in enumerate(MODES, 1):
        expected = [(row[column], None if row[0] == "motorway" else row[column]) for row in CLASSES]
        assert _speeds(tmp_path, [f"highway={kind}" for kind in kinds], mode) == expected, mode


def test_capitals_and_blanks_make_no_other_word(tmp_path: Path) -> None:
    """A word but for its capitals and blanks is read as that word, and told; what is no word stays as it is."""
    rows = [
        {"highway": "Residential", "bridge:name": "East Bridge"}, {"highway": " tertiary "}, {"highway": "Autobahn"},
        {"highway": "primary", "junction": "Roundabout"}, {"highway": "service", "maxspeed": "CN:urban"},
        {"highway": "Construction"}, {"highway": "Residential"},
    ]  # fmt: skip
    lanes(tmp_path, rows)
    roads, report = read_roads(tmp_path / "roads.osm")
    speeds = lane_speeds(roads, 7, "car")
    assert [there is not None for there, _ in speeds] == [True, True, False, True, True, False, True]
    assert [back is not None for _, back in speeds] == [True, True, False, False, True, False, True]
    assert [fault.what for fault in report.of("repaired")] == [
        "1 ways have highway=' tertiary ', read as 'tertiary'",
        "2 ways have highway='Residential', read as 'residential'",
        "1 ways have junction='Roundabout', read as 'roundabout'",
    ]
    assert [fault.what for fault in report.of("skipped")] == [
        "1 × highway=autobahn: an unknown class, open only to those whom access tags name",
        "1 × highway=construction: not a street",
    ]
    passed, report = who_passes(tmp_path, ["barrier=Bollard"], ["foot", "car"])
    assert passed == {"barrier=Bollard": "foot"}
    assert [fault.what for fault in report.of("repaired")] == ["1 nodes have barrier='Bollard', read as 'bollard'"]


ACCESS = {
    "access=no": "",
    "access=no, foot=yes": "foot",
    "access=no, bicycle=yes": "bicycle ebike",
    "access=private, foot=designated": "foot bicycle ebike car truck",  # private: begins and ends there
    "vehicle=no": "foot",
    "vehicle=no, bicycle=yes": "foot bicycle ebike",
    "vehicle=no, electric_bicycle=yes": "foot ebike",
    "bicycle=yes, electric_bicycle=no": "foot bicycle car truck",
    "motor_vehicle=no": "foot bicycle ebike",
    "motor_vehicle=no, hgv=yes": "foot bicycle ebike truck",
    "motor_vehicle=no, motorcar=permissive": "foot bicycle ebike car",
    "motorcar=no": "foot bicycle ebike truck",
    "hgv=no": "foot bicycle ebike car",
    "goods=no": "foot bicycle ebike car truck",  # vans
    "foot=no": "bicycle ebike car truck",
    "foot=use_sidepath, bicycle=use_sidepath": "car truck",
    "bicycle=no": "foot car truck",
    "motor_vehicle=agricultural;forestry": "foot bicycle ebike",
    "motor_vehicle=Yes": "foot bicycle ebike car truck",
    "access=whatever": "foot bicycle ebike car truck",
    "access:conditional=no @ (07:00-09:00)": "foot bicycle ebike car truck",
    "motor_vehicle:conditional=no @ (Mo-Fr)": "foot bicycle ebike car truck",
    "access=no, access:conditional=yes @ (22:00-06:00)": "",
    "motorroad=yes": "car truck",
    "motorroad=yes, bicycle=yes": "bicycle ebike car truck",
    "expressway=yes": "car truck",
    "bridge=yes, layer=1": "foot bicycle ebike car truck",  # a bridge is no elevated road
    "bridge=viaduct": "car truck",
    "bridge=yes, name=外环高架路": "car truck",
    "name=外环高架路辅路": "foot bicycle ebike car truck",
    "service=emergency_access": "foot",
    "service=parking_aisle": "foot bicycle ebike car truck",
    "construction=minor": "foot bicycle ebike car truck",
    "toll=yes": "foot bicycle ebike car truck",
}


def test_access(tmp_path: Path) -> None:
    """The most particular key decides, unknown and conditional values say nothing."""
    found = dict.fromkeys(ACCESS, "")
    for mode in MODES:
        for row, speeds in zip(
            ACCESS, _speeds(tmp_path, [f"highway=primary, {row}" for row in ACCESS], mode), strict=True
        ):
            found[row] += f" {mode}" * (speeds != (None, None))
    assert {row: modes.strip() for row, modes in found.items()} == ACCESS


DIRECTIONS = [
    ("oneway=yes", "car", True, False),
    ("oneway=1", "ebike", True, False),
    ("oneway=true", "bicycle", True, False),
    ("oneway=-1", "car", False, True),
    ("oneway=reverse", "truck", False, True),
    ("oneway=no", "car", True, True),
    ("oneway=reversible", "car", False, False),
    ("oneway=reversible", "foot", True, True),
    ("oneway=alternating", "car", True, True),
    ("oneway=yes", "foot", True, True),
    ("oneway=yes, oneway:foot=yes", "foot", True, False),
    ("junction=roundabout", "car", True, False),
    ("junction=circular", "ebike", True, False),
    ("junction=roundabout", "foot", True, True),
    ("junction=roundabout, oneway=no", "car", True, True),
    ("junction=roundabout, oneway=-1", "car", False, True),
    ("oneway=yes, oneway:bicycle=no", "ebike", True, True),
    ("oneway=yes, oneway:bicycle=no", "car", True, False),
    ("oneway=-1, oneway:bicycle=no", "bicycle", True, True),
    ("oneway:bicycle=yes", "bicycle", True, False),
    ("oneway:bicycle=-1", "ebike", False, True),
    ("oneway:bicycle=yes", "car", True, True),
    ("oneway=yes, cycleway=opposite", "bicycle", True, True),
    ("oneway=yes, cycleway=opposite_lane", "ebike", True, True),
    ("oneway=yes, cycleway=opposite_track", "car", True, False),
    ("oneway=yes, cycleway:left=opposite_lane", "ebike", True, True),
    ("oneway=yes, cycleway:right=lane", "ebike", True, False),
    ("oneway=yes, cycleway:left=lane, cycleway:left:oneway=no", "ebike", True, True),
    ("oneway=yes, cycleway:left=lane, cycleway:left:oneway=-1", "ebike", True, True),
    ("oneway=yes, cycleway=opposite, oneway:bicycle=yes", "bicycle", True, False),
    ("oneway=yes, bicycle:backward=yes", "bicycle", True, True),
    ("oneway=yes, oneway:hgv=no", "truck", True, True),
    ("oneway:motor_vehicle=yes", "car", True, False),
    ("oneway:motor_vehicle=yes", "ebike", True, True),
    ("vehicle:backward=no", "car", True, False),
    ("motor_vehicle:forward=no", "car", False, True),
    ("hgv:backward=no", "truck", True, False),
    ("hgv:backward=no", "car", True, True),
    ("bicycle:forward=no", "ebike", False, True),
]


def test_directions(tmp_path: Path) -> None:
    """One-way tags in all their forms, and the exceptions for some vehicles."""
    found = by_mode(tmp_path, [(f"highway=tertiary, {tags}", mode) for tags, mode, *_ in DIRECTIONS])
    open_ = [tuple(speed is not None for speed in speeds) for speeds in found]
    assert list(zip([row[:2] for row in DIRECTIONS], open_, strict=True)) == [(row[:2], row[2:]) for row in DIRECTIONS]


LIMITS = [
    ("maxspeed=60", "car", 60, 60),
    ("maxspeed=60 km/h", "car", 60, 60),
    ("maxspeed=６０", "car", 60, 60),
    ("maxspeed=30 mph", "car", 48.28, 48.28),
    ("maxspeed=30mph", "car", 48.28, 48.28),
    ("maxspeed=5 knots", "car", 9.26, 9.26),
    ("maxspeed=60;80", "car", 60, 60),
    ("maxspeed=80|60", "car", 60, 60),
    ("maxspeed=none", "car", 35, 35),
    ("maxspeed=signals", "car", 35, 35),
    ("maxspeed=walk", "car", 7, 7),
    ("maxspeed=CN:urban", "car", 50, 50),
    ("maxspeed=CN:rural", "car", 70, 70),
    ("maxspeed=DE:zone:30", "car", 30, 30),
    ("maxspeed=fast", "car", 35, 35),
    ("maxspeed=0", "car", 35, 35),
    ("maxspeed=-1", "car", 35, 35),
    ("maxspeed=1000", "car", 35, 35),
    ("maxspeed:forward=60, maxspeed:backward=40", "car", 60, 40),
    ("maxspeed=60, maxspeed:backward=40", "car", 60, 40),
    ("maxspeed=60, maxspeed:hgv=40", "truck", 40, 40),
    ("maxspeed=60, maxspeed:hgv=40", "car", 60, 60),
    ("maxspeed=60, maxspeed:conditional=30 @ (07:00-19:00)", "car", 60, 60),
    ("maxspeed=130", "car", 120, 120),
    ("maxspeed=120", "truck", 80, 80),
    ("maxspeed=60", "ebike", 20, 20),
    ("maxspeed=15", "ebike", 15, 15),
    ("maxspeed=60, maxspeed:bicycle=10", "ebike", 10, 10),
    ("maxspeed=3", "foot", 4.5, 4.5),
    ("bicycle=dismount", "ebike", 4, 4),
]


def test_speeds(tmp_path: Path) -> None:
    """Limits in their real shapes: they replace the class speed of cars and only lower that of riders."""
    found = by_mode(tmp_path, [(f"highway=tertiary, {tags}", mode) for tags, mode, *_ in LIMITS])
    assert list(zip([row[:2] for row in LIMITS], found, strict=True)) == [(row[:2], row[2:]) for row in LIMITS]


SIZES = [
    ("maxweight=3.5", 3.5, 2.0, True),
    ("maxweight=3.5", 3.6, 2.0, False),
    ("maxweight=3.5 t", 3.6, 2.0, False),
    ("maxweight=3500 kg", 3.6, 2.0, False),
    ("maxweight=7000 lbs", 3.2, 2.0, False),
    ("maxweight=4 st", 3.6, 2.0, True),
    ("maxweight=10吨", 12.0, 2.0, False),
    ("maxweight=none", 40.0, 2.0, True),
    ("maxweight=default", 40.0, 2.0, True),
    ("maxweight=7.5;3.5", 5.0, 2.0, False),
    ("maxweight:hgv=7.5", 10.0, 2.0, False),
    ("maxweightrating:hgv=7.5", 10.0, 2.0, False),
    ("maxheight=2.5", 3.0, 2.6, False),
    ("maxheight=2.5", 3.0, 2.5, True),
    ("maxheight=2.5 m", 3.0, 2.6, False),
    ("maxheight=2,5", 3.0, 2.6, False),
    ("maxheight=7'6\"", 3.0, 2.28, True),
    ("maxheight=7'6\"", 3.0, 2.29, False),
    ("maxheight=7'", 3.0, 2.2, False),
    ("maxheight=7 ft 6 in", 3.0, 2.29, False),
    ("maxheight=250 cm", 3.0, 2.6, False),
    ("maxheight=below_default", 3.0, 4.0, True),
    ("maxheight=unsigned", 3.0, 4.0, True),
    ("maxheight:physical=3", 3.0, 3.1, False),
    ("maxwidth=2.3", 3.0, 2.0, False),
]


def test_limits_of_size(tmp_path: Path) -> None:
    """A vehicle exactly as large as the sign passes; a larger one does not; words set no limit."""
    found = who_fits(tmp_path, [row[:3] for row in SIZES])
    assert [(*row[:3], passes) for row, passes in zip(SIZES, found, strict=True)] == SIZES


def test_tolls_can_be_avoided(tmp_path: Path) -> None:
    """A mode without tolls leaves toll roads alone, those for its own kind only."""
    rows = [f"highway=primary, {toll}" for toll in ("toll=yes", "toll=yes, toll:motor_vehicle=no", "toll:hgv=yes")]
    assert _speeds(tmp_path, rows, replace(get_mode("car"), tolls=False)) == [(None, None), (50, 50), (50, 50)]


def test_riders_never_pass_their_top_speed(tmp_path: Path) -> None:
    """25 km/h is the most, whatever is asked for."""
    for mode in ("bicycle", "ebike"):
        assert _speeds(tmp_path, ["highway=primary"], get_mode(mode).with_speeds(primary=60)) == [(25, 25)]


def test_what_is_no_street_is_counted_by_kind(tmp_path: Path) -> None:
    """Streets not built yet, given up or never streets are left out, each kind with its count."""
    nodes = {i: (100.0 * i, 0.0) for i in range(13)}
    others = (
        "highway=construction", "highway=proposed", "highway=abandoned", "highway=razed", "abandoned:highway=primary",
        "highway=primary, construction=yes", "highway=track, abandoned=yes", "waterway=river", "power=line",
        "railway=rail", "route=ferry, disused=yes",
    )  # fmt: skip
    ways = {i + 1: ([i, i + 1], said(tags)) for i, tags in enumerate(others)}
    roads, report = made_roads(tmp_path, nodes, ways | {99: ([11, 12], {"highway": "residential"})})
    assert roads.way.tolist() == [99]
    assert sorted(fault.what for fault in report.of("skipped")) == sorted(
        f"1 × {tag}: not a street"
        for tag in (
            "highway=construction", "highway=proposed", "highway=abandoned", "highway=razed", "abandoned:highway",
            "construction=yes", "abandoned=yes", "waterway", "power", "railway", "disused=yes",
        )
    )  # fmt: skip


def test_rules_by_the_hour_are_listed(tmp_path: Path) -> None:
    """Conditional access, direction and speed are ignored, and counted by key."""
    tags = {"highway": "primary", "oneway:conditional": "yes @ (07:00-09:00)", "maxspeed:conditional": "30 @ wet"}
    _, report = made_roads(tmp_path, {1: (0.0, 0.0), 2: (100.0, 0.0)}, {1: ([1, 2], tags)})
    told = [fault.what for fault in report.of("skipped")]
    assert [what.partition(": ")[0] for what in told] == ["1 × maxspeed:conditional", "1 × oneway:conditional"]
