"""Several real daemons on one PostgreSQL, each behind a line of its own that a test can cut."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from daemon_support import fetched, unmeasured
from postgres_support import Server

T = TypeVar("T")
Line = Literal["open", "cut", "stalled"]


class Proxy:
    """Hands bytes on between a daemon and the server, until the line is cut or stalls."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._state: Line = "open"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._wake, self._woken = socket.socketpair()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name=f"proxy-{self.port}")
        self._thread.start()

    def set(self, state: Line) -> None:
        """Open the line, cut it (all ends, nobody gets through), or let it swallow everything."""
        self._state = state
        self._wake.send(b"x")

    def close(self) -> None:
        """End all of it."""
        self._closed = True
        self._wake.send(b"x")
        self._thread.join(10)
        for end in (self._listener, self._wake, self._woken):
            end.close()

    def _serve(self) -> None:
        try:
            while not self._closed:
                if self._state == "cut":
                    self._end(self._pairs)
                ends = {} if self._state == "stalled" else self._ends()
                ready, _, _ = select.select([self._woken, self._listener, *ends], [], [], 1.0)
                for one in ready:
                    if one is self._woken:
                        self._woken.recv(100)
                    elif one is self._listener:
                        self._accept()
                    elif one.fileno() >= 0:
                        self._hand_on(one, ends[one])
        finally:
            self._end(self._pairs)

    def _ends(self) -> dict[socket.socket, socket.socket]:
        return {a: b for pair in self._pairs for a, b in (pair, pair[::-1])}

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        try:
            if self._state == "cut":
                raise ConnectionRefusedError
            far = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:
            near.close()
            return
        self._pairs.append((near, far))

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        try:
            data = one.recv(65536)
            other.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._end([pair for pair in self._pairs if one in pair])

    def _end(self, pairs: list[tuple[socket.socket, socket.socket]]) -> None:
        for pair in list(pairs):
            self._pairs.remove(pair)
            for end in pair:
                end.close()


@dataclass
class OneDaemon:
    """A daemon's process, its config and its line to the server."""

    proxy: Proxy
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def mark(self) -> str:
        """What its owner name holds: `host:PID:…`."""
        return f":{self.process.pid}:"


@dataclass
class Daemons:
    """The daemons of one install."""

    folder: Path
    url: str
    server: Server
    write_config: Callable[[Path, str], None]
    """Writes the config into a file, with the URL that a daemon is to use."""
    running: list[OneDaemon] = field(default_factory=list)
    started: int = 0

    def join(self) -> OneDaemon:
        """Start another one."""
        proxy = Proxy(self.server.port)
        self.started += 1
        config = self.folder / f"daemon-{self.started}.toml"
        self.write_config(config, self.url.replace(f":{self.server.port}/", f":{proxy.port}/"))
        log = self.folder / f"daemon-{self.started}.log"
        environment = unmeasured() | {"PYTHONPYCACHEPREFIX": str(self.folder / "bytecode")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "tanggap", "--config", str(config), "run"],
                stderr=errors,
                env=environment,
            )
        one = OneDaemon(proxy, process, log)
        self.running.append(one)
        return one

    def leave(self, one: OneDaemon) -> float:
        """End one by SIGTERM; return the seconds that it took."""
        began = time.monotonic()
        one.process.terminate()
        code = one.process.wait(30)
        self.running.remove(one)
        one.proxy.close()
        assert code == 0, one.log.read_text()[-3000:]
        return time.monotonic() - began

    def leases(self, one: OneDaemon) -> list[str]:
        """Return the sources that a daemon holds just now."""
        return [
            source
            for source, owner in fetched(self.url, "SELECT id, lease_owner FROM sources")
            if owner and one.mark in owner
        ]

    def wait_for_lease(self, one: OneDaemon) -> list[str]:
        """Wait until a daemon holds a source; return those it holds."""
        return wait_until(lambda: self.leases(one), one.log)

    def wait_for_sign_of_life(self, one: OneDaemon) -> None:
        """Wait until a daemon says anew that it lives."""
        before = self._seen(one)
        wait_until(lambda: self._seen(one) != before, one.log)

    def _seen(self, one: OneDaemon) -> list[str]:
        return [
            seen
            for owner, seen in fetched(self.url, "SELECT owner, seen_at FROM daemons")
            if one.mark in owner
        ]

    def close(self) -> None:
        """End what still runs, whatever state it is in."""
        for one in self.running:
            if one.process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one.process.pid, signal.SIGCONT)
                one.process.kill()
                one.process.wait(30)
            one.proxy.close()


@contextlib.contextmanager
def daemons(
    folder: Path, url: str, server: Server, write_config: Callable[[Path, str], None]
) -> Iterator[Daemons]:
    """Give the daemons of one install; none is left afterwards."""
    made = Daemons(folder, url, server, write_config)
    try:
        yield made
    finally:
        made.close()


def wait_until(ready: Callable[[], T], log: Path, seconds: float = 60.0) -> T:
    """Wait until something is so; return it. Fail with the end of a log."""
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.05)
    return found
