"""Run the real command line in a process that signals itself when it comes to a kill point.

    python tests/kill_runner.py committed=KILL:3 -- --config tanggap.toml once

Before the `--`: which point sends which signal, and the how-manieth time (1 when left out).
"""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count

from tanggap import cli, killpoints


def main() -> None:
    """Arm what stands before the `--` and run the rest."""
    split = sys.argv.index("--")
    for setting in sys.argv[1:split]:
        point, _, rest = setting.partition("=")
        name, _, number = rest.partition(":")
        times = int(number or 1)
        killpoints.arm(point, signalling(signal.Signals[f"SIG{name}"], times), times)
    cli.main(sys.argv[split + 1 :])


def signalling(number: signal.Signals, times: int) -> Callable[[], None]:
    """Return an action that signals this process when it is called the `times`-th time."""
    calls = count(1)  # its `next` is one step of the interpreter, so threads may share it

    def action() -> None:
        if next(calls) == times:
            os.kill(os.getpid(), number)

    return action


if __name__ == "__main__":
    main()
