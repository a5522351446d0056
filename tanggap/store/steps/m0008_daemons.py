"""Which daemons are there, what each may be reading just now, and what each has to tell."""

_OF_THE_INSTALL = (
    "code IN ('quiet', 'forecast', 'backup_failed', 'backup_old')"  # true whoever says it
)
_KEEP_ALARMS = f"""
    INSERT INTO alarms_by_owner (code, owner, detail, since, last_at)
    SELECT code, CASE WHEN {_OF_THE_INSTALL} THEN '' ELSE 'daemon' END, detail, since, last_at
    FROM alarms
    """  # noqa: S608 - put together from the names above

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
    """
    CREATE TABLE alarms_by_owner (
        code TEXT NOT NULL,
        owner TEXT NOT NULL,                   -- the daemon that says so; '': it is of the install
        detail TEXT NOT NULL,
        since TEXT NOT NULL,
        last_at TEXT NOT NULL,
        PRIMARY KEY (code, owner)
    ) STRICT, WITHOUT ROWID
    """,
    _KEEP_ALARMS,
    "DROP TABLE alarms",
    "ALTER TABLE alarms_by_owner RENAME TO alarms",
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
    """
    CREATE TABLE alarms_by_owner (
        code TEXT COLLATE "C" NOT NULL,
        owner TEXT COLLATE "C" NOT NULL,
        detail TEXT COLLATE "C" NOT NULL,
        since TEXT COLLATE "C" NOT NULL,
        last_at TEXT COLLATE "C" NOT NULL,
        CONSTRAINT alarms_by_owner_key PRIMARY KEY (code, owner)
    )
    """,
    _KEEP_ALARMS,
    "DROP TABLE alarms",
    "ALTER TABLE alarms_by_owner RENAME TO alarms",
    "ALTER TABLE alarms RENAME CONSTRAINT alarms_by_owner_key TO alarms_pkey",
)
