"""What a recap says in words: the figures, singular and plural, and nothing where nothing is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from recap_support import LATER, City, a_usual_month, city, wib
from store_support import SENSITIVE, act, take

from tanggap.coverage import Statement
from tanggap.mention import Route, SourceSpec
from tanggap.recap.figures import share_words, work_time
from tanggap.recap.material import Recap
from tanggap.recap.method import coverage, method
from tanggap.recap.narrative import narrative


@pytest.fixture
def made(tmp_path: Path) -> Iterator[City]:
    with city(tmp_path) as running:
        yield running


def said(made: City, recap: Recap | None = None) -> list[str]:
    return list(narrative(recap or made.recap(), made.captions.of))


def test_a_usual_month_is_told_with_its_figures(made: City) -> None:
    a_usual_month(made)
    told = said(made)
    assert told[:-1] == [
        "Pada Oktober 2025 tercatat 11 aduan warga (termasuk permintaan informasi dan aspirasi); "
        "4 (36,3%) sudah dijawab secara terbuka.",
        "Terbanyak ditujukan kepada DPUPR (8), disusul DLH (2) dan Dishub (1).",
        "Dari 8 yang sudah dapat dinilai, 3 (37,5%) dijawab dalam batas waktu; 5 terlambat atau "
        "lewat batas waktu tanpa jawaban.",
        "Separuh jawaban pertama datang paling lama 1 jam 45 menit kerja sejak OPD dapat "
        "mengetahui aduannya.",
        "Menurut isinya, dari jawaban pertama 2 substantif, 1 hanya template, dan 1 mengarahkan ke "
        "kanal lain.",
        "Pada September 2025 tidak ada aduan yang tercatat, jadi tidak ada pembandingnya.",
        "Pada saat penilaian (15 Nov 2025 00.00 WIB) 4 aduan belum dijawab, semuanya lewat batas; "
        "di luar yang dirahasiakan, yang paling lama menunggu adalah nomor 3 (DPUPR), sejak "
        "7 Oktober 2025 (38 hari 15 jam).",
        "1 aduan tidak terpantau: ada atau tidaknya jawaban tidak dapat dilihat, jadi tidak "
        "dihitung sebagai terlambat.",
        "2 aduan ditutup, ditunda, atau bukan urusan OPD-nya, tanpa jawaban terbuka.",
        "Tidak termasuk dalam hitungan: 1 yang masih di triase dan 1 yang baru masuk sesudah "
        "saat penilaian.",
    ]
    assert told[-1].startswith("Pemantauan baru berjalan ")


def test_an_empty_month_without_a_source_says_only_that(made: City) -> None:
    assert said(made) == [
        "Pada Oktober 2025 tidak ada aduan warga (termasuk permintaan informasi dan aspirasi) "
        "yang tercatat.",
        "Tidak ada sumber yang dipantau pada masa ini.",
    ]


def test_a_month_of_which_all_is_in_triage_is_not_called_a_month_without_complaints(
    made: City,
) -> None:
    made.hears(wib(16), route=Route("triage", "unsure_sector", opd="dpupr"))
    told = said(made)
    assert told[0].endswith("yang masuk hitungan.")
    assert told[1] == "Tidak termasuk dalam hitungan: 1 yang masih di triase."


def test_what_nobody_can_see_is_not_told_as_if_it_had_been_settled(made: City) -> None:
    for number in range(3):
        made.hears(wib(1, 9, number), "dishub")
    told = said(made)
    assert "Tidak ada yang dapat dinilai tepat waktu atau terlambat." in told
    assert not [one for one in told if "menunggu" in one]
    assert any(one.startswith("3 aduan tidak terpantau: ") for one in told)


def test_what_was_late_before_its_post_was_too_old_to_be_looked_at_is_told_as_late(
    made: City,
) -> None:
    feed = SourceSpec("facebook:feed:dpupr", "facebook", "feed", ("dpupr",), "dpupr_skm", 600)
    lease = take(made.store, feed, now=LATER)
    made.store.finish(lease, LATER, LATER, "")
    for number in range(2):
        made.hears(wib(1 + number), network="facebook", kind="visitor_post")
    told = said(made, made.recap(as_of=wib(31, 12)))  # the first is thirty days old
    assert any("1 aduan belum dijawab, dan sudah lewat batas waktu" in one for one in told)
    assert (
        "1 aduan tidak terpantau: ada atau tidaknya jawaban tidak dapat dilihat, jadi tidak "
        "dihitung sebagai terlambat, kecuali 1 yang batasnya lewat selagi masih terpantau."
    ) in told


def test_while_no_deadline_is_reached_nothing_is_called_late(made: City) -> None:
    made.reads("dpupr")
    for number in range(3):
        made.hears(wib(9, 9, number))
    told = said(made, made.recap(as_of=wib(9, 12)))
    assert "Belum ada yang dapat dinilai tepat waktu atau terlambat." in told
    assert any("3 aduan belum dijawab, belum ada yang lewat batas;" in one for one in told)
    assert told[3].startswith("Pada September 2025, sampai 9 September 2025, tidak ada aduan")


def test_several_that_are_all_late_and_one_of_several_are_told_plainly(made: City) -> None:
    made.reads("dpupr")
    made.hears(wib(1))
    made.sets(made.hears(wib(1, 10)), "bukan_kewenangan", wib(1, 12))
    assert "Baru satu yang sudah dapat dinilai: terlambat, atau lewat batas waktu." in said(made)
    made.replies(made.hears(wib(2)), wib(8))
    assert "Dari 2 yang sudah dapat dinilai, tidak satu pun dijawab dalam batas waktu." in said(
        made
    )


def test_one_that_was_answered_late_is_told_so(made: City) -> None:
    made.replies(made.hears(wib(1)), wib(6, 11))
    assert "Aduan itu dijawab sesudah batas waktu." in said(made)


def test_one_answered_complaint_is_told_in_the_singular(made: City) -> None:
    made.replies(made.hears(wib(1)), wib(1, 11))
    told = said(made)
    assert told[0].endswith("tercatat 1 aduan warga (termasuk permintaan informasi dan aspirasi), "
                            "dan aduan itu sudah dijawab.")  # fmt: skip
    assert told[1:5] == [
        "Aduan itu ditujukan kepada DPUPR.",
        "Aduan itu dijawab dalam batas waktu.",
        "Satu-satunya jawaban pertama datang 2 jam kerja sejak OPD dapat mengetahui aduannya.",
        "Menurut isinya, jawaban pertama itu substantif.",
    ]
    assert "tidak ada yang terlihat menunggu jawaban" in told[6]


def test_one_unanswered_complaint_is_told_in_the_singular(made: City) -> None:
    made.reads("dpupr")
    made.hears(wib(1))
    told = " ".join(said(made))
    assert "dan aduan itu belum terlihat dijawab." in told
    assert "Aduan itu lewat batas waktu tanpa jawaban." in told
    assert "1 aduan belum dijawab, dan sudah lewat batas waktu; yaitu nomor 1 (DPUPR)" in told
    assert "jam kerja" not in told, "nothing was answered"
    assert "semua" not in told.lower()


def test_all_of_several_are_told_together(made: City) -> None:
    for number in range(2):
        made.replies(made.hears(wib(1, 9, number)), wib(1, 10))
    told = said(made)
    assert told[0].endswith("semuanya sudah dijawab secara terbuka.")
    assert told[1] == "Semuanya ditujukan kepada DPUPR."
    assert told[2] == "Dari 2 yang sudah dapat dinilai, semuanya dijawab dalam batas waktu."
    assert "Menurut isinya, semua jawaban pertama (2) substantif." in told


def test_equal_numbers_are_not_told_as_a_first_and_a_second(made: City) -> None:
    for opd in ("dpupr", "dlh"):
        made.hears(wib(1), opd)
    assert "Terbanyak ditujukan kepada DLH dan DPUPR, masing-masing 1." in said(made)
    for opd in ("dinkes", "dishub"):
        made.hears(wib(1), opd)
    assert "Terbanyak ditujukan kepada 4 OPD, masing-masing 1." in said(made)


def test_nine_of_ten_is_said_of_ten_answers_at_least(made: City) -> None:
    for number in range(9):
        made.replies(made.hears(wib(1, 9, number)), wib(1, 11))
    assert "sembilan dari sepuluh" not in " ".join(said(made))
    made.replies(made.hears(wib(1, 10)), wib(1, 11))
    assert "dan sembilan dari sepuluh dalam" in " ".join(said(made))


def test_what_changed_is_told_against_the_period_before(made: City) -> None:
    made.replies(made.hears(wib(29, month=9)), wib(29, 10, month=9))
    for number in range(2):
        made.replies(made.hears(wib(1, 9, number)), wib(1, 11, number))
    [told] = [one for one in said(made) if one.startswith("Dibandingkan")]
    assert told.startswith(
        "Dibandingkan dengan September 2025, jumlah aduan naik dari 1 menjadi 2, bagian yang tepat "
        "waktu tetap 100%, dan median jawaban pertama naik dari 1 jam kerja menjadi 2 jam kerja."
    )
    assert "belum setara" in told, "the month before was hardly watched"


def test_a_month_that_is_not_over_is_told_as_such(made: City) -> None:
    a_usual_month(made)
    recap = made.recap(as_of=wib(9, 12))
    assert said(made, recap)[0].startswith(
        "Pada Oktober 2025, yang baru berjalan sampai 9 Oktober 2025, tercatat 5 aduan"
    )


def test_of_a_sensitive_one_only_the_number_is_told(made: City) -> None:
    made.reads("dpupr")
    made.hears(wib(1), sector="kesehatan", route=SENSITIVE)
    [told] = [one for one in said(made) if one.startswith("Pada saat")]
    assert "nomor 1, sejak" in told


def test_what_is_confidential_is_counted_and_never_named(made: City) -> None:
    made.reads("dpupr")
    item = made.item(made.hears(wib(1)))
    act(made.store, item, "confidential", why="korban", now=wib(1, 12))
    [told] = [one for one in said(made) if one.startswith("Pada saat")]
    assert told.endswith("1 aduan belum dijawab, dan sudah lewat batas waktu.")


def test_the_method_names_the_deadline_the_moment_and_how_to_do_it_again(made: City) -> None:
    told = " ".join(method(made.recap()))
    assert "Batas jawaban pertama: 1 hari kerja." in told
    assert "Saat penilaian: 15 Nov 2025 00.00 WIB." in told
    assert told.endswith("tanggap recap --month 2025-10 --as-of 2025-11-15T00:00")
    assert "kecuali batasnya lewat selagi masih terpantau: yang itu juga terhitung" in told
    assert "batas sendiri" not in told


def test_the_method_says_when_some_opd_has_a_deadline_of_its_own(made: City) -> None:
    found = made.recap()
    deadlines = type(found.deadlines).model_validate({"opd": {"dlh": {"first_answer": 2}}})
    assert "punya batas sendiri" in " ".join(method(replace(found, deadlines=deadlines)))


def test_coverage_names_what_was_read_what_never_is_and_what_is_off(made: City) -> None:
    a_usual_month(made)
    found: Statement = made.recap().coverage
    told = list(coverage(found, made.captions.of))
    assert told[0] == found.sentence
    assert any(one.startswith("X: terbaca") for one in told)
    assert any("X tidak memperlihatkan" in one for one in told)
    assert told[-1].startswith("Tidak dibaca sama sekali: Facebook")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(1, 1, "100%"), (999, 1000, "99,9%"), (9999, 10_000, "99,9%"), (1, 3, "33,3%"), (0, 9, "0%")],
)
def test_a_share_is_never_rounded_up_to_all(part: int, whole: int, words: str) -> None:
    assert share_words(part, whole) == words


def test_times_read_like_a_sentence() -> None:
    assert [work_time(minutes) for minutes in (0, 59, 60, 90, 900)] == [
        "kurang dari satu menit kerja", "59 menit kerja", "1 jam kerja", "1 jam 30 menit kerja",
        "15 jam kerja",
    ]  # fmt: skip
