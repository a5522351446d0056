"""What the daemon last reckoned of the clocks that run: by when, and whom it told since when."""

SQLITE = (
    """
    CREATE TABLE item_deadlines (
        item_id INTEGER NOT NULL REFERENCES items (id),
        clock TEXT NOT NULL,
        opd TEXT,                              -- who was in charge of it then
        due_at TEXT NOT NULL,                  -- past it, it is held against the OPD
        warned_at TEXT,                        -- when it was found to be near its end
        missed_at TEXT,
        escalated_at TEXT,
        PRIMARY KEY (item_id, clock)
    ) STRICT, WITHOUT ROWID
    """,
)

POSTGRES = (
    """
    CREATE TABLE item_deadlines (
        item_id BIGINT NOT NULL REFERENCES items (id),
        clock TEXT COLLATE "C" NOT NULL,
        opd TEXT COLLATE "C",
        due_at TEXT COLLATE "C" NOT NULL,
        warned_at TEXT COLLATE "C",
        missed_at TEXT COLLATE "C",
        escalated_at TEXT COLLATE "C",
        PRIMARY KEY (item_id, clock)
    )
    """,
)
