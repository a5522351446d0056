"""Every named kill point: the process ends itself there, a restart without repair loses nothing."""

import ast
import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
import requests
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    Verdict,
    fetched,
    judge,
    only_accounts,
    open_install,
    statuses,
    unmeasured,
    write_config,
)
from drill_sizes import one_round, seeds
from test_kill_points_notices import OF_A_DELIVERY
from test_restore_kill_points import OF_A_BACKUP, OF_A_RESTORE
from web_support import PASSWORD, Visitor, password_hash, words_of

import daemon
from tanggap import killpoints
from tanggap.cli import cli
from tanggap.clock import Clock, to_text
from tanggap.killpoints import KILL_POINTS
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, Item, ItemFilter

ROOT = Path(__file__).parent.parent
RUNNER = Path(__file__).parent / "kill_runner.py"
OPDS = ("pemkot", "dpupr", "dishub")
WATCHED = {"x": OPDS}
SEEDS = seeds("kill_point_rounds")

IN_A_CYCLE = {
    "config_read": 1,
    "lock_taken": 1,
    "database_named": 1,
    "migration_half_done": 1,
    "model_loaded": 1,
    "sources_synced": 1,
    "source_leased": 6,
    "request_sent": 7,
    "body_read": 7,
    "page_parsed": 6,
    "decided": 6,
    "transaction_begun": 6,
    "rows_written": 6,
    "cursor_written": 6,
    "committed": 6,
    "turn_finished": 6,
    "text_indexed": 1,
}
"""Kill points of `tanggap once` on a new database, and how often each is surely reached."""
OF_A_FILE = {"lock_taken", "database_named"}
"""Not on PostgreSQL: there several daemons run, and the database is there before them."""


BACK_ENDS = ("sqlite", "postgresql")


@pytest.fixture(params=BACK_ENDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where the install keeps its data: a file that is not there yet, an empty database."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        assert isinstance(url, str)
        return url
    return f"sqlite:{tmp_path}/kota/tanggap.db"


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)


