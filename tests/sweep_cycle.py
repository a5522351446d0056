"""One small cycle of real work on a SQLite store, for tests that disturb its system calls.

    python tests/sweep_cycle.py DATABASE [SYNCHRONOUS]

Every step is one write transaction of the store. When it is committed, its name goes to stdout in
one write: that is the acknowledgement. A step that the store refused is said and tried again.
"""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

if __name__ == "__main__":
    # sqlite-utils takes it where it finds it; hundreds of runs start quicker without.
    sys.modules["numpy"] = None  # type: ignore[assignment] # as the import system wants it

from sqlite_support import connection_of
from store_support import (
    ANSWER,
    ASIDE,
    DECISION,
    OTHER,
    QUEUE,
    SENSITIVE,
    SPEC,
    TRIAGE,
    answer,
    at,
    mention,
    page,
    queue,
)

from tanggap.errors import LeaseLost, StoreError, VersionConflict
from tanggap.mention import Gap, Mention, Page, Rejected, Review, Route, SourceSpec, Wait
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING, Lease
from tanggap.store.sqlite import SqliteStore

TRIES = 3


class Work:
    """One daemon's turn at the steps; a new `attempt` stands for a restarted daemon."""

    def __init__(self, store: Store, attempt: int = 1) -> None:
        self.store = store
        self._attempt = attempt
        self._leases: dict[str, Lease] = {}

    def do(self, first: int, say: Callable[[str], None]) -> None:
        """Do the steps from number `first` on; say what was kept and what was refused."""
        for name, step in list(STEPS.items())[first:]:
            for _ in range(TRIES):
                try:
                    step(self)
                except VersionConflict:
                    pass  # it was kept after all, though nobody said so
                except StoreError as error:
                    say(f"refused {name} {type(error).__name__}")
                    # Another daemon, later: what this one held may be anything now.
                    self._leases.clear()
                    self._attempt += 1
                    continue
                say(f"kept {name}")
                break
            else:
                return

    def accept(self, spec: SourceSpec, number: int, content: Page, routes: Sequence[Route]) -> None:
        """Take a page in as the daemon does, at a moment that depends on the page alone."""
        decided = {
            one.network_id: (DECISION, route)
            for one, route in zip(content.mentions, routes, strict=True)
        }
        self.store.accept(self._lease(spec), content, decided, at(number))

    def finish(self, spec: SourceSpec) -> None:
        """End the turn of a source."""
        self.store.finish(self._lease(spec), at(50), at(300), "")
        del self._leases[spec.id]

    def fail(self, spec: SourceSpec) -> None:
        """End the turn of a source that was refused: nobody asks it again for days."""
        if spec.id not in self._leases and spec.id not in self.store.due(self._now, limit=10):
            return  # the refusal was kept after all
        lease = self._lease(spec)
        self.store.fail(lease, at(60), at(500_000), "waiting", "rate_limited", "HTTP 429")
        del self._leases[spec.id]

    def review(self, item: int, now: datetime) -> None:
        """Do a person's act on an item as it was before any act."""
        self.store.review(EVERYTHING, Review(item, "sari", "agree", 1, why="benar"), now)

    @property
    def _now(self) -> datetime:
        return at(self._attempt * 1000)

    def _lease(self, spec: SourceSpec) -> Lease:
        lease = self._leases.get(spec.id)
        if lease is None:
            owner, until = f"d{self._attempt}", self._now + timedelta(seconds=60)
            lease = self.store.lease(spec.id, owner, self._now, until)
            if lease is None:
                raise LeaseLost(spec.id)
            self._leases[spec.id] = lease
        return lease


def first_page() -> Page:
    return page(
        mention("1", "Jalan berlubang di depan pasar"),
        mention("2", "Lampu mati, dua malam"),
        mention("3", "Ada pungutan di loket", author_id="78"),
        cursor="c1",
        rejected=(Rejected('{"tanpa": "id"}', "tanpa id"),),
        gap=Gap(at(-7200), at(-3600), "older_than_window"),
        reads=("post:1", "post:2", "post:3"),
    )


def second_page() -> Page:
    """A revision, a repeat, an answer and something new that waits for the network."""
    return page(
        mention("1", "Jalan berlubang di depan pasar Cibeureum", revision="11"),
        mention("2", "Lampu mati, dua malam"),
        answer("4", "1"),
        mention("5", "Terima kasih, sudah diperbaiki"),
        cursor="c2",
        reads=("post:1", "post:4", "post:5"),
        wait=Wait("x:mentions", at(500), "usage_high"),
    )


def answers_page() -> Page:
    return page(answer("6", "2"), answer("4", "1"), cursor="t1", reads=("post:6",))


def brought() -> list[Mention]:
    return [mention("b1", "Sampah menumpuk", network="loket", kind="intake", revision="r1")]


STEPS: dict[str, Callable[[Work], object]] = {
    "page-1": lambda w: w.accept(SPEC, 10, first_page(), [QUEUE, TRIAGE, SENSITIVE]),
    "page-2": lambda w: w.accept(SPEC, 20, second_page(), [queue("dlh"), TRIAGE, ANSWER, ASIDE]),
    "finish": lambda w: w.finish(SPEC),
    "review": lambda w: w.review(3, at(30)),
    "answers": lambda w: w.accept(OTHER, 40, answers_page(), [ANSWER, ANSWER]),
    "fail": lambda w: w.fail(OTHER),
    "intake": lambda w: w.store.intake(
        brought(), {"b1": (DECISION, queue("dlh"))}, "intake", at(70)
    ),
    "index": lambda w: w.store.index_text(100),
}


def prepare(path: Path) -> None:
    """Make the database that the cycle begins with."""
    store = SqliteStore(path)
    try:
        store.migrate()
        store.sync_sources([SPEC, OTHER], at(0))
        # Something is there already; with the first event the key of the chain is drawn.
        store.intake([mention("0")], {"0": (DECISION, QUEUE)}, "intake", at(0))
    finally:
        store.close()


def say(line: str) -> None:
    """Acknowledge in one system call."""
    os.write(1, f"{line}\n".encode())


def main() -> None:
    """Do the whole cycle on a database that `prepare` made; make one where there is none."""
    path = Path(sys.argv[1])
    if not path.exists():
        prepare(path)
        say("kept prepared")
        return
    store = opened(path, *sys.argv[2:])
    try:
        Work(store).do(0, say)
    finally:
        store.close()


def opened(path: Path, synchronous: str = "FULL") -> SqliteStore:
    """Open a database, and again where that is refused; a weak `synchronous` tests the test.

    After so many pages SQLite copies its log back: in a daemon after 1000, here midway.
    """
    store = SqliteStore(path)
    for last in (False, False, True):
        try:
            connection = connection_of(store)
        except StoreError as error:
            say(f"refused open {type(error).__name__}")
            if last:
                raise
        else:
            connection.execute("PRAGMA wal_autocheckpoint = 50")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            break
    return store


if __name__ == "__main__":
    main()
