"""How a page of a recap's PDF looks: fonts, colours, texts, tables.

The standard fonts of every reader are used, so nothing is embedded; what they cannot show is
replaced.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table, TableStyle

from tanggap.untrusted import clean

INK, MUTED, LINE = HexColor("#1a2330"), HexColor("#536072"), HexColor("#d8dee6")
BLUE, GREY, PALE = HexColor("#0b5cad"), HexColor("#b4bcc6"), HexColor("#eef2f7")
FONT, BOLD = "Helvetica", "Helvetica-Bold"
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
"""Of what stands on a page, in points."""
FRAME_PADDING = 6.0
"""What the library leaves free around all that stands on a page."""

BODY = ParagraphStyle("body", fontName=FONT, fontSize=9.5, leading=13, textColor=INK, spaceAfter=3)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8, leading=10.5, spaceAfter=2.5)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=16, leading=20, spaceAfter=1)
OVER = ParagraphStyle("over", parent=BODY, fontName=BOLD, fontSize=9.5, textColor=MUTED)
HEADING = ParagraphStyle(
    "heading", parent=BODY, fontName=BOLD, fontSize=11.5, leading=15, spaceBefore=11, spaceAfter=4
)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=7.5, leading=9, spaceAfter=0)
CELL_BOLD = ParagraphStyle("cell_bold", parent=CELL, fontName=BOLD)
HEAD = ParagraphStyle("head", parent=CELL, fontName=BOLD, fontSize=6.4, leading=7.8)
HEAD_RIGHT = ParagraphStyle("head_right", parent=HEAD, alignment=2)
FIGURE = ParagraphStyle(
    "figure", parent=BODY, fontName=BOLD, fontSize=15, leading=18, alignment=TA_CENTER, spaceAfter=0
)
UNDER = ParagraphStyle(
    "under", parent=SMALL, fontSize=7.2, leading=9, alignment=TA_CENTER, textColor=MUTED,
    spaceAfter=0,
)  # fmt: skip


def shown(text: str) -> str:
    """Return a text as the standard fonts can show it: letters without their marks, else `?`."""
    return "".join(map(_letter, unicodedata.normalize("NFC", clean(text))))


def _letter(letter: str) -> str:
    for form in (letter, unicodedata.normalize("NFKD", letter)):
        known = form.encode("cp1252", "ignore").decode("cp1252")
        if known.strip() or letter.isspace():
            return known or " "
    return "?"


def paragraph(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Return a text as a paragraph; nothing in it is markup."""
    return Paragraph(escape(shown(text)), style)


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    texts: int = 1,
    total: bool = False,
) -> Table:
    """Return a table whose head stands on each of its pages.

    `widths` in points. The first `texts` columns are texts, the others figures. `total`: the last
    row is set off.
    """
    captions = [
        paragraph(one, HEAD if place < texts else HEAD_RIGHT) for place, one in enumerate(head)
    ]
    lines: list[list[Any]] = [
        [*(paragraph(one, CELL) for one in line[:texts]), *map(shown, line[texts:])]
        for line in rows
    ]
    if total:
        lines[-1][0] = paragraph(rows[-1][0], CELL_BOLD)
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), FONT, 7.5),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("ALIGN", (texts, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), PALE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, MUTED),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        ("LEFTPADDING", (0, 0), (-1, -1), 2.5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
    ]
    if total:
        # The total never stands alone on a page.
        style += [
            ("NOSPLIT", (0, max(1, len(lines) - 2)), (-1, -1)),
            ("FONT", (0, -1), (-1, -1), BOLD, 7.5),
            ("LINEABOVE", (0, -1), (-1, -1), 0.8, MUTED),
        ]
    return Table(
        [captions, *lines],
        colWidths=list(widths),
        repeatRows=1,
        hAlign="LEFT",
        style=TableStyle(style),
    )
