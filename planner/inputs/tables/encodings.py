"""The encoding of a text file, found from its bytes, or asked for when two readings are plausible.

Marks at the start of the file and valid UTF-8 settle most files. UTF-16 without a mark shows in the zero bytes of its
line breaks and delimiters. What is left is GBK (with its superset GB18030) or Big5; both decode nearly any Chinese
text of the other, so the readings are compared by how many of their characters are everyday ones: level 1 of GB 2312
(3,755 characters) and level 1 of Big5 (5,401), the everyday halves of the two standards, and by known headings.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from planner.errors import Fault, InputError
from planner.schema import INPUT_COLUMNS

__all__ = ["Decoded", "decode"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SAMPLE: Final = 200_000  # characters compared
_CLEAR: Final = 0.15  # difference in the share of everyday characters that settles the encoding
_PLAUSIBLE: Final = 0.5  # share of everyday characters below which a reading is not Chinese text
_WORDS: Final = tuple(
    word for column in INPUT_COLUMNS for word in column.headings + column.weaker if len(word) > 1 and not word.isascii()
)
_CHINESE_UTF8: Final = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")  # two Chinese characters in UTF-8
_FOUR_BYTES: Final = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, the encoding that it was read with, and how that is known."""

    text: str
    encoding: str
    evidence: str


def decode(data: bytes, *, encoding: str | None = None, file: str = "") -> Decoded:
    """Return the text of ``data``.

    ``encoding`` is the user's word and is obeyed strictly. Raises :class:`planner.errors.InputError` when the bytes
    do not fit it, when no known encoding fits, and when two fit equally well.

    >>> decode("编号,名称".encode("gbk")).encoding
    'gbk'
    """
    if encoding is not None:
        return _declared(data, encoding, file)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data[len(mark) :], name, file).lstrip("\ufeff"), name, "byte order mark")
    if b"\0" in data and (found := _utf16(data)) is not None:
        return found
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _chinese(data, error, file)
    if _only_two_byte_letters(text):
        return _utf8_or_gbk(data, text, file)
    return Decoded(text, "utf-8", "plain ASCII" if text.isascii() else "valid UTF-8")


def _declared(data: bytes, encoding: str, file: str) -> Decoded:
    try:
        name = codecs.lookup(encoding).name
        "a".encode(name)  # base64 and its like are codecs of Python, but no encodings of text
    except (LookupError, UnicodeError):
        repair = 'Write for example "utf-8", "gbk", "gb18030", "big5" or "utf-16".'
        raise InputError(Fault(f"the encoding {encoding!r} is not known", file=file, repair=repair)) from None
    for mark, marked in _MARKS:
        if data.startswith(mark) and name in (marked, marked[:6], "utf-8-sig", "utf-16", "utf-32"):
            return Decoded(_strict(data[len(mark) :], marked, file).lstrip("\ufeff"), marked, "declared")
    wider = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950", "utf-16": "utf-16-le"}.get(name, name)
    return Decoded(_strict(data, wider, file).lstrip("\ufeff"), name, "declared")


