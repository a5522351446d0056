"""The two pictures of a recap: what came in, and who answered in time. Drawn, not embedded."""

import math
from collections.abc import Sequence
from typing import Literal

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth

from tanggap.recap.figures import figure
from tanggap.recap.pdf_pages import BLUE, BOLD, FONT, GREY, INK, LINE, MUTED, WIDTH, shown
from tanggap.recap.tables import Row, Stretch
from tanggap.wording import number

HEIGHT = 118.0
_BASE, _TOP = 24.0, 96.0
"""Where the bars of the first picture stand, and how high the highest is, in points."""
_WIDEST_BAR = 46.0
_LETTERS = 7.2
ROWS_AT_MOST = 45
"""OPD in one picture: it cannot go over to the next page."""
_ROW = 13.0
_NAMES = 150.0
_VALUES = 100.0


def received(stretches: Sequence[tuple[str, Stretch]]) -> Drawing:
    """Return bars of what came in, by the days' caption; the lower part of each is answered."""
    picture = Drawing(WIDTH, HEIGHT)
    most = max((one.received for _, one in stretches), default=0) or 1
    step = WIDTH / max(len(stretches), 1)
    # Every bar keeps its caption: of many days only so many are named as there is room for.
    longest = max((stringWidth(caption, FONT, _LETTERS) for caption, _ in stretches), default=0.0)
    named = math.ceil((longest + 4) / step)
    wide = min(_WIDEST_BAR, step * 0.66)
    for place, (caption, one) in enumerate(stretches):
        left = place * step + (step - wide) / 2
        tall = (_TOP - _BASE) * one.received / most
        low = (_TOP - _BASE) * one.answered / most
        picture.add(_bar(left, _BASE, wide, tall, GREY))
        picture.add(_bar(left, _BASE, wide, low, BLUE))
        middle = left + wide / 2
        if step >= _WIDEST_BAR / 2 or place % named == 0:
            picture.add(_text(middle, _BASE + tall + 3, number(one.received), bold=True))
        if place % named == 0:
            picture.add(_text(middle, _BASE - 10, caption))
    picture.add(Line(0, _BASE, WIDTH, _BASE, strokeColor=MUTED, strokeWidth=0.6))
    for left, colour, words in (
        (0.0, BLUE, "sudah dijawab"),
        (76.0, GREY, "tidak terlihat dijawab"),
    ):
        picture.add(_bar(left, 1, 7, 7, colour))
        picture.add(_text(left + 10, 1.5, words, anchor="start"))
    return picture


def in_time(rows: Sequence[tuple[str, Row]]) -> Drawing:
    """Return a bar for each OPD of how much was in time, with the numbers that it is made of."""
    picture = Drawing(WIDTH, _ROW * len(rows) + 4)
    room = WIDTH - _NAMES - _VALUES
    for place, (name, row) in enumerate(rows):
        low = _ROW * (len(rows) - place - 1) + 4
        share, decided = row.score.share_in_time or 0.0, row.score.in_time + row.score.late
        picture.add(_text(_NAMES - 5, low + 2, _short(name), anchor="end", ink=True))
        picture.add(_bar(_NAMES, low, room, 8.5, LINE))
        picture.add(_bar(_NAMES, low, room * share, 8.5, BLUE))
        said = figure("share_in_time").said(row)
        words = f"{said} ({number(row.score.in_time)} dari {number(decided)})"
        picture.add(_text(_NAMES + room + 5, low + 2, words, anchor="start", ink=True))
    return picture


def _bar(left: float, low: float, wide: float, tall: float, colour: Color) -> Rect:
    bar = Rect(left, low, wide, tall)
    bar.setProperties({"fillColor": colour, "strokeColor": None})
    return bar


def _text(
    left: float,
    low: float,
    words: str,
    *,
    anchor: Literal["start", "middle", "end"] = "middle",
    bold: bool = False,
    ink: bool = False,
) -> String:
    return String(
        left,
        low,
        shown(words),
        textAnchor=anchor,
        fontName=BOLD if bold else FONT,
        fontSize=_LETTERS,
        fillColor=INK if bold or ink else MUTED,
    )


def _short(name: str) -> str:
    return name if len(name) <= 38 else name[:37] + "\u2026"
