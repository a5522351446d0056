"""Make a backup in a folder, look at it again, and keep the newest ones.

A backup gets its name only when it was written, synced and read back, so a file of that name is a
whole one. One process at a time works in a folder; what a killed one left is cleared away by the
next.
"""

import errno
import fcntl
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tanggap import __version__
from tanggap.backup import Bytes, Manifest, Progress, carry_on, manifest_of, pack, unpack
from tanggap.disk_sync import sync_file, sync_folder
from tanggap.errors import (
    ConfigError,
    InputError,
    SchemaMismatch,
    StoreBusy,
    StoreError,
    StoreFull,
)
from tanggap.killpoints import reached
from tanggap.reasons import reason
from tanggap.store import Contents, Store, check_snapshot, take_snapshot

logger = logging.getLogger("tanggap.backup")

_NAME = "tanggap-%Y%m%dT%H%M%SZ.backup"
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    path: Path
    manifest: Manifest
    bytes: int
    seconds: float


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
    reserve: int = 0,
    progress: Progress = carry_on,
) -> Made:
    """Make a backup and return it: `target` is a folder, or the file's own name.

    In a folder the name says the moment. `reserve` bytes stay free on the disk. `progress` may
    raise to give up. Raise InputError when the target cannot be used,
    StoreFull without room, StoreBusy while another backup is made there, StoreError when the
    database cannot be read or is damaged, or the disk refuses.
    """
    started = time.monotonic()
    try:
        folder, path = _place(target, now)
        with _alone_in(folder):
            _check_room(folder, store.size(), reserve)
            manifest, size = _made_in(folder, path, store, city, key, now, progress)
    except OSError as exc:
        full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (StoreFull if full else StoreError)(
            f"cadangan di {target} tidak dapat ditulis: {reason(exc)}"
        ) from exc
    return Made(path, manifest, size, time.monotonic() - started)


def _made_in(
    folder: Path,
    path: Path,
    store: Store,
    city: str,
    key: str,
    now: datetime,
    progress: Progress,
) -> tuple[Manifest, int]:
    """Make the backup `path` beside its drafts, which go; return manifest and size."""
    draft = folder / f".tanggap-{os.getpid()}.db.partial"
    packed = folder / f".tanggap-{os.getpid()}.backup.partial"
    try:
        take_snapshot(store, draft, progress)
        found = _checked(draft, progress)

        def describe(unpacked: Bytes, squeezed: Bytes) -> Manifest:
            return Manifest(
                now, __version__, city, store.kind, found.steps, found.tables, unpacked, squeezed
            )

        os.close(os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        manifest = pack(draft, packed, describe, key, progress)
        sync_file(packed)
        unpack(packed, None, key)
        size = packed.stat().st_size
        reached("backup_packed")
        _name(packed, path)
    finally:
        _clear_leftovers(folder)
    return manifest, size


def thin_out(folder: Path, keep: int, newest: Path, city: str) -> tuple[Path, ...]:
    """Remove a city's oldest backups until `keep` stay; `newest`, just made, always does.

    What is dated later than the one just made counts as the oldest. Backups of another city that
    shares the folder stay. What cannot be removed is a warning. Return what is gone.
    """
    gone = []
    try:
        older = [path for path in backups_in(folder, made_at(newest)) if path != newest]
        ours = [path for path in older if not _of_another(path, city)]
        for path in ours[: max(0, len(ours) - (keep - 1))]:
            if _removed(path):
                gone.append(path)
    except OSError as exc:
        logger.warning("event=backup_not_removed errno=%s", exc.errno)
    return tuple(gone)


def _of_another(backup: Path, city: str) -> bool:
    """Whether a backup is another city's; one that cannot be read is ours where we or root own it.

    Backups are readable by their owner alone, and two cities on one machine run as two users.
    """
    try:
        return manifest_of(backup).city != city
    except (InputError, OSError):
        return backup.stat().st_uid not in (0, os.geteuid())


def _removed(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        logger.warning("event=backup_not_removed file=%s errno=%s", path.name, exc.errno)
        return False
    return True


def _checked(draft: Path, progress: Progress) -> Contents:
    try:
        return check_snapshot(draft, progress)
    except SchemaMismatch as exc:  # nothing is damaged
        raise SchemaMismatch(f"cadangan tidak dibuat; cadangan lama tetap ada: {exc}") from exc
    except StoreError as exc:
        raise StoreError(
            "basis data tidak utuh, jadi cadangan tidak dibuat; cadangan lama tetap ada. Jalankan "
            f"`tanggap check`, lalu pulihkan cadangan yang baik dengan `tanggap restore` ({exc})"
        ) from exc


def backups_in(folder: Path, until: datetime | None = None) -> list[Path]:
    """Return the backups of a folder that have a name of ours, oldest first. Raise OSError.

    What is dated later than `until` is from a clock that ran ahead: nobody knows how old it is, and
    it counts as the oldest.
    """
    dated = [(path, when) for path in folder.iterdir() if (when := made_at(path)) is not None]
    dated.sort(key=lambda one: (until is None or one[1] <= until, one[1]))
    return [path for path, _ in dated]


def name_for(when: datetime) -> str:
    """Return the name of a backup that is made then: to the second, UTC."""
    return f"{when.astimezone(UTC):{_NAME}}"


def made_at(backup: Path) -> datetime | None:
    """Return the moment that a backup's name says; None when it is no name of ours."""
    try:
        when = datetime.strptime(backup.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return when if name_for(when) == backup.name else None  # it also takes `1` for `01`


def _place(target: Path, now: datetime) -> tuple[Path, Path]:
    path = target / name_for(now) if target.is_dir() else target
    if not path.parent.is_dir():
        # It is not made: where a disk should be mounted, a folder would hide that it is not.
        raise InputError(f"folder cadangan {path.parent} tidak ada; buat, atau pasang disknya")
    if path.exists():
        raise InputError(f"{path} sudah ada; cadangan tidak pernah ditimpa")
    return path.parent, path


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other backups out of the folder; the system lifts it with the process.

    The folder itself is locked: a file for it would belong to whoever came first, and one of
    root's would shut out the daemon.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as exc:
        raise InputError(f"folder cadangan {folder} tidak dapat dibuka: {reason(exc)}") from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StoreBusy(f"cadangan lain sedang dibuat di {folder}; tunggu selesai") from exc
        _clear_leftovers(folder)
        yield
    finally:
        os.close(descriptor)


def _clear_leftovers(folder: Path) -> None:
    """Remove the drafts in a folder; one that the disk keeps is a warning."""
    for path in folder.glob(".tanggap-*.partial*"):
        if re.fullmatch(r"\.tanggap-\d+\.(db|backup)\.partial.*", path.name):
            _removed(path)


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
    reached("backup_named")
    sync_folder(path.parent)
