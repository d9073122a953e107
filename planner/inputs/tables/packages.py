"""Zipped XML (XLSX, ODS) opened so that bombs, entities and broken archives are refused by name.

A member never yields more bytes than its directory entry declares (``zipfile`` stops there), so the declared sizes are
checked before anything is unpacked. XML is read as a stream of events; a document type declaration is refused, because
only it can define entities that grow without bound or fetch files (XML 1.0, section 4.2).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from planner.errors import Fault, InputError
from planner.inputs.tables.limits import Limits

__all__ = ["opened", "parse_xml"]

_MEMBERS: Final = 10_000
_PIECE: Final = 1 << 16
_SMALL: Final = 8 << 20  # bytes below which the ratio of a member does not matter


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Open a zipped document after a look at its directory.

    Raises :class:`planner.errors.InputError` for archives that are damaged, encrypted, or too large when unpacked.
    """
    try:
        with zipfile.ZipFile(path) as package:
            _check(package.infolist(), path.name, limits)
            yield package
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zipfile.LargeZipFile, OSError) as error:
        raise InputError(Fault(f"the file is damaged ({error})", file=path.name, repair="Save it again.")) from None


def _check(members: list[zipfile.ZipInfo], file: str, limits: Limits) -> None:
    size = sum(member.file_size for member in members)
    packed = max((m.file_size / max(m.compress_size, 1) for m in members if m.file_size > _SMALL), default=0.0)
    if len(members) > _MEMBERS or size > limits.unpacked or packed > limits.ratio:
        what = f"unpacked it would have {size / 1e6:,.0f} MB in {len(members):,} parts, packed up to {packed:,.0f} to 1"
        repair = f"Files are unpacked up to {limits.unpacked / 1e6:,.0f} MB; this looks like a zip bomb."
        raise InputError(Fault(what, file=file, repair=repair))
    if any(member.flag_bits & 1 for member in members):
        raise InputError(Fault("the file is encrypted", file=file, repair="Save it without a password."))


def parse_xml(
    package: zipfile.ZipFile,
    member: str,
    *,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Feed the events of one XML member to the handlers; names come without their namespace prefix.

    Raises :class:`planner.errors.InputError` for XML that is broken or declares a document type.
    """
    file = Path(package.filename or "").name

    def refuse(*_: Any) -> None:
        what = f"{member} declares a document type, which can define entities that grow or fetch files"
        raise InputError(Fault(what, file=file, repair="Save the file again from a spreadsheet program."))

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with package.open(member) as stream:
            while piece := stream.read(_PIECE):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except InputError:
        raise
    except (expat.ExpatError, ValueError, LookupError, OverflowError) as error:
        what = f"{member} is not valid XML of a spreadsheet ({error})"
        raise InputError(Fault(what, file=file, repair="Save the file again.")) from None
