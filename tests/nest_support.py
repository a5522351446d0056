"""Many daemons in one test: started by forking a process that has imported everything."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

RUNNER = Path(__file__).parent / "nest_runner.py"


@dataclass
class Child:
    """One command that was started; its messages stand in a file."""

    pid: int
    log: Path
    nest: "Nest"

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def wait_for(self, words: str, seconds: float = 60.0) -> None:
        """Wait until the command has said something; fail when it never does."""
        deadline = time.monotonic() + seconds
        while words not in self.said():
            assert time.monotonic() < deadline, f"never said {words!r}: {self.said()[-2000:]}"
            time.sleep(0.02)

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def ended(self) -> int:
        """Return the exit code, once there is one."""
        self.nest.living.discard(self.pid)
        code = self.nest.ask({"wait": self.pid})
        assert isinstance(code, int)
        return code


@dataclass
class Nest:
    """The process that forks."""

    process: "subprocess.Popen[str]"
    folder: Path
    living: set[int] = field(default_factory=set)
    started: int = 0

    def start(self, config: Path, *arguments: str, **environment: str) -> Child:
        """Start `tanggap --config config arguments`."""
        self.started += 1
        log = self.folder / f"stderr-{self.started}"
        wish = {
            "start": ["--config", str(config), *arguments],
            "stderr": str(log),
            "environment": environment,
        }
        pid = self.ask(wish)
        assert isinstance(pid, int)
        self.living.add(pid)
        return Child(pid, log, self)

    def killed(self, arm: str, *arguments: str) -> None:
        """Run `tanggap arguments`, which must end by SIGKILL at a point armed as for
        `kill_runner.py`.
        """
        self.started += 1
        log = self.folder / f"stderr-{self.started}"
        pid = self.ask(
            {"start": list(arguments), "arms": [arm], "stderr": str(log), "environment": {}}
        )
        assert isinstance(pid, int)
        self.living.add(pid)
        child = Child(pid, log, self)
        assert child.ended() == -signal.SIGKILL, child.said()

    def ask(self, wish: dict[str, object]) -> object:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def nest(folder: Path) -> Iterator[Nest]:
    """Give a nest whose commands log into `folder`; whatever still runs at the end is ended."""
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, str(RUNNER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        opened = Nest(process, folder)
        try:
            yield opened
        finally:
            for pid in list(opened.living):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGKILL)
                opened.ask({"wait": pid})
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)
