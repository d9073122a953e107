"""Which candidate sites are too close to each other for a spacing rule: by straight line or by street."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from planner.inputs.coordinates.projections import working_crs
from planner.network.tables import NetworkTables, PairTables
from planner.rule_settings import SpacingRule
from planner.scenario import Scenario
from planner.units import TOLERANCE

__all__ = ["close_pairs", "crowded_sites"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def close_pairs(scenario: Scenario, tables: NetworkTables, pairs: PairTables, number: int) -> tuple[Ints, Floats]:
    """Return the pairs of sites (k × 2 positions, each pair once, sorted) that break a spacing rule, and their metres.

    By street the shorter way counts. Between two crowded sites the distance for crowded places is enough.
    """
    rule = scenario.rules.spacing[number]
    a, b, metres = _by_street(tables, pairs.spacing[rule.mode]) if rule.by == "street" else _straight(tables, rule)
    needed = np.full(len(a), rule.at_least)
    if rule.crowded is not None:
        crowded = crowded_sites(tables.sites, tables.demand, rule)
        needed[crowded[a] & crowded[b]] = rule.crowded.at_least
    close = metres < needed - TOLERANCE
    ends = np.column_stack([np.minimum(a, b), np.maximum(a, b)])[close]
    order = np.argsort(metres[close], kind="stable")
    found, first = np.unique(ends[order], axis=0, return_index=True)
    return found.astype(np.int64), metres[close][order][first]


def crowded_sites(sites: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, rule: SpacingRule) -> npt.NDArray[np.bool_]:
    """Return which sites have more people around them than the rule calls crowded."""
    if rule.crowded is None:
        return np.zeros(len(sites), dtype=bool)
    crs = working_crs(sites)
    places, people = (table.to_crs(crs).geometry for table in (sites, demand))
    around = cKDTree(np.column_stack([people.x, people.y])).query_ball_point(
        np.column_stack([places.x, places.y]), rule.crowded.within + TOLERANCE
    )
    weight = demand["weight"].to_numpy(float)
    return np.array([weight[near].sum() > rule.crowded.people for near in around], dtype=bool)


def _straight(tables: NetworkTables, rule: SpacingRule) -> tuple[Ints, Ints, Floats]:
    sites = tables.sites.to_crs(working_crs(tables.sites)).geometry
    at = np.column_stack([sites.x, sites.y])
    farthest = max(rule.at_least, rule.crowded.at_least if rule.crowded else 0.0)
    found = cKDTree(at).query_pairs(farthest, output_type="ndarray").astype(np.int64)
    return found[:, 0], found[:, 1], np.hypot(*(at[found[:, 0]] - at[found[:, 1]]).T)


def _by_street(tables: NetworkTables, pairs: pd.DataFrame) -> tuple[Ints, Ints, Floats]:
    a, b = (
        tables.sites.index.get_indexer(pd.Index(pairs[end].astype(str))).astype(np.int64)
        for end in ("origin", "destination")
    )
    apart = a != b
    return a[apart], b[apart], pairs["metres"].to_numpy(float)[apart]
