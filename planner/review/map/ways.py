"""The ways along the streets that a map can draw: from stations to lounges, from people to their nearest station."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from planner.review.map.columns import line_parts
from planner.travel import Network, routes

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["MOST_WAYS", "link_ways", "people_ways"]

MOST_WAYS = 2000
"""Ways of people that a page carries at most; a larger plan's page draws straight lines."""

_TOLERANCE = 1e-5
"""Degrees (1 m) within which a way is simplified for drawing."""


def link_ways(plan: Plan) -> list[list[int]]:
    """Return each lounge's way from its station as [x, y, x, y, …] in micro-degrees; empty where none is known."""
    if "route" not in plan.links:
        return [[] for _ in range(len(plan.lounges))]
    return _flat(plan.links["route"].reindex(plan.lounges.index))


def people_ways(plan: Plan, network_of: Callable[[str], Network]) -> list[list[int]]:
    """Return each demand point's way to its nearest station likewise; nothing for plans of more than MOST_WAYS ways."""
    demand = plan.demand
    served = demand[demand["station"].fillna("") != ""]
    if not 0 < len(served) <= MOST_WAYS:
        return []
    lines = pd.Series(None, index=demand.index, dtype=object)
    rules = plan.scenario.travel
    for group in plan.scenario.groups:
        rows = served[served["group"] == group.id]
        if not len(rows):
            continue
        pairs = pd.DataFrame({"origin": rows.index, "destination": rows["station"]}, index=rows.index)
        access = f"{rules.max_access:.6f}m"
        streets = network_of(group.mode)
        found = routes(streets, rows, plan.stations, pairs, streets.mode, direction=group.direction, max_access=access)
        lines.loc[rows.index] = found.geometry.to_numpy()
    return _flat(lines)


def _flat(lines: pd.Series[Any]) -> list[list[int]]:
    shapes = [each if isinstance(each, shapely.Geometry) else None for each in lines]
    simple = shapely.simplify(np.array(shapes, dtype=object), _TOLERANCE)
    return [[] if shape is None else line_parts(shape) for shape in simple]
