"""Still pictures without a browser: A3 sheets of the whole and of each area, and the charts, as PNG, SVG or PDF."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planner.errors import ScenarioError
from planner.files import replacing
from planner.review.map.columns import search_key
from planner.review.map.drawing import draw_map, frame_for, legend_handles, north_arrow, scale_bar
from planner.review.map.payload import bounds_of
from planner.review.pictures.charts import CHARTS
from planner.review.pictures.fonts import covering_families, printable

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["map_sheet", "save_chart", "save_figures", "save_sheet"]

Format = Literal["png", "svg", "pdf"]
Bounds = tuple[float, float, float, float]
A3 = (16.54, 11.69)
MAP_BOX = (0.022, 0.06, 0.746, 0.845)
DOTS_PER_INCH = 150
STATUS = {"optimal": "已证明最优 proven optimal", "feasible": "可行，未证明最优 feasible, not proven"}


def save_figures(
    plan: Plan, folder: str | Path, *, formats: Sequence[Format] = ("png", "pdf"), made: datetime.date | None = None
) -> list[Path]:
    """Write the sheet of the whole district, one per area that has an outline and a station, and all charts.

    Needs no browser. Raises :class:`planner.errors.PlannerError` with the package to install when this machine has no
    font with Chinese signs.

    >>> save_figures(plan, "outputs/figures", formats=("png",))  # doctest: +SKIP
    """
    folder = Path(folder)
    written = []
    for kind in formats:
        written.append(save_sheet(plan, folder / f"map.{kind}", made=made))
        for name, bounds in _area_frames(plan):
            written.append(
                save_sheet(plan, folder / f"map-{_file_name(name)}.{kind}", bounds=bounds, of=name, made=made)
            )
        written += [save_chart(plan, chart, folder / f"{chart}.{kind}") for chart in CHARTS]
    return written


def save_sheet(
    plan: Plan, path: str | Path, *, bounds: Bounds | None = None, of: str = "", made: datetime.date | None = None
) -> Path:
    """Write one A3 landscape sheet; the format follows the file's ending (.png, .svg, .pdf).

    ``bounds`` (west, south, east, north) is what the frame shows, widened to the shape of the sheet; all by default.
    """
    with mpl.rc_context(_settings()):
        return _save(map_sheet(plan, bounds=bounds, of=of, made=made), Path(path))


def save_chart(plan: Plan, chart: str, path: str | Path) -> Path:
    """Write one of the charts named in :data:`planner.review.pictures.charts.CHARTS`."""
    if chart not in CHARTS:
        raise ScenarioError(f"chart = {chart!r} is not known. Choose from: {', '.join(CHARTS)}.")
    with mpl.rc_context(_settings()):
        figure = Figure(figsize=(8, 5.5), layout="constrained")
        CHARTS[chart](figure.add_subplot(), plan)
        figure.supxlabel(f"{printable(plan.scenario.district.name)} · {plan.id}", fontsize=7, color="#55606b")
        return _save(figure, Path(path))


def map_sheet(plan: Plan, *, bounds: Bounds | None = None, of: str = "", made: datetime.date | None = None) -> Figure:
    """Return the sheet as a matplotlib figure: map, title block, legend, scale, north arrow, sources and version."""
    figure = Figure(figsize=A3, facecolor="white")
    axes = figure.add_axes(MAP_BOX)
    ratio = MAP_BOX[2] * A3[0] / (MAP_BOX[3] * A3[1])
    west, south, east, north = bounds or bounds_of(plan.demand, plan.stations, plan.lounges)
    frame = frame_for((west, south, east, north), ratio)
    draw_map(axes, plan, frame)
    scale_bar(axes, frame)
    north_arrow(axes)
    for spine in axes.spines.values():
        spine.set(color="#55606b", linewidth=0.8)
    _title_block(figure, plan, of)
    figure.legend(
        handles=legend_handles(plan),
        loc="upper left",
        bbox_to_anchor=(0.782, 0.9),
        frameon=False,
        fontsize=11,
        title="图例 Legend",
        title_fontproperties={"weight": "bold", "size": 12},
        alignment="left",
        labelspacing=0.7,
    )
    _imprint(figure, plan, made or datetime.date.today())
    return figure


def _title_block(figure: Figure, plan: Plan, of: str) -> None:
    district = plan.scenario.district
    title = f"{printable(district.name)} 服务站网络" + (f" · {printable(of)}" if of else "")
    figure.text(0.022, 0.952, title, fontsize=22, fontweight="bold", va="center")
    figure.text(
        0.022, 0.921, "候选方案，供审批，不是决定 Candidate for approval, not a decision", fontsize=10, color="#12395b"
    )
    if district.notice:
        style: dict[str, Any] = {"fontsize": 10, "color": "#6b4a00", "ha": "right"}
        figure.text(0.978, 0.952, printable(district.notice, 60), **style)


def _imprint(figure: Figure, plan: Plan, made: datetime.date) -> None:
    people = float(plan.demand["weight"].sum())
    covered = float((plan.demand["weight"] * plan.demand["covered"].fillna(0)).sum())
    solution = plan.solution
    lines = [
        f"覆盖 covered  {covered:,.10g} / {people:,.10g} 人" + (f"  ({covered / people:.1%})" if people else ""),
        f"{STATUS.get(solution.status, solution.status)}  ·  差距 gap {solution.gap:.3%}",
        "",
        f"方案 plan  {plan.id}",
        f"日期 date  {made.isoformat()}  ·  planner {version('station-network-planner')}",
        "坐标 coordinates  WGS 84",
    ]
    lines += [_source(source) for source in plan.scenario.files if source.path is not None][:10]
    figure.text(0.785, 0.06, "\n".join(lines), fontsize=8, va="bottom", linespacing=1.5, color="#3a4650")


def _source(source: Any) -> str:
    return printable(" · ".join(part for part in (source.path.name, source.date, source.licence) if part), 52)


def _area_frames(plan: Plan) -> Iterable[tuple[str, Bounds]]:
    areas = plan.district.areas
    if areas is None or not len(areas):
        return
    stations = shapely.STRtree(plan.stations.geometry.to_numpy())
    for name, shape in zip(areas["name"], areas.geometry, strict=True):
        if len(stations.query(shape, predicate="intersects")):
            west, south, east, north = (float(each) for each in shape.bounds)
            yield str(name), (west, south, east, north)


def _file_name(name: str) -> str:
    """Return a name as part of a file name, in the signs of every file system."""
    pinyin = search_key(name).split(" ")[-1] or name
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in pinyin)[:60].strip("-") or "area"


def _settings() -> Any:
    return {
        "font.family": covering_families(),
        "axes.unicode_minus": False,
        "svg.fonttype": "path",
        "axes.titlesize": 12,
    }


def _save(figure: Figure, path: Path) -> Path:
    kind = path.suffix.lstrip(".").lower()
    if kind not in ("png", "svg", "pdf"):
        raise ScenarioError(
            f"{path.name}: pictures are written as .png, .svg or .pdf. Give the file one of these endings."
        )
    FigureCanvasAgg(figure)
    with replacing(path) as unfinished:
        figure.savefig(unfinished, format=kind, dpi=DOTS_PER_INCH)
    return path
