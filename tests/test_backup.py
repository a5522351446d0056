"""`tanggap backup`: one whole file, made while others write, kept in order, made on time."""

import hashlib
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from backup_support import (
    CITY,
    KEY,
    change_by_hand,
    database_in,
    digests,
    fill,
    new_database,
    rows_in,
)
from daemon_support import HandClock
from store_support import QUEUE, at, mention, put
from test_commands import tanggap

from tanggap import killpoints
from tanggap.backup import Bytes, Manifest, TableContent, carry_on, pack, unpack
from tanggap.config import BackupSettings, Config, load_config
from tanggap.errors import InputError, StoreBusy, StoreError, StoreFull
from tanggap.store import Store, open_store
from tanggap.upkeep.backup_duty import BackupDuty
from tanggap.upkeep.housekeeping import Rounds
from tanggap.upkeep.safekeeping import backups_in, make_backup, thin_out


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a database with something in it is."""
    url = (
        request.getfixturevalue("migrated_postgres_url")
        if request.param == "postgresql"
        else f"sqlite:{tmp_path}/tanggap.db"
    )
    assert isinstance(url, str)
    return url


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    store = open_store(where)
    store.migrate()
    fill(store)
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cadangan"
    folder.mkdir()
    return folder


@pytest.fixture
def config(where: str, folder: Path, tmp_path: Path) -> Path:
    """Return an install's config on that database, which makes backups."""
    assert tanggap("init", str(tmp_path), "--city", CITY).returncode == 0
    path = tmp_path / "tanggap.toml"
    text = path.read_text(encoding="utf-8").replace("disk_low_mb = 500", "disk_low_mb = 0")
    text = text.replace("sqlite:tanggap.db", where)
    text = text.replace('folder = ""', f'folder = "{folder.name}"').replace("keep = 28", "keep = 3")
    path.write_text(text, encoding="utf-8")
    return path


