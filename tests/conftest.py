"""What all tests share: the tests folder on the path, and a clean environment."""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tanggap import logs

sys.path.insert(0, str(Path(__file__).parent))
# Before any test imports them, so that their assertions explain themselves too.
pytest.register_assert_rewrite(
    *(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("test_"))
)


@pytest.fixture(autouse=True)
def _no_proxies_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's environment out of the tests."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith("TANGGAP_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what commands that ran in this process set: their handlers write to closed files."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("tanggap", *logs.QUIET)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
