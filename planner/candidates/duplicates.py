"""The same place listed more than once: as point and polygon, by several sources, under several spellings."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from math import floor

import numpy as np
import pandas as pd

from planner.place_names import plain_name

__all__ = ["same_names", "same_places"]

_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十百零]+|[东西南北]")
_ALIKE = 0.6


def same_names(first: str, second: str) -> bool:
    """Return whether two names may mean one place: alike, with the same numbers and compass words; blank fits all.

    >>> same_names("第一消防站", "第一消防救援站"), same_names("1号楼", "2号楼"), same_names("茶馆", "银行")
    (True, False, False)
    """
    return _same(_Name.of(first), _Name.of(second))


@dataclass(frozen=True, slots=True)
class _Name:
    """A name without noise, its numbers and compass words, and a bit for each of its letters (several share a bit)."""

    text: str
    numbers: tuple[str, ...]
    letters: int

    @classmethod
    def of(cls, name: str) -> _Name:
        text = plain_name(name)
        letters = 0
        for letter in set(text):
            letters |= 1 << ord(letter) % 251
        return cls(text, tuple(_NUMBERS.findall(text)), letters)


def _same(first: _Name, second: _Name) -> bool:
    a, b = first.text, second.text
    if not a or not b or a == b:
        return True
    if first.numbers != second.numbers:
        return False
    # Each bit that the other lacks is a letter at least that no part of both holds.
    shared = len(a) - (first.letters & ~second.letters).bit_count()
    shared = min(shared, len(b) - (second.letters & ~first.letters).bit_count())
    if shared < min(len(a), len(b), _ALIKE * (len(a) + len(b)) / 2):
        return False
    return a in b or b in a or difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= _ALIKE


def same_places(places: pd.DataFrame, within: float) -> pd.DataFrame:
    """Return the places that repeat another: columns ``kept`` (id of the one to keep) and ``metres`` to it.

    ``places``: indexed by id, in order of preference (the first of a set is kept); columns ``name``, ``x``, ``y`` in
    metres. Two places are one when they stand within ``within`` metres and their names may mean one place. A place is
    compared with kept ones only, so that no chain grows beyond ``within``.

    >>> places = pd.DataFrame({"name": ["站", "站", "店"], "x": [0.0, 9.0, 9.0], "y": 0.0}, index=["S1", "S2", "S3"])
    >>> same_places(places, 15.0).to_dict("index")
    {'S2': {'kept': 'S1', 'metres': 9.0}}
    """
    names = [str(name) for name in places["name"]]
    known = {name: _Name.of(name) for name in set(names)}
    kept = _Kept(within)
    found: dict[tuple[float, float, str], int] = {}  # rows of one place under one name are answered once
    kept_by: dict[int, int] = {}
    for row, (x, y, name) in enumerate(zip(places["x"].tolist(), places["y"].tolist(), names, strict=True)):
        key = (x, y, known[name].text)
        if key not in found:
            found[key] = kept.first_like(row, x, y, known[name])
        if found[key] != row:
            kept_by[row] = found[key]
    at = places[["x", "y"]].to_numpy(dtype=float)
    repeats, firsts = list(kept_by), list(kept_by.values())
    metres = np.hypot(*(at[repeats] - at[firsts]).T).round(1)
    return pd.DataFrame({"kept": places.index[firsts], "metres": metres}, index=places.index[repeats])


_Place = tuple[int, float, float, _Name]
_BLANK = "blank"
_ANY = "any"


class _Kept:
    """The places kept so far: by squares as wide as the reach, then by the numbers in their names, and all together."""

    def __init__(self, within: float) -> None:
        self.within = within
        self.width = max(within, 1.0)
        self.squares: dict[tuple[int, int], dict[tuple[str, ...] | str, list[_Place]]] = {}

    def first_like(self, row: int, x: float, y: float, name: _Name) -> int:
        """Return the first place kept within reach that may be this one; where there is none, keep this one."""
        across, up = floor(x / self.width), floor(y / self.width)
        lists = (name.numbers, _BLANK) if name.text else (_ANY,)
        first = row
        for near in filter(None, map(self.squares.get, self._around(across, up))):
            for key in lists:
                if key in near:
                    first = self._first(near[key], first, x, y, name)
        if first == row:
            here = self.squares.setdefault((across, up), {})
            for key in (name.numbers if name.text else _BLANK, _ANY):
                here.setdefault(key, []).append((row, x, y, name))
        return first

    @staticmethod
    def _around(across: int, up: int) -> list[tuple[int, int]]:
        a, b, c = up - 1, up, up + 1
        return [square for i in (across - 1, across, across + 1) for square in ((i, a), (i, b), (i, c))]

    def _first(self, places: list[_Place], before: int, x: float, y: float, name: _Name) -> int:
        for row, other_x, other_y, other in places:
            if row >= before:
                break
            if (x - other_x) ** 2 + (y - other_y) ** 2 <= self.within**2 and _same(other, name):
                return row
        return before
