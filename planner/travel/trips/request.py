"""What is asked of the travel matrix, and its answer: from the cache where it is, else worked out."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from planner.errors import Fault
from planner.inputs.report import Entry
from planner.inputs.roads.read import Roads
from planner.travel.places.places import place
from planner.travel.places.snapping import check_points, snap
from planner.travel.streets.modes import Mode
from planner.travel.streets.network import Network, network
from planner.travel.trips.blocks import Progress, solved_blocks
from planner.travel.trips.fingerprint import fingerprint, program
from planner.travel.trips.shelf import Shelf, prune
from planner.travel.trips.trips import Direction, Problem, Shape, Trips, pose
from planner.units import TOLERANCE

__all__ = ["Request", "Summary", "answer"]

_SUMMARY = "summary.json"
_CACHE_BYTES = 10e9  # what a cache folder may hold before the oldest matrices go


@dataclass(frozen=True)
class Request:
    """Everything that the pairs depend on; ``limit`` in seconds or metres, by ``unit``."""

    roads: Roads | Network
    origins: gpd.GeoDataFrame
    destinations: gpd.GeoDataFrame
    mode: Mode
    limit: float
    unit: str
    direction: Direction
    max_access: str
    ferries: bool


@dataclass(frozen=True)
class Summary:
    """What is known of an answer beside its trips.

    ``off`` lists the origins and the destinations that are off the network; ``entries`` is what was assumed or refused.
    """

    shape: Shape
    off: tuple[list[str], list[str]]
    entries: tuple[Entry, ...]


def answer(
    asked: Request, *, cache: str | Path | None, jobs: int | None, memory: float | None, progress: Progress | None
) -> tuple[Summary, Iterator[Trips]]:
    """Return the summary and the blocks of trips of a request, read from the cache as far as they are there.

    ``jobs``, ``memory`` and ``progress`` as in :func:`planner.travel.trips.blocks.solved_blocks`. Raises what
    :func:`planner.travel.streets.network.network` and :func:`planner.travel.places.snapping.snap` raise.
    """
    for points in (asked.origins, asked.destinations):
        check_points(points)
    shelf = None if cache is None else Shelf(Path(cache).expanduser() / fingerprint(asked, program()))
    data = shelf.get(_SUMMARY) if shelf else None
    if data is not None:
        summary, problem = _read(data), functools.cache(lambda: _posed(asked)[1])
    else:
        summary, posed = _posed(asked)
        problem = functools.cache(lambda: posed)
    blocks = solved_blocks(summary.shape, problem, shelf=shelf, jobs=jobs, memory=memory, progress=progress)
    return summary, blocks if shelf is None else _kept(shelf, blocks, None if data else _written(summary))


def _posed(asked: Request) -> tuple[Summary, Problem]:
    """Compile the streets, tie the points to them, and pose the problem."""
    roads = asked.roads
    net = roads if isinstance(roads, Network) else network(roads, asked.mode, ferries=asked.ferries)
    snapped = [snap(net, points, max_access=asked.max_access) for points in (asked.origins, asked.destinations)]
    sides = [place(net, points.snaps) for points, _ in snapped]
    problem = pose(net, sides[0], sides[1], asked.limit + TOLERANCE, asked.unit, asked.direction)
    off = [points.table.index[points.table["status"] == "off_network"].tolist() for points, _ in snapped]
    reports = (net.report, *(account for _, account in snapped))
    return Summary(problem.shape, (off[0], off[1]), tuple(entry for one in reports for entry in one.entries)), problem


def _kept(shelf: Shelf, blocks: Iterator[Trips], summary: bytes | None) -> Iterator[Trips]:
    """Yield the blocks; after the last one, put the summary on the shelf and make room for later ones."""
    yield from blocks
    if summary is None:
        shelf.touch()
    elif shelf.put(_SUMMARY, summary):
        prune(shelf.folder.parent, _CACHE_BYTES, keep=shelf.folder)


def _written(summary: Summary) -> bytes:
    return json.dumps(dataclasses.asdict(summary), ensure_ascii=False).encode()


def _read(data: bytes) -> Summary:
    values: dict[str, Any] = json.loads(data)
    entries = tuple(Entry(entry["kind"], Fault(**entry["fault"])) for entry in values["entries"])
    return Summary(Shape(**values["shape"]), (values["off"][0], values["off"][1]), entries)
