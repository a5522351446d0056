"""/analis/risiko: what a threshold would route without a person, and what of it wrongly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from tanggap.sectors import SECTORS
from tanggap.web.analysis_frame import (
    FEW_TEXTS,
    Body,
    analysis_page,
    focus_of,
    report_of,
    share,
)
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk

STEPS = 101
"""Thresholds of the report: 0, 0.01, ..., 1."""
USUAL = 60
"""The threshold, in hundredths, that the page begins with where none is stored."""
ROWS_EVERY = 5
"""Of so many thresholds one stands in the table that is not folded."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one threshold would do."""

    hundredths: int
    n: int
    routed: int
    wrong: int
    aside: int

    @property
    def share(self) -> float | None:
        """What part goes on without a person."""
        return self.routed / self.n if self.n else None

    @property
    def accuracy(self) -> float | None:
        """What part of that is right."""
        return 1 - self.wrong / self.routed if self.routed else None

    @property
    def left(self) -> int:
        """How many wait for a person."""
        return self.n - self.routed - self.aside


@dataclass(frozen=True, slots=True)
class Curve:
    """All thresholds of one sector, or of all sectors together."""

    n: int
    routed: tuple[int, ...]
    wrong: tuple[int, ...]
    aside: int
    """How many are put aside without a person, whatever the threshold."""
    aside_wrong: int
    """How many of them ask something after all."""
    threshold: float | None
    """That of the version; None for all sectors together, which have one each."""
    row: int | None
    """Where it stands among the steps."""
    lowest_for: tuple[tuple[float, float | None], ...]
    """(share that shall be right, the lowest threshold that reaches it or None)."""

    def at(self, hundredths: int) -> Point:
        """Return what a threshold would do."""
        return Point(
            hundredths, self.n, self.routed[hundredths], self.wrong[hundredths], self.aside
        )

    @property
    def table(self) -> list[Point]:
        """Every fifth threshold."""
        return [self.at(hundredths) for hundredths in range(0, STEPS, ROWS_EVERY)]

    @property
    def few(self) -> bool:
        """Whether there are too few texts to trust the figures."""
        return self.n < FEW_TEXTS

    @property
    def as_json(self) -> str:
        """What the script of the page reads instead of asking again for every move."""
        told = {"n": self.n, "aside": self.aside, "routed": self.routed, "wrong": self.wrong}
        return json.dumps(told)


@dataclass(frozen=True, slots=True)
class Now:
    """What the version's thresholds do, each sector by its own."""

    n: int
    routed: int
    wrong: int
    share: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Risk:
    """The report."""

    all: Curve
    sectors: Mapping[str, Curve]
    now: Now


def risk_of(body: Body) -> Risk:
    """Read the report `risk_coverage`; a curve of another length is a ValueError."""
    now = body["now"]
    return Risk(
        _curve(body["all"]),
        {str(name): _curve(part) for name, part in body["sectors"].items() if name in SECTORS},
        Now(
            int(now["n"]),
            int(now["routed"]),
            int(now["wrong"]),
            share(now["share"]),
            share(now["accuracy"]),
        ),
    )


def _curve(part: Any) -> Curve:
    routed, wrong = (tuple(int(count) for count in part[name]) for name in ("routed", "wrong"))
    if {len(routed), len(wrong)} != {STEPS}:
        raise ValueError("not one count for each threshold")
    return Curve(
        int(part["n"]),
        routed,
        wrong,
        int(part["aside"]),
        int(part["aside_wrong"]),
        share(part["threshold"]),
        None if part["row"] is None else int(part["row"]),
        tuple(sorted((float(aim), share(lowest)) for aim, lowest in part["lowest_for"].items())),
    )


def plot_of(sector: str) -> str:
    """Return the name of the picture of a sector's curve; "": of all sectors together."""
    return f"risk_coverage_{sector}" if sector else "risk_coverage"


Hundredths = Annotated[int | None, Query(ge=0, le=100, alias="ambang")]


def routes(desk: Desk) -> APIRouter:
    """Return the page with its threshold control."""
    router = APIRouter()

    @router.get("/risiko")
    def risk_page(
        request: Request,
        _: AnalysisReader,
        model: str = "",
        sektor: str = "",
        ambang: Hundredths = None,
    ) -> Response:
        focus = focus_of(desk, model)
        report = report_of(desk, focus.model, "risk_coverage", risk_of)
        risk = report.view
        sector = sektor if risk and sektor in risk.sectors else ""
        curve = None if risk is None else risk.sectors[sector] if sector else risk.all
        stored = curve.row if curve else None
        wanted = ambang if ambang is not None else USUAL if stored is None else stored
        return analysis_page(
            desk,
            request,
            focus,
            "analysis_risk.html",
            report=report,
            sector=sector,
            curve=curve,
            plots=[one for one in report.plots if one.name == plot_of(sector)],
            point=curve.at(min(max(wanted, 0), 100)) if curve else None,
        )

    return router
