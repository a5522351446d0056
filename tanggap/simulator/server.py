"""The simulator as a server on 127.0.0.1: one thread per connection, HTTP/1.1 keep-alive."""

import logging
import secrets
import socket
import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tanggap.clock import Clock
from tanggap.errors import InputError
from tanggap.simulator.control import PREFIX, Control
from tanggap.simulator.delivery import CUT_ACTIONS, Outlet, deliver, malformed, replaced
from tanggap.simulator.faults import Fault, FaultScript
from tanggap.simulator.graph.wire import GraphWire
from tanggap.simulator.instagram_web.wire import InstagramWebWire
from tanggap.simulator.oracle import Oracle, Served
from tanggap.simulator.truth import truth_of
from tanggap.simulator.wire import Call, Reply, Wire
from tanggap.simulator.world import World
from tanggap.simulator.x.params import DialectName
from tanggap.simulator.x.problems import problem
from tanggap.simulator.x.wire import XWire

log = logging.getLogger("tanggap.simulator")

_MAX_REQUEST_BODY = 1 << 20
WORLD_OF = {
    "x": "x",
    "facebook": "facebook",
    "instagram": "instagram",
    "instagram_web": "instagram",
}
"""Which world each network of `collectors.NETWORKS` shows."""


class Simulator:
    """A city that answers on loopback. Use it as a context manager, or `start` and `close`."""

    def __init__(
        self,
        *worlds: World,
        clock: Clock | None = None,
        dialect: DialectName = "tweet",
        token: str | None = None,
        port: int = 0,
        faults: Iterable[Fault] = (),
        limits: Mapping[str, int] | None = None,
        log_path: Path | None = None,
    ) -> None:
        """Serve the worlds of one city, at most one for each network.

        `clock` is taken from the first world when it is left out; `limits` are X's requests per
        window. `token` is the bearer token of X, the token of Meta, and the secret part of the
        session cookie of Instagram's web site.
        """
        self.worlds: dict[str, World] = {world.network: world for world in worlds}
        self.clock = clock or worlds[0].clock
        for world in worlds:
            world.clock = self.clock
        self.token = token or f"simulator-{secrets.token_hex(16)}"
        self.oracle = Oracle(log_path)
        self.wires: dict[str, Wire] = {}
        """What answers for each network of `collectors.NETWORKS`."""
        if "x" in self.worlds:
            self.x = XWire(self.worlds["x"], self.token, dialect=dialect, limits=limits)
            self.wires["x"] = self.x
        if "facebook" in self.worlds or "instagram" in self.worlds:
            facebook, instagram = self.worlds.get("facebook"), self.worlds.get("instagram")
            self.graph = GraphWire(facebook, instagram, self.token)
            self.wires |= {n: self.graph for n in ("facebook", "instagram") if n in self.worlds}
        if "instagram" in self.worlds:
            self.instagram_web = InstagramWebWire(self.worlds["instagram"], self.token)
            self.wires["instagram_web"] = self.instagram_web
        actions = {action for wire in self.wires.values() for action in wire.actions}
        self.faults = FaultScript(faults, actions)
        self._control = Control(self.worlds, self.truth, self.oracle, self.faults, self.token)
        self._stopping = threading.Event()
        self._server = _Server(port, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator"
        )

    @property
    def address(self) -> str:
        """Base URL, for example `http://127.0.0.1:40123`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        log.info("event=started port=%d", self._server.server_address[1])

    def close(self) -> None:
        """Stop answering, cut the connections and wait until all threads are gone."""
        self._stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.cut_connections()
        self._server.server_close()

    def __enter__(self) -> "Simulator":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def world(self) -> World:
        """The city on X."""
        return self.worlds["x"]

    def truth(self, network: str = "x") -> dict[str, Any]:
        """Return what a perfect watcher would know of a network now (see truth.truth_of).

        Raises InputError for a network that is not simulated.
        """
        world = self.worlds.get(WORLD_OF.get(network, ""))
        if world is None:
            raise InputError(f"jaringan `{network}` tidak ditiru")
        return truth_of(world, self.clock.now(), self.wires[network].identity)

    def session_cookies(self) -> dict[str, str]:
        """Return the cookies of a living session of Instagram's web site; empty without one."""
        return self.instagram_web.session_cookies() if "instagram_web" in self.wires else {}

    def respond(self, call: Call, outlet: Outlet) -> bool:
        """Answer one request; return whether the connection may be used again."""
        now = self.clock.now()
        if call.path.startswith(PREFIX):
            return deliver(self._control.answer(call, now), None, outlet)
        wire = next((wire for wire in self.wires.values() if wire.accepts(call)), None)
        if wire is None:
            return deliver(problem(404, "Not Found", "Not Found"), None, outlet)
        target = wire.target(call)
        fault = self.faults.strike(target.endpoint, call.path, target.source, now, wire.actions)
        reply = _struck(wire, fault, call, now)
        entry = self.oracle.note(
            at=now,
            token=wire.credential(call),
            network=target.network,
            method=call.method,
            endpoint=target.endpoint,
            source=target.source,
            elsewhere=target.elsewhere,
            status=reply.status,
            ids=reply.ids,
            fault=fault.action if fault else "",
            whole=fault is None or fault.action not in {*CUT_ACTIONS, "malformed"},
        )
        return self._send(reply, fault, outlet, entry)

    def _send(self, reply: Reply, fault: Fault | None, outlet: Outlet, entry: Served) -> bool:
        try:
            return deliver(reply, fault, outlet)
        except OSError:
            entry.whole = False  # the client went away
            raise

    def outlet(self, handler: BaseHTTPRequestHandler) -> Outlet:
        """Return what a delivery needs of a connection."""
        return Outlet(
            file=cast("Any", handler.wfile),
            connection=handler.connection,
            gzip_accepted="gzip" in handler.headers.get("accept-encoding", ""),
            stopping=self._stopping,
            date=lambda: format_datetime(self.clock.now(), usegmt=True),
        )


def _struck(wire: Wire, fault: Fault | None, call: Call, now: datetime) -> Reply:
    if fault is None:
        return wire.answer(call, now)
    reply = wire.bend(fault, call, now) or replaced(fault) or wire.answer(call, now)
    return malformed(reply, fault.kind) if fault.action == "malformed" else reply


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, port: int, simulator: Simulator) -> None:
        self.simulator = simulator
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Connection)

    def server_bind(self) -> None:
        """Bind without the name look-up that HTTPServer would do."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that closing can cut it."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it; a shutdown before it would turn RST into FIN."""
        with self._open_lock:
            self._open.discard(request)
        self.close_request(request)

    def cut_connections(self) -> None:
        """End all connections; their threads then see the end of the stream."""
        with self._open_lock:
            for request in self._open:
                try:
                    request.shutdown(socket.SHUT_RDWR)
                except OSError:
                    log.debug("event=already_gone")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Take a client that went away as normal; everything else is a fault of ours."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            log.debug("event=client_went_away")
        else:
            log.error("event=request_failed", exc_info=error)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer a reading request."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a writing request."""
        self._answer()

    def _answer(self) -> None:
        simulator = cast("_Server", self.server).simulator
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _MAX_REQUEST_BODY:
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        call = Call(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )
        if not simulator.respond(call, simulator.outlet(self)):
            self.close_connection = True

    def do_DELETE(self) -> None:
        """Answer a request that would delete."""
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Log nothing by line: paths may hold queries."""
