"""The boards: who waits for an answer, how soon OPD answer, what comes in week by week."""

import csv
import io
from datetime import timedelta

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

from tanggap.mention import Route
from tanggap.store.rows import EVERYTHING, Item

DAY = timedelta(days=1)


def put(made: Town, number: int, opd: str = "dishub", **more: object) -> Item:
    more = {"posted_at": NOW - 3 * DAY, "seen_at": NOW - 3 * DAY} | more
    decision = make_decision("perhubungan", opd)
    return made.put(make_mention(number, **more), decision, Route("queue", "sector", opd=opd))


def table(answer_text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer_text.lstrip("\ufeff"))))


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


def test_the_league_tells_how_soon_an_opd_answers(made: Town, ketua: Visitor) -> None:
    watch_answers(made, "dishub", "dlh")
    put_answer(made, put(made, 1), 100)
    put_answer(made, put(made, 2), 101, posted_at=NOW - DAY)
    put(made, 3, "dlh")
    rows = {row["opd"]: row for row in table(ketua.get("/papan/liga.csv?hari=7").text)}
    assert list(rows) == ["dishub", "dlh"]
    assert (rows["dishub"]["received"], rows["dishub"]["answered"]) == ("2", "2")
    assert (rows["dishub"]["in_time"], rows["dishub"]["late"]) == ("1", "1")
    assert rows["dishub"]["p90_minutes"] == str(2 * 7 * 60)
    assert rows["dlh"]["share_in_time"] == "0.0"
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
    assert [row["opd"] for row in table(person.get("/papan/liga.csv").text)] == ["dlh"]
    person.close()


def test_the_trend_counts_by_week_and_group(made: Town, ketua: Visitor) -> None:
    put(made, 1)
    put(made, 2, posted_at=NOW - 10 * DAY, seen_at=NOW)
    put(made, 3, network="facebook", posted_at=NOW - 100 * DAY, seen_at=NOW)
    rows = table(ketua.get("/papan/tren.csv?tren=sektor").text)
    assert [row["sektor"] for row in rows] == ["perhubungan"]
    assert (rows[0]["2026-11-16"], rows[0]["2026-11-09"]) == ("1", "1")
    assert len(rows[0]) == 13
    assert [row["jaringan"] for row in table(ketua.get("/papan/tren.csv?tren=jaringan").text)] == [
        "x"
    ]
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
    said = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Jawaban pertama berjalan Selasa 10.00 + 1 hari kerja, jadi Rabu 16.00" in said
    assert "dihitung sampai 23 Nov 2026 16.00 WIB karena OPD baru dapat mengetahuinya" in said
