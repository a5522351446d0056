"""What kind of answer an OPD gave, answers that a person recorded, answers that only name."""

SQLITE = (
    "ALTER TABLE answers ADD COLUMN kind TEXT",  # NULL: not judged
    "ALTER TABLE answers ADD COLUMN kind_confidence REAL",
    "ALTER TABLE answers ADD COLUMN kind_because TEXT",
    "ALTER TABLE answers ADD COLUMN kind_by TEXT",  # a person who corrected it
    # Whom a post names that replies to nobody, so that it meets the mention that it answers.
    """
    CREATE TABLE answer_names (
        mention_id INTEGER NOT NULL REFERENCES answers (mention_id),
        handle TEXT NOT NULL,
        network TEXT NOT NULL,
        posted_at TEXT NOT NULL,
        PRIMARY KEY (mention_id, handle)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX answer_names_handle ON answer_names (network, handle, posted_at)",
    """
    CREATE INDEX mentions_handle ON mentions (network, lower(author_handle), posted_at)
    WHERE author_handle IS NOT NULL AND author_opd IS NULL
    """,
    # What a person recorded where no network shows it. It counts while its review stands.
    """
    CREATE TABLE recorded_answers (
        review_id INTEGER PRIMARY KEY REFERENCES reviews (id),
        item_id INTEGER NOT NULL REFERENCES items (id),
        opd TEXT NOT NULL,
        posted_at TEXT NOT NULL,
        kind TEXT,
        link TEXT NOT NULL,
        withdrawn_by INTEGER REFERENCES reviews (id)   -- took the status back
    ) STRICT
    """,
    "CREATE INDEX recorded_answers_item ON recorded_answers (item_id)",
)

POSTGRES = (
    'ALTER TABLE answers ADD COLUMN kind TEXT COLLATE "C"',
    "ALTER TABLE answers ADD COLUMN kind_confidence DOUBLE PRECISION",
    'ALTER TABLE answers ADD COLUMN kind_because TEXT COLLATE "C"',
    'ALTER TABLE answers ADD COLUMN kind_by TEXT COLLATE "C"',
    """
    CREATE TABLE answer_names (
        mention_id BIGINT NOT NULL REFERENCES answers (mention_id),
        handle TEXT COLLATE "C" NOT NULL,
        network TEXT COLLATE "C" NOT NULL,
        posted_at TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (mention_id, handle)
    )
    """,
    "CREATE INDEX answer_names_handle ON answer_names (network, handle, posted_at)",
    """
    CREATE INDEX mentions_handle ON mentions (network, lower(author_handle), posted_at)
    WHERE author_handle IS NOT NULL AND author_opd IS NULL
    """,
    """
    CREATE TABLE recorded_answers (
        review_id BIGINT PRIMARY KEY REFERENCES reviews (id),
        item_id BIGINT NOT NULL REFERENCES items (id),
        opd TEXT COLLATE "C" NOT NULL,
        posted_at TEXT COLLATE "C" NOT NULL,
        kind TEXT COLLATE "C",
        link TEXT COLLATE "C" NOT NULL,
        withdrawn_by BIGINT REFERENCES reviews (id)
    )
    """,
    "CREATE INDEX recorded_answers_item ON recorded_answers (item_id)",
)
