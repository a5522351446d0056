"""A signal is heard at every moment, also while the main thread waits for the same event."""

import os
import signal
import subprocess
import sys
import threading
import time

from tanggap.signals import told_by_signals

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
