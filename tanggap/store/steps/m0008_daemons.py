"""Which daemons are there, and what each may be reading just now."""

SQLITE = (
    """
    CREATE TABLE daemons (
        owner TEXT PRIMARY KEY,
        started_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        model TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO daemons (owner, started_at, seen_at, model)
    SELECT 'daemon', p.value, p.value, m.value FROM meta AS p CROSS JOIN meta AS m
    WHERE p.key = 'progress_at' AND m.key = 'model'
    """,
    "DELETE FROM meta WHERE key IN ('progress_at', 'model')",
    """
    CREATE TABLE reservations (
        source_id TEXT NOT NULL REFERENCES sources (id),
        key TEXT NOT NULL,                     -- of which budget
        fence INTEGER NOT NULL,                -- counts while this lease of the source lasts
        amount INTEGER NOT NULL,
        PRIMARY KEY (source_id, key)
    ) STRICT, WITHOUT ROWID
    """,
)

POSTGRES = (
    """
    CREATE TABLE daemons (
        owner TEXT COLLATE "C" PRIMARY KEY,
        started_at TEXT COLLATE "C" NOT NULL,
        seen_at TEXT COLLATE "C" NOT NULL,
        model TEXT COLLATE "C" NOT NULL
    )
    """,
    """
    INSERT INTO daemons (owner, started_at, seen_at, model)
    SELECT 'daemon', p.value, p.value, m.value FROM meta AS p CROSS JOIN meta AS m
    WHERE p.key = 'progress_at' AND m.key = 'model'
    """,
    "DELETE FROM meta WHERE key IN ('progress_at', 'model')",
    """
    CREATE TABLE reservations (
        source_id TEXT COLLATE "C" NOT NULL REFERENCES sources (id),
        key TEXT COLLATE "C" NOT NULL,
        fence BIGINT NOT NULL,
        amount BIGINT NOT NULL,
        PRIMARY KEY (source_id, key)
    )
    """,
)
