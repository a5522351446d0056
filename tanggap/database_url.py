"""The address of a database: which kinds there are, what it must say, and what it must not hold.

Asked by the config and by the store alike, so that both refuse the same in the same words.
"""

from urllib.parse import parse_qs, urlsplit

_EXAMPLES = '"sqlite:tanggap.db" atau "postgresql://tanggap@db.internal/tanggap"'
_SECRETS = {"password", "sslpassword"}
"""Parameters of libpq that hold a secret:
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
        secret = parts.password is not None or bool(_SECRETS & parse_qs(parts.query).keys())
        whole = bool(parts.hostname and parts.path.strip("/") and parts.port != 0)
    except ValueError:
        secret, whole = False, False
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
    return ""