@dataclass
class Install:
    """A config on a small city of its own, whose day is over but for what it still takes back."""

    path: Path
    where: str
    simulator: Simulator
    clock: Clock
    seed: int

    def command(self, *arguments: str, arms: tuple[str, ...]) -> list[str]:
        """Return the command line of a process that signals itself at kill points."""
        return [sys.executable, str(RUNNER), *arms, "--", "--config", str(self.path), *arguments]

    def killed(self, *arguments: str, arms: tuple[str, ...]) -> None:
        """Run a command that must end by SIGKILL."""
        done = subprocess.run(
            self.command(*arguments, arms=arms),
            env=unmeasured(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, (done.returncode, done.stderr)

    def later(self, minutes: float) -> HandClock:
        """Return a clock by hand, so far ahead of the processes' one."""
        return HandClock(self.clock.now() + timedelta(minutes=minutes))

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the database as it is."""
        store = open_store(self.where)
        try:
            yield store
        finally:
            store.close()

    def read_so_far(self) -> int:
        return len(self.simulator.oracle.log())


@contextmanager
def install(folder: Path, seed: int, where: str) -> Iterator[Install]:
    folder.mkdir(parents=True)
    real = Clock().now()
    clock = Clock(1.0, real, START)
    world = generate_world(seed, START - timedelta(hours=8), 6, 60, clock=clock)
    with Simulator(world, clock=clock, token=TOKEN) as simulator:
        path = write_config(
            folder,
            simulator.address,
            *only_accounts(*OPDS),
            ("lease_seconds = 180", "lease_seconds = 30"),
            ('url = "sqlite:tanggap.db"', f'url = "{where}"'),
            extra=f"\n[clock]\nspeed = 1.0\nreal_start = {to_text(real)}\n"
            f"simulated_start = {to_text(START)}\n",
        )
        yield Install(path, where, simulator, clock, seed)


@pytest.mark.fault(1)
@pytest.mark.parametrize(
    ("where", "point"),
    [
        (back_end, point)
        for back_end in BACK_ENDS
        for point in IN_A_CYCLE
        if back_end == "sqlite" or point not in OF_A_FILE
    ],
    indirect=["where"],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_daemon_killed_at_any_point_of_a_cycle_loses_doubles_and_invents_nothing(
    point: str, seed: int, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = random.Random(f"{point} {seed}").randint(1, IN_A_CYCLE[point])
    with one_round("kill_points", seed), install(tmp_path / "kota", seed, where) as town:
        town.killed("once", arms=(f"{point}=KILL:{number}",))
        restarted_and_whole(town, capsys)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_daemon_killed_between_hold_and_failure_asks_nothing_before_the_hold_ends(
    seed: int, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with one_round("kill_points", seed), install(tmp_path / "kota", seed, where) as town:
        refused = Fault("status", endpoint="mentions", status=429, headers={"retry-after": "600"})
        town.simulator.faults.add(refused)
        town.killed("once", arms=("hold_noted=KILL",))
        before = town.read_so_far()
        clock = town.later(2)
        with open_install(town.path, clock) as house:
            [hold] = house.store.holds(clock.now())
            assert hold.until > clock.now()
            daemon.once(house)
        asked = town.simulator.oracle.log(before)
        assert "mentions" not in {entry.endpoint for entry in asked}
        town.simulator.faults.clear()
        restarted_and_whole(town, capsys, minutes=30)


@pytest.mark.fault(1)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_daemon_killed_while_it_shuts_down_loses_nothing(
    seed: int, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = random.Random(seed).randint(1, 6)
    with one_round("kill_points", seed), install(tmp_path / "kota", seed, where) as town:
        town.killed("run", arms=(f"committed=TERM:{number}", "shutting_down=KILL"))
        restarted_and_whole(town, capsys)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("arm", "kept"), [("review_written=KILL", False), ("review_committed=KILL", True)]
)
def test_a_desk_killed_while_a_person_acts_keeps_the_act_whole_or_not_at_all(
    arm: str, kept: bool, seed: int, where: str, tmp_path: Path
) -> None:
    with one_round("kill_points", seed), install(tmp_path / "kota", seed, where) as town:
        drain(town)
        with town.store() as store:
            store.add_user("ketua", "supervisor", (), password_hash(), town.clock.now())
            item = store.items(EVERYTHING, ItemFilter(tab="queue"))[0]
            events = store.verify_events()
        with desk(town, arms=(arm,)) as (process, visitor):
            with pytest.raises(requests.ConnectionError):
                confirm(visitor, item)
            assert process.wait(30) == -signal.SIGKILL
        with town.store() as store:
            found = store.item(EVERYTHING, item.id)
            assert found is not None
            assert (found.item.version > item.version) is kept
            assert store.verify_events() == events + int(kept)
            assert fetched(town.where, "SELECT count(*) FROM reviews") == [(int(kept),)]
        whole(town)
        with desk(town) as (_, visitor):  # the person tries again on the page that is still open
            answer = confirm(visitor, item)
        if kept:
            assert answer.status_code == 409
            assert "Aduan ini sudah diubah oleh ketua" in words_of(answer.text)
        else:
            assert answer.status_code == 303
        with town.store() as store:
            assert store.verify_events() == events + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_an_export_killed_before_its_renaming_leaves_the_one_before(
    seed: int, where: str, tmp_path: Path
) -> None:
    with one_round("kill_points", seed), install(tmp_path / "kota", seed, where) as town:
        drain(town)
        file = tmp_path / "aduan.csv"
        file.write_text("yang kemarin", encoding="utf-8")
        arguments = ("queue", "export", "--output", str(file))
        town.killed(*arguments, arms=("export_written=KILL",))
        assert file.read_text(encoding="utf-8") == "yang kemarin"
        cli.main(["--config", str(town.path), *arguments], standalone_mode=False)
        with town.store() as store:
            rows = sum(1 for _ in store.export(EVERYTHING, ItemFilter()))
        assert file.read_text(encoding="utf-8").count("https://x.com/") >= rows > 20
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["aduan.csv"]


# --- the desk as a process ----------------------------------------------------------------------


@contextmanager
def desk(
    town: Install, arms: tuple[str, ...] = ()
) -> Iterator[tuple["subprocess.Popen[str]", Visitor]]:
    """Start `tanggap web` and log in."""
    with subprocess.Popen(
        town.command("web", "--port", "0", arms=arms),
        env=unmeasured(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            address = process.stderr.readline().partition("http://")[2].strip().rstrip("/")
            visitor = Visitor(f"http://{address}")
            assert visitor.post("/masuk", nama="ketua", sandi=PASSWORD).status_code == 303
            yield process, visitor
            visitor.close()
        finally:
            process.kill()


def confirm(visitor: Visitor, item: Item) -> requests.Response:
    return visitor.post(f"/aduan/{item.id}/benar", expected_version=item.version)


# --- what is judged -----------------------------------------------------------------------------


def restarted_and_whole(
    town: Install, capsys: pytest.CaptureFixture[str], minutes: float = 10
) -> None:
    """Start again without any repair and compare all that is there then with what must be."""
    accuses_nobody(town)
    before = town.read_so_far()
    drain(town, minutes)
    whole(town)
    verdict = judged(town, before)
    assert verdict.exact, verdict
    assert verdict.addressed_and_stored > 20
    with town.store() as store:
        assert picture(store) == undisturbed(town.seed)
    assert told_to_the_operator(town, capsys) == []


def accuses_nobody(town: Install) -> None:
    """After a kill, before anything else: no source is said to have failed but by a refusal."""
    if town.where.startswith("sqlite:") and not town.path.with_name("tanggap.db").exists():
        return
    with town.store() as store:
        if store.migrate():
            return
        now = town.later(0)
        if store.holds(now.now()):
            return
        for status in statuses(store, now).values():
            assert (status.state in ("new", "ok"), status.errors) == (True, 0), status
        assert store.alarms() == []


def drain(town: Install, minutes: float = 10) -> None:
    """Start again on what is there, as the daemon does, until nothing new comes."""
    clock = town.later(minutes)
    with open_install(town.path, clock) as house:
        daemon.once(house)
        clock.advance(timedelta(minutes=30))
        again = daemon.once(house)
        assert (again.new, again.refused, again.rejected) == (0, 0, 0)
        found = statuses(house.store, clock)
        assert {status.state for status in found.values()} == {"ok"}
        assert [status.gaps for status in found.values() if status.gaps] == []


def whole(town: Install) -> None:
    """The database is sound, the history is one chain, and each item was routed once."""
    if town.where.startswith("sqlite:"):
        assert fetched(town.where, "PRAGMA integrity_check") == [("ok",)]
        assert fetched(town.where, "PRAGMA foreign_key_check") == []
    routed = fetched(town.where, "SELECT item_id FROM events WHERE kind = 'routed'")
    assert sorted(routed) == sorted(fetched(town.where, "SELECT id FROM items"))
    [[accepted]] = fetched(town.where, "SELECT sum(accepted) FROM sources")
    [[mentions]] = fetched(town.where, "SELECT count(*) FROM mentions")
    assert accepted == mentions
    with town.store() as store:
        assert store.verify_events() > 0
        items = list(store.export(EVERYTHING, ItemFilter()))
        looked_at = Counter((item.tab, item.status) for item in items)
        counted = {
            (tab, status): store.count(EVERYTHING, ItemFilter(tab=tab, status=status))
            for tab, status in looked_at
        }
        assert counted == looked_at
        assert store.index_text(1) == 0


def judged(town: Install, read_before: int) -> Verdict:
    """Return the oracle's verdict; what the killed daemon read it need not have stored."""
    cut_off = frozenset(range(1, read_before + 1))
    return judge(town.simulator, town.where, cut_off, WATCHED)


def picture(store: Store) -> dict[str, tuple[object, ...]]:
    """Return what the queue holds, by network id: all but what depends on when it was fetched."""
    found = {}
    for item in store.export(EVERYTHING, ItemFilter()):
        detail = store.item(EVERYTHING, item.id)
        assert detail is not None
        found[item.mention.network_id] = (
            *(item.tab, item.status, item.opd, item.supporting, item.jenis, item.sector),
            *(item.rule, item.decided_by, item.answered_at, item.mention.text),
            *(Counter(event.kind for event in detail.history), len(detail.answers)),
        )
    return found


@cache
def undisturbed(seed: int) -> dict[str, tuple[object, ...]]:
    """Return the picture of the same city read by a daemon that nobody killed."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / "kota"
        with install(here, seed, f"sqlite:{here}/tanggap.db") as town:
            drain(town)
            with town.store() as store:
                return picture(store)


def told_to_the_operator(town: Install, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return what `tanggap sources` says a person should know."""
    capsys.readouterr()
    code = cli.main(["--config", str(town.path), "sources", "--json"], standalone_mode=False)
    shown = json.loads(capsys.readouterr().out)
    worries = [alarm["code"] for alarm in shown["alarms"]]
    worries += [f"{one['id']} {one['state']}" for one in shown["sources"] if one["state"] != "ok"]
    return worries + ([f"exit {code}"] if code else [])


# --- the kill points themselves -----------------------------------------------------------------


OWN = ("tanggap/store/sqlite", "tanggap/store/postgres")
"""How the modules of the two back ends begin."""


def hooks() -> list[tuple[str, str]]:
    """Return (name, file) of every call of `reached` in the program."""
    found = []
    for top in ("collectors", "classifier", "tanggap", "daemon.py", "router.py"):
        files = [ROOT / top] if top.endswith(".py") else sorted((ROOT / top).rglob("*.py"))
        for file in files:
            text = file.read_text(encoding="utf-8")
            if "reached(" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("reached"):
                    [argument] = node.args
                    assert isinstance(argument, ast.Constant), f"{file.name}:{node.lineno}"
                    found.append((argument.value, file.relative_to(ROOT).as_posix()))
    return found


def test_every_kill_point_stands_once_in_the_program() -> None:
    places = hooks()
    assert {name for name, _ in places} == set(KILL_POINTS)
    for name in KILL_POINTS:
        files = [file for found, file in places if found == name]
        # The two databases come to be in their own ways.
        own = [sum(file.startswith(one) for file in files) for one in OWN]
        assert len(files) == 1 or (len(files) == sum(own) and own == [1, 1]), (name, files)


def test_every_kill_point_is_reached_by_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    named = {name for name in KILL_POINTS if f'"{name}=' in text} | set(IN_A_CYCLE)
    armed = (*OF_A_BACKUP, *OF_A_DELIVERY, *chain.from_iterable(OF_A_RESTORE.values()))
    named |= {point.partition(":")[0] for point in armed}  # point, or point:how many times
    assert named == set(KILL_POINTS)


class TestArming:
    @pytest.fixture(autouse=True)
    def _disarmed(self) -> Iterator[None]:
        yield
        killpoints._armed.clear()

    def test_nothing_happens_at_a_kill_point_that_nobody_armed(self) -> None:
        called: list[str] = []
        killpoints.reached("committed")
        killpoints.arm("committed", lambda: called.append("committed"))
        killpoints.reached("decided")
        assert called == []

    def test_an_action_is_called_as_often_as_it_was_armed_for(self) -> None:
        called: list[str] = []
        killpoints.arm("committed", lambda: called.append("committed"), times=2)
        for _ in range(4):
            killpoints.reached("committed")
        assert called == ["committed", "committed"]

    def test_a_name_that_is_no_kill_point_is_refused(self) -> None:
        with pytest.raises(KeyError, match="comitted"):
            killpoints.arm("comitted", lambda: None)
