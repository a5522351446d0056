"""A stderr that never keeps anybody waiting: a stalled pipe or a full disk costs lines, not work.

Whoever reads the log (journald, a pipe, a file) may stop reading. A write then blocks, in whatever
thread it happens, and with the lock of `logging` held all others follow. So the long-running
processes write through a bounded queue and a thread of its own; what does not fit is dropped and
counted, and the count is the first line once there is room again.
"""

import io
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

from tanggap import logs

LINES_AT_MOST = 2_000
"""Lines that wait for a reader. A line is some hundred bytes."""
FLUSH_SECONDS = 1.0
"""Real seconds that the lines still waiting get at the end."""
_END = ""


class UnhurriedStream(io.TextIOBase):
    """Text that a thread writes to a file descriptor in its own time."""

    def __init__(self, descriptor: int, lines_at_most: int = LINES_AT_MOST) -> None:
        self._descriptor = descriptor
        self._lines: queue.Queue[str] = queue.Queue(lines_at_most)
        self._lock = threading.Lock()
        self._untold = 0
        self._writer = threading.Thread(target=self._write_lines, name="log", daemon=True)
        self._writer.start()

    @property
    def lost(self) -> int:
        """How many writes were dropped and not yet told of in the log."""
        return self._untold

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take a text on, or count it as lost; never wait. Raise TypeError for anything else."""
        if not isinstance(text, str):  # click finds out in this way what kind of stream it is
            raise TypeError(f"text wanted, not {type(text).__name__}")
        if text:
            try:
                self._lines.put_nowait(text)
            except queue.Full:
                self._lose()
        return len(text)

    def finish(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Write what waits, for at most `seconds`; return whether all of it got out."""
        deadline = time.monotonic() + seconds
        try:
            self._lines.put(_END, timeout=seconds)
        except queue.Full:
            return False
        self._writer.join(max(0.0, deadline - time.monotonic()))
        return not self._writer.is_alive()

    def _lose(self) -> None:
        with self._lock:
            self._untold += 1

    def _write_lines(self) -> None:
        while (text := self._lines.get()) != _END:
            with self._lock:
                untold = self._untold
            if untold and self._put(f"event=log_lines_lost count={untold}\n"):
                with self._lock:
                    self._untold -= untold
            if not self._put(text):
                self._lose()

    def _put(self, text: str) -> bool:
        """Write a text whole; False when the system refuses it (disk full, nobody reads)."""
        left = text.encode("utf-8", "backslashreplace")
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            return False
        return True


@contextmanager
def unhurried_stderr() -> Iterator[UnhurriedStream | None]:
    """Let all that this process says on stderr go through an `UnhurriedStream`.

    None when stderr is no file of the system's: then nothing there can stall. Log handlers take
    the stream when they are set up, so set up logging inside.
    """
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        yield None
        return
    stream = UnhurriedStream(descriptor)
    sys.stderr.flush()
    try:
        with redirect_stderr(stream):
            yield stream
    finally:
        stream.finish()
        logs.move(stream, sys.stderr)
