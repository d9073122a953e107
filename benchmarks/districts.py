"""Random districts for the joint model: clustered or dense, any size, from a seed."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from planner.locate.constraints import OnePerCentre, Quota, Rule
from planner.locate.network import Covering, NetworkProblem


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