# --- the file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"x", bytes(1_000_000), bytes(range(256)) * 9000])
@pytest.mark.parametrize("key", ["", KEY])
def test_what_was_packed_comes_out_again(content: bytes, key: str, tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(content)
    target = tmp_path / "b.backup"
    target.touch()

    def describe(unpacked: Bytes, packed: Bytes) -> Manifest:
        tables = {"mentions": TableContent(3, "ab")}
        return Manifest(at(0), "1", CITY, "sqlite", ("m1",), tables, unpacked, packed)

    made = pack(tmp_path / "db", target, describe, key, carry_on)
    out = BytesIO()
    assert unpack(target, out, key) == made
    assert out.getvalue() == content
    assert made.unpacked == Bytes(len(content), hashlib.sha256(content).hexdigest())
    assert database_in(target, tmp_path / "keluar").read_bytes() == content


def test_a_backup_opens_with_the_tools_of_any_system(
    store: Store, where: str, tmp_path: Path
) -> None:
    made = make_backup(store, tmp_path / "b.backup", CITY, "", at(0))
    assert rows_in(database_in(made.path, tmp_path / "out.db")) == rows_in(where)
    with tarfile.open(made.path) as tar:
        assert tar.getnames() == ["tanggap.db.gz", "manifest.json", "seal.json"]


def test_the_manifest_says_what_is_inside_and_nothing_secret(
    store: Store, where: str, tmp_path: Path
) -> None:
    made = make_backup(store, tmp_path / "b.backup", CITY, KEY, at(0))
    with tarfile.open(made.path) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        text = manifest.read().decode()
    told = json.loads(text)
    assert told["city"] == CITY
    assert told["origin"] == where.partition(":")[0]
    assert told["tables"]["mentions"]["rows"] == 13
    assert told["steps"][0] == "m0001_sources"
    found = {name: TableContent(t["rows"], t["sha256"]) for name, t in told["tables"].items()}
    assert found == digests(database_in(made.path, tmp_path / "out.db"))
    assert KEY.encode() not in made.path.read_bytes()
    assert "jalan" not in text
    assert "argon2" not in text


# --- making one ---------------------------------------------------------------------------------


def test_a_backup_holds_the_moment_it_began_and_writers_do_not_wait(
    store: Store, where: str, tmp_path: Path
) -> None:
    before = rows_in(where)
    other = open_store(where)
    written: list[int] = []

    def write_meanwhile(*_: object) -> None:
        if len(written) < 5:
            put(other, (mention(str(800000 + len(written))), QUEUE), now=at(10 + len(written)))
            written.append(1)

    try:
        made = make_backup(store, tmp_path / "b.backup", CITY, "", at(0), progress=write_meanwhile)
    finally:
        other.close()
    assert len(written) == 5
    assert rows_in(database_in(made.path, tmp_path / "out.db")) == before
    assert len(rows_in(where)["mentions"]) == len(before["mentions"]) + 5


def test_a_backup_under_load_is_whole_and_the_load_goes_on(
    store: Store, where: str, tmp_path: Path
) -> None:
    stop, written, done, failed = threading.Event(), threading.Event(), [0], []

    def write() -> None:
        mine = open_store(where)
        try:
            while not stop.is_set():
                number = 100_000 + done[0]
                put(mine, (mention(str(number), f"aduan {number}"), QUEUE), now=at(number))
                done[0] += 1
                written.set()
        except StoreError as exc:
            failed.append(exc)
        finally:
            mine.close()

    def wait_for_a_write(*_: object) -> None:
        written.clear()
        assert written.wait(60), "a write waits for the backup"

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            before = done[0]
            made = make_backup(
                store,
                tmp_path / f"{number}.backup",
                CITY,
                "",
                at(0),
                progress=wait_for_a_write,  # each time that a part of the database is copied
            )
            assert made.manifest.tables["mentions"].rows >= 13 + before
            assert done[0] > before
    finally:
        stop.set()
        thread.join()
    assert failed == []


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_else(
    store: Store, folder: Path
) -> None:
    made = make_backup(store, folder, CITY, "", at(0))
    assert made.path.name == "tanggap-20261110T030000Z.backup"
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert list(folder.iterdir()) == [made.path]


def test_only_the_newest_stay_and_no_strange_file_goes(store: Store, folder: Path) -> None:
    (folder / "catatan.txt").touch()
    strange = [
        *("tanggap-lama.backup", "tanggap-20261399T000000Z.backup"),
        *("tanggap-2026111T030000Z.backup", "tanggap-20261110T030000Z.backup.bak"),
    ]
    for name in strange:
        (folder / name).touch()
    (folder / ".tanggap-12345.db.partial-wal").touch()  # what a killed one left
    for hour in range(6):
        made = make_backup(store, folder, CITY, "", at(hour * 3600))
        thin_out(folder, 3, made.path, CITY)
    assert [path.name for path in backups_in(folder)] == [
        f"tanggap-20261110T0{hour}0000Z.backup" for hour in (6, 7, 8)
    ]
    assert (folder / "catatan.txt").exists()
    assert all((folder / name).exists() for name in strange)
    assert list(folder.glob("*.partial*")) == []


def test_backups_of_another_city_in_the_same_folder_stay_and_do_not_count(
    store: Store, folder: Path
) -> None:
    other = [make_backup(store, folder, "Kota Lain", "", at(minute * 60)) for minute in range(4)]
    ours = []
    for hour in range(1, 5):
        ours.append(make_backup(store, folder, CITY, "", at(hour * 3600)).path)
        thin_out(folder, 2, ours[-1], CITY)
    assert backups_in(folder) == [*(made.path for made in other), *ours[-2:]]


def test_an_older_backup_stays_when_the_new_one_fails(store: Store, folder: Path) -> None:
    first = make_backup(store, folder, CITY, "", at(0))

    def give_up(*_: object) -> None:
        raise StoreFull("penuh")

    with pytest.raises(StoreFull):
        make_backup(store, folder, CITY, "", at(3600), progress=give_up)
    assert backups_in(folder) == [first.path]
    assert list(folder.glob("*.partial*")) == []


def test_nothing_is_overwritten_and_no_folder_is_made_up(store: Store, folder: Path) -> None:
    made = make_backup(store, folder, CITY, "", at(0))
    with pytest.raises(InputError, match="tidak pernah ditimpa"):
        make_backup(store, folder, CITY, "", at(0))
    with pytest.raises(InputError, match="tidak ada"):
        make_backup(store, folder / "nowhere" / "x.backup", CITY, "", at(0))
    assert backups_in(folder) == [made.path]


def test_it_is_refused_without_room_and_while_another_is_made(store: Store, folder: Path) -> None:
    with pytest.raises(StoreFull, match="tidak cukup"):
        make_backup(store, folder, CITY, "", at(0), reserve=1 << 60)
    refused = []

    def another(*_: object) -> None:
        if not refused:
            with pytest.raises(StoreBusy, match="sedang dibuat") as caught:
                make_backup(store, folder / "x.backup", CITY, "", at(0))
            refused.append(caught.value)

    make_backup(store, folder, CITY, "", at(0), progress=another)
    assert refused


def test_a_damaged_database_makes_no_backup(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "tanggap.db"
    new_database(path, 40)
    with path.open("r+b") as file:
        page = file.read().index(b"jalan rusak 000020") // 4096
        file.seek(page * 4096)
        file.write(bytes(100))
    store = open_store(path)
    try:
        with pytest.raises(StoreError, match="cadangan tidak dibuat"):
            make_backup(store, folder, CITY, "", at(0))
    finally:
        store.close()
    assert backups_in(folder) == []


# --- the command --------------------------------------------------------------------------------


def test_what_a_restore_would_refuse_is_no_backup(
    where: str, config: Path, store: Store, folder: Path
) -> None:
    """Of a table that is not ours the operator is told today, not on the day of the restore."""
    change_by_hand(where, "CREATE TABLE catatan (isi TEXT)")
    done = tanggap("--config", str(config), "backup")
    if where.startswith("postgresql:"):  # only what is ours is copied from a server
        assert done.returncode == 0, done.stderr
        change_by_hand(where, "DROP TABLE catatan")
        [file] = backups_in(folder)
        assert tanggap("restore", str(file), "--check").returncode == 0
        return
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "tabelnya lain dari yang dibuat Tanggap ('catatan')" in done.stderr
    assert "basis data tersendiri" in done.stderr
    assert "tidak utuh" not in done.stderr
    assert list(folder.iterdir()) == []
    change_by_hand(where, "DROP TABLE catatan")
    assert tanggap("--config", str(config), "backup").returncode == 0


def test_the_command_tells_what_it_made(config: Path, store: Store, folder: Path) -> None:
    done = tanggap("--config", str(config), "backup", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["file"]).parent == folder
    assert told["bytes"] == Path(told["file"]).stat().st_size
    assert (told["sealed"], told["removed"]) == (False, [])
    last = store.last_backup()
    assert last is not None
    assert last.rows == told["rows"]
    plain = tanggap("--config", str(config), "backup", str(folder / "lain.backup"))
    assert plain.returncode == 0
    assert "lain.backup" in plain.stdout
    assert "hanya kerusakan yang ketahuan" in plain.stderr
    again = store.last_backup()
    assert again == last  # one for elsewhere says nothing of the folder


def test_the_command_refuses_in_one_line(
    config: Path, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("--config", str(config), "backup")
    assert tanggap(*command, "/nowhere/x.backup").returncode == 2
    monkeypatch.setenv("TANGGAP_BACKUP_KEY", "pendek")
    short = tanggap(*command)
    assert short.returncode == 2
    assert "TANGGAP_BACKUP_KEY terlalu pendek" in short.stderr
    monkeypatch.delenv("TANGGAP_BACKUP_KEY")
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("disk_low_mb = 0", "disk_low_mb = 999999999"), encoding="utf-8")
    full = tanggap(*command)
    assert full.returncode == 1
    assert "tidak cukup" in full.stderr
    config.write_text(text.replace(f'folder = "{folder.name}"', 'folder = ""'), encoding="utf-8")
    nowhere = tanggap(*command)
    assert nowhere.returncode == 2
    assert "backup.folder" in nowhere.stderr
    assert backups_in(folder) == []


def test_check_says_whether_backups_are_made(config: Path, store: Store, folder: Path) -> None:
    def line() -> dict[str, str]:
        done = tanggap("--config", str(config), "check", "--offline", "--json")
        [found] = [one for one in json.loads(done.stdout) if one["part"] == "cadangan"]
        assert isinstance(found, dict)
        return found

    assert (line()["level"], line()["text"].endswith("belum ada cadangan")) == ("warn", True)
    assert tanggap("--config", str(config), "backup").returncode == 0
    assert line()["level"] == "ok"
    last = store.last_backup()
    assert last is not None
    store.note_backup(replace(last, made_at=last.made_at - timedelta(hours=13)), last.made_at)
    assert line()["level"] == "fail"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert "tidak ada" in line()["text"]
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f'folder = "{folder.name}"', 'folder = ""'), encoding="utf-8")
    off = line()
    assert off["level"] == "warn"
    assert "backup.folder" in off["text"]


