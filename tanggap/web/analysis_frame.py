"""What the analyst's pages share: which version they show, and how a report is read.

The desk only renders: what it shows was made by `tanggap tune report` and lies in the store.
"""

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from tanggap.remedies import remedy
from tanggap.store.rows_tuning import Job, JobKind
from tanggap.web import analysis_words
from tanggap.web.desk import Desk

RULES = "rules"
"""What a daemon names as its model while no artefact can be used."""
CHANCE = 0.1
"""From so small a chance on, a change is taken to be one."""
FEW_TEXTS = 30
"""With fewer texts a score may move by itself."""
VERSIONS_OFFERED = 20
JOBS_SHOWN = 8
VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""What the name of a version may look like in an address."""

Body = Mapping[str, Any]
View = TypeVar("View")
MISSHAPED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a report of another shape may raise."""

log = logging.getLogger("tanggap.web")


@dataclass(frozen=True, slots=True)
class Focus:
    """The version that a page shows, among those that can be chosen."""

    model: str
    """Empty: no version is known yet."""
    in_use: str
    """What was put into use, or what the config names as far as a daemon has said it."""
    versions: tuple[str, ...]

    def query(self, **more: str) -> str:
        """Return what an address carries to stay with this version: `?model=…`, or nothing."""
        values = {"model": "" if self.model == self.in_use else self.model} | more
        said = urlencode({name: value for name, value in values.items() if value})
        return f"?{said}" if said else ""


def focus_of(desk: Desk, wanted: str, known: Collection[str] | None = None) -> Focus:
    """Return the version to show: the wanted one where there is such a one, else that in use.

    `known` are all versions, newest first; read where they are not given.
    """
    known = desk.store.model_states() if known is None else known
    in_use = version_in_use(desk)
    offered = [in_use, *list(known)[:VERSIONS_OFFERED]]
    if wanted in known:
        offered.append(wanted)
    versions = tuple(dict.fromkeys(version for version in offered if version))
    chosen = wanted if wanted in versions else in_use or (versions[0] if versions else "")
    return Focus(chosen, in_use, versions)


def version_in_use(desk: Desk) -> str:
    """Return the version that decides; empty while the config's is in use and no daemon said it.

    A version of the store that a daemon names without its being chosen is one that was left: the
    daemon has not followed yet, or none runs.
    """
    chosen = desk.store.current_model()
    if chosen is not None:
        return chosen
    said = desk.pulse().model
    return "" if said == RULES or desk.store.model(said) is not None else said


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of a report, by its name in the store."""

    name: str
    title: str
    alt: str


@dataclass(frozen=True, slots=True)
class Report(Generic[View]):
    """One report as a page shows it. `view` None: it is missing or cannot be read."""

    made_at: datetime | None
    summary: str = ""
    measured_on: str = ""
    """On which texts, in words; empty where the report says nothing of it."""
    plots: tuple[Plot, ...] = ()
    view: View | None = None

    @property
    def unreadable(self) -> bool:
        """Whether it is there but was written in another shape, by another release."""
        return self.made_at is not None and self.view is None


def report_of(desk: Desk, model: str, kind: str, view_of: Callable[[Body], View]) -> Report[View]:
    """Return the report of a kind on a model, read by `view_of`."""
    found = desk.store.report(model, kind) if model else None
    if found is None:
        return Report(None)
    made_at, text = found
    try:
        body = json.loads(text)
        data = body["data"]
        return Report(
            made_at,
            summary=str(body["summary"]),
            measured_on=str(data["caption"]) if data else "",
            plots=tuple(
                Plot(str(one["name"]), str(one["title"]), str(one["alt"])) for one in body["plots"]
            ),
            view=view_of(body),
        )
    except MISSHAPED as exc:
        log.warning("event=report_unreadable kind=%s error=%s", kind, type(exc).__name__)
        return Report(made_at)


def share(value: Any) -> float | None:
    """Return a share of a report, None where it was over nothing."""
    return None if value is None else float(value)


def under_way(jobs: Sequence[Job]) -> frozenset[JobKind]:
    """Return the kinds of work that somebody asked for and that have not ended."""
    return frozenset(job.kind for job in jobs if job.state in ("waiting", "running"))


def analysis_page(
    desk: Desk, request: Request, focus: Focus, template: str, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """Return one of the analyst's pages."""
    user = request.state.user
    return desk.page(
        request,
        template,
        status=status,
        focus=focus,
        said=analysis_words,
        model_remedy=remedy("model").action,
        may_act=user.role == "analyst",
        under_way=under_way(desk.store.jobs(JOBS_SHOWN)),
        **context,
    )
