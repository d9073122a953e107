"""Reading the tables of a location problem: pairs (long or dense), weights, and values by site.

Faults are collected in a list and raised together by the caller; what was assumed becomes notes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from planner.errors import Fault
from planner.locate.plain import LARGEST, array

__all__ = [
    "UNREACHABLE",
    "Floats",
    "Ids",
    "Ints",
    "PairTable",
    "PairsInput",
    "ValuesInput",
    "counted",
    "listing",
    "numbered",
    "plainly",
    "read_pairs",
    "read_values",
    "text_ids",
    "unknown",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ids = NDArray[np.object_]
PairsInput: TypeAlias = "pd.DataFrame | NDArray[Any] | sparse.sparray"
ValuesInput: TypeAlias = "pd.Series[Any] | pd.DataFrame | Mapping[Any, float] | NDArray[Any]"

UNREACHABLE = 1e9
"""Impedances from here on are other programs' way to write "no route"."""
_LONG = ("origin", "destination", "impedance")
_ID = re.compile(r"(^|[\W_])(index|origin|demand|[fgou]?id|objectid)$|(编号|编码|代码|序号)$", re.IGNORECASE)
_YES_AND_NO = "Give distances or times; for yes and no write 0 and a blank, and the standard 0."


@dataclass
class PairTable:
    """Reachable pairs as positions into ``demand`` and ``sites``, in the order given.

    ``by_position`` are the ids of demand and of sites that a plain array of values goes by; None where the table gives
    them no order. ``named`` says which demand has a row in the table, reachable or not.
    """

    demand: Ids
    sites: Ids
    row: Ints
    column: Ints
    impedance: Floats
    by_position: tuple[Ids | None, Ids | None]
    named: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    attrs: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def counted(count: int, thing: str) -> str:
    """Return the number and the thing: ``"1 site"``, ``"2 sites"``."""
    return f"{count} {thing}" + ("" if count == 1 else "s")


def listing(ids: Iterable[object], limit: int = 10) -> str:
    """Return ids as ``"a, b, c and 7 more"``; those with blanks at an end in quotation marks."""
    names = [plainly(one) for one in ids]
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def plainly(one: object) -> str:
    """Return an id as it is, in quotation marks where blanks at an end, a comma or a line break would hide."""
    text = str(one)
    return text if text == text.strip() and text.isprintable() and ", " not in text else repr(text)


def text_ids(ids: Any, what: str, faults: list[Fault]) -> Ids:
    """Return ids as text; blank ids and ids that occur twice are faults."""
    values = np.asarray(ids, dtype=object)
    index = pd.Index(values, dtype=object)
    blank = np.asarray(index.isna()) | np.array([type(one) is str and not one.strip() for one in values], bool)
    if blank.any():
        rows = f"row{'s' if blank.sum() > 1 else ''} {listing(np.flatnonzero(blank) + 1)}"
        faults.append(Fault(f"{what} ids are blank: {rows}", repair="Give each row an id."))
    if not all(type(one) is str for one in values):
        values = np.array([_text(one) for one in values], dtype=object)
        index = pd.Index(values, dtype=object)
    twice = index.duplicated() & ~blank
    if twice.any():
        repair = "Keep one row for each id."
        faults.append(Fault(f"these {what} ids occur more than once: {listing(index[twice].unique())}", repair=repair))
    return values


def _text(one: Any) -> str:
    return str(int(one)) if isinstance(one, float | np.floating) and float(one).is_integer() else str(one)


