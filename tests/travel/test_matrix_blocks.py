"""The matrix in blocks: the same table whoever works on it, kept on disk, trusted only when whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import joblib
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import ScenarioError
from planner.inputs.report import Report
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import Network, network
from planner.travel.streets.changes import with_closed
from planner.travel.trips import blocks as blocks_module
from planner.travel.trips import request as request_module
from planner.travel.trips.cluster import on_cluster
from planner.travel.trips.matrix import travel_matrix, travel_parts
from planner.travel.trips.shelf import Shelf, prune

Table = gpd.GeoDataFrame


@pytest.fixture(scope="module")
def roads(root: Path) -> Roads:
    """The streets of the demonstration district."""
    return read_roads(root / "data" / "geo" / "jiaojiang" / "roads.osm.gz")[0]


@pytest.fixture(scope="module")
def net(roads: Roads) -> Network:
    """Their network for e-bikes."""
    return network(roads, "ebike")


@pytest.fixture(scope="module")
def places(roads: Roads) -> tuple[Table, Table]:
    """600 and 700 junctions: three blocks of sources; one place lies far from every street."""
    chosen = np.random.default_rng(4).choice(len(roads.node_id), 1300, replace=False)
    at = roads.node_point[chosen]
    points = shapely.points(roads.lon[at], roads.lat[at])
    points[0] = shapely.Point(roads.bounds[2] + 0.2, roads.bounds[1])
    return (
        gpd.GeoDataFrame(index=[f"A{i}" for i in range(600)], geometry=points[:600], crs=4326),
        gpd.GeoDataFrame(index=[f"B{i}" for i in range(700)], geometry=points[600:], crs=4326),
    )


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many blocks were solved since the last call."""
    solved: list[int] = []
    original = blocks_module.solve_block

    def counting(problem: Any, number: int) -> Any:
        solved.append(number)
        return original(problem, number)

    monkeypatch.setattr(blocks_module, "solve_block", counting)

    def taken() -> int:
        number = len(solved)
        solved.clear()
        return number

    return taken


def _same(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    return a.equals(b) and a.attrs == b.attrs and len(a) > 1000


@pytest.mark.parametrize("direction", ["to_destination", "from_destination", "round_trip"])
def test_workers_and_memory_change_no_digit(net: Network, places: tuple[Table, Table], direction: Any) -> None:
    """Two threads, one block at a time, and the parts one behind another give the same bytes as one worker."""
    plain = travel_matrix(net, *places, "ebike", "6min", direction)
    assert _same(travel_matrix(net, *places, "ebike", "6min", direction, jobs=2, memory="30MB"), plain)
    parts = list(travel_parts(net, *places, "ebike", "6min", direction, memory="10MB"))
    assert len(parts) == 3
    assert _same(pd.concat(parts, ignore_index=True).assign(**_categories(plain)), plain)


def _categories(plain: pd.DataFrame) -> dict[str, Any]:
    return {name: lambda t, name=name: t[name].astype(plain[name].dtype) for name in ("origin", "destination")}


def test_parts_from_the_smaller_side(net: Network, places: tuple[Table, Table]) -> None:
    """With fewer destinations the parts hold whole destinations; together they are the table."""
    plain = travel_matrix(net, *places[::-1], "ebike", "6min")
    parts = list(travel_parts(net, *places[::-1], "ebike", "6min"))
    assert len(parts) == 3
    held = [set(part["destination"].unique()) for part in parts]
    assert not held[0] & held[1]
    whole = pd.concat(parts).sort_values(["origin", "destination"], ignore_index=True)
    assert _same(whole.assign(**_categories(plain)), plain)


@pytest.mark.slow
def test_processes_change_no_digit(net: Network, places: tuple[Table, Table]) -> None:
    """Two processes give the same table as one worker."""
    with joblib.parallel_config(backend="loky", n_jobs=2):
        spread = travel_matrix(net, *places, "ebike", "6min")
    assert _same(spread, travel_matrix(net, *places, "ebike", "6min"))


@pytest.mark.filterwarnings("ignore")  # of distributed itself
def test_a_dask_cluster_changes_no_digit(net: Network, places: tuple[Table, Table], tmp_path: Path) -> None:
    """A worker process of a Dask cluster gives the same table, and its blocks end up in the cache here."""
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    pytest.importorskip("dask", reason="dask is not installed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=None, local_directory=str(tmp_path / "dask")
        ) as cluster,
        on_cluster(cluster.scheduler_address),
    ):
        spread = travel_matrix(net, *places, "ebike", "6min", cache=tmp_path / "cache")
    assert _same(spread, travel_matrix(net, *places, "ebike", "6min", cache=tmp_path / "cache"))
    assert _same(spread, travel_matrix(net, *places, "ebike", "6min"))


def test_a_cluster_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing listens is a sentence."""
    pytest.importorskip("distributed", reason="distributed is not installed")
    monkeypatch.setattr("planner.travel.trips.cluster._WAIT", 0.2)
    with (
        pytest.raises(ScenarioError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"),
        on_cluster("tcp://127.0.0.1:9"),
    ):
        pass


def test_the_second_run_only_reads(
    roads: Roads, places: tuple[Table, Table], tmp_path: Path, count: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeated call compiles no streets, snaps no points, solves nothing, and says the same."""
    reports = [Report("a"), Report("b")]
    first = travel_matrix(roads, *places, "ebike", "6min", cache=tmp_path, report=reports[0])
    assert count() == 3
    monkeypatch.setattr(request_module, "network", None)
    second = travel_matrix(roads, *places, "ebike", "6min", cache=tmp_path, report=reports[1])
    assert count() == 0
    assert _same(second, first)
    assert second.attrs["off_network"]["origins"] == ["A0"]
    assert reports[0].entries == reports[1].entries
    assert reports[0].count("refused") == 1


