"""The analyst's loop from the command line, on a real database."""

import json
import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from city_support import honest, parted
from classifier_support import policy, write_lines
from tuning_support import runner

from classifier import artefact
from classifier.training import Settings, train
from tanggap.store import open_store
from tanggap.tuning import examination, files, learning, setting, trust
from tanggap.tuning.labels import settle

SMALL = Settings(max_features=8000, most_folds=2)


@pytest.fixture(scope="module")
def city():
    return parted(1200, 520)


@pytest.fixture(scope="module")
def configured(tmp_path_factory, city):
    folder = tmp_path_factory.mktemp("awal")
    made = train(city.corpus, policy(), files.terms(), "awal", "2026-08-01", SMALL)
    artefact.save(made.artefact, folder)
    return folder


@pytest.fixture
def tanggap(tmp_path, capsys, monkeypatch, city, configured):
    """Run `tanggap --config … tune …` on a new database, with a small corpus."""
    monkeypatch.setattr(trust, "QUICK", replace(trust.QUICK, max_features=8000))
    monkeypatch.setattr(learning, "Settings", lambda: SMALL)
    monkeypatch.setattr(learning.files, "corpus", lambda: list(city.corpus))
    examples = setting.files("tanggap.examples")
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        text = (examples / name).read_text(encoding="utf-8")
        text = text.replace('model = "baseline"', f'model = "{configured}"')
        (tmp_path / name).write_text(text, encoding="utf-8")
    run = runner(capsys, monkeypatch)
    run("--config", tmp_path / "sukamaju.toml", "migrate")
    return lambda *words, command=("tune",), **more: run(
        "--config", tmp_path / "sukamaju.toml", *command, *words, **more
    )


@pytest.fixture
def labelled(tmp_path, city):
    rows = [
        {"text": label.text, "jenis": label.jenis, "sector": label.sector}
        for label in honest(city.city, random.Random(5))
    ]
    path = tmp_path / "berlabel.jsonl"
    return write_lines(path, *(json.dumps(row) for row in rows)), len(rows)


def test_labels_are_imported_once_and_all_or_none(tanggap, labelled, tmp_path):
    path, n = labelled
    first = json.loads(tanggap("import", path, "--by", "ani", "--json")[0])
    assert (first["rows"], first["by"]) == (n, "ani")
    assert 0.9 * n < first["added"] <= n
    again = json.loads(tanggap("import", path, "--by", "ani", "--json")[0])
    assert (again["added"], again["repeated"]) == (0, n)
    assert "sudah ada (atas nama ani)" in tanggap("import", path, "--by", "ani")[0]
    wrong = write_lines(
        tmp_path / "salah.csv",
        "text,jenis,sector,opd,mentioned_opd,kecamatan",
        "a,gosip,,,,",
        "b,,antariksa,,,",
        "c,spam,jalan,,,",
        "d,pengaduan,jalan,dinas_gaib,,",
        "e,pengaduan,jalan,,dinas_gaib,",
        "f,,,,,",
        "g,pengaduan,jalan,,,cibeureum",
        "h,pengaduan,jalan,,,Antah Berantah",
    )
    _, error = tanggap("import", wrong, code=2)
    for words in (
        "`gosip`",
        "`antariksa`",
        "tidak memakai sektor",
        "ke-4",
        "ke-5",
        "ke-6",
        "`Antah Berantah`",
    ):
        assert words in error
    assert "Tidak ada yang dimasukkan." in error
    assert "ke-7" not in error


def test_labels_keep_the_time_and_the_order_of_their_file(tanggap, tmp_path):
    dated = write_lines(
        tmp_path / "bertanggal.csv",
        "text,sector,posted_at",
        "lubang besar,jalan,2026-03-02 07:30",
        "air mati,air_bersih,2026-03-02T00:29:00Z",
    )
    tanggap("import", dated)
    plain = [f"lampu nomor {i},listrik" for i in range(1, 13)]
    tanggap("import", write_lines(tmp_path / "tanpa.csv", "text,sector", *plain))
    config = setting.load_config(tmp_path / "sukamaju.toml", secrets=False)
    with closing(open_store(config.database_where)) as store:
        texts = [text.example.text for text in settle(store.labels())]
        moments = {label.text: label.posted_at for label in store.labels()}
    assert texts == ["air mati", "lubang besar", *(line.split(",")[0] for line in plain)]
    assert moments["lubang besar"] == datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    wrong = write_lines(
        tmp_path / "salah.csv", "text,sector,posted_at", "a,jalan,kemarin", "b,jalan,2090-01-01"
    )
    _, error = tanggap("import", wrong, code=2)
    assert "ke-1: posted_at 'kemarin' bukan waktu" in error
    assert "ke-2: posted_at '2090-01-01' di masa depan" in error


