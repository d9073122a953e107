"""The same content, the same bytes: packages (XLSX, DOCX) without the moment at which they were written."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final

__all__ = ["MOMENT", "canonical_package"]

MOMENT: Final = "2020-01-01T00:00:00Z"
"""The moment that every document of a plan states: a plan has no time of day, and equal plans are equal files."""

_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip member can state
_MOMENTS: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def canonical_package(path: str | Path) -> None:
    """Rewrite a package in place with fixed moments, owners and compression.

    >>> canonical_package("list.xlsx")  # doctest: +SKIP
    """
    path = Path(path)
    with zipfile.ZipFile(path) as package:
        members = [(info.filename, package.read(info)) for info in package.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name, content in members:
            if name == "docProps/core.xml":
                content = _MOMENTS.sub(rb"\g<1>" + MOMENT.encode() + rb"\g<3>", content)
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            package.writestr(info, content)