def unknown(given: Iterable[str], known: Ids, what: str, faults: list[Fault]) -> None:
    """Add a fault for each id that is not known, with the nearest known one."""
    names = [str(one) for one in known]
    for one in given:
        close = difflib.get_close_matches(one, names[:20000], n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known are {listing(names, 6)}."
        faults.append(Fault(f"{what} names the site {one!r}, which is not among the sites", id=one, repair=hint))


def read_pairs(pairs: PairsInput, faults: list[Fault]) -> PairTable:
    """Return the reachable pairs of a long table, a dense table (rows: demand, columns: sites) or a matrix.

    A long table has the columns origin (demand), destination (site) and impedance. Blank, NaN, infinite and ≥ 1e9
    mean unreachable; they are left out and noted. In a sparse matrix the stored entries are the reachable pairs.
    """
    if isinstance(pairs, pd.DataFrame):
        lacking = [name for name in _LONG if name not in pairs.columns]
        if not lacking:
            table = _long(pairs, faults)
        elif len(lacking) < len(_LONG):
            repair = f"A long table has the columns {', '.join(_LONG)}; a dense one has its ids as the index."
            faults.append(Fault(f"the pairs lack the column {', '.join(lacking)}", repair=repair))
            table = _nothing()
        else:
            table = _dense(pairs, faults)
        table.attrs = {str(name): value for name, value in pairs.attrs.items()}
    elif sparse.issparse(pairs):
        table = _sparse(pairs, faults)
    else:
        matrix = array(pairs)
        if matrix.ndim != 2:
            faults.append(Fault("the pairs are neither a table nor a matrix", repair="Give a DataFrame."))
            matrix = np.empty((0, 0))
        table = _dense(pd.DataFrame(matrix), faults)
    return _reachable(table, faults)


def _long(pairs: pd.DataFrame, faults: list[Fault]) -> PairTable:
    for name in _LONG:
        if pairs.columns.tolist().count(name) > 1:
            faults.append(Fault(f"the pairs have the column {name} more than once", repair="Keep one of them."))
            return _nothing()
    if pd.api.types.is_bool_dtype(pairs["impedance"]):
        faults.append(Fault("the impedance holds yes and no, not impedances", repair=_YES_AND_NO))
        return _nothing()
    row, demand = _codes(pairs["origin"], "origin", faults)
    column, sites = _codes(pairs["destination"], "destination", faults)
    places = _by_number(demand), _by_number(sites)
    return PairTable(demand, sites, row, column, _numbers(pairs["impedance"], "impedance", faults), places)


def _nothing() -> PairTable:
    none = np.empty(0, np.int64)
    return PairTable(np.empty(0, object), np.empty(0, object), none, none, np.empty(0), (None, None))


def _by_number(ids: Ids) -> Ids | None:
    """Return the ids in the order of their numbers where these are 0, 1, 2 …; the order of rows says nothing."""
    place = {int(one): at for at, one in enumerate(ids) if one.isascii() and one.isdigit()}
    order = [place.get(number, -1) for number in range(len(ids))]
    return None if -1 in order else ids[order]


def _codes(ids: pd.Series[Any], name: str, faults: list[Fault]) -> tuple[Ints, Ids]:
    if isinstance(ids.dtype, pd.CategoricalDtype):
        codes, names = ids.cat.codes.to_numpy(), ids.cat.categories.to_numpy(dtype=object)
    else:
        found, uniques = pd.factorize(ids, use_na_sentinel=True)
        codes, names = found, uniques.to_numpy(dtype=object)
    blank = np.flatnonzero(codes < 0)
    if len(blank):
        where = counted(len(blank), "row")
        faults.append(Fault(f"the {name} is blank in {where} of the pairs (first: row {blank[0] + 1})"))
    return codes.astype(np.int64), text_ids(names, name, faults)


def _dense(pairs: pd.DataFrame, faults: list[Fault]) -> PairTable:
    if pairs.shape[1] and isinstance(pairs.index, pd.RangeIndex) and _holds_ids(pairs.iloc[:, 0]):
        name = pairs.columns[0]
        repair = f"Make it the index: pairs.set_index({name!r})."
        faults.append(Fault(f"the dense table has its ids in the column {name!r}", repair=repair))
        pairs = pairs.iloc[:, 1:]
    demand = text_ids(pairs.index, "demand", faults)
    sites = text_ids(pairs.columns, "site", faults)
    if pairs.shape[1] and all(pd.api.types.is_bool_dtype(kind) for kind in pairs.dtypes):
        faults.append(Fault("the dense table holds yes and no, not impedances", repair=_YES_AND_NO))
    if all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in pairs.dtypes):
        values = pairs.to_numpy(dtype=float).ravel()
    else:
        columns = [_numbers(pairs.iloc[:, j], str(sites[j]), faults) for j in range(pairs.shape[1])]
        values = np.column_stack(columns).ravel() if columns else np.empty(0)
    row = np.repeat(np.arange(len(demand)), len(sites))
    column = np.tile(np.arange(len(sites)), len(demand))
    return PairTable(demand, sites, row, column, values, (demand, sites))


def _holds_ids(column: pd.Series[Any]) -> bool:
    """Whether a first column can hardly be a site: it holds words, or different whole numbers and is headed as ids."""
    if pd.api.types.is_integer_dtype(column):
        return bool(_ID.search(str(column.name))) and column.is_unique
    if pd.api.types.is_numeric_dtype(column):
        return False
    return bool(column.notna().any() and np.isnan(_numbers(column, str(column.name), [])).all())


def _sparse(pairs: Any, faults: list[Fault]) -> PairTable:
    table = sparse.coo_array(pairs)
    if table.dtype.kind not in "biuf":
        faults.append(Fault("the sparse matrix does not hold plain numbers", repair="Give distances or times."))
        return _nothing()
    n, m = table.shape
    row, column = (part.astype(np.int64) for part in table.coords)
    ids = numbered(n), numbered(m)
    return PairTable(*ids, row, column, table.data.astype(float), ids)


@lru_cache(maxsize=4)
def numbered(count: int) -> Ids:
    """Return the positions 0 … count − 1 as ids that sort as the numbers do."""
    width = len(str(max(0, count - 1)))
    ids = np.array([f"{i:0{width}d}" for i in range(count)], dtype=object)
    ids.flags.writeable = False
    return ids