def test_the_whole_loop(tanggap, labelled, configured):
    path, _ = labelled
    _, error = tanggap("train", code=2)
    assert "belum ada label" in error
    _, error = tanggap("compare", code=2)
    assert "belum ada calon" in error
    tanggap("import", path, "--by", "ani")
    trained = json.loads(tanggap("train", "--by", "ketua", "--json")[0])
    version = trained["version"]
    assert version.startswith("lokal-")
    assert trained["accepted"], trained["reasons"]
    assert trained["outcome"].startswith(f"calon {version}; ")

    report = json.loads(tanggap("compare", "--json")[0])
    before = artefact.read(configured).version
    assert (report["old"]["model"], report["new"]["model"]) == (before, version)
    assert report["new"]["n"] == trained["local"]["n_test"] >= 100
    assert all(change["text"] for change in report["changes"])
    shown = tanggap("compare", before, version)[0]
    assert f"{before} -> {version}" in shown
    assert "(benar: " in shown

    promoted = json.loads(tanggap("promote", version, "--by", "ketua", "--json")[0])
    assert promoted == {"version": version, "previous": None, "forced": False}
    listed = json.loads(tanggap("versions", "--json")[0])
    assert listed["current"] == version
    assert [row["state"] for row in listed["versions"]] == ["current"]
    made = json.loads(tanggap("threshold", "jalan", "0.875", "--json")[0])["version"]
    assert f"dipakai: {made}; sebelumnya: {version}" in tanggap("promote", made)[0]
    for words in ([], ["--model", made]):  # without it: what is in use
        explained = json.loads(tanggap("explain", "jalan berlubang", *words, "--json")[0])
        assert explained["decision"]["model"] == made
        assert explained["decision"]["sector_threshold"] == 0.875
    said = tanggap("jalan berlubang", command=("classify",))[0]
    assert json.loads(said)["model"] == made
    assert f"dipakai: {version}; sebelumnya: {made}" in tanggap("rollback")[0]
    shown = tanggap("versions")[0]
    assert shown.startswith(f"dipakai: {version}\n")
    assert f"{made}  pernah dipakai" in shown
    _, error = tanggap("promote", "v9", code=2)
    assert "`v9` tidak dikenal" in error
    _, error = tanggap("threshold", "antariksa", "0.5", code=2)
    assert "`antariksa` tidak dikenal" in error


def test_a_folder_of_the_config_that_is_gone_is_one_line_that_says_what_to_do(
    tanggap, configured, tmp_path
):
    made = json.loads(tanggap("threshold", "jalan", "0.875", "--json")[0])["version"]
    assert json.loads(tanggap("versions", "--json")[0])["problem"] is None
    config = tmp_path / "sukamaju.toml"
    text = config.read_text(encoding="utf-8").replace(str(configured), str(tmp_path / "hilang"))
    config.write_text(text, encoding="utf-8")
    remedy = 'tulis classifier.model = "baseline" di konfigurasi'
    for words in (("threshold", "jalan", "0.9"), ("explain", "jalan berlubang")):
        _, error = tanggap(*words, code=1)
        assert "hilang/model.json: berkas model tidak ada" in error
        assert remedy in error
    shown = tanggap("versions")[0]
    assert "semua aduan masuk Triase" in shown
    assert remedy in shown
    tanggap("promote", made, "--force", "--why", "yang dari konfigurasi hilang")
    assert "Triase" not in tanggap("versions")[0]
    _, error = tanggap("rollback", code=1)
    assert "tidak dapat kembali ke model dari konfigurasi, tidak ada yang diganti" in error
    assert remedy in error
    assert json.loads(tanggap("versions", "--json")[0])["current"] == made


