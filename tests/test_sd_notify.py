import socket
from datetime import timedelta
from pathlib import Path

import pytest

from tanggap.sd_notify import notify, watchdog_interval


def test_the_state_reaches_the_socket_that_systemd_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        assert notify("READY=1")
        assert listener.recv(100) == b"READY=1"


def test_without_systemd_or_with_a_dead_socket_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert not notify("READY=1")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("30000000", timedelta(seconds=30)), ("0", None), ("", None), ("x", None)],
)
def test_the_watchdog_interval_is_read_in_microseconds(
    text: str, wanted: timedelta | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", text)
    assert watchdog_interval() == wanted
