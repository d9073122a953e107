"""The same place listed more than once: as point and polygon, by several sources, under several spellings."""

from __future__ import annotations

import difflib
import re
import unicodedata

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

__all__ = ["same_names", "same_places"]

_NOISE = re.compile(r"[(\[【][^)\]】]*[)\]】]|[\s\W_]+")
_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十百零]+|[东西南北]")
_ALIKE = 0.6


def same_names(first: str, second: str) -> bool:
    """Return whether two names may mean one place: alike, with the same numbers and compass words; blank fits all.

    >>> same_names("第一消防站", "第一消防救援站"), same_names("1号楼", "2号楼"), same_names("茶馆", "银行")
    (True, False, False)
    """
    a, b = (_NOISE.sub("", unicodedata.normalize("NFKC", name).casefold()) for name in (first, second))
    if not a or not b or a == b:
        return True
    if _NUMBERS.findall(a) != _NUMBERS.findall(b):
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
    at = places[["x", "y"]].to_numpy(dtype=float)
    names = [str(name) for name in places["name"]]
    pairs = KDTree(at).query_pairs(within, output_type="ndarray") if len(at) > 1 else np.empty((0, 2), dtype=int)
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    kept_by: dict[int, int] = {}
    for first, second in pairs.tolist():
        if first not in kept_by and second not in kept_by and same_names(names[first], names[second]):
            kept_by[second] = first
    repeats = sorted(kept_by)
    metres = [float(np.hypot(*(at[n] - at[kept_by[n]])).round(1)) for n in repeats]
    kept = places.index[[kept_by[n] for n in repeats]]
    return pd.DataFrame({"kept": kept, "metres": metres}, index=places.index[repeats])
