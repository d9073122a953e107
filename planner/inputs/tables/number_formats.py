"""What a number format makes of a number: a code (7 shown as "007", "JJ007"), a percentage, or so many ten thousands.

What the sheet shows is what its reader means: 0.85 shown as 85% is no number of people, 0.12 shown as 0.12万 is 1,200.

Source: ECMA-376, part 1, 18.8.31: quoted and escaped characters stand for themselves, 0 for a digit always shown.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

__all__ = ["code_mask", "masked", "shown", "shown_unit"]

_TOKEN: Final = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<zero>0)|(?P<plain>[- ()])|_.|\*.|\[[^\]]*\]')
_DIGIT: Final = "\0"  # stands for a digit in a mask
_SCALED: Final = frozenset(".,%万千亿")
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')  # all that is no sign of its own in a format
_UNIT_BEHIND: Final = re.compile(
    r'(?:\[[^\]]*\])*[#0?,]*[#0?](?:\.[#0?]+)? *(?:_.)*["\\]? *(?P<unit>[万萬亿億][^\s"]{0,3})"?(?:_.)*'
)


def code_mask(code: str) -> str:
    """Return the mask of a format that shows whole numbers as codes, or a blank.

    A format with a unit behind the number (0"人") and one with a fraction show numbers.

    >>> masked(7, code_mask("000")), masked(7, code_mask('"JJ"000')), masked(4200106, code_mask("000-0000"))
    ('007', 'JJ007', '420-0106')
    >>> code_mask('0"人"'), code_mask("0.00"), code_mask("#,##0")
    ('', '', '')
    """
    section, at, mask = code.split(";")[0], 0, ""
    while at < len(section):
        token = _TOKEN.match(section, at)
        if token is None:
            return ""
        mask += _DIGIT if token["zero"] else token["quoted"] or token["escaped"] or token["plain"] or ""
        at = token.end()
    digits = mask.count(_DIGIT)
    front = mask.partition(_DIGIT)[0]
    is_code = digits > 1 or (digits == 1 and any(c.isascii() and c.isalnum() for c in front))
    return mask if is_code and not _SCALED & set(mask) else ""


def masked(value: int, mask: str) -> str:
    """Return a whole number, zero or more, as its format shows it; more digits than the mask has stand in front."""
    digits = str(value).zfill(mask.count(_DIGIT))
    spare = len(digits) - mask.count(_DIGIT)
    rest = iter(digits[spare:])
    shown = "".join(next(rest) if c == _DIGIT else c for c in mask)
    first = mask.index(_DIGIT)
    return shown[:first] + digits[:spare] + shown[first:]


def shown_unit(code: str) -> str:
    """Return the unit that a format shows behind a number that it does not scale: "%" or "万"; else a blank.

    A comma behind the digits, and a point that is only written (0!.0,"万"), scale what is shown: the number is whole.

    >>> shown_unit("0.0%"), shown_unit('0.00"万"'), shown_unit('0!.0,"万"'), shown_unit('0"人"')
    ('%', '万', '', '')
    """
    section = code.split(";")[0]
    if "%" in _LITERAL.sub("", section):
        return "%"
    match = _UNIT_BEHIND.fullmatch(section)
    return match["unit"] if match else ""


def shown(text: str, unit: str) -> str:
    """Return a plain number with the unit that its format shows behind it.

    >>> shown("0.85", "%"), shown("0.12", "万")
    ('85%', '0.12万')
    """
    return f"{Decimal(text).scaleb(2).normalize():f}%" if unit == "%" else text + unit