def _strict(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        what = f"bytes {data[error.start : error.start + 4].hex(' ')} are not {encoding} text"
        repair = "Save the file again as UTF-8, or say which encoding it has."
        raise InputError(Fault(what, file=file, row=row, repair=repair)) from None


def _utf16(data: bytes) -> Decoded | None:
    """Return the UTF-16 reading whose line breaks and delimiters come out as such, if there is one."""
    whole = data[: len(data) // 2 * 2]
    best: tuple[float, str, str] | None = None
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = whole.decode(name)
        except UnicodeDecodeError:
            continue
        sample = text[:_SAMPLE]
        good = sum(c in "\r\n\t" or " " <= c <= "~" or "\u4e00" <= c <= "\u9fff" or c in "，。；：（）" for c in sample)
        share = good / len(sample) if sample else 0.0
        if best is None or share > best[0]:
            best = (share, name, text)
    if best is None or (best[0] < 0.7 and not _reads_well(best[2])):
        return None
    return Decoded(best[2], best[1], "zero bytes in the places of UTF-16")


def _reads_well(text: str) -> bool:
    """Return whether a text has known headings and nothing but printable characters."""
    return _known_words(text) > 0 and all(c.isprintable() or c in "\r\n\t\u3000\xa0" for c in text[:_SAMPLE])


def _only_two_byte_letters(text: str) -> bool:
    """Return whether all letters beyond ASCII lie below U+0800, as when GBK is taken for UTF-8."""
    if text.isascii():
        return False
    beyond = re.findall(r"[^\x00-\x7f°±²³·×÷]", text[:_SAMPLE])
    return bool(beyond) and all("\x80" <= c < "\u0800" for c in beyond)


def _utf8_or_gbk(data: bytes, text: str, file: str) -> Decoded:
    try:
        chinese = data.decode("gb18030")
    except UnicodeDecodeError:
        return Decoded(text, "utf-8", "valid UTF-8, not valid GBK")
    if _everyday(chinese, "gb2312") < _PLAUSIBLE:
        return Decoded(text, "utf-8", "valid UTF-8, no Chinese text as GBK")
    raise _ask(file, ("utf-8", text), ("gbk", chinese))


def _chinese(data: bytes, error: UnicodeDecodeError, file: str) -> Decoded:
    readings: dict[str, str] = {}
    for name, codecs_tried in (("gbk", ("gb18030",)), ("big5", ("cp950", "big5hkscs"))):
        for codec in codecs_tried:
            try:
                readings[name] = data.decode(codec)
                break
            except UnicodeDecodeError as damage:
                error = damage if damage.start > error.start else error  # what is damaged lies where most can be read
    scores = {name: _everyday(text, {"gbk": "gb2312"}.get(name, name)) for name, text in readings.items()}
    scores = {name: score for name, score in scores.items() if score >= _PLAUSIBLE or _known_words(readings[name]) > 1}
    damaged = data.decode("utf-8", errors="replace")
    if _mostly_utf8(damaged):
        _strict(data, "utf-8", file)
    _check_lines(data, file)
    if not scores:
        what = f"bytes {data[error.start : error.start + 4].hex(' ')} fit neither UTF-8, GBK, GB18030 nor Big5 text"
        row = data.count(b"\n", 0, error.start) + 1
        raise InputError(Fault(what, file=file, row=row, repair="Say which encoding it has, or save it as UTF-8."))
    best = max(scores, key=lambda name: (_known_words(readings[name]), scores[name]))
    for other in scores.keys() - {best}:
        same_words = _known_words(readings[other]) >= _known_words(readings[best])
        if same_words and scores[best] - scores[other] < _CLEAR:
            raise _ask(file, *((name, readings[name]) for name in sorted(scores)))
    return _named(best, readings[best], data, scores[best])


def _check_lines(data: bytes, file: str) -> None:
    """Refuse a file of which some lines are UTF-8: two files of different encodings were joined."""
    for row, line in enumerate(data[:_SAMPLE].splitlines(), 1):
        if line.isascii() or not _CHINESE_UTF8.search(line):
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if _everyday(text, "gb2312") >= _PLAUSIBLE:
            what = f"row {row} is UTF-8 text ({_first_words(text)!r}) and other rows are not"
            repair = "Two files were joined: save both in the same encoding and join them again."
            raise InputError(Fault(what, file=file, row=row, repair=repair))


def _named(name: str, text: str, data: bytes, score: float) -> Decoded:
    if name == "gbk" and _FOUR_BYTES.search(data):
        try:
            data.decode("gbk")
        except UnicodeDecodeError:
            name = "gb18030"
    return Decoded(text, name, f"not UTF-8; {score:.0%} everyday characters as {name.upper()}")


def _mostly_utf8(damaged: str) -> bool:
    sample = re.sub(r"[\x00-\x7f]", "", damaged)
    return bool(sample) and sample.count("\ufffd") <= 0.1 * len(sample)


def _everyday(text: str, standard: str) -> float:
    """Return the share of characters beyond ASCII that belong to the everyday half of a standard."""
    beyond = re.sub(r"[\x00-\x7f]", "", text)[:_SAMPLE]
    if not beyond:
        return 0.0
    counts = {char: beyond.count(char) for char in set(beyond)}
    return sum(n for char, n in counts.items() if _is_everyday(char, standard)) / len(beyond)


def _is_everyday(char: str, standard: str) -> bool:
    try:
        code = char.encode(standard)
    except UnicodeEncodeError:
        return False
    if standard == "gb2312":
        return 0xB0 <= code[0] <= 0xD7 or code[0] in (0xA1, 0xA3)
    return 0xA4 <= code[0] <= 0xC6 or code[0] in (0xA1, 0xA2)


def _known_words(text: str) -> int:
    head = text[:2000]
    return sum(word in head for word in _WORDS)


def _ask(file: str, *readings: tuple[str, str]) -> InputError:
    shown = "; ".join(f"{name} reads {_first_words(text)!r}" for name, text in readings)
    names = " or ".join(f'encoding = "{name}"' for name, _ in readings)
    return InputError(Fault(f"the encoding is in doubt: {shown}", file=file, repair=f"Say which is right: {names}."))


def _first_words(text: str) -> str:
    match = re.search(r"[^\x00-\x7f][^\r\n,;\t|]{0,19}", text)
    return match.group(0) if match else text[:20]
