"""Places that a file, or two files, list more than once: each counts once, or their people would be counted twice."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

__all__ = ["listed_again"]

_APART = 1e4  # metres between places of different names in the third direction, so that only equal names meet
_NOISE = re.compile(r"[(\[【][^)\]】]*[)\]】]|[\s\W_]+")


def listed_again(places: pd.DataFrame, within: float) -> pd.Series[str]:
    """Return the places that list another again, by id, with the id of the one that is kept.

    ``places``: indexed by id, with ``name``, ``class``, ``x`` and ``y`` in metres. Two rows are one place when they
    have the same class and the same name (brackets, blanks and signs aside; no name is never the same) and stand within
    ``within`` metres. The smaller id is kept, whatever the order of rows; only kept ones are compared, so no chain
    grows.

    >>> named = {"name": ["麦店", "麦店(东)", "麦店"], "class": "restaurant", "x": [0.0, 9.0, 99.0], "y": 0.0}
    >>> listed_again(pd.DataFrame(named, index=["b", "a", "c"]), 15.0).to_dict()
    {'b': 'a'}
    """
    names = places["name"].astype(str).map(_plain)
    keys = names + "\n" + places["class"].astype(str)
    some = places[(names != "") & (places["class"] != "") & keys.duplicated(keep=False)]
    if len(some) < 2:
        return pd.Series([], dtype="str")
    some = some.iloc[np.argsort(some.index.astype(str).to_numpy(dtype=object), kind="stable")]
    level = pd.factorize(keys[some.index])[0] * _APART
    at = np.column_stack([some["x"].to_numpy(float), some["y"].to_numpy(float), level])
    pairs = KDTree(at).query_pairs(within, output_type="ndarray")
    kept: dict[int, int] = {}
    for first, second in pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))].tolist():
        if first not in kept and second not in kept:
            kept[second] = first
    repeats = sorted(kept)
    ids = some.index.astype(str)
    return pd.Series(ids[[kept[n] for n in repeats]].to_numpy(dtype=object), index=ids[repeats], dtype="str")


def _plain(name: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", name).casefold())
