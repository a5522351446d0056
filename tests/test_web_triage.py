"""Fast triage without a browser: single choices, going on, undoing, who has what in hand, bulk."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import quote

import pytest
from web_support import (
    QUEUE,
    TRIAGE,
    Town,
    Visitor,
    make_decision,
    make_mention,
    words_of,
)

from tanggap.errors import StoreBusy
from tanggap.mention import Prediction, Review, Route
from tanggap.store.rows import EVERYTHING, Item, ItemDetail
from tanggap.web import bulk

ASIDE = Route("aside", "aside", opd="dishub")
LIST = quote("tab=triage", safe="")


def now_of(made: Town, item: Item) -> ItemDetail:
    found = made.store.item(EVERYTHING, item.id)
    assert found is not None
    return found


def marked(*items: Item) -> list[str]:
    return [f"{item.id}:{item.version}" for item in items]


@pytest.mark.parametrize(
    ("form", "fields", "verdict", "after"),
    [
        ("sektor", {"sector": "perhubungan"}, "agree", ("pengaduan", "perhubungan", "dishub")),
        ("sektor", {"sector": "jalan"}, "relabel", ("pengaduan", "jalan", "dpupr")),
        ("opd", {"opd": "dishub"}, "agree", ("pengaduan", "perhubungan", "dishub")),
        ("opd", {"opd": "dlh"}, "relabel", ("pengaduan", "perhubungan", "dlh")),
        ("sisihkan", {}, "relabel", ("bukan_aduan", "perhubungan", "dishub")),
    ],
)
def test_one_choice_decides_an_item(
    made: Town,
    ketua: Visitor,
    form: str,
    fields: dict[str, str],
    verdict: str,
    after: tuple[str, str, str],
) -> None:
    item = made.put(make_mention(1), None, TRIAGE)
    answer = ketua.post(f"/aduan/{item.id}/{form}", expected_version=item.version, **fields)
    assert answer.headers["location"] == f"/aduan/{item.id}?pesan={form}&no={item.id}"
    detail = now_of(made, item)
    assert (detail.item.jenis, detail.item.sector, detail.item.opd) == after
    assert detail.item.tab == ("aside" if form == "sisihkan" else "queue")
    assert detail.history[-1].kind == verdict


def test_a_sector_says_that_something_is_asked_and_nothing_asked_is_agreed_to(
    made: Town, ketua: Visitor
) -> None:
    thanks = make_decision(jenis="apresiasi")
    one = made.put(make_mention(1, "makasih, jalannya rusak lagi"), thanks, ASIDE)
    two = made.put(make_mention(2, "makasih min"), thanks, TRIAGE)
    ketua.post(f"/aduan/{one.id}/sektor", expected_version=1, sector="perhubungan")
    ketua.post(f"/aduan/{two.id}/sisihkan", expected_version=1)
    assert (now_of(made, one).item.tab, now_of(made, one).item.jenis) == ("queue", "pengaduan")
    assert (now_of(made, two).item.tab, now_of(made, two).item.jenis) == ("aside", "apresiasi")
    assert now_of(made, two).history[-1].kind == "agree"


@pytest.mark.parametrize(
    ("form", "fields"), [("sektor", {}), ("sektor", {"sector": "x"}), ("opd", {"opd": "x"})]
)
def test_a_choice_that_is_none_is_refused(
    made: Town, ketua: Visitor, form: str, fields: dict[str, str]
) -> None:
    item = made.put(make_mention(1))
    answer = ketua.post(f"/aduan/{item.id}/{form}", expected_version=1, **fields)
    assert answer.status_code == 422
    assert "Pilihan itu tidak dikenal." in words_of(answer.text)


def test_what_its_status_put_aside_comes_back_with_one_press(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    ketua.post(
        f"/aduan/{item.id}/status", expected_version=1, status="bukan_aduan", why="salah lihat"
    )
    assert now_of(made, item).item.jenis == "pengaduan"
    answer = ketua.post(f"/aduan/{item.id}/perbaiki", expected_version=2, jenis="pengaduan")
    assert answer.status_code == 303
    assert now_of(made, item).item.tab == "queue"


def test_a_row_and_a_page_offer_the_likely_sectors_first_then_the_frequent_ones(
    made: Town, ketua: Visitor
) -> None:
    for number in range(3):
        made.put(make_mention(10 + number), make_decision("kebersihan_lingkungan", "dlh"))
    unsure = Prediction("jalan", 0.4, (("jalan", 0.4), ("drainase_banjir", 0.3), ("tak ada", 0.1)))
    item = made.put(make_mention(1), make_decision(sector="jalan"), TRIAGE)
    made.store.intake(
        [make_mention(1, "diubah", revision="2")],
        {item.mention.network_id: (replace(make_decision(), sector=unsure), TRIAGE)},
        "uji",
        made.clock.now(),
    )
    row = re.search(r'data-picks="([^"]+)"', ketua.get("/antrean?tab=triage").text)
    assert row is not None
    picks = row[1].split()
    assert picks[:3] == ["jalan", "drainase_banjir", "kebersihan_lingkungan"]
    assert len(picks) == len(set(picks)) == 9
    page = ketua.get(f"/aduan/{item.id}").text
    assert re.findall(r'<button name="sector" value="(\w+)"', page) == picks
    auditor = made.person("pemeriksa")
    assert "data-picks" not in auditor.get("/antrean?tab=triage").text
    assert 'name="sector"' not in auditor.get(f"/aduan/{item.id}").text
    auditor.close()


# Going on --------------------------------------------------------------------------------------


def test_after_an_act_the_next_item_of_the_same_list_opens(made: Town, ketua: Visitor) -> None:
    first, second, third = (made.put(make_mention(number), None, TRIAGE) for number in (1, 2, 3))
    made.put(make_mention(4))
    page = ketua.get("/antrean?tab=triage").text
    assert f'href="/aduan/{first.id}?dari={LIST}"' in page
    page = ketua.get(f"/aduan/{first.id}?dari={LIST}").text
    assert 'name="dari" value="tab=triage"' in page
    assert f'rel="next" href="/aduan/{second.id}?dari={LIST}"' in page
    answer = ketua.post(f"/aduan/{first.id}/benar", expected_version=1, dari="tab=triage")
    assert answer.headers["location"] == (
        f"/aduan/{second.id}?dari={LIST}&pesan=benar&no={first.id}"
    )
    said = words_of(ketua.get(answer.headers["location"]).text)
    assert f"Keputusan disetujui. Lihat aduan {first.id}" in said
    # A note settles nothing; at the end the list opens again.
    note = ketua.post(
        f"/aduan/{second.id}/catatan", expected_version=1, why="tanya dulu", dari="tab=triage"
    )
    assert note.headers["location"].startswith(f"/aduan/{second.id}?dari=")
    last = ketua.post(f"/aduan/{third.id}/sisihkan", expected_version=1, dari="tab=triage")
    assert last.headers["location"] == f"/antrean?tab=triage&pesan=sisihkan&no={third.id}"


def test_going_on_passes_what_is_decided_or_in_other_hands(made: Town, ketua: Visitor) -> None:
    items = [made.put(make_mention(number)) for number in range(1, 6)]
    made.store.review(EVERYTHING, Review(items[1].id, "x", "agree", 1), made.clock.now())
    dishub = made.person("dishub")
    dishub.get(f"/aduan/{items[2].id}")
    answer = ketua.post(f"/aduan/{items[0].id}/benar", expected_version=1, dari="tab=queue")
    assert answer.headers["location"].startswith(f"/aduan/{items[3].id}?dari=tab%3Dqueue&")
    dishub.close()


def test_who_does_not_want_to_go_on_stays(made: Town, ketua: Visitor) -> None:
    first, _ = (made.put(make_mention(number), None, TRIAGE) for number in (1, 2))
    here = f"/aduan/{first.id}?dari={LIST}"
    assert "Lanjut otomatis: aktif" in words_of(ketua.get(here).text)
    answer = ketua.post("/antrean/lanjut", lanjut="mati", kembali=here)
    assert answer.headers["location"] == here
    assert "Lanjut otomatis: mati" in words_of(ketua.get(here).text)
    stays = ketua.post(f"/aduan/{first.id}/benar", expected_version=1, dari="tab=triage")
    assert stays.headers["location"] == f"{here}&pesan=benar&no={first.id}"
    ketua.post("/antrean/lanjut", kembali="https://jahat.example/")
    assert "Lanjut otomatis: aktif" in words_of(ketua.get(here).text)


@pytest.mark.parametrize("came", ["//jahat", "x" * 5000, "tab=rahasia&setelah=x", "\u202e=&&;;"])
def test_a_list_that_is_none_leads_nowhere_else(made: Town, ketua: Visitor, came: str) -> None:
    item = made.put(make_mention(1))
    answer = ketua.post(f"/aduan/{item.id}/benar", expected_version=1, dari=came)
    assert answer.headers["location"].startswith((f"/aduan/{item.id}?", "/antrean?"))
    assert ketua.get(f"/aduan/{item.id}?dari={quote(came)}").status_code == 200


# Undoing ---------------------------------------------------------------------------------------


def test_what_was_done_is_undone_within_ten_seconds(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1), None, TRIAGE)
    before = now_of(made, item).item
    answer = ketua.post(
        f"/aduan/{item.id}/benar", expected_version=1, kembali="/antrean?tab=triage"
    )
    page = ketua.get(answer.headers["location"]).text
    form = re.search(rf'action="/aduan/{item.id}/batal".*?</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    assert fields == {"expected_version": "2", "kembali": "/antrean?tab=triage"}
    undone = ketua.post(f"/aduan/{item.id}/batal", **fields)
    assert undone.headers["location"] == f"/antrean?tab=triage&pesan=batal&no={item.id}"
    assert (now_of(made, item).item.tab, before.tab) == ("triage", "triage")
    said = ketua.get(undone.headers["location"]).text
    assert "Tindakan dibatalkan; keadaannya seperti semula." in words_of(said)
    assert "/batal" not in said
    assert "ketua: membatalkan tindakannya" in words_of(ketua.get(f"/aduan/{item.id}").text)


def test_later_it_is_neither_offered_nor_done(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1), None, TRIAGE)
    done = ketua.post(f"/aduan/{item.id}/benar", expected_version=1).headers["location"]
    made.clock.forward(seconds=9)
    assert "/batal" in ketua.get(done).text
    made.clock.forward(seconds=2)
    assert "/batal" not in ketua.get(done).text
    made.clock.forward(seconds=5)
    late = ketua.post(f"/aduan/{item.id}/batal", expected_version=2)
    assert late.status_code == 422
    assert "Tidak dapat dibatalkan lagi" in words_of(late.text)
    assert now_of(made, item).item.tab == "queue"


def test_nobody_undoes_for_another_or_what_changed_since(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1), None, TRIAGE)
    done = ketua.post(f"/aduan/{item.id}/benar", expected_version=1).headers["location"]
    dishub = made.person("dishub")
    assert "/batal" not in dishub.get(done).text
    assert dishub.post(f"/aduan/{item.id}/batal", expected_version=2).status_code == 422
    dishub.post(f"/aduan/{item.id}/status", expected_version=2, status="proses")
    late = ketua.post(f"/aduan/{item.id}/batal", expected_version=2)
    assert late.status_code == 409
    assert "Aduan ini sudah diubah oleh dishub." in words_of(late.text)
    assert "Status: Terverifikasi → Proses" in words_of(late.text)
    dishub.close()


def test_an_opd_takes_back_what_it_sent_away(made: Town) -> None:
    item = made.put(make_mention(1))
    dishub = made.person("dishub")
    sent = dishub.post(f"/aduan/{item.id}/limpahkan", expected_version=1, opd="dlh", why="-")
    assert sent.headers["location"] == "/antrean?pesan=limpahkan"  # it sees the item no more
    assert f'action="/aduan/{item.id}/batal"' in dishub.get(sent.headers["location"]).text
    assert dishub.post(f"/aduan/{item.id}/batal", expected_version=2).status_code == 303
    assert now_of(made, item).item.opd == "dishub"
    dishub.close()


def test_the_second_of_two_hears_who_changed_what(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    dishub = made.person("dishub")
    dishub.post(f"/aduan/{item.id}/status", expected_version=1, status="koordinasi")
    dishub.post(f"/aduan/{item.id}/sektor", expected_version=2, sector="jalan")
    answer = ketua.post(f"/aduan/{item.id}/benar", expected_version=1)
    problem = re.search(r'class="problem".*?</div>', answer.text, re.DOTALL)
    assert problem is not None
    said = words_of(problem[0])
    assert "dishub: mengubah status" in said
    assert "Status: Baru → Koordinasi" in said
    assert "Sektor: Perhubungan, PJU, parkir & lalu lintas → Jalan & jembatan" in said
    assert "menempatkan aduan" not in said
    dishub.close()


# In hand ---------------------------------------------------------------------------------------


def in_hand(page: str) -> str:
    banner = re.search(r"<p [^>]*data-in-hand[^>]*>.*?</p>", page, re.DOTALL)
    assert banner is not None
    return "" if " hidden>" in banner[0] else words_of(banner[0])


def test_two_people_see_that_they_are_at_the_same_item(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    dishub, analis = made.person("dishub"), made.person("analis")
    assert in_hand(analis.get(f"/aduan/{item.id}").text) == ""  # who only reads takes nothing
    assert in_hand(dishub.get(f"/aduan/{item.id}").text) == ""
    page = ketua.get(f"/aduan/{item.id}").text
    assert in_hand(page).startswith("Sedang dikerjakan oleh dishub.")
    assert "sedang dikerjakan oleh ketua" in words_of(dishub.get("/antrean").text)
    assert "sedang dikerjakan oleh dishub, ketua" in words_of(analis.get("/antrean").text)
    # It ends by itself, unless the open page says that somebody is there.
    made.clock.forward(seconds=120)
    assert ketua.post(f"/aduan/{item.id}/pegang").json() == {"lain": "dishub"}
    made.clock.forward(seconds=70)
    assert "sedang dikerjakan oleh ketua" in words_of(analis.get("/antrean").text)
    assert dishub.post(f"/aduan/{item.id}/pegang").json() == {"lain": "ketua"}
    # A page that is left says so, as browsers send it from a page without a referrer.
    left = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert ketua.post(f"/aduan/{item.id}/lepas", left).status_code == 204
    assert "sedang dikerjakan oleh dishub" in words_of(analis.get("/antrean").text)
    dishub.post(f"/aduan/{item.id}/benar", expected_version=1)
    assert "sedang dikerjakan" not in words_of(analis.get("/antrean").text)
    assert analis.post(f"/aduan/{item.id}/pegang").status_code == 403
    dishub.close()
    analis.close()


def test_it_is_no_lock(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(1))
    dishub = made.person("dishub")
    dishub.get(f"/aduan/{item.id}")
    assert ketua.post(f"/aduan/{item.id}/benar", expected_version=1).status_code == 303
    dishub.close()


# Many at once ----------------------------------------------------------------------------------


def test_marked_items_are_done_together_and_undone_together(made: Town, ketua: Visitor) -> None:
    items = [made.put(make_mention(number), None, TRIAGE) for number in range(1, 5)]
    page = ketua.get("/antrean?tab=triage").text
    assert page.count('form="borongan"') == 4
    answer = ketua.post(
        "/antrean/borongan", tindakan="setujui", lingkup="ditandai", pilih=marked(*items[:3]),
        kembali="/antrean?tab=triage", dari="tab=triage",
    )  # fmt: skip
    assert answer.headers["location"] == "/antrean?tab=triage&pesan=borongan&jumlah=3"
    tabs = [now_of(made, item).item.tab for item in items]
    assert tabs == ["queue", "queue", "queue", "triage"]
    page = ketua.get(answer.headers["location"]).text
    assert "Tindakan borongan selesai. 3 aduan." in words_of(page)
    form = re.search(r'action="/antrean/batal".*?</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    undone = ketua.post("/antrean/batal", **fields)
    assert undone.headers["location"] == "/antrean?tab=triage&pesan=batal&jumlah=3"
    assert {now_of(made, item).item.tab for item in items} == {"triage"}
    assert made.store.labels() == []
    assert ketua.post("/antrean/batal", **fields).status_code == 422


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ({"tindakan": "sisihkan"}, ("aside", "bukan_aduan", "dishub", "perhubungan")),
        (
            {"tindakan": "sektor", "sector": "jalan"},
            ("queue", "terverifikasi", "dpupr", "jalan"),
        ),
        (
            {"tindakan": "limpahkan", "opd": "dlh", "why": "sampah"},
            ("queue", "baru", "dlh", "perhubungan"),
        ),
        (
            {"tindakan": "status", "status": "duplikat", "why": "sama"},
            ("queue", "duplikat", "dishub", "perhubungan"),
        ),
    ],
)
def test_every_act_can_be_done_to_many(
    made: Town, ketua: Visitor, fields: dict[str, str], after: tuple[str, ...]
) -> None:
    items = [made.put(make_mention(number), None, TRIAGE) for number in (1, 2)]
    answer = ketua.post("/antrean/borongan", pilih=" ".join(marked(*items)), **fields)
    assert answer.status_code == 303
    for item in items:
        now = now_of(made, item).item
        assert (now.tab, now.status, now.opd, now.sector) == after


def test_what_somebody_changed_or_does_not_fit_is_left_and_named(
    made: Town, ketua: Visitor
) -> None:
    items = [made.put(make_mention(number), None, TRIAGE) for number in range(1, 4)]
    vague = made.put(make_mention(9), make_decision(jenis="pengaduan"), QUEUE)
    blank = Review(vague.id, "uji", "forward", 1, "x", opd="dlh")
    made.store.review(EVERYTHING, blank, made.clock.now())
    dishub = made.person("dishub")
    dishub.post(f"/aduan/{items[0].id}/status", expected_version=1, status="proses")
    answer = ketua.post(
        "/antrean/borongan", tindakan="limpahkan", opd="dlh", why="sampah", kembali="/antrean",
        pilih=[*marked(*items), f"{vague.id}:2", "999:1", "x", "1:y", ":", f"{9**30}:1"],
    )  # fmt: skip
    assert answer.status_code == 200
    said = words_of(answer.text)
    assert "2 aduan dikerjakan" in said
    assert "1 dibiarkan karena sementara itu diubah orang lain" in said
    assert f"Aduan {items[0].id}: diubah oleh dishub" in said
    assert f"Aduan {vague.id}: Aduan ini sudah pada OPD itu. Pilih OPD lain." in said
    assert "1 tidak lagi ada pada Anda." in said
    assert 'action="/antrean/batal"' in answer.text
    assert now_of(made, items[0]).item.opd == "dishub"
    dishub.close()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Pilih tindakannya."),
        ({"tindakan": "hapus"}, "Pilih tindakannya."),
        ({"tindakan": "sektor", "sector": "x"}, "Pilih sektornya."),
        ({"tindakan": "limpahkan", "why": "x"}, "Pilih OPD tujuan."),
        ({"tindakan": "limpahkan", "opd": "dlh", "why": " "}, "Tulis alasannya"),
        ({"tindakan": "status"}, "Pilih status."),
        ({"tindakan": "status", "status": "arsip"}, "Status ini perlu alasan."),
        ({"tindakan": "status", "status": "dijawab"}, "Tulis tautan jawabannya"),
        ({"tindakan": "setujui", "why": "x" * 2001}, "Terlalu panjang"),
        ({"tindakan": "setujui", "pilih": ""}, "Belum ada aduan yang ditandai."),
        (
            {"tindakan": "setujui", "pilih": " ".join(f"{n}:1" for n in range(501))},
            "paling banyak 500",
        ),
    ],
)
def test_an_act_on_many_that_makes_no_sense_does_nothing(
    made: Town, ketua: Visitor, fields: dict[str, str], said: str
) -> None:
    item = made.put(make_mention(1))
    sent = {"pilih": f"{item.id}:1", **fields}
    answer = ketua.post("/antrean/borongan", **sent)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert now_of(made, item).item.version == 1


def test_all_that_match_are_counted_and_confirmed_first(
    made: Town, ketua: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        made.put(make_mention(number, f"lampu {number}"), None, TRIAGE) for number in range(1, 6)
    ]
    other = made.put(make_mention(9), make_decision("jalan", "dpupr"), QUEUE)
    asked = {"tindakan": "sisihkan", "dari": "tab=triage", "kembali": "/antrean?tab=triage"}
    page = ketua.post("/antrean/borongan", lingkup="semua", **asked)
    assert page.status_code == 200
    assert "Tindakan untuk 5 aduan" in words_of(page.text)
    assert "lebih dari 500" not in words_of(page.text)
    assert {now_of(made, item).item.tab for item in items} == {"triage"}  # nothing done yet
    fields = {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    }
    late = made.put(make_mention(0, "baru saja datang"), None, TRIAGE)
    done = ketua.post("/antrean/borongan", **fields)
    assert done.headers["location"] == "/antrean?tab=triage&pesan=borongan&jumlah=5"
    assert {now_of(made, item).item.tab for item in items} == {"aside"}
    assert [now_of(made, item).item.tab for item in (late, other)] == ["triage", "queue"]
    monkeypatch.setattr(bulk, "AT_MOST", 3)
    asked["dari"] = "tab=aside"
    page = ketua.post("/antrean/borongan", lingkup="semua", **asked)
    assert "Tindakan untuk 3 aduan" in words_of(page.text)
    assert "Yang cocok lebih dari 500." in words_of(page.text)


def test_nobody_does_to_many_what_they_may_not_do_to_one(made: Town) -> None:
    own, foreign = (
        made.put(make_mention(1)),
        made.put(
            make_mention(2), make_decision("kesehatan", "dinkes"), replace(QUEUE, opd="dinkes")
        ),
    )
    analis, dishub = made.person("analis"), made.person("dishub")
    for what in ("limpahkan", "status"):
        sent = {"tindakan": what, "opd": "dlh", "status": "proses", "why": "x"}
        answer = analis.post("/antrean/borongan", pilih=marked(own), **sent)
        assert answer.status_code == 403
    assert 'value="limpahkan"' not in analis.get("/antrean").text
    answer = dishub.post("/antrean/borongan", tindakan="setujui", pilih=marked(own, foreign))
    assert "1 tidak lagi ada pada Anda." in words_of(answer.text)
    assert [now_of(made, item).item.version for item in (own, foreign)] == [2, 1]
    auditor = made.person("pemeriksa")
    answer = auditor.post("/antrean/borongan", tindakan="setujui", pilih=marked(own))
    assert answer.status_code == 403
    assert 'id="borongan"' not in auditor.get("/antrean").text
    for person in (analis, dishub, auditor):
        person.close()


def test_a_busy_database_ends_an_act_on_many_with_an_account_of_it(
    made: Town, ketua: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [made.put(make_mention(number), None, TRIAGE) for number in range(1, 5)]
    review, calls = made.store.review, iter(range(10))

    def busy_from_the_third_on(*args: object, **options: object) -> object:
        if next(calls) >= 2:
            raise StoreBusy("terkunci")
        return review(*args, **options)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(made.store, "review", busy_from_the_third_on)
    answer = ketua.post(
        "/antrean/borongan", tindakan="setujui", lingkup="ditandai", pilih=marked(*items)
    )
    said = words_of(answer.text)
    assert "2 aduan dikerjakan" in said
    assert "2 belum dikerjakan: basis data sedang sibuk." in said
    assert "Batalkan" in said  # what was done can be undone
    tabs = [now_of(made, item).item.tab for item in items]
    assert sorted(tabs) == ["queue", "queue", "triage", "triage"]


def test_who_only_looked_at_an_item_is_not_named_as_who_changed_it(
    made: Town, ketua: Visitor
) -> None:
    item = made.put(make_mention(1, "hubungi 0812-3456-7890"), None, TRIAGE)
    dishub = made.person("dishub")
    assert ketua.post(f"/aduan/{item.id}/benar", expected_version=1).status_code == 303
    assert dishub.post(f"/aduan/{item.id}/data-pribadi", why="menelepon pelapor").status_code == 200
    answer = ketua.post(
        "/antrean/borongan", tindakan="setujui", lingkup="ditandai", pilih=marked(item)
    )
    assert "diubah oleh ketua" in words_of(answer.text)
    dishub.close()


# Joining what is marked -----------------------------------------------------------------------


def test_marked_rows_are_joined_into_an_incident_though_nothing_suggests_it(
    made: Town, ketua: Visitor
) -> None:
    items = [made.put(make_mention(n, f"Kejadian nomor {n}"), None, TRIAGE) for n in (1, 2, 3)]
    answer = ketua.post("/antrean/satukan", pilih=marked(*items[:2]), kembali="/antrean?tab=triage")
    assert answer.headers["location"] == "/insiden/1?pesan=insiden"
    assert words_of(ketua.get("/insiden/1").text).count("Kejadian nomor") == 2
    assert ketua.post("/antrean/satukan", pilih=marked(*items[1:])).status_code == 303
    assert words_of(ketua.get("/insiden/1").text).count("Kejadian nomor") == 3


def test_one_row_a_foreign_one_and_two_incidents_are_not_joined(made: Town, ketua: Visitor) -> None:
    items = [made.put(make_mention(n, f"Kejadian nomor {n}"), None, TRIAGE) for n in range(1, 5)]
    for sent in ([], marked(items[0]), ["kacau"]):
        answer = ketua.post("/antrean/satukan", pilih=sent, kembali="//jahat.example")
        assert answer.status_code == 422
        assert "sedikitnya dua aduan" in words_of(answer.text)
        assert 'href="/antrean"' in answer.text
    other = Route("queue", "sector", opd="dinkes")
    foreign = made.put(make_mention(9), make_decision("kesehatan", "dinkes"), other)
    dishub = made.person("dishub")
    own = made.put(make_mention(10))
    answer = dishub.post("/antrean/satukan", pilih=marked(own, foreign))
    assert answer.status_code == 422
    assert "bukan bagian OPD Anda" in words_of(answer.text)
    ketua.post("/antrean/satukan", pilih=marked(*items[:2]))
    ketua.post("/antrean/satukan", pilih=marked(*items[2:]))
    answer = ketua.post("/antrean/satukan", pilih=marked(items[0], items[2]))
    assert "Aduan-aduan ini ada di insiden yang berbeda" in words_of(answer.text)
    assert made.store.count_incidents(EVERYTHING, "open") == 2
    dishub.close()
