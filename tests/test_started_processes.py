"""What the tests of processes start, they end: when a start fails and when a test does."""

import logging
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import postgres_support
import psycopg
import pytest
from daemons_support import OneDaemon, daemons
from fast_city_support import City
from postgres_support import Server, free_port, running_server
from process_support import desk_process, end_process


def proxies() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("proxy-")]


def test_a_server_whose_port_was_taken_starts_at_another_one_and_says_so(
    postgres_server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    taken = postgres_server.port  # somebody answers there, but not the one that is started
    found = iter([taken, free_port()])
    monkeypatch.setattr(postgres_support, "free_port", lambda: next(found))
    with running_server() as server:
        assert server.port != taken
        assert caplog.messages == [f"event=port_taken port={taken} next={server.port}"]
        with (
            psycopg.connect(server.url("postgres")) as one,
            psycopg.connect(postgres_server.url("postgres")) as other,
        ):
            folders = [it.execute("SHOW data_directory").fetchone() for it in (one, other)]
        assert folders[0] != folders[1]
        # Once its address is known to others it keeps it, or says why it cannot.
        server.stop()
        with (
            socket.create_server(("127.0.0.1", server.port)),
            pytest.raises(AssertionError, match="Address already in use"),
        ):
            server.start()


def test_a_server_that_does_not_come_up_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def never_answers(server: Server) -> bool:
        assert server._process is not None
        started.append(server._process)
        raise AssertionError("no answer")

    monkeypatch.setattr(Server, "_answers", never_answers)
    with pytest.raises(AssertionError, match="no answer"), running_server():
        pytest.fail("it came up")
    assert [one.poll() is None for one in started] == [False]


def test_no_port_is_one_that_the_system_hands_out_to_whoever_asks() -> None:
    given_out = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not given_out.exists():
        pytest.skip("this system does not say")
    first = int(given_out.read_text(encoding="ascii").split()[0])
    if first <= 10_000:
        pytest.skip("there are none below")
    assert all(1024 < free_port() < first for _ in range(50))


def test_a_desk_that_does_not_come_up_is_ended_and_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "tanggap.toml"
    broken.write_text("[city]\nnama = 1\n", encoding="utf-8")
    with (
        pytest.raises(pytest.fail.Exception, match=r"did not come up: .*tanggap\.toml"),
        desk_process(broken),
    ):
        pytest.fail("it came up")


def test_a_daemon_that_cannot_be_started_leaves_no_line_open(
    tmp_path: Path, postgres_server: Server
) -> None:
    def broken(path: Path, url: str) -> None:
        raise OSError(f"{path.name} {bool(url)}")

    before = proxies()
    with (
        pytest.raises(OSError, match=r"daemon-1\.toml"),
        daemons(tmp_path, postgres_server.url("x"), postgres_server, broken) as group,
    ):
        group.join()
    assert proxies() == before
    assert group.running == []


def test_daemons_are_ended_when_a_test_fails_frozen_ones_too(
    tmp_path: Path, postgres_server: Server, migrated_postgres_url: str
) -> None:
    city = City(tmp_path, 1, ("dlh",), hours=1, per_hour=10)
    before = proxies()
    started: list[OneDaemon] = []

    def failing() -> None:
        url = migrated_postgres_url
        with city.simulator, daemons(tmp_path, url, postgres_server, city.write_config) as group:
            started.extend([group.join(), group.join()])
            started[0].stop()
            pytest.fail("the test")

    with pytest.raises(pytest.fail.Exception, match="the test"):
        failing()
    assert [Path(f"/proc/{one.process.pid}").exists() for one in started] == [False] * 2
    assert proxies() == before


def test_a_process_that_stops_itself_is_killed_when_its_test_dies_without_a_word(
    tmp_path: Path,
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux can")
    tell = tmp_path / "told"
    child = (
        f"import os, sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import kill_runner; "
        "kill_runner.end_with_parent(); print(os.getpid(), flush=True); os.kill(os.getpid(), 19)"
    )
    parent = (
        "import os, subprocess, sys; "
        f"started = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE); "
        "print(started.stdout.readline().decode(), flush=True); "
        "os.waitpid(started.pid, os.WUNTRACED); os.kill(os.getpid(), 9)"
    )
    with tell.open("w") as said:
        dead = subprocess.run([sys.executable, "-c", parent], stdout=said, check=False, timeout=60)
    assert dead.returncode == -signal.SIGKILL
    pid = tell.read_text(encoding="ascii").strip()
    state = Path(f"/proc/{pid}/stat")
    deadline = 60
    while state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z" and deadline:
        threading.Event().wait(0.1)
        deadline -= 1
    assert deadline > 0


def test_a_process_that_does_not_end_when_asked_is_killed_and_told_of() -> None:
    deaf = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
            "print(flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout is not None
    with deaf.stdout as said:
        said.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            end_process(deaf, 0.2)
    assert deaf.returncode == -signal.SIGKILL
    end_process(deaf)
