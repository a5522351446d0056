"""Runs `tanggap` in this process, as the console script would."""

import io
import sys
from collections.abc import Callable

import pytest

from tanggap.cli import main

Run = Callable[..., tuple[str, str]]


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command line and gives (stdout, stderr)."""

    def run(*arguments: object, stdin: bytes = b"", code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        out, error = capsys.readouterr()
        assert (caught.value.code or 0) == code, error
        return out, error

    return run
