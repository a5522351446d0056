"""Which items stand in which list, what narrows them, and lists kept under a name."""

import itertools
import re
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_support import (
    Town,
    Visitor,
    look_at_deadlines,
    make_decision,
    make_mention,
    watch_answers,
    words_of,
)

from tanggap.mention import STATUSES, Flag, Prediction, Review, Route
from tanggap.store.rows import EVERYTHING, Item, Tab
from tanggap.web import words
from tanggap.web.lists import LISTS, lists_of, wanted_in


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="item[^"]*" id="aduan-(\d+)"', page)]


def counts(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-count="(\w+)">([^<]+)', page))


def test_late_is_what_waits_longer_than_the_working_days_of_the_policy(
    made: Town, ketua: Visitor
) -> None:
    # It is Friday morning: what was posted on Wednesday is late since Thursday evening.
    wednesday = made.put(make_mention(2 * 24 * 60))
    thursday = made.put(make_mention(20 * 60))
    assert wednesday.opd is not None
    watch_answers(made, wednesday.opd)
    look_at_deadlines(made)
    page = ketua.get("/antrean?tab=late").text
    assert ids(page) == [wednesday.id]
    assert counts(page)["late"] == "1"
    assert counts(page)["unanswered"] == "2"
    past_any = ketua.get("/antrean?lewat=1").text
    assert ids(past_any) == [wednesday.id]
    assert 'name="lewat" value="1" checked' in past_any
    made.clock.forward(hours=4 * 24)  # Tuesday: Friday has ended, over a weekend
    watch_answers(made, wednesday.opd)
    look_at_deadlines(made)
    later = made.person("ketua")
    assert ids(later.get("/antrean?tab=late").text) == [thursday.id, wednesday.id]
    status(made, wednesday, "dijawab", "lewat telepon")
    assert ids(later.get("/antrean?tab=late").text) == [thursday.id]
    assert ids(later.get("/antrean?tab=late&usia=1").text) == []
    later.close()


def status(made: Town, item: Item, wanted: str, why: str = "") -> Item:
    review = Review(item.id, "ketua", "status", item.version, why, status=wanted)
    changed = made.store.review(EVERYTHING, review, made.clock.now())
    assert changed is not None
    return changed


def test_every_item_stands_in_one_list_and_perhaps_among_the_unanswered(made: Town) -> None:
    item = made.put(make_mention(1))
    for tab, one in itertools.product(get_args(Tab), STATUSES):
        lists = lists_of(replace(item, tab=tab, status=one))
        assert len([name for name in lists if name != "unanswered"]) == 1, (tab, one)
        assert ("unanswered" in lists) == (tab == "queue" and one in STATUSES[:4])
    assert list(LISTS) == list(words.LISTS)


def test_the_unanswered_lose_what_is_answered_and_the_queue_what_is_closed(
    made: Town, ketua: Visitor
) -> None:
    item = made.put(make_mention(1))
    other = made.put(make_mention(2))
    assert counts(ketua.get("/antrean").text)["unanswered"] == "2"
    item = status(made, item, "dijawab")
    assert ids(ketua.get("/antrean?tab=unanswered").text) == [other.id]
    assert ids(ketua.get("/antrean").text) == [item.id, other.id]
    assert "Kembali ke Antrean" in words_of(ketua.get(f"/aduan/{item.id}").text)
    status(made, item, "selesai")
    status(made, other, "bukan_kewenangan", "milik provinsi")
    assert ids(ketua.get("/antrean?tab=closed").text) == [item.id, other.id]
    page = ketua.get("/antrean").text
    assert ids(page) == []
    assert counts(page) == dict.fromkeys(LISTS, "0") | {"closed": "2"}
    assert "Semua sudah ditutup" in words_of(page)
    assert "Buka Selesai" in words_of(page)
    page = ketua.get(f"/aduan/{item.id}").text
    assert 'href="/antrean?tab=closed" data-back="closed"' in page
    assert "Kembali ke Selesai" in words_of(page)


def test_each_filter_narrows_list_and_counts_alike(made: Town, ketua: Visitor) -> None:
    place = next(iter(made.config.policy.kecamatan))
    first = made.put(make_mention(10), make_decision(place=Prediction(place, 0.9)))
    second = made.put(
        make_mention(20), make_decision(jenis="aspirasi", urgent=Flag(on=True, confidence=0.9))
    )
    old = made.put(make_mention(60 * 24 * 5, network="facebook"))
    everything = [first, second, old]
    for query, wanted in (
        (f"kecamatan={place}", [first]),
        ("jenis=aspirasi", [second]),
        ("mendesak=1", [second]),
        ("usia=1", [first, second]),
        ("usia=7", everything),
        ("usia=lebih3", [old]),
        ("usia=lebih7", []),
        ("dari=2026-11-20", [first, second]),
        ("sampai=2026-11-15", [old]),
        ("dari=2026-11-15&sampai=2026-11-15", [old]),
        ("dari=2026-11-16&sampai=2026-11-19", []),
        ("usia=1&sampai=2026-11-19", []),
        ("jaringan=facebook&usia=lebih1", [old]),
        (f"kecamatan={place}&jenis=aspirasi", []),
        # What is not known narrows nothing.
        ("opd=x&kecamatan=x&jenis=x&mendesak=x&usia=x&dari=x&sampai=2026-02-30", everything),
        ("dari=0001-01-01&sampai=9999-12-31&usia=99999999", everything),
    ):
        page = ketua.get(f"/antrean?{query}").text
        assert ids(page) == [item.id for item in wanted], query
        live = ketua.get(f"/antrean/hitung?{query}").json()
        assert live["tabs"]["unanswered"] == str(len(wanted)), query
        assert counts(page) == live["tabs"], query


def test_a_filter_that_is_in_use_is_seen_and_stays(made: Town, ketua: Visitor) -> None:
    page = ketua.get("/antrean?tab=closed&jenis=aspirasi&dari=2026-11-01&cari=a&mendesak=1").text
    assert '<details class="further" open>' in page
    assert '<option value="aspirasi" selected>' in page
    assert 'type="date" value="2026-11-01"' in page
    assert 'name="mendesak" value="1" checked' in page
    assert '<span class="number">4</span>' in page
    assert "tab=queue&amp;jenis=aspirasi&amp;mendesak=1&amp;dari=2026-11-01&amp;cari=a" in page
    assert '<details class="further">' in ketua.get("/antrean?sektor=jalan").text


def test_the_day_of_a_filter_is_the_citys(made: Town, ketua: Visitor) -> None:
    # 03.00 UTC is 10.00 WIB: ten hours and a minute earlier it was the day before.
    made.put(make_mention(10 * 60 + 1))
    today = made.put(make_mention(10 * 60 - 1))
    assert ids(ketua.get("/antrean?dari=2026-11-20").text) == [today.id]


def test_live_counts_of_an_age_are_asked_anew_when_items_grow_old(
    made: Town, ketua: Visitor
) -> None:
    made.put(make_mention(60 * 23 + 5))
    first = ketua.get("/antrean/hitung?usia=1")
    assert first.json()["tabs"]["queue"] == "1"
    tag = first.headers["etag"]
    for _ in range(3):
        made.clock.forward(minutes=19)
        assert ketua.get("/antrean/hitung?usia=1", If_None_Match=tag).status_code == 304
        ketua.get("/antrean")  # what a page asks by itself keeps no session alive
    made.clock.forward(minutes=19)
    later = ketua.get("/antrean/hitung?usia=1", If_None_Match=tag)
    assert later.json()["tabs"]["queue"] == "0"


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.sampled_from(["tab", *words.NARROWED, "setelah", "lain"]),
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(["queue", "closed", "1", "3", "lebih7", "jalan", "spam", "2026-11-02"]),
            st.dates().map(str),
        ),
    )
)
def test_whatever_stands_in_an_address_is_read_once_and_for_all(
    made: Town, given: dict[str, str]
) -> None:
    desk: Any = made.app.state.desk
    once = wanted_in(desk, urlencode(given, errors="replace"))
    again = wanted_in(desk, once.query())
    assert again == once
    assert again.query() == once.query()
    assert "setelah" not in once.query()


