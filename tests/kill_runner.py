"""Run the real command line in a process that signals itself when it comes to a kill point.

    python tests/kill_runner.py committed=KILL:3 -- --config tanggap.toml once

Before the `--`: which point sends which signal, and the how-manieth time (1 when left out). With
nothing before it, the command runs as ever, but for one thing: it is killed when the test's process
dies without a word, so that none is left stopped for ever.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from itertools import count

from tanggap import cli, killpoints


def main() -> None:
    """Arm what stands before the `--` and run the rest."""
    end_with_parent()
    split = sys.argv.index("--")
    for setting in sys.argv[1:split]:
        point, _, rest = setting.partition("=")
        name, _, number = rest.partition(":")
        times = int(number or 1)
        killpoints.arm(point, signalling(signal.Signals[f"SIG{name}"], times), times)
    cli.main(sys.argv[split + 1 :])


def end_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it is no more (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def signalling(number: signal.Signals, times: int) -> Callable[[], None]:
    """Return an action that signals this process when it is called the `times`-th time."""
    calls = count(1)  # its `next` is one step of the interpreter, so threads may share it

    def action() -> None:
        if next(calls) != times:
            return
        if number in (signal.SIGSTOP, signal.SIGKILL):
            # Sent to the process, another thread may take it while this one runs on for a moment,
            # past the point. Sent to this thread, it does not come back from the call.
            signal.pthread_kill(threading.get_ident(), number)
        else:
            os.kill(os.getpid(), number)

    return action


if __name__ == "__main__":
    main()
