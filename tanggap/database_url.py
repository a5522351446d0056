"""The address of a database: which kinds there are, what it must say, and what it must not hold.

Asked by the config and by the store alike, so that both refuse the same in the same words.
"""

from urllib.parse import parse_qsl, urlsplit

from tanggap.near_words import near, nearest

_EXAMPLES = '"sqlite:tanggap.db" atau "postgresql://tanggap@db.internal/tanggap"'
SECRETS = {
    "password",
    "sslpassword",
    "oauth_client_secret",
    "scram_client_key",
    "scram_server_key",
}
"""Parameters of libpq that hold a secret."""
PARAMETERS = frozenset((
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
    "fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "host", "hostaddr",
    "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname",
    "load_balance_hosts", "max_protocol_version", "min_protocol_version", "oauth_client_id",
    "oauth_issuer", "oauth_scope", "options", "passfile", "port", "replication", "require_auth",
    "requirepeer", "service", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert",
    "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslkeylogfile", "sslmode",
    "sslnegotiation", "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout", "user",
))  # fmt: skip
"""What libpq 18 knows, but for secrets. An older one says itself what it does not know:
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""


def wrong_with(url: str) -> str:
    """Return in one line what is wrong with an address; empty when it can be used.

    The address is never repeated but for the kind before its colon: it may hold a password.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return ""
    if scheme == "postgresql" and rest.startswith("//"):
        return _wrong_with_server(url)
    kind = f"jenis basis data {scheme}:" if colon and scheme.isalpha() else "jenis basis data"
    return f"{kind} tidak dikenal; pakai misalnya {_EXAMPLES}"


def shown(url: str) -> str:
    """Return an address as it may be printed: of a server no password and no parameters."""
    if not url.startswith("postgresql://"):
        return url
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return f"postgresql://{user.partition(':')[0]}{at}{place}{parts.path}"


def _wrong_with_server(url: str) -> str:
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True)
        names = [name for name, value in given if (name, value) != ("ssl", "true")]  # as JDBC's
        secret = parts.password is not None or any(map(_holds_a_secret, names))
        whole = bool(parts.hostname and parts.path.strip("/") and parts.port != 0)
    except ValueError:
        given, names, secret, whole = [], [], False, False
    if secret:
        return (
            "alamat basis data tidak boleh memuat kata sandi; hapus, lalu simpan di berkas yang "
            "disebut TANGGAP_DATABASE_PASSWORD_FILE"
        )
    if not whole:
        return (
            "alamat PostgreSQL tidak lengkap; pakai misalnya "
            '"postgresql://tanggap@db.internal/tanggap"'
        )
    wrong = [_unknown(name) for name in names if name not in PARAMETERS]
    # libpq would refuse it too, but only when a connection is first tried.
    wrong += [
        f"parameter `{name}` pada alamat basis data tanpa nilai; tulis `{name}=...` atau hapus"
        for name, value in given
        if name in PARAMETERS and not value
    ]
    return "; ".join(wrong)


def _holds_a_secret(name: str) -> bool:
    """Whether a parameter is one, or one misspelt, so that its value must not be repeated."""
    return name in SECRETS or (
        name not in PARAMETERS and near(name, [*PARAMETERS, *SECRETS]) in SECRETS
    )


def _unknown(name: str) -> str:
    hint = nearest(name, sorted(PARAMETERS)) or "; hapus"
    return f"parameter `{name}` pada alamat basis data tidak dikenal{hint}"
