"""What the tuning loop needs of the store, whichever database keeps it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from tanggap.store.rows_tuning import (
    Job,
    JobKind,
    Label,
    ModelState,
    ModelVersion,
    Promotion,
    TestSet,
)


class TuningStore(Protocol):
    """Labels, the frozen test set, trained versions, jobs and their reports."""

    def labels(self) -> list[Label]:
        """Return what people said of texts, oldest first: the newest word per (key, by).

        From reviews of items and from imported files. What was set to `bukan_aduan` and later
        brought back to work by anybody is no label.
        """
        ...

    def labels_of(self, keys: Collection[str]) -> list[Label]:
        """Return the labels on the texts of these keys alone, as `labels` does."""
        ...

    def import_labels(
        self, batch: str, labels: Sequence[Label], by: str, now: datetime
    ) -> tuple[int, int]:
        """Keep labels that a person brought; return how many were added and how many repeated.

        A text that somebody (`label.by`, or `by` where that is empty) labelled before is repeated
        when the labels are the same, and takes the new ones when they are not (added). Keys name
        one text each: a text keeps the key of its first import, and one whose key belongs to
        another text gets a key of its own.
        """
        ...

    def imported_texts(self, keys: Collection[str]) -> dict[str, str]:
        """Return the texts of imported labels by key; keys of other labels are left out."""
        ...

    def freeze_test_set(self, keys: Collection[str], by: str, now: datetime) -> TestSet:
        """Make these labelled texts the test set, in place of the one before.

        Raise InputError when there are none or some are not among the labels.
        """
        ...

    def test_set(self) -> TestSet | None:
        """Return the test set; None when none was frozen yet."""
        ...

    def save_model(self, model: ModelVersion, artefact: bytes) -> None:
        """Keep a trained version, as `candidate` or `refused`; nothing else changes.

        The same version with the same bytes takes the new verdict (`EXAMINED`) and keeps its other
        figures and its card; with other bytes raise InputError. Bytes and reports of old versions
        go, see `KEPT_MODELS`.
        """
        ...

    def models(self) -> list[ModelVersion]:
        """Return all versions, newest first."""
        ...

    def model_states(self) -> dict[str, ModelState]:
        """Return what every version is, newest first, without its figures and its card."""
        ...

    def model(self, version: str) -> ModelVersion | None:
        """Return one version; None when there is no such one."""
        ...

    def artefact(self, version: str) -> bytes | None:
        """Return the bytes of a version; None when they are not there (any more).

        Raise ModelError when they are not those that were saved.
        """
        ...

    def current_model(self) -> str | None:
        """Return the version in use; None: the one that the config names."""
        ...

    def promote(
        self,
        version: str | None,
        previous: str | None,
        by: str,
        why: str,
        forced: bool,
        now: datetime,
    ) -> None:
        """Put a version into use in place of `previous` (None in either: the config's).

        Raise VersionConflict when another one than `previous` is in use by now, and InputError
        when there is no such version, its bytes are gone or not those that were saved, it is in
        use already, or it was refused by the guard and `forced` is not set or has no `why`.
        """
        ...

    def promotions(self) -> list[Promotion]:
        """Return every change of the version in use, newest first."""
        ...

    def ask_job(self, kind: JobKind, params: Mapping[str, Any], by: str, now: datetime) -> int:
        """Ask for work and return its id; raise InputError while one of its kind is not ended."""
        ...

    def claim_job(self, owner: str, now: datetime, until: datetime) -> Job | None:
        """Take the oldest job that nobody does; None when there is none.

        Who has not ended it by `until` is taken to be gone: the job can be claimed again, and
        fails when that happened `JOB_ATTEMPTS` times.
        """
        ...

    def end_job(
        self,
        job_id: int,
        state: Literal["done", "failed", "waiting"],
        outcome: str,
        now: datetime,
        *,
        owner: str | None = None,
    ) -> bool:
        """Note how a running job ended; `waiting` gives it back. Return whether it was running.

        With `owner` only while that daemon has it: one that came too late changes nothing.
        """
        ...

    def free_jobs(self, owners: Sequence[str], now: datetime) -> None:
        """Let the jobs of daemons that are no more be claimed at once; each counts as begun."""
        ...

    def job(self, job_id: int) -> Job | None:
        """Return one job; None when there is no such one."""
        ...

    def jobs(self, limit: int) -> list[Job]:
        """Return the newest jobs, newest first."""
        ...

    def save_report(self, model: str, kind: str, body: str, now: datetime) -> None:
        """Keep a report (JSON text) on a model, in place of the one before."""
        ...

    def report(self, model: str, kind: str) -> tuple[datetime, str] | None:
        """Return when a report was made and its JSON text; None when there is none."""
        ...

    def save_plot(self, model: str, name: str, png: bytes, now: datetime) -> None:
        """Keep a picture of a report, in place of the one before."""
        ...

    def plot(self, model: str, name: str) -> bytes | None:
        """Return a picture; None when there is none."""
        ...
