"""What cells about a place say: yes, no, or nothing that can be relied on."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["said_no", "said_open_24h"]

_YES = frozenset(
    {"yes", "y", "true", "1", "1.0", "是", "有", "√", "✓", "24/7", "24小时", "24h", "全天", "全天开放", "全天候"}
)
_NO = frozenset({"no", "n", "false", "0", "0.0", "否", "无", "不", "×", "不临街", "非临街"})
_WHOLE_DAY = re.compile(r"24\s*/\s*7|24\s*(?:小时|h\b|hours?)|全天|昼夜|0?0:00\s*[-—–~至到]\s*(?:24:00|23:59)")
_HOURS = re.compile(r"\d{1,2}[:：点时]\d{0,2}\s*[-—–~至到]")


def said_no(cell: object) -> bool:
    """Return whether a cell says no; a blank or unknown word does not.

    >>> said_no("否"), said_no("临街"), said_no(None)
    (True, False, False)
    """
    return _plain(cell) in _NO


def said_open_24h(cell: object) -> bool | None:
    """Return whether a cell says that a place is open round the clock, None where it does not tell.

    >>> said_open_24h("24小时营业"), said_open_24h("09:00-21:00"), said_open_24h("见公告")
    (True, False, None)
    """
    return _open_24h(_plain(cell))


@lru_cache(maxsize=10_000)
def _open_24h(text: str) -> bool | None:
    if text in _NO or text.startswith(("非24", "不24", "非全天")):
        return False
    if text in _YES or _WHOLE_DAY.search(text):
        return True
    return False if _HOURS.search(text) else None


def _plain(cell: object) -> str:
    return "" if cell is None or cell != cell else _folded(str(cell))


@lru_cache(maxsize=10_000)
def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
