"""Trips between two sets of places: the problem as arrays, its blocks of sources, and the blocks put together.

The smaller side is searched from: forwards along the moves when it is where the trips begin, else against them. A block
of sources is solved alone, anywhere; the blocks one after another are the whole, whoever solved them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import ScenarioError
from planner.inputs.roads.read import Floats, Ints
from planner.travel.places.places import Places, Stops
from planner.travel.streets.modes import WALK
from planner.travel.streets.network import Network
from planner.travel.trips.search import search_many

__all__ = [
    "Direction",
    "Problem",
    "Shape",
    "Trips",
    "check_direction",
    "gather",
    "pose",
    "solve_block",
]

Direction = Literal["to_destination", "from_destination", "round_trip"]
_BLOCK_PAIRS = 1 << 21  # pairs that a block may have at most, all of its sources reaching all targets
_BLOCK_SOURCES = 256


def check_direction(direction: str) -> None:
    """Raise :class:`planner.errors.ScenarioError` for an unknown direction."""
    if direction not in get_args(Direction):
        raise ScenarioError(f"direction = {direction!r} is not one of {', '.join(get_args(Direction))}.")


@dataclass(frozen=True)
class Trips:
    """Pairs of positions with seconds and metres, sorted by ``origin``, then ``destination``."""

    origin: npt.NDArray[np.int32]
    destination: npt.NDArray[np.int32]
    seconds: Floats
    metres: Floats

    def __len__(self) -> int:
        return len(self.origin)


@dataclass(frozen=True)
class Leg:
    """One way of a trip as arrays for :func:`planner.travel.trips.search.search_many`."""

    graph: tuple[Any, ...]
    sources: tuple[Any, ...]
    targets: tuple[Any, ...]
    direct: tuple[Any, ...]

    def arrays(self) -> list[Any]:
        """Return all arrays, in the order of the four fields."""
        return [*self.graph, *self.sources, *self.targets, *self.direct]


@dataclass(frozen=True)
class Shape:
    """How many places and states there are; ``from_origins`` says whether the sources are the origins.

    The cut into blocks follows from the shape alone, so that blocks made under other settings can be used.
    """

    sources: int
    targets: int
    from_origins: bool
    states: int

    @property
    def block_sources(self) -> int:
        """How many sources a block has."""
        return max(1, min(_BLOCK_SOURCES, _BLOCK_PAIRS // max(self.targets, 1)))

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.sources // self.block_sources)

    @property
    def block_bytes(self) -> int:
        """Bytes that solving one block takes at most, its result included."""
        return 48 * self.block_sources * self.targets + 40 * (self.states + self.targets)


@dataclass(frozen=True)
class Problem:
    """What is to be solved: one leg, or two for a round trip; ``limit`` in seconds, or in metres with ``by_metres``."""

    legs: tuple[Leg, ...]
    shape: Shape
    limit: float
    by_metres: bool

    def __sizeof__(self) -> int:
        """Return the bytes of all arrays: a cluster decides by it what to send to each worker only once."""
        return super().__sizeof__() + sum(int(array.nbytes) for leg in self.legs for array in leg.arrays())


def pose(net: Network, origins: Places, destinations: Places, limit: float, unit: str, direction: Direction) -> Problem:
    """Return the problem of all trips within the limit (s or m, by ``unit``); ``direction`` as in the matrix."""
    from_origins = origins.snaps.count <= destinations.snaps.count
    sources, targets = (origins, destinations) if from_origins else (destinations, origins)
    swap = unit == "m"
    legs = []
    if direction != "from_destination":
        legs.append(_leg(net, sources, targets, forward=from_origins, swap=swap))
    if direction != "to_destination":
        legs.append(_leg(net, sources, targets, forward=not from_origins, swap=swap))
    shape = Shape(sources.snaps.count, targets.snaps.count, from_origins, len(net.states.vertex))
    return Problem(tuple(legs), shape, limit, swap)


def solve_block(problem: Problem, number: int) -> Trips:
    """Return the trips of one block; its sources stand in the place of origins, whichever side they are."""
    first = number * problem.shape.block_sources
    last = min(first + problem.shape.block_sources, problem.shape.sources)
    legs = [_solve_leg(problem, leg, first, last) for leg in problem.legs]
    if len(legs) == 1:
        return legs[0]
    there, back = legs
    keys = [leg.origin.astype(np.int64) * problem.shape.targets + leg.destination for leg in legs]
    _, a, b = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    seconds, metres = there.seconds[a] + back.seconds[b], there.metres[a] + back.metres[b]
    within = (metres if problem.by_metres else seconds) <= problem.limit
    return Trips(there.origin[a][within], there.destination[a][within], seconds[within], metres[within])


def gather(shape: Shape, blocks: Sequence[Trips]) -> Trips:
    """Return the trips of blocks in their order, sorted by origin, then destination."""
    columns = [
        np.concatenate([getattr(block, name) for block in blocks]) if blocks else np.empty(0, kind)
        for name, kind in (("origin", np.int32), ("destination", np.int32), ("seconds", float), ("metres", float))
    ]
    if shape.from_origins:
        return Trips(*columns)
    order = _counted(columns[1], shape.targets)
    source, target, seconds, metres = (values[order] for values in columns)
    return Trips(target, source, seconds, metres)


def _solve_leg(problem: Problem, leg: Leg, first: int, last: int) -> Trips:
    parts = (leg.graph, leg.sources, leg.targets, leg.direct)
    graph, sources, targets, direct = (tuple(_fixed(array) for array in part) for part in parts)
    source, target, cost, other = search_many(graph, sources, targets, direct, problem.limit, first, last)
    return Trips(source, target, other, cost) if problem.by_metres else Trips(source, target, cost, other)


def _fixed(array: Any) -> Any:
    """Return a read-only view: what comes from another process is one, and one kind is compiled once."""
    if type(array) is np.ndarray and array.flags.c_contiguous and array.flags.aligned and not array.flags.writeable:
        return array
    view = np.require(array, requirements=["C", "A"]).view(np.ndarray)
    view.flags.writeable = False
    return view


@numba.njit(cache=True, nogil=True)
def _counted(keys, count):  # type: ignore[no-untyped-def]
    """Return the order that sorts keys from 0 to ``count - 1``, equal ones in their order (counting sort)."""
    place = np.zeros(count + 1, np.int64)
    for key in keys:
        place[key + 1] += 1
    for i in range(count):
        place[i + 1] += place[i]
    order = np.empty(len(keys), np.int64)
    for i in range(len(keys)):
        order[place[keys[i]]] = i
        place[keys[i]] += 1
    return order


def _leg(net: Network, sources: Places, targets: Places, *, forward: bool, swap: bool) -> Leg:
    """Return the leg from the sources to the targets, or (not forward) that by which people come from the targets."""
    graph = net.graph if forward else net.back
    begin, end = (sources.leave, targets.reach) if forward else (sources.reach, targets.leave)
    leave, reach = (sources, targets) if forward else (targets, sources)
    weights = (graph.metres, graph.seconds) if swap else (graph.seconds, graph.metres)
    parts = (
        (graph.row, graph.head, *weights),
        (begin.row, begin.state, *_measures(begin, swap)),
        _ends(end, swap, len(net.states.vertex)),
        _direct(leave, reach, forward=forward, swap=swap),
    )
    return Leg(*(tuple(map(_fixed, part)) for part in parts))


def _ends(stops: Stops, swap: bool, states: int) -> tuple[Any, ...]:
    """Return the ways to end: rows per state of the targets there; rows per target of the states, with their costs."""
    target = np.repeat(np.arange(len(stops.row) - 1, dtype=np.int32), np.diff(stops.row))
    at_row = np.zeros(states + 1, np.int64)
    np.cumsum(np.bincount(stops.state, minlength=states), out=at_row[1:])
    at_target = target[_counted(stops.state, states)]
    return at_row, at_target, stops.row, np.column_stack([stops.state, *_measures(stops, swap)])


def _measures(stops: Stops, swap: bool) -> tuple[Floats, Floats]:
    return (stops.metres, stops.seconds) if swap else (stops.seconds, stops.metres)


def _direct(leave: Places, reach: Places, *, forward: bool, swap: bool) -> tuple[Ints, Ints, Floats]:
    """Return the trips that use no state, as rows per source: along one link, and between points at one place."""
    a, b = (_on_links(side, name, other) for side, name, other in ((leave, "leave", reach), (reach, "reach", leave)))
    along = a.merge(b, on="link", suffixes=("", "_reach"))
    along = along[along["m_reach"] >= along["m"] - 1e-6]
    walk = along["w"] + along["w_reach"]
    seconds = np.maximum(along["s_reach"] - along["s"], 0) + walk / WALK
    metres = np.maximum(along["m_reach"] - along["m"], 0) + walk
    same = _same_place(leave, reach)
    columns = ("leave", "reach") if forward else ("reach", "leave")
    source, target = (np.r_[along[c].to_numpy(np.int64), same[c].to_numpy(np.int64)] for c in columns)
    seconds, metres = (np.r_[np.asarray(v, float), np.zeros(len(same))] for v in (seconds, metres))
    order = np.lexsort((target, source))
    count = (leave if forward else reach).snaps.count
    row = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=count), out=row[1:])
    measures = (metres, seconds) if swap else (seconds, metres)
    return row, target[order], np.column_stack(measures)[order]


def _on_links(side: Places, name: str, other: Places) -> pd.DataFrame:
    """Return the places of one side that lie on a link on which the other side has one."""
    shared = np.zeros(1 + max(side.link.max(initial=0), other.link.max(initial=0)), bool)
    shared[other.link] = True
    on = np.flatnonzero(shared[side.link])
    columns = {name: side.on, "link": side.link, "s": side.seconds, "m": side.metres, "w": side.walk}
    return pd.DataFrame({column: values[on] for column, values in columns.items()})


def _same_place(leave: Places, reach: Places) -> pd.DataFrame:
    """Return pairs of snapped points with the same coordinates: there is no way to go."""
    frames = []
    for name, places in (("leave", leave), ("reach", reach)):
        point = np.flatnonzero(np.bincount(places.snaps.point, minlength=places.snaps.count))
        lon, lat = (np.round(v[point], 8) for v in (places.snaps.lon, places.snaps.lat))
        frames.append(pd.DataFrame({name: point, "lon": lon, "lat": lat}))
    few, many = sorted(frames, key=len)
    known = np.append(np.sort(few["lon"].to_numpy()), np.inf)
    many = many[known[np.searchsorted(known, many["lon"])] == many["lon"]]
    return few.merge(many, on=["lon", "lat"])[["leave", "reach"]]
