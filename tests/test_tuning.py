"""`tanggap tune` and `tanggap classify` from the command line."""

import csv
import json

import pytest
from classifier_support import BASELINE, baseline, policy, small_corpus, write_lines
from tuning_support import runner

import models
from classifier.artefact import MODEL_FILE, WEIGHTS_FILE
from classifier.dataset import Example
from classifier.training import Settings, train
from tanggap.errors import InputError
from tanggap.tuning import candidates, files, setting
from tanggap.tuning.card import write_card
from tanggap.tuning.comparison import compare, sign_test
from tanggap.tuning.held import judge
from tanggap.tuning.social import judge_social

KINDS = {"natural": 300, "hard": 300, "all": 600}
ROWS = [
    ("jalan berlubang depan pasar", "pengaduan", "jalan", "dpupr"),
    ("terima kasih pak wali", "apresiasi", "", ""),
    ("air pdam mati dua hari", "pengaduan", "air_bersih|jalan", "pdam"),
]


@pytest.fixture
def tanggap(capsys, monkeypatch):
    return runner(capsys, monkeypatch)


@pytest.fixture
def labelled(tmp_path):
    path = tmp_path / "berlabel.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "jenis", "sector", "opd"])
        writer.writerows(ROWS)
    return path


@pytest.fixture
def config(tmp_path):
    examples = setting.files("tanggap.examples")
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        (tmp_path / name).write_text(
            (examples / name).read_text(encoding="utf-8"), encoding="utf-8"
        )
    return tmp_path / "sukamaju.toml"


def test_evaluate_prints_json_or_a_table_without_any_config(labelled, tanggap):
    report = json.loads(tanggap("tune", "evaluate", "--data", labelled, "--json")[0])
    assert report["n"] == 3
    assert report["model"] == baseline().version
    assert report["sector"]["accuracy"] == 1.0
    assert report["opd"] == {"n": 2, "accuracy": 1.0}
    table = tanggap("tune", "evaluate", "--data", labelled, "--model", BASELINE)[0]
    assert "sector" in table
    assert "akurasi" in table or "accuracy" in table


def test_a_config_before_or_after_the_command_gives_policy_and_model(labelled, config, tanggap):
    after = tanggap("tune", "evaluate", "--data", labelled, "--config", config, "--json")[0]
    before = tanggap("--config", config, "tune", "evaluate", "--data", labelled, "--json")[0]
    assert json.loads(before) == json.loads(after)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "kosong"),
        (b"text\n", "tidak ada baris"),
        (b"teks,sector\na,jalan\n", "`text` tidak ada"),
        (b"text,sector\n\xff\xfe,jalan\n", "UTF-8"),
        (b'text,sector\n"a,jalan\n', "bukan CSV"),
        (b"text,urgent\nhalo,mungkin\n", "`urgent` harus 1 atau 0"),
    ],
)
def test_a_broken_file_is_one_clear_line_and_exit_2(tmp_path, content, words, tanggap):
    path = tmp_path / "rusak.csv"
    path.write_bytes(content)
    _, error = tanggap("tune", "evaluate", "--data", path, "--json", code=2)
    assert words in error
    assert "Traceback" not in error


def test_an_unknown_model_or_missing_file_is_exit_2(labelled, tmp_path, tanggap):
    _, error = tanggap("tune", "evaluate", "--data", labelled, "--model", "v9", code=2)
    assert "tidak ditemukan" in error
    tanggap("tune", "evaluate", "--data", tmp_path / "tiada.csv", code=2)


def test_a_version_names_a_model(config):
    found = setting.classifier_of(baseline().version, config, policy())
    assert found.version == baseline().version
    broken = config.parent / "rusak"
    broken.mkdir()
    text = config.read_text(encoding="utf-8").replace('model = "baseline"', f'model = "{broken}"')
    config.write_text(text, encoding="utf-8")
    assert setting.classifier_of(baseline().version, config, policy()).version == baseline().version


@pytest.mark.slow
def test_train_writes_a_candidate_that_can_be_evaluated_and_compared(
    tmp_path, labelled, tanggap, monkeypatch
):
    extra = write_lines(
        tmp_path / "lokal.csv",
        "text,sector",
        *(f"kabel semaput nomor {i} di blok rahasia,listrik" for i in range(30)),
    )
    out = tmp_path / "kandidat"
    few = list(small_corpus())
    monkeypatch.setattr(candidates.files, "corpus", lambda: few)
    summary = json.loads(tanggap("tune", "train", "--out", out, "--extra", extra)[0])
    assert summary["version"].startswith("lokal-")
    assert {path.name for path in out.iterdir()} == {MODEL_FILE, WEIGHTS_FILE, "CARD.md"}
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "- local: lokal.csv, 30 texts" in card
    assert summary["version"] in card
    assert "semaput" not in card
    judged = json.loads(
        tanggap("tune", "evaluate", "--data", models.social(), "--model", out, "--json")[0]
    )
    (row,) = (line for line in card.splitlines() if line.startswith("| all | "))
    cells = [float(cell) for cell in row.split("|")[2:-1]]
    assert cells == [
        600,
        *(round(judged["sector"][name], 3) for name in ("accuracy", "top3")),
        *(
            round(judged["jenis"][name], 3)
            for name in ("accuracy", "actionable_recall", "false_alarm_rate")
        ),
        *(round(judged["sector"][name], 3) for name in ("routed_share", "routed_accuracy")),
    ]
    data = write_lines(tmp_path / "uji.csv", "text,sector", "semaput lagi di blok rahasia,listrik")
    report = json.loads(tanggap("tune", "compare", "baseline", out, "--data", data, "--json")[0])
    assert report["new"]["sector"]["accuracy"] == 1.0
    assert report["old"]["model"] == baseline().version
    shown = tanggap("tune", "compare", "baseline", out, "--data", labelled)[0]
    assert "sektor: " in shown
    # the same folder may be trained again, another folder with foreign files not
    (out / "catatan.txt").write_text("x")
    _, error = tanggap("tune", "train", "--out", out, code=2)
    assert "berisi berkas lain" in error


