"""Run by tests: a process that has imported Tanggap and forks commands, so that each starts fast.

Reads lines of JSON on stdin: {"start": [arguments], "stderr": file, "environment": {...}} answers
with the child's process id ("arms" beside it are those of `kill_runner.py`); {"wait": id} answers
with its exit code once it has ended (negative: signal). A child is the whole command line, down to
the end of the interpreter.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import kill_runner

import daemon
from tanggap.cli import main
from tanggap.commands import backup, check, once, restore, run

assert daemon, (backup, check, once, restore, run)


def serve() -> dict[str, Any] | None:
    """Serve until stdin ends; return the wish in a child, None at the end of the parent."""
    for line in sys.stdin:
        wish = json.loads(line)
        if "wait" in wish:
            answer = os.waitstatus_to_exitcode(os.waitpid(wish["wait"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                os.environ.update(wish["environment"])
                nothing = os.open(os.devnull, os.O_RDWR)
                log = os.open(wish["stderr"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                for number, descriptor in enumerate((nothing, nothing, log)):
                    os.dup2(descriptor, number)
                os.setsid()
                return dict(wish)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    return None


if __name__ == "__main__":
    mine = serve()
    if mine is not None and "arms" in mine:
        sys.argv = [kill_runner.__file__, *mine["arms"], "--", *mine["start"]]
        kill_runner.main()
    elif mine is not None:
        main(mine["start"])
