"""Closing streets changes the trips that used them, and no other."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import network, travel_matrix
from planner.travel.streets.changes import with_closed


@pytest.fixture(scope="module")
def roads(root: Path) -> Roads:
    """The streets of the demonstration district."""
    return read_roads(root / "data" / "geo" / "jiaojiang" / "roads.osm.gz")[0]


@pytest.fixture(scope="module")
def bridge(roads: Roads) -> np.ndarray:
    """The two carriageways of the one bridge that e-bikes may use."""
    return np.flatnonzero(np.array(["椒江大桥" in tags.get("bridge:name", "") for tags in roads.tags])[roads.tag])


def _middles(roads: Roads, edges: np.ndarray) -> gpd.GeoDataFrame:
    middles = shapely.line_interpolate_point(roads.lines()[edges], 0.5, normalized=True)
    return gpd.GeoDataFrame(index=[f"E{edge}" for edge in edges], geometry=middles, crs=4326)


def _seconds(roads: Roads, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame) -> pd.Series:
    pairs = travel_matrix(roads, origins, destinations, "ebike", "10h")
    return pairs.astype({"origin": str, "destination": str}).set_index(["origin", "destination"])["seconds"]


def test_closing_the_one_bridge_changes_exactly_the_pairs_that_used_it(roads: Roads, bridge: np.ndarray) -> None:
    """A pair is lost if and only if its trip led over the bridge; every other pair keeps its seconds."""
    assert len(bridge) == 2
    open_edges = np.setdiff1d(network(roads, "ebike").edges, bridge)
    points = _middles(roads, np.random.default_rng(5).choice(open_edges, 120, replace=False))
    before = _seconds(roads, points, points)
    after = _seconds(with_closed(roads, np.unique(roads.way[bridge]).tolist()), points, points)
    there, back = (
        _seconds(roads, *ends) for ends in ((points, _middles(roads, bridge)), (_middles(roads, bridge), points))
    )
    over = (
        there.rename_axis(["origin", "bridge"])
        .reset_index()
        .merge(back.rename_axis(["bridge", "destination"]).reset_index(), on="bridge")
    )
    over["seconds"] = over["seconds_x"] + over["seconds_y"]
    over = over.groupby(["origin", "destination"])["seconds"].min().reindex(before.index)
    used = before.index[np.isclose(over, before, rtol=0, atol=1e-3)]
    lost = before.index.difference(after.index)
    assert 0 < len(lost) < len(before)
    assert set(lost) == set(used)
    pd.testing.assert_series_equal(after, before.drop(lost), check_exact=False, rtol=0, atol=1e-6)


def test_a_polygon_closes_what_it_touches(roads: Roads, bridge: np.ndarray) -> None:
    """A table of areas in metres closes the same edges as their shape in degrees, and the bridge is among them."""
    area = gpd.GeoSeries([roads.lines()[bridge[0]].interpolate(0.5, normalized=True).buffer(1e-5)], crs=4326)
    closed = with_closed(roads, area.to_crs(roads.crs))
    assert len(closed) == len(with_closed(roads, area.iloc[0])) == len(roads) - 1
    assert roads.way[bridge[0]] not in closed.way


def test_what_is_not_there_is_not_closed(roads: Roads) -> None:
    """Unknown ids, areas elsewhere and areas without a system are refused."""
    with pytest.raises(ScenarioError, match="no street has the id or name 7"):
        with_closed(roads, [7])
    with pytest.raises(ScenarioError, match="touches no street"):
        with_closed(roads, shapely.box(0, 0, 1, 1))
    with pytest.raises(ScenarioError, match="no coordinate system"):
        with_closed(roads, gpd.GeoSeries([shapely.box(0, 0, 1, 1)]))
