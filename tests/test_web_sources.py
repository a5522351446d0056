"""The sources page, and what machines are told without login."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from web_support import (
    TRIAGE,
    Town,
    add_sources,
    make_mention,
    town,
    words_of,
)

from tanggap.store.rows import EVERYTHING


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, x_enabled=True) as running:
        yield running


def test_every_source_says_how_it_is_and_what_to_do(made: Town) -> None:
    add_sources(made)
    made.clock.forward(minutes=1)
    person = made.person("ketua")
    said = words_of(person.get("/sumber").text)
    for part in (
        "X 1 perlu tindakan 1 terganggu 1 menunggu 2 belum pernah diambil 1 lancar",
        "DPUPR @dpupr_skm Perlu tindakan Token ditolak jaringan. Buat token baru",
        "HTTP 401",
        "DLH @dlh_skm Terganggu Jaringan terlalu lama menjawab.",
        "Dinkes @dinkes_skm Menunggu Batas panggilan jaringan tercapai.",
        "Kota Sukamaju @pemkot_skm belum pernah Belum pernah diambil",
        "Terakhir berhasil belum pernah Berikutnya segera Diterima 0",
        "Dishub @dishub_skm 1 menit lalu Lancar ada catatan Ada data yang tidak dapat dibaca",
        "Terakhir berhasil 1 menit lalu Berikutnya 2 menit lagi Diterima 0 Karantina 1",
        "1 celah pemantauan",
        "20 Nov 2026 05.00 WIB sampai 20 Nov 2026 08.00 WIB: Pengambilan terakhir lebih tua",
        "Dibaca hari ini (UTC) 1.234 dari 20.000",
        "Biaya bulan ini US$6,17",
        "Perkiraan sampai akhir bulan US$",
        "Model pengklasifikasi tidak dapat dipakai",
        "artefak rusak",
        "Terakhir bergerak 1 menit lalu",
    ):
        assert part in said, part
    assert said.index("@dpupr_skm") < said.index("@dlh_skm") < said.index("@dishub_skm")
    person.close()


def test_an_opd_admin_sees_only_own_sources_and_no_costs(made: Town) -> None:
    add_sources(made)
    person = made.person("dlh")
    said = words_of(person.get("/sumber").text)
    assert "@dlh_skm" in said
    assert "@pemkot_skm" in said
    assert "@dpupr_skm" not in said
    for hidden in ("US$", "Ambil sekarang", "artefak rusak", "HTTP 401", "Token Meta", "enabled"):
        assert hidden not in said
    assert "Aduan di Facebook, Instagram belum terpantau. Hubungi Diskominfo" in said
    assert "Pengumpulan sedang terganggu" in words_of(person.get("/antrean").text)
    person.close()


def test_a_supervisor_may_fetch_now(made: Town) -> None:
    add_sources(made)
    person = made.person("ketua")
    assert made.store.due(made.clock.now(), 10) == ["x:mentions:pdam", "x:mentions:pemkot"]
    answer = person.post("/sumber/ambil", sumber="x:mentions:dlh")
    assert answer.headers["location"] == "/sumber?pesan=ambil"
    assert "x:mentions:dlh" in made.store.due(made.clock.now(), 10)
    assert "Pengambilan dimulai" in words_of(person.get("/sumber?pesan=ambil").text)
    assert person.post("/sumber/ambil", sumber="x:mentions:tidakada").status_code == 404
    person.close()


def test_fetching_all_hurries_nothing_that_was_told_to_wait(made: Town) -> None:
    add_sources(made)  # the source of dinkes waits for a rate limit
    now = made.clock.now()
    made.store.hold("x:mentions:dlh", now + timedelta(hours=1), "rate_limited", now)
    made.store.hold("x:mentions:dpupr", now + timedelta(hours=1), "token", now)
    person = made.person("ketua")
    assert person.post("/sumber/ambil").status_code == 303
    due = made.store.due(now, 10)
    assert "x:mentions:dinkes" not in due
    assert {"x:mentions:dpupr", "x:mentions:dishub"} <= set(due)
    page = person.get("/sumber").text
    assert 'value="x:mentions:dpupr"' in page
    assert 'value="x:mentions:dinkes"' not in page
    person.close()


def test_without_sources_the_page_says_the_next_step(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        ketua, dlh = made.person("ketua"), made.person("dlh")
        said = words_of(ketua.get("/sumber").text)
        for part in (
            "tanggap intake BERKAS",
            "Yang tidak dinyalakan tidak dibaca.",
            "Facebook Isi [facebook.accounts], tulis enabled = true di [facebook]",
            "Instagram tanpa token Hanya bila jalur resmi tidak mungkin.",
            "melanggar ketentuan Instagram. Akun yang dipakai masuk dapat dikunci",
            "tanggap check",
        ):
            assert part in said, part
        assert "`" not in said
        assert "Pemakaian X" not in said
        said = words_of(dlh.get("/sumber").text)
        assert "Aduan di X, Facebook, Instagram belum terpantau. Hubungi Diskominfo" in said
        ketua.close()
        dlh.close()


def test_a_held_source_shows_the_hold(made: Town) -> None:
    add_sources(made)
    now = made.clock.now()
    made.store.hold("x:", now - timedelta(hours=1), "credits", now - timedelta(hours=2))
    made.store.hold("x:", now + timedelta(hours=1), "credits", now)
    person = made.person("ketua")
    said = words_of(person.get("/sumber").text)
    assert (
        "Beristirahat Saldo X habis. Isi saldo di konsol pengembang X. Dicoba lagi tiap jam. "
        "Terakhir terbaca 20 Nov 2026 10.00 WIB "
        "Dicoba lagi 20 Nov 2026 11.00 WIB, 1 jam lagi 2 kali berturut-turut" in said
    )
    # Those with a trouble of their own still stand out.
    assert said.index("@dpupr_skm") < said.index("@dishub_skm")
    person.close()


@pytest.mark.fault(48, 49)
def test_a_stopped_daemon_is_said_on_every_page(made: Town) -> None:
    person = made.person("ketua")
    assert "Pengumpulan berhenti" not in words_of(person.get("/antrean").text)
    made.clock.forward(minutes=10)
    assert "Pengumpulan berhenti sejak 10 menit lalu" in words_of(person.get("/antrean").text)
    assert "Berhenti Tidak ada tanda hidup" in words_of(person.get("/sumber").text)
    person.close()


def test_a_supervisor_sees_each_daemon_with_its_machine_and_what_it_reads(made: Town) -> None:
    add_sources(made)
    store, now = made.store, made.clock.now()
    store.note_progress(now, "baseline-1", "cadangan:64:77")
    made.clock.forward(minutes=5)
    now = made.clock.now()
    store.note_progress(now - timedelta(seconds=30), "baseline-2", "kominfo-b:17:99")
    store.note_progress(now, "baseline-1", "kominfo-a:812:ab")
    for opd in ("pdam", "pemkot"):
        until = now + timedelta(minutes=3)
        assert store.lease(f"x:mentions:{opd}", "kominfo-a:812:ab", now, until)
    person = made.person("ketua")
    page = person.get("/sumber").text
    said = words_of(page)
    head = "3 daemon berbagi pekerjaan Mesin Keadaan Tanda hidup terakhir Sedang dibaca Versi model"
    assert (
        f"{head} kominfo-a proses 812 Berjalan baru saja 2 sumber baseline-1 "
        "kominfo-b proses 17 Berjalan 30 detik lalu 0 sumber baseline-2 "
        "cadangan proses 64 Tanpa tanda hidup 5 menit lalu 0 sumber baseline-1" in said
    )
    assert page.count("<tr>") == 4
    admin = made.person("dlh")
    assert "kominfo-a" not in admin.get("/sumber").text
    person.close()
    admin.close()


def test_a_single_daemon_is_a_line_and_one_that_ended_well_is_said_to_have(made: Town) -> None:
    person = made.person("ketua")
    said = words_of(person.get("/sumber").text)
    assert "model tidak ada Dihentikan baru saja 0 sumber baseline-0123456789ab" in said
    made.store.note_progress(made.clock.now(), "baseline-0123456789ab", "kominfo-a:812:ab")
    said = words_of(person.get("/sumber").text)
    assert "Daemon yang mengumpulkan Mesin" in said
    assert "kominfo-a proses 812 Berjalan" in said
    assert "Dihentikan" not in said
    made.store.forget_daemons(["daemon", "kominfo-a:812:ab"])
    assert "Mesin" not in words_of(person.get("/sumber").text)
    person.close()


def test_healthz_tells_age_alarms_and_stops_at_two_minutes(made: Town) -> None:
    stranger = made.visitor()
    answer = stranger.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "daemon_progress_age_seconds": 0.0,
        "daemons": [0.0],
        "model": "baseline-0123456789ab",
        "alarms": [],
    }
    made.store.raise_alarm("disk_low", "12 MB", made.clock.now())
    alarmed = stranger.get("/healthz")
    assert (alarmed.status_code, alarmed.json()["status"]) == (200, "alarm")
    assert alarmed.json()["alarms"] == ["disk_low"]
    assert "12 MB" not in alarmed.text
    made.clock.forward(seconds=119)
    assert stranger.get("/healthz").status_code == 200
    made.clock.forward(seconds=2)
    stale = stranger.get("/healthz")
    assert (stale.status_code, stale.json()["status"]) == (503, "stale")
    head = stranger.session.head(f"{made.url}/healthz", timeout=10)
    assert (head.status_code, head.content) == (503, b"")
    stranger.close()


def test_a_daemon_that_never_ran_is_not_healthy(tmp_path: Path) -> None:
    with town(tmp_path, alive=False) as made:
        stranger = made.visitor()
        answer = stranger.get("/healthz")
        assert answer.status_code == 503
        assert answer.json()["daemon_progress_age_seconds"] is None
        person = made.person("ketua")
        assert "Belum berjalan Jalankan tanggap run" in words_of(person.get("/sumber").text)
        assert "belum pernah berjalan" in words_of(person.get("/antrean").text)
        assert "tanggap_daemon_progress_age_seconds" not in stranger.get("/metrics").text
        stranger.close()
        person.close()


def test_metrics_are_numbers_and_ids_only(made: Town) -> None:
    add_sources(made)
    made.put(make_mention(1, "Lampu rahasia"))
    made.put(make_mention(2, "Lampu rahasia"), None, TRIAGE)
    made.clock.forward(seconds=30)
    stranger = made.visitor()
    text = stranger.get("/metrics").text
    for line in (
        'tanggap_items{tab="queue"} 1.0',
        'tanggap_items{tab="triage"} 1.0',
        'tanggap_items_by_status{status="baru"} 2.0',
        'tanggap_items_by_status{status="selesai"} 0.0',
        'tanggap_source_freshness_seconds{source="x:mentions:dishub"} 30.0',
        'tanggap_source_errors{source="x:mentions:dpupr"} 1.0',
        'tanggap_source_quarantined{source="x:mentions:dishub"} 1.0',
        'tanggap_sources{state="needs_human"} 1.0',
        'tanggap_alarm{code="model"} 1.0',
        "tanggap_daemon_progress_age_seconds 30.0",
        'tanggap_x_reads{period="day"} 1234.0',
        'tanggap_x_usd{period="day"} 6.17',
    ):
        assert line in text, line
    for private in ("warga", "rahasia", "skm", "ketua", "artefak"):
        assert private not in text
    assert re.search(r"^python_|^process_", text, re.MULTILINE) is None
    made.put(make_mention(3))
    assert stranger.get("/metrics").text == text  # kept for a few seconds
    assert made.store.item(EVERYTHING, 1) is not None
    stranger.close()
