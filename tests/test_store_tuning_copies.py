"""What the city taught its model goes along wherever the database goes: copies, backups."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from backup_support import CITY
from sqlite_utils import Database
from store_contract_tuning import imported, version
from store_support import NOW, QUEUE, act, at, mention, put, the_item
from test_commands import tanggap

from tanggap.backup import carry_on
from tanggap.clock import to_text
from tanggap.store import Store, copy_store, open_store, schema
from tanggap.store.rows_tuning import KEPT_MODELS
from tanggap.upkeep.safekeeping import make_backup

MODELS = KEPT_MODELS + 2
PLOTS = 45
"""More than are read at once."""


@pytest.fixture
def opened() -> Iterator[Callable[[str | Path], Store]]:
    """Give what opens a store for the length of a test."""
    stores: list[Store] = []

    def open_it(where: str | Path) -> Store:
        stores.append(open_store(where))
        stores[-1].migrate()
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


def teach(store: Store) -> None:
    """Give a store something of all that the tuning loop keeps."""
    put(store, (mention("1"), QUEUE))
    act(store, the_item(store, "1"), "relabel", sector="perhubungan")
    store.import_labels("lapor", [imported(line, urgent=True) for line in range(30)], "ana", NOW)
    store.freeze_test_set(["x:1", "import:lapor:3"], "ana", NOW)
    for number in range(MODELS):
        store.save_model(version(f"v{number}"), bytes_of(number))
    store.promote("v5", None, "ana", "", False, NOW)
    store.promote("v7", "v5", "ana", "lebih baik", True, NOW)
    for number in range(PLOTS):
        store.save_plot("v7", f"gambar-{number:02d}", bytes_of(number), NOW)
    store.save_report("v7", "kebingungan", '{"n": 300}', NOW)
    store.ask_job("train", {"seed": 1}, "ana", NOW)
    store.claim_job("d1", NOW, at(600))
    store.ask_job("report", {}, "ana", NOW)


def bytes_of(number: int) -> bytes:
    """Return bytes of every value, other ones for each number."""
    return b"".join(hashlib.sha256(b"%d %d" % (number, n)).digest() for n in range(600))


def learned(store: Store) -> dict[str, object]:
    """Return all that `teach` left, as the program reads it."""
    models = store.models()
    return {
        "labels": store.labels(),
        "test set": store.test_set(),
        "models": models,
        "artefacts": [store.artefact(one.version) for one in models],
        "current": store.current_model(),
        "promotions": store.promotions(),
        "jobs": store.jobs(10),
        "report": store.report("v7", "kebingungan"),
        "plots": [store.plot("v7", f"gambar-{number:02d}") for number in range(PLOTS)],
        "events": store.verify_events(),
    }


@pytest.mark.parametrize("way", ["sqlite to postgresql", "postgresql to sqlite"])
def test_what_was_learned_moves_to_the_other_database(
    way: str,
    opened: Callable[[str | Path], Store],
    migrated_postgres_url: str,
    tmp_path: Path,
) -> None:
    places: list[str | Path] = [tmp_path / "kota.db", migrated_postgres_url]
    if way.startswith("postgresql"):
        places.reverse()
    source, target = opened(places[0]), opened(places[1])
    teach(source)
    before = learned(source)
    assert [one.kept for one in source.models()] == [True] * KEPT_MODELS + [False] * 2
    assert source.artefact("v5") == bytes_of(5)
    copy_store(source, target, NOW, carry_on)
    assert learned(target) == before
    # And it goes on there: the next numbers, and the job that is under way.
    assert target.claim_job("d2", at(600), at(1200)) is not None
    target.save_model(version("v99"), b"isi")
    assert target.models()[0].version == "v99"
    target.freeze_test_set(["x:1"], "ana", NOW)
    target.import_labels("lapor", [imported(77)], "ana", NOW)
    target.promote("v99", "v7", "ana", "", False, NOW)
    assert target.current_model() == "v99"


def test_a_restored_city_uses_the_version_that_it_had_learned(
    opened: Callable[[str | Path], Store], tmp_path: Path
) -> None:
    store = opened(tmp_path / "kota.db")
    teach(store)
    before = learned(store)
    backup = make_backup(store, tmp_path, CITY, "", NOW).path
    done = tanggap("restore", str(backup), "--to", f"sqlite:{tmp_path / 'baru.db'}")
    assert done.returncode == 0, done.stderr
    restored = opened(tmp_path / "baru.db")
    first, begun = restored.jobs(10)
    assert (begun.kind, begun.state, begun.owner) == ("train", "waiting", None)
    assert {**learned(restored), "jobs": ""} == {**before, "jobs": ""}
    assert first == before["jobs"][0]  # type: ignore[index]  # a list
    # Whoever did it is not there any more: it is begun anew at once.
    assert restored.claim_job("d9", at(60), at(600)) is not None


def test_an_install_from_before_keeps_its_reviews_as_labels(
    opened: Callable[[str | Path], Store], tmp_path: Path
) -> None:
    path = tmp_path / "lama.db"
    with closing(connect(path, isolation_level=None)) as db:
        schema.MIGRATIONS.apply(Database(db), stop_before="m0009_tuning")
        db.execute("PRAGMA journal_mode = WAL")
        at_text = to_text(NOW)
        db.execute(
            "INSERT INTO mentions (id, network, network_id, kind, posted_at, seen_at, addressed, "
            "revision, revision_seen_at, has_media, text, raw) VALUES "
            "(1, 'x', '7', 'mention', ?, ?, '[]', '7', ?, 0, 'banjir', '{}')",
            (at_text, at_text, at_text),
        )
        db.execute(
            "INSERT INTO items (id, mention_id, network, posted_at, version, tab, status, "
            "supporting, candidates, urgent, sensitive, rule, decided_by, touched, updated_at, "
            "updated_by) VALUES (1, 1, 'x', ?, 2, 'queue', 'baru', '[]', '[]', 0, 0, 'sector', "
            "'sari', 1, ?, 'sari')",
            (at_text, at_text),
        )
        labels = (
            '{"jenis": "pengaduan", "sector": "drainase_banjir", "opd": "dpupr", '
            '"kecamatan": null, "status": "baru", "tab": "queue"}'
        )
        db.execute(
            "INSERT INTO reviews (item_id, at, by, verdict, before, after, wrong_opd, why) "
            "VALUES (1, ?, 'sari', 'agree', ?, ?, 0, '')",
            (at_text, labels, labels),
        )
    [label] = opened(path).labels()
    assert (label.key, label.text, label.sector) == ("x:7", "banjir", "drainase_banjir")
