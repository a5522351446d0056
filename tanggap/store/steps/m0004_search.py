"""The full-text index; its rowid is the mention's id."""

SQLITE = (
    """
    CREATE VIRTUAL TABLE search USING fts5 (
        words, owners, tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    # Mentions below the high-water mark whose text or owners changed since.
    "CREATE TABLE reindex (mention_id INTEGER PRIMARY KEY) STRICT",
)

POSTGRES = (
    "CREATE TABLE search (mention_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX search_words ON search USING gin (words)",
    "CREATE TABLE reindex (mention_id BIGINT PRIMARY KEY)",
)
