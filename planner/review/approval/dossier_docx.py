"""The page of a site as a Word document, set so that an office can sign it."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor

from planner.files import replacing
from planner.review.approval.canonical import MOMENT, canonical_package
from planner.review.approval.dossier import SIGNATURES, SitePage

__all__ = ["write_docx"]

_FONT: Final = "等线"
_LONGEST_TITLE: Final = 255  # characters of a property of a document
_INK, _RED = RGBColor(0x1F, 0x4E, 0x5F), RGBColor(0xA3, 0x3B, 0x20)


def write_docx(page: SitePage, picture: bytes, path: str | Path) -> Path:
    """Write the document of one site, whole or not at all; the same page gives the same bytes."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(1.3)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(9)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    normal.paragraph_format.space_after = Pt(2)
    _line(document, page.title, 17, bold=True, colour=_INK)
    _line(document, page.subtitle, 9)
    _line(document, page.notice, 9, bold=True, colour=_RED)
    half = (len(page.facts) + 1) // 2
    pairs = [
        (*page.facts[at], *(page.facts[at + half] if at + half < len(page.facts) else ("", ""))) for at in range(half)
    ]
    _table(document, pairs, (3.6, 5.0, 3.6, 5.0), shaded=(0, 2))
    document.add_picture(io.BytesIO(picture), width=Cm(13.6))
    document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
    _line(document, "理由 Reasons", 10.5, bold=True, colour=_INK)
    _line(document, page.reasons, 9)
    if page.alternatives:
        _line(document, "备选 Alternatives", 10.5, bold=True, colour=_INK)
        _table(
            document,
            [("名称 name", "编号 id", "距离 distance", "少覆盖 people lost"), *page.alternatives],
            (6.2, 4.0, 3.0, 4.0),
        )
    _line(document, "规则核对 Rule checks", 10.5, bold=True, colour=_INK)
    _table(document, page.checks, (6.2, 4.2, 6.8))
    _line(document, "", 4)
    _table(document, [SIGNATURES, tuple("\n\n签字 signature:\n日期 date:" for _ in SIGNATURES)], (4.3,) * 4)
    core = document.core_properties
    moment = datetime.datetime.fromisoformat(MOMENT.replace("Z", ""))
    core.created = core.modified = moment
    core.author, core.title, core.last_modified_by = "station-network-planner", page.title[:_LONGEST_TITLE], ""
    with replacing(path) as unfinished:
        document.save(str(unfinished))
        canonical_package(unfinished)
    return Path(path)


def _line(document: Any, text: str, size: float, *, bold: bool = False, colour: RGBColor | None = None) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(3 if bold and size > 10 else 0)
    _run(paragraph, text, size, bold=bold, colour=colour)


def _run(paragraph: Any, text: str, size: float, *, bold: bool = False, colour: RGBColor | None = None) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, _FONT
    run._element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    if colour is not None:
        run.font.color.rgb = colour


def _table(document: Any, rows: Sequence[Sequence[str]], widths: Sequence[float], shaded: Sequence[int] = ()) -> None:
    table = document.add_table(rows=len(rows), cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for line, texts in zip(table.rows, rows, strict=True):
        for at, (cell, text) in enumerate(zip(line.cells, texts, strict=True)):
            cell.width = Cm(widths[at])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
            _run(paragraph, text, 8.5)
            if at in shaded:
                shade = OxmlElement("w:shd")
                shade.set(qn("w:val"), "clear")
                shade.set(qn("w:fill"), "EAF1F2")
                cell._element.get_or_add_tcPr().append(shade)
