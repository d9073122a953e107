"""Each person counted once, at the best share: recomputed from the pair tables, or from the loads of the stations."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from planner.units import TOLERANCE
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.scenario import Group

__all__ = ["check_coverage", "counted_trips", "pair_rows", "recomputed_shares", "share_within"]


def check_coverage(plan: Plan, shares: dict[str, float]) -> Iterator[Violation]:
    """Yield each point whose covered share or nearest station is another than stated."""
    for point, stated in plan.demand["covered"].items():
        share = shares.get(str(point), 0.0)
        if not math.isclose(stated, share, abs_tol=1e-9):
            yield Violation("each point's covered share", f"{stated} stated, {share} recomputed", (str(point),))
    nearest = _nearest(plan)
    for point, station, impedance in _stated(plan):
        found = nearest.get(point, ("", math.nan))
        if station != found[0] or not (math.isclose(impedance, found[1], abs_tol=TOLERANCE) or not station):
            what = f"{station or 'none'} at {impedance} stated, {found[0] or 'none'} at {found[1]} recomputed"
            yield Violation("each point's nearest station", what, (point,))


def recomputed_shares(plan: Plan) -> dict[str, float]:
    """Return the share at which each reached demand point counts, from the pair tables (and the loads) alone."""
    direct, through = _by_stations(plan), _by_lounges(plan)
    if not any(kind.has_limits for kind in plan.scenario.types):
        return {point: max(direct.get(point, {}).values(), default=0.0) for point in direct} | {
            point: max([share, *direct.get(point, {}).values()]) for point, share in through.items()
        }
    people = plan.demand["weight"].to_dict()
    shares = dict(through)
    for point, station, count in zip(plan.loads["point"], plan.loads["station"], plan.loads["people"], strict=True):
        part = count / people.get(point, math.nan)
        gain = direct.get(point, {}).get(station, 0.0) - through.get(point, 0.0)
        shares[point] = shares.get(point, 0.0) + part * max(gain, 0.0)
    return shares


def _by_stations(plan: Plan) -> dict[str, dict[str, float]]:
    """Return for each point the open stations that reach it, with the share at which it counts."""
    reach: dict[str, dict[str, float]] = defaultdict(dict)
    for point, site, _, share in counted_trips(plan, plan.stations):
        reach[point][site] = share
    return reach


def _by_lounges(plan: Plan) -> dict[str, float]:
    """Return the share at which each point counts that a linked lounge reaches."""
    outreach = plan.scenario.links.outreach
    if outreach is None:
        return {}
    linked = set(plan.links.index[plan.links["station"] != ""])
    return {
        point: outreach.share
        for point, lounge, impedance in pair_rows(plan.pairs.outreach)
        if lounge in linked and impedance <= outreach.within + TOLERANCE
    }


def _nearest(plan: Plan) -> dict[str, tuple[str, float]]:
    """Return for each point its nearest station that serves its group within the standard; ties to the smaller id."""
    nearest: dict[str, tuple[str, float]] = {}
    for point, site, impedance, _ in counted_trips(plan, plan.stations):
        best = nearest.get(point)
        if best is None or (impedance, site) < (best[1], best[0]):
            nearest[point] = (site, impedance)
    return nearest


def counted_trips(plan: Plan, stations: pd.DataFrame) -> Iterator[tuple[str, str, float, float]]:
    """Iterate over the trips of people to these stations that count: point, site, impedance and the share.

    They count to stations of a type that serves the group, within a step of its standard.
    """
    for group in plan.scenario.groups:
        kinds = {kind.id for kind in plan.scenario.types if group.id in kind.groups}
        serving = set(stations.index[stations["type"].isin(kinds)])
        for point, site, impedance in pair_rows(plan.pairs.access[group.id]):
            if site in serving and (share := share_within(group, impedance)):
                yield point, site, impedance, share


def share_within(group: Group, impedance: float) -> float:
    """Return the share at which a trip counts: that of the best step of the standard that it keeps, 0 beyond all."""
    return max((step.share for step in group.standards if impedance <= step.within + TOLERANCE), default=0.0)


def _stated(plan: Plan) -> Iterator[tuple[str, str, float]]:
    table = plan.demand
    return zip(table.index.astype(str), table["station"], table["impedance"], strict=True)


def pair_rows(pairs: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    """Iterate over origin, destination and impedance of a pair table."""
    return zip(pairs["origin"].astype(str), pairs["destination"].astype(str), pairs["impedance"], strict=True)