def test_a_list_is_kept_under_a_name_and_opened_again(made: Town, ketua: Visitor) -> None:
    form = {"nama": " Jalan  rusak ", "kueri": "tab=unanswered&sektor=jalan&setelah=x&lain=<b>"}
    answer = ketua.post("/antrean/tampilan", **form)
    assert answer.headers["location"] == "/antrean?tab=unanswered&sektor=jalan&pesan=tampilan"
    page = ketua.get(answer.headers["location"]).text
    assert "Tampilan disimpan." in words_of(page)
    link = '<a class="view" href="/antrean?tab=unanswered&amp;sektor=jalan" aria-current="true">'
    assert f"{link}<bdi>Jalan rusak</bdi>" in page
    assert 'class="view"' in ketua.get("/antrean").text
    said = words_of(ketua.get("/antrean/tampilan").text)
    assert "Milik saya 1/20 Jalan rusak Belum dijawab · Sektor: Jalan & jembatan" in said.replace(
        "dijawab Sektor", "dijawab · Sektor"
    )


def test_what_a_name_lacks_is_said_and_what_was_typed_is_kept(made: Town, ketua: Visitor) -> None:
    ketua.post("/antrean/tampilan", nama="Satu", kueri="tab=queue")
    for name, said in (("", "tulis nama tampilannya"), ("satu", "sudah ada; pilih nama lain")):
        answer = ketua.post("/antrean/tampilan", nama=name, kueri="tab=closed&cari=banjir")
        assert answer.status_code == 422
        assert said in words_of(answer.text)
        assert 'name="kueri" value="tab=closed&amp;cari=banjir"' in answer.text
    assert ketua.post("/antrean/tampilan", nama="x" * 41, kueri="").status_code == 422
    [view] = made.store.views("ketua")
    ketua.post("/antrean/tampilan", nama="Dua", kueri="tab=queue")
    answer = ketua.post("/antrean/tampilan/ubah", nomor=view.id, nama="dua")
    assert (answer.status_code, 'value="dua"' in answer.text) == (422, True)


