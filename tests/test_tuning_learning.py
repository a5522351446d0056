"""From labels in a store to a candidate, and into use and back."""

import base64
import hashlib
import json
import random
import time
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from city_support import HOSTILE, PEOPLE, START, WAYS, honest, parted, with_hostile
from classifier_support import policy

from classifier import artefact
from classifier.training import Settings, train
from tanggap.errors import InputError, ModelConflict, ModelError
from tanggap.sectors import SECTORS
from tanggap.store import open_store
from tanggap.store.rows_tuning import ModelVersion
from tanggap.store.sql_store import sql_store
from tanggap.tuning import files, learning, promotion, trust
from tanggap.tuning import test_set as frozen_set
from tanggap.tuning.examination import examine_again, packed_of, with_threshold
from tanggap.tuning.labels import settle
from tanggap.tuning.learning import learn
from tanggap.tuning.reports.material import local_of
from tanggap.tuning.tested import read_tested, set_aside, trained_as
from tanggap.tuning.versions import in_use, stored
from tanggap.web.analysis_card import Corrections, corrections_of

SMALL = Settings(max_features=8000, most_folds=2)
NOW = START + timedelta(days=60)


@cache
def city():
    """Return some 1,450 texts to train on, and 520 of the city."""
    return parted(1200, 520)


@cache
def said():
    return tuple(honest(city().city, random.Random(5)))


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(trust, "QUICK", replace(trust.QUICK, max_features=8000))


@pytest.fixture(scope="module")
def configured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("awal")
    made = train(city().corpus, policy(), files.terms(), "awal", "2026-08-01", SMALL)
    artefact.save(made.artefact, folder)
    return str(folder)


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "kota.db")
    store.migrate()
    yield store
    store.close()


def learnt_from(store, configured, labels, **more):
    store.import_labels("kota", labels, "ketua", NOW)
    more = {"settings": SMALL, "corpus": city().corpus, **more}
    return learn(store, policy(), configured, "ketua", NOW, **more)


def keep(store, configured, name, at, *, held_out=None, state="candidate", **limits):
    """Save the model of the config under another name, as if it had been trained at that time."""
    made = replace(artefact.read(Path(configured)), name=name)
    if limits:
        thresholds = replace(made.thresholds, sector={**made.thresholds.sector, **limits})
        made = replace(made, thresholds=thresholds)
    local = {"n_training": 390, "aside": [], "held_out": held_out}
    version = ModelVersion(
        version=made.version,
        created_at=at,
        created_by="ketua",
        parent=store.current_model(),
        state=state,
        n_texts=made.n_texts,
        n_local=390,
        figures={"local": local},
    )
    store.save_model(version, packed_of(made))
    return made.version


def raised(store, configured, sector, value):
    """Save the model in use with another threshold; return the version."""
    return with_threshold(store, policy(), configured, sector, value, "ketua", NOW).version


def fair_to(store, version):
    """Return the keys of test texts that a version may be judged by."""
    return frozenset(
        key for text in read_tested(store).fair_to(store, version) for key in text.keys
    )


def back(store, configured):
    return promotion.roll_back(store, configured, "ketua", "", NOW)


def use(store, version, *, why="", force=False):
    current = store.current_model()
    return promotion.promote(store, version, current, "ketua", why, force=force, now=NOW)


@pytest.mark.slow
def test_labels_become_a_candidate_that_goes_into_use_and_back(store, configured, monkeypatch):
    learnt = learnt_from(store, configured, said())
    assert learnt.verdict.accepted, learnt.verdict.reasons
    assert learnt.outcome.startswith(f"calon {learnt.version}; ")
    model = store.model(learnt.version)
    assert model is not None
    assert (model.state, model.parent, model.created_by) == ("candidate", None, "ketua")
    frozen = store.test_set()
    assert len(frozen.keys) == len(said()) // 4
    assert model.n_local == len(said()) - len(frozen.keys)
    assert model.n_texts == len(city().corpus) + model.n_local
    assert json.loads(json.dumps(model.figures)) == model.figures
    assert {row["by"] for row in model.figures["local"]["labellers"]} == set(PEOPLE)
    nothing_said = Corrections(deciding=0, offered=0, people=0, needed=3)
    assert corrections_of(model.figures) == nothing_said  # nobody named an OPD
    for text in city().city[:40]:
        assert text.text not in json.dumps(model.figures, ensure_ascii=False)
        assert text.text not in model.card
    assert learnt.version in model.card
    for change in model.figures["test_set"]["changes"]:
        assert change["key"] in frozen.keys

    before = in_use(store, configured).version
    assert store.current_model() is None
    use(store, learnt.version)
    assert in_use(store, configured).version == learnt.version == store.current_model()
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(InputError, match="tidak ada label baru"):
        learn(store, policy(), configured, "ketua", tomorrow, settings=SMALL, corpus=city().corpus)

    higher = raised(store, configured, "jalan", 0.875)
    assert store.current_model() == learnt.version  # nothing changes until it is promoted
    changed, same = stored(store, higher), stored(store, learnt.version)
    assert changed.thresholds.sector == {**same.thresholds.sector, "jalan": 0.875}
    assert replace(changed, thresholds=same.thresholds, created=same.created).digest == same.digest
    use(store, higher)

    start = time.process_time()
    assert back(store, configured).version == learnt.version
    assert time.process_time() - start < 5.0
    assert in_use(store, configured).version == learnt.version
    back(store, configured)  # undoes the undoing
    assert store.current_model() == higher
    assert [act.version for act in store.promotions()][-2:] == [higher, learnt.version]
    assert before != learnt.version
    # a model that came after is compared with the one in use by now
    store.promote(None, higher, "ketua", "", False, NOW)
    # it was in use
    assert examine_again(store, learnt.version, None, policy(), configured) is None


