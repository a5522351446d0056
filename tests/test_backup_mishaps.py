"""Backups when the disk refuses, the clock was wrong, or root made one: noted, told, put right."""

import errno
import fcntl
import json
import os
import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from backup_support import CITY, fill
from daemon_support import HandClock
from store_support import at
from test_commands import tanggap

from tanggap import killpoints
from tanggap.clock import Clock
from tanggap.commands import install
from tanggap.config import BackupSettings, Config, load_config
from tanggap.errors import StoreBusy, StoreFull, StoreUnreachable
from tanggap.reasons import reason
from tanggap.store import Store, open_store
from tanggap.store.rows import LastBackup
from tanggap.store.sqlite import SqliteStore
from tanggap.upkeep import safekeeping
from tanggap.upkeep.backup_duty import BackupDuty
from tanggap.upkeep.safekeeping import backups_in, make_backup, thin_out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cadangan"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    fill(store)
    yield store
    store.close()


class Town:
    """A daemon's duty on a clock by hand, which keeps two backups."""

    def __init__(self, path: Path, store: Store, folder: Path) -> None:
        self.clock = HandClock()
        settings = BackupSettings(folder=str(folder), every_hours=6.0, keep=2)
        self.config: Config = replace(
            load_config(path, secrets=False), clock=self.clock, backup=settings
        )  # type: ignore[arg-type]  # a clock that the test moves
        self.store, self.folder, self.duty = store, folder, BackupDuty()

    def round(self, hours: float = 0.0) -> list[str]:
        """Let time pass, do one round, wait for what it began; return the alarms."""
        self.clock.advance(timedelta(hours=hours))
        self.duty.look_after(self.store, self.config, threading.Event(), self.clock.now())
        self.duty.wait(30)
        return sorted(alarm.code for alarm in self.store.alarms() if alarm.code != "model")


@pytest.fixture
def town(store: Store, folder: Path, tmp_path: Path) -> Town:
    assert tanggap("init", str(tmp_path), "--city", CITY).returncode == 0
    path = tmp_path / "tanggap.toml"
    text = path.read_text(encoding="utf-8").replace("disk_low_mb = 500", "disk_low_mb = 0")
    path.write_text(text, encoding="utf-8")
    return Town(path, store, folder)


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def refuse_for(ending: str) -> Callable[..., None]:
    """Return an unlink that the disk refuses for files of that ending."""
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name.endswith(ending):
            refuse()
        real(path, missing_ok=missing_ok)

    return unlink


# --- what the disk refuses ----------------------------------------------------------------------


