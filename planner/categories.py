"""Classes of places: vendor codes and category texts to the planner's own words.

The mapping is data (``data/categories.csv``, ``data/classes.csv``): a row for a new vendor category is all it takes.
Six systems are recognised, cell by cell, so that layers of several vendors can stand in one table:

========== =============================== ==========================================
system     a cell looks like               rule
========== =============================== ==========================================
amap_code  ``050100`` or ``050100|060400`` the longest known beginning of the code
amap       ``餐饮服务;中餐厅;中餐厅``          the longest known beginning of the path
baidu      ``美食;中餐厅``                   the longest known beginning of the path
osm        ``amenity=cafe``                the tag, then ``key=*``; also columns named by OSM keys
own        ``商场``, ``mall``              the word itself, a part of a path, the longest word in it
name       (the place's name)              a word in the name refines a class that says little
========== =============================== ==========================================
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources

import pandas as pd

__all__ = ["OSM_KEYS", "class_names", "classify", "page_cap", "read_data"]

OSM_KEYS = (
    "amenity", "shop", "office", "industrial", "tourism", "leisure", "craft", "healthcare", "man_made", "landuse",
    "building", "highway", "railway", "public_transport",
)  # fmt: skip
_LEVELS = (("大类", "一级分类", "一级类"), ("中类", "二级分类", "二级类"), ("小类", "三级分类", "三级类"))
_VAGUE = frozenset(
    {"", "office", "company", "factory", "industrial_park", "parking", "government", "service", "courier"}
)
_CODE = re.compile(r"\d{5,6}(\.0)?")
_PAGE_CAPS = (150, 200, 400, 760, 800, 900, 1000)


def classify(pois: pd.DataFrame) -> pd.Series[str]:
    """Return the class of each place, ``""`` where no row of the mapping fits; same index as ``pois``.

    ``pois`` may have levels (大类, 中类, 小类; together they win), the columns ``class`` (already in the planner's
    words), ``category``, ``kind`` (of the whole file) and ``name``, columns named by OSM keys, and ``fclass``. Several
    categories in one cell stand apart by ``|``; the first known one counts.

    >>> pois = pd.DataFrame({"category": ["050100", "餐饮服务;中餐厅", "shop=mall", "?"]}, index=list("abcd"))
    >>> classify(pois).to_dict()
    {'a': 'restaurant', 'b': 'restaurant', 'c': 'mall', 'd': ''}
    """
    found = _of_levels(pois)
    for column in ("class", "category", "kind"):
        if column in pois:
            found = found.where(found != "", _of_texts(pois[column]))
    for key in OSM_KEYS:
        if key in pois and (found == "").any():
            tags = key + "=" + pois[key].where(pois[key].notna(), "").astype(str)
            found = found.where(found != "", _of_texts(tags))
    if "fclass" in pois:  # Geofabrik names a value of an OSM key without the key
        values = pois["fclass"].where(pois["fclass"].notna(), "").astype(str)
        for key in OSM_KEYS:
            tags = key + "=" + values
            found = found.where(found != "", tags.map(lambda tag: _mapping("osm").get(tag, "")))
    if "name" in pois:
        vague = found.isin(_VAGUE)
        refined = pois.loc[vague, "name"].fillna("").astype(str).map(_of_name)
        found.loc[refined.index[refined != ""]] = refined[refined != ""]
    return found.rename("class")


def _of_levels(pois: pd.DataFrame) -> pd.Series:
    """Return the classes by 大类, 中类 and 小类 together: 购物服务 alone does not say whether it is a mall."""
    levels = [[name for name in level if name in pois] for level in _LEVELS]
    if not levels[0] or not levels[1]:
        return pd.Series("", index=pois.index, dtype=object)
    cells = [pois[names[0]].where(pois[names[0]].notna(), "").astype(str) for names in levels if names]
    return _of_texts(pd.Series([";".join(filter(None, row)) for row in zip(*cells, strict=True)], index=pois.index))


def class_names(language: str = "zh") -> dict[str, str]:
    """Return the words that people read for the classes: ``{"mall": "商场", …}``."""
    table = read_data("classes.csv")
    return dict(zip(table["class"], table["name" if language == "zh" else "name_en"], strict=True))


def page_cap(rows: int) -> str:
    """Return a sentence when a row count is one at which map services cut their answers off, else ``""``.

    Services give 20 or 25 places a page and stop at a fixed number of rows without saying so.

    >>> page_cap(900)
    '900 rows is a known page cap of map services: the table may have been cut off'
    >>> page_cap(901)
    ''
    """
    if rows in _PAGE_CAPS or (rows > 0 and rows % 25 == 0):
        return f"{rows} rows is a known page cap of map services: the table may have been cut off"
    return ""


@cache
def read_data(name: str) -> pd.DataFrame:
    """Return a table of ``planner/data`` as text cells."""
    with resources.files("planner").joinpath("data", name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


@cache
def _mapping(system: str) -> dict[str, str]:
    table = read_data("categories.csv")
    rows = table[table["system"] == system]
    return {_plain(key): value for key, value in zip(rows["key"], rows["class"], strict=True)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _of_texts(cells: pd.Series) -> pd.Series:
    texts = cells.where(cells.notna(), "").astype(str)
    known = {text: _of_text(text) for text in texts.unique()}
    return texts.map(known)


def _of_text(text: str) -> str:
    for part in re.split(r"[|｜]", text):
        part = _plain(part)
        if found := _of_part(part):
            return found
    return ""


def _of_part(part: str) -> str:
    if part in class_names():
        return part
    if _CODE.fullmatch(part):
        return _longest(part.removesuffix(".0").zfill(6), "amap_code")
    if "=" in part:
        tags = (tag.replace(" ", "") for tag in re.split(r"[;,]\s*(?=[\w:]+\s*=)", part))
        return next((found for tag in tags if (found := _of_tag(tag))), "")
    path = [step.strip() for step in re.split(r"[;,/>、:\-]+", part) if step.strip()]
    joined = ";".join(path)
    for system in ("amap", "baidu"):
        if found := _longest_path(joined, system):
            return found
    own = _mapping("own")
    return own.get(part) or next((own[step] for step in reversed(path) if step in own), "") or _within(part, own)


def _longest(code: str, system: str) -> str:
    mapping = _mapping(system)
    return next((mapping[code[:n]] for n in range(len(code), 0, -1) if code[:n] in mapping), "")


def _longest_path(path: str, system: str) -> str:
    mapping = _mapping(system)
    steps = path.split(";")[: _deepest(system)]
    return next((mapping[";".join(steps[:n])] for n in range(len(steps), 0, -1) if ";".join(steps[:n]) in mapping), "")


@cache
def _deepest(system: str) -> int:
    return max(path.count(";") for path in _mapping(system)) + 1


def _within(text: str, own: dict[str, str]) -> str:
    """Return the class of the longest own word that is part of a text: 小微工业园 holds 工业园."""
    words = [word for word in own if word in text and not word.isascii()]
    return own[max(words, key=lambda word: (len(word), word))] if words else ""


def _of_tag(tag: str) -> str:
    mapping = _mapping("osm")
    key, _, values = tag.partition("=")
    for value in values.split(";"):
        if f"{key}={value}" in mapping:
            return mapping[f"{key}={value}"]
    return mapping.get(f"{key}=*", "") if values else ""


@lru_cache(maxsize=100_000)
def _of_name(name: str) -> str:
    plain = _plain(name)
    return next((found for word, found in _mapping("name").items() if word in plain), "")
