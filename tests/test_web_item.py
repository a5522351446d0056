"""The item page: what it shows, what its forms do, and what happens when two people act."""

import re
import threading
from dataclasses import replace

import pytest
from web_support import (
    NOW,
    PASSWORD,
    QUEUE,
    TRIAGE,
    Town,
    Visitor,
    make_decision,
    make_mention,
    served,
    words_of,
)

from tanggap.config import City
from tanggap.errors import InputError
from tanggap.mention import Flag, Prediction, Review, Route
from tanggap.store.rows import EVERYTHING, Item, ItemDetail
from tanggap.web.app import create_app
from tanggap.web.show import reason_words


def detail_of(made: Town, item: Item) -> ItemDetail:
    found = made.store.item(EVERYTHING, item.id)
    assert found is not None
    return found


def test_the_page_tells_the_whole_story(made: Town, ketua: Visitor) -> None:
    mention = make_mention(
        30,
        "Lampu mati, lihat https://bit.ly/foto",
        parent_text="Ada keluhan apa hari ini?",
        addressed=("dishub", "pemkot"),
        has_media=True,
    )
    decision = make_decision(
        urgent=Flag(True, 0.8), place=Prediction("karangsari", 0.7), supporting=("dpupr",)
    )
    item = made.put(mention, decision, replace(QUEUE, supporting=("dpupr",)))
    answer = replace(
        make_mention(10, "Kami cek sore ini"),
        kind="reply",
        author_opd="dishub",
        author_handle="dishub_skm",
        parent_id=mention.network_id,
        thread_id=mention.network_id,
    )
    neighbour = replace(
        make_mention(20, "Betul, gelap sekali"),
        kind="reply",
        parent_id=mention.network_id,
        thread_id=mention.network_id,
    )
    own = Route("answer", "own_answer", opd="dishub")
    made.store.intake([answer], {answer.network_id: (make_decision(), own)}, "uji", NOW)
    made.store.intake(
        [neighbour],
        {neighbour.network_id: (make_decision(), Route("context", "repost"))},
        "uji",
        NOW,
    )
    page = ketua.get(f"/aduan/{item.id}").text
    said = words_of(page)
    for part in (
        f"Aduan {item.id}",
        "@warga_30",
        "20 Nov 2026 09.30 WIB",
        "Menanggapi: Ada keluhan apa hari ini?",
        "Ditujukan kepada Dishub, Kota Sukamaju",
        "Ada foto atau video",
        "Buka di X",
        "Dijawab",
        "Jawaban Dishub belum dinilai 20 Nov 2026 09.50 WIB",
        "Kami cek sore ini",
        "Betul, gelap sekali",
        "OPD pendukung DPUPR",
        "Kecamatan Karangsari",
        "Jenis dan sektornya jelas",
        "Perhubungan, PJU, parkir & lalu lintas 87%",
        "Jalan & jembatan 8%",
        "Listrik (PLN) 3%",
        "jalan mati",
        "Model baseline-0123456789ab",
        "Peluang berisi permintaan 93%",
        "melihat jawaban OPD",
        "menempatkan aduan",
    ):
        assert part in said, part
    assert said.count("Kami cek sore ini") == 1
    assert 'href="https://x.com/warga_30/status/1000030" target="_blank" rel="noopener' in page
    assert 'href="/tautan?ke=https%3A%2F%2Fbit.ly%2Ffoto"' in page
    assert 'href="https://bit.ly' not in page


def test_an_edited_post_shows_its_earlier_text(made: Town, ketua: Visitor) -> None:
    mention = make_mention(30, "Lampu mati", revision="1")
    item = made.put(mention)
    made.put(replace(mention, text="Lampu sudah nyala", revision="2"))
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Diubah penulisnya 1 kali" in said
    assert "Lampu mati" in said
    assert "Lampu sudah nyala" in said


def test_confirming(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1), None, TRIAGE)
    answer = ketua.post(f"/aduan/{item.id}/benar", expected_version=item.version)
    assert answer.headers["location"] == f"/aduan/{item.id}?pesan=benar&no={item.id}"
    assert "Keputusan disetujui." in words_of(ketua.get(answer.headers["location"]).text)
    after = detail_of(made, item).item
    assert (after.status, after.tab, after.decided_by) == ("terverifikasi", "queue", "ketua")


