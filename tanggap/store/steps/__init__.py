"""The tables, as append-only migrations: one module per step, in the words of both databases.

A released step is never edited: add another one. Moments are UTC text as `tanggap.clock.to_text`
writes it, so they sort as they are. Lists and mappings are JSON text. What came from outside
stands in `mentions` and `revisions`; all else is ours. On PostgreSQL texts compare and sort by
bytes (COLLATE "C"), whatever the language of the server, as SQLite does; a test holds tables,
columns, keys and indexes of both alike.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tanggap.errors import SchemaMismatch
from tanggap.store.steps import (
    m0001_sources,
    m0002_queue,
    m0003_desk,
    m0004_search,
    m0005_token_end,
    m0006_coverage,
    m0007_requests,
    m0008_daemons,
    m0009_tuning,
    m0010_exports,
    m0011_confidential,
    m0012_lists,
    m0013_triage,
    m0014_incidents,
    m0015_accounts,
    m0016_answers,
    m0017_outbox,
    m0018_deadlines,
    m0019_engagement,
    m0020_answers_gone,
)


class Step(NamedTuple):
    """One migration: its name, and what each database is told."""

    name: str
    sqlite: tuple[str, ...]
    postgres: tuple[str, ...]


STEPS: tuple[Step, ...] = tuple(
    Step(module.__name__.rpartition(".")[2], module.SQLITE, module.POSTGRES)
    for module in (
        m0001_sources,
        m0002_queue,
        m0003_desk,
        m0004_search,
        m0005_token_end,
        m0006_coverage,
        m0007_requests,
        m0008_daemons,
        m0009_tuning,
        m0010_exports,
        m0011_confidential,
        m0012_lists,
        m0013_triage,
        m0014_incidents,
        m0015_accounts,
        m0016_answers,
        m0017_outbox,
        m0018_deadlines,
        m0019_engagement,
        m0020_answers_gone,
    )
)
"""Oldest first."""


def missing(known: Sequence[str], applied: Sequence[str]) -> list[str]:
    """Return the steps of `known` that are not applied; raise when there are newer ones."""
    unknown = [name for name in applied if name not in known]
    if unknown:
        raise SchemaMismatch(
            f"basis data dibuat oleh Tanggap yang lebih baru (langkah {unknown[0]}); "
            "perbarui Tanggap atau pulihkan cadangan yang lebih lama"
        )
    return [name for name in known if name not in applied]


def check(missing_steps: Sequence[str]) -> None:
    """Raise SchemaMismatch when steps are missing."""
    if missing_steps:
        raise SchemaMismatch(
            f"basis data belum disiapkan untuk versi ini (langkah {missing_steps[0]}); "
            "jalankan `tanggap migrate`"
        )
