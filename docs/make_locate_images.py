"""Draw the pictures of docs/locate.md: the same made-up town, solved by each problem type."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from planner import locate

IMAGES = Path(__file__).resolve().parent / "images"
STANDARD, SIDE = 800.0, 4000.0


def town() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return 300 demand points in three quarters and on the outskirts, 40 sites, and the people at each point."""
    r = np.random.default_rng(11)
    quarters = [((1200, 1300), 420, 110), ((2700, 1500), 350, 90), ((2200, 3000), 450, 70), ((2000, 2000), 1500, 30)]
    points = np.vstack([r.normal(middle, spread, (count, 2)) for middle, spread, count in quarters])
    points = np.clip(points, 50, SIDE - 50)
    demand = pd.DataFrame(points, columns=["x", "y"], index=[f"d{i:03d}" for i in range(len(points))])
    places = r.uniform(300, SIDE - 300, (40, 2))
    sites = pd.DataFrame(places, columns=["x", "y"], index=[f"s{i:02d}" for i in range(40)])
    return demand, sites, pd.Series(r.integers(5, 60, len(demand)), index=demand.index)


def distances(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Return distances along a street grid, in metres."""
    away = np.abs(a["x"].to_numpy()[:, None] - b["x"].to_numpy()) + np.abs(
        a["y"].to_numpy()[:, None] - b["y"].to_numpy()
    )
    table = pd.DataFrame(away, index=a.index, columns=b.index)
    table.attrs["unit"] = "m"
    return table


def draw(name: str, solution: locate.Solution, caption: str, reach: float | None) -> None:
    """Draw demand (served or not), sites, links, and how far an open site reaches."""
    demand, sites, weights = town()
    figure, axes = plt.subplots(figsize=(3.6, 3.8), dpi=100)
    opened = sites.loc[list(solution.sites)]
    for _, site in opened.iterrows() if reach else ():
        corner = np.array([[reach, 0], [0, reach], [-reach, 0], [0, -reach]]) + site.to_numpy()
        axes.fill(*corner.T, color="#8fb8de", alpha=0.25, linewidth=0)
    served = solution.assignment["site"].reindex(demand.index).fillna("")
    for point, site in served[served != ""].items():
        axes.plot(*zip(demand.loc[point], sites.loc[site], strict=True), color="#9aa5b1", linewidth=0.35, zorder=1)
    missed = "#d1495b" if (served != "").any() else "#b9c0c8"
    colours = np.where(served != "", "#1f5a96", missed)
    axes.scatter(demand["x"], demand["y"], s=weights / 5, c=colours, linewidths=0, zorder=2)
    axes.scatter(sites["x"], sites["y"], s=12, marker="s", facecolors="none", edgecolors="#8a8a8a", linewidths=0.7)
    axes.scatter(
        opened["x"], opened["y"], s=46, marker="s", color="#e0a100", edgecolors="black", linewidths=0.7, zorder=3
    )
    axes.set(xlim=(0, SIDE), ylim=(0, SIDE), xticks=[], yticks=[], aspect="equal")
    axes.set_title(caption, fontsize=8.5)
    figure.tight_layout(pad=0.4)
    save(figure, name)


def save(figure: plt.Figure, name: str) -> None:
    """Save a figure with few colours, so that it stays small."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    Image.open(buffer).convert("RGB").quantize(64).save(IMAGES / f"locate-{name}.png", optimize=True)


def legend() -> None:
    """Draw what the marks mean."""
    figure, axes = plt.subplots(figsize=(7.2, 0.45), dpi=100)
    marks = [
        Line2D([], [], marker="o", linestyle="", color="#1f5a96", markersize=4, label="people served"),
        Line2D([], [], marker="o", linestyle="", color="#d1495b", markersize=4, label="not served"),
        Line2D(
            [], [], marker="s", linestyle="", color="none", markeredgecolor="#8a8a8a", markersize=4, label="candidate"
        ),
        Line2D(
            [], [], marker="s", linestyle="", color="#e0a100", markeredgecolor="black", markersize=6, label="open site"
        ),
    ]
    axes.legend(handles=marks, ncols=4, frameon=False, fontsize=8, loc="center")
    axes.axis("off")
    save(figure, "legend")


def flow_picture() -> None:
    """Draw truck routes, those that are intercepted darker."""
    _, sites, _ = town()
    r = np.random.default_rng(3)
    ends = r.uniform(0, SIDE, (40, 2, 2))
    flows = pd.Series(r.integers(10, 200, 40), index=[f"r{i:02d}" for i in range(40)])
    rows = []
    for name, (a, b) in zip(flows.index, ends, strict=True):
        along = (sites[["x", "y"]].to_numpy() - a) @ (b - a) / ((b - a) @ (b - a))
        off = np.hypot(*(sites[["x", "y"]].to_numpy() - (a + np.clip(along, 0, 1)[:, None] * (b - a))).T)
        rows += [(name, site, 2 * away) for site, away in zip(sites.index, off, strict=True)]
    routes = pd.DataFrame(rows, columns=["route", "site", "detour"])
    solution = locate.flow_cover(routes, flows, 4, detour=400)
    figure, axes = plt.subplots(figsize=(3.6, 3.8), dpi=100)
    for name, (a, b) in zip(flows.index, ends, strict=True):
        hit = solution.assignment["site"][name] != ""
        axes.plot(
            *zip(a, b, strict=True), color="#1f5a96" if hit else "#d1495b", linewidth=0.3 + flows[name] / 90, alpha=0.6
        )
    opened = sites.loc[list(solution.sites)]
    axes.scatter(sites["x"], sites["y"], s=12, marker="s", facecolors="none", edgecolors="#8a8a8a", linewidths=0.7)
    axes.scatter(
        opened["x"], opened["y"], s=46, marker="s", color="#e0a100", edgecolors="black", linewidths=0.7, zorder=3
    )
    axes.set(xlim=(0, SIDE), ylim=(0, SIDE), xticks=[], yticks=[], aspect="equal")
    axes.set_title(f"flow_cover, p = 4: {solution.measures['share_of_flow']:.0%} of the trucks", fontsize=8.5)
    figure.tight_layout(pad=0.4)
    save(figure, "flow_cover")


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(exist_ok=True)
    demand, sites, weights = town()
    pairs, apart = distances(demand, sites), distances(sites, sites)
    legend()
    best = locate.mclp(pairs, weights, STANDARD, 4)
    draw("mclp", best, f"mclp, p = 4: {best.measures['covered_share_of_weight']:.0%} of people", STANDARD)
    steps = locate.mclp(pairs, weights, [(500, 1.0), (1200, 0.4)], 4)
    draw("mclp-steps", steps, "mclp, 500 m counts 1, 1,200 m counts 0.4", 1200)
    full = locate.mclp(pairs, weights, STANDARD, 4, capacity=1500)
    draw("mclp-capacity", full, "mclp, p = 4, each site serves 1,500 people", STANDARD)
    cover = locate.lscp(pairs, 1200.0)
    draw("lscp", cover, f"lscp, 1,200 m: {len(cover.sites)} sites cover all that can be", 1200)
    most = locate.partial_lscp(pairs, weights, STANDARD, 0.75)
    draw("partial_lscp", most, f"partial_lscp, 75 %: {len(most.sites)} sites", STANDARD)
    twice = locate.backup_cover(pairs, weights, 1200.0)
    share = twice.measures["covered_twice_share_of_weight"]
    draw("backup_cover", twice, f"backup_cover: as few sites, {share:.0%} covered twice", 1200)
    goals = [locate.Goal("coverage", STANDARD, 0.02), locate.Goal("travel")]
    ordered = locate.lexicographic(pairs, weights, goals, 4)
    draw("lexicographic", ordered, "coverage up to a loss of 2 %, then travel", STANDARD)
    median = locate.p_median(pairs, weights, 4)
    draw("p_median", median, f"p_median, p = 4: mean {median.objective / weights.sum():,.0f} m", None)
    full = locate.capacitated_p_median(pairs, weights, 6, 1.1 * float(weights.sum()) / 6)
    draw("p_median-capacity", full, "capacitated p_median, p = 6: groups of equal size", None)
    center = locate.p_center(pairs, 4)
    draw("p_center", center, f"p_center, p = 4: nobody beyond {center.objective:,.0f} m", None)
    far = locate.p_dispersion(apart, 5)
    draw("p_dispersion", far, f"p_dispersion, p = 5: at least {far.objective:,.0f} m apart", None)
    sum_ = locate.max_sum_dispersion(apart, 5)
    draw("max_sum_dispersion", sum_, "max_sum_dispersion, p = 5: towards the corners", None)
    flow_picture()


if __name__ == "__main__":
    main()
