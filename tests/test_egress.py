"""The guard around the tests: whatever leaves this machine is refused and written down."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from daemon_support import unmeasured

TESTS = Path(__file__).parent
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


ASKING: list[Callable[[socket.socket], object]] = [
    lambda _: socket.getaddrinfo(host="192.0.2.1", port=443),
    lambda _: socket.gethostbyname("192.0.2.1"),
    lambda _: socket.gethostbyname_ex("192.0.2.1"),
    lambda _: socket.gethostbyaddr("192.0.2.1"),
    lambda _: socket.getnameinfo(("192.0.2.1", 443), 0),
    lambda sock: sock.connect(("192.0.2.1", 443)),
    lambda sock: sock.connect_ex(("192.0.2.1", 443)),
    lambda sock: sock.sendto(b"?", ("192.0.2.1", 53)),
    lambda sock: sock.sendto(b"?", 0, ("192.0.2.1", 53)),
    lambda sock: sock.sendmsg([b"?"], [], 0, ("192.0.2.1", 53)),
]


@pytest.mark.parametrize("ask", ASKING)
def test_no_call_of_a_socket_reaches_another_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[socket.socket], object]
) -> None:
    monkeypatch.setenv("EGRESS_RECORD", str(tmp_path / "record"))
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(PermissionError):
        ask(sock)
    assert (tmp_path / "record").read_text() == "192.0.2.1\n"


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


TINY = """
import contextlib
import socket

def test_that_hides_what_it_asked_for():
    with contextlib.suppress(OSError):
        socket.getaddrinfo({host!r}, 443)
"""


@pytest.mark.parametrize(
    ("host", "code", "said"),
    [
        ("graph.facebook.com", 1, "asked for other machines: graph.facebook.com"),
        ("127.0.0.1", 0, "1 passed"),
    ],
)
def test_a_run_fails_that_asked_for_another_host_though_its_tests_passed(
    tmp_path: Path, host: str, code: int, said: str
) -> None:
    tiny = tmp_path / "test_tiny.py"
    tiny.write_text(TINY.format(host=host), encoding="utf-8")
    options = ["-c", os.devnull, "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "conftest", str(tiny)],
        cwd=TESTS,  # our conftest is found there
        env={name: value for name, value in unmeasured().items() if name != "EGRESS_RECORD"}
        | {"PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert said in done.stdout


def test_this_machine_may_be_asked() -> None:
    assert socket.getaddrinfo("127.0.0.1", 80)
    assert socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST)
    ours, other = socket.socketpair()
    with ours, other:
        assert ours.sendmsg([b"a"]) == 1
