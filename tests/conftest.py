"""What all tests share: the tests folder on the path, a clean environment, and no way out."""

import contextlib
import gc
import importlib
import logging
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest
from hypothesis import HealthCheck, settings

from tanggap import logs

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from postgres_support import Server
    from web_support import Town, Visitor

# How long an example takes is the machine's affair: no test depends on it.
settings.register_profile("tanggap", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tanggap")
sys.path.insert(0, str(Path(__file__).parent))
EGRESS = Path(__file__).parent / "egress"
# Before any test imports them, so that their assertions explain themselves too.
pytest.register_assert_rewrite(
    *(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("test_"))
)
bytecode = importlib.import_module("bytecode")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse, here and in every Python that a test starts, whatever leaves this machine."""
    if "EGRESS_RECORD" in os.environ:  # a worker of xdist
        guard = importlib.import_module("egress.sitecustomize")
    else:
        handle, record = tempfile.mkstemp(prefix="egress-")
        os.close(handle)
        os.environ["EGRESS_RECORD"] = record
        bytecode.keep()
        paths = [str(EGRESS), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        guard = importlib.import_module("egress.sitecustomize")
        config.stash[RECORD] = Path(record)
        if config.getoption("numprocesses", None):
            bytecode.fill()
    assert guard


RECORD = pytest.StashKey[Path]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the long files first, and measure no test that goes over the same lines again.

    A worker that got a long file last would end alone: first come the files with slow tests, then
    those with the most tests. Slow tests, those of the fault matrix and those that try a hundred
    examples play again what the many short tests measure, and measuring makes a test half as long
    again, one of the desk twice as long.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -tests[item.path], item.path))
    for item in items:
        again = item.get_closest_marker("slow") or item.get_closest_marker("fault")
        if again or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Leave what all tests brought with them out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Keep nothing of what was compiled of files that tests made."""
    if RECORD in config.stash:
        bytecode.forget_temporary()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when anything but this machine was asked for, by whatever process."""
    record = session.config.stash.get(RECORD, None)
    if record is None:
        return
    hosts = sorted(set(record.read_text(encoding="utf-8").split()))
    record.unlink()
    if hosts:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(f"\nasked for other machines: {', '.join(hosts)}", red=True)


TO_PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""Environment variable by which coverage begins in processes that a measured one starts."""


@contextlib.contextmanager
def measured_like(item: pytest.Item) -> Iterator[None]:
    """Measure what fixtures do, and the processes that they start, like the test they are for."""
    running = coverage.Coverage.current()
    if running is None or not item.get_closest_marker("no_cover"):
        yield
        return
    running.stop()
    os.environ.pop(TO_PROCESSES, None)
    try:
        yield
    finally:
        running.start()  # which has processes measured again, too


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Measure what is made for a test like the test."""
    with measured_like(item):
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Measure the processes that a test starts like the test, which pytest-cov leaves to us."""
    if item.get_closest_marker("no_cover"):
        os.environ.pop(TO_PROCESSES, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Measure what is taken down after a test like the test."""
    with measured_like(item):
        yield


@pytest.fixture(autouse=True)
def _no_proxies_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's environment out of the tests."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith("TANGGAP_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what commands that ran in this process set: their handlers write to closed files."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("tanggap", *logs.QUIET)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["Server"]:
    """Give this process's PostgreSQL server; it starts when the first test asks for it."""
    support = importlib.import_module("postgres_support")
    with support.running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: "Server") -> Iterator[str]:
    """Give the address of an empty database; `PostgresStore.migrate` fills it."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def migrated_postgres_url(postgres_server: "Server") -> Iterator[str]:
    """Give the address of a database that holds this program's tables, all of them empty."""
    url = postgres_server.lend()
    yield url
    postgres_server.take_back(url)


# --- The desk: what most of its tests begin with; a file may have a `made` of its own. ------------


@pytest.fixture
def made(tmp_path: Path) -> Iterator["Town"]:
    """Give a desk of the invented city, served on this machine, with its accounts."""
    with importlib.import_module("web_support").town(tmp_path) as running:
        yield running


@pytest.fixture
def ketua(made: "Town") -> Iterator["Visitor"]:
    """Give the supervisor, logged in."""
    person = made.person("ketua")
    yield person
    person.close()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Give a running Chromium."""
    playwright = importlib.import_module("playwright.sync_api")
    with playwright.sync_playwright() as running:
        path = importlib.import_module("web_support").CHROMIUM
        chromium = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
