"""What an analyst does on the desk: put versions into use, go back, ask for work, label."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from analysis_support import CANDIDATE, IN_USE, REFUSED, Bench, model, next_labels, suspects
from web_support import NOW, TRIAGE, Visitor, make_decision, make_mention, town, words_of

from tanggap.mention import Flag, Review, Route
from tanggap.remedies import REMEDIES
from tanggap.store.rows import EVERYTHING, Item
from tanggap.web.analysis_label import label_of


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with town(tmp_path) as made:
        full = Bench(made)
        full.put_all()
        full.put_models()
        yield full


@pytest.fixture
def analyst(bench: Bench) -> Iterator[Visitor]:
    person = bench.town.person("analis")
    yield person
    person.close()


def now(bench: Bench, item: Item) -> Item:
    detail = bench.town.store.item(EVERYTHING, item.id)
    assert detail is not None
    return detail.item


# --- versions --------------------------------------------------------------------------------


def test_an_accepted_candidate_is_put_into_use_and_taken_back(
    bench: Bench, analyst: Visitor
) -> None:
    store = bench.town.store
    answer = analyst.post("/analis/pakai", version=CANDIDATE, previous="", why="lebih baik")
    assert (answer.status_code, answer.headers["location"]) == (303, "/analis/versi?pesan=pakai")
    assert store.current_model() == CANDIDATE
    (act,) = store.promotions()
    assert (act.by, act.version, act.previous, act.forced, act.why) == (
        "analis", CANDIDATE, None, False, "lebih baik",
    )  # fmt: skip
    page = words_of(analyst.get("/analis/versi?pesan=pakai").text)
    assert "Versi itu sekarang yang dipakai." in page
    assert "Kembali ke versi konfigurasi" in page
    assert f"Daemon terakhir menyebut {IN_USE}." in page
    assert f"Daemon masih memakai {IN_USE}" in words_of(analyst.get("/analis").text)
    answer = analyst.post("/analis/kembali", previous=CANDIDATE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/analis/versi?pesan=kembali")
    assert store.current_model() is None
    assert [act.version for act in store.promotions()] == [None, CANDIDATE]


def test_a_daemon_that_cannot_load_the_version_in_use_is_said(
    bench: Bench, analyst: Visitor
) -> None:
    analyst.post("/analis/pakai", version=CANDIDATE, previous="")
    bench.town.store.note_progress(bench.town.clock.now(), "rules")
    for path in ("/analis", "/analis/versi"):
        page = words_of(analyst.get(path).text)
        assert "Daemon tidak dapat memuat versi ini; semua masuk Triase." in page


def test_a_model_of_the_config_that_is_gone_is_named_with_what_to_do(
    bench: Bench, analyst: Visitor
) -> None:
    store, now = bench.town.store, bench.town.clock.now()
    store.note_progress(now, "rules")
    store.raise_alarm("model", "folder-lama/model.json: berkas model tidak ada", now, "")
    for path in ("/analis", "/analis/versi"):
        page = words_of(analyst.get(path).text)
        assert "tidak dapat memuat model yang disebut konfigurasi; semua masuk Triase." in page
        assert "folder-lama/model.json: berkas model tidak ada" in page
        assert REMEDIES["model"].action.replace("`", "") in page
        assert "Jalankan tanggap run" not in page


def test_there_is_no_way_back_to_a_folder_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "model-lama"
    with town(tmp_path, model=str(folder)) as made:
        bench = Bench(made)
        bench.put_models()
        analyst = made.person("analis")
        analyst.post("/analis/pakai", version=CANDIDATE, previous="")
        page = words_of(analyst.get("/analis/versi").text)
        assert f"folder model {folder} tidak ada di server ini" in page
        assert 'classifier.model = "baseline"' in page
        assert "Kembali ke versi konfigurasi" not in page
        answer = analyst.post("/analis/kembali", previous=CANDIDATE)
        assert answer.status_code == 422
        assert words_of(answer.text).count(f"folder model {folder} tidak ada") == 1
        assert made.store.current_model() == CANDIDATE
        folder.mkdir()  # brought back
        assert "Kembali ke versi konfigurasi" in words_of(analyst.get("/analis/versi").text)
        assert analyst.post("/analis/kembali", previous=CANDIDATE).status_code == 303
        analyst.close()


def test_there_is_no_way_back_to_a_version_whose_bytes_are_gone(
    bench: Bench, analyst: Visitor
) -> None:
    store = bench.town.store
    analyst.post("/analis/pakai", version=CANDIDATE, previous="")
    analyst.post("/analis/pakai", version=REFUSED, previous=CANDIDATE, paksa="1", why="uji")
    with closing(sqlite3.connect(bench.town.config.database_path)) as database, database:
        database.execute("DELETE FROM model_bytes WHERE version = ?", (CANDIDATE,))
    told = f"Tidak dapat kembali ke {CANDIDATE}: berkasnya sudah tidak ada."
    page = words_of(analyst.get("/analis/versi").text)
    assert told in page
    assert f"Kembali ke {CANDIDATE}" not in page
    answer = analyst.post("/analis/kembali", previous=REFUSED)
    assert answer.status_code == 422
    assert told in words_of(answer.text)
    assert store.current_model() == REFUSED


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({}, 422, "Versi ini tidak lolos pemeriksaan mutu otomatis."),
        ({"why": "saya yakin"}, 422, "Versi ini tidak lolos pemeriksaan mutu otomatis."),
        ({"paksa": "1"}, 422, "Tulis alasannya, agar orang lain mengerti kelak."),
        ({"paksa": "1", "why": " \r\n "}, 422, "Tulis alasannya, agar orang lain mengerti kelak."),
    ],
)
def test_a_refused_version_needs_force_and_a_reason(
    bench: Bench, analyst: Visitor, sent: dict[str, str], status: int, said: str
) -> None:
    answer = analyst.post("/analis/pakai", version=REFUSED, previous="", **sent)
    assert answer.status_code == status
    assert said in words_of(answer.text)
    assert bench.town.store.current_model() is None
    if sent.get("paksa"):
        assert 'name="paksa" value="1" checked' in answer.text


def test_what_the_guard_could_not_judge_by_stands_beside_its_word(
    bench: Bench, analyst: Visitor
) -> None:
    note = "set uji tidak ikut menilai"
    verdict = {"verdict": {"accepted": True, "reasons": [], "notes": [note], "against": IN_USE}}
    version = "lokal-cccccccccccc"
    bench.town.store.save_model(model(version, figures=verdict), b"isi")
    for path in ("/analis/versi", f"/analis/versi/{version}"):
        assert f"Lolos pemeriksaan mutu {note}" in words_of(analyst.get(path).text), path


def test_force_with_a_reason_is_kept_as_force(bench: Bench, analyst: Visitor) -> None:
    answer = analyst.post(
        "/analis/pakai", version=REFUSED, previous="", paksa="1", why="set uji usang"
    )
    assert answer.status_code == 303
    (act,) = bench.town.store.promotions()
    assert (act.version, act.forced, act.why) == (REFUSED, True, "set uji usang")
    assert "dipaksa" in words_of(analyst.get("/analis/versi").text)


def test_force_is_not_noted_where_none_was_needed(bench: Bench, analyst: Visitor) -> None:
    analyst.post("/analis/pakai", version=CANDIDATE, previous="", paksa="1", why="x")
    assert [act.forced for act in bench.town.store.promotions()] == [False]


def test_a_version_without_the_guards_word_counts_as_not_accepted(
    bench: Bench, analyst: Visitor
) -> None:
    for number, figures in enumerate(({}, {"verdict": None}, {"verdict": {"accepted": "ya"}})):
        version = f"lokal-{number:012d}"
        bench.town.store.save_model(model(version, figures=figures), b"isi%d" % number)
        assert analyst.post("/analis/pakai", version=version, previous="").status_code == 422
    assert bench.town.store.current_model() is None


def test_a_word_on_another_version_in_use_does_not_count_any_more(
    bench: Bench, analyst: Visitor
) -> None:
    store = bench.town.store
    verdict = {"verdict": {"accepted": True, "reasons": [], "against": IN_USE}}
    for number in (1, 2):
        store.save_model(model(f"lokal-{number:012d}", figures=verdict), b"isi%d" % number)
    first, second = "lokal-000000000001", "lokal-000000000002"
    assert analyst.post("/analis/pakai", version=first, previous="").status_code == 303
    page = words_of(analyst.get("/analis/versi").text)
    assert (
        f"Pemeriksaan mutu membandingkannya dengan {IN_USE}, bukan dengan versi yang dipakai"
        in page
    )
    assert analyst.post("/analis/pakai", version=second, previous=first).status_code == 422
    assert store.current_model() == first
    # one that was in use before needs no word at all
    analyst.post("/analis/pakai", version=second, previous=first, paksa="1", why="uji")
    assert analyst.post("/analis/pakai", version=first, previous=second).status_code == 303
    assert store.current_model() == first


def test_the_version_that_was_just_left_is_not_taken_for_the_one_in_use(
    bench: Bench, analyst: Visitor
) -> None:
    store = bench.town.store
    left, other = "lokal-000000000001", "lokal-000000000002"
    for version, against in ((left, IN_USE), (other, left)):
        verdict = {"verdict": {"accepted": True, "reasons": [], "against": against}}
        store.save_model(model(version, figures=verdict), version.encode())
    store.promote(left, None, "rekan", "", False, NOW)
    store.note_progress(bench.town.clock.now(), left)
    store.promote(None, left, "rekan", "", False, NOW)  # and the daemon has not followed yet
    assert analyst.post("/analis/pakai", version=other, previous="").status_code == 422
    assert store.current_model() is None


def test_two_analysts_at_once_do_not_overwrite_each_other(bench: Bench, analyst: Visitor) -> None:
    store = bench.town.store
    store.promote(CANDIDATE, None, "rekan", "", False, NOW)
    answer = analyst.post("/analis/pakai", version=REFUSED, previous="", paksa="1", why="x")
    assert answer.status_code == 409
    assert "baru saja diganti oleh rekan" in words_of(answer.text)
    answer = analyst.post("/analis/kembali", previous="")
    assert answer.status_code == 409
    assert "baru saja diganti oleh rekan" in words_of(answer.text)
    assert store.current_model() == CANDIDATE


def test_acts_on_versions_that_are_not_there_are_refused(bench: Bench, analyst: Visitor) -> None:
    for version in ("", "lokal-tidakada", "<b>"):
        answer = analyst.post("/analis/pakai", version=version, previous="")
        assert answer.status_code == 422
        assert "Versi itu tidak ada." in words_of(answer.text)
    answer = analyst.post("/analis/kembali", previous="")
    assert answer.status_code == 422
    assert "Belum ada versi sebelumnya" in words_of(answer.text)
    analyst.post("/analis/pakai", version=CANDIDATE, previous="")
    again = analyst.post("/analis/pakai", version=CANDIDATE, previous=CANDIDATE)
    assert again.status_code == 422
    assert "sudah dipakai" in words_of(again.text)


# --- work ------------------------------------------------------------------------------------


def test_training_is_asked_for_once_and_its_course_is_shown(bench: Bench, analyst: Visitor) -> None:
    store = bench.town.store
    answer = analyst.post("/analis/latih")
    assert (answer.status_code, answer.headers["location"]) == (303, "/analis?pesan=latih")
    (job,) = store.jobs(5)
    assert (job.kind, job.by, job.state) == ("train", "analis", "waiting")
    again = analyst.post("/analis/latih")
    assert again.status_code == 409
    assert "Permintaan tadi tidak dijalankan." in words_of(again.text)
    page = analyst.get("/analis")
    assert "Menunggu giliran Melatih calon baru" in words_of(page.text)
    assert "disabled>Latih calon baru" in page.text
    waiting = analyst.get("/analis/pekerjaan")
    assert "data-under-way" in waiting.text
    assert waiting.headers["cache-control"] == "private, no-cache"
    tag = waiting.headers["etag"]
    assert analyst.get("/analis/pekerjaan", If_None_Match=tag).status_code == 304
    taken = store.claim_job("uji", NOW, NOW.replace(hour=5))
    assert taken is not None
    running = analyst.get("/analis/pekerjaan", If_None_Match=tag)
    assert (running.status_code, running.headers["etag"] != tag) == (200, True)
    assert "Sedang dikerjakan" in running.text
    store.end_job(taken.id, "failed", "kandidat lokal-1 <b>ditolak</b>", NOW)
    ended = analyst.get("/analis/pekerjaan")
    assert "data-under-way" not in ended.text
    assert "kandidat lokal-1 &lt;b&gt;ditolak" in ended.text
    assert analyst.post("/analis/latih").status_code == 303


def test_a_report_is_asked_for_the_version_that_is_looked_at(
    bench: Bench, analyst: Visitor
) -> None:
    answer = analyst.post("/analis/laporan", model=CANDIDATE)
    assert answer.headers["location"] == "/analis?pesan=laporan"  # where its course is shown
    (job,) = bench.town.store.jobs(5)
    assert (job.kind, dict(job.params)) == ("report", {"model": CANDIDATE})
    for path in ("/analis", f"/analis/sektor?model={CANDIDATE}"):  # no second one meanwhile
        page = analyst.get(path).text
        assert re.search("<button[^>]* disabled>Buat laporan", page), path
        assert ("Laporan sedang dibuat" in page) == (path != "/analis"), path


def test_no_report_is_asked_for_an_unknown_version(bench: Bench, analyst: Visitor) -> None:
    assert analyst.post("/analis/laporan", model="lokal-tidakada").status_code == 404
    assert bench.town.store.jobs(5) == []


def test_what_a_page_asks_by_itself_keeps_no_session_alive(bench: Bench, analyst: Visitor) -> None:
    minutes = bench.town.config.web.session_idle_minutes
    for _ in range(3):
        bench.town.clock.forward(minutes=minutes / 2.5)
        last = analyst.get("/analis/pekerjaan").status_code
    assert last == 401
    assert analyst.get("/analis").status_code == 303


# --- labels ----------------------------------------------------------------------------------


def press(analyst: Visitor, item: Item, choice: str, **more: str) -> str:
    answer = analyst.post(
        "/analis/label", nomor=item.id, expected_version=item.version, pilihan=choice, **more
    )
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["location"])


def test_one_key_is_a_correction_as_on_the_items_page(bench: Bench, analyst: Visitor) -> None:
    first = bench.items[0]
    assert press(analyst, first, "jalan").startswith("/analis/label?mulai=0&pesan=label&no=")
    item = now(bench, first)
    assert (item.jenis, item.sector, item.opd, item.decided_by) == (
        "pengaduan", "jalan", "dpupr", "analis",
    )  # fmt: skip
    (label,) = (one for one in bench.town.store.labels() if one.item_id == first.id)
    assert (label.by, label.sector) == ("analis", "jalan")
    assert "sector" in label.corrected


def test_saying_what_stands_there_already_is_an_agreement(bench: Bench, analyst: Visitor) -> None:
    press(analyst, bench.items[0], "perhubungan")
    (label,) = (one for one in bench.town.store.labels() if one.item_id == bench.items[0].id)
    assert (label.sector, label.corrected) == ("perhubungan", frozenset())
    assert now(bench, bench.items[0]).decided_by == "analis"


def test_x_says_that_nothing_is_asked(bench: Bench, analyst: Visitor) -> None:
    press(analyst, bench.items[0], "bukan_aduan")
    item = now(bench, bench.items[0])
    assert (item.jenis, item.decided_by) == ("bukan_aduan", "analis")
    (label,) = (one for one in bench.town.store.labels() if one.item_id == item.id)
    assert label.jenis == "bukan_aduan"


def test_a_sector_for_what_was_put_aside_makes_it_a_complaint(
    bench: Bench, analyst: Visitor
) -> None:
    aside = bench.town.put(
        make_mention(700, "jalannya bagus ya, bagus buat offroad"),
        make_decision(jenis="apresiasi", sector="jalan"),
        Route("aside", "aside", opd="dishub"),
    )
    bench.put_report("next_labels", next_labels([aside]))
    press(analyst, aside, "jalan")
    item = now(bench, aside)
    assert (item.jenis, item.sector, item.tab) == ("pengaduan", "jalan", "queue")


def test_a_jenis_that_asks_something_else_stays(bench: Bench) -> None:
    question = bench.town.put(make_mention(701), make_decision(jenis="permintaan_informasi"))
    review = label_of("jalan", question, 1, "analis", bench.town.config.policy)
    assert (review.verdict, review.jenis, review.sector) == ("relabel", None, "jalan")


def test_the_next_one_is_the_first_that_nobody_has_decided(bench: Bench, analyst: Visitor) -> None:
    first, second, third = bench.items
    bench.town.store.review(EVERYTHING, Review(second.id, "rekan", "agree", second.version), NOW)
    assert "Teks 1 dari 3" in words_of(analyst.get("/analis/label").text)
    page = analyst.get(press(analyst, first, "jalan"))
    assert "Teks 3 dari 3" in words_of(page.text)
    assert "Label disimpan." in words_of(page.text)
    assert f'href="/aduan/{first.id}"' in page.text  # where a slip is put right
    end = analyst.get(press(analyst, third, "bukan_aduan", mulai="2"))
    assert "Tidak ada lagi di daftar ini" in words_of(end.text)
    done = words_of(analyst.get("/analis/label").text)
    assert "Semua sudah diberi label" in done


def test_skipping_asks_for_the_next_and_changes_nothing(bench: Bench, analyst: Visitor) -> None:
    before = [now(bench, item) for item in bench.items]
    page = analyst.get("/analis/label?mulai=1").text
    assert "Teks 2 dari 3" in words_of(page)
    assert 'href="/analis/label?mulai=2" data-key="s"' in page
    assert "Tidak ada lagi di daftar ini" in words_of(analyst.get("/analis/label?mulai=3").text)
    assert [now(bench, item) for item in bench.items] == before


def test_who_comes_second_is_told_and_goes_on(bench: Bench, analyst: Visitor) -> None:
    first = bench.items[0]
    bench.town.store.review(EVERYTHING, Review(first.id, "rekan", "agree", first.version), NOW)
    answer = analyst.post(
        "/analis/label", nomor=first.id, expected_version=first.version, pilihan="desa"
    )
    assert answer.status_code == 409
    said = words_of(answer.text)
    assert "baru saja diputuskan oleh rekan" in said
    assert "Teks 2 dari 3" in said
    assert now(bench, first).sector == "perhubungan"


@pytest.mark.parametrize("choice", ["", "hantu", "pengaduan", "<b>"])
def test_what_is_no_choice_changes_nothing(bench: Bench, analyst: Visitor, choice: str) -> None:
    first = bench.items[0]
    answer = analyst.post(
        "/analis/label", nomor=first.id, expected_version=first.version, pilihan=choice
    )
    assert answer.status_code == 422
    assert "Pilihan itu tidak dikenal" in words_of(answer.text)
    assert now(bench, first) == first


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30])
def test_an_item_that_cannot_be_is_no_request(bench: Bench, analyst: Visitor, number: str) -> None:
    sent = {"nomor": number, "expected_version": "1", "pilihan": "jalan"}
    assert analyst.post("/analis/label", **sent).status_code == 400
    assert analyst.post("/analis/label", **sent | {"nomor": "99999"}).status_code == 404


def test_a_sector_without_a_key_comes_from_the_list(bench: Bench, analyst: Visitor) -> None:
    first = bench.items[0]
    answer = analyst.post(
        "/analis/label", nomor=first.id, expected_version=first.version, lainnya="pajak_aset"
    )
    assert answer.status_code == 303
    assert now(bench, first).sector == "pajak_aset"


def test_the_suspected_label_is_corrected_by_one_press(bench: Bench, analyst: Visitor) -> None:
    item = bench.suspect
    answer = analyst.post(
        "/analis/label", nomor=item.id, expected_version=item.version, pilihan="jalan",
        kembali="/analis/dicurigai?mulai=0",
    )  # fmt: skip
    assert answer.headers["location"] == "/analis/dicurigai?mulai=0&pesan=label"
    page = analyst.get("/analis/dicurigai")
    assert "Sudah diubah" in words_of(page.text)
    assert 'value="jalan"' not in page.text


def test_every_jenis_that_is_offered_can_be_taken(bench: Bench, analyst: Visitor) -> None:
    """The page offered spam and praise, and the act knew only `bukan_aduan`."""
    for number, jenis in enumerate(("spam", "apresiasi", "bukan_aduan")):
        mention = make_mention(1100 + number, f"promo pinjaman kilat {number}")
        item = bench.label(bench.town.put(mention, make_decision()), "agree")
        body = suspects([item])
        body["rows"][0] |= {"part": "jenis", "label": "pengaduan", "suggested": jenis}
        bench.put_report("suspects", body)
        assert f'name="pilihan" value="{jenis}"' in analyst.get("/analis/dicurigai").text
        press(analyst, item, jenis, kembali="/analis/dicurigai")
        assert now(bench, item).jenis == jenis
        assert "Sudah diubah" in words_of(analyst.get("/analis/dicurigai").text)


def test_a_second_person_can_keep_a_suspected_label(bench: Bench, analyst: Visitor) -> None:
    page = analyst.get("/analis/dicurigai").text
    assert 'value="benar">Labelnya benar' in page
    press(analyst, bench.suspect, "benar", kembali="/analis/dicurigai")
    assert now(bench, bench.suspect).sector == "perhubungan"
    (kept, mine) = (
        label for label in bench.town.store.labels() if label.item_id == bench.suspect.id
    )
    assert {kept.by, mine.by} == {"dishub", "analis"}
    assert kept.sector == mine.sector == "perhubungan"
    page = analyst.get("/analis/dicurigai").text
    assert "Sudah dibenarkan" in words_of(page)
    assert 'name="pilihan"' not in page


def test_nobody_keeps_a_label_of_their_own(bench: Bench, analyst: Visitor) -> None:
    item = bench.label(bench.town.put(make_mention(1200), make_decision()), "agree", "analis")
    body = suspects([item])
    body["rows"][0] |= {"by": "analis", "label": item.sector, "suggested": "desa"}
    bench.put_report("suspects", body)
    page = analyst.get("/analis/dicurigai").text
    assert 'name="pilihan" value="desa"' in page
    assert "Labelnya benar" not in page


def test_a_label_given_by_a_status_is_not_called_changed(bench: Bench, analyst: Visitor) -> None:
    """The status leaves the item's jenis alone, so the label differs from it from the first day."""
    item = bench.label(
        bench.town.put(make_mention(1201, "info loker dong"), make_decision(), TRIAGE),
        "status",
        status="bukan_aduan",
        why="bukan",
    )
    assert item.jenis == "pengaduan"
    body = suspects([item])
    body["rows"][0] |= {"part": "jenis", "label": "bukan_aduan", "suggested": "spam"}
    bench.put_report("suspects", body)
    page = analyst.get("/analis/dicurigai").text
    assert "Sudah diubah" not in page
    assert 'name="pilihan" value="spam"' in page
    press(analyst, item, "spam", kembali="/analis/dicurigai")
    assert "Sudah diubah" in words_of(analyst.get("/analis/dicurigai").text)


def test_a_test_text_is_not_decided_by_one_press(bench: Bench, analyst: Visitor) -> None:
    body = suspects([bench.suspect])
    body["rows"][0]["test"] = True
    bench.put_report("suspects", body)
    page = analyst.get("/analis/dicurigai").text
    assert "Teks uji Semua versi diukur dengannya." in words_of(page)
    assert 'name="pilihan"' not in page
    assert f'href="/aduan/{bench.suspect.id}"' in page


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"pilihan": "jalan"}, 409, "Aduan tadi baru saja diputuskan oleh rekan"),
        ({"pilihan": "hantu"}, 422, "Pilihan itu tidak dikenal"),
    ],
)
@pytest.mark.parametrize("back", ["/analis/dicurigai", "/analis/dicurigai?mulai=10"])
def test_a_slip_among_the_suspects_is_told_there(
    bench: Bench, analyst: Visitor, sent: dict[str, str], status: int, said: str, back: str
) -> None:
    item = bench.suspect
    others = [bench.town.put(make_mention(1300 + number)) for number in range(10)]
    bench.put_report("suspects", suspects([*others, item] if "10" in back else [item]))
    bench.town.store.review(EVERYTHING, Review(item.id, "rekan", "agree", item.version), NOW)
    answer = analyst.post(
        "/analis/label", nomor=item.id, expected_version=item.version, kembali=back, **sent
    )
    assert answer.status_code == status
    told = words_of(answer.text)
    assert said in told
    assert "Aspal di tikungan bolong semua" in told
    assert "Dicurigai salah" in answer.text[answer.text.index("<h1>") :][:60]


def test_an_act_says_nothing_of_a_list_that_cannot_be(bench: Bench, analyst: Visitor) -> None:
    for back in ("/analis/dicurigai?mulai=x", "/analis/dicurigai?mulai=-1", "/analis/dicurigai?"):
        answer = analyst.post(
            "/analis/label", nomor=bench.suspect.id, expected_version=1, pilihan="hantu",
            kembali=back,
        )  # fmt: skip
        assert answer.status_code == 422
        assert "Aspal di tikungan" in words_of(answer.text)


def test_what_has_turned_sensitive_or_was_put_aside_by_a_status_is_not_asked_for(
    bench: Bench, analyst: Visitor
) -> None:
    secret = bench.town.put(
        make_mention(1400, "tetangga saya dipukuli"),
        make_decision(sensitive=Flag(True, 0.9)),
        Route("triage", "sensitive", opd="dishub", sensitive=True),
    )
    done = bench.label(
        bench.town.put(make_mention(1401, "promo"), make_decision(), TRIAGE),
        "status",
        status="bukan_aduan",
        why="bukan",
    )
    assert (secret.sensitive, done.decided_by) == (True, "mesin")
    bench.put_report("next_labels", next_labels([secret, done, bench.items[0]]))
    assert "Teks 3 dari 3" in words_of(analyst.get("/analis/label").text)


def test_where_nothing_is_to_be_labelled_the_report_says_why(
    bench: Bench, analyst: Visitor
) -> None:
    body = next_labels([]) | {"summary": "Dari 12 aduan tanpa label, model yakin pada semuanya."}
    bench.put_report("next_labels", body)
    page = words_of(analyst.get("/analis/label").text)
    assert "Semua sudah diberi label" not in page
    assert "Tidak ada yang perlu diberi label Dari 12 aduan tanpa label, model yakin" in page


def test_the_words_that_decided_stand_folded_beside_the_text(
    bench: Bench, analyst: Visitor
) -> None:
    page = analyst.get("/analis/label").text
    page = page[page.index("<main") :]
    fold = page[page.index("<details") : page.index("</details>")]
    assert "Kata dan aturan yang menentukan" in fold
    assert "lampu" in fold
    assert "<details open" not in page


def test_suspects_come_in_pages(bench: Bench, analyst: Visitor) -> None:
    many = [
        bench.town.put(make_mention(1000 + number, f"teks nomor {number}"), None, TRIAGE)
        for number in range(12)
    ]
    bench.put_report("suspects", suspects(many))
    first = analyst.get("/analis/dicurigai").text
    assert "teks nomor 9" in first
    assert "teks nomor 10" not in first
    assert 'href="/analis/dicurigai?mulai=10"' in first
    assert "teks nomor 10" in analyst.get("/analis/dicurigai?mulai=10").text
    assert "teks nomor 0" in analyst.get("/analis/dicurigai?mulai=500").text


def test_an_erased_item_is_passed_over(bench: Bench, analyst: Visitor) -> None:
    body = next_labels(bench.items)
    body["rows"][0]["item_id"] = 999_999
    bench.put_report("next_labels", body)
    assert "Teks 2 dari 3" in words_of(analyst.get("/analis/label").text)
    gone = suspects([bench.suspect])
    gone["rows"][0]["item_id"] = 999_999
    bench.put_report("suspects", gone)
    assert "Teksnya tidak ada lagi di sini." in words_of(analyst.get("/analis/dicurigai").text)


def test_an_urgent_item_stays_urgent_when_it_is_labelled(bench: Bench, analyst: Visitor) -> None:
    urgent = bench.town.put(
        make_mention(702, "kabel putus"), make_decision(urgent=Flag(True, 0.9)), TRIAGE
    )
    press(analyst, urgent, "listrik")
    item = now(bench, urgent)
    assert (item.urgent, item.sector) == (True, "listrik")