@pytest.mark.slow
def test_hostile_labels_are_not_trained_on_and_not_measured_by(store, configured):
    labels = with_hostile(said(), 0.12, WAYS[0], 2)
    learnt = learnt_from(store, configured, labels)
    assert [voice["by"] for voice in learnt.local["aside"]] == [HOSTILE]
    assert f"label {HOSTILE} disisihkan" in learnt.outcome
    assert f"--trust {HOSTILE}`" in learnt.outcome
    assert learnt.local["n_texts"] == sum(label.by != HOSTILE for label in labels)
    hostile = {label.key for label in labels if label.by == HOSTILE}
    assert not hostile & store.test_set().keys
    assert learnt.verdict.accepted
    assert HOSTILE not in {text.by for text in local_of(store).texts}


def test_whom_a_person_vouches_for_is_learnt_from_whatever_others_say(store, configured):
    labels = with_hostile(said(), 0.12, WAYS[0], 2)
    store.import_labels("kota", labels, "ketua", NOW)
    with pytest.raises(InputError, match="tidak ada label dari malory"):
        learning.material(store, city().corpus, policy(), NOW, ["malory"])
    there = learning.material(store, city().corpus, policy(), NOW, [HOSTILE])
    assert there.doubtful == []
    assert HOSTILE in {text.by for text in there.texts}


def test_a_candidate_that_unlearns_is_kept_as_refused_and_needs_force_and_a_reason(
    store, configured, monkeypatch
):
    monkeypatch.setattr(learning, "hear", lambda *_: [])
    lies = [replace(label, jenis="pengaduan", sector="kominfo") for label in said() if label.sector]
    kept_before = []
    asked = lambda: kept_before.append(store.models())  # noqa: E731
    learnt = learnt_from(store, configured, lies, before_saving=asked)
    assert kept_before == [[], []]  # before the test set is frozen, and before the version is kept
    assert not learnt.verdict.accepted
    assert store.model(learnt.version).state == "refused"
    assert "ditolak pemeriksaan mutu otomatis" in learnt.outcome
    with pytest.raises(InputError, match="mutu otomatis: teks uji dasar"):
        use(store, learnt.version)
    with pytest.raises(InputError, match="--why"):
        use(store, learnt.version, why=" ", force=True)
    assert store.current_model() is None
    changed = use(store, learnt.version, why="uji coba", force=True)
    assert changed.forced
    assert store.promotions()[0].forced
    assert back(store, configured).version is None


def labels_until(hour):
    """Return what people had said of the first texts, one of which comes in every hour."""
    return [label for label in said() if label.posted_at < START + timedelta(hours=hour)]


def test_a_model_in_use_is_not_judged_by_texts_that_it_was_trained_on(store, configured):
    # Trained on all that there was before the first test set; a quarter of that is frozen later.
    old = keep(store, configured, "lama", START + timedelta(hours=393))
    use(store, old, why="uji", force=True)
    learnt = learnt_from(store, configured, labels_until(420))
    frozen = store.test_set()
    assert learnt.local["held_out"] == frozen.digest
    assert len(frozen.keys) == 105
    assert fair_to(store, old) == frozenset()
    assert fair_to(store, learnt.version) == frozen.keys
    verdict = store.model(learnt.version).figures["verdict"]
    assert verdict["against"] == old
    assert store.model(learnt.version).figures["test_set"] is None
    assert "set uji tidak ikut menilai" in verdict["notes"][0]
    assert verdict["notes"][0] in learnt.outcome


