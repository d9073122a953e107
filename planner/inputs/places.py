"""The coordinates of the rows of a table as they are written, with the reason for each row that has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.coordinates.notations import parse_angle, parse_angles, split_pair
from planner.inputs.tables.accounts import Account
from planner.inputs.tables.values import NO_VALUE

__all__ = ["PLACE_COLUMNS", "Places", "read_places"]

Array = npt.NDArray[np.float64]
PLACE_COLUMNS: Final = (("longitude", "latitude"), ("easting", "northing"), ("x", "y"), ("coordinates",))
_SHOWN: Final = 60  # characters of a cell that a reason quotes
_TURNED: Final = (("lat", "lon"), ("lat", None), (None, "lon"))


@dataclass(frozen=True, slots=True)
class Places:
    """Coordinates in the system of the file; NaN in rows without a place. ``headings`` are the columns used."""

    x: Array
    y: Array
    headings: tuple[str, ...]


def read_places(table: pd.DataFrame, found: Mapping[str, str], account: Account) -> Places:
    """Return the coordinates of ``table``; rows that have none are refused in the report.

    ``found`` maps kinds of columns to headings. Cells that name their axis ("东经…", "30.6N") in the wrong column are
    put right. Raises :class:`planner.errors.InputError` when no columns of coordinates are known.
    """
    first, second, headings = _cells(table, found, account.report.source)
    x, y, notations = _parsed(first, second, account)
    bad = np.isnan(x) | np.isnan(y) | (x == 0) | (y == 0)
    account.tell(
        "repaired",
        np.flatnonzero(notations & ~bad),
        lambda at: f"coordinates written {first[at]!r}, {second[at]!r} are read as {x[at]:.7f}, {y[at]:.7f}",
    )
    account.tell(
        "refused",
        np.flatnonzero(bad),
        lambda at: _reason(first[at], second[at], headings),
        repair="Fill in the coordinates.",
    )
    x[bad] = y[bad] = np.nan
    return Places(x, y, headings)


def _cells(table: pd.DataFrame, found: Mapping[str, str], file: str) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Return the texts of both coordinates and the headings that they come from."""
    for pair in PLACE_COLUMNS:
        if len(pair) == 2 and all(kind in found for kind in pair):
            headings = tuple(found[kind] for kind in pair)
            return table[headings[0]].tolist(), table[headings[1]].tolist(), headings
    if "coordinates" in found:
        pairs = [split_pair(cell) for cell in table[found["coordinates"]]]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs], (found["coordinates"],)
    there = ", ".join(repr(name) for name in table.columns if name != "_row")
    repair = f'There are: {there}. Say which, for example columns = {{ longitude = "…", latitude = "…" }}.'
    raise InputError(Fault("no columns of coordinates are known", file=file, repair=repair))


def _parsed(first: list[str], second: list[str], account: Account) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Return both coordinates and which rows were written in another notation than plain decimals."""
    x, x_axes, x_other = parse_angles(first)
    y, y_axes, y_other = parse_angles(second)
    named = sorted(x_axes.keys() | y_axes.keys())
    axes = {at: (x_axes.get(at), y_axes.get(at)) for at in named}
    turned = np.array([at for at in named if axes[at] in _TURNED], dtype=np.intp)
    x[turned], y[turned] = y[turned], x[turned]
    account.tell("repaired", turned, "the cells name their axis: longitude and latitude were swapped and are put right")
    x[[at for at in named if axes[at][0] == axes[at][1]]] = np.nan
    return x, y, x_other | y_other


def _reason(first: str, second: str, headings: tuple[str, ...]) -> str:
    """Return why a row has no place."""
    first, second = first[:_SHOWN], second[:_SHOWN]
    cells = (first, second)
    if not first and not second:
        return "the coordinates are blank" if len(headings) > 1 else "the cell holds no pair of coordinates"
    if all(cell in NO_VALUE for cell in cells):
        return f"the coordinates are not given ({first!r}, {second!r})"
    wrong = [
        f"{heading} {cell!r}" if cell else f"{heading} (blank)"
        for heading, cell in zip((*headings, *headings), cells, strict=False)
        if cell in NO_VALUE or parse_angle(cell) is None
    ]
    if wrong:
        return f"{' and '.join(wrong)} cannot be read as a coordinate"
    numbers = [angle.value for cell in cells if (angle := parse_angle(cell)) is not None]
    if 0 in numbers:
        return "the coordinates are 0, 0" if not any(numbers) else f"one coordinate is 0 ({first!r}, {second!r})"
    return f"{first!r} and {second!r} name the same axis"
