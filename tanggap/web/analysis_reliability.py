"""/analis/keandalan: whether the model's confidence means what it says."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tanggap.web.analysis_frame import Body, analysis_page, focus_of, report_of, share
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts of nearly the same confidence."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float

    @property
    def gap(self) -> float:
        """How much the model says too much (positive) or too little."""
        return self.confidence - self.accuracy


@dataclass(frozen=True, slots=True)
class Part:
    """One confidence and how it fares; without texts there is nothing to say."""

    n: int
    gap: float | None
    """The mean gap, weighted by texts (expected calibration error)."""
    limit: float | None
    """Up to which gap it may be taken at its word; of few texts more comes by chance."""
    confidence: float | None
    accuracy: float | None
    bins: tuple[Bin, ...]

    @property
    def good(self) -> bool:
        """Whether it can be taken at its word."""
        return self.gap is not None and self.limit is not None and self.gap <= self.limit

    @property
    def boasts(self) -> bool:
        """Whether the model says more than it keeps, on the whole."""
        return (self.confidence or 0.0) > (self.accuracy or 0.0)


@dataclass(frozen=True, slots=True)
class Reliability:
    """The report: of the sector, and of whether anything is asked."""

    sector: Part
    asked: Part


def reliability_of(body: Body) -> Reliability:
    """Read the report `reliability`."""
    return Reliability(_part(body["sector"]), _part(body["asked"]))


def _part(part: Any) -> Part:
    return Part(
        int(part["n"]),
        share(part["ece"]),
        share(part["limit"]),
        share(part["confidence"]),
        share(part["accuracy"]),
        tuple(
            Bin(
                float(one["low"]),
                float(one["high"]),
                int(one["n"]),
                float(one["confidence"]),
                float(one["accuracy"]),
            )
            for one in part["bins"]
        ),
    )


def routes(desk: Desk) -> APIRouter:
    """Return the page."""
    router = APIRouter()

    @router.get("/keandalan")
    def reliability_page(request: Request, _: AnalysisReader, model: str = "") -> Response:
        focus = focus_of(desk, model)
        report = report_of(desk, focus.model, "reliability", reliability_of)
        return analysis_page(desk, request, focus, "analysis_reliability.html", report=report)

    return router
