"""Signals that end or stir a program, without the trap of Python's handlers.

A handler runs in the main thread between two of its steps, perhaps while that thread holds the
very lock that the handler wants: `Event.set` in a handler waits for ever when it hits the main
thread inside `Event.wait` of the same event. So our handlers do nothing; the number of each signal
goes through a pair of sockets (`signal.set_wakeup_fd`) to a thread, which may take any lock.
"""

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def told_by_signals(acts: Mapping[int, Callable[[], object]]) -> Iterator[None]:
    """Do what each signal (its number) asks for, in a thread of its own, while the block runs.

    Call it in the main thread. Afterwards the signals mean what they meant before.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)  # whoever writes is between two machine instructions

    def listen() -> None:
        while number := reader.recv(1):
            if act := acts.get(number[0]):
                act()

    thread = threading.Thread(target=listen, name="signals", daemon=True)
    with reader, writer:
        thread.start()
        former = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        before = {number: signal.signal(number, _noted) for number in acts}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(former)
            writer.shutdown(socket.SHUT_WR)
            thread.join()


def _noted(*_: object) -> None:
    """Leave the signal to the thread that reads its number."""