def test_a_view_is_renamed_and_removed(made: Town, ketua: Visitor) -> None:
    ketua.post("/antrean/tampilan", nama="Satu", kueri="tab=queue")
    [view] = made.store.views("ketua")
    answer = ketua.post("/antrean/tampilan/ubah", nomor=view.id, nama="Lain")
    assert "Tampilan diubah. " in words_of(ketua.get(answer.headers["location"]).text)
    assert [one.name for one in made.store.views("ketua")] == ["Lain"]
    answer = ketua.post("/antrean/tampilan/hapus", nomor=view.id)
    page = words_of(ketua.get(answer.headers["location"]).text)
    assert "Tampilan dihapus." in page
    assert "Belum ada tampilan tersimpan" in page


def test_only_a_supervisor_shares_a_view_and_sharing_shows_nobody_more(
    made: Town, ketua: Visitor
) -> None:
    foreign = made.put(
        make_mention(1), make_decision("kesehatan", "dinkes"), Route("queue", "sector", "dinkes")
    )
    ketua.post("/antrean/tampilan", nama="Kesehatan", kueri="sektor=kesehatan", bagikan="1")
    [view] = made.store.views("ketua")
    person = made.person("dishub")
    page = person.get("/antrean").text
    assert "<bdi>Kesehatan</bdi>" in page
    assert 'name="bagikan"' not in page
    assert ids(person.get(f"/antrean?{view.query}").text) == []
    assert ids(ketua.get(f"/antrean?{view.query}").text) == [foreign.id]
    own = {"nama": "a", "kueri": "tab=queue", "bagikan": "1"}
    assert person.post("/antrean/tampilan", **own).status_code == 403
    for number in (view.id, view.id + 7):
        # Another's and a missing one are the same.
        answers = [
            person.post("/antrean/tampilan/ubah", nomor=number, nama="b"),
            person.post("/antrean/tampilan/hapus", nomor=number),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert "Kesehatan oleh ketua" in words_of(person.get("/antrean/tampilan").text)
    assert ketua.post("/antrean/tampilan/ubah", nomor=view.id, nama="c").status_code == 303
    assert "<bdi>c</bdi>" not in person.get("/antrean").text  # not shared any more
    person.close()


def test_a_supervisor_clears_away_what_another_one_shared(made: Town, ketua: Visitor) -> None:
    made.store.add_user("lama", "supervisor", (), "hash", made.clock.now())
    number = made.store.save_view("lama", "Usang", "tab=queue", True, made.clock.now())
    hidden = made.store.save_view("lama", "Sendiri", "tab=queue", False, made.clock.now())
    assert "Usang oleh lama" in words_of(ketua.get("/antrean/tampilan").text)
    assert ketua.post("/antrean/tampilan/hapus", nomor=hidden).status_code == 404
    assert ketua.post("/antrean/tampilan/hapus", nomor=number).status_code == 303
    assert [view.name for view in made.store.views("lama")] == ["Sendiri"]


def test_rows_stand_close_where_the_browser_remembers_it(made: Town, ketua: Visitor) -> None:
    made.put(make_mention(1))
    assert 'class="list-page"' in ketua.get("/antrean").text
    close = ketua.get("/antrean", Cookie=f"{_cookies(ketua)}; tanggap-kerapatan=rapat").text
    assert 'class="list-page compact"' in close
    assert 'data-density aria-pressed="true"' in close


def _cookies(person: Visitor) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.session.cookies)


def test_empty_lists_name_the_next_step(made: Town, ketua: Visitor) -> None:
    for tab, said in (
        ("unanswered", "Semua di antrean sudah dijawab"),
        ("closed", "Belum ada yang ditutup"),
    ):
        page = ketua.get(f"/antrean?tab={tab}").text
        assert said in words_of(page)
        assert 'href="/antrean?tab=queue">Buka Antrean</a>' in page
