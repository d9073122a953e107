"""Inputs: tables of points, hostile files, and the large layers of the siting problem, against the plain libraries.

Run with ``make bench-inputs`` (under ten minutes on a quiet machine); writes ``benchmarks/results/inputs.json`` after
each row. ``python -m benchmarks.inputs rows "places"`` runs only the rows whose function has the word in its name and
prints them. Each work runs in a process of its own, so that its memory is its own; ours and the peer's take turns, and
the best of the rounds counts. A work that fails or takes more than five minutes is a row that does not hold.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import shapely

from benchmarks.inputs_large import AREAS, CITY, FEWER, PLACES, POINTS, PREPARED, SAMPLE, agreement, write_extract
from planner.errors import InputError
from planner.inputs.layers.read import read_layer
from planner.inputs.points import read_points
from planner.inputs.tables.read import read_table

RESULTS = Path(__file__).parent / "results" / "inputs.json"
ROUNDS = 3
ROWS = 1_000_000
LONGEST = 300.0
"""Seconds after which a work is given up."""


def main() -> None:
    """Run all works and write the results."""
    if len(sys.argv) == 3 and sys.argv[1] != "rows":
        sys.stdout.write(json.dumps(_measured(sys.argv[1], Path(sys.argv[2]))))
        return
    wanted = sys.argv[2] if len(sys.argv) == 3 else ""
    makers = [_million, _workbook, _layer, _in_areas, _cut, _places, _fewer_places, _city]
    makers += [partial(_hostile, kind=kind) for kind in HOSTILE]
    RESULTS.parent.mkdir(exist_ok=True)
    rows: list[dict[str, Any]] = []
    with TemporaryDirectory() as name:
        for make in makers:
            if wanted not in getattr(make, "__name__", "_hostile"):
                continue
            rows.append(_safely(make, Path(name)))
            if not wanted:
                RESULTS.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            _show(rows[-1])


def _safely(make: Callable[[Path], dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Return the row of a work, or a row that says how it failed."""
    try:
        return make(folder)
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        words = " ".join(said.decode("utf-8", "replace").split())[-300:]
        return _row(getattr(make, "__name__", "work").strip("_"), "runs to its end", False, (0.0, 0.0), words)


def _show(row: dict[str, Any]) -> None:
    ratio = "" if row["ratio"] is None else f", {row['ratio']} of {row['peer']}"
    ok = "ok " if row["ok"] else "NO "
    sys.stdout.write(f"{ok} {row['work']}: {row['ours_s']} s, {row['memory_mb']} MB{ratio}\n")
    sys.stdout.flush()


def _measured(work: str, path: Path) -> tuple[float, float]:
    """Return seconds and megabytes of one work in this process."""
    run = PREPARED[work](path) if work in PREPARED else partial(WORKS[work], path)
    start = time.perf_counter()
    run()
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _best(works: list[str], path: Path, rounds: int = ROUNDS) -> list[tuple[float, float]]:
    """Return the shortest time and the largest memory of each work; the works take turns."""
    runs: dict[str, list[tuple[float, float]]] = {work: [] for work in works}
    for _ in range(rounds):
        for work in works:
            command = [sys.executable, "-m", "benchmarks.inputs", work, str(path)]
            done = subprocess.run(command, check=True, capture_output=True, timeout=LONGEST)
            runs[work].append(tuple(json.loads(done.stdout)))
    return [(min(seconds for seconds, _ in run), max(memory for _, memory in run)) for run in runs.values()]


def _row(work: str, goal: str, ok: bool, ours: tuple[float, float], note: str, **peer: Any) -> dict[str, Any]:
    seconds, memory = ours
    peer_s = peer.get("peer_s")
    return {
        "work": work,
        "ours_s": round(seconds, 2),
        "peer": peer.get("peer"),
        "peer_s": None if peer_s is None else round(peer_s, 2),
        "ratio": None if peer_s is None else round(peer_s / max(seconds, 1e-3), 2),
        "goal": goal,
        "ok": ok,
        "memory_mb": round(memory),
        "note": note,
    }


def _million(folder: Path) -> dict[str, Any]:
    random = np.random.default_rng(0)
    lon, lat, people = (
        random.uniform(121.3, 121.6, ROWS),
        random.uniform(28.5, 28.8, ROWS),
        random.integers(1, 100, ROWS),
    )
    path = folder / "million.csv"
    with path.open("w", encoding="utf-8-sig") as file:
        file.write("编号,名称,经度,纬度,人口\n")
        lines = zip(lon, lat, people, strict=True)
        file.writelines(f"D{i},第{i}号点,{x:.7f},{y:.7f},{n}\n" for i, (x, y, n) in enumerate(lines))
    ours, peer = _best(["points", "bare read"], path)
    return _row(
        "1,000,000-row CSV of points read, checked and transformed from GCJ-02",
        "under 15 s and 2 GB",
        ours[0] < 15 and ours[1] < 2048,
        ours,
        f"the peer neither looks for the encoding nor checks nor transforms; it takes {peer[1]:.0f} MB; "
        f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors",
        peer="pandas.read_csv and geopandas.points_from_xy",
        peer_s=peer[0],
    )


