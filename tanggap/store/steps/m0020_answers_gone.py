"""Which source last listed an answer, since when it is gone, and which items it answers."""

SQLITE = (
    "ALTER TABLE answers ADD COLUMN listed_by TEXT",  # id of the source; NULL: none that can tell
    "ALTER TABLE answers ADD COLUMN listed_at TEXT",
    "ALTER TABLE answers ADD COLUMN missed_at TEXT",  # the first whole reading without it
    "ALTER TABLE answers ADD COLUMN gone_at TEXT",  # the second one
    """
    CREATE INDEX answers_listed ON answers (listed_by, posted_at)
    WHERE listed_by IS NOT NULL
    """,
    "CREATE INDEX item_answers_mention ON item_answers (mention_id)",
)

POSTGRES = (
    'ALTER TABLE answers ADD COLUMN listed_by TEXT COLLATE "C"',
    'ALTER TABLE answers ADD COLUMN listed_at TEXT COLLATE "C"',
    'ALTER TABLE answers ADD COLUMN missed_at TEXT COLLATE "C"',
    'ALTER TABLE answers ADD COLUMN gone_at TEXT COLLATE "C"',
    """
    CREATE INDEX answers_listed ON answers (listed_by, posted_at)
    WHERE listed_by IS NOT NULL
    """,
    "CREATE INDEX item_answers_mention ON item_answers (mention_id)",
)
