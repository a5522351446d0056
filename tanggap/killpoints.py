"""Named moments of the work at which a test may end the process, to prove that nothing is lost.

Nothing here ends anything by itself: `reached` does nothing unless somebody armed that name in
the same process, and no setting, file or environment variable of an install can do so.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

KILL_POINTS = {
    "config_read": "the config is read, nothing is opened yet",
    "lock_taken": "this process is the one daemon of a SQLite database",
    "database_named": "a new database got its name, which is not yet safe from a power cut",
    "migration_half_done": "the steps of a new schema are done and not yet committed",
    "model_loaded": "the classifier is loaded, no source is known yet",
    "sources_synced": "the sources of the config are in the store",
    "source_leased": "a source is leased, nothing is asked yet",
    "request_sent": "a request has left, its answer is not read",
    "body_read": "the whole answer is read, nothing is made of it yet",
    "page_parsed": "a page is read into mentions",
    "decided": "the page's mentions have decisions and routes, nothing is stored",
    "transaction_begun": "the transaction of a page has begun and holds the lease's fence",
    "rows_written": "mentions, items, answers and events are written, not committed",
    "cursor_written": "the cursor is moved as well, not committed",
    "committed": "the page is committed, the daemon does not know it yet",
    "hold_noted": "a refusal made a hold, the source does not know why it failed",
    "turn_finished": "a source's turn is finished, holds behind it are not lifted",
    "text_indexed": "one part of the full-text index is brought up to date",
    "shutting_down": "the daemon was told to stop, turns under way get their last seconds",
    "review_written": "a person's act is written with its history, not committed",
    "review_committed": "a person's act is committed, the person has no answer yet",
    "export_written": "an export is written beside its name, not renamed",
    "backup_half_copied": "a part of the database is copied for a backup, which has no name yet",
    "backup_packed": "a backup is written and read again, and has not got its name",
    "backup_named": "a backup got its name, which is not yet safe from a power cut",
    "backup_unpacked": "a backup's database is unpacked for a restore, nothing is made of it yet",
    "restore_half_done": "a restored database is complete and has not got its name",
    "notice_sent": "a receiver has taken a notice, which is not noted yet",
    "rows_half_restored": "all rows of a restore are written, not committed",
}
"""Name to what has just happened there. Each stands at one place of the program."""


@dataclass(slots=True)
class _Trap:
    action: Callable[[], object]
    times: int


_armed: dict[str, _Trap] = {}
_guard = threading.Lock()


def reached(name: str) -> None:
    """Say that the work has come to a kill point: a key of `KILL_POINTS`."""
    if _armed:
        _strike(name)


def arm(name: str, action: Callable[[], object], times: int = 1) -> None:
    """Call `action` the next `times` times that a kill point is reached, in whatever thread.

    For tests alone. Raise KeyError for a name that is none.
    """
    if name not in KILL_POINTS:
        raise KeyError(name)
    with _guard:
        _armed[name] = _Trap(action, times)


def _strike(name: str) -> None:
    with _guard:
        trap = _armed.get(name)
        if trap is None:
            return
        trap.times -= 1
        if trap.times <= 0:
            del _armed[name]
    trap.action()
