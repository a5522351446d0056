"""What all tests share: the tests folder on the path, and a clean environment."""

import os
import sys
from pathlib import Path

import pytest

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