def test_anything_that_matters_makes_another_entry(
    roads: Roads, places: tuple[Table, Table], tmp_path: Path, count: Callable[[], int]
) -> None:
    """Streets, points, ids, mode, speeds, cutoff, direction and access are part of the key; workers and memory are not."""
    a, b = places
    moved = a.set_geometry(a.geometry.where(a.index != "A5", shapely.Point(a.geometry.iloc[6].coords[0])))
    fast = network(roads, "ebike").mode.with_speeds(residential=17)
    base: tuple[Any, ...] = (roads, a, b, "ebike", "3min")
    others: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (base, {}),
        ((with_closed(roads, roads.way[:1].tolist()), *base[1:]), {}),
        ((roads, moved, *base[2:]), {}),
        ((roads, a.rename(index={"A5": "A5b"}), *base[2:]), {}),
        ((roads, a.iloc[::-1], *base[2:]), {}),
        ((*base[:3], "foot", "3min"), {}),
        ((*base[:3], fast, "3min"), {}),
        ((*base[:4], "4min"), {}),
        ((*base[:4], "900m"), {}),
        (base, {"direction": "round_trip"}),
        (base, {"max_access": "100m"}),
        (base, {"ferries": True}),
    ]
    for arguments, options in others:
        travel_matrix(*arguments, **options, cache=tmp_path)
        assert count() == 3, (arguments[3:], options)
    assert len(list(tmp_path.iterdir())) == len(others)
    travel_matrix(*base, cache=tmp_path, jobs=2, memory="1GB")
    assert count() == 0


@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "empty"])
@pytest.mark.parametrize("which", ["block-000001", "summary"])
def test_damage_is_noticed_and_mended(
    net: Network, places: tuple[Table, Table], tmp_path: Path, count: Callable[[], int], harm: str, which: str
) -> None:
    """A file that is cut, changed in one bit, emptied or gone is made again, and only that one."""
    first = travel_matrix(net, *places, "ebike", "6min", cache=tmp_path)
    count()
    (path,) = tmp_path.rglob(f"{which}*")
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {"cut": data[:middle], "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]}.get(harm, b"")
    )
    if harm == "gone":
        path.unlink()
    assert _same(travel_matrix(net, *places, "ebike", "6min", cache=tmp_path), first)
    assert count() == (which != "summary")
    assert [one.read_bytes() for one in tmp_path.rglob(f"{which}*")] == [data]


def test_a_stopped_run_goes_on_where_it_was(
    net: Network, places: tuple[Table, Table], tmp_path: Path, count: Callable[[], int]
) -> None:
    """Stopped after two of three blocks, the next run solves the third alone; progress counts the blocks."""
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        travel_matrix(net, *places, "ebike", "6min", cache=tmp_path, memory="40MB", progress=stop)
    assert seen == [(1, 3), (2, 3)]
    assert count() == 2
    resumed = travel_matrix(net, *places, "ebike", "6min", cache=tmp_path)
    assert count() == 1
    assert _same(resumed, travel_matrix(net, *places, "ebike", "6min"))


def test_two_runs_at_once_are_safe(net: Network, places: tuple[Table, Table], tmp_path: Path) -> None:
    """Runs that fill the same folder at the same time give the same table and leave one whole set of files."""
    plain = travel_matrix(net, *places, "ebike", "6min")
    found: list[pd.DataFrame] = []
    runs = [
        threading.Thread(target=lambda: found.append(travel_matrix(net, *places, "ebike", "6min", cache=tmp_path)))
        for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(found) == 4
    assert all(_same(one, plain) for one in found)
    assert _same(travel_matrix(net, *places, "ebike", "6min", cache=tmp_path), plain)
    assert sum(1 for path in tmp_path.rglob("*") if path.is_file()) <= 4


def test_a_cache_that_cannot_be_written_does_not_stop_the_work(
    net: Network, places: tuple[Table, Table], tmp_path: Path
) -> None:
    """A file where the folder should be: the table is made without keeping anything."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    kept = travel_matrix(net, *places, "ebike", "6min", cache=tmp_path / "file")
    assert _same(kept, travel_matrix(net, *places, "ebike", "6min"))


def test_memory_that_is_too_small_is_a_sentence(net: Network, places: tuple[Table, Table]) -> None:
    """A limit below one block, and a table above the limit, are refused with what to do."""
    with pytest.raises(ScenarioError, match="memory is too small"):
        travel_matrix(net, *places, "ebike", "6min", memory="1MB")
    with pytest.raises(ScenarioError, match="travel_parts"):
        travel_matrix(net, *places, "ebike", "2h", memory="20MB")


def test_old_matrices_make_room(tmp_path: Path) -> None:
    """Beyond the limit those used longest ago go, never the newest."""
    import os

    for age, name in enumerate(("new", "middle", "old")):
        shelf = Shelf(tmp_path / name)
        assert shelf.put("x.bin", bytes(1000))
        os.utime(shelf.folder, (1e9 - age, 1e9 - age))
    prune(tmp_path, 1500, keep=tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle", "new"]