def _numbers(values: pd.Series[Any], name: str, faults: list[Fault]) -> Floats:
    """Return numbers, with NaN for blanks; anything else is a fault that names the cell."""
    if pd.api.types.is_complex_dtype(values):
        faults.append(Fault(f"{name} holds complex numbers", column=name, repair="Give plain numbers."))
        return np.full(len(values), np.nan)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    text = values.astype(object).where(values.notna(), "").astype(str).str.strip()
    numbers = pd.to_numeric(text.where(text != "", None), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(np.isnan(numbers) & ~text.str.lower().isin(["", "nan", "none", "<na>", "inf"]).to_numpy())
    for i in bad[:10]:
        what, where = f"{text.iloc[i]!r} is not a number", str(values.index[i])
        faults.append(Fault(what, column=name, id=where, repair="Write a number, or leave the cell blank."))
    if len(bad) > 10:
        faults.append(Fault(f"{len(bad) - 10} further cells are not numbers", column=name))
    return numbers


def _reachable(table: PairTable, faults: list[Fault]) -> PairTable:
    """Leave out pairs without a route, and say which; negative impedances are faults."""
    value = table.impedance
    known = (table.row >= 0) & (table.column >= 0)
    table.named = np.bincount(table.row[known], minlength=len(table.demand)) > 0
    for i in _first_by_id(table, (value < 0) & known):
        where = _pair(table, i)
        faults.append(Fault(f"impedance {value[i]:.10g} is negative", id=where, repair="Impedances are zero or more."))
    blank, huge = np.isnan(value) & known, (value >= UNREACHABLE) & known
    for lost, why in ((blank, "blank"), (huge, "of 1e9 or more")):
        if lost.any():
            count, some = int(lost.sum()), _first_by_id(table, lost)
            names = [_pair(table, i) for i in some]
            rest = f" and {count - 10} more" if count > 10 else ""
            pairs = "1 pair is" if count == 1 else f"{count} pairs are"
            table.notes.append(f"{pairs} {why}, so unreachable: {', '.join(names)}{rest}")
    keep = known & ~blank & ~huge
    _refuse_both(table, keep, known & ~keep, faults)
    table.row, table.column, table.impedance = table.row[keep], table.column[keep], value[keep]
    return table


def _pair(table: PairTable, i: int) -> str:
    return f"{plainly(table.demand[table.row[i]])} → {plainly(table.sites[table.column[i]])}"


def _refuse_both(table: PairTable, keep: NDArray[np.bool_], lost: NDArray[np.bool_], faults: list[Fault]) -> None:
    """A pair has a route or none; only a long table can give it twice."""
    size = len(table.demand) * len(table.sites)
    if not lost.any() or (len(table.row) == size and table.by_position[0] is table.demand):
        return
    key = table.row * np.int64(len(table.sites)) + table.column
    both = lost & np.isin(key, key[keep])
    for i in _first_by_id(table, both):
        where = _pair(table, i)
        faults.append(
            Fault("the pair is given with an impedance and without one", id=where, repair="Keep one of them.")
        )


def _first_by_id(table: PairTable, flags: NDArray[np.bool_]) -> Ints:
    """Return the first ten of these pairs in the order of their ids, whatever the order of the rows."""
    some = np.flatnonzero(flags)
    first, second = (np.argsort(np.argsort(ids, kind="stable")) for ids in (table.demand, table.sites))
    key = first[table.row[some]] * np.int64(len(table.sites)) + second[table.column[some]]
    least = np.argpartition(key, 10)[:10] if len(key) > 10 else np.arange(len(key))
    return some[least[np.argsort(key[least], kind="stable")]]


def read_values(
    values: ValuesInput, name: str, faults: list[Fault], *, by_position: Ids | None = None
) -> tuple[Ids, Floats]:
    """Return the ids and the numbers of a table by id; blank, negative and infinite numbers are faults.

    An array, which has no ids, goes by the position of the ids in ``by_position``.
    """
    if isinstance(values, pd.DataFrame):
        if values.shape[1] != 1:
            repair = "Give one column as a Series."
            faults.append(Fault(f"{name} has {values.shape[1]} columns, not one", repair=repair))
            return np.empty(0, object), np.empty(0)
        values = values.iloc[:, 0]
    if isinstance(values, Mapping):
        values = pd.Series(dict(values), dtype=None if values else float)
    if isinstance(values, pd.Series):
        ids, numbers = text_ids(values.index, name, faults), _numbers(values, name, faults)
    else:
        given = array(values)
        if by_position is None or given.shape != (len(by_position),) or given.dtype.kind not in "biuf":
            repair = "Give a Series with the ids as its index, or a dictionary by id."
            faults.append(Fault(f"{name} is not a table of numbers by id", repair=repair))
            return np.empty(0, object), np.empty(0)
        ids, numbers = by_position, given.astype(float)
    bad = ~(np.isfinite(numbers) & (numbers >= 0))
    if bad.any():
        repair = "Numbers here are finite and zero or more."
        faults.append(Fault(f"{name} is blank, negative or infinite for {listing(ids[bad])}", repair=repair))
    huge = ~bad & (numbers > LARGEST)
    if huge.any():
        faults.append(Fault(f"{name} is above {LARGEST:g} for {listing(ids[huge])}", repair="Choose a larger unit."))
    return ids, np.where(bad, 0.0, numbers)
