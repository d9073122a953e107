"""The command that checks a plan made by someone else."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from planner.commands.shared import Dask, Pois, Roads, console, read_scenario
from planner.travel import on_cluster
from planner.verify.again import confirm

__all__ = ["register"]

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command ``verify`` to the command line."""
    app.command(name="verify", epilog="例 Example: planner verify outputs/approval/plan.json")(verify_command)


def verify_command(
    plan: Annotated[Path, typer.Argument(help="方案文件 plan.json, with certificate.json beside it")],
    scenario: Annotated[Path | None, typer.Option(help="场景文件 scenario.toml, where it is not found")] = None,
    roads: Roads = None,
    pois: Pois = None,
    dask: Dask = "",
) -> None:
    """复核方案 Read the files of a plan again, compute all of it anew, and confirm it or name the first difference."""
    given = None if scenario is None else read_scenario(scenario, roads, pois)
    with console.status("复核 verifying …"), on_cluster(dask) if dask else nullcontext():
        confirmation = confirm(plan, given)
    found = confirmation.violations
    if not found:
        console.print("[green]✓[/] 已确认 confirmed: files, streets, rules, links, totals and bound")
        console.print(escape(confirmation.proven))
        return
    console.print(f"[red]✗[/] 不一致 the first difference: {escape(str(found[0]))}")
    for violation in found[1:_SHOWN]:
        console.print(f"  - {escape(str(violation))}")
    raise SystemExit(1)