# --- on time ------------------------------------------------------------------------------------


class Town:
    """A daemon's duty on a clock by hand."""

    def __init__(self, path: Path, store: Store, folder: Path) -> None:
        self.clock = HandClock()
        self.folder = folder
        settings = BackupSettings(folder=str(folder), every_hours=6.0, keep=2)
        self.config: Config = replace(
            load_config(path, secrets=False), clock=self.clock, backup=settings
        )  # type: ignore[arg-type]  # a clock that the test moves
        self.store = store
        self.stop = threading.Event()
        self.rounds = Rounds()

    def round(self, hours: float = 0.0, rounds: Rounds | None = None) -> list[str]:
        """Let time pass, do one round, wait for what it began; return the alarms."""
        self.clock.advance(timedelta(hours=hours))
        mine = rounds or self.rounds
        mine.backups.look_after(self.store, self.config, self.stop, self.clock.now())
        mine.backups.wait(30)
        return [alarm.code for alarm in self.store.alarms() if alarm.code != "model"]

    def made(self) -> int:
        return len(backups_in(self.folder))


@pytest.fixture
def town(config: Path, store: Store, folder: Path) -> Town:
    return Town(config, store, folder)


def test_the_daemon_makes_one_at_once_and_then_as_often_as_asked(town: Town) -> None:
    assert town.round() == []
    first = town.store.last_backup()
    assert first is not None
    assert (town.made(), first.made_at) == (1, town.clock.now())
    assert town.round(5.9) == []
    assert town.made() == 1
    assert town.round(0.2) == []
    assert town.made() == 2
    for _ in range(3):
        assert town.round(6.1) == []
    assert town.made() == 2  # the newest ones
    second = town.store.last_backup()
    assert second is not None
    assert second.file == backups_in(town.folder)[-1].name


