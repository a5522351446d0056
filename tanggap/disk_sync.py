"""What must outlast a power cut is brought to the disk: files, and the names in a folder."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Bring a file's bytes to the disk; raise OSError when it refuses."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a new file's name, or one that was changed.

    Without it a power cut may take the name away, and with it all that is written later. Raise
    OSError.
    """
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
