"""The pages of all sites as one bound PDF with contents, and each page as a file of its own."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from fontTools.ttLib import TTCollection
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode
from fpdf.fonts import FontFace
from matplotlib import font_manager
from pypdf import PdfReader, PdfWriter

from planner.files import replacing
from planner.review.approval.canonical import MOMENT
from planner.review.approval.dossier import SIGNATURES, SitePage
from planner.review.pictures.fonts import chinese_family

__all__ = ["split_pages", "write_bound_pdf"]

_INK, _RED, _GREY = (31, 78, 95), (163, 59, 32), (80, 95, 100)
_LINES: Final = 45  # entries on a page of contents


def write_bound_pdf(
    pages: Sequence[SitePage], picture: Callable[[str], bytes], path: str | Path, *, title: str, notice: str
) -> Path:
    """Write contents and one page per site; ``picture`` gives the PNG of a site. The same pages give the same bytes."""
    document = _Document(orientation="portrait", format="A4")
    document.set_title(title)
    document.set_producer("station-network-planner")
    document.set_creation_date(datetime.datetime.fromisoformat(MOMENT.replace("Z", "+00:00")))
    document.set_auto_page_break(auto=False)
    document.set_margins(15, 12)
    _fonts(document)
    _contents(document, pages, title, notice)
    for page in pages:
        _site(document, page, picture(page.site))
    with replacing(path) as unfinished:
        document.output(str(unfinished))
    return Path(path)


def split_pages(bound: str | Path, pages: Sequence[SitePage], names: Sequence[str], folder: str | Path) -> list[Path]:
    """Write each site's page of a bound PDF as a file of its own in ``folder``, called by ``names``."""
    reader = PdfReader(str(bound))
    first = len(reader.pages) - len(pages)
    written = []
    for at, name in enumerate(names):
        writer = PdfWriter()
        writer.add_page(reader.pages[first + at])
        content = io.BytesIO()
        writer.write(content)
        with replacing(Path(folder) / name) as unfinished:
            unfinished.write_bytes(content.getvalue())
        written.append(Path(folder) / name)
    return written


class _Document(FPDF):
    """A document whose every page states its number."""

    def footer(self) -> None:
        self.set_y(-10)
        self.set_font("cjk", size=8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, f"候选,非审批决定 Candidate for approval, not a decision   {self.page_no()}", align="C")


def _fonts(document: FPDF) -> None:
    family = chinese_family()
    for style, weight in (("", "normal"), ("B", "bold")):
        path = font_manager.findfont(font_manager.FontProperties(family=family, weight=weight))
        document.add_font("cjk", style, path, collection_font_number=_number_in(path, family))
    for style, weight in (("", "normal"), ("B", "bold")):
        rarer = font_manager.findfont(font_manager.FontProperties(family="DejaVu Sans", weight=weight))
        document.add_font("rarer", style, rarer)
    document.set_fallback_fonts(["rarer"], exact_match=False)


def _number_in(path: str, family: str) -> int:
    """Return which font of a collection belongs to a family; 0 for a file of one font."""
    if not path.lower().endswith((".ttc", ".otc")):
        return 0
    with TTCollection(path, lazy=True) as collection:
        names = [font["name"].getDebugName(1) or "" for font in collection.fonts]
    return next((at for at, name in enumerate(names) if name.startswith(family)), 0)


def _contents(document: FPDF, pages: Sequence[SitePage], title: str, notice: str) -> None:
    """Write the contents, each line linked to its page."""
    links = [int(document.add_link()) for _ in pages]
    sheets = max(1, -(-len(pages) // _LINES))
    for at, link in enumerate(links):
        document.set_link(link, page=sheets + at + 1)
    for sheet in range(sheets):
        document.add_page()
        _words(document, title, 18, _INK, bold=True)
        _words(document, notice, 9, _RED, bold=True)
        document.ln(4)
        for at in range(sheet * _LINES, min(len(pages), (sheet + 1) * _LINES)):
            page = pages[at]
            document.set_font("cjk", size=10)
            document.set_text_color(20, 20, 20)
            document.cell(150, 5.4, _shortened(document, f"{page.title}　{page.site}", 148), link=links[at])
            document.cell(30, 5.4, str(sheets + at + 1), align="R", link=links[at], new_x="LMARGIN", new_y="NEXT")


def _site(document: FPDF, page: SitePage, picture: bytes) -> None:
    document.add_page()
    document.start_section(page.title)
    _words(document, _shortened(document, page.title, 175, 16), 16, _INK, bold=True)
    _words(document, page.subtitle, 8.5, _GREY)
    _words(document, page.notice, 8.5, _RED, bold=True)
    half = (len(page.facts) + 1) // 2
    blank = ("", "")
    rows = [(*page.facts[at], *(page.facts[at + half] if at + half < len(page.facts) else blank)) for at in range(half)]
    _table(document, rows, (36, 54, 36, 54), label_columns=(0, 2))
    document.ln(2)
    document.image(io.BytesIO(picture), x=37, w=136)
    document.ln(1)
    _heading(document, "理由 Reasons")
    _words(document, page.reasons, 8.5, (20, 20, 20))
    if page.alternatives:
        _heading(document, "备选 Alternatives")
        heads = ("名称 name", "编号 id", "距离 distance", "少覆盖 people lost")
        _table(document, [heads, *page.alternatives], (70, 40, 30, 40))
    _heading(document, "规则核对 Rule checks")
    _table(document, page.checks, (60, 42, 78))
    document.set_y(max(document.get_y() + 3, 255))
    _table(document, [SIGNATURES, ("\n\n签字 signature:\n日期 date:",) * len(SIGNATURES)], (45,) * 4)


def _heading(document: FPDF, text: str) -> None:
    document.ln(1.5)
    _words(document, text, 10, _INK, bold=True)


def _words(document: FPDF, text: str, size: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
    document.set_font("cjk", "B" if bold else "", size)
    document.set_text_color(*colour)
    document.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT", align="L")


def _table(
    document: FPDF, rows: Sequence[Sequence[str]], widths: Sequence[float], label_columns: Sequence[int] = ()
) -> None:
    document.set_font("cjk", size=8)
    document.set_text_color(20, 20, 20)
    document.set_draw_color(190, 200, 204)
    label = FontFace(fill_color=(234, 241, 242))
    settings: dict[str, Any] = {
        "col_widths": tuple(widths), "first_row_as_headings": False, "line_height": 4.2, "text_align": "LEFT",
        "borders_layout": TableBordersLayout.ALL, "cell_fill_mode": TableCellFillMode.NONE,
        "width": sum(widths), "align": "LEFT",
    }  # fmt: skip
    with document.table(**settings) as table:
        for texts in rows:
            row = table.row()
            for at, text in enumerate(texts):
                row.cell(text, style=label if at in label_columns else None)


def _shortened(document: FPDF, text: str, width: float, size: float = 10) -> str:
    """Return a text that fits into a width (mm)."""
    document.set_font("cjk", "B" if size > 12 else "", size)
    if document.get_string_width(text) <= width:
        return text
    while text and document.get_string_width(text + "…") > width:
        text = text[:-1]
    return text + "…"
