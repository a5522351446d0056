"""The boards: who waits for an answer, how soon OPD answer, what comes in week by week."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
from web_support import (
    NOW,
    Town,
    Visitor,
    make_decision,
    make_mention,
    put_answer,
    watch_answers,
    words_of,
)

from tanggap.mention import Cursor, Engagement, Mention, Page, Review, Route, SourceSpec
from tanggap.store.rows import EVERYTHING, Item
from tanggap.web.captions import sector_name

DAY = timedelta(days=1)


def put(made: Town, number: int, opd: str = "dishub", **more: object) -> Item:
    more = {"posted_at": NOW - 3 * DAY, "seen_at": NOW - 3 * DAY} | more
    decision = make_decision("perhubungan", opd)
    return made.put(make_mention(number, **more), decision, Route("queue", "sector", opd=opd))


def table(person: Visitor, name: str, query: str = "") -> list[dict[str, str]]:
    """Return the rows of a table as its CSV file holds them."""
    answer = person.get(f"/papan/unduh/{name}.csv?{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    _, _, rows = answer.text.partition("\r\n\r\n")
    return list(csv.DictReader(io.StringIO(rows)))


def notes(person: Visitor, name: str, query: str = "") -> list[str]:
    """Return what stands above a table, in both of its files."""
    text = person.get(f"/papan/unduh/{name}.csv?{query}").text
    assert text.startswith("\ufeff")
    above = [row[0] for row in csv.reader(io.StringIO(text[1:].partition("\r\n\r\n")[0]))]
    cells = cells_of(person, name, query)
    assert [row[0] for row in cells[: len(above)]] == above
    assert not any(any(row[1:]) for row in cells[: len(above)])
    assert not any(cells[len(above)])
    return above


def cells_of(person: Visitor, name: str, query: str) -> list[tuple[object, ...]]:
    """Return all cells of a workbook, those above its table too."""
    answer = person.get(f"/papan/unduh/{name}.xlsx?{query}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return [tuple(cell.value for cell in row) for row in book.worksheets[0].iter_rows()]


def sheet(person: Visitor, name: str, query: str = "") -> list[tuple[object, ...]]:
    """Return the cells of the same table as its workbook holds them."""
    cells = cells_of(person, name, query)
    return cells[next(at for at, row in enumerate(cells) if not any(row)) + 1 :]


def put_post(made: Town, number: int, opd: str = "dishub", **more: object) -> Mention:
    """Store a post of an OPD's own account as the daemon would."""
    values = {"kind": "post", "author_opd": opd, "author_handle": f"{opd}_skm"}
    values |= {"text": "Jadwal perbaikan lampu jalan"}
    post = replace(make_mention(number), **values | more)
    decided = {post.network_id: (make_decision(), Route("context", "own_post"))}
    made.store.intake([post], decided, "uji", NOW)
    return post