def _workbook(folder: Path) -> dict[str, Any]:
    path = folder / "sheet.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("需求")
    sheet.append(["编号", "名称", "经度", "纬度", "人口"])
    for i in range(50_000):
        sheet.append([f"D{i}", f"第{i}号点", 121.3 + i * 1e-6, 28.5 + i * 1e-6, i % 100])
    book.save(path)
    ours, peer = _best(["table", "bare sheet"], path)
    return _row(
        "XLSX of 50,000 rows and 5 columns",
        "no slower than the bare read",
        ours[0] <= peer[0],
        ours,
        "ours also reads merged, hidden and formula cells",
        peer="pandas.read_excel (openpyxl)",
        peer_s=peer[0],
    )


def _in_areas(folder: Path) -> dict[str, Any]:
    ours, peer = _best(["areas", "sjoin"], folder)
    return _row(
        f"{POINTS:,} points assigned to {AREAS[0] * AREAS[1]} areas",
        "under 5 s",
        ours[0] < 5,
        ours,
        f"a point on a shared edge gets one area, the peer gives it two; the peer takes {peer[1]:.0f} MB",
        peer="geopandas.sjoin",
        peer_s=peer[0],
    )


def _layer(folder: Path) -> dict[str, Any]:
    path = folder / "zones.gpkg"
    west, south = (a.ravel() for a in np.meshgrid(np.arange(400) * 0.001, np.arange(250) * 0.001))
    shapes = shapely.box(121.2 + west, 28.4 + south, 121.201 + west, 28.401 + south)
    columns = {"编号": [f"Z{i}" for i in range(len(shapes))], "名称": [f"地块{i}" for i in range(len(shapes))]}
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4490).to_file(path)
    ours, peer = _best(["layer", "bare layer"], path)
    return _row(
        f"GeoPackage of {len(shapes):,} polygons in CGCS2000",
        "a ratio is told",
        True,
        ours,
        "ours also looks for ids, repairs geometries and turns them into WGS 84",
        peer="geopandas.read_file",
        peer_s=peer[0],
    )


def _cut(folder: Path) -> dict[str, Any]:
    work, goal = "a 100 MB .osm.pbf cut to one district and its POIs", "under 3 minutes and 3 GB"
    if not SAMPLE.is_file():
        return _row(work, goal, False, (0.0, 0.0), f"not run: {SAMPLE.name} is not here")
    path = write_extract(folder / "city.osm.pbf")
    ours, peer = _best(["cut", "bare pass"], path, rounds=1)
    note = f"{path.stat().st_size / 1e6:.0f} MB, a sample of Helsinki side by side; streets, restrictions and places"
    name = "one pass of osmium.FileProcessor that keeps nothing"
    return _row(work, goal, ours[0] < 180 and ours[1] < 3072, ours, note, peer=name, peer_s=peer[0])


RULES = "min_cluster_size 25, min_samples 5"


def _places(folder: Path) -> dict[str, Any]:
    (ours,) = _best(["clusters"], folder, rounds=2)
    return _row(f"clusters of {PLACES:,} POIs", "under 60 s", ours[0] < 60, ours, RULES)


def _fewer_places(folder: Path) -> dict[str, Any]:
    ours, peer = _best(["fewer clusters", "sklearn"], folder, rounds=2)
    same = agreement()
    return _row(
        f"clusters of {FEWER:,} POIs",
        "faster than the peer, whose time grows with the square; the same clusters",
        ours[0] < peer[0] and same > 0.99,
        ours,
        f"{RULES}; of all pairs of POIs both agree on {same:.2%} whether they are together (they differ in ties)",
        peer="scikit-learn HDBSCAN",
        peer_s=peer[0],
    )


def _city(folder: Path) -> dict[str, Any]:
    (ours,) = _best(["city"], folder, rounds=1)
    work = f"demand, centres and candidates from {CITY:,} POIs in 289 areas"
    return _row(work, "under 3 minutes and 3 GB", ours[0] < 180 and ours[1] < 3072, ours, "without reading and travel")


def _hostile(folder: Path, kind: str) -> dict[str, Any]:
    path = HOSTILE[kind](folder)
    (ours,) = _best(["refused"], path)
    return _row(kind, "refused under 5 s and 1 GB", ours[0] < 5 and ours[1] < 1024, ours, "refused by name")


def _sparse(folder: Path) -> Path:
    path = folder / "sparse.csv"
    path.write_bytes(b"id,name\n")
    with path.open("rb+") as file:
        file.truncate(2 << 30)
    return path


def _long_line(folder: Path) -> Path:
    path = folder / "line.csv"
    with path.open("wb") as file:
        for _ in range(500):
            file.write(b"x" * (1 << 20))
    return path


def _columns(folder: Path) -> Path:
    path = folder / "columns.csv"
    path.write_bytes(b",".join(b"c%d" % i for i in range(10**6)) + b"\n")
    return path


def _bomb(folder: Path) -> Path:
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b" " * (1 << 28))
    return path


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "a file of 2 GB without a line break": _sparse,
    "a line of 500 MB": _long_line,
    "1,000,000 columns": _columns,
    "an XLSX bomb": _bomb,
}


def _refused(path: Path) -> None:
    try:
        read_table(path)
    except InputError:
        return
    raise AssertionError(f"{path.name} was not refused")


def _bare_read(path: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(path)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["经度"], table["纬度"]), crs="EPSG:4326")


WORKS: dict[str, Callable[[Path], Any]] = {
    "points": lambda path: read_points(path, datum="gcj02"),
    "bare read": _bare_read,
    "layer": read_layer,
    "bare layer": gpd.read_file,
    "table": read_table,
    "bare sheet": pd.read_excel,
    "refused": _refused,
}

if __name__ == "__main__":
    main()
