"""Which stretches of streets are reached from a place (or reach it) within a limit, cut where the limit runs out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.inputs.roads.read import Floats, Ints
from planner.ragged import ranges
from planner.travel.places.places import Places
from planner.travel.streets.modes import WALK
from planner.travel.streets.network import Network
from planner.travel.trips.search import search_tree

__all__ = ["Stretches", "cut", "travel_over"]

_NOISE = 1e-6  # metres


@dataclass(frozen=True)
class Stretches:
    """Streets reached: ``whole`` edges, and of others the parts from ``low`` to ``high`` metres along ``edge``."""

    whole: Ints
    edge: Ints
    low: Floats
    high: Floats


@dataclass(frozen=True)
class TravelOver:
    """The travel to (or from, or to and from) every point of the streets, in rows of parts of edges.

    A part reaches from ``low`` to ``high`` (shares of ``edge``). At its low end the travel is ``at_low`` and grows by
    ``from_low`` over the part, likewise from its high end; ``through`` is travel that is equal all along. Infinite
    where there is no way.
    """

    edge: Ints
    low: Floats
    high: Floats
    at_low: Floats
    from_low: Floats
    at_high: Floats
    from_high: Floats
    through: Floats


def travel_over(net: Network, places: Places, chosen: Ints, limit: float, unit: str, direction: str) -> TravelOver:
    """Return the travel over all streets within a limit, for the nearest of the ``chosen`` places (positions).

    ``direction`` "to_destination" is travel away from the places, "from_destination" towards them, "round_trip" both
    added up (of one place).
    """
    parts = _Parts(net, places, chosen, unit)
    away = parts.ends(_reach(net, places, chosen, limit, unit, inward=False), inward=False)
    if direction == "to_destination":
        return parts.travel(away[0], parts.across[0], away[1], parts.across[1])
    back = parts.ends(_reach(net, places, chosen, limit, unit, inward=True), inward=True)
    if direction == "from_destination":
        return parts.travel(back[0], parts.across[1], back[1], parts.across[0])
    both = parts.across[0] + parts.across[1]
    through = np.minimum(away[0] + parts.across[0] + back[1], away[1] + parts.across[1] + back[0])
    return parts.travel(away[0] + back[0], both, away[1] + back[1], both, through)


def cut(net: Network, travel: TravelOver, limit: float) -> Stretches:
    """Return the stretches within a limit."""
    a = _share(limit - travel.at_low, travel.from_low)
    b = _share(limit - travel.at_high, travel.from_high)
    all_ = (a + b >= 1.0) | (travel.through <= limit)
    edge, low, high, size = travel.edge, travel.low, travel.high, travel.high - travel.low
    whole = np.unique(edge[all_ & (low == 0.0) & (high == 1.0)])
    inner, from_low, from_high = all_, (a > 0) & ~all_, (b > 0) & ~all_
    edges = np.concatenate([edge[inner], edge[from_low], edge[from_high]])
    lows = np.concatenate([low[inner], low[from_low], (high - b * size)[from_high]])
    highs = np.concatenate([high[inner], (low + a * size)[from_low], high[from_high]])
    kept = ~np.isin(edges, whole) & (highs > lows)
    edges, metres = edges[kept], net.roads.metres[edges[kept]]
    return Stretches(whole, edges, lows[kept] * metres, highs[kept] * metres)


def _share(left: Floats, whole: Floats) -> Floats:
    """Return the share of a stretch that what is left suffices for."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(left < 0, 0.0, np.where(whole > 0, np.minimum(left / whole, 1.0), 1.0))


