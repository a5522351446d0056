"""Items that only those see who must act on them (rahasia)."""

SQLITE = ("ALTER TABLE items ADD COLUMN confidential INTEGER NOT NULL DEFAULT 0",)

POSTGRES = ("ALTER TABLE items ADD COLUMN confidential BIGINT NOT NULL DEFAULT 0",)
