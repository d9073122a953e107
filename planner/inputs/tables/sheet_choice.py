"""Which sheet of a workbook is meant: the one named, or the only one that holds a table of the wanted kind."""

from __future__ import annotations

from collections.abc import Sequence

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.tables.columns import count_known, has_coordinates
from planner.inputs.tables.headers import find_headings
from planner.inputs.tables.sheets import Sheet

__all__ = ["choose_sheet"]


def choose_sheet(pages: Sequence[Sheet], sheet: str | None, report: Report) -> Sheet:
    """Return the sheet called ``sheet``, or the only visible one with coordinates, with known headings, or with text.

    Every other sheet that holds text is reported as skipped. Raises :class:`planner.errors.InputError` when several
    fit equally well or none does.
    """
    filled = [page for page in pages if any(cell.strip() for row in page.rows for cell in row)]
    if sheet is not None:
        chosen = [page for page in pages if page.name.strip() == sheet.strip()]
        if not chosen:
            names = ", ".join(repr(page.name) for page in pages)
            raise InputError(Fault(f"there is no sheet {sheet!r}", file=report.source, repair=f"There are: {names}."))
    else:
        chosen = _best([page for page in filled if not page.hidden])
        if not chosen:
            hidden = ", ".join(repr(page.name) for page in filled)
            repair = f"Say sheet = …; these are hidden: {hidden}." if hidden else "Check that this is the right file."
            raise InputError(Fault("the table is empty", file=report.source, repair=repair))
        if len(chosen) > 1:
            names = " or ".join(repr(page.name) for page in chosen)
            what = f"{len(chosen)} sheets hold tables: {names}"
            raise InputError(
                Fault(what, file=report.source, repair=f'Say which, for example sheet = "{chosen[0].name}".')
            )
    for page in filled:
        if page is not chosen[0]:
            kind = "hidden sheet" if page.hidden else "sheet"
            report.add("skipped", f"the {kind} {page.name!r} with {len(page.rows)} rows is not read", sheet=page.name)
    if chosen[0].name:
        report.facts["sheet"] = chosen[0].name
    return chosen[0]


def _best(pages: list[Sheet]) -> list[Sheet]:
    if len(pages) < 2:
        return pages
    headings = {page.name: find_headings(page) for page in pages}
    names = {name: list(found.names) if found else [] for name, found in headings.items()}
    for fits in (
        [page for page in pages if has_coordinates(names[page.name])],
        [page for page in pages if count_known(names[page.name]) > 1],
    ):
        if fits:
            return fits
    return pages
