"""Drawing a plan on matplotlib axes: the same ground, symbols and colours as the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import matplotlib.patheffects as effects
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from planner.review.pictures.fonts import printable
from planner.review.pictures.ground import land_kind, street_lines
from planner.review.pictures.symbols import CENTRE_COLOURS, GROUND, LAND, UNCOVERED, Symbol, symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from planner.plan import Plan

__all__ = ["draw_map", "frame_for", "group_colour", "group_tint", "legend_handles", "north_arrow", "scale_bar"]

MARKERS = {"circle": "o", "diamond": "D", "square": "s", "pentagon": "p", "triangle": "^", "hexagon": "h", "star": "*"}
LOUNGE_MARKERS = {"community": "p", "business_district": "^", "building": "s"}
STREET_WIDTHS = (1.6, 1.0, 0.6, 0.35)
METRES_PER_DEGREE = 111_195.0


def frame_for(bounds: tuple[float, float, float, float], ratio: float) -> tuple[float, float, float, float]:
    """Return bounds widened to a width-to-height ratio on the ground, with a small margin.

    >>> west, south, east, north = frame_for((121.0, 28.0, 121.1, 28.1), 1.5)
    >>> round((east - west) * math.cos(math.radians(28.05)) / (north - south), 3)
    1.5
    """
    west, south, east, north = bounds
    shrink = math.cos(math.radians((south + north) / 2))
    width, height = max((east - west) * shrink, 1e-4) * 1.06, max(north - south, 1e-4) * 1.06
    if width / height < ratio:
        width = height * ratio
    else:
        height = width / ratio
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / shrink / 2, y - height / 2, x + width / shrink / 2, y + height / 2


def draw_map(axes: Axes, plan: Plan, frame: tuple[float, float, float, float]) -> None:
    """Draw ground, demand, links, lounges and stations; the axes end exactly at ``frame``."""
    west, south, east, north = frame
    axes.set_facecolor(GROUND["paper"])
    axes.set_aspect(1 / math.cos(math.radians((south + north) / 2)), adjustable="box")
    axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
    window = shapely.box(*frame)
    _draw_land(axes, plan, window)
    _draw_streets(axes, plan, window)
    _draw_outlines(axes, plan, window)
    _draw_demand(axes, plan)
    _draw_network(axes, plan)
    _name_places(axes, plan, frame)


def legend_handles(plan: Plan) -> list[Any]:
    """Return one legend entry per kind of thing, with the counts of the tables."""
    handles: list[Any] = []
    for at, kind in enumerate(plan.scenario.types):
        look = symbol(at)
        count = int((plan.stations["type"] == kind.id).sum())
        style: dict[str, Any] = {"marker": MARKERS[look.shape], "markerfacecolor": look.colour, "markersize": 10}
        handles.append(_dot(f"{printable(kind.name)}  {count}", markeredgecolor="white", **style))
    for kind_id, name in (("community", "社区会客厅"), ("business_district", "商圈会客厅"), ("building", "楼宇会客厅")):
        count = int((plan.lounges["kind"] == kind_id).sum())
        if count:
            style = {"marker": LOUNGE_MARKERS[kind_id], "markerfacecolor": "white", "markersize": 7}
            handles.append(_dot(f"{name}  {count}", markeredgecolor="#3a4a55", **style))
    linked = int((plan.links["station"] != "").sum())
    handles.append(Line2D([], [], color="#55606b", linestyle=":", label=f"联动线  {linked} / {len(plan.lounges)}"))
    for at, group in enumerate(plan.scenario.groups):
        people = plan.demand.loc[plan.demand["group"] == group.id, "weight"].sum()
        colour = group_tint(plan, at)
        label = f"{printable(group.name)}  {people:,.10g} 人"
        handles.append(_dot(label, marker="o", markerfacecolor=colour, markeredgecolor="none", markersize=6))
    lacking = float((plan.demand["weight"] * (1 - plan.demand["covered"].fillna(0))).sum())
    style = {"marker": "o", "markerfacecolor": UNCOVERED, "markersize": 6}
    handles.append(_dot(f"未覆盖人群  {lacking:,.10g} 人", markeredgecolor="white", **style))
    if plan.district.roads is not None:
        handles.append(Line2D([], [], color=GROUND["casing"], label="道路"))
    handles.append(Patch(facecolor="#c8b46a", alpha=0.4, label=f"中心  {len(plan.centres)}"))
    return handles


def group_tint(plan: Plan, position: int) -> str:
    """Return the light colour of a group: that of the first type that serves it."""
    return _group_symbol(plan, position).tint


def group_colour(plan: Plan, position: int) -> str:
    """Return the strong colour of a group, for lines."""
    return _group_symbol(plan, position).colour


def _group_symbol(plan: Plan, position: int) -> Symbol:
    group = plan.scenario.groups[position].id
    serving = [at for at, kind in enumerate(plan.scenario.types) if group in kind.groups]
    return symbol(serving[0] if serving else 6)


def scale_bar(axes: Axes, frame: tuple[float, float, float, float]) -> None:
    """Draw a scale bar of a round length, about a fifth of the width."""
    west, south, east, north = frame
    degree = METRES_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    wanted = (east - west) * degree / 5
    step = 10 ** math.floor(math.log10(wanted))
    length = max(each * step for each in (1, 2, 5) if each * step <= wanted)
    x, y = west + (east - west) * 0.025, south + (north - south) * 0.03
    end = x + length / degree
    axes.plot([x, end], [y, y], color="#1d2730", linewidth=3, solid_capstyle="butt", zorder=30)
    text = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
    axes.annotate(text, (x, y), (0, 4), textcoords="offset points", fontsize=9, zorder=30, path_effects=_halo())


def north_arrow(axes: Axes) -> None:
    """Draw a north arrow in the upper left corner."""
    tail, head = (0.03, 0.895), (0.03, 0.965)
    arrow = {"arrowstyle": "-|>,head_width=0.5,head_length=1", "color": "#1d2730", "linewidth": 1.5}
    axes.annotate("", head, tail, xycoords="axes fraction", arrowprops=arrow, zorder=30)
    axes.text(0.03, 0.87, "N", transform=axes.transAxes, ha="center", fontsize=12, fontweight="bold", zorder=30)


def _dot(label: str, **style: Any) -> Line2D:
    return Line2D([], [], linestyle="none", label=label, **style)


def _halo() -> list[effects.AbstractPathEffect]:
    return [effects.withStroke(linewidth=2.5, foreground="white")]


def _patches(shapes: Any) -> list[PathPatch]:
    patches = []
    for polygon in shapely.get_parts(np.asarray(shapes, dtype=object)):
        if polygon.geom_type != "Polygon" or polygon.is_empty:
            continue
        rings = [polygon.exterior, *polygon.interiors]
        patches.append(PathPatch(Outline.make_compound_path(*[Outline(shapely.get_coordinates(r)) for r in rings])))
    return patches


def _draw_land(axes: Axes, plan: Plan, window: shapely.Polygon) -> None:
    exclusions = plan.district.exclusions
    if exclusions is None or not len(exclusions):
        return
    category = exclusions["category"] if "category" in exclusions else exclusions["name"]
    kinds = np.array([land_kind(*each) for each in zip(category, exclusions["name"], strict=True)])
    shapes = shapely.intersection(shapely.make_valid(exclusions.geometry.to_numpy()), window)
    for kind, (fill, edge) in LAND.items():
        style: dict[str, Any] = {
            "facecolor": fill,
            "edgecolor": edge,
            "alpha": 0.45 if kind == "restricted" else 1.0,
            "zorder": 1,
        }
        axes.add_collection(PatchCollection(_patches(shapes[kinds == kind]), **style))


def _draw_streets(axes: Axes, plan: Plan, window: shapely.Polygon) -> None:
    if plan.district.roads is None:
        return
    lines, levels = street_lines(plan.district.roads)
    seen = shapely.intersects(lines, window)
    for level, width in enumerate(STREET_WIDTHS):
        shown = [shapely.get_coordinates(line) for line in lines[seen & (levels == level)]]
        axes.add_collection(LineCollection(shown, colors=GROUND["casing"], linewidths=width, zorder=2))


def _draw_outlines(axes: Axes, plan: Plan, window: shapely.Polygon) -> None:
    for layer, width, dashes in ((plan.district.areas, 0.6, "--"), (plan.district.boundary, 1.4, "-")):
        if layer is not None and len(layer):
            edge: dict[str, Any] = {
                "facecolor": "none",
                "edgecolor": GROUND["border"],
                "linewidth": width,
                "linestyle": dashes,
            }
            axes.add_collection(PatchCollection(_patches(layer.geometry), zorder=3, **edge))
    for kind, colour in CENTRE_COLOURS.items():
        shapes = plan.centres.geometry[plan.centres["kind"] == kind]
        style: dict[str, Any] = {"facecolor": colour, "alpha": 0.35, "edgecolor": "none", "zorder": 3}
        axes.add_collection(PatchCollection(_patches(shapes[shapes.intersects(window)]), **style))


def _draw_demand(axes: Axes, plan: Plan) -> None:
    demand = plan.demand
    x, y = shapely.get_coordinates(demand.geometry).T
    people = demand["weight"].to_numpy(float)
    lacking = people * (1 - demand["covered"].fillna(0).to_numpy(float))
    for at, group in enumerate(plan.scenario.groups):
        of = (demand["group"] == group.id).to_numpy()
        axes.scatter(x[of], y[of], s=2 + people[of], color=group_tint(plan, at), alpha=0.75, linewidths=0, zorder=5)
    left = lacking > 0
    dots: dict[str, Any] = {"color": UNCOVERED, "edgecolors": "white", "linewidths": 0.4, "zorder": 6}
    axes.scatter(x[left], y[left], s=3 + lacking[left], **dots)


def _draw_network(axes: Axes, plan: Plan) -> None:
    kinds = {kind.id: symbol(at) for at, kind in enumerate(plan.scenario.types)}
    places = dict(zip(plan.stations.index, shapely.get_coordinates(plan.stations.geometry), strict=True))
    lounges = shapely.get_coordinates(plan.lounges.geometry)
    linked = plan.links["station"].reindex(plan.lounges.index).fillna("")
    routes = plan.links["route"] if "route" in plan.links else pd.Series(None, index=plan.links.index, dtype=object)
    lines = [
        shapely.get_coordinates(route) if isinstance(route, shapely.Geometry) else [places[station], xy]
        for station, xy, route in zip(linked, lounges, routes.reindex(plan.lounges.index), strict=True)
        if station in places
    ]
    colours = [kinds[plan.stations.loc[s, "type"]].colour for s in linked if s in places]
    axes.add_collection(LineCollection(lines, colors=colours, linestyles=":", linewidths=1.2, zorder=7))
    for kind, marker in LOUNGE_MARKERS.items():
        for has, fill in ((True, "white"), (False, UNCOVERED)):
            of = ((plan.lounges["kind"] == kind) & ((linked != "") == has)).to_numpy()
            look: dict[str, Any] = {
                "marker": marker,
                "color": fill,
                "edgecolors": "#3a4a55",
                "linewidths": 1,
                "zorder": 8,
            }
            x, y = lounges[of].T
            axes.scatter(x, y, s=32, **look)
    for kind, look_of in kinds.items():
        rows = plan.stations[plan.stations["type"] == kind]
        style: dict[str, Any] = {
            "marker": MARKERS[look_of.shape],
            "color": look_of.colour,
            "edgecolors": "white",
            "zorder": 10,
        }
        x, y = shapely.get_coordinates(rows.geometry).T
        axes.scatter(x, y, s=150, linewidths=1.8, **style)


def _name_places(axes: Axes, plan: Plan, frame: tuple[float, float, float, float]) -> None:
    """Name stations, then areas from large to small, where a name covers no station and no other name."""
    west, south, east, north = frame
    points = shapely.get_coordinates(plan.stations.geometry)
    wide, high = (east - west) / 105, (north - south) / 52
    taken = [(x - wide, y - high / 2, x + wide, y + high / 2) for x, y in points]

    def put(text: str, spots: tuple[tuple[str, float, float], ...], size: float, **style: Any) -> None:
        length = wide * size / 9 * sum(1.0 if ord(sign) > 255 else 0.55 for sign in text)
        for align, x, y in spots:
            start = x - {"left": 0.0, "right": length, "center": length / 2}[align]
            box = (start, y - high / 2, start + length, y + high / 2)
            inside = west < box[0] and box[2] < east and south < box[1] and box[3] < north
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                axes.text(x, y, text, fontsize=size, path_effects=_halo(), va="center", ha=align, **style)
                return

    for name, (x, y) in zip(plan.stations["name"], points, strict=True):
        spots = (("left", x + wide, y), ("right", x - wide, y), ("center", x, y + high), ("center", x, y - high))
        put(printable(name, 14), spots, 9, zorder=20)
    areas = plan.district.areas
    if areas is None or not len(areas):
        return
    shapes = areas.geometry.to_numpy()
    for at in np.argsort(-shapely.area(shapes), kind="stable"):
        x, y = shapely.get_coordinates(shapely.point_on_surface(shapes[at]))[0]
        put(printable(areas["name"].iloc[at], 12), (("center", x, y),), 8, zorder=19, color="#6a6576")


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
