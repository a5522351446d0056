"""/analis/kebingungan: which sector is taken for which."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tanggap.web.analysis_frame import Body, analysis_page, focus_of, report_of
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows are what is right, columns what the model said."""

    labels: tuple[str, ...]
    captions: tuple[str, ...]
    """What the labels are called; empty where the page knows their names."""
    counts: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        """How many texts."""
        return sum(map(sum, self.counts))

    @property
    def right(self) -> int:
        """How many of them the model named rightly."""
        return sum(row[number] for number, row in enumerate(self.counts))


@dataclass(frozen=True, slots=True)
class Pair:
    """One kind of mistake; `share` is of all texts of `right`."""

    right: str
    said: str
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """The report."""

    sector: Matrix
    jenis: Matrix
    groups: Matrix
    group_sectors: tuple[tuple[str, tuple[str, ...]], ...]
    pairs: tuple[Pair, ...]


def confusion_of(body: Body) -> Confusion:
    """Read the report `confusion`; a table that is not square is a ValueError."""
    groups = body["groups"]
    captions = dict(zip(groups["labels"], groups["captions"], strict=True))
    return Confusion(
        _matrix(body["sector"]),
        _matrix(body["jenis"]),
        _matrix(groups),
        tuple(
            (str(captions[name]), tuple(str(sector) for sector in sectors))
            for name, sectors in body["group_sectors"].items()
            if name in captions
        ),
        tuple(
            Pair(str(row["right"]), str(row["said"]), int(row["n"]), float(row["share"]))
            for row in body["pairs"]
        ),
    )


def _matrix(part: Any) -> Matrix:
    labels = tuple(str(label) for label in part["labels"])
    counts = tuple(tuple(int(count) for count in row) for row in part["counts"])
    if {len(counts), *map(len, counts)} - {len(labels)}:
        raise ValueError("not a square table")
    return Matrix(labels, tuple(str(one) for one in part.get("captions", ())), counts)


def routes(desk: Desk) -> APIRouter:
    """Return the page."""
    router = APIRouter()

    @router.get("/kebingungan")
    def confusion_page(request: Request, _: AnalysisReader, model: str = "") -> Response:
        focus = focus_of(desk, model)
        report = report_of(desk, focus.model, "confusion", confusion_of)
        return analysis_page(desk, request, focus, "analysis_confusion.html", report=report)

    return router
