"""One daemon per SQLite file, by a lock of the operating system."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tanggap.errors import StoreBusy, StoreError
from tanggap.killpoints import reached
from tanggap.reasons import reason
from tanggap.store.sqlite_connections import missing, not_writable, refuses_writes


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold `<path>.lock` while the daemon runs; raise StoreBusy when another one holds it.

    The system drops the lock with the process, however that ends: it can never be stale. The
    file stays, since removing it would let two daemons lock two files of the same name.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as exc:
        raise missing(path) from exc
    except OSError as exc:
        if (closed := not_writable(path)) is not None:
            raise refuses_writes(path, closed) from exc
        raise StoreError(
            f"berkas kunci {lock} tidak dapat dibuka ({reason(exc)}); perbaiki izin berkas dan "
            f"folder {lock.parent}"
        ) from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise StoreBusy(
                f"Daemon sedang berjalan untuk {path} (proses {owner or 'tidak diketahui'}); "
                "hentikan terlebih dahulu."
            ) from exc
        with suppress(OSError):  # a full disk; the number is for people only
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        reached("lock_taken")
        yield
    finally:
        os.close(descriptor)
