"""What psycopg raises, said once as a StoreError that a person can act on.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout

from tanggap.errors import StoreBusy, StoreError, StoreFull, StoreUnreachable

_WAITED = {"55P03", "57014", "40001", "40P01"}
"""Lock not available in time, statement cancelled (time is up), serialisation, deadlock."""
_WRONG_PASSWORD = {"28P01", "28000"}


def place_of(url: str) -> str:
    """Return the database of a URL for messages, `name di host:port`; never a password."""
    parts = conninfo_to_dict(url)
    host, port = parts.get("host") or "mesin ini", parts.get("port")
    return f"{parts.get('dbname', '-')} di {host}" + (f":{port}" if port else "")


def wrong_address(exc: psycopg.ProgrammingError) -> str:
    """Return what to say of an address that libpq cannot read; it may hold a password."""
    named = re.search(r'invalid URI query parameter: "(\w+)"', str(exc))
    what = f"parameter {named[1]} tidak dikenal; hapus dari alamatnya" if named else "salah"
    return f"alamat basis data PostgreSQL: {what}. Contoh: postgresql://tanggap@db.internal/tanggap"


@contextmanager
def translated(place: str, user: str = "") -> Iterator[None]:
    """Turn what psycopg raises into a StoreError; `place` names the database, `user` who asks."""
    try:
        yield
    except psycopg.Error as exc:
        raise store_error(exc, place, user) from exc


def store_error(exc: psycopg.Error, place: str, user: str = "") -> StoreError:
    """Return the StoreError that says what an error of psycopg means and what to do."""
    code = exc.sqlstate or ""
    if isinstance(exc, PoolTimeout):
        return StoreBusy(f"semua sambungan ke basis data {place} sedang dipakai; coba lagi")
    if code in _WAITED:
        return StoreBusy(f"basis data {place} sedang dipakai proses lain; coba lagi")
    if code == "25P04":
        return StoreBusy(
            f"basis data {place}: penulisan melewati batas waktu server (transaction_timeout) dan "
            "dibatalkan seluruhnya; coba lagi, atau naikkan batas itu (docs/several-daemons.md)"
        )
    if code == "53100":
        return StoreFull(
            f"disk penuh di server basis data {place}; kosongkan ruang disk di server itu"
        )
    if code == "25006":
        return refuses_writes(place)
    if code == "58030":
        return StoreFull(f"disk gagal di server basis data {place}; periksa disk server itu")
    if code == "53300":
        return StoreBusy(
            f"server basis data {place} sudah penuh sambungan; naikkan max_connections di server"
        )
    if _says(exc, "no password supplied"):
        return StoreError(
            f"server basis data {place}: kata sandi basis data belum diisi "
            "(TANGGAP_DATABASE_PASSWORD_FILE)"
        )
    if code in _WRONG_PASSWORD or _says(exc, "password authentication failed", "no password"):
        return StoreError(
            f"server basis data {place} menolak pengguna atau kata sandi; periksa url di "
            "[database] dan TANGGAP_DATABASE_PASSWORD_FILE"
        )
    if code == "3D000" or (_says(exc, "does not exist") and _says(exc, "database")):
        return StoreError(
            f"basis data {place} belum ada; buat di server: CREATE DATABASE ... OWNER <pengguna>"
        )
    if code == "42501":
        return StoreError(
            f"pengguna {user or '(tanpa nama)'} tidak berhak atas basis data {place}; jadikan ia "
            f"pemiliknya: ALTER DATABASE ... OWNER TO {user or '<pengguna>'}"
        )
    if code in ("XX001", "XX002"):
        return StoreError(
            f"basis data {place} rusak menurut server; hentikan daemon dan web, lalu pulihkan "
            "cadangan terakhir"
        )
    if _is_cut(exc, code):
        return StoreUnreachable(
            f"basis data {place} tidak dapat dihubungi atau sambungannya terputus; periksa server "
            "dan jaringannya"
        )
    return StoreError(f"basis data {place}: {type(exc).__name__} {code}".rstrip())


def refuses_writes(place: str) -> StoreFull:
    """Return what to say of a database that only reads."""
    return StoreFull(
        f"basis data {place} hanya-baca (server cadangan, atau dikunci); sambungkan ke server utama"
    )


def _is_cut(exc: psycopg.Error, code: str) -> bool:
    """Whether server or connection is gone: class 08, shutdown, or no answer at all."""
    return (
        code.startswith(("08", "57P"))
        or code in ("25P03", "57P05")
        or (not code and isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError))
    )


def _says(exc: psycopg.Error, *words: str) -> bool:
    # A refused connection carries no code: libpq hands on the server's text only.
    return not exc.sqlstate and any(word in str(exc) for word in words)
