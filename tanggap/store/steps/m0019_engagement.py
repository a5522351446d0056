"""How many people reacted to a post, as its network told when it was last read.

Apart from `mentions`: these numbers change while the post stays, and most polls change some.
`posted_at` and `total` repeat what can be reckoned, so that the posts of a period that many
reacted to are a walk of an index that holds no others; `engagement.LIVELY` is its bound.
"""

_INDEXES = (
    """
    CREATE INDEX engagement_lively ON engagement (posted_at, total, mention_id)
    WHERE total >= 3
    """,
    # What the OPD's own accounts posted; few among all that citizens write.
    """
    CREATE INDEX mentions_own_posts ON mentions (posted_at, id, author_opd)
    WHERE kind = 'post' AND author_opd IS NOT NULL
    """,
)

SQLITE = (
    """
    CREATE TABLE engagement (
        mention_id INTEGER PRIMARY KEY REFERENCES mentions (id) ON DELETE CASCADE,
        posted_at TEXT NOT NULL,               -- of the mention
        total INTEGER NOT NULL,                -- all that is known, added up
        likes INTEGER,                         -- NULL: the network did not say
        comments INTEGER,
        shares INTEGER,
        seen_at TEXT NOT NULL                  -- when these numbers were first read
    ) STRICT
    """,
    *_INDEXES,
)

POSTGRES = (
    """
    CREATE TABLE engagement (
        mention_id BIGINT PRIMARY KEY REFERENCES mentions (id) ON DELETE CASCADE,
        posted_at TEXT COLLATE "C" NOT NULL,
        total BIGINT NOT NULL,
        likes BIGINT,
        comments BIGINT,
        shares BIGINT,
        seen_at TEXT COLLATE "C" NOT NULL
    )
    """,
    *_INDEXES,
)
