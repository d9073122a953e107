"""The pair tables of a plan as distinct covering sets, small enough to travel in the page.

A covering set says which sites, and which linked lounges, reach a demand point and at which share. Points of one group
with the same set are alike for every choice of stations, so the page recomputes any choice from the sets alone, to the
same people as :func:`planner.verify`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.network.tables import step_shares
from planner.units import TOLERANCE

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["covering_sets", "unjudged_rules"]

Ints = npt.NDArray[np.int64]


def covering_sets(plan: Plan) -> dict[str, Any]:
    """Return ``shares``, ``sets``, ``set_of`` and ``links``.

    An entry of a set is ``place * len(shares) + share``: ``place`` is the position of a candidate, or the number of
    candidates plus the position of a lounge; ``share`` a position in ``shares``. ``set_of`` gives each demand point's
    set, -1 where nothing reaches it. ``links`` gives for each lounge the candidates that can run it as
    [candidate, seconds, candidate, seconds, …], the nearest first.
    """
    point, place, share = _reached(plan)
    shares, code = np.unique(share, return_inverse=True)
    sets, set_of = _distinct(point, place * max(len(shares), 1) + code, len(plan.demand))
    return {"shares": shares.tolist(), "sets": sets, "set_of": set_of.tolist(), "links": _links(plan)}


def unjudged_rules(plan: Plan) -> list[str]:
    """Return which rules the what-if of the page leaves aside, as it serves people without room limits and links each
    lounge to the nearest open station: ``capacity``, ``links``, ``network``; the page says so.
    """
    scenario = plan.scenario
    links, rules = scenario.links, scenario.rules
    found = {
        "capacity": any(kind.has_limits for kind in scenario.types),
        "links": any((links.at_least, links.all, links.backup, links.types))
        or links.at_most is not None
        or links.most_difference is not None,
        "network": rules != type(rules)(),
    }
    return [name for name, holds in found.items() if holds]


def _reached(plan: Plan) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    sites, lounges, points = plan.candidates.index, plan.lounges.index, plan.demand.index
    parts = []
    for group in plan.scenario.groups:
        pairs = plan.pairs.access[group.id]
        shares = step_shares(group, pairs["impedance"].to_numpy(float))
        parts.append((_at(points, pairs["origin"]), _at(sites, pairs["destination"]), shares))
    outreach = plan.scenario.links.outreach
    if outreach is not None and len(plan.pairs.outreach):
        pairs = plan.pairs.outreach
        within = pairs["impedance"].to_numpy(float) <= outreach.within + TOLERANCE
        shares = np.where(within, outreach.share, 0.0)
        parts.append((_at(points, pairs["origin"]), len(sites) + _at(lounges, pairs["destination"]), shares))
    point, place, share = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    counts = share > 0
    return point[counts], place[counts], share[counts]


def _distinct(point: Ints, entry: Ints, count: int) -> tuple[list[list[int]], Ints]:
    order = np.lexsort((entry, point))
    point, entry = point[order], entry[order]
    starts = np.searchsorted(point, np.arange(count + 1))
    known: dict[bytes, int] = {}
    set_of = np.full(count, -1, dtype=np.int64)
    for at in np.flatnonzero(np.diff(starts)):
        key = entry[starts[at] : starts[at + 1]].tobytes()
        set_of[at] = known.setdefault(key, len(known))
    return [np.frombuffer(key, dtype=np.int64).tolist() for key in known], set_of


def _links(plan: Plan) -> list[list[float]]:
    pairs = plan.pairs.links
    lounge, site = _at(plan.lounges.index, pairs["origin"]), _at(plan.candidates.index, pairs["destination"])
    effort = pairs["impedance"].to_numpy(float)
    within = effort <= plan.scenario.links.limit + TOLERANCE
    ids = np.argsort(np.argsort(plan.candidates.index.to_numpy().astype(str)))
    order = np.lexsort((ids[site], effort, lounge))
    order = order[within[order]]
    links: list[list[float]] = [[] for _ in range(len(plan.lounges))]
    for at, candidate, seconds in zip(
        lounge[order].tolist(), site[order].tolist(), effort[order].tolist(), strict=True
    ):
        links[at] += [candidate, seconds]
    return links


def _at(index: pd.Index, ids: pd.Series[Any]) -> Ints:
    """Return positions of ids, which may be a categorical of many rows and few values."""
    codes, values = pd.factorize(ids)
    return np.asarray(index.get_indexer(pd.Index(values.astype(str))), dtype=np.int64)[codes]
