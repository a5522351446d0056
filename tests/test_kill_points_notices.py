"""A daemon that is killed, or told to stop, while a notice is on its way."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon_support import unmeasured, write_config
from notice_support import PATIENCE, URGENT, Webhook, table
from process_support import end_process
from store_support import mention, put, queue

from tanggap.clock import Clock
from tanggap.config import load_config
from tanggap.store import Store, open_store
from tanggap.store.rows_outbox import Notice
from tanggap.upkeep.notices import sync_channels

RUNNER = Path(__file__).parent / "kill_runner.py"
OF_A_DELIVERY = ("notice_sent",)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where the install keeps its data."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:{tmp_path}/tanggap.db"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    hook.start()
    yield hook
    hook.stop()


@pytest.fixture
def path(tmp_path: Path, where: str, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a config with one channel, and one urgent item that waits to be told of."""
    monkeypatch.setenv("TANGGAP_NOTICE_DPUPR", webhook.url)
    path = write_config(
        tmp_path,
        "http://127.0.0.1:1",
        ('url = "sqlite:tanggap.db"', f'url = "{where}"'),
        ("tick_seconds = 1.0", "tick_seconds = 0.2"),
        extra=table("dpupr", 'opd = ["dpupr"]'),
        networks=(),
    )
    config, now = load_config(path), Clock().now()
    with opened(where) as store:
        store.migrate()
        sync_channels(store, config, now)
        one = mention("1", posted_at=now, seen_at=now)
        put(store, (one, queue("dpupr"), URGENT), now=now)
        store.sync_sources([], now)
    return path


@contextmanager
def opened(where: str) -> Iterator[Store]:
    store = open_store(where)
    try:
        yield store
    finally:
        store.close()


def start(path: Path, *arms: str) -> "subprocess.Popen[bytes]":
    """Start a daemon that signals itself at kill points."""
    command = [sys.executable, str(RUNNER), *arms, "--", "--config", str(path), "run"]
    return subprocess.Popen(command, env=unmeasured(), stderr=subprocess.DEVNULL)


def when_sent(where: str) -> list[Notice]:
    """Wait until nothing waits any more; return what was sent."""
    deadline = time.monotonic() + PATIENCE
    with opened(where) as store:
        while store.notices("waiting"):
            assert time.monotonic() < deadline, "the notice is never noted as sent"
            time.sleep(0.05)
        return store.notices("sent")


@pytest.mark.slow
@pytest.mark.fault(46)
@pytest.mark.parametrize("point", OF_A_DELIVERY)
def test_a_daemon_killed_before_it_notes_a_notice_repeats_it_once_with_the_same_id(
    path: Path, where: str, webhook: Webhook, point: str
) -> None:
    killed = start(path, f"{point}=KILL")
    assert killed.wait(PATIENCE) == -signal.SIGKILL
    assert len(webhook.posts) == 1
    again = start(path)
    try:
        [sent] = when_sent(where)
    finally:
        end_process(again)
    assert [post.notice_id for post in webhook.posts] == [sent.notice_id] * 2
    assert webhook.posts[0].title == webhook.posts[1].title
    last = start(path)
    try:
        assert when_sent(where) == [sent]
    finally:
        end_process(last)
    assert len(webhook.posts) == 2


@pytest.mark.slow
def test_a_daemon_ends_in_time_while_a_receiver_hangs_and_tells_it_later(
    path: Path, where: str, webhook: Webhook
) -> None:
    webhook.hangs = True
    daemon = start(path)
    try:
        assert webhook.asked.wait(PATIENCE)
    finally:
        began = time.monotonic()
        end_process(daemon)
    assert daemon.returncode == 0
    assert time.monotonic() - began < 12  # the receiver would have been waited for for longer
    with opened(where) as store:
        [notice] = store.notices("waiting")
        assert (notice.attempts, notice.code) == (0, "")  # nobody refused it
