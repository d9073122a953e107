"""What cells about a place say: yes, no, or nothing that can be relied on."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["said_no", "said_open_24h"]

_YES = frozenset(
    {"yes", "y", "true", "1", "1.0", "是", "有", "√", "✓", "24/7", "24小时", "24h", "全天", "全天开放", "全天候"}
)
_NO = frozenset({"no", "n", "false", "0", "0.0", "否", "无", "不", "×"})
_DAY = r"(?:(?<!\d)24\s*[/x×*]\s*7|(?<!\d)7\s*[x×*]\s*24|(?<!\d)24\s*(?:小时|h\b|hours?)|全天|昼夜|通宵|彻夜)"
_WHOLE_DAY = re.compile(rf"{_DAY}|0?0:00\s*[-—–~至到]\s*(?:24:00|23:59)")
_EVERY_DAY = re.compile(r"mo\s*-\s*su|周一\s*[-—–~至到]\s*周日|星期一\s*[-—–~至到]\s*星期[日天]|[一每]周七天")
_NOT_WHOLE = re.compile(
    rf"(?:[不非未无没]|\bnot?\b)[^,，;；。]{{0,4}}{_DAY}|{_DAY}[^,，;；。]{{0,2}}[不关停休歇]|不开放|关闭|停业|^(?:[否无不]|closed|off\b)"
)
_IN_PART = re.compile(
    r"周|星期|工作日|节假|除|仅|只|部分|热线|电话|监控|申请|预约|次日|翌日|\b(?:mo|tu|we|th|fr|sa|su|ph|except)\b|off\b"
)
_HOURS = re.compile(r"\d{1,2}[:：点时]\d{0,2}\s*[-—–~至到]")


def said_no(cell: object) -> bool:
    """Return whether a cell says no; a blank or unknown word does not.

    >>> said_no("否"), said_no("未临街"), said_no("临街"), said_no(None)
    (True, True, False, False)
    """
    text = _plain(cell)
    return text in _NO or text.startswith(("不", "非", "未", "否", "无"))


def said_open_24h(cell: object) -> bool | None:
    """Return whether a cell says that a place is open round the clock, None where it does not tell, or for a part only.

    >>> said_open_24h("24小时营业"), said_open_24h("09:00-21:00"), said_open_24h("见公告"), said_open_24h("24小时热线")
    (True, False, None, None)
    >>> said_open_24h("未24小时开放"), said_open_24h("Mo-Su 00:00-24:00"), said_open_24h("Mo-Fr 00:00-24:00")
    (False, True, None)
    """
    return _open_24h(_plain(cell))


@lru_cache(maxsize=10_000)
def _open_24h(text: str) -> bool | None:
    text = _EVERY_DAY.sub("", text).strip()
    if text in _NO or _NOT_WHOLE.search(text):
        return False
    whole = text in _YES or bool(_WHOLE_DAY.search(text))
    hours = bool(_HOURS.search(_WHOLE_DAY.sub("", text)))
    if _IN_PART.search(text) or (whole and hours):
        return None
    return True if whole else False if hours else None


def _plain(cell: object) -> str:
    return "" if cell is None or cell != cell else _folded(str(cell))


@lru_cache(maxsize=10_000)
def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