def test_of_two_daemons_one_makes_it(town: Town) -> None:
    other = Rounds()
    for hours in (0.0, 6.5, 6.5):
        town.round(hours)
        made = town.made()
        town.round(0.01, other)
        assert town.made() == made


def test_a_failure_is_an_alarm_and_is_tried_again_soon(town: Town) -> None:
    town.folder.rename(town.folder.with_name("dicabut"))
    assert town.round() == ["backup_failed"]
    [alarm] = [one for one in town.store.alarms() if one.code == "backup_failed"]
    assert "tidak ada" in alarm.detail
    assert town.round(0.1) == ["backup_failed"]
    town.folder.with_name("dicabut").rename(town.folder)
    assert town.round(0.1) == ["backup_failed"]  # not yet: a quarter of an hour
    assert town.round(0.1) == []
    assert town.made() == 1


def test_a_backup_that_is_too_old_is_an_alarm(town: Town) -> None:
    assert town.round() == []
    town.folder.rename(town.folder.with_name("dicabut"))
    assert town.round(11.9) == ["backup_failed"]
    assert sorted(town.round(0.2)) == ["backup_failed", "backup_old"]
    town.folder.with_name("dicabut").rename(town.folder)
    town.round(1)
    assert town.round() == []


def test_a_daemon_that_never_made_one_is_an_alarm_too(town: Town) -> None:
    town.folder.rmdir()
    town.round()
    assert sorted(town.round(12.5)) == ["backup_failed", "backup_old"]


