"""Mentions, the shared queue, and its history."""

SQLITE = (
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

POSTGRES = (
    """
    CREATE TABLE mentions (
        id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        network TEXT COLLATE "C" NOT NULL,
        network_id TEXT COLLATE "C" NOT NULL,
        kind TEXT COLLATE "C" NOT NULL,
        posted_at TEXT COLLATE "C" NOT NULL,
        seen_at TEXT COLLATE "C" NOT NULL,
        author_id TEXT COLLATE "C",
        author_handle TEXT COLLATE "C",
        author_opd TEXT COLLATE "C",
        addressed TEXT COLLATE "C" NOT NULL,
        parent_id TEXT COLLATE "C",
        thread_id TEXT COLLATE "C",
        permalink TEXT COLLATE "C",
        revision TEXT COLLATE "C" NOT NULL,
        revision_seen_at TEXT COLLATE "C" NOT NULL,
        has_media BIGINT NOT NULL,
        source_id TEXT COLLATE "C",
        text TEXT COLLATE "C" NOT NULL,
        parent_text TEXT COLLATE "C",
        raw TEXT COLLATE "C" NOT NULL,
        UNIQUE (network, network_id)
    )
    """,
    """
    CREATE INDEX mentions_thread ON mentions (network, thread_id, author_id)
    WHERE thread_id IS NOT NULL
    """,
    "CREATE INDEX mentions_parent ON mentions (network, parent_id) WHERE parent_id IS NOT NULL",
    """
    CREATE TABLE revisions (
        mention_id BIGINT NOT NULL REFERENCES mentions (id),
        revision TEXT COLLATE "C" NOT NULL,
        seen_at TEXT COLLATE "C" NOT NULL,
        text TEXT COLLATE "C" NOT NULL,
        raw TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (mention_id, revision)
    )
    """,
    """
    CREATE TABLE decisions (
        id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        mention_id BIGINT NOT NULL REFERENCES mentions (id),
        revision TEXT COLLATE "C" NOT NULL,
        at TEXT COLLATE "C" NOT NULL,
        model TEXT COLLATE "C" NOT NULL,
        route TEXT COLLATE "C" NOT NULL,
        rule TEXT COLLATE "C" NOT NULL,
        decision TEXT COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX decisions_mention ON decisions (mention_id, id)",
    """
    CREATE TABLE items (
        id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        mention_id BIGINT NOT NULL UNIQUE REFERENCES mentions (id),
        network TEXT COLLATE "C" NOT NULL,
        posted_at TEXT COLLATE "C" NOT NULL,
        version BIGINT NOT NULL,
        tab TEXT COLLATE "C" NOT NULL,
        status TEXT COLLATE "C" NOT NULL,
        opd TEXT COLLATE "C",
        supporting TEXT COLLATE "C" NOT NULL,
        candidates TEXT COLLATE "C" NOT NULL,
        jenis TEXT COLLATE "C",
        sector TEXT COLLATE "C",
        kecamatan TEXT COLLATE "C",
        urgent BIGINT NOT NULL,
        sensitive BIGINT NOT NULL,
        jenis_confidence DOUBLE PRECISION,
        sector_confidence DOUBLE PRECISION,
        rule TEXT COLLATE "C" NOT NULL,
        decided_by TEXT COLLATE "C" NOT NULL,
        touched BIGINT NOT NULL,
        answered_at TEXT COLLATE "C",
        suggestion TEXT COLLATE "C",
        updated_at TEXT COLLATE "C" NOT NULL,
        updated_by TEXT COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX items_posted ON items (posted_at, id)",
    "CREATE INDEX items_tab ON items (tab, posted_at, id)",
    "CREATE INDEX items_tab_status ON items (tab, status, posted_at, id)",
    "CREATE INDEX items_status ON items (status, posted_at, id)",
    "CREATE INDEX items_sector ON items (sector, posted_at, id)",
    """
    CREATE TABLE item_opds (
        item_id BIGINT NOT NULL REFERENCES items (id),
        opd TEXT COLLATE "C" NOT NULL,
        tab TEXT COLLATE "C" NOT NULL,
        status TEXT COLLATE "C" NOT NULL,
        posted_at TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (item_id, opd)
    )
    """,
    "CREATE INDEX item_opds_posted ON item_opds (opd, posted_at, item_id)",
    "CREATE INDEX item_opds_tab ON item_opds (opd, tab, posted_at, item_id)",
    "CREATE INDEX item_opds_tab_status ON item_opds (opd, tab, status, posted_at, item_id)",
    "CREATE INDEX item_opds_status ON item_opds (opd, status, posted_at, item_id)",
    """
    CREATE TABLE answers (
        mention_id BIGINT PRIMARY KEY REFERENCES mentions (id),
        opd TEXT COLLATE "C" NOT NULL,
        network TEXT COLLATE "C" NOT NULL,
        parent_id TEXT COLLATE "C",
        thread_id TEXT COLLATE "C",
        posted_at TEXT COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX answers_thread ON answers (network, thread_id)",
    "CREATE INDEX answers_parent ON answers (network, parent_id)",
    """
    CREATE TABLE item_answers (
        item_id BIGINT NOT NULL REFERENCES items (id),
        mention_id BIGINT NOT NULL REFERENCES answers (mention_id),
        PRIMARY KEY (item_id, mention_id)
    )
    """,
    """
    CREATE TABLE counters (
        opd TEXT COLLATE "C" NOT NULL,
        tab TEXT COLLATE "C" NOT NULL,
        status TEXT COLLATE "C" NOT NULL,
        count BIGINT NOT NULL,
        PRIMARY KEY (opd, tab, status)
    )
    """,
    """
    CREATE TABLE changes (
        opd TEXT COLLATE "C" PRIMARY KEY,
        count BIGINT NOT NULL
    )
    """,
    """
    CREATE TABLE reviews (
        id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        item_id BIGINT NOT NULL REFERENCES items (id),
        at TEXT COLLATE "C" NOT NULL,
        by TEXT COLLATE "C" NOT NULL,
        verdict TEXT COLLATE "C" NOT NULL,
        before TEXT COLLATE "C" NOT NULL,
        after TEXT COLLATE "C" NOT NULL,
        wrong_opd BIGINT NOT NULL,
        why TEXT COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX reviews_item ON reviews (item_id, id)",
    """
    CREATE TABLE events (
        id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        item_id BIGINT,
        at TEXT COLLATE "C" NOT NULL,
        actor TEXT COLLATE "C" NOT NULL,
        kind TEXT COLLATE "C" NOT NULL,
        detail TEXT COLLATE "C" NOT NULL,
        digest TEXT COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX events_item ON events (item_id, id)",
    """
    CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''events are append-only''; END'
    """,
    """
    CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()
    """,
)
