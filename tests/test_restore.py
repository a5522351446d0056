"""`tanggap restore`: the whole database again, or a clear no and nothing touched."""

import json
import random
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import IntegrityError, connect

import psycopg
import pytest
from backup_support import (
    CITY,
    KEY,
    asked,
    assert_restored,
    change_by_hand,
    digests,
    fill,
    forged,
    new_database,
    pack_database,
    rows_in,
)
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    fetched,
    judge,
    only_accounts,
    open_install,
    write_config,
)
from drill_sizes import one_round, size
from sqlite_utils import Database
from store_support import NOW, QUEUE, act, at, mention, put, the_item
from test_commands import Done, tanggap

import daemon
from tanggap import killpoints
from tanggap.clock import to_text
from tanggap.simulator.generator import generate_world
from tanggap.simulator.server import Simulator
from tanggap.store import Store, daemon_lock, open_store, restoring, schema
from tanggap.store.chain import digest
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.upkeep.safekeeping import make_backup


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "asal.db")
    store.migrate()
    fill(store)
    yield store
    store.close()


@pytest.fixture
def backup(store: Store, tmp_path: Path) -> Path:
    return make_backup(store, tmp_path / "b.backup", CITY, "", at(0)).path


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}/baru.db"
    url = request.getfixturevalue("migrated_postgres_url")
    assert isinstance(url, str)
    return url


def restore(file: Path, target: str | Path, *more: str) -> Done:
    where = f"sqlite:{target}" if isinstance(target, Path) else target
    return tanggap("restore", str(file), "--to", where, *more)


def refused(file: Path, folder: Path) -> str:
    """Assert that a copy is refused in one line and nothing is left; return the line."""
    before = {path.name for path in folder.iterdir()}
    done = restore(file, folder / "baru.db")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1
    assert {path.name for path in folder.iterdir()} - before <= {"baru.db.lock"}
    return done.stderr


