"""The picture of one site: its surroundings, the people it covers and the lounges it runs, as PNG bytes."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planner.network.tables import step_shares
from planner.review.map.drawing import draw_map, frame_for, north_arrow, scale_bar
from planner.review.pictures.fonts import covering_families

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["covered_by", "site_picture"]

_SIZE: Final = (6.9, 3.9)  # inches
_DOTS: Final = 110
_RADIUS: Final = 900.0  # metres shown around a site at least
_METRES_PER_DEGREE: Final = 111_195.0


def site_picture(plan: Plan, site: str) -> bytes:
    """Return the picture of a station's or a candidate's surroundings; the people it covers are ringed.

    >>> site_picture(plan, "FY014")[:4]  # doctest: +SKIP
    b'\\x89PNG'
    """
    with mpl.rc_context({"font.family": covering_families(), "axes.unicode_minus": False}):
        figure = Figure(figsize=_SIZE, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        here = plan.candidates.geometry[site]
        frame = frame_for(_bounds(here.x, here.y), _SIZE[0] / _SIZE[1])
        draw_map(axes, plan, frame)
        reached = plan.demand.geometry.loc[covered_by(plan, site)]
        axes.scatter(reached.x, reached.y, s=42, facecolors="none", edgecolors="#b0232a", linewidths=0.9, zorder=8)
        axes.plot(here.x, here.y, marker="o", markersize=22, markerfacecolor="none", markeredgecolor="#b0232a",
                  markeredgewidth=2.2, zorder=9)  # fmt: skip
        scale_bar(axes, frame)
        north_arrow(axes)
        bytes_out = io.BytesIO()
        figure.savefig(bytes_out, format="png", dpi=_DOTS, metadata={"Software": None})
        return bytes_out.getvalue()


def covered_by(plan: Plan, site: str) -> list[str]:
    """Return the demand points that a station at the site covers, by its type (of candidates: the best one)."""
    kind = plan.stations["type"].get(site, plan.candidates["best_type"].get(site, ""))
    groups = next((kinds.groups for kinds in plan.scenario.types if kinds.id == kind), ())
    found: list[str] = []
    for group in plan.scenario.groups:
        if group.id in groups:
            pairs = plan.pairs.access[group.id]
            own = pairs[np.asarray(pairs["destination"].astype(str) == site)]
            counts = step_shares(group, own["impedance"].to_numpy(float)) > 0
            found += own["origin"].astype(str)[counts].tolist()
    return found


def _bounds(lon: float, lat: float) -> tuple[float, float, float, float]:
    dy = _RADIUS / _METRES_PER_DEGREE
    dx = dy / math.cos(math.radians(lat))
    return lon - dx, lat - dy, lon + dx, lat + dy
