"""The tables of the SQLite file: `tanggap.store.steps` through sqlite-utils' migrations."""

from collections.abc import Sequence

from sqlite_utils import Database, Migrations

from tanggap.errors import StoreError
from tanggap.store.steps import STEPS, Step, missing

MIGRATIONS = Migrations("tanggap")
_COLUMNS = {"migration_set", "name", "applied_at"}
"""Of the table of steps; of one without them sqlite-utils makes a KeyError."""
_NOT_OURS = "berkas ini basis data SQLite, tetapi bukan milik Tanggap"


def _register(step: Step) -> None:
    @MIGRATIONS(name=step.name)
    def tell(db: Database) -> None:
        # One by one: executescript would commit the transaction that the migration runs in.
        for statement in step.sqlite:
            db.execute(statement)


for _step in STEPS:
    _register(_step)


def apply_first(db: Database, steps: Sequence[str]) -> None:
    """Do the first steps of an empty database: `steps`, as an older Tanggap had them.

    Raise StoreError when these are not the first ones.
    """
    names = [step.name for step in STEPS]
    if names[: len(steps)] != list(steps):
        raise StoreError("langkah skemanya tidak lengkap")
    later = names[len(steps) :]
    MIGRATIONS.apply(db, stop_before=later[0] if later else None)


def pending(db: Database) -> list[str]:
    """Return the steps that the database lacks; raise when it is newer or not ours."""
    listed = db.execute("SELECT name FROM pragma_table_info(?)", (MIGRATIONS.migrations_table,))
    columns = {row[0] for row in listed}
    if columns and not columns >= _COLUMNS:
        raise StoreError(_NOT_OURS)
    applied = [migration.name for migration in MIGRATIONS.applied(db)]
    if not applied and db.table_names():
        raise StoreError(_NOT_OURS)
    missing([step.name for step in STEPS], applied)
    return [migration.name for migration in MIGRATIONS.pending(db)]
