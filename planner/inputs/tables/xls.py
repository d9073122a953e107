"""XLS workbooks of Excel 5 to 2003, through xlrd, as sheets of text."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any, Final

import xlrd

from planner.errors import Fault, InputError
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.number_formats import code_mask, masked, shown, shown_unit
from planner.inputs.tables.sheets import Sheet
from planner.inputs.tables.values import digits_lost, number_text

__all__ = ["read_xls"]

_DAMAGE: Final = (xlrd.XLRDError, xlrd.compdoc.CompDocError, AssertionError, LookupError, ValueError, ArithmeticError,
    TypeError, AttributeError, NotImplementedError, EOFError, OSError)  # fmt: skip
# what xlrd raises on damaged bytes


def read_xls(path: Path, *, encoding: str | None = None, limits: Limits | None = None) -> list[Sheet]:
    """Return the sheets of a workbook in their order, hidden ones included; ``encoding`` overrides its code page.

    Raises :class:`planner.errors.InputError` when the file is damaged, encrypted or too large.
    """
    limits = limits or Limits()
    if path.stat().st_size > limits.file:
        what = f"the file has {path.stat().st_size / 1e6:,.0f} MB"
        raise InputError(Fault(what, file=path.name, repair="Save it as .xlsx or CSV."))
    try:
        book = xlrd.open_workbook(
            str(path), logfile=io.StringIO(), formatting_info=True, ragged_rows=True, encoding_override=encoding
        )
        return [_sheet(book, sheet) for sheet in book.sheets()]
    except _DAMAGE as error:
        locked = "ncrypted" in str(error) or b"E\0n\0c\0r\0y\0p\0t\0e\0d" in path.read_bytes()
        what = "the file is encrypted" if locked else f"the file is damaged ({error})"
        repair = "Save it without a password." if locked else "Open it in a spreadsheet program and save it as .xlsx."
        raise InputError(Fault(what, file=path.name, repair=repair)) from None


def _sheet(book: Any, sheet: Any) -> Sheet:
    rounded: list[tuple[int, int]] = []
    rows = [[_text(book, sheet, r, c, rounded) for c in range(sheet.row_len(r))] for r in range(sheet.nrows)]
    return Sheet(
        sheet.name,
        rows,
        hidden=sheet.visibility != 0,
        merged=tuple((r0, c0, r1 - 1, c1 - 1) for r0, r1, c0, c1 in sheet.merged_cells),
        hidden_rows=frozenset(r for r, info in sheet.rowinfo_map.items() if info.hidden and r < sheet.nrows),
        hidden_columns=frozenset(c for c, info in sheet.colinfo_map.items() if info.hidden),
        rounded=tuple(rounded),
    )


def _text(book: Any, sheet: Any, r: int, c: int, rounded: list[tuple[int, int]]) -> str:
    kind, value = sheet.cell_type(r, c), sheet.cell_value(r, c)
    if kind == xlrd.XL_CELL_TEXT:
        return str(value)
    if kind == xlrd.XL_CELL_NUMBER:
        if digits_lost(value):
            rounded.append((r, c))
        code = str(book.format_map[book.xf_list[sheet.cell_xf_index(r, c)].format_key].format_str)
        if unit := shown_unit(code):
            return shown(number_text(float(value)), unit)
        mask = code_mask(code)
        return masked(int(value), mask) if mask and value.is_integer() and value >= 0 else number_text(float(value))
    if kind == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(value, book.datemode)
        return str(moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat(sep=" "))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    return f"#{xlrd.error_text_from_code.get(value, 'ERROR!')}".replace("##", "#") if kind == xlrd.XL_CELL_ERROR else ""
