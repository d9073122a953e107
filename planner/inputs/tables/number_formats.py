"""Number formats that make a code of a number: 7 shown as "007", "JJ007" or "420-0106" is meant as that text.

Source: ECMA-376, part 1, 18.8.31: quoted and escaped characters stand for themselves, 0 for a digit always shown.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["code_mask", "masked"]

_TOKEN: Final = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<zero>0)|(?P<plain>[- ()])|_.|\*.|\[[^\]]*\]')
_DIGIT: Final = "\0"  # stands for a digit in a mask
_SCALED: Final = frozenset(".,%万千亿")


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
