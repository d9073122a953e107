"""Everything that goes out for approval: the list as workbook and CSV, the GIS file, the record of the plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.review.approval.candidate_list import candidate_list
from planner.review.approval.geofiles import write_geopackage
from planner.review.approval.workbook import write_workbook
from planner.review.record import write_record
from planner.tables_out import write_csv

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["export"]


def export(plan: Plan, folder: str | Path) -> list[Path]:
    """Write ``candidates.xlsx``, ``candidates.csv``, ``plan.gpkg`` and ``plan.json``; return their paths.

    Each file is written to a temporary name and moved into place: what stands in the folder is always whole.

    >>> export(plan, "outputs/approval")  # doctest: +SKIP
    """
    folder = Path(folder)
    table = candidate_list(plan)
    write_csv(table, folder / "candidates.csv")
    return [
        write_workbook(plan, table, folder / "candidates.xlsx"),
        folder / "candidates.csv",
        write_geopackage(plan, folder / "plan.gpkg"),
        write_record(plan, folder / "plan.json"),
    ]
