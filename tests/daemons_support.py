"""Several real daemons on one PostgreSQL, each behind a line of its own that a test can cut."""

import contextlib
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import psycopg
from nest_support import Child, Nest, nest
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
    """A daemon's process and its line to the server."""

    proxy: Proxy
    process: Child

    @property
    def mark(self) -> str:
        """What its owner name holds: `host:PID:…`."""
        return f":{self.process.pid}:"

    @property
    def log(self) -> Path:
        """Where its messages stand."""
        return self.process.log

    def state(self) -> str:
        """Return the letter that Linux has for its state: T is frozen, Z has ended."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0]

    def stop(self) -> None:
        """Freeze it, until `go_on`."""
        self.process.send(signal.SIGSTOP)
        self.wait_until_stopped()

    def wait_until_stopped(self) -> None:
        """Wait until it is frozen, by whomever. Fail when it ends instead."""

        def stopped() -> bool:
            state = self.state()
            assert state != "Z", self.process.said()[-3000:]
            return state == "T"

        wait_until(stopped, self.log)

    def go_on(self) -> None:
        """Wake it up."""
        self.process.send(signal.SIGCONT)


@dataclass
class Daemons:
    """The daemons of one install."""

    folder: Path
    url: str
    server: Server
    write_config: Callable[[Path, str], None]
    """Writes the config into a file, with the URL that a daemon is to use."""
    nest: Nest
    running: list[OneDaemon] = field(default_factory=list)
    _line: "psycopg.Connection[tuple[Any, ...]] | None" = None

    def join(self, *arms: str) -> OneDaemon:
        """Start another one, which signals itself at the kill points in `arms` (kill_runner.py)."""
        number = self.nest.started = self.nest.started + 1
        config, log = self.folder / f"daemon-{number}.toml", self.folder / f"daemon-{number}.log"
        with contextlib.ExitStack() as undo:
            proxy = Proxy(self.server.port)
            undo.callback(proxy.close)
            self.write_config(config, self.url.replace(f":{self.server.port}/", f":{proxy.port}/"))
            log.touch()
            pid = self.nest.ask(
                {
                    "start": ["--config", str(config), "run"],
                    "arms": list(arms),
                    "stderr": str(log),
                    "environment": {},
                }
            )
            assert isinstance(pid, int)
            self.nest.living.add(pid)
            undo.pop_all()
        one = OneDaemon(proxy, Child(pid, log, self.nest))
        self.running.append(one)
        return one

    def leave(self, one: OneDaemon) -> float:
        """End one by SIGTERM; return the seconds that it took."""
        began = time.monotonic()
        one.process.send(signal.SIGTERM)
        wait_until(lambda: one.state() == "Z", one.log, 30)
        self.running.remove(one)
        one.proxy.close()
        assert one.process.ended() == 0, one.process.said()[-3000:]
        return time.monotonic() - began

    def look(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds, past the store, over a line that is kept for the next one."""
        for _ in range(2):
            if self._line is None:
                self._line = psycopg.connect(self.url, autocommit=True)
            try:
                return self._line.execute(sql.encode()).fetchall()
            except psycopg.OperationalError:  # the server was restarted since
                self._line.close()
                self._line = None
        raise AssertionError("the server has gone")

    def leases(self, one: OneDaemon) -> dict[str, int]:
        """Return the sources that a daemon holds just now, each with the fence of its lease."""
        return {
            source: fence
            for source, owner, fence in self.look("SELECT id, lease_owner, fence FROM sources")
            if owner and one.mark in owner
        }

    def wait_for_lease(self, one: OneDaemon) -> dict[str, int]:
        """Wait until a daemon holds a source; return those it holds."""
        return wait_until(lambda: self.leases(one), one.log)

    def strike(
        self, one: OneDaemon, how: Callable[[], None], undo: Callable[[], None]
    ) -> dict[str, int]:
        """Do something to a daemon in the middle of a turn; return what it holds then.

        `how` is undone and done again until it meets one: turns are short.
        """
        deadline = time.monotonic() + 60
        while True:
            self.wait_for_lease(one)
            how()
            if held := self.leases(one):
                return held
            undo()
            assert time.monotonic() < deadline, one.process.said()[-3000:]

    def wait_for_takeover(self, held: Mapping[str, int], log: Path) -> None:
        """Wait until each source was leased anew since its fence was the one in `held`."""

        def fences() -> dict[str, int]:
            return dict(self.look("SELECT id, fence FROM sources"))

        wait_until(lambda: all(fences()[source] > fence for source, fence in held.items()), log)

    def wait_for_sign_of_life(self, one: OneDaemon) -> None:
        """Wait until a daemon says anew that it lives."""
        before = self._seen(one)
        wait_until(lambda: self._seen(one) not in ([], before), one.log)

    def _seen(self, one: OneDaemon) -> list[str]:
        return [
            seen
            for owner, seen in self.look("SELECT owner, seen_at FROM daemons")
            if one.mark in owner
        ]

    def close(self) -> None:
        """End what still runs, whatever state it is in: one that resists spares no other."""
        with contextlib.ExitStack() as ending:
            if self._line is not None:
                ending.callback(self._line.close)
            for one in self.running:
                ending.callback(one.proxy.close)
                ending.callback(one.process.ended)
                ending.callback(one.process.send, signal.SIGKILL)  # first of the three, also frozen


@contextlib.contextmanager
def daemons(
    folder: Path, url: str, server: Server, write_config: Callable[[Path, str], None]
) -> Iterator[Daemons]:
    """Give the daemons of one install; none is left afterwards, whatever happens."""
    with nest(folder / "nest") as opened:
        made = Daemons(folder, url, server, write_config, opened)
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
