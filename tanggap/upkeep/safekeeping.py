"""Make a backup in a folder, look at it again, and keep the newest ones.

A backup gets its name only when it was written, synced and read back, so a file of that name is a
whole one. One process at a time works in a folder; what a killed one left is cleared away by the
next.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tanggap import __version__
from tanggap.backup import Bytes, Manifest, pack, unpack
from tanggap.clock import to_text
from tanggap.errors import ConfigError, InputError, StoreBusy, StoreError, StoreFull
from tanggap.killpoints import reached
from tanggap.store import Held, Store, check_snapshot, kind_of, size_of, take_snapshot

NAMES = re.compile(r"tanggap-\d{8}T\d{6}Z\.backup")
_LOCK = ".tanggap-backup.lock"
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    path: Path
    manifest: Manifest
    bytes: int
    seconds: float
    removed: tuple[Path, ...]
    """Older ones that had to go."""


def carry_on(*_: object) -> None:
    """Go on: what a caller passes that never gives up."""


def check_key(key: str) -> str:
    """Return the key; raise ConfigError when it is too short to keep anybody out."""
    if key and len(key) < _SHORTEST_KEY:
        raise ConfigError(
            f"TANGGAP_BACKUP_KEY terlalu pendek; pakai paling sedikit {_SHORTEST_KEY} huruf acak, "
            "misalnya dari `openssl rand -hex 32`"
        )
    return key


def make_backup(
    store: Store,
    target: Path,
    city: str,
    key: str,
    now: datetime,
    *,
    keep: int = 0,
    reserve: int = 0,
    progress: Callable[..., None] = carry_on,
) -> Made:
    """Make a backup and return it: `target` is a folder, or the file's own name.

    In a folder the name says the moment; with `keep` only so many of these names stay. `reserve`
    bytes stay free on the disk. `progress` is called now and then and may raise to give up. Raise
    InputError when the target cannot be used, StoreFull without room, StoreBusy while another
    backup is made there, StoreError when the database cannot be read or is damaged.
    """
    started = time.monotonic()
    folder, path = _place(target, now)
    with _alone_in(folder):
        _check_room(folder, size_of(store), reserve)
        draft = folder / f".tanggap-{os.getpid()}.db.partial"
        packed = folder / f".tanggap-{os.getpid()}.backup.partial"
        try:
            take_snapshot(store, draft, progress)
            held = _checked(draft, progress)

            def describe(unpacked: Bytes, squeezed: Bytes) -> Manifest:
                origin = kind_of(store)
                return Manifest(
                    now, __version__, city, origin, held.steps, held.tables, unpacked, squeezed
                )

            os.close(os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            manifest = pack(draft, packed, describe, key, progress)
            _sync(packed)
            unpack(packed, None, key)
            reached("backup_packed")
            _name(packed, path)
        except OSError as exc:
            full = exc.errno in (28, 122)  # ENOSPC, EDQUOT
            raise (StoreFull if full else StoreError)(
                f"cadangan di {folder} tidak dapat ditulis: {exc.strerror}"
            ) from exc
        finally:
            for leftover in _leftovers(folder):
                leftover.unlink(missing_ok=True)
        removed = _thin_out(folder, keep, path) if keep else ()
    return Made(path, manifest, path.stat().st_size, time.monotonic() - started, removed)


def _checked(draft: Path, progress: Callable[..., None]) -> Held:
    try:
        return check_snapshot(draft, progress)
    except StoreError as exc:
        raise StoreError(
            "basis data tidak utuh, jadi cadangan tidak dibuat; cadangan lama tetap ada. Jalankan "
            f"`tanggap check`, lalu pulihkan cadangan yang baik dengan `tanggap restore` ({exc})"
        ) from exc


def backups_in(folder: Path) -> list[Path]:
    """Return the backups of a folder that have a name of ours, oldest first."""
    return sorted(path for path in folder.iterdir() if NAMES.fullmatch(path.name))


def _place(target: Path, now: datetime) -> tuple[Path, Path]:
    if target.is_dir():
        stamp = to_text(now)[:19].replace("-", "").replace(":", "")
        path = target / f"tanggap-{stamp}Z.backup"
    else:
        path = target
    if not path.parent.is_dir():
        # It is not made: where a disk should be mounted, a folder would hide that it is not.
        raise InputError(f"folder cadangan {path.parent} tidak ada; buat, atau pasang disknya")
    if path.exists():
        raise InputError(f"{path} sudah ada; cadangan tidak pernah ditimpa")
    return path.parent, path


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other backups out of the folder; the system lifts it with the process."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise InputError(f"folder cadangan {folder} tidak dapat ditulisi: {exc.strerror}") from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StoreBusy(f"cadangan lain sedang dibuat di {folder}; tunggu selesai") from exc
        for leftover in _leftovers(folder):
            leftover.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def _leftovers(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.glob(".tanggap-*.partial*")
        if re.fullmatch(r"\.tanggap-\d+\.(db|backup)\.partial.*", path.name)
    ]


def _check_room(folder: Path, size: int, reserve: int) -> None:
    """Raise StoreFull unless the snapshot and what is packed of it fit, in the worst case."""
    free, needed = shutil.disk_usage(folder).free, 2 * size + reserve
    if free < needed:
        raise StoreFull(
            f"ruang di folder cadangan {folder} tidak cukup: perlu {needed // 1024**2} MB, "
            f"bebas {free // 1024**2} MB; cadangan tidak dibuat"
        )


def _name(packed: Path, path: Path) -> None:
    try:
        os.link(packed, path)
    except FileExistsError as exc:
        raise InputError(f"{path} sudah ada; cadangan tidak pernah ditimpa") from exc
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _thin_out(folder: Path, keep: int, newest: Path) -> tuple[Path, ...]:
    """Remove the oldest backups until `keep` stay; the one just made always does."""
    ours = [path for path in backups_in(folder) if path != newest]
    gone = ours[: max(0, len(ours) - (keep - 1))]
    for path in gone:
        path.unlink(missing_ok=True)
    return tuple(gone)
