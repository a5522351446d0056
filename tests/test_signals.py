"""A signal is heard at every moment, also while the main thread waits for the same event."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from web_support import make_config

from tanggap.commands import run
from tanggap.signals import told_by_signals
from tanggap.store import Store, open_store

WAITING = """
import signal, sys, threading
from tanggap.signals import told_by_signals
stirred, stop = threading.Event(), threading.Event()
with told_by_signals({signal.SIGUSR1: stirred.set, signal.SIGTERM: stop.set}):
    print("ready", flush=True)
    while not stop.is_set():
        stirred.wait(0)
        stirred.clear()
"""


def test_a_storm_of_signals_never_stops_the_one_who_waits_for_them() -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        for _ in range(200):
            child.send_signal(signal.SIGUSR1)
            time.sleep(0.0005)
        child.terminate()
        try:
            assert child.wait(30) == 0
        finally:
            child.kill()


def test_afterwards_signals_mean_what_they_meant_before() -> None:
    heard = threading.Event()
    before = signal.getsignal(signal.SIGUSR1)
    with told_by_signals({signal.SIGUSR1: heard.set}):
        os.kill(os.getpid(), signal.SIGUSR1)
        assert heard.wait(10)
    assert signal.getsignal(signal.SIGUSR1) == before
    assert signal.set_wakeup_fd(-1) == -1
    assert not any(thread.name == "signals" for thread in threading.enumerate())


def test_a_signal_that_comes_just_when_the_database_is_ready_stops_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(tmp_path)
    opened: list[Store] = []

    def prepared(*_: object) -> Store:
        store = open_store(config.database_path)
        store.migrate()
        opened.append(store)
        os.kill(os.getpid(), signal.SIGTERM)  # who listens comes to it only later
        return store

    monkeypatch.setattr(run, "_prepared", prepared)
    before = sys.getswitchinterval()
    sys.setswitchinterval(60)
    try:
        assert run._opened(config, None, threading.Event()) is None
    finally:
        sys.setswitchinterval(before)
        opened[0].close()
