"""Receivers of notices on loopback, and an install that sends to them."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_string
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket

import pytest
from daemon_support import HandClock, config_on, write_config
from store_support import NOW, decision, mention, put, queue, the_item

from tanggap.config import Config
from tanggap.mention import Flag
from tanggap.notify.delivery import Delivery
from tanggap.store import Store
from tanggap.upkeep.notices import sync_channels

URGENT = decision(urgent=Flag(on=True, confidence=0.99))
SECRET = "kunci-rahasia-saluran-0123456789"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PATIENCE = 30.0
"""Real seconds that a test waits for a thread or process, which need milliseconds."""


def free_port() -> int:
    """Return a port on which nobody listens, and on which a receiver may begin later."""
    with socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Post:
    """What a webhook was given."""

    title: str
    body: str
    notice_id: str
    """As the header says it."""

    @property
    def number(self) -> int:
        """The item that it is about; 0 for none or many."""
        return int(self.title.partition("#")[2].partition(":")[0] or 0)


@dataclass
class Webhook:
    """An HTTP receiver that can refuse, and hang until it is told to go on."""

    posts: list[Post] = field(default_factory=list)
    """Those that it took."""
    tries: int = 0
    refuses: Callable[[Post], bool] = lambda _: False
    hangs: bool = False
    asked: threading.Event = field(default_factory=threading.Event)
    """Set with every request."""
    go_on: threading.Event = field(default_factory=threading.Event)
    took: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    port: int = field(default_factory=free_port)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"json://petugas:{SECRET}@127.0.0.1:{self.port}/masuk/{SECRET}"

    def start(self) -> None:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                given = json.loads(self.rfile.read(length))
                post = Post(given["title"], given["message"], self.headers["X-Tanggap-Notice"])
                hook.tries += 1
                hook.asked.set()
                if hook.hangs:
                    hook.go_on.wait(PATIENCE)
                refused = hook.refuses(post)
                if not refused:
                    hook.posts.append(post)
                self.send_response(403 if refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if not refused:
                    hook.took.release()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.go_on.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def numbers(self) -> list[int]:
        return [post.number for post in self.posts]


@dataclass
class Mail:
    """A letter as the server took it."""

    to: str
    subject: str
    notice_id: str
    text: str


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as smtplib speaks without encryption and login."""

    server: "_SmtpServer"

    def handle(self) -> None:
        box = self.server.box
        self._say("220 kotak.invalid ESMTP")
        to: list[str] = []
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            verb = line.split(":")[0].split(" ")[0].upper()
            if verb == "RCPT":
                who = line.partition("<")[2].partition(">")[0]
                box.tries.append(who)
                if who in box.refused:
                    self._say("550 tidak ada")
                    continue
                to.append(who)
            if verb == "DATA":
                self._say("354 ya")
                lines = []
                while (text := self.rfile.readline().decode()) not in (".\r\n", ""):
                    lines.append(text)
                box.take(to, "".join(lines))
                to = []
            if verb == "QUIT":
                self._say("221 sampai jumpa")
                return
            self._say("250 ya")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: "Mailbox"


@dataclass
class Mailbox:
    """An SMTP server."""

    mails: list[Mail] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    tries: list[str] = field(default_factory=list)
    """Recipients that it was asked for."""

    def take(self, to: Sequence[str], text: str) -> None:
        parsed = message_from_string(text)
        body = next(part for part in parsed.walk() if part.get_content_type() == "text/plain")
        payload = body.get_payload(decode=True)
        assert isinstance(payload, bytes)
        for who in to:
            self.mails.append(
                Mail(
                    who,
                    str(make_header(decode_header(parsed["Subject"]))),
                    parsed["X-Tanggap-Notice"],
                    payload.decode().replace("\r\n", "\n"),
                )
            )

    @contextmanager
    def running(self) -> Iterator[int]:
        with _SmtpServer(("127.0.0.1", 0), _Smtp) as server:
            server.box = self
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            try:
                yield server.server_address[1]
            finally:
                server.shutdown()


def table(channel: str, *lines: str) -> str:
    """Return a `[[notice]]` of the config."""
    return "\n".join(["", "[[notice]]", f'id = "{channel}"', *lines, ""])


@dataclass
class Install:
    """A config with channels, its database, and a clock by hand."""

    config: Config
    store: Store
    clock: HandClock

    def drain(self, channel: str = "dpupr", stop: threading.Event | None = None) -> int:
        """Do what the daemon does for a channel on which something is due; return what was sent."""
        states = {one.channel.id: one for one in self.store.notice_channels(self.clock.now())}
        if not states[channel].due:
            return 0
        [settings] = [one for one in self.config.notices if one.id == channel]
        stop = stop or threading.Event()
        now = self.clock.now
        return Delivery(self.store, self.config, settings, "uji", stop, now).drain()

    def urgent(self, *names: str, opd: str = "dpupr", text: str = "jembatan putus") -> list[int]:
        """Put urgent items into the queue now; return their ids."""
        now = self.clock.now()
        entries = ((mention(name, text, posted_at=now), queue(opd), URGENT) for name in names)
        put(self.store, *entries, now=now)
        return [the_item(self.store, name).id for name in names]

    def pass_time(self, span: timedelta, step: timedelta = 10 * MINUTE) -> int:
        """Let time go by, with a look at the channel at each step; return what was sent."""
        sent, end = 0, self.clock.now() + span
        while self.clock.now() < end:
            self.clock.advance(step)
            sent += self.drain()
        return sent


def install(
    folder: Path,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    tables: str,
    urls: dict[str, str],
    moment: datetime = NOW,
) -> Install:
    """Return an install on a store, its channels known to the database."""
    for channel, url in urls.items():
        monkeypatch.setenv(f"TANGGAP_NOTICE_{channel.upper()}", url)
    clock = HandClock(moment)
    path = write_config(folder, "http://127.0.0.1:1", extra=tables, networks=())
    config = config_on(path, clock)
    sync_channels(store, config, moment)
    return Install(config, store, clock)
