"""Work that an analyst asked for and that takes minutes: each a process of its own.

Training needs scikit-learn, much memory and a whole core; in the daemon it would keep the sources
waiting, and what it left of the heap would stay. Of several daemons the one that claims a job does
it. The process says on its last line what has come of it; the daemon writes that down.
"""

import json
import logging
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Literal, NamedTuple

from tanggap.config import Config
from tanggap.reasons import reason
from tanggap.store import Store
from tanggap.store.rows_tuning import Job

logger = logging.getLogger("tanggap.jobs")

LIMIT_SECONDS = 3600.0
"""Real seconds that one job gets."""
GRACE_SECONDS = 600.0
"""Real seconds after which, its limit over, another daemon may take a job for abandoned."""
KILL_SECONDS = 2.0
"""Real seconds in which the system ends what was killed; a disk that hangs may keep it."""
NICE = 19
KEPT_BYTES = 64 * 1024
"""Of what a process says, from its end."""
OUTCOME_LENGTH = 500

Command = Callable[[Config, Job], Sequence[str]]
_PLACE = re.compile(r'^ +File "([^"\n]+)", line (\d+)', re.MULTILINE)

_WARNING = re.compile(r"\S.*:\d+: \w*Warning: ")
_OUR_CODES = (1, 2)
"""With which `tanggap` ends after its own line on an error (`tanggap/cli.py`)."""


class Outcome(NamedTuple):
    """What has come of a job."""

    state: Literal["done", "failed", "waiting"]
    said: str
    """For people."""
    where: str = ""
    """Kind and place of a mistake of ours, for the log."""


def command_of(config: Config, job: Job) -> list[str]:
    """Return the command line that does a job: its kind is a command of `tanggap tune`."""
    tanggap = [sys.executable, "-m", "tanggap", "--config", str(config.path)]
    return [*tanggap, "tune", job.kind, "--job", str(job.id)]


class JobDuty:
    """Does the jobs of one daemon, one at a time."""

    def __init__(
        self, command: Command = command_of, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._command = command
        self._clock = clock
        self._work: _Work | None = None

    def look_after(self, store: Store, config: Config, now: datetime, owner: str) -> None:
        """Begin a job when one waits and none is under way; write down what has come of it."""
        if self._work is not None:
            self._note_end(store, self._work, now, owner)
        if self._work is not None:
            return
        seconds = (LIMIT_SECONDS + GRACE_SECONDS) * config.clock.speed
        job = store.claim_job(owner, now, now + timedelta(seconds=seconds))
        if job is None:
            return
        try:
            work = _Work(job, self._command(config, job), self._clock())
        except OSError as exc:
            said = f"proses tidak dapat dimulai: {reason(exc)}"
            logger.error("event=job_failed job=%d error=%s", job.id, type(exc).__name__)  # noqa: TRY400 - named
            store.end_job(job.id, "failed", said, now, owner=owner)
            return
        self._work = work
        logger.info("event=job_started job=%d kind=%s", job.id, job.kind)

    def cut_off(self) -> None:
        """End the process under way, which begins anew with the next daemon."""
        if self._work is not None:
            self._work.end(Outcome("waiting", ""))
            self._work.close()

    def give_back(self, store: Store, now: datetime, owner: str) -> None:
        """Write down what was cut off, so that nobody waits until its claim has run out."""
        if self._work is not None:
            self._note_end(store, self._work, now, owner)

    def _note_end(self, store: Store, work: "_Work", now: datetime, owner: str) -> None:
        seconds = self._clock() - work.began
        if work.outcome is None and seconds > LIMIT_SECONDS:
            minutes = round(LIMIT_SECONDS / 60)
            said = f"dihentikan karena belum selesai setelah {minutes} menit"
            work.end(Outcome("failed", said))
        outcome = work.ended()
        if outcome is None:
            return
        state, said, where = outcome
        # Told by the store first: what it refuses is kept, and told again in the next round.
        if not store.end_job(work.job.id, state, said, now, owner=owner):
            logger.warning("event=job_lost job=%d", work.job.id)  # claimed anew, by another one
        work.close()
        self._work = None
        logger.info(
            "event=job_ended job=%d kind=%s state=%s s=%d where=%s",
            *(work.job.id, work.job.kind, state, seconds, where or "-"),
        )


@dataclass
class _Work:
    """A process under way, in a session and a folder for temporary files of its own."""

    job: Job
    command: Sequence[str]
    began: float
    outcome: Outcome | None = None
    _process: "subprocess.Popen[bytes]" = field(init=False)
    _folder: "tempfile.TemporaryDirectory[str]" = field(init=False)
    _said: "_Tail" = field(init=False)
    _complained: "_Tail" = field(init=False)

    def __post_init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tanggap-", ignore_cleanup_errors=True)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "TMPDIR": self._folder.name, **_ONE_THREAD},
                start_new_session=True,
            )
        except OSError:
            self._folder.cleanup()
            raise
        with suppress(OSError):  # it has ended already, or this system forbids it: it runs anyway
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICE)
            # Holds also when the daemon is killed and nobody is left who watches the time.
            seconds = int(LIMIT_SECONDS)
            resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (seconds, seconds))
        self._said, self._complained = _Tail(self._process.stdout), _Tail(self._process.stderr)

    def end(self, outcome: Outcome) -> None:
        """Kill it with all that it started: what it has not committed never was."""
        if self.ended() is not None:
            return
        self.outcome = outcome
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_SECONDS)

    def ended(self) -> Outcome | None:
        """Return what has come of it; None while it runs."""
        code = self._process.poll()
        if code is not None and self.outcome is None:
            self.outcome = _outcome(code, self._said.text(), self._complained.text())
        return self.outcome

    def close(self) -> None:
        """Free what it needed. May be called again."""
        self._said.close()
        self._complained.close()
        self._folder.cleanup()


