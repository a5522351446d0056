"""What each source has watched, and how many mentions it usually brings."""

SQLITE = (
    "ALTER TABLE sources ADD COLUMN asked_at TEXT",
    "ALTER TABLE sources ADD COLUMN removed_at TEXT",
    "UPDATE sources SET removed_at = coalesce(last_attempt_at, next_poll_at) WHERE active = 0",
    """
    CREATE TABLE watched (
        source_id TEXT NOT NULL REFERENCES sources (id),
        start TEXT NOT NULL,
        "end" TEXT NOT NULL,
        late_seconds INTEGER NOT NULL,         -- 0: it was read as soon as usual
        PRIMARY KEY (source_id, start)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE arrivals (
        source_id TEXT NOT NULL REFERENCES sources (id),
        hour TEXT NOT NULL,                    -- UTC, as a moment begins: 2026-11-20T02
        count INTEGER NOT NULL,
        PRIMARY KEY (source_id, hour)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO arrivals (source_id, hour, count)
    SELECT m.source_id, substr(m.posted_at, 1, 13), count(*) FROM mentions AS m
    WHERE m.source_id IS NOT NULL GROUP BY 1, 2
    """,
)

POSTGRES = (
    'ALTER TABLE sources ADD COLUMN asked_at TEXT COLLATE "C"',
    'ALTER TABLE sources ADD COLUMN removed_at TEXT COLLATE "C"',
    "UPDATE sources SET removed_at = coalesce(last_attempt_at, next_poll_at) WHERE active = 0",
    """
    CREATE TABLE watched (
        source_id TEXT COLLATE "C" NOT NULL REFERENCES sources (id),
        start TEXT COLLATE "C" NOT NULL,
        "end" TEXT COLLATE "C" NOT NULL,
        late_seconds BIGINT NOT NULL,
        PRIMARY KEY (source_id, start)
    )
    """,
    """
    CREATE TABLE arrivals (
        source_id TEXT COLLATE "C" NOT NULL REFERENCES sources (id),
        hour TEXT COLLATE "C" NOT NULL,
        count BIGINT NOT NULL,
        PRIMARY KEY (source_id, hour)
    )
    """,
    """
    INSERT INTO arrivals (source_id, hour, count)
    SELECT m.source_id, substr(m.posted_at, 1, 13), count(*) FROM mentions AS m
    WHERE m.source_id IS NOT NULL GROUP BY 1, 2
    """,
)
