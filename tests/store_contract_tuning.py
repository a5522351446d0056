"""What every store promises to the tuning loop: labels, the test set, versions and jobs."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from store_support import (
    ASIDE,
    NOW,
    QUEUE,
    SENSITIVE,
    TRIAGE,
    act,
    at,
    decision,
    mention,
    put,
    the_item,
)

from tanggap.errors import InputError, ModelConflict, ModelError, StoreFull, VersionConflict
from tanggap.store.base import Store
from tanggap.store.rows_tuning import (
    JOB_ATTEMPTS,
    KEPT_MODELS,
    Job,
    JobKind,
    Label,
    ModelVersion,
    Promotion,
)
from tanggap.store.sql_store import sql_store
from tanggap.store.tuning import digest_of

ONE_AFTER_THE_OTHER = range(1, 6)
AWKWARD = "lampu\x00 mati \ud800 ? :by %s 'a' \"b\" 😀\nمرحبا"


def imported(line: int, text: str = "", **more: Any) -> Label:
    """Return a label from a file, as the command that reads it makes it."""
    values: dict[str, Any] = {
        "parent_text": None,
        "addressed": (),
        "posted_at": None,
        "jenis": "pengaduan",
        "sector": "jalan",
        "opd": None,
        "kecamatan": None,
        "urgent": None,
        "sensitive": None,
        "by": "",
        "at": NOW,
        "item_id": None,
    }
    text = text or f"lubang di jalan nomor {line}"
    return Label(key=f"import:lapor:{line}", text=text, **{**values, **more})


def version(name: str, **more: Any) -> ModelVersion:
    """Return a trained version that the guard let through."""
    values: dict[str, Any] = {
        "created_at": NOW,
        "created_by": "ana",
        "parent": None,
        "state": "candidate",
        "n_texts": 7000,
        "n_local": 300,
        "figures": {"verdict": {"accepted": True, "reasons": []}, "sector": {"macro_f1": 0.75}},
        "card": "# Kartu model\n",
    }
    return ModelVersion(version=name, **{**values, **more})


def said(label: Label) -> tuple[str | None, str | None, str | None, str | None]:
    """Return what a label says of jenis, sector, OPD and place."""
    return label.jenis, label.sector, label.opd, label.kecamatan


def acts(store: Store) -> list[tuple[str, str, dict[str, str]]]:
    """Return the acts of the history that are of no item: by whom, kind, detail."""
    with sql_store(store)._read() as conn:
        rows = conn.execute("SELECT * FROM events WHERE item_id IS NULL ORDER BY id").fetchall()
    return [(row["actor"], row["kind"], json.loads(row["detail"])) for row in rows]


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Return what came of several calls that begin together; an error is what came of one."""
    gate = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return job()
        except (InputError, VersionConflict) as exc:
            return exc

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


