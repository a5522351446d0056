"""/analis/sektor: how well each sector is told, against the version before."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tanggap.web.analysis_frame import (
    CHANCE,
    FEW_TEXTS,
    Body,
    analysis_page,
    focus_of,
    report_of,
    share,
)
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision, recall and F1 of a sector; None where they would be over nothing."""

    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class SectorRow:
    """One sector, now and before."""

    sector: str
    n: int
    now: Scores
    threshold: float | None
    before: Scores | None
    change: float | None
    won: int
    lost: int
    gone: int
    """Texts of other sectors that are no longer said to be of it."""
    new: int
    """Texts of other sectors that are newly said to be of it."""
    chance: float | None
    """How likely so uneven a split of all four is by chance."""

    @property
    def few(self) -> bool:
        """Whether there are too few texts to trust the figures."""
        return self.n < FEW_TEXTS

    @property
    def real(self) -> bool:
        """Whether the change is more than chance."""
        return self.chance is not None and self.chance < CHANCE


@dataclass(frozen=True, slots=True)
class Total:
    """All sectors together."""

    n: int
    accuracy: float | None
    macro_f1: float | None
    accuracy_before: float | None
    macro_f1_before: float | None
    won: int
    lost: int
    chance: float | None


@dataclass(frozen=True, slots=True)
class PerSector:
    """The report; `before` is the version that it is compared with."""

    before: str | None
    rows: tuple[SectorRow, ...]
    all: Total


def per_sector_of(body: Body) -> PerSector:
    """Read the report `per_sector`."""
    total = body["all"]
    earlier = total["before"] or {"accuracy": None, "macro_f1": None}
    return PerSector(
        None if body["before"] is None else str(body["before"]),
        tuple(_row(row) for row in body["rows"]),
        Total(
            int(total["n"]),
            share(total["accuracy"]),
            share(total["macro_f1"]),
            share(earlier["accuracy"]),
            share(earlier["macro_f1"]),
            int(total["won"] or 0),
            int(total["lost"] or 0),
            share(total["p"]),
        ),
    )


def _row(row: Any) -> SectorRow:
    return SectorRow(
        sector=str(row["sector"]),
        n=int(row["n"]),
        now=_scores(row),
        threshold=share(row["threshold"]),
        before=None if row["before"] is None else _scores(row["before"]),
        change=share(row["change"]),
        won=int(row["won"] or 0),
        lost=int(row["lost"] or 0),
        gone=int(row["gone"] or 0),
        new=int(row["new"] or 0),
        chance=share(row["p"]),
    )


def _scores(part: Any) -> Scores:
    return Scores(share(part["precision"]), share(part["recall"]), share(part["f1"]))


def routes(desk: Desk) -> APIRouter:
    """Return the page."""
    router = APIRouter()

    @router.get("/sektor")
    def sectors_page(request: Request, _: AnalysisReader, model: str = "") -> Response:
        focus = focus_of(desk, model)
        report = report_of(desk, focus.model, "per_sector", per_sector_of)
        return analysis_page(desk, request, focus, "analysis_sectors.html", report=report)

    return router
