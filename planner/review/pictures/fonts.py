"""A font with Chinese signs for still pictures, found on this machine, or the sentence that says what to install."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from planner.errors import PlannerError

__all__ = ["chinese_family", "covering_families", "printable"]

FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Noto Serif CJK SC",
    "SimSun",
)
ADVICE = (
    "No font with Chinese signs was found, so pictures would show squares. Install one: the Debian package "
    "fonts-noto-cjk (apt-get install fonts-noto-cjk), or Noto Sans CJK SC on other systems. "
    "没有找到中文字体，图片会出现方框：请安装 fonts-noto-cjk（思源黑体）。"
)


def chinese_family(known: Iterable[str] | None = None) -> str:
    """Return the name of the first known Chinese font family that is installed.

    Raises :class:`planner.errors.PlannerError` with the package to install when there is none.
    """
    installed = set(known) if known is not None else {font.name for font in font_manager.fontManager.ttflist}
    for family in FAMILIES:
        if family in installed:
            return family
    raise PlannerError(ADVICE)


def covering_families() -> list[str]:
    """Return the families to draw with: the Chinese one, then matplotlib's own for rarer signs."""
    return [chinese_family(), "DejaVu Sans"]


def printable(text: object, longest: int = 40) -> str:
    """Return a text as a picture can show it: one line, shortened, signs that no font has as a question mark.

    >>> printable("站" * 50, 3)
    '站站…'
    """
    line = " ".join(str(text).split())
    line = line if len(line) <= longest else line[: longest - 1] + "…"
    shown = "".join(sign if sign == " " or _has_glyph(sign) else "?" for sign in line)
    return shown.replace("$", "\\$")


@cache
def _fonts() -> tuple[FT2Font, ...]:
    return tuple(FT2Font(font_manager.findfont(family)) for family in covering_families())


@cache
def _has_glyph(sign: str) -> bool:
    return any(font.get_char_index(ord(sign)) for font in _fonts())