def test_without_a_folder_nothing_is_made_and_nothing_alarms(town: Town) -> None:
    town.folder.rmdir()
    assert town.round() == ["backup_failed"]
    town.config = replace(town.config, backup=BackupSettings())
    assert town.round(24) == []


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)  # the town, not its daemons
def test_of_several_daemons_only_those_with_a_folder_judge_the_backups(
    town: Town, migrated_postgres_url: str
) -> None:
    """One database, two machines; the folder is a disk of one of them."""
    town.folder.rmdir()
    database = town.config.database.model_copy(update={"url": migrated_postgres_url})
    town.config = replace(town.config, database=database)
    with closing(open_store(migrated_postgres_url)) as town.store:
        assert town.round() == ["backup_failed"]
        without, mine = replace(town.config, backup=BackupSettings()), town.config
        town.config = without
        assert town.round(0.1, Rounds()) == ["backup_failed"]
        assert town.round(2.2, Rounds()) == []  # nobody makes any: it is nobody's any more
        town.config = mine
        assert town.round() == ["backup_failed"]
        town.config = without
        assert town.round() == []  # it was the one that made them, and is told not to


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_on_a_file_a_daemon_that_starts_without_a_folder_takes_the_alarm_back(town: Town) -> None:
    town.folder.rmdir()
    assert town.round() == ["backup_failed"]
    town.config = replace(town.config, backup=BackupSettings())
    assert town.round(0.1, Rounds()) == []


def test_a_long_backup_keeps_the_daemon_from_nothing_and_ends_with_it(town: Town) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        go_on.wait(60)

    killpoints.arm("backup_half_copied", hang)
    town.rounds.backups.look_after(town.store, town.config, town.stop, town.clock.now())
    assert begun.wait(30)
    for _ in range(3):  # the rounds go on, and no second one is begun
        town.clock.advance(timedelta(hours=7))
        town.rounds.backups.look_after(town.store, town.config, town.stop, town.clock.now())
    town.stop.set()
    go_on.set()
    town.rounds.backups.wait(30)
    assert town.made() == 0
    assert list(town.folder.glob("*.partial*")) == []
    town.stop.clear()
    town.round()  # it is due again at once
    assert town.made() == 1


def test_a_daemon_that_died_over_a_backup_holds_it_up_for_an_hour_at_most(town: Town) -> None:
    now, six = town.clock.now(), timedelta(hours=6)
    assert town.store.claim_backup(now, now + timedelta(hours=1), six)
    assert town.round(0.9) == []
    assert town.made() == 0
    town.round(0.2)
    assert town.made() == 1


def test_a_shorter_interval_counts_from_now_on(town: Town) -> None:
    town.round()
    faster = BackupSettings(folder=str(town.folder), every_hours=1.0, keep=2)
    town.config = replace(town.config, backup=faster)
    town.round(1.1)
    assert town.made() == 2


def test_a_duty_that_has_nothing_to_do_writes_nothing(town: Town) -> None:
    town.round()
    duty = BackupDuty()
    before = rows_in(town.config.database_where)
    duty.look_after(town.store, town.config, town.stop, town.clock.now())
    assert rows_in(town.config.database_where) == before
