"""Names of places: what all spellings of one have in common, and names for places that have none."""

from __future__ import annotations

import re
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.categories import class_names
from planner.inputs.roads.read import Roads

__all__ = ["named", "plain_name"]

_BRACKETS, _SIGNS = re.compile(r"[(\[【][^)\]】]*[)\]】]"), re.compile(r"[\s\W_]+")
_NEAR = 150.0  # metres; beyond, a street says little about where a place is


def plain_name(name: str) -> str:
    """Return a name without what its spellings differ in: brackets, blanks and signs, wide letters and capitals.

    >>> plain_name("驿站 (东门)"), plain_name("Ａ-1")
    ('驿站', 'a1')
    """
    return _SIGNS.sub("", _BRACKETS.sub("", unicodedata.normalize("NFKC", name).casefold()))


def named(places: gpd.GeoDataFrame, classes: pd.Series[str], roads: Roads | None) -> pd.Series[str]:
    """Return the names of places; a blank one becomes its class, the nearest street with a name and the end of its id.

    ``classes`` has the index of ``places``, whose column ``name`` is read. A name depends on the place and the streets
    alone: the shop ``node/1375995154`` without a name becomes "商店 shop · Unioninkatu (5154)" in every table.
    """
    names: pd.Series[str] = places["name"].fillna("").astype(object)
    blank = names.str.strip() == ""
    if not blank.any():
        return names
    zh, en = class_names(), class_names("en")
    kinds = [f"{zh.get(one, '地点')} {en.get(one, 'place').split(' or ')[0]}" for one in classes[blank]]
    streets = [f" · {street}" if street else "" for street in _streets(places[blank], roads)]
    ends = [f" ({str(one).rpartition('/')[2][-4:]})" for one in names.index[blank]]
    names.loc[blank] = np.array([*map("".join, zip(kinds, streets, ends, strict=True))], dtype=object)
    return names


def _streets(places: gpd.GeoDataFrame, roads: Roads | None) -> np.ndarray:
    """Return the name of the nearest street that has one, blank where there is none nearby; one for each place."""
    found = np.full(len(places), "", dtype=object)
    if roads is None:
        return found
    names = np.array(roads.names, dtype=object)[roads.name]
    bears = np.flatnonzero(names != "")
    lines = gpd.GeoSeries(roads.lines()[bears], crs=4326).to_crs(roads.crs)
    at = places.geometry.representative_point().to_crs(roads.crs)
    place, line = shapely.STRtree(lines.values).query_nearest(at.values, max_distance=_NEAR, all_matches=False)
    found[place] = names[bears[line]]
    return found
