"""The grid finds what looking at every segment finds."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import network, snap
from planner.travel.places.nearest import EdgeGrid, _foot, edge_grid

Whole = st.integers(-8, 8)
Chains = st.lists(st.lists(st.tuples(Whole, Whole), min_size=2, max_size=5), min_size=1, max_size=12)


def _grid(chains: list[list[tuple[float, float]]], scale: float) -> EdgeGrid:
    flat = np.array([point for chain in chains for point in chain], float) * scale
    last = np.cumsum([len(chain) for chain in chains]) - 1
    first = np.append(0, last[:-1] + 1)
    return edge_grid(flat[:, 0], flat[:, 1], first, last, np.arange(len(chains)))


def _plain(grid: EdgeGrid, x: float, y: float) -> tuple[float, int]:
    """Return the square of the least distance to any segment, and the first such segment."""
    return min((_foot(*segment, x, y)[0], number) for number, segment in enumerate(grid.segment))


@settings(max_examples=150, deadline=None)
@given(Chains, st.lists(st.tuples(Whole, Whole), min_size=1, max_size=12), st.sampled_from([0.5, 7.0, 1000.0]))
def test_small_grids_full_of_ties(
    chains: list[list[tuple[float, float]]], points: list[tuple[int, int]], scale: float
) -> None:
    """On chains of a small lattice (double points, crossings, many ties) each point gets the first of the nearest edges."""
    grid = _grid(chains, scale)
    x, y = np.array(points, float).T * scale
    limit = 6 * scale
    feet = grid.nearest(x, y, limit)
    expected = [_plain(grid, *at) for at in zip(x, y, strict=True)]
    reached = [i for i, (away, _) in enumerate(expected) if away <= limit**2]
    assert feet.point.tolist() == reached
    assert feet.start.tolist() == [grid.start[expected[i][1]] for i in reached]
    assert feet.edge.tolist() == [grid.edge[expected[i][1]] for i in reached]
    away = shapely.distance(shapely.points(x, y)[:, None], shapely.linestrings(grid.segment.reshape(-1, 2, 2))).min(
        axis=1
    )
    assert np.sqrt([value for value, _ in expected]) == pytest.approx(away, abs=1e-9 * scale)


@pytest.fixture(scope="module")
def roads(root: Path) -> Roads:
    """The streets of the demonstration district."""
    return read_roads(root / "data" / "geo" / "jiaojiang" / "roads.osm.gz")[0]


def test_real_streets_by_looking_at_every_edge(roads: Roads) -> None:
    """2,000 points in and around the district: the same distance as from all lines, and the first edge of equals."""
    net = network(roads, "car")
    x, y = roads.xy
    random = np.random.default_rng(2)
    at = random.integers(0, len(x), 2000)
    far = random.choice([0.0, 5.0, 90.0, 3000.0], 2000)
    px, py = x[at] + far * random.normal(size=2000), y[at] + far * random.normal(size=2000)
    feet = net.grid.nearest(px, py, 700.0)
    lines = [shapely.linestrings(np.column_stack([x[a : b + 1], y[a : b + 1]])) for a, b in zip(roads.first[net.edges], roads.last[net.edges], strict=True)]  # fmt: skip
    tree = shapely.STRtree(lines)
    (points, found), away = tree.query_nearest(shapely.points(px, py), max_distance=700.0, return_distance=True)
    assert feet.point.tolist() == np.unique(points).tolist()
    for point, edge, start, share in zip(feet.point, feet.edge, feet.start, feet.share, strict=True):
        foot = [v[start] + share * (v[start + 1] - v[start]) for v in (x, y)]
        assert np.hypot(px[point] - foot[0], py[point] - foot[1]) == pytest.approx(away[points == point][0], abs=1e-6)
        assert edge in net.edges[found[points == point]]
    assert 500 < len(feet.point) < 2000


def test_junctions_belong_to_their_first_edge(roads: Roads) -> None:
    """A point on a junction is equally near all its edges: the first one counts, at no distance."""
    net = network(roads, "car")
    at = roads.node_point[np.random.default_rng(1).choice(len(roads.node_id), 300, replace=False)]
    table = gpd.GeoDataFrame(
        index=[f"N{i}" for i in at], geometry=shapely.points(roads.lon[at], roads.lat[at]), crs=4326
    )
    snapped, _ = snap(net, table)
    first: dict[int, int] = {}
    for edge in net.edges.tolist():
        for node in (int(roads.start[edge]), int(roads.end[edge])):
            first.setdefault(node, edge)
    node_at = {int(point): node for node, point in enumerate(roads.node_point)}
    for point, edge, access in zip(snapped.snaps.point, snapped.snaps.edge, snapped.snaps.access, strict=True):
        if access == 0:
            assert edge == first[node_at[int(at[point])]]
    assert (snapped.snaps.access == 0).sum() > 200


def test_the_limit_is_one_on_the_ellipsoid(roads: Roads) -> None:
    """No walk is longer than the largest access, and a blank place is listed, not lost."""
    net = network(roads, "foot")
    random = np.random.default_rng(3)
    at = random.integers(0, len(roads.lon), 500)
    places = shapely.points(roads.lon[at] + random.normal(0, 2e-3, 500), roads.lat[at] + random.normal(0, 2e-3, 500))
    places[3] = shapely.Point()
    table = gpd.GeoDataFrame(index=[f"P{i}" for i in range(500)], geometry=places, crs=4326)
    snapped, report = snap(net, table, max_access="100m")
    assert snapped.snaps.access.max() <= 100.001
    assert snapped.table.loc["P3", "status"] == "off_network"
    assert report.facts["points off_network"] == report.count("refused") > 1
    assert snapped.table["status"].isin(["on_network", "off_network", "linked", "island"]).all()


def test_points_need_a_table_with_a_system(roads: Roads) -> None:
    """A bare series and a table without a coordinate system are refused with what to do."""
    net = network(roads, "foot")
    with pytest.raises(ScenarioError, match="GeoDataFrame"):
        snap(net, gpd.GeoSeries([shapely.Point(121, 28)], crs=4326))  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="set_crs"):
        snap(net, gpd.GeoDataFrame(geometry=[shapely.Point(121, 28)]))
