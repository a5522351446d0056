"""Faults of the line to the networks: names, certificates, silence, bodies without end.

All networks go through one transport, so each of these strikes all of them at once.
"""

import _thread
import gzip
import json
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from daemon_support import (
    OFFICIAL,
    START,
    TOKEN,
    HandClock,
    only_accounts,
    open_install,
    statuses,
    unmeasured,
    write_config,
)
from x_support import Reply, WireServer, serving

import daemon
from collectors import transport as transport_module
from collectors.instagram_session import Session, save_session
from collectors.transport import Transport, TransportError
from collectors.transport_names import addresses
from collectors.transport_socket import GuardedSocket
from tanggap.cli import cli
from tanggap.remedies import REMEDIES
from tanggap.store.rows import SourceStatus

NETWORKS = ("x", "facebook", "instagram", "instagram_web")
LIMITS = {"x", "meta", "instagram_web"}
"""First parts of the source ids: Facebook and Instagram stand behind one host."""
OPDS = ("dpupr", "dlh")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> Path:
    """Write an install of all networks whose servers are at `address` ("": the real ones)."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    somewhere = "http://127.0.0.1:9"
    path = write_config(
        folder,
        address or somewhere,
        *(change for n in NETWORKS[:3] for change in only_accounts(*OPDS, network=n)),
        *only_accounts("distan", network="instagram_web"),
        ("connect_seconds = 5.0", "connect_seconds = 0.5"),
        ("deadline_seconds = 30.0", "deadline_seconds = 1.0"),
        networks=NETWORKS,
    )
    if not address:
        text = path.read_text(encoding="utf-8")
        for official in OFFICIAL:
            text = text.replace(f'"{somewhere}"', f'"{official}"', 1)
        path.write_text(text, encoding="utf-8")
    cookies = {"sessionid": "5%3A6", "ds_user_id": "5", "csrftoken": "c", "mid": "m", "ig_did": "d"}
    save_session(folder / "instagram-session.json", Session("pembaca", cookies))
    return path


def shown(path: Path) -> dict[str, dict[str, object]]:
    """Return what the operator is shown, as `tanggap sources --json` prints it."""
    result = CliRunner().invoke(cli, ["--config", str(path), "sources", "--json"])
    return {row["id"]: row for row in json.loads(result.stdout)["sources"]}


def every_limit_says(path: Path, found: dict[str, SourceStatus], code: str) -> None:
    """Assert that a source of each limit met the fault, and that the operator reads what to do."""
    met = {name for name, status in found.items() if status.code == code}
    assert {name.partition(":")[0] for name in met} == LIMITS, found
    assert {status.code for status in found.values()} <= {code, ""}
    rows = shown(path)
    for name in met:
        said = str(rows[name]["code"])
        assert said in {code, "network_down"}  # of the source, or of the rest that covers it
        assert rows[name]["meaning"] == REMEDIES[said].meaning
        assert rows[name]["action"] == REMEDIES[said].action


# --- certificates ------------------------------------------------------------------------------


class Authority:
    """A certificate authority of this test: what it signs is trusted where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self.key = folder / "ca.key"
        self._openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=uji"),
            *("-keyout", str(self.key), "-out", str(self.certificate)),
        )

    def leaf(self, name: str, days: int = 2) -> Path:
        """Return certificate and key for a name such as `IP:127.0.0.1`, over after `days`."""
        stem = self.folder / f"{name.replace(':', '-')}{days}"
        key, request, extra, signed = (
            stem.with_suffix(end) for end in (".key", ".csr", ".ext", ".pem")
        )
        extra.write_text(f"subjectAltName={name}\n")
        self._openssl(
            *("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=uji-server"),
            *("-keyout", str(key), "-out", str(request)),
        )
        self._openssl(
            *("x509", "-req", "-in", str(request), "-CA", str(self.certificate)),
            *("-CAkey", str(self.key), "-CAcreateserial", "-days", str(days)),
            *("-extfile", str(extra), "-out", str(signed)),
        )
        signed.write_text(signed.read_text() + key.read_text())
        return signed

    def _openssl(self, *arguments: str) -> None:
        command = shutil.which("openssl")
        assert command, "the openssl command makes this test's certificates"
        subprocess.run([command, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make certificates")
    return Authority(tmp_path_factory.mktemp("tls"))


@contextmanager
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine's own store hold the authority, as an operator may add one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    transport_module._tls.cache_clear()
    try:
        yield
    finally:
        transport_module._tls.cache_clear()


@contextmanager
def over_tls(certificate: Path, *, old: bool = False) -> Iterator[tuple[str, WireServer]]:
    """Serve an empty page with a certificate; `old`: with a protocol of 2006 at most."""
    server = WireServer(lambda _: Reply(200, {"data": [], "meta": {"result_count": 0}}))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # failed handshakes
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    if old:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_what_the_authority_signed_for_this_machine_is_accepted(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counter-check: the refusals below are not for want of trust in the authority."""
    good = authority.leaf("IP:127.0.0.1")
    with trusted(authority, monkeypatch), over_tls(good) as (address, server):
        transport, session = line_to(address)
        assert session.get("https://api.x.com/2/x").json()["data"] == []
        assert len(server.requests) == 1
        transport.close()


UNTRUSTED: dict[str, Callable[[Authority], Path]] = {
    "expired": lambda authority: authority.leaf("IP:127.0.0.1", days=-1),
    "for-another-host": lambda authority: authority.leaf("DNS:elsewhere.example"),
    "signed-by-itself": lambda authority: stranger(authority),
    "protocol-of-2006": lambda authority: authority.leaf("IP:127.0.0.1"),
}


def stranger(authority: Authority) -> Path:
    """Return a certificate that nobody but itself vouches for."""
    folder = authority.folder / "stranger"
    folder.mkdir(exist_ok=True)
    return Authority(folder).leaf("IP:127.0.0.1")


@pytest.mark.fault(27)
@pytest.mark.parametrize("kind", UNTRUSTED)
def test_an_end_that_cannot_prove_who_it_is_gets_no_request_and_is_one_alarm_per_network(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: HandClock,
    authority: Authority,
    kind: str,
) -> None:
    certificate = UNTRUSTED[kind](authority)
    old = kind == "protocol-of-2006"
    with trusted(authority, monkeypatch), over_tls(certificate, old=old) as (address, server):
        path = install(tmp_path, monkeypatch, address)
        with open_install(path, clock) as house:
            daemon.once(house)
            found = statuses(house.store, clock)
            every_limit_says(path, found, "tls_refused")
            met = [status for status in found.values() if status.code == "tls_refused"]
            assert {status.state for status in met} == {"needs_human"}
            assert all(status.detail.startswith("TLS: ") for status in met)
            holds = house.store.holds(clock.now())
            assert {(hold.scope, hold.code) for hold in holds} == {
                (limit, "tls_refused") for limit in LIMITS
            }
            began = clock.now()
            for _ in range(14):
                clock.advance(timedelta(seconds=59))
                daemon.once(house)  # nothing is asked while the alarm stands
            assert {s.last_attempt_at for s in statuses(house.store, clock).values()} <= {
                None,
                began,
            }
        assert server.requests == []


# --- names -------------------------------------------------------------------------------------


@pytest.mark.fault(26)
@pytest.mark.parametrize("trouble", [socket.EAI_NONAME, socket.EAI_AGAIN])
def test_a_name_that_nobody_knows_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock, trouble: int
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(trouble, "no answer about this name")

    path = install(tmp_path, monkeypatch, "")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with open_install(path, clock) as house:
        daemon.once(house)
        found = statuses(house.store, clock)
        every_limit_says(path, found, "network_unreachable")
        assert {s.state for s in found.values() if s.code} == {"backoff"}


PRIVATE = ["10.1.2.3", "127.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.1.1", "fd00::5"]


@pytest.mark.fault(26)
@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_the_own_network_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    called: list[object] = []
    path = install(tmp_path, monkeypatch, "")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: called.append(where))
    with open_install(path, clock) as house:
        daemon.once(house)
        found = statuses(house.store, clock)
        every_limit_says(path, found, "address_refused")
    assert called == []


class HangingResolver:
    """A resolver that says nothing until it is let go, and then that it knows nothing."""

    def __init__(self) -> None:
        self._let_go = threading.Event()
        self._lock = threading.Lock()
        self.under_way = 0
        """How many threads are inside it."""

    def ask(self, *_: object, **__: object) -> None:
        with self._lock:
            self.under_way += 1
        self._let_go.wait(60)
        with self._lock:
            self.under_way -= 1
        raise socket.gaierror(socket.EAI_AGAIN, "no answer about this name")

    def let_go(self) -> None:
        self._let_go.set()


@pytest.fixture
def hanging_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingResolver]:
    resolver = HangingResolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver.ask)
    yield resolver
    resolver.let_go()
    deadline = time.monotonic() + 5
    while resolver.under_way and time.monotonic() < deadline:
        time.sleep(0.01)
    assert resolver.under_way == 0


@pytest.mark.fault(24, 26)
def test_a_resolver_that_hangs_ends_each_turn_in_time_and_gathers_no_threads(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: HandClock,
    hanging_resolver: HangingResolver,
) -> None:
    path = install(tmp_path, monkeypatch, "")
    with open_install(path, clock) as house:
        for _ in range(3):
            daemon.once(house)
            assert 0 < hanging_resolver.under_way <= len(OFFICIAL)
            clock.advance(HOUR)
        found = statuses(house.store, clock)
        every_limit_says(path, found, "network_timeout")


def test_a_look_up_that_found_no_thread_fails_and_the_next_one_is_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")  # what CPython says

    guarded = GuardedSocket(60.0)
    with monkeypatch.context() as patch:
        patch.setattr(_thread, "start_new_thread", refuse)
        with pytest.raises(OSError, match="can't start new thread"):
            addresses("localhost", 80, time.monotonic() + 30, guarded)
    assert addresses("localhost", 80, time.monotonic() + 30, guarded)


@pytest.fixture
def stillborn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Threads as a system short of memory gives them: begun, and never seen to run."""
    begun: list[tuple[Any, ...]] = []
    monkeypatch.setattr(_thread, "start_new_thread", lambda *thread: begun.append(thread))
    return begun


def out_of_time(seconds: float) -> None:
    with pytest.raises(TransportError, match="network_timeout: name look-up"):
        addresses("localhost", 80, time.monotonic() + seconds, GuardedSocket(60.0))


def test_a_look_up_whose_thread_dies_before_it_runs_ends_in_time_and_the_next_one_is_a_new_one(
    stillborn: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    out_of_time(0.3)
    assert len(stillborn) == 1
    monkeypatch.undo()
    assert addresses("localhost", 80, time.monotonic() + 30, GuardedSocket(60.0))


@pytest.mark.parametrize("late", [True, False], ids=["runs late", "never runs"])
def test_who_shares_a_look_up_that_another_gave_up_asks_anew_while_there_is_time(
    stillborn: list[tuple[Any, ...]], *, late: bool
) -> None:
    with ThreadPoolExecutor(1) as pool:
        guarded = GuardedSocket(60.0)
        other = pool.submit(addresses, "localhost", 80, time.monotonic() + 60, guarded)
        while not stillborn and not other.done():
            time.sleep(0.01)
        out_of_time(0.3)
        if late:
            run, given = stillborn[0]
            run(*given)
        deadline = time.monotonic() + 20
        while len(stillborn) < 2 and not other.done() and time.monotonic() < deadline:
            time.sleep(0.01)
        if len(stillborn) < 2:
            guarded.cut()
        else:
            run, given = stillborn[1]
            run(*given)
        assert other.result(10)


def test_a_look_up_that_breaks_off_is_said_at_once_and_the_next_one_is_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_memory(*_: object, **__: object) -> None:
        raise MemoryError

    guarded = GuardedSocket(60.0)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda _: None)
        patch.setattr(socket, "getaddrinfo", no_memory)
        with pytest.raises(OSError, match="broke off"):
            addresses("localhost", 80, time.monotonic() + 30, guarded)
    assert addresses("localhost", 80, time.monotonic() + 30, guarded)


def test_those_who_want_the_same_name_wait_together_and_an_abandoned_one_leaves_at_once(
    hanging_resolver: HangingResolver,
) -> None:
    troubles: list[Exception] = []

    def ask(guarded: GuardedSocket, seconds: float) -> None:
        try:
            addresses("api.x.com", 443, time.monotonic() + seconds, guarded)
        except OSError as exc:
            troubles.append(exc)
        finally:
            guarded.release()

    sockets = [GuardedSocket(60.0) for _ in range(6)]
    threads = [
        threading.Thread(target=ask, args=(guarded, 0.2 if number else 60.0))
        for number, guarded in enumerate(sockets)
    ]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join(10)
    assert hanging_resolver.under_way == 1
    assert [str(exc) for exc in troubles] == ["network_timeout: name look-up"] * 5
    sockets[0].cut()
    threads[0].join(10)
    assert str(troubles[5]) == "network_unreachable: abandoned"


# --- silence -----------------------------------------------------------------------------------


def line_to(address: str, **changes: float) -> tuple[Transport, requests.Session]:
    settings = {"connect_seconds": 2.0, "deadline_seconds": 0.6} | changes
    transport = Transport(
        host="api.x.com",
        base_url=address,
        max_bytes=10_000_000,
        **settings,  # type: ignore[arg-type]  # floats only
    )
    session = requests.Session()
    transport.attach(session)
    return transport, session


@pytest.mark.fault(24)
@pytest.mark.parametrize("says", [b"", b"\x16\x03\x03\x00\x7a\x02"], ids=["nothing", "a-few-bytes"])
def test_a_handshake_that_never_ends_is_cut_at_the_deadline(says: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def accept() -> None:
            connection, _ = listener.accept()
            held.append(connection)
            connection.sendall(says)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        transport, session = line_to(f"https://127.0.0.1:{listener.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(TransportError) as caught:
            session.get("https://api.x.com/2/x")
        assert 0.5 < time.monotonic() - began < 40  # it would be for ever
        thread.join(5)
        for connection in held:
            connection.close()
        transport.close()
    assert caught.value.code == "network_timeout"


@pytest.mark.fault(24)
def test_a_byte_every_ten_seconds_is_cut_at_the_deadline_of_the_whole_request() -> None:
    """The pause between two bytes is longer than this test; the deadline does not wait for it."""
    stop = threading.Event()

    def write(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        stop.wait(60)

    with serving(lambda _: Reply(wire=write)) as server:
        transport, session = line_to(server.url)
        began = time.monotonic()
        with pytest.raises(TransportError) as caught:
            session.get("https://api.x.com/2/x")
        assert time.monotonic() - began < 50
        stop.set()
        transport.close()
    assert caught.value.code == "network_timeout"


# --- bodies without end ------------------------------------------------------------------------

READER = """
import resource, sys
from collectors.transport import Transport, TransportError
import requests

transport = Transport(
    host="api.x.com", base_url=sys.argv[1],
    connect_seconds=5.0, deadline_seconds=60.0, max_bytes=10_000_000,
)
session = requests.Session()
transport.attach(session)
session.get("https://api.x.com/small")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    try:
        session.get("https://api.x.com/" + path)
    except TransportError as trouble:
        sys.stdout.write(f"{path} {trouble.code}\\n")
sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}\\n")
"""


@pytest.mark.fault(31)
def test_bombs_and_bodies_without_end_cost_a_reader_less_than_64_megabytes() -> None:
    megabyte = gzip.compress(bytes(1 << 20), 9)
    bombs = {
        "/bomb": megabyte * 10_000,  # ten megabytes that would become ten gigabytes
        "/twice": gzip.compress(gzip.compress(bytes(1 << 26), 9) * 20, 9),
    }

    def respond(request: object) -> Reply:
        path = request.path  # type: ignore[attr-defined]
        if path in bombs:
            encoding = "gzip" if path == "/bomb" else "gzip, gzip"
            return Reply(200, bombs[path], {"Content-Encoding": encoding})
        if path == "/huge":
            return Reply(wire=lambda sock: pour(sock, b"Content-Length: 9000000000\r\n"))
        if path == "/endless":
            return Reply(wire=lambda sock: pour(sock, b""))
        return Reply(200, {"data": []})

    with serving(respond) as server:
        names = ["bomb", "twice", "huge", "endless"]
        child = subprocess.run(
            [sys.executable, "-c", READER, server.url, *names],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            cwd=Path(__file__).parent.parent,
            env=unmeasured(),
        )
    *codes, risen = child.stdout.split("\n")[:-1]
    assert codes == [
        "bomb body_too_large",
        "twice not_json",  # a coding that was not asked for is not unpacked at all
        "huge body_too_large",
        "endless body_too_large",
    ]
    assert int(risen) * 1024 < 64_000_000
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 0


def pour(sock: socket.socket, head: bytes) -> None:
    """Send a body until the reader goes away."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
    while True:
        sock.sendall(b" " * 65_536)
