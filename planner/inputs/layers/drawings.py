"""Drawings (DXF): the code page that they state is often not the one that their texts are in.

Source: AutoCAD DXF Reference: texts are in the code page ``$DWGCODEPAGE`` up to release 2004, in UTF-8 from 2007 on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from planner.inputs.report import Report
from planner.inputs.tables.encodings import decode

__all__ = ["dxf_options"]

_PAGES: Final = {"gbk": "CP936", "gb18030": "CP936", "big5": "CP950"}
_BINARY: Final = b"AutoCAD Binary DXF"
_SAMPLE: Final = 4 << 20


def dxf_options(path: Path, encoding: str | None, report: Report) -> dict[str, str]:
    """Return the options with which GDAL reads the texts of a drawing in their true encoding, which is reported."""
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
    if sample.startswith(_BINARY) or (sample.isascii() and encoding is None):
        return {}
    whole = sample[: sample.rfind(b"\n") + 1] if len(sample) == _SAMPLE else sample
    found = decode(whole, encoding=encoding, file=path.name)
    report.facts["encoding"] = f"{found.encoding} ({found.evidence})"
    return {"DXF_ENCODING": _PAGES.get(found.encoding, found.encoding.upper())}
