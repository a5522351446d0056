"""Jobs that an analyst asked for: each a process of its own, done once, and told how it ended."""

import json
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import HandClock, open_install, write_config
from nest_support import nest

import daemon
from tanggap.config import Config, load_config
from tanggap.errors import StoreBusy
from tanggap.store import Store, open_store
from tanggap.store.rows_tuning import Job
from tanggap.upkeep.jobs import KEPT_BYTES, LIMIT_SECONDS, NICE, JobDuty, command_of

OWNER, OTHER = "mesin:1:aa", "mesin:2:bb"
SECRET_TEXT = "lubang di depan rumah Bu Siti"


class Office:
    """One install whose jobs are done by scripts of the test."""

    def __init__(self, path: Path, store: Store) -> None:
        self.clock = HandClock()
        self.config: Config = replace(load_config(path, secrets=False), clock=self.clock)  # type: ignore[arg-type]  # a clock that the test moves
        self.store = store
        self.seconds = 0.0
        self.script = ""
        self.duty = self.another()

    def another(self) -> JobDuty:
        """Return the duty of one more daemon."""

        def command(_: Config, job: Job) -> Sequence[str]:
            return [sys.executable, "-c", textwrap.dedent(self.script), str(job.id)]

        return JobDuty(command, lambda: self.seconds)

    def ask(self, script: str) -> int:
        """Ask for a training that this script does."""
        self.script = script
        return self.store.ask_job("train", {}, "analis", self.clock.now())

    def round(self, duty: JobDuty | None = None, owner: str = OWNER) -> None:
        (duty or self.duty).look_after(self.store, self.config, self.clock.now(), owner)

    def until(self, job: int, state: str) -> Job:
        """Do rounds until a job is in a state; return it."""
        return self.until_so(lambda: (found := self.store.job(job)) and found.state == state, job)

    def until_so(self, ready: Callable[[], object], job: int) -> Job:
        deadline = time.monotonic() + 60
        while True:
            self.round()
            found = self.store.job(job)
            assert found is not None
            if ready():
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.02)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    path = write_config(tmp_path, "http://127.0.0.1:1", networks=())
    with closing(open_store(tmp_path / "tanggap.db")) as store:
        store.migrate()
        made = Office(path, store)
        yield made
        made.duty.cut_off()


def appears(path: Path) -> str:
    """Wait until a process has written a file; return what it wrote."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return path.read_text(encoding="utf-8")


def writes(path: Path, what: str) -> str:
    """Return the lines by which a script leaves a file, whole or not at all."""
    return f"""
import os, sys, time, json, signal, subprocess
with open({f"{path}.new"!r}, "w") as file:
    file.write(str({what}))
