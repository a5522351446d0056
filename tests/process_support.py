"""What a running process uses, read from /proc; the desk as a process of its own; how each ends."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from daemon_support import unmeasured
from web_support import PASSWORD, Visitor


@dataclass(frozen=True)
class Usage:
    """One look at a process."""

    rss_mb: float
    peak_mb: float
    threads: int
    files: int


def usage_of(pid: int) -> Usage:
    """Return what a process uses now; `peak_mb` is the most it ever held in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")

    def number(name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
        assert found is not None, name
        return int(found[1])

    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Usage(number("VmRSS") / 1024, number("VmHWM") / 1024, number("Threads"), files)


@dataclass
class Trickle:
    """Requests to a desk at a steady pace from a thread, as a few people would make them."""

    url: str
    names: tuple[str, ...]
    paths: tuple[str, ...]
    every: float
    """Seconds between two requests."""
    seconds: list[float] = field(default_factory=list)
    """How long each answer took."""
    problems: list[str] = field(default_factory=list)

    def p95(self) -> float:
        """Return the time that 95 of 100 answers stayed below; 0 without any."""
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * 0.95)] if ordered else 0.0

    def run(self, stop: threading.Event) -> None:
        """Ask until `stop`; what is not answered with 200 is a problem."""
        visitors = [Visitor(self.url) for _ in self.names]
        try:
            for name, visitor in zip(self.names, visitors, strict=True):
                visitor.post("/masuk", nama=name, sandi=PASSWORD)
            turn = 0
            while not stop.wait(self.every):
                visitor = visitors[turn % len(visitors)]
                path = self.paths[turn // len(visitors) % len(self.paths)]
                turn += 1
                began = time.monotonic()
                try:
                    answer = visitor.get(path)
                except requests.RequestException as error:
                    self.problems.append(f"{path} {type(error).__name__}")
                    continue
                self.seconds.append(time.monotonic() - began)
                if answer.status_code != 200:
                    self.problems.append(f"{path} {answer.status_code}")
        finally:
            for visitor in visitors:
                visitor.close()


def end_process(process: "subprocess.Popen[Any]", patience: float = 20.0) -> None:
    """End a process, whatever state it is in. Raise when it had to be killed for not ending."""
    if process.poll() is not None:
        return
    process.terminate()
    process.send_signal(signal.SIGCONT)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(30)
        raise


@contextmanager
def asked(trickle: Trickle) -> Iterator[None]:
    """Let a trickle of requests run beside the body."""
    stop = threading.Event()
    thread = threading.Thread(target=trickle.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


@contextmanager
def desk_process(config: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `tanggap web` on any free port; yield the process and its address.

    It is ended with the body, and also when it does not come up.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tanggap", "--config", str(config), "web", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=unmeasured(),
    )
    assert process.stderr is not None
    with process.stderr as said:
        try:
            line = said.readline()
            found = re.search(r"http://\S+", line)
            if found is None:
                end_process(process)  # what it says has no end before
                pytest.fail(f"the desk did not come up: {line}{said.read()}")
            # What it says later must not fill the pipe.
            rest = threading.Thread(target=said.read, daemon=True)
            rest.start()
            try:
                yield process, found[0].rstrip("/")
            finally:
                end_process(process)
                rest.join(10)
        finally:
            end_process(process)
