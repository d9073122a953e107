"""What must hold for any streets: triangle inequality, symmetry, order, sides, directions, memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.inputs.roads.read import Roads, read_roads
from planner.travel import network, travel_matrix
from planner.travel.trips.matrix import travel_parts

SEEDS = (1, 2)
MODES = ("ebike", "car")


@pytest.fixture(scope="module", params=["helsinki_centre.osm.pbf", "monaco.osm.pbf", "shenzhen_nanshan_overpass.osm"])
def roads(request: pytest.FixtureRequest, shared: Path) -> Roads:
    """Real streets with one-way streets, turn restrictions and barriers."""
    return read_roads(shared / "data" / "osm" / request.param)[0]


def _points(roads: Roads, count: int, seed: int, name: str = "P") -> gpd.GeoDataFrame:
    """Return points beside streets, with a walk of some metres to them."""
    random = np.random.default_rng(seed)
    at = random.integers(0, len(roads.lon), count)
    places = shapely.points(
        roads.lon[at] + random.normal(0, 1e-4, count), roads.lat[at] + random.normal(0, 1e-4, count)
    )
    return gpd.GeoDataFrame(index=[f"{name}{i}" for i in range(count)], geometry=places, crs=4326)


def _plain(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs by their ids, in the order of the ids."""
    table = pairs.astype({"origin": str, "destination": str})
    return table.set_index(["origin", "destination"]).sort_index()


def _two_way(roads: Roads) -> Roads:
    """Return the streets with all of them open to all, in both directions, and no turn restriction."""
    kinds = [tag.get("highway", "") for tag in roads.tags]
    tags = tuple({"highway": "primary" if kind.startswith("motorway") else kind} for kind in kinds)
    return replace(roads, tags=tags, node_tags=tuple({} for _ in roads.node_tags), restrictions=())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mode", MODES)
def test_no_detour_by_a_third_place_is_shorter(roads: Roads, mode: str, seed: int) -> None:
    """Where all is two-way, the trip from A to C is no longer than from A to B and from B to C.

    Elsewhere it may be: who stops at B may turn round in the street, and may leave a private street by its other end.
    """
    points = _points(roads, 40, seed)
    pairs = travel_matrix(_two_way(roads), points, points, mode, "20min")
    direct = np.full((len(points), len(points)), np.inf)
    direct[pairs["origin"].cat.codes, pairs["destination"].cat.codes] = pairs["seconds"]
    by_third = (direct[:, :, None] + direct[None]).min(axis=1)
    within = by_third <= 20 * 60
    assert within.sum() > 10 * len(points)
    assert (direct[within] <= by_third[within] + 1e-6).all()


@pytest.mark.parametrize("mode", MODES)
def test_there_is_as_far_as_back_where_all_is_two_way(roads: Roads, mode: str) -> None:
    """Without one-way streets and turn restrictions, seconds and metres are the same in both directions."""
    streets, points = _two_way(roads), _points(roads, 60, 3)
    there = _plain(travel_matrix(streets, points, points, mode, "15min"))
    back = there.swaplevel().sort_index().rename_axis(there.index.names)
    assert len(there) > 500
    pd.testing.assert_frame_equal(there, back, check_exact=False, rtol=0, atol=1e-6)


@pytest.mark.parametrize("direction", ["to_destination", "from_destination", "round_trip"])
def test_the_order_of_points_does_not_matter(roads: Roads, direction: Any) -> None:
    """Shuffled tables give the same trips, and rows in the shuffled order."""
    origins, ends = _points(roads, 50, 4, "A"), _points(roads, 70, 5, "B")
    plain = travel_matrix(roads, origins, ends, "car", "8min", direction)
    shuffled = travel_matrix(roads, origins.sample(frac=1, random_state=1), ends[::-1], "car", "8min", direction)
    pd.testing.assert_frame_equal(_plain(shuffled), _plain(plain), check_exact=True)
    codes = [shuffled[name].cat.codes.to_numpy().astype(int) for name in ("origin", "destination")]
    assert (np.diff(codes[0] * 1000 + codes[1]) > 0).all()


@pytest.mark.parametrize("cutoff", ["8min", "1500m"])
def test_either_side_may_be_searched_from(roads: Roads, cutoff: str) -> None:
    """A few origins among many, and many among a few, have the trips that the whole table has."""
    origins, ends = _points(roads, 60, 6, "A"), _points(roads, 60, 7, "B")
    whole = _plain(travel_matrix(roads, origins, ends, "ebike", cutoff))
    for some in (travel_matrix(roads, origins[:9], ends, "ebike", cutoff), travel_matrix(roads, origins, ends[:9], "ebike", cutoff)):  # fmt: skip
        part = _plain(some)
        known = whole.index.get_level_values
        chosen = known(0).isin(some["origin"].cat.categories) & known(1).isin(some["destination"].cat.categories)
        pd.testing.assert_frame_equal(part, whole[chosen], check_exact=False, rtol=0, atol=1e-6)


def test_directions_and_round_trips_fit_together(roads: Roads) -> None:
    """From the destination is to the destination with sides exchanged; a round trip is the sum of both, within the limit."""
    origins, ends = _points(roads, 50, 8, "A"), _points(roads, 60, 9, "B")
    there = _plain(travel_matrix(roads, origins, ends, "car", "9min"))
    back = _plain(travel_matrix(roads, origins, ends, "car", "9min", "from_destination"))
    turned = (
        _plain(travel_matrix(roads, ends, origins, "car", "9min"))
        .swaplevel()
        .sort_index()
        .rename_axis(back.index.names)
    )
    pd.testing.assert_frame_equal(back, turned, check_exact=False, rtol=0, atol=1e-6)
    both = there[["seconds", "metres"]] + back[["seconds", "metres"]]
    both = both[both["seconds"] <= 540].dropna()
    round_trip = _plain(travel_matrix(roads, origins, ends, "car", "9min", "round_trip"))
    assert len(both) > 100
    pd.testing.assert_frame_equal(round_trip[["seconds", "metres"]], both, check_exact=False, rtol=0, atol=1e-6)


def test_memory_follows_the_reachable_pairs(root: Path) -> None:
    """20,000 × 20,000 points of which each reaches a few: nothing of the size of all pairs is ever held."""
    roads, _ = read_roads(root / "data" / "geo" / "jiaojiang" / "roads.osm.gz")
    net = network(roads, "foot")
    points = _points(roads, 20_000, 10)
    travel_matrix(net, points[:5], points[:5], "foot", "10m")
    tracemalloc.start()
    pairs = sum(len(part) for part in travel_parts(net, points, points, "foot", "10m"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(points) < pairs < 100 * len(points)
    assert peak < len(points) ** 2 / 2  # bytes: half a byte for each of all pairs
