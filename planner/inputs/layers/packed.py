"""Tags of OpenStreetMap packed into one field of a layer: ``other_tags`` of GDAL, ``tags`` of pyrosm and databases."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from typing import Any, Final

import pandas as pd

__all__ = ["packed_tags", "with_tags"]

_FIELDS: Final = frozenset({"other_tags", "tags", "all_tags"})
_PAIR: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_LONGEST: Final = 100_000  # characters; what is longer is no list of tags


def packed_tags(frame: pd.DataFrame) -> tuple[str, list[dict[str, str]]]:
    """Return the field that holds tags, blank where none does, and the tags of each row.

    >>> packed_tags(pd.DataFrame({"other_tags": ['"oneway"=>"yes","toll"=>"no"', None]}))
    ('other_tags', [{'oneway': 'yes', 'toll': 'no'}, {}])
    """
    for name in frame.columns:
        if str(name).strip().lower() in _FIELDS:
            rows = [_unpacked(value) for value in frame[name]]
            if any(rows):
                return str(name), rows
    return "", [{} for _ in range(len(frame))]


def with_tags(frame: pd.DataFrame, rows: list[dict[str, str]], keys: Iterable[str]) -> pd.DataFrame:
    """Return the layer with these keys of the tags as fields of text; a field that is there keeps its own cells.

    >>> with_tags(pd.DataFrame({"shop": ["mall", None]}), [{"shop": "x"}, {"shop": "y"}], ["shop"])["shop"].tolist()
    ['mall', 'y']
    """
    new = {}
    for key in sorted(keys):
        held = pd.Series([row.get(key, "") for row in rows], index=frame.index, dtype="str")
        own = frame[key].astype("str").where(frame[key].notna(), "") if key in frame else held
        new[key] = own.where(own.ne(""), held)
    return frame.assign(**new)


def _unpacked(value: Any) -> dict[str, str]:
    """Return the tags of a cell in the form of hstore, of JSON or of a dictionary of Python."""
    text = value if isinstance(value, str) else "" if not isinstance(value, dict) else json.dumps(value)
    if len(text) > _LONGEST:
        return {}
    if text.lstrip().startswith("{"):
        for reader in (json.loads, ast.literal_eval):
            try:
                tags = reader(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            return {str(key): str(one) for key, one in tags.items() if one is not None}
        return {}
    return {_ESCAPED.sub(r"\1", key): _ESCAPED.sub(r"\1", one) for key, one in _PAIR.findall(text)}
