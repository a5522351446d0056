"""The store on a PostgreSQL database: how its tables come to be and are checked."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

from datetime import datetime

from tanggap.clock import Clock, to_text
from tanggap.errors import StoreError
from tanggap.killpoints import reached
from tanggap.store import steps
from tanggap.store.database import Transaction
from tanggap.store.postgres_connections import PostgresConnections
from tanggap.store.postgres_errors import refuses_writes
from tanggap.store.sql_store import SqlStore
from tanggap.store.steps import STEPS

_MARK = "Tanggap"
"""Comment on our table of steps: other programs keep a table `migrations` too."""
_TABLES = """
    SELECT c.relname AS name FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind IN ('r', 'p', 'f')
        AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relname
"""
"""Tables of the schema that we write to, but for those that extensions brought."""


class PostgresStore(PostgresConnections, SqlStore):
    """Implements `tanggap.store.base.Store`."""

    kind = "postgresql"

    def is_new(self) -> bool:
        """Whether no step was ever done here; raise StoreError where another program's tables are.

        Tables that a restore made and did not fill are no trace: they are committed with the rows.
        """
        with self._read() as conn:
            return len(_pending(conn)) == len(STEPS)

    def size(self) -> int:
        """Return the bytes of the whole database on the server."""
        with self._read() as conn:
            row = conn.execute("SELECT pg_database_size(current_database()) AS bytes").fetchone()
        return 0 if row is None else int(row["bytes"])

    def migrate(self) -> list[str]:
        """Bring the schema up to date; return the steps done.

        All steps are one transaction, under the lock of the one writer: of several daemons that
        start at once, one does them and the others find them done. No copy is left beside an older
        database (the server's own tools make it: docs/several-daemons.md).
        """
        with self._read() as conn:
            if not _pending(conn):
                return []
        with self._write() as conn:
            conn.take_your_time()
            return self._do_steps()

    def _do_steps(self) -> list[str]:
        with self._read() as conn:  # which is part of the write that is under way
            missing = _pending(conn)
            if len(missing) == len(STEPS):
                conn.execute(
                    'CREATE TABLE migrations (name TEXT COLLATE "C" PRIMARY KEY, '
                    'applied_at TEXT COLLATE "C" NOT NULL)'
                )
                conn.execute(f"COMMENT ON TABLE migrations IS '{_MARK}'")
            for step in STEPS:
                if step.name in missing:
                    for statement in step.postgres:
                        conn.execute(statement)
                    done = (step.name, to_text(Clock().now()))
                    conn.execute("INSERT INTO migrations VALUES (?, ?)", done)
            reached("migration_half_done")
            return missing

    def check_schema(self) -> None:
        """Raise SchemaMismatch when the schema is not the one of this program."""
        with self._read() as conn:
            steps.check(_pending(conn))

    def check_usable(self, *, thorough: bool) -> None:
        """Raise when the database cannot be reached, is foreign, newer, or cannot be written.

        `thorough` reads every table, so that the server meets pages that are damaged (it checks
        their sums, unless it was set up without).
        """
        with self._read() as conn:
            _pending(conn)
            state = conn.execute(
                "SELECT pg_is_in_recovery() OR "
                "current_setting('default_transaction_read_only') = 'on' AS read_only"
            ).fetchone()
            if thorough:
                conn.take_your_time()
                for row in conn.execute(_TABLES).fetchall():
                    conn.execute(f'SELECT count(t) FROM "{row["name"]}" AS t')
        if not self._read_only and (state is None or state["read_only"]):
            raise refuses_writes(self.place)

    def free_bytes(self) -> int | None:
        """Return None: how much room its disk has, a server tells nobody.

        When it is full, writes raise StoreFull: nothing is lost, turns are refused until there is
        room again.
        """
        return None

    def server_time(self) -> datetime:
        """Return the present moment on the server's clock."""
        with self._read() as conn:
            row = conn.execute("SELECT clock_timestamp() AS now").fetchone()
        assert row is not None  # noqa: S101 - for the type checker: a select without FROM
        moment: datetime = row["now"]
        return moment


def _pending(conn: Transaction) -> list[str]:
    """Return the steps that the database lacks; raise when it is newer or not ours."""
    known = [step.name for step in STEPS]
    ours = conn.execute(
        "SELECT obj_description(to_regclass('migrations'), 'pg_class') AS mark"
    ).fetchone()
    if ours is not None and ours["mark"] == _MARK:
        rows = conn.execute("SELECT name FROM migrations ORDER BY name").fetchall()
        return steps.missing(known, [row["name"] for row in rows])
    if conn.execute(_TABLES).fetchone() is not None:
        raise StoreError("basis data PostgreSQL ini berisi tabel lain, bukan milik Tanggap")
    return known