def test_who_was_slower_than_somebody_else_is_told_and_changes_nothing(tanggap, monkeypatch):
    mine, other = (
        json.loads(tanggap("threshold", "jalan", value, "--json")[0])["version"]
        for value in ("0.8", "0.9")
    )
    examine_again = examination.examine_again

    def slowly(store, *rest):
        found = examine_again(store, *rest)
        store.promote(other, None, "budi", "", False, datetime.now(UTC))
        return found

    monkeypatch.setattr(examination, "examine_again", slowly)
    _, error = tanggap("promote", mine, code=1)
    assert f"baru saja diganti oleh budi (sekarang {other})" in error
    assert json.loads(tanggap("versions", "--json")[0])["current"] == other


def test_a_job_of_the_desk_says_what_came_of_it_and_asks_for_a_report(tanggap, labelled, tmp_path):
    path, _ = labelled
    tanggap("import", path, "--by", "ani")
    config = setting.load_config(tmp_path / "sukamaju.toml", secrets=False)
    store = open_store(config.database_where)
    number = store.ask_job("train", {}, "analis", config.clock.now())
    try:
        said = json.loads(tanggap("train", "--job", number)[0].splitlines()[-1])
        assert said["outcome"].startswith(f"calon {said['version']}")
        assert store.model(said["version"]).created_by == "analis"
        newest = store.jobs(1)[0]
        assert (newest.kind, newest.params) == ("report", {"model": said["version"]})
        _, error = tanggap("train", "--job", newest.id, code=2)
        assert "tidak ada pekerjaan latih" in error
    finally:
        store.close()


def test_a_job_that_was_taken_over_meanwhile_keeps_nothing(tanggap, tmp_path, monkeypatch):
    config = setting.load_config(tmp_path / "sukamaju.toml", secrets=False)
    with closing(open_store(config.database_where)) as store:
        now = config.clock.now()
        number = store.ask_job("train", {}, "analis", now)
        store.claim_job("mesin:1:aa", now, now)

        def while_another_takes_it(*_, before_saving, **more):
            before_saving()  # nobody yet
            store.free_jobs(["mesin:1:aa"], now)
            store.claim_job("mesin:2:bb", now, now + timedelta(hours=1))
            before_saving()

        monkeypatch.setattr(learning, "learn", while_another_takes_it)
        _, error = tanggap("train", "--job", number, code=2)
        assert f"pekerjaan {number} sudah diambil alih" in error
        assert [job.kind for job in store.jobs(5)] == ["train"]


def test_the_test_set_is_frozen_anew_by_a_person(tanggap, labelled, tmp_path):
    _, error = tanggap("freeze", code=2)
    assert "baru ada 0 teks" in error
    path, n = labelled
    tanggap("import", path, "--by", "ani")
    frozen = json.loads(tanggap("freeze", "--by", "ketua", "--json")[0])
    assert frozen["by"] == "ketua"
    assert 100 <= frozen["n"] <= n // 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "--extra", "a.csv"), "--extra perlu --out"),
        (("train", "--out", "x", "--job", "1"), "jangan keduanya"),
        (("train", "--out", "x", "--trust", "ani"), "tidak bersama --out"),
        (("train", "--trust", "ani"), "tidak ada label dari ani"),
        (("freeze", "--trust", "ani"), "tidak ada label dari ani"),
        (("compare", "baseline"), "sebut dua model"),
        (("promote", "v9"), "tidak dikenal; yang ada: belum ada"),
        (("rollback",), "tidak ada yang sebelumnya"),
        (("import", "tiada.csv"), "tiada.csv"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tanggap, words, said):
    _, error = tanggap(*words, code=2)
    assert said in error
    assert "Traceback" not in error


def test_an_explanation_names_words_rule_and_thresholds(tanggap):
    shown = tanggap("explain", "lampu jalan padam gelap", "--model", "baseline")[0]
    assert "sektor  perhubungan" in shown
    assert "ambang" in shown
    assert "lampu" in shown
    assert "OPD     dishub (sektor:perhubungan)" in shown
    nothing = tanggap("explain", "😶", "--model", "baseline", "--json")[0]
    assert json.loads(nothing)["decision"]["model"].startswith("baseline-")
