"""/analis/dicurigai: labels that are likely wrong, each with one press to correct or to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from tanggap.clock import from_text
from tanggap.mention import ACTIONABLE
from tanggap.store.rows import Item, User
from tanggap.store.rows_tuning import Label
from tanggap.web.analysis_frame import Body, analysis_page, focus_of, report_of
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk

PATH = "/analis/dicurigai"
PAGE_SIZE = 10
KEEP = "benar"
"""The choice of who finds that the label is right."""

Since = Literal["", "changed", "kept"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that models which had not seen the text would give otherwise."""

    key: str
    item_id: int | None
    by: str
    at: datetime
    part: str
    """`sector` or `jenis`."""
    label: str
    suggested: str
    confidence: float
    label_confidence: float
    test: bool
    """Whether the text stands in the frozen test set."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """The report: all of them, most likely wrong first."""

    checked: int
    found: int
    rows: tuple[Suspect, ...]
    pairs: tuple[tuple[str, str, str, int], ...]
    """What is mixed up most: (part, label, suggested, how often)."""
    by: tuple[tuple[str, int, int], ...]
    """Of whom: (name, checked, found)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One of them with its text, as far as it is still there."""

    suspect: Suspect
    item: Item | None
    """None for an imported text, or one that was erased."""
    text: str
    since: Since
    """Whether somebody has changed the label since the report was made, or found it right."""
    own: bool
    """Whether it is the reader's own label."""

    @property
    def open(self) -> bool:
        """Whether one press can decide it.

        Not of a text that versions are measured by: who follows the model there brings the
        measure nearer to it.
        """
        return self.item is not None and not self.since and not self.suspect.test

    @property
    def keeps(self) -> bool:
        """Whether a second person can say that the label is right, by agreeing to the item."""
        suspect = self.suspect
        return self.open and not self.own and getattr(self.item, suspect.part) == suspect.label

    @property
    def choice(self) -> str:
        """The choice of the labelling page that takes the suggestion; empty where none does."""
        suspect = self.suspect
        if not self.open:
            return ""
        if suspect.part == "sector":
            return suspect.suggested
        return suspect.suggested if suspect.suggested not in ACTIONABLE else ""


def suspects_of(body: Body) -> Suspects:
    """Read the report `suspects`."""
    return Suspects(
        int(body["checked"]),
        int(body["found"]),
        tuple(
            Suspect(
                key=str(row["key"]),
                item_id=None if row["item_id"] is None else int(row["item_id"]),
                by=str(row["by"]),
                at=from_text(str(row["at"])),
                part=str(row["part"]),
                label=str(row["label"]),
                suggested=str(row["suggested"]),
                confidence=float(row["confidence"]),
                label_confidence=float(row["label_confidence"]),
                test=bool(row["test"]),
            )
            for row in body["rows"]
        ),
        tuple(
            (str(row["part"]), str(row["label"]), str(row["suggested"]), int(row["n"]))
            for row in body["pairs"]
        ),
        tuple((str(row["by"]), int(row["checked"]), int(row["found"])) for row in body["by"]),
    )


Start = Annotated[int, Query(ge=0, le=10_000, alias="mulai")]


def routes(desk: Desk) -> APIRouter:
    """Return the page. What it corrects goes the way of the labelling page."""
    router = APIRouter()

    @router.get("/dicurigai")
    def suspected(
        request: Request, user: AnalysisReader, model: str = "", mulai: Start = 0
    ) -> Response:
        return suspects_page(desk, request, user, model, mulai)

    return router


def suspects_page(
    desk: Desk,
    request: Request,
    user: User,
    model: str,
    start: int,
    *,
    status: int = 200,
    problem: str = "",
    changed_by: str = "",
) -> Response:
    """Return one part of the list, with what went wrong with an act on it."""
    focus = focus_of(desk, model)
    report = report_of(desk, focus.model, "suspects", suspects_of)
    found = report.view.rows if report.view else ()
    start = start if start < len(found) else 0
    return analysis_page(
        desk,
        request,
        focus,
        "analysis_suspects.html",
        status=status,
        report=report,
        rows=_rows(desk, user, found[start : start + PAGE_SIZE]),
        start=start,
        page_size=PAGE_SIZE,
        problem=problem,
        changed_by=changed_by,
    )


def _rows(desk: Desk, user: User, shown: Sequence[Suspect]) -> list[Row]:
    said: dict[str, list[Label]] = {}
    for label in desk.store.labels_of([suspect.key for suspect in shown]) if shown else ():
        said.setdefault(label.key, []).append(label)
    rows = []
    for suspect in shown:
        detail = desk.store.item(user.scope, suspect.item_id) if suspect.item_id else None
        item = detail.item if detail else None
        labels = said.get(suspect.key, [])
        # Reports hold no text, so that erasure keeps working.
        imported = next((label.text for label in labels if label.item_id is None), "")
        text = item.mention.text if item else imported
        own = suspect.by == user.name
        # Of what was erased nothing is known; what was taken back has changed.
        now: Since = since(suspect, labels) if labels or item else ""
        rows.append(Row(suspect, item, text, now, own))
    return rows


def since(suspect: Suspect, labels: Sequence[Label]) -> Since:
    """Return what has become of a suspected label, by what people say of the text, newest last."""
    same = False
    for label in reversed(labels):
        word = _word(label, suspect.part)
        if label.by == suspect.by:
            same = word == suspect.label
        elif word == suspect.label:
            return "kept"
        elif label.at > suspect.at:
            return "changed"
    return "" if same else "changed"


def _word(label: Label, part: str) -> str | None:
    """Return a part of a label; of what asks nothing the jenis stands for the sector too."""
    jenis = label.jenis or "pengaduan"
    return label.sector if part == "sector" and jenis in ACTIONABLE else jenis
