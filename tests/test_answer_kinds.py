"""The small model of answer kinds: what it scores, what decides, and what it refuses to load."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from classifier_support import BASELINE, baseline, mention, policy
from click.testing import CliRunner
from daemon_support import HandClock, open_install, write_config
from hypothesis import given, settings
from hypothesis import strategies as st
from test_corpus import alike, repeated

import models
from classifier import AnswerKinds, Classifier, load, load_answers, rules_only
from classifier.answer_artefact import FORMATS, AnswerArtefact, read, save
from classifier.answer_figures import Figures, figures
from classifier.answer_marks import marks
from classifier.answer_training import (
    Answer,
    TrainedAnswers,
    corpus_digest,
    read_answers,
    train_answers,
)
from classifier.artefact import MODEL_FILE, WEIGHTS_FILE
from classifier.decision import ANSWER
from classifier.text import clean, tokens_of
from tanggap.cli import cli
from tanggap.errors import InputError, ModelError
from tanggap.mention import ANSWER_KINDS, Decision, Mention
from tanggap.sectors import SECTORS
from tanggap.upkeep.model import AGAIN_SECONDS, ModelWatch, load_model

HELD_APART = Path(__file__).parent / "answer_kinds.jsonl"
ROWS = [json.loads(line) for line in HELD_APART.read_text(encoding="utf-8").splitlines()]
MAX_BYTES = 1024 * 1024
TOO_LIKE_A_TEST = 0.6
"""Share of words in common (Jaccard), from four different words on: what is shorter is a formula
("siap kak") that every admin writes."""


@cache
def shipped() -> AnswerArtefact:
    return read(models.answers())


@cache
def kinds() -> AnswerKinds:
    return load_answers(models.answers())


@cache
def corpus() -> tuple[Answer, ...]:
    return tuple(answer for path in models.answer_corpus() for answer in read_answers(path))


@cache
def small() -> TrainedAnswers:
    """A model of every fourth answer."""
    return train_answers(corpus()[::4], "2026-11-23")


@cache
def measured() -> Figures:
    return figures([row["kind"] for row in ROWS], kinds().probabilities([r["text"] for r in ROWS]))


# --- how well -----------------------------------------------------------------------------------


def test_answers_that_nobody_trained_on_are_told_apart() -> None:
    found = measured()
    assert len(ROWS) >= 400
    assert found.macro_f1 >= 0.85
    assert {kind: row for kind, row in found.per_kind.items() if row["f1"] < 0.8} == {}
    assert set(found.per_kind) == set(ANSWER_KINDS)


def test_confidences_keep_their_word_within_a_few_points() -> None:
    assert measured().gap <= 0.06
    assert abs(measured().confidence - measured().accuracy) <= 0.06


def test_macro_f1_is_the_mean_of_each_kinds_own() -> None:
    truth = ["substantif", "substantif", "template", "arahkan"]
    said = np.eye(4)[[0, 1, 1, 3]]
    found = figures(truth, said)
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert found.confusion.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]
    assert found.accuracy == 0.75


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Lubang di Jl. Melati sudah ditambal tadi pagi pukul 9 oleh tim kami.", "substantif"),
        ("Air mati karena pipa pecah, menyala lagi malam ini jam 21.00.", "substantif"),
        ("Terima kasih laporannya, akan kami tindak lanjuti.", "template"),
        ("Mohon kirim nomor pelanggan lewat DM ya Kak.", "minta_dm"),
        ("Itu kewenangan provinsi, silakan hubungi dinas provinsi.", "arahkan"),
        ("Silakan lapor lewat SP4N-LAPOR! ya Kak.", "arahkan"),
    ],
)
def test_plain_answers_are_understood(text: str, kind: str) -> None:
    ((said, _),) = kinds().judge([text])
    assert said.label == kind


def test_the_card_says_what_is_measured() -> None:
    card = (models.answers() / "CARD.md").read_text(encoding="utf-8")
    assert shipped().digest in card
    found = measured()
    assert f"Macro F1 **{found.macro_f1:.3f}**" in card
    for kind, row in found.per_kind.items():
        shown = f"{row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f}"
        assert f"| {kind} | {row['n']} | {shown} |" in card


# --- the texts ----------------------------------------------------------------------------------


def test_every_line_of_corpus_and_test_set_has_a_known_kind_and_sector() -> None:
    lines = [
        (path.name, number, json.loads(line))
        for path in (*models.answer_corpus(), HELD_APART)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]
    for name, number, row in lines:
        where = f"{name}:{number}"
        assert set(row) <= {"text", "kind", "parent_text", "sector", "admin"}, where
        assert row["kind"] in ANSWER_KINDS, where
        assert row["sector"] in SECTORS, where
        assert row["text"].strip(), where


def test_corpus_and_test_set_share_no_answer_and_no_near_copy() -> None:
    trained = [answer.text for answer in corpus()]
    tested = [row["text"] for row in ROWS]
    normal = {tuple(tokens_of(text)) for text in trained}
    assert [text for text in tested if tuple(tokens_of(text)) in normal] == []
    assert alike(trained, tested, TOO_LIKE_A_TEST, fewest_words=4) == []


def test_no_two_answers_of_the_corpus_are_near_duplicates() -> None:
    assert repeated([answer.text for answer in corpus()]) == []
    assert len({tuple(tokens_of(answer.text)) for answer in corpus()}) == len(corpus())


def test_the_readme_of_the_corpus_counts_what_is_there() -> None:
    counts = Counter(f"{answer.group}.jsonl" for answer in corpus())
    counts.update(answer.kind for answer in corpus())
    readme = (models.answers() / "corpus" / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"\| `?([a-z_.]+)`? \| (\d+) (?=\|)", readme)
    assert {name: int(number) for name, number in table} == counts


def test_the_shipped_model_was_trained_on_the_corpus_as_it_stands() -> None:
    assert shipped().corpus_digest == corpus_digest(corpus())
    assert shipped().n_texts == len(corpus())


# --- training -----------------------------------------------------------------------------------


def test_the_same_answers_in_any_order_give_the_same_artefact() -> None:
    again = train_answers(corpus()[::4][::-1], "2026-11-23")
    assert again.artefact.digest == small().artefact.digest
    assert np.array_equal(again.held, small().held)


def test_another_label_gives_another_digest() -> None:
    changed = (replace(corpus()[0], kind="template"), *corpus()[1:])
    assert changed[0] != corpus()[0]
    assert corpus_digest(changed) != corpus_digest(corpus())


def test_what_cannot_be_learnt_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="paling sedikit dua berkas"):
        train_answers([answer for answer in corpus() if answer.group == "dinas"], "2026-11-23")
    one_sided = [one for one in corpus() if one.group == "dinas" or one.kind == "template"]
    with pytest.raises(InputError, match="tanpa berkas `dinas`"):
        train_answers(one_sided, "2026-11-23")
    path = tmp_path / "kota.jsonl"
    for line, words in (
        ('{"text": "ya"}', "baris 1 tidak punya `text` dan `kind`"),
        ("[1]", "baris 1 tidak punya"),
        ("{", "baris 1 tidak punya"),
        ('{"text": " ", "kind": "template"}', "`text` kosong"),
        ('{"text": 5, "kind": "template"}', "`text` kosong"),
        ('{"text": "ya", "kind": "sopan"}', "kind `sopan` tidak dikenal"),
    ):
        path.write_text(line, encoding="utf-8")
        with pytest.raises(InputError, match=words):
            read_answers(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="bukan UTF-8"):
        read_answers(path)
    with pytest.raises(InputError, match="tidak dapat dibaca"):
        read_answers(tmp_path / "tidak-ada.jsonl")


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("besok pagi", "hari"),
        ("tgl 4 ya", "tanggal"),
        ("12 November", "tanggal"),
        ("pukul 09.30", "jam"),
        ("3 hari kerja", "selama"),
        ("DM ya kak", "japri"),
        ("lapor ke LAPOR! saja", "hotline"),
        ("telepon 112", "hotline"),
        ("hubungi @dlh_skm", "akun"),
        ("lubang sudah ditambal", "sudah"),
        ("tim sudah kami kirim", "sudah"),
        ("lokasinya di mana?", "tanya_tempat"),
    ],
)
def test_marks_say_what_an_answer_holds(text: str, mark: str) -> None:
    assert f"tanda:{mark}" in marks(clean(text), 3)


def test_an_answer_that_greets_somebody_sends_nobody_anywhere() -> None:
    assert "tanda:akun" not in marks(clean("@warga_skm @budi_skm siap kak"), 2)


def test_work_that_names_nothing_is_no_work_done() -> None:
    for text in ("sudah ditindaklanjuti", "sudah kami teruskan", "akan disampaikan ke bidang"):
        assert not {"tanda:sudah", "tanda:akan"} & set(marks(clean(text), 3)), text


# --- deciding -----------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.text(max_size=300), max_size=5))
def test_whatever_the_text_the_probabilities_sum_to_one(texts: list[str]) -> None:
    shares = kinds().probabilities(texts)
    assert shares.shape == (len(texts), len(ANSWER_KINDS))
    assert np.allclose(shares.sum(axis=1), 1.0)
    for (said, words), row in zip(kinds().judge(texts), shares, strict=True):
        assert said.confidence == pytest.approx(row.max())
        assert said.top[0] == (said.label, said.confidence)
        assert len(said.top) == 3
        assert [share for _, share in said.top] == sorted((s for _, s in said.top), reverse=True)
        assert len(words) <= 3


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(["sudah", "ditambal", "DM", "@dlh_skm", "112", "mohon", "🙏", "LAPOR!"]),
        max_size=12,
    )
)
def test_the_words_that_decided_are_words_of_the_text(words: list[str]) -> None:
    text = " ".join(words)
    ((_, said),) = kinds().judge([text])
    within = " ".join(tokens_of(text))
    assert all(phrase in within for phrase in said)


def test_of_every_answer_held_apart_the_words_that_decided_stand_in_it() -> None:
    texts = [row["text"] for row in ROWS]
    judged = kinds().judge(texts)
    for text, (_, said) in zip(texts, judged, strict=True):
        within = " ".join(tokens_of(text))
        assert all(phrase in within for phrase in said)
    assert sum(bool(said) for _, said in judged) >= 0.95 * len(texts)


def test_an_answer_is_judged_alike_alone_and_among_others() -> None:
    texts = [row["text"] for row in ROWS[:40]]
    together = kinds().judge(texts)
    for text, (said, words) in zip(texts, together, strict=True):
        ((alone, its_words),) = kinds().judge([text])
        assert alone.label == said.label
        assert alone.confidence == pytest.approx(said.confidence)
        assert its_words == words


def test_the_longest_text_is_judged_by_a_bounded_part() -> None:
    ((short, _), (long, _)) = kinds().judge(["ditambal " * 3_000, "ditambal " * 300_000])
    assert short.label == long.label


def test_it_starts_without_scikit_learn() -> None:
    asked = (
        "import sys, models; from classifier import load_answers; "
        "load_answers(models.answers()).judge(['siap kak']); print('sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.stdout.strip() == "False"


def own(text: str) -> Mention:
    return replace(mention(text), author_opd="dpupr")


def decided(classifier: Classifier, *mentions: Mention) -> list[Decision]:
    return classifier.decide(mentions)


def test_only_posts_of_the_citys_own_accounts_get_a_kind() -> None:
    classifier = load(BASELINE, policy(), kinds())
    text = "Lubangnya sudah ditambal tadi pagi."
    theirs, ours, empty, umbrella = decided(
        classifier, mention(text), own(text), own(""), replace(own(text), author_opd="pemkot")
    )
    assert theirs.answer is None
    assert not [word for word in theirs.because if word.startswith(ANSWER)]
    assert ours.answer is not None
    assert ours.answer.label == "substantif"
    assert [word for word in ours.because if word.startswith(ANSWER) and "ditambal" in word]
    assert empty.answer is None
    assert umbrella.answer == ours.answer
    assert replace(ours, answer=None, because=theirs.because) == theirs


def test_the_rules_alone_still_tell_the_kinds() -> None:
    (ours,) = decided(rules_only(policy(), kinds()), own("Silakan kirim DM ya kak"))
    assert ours.jenis is None
    assert ours.answer is not None
    assert ours.answer.label == "minta_dm"


def test_without_the_model_no_post_gets_a_kind() -> None:
    (ours,) = decided(load(BASELINE, policy()), own("Lubangnya sudah ditambal tadi pagi."))
    assert ours.answer is None
    assert ours.jenis is not None


class Counting(AnswerKinds):
    """Notes what it was asked about."""

    asked: list[str]

    def judge(self, texts):  # type: ignore[no-untyped-def]  # as the parent's
        self.asked.extend(texts)
        return super().judge(texts)


def test_citizens_texts_are_never_looked_at() -> None:
    counting = Counting(shipped())
    counting.asked = []
    classifier = load(BASELINE, policy(), counting)
    decided(classifier, mention("jalan rusak"), own("siap kak"), mention("air mati"))
    assert counting.asked == ["siap kak"]


# --- the artefact -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(shipped(), tmp_path / "answers")
    return tmp_path / "answers"


def test_what_is_saved_is_read_back_and_the_same_content_gives_the_same_bytes(
    folder: Path, tmp_path: Path
) -> None:
    again = read(folder)
    assert again.digest == shipped().digest
    save(again, tmp_path / "other")
    for name in (MODEL_FILE, WEIGHTS_FILE):
        assert (tmp_path / "other" / name).read_bytes() == (folder / name).read_bytes()
    texts = [row["text"] for row in ROWS[:20]]
    assert np.array_equal(AnswerKinds(again).probabilities(texts), kinds().probabilities(texts))


def test_the_shipped_artefact_is_small_and_says_where_it_comes_from() -> None:
    files = [models.answers() / name for name in (MODEL_FILE, WEIGHTS_FILE)]
    assert sum(path.stat().st_size for path in files) <= MAX_BYTES
    header = json.loads(files[0].read_text(encoding="utf-8"))
    assert header["format"] == FORMATS[-1]
    assert header["labels"] == list(ANSWER_KINDS)
    assert header["digest"] == shipped().digest
    assert all(header[name] for name in ("created", "sklearn", "corpus_digest", "n_texts"))


def change(folder: Path, **values: object) -> None:
    header = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
    (folder / MODEL_FILE).write_text(json.dumps({**header, **values}), encoding="utf-8")


def write_arrays(folder: Path, **values: object) -> None:
    with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as file:
        arrays = {**file, **values}
    np.savez_compressed(folder / WEIGHTS_FILE, **arrays)


def _without_an_array(folder: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(folder / WEIGHTS_FILE) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            if name != "idf.npy":
                new.writestr(name, old.read(name))
    (folder / WEIGHTS_FILE).write_bytes(made.getvalue())


def _foreign(folder: Path) -> None:
    for name in (MODEL_FILE, WEIGHTS_FILE):
        (folder / name).write_bytes((BASELINE / name).read_bytes())


def _spoil(name: str, content: bytes | None = None, cut: int = 0):  # type: ignore[no-untyped-def]
    def spoil(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[:-cut] if content is None else content)

    return spoil


SPOILT = {
    "no model": (lambda folder: (folder / MODEL_FILE).unlink(), "berkas model tidak ada"),
    "no weights": (lambda folder: (folder / WEIGHTS_FILE).unlink(), "berkas bobot tidak ada"),
    "model cut off": (_spoil(MODEL_FILE, cut=900), "bukan JSON yang utuh"),
    "weights cut off": (_spoil(WEIGHTS_FILE, cut=900), "rusak atau terpotong"),
    "weights empty": (_spoil(WEIGHTS_FILE, b""), "rusak atau terpotong"),
    "a list": (_spoil(MODEL_FILE, b"[]"), "bukan model Tanggap"),
    "newer format": (lambda folder: change(folder, format=99), "format 99 tidak dikenal"),
    "another model": (_foreign, "format 3 tidak dikenal"),
    "about something else": (lambda folder: change(folder, about="x"), "tidak lengkap"),
    "no vocabulary": (lambda folder: change(folder, vocabulary=None), "tidak lengkap"),
    "half a character": (lambda folder: change(folder, created="\ud800"), "tidak lengkap"),
    "foreign labels": (lambda folder: change(folder, labels=["a"]), "daftar jenis jawaban"),
    "changed": (lambda folder: change(folder, created="1999-01-01"), "sidik"),
    "cold": (
        lambda folder: change(folder, calibration={"temperature": 0.0, "shift": [0.0] * 4}),
        "suhu kalibrasi",
    ),
    "calibration short": (
        lambda folder: change(folder, calibration={"temperature": 1.0, "shift": [0.0]}),
        "kalibrasi tidak sesuai",
    ),
    "array missing": (_without_an_array, "larik bobot kurang"),
    "wrong shape": (
        lambda folder: write_arrays(folder, intercepts=np.zeros(3, np.float32)),
        "salah ukuran",
    ),
    "NaN": (
        lambda folder: write_arrays(folder, intercepts=np.full(4, np.nan, np.float32)),
        "NaN",
    ),
    "a pickle": (
        lambda folder: write_arrays(folder, idf=np.array([{"a": 1}], dtype=object)),
        "rusak atau terpotong",
    ),
}


@pytest.mark.parametrize("name", list(SPOILT))
def test_a_spoilt_artefact_is_refused_in_one_line_with_file_and_remedy(
    folder: Path, name: str
) -> None:
    spoil, words = SPOILT[name]
    spoil(folder)
    with pytest.raises(ModelError) as caught:
        load_answers(folder)
    said = str(caught.value)
    assert words in said
    assert "\n" not in said
    assert said.startswith(str(folder))
    assert "latih ulang" in said


# --- the daemon ---------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path, "http://127.0.0.1:1", networks=())


def kind_of(classifier: Classifier, text: str) -> str | None:
    (ours,) = decided(classifier, own(text))
    return ours.answer.label if ours.answer else None


def test_the_daemon_loads_the_kinds_beside_the_model(path: Path) -> None:
    with open_install(path, HandClock()) as house:
        assert house.store.alarms() == []
        assert house.classifier.version == baseline().version
        assert kind_of(house.classifier, "Silakan kirim DM ya kak") == "minta_dm"


def test_with_a_broken_model_of_kinds_the_daemon_goes_on_without_them_and_says_so(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(models, "answers", lambda: folder)
    whole = (folder / WEIGHTS_FILE).read_bytes()
    (folder / WEIGHTS_FILE).unlink()
    with open_install(path, HandClock()) as house:
        (alarm,) = house.store.alarms()
        assert alarm.code == "answer_kinds"
        assert str(folder / WEIGHTS_FILE) in alarm.detail
        assert "event=model_unusable mode=without_answer_kinds" in caplog.messages
        assert house.classifier.version == baseline().version
        (ours,) = decided(house.classifier, own("Silakan kirim DM ya kak"))
        assert ours.answer is None
        assert ours.jenis is not None
        seconds = 0.0
        watch = ModelWatch(load_model(house.store, house.config), lambda: seconds)
        (folder / WEIGHTS_FILE).write_bytes(whole)
        assert watch.follow(house.store, house.config, house.owner) is None
        seconds = AGAIN_SECONDS
        mended = watch.follow(house.store, house.config, house.owner)
        assert mended is not None
        assert kind_of(mended, "Silakan kirim DM ya kak") == "minta_dm"
        assert house.store.alarms() == []


def test_where_both_models_are_broken_each_has_its_alarm(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "answers", lambda: folder)
    (folder / MODEL_FILE).unlink()
    text = path.read_text(encoding="utf-8")
    assert 'model = "baseline"' in text
    path.write_text(text.replace('model = "baseline"', 'model = "tidak/ada"'), encoding="utf-8")
    with open_install(path, HandClock()) as house:
        alarms = {alarm.code: alarm.detail for alarm in house.store.alarms()}
        assert house.classifier.version == "rules"
    assert set(alarms) == {"model", "answer_kinds"}
    assert "tidak/ada" in alarms["model"]
    assert str(folder / MODEL_FILE) in alarms["answer_kinds"]
    checked = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline"])
    told = [line for line in checked.stdout.splitlines() if "tidak/ada" in line]
    told += [line for line in checked.stdout.splitlines() if str(folder / MODEL_FILE) in line]
    assert len(told) == 2


def test_with_a_broken_model_of_complaints_answers_keep_their_kinds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('model = "baseline"', 'model = "tidak/ada"'), encoding="utf-8")
    with open_install(path, HandClock()) as house:
        assert house.classifier.version == "rules"
        assert kind_of(house.classifier, "Silakan kirim DM ya kak") == "minta_dm"