# --- what comes back ----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", KEY])
def test_everything_is_there_again(
    store: Store, target: str, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key:
        monkeypatch.setenv("TANGGAP_BACKUP_KEY", key)
    file = make_backup(store, tmp_path / "b.backup", CITY, key, at(0)).path
    done = restore(file, target, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["city"], told["seal_checked"], told["moved"]) == (CITY, bool(key), None)
    assert_restored(target, rows_in(tmp_path / "asal.db"), at(0))
    again = open_store(target)
    try:
        assert again.verify_events() == store.verify_events()
        found = again.items(EVERYTHING, ItemFilter(text="sekali"))
        assert [item.mention.network_id for item in found] == ["000000"]
    finally:
        again.close()


def test_what_held_only_for_that_moment_is_gone(store: Store, target: str, tmp_path: Path) -> None:
    lease = store.lease("x:mentions:dpupr", "mati", at(10), at(500))
    assert lease is not None
    assert store.due(at(20), 10) == []
    file = make_backup(store, tmp_path / "b.backup", CITY, "", at(20)).path
    assert restore(file, target).returncode == 0
    again = open_store(target)
    try:
        assert again.session_user("digest", at(30), 3600) is None
        assert again.user("ketua") is not None
        # Due at once, for anybody, with the cursor where it was.
        mine = again.lease("x:mentions:dpupr", "baru", at(10**7), at(10**7 + 60))
        assert mine is not None
        assert mine.cursor == lease.cursor
        assert mine.fence > lease.fence
    finally:
        again.close()


def test_a_number_that_was_lost_never_names_another_item(
    store: Store, backup: Path, target: str
) -> None:
    put(store, (mention("777001", "hilang"), QUEUE), now=at(100))
    lost = the_item(store, "777001").id
    kept = the_item(store, "000000").id
    assert restore(backup, target).returncode == 0
    again = open_store(target)
    try:
        assert the_item(again, "000000").id == kept
        put(again, (mention("777002", "lain"), QUEUE), now=at(10**7))
        new = the_item(again, "777002").id
        assert new > lost
        assert new > 100_000
        act(again, the_item(again, "777002"), "agree", now=at(10**7 + 1))
        again.verify_events()
    finally:
        again.close()


def test_checking_alone_touches_nothing(backup: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    done = tanggap("restore", str(backup), "--check")
    assert done.returncode == 0
    assert "utuh" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_the_last_words_tell_that_what_was_read_since_is_not_counted(
    backup: Path, tmp_path: Path
) -> None:
    done = tanggap("restore", str(backup), "--to", f"sqlite:{tmp_path}/baru.db")
    assert done.returncode == 0, done.stderr
    assert "yang dibaca sesudahnya tidak terhitung" in done.stderr
    assert "x.daily_read_limit" in done.stderr


def test_checking_alone_touches_nothing_whatever_else_is_said(backup: Path, tmp_path: Path) -> None:
    done = tanggap("restore", str(backup), "--check", "--to", f"sqlite:{tmp_path}/baru.db")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "baru.db").exists()
    assert "Dipulihkan" not in done.stdout


def test_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "old.db", isolation_level=None)) as db:
        schema.MIGRATIONS.apply(Database(db), stop_before="m0005_token_end")
        db.execute(
            "INSERT INTO users VALUES ('a', 'A', 'supervisor', '[]', 1, 'hash', ?)", (to_text(NOW),)
        )
        db.commit()
    pack_database(tmp_path / "old.db", tmp_path / "old.backup")
    done = restore(tmp_path / "old.backup", tmp_path / "baru.db", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"][0] == "m0005_token_end"
    store = open_store(tmp_path / "baru.db")
    try:
        store.check_schema()
        assert [user.name for user in store.users()] == ["A"]
    finally:
        store.close()


# --- copies that are not believed ---------------------------------------------------------------


def test_a_copy_that_was_cut_off_anywhere_is_refused(backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    cut = tmp_path / "cut.backup"
    for twentieth in range(20):
        cut.write_bytes(whole[: len(whole) * twentieth // 20])
        told = refused(cut, tmp_path)
        assert ("kosong" if twentieth == 0 else "terpotong") in told, (twentieth, told)
    for length in (1, 100, 511, 512, 513, len(whole) - 1, len(whole) - 1024, len(whole) - 512):
        cut.write_bytes(whole[:length])
        told = refused(cut, tmp_path)
        assert "terpotong" in told, (length, told)


@pytest.mark.parametrize("key", ["", KEY])
@one_round("tampered_backups", 20261122, size("tampered_backups"))
def test_a_copy_with_one_changed_byte_is_refused(
    store: Store, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_BACKUP_KEY", key)
    whole = make_backup(store, tmp_path / "b.backup", CITY, key, at(0)).path.read_bytes()
    monkeypatch.setenv("TANGGAP_BACKUP_KEY", "")  # without the key, damage shows all the same
    dice = random.Random(20261122)
    small = len(whole) - 6000  # manifest, seal and frame are a small part of the file
    places = [dice.randrange(len(whole)) for _ in range(size("tampered_backups") // 2)]
    places += [dice.randrange(small, len(whole)) for _ in range(size("tampered_backups") // 2)]
    changed = tmp_path / "changed.backup"
    for place in places:
        body = bytearray(whole)
        body[place] ^= 1 << dice.randrange(8)
        changed.write_bytes(body)
        told = refused(changed, tmp_path)
        assert "rusak" in told or "terpotong" in told or "lebih baru" in told, (place, told)


def test_what_is_no_backup_is_refused(store: Store, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "teks.backup").write_text("halo" * 1000, encoding="utf-8")
    (tmp_path / "nol.backup").write_bytes(bytes(10_000))
    (tmp_path / "lebih.backup").write_bytes(backup.read_bytes() + b"\0")
    for name, told in (
        ("teks.backup", "bukan cadangan"),
        ("nol.backup", "bukan cadangan"),
        ("asal.db", "bukan cadangan"),
        ("lebih.backup", "rusak"),
        ("tiada.backup", "tidak dapat dibaca"),
        (".", "tidak dapat dibaca"),
    ):
        assert told in refused(tmp_path / name, tmp_path)


def test_a_manifest_from_another_backup_is_refused(
    store: Store, backup: Path, tmp_path: Path
) -> None:
    put(store, (mention("777001"), QUEUE), now=at(100))
    other = make_backup(store, tmp_path / "c.backup", CITY, "", at(200)).path.read_bytes()
    mine = backup.read_bytes()
    name = b"manifest.json"
    swapped = mine[: mine.index(name)] + other[other.index(name) :]
    (tmp_path / "d.backup").write_bytes(swapped)
    assert "rusak" in refused(tmp_path / "d.backup", tmp_path)


def test_a_copy_of_a_newer_tanggap_is_refused(store: Store, tmp_path: Path) -> None:
    store.close()
    with closing(connect(tmp_path / "asal.db", isolation_level=None)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('tanggap', 'm0999_later', '2027-01-01')"
        )
        db.execute("PRAGMA journal_mode = DELETE")
    pack_database(tmp_path / "asal.db", tmp_path / "b.backup", tables={}, steps=("m0999_later",))
    assert "lebih baru" in refused(tmp_path / "b.backup", tmp_path)


def test_a_copy_whose_database_is_not_ours_or_not_whole_is_refused(
    store: Store, tmp_path: Path
) -> None:
    with closing(connect(tmp_path / "asing.db")) as db:
        db.execute("CREATE TABLE lagu (judul TEXT)")
    (tmp_path / "sampah.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    store.close()
    with closing(connect(tmp_path / "asal.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    changes = {
        "yatim": "DELETE FROM mentions WHERE id = 1",
        "riwayat": "DROP TRIGGER events_refuse_update; UPDATE events SET detail = '{}' || detail "
        "WHERE id = 3",
    }
    for name, change in changes.items():
        (tmp_path / f"{name}.db").write_bytes((tmp_path / "asal.db").read_bytes())
        with closing(connect(tmp_path / f"{name}.db")) as db:
            db.executescript(change)
    for name in ("asing", "sampah", *changes):
        pack_database(tmp_path / f"{name}.db", tmp_path / f"{name}.backup", tables={}, steps=())
        assert "tidak dapat dipakai" in refused(tmp_path / f"{name}.backup", tmp_path)


DROPPED = "DROP TRIGGER events_refuse_update; DROP TRIGGER events_refuse_delete"
ADDED = """
    CREATE TRIGGER terbuka AFTER INSERT ON sessions BEGIN
        UPDATE users SET role = 'supervisor';
    END
"""


@pytest.mark.parametrize("change", [DROPPED, ADDED, "DROP INDEX events_item"])
def test_tables_and_triggers_come_from_the_steps_and_never_from_the_file(
    backup: Path, target: str, change: str, tmp_path: Path
) -> None:
    """Every digest of the forged file is right: only what is restored tells."""
    file = forged(backup, tmp_path / "palsu.backup", change)
    done = restore(file, target)
    assert done.returncode == 0, done.stderr
    assert_restored(target, rows_in(tmp_path / "asal.db"), at(0))
    if target.startswith("sqlite:"):
        assert made_of(target) == made_of(tmp_path / "asal.db")
    for tampering in ("UPDATE events SET actor = 'x'", "DELETE FROM events WHERE id = 1"):
        with pytest.raises((IntegrityError, psycopg.Error), match="append-only"):
            change_by_hand(target, tampering)


def made_of(where: str | Path) -> list[dict[str, object]]:
    """Return all that the schema of an SQLite file is made of, in its own words."""
    return asked(where, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")


FORGERIES = {
    "tabel lain": ("ALTER TABLE users ADD COLUMN lagi TEXT", "tabelnya lain"),
    "pandangan": (
        "ALTER TABLE users RENAME TO u; CREATE VIEW users AS SELECT * FROM u",
        "tabelnya",
    ),
    "tanpa aturan": (
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') "
        "WHERE name = 'users'; PRAGMA writable_schema = RESET; "
        "UPDATE users SET active = 'mungkin'",
        "melanggar aturan tabelnya",
    ),
    "satu langkah": (
        "DELETE FROM _sqlite_migrations WHERE name = 'm0002_queue'",
        "langkah skemanya tidak lengkap",
    ),
    "riwayat": (
        "DROP TRIGGER events_refuse_update; UPDATE events SET actor = 'orang lain' WHERE id = 3",
        "rantai riwayat rusak pada kejadian 3",
    ),
    "ujung": (
        "DROP TRIGGER events_refuse_delete; DELETE FROM events WHERE id = "
        "(SELECT max(id) FROM events)",
        "terpotong",
    ),
    "nomor terbesar": (
        "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'items'",
        "nomor terakhir",
    ),
    "nomor tertulis": ("UPDATE sqlite_sequence SET seq = 'abc' WHERE name = 'items'", "nomor"),
    "baris terakhir": (
        "DELETE FROM undoable; "
        "UPDATE reviews SET id = 9223372036854775807 WHERE id = (SELECT min(id) FROM reviews)",
        "nomor terakhir",
    ),
    "lingkaran": (
        "CREATE TABLE a1 (id INTEGER PRIMARY KEY REFERENCES a2 (id)); "
        "CREATE TABLE a2 (id INTEGER PRIMARY KEY REFERENCES a1 (id))",
        "tabelnya lain dari yang dibuat Tanggap ('a1', 'a2')",
    ),
    "nama langkah": (
        "ALTER TABLE _sqlite_migrations RENAME COLUMN name TO nama",
        "tidak dapat dipakai",
    ),
    "kunci": ("UPDATE meta SET value = 'bukan' WHERE key = 'event_key'", "kuncinya tidak terbaca"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_copy_whose_digests_are_right_is_refused(
    backup: Path, forgery: str, tmp_path: Path
) -> None:
    change, told = FORGERIES[forgery]
    said = refused(forged(backup, tmp_path / "palsu.backup", change), tmp_path)
    assert "tidak dapat dipakai" in said
    assert told in said


def test_a_failure_of_this_machine_is_not_blamed_on_the_backup(
    backup: Path, tmp_path: Path
) -> None:
    draft = tmp_path / ".baru.db.draft"
    killpoints.arm("backup_unpacked", draft.touch)  # somebody else's, all of a sudden
    done = restore(backup, tmp_path / "baru.db")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"berkas {draft} tidak dapat dibuat" in done.stderr
    assert str(backup) not in done.stderr
    assert restore(backup, tmp_path / "baru.db").returncode == 0


@pytest.mark.parametrize("damage", ["page", "text"])
def test_damage_inside_a_backup_is_not_told_as_damage_of_the_database_in_use(
    damage: str, store: Store, tmp_path: Path
) -> None:
    store.close()
    with closing(connect(tmp_path / "asal.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        if damage == "text":
            db.execute("UPDATE users SET name = CAST(x'ff' AS TEXT)")
        [[page]] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'decisions'")
        [[size_of_page]] = db.execute("PRAGMA page_size")
    body = bytearray((tmp_path / "asal.db").read_bytes())
    if damage == "page":
        body[(page - 1) * size_of_page : page * size_of_page] = bytes(size_of_page)
    (tmp_path / "asal.db").write_bytes(body)
    pack_database(tmp_path / "asal.db", tmp_path / "b.backup", tables={}, steps=())
    said = refused(tmp_path / "b.backup", tmp_path)
    assert said.endswith("tidak dapat dipakai: basis data di dalamnya rusak\n")


def test_without_room_in_the_folder_of_temporary_files_its_name_is_said(
    backup: Path, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sementara").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "sementara"))
    monkeypatch.setattr(restoring, "_FREE", 1 << 60)
    for more in (("--check",), ("--to", postgres_url)):
        done = tanggap("restore", str(backup), *more)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert f"ruang di {tmp_path}/sementara tidak cukup" in done.stderr
        assert "TMPDIR=" in done.stderr
    done = tanggap("restore", str(backup), "--to", f"sqlite:{tmp_path}/baru.db")
    assert f"ruang di {tmp_path} tidak cukup" in done.stderr
    assert "TMPDIR" not in done.stderr


def test_a_history_rewritten_as_a_whole_is_found_by_the_seal_alone(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key is in the database, so that whoever has the file makes another chain with it."""
    [key] = asked(tmp_path / "asal.db", "SELECT value FROM meta WHERE key = 'event_key'")
    rows = asked(tmp_path / "asal.db", "SELECT * FROM events ORDER BY id")
    before, changes = "", ["DROP TRIGGER events_refuse_update"]
    for row in rows:
        values = {**row, "actor": "orang lain"}
        before = values["digest"] = digest(
            key["value"], before, row["id"], row["item_id"], row["at"], values["actor"],
            row["kind"], row["detail"],
        )  # fmt: skip
        changes.append(
            f"UPDATE events SET actor = 'orang lain', digest = '{before}' "  # noqa: S608 - ours
            f"WHERE id = {row['id']}"
        )
    head = f"{len(rows)} {before}"
    changes.append(f"UPDATE meta SET value = '{head}' WHERE key = 'event_head'")  # noqa: S608
    file = forged(backup, tmp_path / "palsu.backup", ";\n".join(changes))
    assert restore(file, tmp_path / "tanpa.db").returncode == 0  # docs/backup.md says so
    monkeypatch.setenv("TANGGAP_BACKUP_KEY", KEY)
    assert "tidak disegel" in refused(file, tmp_path)


def test_counts_that_do_not_agree_are_refused(store: Store, tmp_path: Path) -> None:
    store.close()
    with closing(connect(tmp_path / "asal.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    tables = digests(tmp_path / "asal.db")
    tables["mentions"] = tables["items"]
    pack_database(tmp_path / "asal.db", tmp_path / "b.backup", tables=tables)
    assert "mentions" in refused(tmp_path / "b.backup", tmp_path)


def test_with_a_key_only_its_own_seal_is_believed(
    store: Store, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = make_backup(store, tmp_path / "sealed.backup", CITY, KEY, at(0)).path
    monkeypatch.setenv("TANGGAP_BACKUP_KEY", KEY)
    assert restore(sealed, tmp_path / "satu.db").returncode == 0
    assert "tidak disegel" in refused(backup, tmp_path)
    # Somebody who changes the database and makes all digests anew has no key.
    store.close()
    with closing(connect(tmp_path / "asal.db", isolation_level=None)) as db:
        db.execute("UPDATE users SET role = 'opd'")
        db.execute("PRAGMA journal_mode = DELETE")
    other = tmp_path / "forged.backup"
    pack_database(tmp_path / "asal.db", other, "kunci-lain-0123456789abcdef")
    assert "tidak cocok" in refused(other, tmp_path)
    monkeypatch.delenv("TANGGAP_BACKUP_KEY")
    done = restore(other, tmp_path / "dua.db")
    assert done.returncode == 0
    assert "segelnya tidak dicek" in done.stderr


# --- what stands in the way ---------------------------------------------------------------------


def test_a_database_with_rows_is_refused_and_moved_when_asked(
    store: Store, backup: Path, tmp_path: Path
) -> None:
    path = tmp_path / "baru.db"
    new_database(path, 3)
    before = rows_in(path)
    done = restore(backup, path)
    assert done.returncode == 2
    assert "sudah berisi 2 aduan, 4 sebutan, 1 pengguna; sebut berkas lain dengan" in done.stderr
    assert "--replace" in done.stderr
    assert rows_in(path) == before
    done = restore(backup, path, "--replace", "--json")
    assert done.returncode == 0, done.stderr
    moved = Path(json.loads(done.stdout)["moved"])
    assert moved.name.startswith("baru.db.sebelum-pulih-2")
    assert rows_in(moved) == before
    assert rows_in(path)["mentions"] == rows_in(tmp_path / "asal.db")["mentions"]


def test_a_database_of_postgresql_with_rows_stays(
    backup: Path, migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_store(migrated_postgres_url)
    fill(other, 3)
    other.close()
    before = rows_in(migrated_postgres_url)
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "unpack", None)  # it is looked at before the backup is
        done = restore(backup, migrated_postgres_url)
    assert (done.returncode, "harus kosong" in done.stderr) == (2, True)
    done = restore(backup, migrated_postgres_url, "--replace")
    assert (done.returncode, "hanya untuk berkas SQLite" in done.stderr) == (2, True)
    assert rows_in(migrated_postgres_url) == before


def test_an_empty_database_needs_no_asking_and_is_kept_too(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "baru.db"
    new_database(path)
    assert restore(backup, path).returncode == 0
    assert len(list(tmp_path.glob("baru.db.sebelum-pulih-*"))) == 1


def test_a_damaged_database_is_moved_as_it_is(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "baru.db"
    path.write_bytes(b"rusak" * 1000)
    assert restore(backup, path).returncode == 2
    assert restore(backup, path, "--replace").returncode == 0
    [moved] = tmp_path.glob("baru.db.sebelum-pulih-*")
    assert moved.read_bytes() == b"rusak" * 1000
    assert len(rows_in(path)["users"]) == 1


def test_a_log_that_was_left_behind_is_not_played_into_the_new_database(
    store: Store, backup: Path, tmp_path: Path
) -> None:
    path = tmp_path / "baru.db"
    other = open_store(path)
    other.migrate()
    fill(other, 9)
    log = path.with_name("baru.db-wal").read_bytes()
    other.close()
    assert len(log) > 10_000
    # The file was moved by hand, its log forgotten.
    path.unlink()
    path.with_name("baru.db-wal").write_bytes(log)
    assert restore(backup, path).returncode == 0
    assert not path.with_name("baru.db-wal").exists()
    assert rows_in(path)["mentions"] == rows_in(tmp_path / "asal.db")["mentions"]
    [moved] = tmp_path.glob("baru.db.sebelum-pulih-*-wal")
    assert moved.read_bytes() == log


def test_it_is_refused_while_a_daemon_runs(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "baru.db"
    command = [sys.executable, "-m", "tanggap", "restore", str(backup), "--to", f"sqlite:{path}"]
    with daemon_lock(path):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Daemon sedang berjalan" in done.stderr
    assert not path.exists()


def test_it_is_refused_while_the_desk_has_the_database_open(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "baru.db"
    desk = open_store(path)
    desk.migrate()
    fill(desk, 3)
    try:
        done = restore(backup, path, "--replace")
        assert done.returncode == 1
        assert "tanggap web" in done.stderr
        assert desk.verify_events() > 0
    finally:
        desk.close()
    assert list(tmp_path.glob("*.sebelum-pulih-*")) == []
    assert restore(backup, path, "--replace").returncode == 0


def test_a_target_without_a_folder_is_refused(backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "di sini tiada"
    done = restore(backup, folder / "baru.db")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"folder {folder} tidak ada; pasang disknya, atau buat dengan `" in done.stderr
    assert not folder.exists()
    remedy = done.stderr.split("`")[1]
    assert remedy.startswith("install -d -m 0700 ")
    subprocess.run(shlex.split(remedy), check=True)  # and what it says helps
    assert restore(backup, folder / "baru.db").returncode == 0


# --- the time since the backup ------------------------------------------------------------------


def test_what_was_lost_since_the_backup_is_fetched_again(
    tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    clock = HandClock(START)
    opds = ("pemkot", "dpupr", "dishub")
    world = generate_world(5, START - timedelta(hours=2), 10, 150, clock=clock)
    folder = tmp_path / "kota"
    folder.mkdir()
    with Simulator(world, clock=clock, token=TOKEN) as simulator:
        path = write_config(folder, simulator.address, *only_accounts(*opds))
        with open_install(path, clock) as house:
            for _ in range(4):
                daemon.once(house)
                clock.advance(timedelta(minutes=30))
            file = make_backup(house.store, tmp_path / "b.backup", CITY, "", clock.now()).path
            numbers = numbers_of(house.store)
            before = len(simulator.oracle.log())
            for _ in range(6):  # all that follows is lost with the machine
                clock.advance(timedelta(minutes=30))
                daemon.once(house)
            lost = set(numbers_of(house.store)) - set(numbers)
        assert len(lost) > 5
        # What was read in that time is lost, so what vanished at the network by now is gone.
        unkept = {entry.number for entry in simulator.oracle.log(before)}
        # An empty machine: config and file are all there is.
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("sqlite:tanggap.db", target), encoding="utf-8")
        assert tanggap("--config", str(path), "restore", str(file)).returncode == 0
        clock.advance(timedelta(minutes=10))
        with open_install(path, clock) as house:
            for _ in range(2):  # what appears late is found by the next sweep
                for _ in range(3):
                    daemon.once(house)
                    clock.advance(timedelta(minutes=45))
                house.store.poll_now(None, clock.now())
                daemon.once(house)
            after = numbers_of(house.store)
            house.store.verify_events()
        assert {key: after[key] for key in numbers} == numbers
        assert lost - set(simulator.truth("x")["vanished"]) <= set(after)
        assert len(lost & set(after)) > 5
        assert len(set(after.values())) == len(after)
        rows = fetched(target, "SELECT count(*), count(DISTINCT network_id) FROM mentions")
        assert rows[0][0] == rows[0][1]
        verdict = judge(simulator, target, unkept, {"x": opds})
        assert verdict.exact, verdict


def numbers_of(store: Store) -> dict[str, int]:
    """Return the number of each item by its mention's id."""
    found = store.export(EVERYTHING, ItemFilter())
    return {item.mention.network_id: item.id for item in found}
