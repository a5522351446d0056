"""The tables, as append-only migrations. A released step is never edited: add another one.

Moments are UTC text as `tanggap.clock.to_text` writes it, so they sort as they are. Lists and
mappings are JSON text. What came from outside stands in `mentions` and `revisions`; all else is
ours.
"""

from collections.abc import Sequence

from sqlite_utils import Database, Migrations

from tanggap.errors import SchemaMismatch, StoreError

MIGRATIONS = Migrations("tanggap")
APPLICATION_ID = 0x54474750
"""Stands in the header of the file: "TGGP", so that a foreign database is never migrated."""


def _create(db: Database, *statements: str) -> None:
    # One by one: executescript would commit the transaction that the migration runs in.
    for statement in statements:
        db.execute(statement)


@MIGRATIONS()
def m0001_sources(db: Database) -> None:
    """What the daemon must not forget."""
    _create(
        db,
        f"PRAGMA application_id = {APPLICATION_ID}",
        """
        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE sources (
            id TEXT PRIMARY KEY,
            network TEXT NOT NULL,
            kind TEXT NOT NULL,
            accounts TEXT NOT NULL,
            handle TEXT NOT NULL,
            poll_seconds INTEGER NOT NULL,
            options TEXT NOT NULL,
            active INTEGER NOT NULL DEFAULT 1,    -- 0: no longer in the config, never due
            state TEXT NOT NULL DEFAULT 'new',
            code TEXT NOT NULL DEFAULT '',
            detail TEXT NOT NULL DEFAULT '',
            errors INTEGER NOT NULL DEFAULT 0,
            next_poll_at TEXT NOT NULL,
            last_attempt_at TEXT,
            last_success_at TEXT,
            accepted INTEGER NOT NULL DEFAULT 0,
            cursor TEXT,
            lease_owner TEXT,
            lease_until TEXT,
            lease_seconds REAL NOT NULL DEFAULT 0, -- full length, to which a page extends it
            fence INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX sources_due ON sources (active, next_poll_at)",
        """
        CREATE TABLE holds (
            scope TEXT PRIMARY KEY,
            until TEXT NOT NULL,
            code TEXT NOT NULL,
            count INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE gaps (
            id INTEGER PRIMARY KEY,
            source_id TEXT NOT NULL REFERENCES sources (id),
            start TEXT NOT NULL,
            "end" TEXT NOT NULL,
            reason TEXT NOT NULL,
            UNIQUE (source_id, "end", start, reason)
        ) STRICT
        """,
        """
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY,
            source_id TEXT NOT NULL REFERENCES sources (id),
            digest TEXT NOT NULL,                  -- of the raw text: the overlap brings it again
            seen_at TEXT NOT NULL,
            error TEXT NOT NULL,
            raw TEXT NOT NULL,
            UNIQUE (source_id, digest)
        ) STRICT
        """,
        """
        CREATE TABLE reads (
            network TEXT NOT NULL,
            day TEXT NOT NULL,
            key TEXT NOT NULL,
            PRIMARY KEY (network, day, key)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE read_counts (
            network TEXT NOT NULL,
            day TEXT NOT NULL,
            kind TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (network, day, kind)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE account_ids (
            network TEXT NOT NULL,
            handle TEXT NOT NULL,
            id TEXT NOT NULL,
            PRIMARY KEY (network, handle)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE alarms (
            code TEXT PRIMARY KEY,
            detail TEXT NOT NULL,
            since TEXT NOT NULL,
            last_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    )


@MIGRATIONS()
def m0002_queue(db: Database) -> None:
    """Mentions, the shared queue, and its history."""
    _create(
        db,
        # AUTOINCREMENT: an id that was purged must never name something else.
        """
        CREATE TABLE mentions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            network TEXT NOT NULL,
            network_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            posted_at TEXT NOT NULL,
            seen_at TEXT NOT NULL,
            author_id TEXT,
            author_handle TEXT,
            author_opd TEXT,
            addressed TEXT NOT NULL,
            parent_id TEXT,
            thread_id TEXT,
            permalink TEXT,
            revision TEXT NOT NULL,
            revision_seen_at TEXT NOT NULL,        -- seen_at of the version that text shows
            has_media INTEGER NOT NULL,
            source_id TEXT,                        -- NULL: a person brought it
            text TEXT NOT NULL,
            parent_text TEXT,
            raw TEXT NOT NULL,                     -- last: lists then never read its pages
            UNIQUE (network, network_id)
        ) STRICT
        """,
        """
        CREATE INDEX mentions_thread ON mentions (network, thread_id, author_id)
        WHERE thread_id IS NOT NULL
        """,
        "CREATE INDEX mentions_parent ON mentions (network, parent_id) WHERE parent_id IS NOT NULL",
        # Versions that are no longer shown; the present one stands in mentions.
        """
        CREATE TABLE revisions (
            mention_id INTEGER NOT NULL REFERENCES mentions (id),
            revision TEXT NOT NULL,
            seen_at TEXT NOT NULL,
            text TEXT NOT NULL,
            raw TEXT NOT NULL,
            PRIMARY KEY (mention_id, revision)
        ) STRICT
        """,
        """
        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY,
            mention_id INTEGER NOT NULL REFERENCES mentions (id),
            revision TEXT NOT NULL,
            at TEXT NOT NULL,
            model TEXT NOT NULL,
            route TEXT NOT NULL,
            rule TEXT NOT NULL,
            decision TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX decisions_mention ON decisions (mention_id, id)",
        """
        CREATE TABLE items (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            mention_id INTEGER NOT NULL UNIQUE REFERENCES mentions (id),
            network TEXT NOT NULL,
            posted_at TEXT NOT NULL,
            version INTEGER NOT NULL,
            tab TEXT NOT NULL,
            status TEXT NOT NULL,
            opd TEXT,
            supporting TEXT NOT NULL,
            candidates TEXT NOT NULL,
            jenis TEXT,
            sector TEXT,
            kecamatan TEXT,
            urgent INTEGER NOT NULL,
            sensitive INTEGER NOT NULL,
            jenis_confidence REAL,
            sector_confidence REAL,
            rule TEXT NOT NULL,
            decided_by TEXT NOT NULL,
            touched INTEGER NOT NULL,              -- a person acted: machines only suggest
            answered_at TEXT,
            suggestion TEXT,
            updated_at TEXT NOT NULL,
            updated_by TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX items_posted ON items (posted_at, id)",
        "CREATE INDEX items_tab ON items (tab, posted_at, id)",
        "CREATE INDEX items_tab_status ON items (tab, status, posted_at, id)",
        "CREATE INDEX items_status ON items (status, posted_at, id)",
        "CREATE INDEX items_sector ON items (sector, posted_at, id)",
        # Who may see an item: its owner and the supporting OPD, with what lists narrow by.
        """
        CREATE TABLE item_opds (
            item_id INTEGER NOT NULL REFERENCES items (id),
            opd TEXT NOT NULL,
            tab TEXT NOT NULL,
            status TEXT NOT NULL,
            posted_at TEXT NOT NULL,
            PRIMARY KEY (item_id, opd)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX item_opds_posted ON item_opds (opd, posted_at, item_id)",
        "CREATE INDEX item_opds_tab ON item_opds (opd, tab, posted_at, item_id)",
        "CREATE INDEX item_opds_tab_status ON item_opds (opd, tab, status, posted_at, item_id)",
        "CREATE INDEX item_opds_status ON item_opds (opd, status, posted_at, item_id)",
        """
        CREATE TABLE answers (
            mention_id INTEGER PRIMARY KEY REFERENCES mentions (id),
            opd TEXT NOT NULL,
            network TEXT NOT NULL,
            parent_id TEXT,
            thread_id TEXT,
            posted_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX answers_thread ON answers (network, thread_id)",
        "CREATE INDEX answers_parent ON answers (network, parent_id)",
        """
        CREATE TABLE item_answers (
            item_id INTEGER NOT NULL REFERENCES items (id),
            mention_id INTEGER NOT NULL REFERENCES answers (mention_id),
            PRIMARY KEY (item_id, mention_id)
        ) STRICT, WITHOUT ROWID
        """,
        # opd '' stands for all items.
        """
        CREATE TABLE counters (
            opd TEXT NOT NULL,
            tab TEXT NOT NULL,
            status TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (opd, tab, status)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE changes (
            opd TEXT PRIMARY KEY,
            count INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE reviews (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES items (id),
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            verdict TEXT NOT NULL,
            before TEXT NOT NULL,
            after TEXT NOT NULL,
            wrong_opd INTEGER NOT NULL,
            why TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX reviews_item ON reviews (item_id, id)",
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            item_id INTEGER,                       -- no foreign key: history outlives erasure
            at TEXT NOT NULL,
            actor TEXT NOT NULL,
            kind TEXT NOT NULL,
            detail TEXT NOT NULL,
            digest TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX events_item ON events (item_id, id)",
        """
        CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
        """,
        """
        CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
        """,
    )


@MIGRATIONS()
def m0003_desk(db: Database) -> None:
    """Accounts and sessions of the desk."""
    _create(
        db,
        """
        CREATE TABLE users (
            folded TEXT PRIMARY KEY,               -- the name without case
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            opds TEXT NOT NULL,
            active INTEGER NOT NULL,
            password_hash TEXT NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE sessions (
            digest TEXT PRIMARY KEY,
            folded TEXT NOT NULL REFERENCES users (folded),
            opened_at TEXT NOT NULL,
            used_at TEXT NOT NULL,
            expires_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX sessions_user ON sessions (folded)",
        "CREATE INDEX sessions_expiry ON sessions (expires_at)",
        """
        CREATE TABLE failed_logins (
            id INTEGER PRIMARY KEY,
            folded TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX failed_logins_name ON failed_logins (folded, at)",
        "CREATE INDEX failed_logins_at ON failed_logins (at)",
    )


@MIGRATIONS()
def m0004_search(db: Database) -> None:
    """The full-text index; its rowid is the mention's id."""
    _create(
        db,
        """
        CREATE VIRTUAL TABLE search USING fts5 (
            words, owners, tokenize = 'unicode61 remove_diacritics 2'
        )
        """,
        # Mentions below the high-water mark whose text or owners changed since.
        "CREATE TABLE reindex (mention_id INTEGER PRIMARY KEY) STRICT",
    )


@MIGRATIONS()
def m0005_token_end(db: Database) -> None:
    """When the right to read a source ends, as the network said it."""
    _create(db, "ALTER TABLE sources ADD COLUMN token_ends_at TEXT")


def pending(db: Database) -> list[str]:
    """Return the steps that the database lacks; raise when it is newer or not ours."""
    known = {migration.name for migration in MIGRATIONS._migrations}
    applied = [migration.name for migration in MIGRATIONS.applied(db)]
    if not applied and db.table_names():
        raise StoreError("berkas ini basis data SQLite, tetapi bukan milik Tanggap")
    unknown = [name for name in applied if name not in known]
    if unknown:
        raise SchemaMismatch(
            f"basis data dibuat oleh Tanggap yang lebih baru (langkah {unknown[0]}); "
            "perbarui Tanggap atau pulihkan cadangan yang lebih lama"
        )
    return [migration.name for migration in MIGRATIONS.pending(db)]


def check(missing: Sequence[str]) -> None:
    """Raise SchemaMismatch when steps are missing."""
    if missing:
        raise SchemaMismatch(
            f"basis data belum disiapkan untuk versi ini (langkah {missing[0]}); "
            "jalankan `tanggap migrate`"
        )
