"""The desk's incidents: suggested, confirmed, split, merged; who sees what; surges."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from test_web_routes import FORMS, Known, routes_of
from web_support import NOW, Town, Visitor, make_decision, make_mention, words_of

from tanggap.mention import Prediction, Route
from tanggap.store.rows import EVERYTHING, Item

FLOOD = (
    "Banjir setinggi lutut di Jl. Flamboyan, got mampet semua dan motor warga mogok",
    "jl flamboyan kerendem min, air selutut got mampet, motor banyak yang mogok",
    "Got Jl. Flamboyan mampet, banjir selutut masuk rumah, tolong pompa airnya",
)


def put(made: Town, number: int, text: str, *, opd: str = "dpupr", sector: str = "drainase_banjir",
        place: str = "tanjungrejo", **more: object) -> Item:  # fmt: skip
    return made.put(
        make_mention(number, text, **more),
        replace(make_decision(sector, opd), place=Prediction(place, 0.97)),
        Route("queue", "sector", opd=opd, candidates=(opd,)),
    )


def join(made: Town, *items: Item, title: str = "Banjir Flamboyan") -> int:
    number = made.store.join_incident(EVERYTHING, [item.id for item in items], title, "uji", NOW)
    assert number is not None
    return number


def test_what_is_alike_is_suggested_with_the_reasons(made: Town, ketua: Visitor) -> None:
    items = [put(made, number * 10, text) for number, text in enumerate(FLOOD)]
    put(made, 40, "Banjir setinggi lutut di Jl. Kamboja, got mampet semua dan motor mogok")
    put(made, 50, "banjir min")
    page = ketua.get(f"/aduan/{items[0].id}").text
    said = words_of(page)
    assert "Mungkin kejadian yang sama" in said
    assert sorted(re.findall(r'name="dengan" value="(\d+)"', page)) == sorted(
        str(item.id) for item in items[1:]
    )
    assert "Sektor sama Tanjungrejo sama-sama menyebut flamboyan selisih 10 menit" in said
    for reader in ("analis", "pemeriksa"):
        person = made.person(reader)
        assert "Mungkin kejadian" not in person.get(f"/aduan/{items[0].id}").text
        person.close()


def test_one_click_confirms_and_the_number_of_citizens_stands_in_every_list(
    made: Town, ketua: Visitor
) -> None:
    items = [put(made, number * 10, text) for number, text in enumerate(FLOOD)]
    one, two, _ = items
    answer = ketua.post(f"/aduan/{one.id}/insiden", dengan=[two.id])
    assert answer.headers["location"] == f"/aduan/{one.id}?pesan=insiden"
    page = words_of(ketua.get(f"/aduan/{one.id}?pesan=insiden").text)
    assert "Aduan disatukan menjadi satu insiden." in page
    assert "Bagian dari insiden" in page
    assert "Drainase, sungai & banjir: Flamboyan, Tanjungrejo" in page
    assert "ketua: menyatukan dengan aduan lain Insiden: 1" in page
    queue = words_of(ketua.get("/antrean").text)
    assert queue.count("Insiden: 2 warga") == 2
    assert "1 insiden terbuka" in queue
    ketua.post(f"/aduan/{items[2].id}/insiden", dengan=[one.id])
    assert words_of(ketua.get("/antrean").text).count("Insiden: 3 warga") == 3
    assert "Mungkin kejadian" not in ketua.get(f"/aduan/{items[2].id}").text
    listed = words_of(ketua.get("/insiden").text)
    assert "3 warga 3 aduan" in listed


def test_bukan_is_remembered(made: Town, ketua: Visitor) -> None:
    one, two, three = (put(made, number * 10, text) for number, text in enumerate(FLOOD))
    answer = ketua.post(f"/aduan/{one.id}/bukan-insiden", dengan=[two.id])
    assert answer.headers["location"] == f"/aduan/{one.id}?pesan=bukan_insiden"
    page = ketua.get(f"/aduan/{one.id}").text
    assert re.findall(r'name="dengan" value="(\d+)"', page) == [str(three.id)]


@pytest.mark.parametrize("form", ["insiden", "bukan-insiden"])
def test_a_form_without_a_choice_or_with_a_strangers_says_so(
    made: Town, ketua: Visitor, form: str
) -> None:
    one = put(made, 1, FLOOD[0])
    for sent in ({}, {"dengan": "999"}, {"dengan": str(one.id)}, {"dengan": str(10**30)}):
        answer = ketua.post(f"/aduan/{one.id}/{form}", **sent)
        assert answer.status_code == 422, sent
        assert 'class="problem"' in answer.text
    assert ketua.post(f"/aduan/{one.id}/{form}", dengan="abc").status_code == 400


def test_the_page_shows_members_clock_and_history_and_splits(made: Town, ketua: Visitor) -> None:
    items = [put(made, number * 10, text) for number, text in enumerate(FLOOD)]
    number = join(made, *items)
    page = words_of(ketua.get(f"/insiden/{number}").text)
    assert "3 warga" in page
    assert "yang pertama" in page
    assert "uji: membuat insiden" in page
    answer = ketua.post(f"/insiden/{number}/pisah", aduan=[items[0].id, items[1].id])
    assert answer.headers["location"] == f"/insiden/{number + 1}?pesan=pisah_insiden"
    assert words_of(ketua.get(f"/insiden/{number + 1}").text).count("Aduan ") >= 2
    # One was left: it stands alone again.
    assert "Dibubarkan" in words_of(ketua.get(f"/insiden/{number}").text)
    assert ketua.post(f"/insiden/{number + 1}/pisah").status_code == 422
    assert ketua.post(f"/insiden/{number + 1}/pisah", aduan=[items[2].id]).status_code == 404


def test_a_title_is_changed_and_an_incident_closed_and_opened(made: Town, ketua: Visitor) -> None:
    number = join(made, put(made, 1, FLOOD[0]), put(made, 2, FLOOD[1]))
    ketua.post(f"/insiden/{number}/nama", judul="Banjir <b>besar</b>")
    page = ketua.get(f"/insiden/{number}").text
    assert "Banjir &lt;b&gt;besar&lt;/b&gt;" in page
    assert "Judul kosong" in words_of(ketua.post(f"/insiden/{number}/nama", judul=" ").text)
    ketua.post(f"/insiden/{number}/keadaan", keadaan="closed")
    assert "Belum ada insiden yang terbuka" in words_of(ketua.get("/insiden").text)
    assert "besar" in ketua.get("/insiden?keadaan=closed").text
    assert "insiden terbuka" not in ketua.get("/antrean").text
    ketua.post(f"/insiden/{number}/keadaan", keadaan="open")
    assert "besar" in ketua.get("/insiden").text


def test_two_incidents_are_merged(made: Town, ketua: Visitor) -> None:
    items = [put(made, number, f"{FLOOD[number % 3]} {number}") for number in range(4)]
    kept, gone = join(made, *items[:2]), join(made, *items[2:], title="Yang kedua")
    assert "Yang kedua (2 warga)" in words_of(ketua.get(f"/insiden/{kept}").text)
    answer = ketua.post(f"/insiden/{kept}/gabung", lain=gone)
    assert answer.headers["location"] == f"/insiden/{kept}?pesan=gabung_insiden"
    assert "4 warga" in words_of(ketua.get(f"/insiden/{kept}").text)
    assert f"Aduannya sekarang ada di insiden {kept}" in words_of(
        ketua.get(f"/insiden/{gone}").text
    )
    assert ketua.post(f"/insiden/{kept}/gabung", lain=kept).status_code == 422
    assert ketua.post(f"/insiden/{kept}/gabung", lain=999).status_code == 404
    one = put(made, 50, FLOOD[0])
    other = put(made, 51, FLOOD[1])
    second = join(made, one, other)
    # Both belong somewhere: they are shown, and cannot be joined here.
    page = ketua.get(f"/aduan/{one.id}").text
    assert "Sudah ada di insiden lain" in page
    assert 'name="dengan"' not in page
    answer = ketua.post(f"/aduan/{one.id}/insiden", dengan=[items[0].id])
    assert answer.status_code == 422
    assert "gabungkan insidennya dulu" in words_of(answer.text)
    assert made.store.incidents_of([one.id])[one.id].id == second


def test_one_open_item_of_each_opd_stands_for_its_duplicates(made: Town, ketua: Visitor) -> None:
    items = [put(made, number, FLOOD[number % 3]) for number in range(3)]
    other = put(made, 9, FLOOD[0], opd="bpbd")
    number = join(made, *items, other)
    page = words_of(ketua.get(f"/insiden/{number}").text)
    assert "Tandai 2 aduan sebagai duplikat" in page
    ketua.post(f"/insiden/{number}/duplikat")
    statuses = {}
    for item in (*items, other):
        found = made.store.item(EVERYTHING, item.id)
        assert found is not None
        statuses[item.id] = found.item.status
        if found.item.status == "duplikat":
            assert found.notes[-1].why == f"Satu kejadian dengan aduan lain (insiden {number})."
    # The oldest of DPUPR is the last that was put.
    assert statuses == {
        items[0].id: "duplikat", items[1].id: "duplikat", items[2].id: "baru", other.id: "baru",
    }  # fmt: skip
    assert "sebagai duplikat" not in words_of(ketua.get(f"/insiden/{number}").text)


def ask(person: Visitor, known: Known, incident: int, item: int) -> requests.Response:
    path = known.path.replace("{incident}", str(incident)).replace("{number}", str(item))
    if known.method == "GET":
        return person.get(path)
    return person.post(path, **FORMS[known.path])


def test_every_role_on_every_incident_own_shared_foreign_and_missing(made: Town) -> None:
    """Foreign and missing are the same 404 on each route; who only reads gets 403."""
    routes = [known for known in routes_of(made.app) if "{incident}" in known.path]
    assert len(routes) >= 6
    number = iter(range(1, 1000))

    def fresh(*opds: str) -> tuple[int, Item]:
        items = [put(made, next(number), FLOOD[0], opd=opd) for opd in opds]
        return join(made, *items), items[0]

    people = {name: made.person(name) for name in ("ketua", "dishub", "analis", "pemeriksa")}
    kinds = {"own": ("dishub", "dishub"), "shared": ("dishub", "dlh"), "foreign": ("dlh", "dlh")}
    for known in routes:
        for kind, opds in kinds.items():
            for name, person in people.items():
                incident, item = fresh(*opds)
                before = made.store.incident(EVERYTHING, incident)
                answer = ask(person, known, incident, item.id)
                missing = ask(person, known, 999_999, item.id)
                acting = name in ("ketua", "dishub")
                case = (known.method, known.path, kind, name)
                if known.method == "POST" and not acting:
                    assert answer.status_code == missing.status_code == 403, case
                elif name == "dishub" and kind == "foreign":
                    assert answer.status_code == missing.status_code == 404, case
                    assert answer.text == missing.text, case
                else:
                    assert missing.status_code == 404, case
                    if known.method == "GET":
                        assert answer.status_code == 200, case
                    else:
                        # 404: what FORMS names beside it is missing.
                        assert answer.status_code in (303, 404, 422), case
                if answer.status_code in (403, 404):
                    assert made.store.incident(EVERYTHING, incident) == before, case
    for person in people.values():
        person.close()


def test_an_opd_reads_its_own_members_and_the_number_of_all_citizens(made: Town) -> None:
    own = put(made, 1, "Pompa air di Jl. Flamboyan milik kami", opd="dishub")
    foreign = put(made, 2, "Rahasia dinas sebelah di Jl. Flamboyan", opd="dlh")
    number = join(made, own, foreign)
    person = made.person("dishub")
    page = person.get(f"/insiden/{number}").text
    assert "Pompa air" in page
    assert "Rahasia" not in page
    said = words_of(page)
    assert "2 warga" in said
    assert "1 aduan lain dari kejadian ini ditangani OPD lain" in said
    assert f"/aduan/{foreign.id}" not in page
    assert person.post(f"/insiden/{number}/pisah", aduan=[foreign.id]).status_code == 404
    answer = person.post(f"/insiden/{number}/pisah", aduan=[own.id])
    assert answer.headers["location"] == "/insiden?pesan=pisah_insiden"
    assert "Insiden:" not in person.get("/antrean").text
    person.close()


def test_a_surge_stands_above_the_queue_at_once(made: Town, ketua: Visitor) -> None:
    for day in range(1, 11):
        put(made, day * 24 * 60 + 30, "Got bau", author_id=str(day))
    for number in range(1, 6):
        put(made, number, "Banjir lagi", author_id="1")
    assert "Lonjakan" not in ketua.get("/antrean").text  # one citizen, five times
    for number in range(10, 19):
        put(made, number, "Banjir juga di sini", author_id=str(number))
    said = words_of(ketua.get("/antrean").text)
    assert (
        "Lonjakan: 10 warga tentang Drainase, sungai & banjir di Tanjungrejo "
        "dalam 6 jam terakhir; biasanya 1,0." in said
    )
    assert "/antrean?tab=queue&amp;sektor=drainase_banjir&amp;kecamatan=tanjungrejo" in (
        ketua.get("/antrean").text
    )
    assert "Lonjakan" not in ketua.get("/antrean?sektor=jalan").text
    other = made.person("dishub")
    assert "Lonjakan" not in other.get("/antrean").text  # none of it is theirs
    other.close()
    made.clock.forward(hours=timedelta(hours=7) / timedelta(hours=1))
    assert "Lonjakan" not in ketua.get("/antrean").text