def test_what_was_labelled_since_and_what_was_held_out_judges_a_version(store, configured):
    store.import_labels("kota", said(), "ketua", NOW)
    frozen = frozen_set.freeze(store, settle(said()), "ketua", NOW)
    old = keep(store, configured, "lama", START + timedelta(hours=455))
    use(store, old, why="uji", force=True)
    held = keep(store, configured, "baru", NOW, held_out=frozen.digest)
    fair = fair_to(store, old)
    first = {label.key: label.at for label in said()}
    assert fair == {key for key in frozen.keys if first[key] > START + timedelta(hours=455)}
    assert 100 <= len(fair) < len(frozen.keys)
    fresh = examine_again(store, held, old, policy(), configured)
    assert fresh.figures["test_set"]["new"]["n"] == len(fair)
    assert (
        f"dinilai dengan {len(fair)} dari {len(frozen.keys)}"
        in (fresh.figures["verdict"]["notes"][0])
    )
    # A word said anew on a text does not make it one that nobody knew.
    again = [replace(label, sector="desa", at=NOW) for label in said() if label.sector]
    store.import_labels("kota", again, "ketua", NOW)
    assert fair_to(store, old) == fair
    assert fair_to(store, held) == frozen.keys
    assert fair_to(store, "belum dikenal") == frozen.keys
    # The same weights with another threshold know the same texts.
    assert fair_to(store, raised(store, configured, "desa", 0.5)) == fair


def test_a_verdict_on_another_model_in_use_is_made_anew(store, configured):
    version = keep(store, configured, "baru", NOW)
    first = examine_again(store, version, None, policy(), configured)
    assert first.figures["verdict"]["against"] == artefact.read(Path(configured)).version
    assert first.figures["test_set"] is None
    assert first.figures["verdict"]["notes"] == []
    assert examine_again(store, version, None, policy(), configured) is None
    other = raised(store, configured, "desa", 0.5)
    use(store, other)
    fresh = examine_again(store, version, other, policy(), configured)
    assert fresh.figures["verdict"]["against"] == other
    assert store.model(version).figures["verdict"]["against"] == other
    assert examine_again(store, version, other, policy(), configured) is None


def test_another_threshold_is_compared_anew_and_refused_where_more_goes_wrong(store, configured):
    store.import_labels("kota", said(), "ketua", NOW)
    frozen = frozen_set.freeze(store, settle(said()), "ketua", NOW)
    careful = dict.fromkeys(SECTORS, 0.9)
    parent = keep(store, configured, "hati", NOW, held_out=frozen.digest, **careful)
    use(store, parent, why="uji", force=True)
    higher = store.model(raised(store, configured, "jalan", 0.99))
    assert higher.figures["verdict"]["against"] == parent
    assert higher.figures["test_set"]["old"]["model"] == parent
    assert higher.figures["test_set"]["new"]["model"] == higher.version
    assert "local" not in higher.figures  # whom its training left out is said there
    assert higher.state == "candidate"
    heedless = dict.fromkeys(SECTORS, 0.0)
    reckless = keep(store, configured, "nekat", NOW, held_out=frozen.digest, **heedless)
    fresh = examine_again(store, reckless, parent, policy(), configured)
    assert fresh.state == "refused"
    (reason,) = fresh.figures["verdict"]["reasons"]
    assert reason.startswith("set uji (langsung ke OPD tanpa orang): ")


def test_a_threshold_put_back_leaves_the_training_what_it_was(store, configured):
    made = replace(artefact.read(Path(configured)), name="lokal", created=NOW.date().isoformat())
    local = {"n_training": 390, "aside": [{"by": "nakal", "n": 50, "contradicted": 44}]}
    kept = ModelVersion(
        version=made.version, created_at=NOW, created_by="ketua", parent=None, state="candidate",
        n_texts=made.n_texts, n_local=390, card="# Kartu pelatihan",
        figures={"local": local, "verdict": {"accepted": True, "reasons": []}},
    )  # fmt: skip
    store.save_model(kept, packed_of(made))
    use(store, made.version)
    use(store, raised(store, configured, "jalan", 0.97), why="uji", force=True)
    before = store.model(made.version)
    again = raised(store, configured, "jalan", made.thresholds.sector["jalan"])
    assert again == made.version
    assert store.model(again) == before
    assert set_aside(store) == {"nakal"}
    assert trained_as(store, again) == before
    use(store, again)