_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A nice value holds each thread alone; the sources' work must not meet one on every core."""


class _Tail:
    """Reads a pipe to its end, so that nobody waits for it, and keeps the last part."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._kept = b""
        self._pipe = pipe
        self._thread = threading.Thread(target=self._read, name="job-output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        if self._pipe is None:
            return
        while piece := os.read(self._pipe.fileno(), KEPT_BYTES):
            self._kept = (self._kept + piece)[-KEPT_BYTES:]

    def text(self) -> str:
        """Return what was said. Call it when the process has ended."""
        self._thread.join(1.0)  # what it started may hold the pipe open for longer
        return self._kept.decode("utf-8", "replace")

    def close(self) -> None:
        self._thread.join(1.0)
        if self._pipe is not None and not self._thread.is_alive():
            self._pipe.close()


def _outcome(code: int, said: str, complained: str) -> Outcome:
    """Return what has come of a process that ended by itself, in words without any citizen's."""
    if code == 0:
        return Outcome("done", _line(_told(said)))
    if code < 0:
        short = "; mungkin memori server kurang" if -code == signal.SIGKILL else ""
        return Outcome("failed", f"proses dihentikan oleh sistem (sinyal {-code}){short}")
    lines = [line for line in complained.splitlines() if line.strip()]
    if not any(line.startswith("Traceback ") for line in lines):
        # A library's warning, with the line of source below it, is not what we have to say.
        ours = [line for line in lines if not line[0].isspace() and not _WARNING.match(line)]
        if code not in _OUR_CODES or not ours:
            return Outcome("failed", f"proses berakhir dengan kode {code}")
        return Outcome("failed", _line(ours[-1]))
    # The message of an error, and a line of the source beside it, may quote a text.
    kind = lines[-1].partition(":")[0].rpartition(".")[2].strip()
    error = kind if kind.isidentifier() else f"kode {code}"
    places = _PLACE.findall(complained)
    return Outcome(
        "failed",
        f"kesalahan di dalam Tanggap ({error}); lihat log daemon, lalu laporkan kepada pengelola",
        f"{error}@{Path(places[-1][0]).name}:{places[-1][1]}" if places else error,
    )


def _told(said: str) -> str:
    """Return the outcome that a command has printed as JSON."""
    try:
        printed = json.loads(said.strip().splitlines()[-1])
    except (IndexError, ValueError, RecursionError):
        return "selesai"
    if not isinstance(printed, dict):
        return "selesai"
    version = printed.get("version")
    return str(printed.get("outcome") or (f"calon {version}" if version else "selesai"))


def _line(words: str) -> str:
    return " ".join(words.split())[:OUTCOME_LENGTH]
