"""The list: tabs, filters, pages by key, live counts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_support import TRIAGE, Town, make_decision, make_mention, words_of

from tanggap.mention import Flag, Prediction, Review, Route
from tanggap.store.rows import EVERYTHING
from tanggap.store.rows_lists import Counted
from tanggap.web.lists import LISTS
from tanggap.web.queue_page import read_key
from tanggap.web.show import counted, percent

NONE = dict.fromkeys(LISTS, "0")
"""Live counts of nothing."""


def shown_ids(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="item[^"]*" id="aduan-(\d+)"', html)]


def test_an_empty_queue_says_what_to_do_next(made: Town) -> None:
    ketua, dishub = made.person("ketua"), made.person("dishub")
    assert "Belum ada aduan Jalankan tanggap run" in words_of(ketua.get("/antrean").text)
    assert "Antrean Anda kosong" in words_of(dishub.get("/antrean").text)
    for tab in ("triage", "unanswered", "sensitive", "aside", "closed"):
        assert 'class="empty card"' in ketua.get(f"/antrean?tab={tab}").text
    assert "Tidak ada yang cocok" in words_of(ketua.get("/antrean?cari=apa").text)
    ketua.close()
    dishub.close()


def test_a_row_shows_what_the_admin_needs(made: Town) -> None:
    made.put(
        make_mention(12, "Lampu jalan mati di Jatimulya"),
        make_decision(urgent=Flag(True, 0.9)),
        Route("queue", "sector", opd="dishub", supporting=("dpupr",)),
    )
    person = made.person("dishub")
    said = words_of(person.get("/antrean").text)
    for part in (
        "Lampu jalan mati di Jatimulya",
        "@warga_12",
        "X",
        "12 menit lalu",
        "20 Nov 09.48",
        "Mendesak",
        "Baru",
        "Pengaduan",
        "Perhubungan, PJU, parkir & lalu lintas",
        "Dishub",
        "dibantu DPUPR",
        "sektor 87%",
    ):
        assert part in said, part
    assert 'title="20 Nov 2026 09.48 WIB"' in person.get("/antrean").text
    person.close()


def test_an_unsure_machine_says_so_and_a_person_is_named(made: Town) -> None:
    unsure = replace(make_decision(), sector=Prediction("perhubungan", 0.41))
    first = made.put(make_mention(1), unsure, TRIAGE)
    person = made.person("ketua")
    assert "sektor belum yakin (41%)" in words_of(person.get("/antrean?tab=triage").text)
    made.store.review(
        EVERYTHING, Review(first.id, "ketua", "agree", first.version), made.clock.now()
    )
    assert "diputuskan oleh ketua" in words_of(person.get("/antrean").text)
    person.close()


def test_unknown_authors_and_texts_without_words_are_said(made: Town) -> None:
    made.put(make_mention(1, "", author_handle=None, author_id=None, has_media=True), None, TRIAGE)
    made.put(
        make_mention(2, "halo", network="lapor"),
        replace(make_decision(), jenis=None, sector=None, opd=None),
        Route("triage", "no_decision", opd="diskominfo", candidates=("diskominfo",)),
    )
    person = made.person("ketua")
    said = words_of(person.get("/antrean?tab=triage").text)
    assert "penulis tidak diketahui" in said
    assert "Tanpa teks (foto atau video)" in said
    assert "model tidak memutuskan" in said
    assert "Lapor" in said
    person.close()


def test_pages_by_key_show_every_item_once_while_new_ones_arrive(made: Town) -> None:
    wanted = {made.put(make_mention(number)).id for number in range(60)}
    # Same minute, same moment: only the id tells them apart.
    for number in range(100, 110):
        mention = make_mention(number)
        wanted.add(made.put(replace(mention, posted_at=made.clock.now() - timedelta(hours=9))).id)
    person = made.person("ketua")
    seen: list[int] = []
    address = "/antrean?tab=queue"
    for turn in range(4):
        page = person.get(address)
        seen.extend(shown_ids(page.text))
        made.put(make_mention(-turn - 1, "baru datang"))
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        if found is None:
            break
        address = found[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 70
    assert set(seen) == wanted
    assert "Kembali ke yang terbaru" in words_of(page.text)
    person.close()


def test_filters_narrow_and_stay_in_the_address(made: Town) -> None:
    lamp = made.put(make_mention(1, "lampu padam total"))
    road = made.put(
        make_mention(2, "jalan berlubang"),
        make_decision("jalan", "dpupr"),
        Route("queue", "sector", opd="dpupr"),
    )
    made.store.review(
        EVERYTHING,
        Review(road.id, "ketua", "status", road.version, status="proses"),
        made.clock.now(),
    )
    person = made.person("ketua")
    for query, wanted in (
        ("opd=dpupr", [road]),
        ("sektor=perhubungan", [lamp]),
        ("status=proses", [road]),
        ("jaringan=x", [lamp, road]),
        ("jaringan=facebook", []),
        ("cari=lampu+padam", [lamp]),
        ("cari=LUBANG*", []),
        ("cari=%22", None),
        ("cari=%F0%9F%98%AD", None),
        ("cari=%00%ED%A0%80", None),
        ("sektor=tidakada&status=tidakada&tab=tidakada", [lamp, road]),
        ("setelah=ngawur", [lamp, road]),
    ):
        page = person.get(f"/antrean?{query}")
        assert page.status_code == 200, query
        if wanted is not None:
            assert shown_ids(page.text) == [item.id for item in wanted], query
    page = person.get("/antrean?opd=dpupr&cari=jalan")
    assert 'value="jalan"' in page.text
    assert '<option value="dpupr" selected>' in page.text
    assert "tab=triage&amp;opd=dpupr&amp;cari=jalan" in page.text
    person.close()


def test_tab_counts_follow_the_filters_and_are_capped(made: Town) -> None:
    for number in range(3):
        made.put(make_mention(number))
    made.put(make_mention(9), None, TRIAGE)
    person = made.person("ketua")
    counts = re.findall(r'data-count="(\w+)">([^<]+)', person.get("/antrean").text)
    assert dict(counts) == {
        "triage": "1", "queue": "3", "unanswered": "3", "sensitive": "0", "aside": "0",
        "late": "0",
        "closed": "0",
    }  # fmt: skip
    counts = re.findall(r'data-count="(\w+)">([^<]+)', person.get("/antrean?opd=dlh").text)
    assert set(dict(counts).values()) == {"0"}
    assert counted(Counted(1000, more=False)) == "1.000"
    assert counted(Counted(1000, more=True)) == "1.000+"
    person.close()


def test_live_counts_answer_304_until_something_changes(made: Town) -> None:
    made.put(make_mention(5))
    person = made.person("ketua")
    page = person.get("/antrean").text
    found = re.search(r'data-live="([^"]+)"', page)
    assert found is not None
    live = found[1].replace("&amp;", "&")
    first = person.get(live)
    assert first.json() == {
        "tabs": NONE | {"queue": "1", "unanswered": "1"},
        "baru": "0",
    }
    tag = first.headers["etag"]
    again = person.get(live, If_None_Match=tag)
    assert (again.status_code, again.content) == (304, b"")
    made.put(make_mention(3))
    made.put(make_mention(4, "untuk triase"), None, TRIAGE)
    third = person.get(live, If_None_Match=tag)
    assert third.status_code == 200
    assert third.json()["baru"] == "1"
    assert third.json()["tabs"] == NONE | {"triage": "1", "queue": "2", "unanswered": "2"}
    person.close()


def test_live_counts_of_one_person_are_no_answer_for_another(made: Town) -> None:
    made.put(make_mention(5))
    ketua, dishub = made.person("ketua"), made.person("dishub")
    tag = ketua.get("/antrean/hitung").headers["etag"]
    assert dishub.get("/antrean/hitung", If_None_Match=tag).status_code == 200
    ketua.close()
    dishub.close()


def test_confirming_in_the_list_comes_back_to_the_same_list(made: Town) -> None:
    item = made.put(make_mention(5), None, TRIAGE)
    person = made.person("dishub")
    back = "/antrean?tab=triage&opd=dishub"
    answer = person.post(f"/aduan/{item.id}/benar", expected_version=item.version, kembali=back)
    assert answer.headers["location"] == f"{back}&pesan=benar&no={item.id}"
    page = words_of(person.get(answer.headers["location"]).text)
    assert f"Keputusan disetujui. Lihat aduan {item.id}" in page
    evil = person.post(
        f"/aduan/{item.id}/benar", expected_version=item.version + 1, kembali="//jahat.example"
    )
    assert evil.headers["location"] == f"/aduan/{item.id}?pesan=benar&no={item.id}"
    person.close()


def test_what_was_put_aside_comes_back_with_one_form(made: Town) -> None:
    item = made.put(
        make_mention(5, "min?"),
        make_decision(jenis="bukan_aduan"),
        Route("aside", "aside", opd="dishub"),
    )
    person = made.person("dishub")
    page = person.get("/antrean?tab=aside").text
    assert shown_ids(page) == [item.id]
    form = re.search(r'action="(/aduan/\d+/perbaiki)" data-bring-back', page)
    assert form is not None
    answer = person.post(
        form[1], expected_version=item.version, jenis="pengaduan", kembali="/antrean?tab=aside"
    )
    assert answer.status_code == 303
    assert shown_ids(person.get("/antrean?tab=queue").text) == [item.id]
    person.close()


def test_what_is_forwarded_from_aside_stands_in_the_queue_without_a_jenis(made: Town) -> None:
    item = made.put(
        make_mention(5, "min?"), make_decision(jenis="spam"), Route("aside", "aside", opd="dishub")
    )
    person = made.person("ketua")
    answer = person.post(
        f"/aduan/{item.id}/limpahkan", expected_version=item.version, opd="dlh", why="ada aduannya"
    )
    assert answer.status_code == 303
    page = person.get("/antrean?tab=queue").text
    assert shown_ids(page) == [item.id]
    assert "Jenis belum ditentukan" in words_of(page)
    person.close()


@given(st.text(max_size=60))
def test_any_text_is_a_key_or_none(text: str) -> None:
    key = read_key(text)
    assert key is None or (key[0].tzinfo is UTC and key[1] >= 0)


def test_a_key_reads_back() -> None:
    assert read_key("2026-11-20T03:00:00.000Z_7") == (datetime(2026, 11, 20, 3, tzinfo=UTC), 7)
    assert read_key("0001-01-01T00:00:00+14:00_7") is None


def test_percentages_never_promise_a_certainty() -> None:
    assert [percent(share) for share in (0.0, 0.004, 0.875, 0.9999, 1.0)] == [
        "0%", "0%", "88%", "99%", "100%",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "tab", "said"),
    [
        ("unsure_sector", "triage", "sektor belum yakin (87%)"),
        ("urgent_unsure", "triage", "sektor belum yakin (87%)"),
        ("unsure_jenis", "triage", "jenis belum yakin (93%)"),
        ("unsure_sector", "queue", "sektor 87%"),
        ("sector", "queue", "sektor 87%"),
    ],
)
def test_doubt_stands_only_beside_the_number_that_was_decided_about(
    made: Town, rule: str, tab: str, said: str
) -> None:
    mention = make_mention(1)
    decided = {mention.network_id: (make_decision(), Route(tab, rule, opd="dishub"))}
    made.store.intake([mention], decided, "uji", made.clock.now())
    person = made.person("ketua")
    page = person.get(f"/antrean?tab={tab}").text
    confidence = re.search(r'<p class="confidence">(.*?)</p>', page, re.DOTALL)
    assert confidence is not None
    assert words_of(confidence[1]) == said
    person.close()


def test_an_act_on_a_later_page_comes_back_to_that_page(made: Town) -> None:
    for number in range(30):
        made.put(make_mention(number))
    person = made.person("ketua")
    found = re.search(r'rel="next" href="([^"]+)"', person.get("/antrean").text)
    assert found is not None
    page = person.get(found[1].replace("&amp;", "&")).text
    assert f'name="kembali" value="{found[1]}"' in page
    assert 'placeholder="mis. sampah"' in page
    person.close()


def test_a_short_reply_stands_with_what_it_answers(made: Town) -> None:
    post = "Jembatan Cikidang ditutup sampai 3 Desember"
    made.put(make_mention(1, "setuju, tolong jadi perhatian", kind="reply", parent_text=post))
    made.put(make_mention(2, "kata " * 12, kind="reply", parent_text="Dua belas kata"))
    made.put(make_mention(3, "kata " * 13, kind="reply", parent_text="Tiga belas kata"))
    made.put(make_mention(4, "", kind="comment", parent_text="Foto tanpa kata\nbaris kedua"))
    made.put(make_mention(5, "ini juga", kind="comment", parent_text="  "))
    made.put(make_mention(6, "lampu mati"))
    person = made.person("dishub")
    said = words_of(person.get("/antrean").text)
    person.close()
    assert f"setuju, tolong jadi perhatian menanggapi: {post} @warga_1" in said
    assert "menanggapi: Dua belas kata" in said
    assert "Tiga belas kata" not in said
    assert "menanggapi: Foto tanpa kata baris kedua" in said
    assert said.count("menanggapi:") == 3


def test_a_parent_that_is_hidden_is_not_quoted_in_the_list(made: Town) -> None:
    secret = make_mention(9, "anak saya dipukul gurunya")
    made.put(secret, None, Route("triage", "sensitive", opd="dp3a", sensitive=True))
    made.put(
        make_mention(
            1, "ikut sedih", kind="reply", parent_id=secret.network_id, parent_text=secret.text
        )
    )
    ketua, dishub = made.person("ketua"), made.person("dishub")
    assert "menanggapi: anak saya dipukul" in words_of(ketua.get("/antrean").text)
    said = words_of(dishub.get("/antrean").text)
    assert "ikut sedih" in said
    assert "dipukul" not in said
    ketua.close()
    dishub.close()
