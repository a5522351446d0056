"""What a database holds after each step of the cycle in `sweep_cycle.py`: the only legal states."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import sweep_cycle

from tanggap.errors import StoreError
from tanggap.store.sqlite import SqliteStore

State = dict[str, list[tuple[object, ...]]]
_OF_THE_LEASE = ("lease_owner", "lease_until", "lease_seconds", "fence")


@dataclass(frozen=True)
class History:
    """An undisturbed cycle: the database before it, and the state after each step."""

    start: Path
    steps: tuple[str, ...]
    states: tuple[State, ...]
    """One more than steps: the first is the one before any."""

    def fresh(self, folder: Path) -> Path:
        """Return a copy of the database as it is before the cycle, in a folder made for it."""
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy(self.start, folder / "tanggap.db"))


def history_of(folder: Path) -> History:
    """Do the cycle once, step by step, in this process."""
    start = folder / "start.db"
    sweep_cycle.prepare(start)
    database = Path(shutil.copy(start, folder / "tanggap.db"))
    states = [state_of(database)]
    store = SqliteStore(database)
    try:
        work = sweep_cycle.Work(store)
        for step in sweep_cycle.STEPS.values():
            step(work)
            states.append(state_of(database))
    finally:
        store.close()
    for before, after in pairwise(states):
        assert before != after, "a step that changes nothing proves nothing"
    return History(start, tuple(sweep_cycle.STEPS), tuple(states))


def state_of(database: Path) -> State:
    """Return all rows of all tables, but for who holds a lease; the text index by its content."""
    with closing(sqlite3.connect(database)) as db:
        names = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name == "search" or not name.startswith("search_")
        ]
        found: State = {}
        for name in sorted(names):
            columns = [
                column
                for _, column, *_ in db.execute(f"PRAGMA table_info({name})")
                if column not in _OF_THE_LEASE
            ]
            listed = ", ".join(f'"{column}"' for column in columns)
            found[name] = sorted(db.execute(f"SELECT {listed} FROM {name}"), key=repr)  # noqa: S608 - our own names
        found["found"] = db.execute(
            "SELECT rowid FROM search WHERE search MATCH 'jalan' ORDER BY rowid"
        ).fetchall()
    return found


def difference(one: State, other: State) -> str:
    """Return the first table in which two states differ, for messages."""
    for name in one.keys() | other.keys():
        if one.get(name) != other.get(name):
            return f"{name}: {one.get(name)} is not {other.get(name)}"
    return ""


def whole(database: Path) -> str:
    """Say what is wrong with the file itself; empty when all is well."""
    with closing(sqlite3.connect(database)) as db:
        found = db.execute("PRAGMA integrity_check").fetchall()
        broken = db.execute("PRAGMA foreign_key_check").fetchall()
    if found != [("ok",)] or broken:
        return f"not whole: {found} {broken}"
    store = SqliteStore(database)
    try:
        store.check_usable(thorough=True)
        store.verify_events()
    except StoreError as error:
        return f"not whole: {error}"
    finally:
        store.close()
    return ""


def rest_of_the_cycle(database: Path, history: History, acknowledged: int) -> str:
    """Say what is wrong after a restart that goes on behind the last acknowledged step.

    The step after it may have been committed without anybody knowing; it is done again. All else
    must be as in the undisturbed cycle, before the rest and after it.
    """
    legal = history.states[acknowledged : acknowledged + 2]
    found = state_of(database)
    if found not in legal:
        return f"half a step after {acknowledged}: {difference(found, legal[0])}"
    said: list[str] = []
    store = SqliteStore(database)
    try:
        sweep_cycle.Work(store, attempt=9).do(acknowledged, said.append)
    finally:
        store.close()
    if said != [f"kept {name}" for name in history.steps[acknowledged:]]:
        return f"did not go on: {said}"
    found = state_of(database)
    if found != history.states[-1]:
        return f"another end: {difference(found, history.states[-1])}"
    return ""