os.rename({f"{path}.new"!r}, {str(path)!r})
"""


def is_gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


SLEEP = "\ntime.sleep(600)\n"


# --- what has come of it ------------------------------------------------------------------------


def test_the_command_is_this_program_on_this_install(office: Office) -> None:
    job = office.ask("")
    found = office.store.job(job)
    assert found is not None
    wanted = ["--config", str(office.config.path), "tune", "train", "--job", str(job)]
    assert command_of(office.config, found) == [sys.executable, "-m", "tanggap", *wanted]


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [
        ('{"version": "lokal-0123456789ab"}', "calon lokal-0123456789ab"),
        ('{"outcome": "ditolak:\\n terlalu sering salah"}', "ditolak: terlalu sering salah"),
        ('melatih\n{"version": "lokal-1"}', "calon lokal-1"),
        ("", "selesai"),
        ("selesai sudah", "selesai"),
        ("[1, 2]", "selesai"),
        ("[" * 20_000, "selesai"),
    ],
    ids=["version", "words", "last line", "nothing", "no JSON", "a list", "nested"],
)
def test_what_a_job_printed_is_its_outcome(office: Office, printed: str, outcome: str) -> None:
    job = office.ask(f"print({printed!r})")
    done = office.until(job, "done")
    assert (done.outcome, done.owner) == (outcome, OWNER)


def test_a_job_that_fails_says_why_in_its_own_words(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    script = "import sys; sys.exit('event=x\\nlabel belum cukup: 12 dari 100 yang dibutuhkan')"
    failed = office.until(office.ask(script), "failed")
    assert failed.outcome == "label belum cukup: 12 dari 100 yang dibutuhkan"
    assert any(line.startswith("event=job_ended") for line in caplog.messages)


def test_of_a_mistake_of_ours_kind_and_place_are_told_but_no_text(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    failed = office.until(office.ask(f"\nint({SECRET_TEXT!r})"), "failed")
    assert "ValueError" in failed.outcome
    assert "log daemon" in failed.outcome
    (line,) = (line for line in caplog.messages if line.startswith("event=job_ended"))
    assert line.endswith("where=ValueError@<string>:2")
    assert "Siti" not in f"{failed} {caplog.text}"


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ("import sys; sys.exit(3)", "proses berakhir dengan kode 3"),
        (
            "import sys; sys.stderr.write('jalan Siti rusak\\n'); sys.exit(70)",
            "proses berakhir dengan kode 70",
        ),
        (
            "import sys; sys.stderr.write('label kurang\\na.py:3: UserWarning: x\\n  y()\\n'); "
            "sys.exit(2)",
            "label kurang",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "proses dihentikan oleh sistem (sinyal 9); mungkin memori server kurang",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "proses dihentikan oleh sistem (sinyal 11)",
        ),
    ],
    ids=["silent", "not ours", "warned", "killed", "crashed"],
)
def test_a_job_that_ends_without_a_word_is_told_all_the_same(
    office: Office, script: str, outcome: str
) -> None:
    assert office.until(office.ask(script), "failed").outcome == outcome


def test_a_program_that_is_not_there_is_an_outcome_and_the_next_job_is_done(
    office: Office,
) -> None:
    duty = JobDuty(lambda _config, _job: ["/nonexistent/python"])
    job = office.ask("print('{}')")
    office.round(duty)
    found = office.store.job(job)
    assert found is not None
    assert found.state == "failed"
    assert found.outcome.startswith("proses tidak dapat dimulai: ")
    assert office.until(office.ask("print('{}')"), "done")


def test_a_job_that_talks_without_end_is_not_kept_waiting_and_fills_no_memory(
    office: Office,
) -> None:
    script = f"""
        import sys
        for _ in range(40):
            sys.stdout.write("x" * {KEPT_BYTES} + "\\n")
            sys.stderr.write("y" * {KEPT_BYTES} + "\\n")
        print('{{"outcome": "akhir"}}')
    """
    assert office.until(office.ask(script), "done").outcome == "akhir"


# --- how it runs --------------------------------------------------------------------------------


def test_a_job_is_the_least_of_the_servers_work_and_apart_from_the_daemon(
    office: Office, tmp_path: Path
) -> None:
    facts = """json.dumps({
        "pid": os.getpid(), "group": os.getpgrp(), "nice": os.nice(0),
        "threads": os.environ["OMP_NUM_THREADS"], "tmp": os.environ["TMPDIR"],
        "cpu": __import__("resource").getrlimit(__import__("resource").RLIMIT_CPU),
        "stdin": sys.stdin.read(),
    })"""
    job = office.ask("import time; time.sleep(0.5)" + writes(tmp_path / "facts", facts))
    office.until(job, "done")
    found = json.loads(appears(tmp_path / "facts"))
    assert found["nice"] == NICE
    assert found["group"] == found["pid"]
    assert found["threads"] == "1"
    assert found["cpu"] == [LIMIT_SECONDS, LIMIT_SECONDS]
    assert found["stdin"] == ""
    assert not Path(found["tmp"]).exists()  # nothing is left of what it wrote there


def test_where_the_system_forbids_a_limit_the_job_is_done_and_watched_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(resource, "prlimit", forbidden)
    assert office.until(office.ask("print('{}')"), "done").outcome == "selesai"


def test_one_job_at_a_time_and_of_two_daemons_one_does_it(office: Office, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    job = office.ask(writes(begun, "os.getpid()") + SLEEP)
    office.round()
    appears(begun)
    other = office.another()
    office.script = "print('{}')"
    waiting = office.store.ask_job("report", {}, "analis", office.clock.now())
    office.round()  # busy: it leaves the next one alone
    found = office.store.job(waiting)
    assert found is not None
    assert found.state == "waiting"
    office.round(other, OTHER)  # takes the one that waits, not the one under way
    taken = [(one.id, one.owner) for one in office.store.jobs(5) if one.state == "running"]
    assert sorted(taken) == [(job, OWNER), (waiting, OTHER)]
    other.cut_off()


def test_a_job_that_takes_too_long_is_ended_and_says_so(office: Office, tmp_path: Path) -> None:
    job = office.ask(writes(tmp_path / "pid", "os.getpid()") + SLEEP)
    office.round()
    pid = int(appears(tmp_path / "pid"))
    office.seconds = LIMIT_SECONDS - 1
    office.round()
    assert not is_gone(pid)
    office.seconds = LIMIT_SECONDS + 1
    failed = office.until(job, "failed")
    assert failed.outcome == "dihentikan karena belum selesai setelah 60 menit"
    assert is_gone(pid)


def test_what_the_database_refuses_to_hear_is_told_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = office.ask('print(\'{"version": "lokal-1"}\')')
    tell = office.store.end_job
    refusals = iter([True, True])

    def busy(*given: object, **named: object) -> bool:
        if next(refusals, False):
            raise StoreBusy("sibuk")
        return tell(*given, **named)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(office.store, "end_job", busy)
    refused = 0
    deadline = time.monotonic() + 60
    while (found := office.store.job(job)) and found.state != "done":
        assert time.monotonic() < deadline
        try:
            office.round()
        except StoreBusy:
            refused += 1
        time.sleep(0.02)
    assert refused == 2
    assert found is not None
    assert found.outcome == "calon lokal-1"
    assert found.attempts == 1  # told twice, done once


# --- when the daemon ends -----------------------------------------------------------------------


def test_a_job_cut_off_with_its_daemon_dies_with_all_it_started_and_waits_again(
    office: Office, tmp_path: Path
) -> None:
    grandchild = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid"
    job = office.ask(
        writes(tmp_path / "pid", "os.getpid()") + writes(tmp_path / "other", grandchild) + SLEEP
    )
    office.round()
    pids = [int(appears(tmp_path / name)) for name in ("pid", "other")]
    began = time.monotonic()
    office.duty.cut_off()
    assert time.monotonic() - began < 5
    deadline = time.monotonic() + 10
    while not all(map(is_gone, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    office.duty.give_back(office.store, office.clock.now(), OWNER)
    found = office.store.job(job)
    assert found is not None
    assert (found.state, found.outcome, found.attempts) == ("waiting", "", 0)
    office.script = "print('{}')"
    assert office.until(job, "done").attempts == 1


def test_what_had_ended_when_the_daemon_is_told_to_end_is_not_done_again(
    office: Office, tmp_path: Path
) -> None:
    job = office.ask(writes(tmp_path / "pid", "os.getpid()") + 'print(\'{"version": "v-1"}\')')
    office.round()
    pid = int(appears(tmp_path / "pid"))
    deadline = time.monotonic() + 60
    while not is_gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    office.duty.cut_off()
    office.duty.give_back(office.store, office.clock.now(), OWNER)
    found = office.store.job(job)
    assert found is not None
    assert (found.state, found.outcome) == ("done", "calon v-1")


def test_one_that_comes_too_late_changes_nothing_of_what_another_has(
    office: Office, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    job = office.ask(f"""
        import os, time
        while not os.path.exists({str(go)!r}):
            time.sleep(0.02)
        print('{{"version": "terlambat"}}')
    """)
    office.round()
    office.clock.advance(timedelta(seconds=2 * LIMIT_SECONDS))  # it was frozen, say
    now = office.clock.now()
    claimed = office.store.claim_job(OTHER, now, now + timedelta(hours=1))
    assert claimed is not None
    go.touch()
    found = office.until_so(
        lambda: any(line.startswith("event=job_lost") for line in caplog.messages), job
    )
    assert (found.state, found.owner, found.outcome) == ("running", OTHER, "")


def test_the_jobs_of_a_daemon_that_was_killed_are_begun_anew_at_the_next_start(
    office: Office,
) -> None:
    job = office.ask("")
    now = office.clock.now()
    store = office.store
    dead = "mesin-ini:1:dead"
    store.note_progress(now, "rules", dead)
    for attempt in (1, 2, 3):
        claimed = store.claim_job(dead, now, now + timedelta(hours=1))
        assert claimed is not None
        assert claimed.attempts == attempt
        store.note_progress(now, "rules", dead)
        assert store.claim_job(OWNER, now, now + timedelta(hours=1)) is None
        with open_install(office.config.path, office.clock):
            pass
    # One that brings its daemon down each time is given up.
    assert store.claim_job(OWNER, now, now + timedelta(hours=1)) is None
    found = store.job(job)
    assert found is not None
    assert found.state == "failed"


def test_a_round_of_the_daemon_does_jobs_and_closing_it_ends_them(
    office: Office, tmp_path: Path
) -> None:
    job = office.ask(writes(tmp_path / "pid", "os.getpid()") + SLEEP)
    with open_install(office.config.path, office.clock) as house:
        house.rounds.jobs = office.duty
        daemon.keep_house(house, daemon.crew_of(house))
        pid = int(appears(tmp_path / "pid"))
        found = office.store.job(job)
        assert found is not None
        assert (found.state, found.owner) == ("running", house.owner)
    assert is_gone(pid)  # closing the house is enough, whatever else goes wrong


@pytest.mark.slow
def test_a_running_daemon_trains_in_another_process_and_ends_it_within_ten_seconds(
    tmp_path: Path,
) -> None:
    """The real command, cut off in the middle; a clean end gives the job back."""
    path = write_config(tmp_path, "http://127.0.0.1:1", networks=())
    with closing(open_store(tmp_path / "tanggap.db")) as store:
        store.migrate()
        config = load_config(path, secrets=False)
        job = store.ask_job("train", {}, "analis", config.clock.now())
        found = store.job(job)
        assert found is not None
        with nest(tmp_path / "nest") as started:
            run = started.start(path, "run")
            run.wait_for("event=job_started")
            (child,) = children_of(run.pid)
            line = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            assert line[1:-1] == list(command_of(config, found))[1:]
            began = time.monotonic()
            run.send(signal.SIGTERM)
            assert run.ended() == 0
            assert time.monotonic() - began < 10
            assert is_gone(child)
        found = store.job(job)
        assert found is not None
        assert (found.state, found.attempts) == ("waiting", 0)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"cat /proc/{pid}/task/*/children"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(one) for one in done.stdout.split() if not is_gone(int(one))]
