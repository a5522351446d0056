"""Records of answers on the item page: corrected, withdrawn; a kind that goes back to the model."""

import re
from dataclasses import replace

import pytest
from web_support import (
    Town,
    Visitor,
    make_decision,
    make_mention,
    put_answer,
    watch_answers,
    words_of,
)

from tanggap.mention import Review
from tanggap.privacy import PrivacySettings
from tanggap.store.rows import EVERYTHING, Answer, Item

LINK = "https://contoh.example/jawaban/1"


def now_of(made: Town, item: Item) -> tuple[Item, tuple[Answer, ...]]:
    found = made.store.item(EVERYTHING, item.id)
    assert found is not None
    return found.item, found.answers


def recorded(made: Town, ketua: Visitor, number: int = 120) -> tuple[Item, Answer]:
    """Return an item with an answer that a person recorded, and that answer."""
    item = made.put(make_mention(number))
    answer = ketua.post(
        f"/aduan/{item.id}/jawaban", expected_version=item.version, opd="dishub", link=LINK,
        answered_at="2026-11-20T09:00", mutu="substantif",
    )  # fmt: skip
    assert answer.status_code == 303
    after, [one] = now_of(made, item)
    assert after.status == "dijawab"
    return after, one


def test_a_withdrawn_record_counts_no_more_and_the_history_says_why(
    made: Town, ketua: Visitor
) -> None:
    watch_answers(made, "dishub")
    item, one = recorded(made, ketua)
    page = ketua.get(f"/aduan/{item.id}").text
    assert "Tarik catatan ini" in words_of(page)
    answer = ketua.post(
        f"/aduan/{item.id}/jawaban/tarik", expected_version=item.version, catatan=one.record,
        why="itu aduan orang lain",
    )  # fmt: skip
    assert answer.headers["location"] == f"/aduan/{item.id}?pesan=tarik&no={item.id}"
    after, left = now_of(made, item)
    assert (after.status, after.answered_at, left) == ("baru", None, ())
    page = ketua.get(answer.headers["location"]).text
    said = words_of(page)
    assert "Catatan jawaban ditarik." in said
    assert "ketua: mencatat jawaban yang tidak terpantau Status: Baru → Dijawab" in said
    assert "ketua: menarik catatan jawaban Status: Dijawab → Baru" in said
    assert "itu aduan orang lain" in said
    assert "Jawaban pertama berjalan" in said
    assert "Belum ada jawaban OPD untuk aduan ini yang terlihat." in said
    assert f"Aduan {item.id} X" in words_of(ketua.get("/papan").text)


def test_a_corrected_record_shows_the_right_one_alone(made: Town, ketua: Visitor) -> None:
    item, one = recorded(made, ketua)
    page = ketua.get(f"/aduan/{item.id}").text
    assert f'value="{LINK}"' in page
    assert 'value="2026-11-20T09:00"' in page
    answer = ketua.post(
        f"/aduan/{item.id}/jawaban/ralat", expected_version=item.version, catatan=one.record,
        opd="dpupr", link=LINK + "2", answered_at="2026-11-20T09:30", mutu="template",
        why="tertukar",
    )  # fmt: skip
    assert answer.headers["location"] == f"/aduan/{item.id}?pesan=ralat&no={item.id}"
    said = words_of(ketua.get(answer.headers["location"]).text)
    assert "Jawaban DPUPR Template 20 Nov 2026 09.30 WIB" in said
    assert "Jawaban Dishub" not in said
    assert "menggantikan catatan sebelumnya" in said
    assert now_of(made, item)[0].status == "dijawab"


@pytest.mark.parametrize("hidden_by", ["confidential", "hide_reporter"])
def test_who_is_not_shown_the_link_corrects_the_rest_and_the_link_stays(
    made: Town, ketua: Visitor, hidden_by: str
) -> None:
    item, one = recorded(made, ketua)
    if hidden_by == "confidential":
        act = Review(item.id, "ketua", "confidential", item.version, "saksi")
        assert made.store.review(EVERYTHING, act, made.clock.now())
    else:
        hiding = replace(made.config, privacy=PrivacySettings(hide_reporter=True))
        object.__setattr__(made.app.state.desk, "config", hiding)
    dishub = made.person("dishub")
    page = dishub.get(f"/aduan/{item.id}").text
    [field] = re.findall(r'<input id="tautan-ralat[^>]*>', page)
    assert 'value=""' in field
    assert "required" not in field
    assert LINK not in page
    typed = {
        "catatan": one.record, "opd": "dishub", "answered_at": "2026-11-20T09:30",
        "mutu": "template", "why": "tertukar",
    }  # fmt: skip
    for link, kept in (("", LINK), (LINK + "2", LINK + "2"), ("", LINK + "2")):
        before, [last] = now_of(made, item)
        answer = dishub.post(
            f"/aduan/{item.id}/jawaban/ralat", expected_version=before.version,
            **typed | {"link": link, "catatan": last.record},
        )  # fmt: skip
        assert answer.status_code == 303, words_of(answer.text)
        _, [after] = now_of(made, item)
        assert (after.permalink, after.kind) == (kept, "template")
        assert after.record != last.record
    dishub.close()


