"""The tables of the SQLite file: `tanggap.store.steps` through sqlite-utils' migrations."""

from sqlite_utils import Database, Migrations

from tanggap.errors import StoreError
from tanggap.store.steps import STEPS, Step, missing

MIGRATIONS = Migrations("tanggap")


def _register(step: Step) -> None:
    @MIGRATIONS(name=step.name)
    def tell(db: Database) -> None:
        # One by one: executescript would commit the transaction that the migration runs in.
        for statement in step.sqlite:
            db.execute(statement)


for _step in STEPS:
    _register(_step)


def pending(db: Database) -> list[str]:
    """Return the steps that the database lacks; raise when it is newer or not ours."""
    applied = [migration.name for migration in MIGRATIONS.applied(db)]
    if not applied and db.table_names():
        raise StoreError("berkas ini basis data SQLite, tetapi bukan milik Tanggap")
    missing([step.name for step in STEPS], applied)
    return [migration.name for migration in MIGRATIONS.pending(db)]