def test_a_training_that_was_taken_over_freezes_nothing(store, configured):
    def taken():
        raise InputError("sudah diambil alih")

    with pytest.raises(InputError, match="diambil alih"):
        learnt_from(store, configured, said(), before_saving=taken)
    assert store.test_set() is None


def test_what_was_labelled_after_a_training_began_is_not_learnt(store, monkeypatch):
    store.import_labels("kota", said()[:4], "ketua", NOW)
    late = replace(store.labels()[0], at=NOW + timedelta(seconds=1))
    read = store.labels
    monkeypatch.setattr(store, "labels", lambda: [*read()[1:], late])
    there = learning.material(store, city().corpus, policy(), NOW)
    assert len(there.labels) == 3
    assert late not in there.labels


def test_damaged_bytes_are_refused_before_they_decide(store, configured):
    first, second = (raised(store, configured, "jalan", value) for value in (0.8, 0.9))
    use(store, first)
    use(store, second)
    foreign = packed_of(artefact.read(Path(configured)))
    with sql_store(store)._write() as conn:
        conn.execute(
            "UPDATE model_bytes SET body = ? WHERE version = ?",
            (base64.b64encode(foreign).decode(), first),
        )
    for act in (lambda: back(store, configured), lambda: use(store, first)):
        with pytest.raises(ModelError, match="sidik jarinya lain"):
            act()
    with pytest.raises(InputError, match="sidik jarinya lain"):  # as the desk promotes
        store.promote(first, second, "ketua", "", False, NOW)
    with sql_store(store)._write() as conn:  # bytes of another version, whoever put them there
        digest = hashlib.sha256(foreign).hexdigest()
        conn.execute("UPDATE models SET digest = ? WHERE version = ?", (digest, first))
    with pytest.raises(ModelError, match="berkas yang tersimpan milik awal-"):
        back(store, configured)
    assert store.current_model() == second


def test_a_model_of_the_config_that_is_gone_is_not_gone_back_to(store, configured, tmp_path):
    use(store, raised(store, configured, "jalan", 0.8))
    with pytest.raises(ModelError, match="tidak dapat kembali ke model dari konfigurasi") as caught:
        back(store, str(tmp_path / "tiada"))
    assert "model.json: berkas model tidak ada" in str(caught.value)
    assert 'tulis classifier.model = "baseline"' in str(caught.value)
    assert store.current_model() is not None
    assert back(store, configured).version is None


def test_a_version_is_not_used_in_place_of_another_than_it_was_compared_with(store, configured):
    version = raised(store, configured, "jalan", 0.9)
    faster = raised(store, configured, "desa", 0.5)
    examined_beside = store.current_model()
    store.promote(faster, None, "ani", "", False, NOW)
    with pytest.raises(ModelConflict, match="baru saja diganti oleh ani"):
        promotion.promote(store, version, examined_beside, "ketua", "", force=False, now=NOW)
    assert store.current_model() == faster


def test_without_labels_that_count_there_is_nothing_to_learn(store, configured):
    with pytest.raises(InputError, match="belum ada label"):
        learn(store, policy(), configured, "ketua", NOW, settings=SMALL, corpus=city().corpus)
    with pytest.raises(InputError, match="baru ada 0 teks"):
        frozen_set.freeze(store, [], "ketua", NOW)


def test_what_is_not_there_is_said_in_one_line(store, configured):
    with pytest.raises(InputError, match="`v9` tidak dikenal; yang ada: belum ada"):
        use(store, "v9")
    with pytest.raises(InputError, match="tidak ada yang sebelumnya"):
        back(store, configured)
    with pytest.raises(ModelError, match="tidak ada di basis data"):
        stored(store, "v9")
    for sector, value, words in (
        ("antariksa", 0.5, "tidak dikenal"),
        ("jalan", 1.5, "ambang 1,5 bukan angka dari 0 sampai 1"),
        ("jalan", in_use(store, configured).thresholds.sector["jalan"], "sudah"),
    ):
        with pytest.raises(InputError, match=words):
            raised(store, configured, sector, value)


def test_a_refused_version_may_come_back_into_use_once_it_was(store, configured):
    version = raised(store, configured, "jalan", 0.9)
    model = store.model(version)
    refused = {**model.figures, "verdict": {"accepted": False, "reasons": ["buruk"]}}
    store.save_model(replace(model, state="refused", figures=refused), store.artefact(version))
    assert promotion.refusal(store.model(version)) == ["buruk"]
    use(store, version, why="harus", force=True)
    assert promotion.refusal(store.model(version)) == []
    unknown = replace(model, figures={})
    assert promotion.refusal(unknown) == ["belum pernah dibandingkan dengan model yang dipakai"]
