"""Turn restrictions as forbidden sequences of arcs: through a node or through ways, ``no_*`` and ``only_*``."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from planner.inputs.report import Report
from planner.inputs.roads.read import Restriction, Roads
from planner.travel.streets.compounds import CLOSED, Arcs
from planner.travel.streets.modes import Mode

__all__ = ["applies", "banned_sequences"]

Sequence = tuple[int, ...]
_LONGEST = 60  # edges of the via ways that are followed
_ANGLES = {"left": [(20, 180)], "right": [(-180, -20)], "straight": [(-60, 60)], "u": [(120, 180), (-180, -120)]}


def applies(restriction: Restriction, mode: Mode) -> bool:
    """Return whether a restriction binds a mode: its vehicles name it (or nobody), and ``except`` does not."""
    names = set(mode.restricted_as)
    if not names or names & restriction.exempt:
        return False
    return not restriction.vehicles or bool(names & restriction.vehicles)


def banned_sequences(roads: Roads, arcs: Arcs, mode: Mode, report: Report) -> list[Sequence]:
    """Return the sequences of arcs that the restrictions forbid to the mode, each arc's head the next one's tail.

    An ``only_*`` restriction forbids at each step every arc but the prescribed one, turning back included. A ``no_*``
    restriction through ways also forbids turning back on them: else one would turn round there and take the last step
    as somebody who came from elsewhere. Those that cannot be tied to usable streets are counted in the report.
    """
    turns = _Turns(roads, arcs)
    banned: set[Sequence] = set()
    held = untied = 0
    for restriction in roads.restrictions:
        if not applies(restriction, mode):
            continue
        sequences = turns.sequences(restriction)
        held += bool(sequences)
        untied += not sequences
        if restriction.kind == "no":
            banned.update(sequences)
            banned.update(turns.back_on_the_way(sequences))
        else:
            banned.update(turns.all_others(sequences))
    report.facts["turn restrictions held"] = held
    if untied:
        report.add("assumed", f"{untied} turn restrictions touch no streets that {mode.name} may use")
    return sorted(banned)


class _Turns:
    """Usable arcs by way and vertex, to follow a restriction along them."""

    def __init__(self, roads: Roads, arcs: Arcs) -> None:
        ways = {way for r in roads.restrictions for way in (*r.start, *r.via_ways, *r.end)}
        open_arcs = np.flatnonzero(arcs.right[: 2 * len(roads)] != CLOSED)
        chosen = open_arcs[np.isin(roads.way[open_arcs // 2], np.fromiter(ways, np.int64, len(ways)))]
        self.roads, self.arcs = roads, arcs
        self.leaving: dict[int, list[int]] = {}
        self.of_way: dict[int, list[int]] = {}
        ends = set(arcs.tail[chosen].tolist()) | set(arcs.head[chosen].tolist())
        every = np.flatnonzero(arcs.right != CLOSED)
        for arc in every[np.isin(arcs.tail[every], np.fromiter(ends, np.int64, len(ends)))].tolist():
            self.leaving.setdefault(int(arcs.tail[arc]), []).append(arc)
        for arc in chosen.tolist():
            self.of_way.setdefault(int(roads.way[arc // 2]), []).append(arc)

    def sequences(self, restriction: Restriction) -> list[Sequence]:
        """Return the manoeuvres that the restriction names."""
        found: list[Sequence] = []
        for first in (arc for way in restriction.start for arc in self.of_way.get(way, [])):
            if restriction.via_node is not None:
                if self.arcs.node[self.arcs.head[first]] == self._node(restriction.via_node):
                    found += [(first, last) for last in self._onto(first, restriction)]
            else:
                found += self._through((first,), frozenset(restriction.via_ways), restriction)
        if restriction.via_node is not None:
            found = self._back_or_on(found, restriction.turn)
        return self._meant(found, restriction.turn)

    def all_others(self, sequences: list[Sequence]) -> Iterator[Sequence]:
        """Iterate over what an ``only_*`` restriction forbids: at each step every arc but the prescribed ones."""
        prescribed: dict[Sequence, set[int]] = {}
        for sequence in sequences:
            for size in range(1, len(sequence)):
                prescribed.setdefault(sequence[:size], set()).add(sequence[size])
        for prefix, allowed in prescribed.items():
            for arc in self.leaving.get(int(self.arcs.head[prefix[-1]]), []):
                if arc not in allowed:
                    yield (*prefix, arc)

    def back_on_the_way(self, sequences: list[Sequence]) -> Iterator[Sequence]:
        """Iterate over the turns back in the middle of manoeuvres through ways."""
        for sequence in sequences:
            for size in range(2, len(sequence)):
                back = sequence[size - 1] ^ 1
                if back in self.leaving.get(int(self.arcs.tail[back]), []):
                    yield (*sequence[:size], back)

    def _node(self, id_: int) -> int:
        at = int(np.searchsorted(self.roads.node_id, id_))
        return at if at < len(self.roads.node_id) and self.roads.node_id[at] == id_ else -1

    def _onto(self, arc: int, restriction: Restriction) -> Iterator[int]:
        """Iterate over the arcs of the ways ``end`` that leave the head of an arc."""
        for last in self.leaving.get(int(self.arcs.head[arc]), []):
            if self._way(last) in restriction.end:
                yield last

    def _way(self, arc: int) -> int:
        edge = arc // 2
        return int(self.roads.way[edge]) if edge < len(self.roads) else -1

    def _through(self, path: Sequence, ahead: frozenset[int], restriction: Restriction) -> list[Sequence]:
        """Return the paths that pass every via way, those ``ahead`` not yet met, and end on a way ``end``."""
        found: list[Sequence] = []
        if len(path) > _LONGEST:
            return found
        if not ahead:
            found += [(*path, last) for last in self._onto(path[-1], restriction)]
        current = self._way(path[-1]) if len(path) > 1 else None
        for arc in self.leaving.get(int(self.arcs.head[path[-1]]), []):
            way = self._way(arc)
            if arc != path[-1] ^ 1 and arc not in path and (way == current or way in ahead):
                found += self._through((*path, arc), ahead - {way}, restriction)
        return found

    def _back_or_on(self, found: list[Sequence], turn: str) -> list[Sequence]:
        """Return the sequences that are meant where one way is both from and to: turning back, or going on along it.

        It is to turn back unless the word of the turn is another one and the way goes on behind the junction.
        """
        same = [s for s in found if self._way(s[0]) == self._way(s[-1])]
        back = [s for s in same if s[-1] == s[0] ^ 1]
        on = [s for s in same if s[-1] != s[0] ^ 1]
        meant = on if turn in ("left", "right", "straight") and on else back
        return [s for s in found if s not in same or s in meant]

    def _meant(self, found: list[Sequence], turn: str) -> list[Sequence]:
        """Return the sequences that are meant when a way that passes the junction leaves several: the turn decides."""
        if turn not in _ANGLES or len({(self._way(s[0]), self._way(s[-1])) for s in found}) == len(found):
            return found
        meant = _ANGLES[turn]
        return [s for s in found if any(low <= self._angle(s[0], s[-1]) <= high for low, high in meant)] or found

    def _angle(self, first: int, last: int) -> float:
        """Return the turn from one arc to another in degrees, left positive."""
        into, out = self._bearing(first, at_end=True), self._bearing(last, at_end=False)
        return (math.degrees(into - out) + 180) % 360 - 180

    def _bearing(self, arc: int, *, at_end: bool) -> float:
        """Return the direction of travel at the end or the start of an arc, clockwise from north in radians."""
        roads, edge = self.roads, arc // 2
        low, high = int(roads.first[edge]), int(roads.last[edge])
        near_last = at_end == (arc % 2 == 0)
        a, b = (high - 1, high) if near_last else (low, low + 1)
        if arc % 2:
            a, b = b, a
        east = (roads.lon[b] - roads.lon[a]) * math.cos(math.radians(roads.lat[a]))
        return math.atan2(east, roads.lat[b] - roads.lat[a])
