"""The guard around the tests: whatever leaves this machine is refused and written down."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ASK = "import socket; socket.getaddrinfo('graph.facebook.com', 443)"


def test_a_test_that_asks_for_another_host_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESS_RECORD", str(tmp_path / "record"))
    with pytest.raises(PermissionError, match="not this machine"):
        socket.getaddrinfo("api.x.com", 443)
    with socket.socket() as sock, pytest.raises(PermissionError):
        sock.connect(("192.0.2.1", 443))
    assert (tmp_path / "record").read_text().split() == ["api.x.com", "192.0.2.1"]


def test_a_process_that_a_test_starts_is_refused_too(tmp_path: Path) -> None:
    record = tmp_path / "record"
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=os.environ | {"EGRESS_RECORD": str(record)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "not this machine" in done.stderr
    assert record.read_text() == "graph.facebook.com\n"


def test_this_machine_may_be_asked() -> None:
    assert socket.getaddrinfo("127.0.0.1", 80)
