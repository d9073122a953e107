"""Random districts for the joint model: clustered or dense, or at corners of real streets; any size, from a seed."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from planner.locate.network.constraints import OnePerCentre, Quota, Rule
from planner.locate.network.problem import Covering, NetworkProblem


def random_district(
    n_sites: int,
    n_points: int,
    n_lounges: int,
    quota: tuple[int, ...],
    *,
    radius: float,
    link_radius: float = 0.2,
    walk_radius: float = 0.03,
    clusters: int = 0,
    per_centre: int = 4,
    seed: int = 0,
) -> tuple[NetworkProblem, list[Rule]]:
    """Return a district in the unit square; each point belongs to one of as many groups as there are types.

    With ``clusters`` people and sites gather around that many places, otherwise they lie everywhere.
    """
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 1, (clusters, 2)) if clusters else None

    def place(count: int) -> np.ndarray:
        if spots is None:
            return rng.uniform(0, 1, (count, 2))
        return spots[rng.integers(0, len(spots), count)] + rng.normal(0, 0.04, (count, 2))

    points, sites, lounges = place(n_points), place(n_sites), place(n_lounges)
    n_types = len(quota)
    group = rng.integers(0, n_types, n_points)
    weights = rng.integers(1, 100, n_points).astype(float)
    option_site = np.repeat(np.arange(n_sites), n_types)
    option_type = np.tile(np.arange(n_types), n_sites)
    near = cKDTree(sites).sparse_distance_matrix(cKDTree(points), radius, output_type="coo_matrix")
    stations = Covering(
        near.col.astype(np.int64), near.row.astype(np.int64) * n_types + group[near.col], np.ones(near.nnz)
    )
    walk = cKDTree(lounges).sparse_distance_matrix(cKDTree(points), walk_radius, output_type="coo_matrix")
    outreach = Covering(walk.col.astype(np.int64), walk.row.astype(np.int64), np.ones(walk.nnz))
    link = cKDTree(lounges).sparse_distance_matrix(cKDTree(sites), link_radius, output_type="coo_matrix")
    link_option = np.repeat(link.col.astype(np.int64) * n_types, n_types) + np.tile(np.arange(n_types), link.nnz)
    order = cKDTree(sites).query(sites[::per_centre])[1]
    centre = cKDTree(sites[order]).query(sites)[1].astype(np.int64)
    problem = NetworkProblem(
        weights, option_site, option_type, centre, n_types, n_lounges, stations, outreach,
        np.repeat(link.row.astype(np.int64), n_types), link_option, np.repeat(link.data, n_types),
    )  # fmt: skip
    rules: list[Rule] = [OnePerCentre(), *(Quota(t, f"type {t}", q, q) for t, q in enumerate(quota))]
    return problem, rules


def street_district(
    streets: Path, n_sites: int, n_points: int, n_lounges: int, quota: tuple[int, ...], *, seed: int = 0
) -> tuple[NetworkProblem, list[Rule]]:
    """Return a district at random corners of a file of street lines (columns ``u`` and ``v``, a system in metres).

    People go 1,200 m to a station of their group's type, 400 m to a lounge; stations run lounges within 4 km.
    """
    layer = gpd.read_parquet(streets)
    nodes, ends = np.unique(np.concatenate([layer["u"], layer["v"]]), return_inverse=True)
    a, b = ends[: len(layer)], ends[len(layer) :]
    metres = np.maximum(shapely.length(layer.geometry.to_numpy()), 0.1)
    graph = sp.csr_array(sp.coo_array((metres, (a, b)), shape=(len(nodes), len(nodes))))
    place = np.zeros((len(nodes), 2))
    place[a] = shapely.get_coordinates(shapely.get_point(layer.geometry.to_numpy(), 0))
    rng = np.random.default_rng(seed)
    middle = np.median(place, axis=0)
    central = np.flatnonzero(np.abs(place - middle).max(axis=1) < 8_000)
    points, sites, lounges = (rng.choice(central, count) for count in (n_points, n_sites, n_lounges))
    n_types = len(quota)
    group = rng.integers(0, n_types, n_points)
    to_sites = dijkstra(graph, directed=False, indices=sites, limit=4_000.0)
    site, point = np.nonzero(to_sites[:, points] <= 1_200.0)
    walks = dijkstra(graph, directed=False, indices=lounges, limit=400.0)
    lounge, walker = np.nonzero(np.isfinite(walks[:, points]))
    run_site, run_lounge = np.nonzero(np.isfinite(to_sites[:, lounges]))
    order = rng.permutation(n_sites)[: n_sites // 4]
    centre = cKDTree(place[sites[order]]).query(place[sites])[1].astype(np.int64)
    problem = NetworkProblem(
        rng.integers(1, 100, n_points).astype(float),
        np.repeat(np.arange(n_sites), n_types),
        np.tile(np.arange(n_types), n_sites),
        centre,
        n_types,
        n_lounges,
        Covering(point, site * n_types + group[point], np.ones(len(site))),
        Covering(walker, lounge, np.ones(len(lounge))),
        np.repeat(run_lounge, n_types),
        np.repeat(run_site * n_types, n_types) + np.tile(np.arange(n_types), len(run_site)),
        np.repeat(to_sites[run_site, lounges[run_lounge]], n_types),
    )
    return problem, [OnePerCentre(), *(Quota(t, f"type {t}", q, q) for t, q in enumerate(quota))]
