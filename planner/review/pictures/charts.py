"""Charts of a plan: coverage by area, travel times, load, evenness, coverage against the number of stations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from planner.network.tables import step_shares
from planner.review.map.drawing import group_colour
from planner.review.pictures.fonts import printable
from planner.review.pictures.symbols import symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from planner.plan import Plan

__all__ = ["CHARTS", "coverage_by_area", "coverage_by_count", "gini", "growth", "load", "lorenz", "travel_times"]

ACCENT = "#12395b"
Floats = npt.NDArray[np.float64]


def coverage_by_area(axes: Axes, plan: Plan) -> None:
    """Bars of the covered share of people, the 24 areas with the most people."""
    demand = plan.demand
    people = demand["weight"].groupby(demand["area"]).sum()
    covered = (demand["weight"] * demand["covered"].fillna(0)).groupby(demand["area"]).sum()
    people = people[people > 0].sort_values(ascending=False).head(24)
    share = (covered.reindex(people.index) / people).sort_values()
    names = [printable(name, 12) or "（无）" for name in share.index]
    bars = axes.barh(np.arange(len(share)), 100 * share.to_numpy(), color=ACCENT)
    axes.bar_label(bars, fmt="%.0f", padding=3, fontsize=7)
    _plain(axes, "x")
    axes.set_yticks(np.arange(len(share)), names, fontsize=8)
    axes.set(xlim=(0, 100), xlabel="覆盖率 covered (%)", title="各片区覆盖率 Coverage by area")


def travel_times(axes: Axes, plan: Plan) -> None:
    """Cumulated share of each group's people by travel to their nearest station."""
    for at, group in enumerate(plan.scenario.groups):
        rows = plan.demand[plan.demand["group"] == group.id].dropna(subset="impedance").sort_values("impedance")
        total = plan.demand.loc[plan.demand["group"] == group.id, "weight"].sum()
        if len(rows) and total:
            share = 100 * rows["weight"].cumsum() / total
            style: dict[str, Any] = {"color": group_colour(plan, at), "label": printable(group.name), "linewidth": 2}
            axes.step(rows["impedance"] / 60, share, where="post", **style)
    axes.set(xlim=(0, None), ylim=(0, 100), xlabel="到最近驿站 to the nearest station (min)", ylabel="人数 people (%)")
    axes.set_title("路程分布 Travel times")
    axes.legend(frameon=False)
    _plain(axes, "both")


def load(axes: Axes, plan: Plan) -> None:
    """Bars of the people whose nearest station each one is."""
    demand = plan.demand[plan.demand["covered"].fillna(0) > 0]
    people = demand["weight"].groupby(demand["station"]).sum().reindex(plan.stations.index).fillna(0).sort_values()
    kinds = [kind.id for kind in plan.scenario.types]
    colours = [symbol(kinds.index(plan.stations.loc[site, "type"])).colour for site in people.index]
    bars = axes.barh(np.arange(len(people)), people.to_numpy(), color=colours)
    axes.bar_label(bars, fmt="{:,.10g}", padding=3, fontsize=8)
    _plain(axes, "x")
    axes.set_yticks(
        np.arange(len(people)), [printable(plan.stations.loc[s, "name"], 14) for s in people.index], fontsize=8
    )
    axes.set(xlabel="就近人数 people nearest to it", title="各站负荷 Load per station")


def lorenz(axes: Axes, plan: Plan) -> None:
    """How evenly coverage is shared among areas, with the Gini index."""
    people, covered = _areas(plan)
    x, y = _curve(people, covered)
    axes.plot([0, 100], [0, 100], color="#8d8a9c", linewidth=1, linestyle="--")
    axes.plot(100 * x, 100 * y, color=ACCENT, linewidth=2)
    axes.fill_between(100 * x, 100 * y, 100 * x, color=ACCENT, alpha=0.12)
    axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="人数 people (%)", ylabel="被覆盖人数 people covered (%)")
    axes.set_title(f"均衡 Lorenz curve · Gini {gini(people, covered):.3f}")
    _plain(axes, "both")


def coverage_by_count(axes: Axes, plan: Plan) -> None:
    """Covered people as the chosen stations open one by one, each time the one that adds most."""
    covered = growth(plan)
    total = float(plan.demand["weight"].sum())
    axes.plot(np.arange(len(covered)), 100 * covered / total, marker="o", color=ACCENT)
    axes.set(xlim=(0, None), ylim=(0, 100), xlabel="驿站数 stations, in order of gain", ylabel="覆盖率 covered (%)")
    axes.set_title("覆盖随站数 Coverage by number of stations")
    _plain(axes, "both")


CHARTS = {
    "coverage_by_area": coverage_by_area,
    "travel_times": travel_times,
    "load": load,
    "lorenz": lorenz,
    "coverage_by_count": coverage_by_count,
}


def gini(people: Floats, covered: Floats) -> float:
    """Return the Gini index of coverage among areas: 0 when all have the same share.

    >>> round(gini(np.array([1.0, 1.0]), np.array([1.0, 0.0])), 3)
    0.5
    """
    x, y = _curve(people, covered)
    return float(1 - 2 * np.trapezoid(y, x))


def growth(plan: Plan) -> Floats:
    """Return people covered by 0, 1, 2 … of the plan's stations (without lounges), the greatest gain first."""
    shares = np.zeros((len(plan.demand), len(plan.stations)))
    for group in plan.scenario.groups:
        kinds = [kind.id for kind in plan.scenario.types if group.id in kind.groups]
        serving = set(plan.stations.index[plan.stations["type"].isin(kinds)])
        pairs = plan.pairs.access[group.id]
        pairs = pairs[pairs["destination"].astype(str).isin(serving)]
        rows = plan.demand.index.get_indexer(pairs["origin"].astype(str))
        columns = plan.stations.index.get_indexer(pairs["destination"].astype(str))
        shares[rows, columns] = step_shares(group, pairs["impedance"].to_numpy(float))
    return _greedy(shares, plan.demand["weight"].to_numpy(float))


def _plain(axes: Axes, grid: Literal["x", "both"]) -> None:
    """Leave what is read: no frame, a pale grid below the marks."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color="#e2dfd7", linewidth=0.7)


def _greedy(shares: Floats, people: Floats) -> Floats:
    best, covered = np.zeros(len(people)), [0.0]
    left = list(range(shares.shape[1]))
    while left:
        gains = [float(people @ np.maximum(shares[:, at] - best, 0)) for at in left]
        best = np.maximum(best, shares[:, left.pop(int(np.argmax(gains)))])
        covered.append(float(people @ best))
    return np.array(covered)


def _areas(plan: Plan) -> tuple[Floats, Floats]:
    people = plan.demand["weight"].groupby(plan.demand["area"]).sum()
    covered = (plan.demand["weight"] * plan.demand["covered"].fillna(0)).groupby(plan.demand["area"]).sum()
    return people.to_numpy(float), covered.to_numpy(float)


def _curve(people: Floats, covered: Floats) -> tuple[Floats, Floats]:
    kept = people > 0
    people, covered = people[kept], covered[kept]
    order = np.argsort(covered / people, kind="stable")
    x = np.concatenate([[0.0], np.cumsum(people[order]) / people.sum()])
    total = covered.sum()
    return x, np.concatenate([[0.0], np.cumsum(covered[order]) / total]) if total else x
