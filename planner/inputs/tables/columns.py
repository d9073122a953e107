"""Which column of a table means what: headings in Chinese, pinyin and English by the table in ``schema``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from planner.errors import Fault, InputError
from planner.inputs.coordinates.datums import SYSTEM_WORDS
from planner.schema import INPUT_COLUMNS, InputColumn

__all__ = ["count_known", "has_coordinates", "heading_key", "kind_of", "recognise"]

_KINDS: Final = {column.name: column for column in INPUT_COLUMNS}
_ALL: Final = {heading for column in INPUT_COLUMNS for heading in column.headings + column.weaker}
_UNIT: Final = re.compile(
    r"[_\-/]?(?:单位(?:为)?)?(m2|km2|平方米|平米|公顷|亩|[十百千万亿]*[人元户]|[十百千万亿]+|度|°|米|m)(/[年月])?$"
)
_TWO_LANGUAGES: Final = re.compile(r"([\u4e00-\u9fff]+)([a-z][a-z_]*)")  # "编号 id", as in our own lists
_MUST_BE_CLEAR: Final = frozenset(
    {"id", "longitude", "latitude", "x", "y", "easting", "northing", "coordinates", "datum", "people"}
)
_EXACT: Final = "typecode"  # of the category of a map vendor, beside its words under type
_SYSTEM: Final = re.compile(rf"[\s_\-]*(?:{SYSTEM_WORDS}|2000)[\s_\-]*")


def heading_key(heading: str) -> str:
    """Return a heading in the form in which headings are compared: narrow, lower case, no blanks, no bracketed unit.

    >>> heading_key("人 口（万人）"), heading_key("Ｌｏｎ_deg")
    ('人口', 'lon_deg')
    """
    text = unicodedata.normalize("NFKC", heading).lower()
    text = re.sub(r"[\(\[【〔{].*?[\)\]】〕}]", "", text)
    return re.sub(r"[\s:：*＊]+", "", text)


def count_known(headings: Iterable[str]) -> int:
    """Return how many cells of a row are known headings."""
    return sum(_plain(heading) in _ALL for heading in headings if len(heading) < 40)


def kind_of(heading: str) -> str:
    """Return the kind of column that a heading names, or ``""``."""
    key = _plain(heading)
    for column in INPUT_COLUMNS:
        if key in column.headings or key in column.weaker:
            return column.name
    return next((column.name for column in INPUT_COLUMNS if column.endings and key.endswith(column.endings)), "")


def has_coordinates(headings: Iterable[str]) -> bool:
    """Return whether the headings name both coordinates."""
    kinds = {kind_of(heading) for heading in headings}
    return "coordinates" in kinds or any(
        kinds >= pair for pair in ({"longitude", "latitude"}, {"easting", "northing"}, {"x", "y"})
    )


def recognise(
    headings: Sequence[str],
    wanted: Iterable[str],
    *,
    given: Mapping[str, str] | None = None,
    file: str = "",
) -> dict[str, str]:
    """Return the heading of each wanted kind of column (see :data:`planner.schema.INPUT_COLUMNS`) that is there.

    ``given`` maps kinds to headings and wins. Raises :class:`planner.errors.InputError` when a given heading is not
    there and when several fit equally well; the text lists the choices. Several headings that only remotely fit a kind
    which no place or number hangs on (address, category …) are left alone.

    >>> recognise(["编号", "jd", "纬度(°)", "人口"], ["id", "longitude", "latitude", "name"])
    {'id': '编号', 'longitude': 'jd', 'latitude': '纬度(°)'}
    """
    given = dict(given or {})
    found, faults = {}, []
    for kind, heading in given.items():
        match = [name for name in headings if name == heading] or [
            name for name in headings if heading_key(name) == heading_key(heading)
        ]
        if len(match) == 1:
            found[kind] = match[0]
        else:
            there = ", ".join(repr(name) for name in headings[:40])
            faults.append(Fault(f"there is no column {heading!r} for {kind}", file=file, repair=f"There are: {there}."))
    for kind in wanted:
        if kind in given:
            continue
        fits, sure = _fitting(_KINDS[kind], [name for name in headings if name not in found.values()])
        if len(fits) == 1:
            found[kind] = fits[0]
        elif fits and (sure or kind in _MUST_BE_CLEAR):
            choices = ", ".join(repr(name) for name in fits)
            repair = f'Say which, for example columns = {{ {kind} = "{fits[0]}" }}.'
            faults.append(Fault(f"several columns may be the {kind}: {choices}", file=file, repair=repair))
    if faults:
        raise InputError(faults)
    return found


def _plain(heading: str) -> str:
    """Return the key of a heading without the system and the unit that it may carry ("经度_gcj02", "面积㎡")."""
    key = heading_key(heading)
    both = _TWO_LANGUAGES.fullmatch(key)
    for shorter in (key, _SYSTEM.sub("", key), _UNIT.sub("", key), *(both.groups() if both else ())):
        if shorter in _ALL:
            return shorter
    return key


def _fitting(column: InputColumn, headings: Sequence[str]) -> tuple[list[str], bool]:
    """Return the headings that fit a kind best, and whether they are its own words rather than weaker ones."""
    keys = {name: _plain(name) for name in headings}
    own = [name for name, key in keys.items() if key in column.headings]
    own = [name for name in own if keys[name] == _EXACT] or own if column.name == "category" else own
    weaker = [name for name, key in keys.items() if key in column.weaker]
    ending = [name for name, key in keys.items() if column.endings and key.endswith(column.endings) and key not in _ALL]
    return own or weaker or ending, bool(own)