class LabelsContract:
    def test_a_new_install_has_no_labels(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        assert store.labels() == []
        assert store.test_set() is None

    def test_an_agreement_is_a_label_on_all_that_stood_there(self, store: Store) -> None:
        told = mention("1", "lampu mati", addressed=("dishub", "pemkot"), parent_text="Halo warga")
        put(store, (told, QUEUE))
        act(store, the_item(store, "1"), "agree")
        assert store.labels() == [
            Label(
                key="x:1",
                text="lampu mati",
                parent_text="Halo warga",
                addressed=("dishub", "pemkot"),
                posted_at=NOW,
                jenis="pengaduan",
                sector="jalan",
                opd="dpupr",
                kecamatan="cibeureum",
                urgent=None,
                sensitive=None,
                by="sari",
                at=at(3600),
                item_id=the_item(store, "1").id,
                corrected=frozenset(),
            )
        ]

    def test_a_correction_says_what_was_changed(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE))
        act(store, the_item(store, "1"), "relabel", sector="perhubungan", opd="dishub")
        [label] = store.labels()
        assert said(label) == ("pengaduan", "perhubungan", "dishub", "cibeureum")
        assert label.corrected == {"sector", "opd"}

    def test_a_place_that_was_taken_away_is_a_correction(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "relabel", kecamatan="")
        [label] = store.labels()
        assert label.kecamatan is None
        assert label.corrected == {"kecamatan"}

    def test_who_agrees_with_an_own_correction_has_still_corrected(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "relabel", sector="perhubungan")
        item = act(store, item, "agree", now=at(3700))
        act(store, item, "agree", by="budi", now=at(3800))
        own, other = store.labels()
        assert (own.by, own.at, own.corrected) == ("sari", at(3700), frozenset({"sector"}))
        assert (other.by, other.sector, other.corrected) == ("budi", "perhubungan", frozenset())

    def test_what_asks_nothing_says_nothing_of_sector_and_opd(self, store: Store) -> None:
        praise = decision("apresiasi")
        put(store, (mention("1"), ASIDE, praise), (mention("2"), QUEUE))
        act(store, the_item(store, "1"), "agree")
        act(store, the_item(store, "2"), "relabel", jenis="spam", now=at(3700))
        agreed, corrected = store.labels()
        assert said(agreed) == ("apresiasi", None, None, "cibeureum")
        assert said(corrected) == ("spam", None, None, "cibeureum")
        assert corrected.corrected == {"jenis"}

    def test_sending_on_is_a_label_only_where_the_opd_was_wrong(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        act(store, the_item(store, "1"), "forward", opd="dlh", why="bersama kami")
        act(store, the_item(store, "2"), "forward", opd="dlh", why="bukan kami", wrong_opd=True)
        [label] = store.labels()
        assert label.key == "x:2"
        assert said(label) == (None, None, "dlh", None)
        assert label.corrected == {"opd"}

    def test_sending_on_leaves_what_the_same_person_said_before(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "relabel", sector="perhubungan", opd="dishub")
        item = act(store, item, "agree", by="budi", now=at(3700))
        act(store, item, "forward", opd="dlh", why="salah", wrong_opd=True, now=at(3800))
        budi, sari = store.labels()
        assert (budi.by, *said(budi)) == ("budi", "pengaduan", "perhubungan", "dishub", "cibeureum")
        assert (sari.by, *said(sari)) == ("sari", "pengaduan", "perhubungan", "dlh", "cibeureum")
        assert sari.corrected == {"sector", "opd"}
        assert sari.at == at(3800)

    def test_what_a_person_calls_no_complaint_is_a_label_on_that_alone(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "status", status="bukan_aduan", why="obrolan")
        [label] = store.labels()
        assert said(label) == ("bukan_aduan", None, None, None)
        assert label.corrected == {"jenis"}

    def test_other_statuses_and_notes_are_no_labels(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "note", why="lihat besok")
        for status in ("terverifikasi", "proses", "selesai", "duplikat", "arsip"):
            item = act(store, item, "status", status=status, why="sudah")
        assert store.labels() == []

    @pytest.mark.parametrize("way", ["status", "forward"])
    def test_what_anybody_brings_back_to_work_is_no_longer_called_no_complaint(
        self, store: Store, way: str
    ) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        item = act(store, the_item(store, "1"), "status", status="bukan_aduan", why="obrolan")
        act(store, the_item(store, "2"), "status", status="bukan_aduan", why="obrolan")
        more = {"status": "proses"} if way == "status" else {"opd": "dlh", "why": "urusan mereka"}
        item = act(store, item, way, by="budi", now=at(3700), **more)
        assert [label.key for label in store.labels()] == ["x:2"]
        act(store, item, "status", status="bukan_aduan", why="benar obrolan", now=at(3800))
        assert [label.key for label in store.labels()] == ["x:2", "x:1"]

    def test_the_newest_word_of_each_person_counts_oldest_first(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        first = act(store, the_item(store, "1"), "agree", now=at(10))
        first = act(store, first, "agree", by="budi", now=at(20))
        act(store, the_item(store, "2"), "agree", now=at(30))
        act(store, first, "relabel", sector="sosial", now=at(40))
        found = [(label.by, label.key, label.sector, label.at) for label in store.labels()]
        assert found == [
            ("budi", "x:1", "jalan", at(20)),
            ("sari", "x:2", "jalan", at(30)),
            ("sari", "x:1", "sosial", at(40)),
        ]

    def test_a_label_is_on_the_text_that_the_person_saw(self, store: Store) -> None:
        def edit(text: str, revision: str, seconds: float) -> None:
            told = mention("1", text, revision=revision, seen_at=at(seconds))
            put(store, (told, QUEUE), now=at(seconds))

        edit("jalan rusak", "1", 0)
        act(store, the_item(store, "1"), "agree", now=at(50))
        edit("jalan rusak parah", "2", 100)
        act(store, the_item(store, "1"), "agree", by="budi", now=at(150))
        edit("sudah diperbaiki, terima kasih", "3", 200)
        assert [(label.by, label.text) for label in store.labels()] == [
            ("sari", "jalan rusak"),
            ("budi", "jalan rusak parah"),
        ]
        act(store, the_item(store, "1"), "agree", now=at(250))
        assert store.labels()[1].text == "sudah diperbaiki, terima kasih"

    def test_labels_of_sensitive_items_are_labels_too(self, store: Store) -> None:
        put(store, (mention("1"), SENSITIVE))
        act(store, the_item(store, "1"), "agree")
        assert [label.key for label in store.labels()] == ["x:1"]

    def test_labels_of_some_texts_are_those_of_all_of_them_and_no_others(
        self, store: Store
    ) -> None:
        put(store, *((mention(str(line)), QUEUE) for line in (1, 2, 3)))
        item = act(store, the_item(store, "1"), "agree", now=at(10))
        act(store, item, "relabel", by="budi", sector="sosial", now=at(30))
        act(store, the_item(store, "2"), "agree", now=at(20))
        store.import_labels("lapor", [imported(1), imported(2)], "ana", at(40))
        wanted = ["x:1", "import:lapor:2", "x:3", "x:99", "tiada"]
        found = store.labels_of(wanted)
        assert [(label.key, label.by) for label in found] == [
            ("import:lapor:2", "ana"),
            ("x:1", "sari"),
            ("x:1", "budi"),
        ]
        assert found == [label for label in store.labels() if label.key in wanted]
        assert store.labels_of([]) == []

    def test_a_label_tells_when_its_text_was_first_labelled_whatever_was_said_since(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        item = act(store, the_item(store, "1"), "note", why="lihat", now=at(1))
        item = act(store, item, "status", status="bukan_aduan", why="obrolan", now=at(10))
        item = act(store, item, "status", status="proses", by="budi", now=at(20))
        item = act(store, item, "agree", by="budi", now=at(30))
        act(store, item, "relabel", by="budi", sector="sosial", now=at(40))
        act(store, the_item(store, "2"), "status", status="proses", now=at(5))
        act(store, the_item(store, "2"), "agree", now=at(50))
        found = [(label.key, label.at, label.first_at) for label in store.labels()]
        assert found == [("x:1", at(40), at(10)), ("x:2", at(50), at(50))]

    def test_a_text_that_was_brought_again_with_other_labels_keeps_its_first_moment(
        self, store: Store
    ) -> None:
        store.import_labels("lapor", [imported(1), imported(2)], "ana", NOW)
        for seconds, sector in ((60, "sosial"), (90, "listrik")):
            better = imported(1, sector=sector, at=at(seconds))
            assert store.import_labels("lapor", [better], "ana", at(seconds)) == (1, 0)
            assert store.import_labels("lapor", [better], "ana", at(seconds)) == (0, 1)
        found = [(label.key, label.sector, label.at, label.first_at) for label in store.labels()]
        assert found == [
            ("import:lapor:2", "jalan", NOW, NOW),
            ("import:lapor:1", "listrik", at(90), NOW),
        ]


class ImportsContract:
    def test_what_was_brought_comes_back_whole(self, store: Store) -> None:
        full = imported(
            1,
            parent_text="Halo warga",
            addressed=("dishub", "pemkot"),
            posted_at=at(-7200),
            jenis="permintaan_informasi",
            sector="perhubungan",
            opd="dishub",
            kecamatan="cibeureum",
            urgent=True,
            sensitive=False,
            by="budi",
            at=at(-60),
            corrected=frozenset({"sector", "opd"}),
        )
        bare = imported(2, jenis=None, sector=None)
        assert store.import_labels("lapor", [full, bare], "ana", at(10)) == (2, 0)
        assert store.labels() == [full, replace(bare, by="ana")]

    def test_the_same_file_again_adds_nothing(self, store: Store) -> None:
        rows = [imported(line) for line in ONE_AFTER_THE_OTHER]
        assert store.import_labels("lapor", rows, "ana", NOW) == (5, 0)
        before = store.labels()
        again = [replace(row, key=f"import:lain:{row.key}") for row in reversed(rows)]
        assert store.import_labels("lain", again, "ana", at(60)) == (0, 5)
        assert store.labels() == before

    def test_other_labels_on_the_same_text_take_the_place_of_the_first(self, store: Store) -> None:
        store.import_labels("lapor", [imported(1), imported(2)], "ana", NOW)
        better = imported(7, imported(1).text, sector="drainase_banjir", at=at(60))
        assert store.import_labels("lapor", [better, imported(2)], "ana", at(60)) == (1, 1)
        second, first = store.labels()
        assert (second.key, second.sector) == ("import:lapor:2", "jalan")
        assert (first.key, first.sector, first.at) == (
            "import:lapor:1",
            "drainase_banjir",
            at(60),
        )
        assert store.import_labels("lapor", [imported(1)], "ana", at(70)) == (1, 0)
        assert {label.sector for label in store.labels()} == {"jalan"}

    def test_of_one_text_twice_in_a_file_the_last_counts(self, store: Store) -> None:
        rows = [imported(1), imported(2, imported(1).text, sector="sosial"), imported(3)]
        rows.append(imported(4, imported(3).text))
        assert store.import_labels("lapor", rows, "ana", NOW) == (3, 1)
        assert [(label.key, label.sector) for label in store.labels()] == [
            ("import:lapor:1", "sosial"),
            ("import:lapor:3", "jalan"),
        ]

    def test_two_people_are_two_words_on_one_text(self, store: Store) -> None:
        store.import_labels("lapor", [imported(1)], "ana", NOW)
        assert store.import_labels("lain", [imported(9, imported(1).text)], "budi", NOW) == (1, 0)
        found = [(label.key, label.by) for label in store.labels()]
        assert found == [("import:lapor:1", "ana"), ("import:lapor:1", "budi")]

    def test_a_key_never_names_two_texts(self, store: Store) -> None:
        rows = [imported(1, "banjir"), imported(1, "macet"), replace(imported(2), key="x:1")]
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "agree")
        assert store.import_labels("lapor", rows, "ana", NOW) == (3, 0)
        assert store.import_labels("lapor", [imported(1, "gelap")], "ana", NOW) == (1, 0)
        labels = store.labels()
        assert len({label.key for label in labels}) == len(labels) == 5
        assert {label.text for label in labels} >= {"banjir", "macet", "gelap"}
        assert [label.text for label in labels if label.key == "x:1"] == ["jalan rusak"]

    def test_texts_differ_by_whom_they_address_and_what_they_answer(self, store: Store) -> None:
        rows = [
            imported(1, "kapan?"),
            imported(2, "kapan?", parent_text="Jalan akan diperbaiki"),
            imported(3, "kapan?", addressed=("dishub",)),
        ]
        assert store.import_labels("lapor", rows, "ana", NOW) == (3, 0)

    def test_no_text_can_break_it_and_none_stands_in_the_history(self, store: Store) -> None:
        row = imported(1, AWKWARD, parent_text=AWKWARD, opd=AWKWARD, addressed=(AWKWARD,))
        assert store.import_labels("a\x00b", [row], "ana\ud800", at(5)) == (1, 0)
        assert store.import_labels("a\x00b", [row], "ana\ud800", at(6)) == (0, 1)
        [label] = store.labels()
        assert label.text == AWKWARD.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
        [(actor, kind, detail)] = acts(store)
        assert (actor, kind) == ("ana\ufffd", "labels_imported")
        assert detail == {"batch": "a\ufffdb", "added": "1", "repeated": "0"}
        assert store.verify_events() == 1

    def test_texts_are_found_by_their_keys(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "agree")
        store.import_labels("lapor", [imported(1), imported(2), imported(3)], "ana", NOW)
        store.import_labels("lapor", [imported(1)], "budi", NOW)
        keys = ["import:lapor:1", "import:lapor:3", "import:lapor:9", "x:1", "\ud800'\x00"]
        assert store.imported_texts(keys) == {
            "import:lapor:1": imported(1).text,
            "import:lapor:3": imported(3).text,
        }
        assert store.imported_texts([]) == {}

    def test_no_label_is_from_the_future(self, store: Store) -> None:
        store.import_labels("lapor", [imported(1, at=at(10_000))], "ana", at(5))
        assert [label.at for label in store.labels()] == [at(5)]

    def test_two_imports_at_once_add_each_text_once(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        rows = [imported(line) for line in range(40)]
        stores = [store, reopen(), reopen()]
        done = at_once([partial(one.import_labels, "lapor", rows, "ana", NOW) for one in stores])
        assert sorted(done) == [(0, 40), (0, 40), (40, 0)]
        assert len(store.labels()) == 40


class FrozenSetContract:
    def test_a_test_set_stays_as_it_was_frozen(self, store: Store) -> None:
        put(store, (mention("1", posted_at=at(-500)), QUEUE))
        act(store, the_item(store, "1"), "agree")
        rows = [imported(line, posted_at=at(-100 * line)) for line in (1, 2, 9)]
        store.import_labels("lapor", [*rows, imported(4)], "ana", NOW)
        keys = {"x:1", "import:lapor:1", "import:lapor:4"}
        frozen = store.freeze_test_set(sorted(keys), "ana", at(9000))
        assert frozen.keys == keys
        assert (frozen.frozen_at, frozen.by) == (at(9000), "ana")
        assert (frozen.first_posted_at, frozen.last_posted_at) == (at(-500), at(-100))
        assert frozen.digest == digest_of(keys)
        assert frozen.digest != digest_of(keys | {"import:lapor:2"})
        store.import_labels("lapor", [imported(30)], "ana", at(9100))
        assert store.test_set() == frozen
        told = {"digest": frozen.digest, "texts": "3"}
        assert acts(store)[1] == ("ana", "test_set_frozen", told)

    def test_one_without_dates_has_no_span(self, store: Store) -> None:
        store.import_labels("lapor", [imported(1)], "ana", NOW)
        frozen = store.freeze_test_set(["import:lapor:1"], "ana", NOW)
        assert (frozen.first_posted_at, frozen.last_posted_at) == (None, None)
        assert store.test_set() == frozen

    def test_what_has_no_label_cannot_be_tested_on(self, store: Store) -> None:
        store.import_labels("lapor", [imported(1)], "ana", NOW)
        for keys in ([], ["x:1"], ["import:lapor:1", "x:\x00"]):
            with pytest.raises(InputError):
                store.freeze_test_set(keys, "ana", NOW)
        assert store.test_set() is None
        assert store.verify_events() == 1

    def test_the_newest_one_counts(self, store: Store) -> None:
        store.import_labels("lapor", [imported(1), imported(2)], "ana", NOW)
        store.freeze_test_set(["import:lapor:1"], "ana", at(20))
        newest = store.freeze_test_set(["import:lapor:2"], "budi", at(10))
        assert store.test_set() == newest


class ModelsContract:
    @pytest.mark.parametrize("act_of", ["promote", "import_labels", "freeze_test_set"])
    def test_an_act_that_cannot_be_written_down_did_not_happen(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, act_of: str
    ) -> None:
        store.save_model(version("v1"), b"isi")
        store.import_labels("lapor", [imported(1)], "ana", NOW)
        calls: dict[str, Callable[[], Any]] = {
            "promote": partial(store.promote, "v1", None, "ana", "", False, NOW),
            "import_labels": partial(store.import_labels, "b", [imported(2)], "ana", NOW),
            "freeze_test_set": partial(store.freeze_test_set, ["import:lapor:1"], "ana", NOW),
        }

        def full(*_: object) -> None:
            raise StoreFull

        with monkeypatch.context() as patch:
            patch.setattr("tanggap.store.tuning_labels.append", full)
            with pytest.raises(StoreFull):
                calls[act_of]()
        assert store.current_model() is None
        assert store.promotions() == []
        assert store.test_set() is None
        assert [label.key for label in store.labels()] == ["import:lapor:1"]
        assert store.verify_events() == 1
        calls[act_of]()
        assert store.verify_events() == 2

    def test_a_new_install_uses_the_model_of_its_config(self, store: Store) -> None:
        assert store.current_model() is None
        assert store.models() == []
        assert store.model_states() == {}
        assert store.promotions() == []
        assert store.artefact("v1") is None
        assert store.model("v1") is None

    def test_a_version_comes_back_whole_and_changes_nothing(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        artefact = bytes(range(256)) * 40
        made = version("v1", parent="bawaan", figures={"a": [1, 2.5, None], "b": {"c": "é"}})
        store.save_model(made, artefact)
        refused = version("v2", state="refused", created_at=at(60))
        store.save_model(refused, b"PK")
        other = reopen()
        assert other.models() == [refused, made]
        assert other.model("v1") == made
        assert list(other.model_states().items()) == [("v2", "refused"), ("v1", "candidate")]
        assert other.artefact("v1") == artefact
        assert other.artefact("v2") == b"PK"
        assert other.current_model() is None

    def test_the_largest_artefact_is_kept(self, store: Store) -> None:
        artefact = (b"tanggap\x00\xff" * (8 * 1024 * 1024 // 9 + 1))[: 8 * 1024 * 1024]
        store.save_model(version("v1"), artefact)
        assert store.artefact("v1") == artefact

    def test_the_same_version_takes_a_new_verdict_but_no_other_bytes_or_history(
        self, store: Store
    ) -> None:
        store.save_model(version("v1"), b"isi")
        with pytest.raises(InputError):
            store.save_model(version("v1", card="# Lain"), b"lain")
        assert store.models() == [version("v1")]
        verdict = {"verdict": {"accepted": False, "reasons": ["kurang"]}, "canary": {"n": 100}}
        again = {**verdict, "threshold": {"sector": "jalan", "to": 0.5}}
        store.save_model(version("v1", figures=again, card="# Baru", state="refused"), b"isi")
        kept = {**version("v1").figures, **verdict}
        assert store.models() == [version("v1", figures=kept, state="refused")]
        assert store.artefact("v1") == b"isi"

    def test_saving_a_version_again_never_takes_it_out_of_use(self, store: Store) -> None:
        store.save_model(version("v1"), b"isi")
        store.promote("v1", None, "ana", "", False, NOW)
        store.save_model(version("v1", state="refused"), b"isi")
        assert store.current_model() == "v1"

    @pytest.mark.parametrize("state", ["current", "former"])
    def test_only_a_promotion_puts_into_use(self, store: Store, state: str) -> None:
        with pytest.raises(InputError):
            store.save_model(version("v1", state=state), b"isi")
        assert store.models() == []

    @pytest.mark.parametrize(("name", "artefact"), [("", b"isi"), ("v1", b"")])
    def test_a_version_has_a_name_and_bytes(self, store: Store, name: str, artefact: bytes) -> None:
        with pytest.raises(InputError):
            store.save_model(version(name), artefact)
        assert store.models() == []

    def test_a_promotion_and_the_way_back_are_remembered(self, store: Store) -> None:
        for number in (1, 2):
            store.save_model(version(f"v{number}"), b"isi %d" % number)
        store.promote("v1", None, "ana", "lebih baik", False, at(10))
        assert store.current_model() == "v1"
        store.promote("v2", "v1", "ana", " tetap dipakai ", True, at(20))
        assert {one.version: one.state for one in store.models()} == {
            "v1": "former",
            "v2": "current",
        }
        store.promote("v1", "v2", "budi", "mundur", False, at(30))
        assert store.current_model() == "v1"
        store.promote(None, "v1", "budi", "", False, at(40))
        assert store.current_model() is None
        assert store.promotions() == [
            Promotion(at(40), "budi", None, "v1", forced=False, why=""),
            Promotion(at(30), "budi", "v1", "v2", forced=False, why="mundur"),
            Promotion(at(20), "ana", "v2", "v1", forced=True, why="tetap dipakai"),
            Promotion(at(10), "ana", "v1", None, forced=False, why="lebih baik"),
        ]
        assert acts(store) == [
            ("ana", "model_promoted", {"version": "v1"}),
            ("ana", "model_promoted", {"forced": "true", "previous": "v1", "version": "v2"}),
            ("budi", "model_promoted", {"previous": "v2", "version": "v1"}),
            ("budi", "model_promoted", {"previous": "v1"}),
        ]
        assert store.verify_events() == 4

    def test_who_saw_another_version_in_use_is_told_so(self, store: Store) -> None:
        for name in ("v1", "v2"):
            store.save_model(version(name), name.encode())
        with pytest.raises(ModelConflict) as before_any:
            store.promote("v1", "v2", "budi", "", False, at(5))
        assert (before_any.value.current, before_any.value.by) == (None, "")
        store.promote("v1", None, "ana", "", False, at(10))
        with pytest.raises(VersionConflict) as late:
            store.promote("v2", None, "budi", "", False, at(20))
        assert late.value.by == "ana"
        assert "v1" in str(late.value)
        assert store.current_model() == "v1"
        assert len(store.promotions()) == 1

    def test_of_several_who_promote_at_once_one_does(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        names = [f"v{number}" for number in range(5)]
        for name in names:
            store.save_model(version(name), name.encode())
        stores = [store, *(reopen() for _ in names[1:])]
        done = at_once(
            [
                partial(one.promote, name, None, name, "", False, NOW)
                for one, name in zip(stores, names, strict=True)
            ]
        )
        assert [one for one in done if one is None] == [None]
        assert sum(isinstance(one, ModelConflict) for one in done) == 4
        assert store.current_model() == names[done.index(None)]
        assert [one.state for one in store.models()].count("current") == 1

    def test_what_cannot_be_used_is_not_promoted(self, store: Store) -> None:
        store.save_model(version("v1"), b"isi")
        store.save_model(version("buruk", state="refused"), b"lain")
        store.promote("v1", None, "ana", "", False, NOW)
        for name, forced, why in (
            ("v9", True, "coba"),
            ("v1", True, "lagi"),
            ("buruk", False, ""),
            ("buruk", True, "  "),
        ):
            with pytest.raises(InputError):
                store.promote(name, "v1", "ana", why, forced, at(1))
        assert store.current_model() == "v1"
        store.promote("buruk", "v1", "ana", "satu-satunya yang tahu LRT", True, at(2))
        assert store.current_model() == "buruk"

    def test_bytes_stay_of_the_newest_and_of_all_that_were_in_use(self, store: Store) -> None:
        count = KEPT_MODELS + 4
        previous = None
        for number in range(count):
            store.save_model(version(f"v{number}"), b"isi %d" % number)
            store.save_plot(f"v{number}", "kebingungan", b"PNG", NOW)
            store.save_report(f"v{number}", "kebingungan", "{}", NOW)
            if number in (1, 2):
                store.promote(f"v{number}", previous, "ana", "", False, NOW)
                previous = f"v{number}"
        store.save_plot("bawaan", "kebingungan", b"PNG", NOW)
        store.save_model(version("terakhir"), b"isi")
        gone = {"v0", "v3", "v4"}
        assert {one.version for one in store.models() if not one.kept} == gone
        for number in range(count):
            name = f"v{number}"
            assert store.artefact(name) == (None if name in gone else b"isi %d" % number)
            assert store.plot(name, "kebingungan") == (None if name in gone else b"PNG")
            assert (store.report(name, "kebingungan") is None) == (name in gone)
        assert store.plot("bawaan", "kebingungan") == b"PNG"
        with pytest.raises(InputError):
            store.promote("v3", "v2", "ana", "", False, NOW)
        store.promote("v1", "v2", "ana", "", False, NOW)
        store.save_model(version("v3"), b"isi 3")
        assert store.artefact("v3") is None, "it is still older than the newest ten"

    @pytest.mark.parametrize("body", ["YWJj", "bukan base64!", "\u00e9", "YWJ"])
    def test_bytes_that_changed_in_the_database_are_not_given_out(
        self, store: Store, body: str
    ) -> None:
        store.save_model(version("v1"), b"isi")
        with sql_store(store)._write() as conn:
            conn.execute("UPDATE model_bytes SET body = ?", (body,))
        with pytest.raises(ModelError):
            store.artefact("v1")
        with pytest.raises(InputError):
            store.promote("v1", None, "ana", "", False, NOW)
        assert store.current_model() is None
        assert [one.kept for one in store.models()] == [True]

    def test_the_newest_report_and_picture_of_a_kind_count(self, store: Store) -> None:
        assert store.report("v1", "kebingungan") is None
        assert store.plot("v1", "kebingungan") is None
        png = b"\x89PNG\r\n\x1a\n\x00\xff"
        for number in (1, 2):
            store.save_report("v1", "kebingungan", f'{{"n": {number}}}', at(number))
            store.save_plot("v1", "kebingungan", png + bytes([number]), at(number))
        store.save_report("v1", "risiko", "{}", at(9))
        store.save_report("bawaan", "kebingungan", "[]", at(9))
        assert store.report("v1", "kebingungan") == (at(2), '{"n": 2}')
        assert store.report("bawaan", "kebingungan") == (at(9), "[]")
        assert store.plot("v1", "kebingungan") == png + b"\x02"
        assert store.plot("v1", "risiko") is None

    def test_no_name_from_an_address_can_break_it(self, store: Store) -> None:
        for name in ("a\x00b", "\ud800", "../../etc/passwd", "'; DROP TABLE plots; --"):
            assert store.artefact(name) is None
            assert store.model(name) is None
            assert store.report(name, name) is None
            assert store.plot(name, name) is None


class JobsContract:
    def test_a_job_goes_its_way(self, store: Store, reopen: Callable[[], Store]) -> None:
        job_id = store.ask_job("train", {"seed": 7, "alasan": "data baru"}, "ana", NOW)
        asked = Job(
            id=job_id,
            kind="train",
            params={"seed": 7, "alasan": "data baru"},
            by="ana",
            asked_at=NOW,
            started_at=None,
            ended_at=None,
            state="waiting",
            outcome="",
        )
        assert store.jobs(10) == [asked]
        other = reopen()
        running = other.claim_job("d1", at(5), at(600))
        assert running == replace(asked, state="running", started_at=at(5), owner="d1", attempts=1)
        assert store.job(job_id) == running
        assert other.end_job(job_id, "done", "v7: diterima", at(90))
        assert store.jobs(10) == [
            replace(running, state="done", ended_at=at(90), outcome="v7: diterima")
        ]
        assert store.claim_job("d1", at(1000), at(2000)) is None
        assert not store.end_job(job_id, "failed", "terlambat", at(91))

    def test_only_one_of_a_kind_is_asked_at_a_time(self, store: Store) -> None:
        store.ask_job("train", {}, "ana", NOW)
        with pytest.raises(InputError, match="ana"):
            store.ask_job("train", {}, "budi", at(1))
        store.ask_job("report", {}, "budi", at(1))
        job = store.claim_job("d1", at(2), at(60))
        assert job is not None
        assert job.kind == "train", "the oldest first"
        with pytest.raises(InputError):
            store.ask_job("train", {}, "budi", at(3))
        store.end_job(job.id, "failed", "kurang memori", at(4))
        assert store.ask_job("train", {}, "budi", at(5)) > job.id
        assert [one.kind for one in store.jobs(2)] == ["train", "report"]

    def test_of_several_who_ask_at_once_one_is_heard(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        stores = [store, *(reopen() for _ in range(4))]
        done = at_once([partial(one.ask_job, "train", {}, "ana", NOW) for one in stores])
        assert sum(isinstance(one, InputError) for one in done) == 4
        assert len(store.jobs(10)) == 1

    def test_of_several_daemons_one_does_a_job(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        stores = [store, *(reopen() for _ in range(4))]
        kinds: tuple[JobKind, ...] = ("train", "report")
        for kind in kinds:
            job_id = store.ask_job(kind, {}, "ana", NOW)
            done = at_once(
                [partial(one.claim_job, f"d{n}", at(5), at(600)) for n, one in enumerate(stores)]
            )
            [job] = [one for one in done if one is not None]
            assert job.id == job_id
            assert store.job(job_id) == job
            assert job.owner == f"d{done.index(job)}"

    def test_a_job_whose_daemon_went_away_is_done_by_another(self, store: Store) -> None:
        job_id = store.ask_job("train", {}, "ana", NOW)
        assert store.claim_job("d1", at(0), at(600)) is not None
        assert store.claim_job("d2", at(599), at(1200)) is None
        again = store.claim_job("d2", at(600), at(1200))
        assert again is not None
        assert (again.id, again.owner, again.attempts) == (job_id, "d2", 2)
        assert not store.end_job(job_id, "done", "terlambat", at(700), owner="d1")
        job = store.job(job_id)
        assert job is not None
        assert job.state == "running"
        assert store.end_job(job_id, "done", "v1", at(710), owner="d2")

    def test_the_jobs_of_daemons_that_are_no_more_are_free_at_once(self, store: Store) -> None:
        kinds: tuple[JobKind, ...] = ("train", "report")
        for owner, kind in zip(("d1", "d2"), kinds, strict=True):
            store.ask_job(kind, {}, "ana", NOW)
            assert store.claim_job(owner, NOW, at(600)) is not None
        store.free_jobs(["d2", "d3", "d\x00"], at(10))
        job = store.claim_job("d4", at(10), at(600))
        assert job is not None
        assert (job.kind, job.attempts) == ("report", 2)
        assert store.claim_job("d5", at(10), at(600)) is None
        store.end_job(job.id, "done", "", at(20))
        store.free_jobs(["d4"], at(30))
        assert store.claim_job("d5", at(30), at(600)) is None, "it has ended"

    def test_a_job_that_ends_every_daemon_is_given_up(self, store: Store) -> None:
        job_id = store.ask_job("train", {}, "ana", NOW)
        later = store.ask_job("report", {}, "ana", NOW)
        for attempt in range(JOB_ATTEMPTS):
            started = at(100 * attempt)
            job = store.claim_job("d1", started, started + timedelta(seconds=100))
            assert job is not None
            assert job.id == job_id
        now = at(100 * JOB_ATTEMPTS)
        other = store.claim_job("d1", now, now + timedelta(seconds=100))
        assert other is not None
        assert other.id == later
        given_up = store.job(job_id)
        assert given_up is not None
        assert (given_up.state, given_up.ended_at) == ("failed", now)
        assert given_up.outcome
        store.ask_job("train", {}, "ana", now)

    def test_what_a_daemon_gives_back_waits_again_however_often(self, store: Store) -> None:
        job_id = store.ask_job("train", {}, "ana", NOW)
        for number in range(2 * JOB_ATTEMPTS):
            job = store.claim_job(f"d{number}", at(number), at(600))
            assert job is not None
            assert store.end_job(job_id, "waiting", "", at(number), owner=f"d{number}")
            waiting = store.job(job_id)
            assert waiting is not None
            assert (waiting.state, waiting.ended_at) == ("waiting", None)

    def test_a_job_begun_by_a_clock_that_was_ahead_is_not_waited_for(self, store: Store) -> None:
        store.ask_job("train", {}, "ana", NOW)
        year = timedelta(days=365)
        assert store.claim_job("d1", NOW + year, NOW + year) is not None
        assert store.claim_job("d2", NOW, at(600)) is not None

    @pytest.mark.parametrize("job_id", [0, -1, 17, 2**63, 10**30])
    def test_a_number_that_is_no_job_is_none(self, store: Store, job_id: int) -> None:
        store.ask_job("train", {}, "ana", NOW)
        store.claim_job("d1", NOW, at(60))
        assert store.job(job_id) is None
        assert not store.end_job(job_id, "done", "", NOW)