class _Parts:
    """The usable edges as parts: each whole, and once more cut where a chosen place lies on it."""

    def __init__(self, net: Network, places: Places, chosen: Ints, unit: str) -> None:
        metres = net.roads.metres
        snap = np.unique(places.on_snap[np.isin(places.on, chosen)])
        spot_edge = places.snaps.edge[snap]
        with np.errstate(divide="ignore", invalid="ignore"):
            spot = np.where(metres[spot_edge] > 0, places.snaps.along[snap] / metres[spot_edge], 0.0)
        spot = np.clip(spot, 0.0, 1.0)
        edges, none, one = net.edges, np.zeros(len(snap)), np.ones(len(snap))
        self.edge = np.concatenate([edges, spot_edge, spot_edge])
        self.low = np.concatenate([np.zeros(len(edges)), none, spot])
        self.high = np.concatenate([np.ones(len(edges)), spot, one])
        walk = places.snaps.access[snap] / (WALK if unit == "s" else 1.0)
        apart = np.full(len(edges), np.inf)
        self._walk_low = np.concatenate([apart, one * np.inf, walk])
        self._walk_high = np.concatenate([apart, walk, one * np.inf])
        self._arcs = (2 * self.edge, 2 * self.edge + 1)
        cost = net.arcs.seconds if unit == "s" else net.arcs.metres
        served = np.concatenate([np.ones((len(edges), 2), bool), *2 * [places.snaps.served[snap]]])
        is_open = [net.links.of[arc] >= 0 for arc in self._arcs]
        self._cost = tuple(np.where(is_open[side], cost[arc], 0.0) for side, arc in enumerate(self._arcs))
        self._begins = tuple(is_open[side] & served[:, side] for side in (0, 1))
        self.across = tuple(whole * (self.high - self.low) for whole in self._cost)

    def ends(self, at: Floats, *, inward: bool) -> tuple[Floats, Floats]:
        """Return the travel at the low and at the high end of the parts, from that of the arcs at their near ends."""
        low, high = (1, 0) if inward else (0, 1)
        at_low = at[self._arcs[low]] + self._cost[low] * self.low
        at_high = at[self._arcs[high]] + self._cost[high] * (1.0 - self.high)
        return (
            np.minimum(at_low, np.where(self._begins[low], self._walk_low, np.inf)),
            np.minimum(at_high, np.where(self._begins[high], self._walk_high, np.inf)),
        )

    def travel(
        self, at_low: Floats, from_low: Floats, at_high: Floats, from_high: Floats, through: Floats | None = None
    ) -> TravelOver:
        """Return the rows."""
        through = np.full(len(self.edge), np.inf) if through is None else through
        return TravelOver(self.edge, self.low, self.high, at_low, from_low, at_high, from_high, through)


def _reach(net: Network, places: Places, chosen: Ints, limit: float, unit: str, *, inward: bool) -> Floats:
    """Return for each arc the travel at its start (at its end when inward); infinite where it is not reached."""
    links, seconds = net.links, unit == "s"
    across = np.where(links.of >= 0, net.arcs.seconds if seconds else net.arcs.metres, 0.0)
    before = links.before_seconds if seconds else links.before_metres
    total = links.seconds if seconds else links.metres
    cost = _states(net, places, chosen, limit, unit, inward=inward)
    rows = np.flatnonzero(np.isin(places.on, chosen))
    link, walk = places.link[rows], places.walk[rows] / (WALK if seconds else 1.0)
    position = places.seconds[rows] if seconds else places.metres[rows]
    spot = places.metres[rows]
    size = links.row[link + 1] - links.row[link]
    arcs = links.arcs[ranges(links.row[link], size)]
    of = np.repeat(np.arange(len(rows)), size)
    if inward:
        start = net.states.start
        exits = links.exit if seconds else 0.0
        at_link = np.where(start >= 0, cost[start], np.inf) + exits
        at = at_link[links.of] + total[links.of] - before - across
        beyond = links.before_metres[arcs] + net.arcs.metres[arcs] <= spot[of] + _NOISE
        direct = walk[of] + position[of] - before[arcs] - across[arcs]
    else:
        at_link = np.full(len(links.tail), np.inf)
        np.minimum.at(at_link, net.states.link, cost[net.states.source])
        at = at_link[links.of] + before
        beyond = links.before_metres[arcs] >= spot[of] - _NOISE
        direct = walk[of] + before[arcs] - position[of]
    at = np.where(links.of >= 0, at, np.inf)
    np.minimum.at(at, arcs[beyond], direct[beyond])
    return at


def _states(net: Network, places: Places, chosen: Ints, limit: float, unit: str, *, inward: bool) -> Floats:
    """Return the travel of each state from the nearest of the chosen places, or to it."""
    graph, stops = (net.back, places.reach) if inward else (net.graph, places.leave)
    rows = ranges(stops.row[chosen], stops.row[chosen + 1] - stops.row[chosen])
    weights = (graph.seconds, graph.metres) if unit == "s" else (graph.metres, graph.seconds)
    begin = (stops.seconds[rows], stops.metres[rows]) if unit == "s" else (stops.metres[rows], stops.seconds[rows])
    return np.asarray(search_tree(graph.row, graph.head, *weights, stops.state[rows], *begin, limit)[0])
