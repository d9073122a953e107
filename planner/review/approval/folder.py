"""The whole folder that goes out for approval, named by the plan's id: written beside, then moved into place."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from planner.analysis.prices import site_prices
from planner.certificate import certificate
from planner.files import replacing_folder, sha256
from planner.review.approval.book import BOOK, TO_FILL, write_approval_book
from planner.review.approval.candidate_list import NOTICE
from planner.review.approval.dossier import site_pages
from planner.review.approval.dossier_docx import write_docx
from planner.review.approval.dossier_pdf import split_pages, write_bound_pdf
from planner.review.approval.exchange import write_dxf, write_gcj02, write_geojson, write_kml, write_shapefiles
from planner.review.approval.geofiles import write_geopackage
from planner.review.approval.tables import SUBSTITUTES_PER_STATION, ApprovalTables, approval_tables
from planner.review.pictures.site_picture import site_picture
from planner.review.record import write_record
from planner.tables_out import write_csv

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["Extra", "export_folder"]

Extra = Literal["shapefile", "gcj02"]
_DOSSIER: Final = "站点说明"


def export_folder(
    plan: Plan, root: str | Path, *, extras: Collection[Extra] = (), jobs: int = 1, price_time: float = 120.0
) -> Path:
    """Write ``root/<plan id>/`` and return it: workbook, CSV, dossier, files for GIS and CAD, record and certificate.

    ``extras`` adds Shapefiles with short names, and a copy in GCJ-02 for map vendors. ``jobs`` processes work out the
    prices, in ``price_time`` seconds; those that are not proven by then are left out. The same plan gives the same
    bytes; ``SHA256.txt`` lists them. The folder appears whole or not at all.

    >>> export_folder(plan, "outputs/approval")  # doctest: +SKIP
    """
    prices = site_prices(
        plan, substitutes=SUBSTITUTES_PER_STATION * len(plan.stations), jobs=jobs, time_limit=price_time
    )
    tables = approval_tables(plan, prices)
    folder = Path(root) / plan.id
    with replacing_folder(folder) as unfinished:
        write_approval_book(plan, tables, unfinished / BOOK)
        write_csv(_to_fill(plan, tables), unfinished / Path(BOOK).with_suffix(".csv").name)
        _dossier(plan, tables, unfinished)
        write_geopackage(plan, unfinished / "plan.gpkg")
        write_geojson(plan, unfinished / "stations.geojson")
        write_kml(plan, unfinished / "stations.kml")
        write_dxf(plan, unfinished / "stations.dxf")
        if "shapefile" in extras:
            write_shapefiles(plan, unfinished / "shapefile")
        if "gcj02" in extras:
            write_gcj02(plan, unfinished / "stations_GCJ02.csv")
        write_record(plan, unfinished / "plan.json")
        proof = json.dumps(certificate(plan, time_limit=_proving(plan)), ensure_ascii=False, indent=1, allow_nan=False)
        (unfinished / "certificate.json").write_text(proof + "\n", encoding="utf-8")
        _hashes(unfinished)
    return folder


def _to_fill(plan: Plan, tables: ApprovalTables) -> pd.DataFrame:
    """Return the list with blank columns to fill, as in the workbook."""
    blank = {heading: "" for heading, _ in TO_FILL}
    return tables.stations.assign(**blank, **{"方案编号 plan": plan.id})


def _dossier(plan: Plan, tables: ApprovalTables, folder: Path) -> None:
    pages = site_pages(plan, tables)
    (folder / _DOSSIER).mkdir()
    pictures = {page.site: site_picture(plan, page.site) for page in pages}
    names = [f"{page.number:03d}-{_safe(page.site)}" for page in pages]
    for page, name in zip(pages, names, strict=True):
        write_docx(page, pictures[page.site], folder / _DOSSIER / f"{name}.docx")
    bound = folder / f"{_DOSSIER}.pdf"
    district = plan.scenario.district
    title = f"{district.name}一心一驿 {_DOSSIER} {plan.id}"
    write_bound_pdf(pages, pictures.__getitem__, bound, title=title, notice=f"{NOTICE}  {district.notice}".strip())
    split_pages(bound, pages, [f"{name}.pdf" for name in names], folder / _DOSSIER)


def _safe(name: str) -> str:
    """Return an id as part of a file name on every system."""
    return re.sub(r"[^\w.\-]", "_", name)[:60]


def _proving(plan: Plan) -> float:
    """Return the seconds worth spending on the multipliers of a proof: none where there is nothing proven."""
    return 20.0 if plan.solution.status == "optimal" else 0.0


def _hashes(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}" for path in files]
    (folder / "SHA256.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
