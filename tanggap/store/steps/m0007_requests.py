"""What was asked of the networks and on whose behalf; how busy a source is."""

SQLITE = (
    """
    CREATE TABLE request_counts (
        scope TEXT NOT NULL,                   -- first part of a source's id: whose token
        hour TEXT NOT NULL,                    -- UTC, such as 2026-11-20T01
        source_id TEXT NOT NULL,
        requests INTEGER NOT NULL,
        reads INTEGER NOT NULL,                -- of them billed, each resource once a day
        PRIMARY KEY (scope, hour, source_id)
    ) STRICT, WITHOUT ROWID
    """,
    # New mentions per poll_seconds; see tanggap.turns.polling.
    "ALTER TABLE sources ADD COLUMN activity REAL NOT NULL DEFAULT 1.0",
)

POSTGRES = (
    """
    CREATE TABLE request_counts (
        scope TEXT COLLATE "C" NOT NULL,
        hour TEXT COLLATE "C" NOT NULL,
        source_id TEXT COLLATE "C" NOT NULL,
        requests BIGINT NOT NULL,
        reads BIGINT NOT NULL,
        PRIMARY KEY (scope, hour, source_id)
    )
    """,
    "ALTER TABLE sources ADD COLUMN activity DOUBLE PRECISION NOT NULL DEFAULT 1.0",
)
