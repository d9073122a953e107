"""Travel against the field's tools: the matrix, reading, snapping, isochrones and the cache; writes results/travel.json.

Run with ``make bench-travel``. The streets are those of ``../shared/data/osm`` (``PLANNER_SHARED`` names another
folder). Each work runs in a process of its own, so that its memory is its own; ours and the peers take turns, and the
best of the rounds counts.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import travel_peers as peers
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import network, snap, travel_matrix
from planner.travel.places.places import place
from planner.travel.reach.isochrones import isochrones
from planner.travel.trips.matrix import travel_parts
from planner.travel.trips.trips import pose, solve_block

RESULTS = Path(__file__).parent / "results" / "travel.json"
STREETS = Path(os.environ.get("PLANNER_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data" / "osm"
ROUNDS = 3
WORKERS = 2


def main() -> None:
    """Run every work in its own process and write the results."""
    if len(sys.argv) > 1:
        print(json.dumps(list(WORKS[sys.argv[1]]()), ensure_ascii=False))
        return
    rows = []
    for work in WORKS:
        command = [sys.executable, "-m", "benchmarks.travel", work]
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]
        rows += json.loads(found)
        for row in json.loads(found):
            print("ok " if row["ok"] else "NO ", json.dumps(row, ensure_ascii=False), flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _row(work: str, ours: float, goal: str, ok: bool, note: str = "", peer: tuple[str, float] | None = None) -> Any:
    return {
        "work": work,
        "ours_s": round(ours, 3),
        "peer": peer and peer[0],
        "peer_s": peer and round(peer[1], 3),
        "ratio": peer and round(peer[1] / ours, 2),
        "goal": goal,
        "ok": bool(ok),
        "memory_mb": round(_memory()),
        "note": f"{note}; load {os.getloadavg()[0]:.1f}".removeprefix("; "),
    }


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _in_turns(works: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the shortest time of each work; the works take turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(_timed(work))
    return {name: min(taken) for name, taken in times.items()}


def _wuhan() -> tuple[Roads, gpd.GeoDataFrame, np.ndarray]:
    """Return the streets of Wuhan, all their nodes as points, and the positions of 1,000 of them."""
    roads, _ = read_roads(STREETS / "wuhan_streets_osm_utm50n.parquet")
    lon, lat = roads.lon[roads.node_point], roads.lat[roads.node_point]
    points = _points(lon, lat)
    return roads, points, np.sort(np.random.default_rng(1).choice(len(points), 1000, replace=False))


def _points(lon: Any, lat: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=[f"P{i}" for i in range(len(lon))], geometry=shapely.points(lon, lat), crs=4326)


def _matrix() -> Iterable[Any]:
    """Yield the rows of 1,000 origins and all nodes within 15 minutes."""
    roads, points, chosen = _wuhan()
    net, origins = network(roads, "ebike"), points.iloc[chosen]
    work = "Wuhan, 1,000 origins × 82,891 nodes, 15 min e-bike"

    def ours() -> Any:
        return travel_matrix(net, origins, points, "ebike", "15min", jobs=WORKERS)

    pairs = len(ours())
    memory = _memory()
    graph = peers.Graph.of(net)
    few = np.random.default_rng(2).choice(chosen, 40, replace=False)
    best = _in_turns(
        {
            "ours": ours,
            "whole": lambda: travel_matrix(roads, origins, points, "ebike", "15min", jobs=WORKERS),
            "scipy": lambda: peers.scipy_dijkstra(graph, chosen, 900.0),
            "networkx": lambda: peers.networkx_dijkstra(graph, few, 900.0),
        }
    )
    posed = pose(net, *(place(net, snap(net, one)[0].snaps) for one in (origins, points)), 900.0, "s", "to_destination")
    search = min(_timed(lambda: [solve_block(posed, i) for i in range(posed.shape.blocks)]) for _ in range(ROUNDS))
    note = (
        f"{pairs} pairs with seconds and metres, from bare points to the table, {WORKERS} threads; "
        f"the search alone takes {search:.2f} s on one thread"
    )
    nx = best["networkx"] * len(chosen) / len(few)
    scaled = f"{note}; networkx timed on {len(few)} origins and scaled, seconds of nodes only"
    yield _row(
        work, best["ours"], "≥ 50 × networkx", nx >= 50 * best["ours"], scaled, ("networkx single_source_dijkstra", nx)
    )
    dense = f"{note}; scipy gives seconds of nodes only, as a dense array, on one thread"
    sp = ("scipy dijkstra with limit, same graph", best["scipy"])
    yield _row(work, best["ours"], "≤ 2 × bare scipy", best["ours"] <= 2 * best["scipy"], dense, sp)
    yield _row(work, best["ours"], "under 2 GB", memory < 2000, f"{memory:.0f} MB before any peer ran")
    built = peers.pandana_range(graph, chosen, 900.0)
    goal = "≥ 5 × pandana with its build"
    if built is None:
        yield _row(work, best["whole"], goal, False, "pandana is not installed: pip install '.[bench]'")
        return
    parts = f"ours with compiling the mode; pandana: build {built[0]:.1f} s, ranges {built[1]:.1f} s, once"
    pandana = ("pandana, build and nodes_in_range", sum(built))
    yield _row(work, best["whole"], goal, sum(built) >= 5 * best["whole"], parts, pandana)


def _large() -> Iterable[Any]:
    """Yield the row of 10,000 origins and 80,000 points, in parts."""
    roads, points, _ = _wuhan()
    random = np.random.default_rng(3)
    origins = points.iloc[np.sort(random.choice(len(points), 10_000, replace=False))]
    ends = points.iloc[np.sort(random.choice(len(points), 80_000, replace=False))]
    pairs, marks = 0, []
    begun = time.perf_counter()
    for part in travel_parts(roads, origins, ends, "ebike", "10min", jobs=WORKERS, memory="1GB"):
        pairs += len(part)
        marks.append(_memory())
    taken = time.perf_counter() - begun
    early = marks[len(marks) // 10]
    note = f"{pairs} pairs in {len(marks)} parts, {WORKERS} threads; {early:.0f} MB after a tenth, {marks[-1]:.0f} MB at the end"
    ok = taken < 300 and marks[-1] < 1.1 * early
    yield _row("Wuhan, 10,000 origins × 80,000 points, 10 min", taken, "under 5 min, memory flat", ok, note)


def _reading() -> Iterable[Any]:
    """Yield the rows of reading Helsinki and Monaco."""
    for town, name in (("Helsinki", "helsinki_centre.osm.pbf"), ("Monaco", "monaco.osm.pbf")):
        path = STREETS / name
        with TemporaryDirectory() as folder:
            xml = peers.as_xml(path, Path(folder))
            works = {"ours": lambda path=path: read_roads(path), "osmium": lambda path=path: peers.osmium_reads(path)}
            works["osmnx"] = lambda xml=xml: peers.osmnx_reads(xml)
            for work in works.values():
                work()
            best = _in_turns(works, 5)
        work = f"reading {town} (PBF), restrictions and barriers included"
        bare = ("pyosmium, every object touched, nothing kept", best["osmium"])
        yield _row(work, best["ours"], "≤ 2 × merely reading", best["ours"] <= 2 * best["osmium"], "", bare)
        nx = ("osmnx graph_from_xml, the same as XML", best["osmnx"])
        yield _row(
            work, best["ours"], "≥ 5 × osmnx", best["osmnx"] >= 5 * best["ours"], "no restrictions in the peer", nx
        )


def _snapping() -> Iterable[Any]:
    """Yield the row of a million points."""
    roads, _, _ = _wuhan()
    net, random, count = network(roads, "ebike"), np.random.default_rng(0), 1_000_000
    at = random.integers(0, len(roads.lon), count)
    points = _points(roads.lon[at] + random.normal(0, 1e-3, count), roads.lat[at] + random.normal(0, 1e-3, count))
    snap(net, points.iloc[:1000])
    taken = _in_turns({"ours": lambda: snap(net, points)})["ours"]
    yield _row("snapping 1,000,000 points onto Wuhan's edges", taken, "under 20 s", taken < 20, "one thread")


def _isochrones() -> Iterable[Any]:
    """Yield the row of 1,000 areas."""
    net = network(read_roads(STREETS / "shenzhen_futian_osmnx.graphml")[0], "ebike")
    roads, chosen = net.roads, np.random.default_rng(5).choice(len(net.roads.node_id), 1000, replace=False)
    origins = _points(roads.lon[roads.node_point[chosen]], roads.lat[roads.node_point[chosen]])
    isochrones(net, origins.iloc[:3], "ebike", "10min")
    taken = _timed(lambda: isochrones(net, origins, "ebike", "10min", jobs=WORKERS))
    yield _row("1,000 isochrones of 10 min in Futian", taken, "under 30 s", taken < 30, f"e-bike, {WORKERS} threads")


def _cache() -> Iterable[Any]:
    """Yield the row of a repeated matrix."""
    roads, points, chosen = _wuhan()
    with TemporaryDirectory() as folder:

        def run() -> Any:
            return travel_matrix(roads, points.iloc[chosen], points, "ebike", "15min", cache=folder)

        first, again = _timed(run), _in_turns({"again": run})["again"]
    note = f"the first run took {first:.1f} s; the second begins with bare streets and points"
    yield _row("the same matrix of 1,000 origins again, from the cache", again, "under 1 s", again < 1, note)


WORKS: dict[str, Callable[[], Iterable[Any]]] = {
    "matrix": _matrix,
    "large": _large,
    "reading": _reading,
    "snapping": _snapping,
    "isochrones": _isochrones,
    "cache": _cache,
}

if __name__ == "__main__":
    main()