def test_who_is_shown_the_link_is_asked_for_it(made: Town, ketua: Visitor) -> None:
    item, _ = recorded(made, ketua)
    [field] = re.findall(r'<input id="tautan-ralat[^>]*>', ketua.get(f"/aduan/{item.id}").text)
    assert f'value="{LINK}"' in field
    assert " required" in field


@pytest.mark.parametrize(
    ("form", "wrong", "problem"),
    [
        ("tarik", {"why": " "}, "Tulis alasannya"),
        ("tarik", {"catatan": "x"}, "sudah ditarik atau diganti"),
        ("tarik", {"catatan": "9" * 99}, "sudah ditarik atau diganti"),
        ("tarik", {"catatan": "424242"}, "sudah ditarik atau diganti"),
        ("ralat", {"why": ""}, "Tulis alasannya"),
        ("ralat", {"link": "lewat telepon"}, "https://"),
        ("ralat", {"answered_at": "2026-11-30T09:00"}, "masih di depan"),
    ],
)
def test_a_mistake_in_it_is_refused_and_nothing_typed_is_lost(
    made: Town, ketua: Visitor, form: str, wrong: dict[str, str], problem: str
) -> None:
    item, one = recorded(made, ketua)
    typed = {
        "catatan": str(one.record), "opd": "dishub", "answered_at": "2026-11-20T09:10",
        "link": LINK, "mutu": "template", "why": "salah ketik tadi",
    } | wrong  # fmt: skip
    answer = ketua.post(f"/aduan/{item.id}/jawaban/{form}", expected_version=item.version, **typed)
    assert answer.status_code == 422
    assert problem in words_of(answer.text)
    if typed["catatan"] == str(one.record):
        assert re.search(r'<details class="more-of" open><summary>', answer.text)
        assert typed["why"].strip() in answer.text
    assert now_of(made, item) == (item, (one,))


def test_it_asks_for_the_version_that_was_seen_and_for_an_item_of_ones_own(
    made: Town, ketua: Visitor
) -> None:
    item, one = recorded(made, ketua)
    typed = {"catatan": str(one.record), "why": "x"}
    path = f"/aduan/{item.id}/jawaban/tarik"
    assert ketua.post(path, expected_version=item.version - 1, **typed).status_code == 409
    dlh, reader = made.person("dlh"), made.person("pemeriksa")
    assert dlh.post(path, expected_version=item.version, **typed).status_code == 404
    assert reader.post(path, expected_version=item.version, **typed).status_code == 403
    assert "Tarik catatan ini" not in words_of(reader.get(f"/aduan/{item.id}").text)
    assert now_of(made, item)[1] == (one,)


def test_a_withdrawal_can_be_taken_back_at_once(made: Town, ketua: Visitor) -> None:
    item, one = recorded(made, ketua)
    ketua.post(
        f"/aduan/{item.id}/jawaban/tarik", expected_version=item.version, catatan=one.record,
        why="keliru",
    )  # fmt: skip
    after, _ = now_of(made, item)
    assert ketua.post(f"/aduan/{item.id}/batal", expected_version=after.version).status_code == 303
    again, answers = now_of(made, item)
    assert (again.status, answers) == ("dijawab", (one,))


def test_the_word_on_a_kind_goes_back_to_the_model(made: Town, ketua: Visitor) -> None:
    item = made.put(make_mention(120), make_decision())
    put_answer(made, item, 100)
    [one] = now_of(made, item)[1]
    page = words_of(ketua.get(f"/aduan/{item.id}").text)
    assert "Serahkan lagi kepada model" not in page
    ketua.post(f"/aduan/{item.id}/mutu", answer=one.id, mutu="arahkan")
    assert "Serahkan lagi kepada model" in words_of(ketua.get(f"/aduan/{item.id}").text)
    answer = ketua.post(f"/aduan/{item.id}/mutu/kembali", answer=one.id)
    assert answer.headers["location"] == f"/aduan/{item.id}?pesan=mutu_kembali"
    said = words_of(ketua.get(answer.headers["location"]).text)
    assert "Mutu jawaban dinilai model lagi." in said
    assert "ditetapkan ketua" not in said
    assert "ketua: menyerahkan mutu jawaban lagi kepada model" in said
    assert now_of(made, item)[1] == (one,)
    gone = ketua.post(f"/aduan/{item.id}/mutu/kembali", answer=999_999)
    assert gone.status_code == 422
    foreign = made.person("dlh").post(f"/aduan/{item.id}/mutu/kembali", answer=one.id)
    assert foreign.status_code == 404
