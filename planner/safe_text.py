"""Text from data made harmless for the programs that open our files.

Control characters abort a spreadsheet export, direction overrides make one text look like another, and a cell that
begins with ``= + - @`` runs as a formula in a spreadsheet program (CWE-1236). Characters of the first kinds are
removed and counted. A dangerous beginning gets an apostrophe in CSV, which :func:`restored` takes off again; numbers,
negative ones too, stay untouched.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["HARMFUL", "neutralised", "restored", "without_harmful"]

HARMFUL: Final = {
    "control characters": "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff",
    "direction overrides": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "invisible characters": "\u200b\u2060\ufeff\u00ad",
}
_ANY_HARMFUL: Final = re.compile("[" + "".join(HARMFUL.values()) + "]")
_NUMBER: Final = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?%?")
_DANGEROUS: Final = re.compile(r"[\s']*[=+\-@＝＋－＠]|'+\d+\Z")


def without_harmful(text: str) -> tuple[str, int]:
    """Return ``text`` without control characters, direction overrides and invisible marks, and how many there were.

    Line breaks and tabs stay.

    >>> without_harmful("换行\\x0b站\\n北门")
    ('换行站\\n北门', 1)
    """
    return _ANY_HARMFUL.subn("", text)


def neutralised(text: str) -> str:
    """Return ``text`` as it may stand in a CSV cell: with an apostrophe in front if it would run as a formula.

    >>> neutralised("=1+1"), neutralised("-1号站"), neutralised("-3.5"), neutralised("青石巷")
    ("'=1+1", "'-1号站", '-3.5', '青石巷')
    """
    return f"'{text}" if _DANGEROUS.match(text) and not _NUMBER.fullmatch(text) else text


def restored(text: str) -> str:
    """Undo :func:`neutralised`, and take off the apostrophe that keeps digits a text ("'007").

    >>> restored("'=1+1"), restored("'s-Gravenhage"), restored("'007"), restored(neutralised("'=x"))
    ('=1+1', "'s-Gravenhage", '007', "'=x")
    """
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text) and not _NUMBER.fullmatch(text) else text
