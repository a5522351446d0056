"""Acts that may still be undone, reviews that were, and who has which item in hand."""

SQLITE = (
    "ALTER TABLE reviews ADD COLUMN undone_at TEXT",
    # The last act on each item with all of its state before and after; kept for a day at most.
    """
    CREATE TABLE undoable (
        item_id INTEGER PRIMARY KEY REFERENCES items (id),
        review_id INTEGER NOT NULL REFERENCES reviews (id),
        "by" TEXT NOT NULL,
        at TEXT NOT NULL,
        batch TEXT NOT NULL,                   -- of acts on many items at once; '': alone
        before TEXT NOT NULL,
        after TEXT NOT NULL
    ) STRICT
    """,
    'CREATE INDEX undoable_by ON undoable ("by", at)',
    "CREATE INDEX undoable_at ON undoable (at)",
    "CREATE INDEX undoable_review ON undoable (review_id)",
    """
    CREATE TABLE checkouts (
        item_id INTEGER NOT NULL REFERENCES items (id),
        "by" TEXT NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        PRIMARY KEY (item_id, "by")
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX checkouts_until ON checkouts (until)",
)

POSTGRES = (
    'ALTER TABLE reviews ADD COLUMN undone_at TEXT COLLATE "C"',
    """
    CREATE TABLE undoable (
        item_id BIGINT PRIMARY KEY REFERENCES items (id),
        review_id BIGINT NOT NULL REFERENCES reviews (id),
        "by" TEXT COLLATE "C" NOT NULL,
        at TEXT COLLATE "C" NOT NULL,
        batch TEXT COLLATE "C" NOT NULL,
        before TEXT COLLATE "C" NOT NULL,
        after TEXT COLLATE "C" NOT NULL
    )
    """,
    'CREATE INDEX undoable_by ON undoable ("by", at)',
    "CREATE INDEX undoable_at ON undoable (at)",
    "CREATE INDEX undoable_review ON undoable (review_id)",
    """
    CREATE TABLE checkouts (
        item_id BIGINT NOT NULL REFERENCES items (id),
        "by" TEXT COLLATE "C" NOT NULL,
        since TEXT COLLATE "C" NOT NULL,
        until TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (item_id, "by")
    )
    """,
    "CREATE INDEX checkouts_until ON checkouts (until)",
)
