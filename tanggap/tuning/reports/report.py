"""Make all reports on one version and save them, with their pictures, into the store."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import models
from tanggap.clock import to_text
from tanggap.errors import InputError
from tanggap.policy import Policy
from tanggap.store import Store
from tanggap.tuning import files
from tanggap.tuning.reports.checked import check_labels
from tanggap.tuning.reports.confusion import confusion
from tanggap.tuning.reports.drift import drift
from tanggap.tuning.reports.incoming import seen, to_label
from tanggap.tuning.reports.judgement import judge
from tanggap.tuning.reports.learning_curve import learning_curve
from tanggap.tuning.reports.learning_fits import fit_sizes
from tanggap.tuning.reports.material import (
    Local,
    Measured,
    before_of,
    is_fair,
    local_of,
    measured_on,
    model_of,
    recent_items,
)
from tanggap.tuning.reports.per_sector import per_sector
from tanggap.tuning.reports.plots import draw
from tanggap.tuning.reports.reliability import reliability
from tanggap.tuning.reports.risk_coverage import risk_coverage

FIT_SECONDS = 600.0
"""Real seconds for the throw-away models of the learning curve."""
NOT_FAIR = (
    "Tidak dibandingkan dengan versi sebelumnya: versi itu sudah belajar dari sebagian teks ini."
)

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """What was made and saved."""

    model: str
    summaries: Mapping[str, str]
    """Kind to its sentences."""
    missing: Mapping[str, str]
    """Kind to why there is none."""
    plots: int


def make_report(
    store: Store,
    policy: Policy,
    version: str | None,
    now: datetime,
    *,
    configured: str = models.BASELINE,
    fit_seconds: float = FIT_SECONDS,
) -> Made:
    """Make every report on a version (None: the one in use) and save it; raise InputError.

    `configured` is the model that the config names. What a report says is in docs/tuning.md.
    """
    model = model_of(store, policy, version, configured)
    local = local_of(store)
    data = measured_on(store, local, model)
    before = before_of(store, policy, model, configured)
    alone = ""
    if before is not None and not is_fair(store, local, before, data):
        before, alone = None, NOT_FAIR
    limits = model.artefact.thresholds
    judged = judge(model.classifier, data.examples, policy)
    earlier = None if before is None else judge(before.classifier, data.examples, policy)
    items = list(recent_items(store, now))
    decisions = model.classifier.decide([item.mention for item in items])
    makers: dict[str, tuple[Callable[[], Body], Measured | None]] = {
        "confusion": (lambda: confusion(judged), data),
        "risk_coverage": (
            lambda: risk_coverage(judged, limits.actionable_from, limits.sector),
            data,
        ),
        "reliability": (lambda: reliability(judged), data),
        "per_sector": (
            lambda: per_sector(
                judged, earlier, None if before is None else before.version, limits.sector, alone
            ),
            data,
        ),
        "suspects": (lambda: check_labels(local, policy), None),
        "next_labels": (lambda: to_label(local.labels, items, decisions, model, policy), None),
        "learning_curve": (lambda: _learning_curve(local, policy, fit_seconds), None),
        "drift": (
            lambda: drift(seen(items, decisions, model, policy), model.trained_at, now),
            None,
        ),
    }
    saver = _Saver(store, model.version, now)
    missing: dict[str, str] = {}
    for kind, (make, of) in makers.items():
        try:
            saver.save(kind, make(), of)
        except InputError as exc:  # labels that nothing can be fitted on
            missing[kind] = str(exc)
    saver.finish(missing)
    return Made(model.version, saver.summaries, missing, saver.n_plots)


class _Saver:
    """Adds the head to each report, draws it, and remembers what there is."""

    def __init__(self, store: Store, version: str, now: datetime) -> None:
        self._store, self._version, self._now = store, version, now
        self._made: list[Body] = []
        self.summaries: dict[str, str] = {}
        self.n_plots = 0

    def save(self, kind: str, body: Body, data: Measured | None) -> None:
        """Save one report and its pictures: the pictures first, so that none is named in vain."""
        plots = draw(kind, body)
        for plot in plots:
            self._store.save_plot(self._version, plot.name, plot.png, self._now)
        shown = [{"name": p.name, "title": p.title, "alt": p.alt} for p in plots]
        self._write(kind, body, None if data is None else data.as_json(), shown)
        self._made.append({"kind": kind, "summary": body["summary"]})
        self.summaries[kind] = body["summary"]
        self.n_plots += len(plots)

    def finish(self, missing: Mapping[str, str]) -> None:
        """Save the list of all, last: who reads it finds everything that it names."""
        body = {
            "reports": self._made,
            "missing": [{"kind": kind, "why": why} for kind, why in missing.items()],
            "summary": " ".join(
                self.summaries[kind] for kind in ("per_sector", "drift") if kind in self.summaries
            ),
        }
        self._write("overview", body, None, [])

    def _write(self, kind: str, body: Body, data: Body | None, plots: list[Body]) -> None:
        whole = {
            "kind": kind,
            "model": self._version,
            "made_at": to_text(self._now),
            "data": data,
            "plots": plots,
            **body,
        }
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False)
        self._store.save_report(self._version, kind, text, self._now)


def _learning_curve(local: Local, policy: Policy, seconds: float) -> Body:
    began = time.monotonic()
    fitted, complete = fit_sizes(
        files.corpus(),
        local.training,
        local.test,
        policy,
        files.terms(),
        seconds,
        lambda: time.monotonic() - began,
    )
    n_labels = sum(bool(example.sector) for example in local.training)
    return learning_curve(fitted, n_labels, complete)
