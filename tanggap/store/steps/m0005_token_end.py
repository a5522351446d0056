"""When the right to read a source ends, as the network said it."""

SQLITE = ("ALTER TABLE sources ADD COLUMN token_ends_at TEXT",)

POSTGRES = ('ALTER TABLE sources ADD COLUMN token_ends_at TEXT COLLATE "C"',)
