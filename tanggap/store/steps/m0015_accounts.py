"""With what a session was opened, the second step of a login, and which step failed."""

SQLITE = (
    "ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE failed_logins ADD COLUMN step TEXT NOT NULL DEFAULT 'password'",
    "ALTER TABLE users ADD COLUMN totp_seed TEXT",  # the secret itself where there is no key
    "ALTER TABLE users ADD COLUMN totp_key TEXT",  # which key makes the secret of it; '': none
    "ALTER TABLE users ADD COLUMN totp_since TEXT",  # NULL: begun, not confirmed by a code yet
    "ALTER TABLE users ADD COLUMN totp_last INTEGER NOT NULL DEFAULT 0",  # no code up to this one
    """
    CREATE TABLE recovery_codes (
        folded TEXT NOT NULL REFERENCES users (folded),
        digest TEXT NOT NULL,
        PRIMARY KEY (folded, digest)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE login_steps (
        digest TEXT PRIMARY KEY,
        folded TEXT NOT NULL REFERENCES users (folded),
        expires_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX login_steps_user ON login_steps (folded)",
)

POSTGRES = (
    "ALTER TABLE sessions ADD COLUMN agent TEXT COLLATE \"C\" NOT NULL DEFAULT ''",
    "ALTER TABLE failed_logins ADD COLUMN step TEXT COLLATE \"C\" NOT NULL DEFAULT 'password'",
    'ALTER TABLE users ADD COLUMN totp_seed TEXT COLLATE "C"',
    'ALTER TABLE users ADD COLUMN totp_key TEXT COLLATE "C"',
    'ALTER TABLE users ADD COLUMN totp_since TEXT COLLATE "C"',
    "ALTER TABLE users ADD COLUMN totp_last BIGINT NOT NULL DEFAULT 0",
    """
    CREATE TABLE recovery_codes (
        folded TEXT COLLATE "C" NOT NULL REFERENCES users (folded),
        digest TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (folded, digest)
    )
    """,
    """
    CREATE TABLE login_steps (
        digest TEXT COLLATE "C" PRIMARY KEY,
        folded TEXT COLLATE "C" NOT NULL REFERENCES users (folded),
        expires_at TEXT COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX login_steps_user ON login_steps (folded)",
)