def test_an_item_without_a_decision_cannot_be_confirmed(made: Town, ketua: Visitor) -> None:
    nothing = replace(make_decision(), jenis=None, sector=None, opd=None)
    item = made.put(make_mention(1), nothing, Route("triage", "no_decision", opd="diskominfo"))
    page = ketua.get(f"/aduan/{item.id}").text
    assert "data-confirm" not in page
    answer = ketua.post(f"/aduan/{item.id}/benar", expected_version=item.version)
    assert answer.status_code == 422
    assert "Belum ada jenis untuk disetujui" in words_of(answer.text)


def test_correcting_every_label(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    answer = ketua.post(
        f"/aduan/{item.id}/perbaiki",
        expected_version=item.version,
        jenis="aspirasi",
        sector="jalan",
        opd="dlh",
        kecamatan="karangsari",
        why="minta trotoar",
    )
    assert answer.status_code == 303
    detail = detail_of(made, item)
    after = detail.item
    assert (after.jenis, after.sector, after.opd, after.kecamatan) == (
        "aspirasi", "jalan", "dlh", "karangsari",
    )  # fmt: skip
    assert detail.notes[-1].why == "minta trotoar"
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Jenis: Pengaduan → Aspirasi" in said
    assert "OPD: Dishub → DLH" in said
    gone = ketua.post(f"/aduan/{item.id}/perbaiki", expected_version=after.version, kecamatan="-")
    assert gone.status_code == 303
    assert detail_of(made, item).item.kecamatan is None


@pytest.mark.parametrize(
    ("present", "sector", "opd"),
    [
        ("dishub", "jalan", "dpupr"),  # the owner goes with the sector
        ("dishub", "listrik", "diskominfo"),  # outside body: the front office explains
        ("dlh", "jalan", "dlh"),  # a rule chose this OPD: it stays
    ],
)
def test_the_opd_follows_a_corrected_sector_only_when_it_came_from_it(
    made: Town, ketua: Visitor, present: str, sector: str, opd: str
) -> None:
    item = made.put(make_mention(1), make_decision(), replace(QUEUE, opd=present))
    form = {"jenis": "pengaduan", "sector": sector, "opd": present, "kecamatan": "-"}
    assert (
        ketua.post(f"/aduan/{item.id}/perbaiki", expected_version=item.version, **form).status_code
        == 303
    )
    after = detail_of(made, item).item
    assert (after.sector, after.opd) == (sector, opd)


@pytest.mark.parametrize(
    ("form", "fields", "problem"),
    [
        ("perbaiki", {}, "Tidak ada yang diubah"),
        ("perbaiki", {"jenis": "pengaduan", "kecamatan": "-"}, "Tidak ada yang diubah"),
        ("perbaiki", {"sector": "ngawur"}, "tidak dikenal"),
        ("perbaiki", {"opd": "pln"}, "tidak dikenal"),
        ("perbaiki", {"jenis": "aspirasi", "why": "x" * 2001}, "Terlalu panjang"),
        ("limpahkan", {"why": "bukan kami"}, "Pilih OPD tujuan"),
        ("limpahkan", {"opd": "dlh"}, "Tulis alasannya"),
        ("limpahkan", {"opd": "dlh", "why": "  \r\n "}, "Tulis alasannya"),
        ("limpahkan", {"opd": "dishub", "why": "x"}, "sudah pada OPD itu"),
        ("limpahkan", {"opd": "pln", "why": "x"}, "tidak dikenal"),
        ("status", {}, "Pilih status"),
        ("status", {"status": "ngawur"}, "tidak dikenal"),
        ("status", {"status": "arsip"}, "perlu alasan"),
        ("status", {"status": "dijawab"}, "tautan jawabannya"),
        ("catatan", {"why": " "}, "Catatan masih kosong"),
    ],
)
def test_a_mistake_is_said_and_nothing_typed_is_lost(
    made: Town, ketua: Visitor, form: str, fields: dict[str, str], problem: str
) -> None:
    item = made.put(make_mention(1))
    answer = ketua.post(f"/aduan/{item.id}/{form}", expected_version=item.version, **fields)
    assert answer.status_code == 422
    assert problem in words_of(answer.text)
    assert f'open id="form-{form}"' in answer.text
    if fields.get("why", "").strip():
        assert fields["why"] in answer.text
    assert detail_of(made, item).item.version == item.version


def test_sending_on_takes_it_out_of_the_own_queue(made: Town) -> None:
    item = made.put(make_mention(1))
    dishub, dlh = made.person("dishub"), made.person("dlh")
    answer = dishub.post(
        f"/aduan/{item.id}/limpahkan",
        expected_version=item.version,
        opd="dlh",
        why="pohon tumbang, bukan lampu",
        wrong_opd="1",
    )
    assert answer.headers["location"] == "/antrean?pesan=limpahkan"  # a link would lead to 404
    assert dishub.get(f"/aduan/{item.id}").status_code == 404
    said = words_of(dlh.get(f"/aduan/{item.id}").text)
    assert "pohon tumbang, bukan lampu" in said
    assert "melimpahkan OPD: Dishub → DLH salah OPD" in said
    dishub.close()
    dlh.close()


def test_every_status_can_be_set_with_its_reason(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    for status in ("proses", "tertunda", "dijawab", "selesai", "arsip", "baru"):
        version = detail_of(made, item).item.version
        answer = ketua.post(
            f"/aduan/{item.id}/status",
            expected_version=version,
            status=status,
            why="https://x.com/dishub_skm/status/1",
        )
        assert answer.status_code == 303, status
        assert detail_of(made, item).item.status == status


@pytest.mark.fault(54)
def test_two_people_act_and_the_second_hears_who_was_first(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    dishub = made.person("dishub")
    dishub.post(f"/aduan/{item.id}/status", expected_version=item.version, status="proses")
    answer = ketua.post(
        f"/aduan/{item.id}/limpahkan",
        expected_version=item.version,
        opd="dlh",
        why="alasan panjang yang sudah saya ketik",
        wrong_opd="1",
    )
    assert answer.status_code == 409
    assert "Aduan ini sudah diubah oleh dishub." in words_of(answer.text)
    assert "alasan panjang yang sudah saya ketik" in answer.text
    assert '<option value="dlh" selected>' in answer.text
    assert 'value="1" checked' in answer.text
    newer = detail_of(made, item).item.version
    assert f'name="expected_version" value="{newer}"' in answer.text
    assert detail_of(made, item).item.opd == "dishub"
    again = ketua.post(
        f"/aduan/{item.id}/limpahkan", expected_version=newer, opd="dlh", why="alasan"
    )
    assert again.status_code == 303
    dishub.close()


@pytest.mark.fault(54)
def test_a_double_click_has_one_effect(made: Town) -> None:
    item = made.put(make_mention(1))
    codes: list[int] = []

    def click() -> None:
        person = made.person("ketua")
        answer = person.post(
            f"/aduan/{item.id}/catatan", expected_version=item.version, why="sekali saja"
        )
        codes.append(answer.status_code)
        person.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(codes) == [303, 409, 409, 409]
    assert [note.why for note in detail_of(made, item).notes] == ["sekali saja"]


def test_a_later_opinion_stands_beside_a_persons_verdict(made: Town, ketua: Visitor) -> None:
    mention = make_mention(1, "Lampu mati", revision="1")
    item = made.put(mention)
    made.store.review(EVERYTHING, Review(item.id, "dishub", "agree", item.version), NOW)
    made.put(
        replace(mention, text="Ternyata jalannya yang rusak", revision="2"),
        make_decision("jalan", "dpupr"),
        Route("queue", "sector", opd="dpupr"),
    )
    after = detail_of(made, item).item
    assert (after.sector, after.opd) == ("perhubungan", "dishub")
    page = ketua.get(f"/aduan/{item.id}").text
    assert "Saran model yang lebih baru Sektor: Jalan & jembatan; OPD: DPUPR" in words_of(page)
    assert "Pakai saran" in page
    answer = ketua.post(
        f"/aduan/{item.id}/perbaiki", expected_version=after.version, sector="jalan", opd="dpupr"
    )
    assert answer.status_code == 303
    taken = detail_of(made, item).item
    assert (taken.sector, taken.opd, taken.suggestion) == ("jalan", "dpupr", None)


def test_an_edit_that_asks_nothing_any_more_is_said(made: Town, ketua: Visitor) -> None:
    mention = make_mention(1, "Lampu mati", revision="1")
    item = made.put(mention)
    context = Route("context", "repost")
    edited = replace(mention, text="...", revision="2")
    made.store.intake([edited], {edited.network_id: (make_decision(), context)}, "uji", NOW)
    assert "tidak lagi melihat permintaan" in words_of(ketua.get(f"/aduan/{item.id}").text)


def test_a_sector_of_an_outside_body_brings_channel_and_reply(made: Town, ketua: Visitor) -> None:
    front = Route("queue", "outside", opd="diskominfo", candidates=("diskominfo",))
    item = made.put(make_mention(1, "listrik padam"), make_decision("listrik", "pln"), front)
    page = ketua.get(f"/aduan/{item.id}").text
    said = words_of(page)
    assert "Bukan kewenangan: PLN" in said
    assert "Aplikasi PLN Mobile atau telepon 123" in said
    assert "Urusan listrik ditangani PLN" in said
    assert "bukan kewenangan Pemerintah Kota Sukamaju. Mohon sampaikan" in said
    assert "Setujui, dijelaskan oleh Diskominfo" in said
    answer = ketua.post(
        f"/aduan/{item.id}/status",
        expected_version=item.version,
        status="bukan_kewenangan",
        why="Diarahkan ke PLN.",
    )
    assert answer.status_code == 303
    assert "Tandai bukan kewenangan" not in ketua.get(f"/aduan/{item.id}").text


def test_a_person_in_danger_is_not_first_told_that_somebody_else_is_in_charge(
    made: Town, ketua: Visitor
) -> None:
    front = Route("queue", "outside", opd="diskominfo", candidates=("diskominfo",))
    in_danger = make_decision(
        "listrik", "pln", sensitive=Flag(True, 0.9), because=("sensitif:pengen mati",)
    )
    item = made.put(make_mention(1, "listrik diputus, pengen mati saja"), in_danger, front)
    page = ketua.get(f"/aduan/{item.id}").text
    said = words_of(page)
    assert "Aplikasi PLN Mobile atau telepon 123" in said
    assert "Urusan listrik ditangani PLN" not in said
    assert 'id="balasan"' not in page
    assert 'data-copy="balasan"' not in page
    assert "Anda tidak sendirian" in said


def test_a_regency_does_not_call_itself_a_city_to_outsiders(made: Town) -> None:
    front = Route("queue", "outside", opd="diskominfo", candidates=("diskominfo",))
    item = made.put(make_mention(1, "listrik padam"), make_decision("listrik", "pln"), front)
    regency = replace(made.config, city=City(name="Kabupaten Contoh"))
    with served(create_app(made.store, regency)) as url:
        reader = Visitor(url)
        assert reader.post("/masuk", nama="ketua", sandi=PASSWORD).status_code == 303
        said = words_of(reader.get(f"/aduan/{item.id}").text)
    assert "bukan kewenangan Pemerintah Kabupaten Contoh. Mohon sampaikan" in said
    assert "emerintah Kota" not in said


def test_an_asset_rule_of_an_outside_body_counts_until_a_person_decides(
    made: Town, ketua: Visitor
) -> None:
    front = Route("queue", "outside", opd="dpupr", candidates=("dpupr",))
    item = made.put(make_mention(1), make_decision("jalan", "provinsi"), front)
    assert "Bukan kewenangan: Pemerintah Provinsi" in words_of(ketua.get(f"/aduan/{item.id}").text)
    ketua.post(f"/aduan/{item.id}/perbaiki", expected_version=item.version, kecamatan="cibeureum")
    assert "Bukan kewenangan:" not in words_of(ketua.get(f"/aduan/{item.id}").text)


def test_the_page_survives_what_a_newer_database_may_hold(made: Town, ketua: Visitor) -> None:
    strange = replace(
        make_decision("sektor_baru", "opd_baru", "jenis_baru"), because=("kata",) * 40
    )
    item = made.put(
        make_mention(1, permalink=None, network="lapor"),
        strange,
        Route("triage", "aturan_baru", opd="opd_baru", candidates=("opd_baru",)),
    )
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "aturan_baru" in said
    assert "Tidak ada tautan ke kiriman aslinya." in said
    assert ketua.get("/antrean?tab=triage").status_code == 200


def test_the_way_out_shows_where_it_leads(made: Town, ketua: Visitor) -> None:
    page = ketua.get("/tautan?ke=https%3A%2F%2Fp%D0%B0ypal.com%2Fa%3Fb%3D%3Cscript%3E").text
    said = words_of(page)
    assert "Buka xn--pypal-4ve.com" in said
    assert "<script>" not in page.replace("<script type", "")
    assert 'rel="noopener noreferrer nofollow"' in page
    for bad in ("javascript:alert(1)", "", "https://", "/antrean", "https://a/%0a", "data:x"):
        assert ketua.get(f"/tautan?ke={bad}").status_code == 404, bad


def test_a_form_that_the_store_refuses_is_explained(
    made: Town, ketua: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = made.put(make_mention(1))

    def refuse(*_: object, **__: object) -> None:
        raise InputError("tidak masuk akal")

    monkeypatch.setattr(made.store, "review", refuse)
    answer = ketua.post(f"/aduan/{item.id}/catatan", expected_version=item.version, why="isi")
    assert answer.status_code == 422
    assert "tidak masuk akal" in words_of(answer.text)


def test_a_guessed_kecamatan_is_never_told_as_a_fact(made: Town, ketua: Visitor) -> None:
    guess = make_decision(place=Prediction("karangsari", 0.4))
    item = made.put(make_mention(1), guess)
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert said.count("Kecamatan mungkin: Karangsari") == 2
    assert "40%" not in said
    sure = made.put(make_mention(2), make_decision(place=Prediction("karangsari", 0.5)))
    said = words_of(ketua.get(f"/aduan/{sure.id}").text)
    assert "mungkin: Karangsari" not in said
    assert "Karangsari (50%)" in said


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("sektor:jalan", "<jalan>"),
        ("kata:lubang", "\u201clubang\u201d"),
        ("kata:saya", ""),
        ("kata:di yang", ""),
        ("kata:di jalan", "\u201cdi jalan\u201d"),
        ("jalan:Jl. Melati", "jalan yang disebut: Jl. Melati"),
        ("tempat:pasar {0}", "tempat: pasar {0}"),
        ("darurat:kebakaran", "kata darurat: kebakaran"),
        ("darurat:model", "isinya tampak mendesak"),
        ("sensitif:pungli", "kata peka: pungli"),
        ("sensitif:model", "isinya tampak peka"),
        ("rule:trotoar", "rule:trotoar"),
        ("polos", "polos"),
    ],
)
def test_reasons_read_as_plain_words(reason: str, said: str) -> None:
    assert reason_words(reason, lambda sector: f"<{sector}>") == said


def test_the_page_gives_reasons_in_plain_words(made: Town, ketua: Visitor) -> None:
    because = ("sektor:jalan", "kata:saya", "kata:terus", "kata:<b>lubang")
    item = made.put(make_mention(1), make_decision(because=because))
    page = ketua.get(f"/aduan/{item.id}").text
    found = re.search(r'<p class="because">(.*?)</p>', page)
    assert found is not None
    assert words_of(found[1]) == "Jalan & jembatan \u201c<b>lubang\u201d"
    silent = made.put(make_mention(2), make_decision(because=("kata:saya",)))
    said = words_of(ketua.get(f"/aduan/{silent.id}").text)
    assert "Kata dan aturan yang menentukan" not in said


def test_what_a_person_decided_is_not_urged_for_approval_again(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    fresh = ketua.get(f"/aduan/{item.id}").text
    assert '<button class="primary wide">Setujui, urusan Dishub</button>' in fresh
    ketua.post(f"/aduan/{item.id}/perbaiki", expected_version=item.version, sector="jalan")
    decided = ketua.get(f"/aduan/{item.id}").text
    assert "primary wide" not in decided
    assert '<button class="wide">Setujui, urusan DPUPR</button>' in decided


def test_a_permalink_that_is_no_web_address_is_only_text(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1, permalink="javascript:alert(1)"))
    page = ketua.get(f"/aduan/{item.id}").text
    assert not re.search(r'href="[^"]*javascript', page, re.IGNORECASE)
    assert "Alamat kiriman: javascript:alert(1)" in words_of(page)
    assert "Buka di X" not in words_of(page)


def test_not_found_speaks_of_other_opds_only_to_an_opd(made: Town, ketua: Visitor) -> None:
    dishub = made.person("dishub")
    assert "bukan bagian OPD Anda" in words_of(dishub.get("/aduan/99").text)
    said = words_of(ketua.get("/aduan/99").text)
    assert "Tidak ditemukan" in said
    assert "OPD Anda" not in said
    dishub.close()


def test_drafts_of_a_reply_name_office_and_number_and_only_those_who_act_see_them(
    made: Town, ketua: Visitor
) -> None:
    item = made.put(make_mention(5, "Lampu jalan mati"), make_decision(), QUEUE)
    page = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Draf balasan" in page
    assert f"Laporan nomor {item.id} kami teruskan ke petugas Dinas Perhubungan" in page
    analyst = made.person("analis")
    assert "Draf balasan" not in words_of(analyst.get(f"/aduan/{item.id}").text)
    analyst.close()