def test_a_good_backup_is_noted_though_an_old_one_cannot_be_removed(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for day in (1, 2):
        (town.folder / f"tanggap-2026010{day}T000000Z.backup").touch()
    monkeypatch.setattr(Path, "unlink", refuse_for(".backup"))
    assert town.round() == []
    last = town.store.last_backup()
    assert last is not None
    assert last.made_at == town.clock.now()
    assert "event=backup_not_removed" in caplog.text
    assert town.round(1) == []
    assert len(backups_in(town.folder)) == 3  # not made again before its time


def test_a_draft_that_cannot_be_removed_does_not_spoil_the_backup(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "unlink", refuse_for(".partial"))
    assert town.round() == []
    assert town.store.last_backup() is not None


@pytest.mark.parametrize("place", ["room", "folder", "names"])
def test_whatever_the_disk_refuses_is_an_alarm(
    place: str, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        if place == "room":
            patch.setattr(safekeeping.shutil, "disk_usage", refuse)
        elif place == "folder":
            patch.setattr(Path, "is_dir", refuse)
        else:
            patch.setattr(os, "link", refuse)
        assert town.round() == ["backup_failed"]
        [alarm] = [one for one in town.store.alarms() if one.code == "backup_failed"]
        assert reason(OSError(errno.EIO, "")) in alarm.detail
    assert town.round(0.3) == []  # tried again after a quarter of an hour


def test_a_database_that_refuses_the_alarm_ends_the_thread_in_order(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)

        def full(*_: object) -> None:
            raise StoreFull("penuh")

        patch.setattr(SqliteStore, "raise_alarm", full)
        town.round()  # a thread that ends in an error fails the test
    assert "event=backup_failed error=StoreFull" in caplog.text
    assert town.round(1.1) == []
    assert len(backups_in(town.folder)) == 1


# --- one at a time, whoever made the last one ---------------------------------------------------


def test_the_lock_is_the_folder_itself_and_leaves_no_file_of_its_maker(
    store: Store, folder: Path
) -> None:
    made = make_backup(store, folder, CITY, "", at(0))
    assert list(folder.iterdir()) == [made.path]
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="sedang dibuat"):
            make_backup(store, folder, CITY, "", at(60))
    finally:
        os.close(descriptor)
    make_backup(store, folder, CITY, "", at(60))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of root")
def test_a_backup_made_by_root_keeps_nobody_from_making_the_next(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    make_backup(store, folder, CITY, "", at(0))
    neighbours = make_backup(store, folder, "Kota Lain", "", at(60)).path
    assert neighbours in backups_in(folder)  # and nobody's modules but root's are read below
    os.chown(neighbours, 12345, 12345)  # another city's user on this machine
    for path in (folder, tmp_path, *tmp_path.glob("tanggap.db*")):
        os.chown(path, 65534, 65534)
    parents = [one for one in tmp_path.parents if not one.stat().st_mode & 0o001]
    modes = [one.stat().st_mode & 0o777 for one in parents]
    for one in parents:
        one.chmod(0o711)
    try:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setgid(65534)
                os.setuid(65534)
                mine = open_store(tmp_path / "tanggap.db")
                make_backup(mine, folder, CITY, "", at(3600))
                thin_out(folder, 1, backups_in(folder)[-1], CITY)
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        for one, mode in zip(parents, modes, strict=True):
            one.chmod(mode)
    assert [path.stat().st_uid for path in backups_in(folder)] == [12345, 65534]


# --- the database is gone, its backups are not --------------------------------------------------


@pytest.fixture
def lost(tmp_path: Path, folder: Path, postgres_url: str, request: pytest.FixtureRequest) -> Path:
    """Return the config of an install whose database somebody took away, lock, log and all."""
    where = f"sqlite:{tmp_path}/kota.db" if request.param == "sqlite" else postgres_url
    assert tanggap("init", str(tmp_path), "--city", CITY).returncode == 0
    config = tmp_path / "tanggap.toml"
    text = config.read_text(encoding="utf-8").replace("disk_low_mb = 500", "disk_low_mb = 0")
    text = text.replace("sqlite:tanggap.db", where).replace('folder = ""', 'folder = "cadangan"')
    config.write_text(text, encoding="utf-8")
    with closing(open_store(tmp_path / "asal.db")) as store:
        store.migrate()
        fill(store)
        for hour in (0, 6):
            make_backup(store, folder, CITY, "", at(hour * 3600))
    (folder / "lain.txt").touch()
    return config


ON_BOTH = pytest.mark.parametrize("lost", ["sqlite", "postgresql"], indirect=True)
NEWEST = "tanggap-20261110T090000Z.backup"
LIKELIEST = {
    "sqlite": "Pasang dulu disknya bila belum terpasang",
    "postgresql": "Periksa dulu database.url",
}


def where_of(config: Path) -> str:
    return load_config(config, secrets=False).database.url.partition(":")[0]


@ON_BOTH
@pytest.mark.parametrize("command", ["run", "once", "sources", "web", "backup"])
def test_no_empty_database_is_made_where_backups_tell_of_one(
    command: str, lost: Path, folder: Path
) -> None:
    done = tanggap("--config", str(lost), command)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cadangan terbaru {folder / NEWEST} (dibuat 10 Nov 2026 16.00 WIB)" in done.stderr
    assert f"(dibuat 10 Nov 2026 16.00 WIB) dari {CITY}. {LIKELIEST[where_of(lost)]}; bila " in (
        done.stderr
    )
    assert f"`tanggap restore {folder / NEWEST}`" in done.stderr
    assert "mulai dari kosong jalankan `tanggap migrate`" in done.stderr
    assert not lost.with_name("kota.db").exists()


@ON_BOTH
def test_both_remedies_for_a_lost_database_help(lost: Path, folder: Path) -> None:
    config = ("--config", str(lost))
    assert tanggap(*config, "restore", str(folder / NEWEST)).returncode == 0
    assert tanggap(*config, "sources").returncode == 0


@ON_BOTH
def test_an_empty_database_that_was_asked_for_is_used(lost: Path) -> None:
    config = ("--config", str(lost))
    assert tanggap(*config, "once").returncode == 1
    assert tanggap(*config, "migrate").returncode == 0
    assert tanggap(*config, "once").returncode == 0
    assert tanggap(*config, "sources").returncode == 0


@ON_BOTH
@pytest.mark.parametrize("way", ["restore", "migrate"])
def test_a_database_that_was_not_filled_to_its_end_is_still_gone(
    way: str, lost: Path, folder: Path, tmp_path: Path
) -> None:
    """Tables without rows would pass for a database that was begun from nothing on purpose."""
    config = ("--config", str(lost))
    where = load_config(lost).database_where
    again = (
        ("restore", str(folder / NEWEST))
        if way == "restore"
        else ("migrate", "--from", f"sqlite:{tmp_path}/asal.db", "--to", where)
    )

    def cut() -> None:
        raise StoreUnreachable("sambungan putus")

    killpoints.arm("rows_half_restored" if "postgresql:" in where else "restore_half_done", cut)
    assert tanggap(*config, *again).returncode == 1
    for command in ("once", "sources"):
        done = tanggap(*config, command)
        assert (done.returncode, "padahal pernah" in done.stderr) == (1, True), done.stderr
    assert tanggap(*config, *again).returncode == 0
    assert tanggap(*config, "sources").returncode == 0


@ON_BOTH
def test_what_is_gone_is_said_without_contradiction_and_its_remedy_can_be_typed(
    lost: Path, folder: Path
) -> None:
    folder.rename(folder.with_name("cadangan kota"))
    text = lost.read_text(encoding="utf-8")
    lost.write_text(text.replace('"cadangan"', '"cadangan kota"'), encoding="utf-8")
    done = tanggap("--config", str(lost), "once")
    assert done.returncode == 1
    said = "tidak ada, padahal pernah ada" if "kota.db" in text else "kosong, padahal pernah berisi"
    assert said in done.stderr
    [typed] = [one for one in done.stderr.split("`") if one.startswith("tanggap restore")]
    assert tanggap("--config", str(lost), *shlex.split(typed)[1:]).returncode == 0


@ON_BOTH
@pytest.mark.parametrize("trace", ["no folder", "no backup", "no such disk"])
def test_where_no_backup_is_a_new_install_begins_by_itself(
    trace: str, lost: Path, folder: Path
) -> None:
    for path in folder.iterdir():
        path.unlink()
    if trace == "no folder":
        text = lost.read_text(encoding="utf-8")
        lost.write_text(text.replace('folder = "cadangan"', 'folder = ""'), encoding="utf-8")
    elif trace == "no such disk":
        folder.rmdir()
    assert '"fetched": 0' in tanggap("--config", str(lost), "once").stdout


@ON_BOTH
def test_a_folder_that_is_shared_with_another_city_tells_of_ours_alone(
    lost: Path, folder: Path, store: Store
) -> None:
    make_backup(store, folder, "Kota Tetangga", "", at(9 * 3600))
    (folder / "tanggap-20261110T150000Z.backup").write_bytes(b"terpotong")
    refused = tanggap("--config", str(lost), "once").stderr
    assert f"cadangan terbaru {folder / NEWEST} (" in refused
    assert f"dari {CITY}." in refused
    assert "Tetangga" not in refused
    for path in folder.glob("tanggap-2026111*T0[0-9]*"):
        path.unlink()
    unread = tanggap("--config", str(lost), "once")  # nobody knows whose it is: it may be ours
    assert (unread.returncode, "dari Kota" in unread.stderr) == (1, False)
    assert "tanggap-20261110T150000Z.backup (dibuat 10 Nov 2026 22.00 WIB). " in unread.stderr
    (folder / "tanggap-20261110T150000Z.backup").unlink()
    assert [path.name for path in backups_in(folder)] == ["tanggap-20261110T120000Z.backup"]
    assert '"fetched": 0' in tanggap("--config", str(lost), "once").stdout


@ON_BOTH
def test_neither_a_name_of_the_future_nor_an_impossible_one_is_recommended(
    lost: Path, folder: Path, store: Store
) -> None:
    ahead = make_backup(store, folder, CITY, "", at(0) + timedelta(days=4000)).path
    (folder / "tanggap-20391399T000000Z.backup").touch()
    assert f"cadangan terbaru {folder / NEWEST} (" in tanggap("--config", str(lost), "once").stderr
    for path in backups_in(folder):
        if path != ahead:
            path.unlink()
    assert f"cadangan terbaru {ahead} (" in tanggap("--config", str(lost), "once").stderr


@ON_BOTH
def test_a_backup_disk_that_does_not_answer_stops_nobody_who_has_a_database(
    lost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stalled mount answers no listing ever; here whoever asks it is told to fail."""
    assert tanggap("--config", str(lost), "migrate").returncode == 0

    def stalls(*_: object) -> None:
        raise AssertionError("the folder of the backups was asked")

    monkeypatch.setattr(install, "backups_in", stalls)
    for command in ("once", "sources"):
        assert tanggap("--config", str(lost), command).returncode == 0


@ON_BOTH
def test_check_names_the_backup_of_a_database_that_is_gone(
    lost: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def listed(where: Path, *rest: Any) -> list[Path]:
        asked.append(where)
        return backups_in(where, *rest)

    monkeypatch.setattr(install, "backups_in", listed)
    done = tanggap("--config", str(lost), "check", "--offline", "--json")
    found = {one["part"]: one for one in json.loads(done.stdout)}
    assert found["basis data"]["level"] == "fail"
    assert str(folder / NEWEST) in found["basis data"]["text"]
    assert NEWEST in found["cadangan"]["text"]
    assert "belum ada cadangan" not in done.stdout
    assert asked == [folder]
    for path in backups_in(folder):
        path.unlink()
    done = tanggap("--config", str(lost), "check", "--offline", "--json")
    found = {one["part"]: one for one in json.loads(done.stdout)}
    assert found["basis data"]["level"] == found["cadangan"]["level"] == "warn"
    assert "belum ada cadangan" in found["cadangan"]["text"]


def test_check_does_not_call_a_backup_of_the_future_fresh(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "tanggap.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('folder = ""', f'folder = "{town.folder}"'), encoding="utf-8")
    now = Clock().now()
    ahead = LastBackup(now + timedelta(hours=3, minutes=1), "tanggap-x.backup", 1, 1, 1.0)
    town.store.note_backup(ahead, now)
    done = tanggap("--config", str(path), "check", "--offline", "--json")
    found = {one["part"]: one for one in json.loads(done.stdout)}["cadangan"]
    assert (found["level"], found["action"]) == ("warn", "Periksa sinkronisasi waktu.")
    assert "tanggap-x.backup (3 jam" in found["text"]
    assert "di depan jam mesin ini" in found["text"]


# --- a clock that ran ahead ---------------------------------------------------------------------


def test_backups_from_a_clock_that_ran_ahead_go_first(store: Store, folder: Path) -> None:
    for day in (1, 2, 3):
        (folder / f"tanggap-2038010{day}T000000Z.backup").touch()
    made = []
    for hour in range(3):
        made.append(make_backup(store, folder, CITY, "", at(hour * 3600)).path)
        thin_out(folder, 3, made[-1], CITY)
        assert set(made) <= set(backups_in(folder))
    assert backups_in(folder) == made


def test_a_backup_from_the_future_is_no_backup(town: Town) -> None:
    assert town.round() == []
    now = town.clock.now()
    ahead = LastBackup(now + timedelta(days=365), "tanggap-x.backup", 1, 1, 1.0)
    town.store.note_backup(ahead, now + timedelta(hours=2))
    town.folder.rename(town.folder.with_name("dicabut"))
    assert "backup_old" not in town.round(11.9)
    assert "backup_old" in town.round(0.2)


def test_a_clock_a_little_ahead_of_ours_is_no_reason_to_alarm(town: Town) -> None:
    town.duty.look_after(town.store, town.config, threading.Event(), town.clock.now())
    town.duty.wait(30)
    now = town.clock.now()
    near = LastBackup(now + timedelta(minutes=9), "tanggap-x.backup", 1, 1, 1.0)
    town.clock.advance(timedelta(hours=13))
    town.store.note_backup(
        replace(near, made_at=town.clock.now() + timedelta(minutes=9)),
        town.clock.now() + timedelta(hours=6),
    )
    assert town.round() == []


def test_a_daemon_that_began_on_a_clock_that_ran_ahead_alarms_in_time(town: Town) -> None:
    town.folder.rmdir()
    town.clock.advance(timedelta(days=365))
    town.round()
    town.clock.advance(-timedelta(days=365))
    town.round()
    assert "backup_old" in town.round(12.1)
