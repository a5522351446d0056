"""How every plot of ours looks: light, large enough for a phone, told apart without colour.

Drawn four inches wide at 300 dots an inch: 1,200 pixels, sharp at the 600 of a desk and with
letters of 10 pixels and more at the 320 that a phone leaves. The font comes with matplotlib.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tanggap.wording import number, percent

WIDTH, DPI = 4.0, 300
FEWEST_BARS = 3
"""Room is left for so many, lest a single one fills the picture."""
INK, MUTED, LINE, PAPER = "#1a2330", "#536072", "#d8dee6", "#ffffff"
BLUE, ORANGE, GREY = "#0b5cad", "#d55e00", "#8a95a3"
"""Blue and vermilion are told apart with every kind of colour blindness, and in grey."""
SHADES = LinearSegmentedColormap.from_list(
    "blue", ["#ffffff", "#d6e7f8", "#6aa9e0", BLUE, "#06305c"]
)
_STYLE: Any = {  # matplotlib types it as a mapping of two hundred literals
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.linewidth": 0.8,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "text.color": INK,
    "text.parse_math": False,
    "legend.frameon": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
}


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture, and what to say to whom cannot see it."""

    name: str
    title: str
    alt: str
    png: bytes


class Sheet:
    """One figure with one pair of axes, in the house's style: a context manager."""

    def __init__(self, name: str, title: str, height: float) -> None:
        self.name, self.title = name, title
        self._style = rc_context(_STYLE)
        self._height = height

    def __enter__(self) -> "Sheet":
        self._style.__enter__()
        self.figure = Figure(figsize=(WIDTH, self._height), dpi=DPI, layout=_room())
        FigureCanvasAgg(self.figure)
        self.axes: Axes = self.figure.add_subplot()
        # Over the whole picture: over the axes alone a long title would run out of it.
        self.figure.suptitle(
            wrapped(self.title, 40), x=0.02, ha="left", fontsize=10.5, fontweight="bold"
        )
        return self

    def __exit__(self, *of_error: object) -> None:
        self._style.__exit__(None, None, None)

    def plot(self, alt: str) -> Plot:
        """Return the finished picture."""
        file = io.BytesIO()
        self.figure.savefig(file, format="png", metadata={"Software": None})
        return Plot(self.name, self.title, alt, file.getvalue())

    def shares(self, axis: str, label: str) -> None:
        """Let an axis run from 0 to 100 %."""
        ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
        words = [percent(100 * tick) for tick in ticks]
        if axis == "x":
            self.axes.set_xlim(0.0, 1.0)
            self.axes.set_xticks(ticks, words)
        else:
            self.axes.set_ylim(0.0, 1.02)
            self.axes.set_yticks(ticks, words)
        self.axes.set(**{f"{axis}label": label})

    def note(self, words: str) -> None:
        """Say under the axes, over the whole width, how the plot is to be read."""
        self.figure.supxlabel(wrapped(words, 52), x=0.02, ha="left", fontsize=9, color=MUTED)

    def below(self, *handles: Any) -> None:
        """Put the legend under the axes, where it hides nothing."""
        self.figure.legend(
            handles=list(handles), loc="outside lower left", ncols=1, fontsize=9, handlelength=1.6
        )


def _room() -> ConstrainedLayoutEngine:
    """Return what finds a place for everything, with some inches of rim."""
    return ConstrainedLayoutEngine(w_pad=0.07, h_pad=0.07)


def heights(rows: int, least: float = 1.8, each: float = 0.27) -> float:
    """Return the inches that so many named bars or rows take."""
    return max(least, 0.95 + each * rows)


def bars(
    sheet: Sheet, names: Sequence[str], values: Sequence[float], label: str, digits: int = 0
) -> None:
    """Draw named bars, first on top, each with its number; `label` says what is counted."""
    places = range(len(names))
    sheet.axes.barh(places, values, color=BLUE, height=0.62)
    sheet.axes.set_yticks(places, names)
    sheet.axes.set_ylim(max(len(values), FEWEST_BARS) - 0.5, -0.5)
    top = max(values, default=0.0) or 1.0
    sheet.axes.set_xlim(0, 1.18 * top)
    sheet.axes.set_xticks([])
    sheet.axes.spines["bottom"].set_visible(False)
    sheet.axes.tick_params(axis="y", length=0)
    sheet.note(label)
    for place, value in zip(places, values, strict=True):
        sheet.axes.text(value + 0.02 * top, place, number(value, digits), va="center", fontsize=9)


def wrapped(words: str, width: int) -> str:
    """Break a text into lines of at most `width` letters where it has blanks."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)
