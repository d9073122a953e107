"""Clusters by density: exact trees, scikit-learn's labels, and nothing left to the order of rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
from sklearn.cluster import HDBSCAN

from planner.centres.clusters import _dendrogram, _most_massive, cluster
from planner.centres.spanning import spanning_tree


def town(seed: int, size: int, grain: float = 0.0) -> np.ndarray:
    """Random places in blobs over noise; ``grain`` rounds them, so that distances are often equal."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(0, 3000, (5, 2))
    blobs = middles[rng.integers(0, 5, size)] + rng.normal(0, 90, (size, 2))
    xy = np.where((rng.random(size) < 0.7)[:, None], blobs, rng.uniform(0, 3000, (size, 2)))
    return np.round(xy / grain) * grain if grain else xy


def numbered(labels: np.ndarray) -> list[int]:
    """Labels numbered in order of appearance."""
    seen: dict[int, int] = {}
    return [-1 if label < 0 else seen.setdefault(int(label), len(seen)) for label in labels]


def reach(xy: np.ndarray, core: np.ndarray) -> np.ndarray:
    """All mutual reachability distances."""
    return np.maximum(cdist(xy, xy), np.maximum(core[:, None], core[None, :]))


@pytest.mark.parametrize("seed", range(6))
def test_the_spanning_tree_is_minimal(seed: int) -> None:
    """Its lengths are those of a tree found in the full matrix, with and without equal distances."""
    rng = np.random.default_rng(seed)
    xy = town(seed, int(rng.integers(2, 300)), grain=0.0 if seed % 2 else 50.0)
    core = rng.uniform(1, 200, len(xy))
    edges, metres = spanning_tree(xy, core)
    full = minimum_spanning_tree(reach(xy, core))
    assert np.allclose(np.sort(metres), np.sort(full.data))
    assert np.allclose(metres, reach(xy, core)[edges[:, 0], edges[:, 1]])


@pytest.mark.parametrize("seed", range(8))
def test_labels_are_those_of_scikit_learn_where_lengths_differ(seed: int) -> None:
    """Without equal distances (no core distances) both give the same clusters."""
    xy = town(seed, 400)
    size = 5 + 4 * seed
    peer = HDBSCAN(min_cluster_size=size, min_samples=1, copy=True).fit(xy).labels_
    assert numbered(cluster(xy, min_cluster_size=size, min_samples=1)) == numbered(peer)


def test_labels_agree_nearly_everywhere_with_core_distances() -> None:
    """With core distances equal lengths are common; only points that tie may differ."""
    xy = town(1, 600)
    peer = HDBSCAN(min_cluster_size=20, min_samples=5, copy=True).fit(xy).labels_
    own = cluster(xy, min_cluster_size=20, min_samples=5)
    same = (own[:, None] == own[None, :]) == (peer[:, None] == peer[None, :])
    assert same.mean() > 0.99


@pytest.mark.parametrize("grain", [0.0, 25.0])
def test_the_order_of_rows_changes_nothing(grain: float) -> None:
    """Shuffled rows get the same numbers, also where distances are equal and places share a point."""
    xy = town(3, 500, grain)
    labels = cluster(xy, min_cluster_size=12, min_samples=4)
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(xy))
        assert (cluster(xy[order], min_cluster_size=12, min_samples=4) == labels[order]).all()


def test_far_pieces_do_not_change_each_other() -> None:
    """Two towns 100 km apart have the same clusters together and, as pieces of a whole, apart."""
    first, second, third = town(1, 300), town(2, 300) + 100_000, town(4, 300) - 100_000
    whole = cluster(np.vstack([first, second, third]), min_cluster_size=15, min_samples=3)
    swapped = cluster(np.vstack([third, first, second]), min_cluster_size=15, min_samples=3)
    assert numbered(whole[:300]) == numbered(swapped[300:600])
    assert not set(whole[:300]) & set(whole[300:600]) - {-1}


def test_a_stack_of_places_at_one_address_is_not_everything() -> None:
    """With a resolution, 40 shops at one point do not outweigh the district around them."""
    rng = np.random.default_rng(0)
    districts = [rng.normal(0, 80, (150, 2)), rng.normal((3000.0, 0.0), 80, (150, 2))]
    xy = np.vstack([*districts, np.tile([[0.0, 0.0]], (40, 1))])
    labels = cluster(xy, min_cluster_size=25, min_samples=5, resolution=10.0)
    assert labels[-1] >= 0
    assert (labels[:150] == labels[-1]).mean() > 0.5


@pytest.mark.parametrize("count", [0, 1, 2, 24])
def test_too_few_places_make_no_cluster(count: int) -> None:
    """Fewer places than a cluster needs are noise, not an error."""
    assert (cluster(town(0, max(count, 1))[:count], min_cluster_size=25, min_samples=5) == -1).all()


@pytest.mark.slow
def test_a_hundred_thousand_places_are_clustered() -> None:
    """A city's worth of places; the time is in the benchmarks."""
    rng = np.random.default_rng(0)
    middles = rng.uniform(0, 30000, (60, 2))
    xy = middles[rng.integers(0, 60, 100_000)] + rng.normal(0, 150, (100_000, 2))
    assert cluster(xy, min_cluster_size=25, min_samples=5).max() > 50


@pytest.mark.parametrize("seed", range(6))
def test_places_that_hold_several_points_are_clustered_like_any(seed: int) -> None:
    """The labels are those of a tree over all points, stacked ones at no distance, and core distances from all pairs."""
    made = np.random.default_rng(seed)
    xy = np.concatenate([made.integers(0, 12, (60, 2)) * 10.0, made.integers(0, 3, (30, 2)) * 10.0 + 500])
    xy = xy[np.lexsort((xy[:, 1], xy[:, 0]))]
    assert len(np.unique(xy, axis=0)) < len(xy)
    core = np.sort(cdist(xy, xy), axis=1)[:, 3]
    edges, metres = spanning_tree(xy, np.maximum(core, 12.0))
    order = np.argsort(metres, kind="stable")
    expected = _most_massive(*_dendrogram(edges[order]), metres[order], 5)
    found = cluster(xy, min_cluster_size=5, min_samples=4, resolution=12.0)
    assert (found >= 0).any()
    assert numbered(found) == numbered(expected)
