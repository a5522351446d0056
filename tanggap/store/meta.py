"""Single values of an installation: keys, heads, marks, the last backup."""

from tanggap.store.database import Transaction


def meta(conn: Transaction, key: str) -> str | None:
    """Return the value of a key; None when it was never set."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def set_meta(conn: Transaction, key: str, value: str) -> None:
    """Set a key, inside a write transaction."""
    conn.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )
