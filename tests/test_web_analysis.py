"""The analyst's pages: who sees them, what they say of a report, and what where there is none."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from analysis_support import (
    CANDIDATE,
    IN_USE,
    REFUSED,
    Bench,
    confusion,
    curve,
    drift,
    head,
    model,
    next_labels,
    risk_coverage,
)
from web_support import NOW, Visitor, make_mention, town, words_of

from tanggap.store.rows_tuning import Label
from tanggap.web.analysis import overview_of
from tanggap.web.analysis_confusion import confusion_of
from tanggap.web.analysis_label import choices_of
from tanggap.web.analysis_reliability import Part
from tanggap.web.analysis_risk import risk_of

PATHS = (
    "/analis", "/analis/label", "/analis/dicurigai", "/analis/kebingungan", "/analis/risiko",
    "/analis/keandalan", "/analis/sektor", "/analis/versi",
)  # fmt: skip
OF_REPORTS = PATHS[1:7]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with town(tmp_path_factory.mktemp("analis")) as made:
        full = Bench(made)
        full.put_all()
        full.put_models()
        yield full


@pytest.fixture(scope="module")
def analyst(bench: Bench) -> Iterator[Visitor]:
    person = bench.town.person("analis")
    yield person
    person.close()


def said_at(person: Visitor, path: str) -> str:
    """Return what the content of a page says, or fail."""
    answer = person.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return words_of(answer.text[answer.text.index("<main") : answer.text.index("<dialog")])


@pytest.mark.parametrize("who", ["analis", "ketua", "pemeriksa"])
def test_analyst_supervisor_and_auditor_read_every_page(bench: Bench, who: str) -> None:
    person = bench.town.person(who)
    for path in (*PATHS, f"/analis/versi/{CANDIDATE}", f"/analis/gambar/{IN_USE}/drift.png"):
        assert person.get(path).status_code == 200, path
    assert 'href="/analis"' in person.get("/antrean").text
    person.close()


def test_an_opds_admin_sees_nothing_of_it(bench: Bench) -> None:
    person = bench.town.person("dishub")
    for path in (*PATHS, "/analis/pekerjaan", f"/analis/gambar/{IN_USE}/drift.png"):
        assert person.get(path).status_code == 403, path
    assert "/analis" not in person.get("/antrean").text
    person.close()


@pytest.mark.parametrize("who", ["ketua", "pemeriksa"])
def test_who_only_reads_is_offered_no_act_and_refused_each(bench: Bench, who: str) -> None:
    person = bench.town.person(who)
    store = bench.town.store
    before = (store.jobs(50), store.promotions(), store.current_model())
    for path in (*PATHS, f"/analis/versi/{CANDIDATE}"):
        page = person.get(path).text
        assert 'method="post" action="/analis' not in page, path
    for path, fields in (
        ("/analis/latih", {}),
        ("/analis/laporan", {}),
        ("/analis/pakai", {"version": CANDIDATE}),
        ("/analis/kembali", {}),
        ("/analis/label", {"nomor": "1", "expected_version": "1", "pilihan": "jalan"}),
    ):
        assert person.post(path, **fields).status_code == 403, path
    assert (store.jobs(50), store.promotions(), store.current_model()) == before
    person.close()


def test_an_auditor_reads_the_queue_and_changes_nothing(bench: Bench) -> None:
    item = bench.town.put(make_mention(900))
    person = bench.town.person("pemeriksa")
    assert person.get("/antrean").status_code == 200
    page = person.get(f"/aduan/{item.id}")
    assert page.status_code == 200
    assert 'method="post" action="/aduan' not in page.text
    assert 'method="post" action="/aduan' not in person.get("/antrean").text
    for form in ("benar", "perbaiki", "limpahkan", "status", "catatan"):
        answer = person.post(f"/aduan/{item.id}/{form}", expected_version=item.version, why="x")
        assert answer.status_code == 403, form
    person.close()


def test_an_analyst_corrects_items_and_does_nothing_else_to_them(
    bench: Bench, analyst: Visitor
) -> None:
    item = bench.town.put(make_mention(901))
    page = analyst.get(f"/aduan/{item.id}").text
    assert f"/aduan/{item.id}/perbaiki" in page
    for form in ("limpahkan", "status", "catatan"):
        assert f"/aduan/{item.id}/{form}" not in page
        answer = analyst.post(f"/aduan/{item.id}/{form}", expected_version=item.version, why="x")
        assert answer.status_code == 403, form
    answer = analyst.post(
        f"/aduan/{item.id}/perbaiki", expected_version=item.version, sector="desa"
    )
    assert answer.status_code == 303


def test_without_reports_each_page_says_what_to_do_next(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        person = made.person("analis")
        for path in OF_REPORTS:
            page = person.get(path)
            assert "Belum ada laporan" in words_of(page.text), path
            assert 'action="/analis/laporan"' in page.text, path
        assert "Belum ada calon yang lebih baru" in said_at(person, "/analis")
        assert "Belum ada versi yang dilatih di sini" in said_at(person, "/analis/versi")
        person.close()
        reader = made.person("pemeriksa")
        for path in OF_REPORTS:
            assert "akun analis" in said_at(reader, path)
        reader.close()


def test_before_any_daemon_ran_the_pages_say_so(tmp_path: Path) -> None:
    with town(tmp_path, alive=False) as made:
        person = made.person("analis")
        for path in OF_REPORTS:
            assert "Belum ada model yang berjalan" in said_at(person, path)
        for path in ("/analis", "/analis/versi"):
            assert person.get(path).status_code == 200
        assert person.post("/analis/laporan").status_code == 404
        made.store.note_progress(made.clock.now(), "rules")
        assert "Belum ada model yang berjalan" in said_at(person, "/analis/risiko")
        person.close()


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "null",
        '"x"',
        json.dumps({"kind": "x"}),
        json.dumps(head("x", "s")),
        json.dumps({**head("x", "s"), "rows": 3, "sector": {"labels": ["a"], "counts": []}}),
        json.dumps({**head("x", "s"), "all": {"n": "banyak"}, "rows": [{}], "plots": None}),
    ],
)
def test_a_report_of_another_release_is_named_and_can_be_made_anew(
    tmp_path: Path, body: str
) -> None:
    with town(tmp_path) as made:
        kinds = (
            "next_labels", "suspects", "confusion", "risk_coverage", "reliability", "per_sector",
            "overview", "learning_curve", "drift",
        )  # fmt: skip
        for kind in kinds:
            made.store.save_report(IN_USE, kind, body, NOW)
        person = made.person("analis")
        for path in OF_REPORTS:
            assert "dibuat oleh rilis lain" in said_at(person, path)
        assert "dibuat oleh rilis lain" in said_at(person, "/analis")
        person.close()


def test_the_summary_says_what_each_report_found_and_what_is_missing(
    bench: Bench, analyst: Visitor
) -> None:
    page = said_at(analyst, "/analis")
    assert IN_USE in page
    assert CANDIDATE in page
    assert "Kebingungan Jalan paling sering disangka drainase." in page
    assert "Bila labelnya bertambah Labelnya belum cukup." in page
    assert "tidak dikenal" not in page  # a kind of a later release
    assert "300 label lagi diperkirakan menambah 1,5 angka." in page
    assert "940 perkiraan, 300 lagi 85,5% kenaikan 1,5 poin (1,1 sampai 3,0)" in page
    assert "tidak termasuk ragam pelatihan" in page
    assert "16 November 2026 30 terlalu sedikit 0,04 (0,45) 0,02 (0,25) 81,0%" in page
    assert "2 November 2026 210 tetap 0,04 (0,25) – 81,0%" in page  # too little since the training
    assert "Drainase, sungai & banjir: 6,0% → 24,0%" in page


def test_a_drift_alarm_comes_first_in_its_words(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        bench = Bench(made)
        bench.put_report("drift", drift(alarm=True))
        person = made.person("ketua")
        page = person.get("/analis")
        said = words_of(page.text)
        assert "Sejak minggu 9 November isi aduan bergeser." in said
        assert "9 November 2026 210 bergeser sektor 0,31 (0,25) 0,02 (0,25)" in said
        assert "masih serupa" not in page.text
        assert 'class="card alarms" id="drift"' in page.text
        person.close()


def test_the_confusion_page_names_pairs_groups_and_every_cell(
    bench: Bench, analyst: Visitor
) -> None:
    page = said_at(analyst, "/analis/kebingungan")
    assert "Jalan & jembatan Drainase, sungai & banjir 5 29,4%" in page
    assert "Kelompok sektor. 160 dari 170 benar. Seharusnya 1 2 1 Prasarana 90 4" in page
    assert "288 dari 296 benar" in page
    html = analyst.get("/analis/kebingungan").text
    assert html.count('<td class="right">') == 2 + 24 + 6
    assert f'src="/analis/gambar/{IN_USE}/confusion.png" alt="Grafik: confusion"' in html


def test_a_table_that_is_not_square_is_no_matrix() -> None:
    body = confusion()
    body["sector"]["counts"].pop()
    with pytest.raises(ValueError, match="square"):
        confusion_of(body)
    body = confusion()
    body["jenis"]["counts"][2].pop()
    with pytest.raises(ValueError, match="square"):
        confusion_of(body)


def test_a_threshold_says_what_would_go_on_and_what_of_it_wrongly(analyst: Visitor) -> None:
    everything = said_at(analyst, "/analis/risiko?ambang=25")
    assert "Langsung ke OPD 300 dari 400 ( 75,0%) Salah di antaranya 56 benar 81,3%" in everything
    # What the machine puts aside waits for nobody.
    assert "Menunggu orang di Triase 80" in everything
    assert "Disisihkan tanpa orang 20 5 di antaranya meminta sesuatu" in everything
    assert (
        "280 (70,0%) langsung ke OPD tanpa diperiksa orang; 14 di antaranya salah (95,0% benar)"
        in everything
    )
    assert "sedikitnya 98% tidak tercapai, atau teksnya terlalu sedikit" in everything
    stored = said_at(analyst, "/analis/risiko?sektor=jalan")
    assert "Langsung ke OPD 22 dari 80" in stored  # the stored threshold, 0.72
    assert "Ambang yang dipakai sekarang 0,72." in stored
    assert "tanggap tune threshold jalan 0.72" in stored
    assert "goyah" not in stored
    pictures = {
        path: re.findall(r"gambar/[^/]+/(\w+)\.png\"", analyst.get(path).text)
        for path in ("/analis/risiko", "/analis/risiko?sektor=jalan", "/analis/risiko?sektor=desa")
    }
    assert [sorted(set(names)) for names in pictures.values()] == [
        ["risk_coverage"], ["risk_coverage_jalan"], [],
    ]  # fmt: skip
    few = said_at(analyst, "/analis/risiko?sektor=desa&ambang=100")
    assert "Langsung ke OPD 0 dari 12 ( 0,0%) Salah di antaranya 0 benar –" in few
    assert "Baru 12 teks; angkanya masih goyah." in few


def test_the_way_to_change_a_threshold_stands_beside_the_version_in_use_alone(
    tmp_path: Path,
) -> None:
    with town(tmp_path) as made:
        bench = Bench(made)
        bench.put_models()
        bench.put_report("risk_coverage", risk_coverage(), CANDIDATE)
        person = made.person("ketua")
        page = said_at(person, f"/analis/risiko?model={CANDIDATE}&sektor=jalan")
        assert "Ambang versi ini 0,72." in page
        assert "tanggap tune threshold" not in page
        assert "dipakai sekarang" not in page
        person.close()


@pytest.mark.parametrize("query", ["?ambang=101", "?ambang=-1", "?ambang=x", "?mulai=-1"])
def test_a_threshold_that_cannot_be_one_is_no_request(analyst: Visitor, query: str) -> None:
    path = "/analis/label" if "mulai" in query else "/analis/risiko"
    assert analyst.get(path + query).status_code == 400


def test_a_sector_without_a_curve_shows_all_sectors(analyst: Visitor) -> None:
    page = said_at(analyst, "/analis/risiko?sektor=kesehatan&ambang=0")
    assert "400 dari 400" in page


def test_a_curve_must_have_a_count_for_each_threshold() -> None:
    body = risk_coverage()
    body["sectors"]["jalan"]["wrong"].pop()
    with pytest.raises(ValueError, match="each threshold"):
        risk_of(body)
    empty = risk_of(risk_coverage() | {"all": {**curve(1, None), "n": 0}}).all.at(100)
    assert (empty.share, empty.accuracy) == (None, None)


def test_reliability_says_whether_a_confidence_can_be_believed(analyst: Visitor) -> None:
    page = said_at(analyst, "/analis/keandalan")
    assert "Keyakinan atas sektor Dapat dipercaya" in page
    assert "Keyakinan bahwa ada yang diminta Terlalu yakin" in page
    assert "9,0 poin, dari 390 teks; sampai 5,0 poin masih wajar" in page
    assert "93,3% sampai 100,0% 26 96,7% 93,7% +3,0" in page
    assert not Part(0, None, None, None, None, ()).good
    # Of few texts more of a gap comes by chance: the report says how much.
    assert Part(100, 0.11, 0.12, 0.7, 0.6, ()).good
    assert not Part(1000, 0.05, 0.04, 0.7, 0.6, ()).good


def test_the_sectors_are_set_against_the_version_before(analyst: Visitor) -> None:
    page = said_at(analyst, "/analis/sektor")
    assert "dibandingkan dengan baseline-ffffffffffff" in page
    assert "Sektor benar 86,1% sebelumnya 84,0%" in page
    # fewer texts than a score can stand on; more lost than chance explains
    assert "Jalan & jembatan sedikit teks 8 84,7% −5,0 turun 0, 6 2, 3 90,0%" in page
    assert "Drainase, sungai & banjir 40 84,7% +2,3 naik mungkin kebetulan 4, 1 2, 3" in page


def test_suspects_show_the_text_and_both_words(bench: Bench, analyst: Visitor) -> None:
    page = said_at(analyst, "/analis/dicurigai")
    assert "Aspal di tikungan bolong semua" in page
    assert "menurut dishub: Perhubungan, PJU, parkir & lalu lintas (2%)" in page
    assert "menurut model: Jalan & jembatan (93%)" in page
    assert "info jadwal senam dong Jenis menurut impor: Pengaduan" in page
    assert "dishub 150 1" in page


def test_pictures_come_only_from_the_store_and_are_asked_for_conditionally(
    analyst: Visitor,
) -> None:
    path = f"/analis/gambar/{IN_USE}/drift.png"
    answer = analyst.get(path)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.content.startswith(b"\x89PNG")
    again = analyst.get(path, If_None_Match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for other in ("nothing.png", "Drift.png", "drift.svg", "..%2f..%2fapp.py.png", "drift"):
        assert analyst.get(f"/analis/gambar/{IN_USE}/{other}").status_code == 404, other
    assert analyst.get("/analis/gambar/..%2f/drift.png").status_code == 404


def test_another_version_can_be_looked_at_and_stays_chosen(bench: Bench, analyst: Visitor) -> None:
    assert "Belum ada laporan" in said_at(analyst, f"/analis/kebingungan?model={CANDIDATE}")
    html = analyst.get(f"/analis/kebingungan?model={CANDIDATE}").text
    assert f'href="/analis/risiko?model={CANDIDATE}"' in html
    assert f'name="model" value="{CANDIDATE}"' in html  # the report that is asked for
    unknown = analyst.get("/analis/kebingungan?model=tidak-ada")
    assert "Jalan paling sering disangka drainase." in words_of(unknown.text)


def test_the_card_sets_old_beside_new_with_the_texts_that_changed(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        spoken = Label(
            key="", text="Got mampet di gang", parent_text=None, addressed=(), posted_at=None,
            jenis="pengaduan", sector="drainase_banjir", opd=None, kecamatan=None, urgent=None,
            sensitive=None, by="impor", at=NOW, item_id=None,
        )  # fmt: skip
        made.store.import_labels("uji", [spoken], "impor", NOW)
        (label,) = made.store.labels()

        def scores(accuracy: float) -> dict[str, Any]:
            return {
                "sector": {"n": 120, "accuracy": accuracy, "macro_f1": 0.7},
                "jenis": {"accuracy": 0.9},
                "opd": {"accuracy": None},
            }

        changes = [
            {"key": label.key, "part": "sector", "right": "drainase_banjir|jalan",
             "before": "jalan", "after": "desa"},
            {"key": "x:hilang", "part": "jenis", "right": "pengaduan",
             "before": "spam", "after": "pengaduan"},
        ]  # fmt: skip
        figures = {
            "verdict": {"accepted": True, "reasons": [], "against": IN_USE},
            "test_set": {
                "old": scores(0.8), "new": scores(0.85), "sector_won": 8, "sector_lost": 2,
                "sector_p": 0.11, "changes": changes,
            },
            "local": {
                "aside": [{"by": "nakal", "n": 50, "contradicted": 44}],
                "corrections": {"deciding": 0, "offered": 4, "people": 2, "needed": 3},
            },
        }  # fmt: skip
        made.store.save_model(model(CANDIDATE, figures=figures), b"calon")
        person = made.person("analis")
        page = said_at(person, f"/analis/versi/{CANDIDATE}")
        assert "Sektor benar 80,0% 85,0% +5,0 naik" in page
        assert "OPD benar – – –" in page
        assert "8 teks menjadi benar sektornya, 2 menjadi salah. Bedanya mungkin kebetulan." in page
        assert "Got mampet di gang menjadi salah Sektor Jalan & jembatan →" in page
        assert "(seharusnya Drainase, sungai & banjir / Jalan & jembatan)" in page
        assert "Teksnya tidak ada lagi di sini. menjadi benar Jenis Spam → Pengaduan" in page
        assert "nakal: 44 dari 50 label" in page
        assert "0 memutuskan sendiri, 4 hanya ditawarkan di antara tiga OPD." in page
        # An office of two reads why nothing of it decides, and what to do.
        assert "Baru 2 orang yang menyebut OPD." in page
        assert "menulis yang sudah pasti sebagai [[rule]] di kebijakan" in page
        person.close()


@pytest.mark.parametrize("figures", [{"test_set": {"old": 3}}, {"local": {"aside": [{}]}}])
def test_figures_of_another_shape_leave_the_card_readable(
    tmp_path: Path, figures: dict[str, Any]
) -> None:
    with town(tmp_path) as made:
        made.store.save_model(model(CANDIDATE, figures=figures), b"calon")
        person = made.person("analis")
        page = said_at(person, f"/analis/versi/{CANDIDATE}")
        assert "Dilatih dari 6.500 teks." in page
        assert "tidak dapat dibaca: ditulis oleh rilis lain." in page
        assert ("Tidak diukur pada set uji" in page) == ("local" in figures)
        assert person.get("/analis/versi").status_code == 200
        for path in ("lokal-tidakada", "%3Cscript%3E", "a/b"):
            assert person.get(f"/analis/versi/{path}").status_code == 404
        person.close()


def test_the_keys_go_to_the_likeliest_then_to_the_most_wanted_sectors() -> None:
    choices, others = choices_of([("listrik", 0.4), ("hantu", 0.3)], ["desa", "listrik"])
    assert [choice.key for choice in choices] == list(range(1, 10))
    assert [choice.sector for choice in choices][:3] == ["listrik", "desa", "jalan"]
    assert (choices[0].confidence, choices[1].confidence) == (0.4, None)
    assert len({choice.sector for choice in choices} | set(others)) == 24
    assert len(others) == 24 - 9


def test_a_page_reads_no_more_of_the_versions_than_it_shows(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        bench = Bench(made)
        bench.put_all()
        bench.put_models()
        with closing(sqlite3.connect(made.config.database_path)) as database, database:
            # What no page below shows cannot be read at all.
            database.execute("UPDATE models SET figures = '{' WHERE version = ?", (REFUSED,))
        person = made.person("analis")
        for path in (*PATHS, f"/analis/versi/{CANDIDATE}"):
            if path != "/analis/versi":
                assert person.get(path).status_code == 200, path
        person.close()


def test_an_overview_of_a_later_release_shows_what_is_known() -> None:
    known = {"kind": "drift", "why": "belum ada aduan"}
    missing = [{"kind": "baru", "why": "x"}, known]
    body = head("overview", "s") | {"reports": [], "missing": missing}
    assert overview_of(body).missing == {"drift": "belum ada aduan"}


def test_the_words_of_a_report_are_text_and_never_markup(tmp_path: Path) -> None:
    nasty = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    with town(tmp_path) as made:
        bench = Bench(made)
        bench.put_all()
        for kind, body in (
            ("confusion", confusion()), ("risk_coverage", risk_coverage()), ("drift", drift()),
            ("next_labels", next_labels(bench.items)),
        ):  # fmt: skip
            body["summary"] = nasty
            body["data"]["caption"] = nasty
            body["plots"] = [{"name": '"><script>x', "title": nasty, "alt": f'"{nasty}'}]
            bench.put_report(kind, body)
        verdict = {"verdict": {"accepted": False, "reasons": [nasty], "against": nasty}}
        made.store.save_model(
            model(REFUSED, state="refused", figures=verdict, card=nasty, created_by=nasty), b"x"
        )
        person = made.person("analis")
        for path in (*PATHS, f"/analis/versi/{REFUSED}"):
            page = person.get(path)
            assert page.status_code == 200, path
            assert "<script>alert" not in page.text, path
            assert "<img src=x" not in page.text, path
            assert '"><script>x' not in page.text, path
        person.close()
