"""Turn restrictions, on a crossing with a way round: metres worked out on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.inputs.report import Report
from planner.inputs.roads.read import Roads
from planner.travel import MODES

from .made_streets import made_roads, metres, said

#        4 ---- 6        A crossing (2) of two-way streets of 100 m arms: 1 west, 3 east, 4 north, 5 south;
#        |      |        3 and 4 are also joined over 6, so that who may not turn left at 2 goes round by 3 and 6.
#  1 --- 2 ---- 3
#        |
#        5
NODES = {1: (-100.0, 0.0), 2: (0.0, 0.0), 3: (100.0, 0.0), 4: (0.0, 100.0), 5: (0.0, -100.0), 6: (100.0, 100.0)}
STREET = {"highway": "residential"}
WAYS = {12: [1, 2], 23: [2, 3], 24: [2, 4], 25: [2, 5], 36: [3, 6], 64: [6, 4]}
TURN = [("way", 12, "from"), ("node", 2, "via"), ("way", 24, "to")]


def _crossing(folder: Path, members: list[tuple[str, int, str]], **tags: str) -> tuple[Roads, Report]:
    relation = {900: (members, {"type": "restriction", **tags})}
    return made_roads(folder, NODES, {way: (nodes, STREET) for way, nodes in WAYS.items()}, relations=relation)


BINDS = {
    "restriction=no_left_turn": "bicycle ebike car truck",
    "restriction=no_left_turn, except=bicycle": "car truck",
    "restriction=no_left_turn, except=bicycle;motorcar": "truck",
    "restriction=no_left_turn, except=hgv": "bicycle ebike car",
    "restriction=no_left_turn, except=psv": "bicycle ebike car truck",
    "restriction:hgv=no_left_turn": "truck",
    "restriction:bicycle=no_left_turn": "bicycle ebike",
    "restriction:motorcar=no_left_turn": "car",
    "restriction:motor_vehicle=no_left_turn, except=hgv": "car",
    "type=restriction:hgv, restriction=no_left_turn": "truck",
    "restriction=no_entry": "bicycle ebike car truck",
    "restriction=no_exit": "bicycle ebike car truck",
    "restriction=no_dancing": "bicycle ebike car truck",
    "restriction:conditional=no_left_turn @ (07:00-19:00)": "",
    "restriction:hgv:conditional=no_left_turn @ (07:00-19:00)": "",
    "restriction=no_left_turn, hour_on=07:00, hour_off=19:00": "",
    "restriction=give_way": "",
}


def test_whom_it_binds(tmp_path: Path) -> None:
    """Who is bound drives 400 m round instead of turning left (200 m); what is ignored is listed, other turns are free."""
    nodes, ways, relations = {}, {}, {}
    for i, row in enumerate(BINDS):
        at = 1000 * i
        nodes |= {at + node: (x, y + at) for node, (x, y) in NODES.items()}
        ways |= {at + way: ([at + node for node in of], STREET) for way, of in WAYS.items()}
        told = {"type": "restriction"} | said(row)
        relations[at + 900] = ([(kind, at + ref, role) for kind, ref, role in TURN], told)
    roads, report = made_roads(tmp_path, nodes, ways, relations=relations)
    found = dict.fromkeys(BINDS, "")
    for mode in MODES:
        lengths = metres(roads, mode, nodes)
        for at, row in enumerate(BINDS):
            left = lengths[1000 * at + 1, 1000 * at + 4]
            assert left in (200, 400)
            found[row] += f" {mode}" * (left == 400)
            for a, b in ((1, 3), (5, 4), (4, 1)):
                assert lengths[1000 * at + a, 1000 * at + b] == 200
    assert {row: modes.strip() for row, modes in found.items()} == BINDS
    ignored = [f"relation/{1000 * at + 900}" for at, modes in enumerate(BINDS.values()) if not modes]
    assert sorted(str(fault.id) for fault in report.of("skipped")) == sorted(ignored)


def test_only_straight_on(tmp_path: Path) -> None:
    """From the west one may only go on east: no left, no right, no turning back at the crossing."""
    members = [("way", 12, "from"), ("node", 2, "via"), ("way", 23, "to")]
    roads, _ = _crossing(tmp_path, members, restriction="only_straight_on")
    assert [metres(roads, "car", NODES)[1, to] for to in (3, 4, 5)] == [200, 400, 600]
    assert [metres(roads, "foot", NODES)[1, to] for to in (3, 4, 5)] == [200, 200, 200]


@pytest.mark.parametrize("order", [(23, 36), (36, 23)])
@pytest.mark.parametrize("turn", ["no_u_turn", "no_left_turn"])
def test_through_several_ways(tmp_path: Path, order: tuple[int, int], turn: str) -> None:
    """Only the whole manoeuvre 1-2-3-6-4 is forbidden, whatever the order of its via ways; each part of it is free."""
    members = [("way", 12, "from"), *(("way", way, "via") for way in order), ("way", 64, "to")]
    ways = {way: (nodes, STREET | {"oneway": "yes"}) for way, nodes in WAYS.items() if way != 24}
    rule = {"type": "restriction", "restriction": turn}
    ends = {7: (200.0, 0.0)}
    loop = {37: ([3, 7], STREET)}  # a dead end to turn round in
    roads, _ = made_roads(tmp_path, NODES | ends, ways | loop, relations={900: (members, rule)})
    found = metres(roads, "car", NODES)
    assert (found[1, 3], found[1, 6], found[2, 4], found[1, 4]) == (200, 300, 300, 300 + 100 + 200)


def test_only_through_a_way(tmp_path: Path) -> None:
    """Who leaves the west over 23 must go on to 36, and may not leave it otherwise."""
    members = [("way", 12, "from"), ("way", 23, "via"), ("way", 36, "to")]
    roads, _ = _crossing(tmp_path, members, restriction="only_left_turn")
    found = metres(roads, "car", NODES)
    assert [found[1, to] for to in (3, 6, 4, 5)] == [200, 300, 400, 600]
    assert found[5, 4] == 200


# A dual carriageway: eastbound 1-2-3, westbound 4-5-6 20 m to the north, a link 2-5, a loop at the far east 3-4.
DUAL = {1: (-200.0, 0.0), 2: (0.0, 0.0), 3: (200.0, 0.0), 4: (200.0, 20.0), 5: (0.0, 20.0), 6: (-200.0, 20.0)}
DUAL_WAYS = {
    1: ([1, 2], STREET | {"oneway": "yes"}), 2: ([2, 3], STREET | {"oneway": "yes"}),
    3: ([3, 4], STREET | {"oneway": "yes"}), 4: ([4, 5], STREET | {"oneway": "yes"}),
    5: ([5, 6], STREET | {"oneway": "yes"}), 6: ([2, 5], STREET),
}  # fmt: skip


@pytest.mark.parametrize(("with_ban", "expected"), [(False, 420), (True, 820)])
def test_u_turn_at_a_dual_carriageway(tmp_path: Path, with_ban: bool, expected: int) -> None:
    """The U-turn through the link is 420 m; where it is forbidden one drives on to the loop, 820 m."""
    members = [("way", 1, "from"), ("way", 6, "via"), ("way", 5, "to")]
    relations = {900: (members, {"type": "restriction", "restriction": "no_u_turn"})} if with_ban else {}
    roads, _ = made_roads(tmp_path, DUAL, DUAL_WAYS, relations=relations)
    found = metres(roads, "car", DUAL)
    assert found[1, 6] == expected
    assert (found[4, 6], found[1, 5]) == (400, 220)


@pytest.mark.parametrize(("word", "expected"), [("no_left_turn", (400, 200)), ("no_right_turn", (200, 600))])
def test_a_way_that_passes_the_crossing(tmp_path: Path, word: str, expected: tuple[int, int]) -> None:
    """Where one way passes the end of another, the word of the turn says which of its two directions is meant."""
    ways = {12: [1, 2], 254: [5, 2, 4], 36: [3, 6], 23: [2, 3], 64: [6, 4]}
    members = [("way", 12, "from"), ("node", 2, "via"), ("way", 254, "to")]
    relation = {900: (members, {"type": "restriction", "restriction": word})}
    roads, _ = made_roads(tmp_path, NODES, {way: (of, STREET) for way, of in ways.items()}, relations=relation)
    found = metres(roads, "car", NODES)
    assert (found[1, 4], found[1, 5]) == expected


def test_turning_back(tmp_path: Path) -> None:
    """One turns back at crossings and dead ends, not in the middle of a street, nor where no_u_turn stands.

    A car comes out of a one-way lane (6-1) into a street where it must turn right (east), but wants to go west to 7.
    """
    nodes = {
        1: (0.0, 0.0),
        2: (100.0, 0.0),
        3: (200.0, 0.0),
        4: (500.0, 0.0),
        5: (200.0, 50.0),
        6: (0.0, 50.0),
        7: (-100.0, 0.0),
    }
    ways = {
        61: ([6, 1], STREET | {"oneway": "yes"}),
        17: ([1, 7], STREET),
        13: ([1, 2, 3], STREET),
        34: ([3, 4], STREET),
        35: ([3, 5], STREET),
    }
    right = (
        [("way", 61, "from"), ("node", 1, "via"), ("way", 13, "to")],
        {"type": "restriction", "restriction": "only_left_turn"},
    )
    no_u = (
        [("way", 13, "from"), ("node", 3, "via"), ("way", 13, "to")],
        {"type": "restriction", "restriction": "no_u_turn"},
    )
    places = {6: nodes[6], 7: nodes[7]}
    roads, _ = made_roads(tmp_path, nodes, ways, relations={901: right})
    assert metres(roads, "car", places)[6, 7] == 50 + 200 + 200 + 100  # back at the crossing 3
    roads, _ = made_roads(tmp_path, nodes, ways, relations={901: right, 902: no_u})
    assert metres(roads, "car", places)[6, 7] == 50 + 200 + 100 + 200 + 100  # back at the dead end 5


MALFORMED = {
    "no from": TURN[1:],
    "no to": TURN[:2],
    "no via": [TURN[0], TURN[2]],
    "two via nodes": [*TURN, ("node", 4, "via")],
    "via a node elsewhere": [TURN[0], ("node", 6, "via"), TURN[2]],
    "via a way elsewhere": [TURN[0], ("way", 64, "via"), ("way", 25, "to")],
}


@pytest.mark.parametrize("members", MALFORMED.values(), ids=MALFORMED)
def test_malformed_ones_are_listed(tmp_path: Path, members: list[tuple[str, int, str]]) -> None:
    """A relation that cannot be understood is listed by its id, and forbids nothing."""
    roads, report = _crossing(tmp_path, members, restriction="no_left_turn")
    assert [fault.id for fault in report.of("skipped")] == ["relation/900"]
    assert metres(roads, "car", NODES)[1, 4] == 200


def test_ways_outside_the_streets_are_counted(tmp_path: Path) -> None:
    """A relation that names a way which is not in the file is counted."""
    roads, report = _crossing(tmp_path, [*TURN[:2], ("way", 777, "to")], restriction="no_left_turn")
    assert ["1 turn restrictions name ways" in fault.what for fault in report.of("skipped")] == [True]
    assert not roads.restrictions