def test_the_board_says_whom_an_opd_has_not_answered(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub", "dlh")
    old = put(made, 1)
    put(made, 2, "dlh", posted_at=NOW - timedelta(minutes=20), seen_at=NOW)
    done = put(made, 3)
    put_answer(made, done, 100)
    said = words_of(ketua.get("/papan").text)
    assert "Dishub 1 belum dijawab 1 lewat batas 1 warga" in said
    assert f"Aduan {old.id} X" in said
    assert "DLH 1 belum dijawab 1 warga" in said
    assert f"Aduan {done.id} X" not in said
    assert "Selasa 10.00 + 1 hari kerja, jadi Rabu 16.00" in said


def test_what_cannot_be_seen_is_not_called_unanswered(made: Town, ketua: Visitor) -> None:
    put(made, 1)  # no account of Dishub is watched
    watch_answers(made, "dlh")
    put(made, 2, "dlh", network="facebook", kind="tag")
    said = words_of(ketua.get("/papan").text)
    assert "Tidak ada aduan yang menunggu jawaban pertama." in said
    assert "2 aduan lain tidak terpantau jawabannya" in said
    page = words_of(ketua.get("/aduan/1").text)
    assert "Jawaban pertama tidak terpantau Akun OPD ini di jaringan itu belum tersambung." in page


def test_each_item_that_waits_is_in_a_file_by_number(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub", "dlh")
    late = put(made, 1, text="Lampu mati, telepon 0812-3456-7890")
    new = put(made, 2, "dlh", posted_at=NOW - timedelta(minutes=20), seen_at=NOW)
    secret = put(made, 3, "dlh", posted_at=NOW - timedelta(minutes=10), seen_at=NOW)
    act = Review(secret.id, "ketua", "confidential", secret.version, "saksi")
    made.store.review(EVERYTHING, act, NOW)
    lane = Route("triage", "sensitive", opd="dlh", sensitive=True)
    peka = made.put(make_mention(5, "peka"), make_decision("perhubungan", "dlh"), lane)
    put_answer(made, put(made, 4), 100)
    rows = table(ketua, "belum-aduan")
    shown = [(row["Nomor"], row["OPD"], row["Jawaban pertama"]) for row in rows]
    assert shown == [
        (str(late.id), "Dishub", "lewat batas"),
        (str(new.id), "DLH", "berjalan"),
        (str(peka.id), "DLH", "berjalan"),
    ]
    assert (rows[0]["Ditulis"], rows[0]["Batas jawaban"]) == (
        "2026-11-17 10:00",
        "2026-11-18 16:00",
    )
    assert [row[0] for row in sheet(ketua, "belum-aduan")[1:]] == [late.id, new.id, peka.id]
    # By network, matter, place and minute the public post of a sensitive one would be found.
    assert {rows[2][name] for name in ("Jaringan", "Sektor", "Kecamatan", "Ditulis")} == {""}
    taken = [(one.by, one.form, one.items) for one in made.store.exports()]
    assert taken == [("ketua", "xlsx", 3), ("ketua", "csv", 3)]
    whole = ketua.get("/papan/unduh/belum-aduan.csv").text
    for told in ("Lampu", "0812", "warga_"):
        assert told not in whole
    for name in ("ketua", "dishub", "dlh", "kosong", "pemeriksa", "analis"):
        person = made.person(name)
        page = person.get("/papan").text.partition('id="liga"')[0]
        seen = set(re.findall(r'href="/aduan/(\d+)"', page)) - {str(secret.id)}
        assert {row["Nomor"] for row in table(person, "belum-aduan")} == seen, name
        assert (str(late.id) in seen) == (name not in ("dlh", "kosong"))
        person.close()
    assert 'href="/papan/unduh/belum-aduan.xlsx?hari=30"' in ketua.get("/papan").text


def test_every_file_says_first_of_when_it_is(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub")
    put(made, 1, engagement=Engagement(9))
    put_post(made, 50)
    now = "20 Nov 2026 10.00 WIB"
    week = f"7 hari terakhir: 13 Nov 2026 10.00 sampai {now}."
    assert notes(ketua, "belum") == ["Belum dijawab OPD", f"Keadaan per {now}."]
    assert notes(ketua, "belum-aduan") == [
        *("Belum dijawab, tiap aduan", f"Keadaan per {now}.", "Aduan rahasia tidak dimuat."),
    ]
    assert notes(ketua, "jawaban", "hari=7") == ["Kecepatan jawaban", week]
    assert notes(ketua, "ramai", "hari=7") == ["Ramai dibicarakan", week]
    assert notes(ketua, "unggahan", "hari=7") == ["Unggahan OPD", week]
    assert notes(ketua, "tren") == [
        "Tren tiap minggu",
        f"12 minggu sejak 31 Agustus 2026; keadaan per {now}.",
        "Tiap kolom dimulai hari Senin; minggu terakhir belum selesai.",
        "Tanda –: minggu itu tidak dipantau.",
    ]


def test_the_league_tells_how_soon_an_opd_answers(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub", "dlh")
    put_answer(made, put(made, 1), 100)
    put_answer(made, put(made, 2), 101, posted_at=NOW - DAY)
    put(made, 3, "dlh")
    rows = {row["OPD"]: row for row in table(ketua, "jawaban", "hari=7")}
    assert list(rows) == ["Dishub", "DLH", "Semua"]
    assert (rows["Dishub"]["Diterima"], rows["Dishub"]["Dijawab"]) == ("2", "2")
    assert (rows["Dishub"]["Tepat waktu"], rows["Dishub"]["Lewat batas"]) == ("0.5", "1")
    assert rows["Dishub"]["9 dari 10 dalam (jam kerja)"] == "14.0"
    assert rows["DLH"]["Tepat waktu"] == "0.0"
    head, dishub, dlh, total = sheet(ketua, "jawaban", "hari=7")
    assert dict(zip(head, dishub, strict=True))["9 dari 10 dalam (jam kerja)"] == 14
    assert dict(zip(head, dishub, strict=True))["Tepat waktu"] == 0.5
    assert dict(zip(head, dlh, strict=True))["Median (jam kerja)"] is None
    assert dict(zip(head, total, strict=True))["Diterima"] == 3
    assert list(rows["Dishub"]) == list(head)
    said = words_of(ketua.get("/papan?hari=7").text)
    assert "Dishub 50,0%" in said
    assert "Batas jawaban pertama: 1 hari kerja" in said


def test_an_admin_sees_the_own_opd_only(made: Town) -> None:
    watch_answers(made, "dishub", "dlh")
    put(made, 1)
    put(made, 2, "dlh")
    person = made.person("dlh")
    said = words_of(person.get("/papan").text)
    assert "DLH 1 belum dijawab" in said
    assert "Dishub 1 belum" not in said
    assert [row["OPD"] for row in table(person, "jawaban")] == ["DLH", "Semua"]
    assert [row["OPD"] for row in table(person, "belum")] == ["DLH"]
    person.close()


def watch_network(
    made: Town, network: str, since: int, until: int = 0, kind: str = "mentions"
) -> None:
    """Let a network have been read from `since` until `until` days ago."""
    source, now = f"{network}:{kind}:dishub", made.clock.now()
    known = [status.spec for status in made.store.sources(now)]
    spec = SourceSpec(source, network, kind, ("dishub",), "@dishub_skm", 180)
    made.store.sync_sources([*(one for one in known if one.id != source), spec], now)
    lease = made.store.lease(source, "uji", now, now + timedelta(minutes=3))
    assert lease is not None
    watched = {"watched_since": now - since * DAY, "watched_until": now - until * DAY}
    made.store.accept(lease, Page((), Cursor("{}"), **watched), {}, now)
    made.store.finish(lease, now, now + timedelta(minutes=3), "")


def test_a_week_that_nobody_watched_has_a_dash_and_no_bar(made: Town, ketua: Visitor) -> None:
    watch_network(made, "x", 11)  # from Monday, 9 November
    put(made, 1)
    put(made, 2, posted_at=NOW - 25 * DAY, seen_at=NOW)  # found by reading back, 26 October
    [row] = table(ketua, "tren", "tren=sektor")
    told = list(row.values())[1:]
    assert told == [*["–"] * 8, "1", "–", "0", "1"]
    cells = sheet(ketua, "tren", "tren=sektor")[1][1:]
    assert cells == (*["–"] * 8, 1, "–", 0, 1)
    html = ketua.get("/papan?tren=sektor").text
    [plot] = re.findall(r'<svg class="bars" .*?</svg>', html)
    places = [int(place) for place in re.findall(r'<rect x="(\d+)"', plot)]
    assert places == [81, 101, 111], "a gap where nobody watched, a line where nothing came"
    assert "0 – – – – – – – – 1 – 0 1" not in words_of(html)
    assert "– – – – – – – – 1 – 0 1" in words_of(html)
    assert "Tanda –: minggu itu tidak dipantau." in words_of(html)


def test_each_network_has_weeks_of_its_own(made: Town, ketua: Visitor) -> None:
    watch_network(made, "x", 80)
    watch_network(made, "facebook", 4)
    put(made, 1)
    put(made, 2, network="facebook")
    put(made, 3, network="aplikasi", kind="intake")  # a file: as far as anything was watched
    found = table(ketua, "tren", "tren=jaringan")
    rows = {row["Jaringan"].lower(): list(row.values())[1:] for row in found}
    assert rows["x"] == [*["0"] * 11, "1"]
    assert rows["facebook"] == [*["–"] * 11, "1"]
    assert rows["aplikasi"] == [*["0"] * 11, "1"]
    page = words_of(ketua.get("/papan?tren=sektor").text)
    assert "Tanda –" not in page


def test_instagram_was_watched_by_whichever_way_it_was_read(made: Town, ketua: Visitor) -> None:
    watch_network(made, "x", 80)
    watch_network(made, "instagram_web", 11, kind="media")
    put(made, 1, network="instagram")
    [row] = table(ketua, "tren", "tren=jaringan")
    assert list(row.values())[1:] == [*["–"] * 10, "0", "1"]


def test_what_accounts_write_themselves_is_no_watching_for_complaints(
    made: Town, ketua: Visitor
) -> None:
    watch_network(made, "x", 80, kind="timeline")
    watch_network(made, "x", 4)
    put(made, 1)
    [row] = table(ketua, "tren", "tren=sektor")
    assert list(row.values())[1:] == [*["–"] * 11, "1"]


def test_the_trend_counts_by_week_and_group(made: Town, ketua: Visitor) -> None:
    watch_network(made, "x", 90)
    put(made, 1)
    put(made, 2, posted_at=NOW - 10 * DAY, seen_at=NOW)
    put(made, 3, network="facebook", posted_at=NOW - 100 * DAY, seen_at=NOW)
    rows = table(ketua, "tren", "tren=sektor")
    assert [row["Sektor"] for row in rows] == [sector_name("perhubungan")]
    assert (rows[0]["16 Nov"], rows[0]["9 Nov"]) == ("1", "1")
    assert len(rows[0]) == 13
    assert [row["Jaringan"] for row in table(ketua, "tren", "tren=jaringan")] == ["X"]
    assert sheet(ketua, "tren", "tren=sektor")[1] == (sector_name("perhubungan"), *[0] * 10, 1, 1)
    said = words_of(ketua.get("/papan?tren=kecamatan").text)
    assert "tidak diketahui" in said


@pytest.mark.parametrize("address", ["/papan?hari=banyak&tren=x", "/papan?hari=9"])
def test_what_an_address_does_not_mean_is_the_usual_view(ketua: Visitor, address: str) -> None:
    answer = ketua.get(address)
    assert answer.status_code == 200
    assert 'aria-current="true">30 hari' in answer.text


def test_a_board_that_was_kept_follows_what_changes(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub")
    item = put(made, 1)
    assert "Dishub 1 belum dijawab" in words_of(ketua.get("/papan").text)
    put_answer(made, item, 100)
    assert "Tidak ada aduan yang menunggu" in words_of(ketua.get("/papan").text)


def test_an_answer_that_no_network_shows_is_recorded_with_its_link(
    made: Town, ketua: Visitor
) -> None:
    item = put(made, 1, network="aplikasi", kind="intake")
    answer = ketua.post(
        f"/aduan/{item.id}/jawaban",
        expected_version=item.version,
        opd="dishub",
        answered_at="2026-11-17T12:00",
        link="https://contoh.example/jawaban/1",
        mutu="substantif",
        why="dijawab di kolom komentar",
    )
    assert answer.headers["location"] == f"/aduan/{item.id}?pesan=jawaban&no={item.id}"
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Jawaban Dishub Substantif 17 Nov 2026 12.00 WIB" in said
    assert "Dicatat oleh ketua; tidak terlihat di jaringan yang dipantau." in said
    assert "Jawaban pertama tepat waktu setelah 2,0 jam kerja (2 jam)" in said
    assert "dijawab di kolom komentar" in said


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"opd": ""}, "Pilih OPD yang menjawab"),
        ({"opd": "pln"}, "tidak dikenal"),
        ({"link": "lewat telepon"}, "https://"),
        ({"link": "https://x"}, "https://"),
        ({"answered_at": "kemarin"}, "tanggal dan jam"),
        ({"answered_at": "2026-11-17T12:00Z"}, "tanggal dan jam"),
        ({"answered_at": "2026-11-21T12:00"}, "masih di depan"),
        ({"answered_at": "2026-11-01T12:00"}, "lebih dulu"),
        ({"mutu": "bagus"}, "tidak dikenal"),
    ],
)
def test_a_recorded_answer_with_a_mistake_is_refused_and_nothing_typed_is_lost(
    made: Town, ketua: Visitor, wrong: dict[str, str], problem: str
) -> None:
    item = put(made, 1)
    typed = {
        "opd": "dishub", "answered_at": "2026-11-17T12:00", "link": "https://contoh.example/1",
        "mutu": "template", "why": "lihat komentar",
    } | wrong  # fmt: skip
    answer = ketua.post(f"/aduan/{item.id}/jawaban", expected_version=item.version, **typed)
    assert answer.status_code == 422
    assert problem in words_of(answer.text)
    assert 'open id="form-jawaban"' in answer.text
    assert "lihat komentar" in answer.text
    assert f'value="{typed["link"]}"' in answer.text
    facts = made.store.item_facts(EVERYTHING, item.id)
    assert facts is not None
    assert facts.answers == ()


def test_a_person_says_which_kind_an_answer_is(made: Town, ketua: Visitor) -> None:
    item = put(made, 1)
    put_answer(made, item, 100)
    assert "Jawaban Dishub belum dinilai" in words_of(ketua.get(f"/aduan/{item.id}").text)
    shown = made.store.item(EVERYTHING, item.id)
    assert shown is not None
    number = shown.answers[0].id
    answer = ketua.post(f"/aduan/{item.id}/mutu", answer=number, mutu="arahkan")
    assert answer.headers["location"] == f"/aduan/{item.id}?pesan=mutu"
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Jawaban Dishub Arahkan ke kanal lain ditetapkan ketua" in said
    assert "ketua: menetapkan mutu jawaban Mutu: Arahkan ke kanal lain" in said
    assert ketua.post(f"/aduan/{item.id}/mutu", answer=number, mutu="bagus").status_code == 422
    gone = ketua.post(f"/aduan/{item.id}/mutu", answer=999, mutu="arahkan")
    assert gone.status_code == 422
    assert "Jawaban itu bukan jawaban atas aduan ini" in words_of(gone.text)


def test_a_person_under_whom_it_is_not_cannot_correct_it(made: Town) -> None:
    item = put(made, 1)
    put_answer(made, item, 100)
    person = made.person("dlh")
    assert person.post(f"/aduan/{item.id}/mutu", answer=1, mutu="arahkan").status_code == 404
    person.close()


def test_late_sight_is_said_beside_the_deadline(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub")
    item = put(made, 1, seen_at=NOW - timedelta(hours=2))
    words = "dihitung sampai 23 Nov 2026 16.00 WIB karena OPD baru dapat mengetahuinya kemudian"
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Jawaban pertama berjalan Selasa 10.00 + 1 hari kerja, jadi Rabu 16.00" in said
    assert words in said
    assert f"jadi Rabu 16.00; {words}" in words_of(ketua.get("/papan").text)


def test_an_answer_recorded_by_hand_is_told_apart_on_the_board(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub")
    put_answer(made, put(made, 1), 100)
    item = put(made, 2)
    ketua.post(
        f"/aduan/{item.id}/jawaban", expected_version=item.version, opd="dishub",
        answered_at="2026-11-17T12:00", link="https://contoh.example/1", mutu="substantif", why="",
    )  # fmt: skip
    [dishub, _] = table(ketua, "jawaban")
    assert (dishub["Dijawab"], dishub["Dicatat manual"]) == ("2", "1")


def test_what_many_talk_about_stands_on_the_board_with_its_weight(
    made: Town, ketua: Visitor
) -> None:
    loud = put(made, 1, text="Lampu mati, telepon 0812-3456-7890", engagement=Engagement(7, 2, 1))
    items = [put(made, number, "dlh", author_id=str(number)) for number in (2, 3)]
    quiet = put(made, 4)
    incident = made.store.join_incident(
        EVERYTHING, [one.id for one in items], "Sampah menumpuk", "ketua", NOW
    )
    page = ketua.get("/papan")
    said = words_of(page.text)
    assert "Sampah menumpuk Insiden: 2 warga" in said
    assert "20 2 – – – DLH Baru" in said
    assert "20 1 7 2 1 Dishub Baru" in said
    assert f'href="/insiden/{incident}"' in page.text
    assert f'href="/aduan/{loud.id}"' in page.text
    assert "0812-3456" not in page.text
    assert f'href="/aduan/{quiet.id}">Lampu' not in page.text
    head, first, second = sheet(ketua, "ramai")
    rows = [dict(zip(head, row, strict=True)) for row in (first, second)]
    assert [row["Bobot"] for row in rows] == [20, 20]
    assert {row["Insiden"] for row in rows} == {"Sampah menumpuk", None}
    assert [row["Nomor"] for row in table(ketua, "ramai")] == [str(row["Nomor"]) for row in rows]
    assert "Lampu" not in ketua.get("/papan/unduh/ramai.csv").text


def test_of_a_sensitive_item_the_board_shows_no_words(made: Town, ketua: Visitor) -> None:
    lane = Route("triage", "sensitive", opd="dishub", sensitive=True)
    mention = make_mention(1, "Pungli di loket", engagement=Engagement(40))
    item = made.put(mention, make_decision(), lane)
    page = ketua.get("/papan").text
    assert f'href="/aduan/{item.id}">Aduan {item.id}</a>' in page
    assert "Pungli" not in page


def test_a_confidential_item_is_talked_about_before_supervisors_alone_and_in_no_file(
    made: Town, ketua: Visitor
) -> None:
    item = put(made, 1, engagement=Engagement(9, 9, 9))
    beside = put(made, 2, engagement=Engagement(3))
    link, other = (f'href="/aduan/{one.id}"' for one in (item, beside))
    act = Review(item.id, "ketua", "confidential", item.version, "saksi")
    made.store.review(EVERYTHING, act, NOW)
    assert f"{link}>Aduan {item.id}</a>" in ketua.get("/papan").text
    for name in ("ketua", "dishub", "pemeriksa", "analis"):
        person = made.person(name)
        assert [row["Nomor"] for row in table(person, "ramai")] == [str(beside.id)], name
        assert [row[0] for row in sheet(person, "ramai")[1:]] == [beside.id], name
        page = person.get("/papan").text
        assert (link in page, other in page) == (name == "ketua", True), name
        person.close()


def test_an_own_post_stands_beside_the_complaints_below_it(made: Town, ketua: Visitor) -> None:
    post = put_post(made, 50, engagement=Engagement(12, 3, 0))
    put_post(made, 51, "dlh", posted_at=NOW - 20 * DAY)
    below = {"kind": "reply", "parent_id": post.network_id, "thread_id": post.network_id}
    first = put(made, 1, **below)
    done = put(made, 2, **below)
    put_answer(made, done, 100, parent_id=done.mention.network_id)
    page = ketua.get("/papan")
    said = words_of(page.text)
    assert "Jadwal perbaikan lampu jalan Dishub · X" in said
    assert "2 1 15 12 3 0" in said
    assert f'<a href="/aduan/{first.id}">1</a>' in page.text
    rows = table(ketua, "unggahan")
    assert [row["OPD"] for row in rows] == ["Dishub", "DLH"]
    assert [rows[0][name] for name in ("Aduan di bawahnya", "Belum dijawab", "Suka")] == [
        "2", "1", "12",
    ]  # fmt: skip
    assert (rows[1]["Suka"], rows[1]["Diunggah"]) == ("", "2026-10-31 10:00")
    assert [row["OPD"] for row in table(ketua, "unggahan", "hari=7")] == ["Dishub"]
    dlh = made.person("dlh")
    assert [row["OPD"] for row in table(dlh, "unggahan")] == ["DLH"]
    dlh.close()


def test_no_cell_of_a_file_acts_as_a_formula(made: Town, ketua: Visitor) -> None:
    put_post(made, 50, text="=HYPERLINK(A1)")
    made.store.join_incident(
        EVERYTHING, [put(made, one, author_id=str(one)).id for one in (1, 2)], "=1+1", "ketua", NOW
    )
    assert table(ketua, "unggahan")[0]["Unggahan"] == "'=HYPERLINK(A1)"
    assert table(ketua, "ramai")[0]["Insiden"] == "'=1+1"
    answer = ketua.get("/papan/unduh/ramai.xlsx")
    [book] = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    assert (book["B5"].value, book["B5"].data_type) == ("=1+1", "s")


@pytest.mark.parametrize("name", ["liga.csv", "jawaban.pdf", "jawaban", "x.csv"])
def test_a_table_or_form_that_there_is_not_is_missing(ketua: Visitor, name: str) -> None:
    assert ketua.get(f"/papan/unduh/{name}").status_code == 404