def test_a_card_leads_with_the_social_test_set_where_the_install_has_it(tmp_path, monkeypatch):
    quick = Settings(max_features=2000, most_folds=2, machines=False)
    trained = train(small_corpus(), policy(), files.terms(), "awal", "2026-08-01", quick)
    figures = judge(trained)
    card = write_card(trained, figures, judge_social(trained.artefact), [], 1)
    rows = [line.split("|")[1:3] for line in card.splitlines()]
    social = [rows.index([f" {kind} ", f" {n} "]) for kind, n in KINDS.items()]
    corpus = next(i for i, line in enumerate(card.splitlines()) if line.startswith("## Scores"))
    assert max(social) < corpus
    assert card.index("## What it shows on social mentions") < card.index("## What it is\n")

    monkeypatch.setattr(models, "social", lambda: tmp_path / "mentions.jsonl")
    assert judge_social(trained.artefact) == {}
    without = write_card(trained, figures, {}, [], 1)
    assert "social" not in without
    assert "edit.\n\n## What it is\n" in without


def test_a_comparison_counts_what_was_won_and_lost():
    class Fixed:
        def __init__(self, label):
            self.version, self.label = label, label

        def decide(self, mentions):
            decision = baseline().decide(mentions[:1])[0]
            assert decision.sector is not None
            from dataclasses import replace

            return [
                replace(decision, sector=replace(decision.sector, label=self.label))
                for _ in mentions
            ]

    examples = [Example("a", sector="jalan"), Example("b", sector="jalan|desa"), Example("c")]
    report = compare(Fixed("desa"), Fixed("jalan"), examples, policy())  # type: ignore[arg-type]
    assert (report["sector_won"], report["sector_lost"]) == (1, 0)
    assert report["difference"]["sector"]["accuracy"] == 0.5
    assert report["difference"]["place"]["precision"] is None
    assert report["sector_p"] == 1.0


def test_the_sign_test_is_exact():
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 5) == 1.0
    assert sign_test(10, 0) == pytest.approx(2 / 1024)
    assert sign_test(0, 10) == sign_test(10, 0)


def test_json_lines_are_read_with_their_flags(tmp_path):
    path = write_lines(
        tmp_path / "a.jsonl",
        '{"text": "satu", "urgent": true, "lain": [1], "network": "Instagram"}',
        "",
        '{"text": "dua", "sensitive": "tidak", "sector": null, "network": "whatsapp"}',
    )
    first, second = files.read_examples(path)
    assert (first.network, second.network) == ("instagram", "")
    assert (first.urgent, first.sensitive, first.group) == ("1", "", "a")
    assert (second.sensitive, second.sector) == ("0", "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{\n", "baris 1 bukan JSON"),
        (b'{"teks": "a"}\n', "tidak punya `text`"),
        (b"[1]\n", "tidak punya `text`"),
        (b"\n", "kosong"),
        (b"\xff\n", "bukan UTF-8"),
    ],
)
def test_broken_json_lines_are_refused(tmp_path, content, words):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        files.read_examples(path)
    assert words in str(caught.value)


def test_json_lines_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(InputError, match="tidak dapat dibaca"):
        files.read_examples(tmp_path / "tiada.jsonl")


def test_an_artefact_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(candidates, "MAX_BYTES", 1024**2)
    monkeypatch.setattr(candidates, "write_card", lambda *_: "")
    from classifier_support import artefact

    class Trained:
        pass

    trained = Trained()
    trained.artefact = artefact()  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"model \d,\d MB, paling besar 1 MB"):
        candidates.save(trained, None, tmp_path, [])  # type: ignore[arg-type]


# --- classify


def lines(output):
    return [json.loads(line) for line in output.splitlines()]


def test_classify_takes_texts_stdin_or_a_csv_without_any_config(tmp_path, tanggap):
    first, second = lines(tanggap("classify", "jalan rusak", "air pdam mati")[0])
    assert first["text"] == "jalan rusak"
    assert (first["sector"]["label"], second["sector"]["label"]) == ("jalan", "air_bersih")
    assert first["route"]["opd"] == "dpupr"
    assert first["model"] == baseline().version
    piped = tanggap("classify", stdin=b"jalan rusak\n\nsampah menumpuk\n")[0]
    assert [row["sector"]["label"] for row in lines(piped)] == ["jalan", "kebersihan_lingkungan"]
    path = write_lines(
        tmp_path / "a.csv",
        "text;mentioned_opd;parent_text",
        "di sini juga min udah seminggu;dishub;lampu jalan PJU padam",
    )
    (row,) = lines(tanggap("classify", "--file", path)[0])
    assert row["sector"]["label"] == "perhubungan"


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["a", "--file", "x.csv"], None, "jangan keduanya"),
        (["--file", "tiada.csv"], None, "tidak dapat dibaca"),
        ([], b"\xff\n", "bukan UTF-8"),
        (["a", "--model", "v9"], None, "tidak ditemukan"),
    ],
)
def test_classify_says_what_is_wrong_in_one_line(arguments, stdin, words, tanggap):
    _, error = tanggap("classify", *arguments, stdin=stdin, code=2)
    assert words in error
