"""The travel matrix: seconds and metres of the legal trips between many places, as a long table of reachable pairs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd

from planner.errors import ScenarioError
from planner.inputs.report import Report
from planner.inputs.roads.read import Roads
from planner.travel.streets.modes import Mode, get_mode
from planner.travel.streets.network import Network, check_mode
from planner.travel.trips.blocks import Progress
from planner.travel.trips.request import Request, Summary, answer
from planner.travel.trips.trips import Direction, Trips, check_direction, gather
from planner.units import parse_bytes, parse_impedance

__all__ = ["Direction", "travel_matrix", "travel_parts"]

_ROW = 64  # bytes that a row of the table takes while it is put together


def travel_matrix(
    roads: Roads | Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    mode: str | Mode,
    cutoff: str,
    direction: Direction = "to_destination",
    *,
    max_access: str = "400m",
    ferries: bool = False,
    jobs: int | None = None,
    memory: str | None = None,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    report: Report | None = None,
) -> pd.DataFrame:
    """Return the reachable pairs within the cutoff: origin, destination, impedance, seconds, metres.

    ``impedance`` is in seconds for a cutoff with a time ("15min"), in metres for one with a length ("500m"); the other
    measure belongs to the same trip. ``direction`` says which way people travel: "to_destination",
    "from_destination", or "round_trip" (the sum of both). Pairs are sorted by origin, then destination, in the order
    of the tables. ``attrs`` holds mode, direction, unit, cutoff and the ids that are off the network. Pass a
    :class:`~planner.travel.streets.network.Network` instead of roads to compile the mode once for several calls, and a
    ``report`` to be told what was assumed and refused.

    The work is done in blocks, and none of the following changes a digit of the table. ``jobs`` workers share it:
    threads, or whatever a ``joblib.parallel_config`` in force names (processes, a Dask cluster: see
    :func:`planner.travel.trips.cluster.on_cluster`). ``memory`` ("2GB") bounds what the blocks in work and the finished
    table take; a larger table is refused, see :func:`travel_parts`. ``progress`` is called with the finished and all
    blocks. ``cache`` names a folder, yours to delete: finished blocks are kept there under a fingerprint of
    streets, mode, points, settings and program, so that a stopped run goes on where it was and a repeated one only
    reads; damaged files are noticed and made again.

    Raises :class:`planner.errors.InputError` for ids of points that occur twice, and
    :class:`planner.errors.ScenarioError` for points without a coordinate system and for arguments that cannot be meant.

    >>> pairs = travel_matrix(roads, demand, sites, mode="ebike", cutoff="15min")  # doctest: +SKIP
    """
    asked = _asked(roads, origins, destinations, mode, cutoff, direction, max_access, ferries)
    most = None if memory is None else parse_bytes(memory)
    summary, found = answer(asked, cache=cache, jobs=jobs, memory=most and most / 2, progress=progress)
    if report is not None:
        report.entries.extend(summary.entries)
    blocks, pairs = [], 0
    for block in found:
        blocks.append(block)
        pairs += len(block)
        if most is not None and pairs * _ROW > most:
            raise ScenarioError(
                f"the table has more than {pairs} pairs and would take more than memory = {memory!r}. "
                "Shorten the cutoff, raise memory, or take the table in parts with travel_parts."
            )
    trips = gather(summary.shape, blocks)
    blocks.clear()
    return _table(asked, summary, trips)


def travel_parts(
    roads: Roads | Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    mode: str | Mode,
    cutoff: str,
    direction: Direction = "to_destination",
    *,
    max_access: str = "400m",
    ferries: bool = False,
    jobs: int | None = None,
    memory: str | None = None,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    report: Report | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield the table of :func:`travel_matrix` in parts, for tables that are larger than the memory.

    Each part holds all pairs of some places of the smaller side (of the origins when the sides are equal), in the order
    of their table, and is sorted by itself. ``memory`` bounds the blocks in work.

    >>> for part in travel_parts(roads, demand, sites, mode="ebike", cutoff="10min"):  # doctest: +SKIP
    ...     nearest.update(part.groupby("origin", observed=True)["impedance"].min())
    """
    asked = _asked(roads, origins, destinations, mode, cutoff, direction, max_access, ferries)
    most = None if memory is None else parse_bytes(memory)
    summary, found = answer(asked, cache=cache, jobs=jobs, memory=most, progress=progress)
    if report is not None:
        report.entries.extend(summary.entries)
    for block in found:
        yield _table(asked, summary, gather(summary.shape, [block]))


def _asked(
    roads: Roads | Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    mode: str | Mode,
    cutoff: str,
    direction: Direction,
    max_access: str,
    ferries: bool,
) -> Request:
    limit, unit = parse_impedance(cutoff)
    check_direction(direction)
    mode = get_mode(mode)
    if isinstance(roads, Network):
        check_mode(roads, mode)
    return Request(roads, origins, destinations, mode, limit, unit, direction, max_access, ferries)


def _table(asked: Request, summary: Summary, trips: Trips) -> pd.DataFrame:
    """Return trips as the table that users see."""
    ids = [points.index.astype(str) for points in (asked.origins, asked.destinations)]
    columns = {
        "origin": pd.Categorical.from_codes(trips.origin, ids[0], validate=False),
        "destination": pd.Categorical.from_codes(trips.destination, ids[1], validate=False),
        "seconds": trips.seconds,
        "metres": trips.metres,
    }
    pairs = pd.DataFrame(columns, copy=False)
    measure = "seconds" if asked.unit == "s" else "metres"
    pairs.insert(2, "impedance", pairs[measure])  # copied by pandas, by version 3 only once one of them is written to
    pairs.attrs = {
        "mode": asked.mode.name,
        "direction": asked.direction,
        "unit": asked.unit,
        "cutoff": asked.limit,
        "rule": "impedance ≤ cutoff, tolerance 1 mm or 1 ms",
        "off_network": {"origins": summary.off[0], "destinations": summary.off[1]},
    }
    return pairs
