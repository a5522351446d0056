"""/analis/versi/{version}: one version's card, beside the one that it would replace."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tanggap.store.rows_tuning import Label
from tanggap.web import analysis_words
from tanggap.web.analysis_frame import (
    CHANCE,
    MISSHAPED,
    VERSION,
    analysis_page,
    focus_of,
    share,
    version_in_use,
)
from tanggap.web.analysis_versions import row_of
from tanggap.web.auth import AnalysisReader
from tanggap.web.desk import Desk

CHANGES_SHOWN = 25
View = TypeVar("View")

Name = Annotated[str, Path(pattern=VERSION, alias="version")]

log = logging.getLogger("tanggap.web")


@dataclass(frozen=True, slots=True)
class Change:
    """A text of the test set that the two versions understand differently."""

    key: str
    part: str
    right: tuple[str, ...]
    """Any of them counts."""
    before: str
    after: str
    text: str = ""
    """Empty where it was erased."""
    item_id: int | None = None

    @property
    def won(self) -> bool:
        """Whether it became right."""
        return self.after in self.right and self.before not in self.right

    @property
    def lost(self) -> bool:
        """Whether it became wrong."""
        return self.before in self.right and self.after not in self.right


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old and new side by side on the frozen test set."""

    against: str
    n: int
    scores: tuple[tuple[str, float | None, float | None], ...]
    """(caption, before, after)."""
    won: int
    lost: int
    chance: float | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """A person whose labels training left out, and how many of them speak against all others."""

    by: str
    n: int
    contradicted: int


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a training learnt of who acts: how much decides, and how much is only offered."""

    deciding: int
    offered: int
    people: int
    """Who said which OPD acts."""
    needed: int
    """Of fewer people nothing decides."""


def corrections_of(figures: Mapping[str, Any]) -> Corrections | None:
    """Read what was learnt of who acts; None where a version says nothing of it."""
    said = figures.get("local", {}).get("corrections")
    if said is None:
        return None
    names = ("deciding", "offered", "people", "needed")
    return Corrections(*(int(said[name]) for name in names))


def comparison_of(figures: Mapping[str, Any]) -> Comparison | None:
    """Read how a version fared on the test set; None when it met none."""
    compared = figures.get("test_set")
    if compared is None:
        return None
    old, new = compared["old"], compared["new"]
    return Comparison(
        against=str(figures["verdict"]["against"]),
        n=int(new["sector"]["n"]),
        scores=tuple(
            (caption, share(old[part].get(name)), share(new[part].get(name)))
            for (part, name), caption in analysis_words.COMPARED.items()
        ),
        won=int(compared["sector_won"]),
        lost=int(compared["sector_lost"]),
        chance=share(compared["sector_p"]),
        changes=tuple(
            Change(
                str(one["key"]),
                str(one["part"]),
                tuple(str(one["right"]).split("|")),
                str(one["before"]),
                str(one["after"]),
            )
            for one in compared["changes"]
        ),
    )


def aside_of(figures: Mapping[str, Any]) -> tuple[Aside, ...]:
    """Read whose labels training left out."""
    return tuple(
        Aside(str(one["by"]), int(one["n"]), int(one["contradicted"]))
        for one in figures.get("local", {}).get("aside", ())
    )


def routes(desk: Desk) -> APIRouter:
    """Return the page."""
    router = APIRouter()

    @router.get("/versi/{version}")
    def card_page(request: Request, _: AnalysisReader, version: Name) -> Response:
        model = desk.store.model(version)
        if model is None:
            raise HTTPException(404)
        comparison, unreadable = _read(comparison_of, model.figures)
        aside = _read(aside_of, model.figures)[0]
        corrections = _read(corrections_of, model.figures)[0]
        shown = comparison.changes[:CHANGES_SHOWN] if comparison else ()
        return analysis_page(
            desk,
            request,
            focus_of(desk, version),
            "analysis_card.html",
            row=row_of(model, version_in_use(desk)),
            comparison=comparison,
            unreadable=unreadable,
            chance=CHANCE,
            changes=_with_texts(shown, desk.store.labels_of([one.key for one in shown])),
            aside=aside,
            corrections=corrections,
        )

    return router


def _read(
    view_of: Callable[[Mapping[str, Any]], View], figures: Mapping[str, Any]
) -> tuple[View | None, bool]:
    """Return what figures say, and whether they cannot be read: another release wrote them."""
    try:
        return view_of(figures), False
    except MISSHAPED as exc:
        log.warning("event=figures_unreadable error=%s", type(exc).__name__)
        return None, True


def _with_texts(changes: Sequence[Change], labels: Sequence[Label]) -> list[Change]:
    """Return the changes with their texts; figures hold none, so that erasure keeps working."""
    found = {label.key: label for label in labels}
    return [
        replace(change, text=found[change.key].text, item_id=found[change.key].item_id)
        if change.key in found
        else change
        for change in changes
    ]
