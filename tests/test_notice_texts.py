"""What notices say, and when they are due: pure rules. Every person and number is invented."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from importlib.resources import as_file, files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_support import NOW, mention
from test_personal import HIDDEN

from tanggap.advice import Advice, packaged
from tanggap.config import load_config
from tanggap.notice_settings import NoticeSettings
from tanggap.notify import render
from tanggap.notify.counts import OpdCounts
from tanggap.notify.render import AT_MOST, Look, Said, excerpt
from tanggap.notify.timing import (
    GIVE_UP,
    LONGEST_WAIT,
    digests_due,
    ending_of,
    is_held,
    is_hopeless,
    may_go,
    opd_of,
    to_fold,
    wait_after,
)
from tanggap.personal import find
from tanggap.policy import Kecamatan
from tanggap.store.rows import Item
from tanggap.store.rows_deadlines import ClockName, News, Pressing
from tanggap.store.rows_lists import Counted
from tanggap.store.rows_outbox import Notice

WIB = ZoneInfo("Asia/Jakarta")
HOUR = timedelta(hours=1)
with as_file(files("tanggap.examples")) as _folder:
    POLICY = load_config(_folder / "sukamaju.toml", secrets=False).policy
LOOK = Look("Kota Sukamaju", POLICY, WIB, "https://tanggap.sukamaju.example")


def item(number: int = 12, text: str = "jembatan putus", **more: Any) -> Item:
    """Return an urgent item of Dinas PUPR, two hours old at NOW + 2 h."""
    values: dict[str, Any] = {
        "version": 1, "tab": "queue", "status": "baru", "opd": "dpupr", "supporting": (),
        "candidates": (), "jenis": "pengaduan", "sector": "jalan", "kecamatan": "cibeureum",
        "urgent": True, "sensitive": False, "jenis_confidence": 0.9, "sector_confidence": 0.9,
        "rule": "sector", "decided_by": "mesin", "clock_started_at": NOW, "updated_at": NOW,
        "answered_at": None, "mention": mention("1", text), "suggestion": None,
    }  # fmt: skip
    return Item(id=number, **{**values, **more})


def urgent(text: str = "jembatan putus", **more: Any) -> Said:
    return render.of_item(LOOK, item(text=text, **more), "ab12cd", NOW + 2 * HOUR)


def test_an_urgent_notice_says_what_where_since_when_and_leads_to_the_desk() -> None:
    assert urgent() == Said(
        "Aduan mendesak #12: DPUPR",
        "Jalan & jembatan, Kec. Cibeureum. Ditulis 2 jam lalu.\n"
        '"jembatan putus"\n'
        "Bila ada bahaya: Panggilan darurat 112, SAR (Basarnas) 115, Pemadam kebakaran 113.\n"
        "https://tanggap.sukamaju.example/aduan/12\n"
        "[#ab12cd]",
    )


def test_the_reason_of_the_flag_tells_whom_to_call_and_a_city_has_its_own_numbers() -> None:
    contacts = POLICY.contacts.model_copy(update={"fire": "0274 555 113"})
    look = replace(LOOK, policy=POLICY.model_copy(update={"contacts": contacts}))
    said = render.of_item(look, item(), "ab12cd", NOW, ["darurat:kebakaran"])
    assert "Bila ada bahaya: Panggilan darurat 112, Pemadam kebakaran 0274 555 113." in said.body


@pytest.mark.parametrize("flag", ["sensitive", "confidential"])
def test_whom_to_call_does_not_tell_what_a_sensitive_complaint_is_about(flag: str) -> None:
    reasons = ["sensitif:bunuh diri", "sensitif:oknum pegawai", "darurat:kebakaran"]
    bodies = {
        render.of_item(LOOK, item(**{flag: True}), "ab12cd", NOW, [one]).body for one in reasons
    }
    assert len(bodies) == 1
    [body] = bodies
    assert "Bila ada bahaya sekarang: 112. Langkah pertama ada di meja Tanggap." in body


def test_a_city_that_gives_no_advice_has_no_such_line() -> None:
    off = tuple(Advice(id=one.id, text="") for one in packaged())
    look = replace(LOOK, policy=POLICY.model_copy(update={"advice": off}))
    assert "bahaya" not in render.of_item(look, item(), "ab12cd", NOW).body


def test_a_desk_without_an_address_is_not_linked_and_unknown_labels_are_left_out() -> None:
    look = Look("Kota Sukamaju", POLICY, WIB)
    said = render.of_item(look, item(text="", sector=None, kecamatan=None), "ab12cd", NOW)
    assert said.body == (
        "Ditulis kurang dari semenit lalu.\n"
        "Bila ada bahaya: Panggilan darurat 112, Polisi 110, Ambulans 119.\n"
        "[#ab12cd]"
    )


@pytest.mark.parametrize(
    ("flag", "title", "place"),
    [
        ("sensitive", "Aduan sensitif #12: DPUPR", True),
        ("confidential", "Aduan rahasia #12: DPUPR", False),
    ],
)
def test_nothing_is_quoted_of_a_sensitive_or_confidential_complaint(
    flag: str, title: str, place: bool
) -> None:
    said = urgent("anak tetangga saya", **{flag: True})
    assert said.title == title
    assert "anak" not in said.body
    assert ("Cibeureum" in said.body) is place
    assert "Isinya hanya di meja Tanggap." in said.body


def pressing(number: int, name: ClockName = "first_answer", **more: Any) -> Pressing:
    return Pressing(item(number, **more), name, NOW + 9 * HOUR)


def test_a_deadline_says_which_item_which_clock_and_by_when_and_nothing_of_its_words() -> None:
    told = News((pressing(12), pressing(13, "verification", confidential=True)), 2)
    said = render.of_escalation(LOOK, told, "DPUPR", "ab12cd", late_days=None)
    assert said == Said(
        "2 aduan lewat batas: DPUPR",
        "Lewat:\n"
        "#12, DPUPR, Jalan & jembatan: jawaban pertama, batas 10 Nov 19.00\n"
        "#13, DPUPR, rahasia: verifikasi, batas 10 Nov 19.00\n"
        "https://tanggap.sukamaju.example/antrean?lewat=1\n"
        "[#ab12cd]",
    )
    only = render.of_warning(LOOK, News((pressing(12),), 1), "DPUPR", "ab12cd")
    assert "https://tanggap.sukamaju.example/aduan/12\n" in only.body


@given(st.integers(1, 20), st.integers(0, 5000), st.sampled_from(["DPUPR", "D" * 40]))
def test_a_message_of_deadlines_fits_whatever_it_tells(shown: int, more: int, readers: str) -> None:
    told = News(tuple(pressing(10**9 + number) for number in range(shown)), shown + more)
    for said in (
        render.of_warning(LOOK, told, readers, "ab12cd"),
        render.of_escalation(LOOK, told, readers, "ab12cd", late_days=365),
    ):
        assert len(said.title) + len(said.body) + 1 <= AT_MOST + 1
        named = said.body.count("jawaban pertama")
        rest = re.search(r"dan ([0-9.]+) lagi", said.body)
        assert named + (int(rest[1].replace(".", "")) if rest else 0) == shown + more


def test_an_excerpt_ends_at_a_word_and_holds_neither_links_nor_formatting() -> None:
    said = excerpt(
        "Lihat https://contoh.invalid/a?b=c dan x.com/warga/status/1 *sekarang* " + "ya " * 99
    )
    assert said.startswith("Lihat (tautan) dan (tautan) sekarang ya")
    assert said.endswith("ya …")
    assert len(said) <= render.EXCERPT_AT_MOST + 2
    assert excerpt("<!channel> @everyone [klik](http://jahat.invalid) `rm`") == (
        "!channel @•••• klik ((tautan) rm"
    )


@pytest.mark.parametrize(("kind", "text", "shown"), HIDDEN)
def test_whatever_is_hidden_on_the_desk_is_hidden_in_a_notice(
    kind: str, text: str, shown: str
) -> None:
    del kind, shown
    assert find(excerpt(text)) == []


WORDS = st.sampled_from(
    ["tolong", "jalan", "rusak", "hubungi", "wa", "nik", "saya", "pak", "plat", "\n", "di", "rt 3"]
)
PERSONAL = st.one_of(
    st.from_regex(r"[0-9]{10,20}", fullmatch=True),
    st.from_regex(r"08[1-9][0-9]{8,10}", fullmatch=True),
    st.from_regex(r"\+62 8[1-9][0-9]{2}-[0-9]{4}-[0-9]{3,4}", fullmatch=True),
    st.from_regex(r"32(01|73)[0-9]{2}[0-2][1-8](0[1-9]|1[0-2])[0-9]{2}000[1-9]", fullmatch=True),
    st.from_regex(r"@[a-z]{4,12}_[0-9]{2}", fullmatch=True),
    st.from_regex(r"[a-z]{4,9}\.[a-z]{4,9}@(gmail|yahoo)\.com", fullmatch=True),
    st.from_regex(r"https://(x|instagram)\.com/[a-z]{5,12}/status/[0-9]{19}", fullmatch=True),
)
TEXTS = st.lists(st.tuples(WORDS, st.one_of(st.just(""), PERSONAL)), max_size=40)


@settings(max_examples=200)
@given(TEXTS)
def test_no_number_handle_or_address_of_a_person_gets_into_a_notice(
    parts: list[tuple[str, str]],
) -> None:
    text = " ".join(f"{word} {secret}" for word, secret in parts)
    said = "\n".join(urgent(text))
    ours = said.replace("https://tanggap.sukamaju.example/aduan/12", "")
    for _, secret in parts:
        assert not secret or secret not in ours
    assert find(ours) == []
    assert not re.search(r"(?<!\u2022)@\w{2}", ours)
    assert len(said) <= AT_MOST


@settings(max_examples=200)
@given(st.text(max_size=2000))
def test_any_text_makes_a_notice_of_few_lines_that_fits(text: str) -> None:
    said = urgent(text)
    assert len(said.title) + len(said.body) < 1000
    assert len(said.body.split("\n")) <= 5
    controls = [one for one in said.body if unicodedata.category(one) in ("Cc", "Cs")]
    assert set(controls) <= {"\n"}
    assert said.body.endswith("\n[#ab12cd]")


NUMBERS = st.builds(Counted, st.integers(0, 10**15), st.booleans())
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "Nd", "Zs")), max_size=200)


@settings(max_examples=150)
@given(NUMBERS, NUMBERS, NUMBERS, st.integers(0, 9), st.integers(1, 10**15), NAMES, NAMES)
def test_a_digest_fits_one_message_whatever_the_counts_and_names(
    new: Counted, waiting: Counted, late: Counted, rows: int, number: int, opd: str, place: str
) -> None:
    named = POLICY.model_copy(
        update={
            "opd": {"dpupr": POLICY.opd["dpupr"].model_copy(update={"short": opd})},
            "kecamatan": {"cibeureum": Kecamatan(name=place)},
        }
    )  # fmt: skip
    look = Look(opd, named, WIB, "https://" + "tanggap." * 20 + "example")
    counts = OpdCounts("dpupr", new, waiting, late)
    oldest = [item(number + extra) for extra in range(rows)]
    said = render.of_digest(look, counts, oldest, "ab12cd", NOW + 10**5 * HOUR)
    assert len(said.title) + len(said.body) < 1000
    assert said.body.endswith("[#ab12cd]")
    city = [OpdCounts("dpupr", new, waiting, late)] * 60
    said = render.of_city(look, counts, city, "ab12cd", NOW)
    assert len(said.title) + len(said.body) < 1000
    assert said.body.endswith("[#ab12cd]")
    many = [item(number + extra) for extra in range(300)]
    said = render.of_summary(look, many, "ab12cd", NOW, again=False)
    assert len(said.title) + len(said.body) < 1000
    shown = sum(line.startswith("#") for line in said.body.split("\n"))
    assert f"dan {300 - shown} lagi" in said.body


def test_a_digest_counts_and_names_the_five_that_wait_longest() -> None:
    counts = OpdCounts("dpupr", Counted(3, False), Counted(1000, True), Counted(7, False))
    oldest = [item(n) for n in range(1, 8)] + [item(9, confidential=True)]
    said = render.of_digest(LOOK, counts, oldest, "ab12cd", NOW + 49 * HOUR)
    assert said.title == "Ringkasan DPUPR, 12 Nov 2026 11.00 WIB"
    lines = said.body.split("\n")
    assert lines[0] == "Baru: 3. Belum dijawab: 1.000+. Lewat batas jawaban: 7."
    assert lines[1] == "Terlama belum dijawab:"
    assert lines[2] == "#1, Jalan & jembatan, Kec. Cibeureum, 2 hari 1 jam"
    assert len([line for line in lines if line.startswith("#")]) == 5
    assert lines[-2:] == ["https://tanggap.sukamaju.example/antrean?tab=unanswered", "[#ab12cd]"]
    hidden = render.of_digest(LOOK, counts, oldest[-1:], "ab12cd", NOW + HOUR)
    assert "#9, rahasia, 1 jam" in hidden.body


def test_the_supervisors_digest_begins_with_the_opd_that_are_latest() -> None:
    def counts(opd: str, waiting: int, late: int) -> OpdCounts:
        return OpdCounts(opd, Counted(1, False), Counted(waiting, False), Counted(late, False))

    opds = [counts("dlh", 9, 0), counts("dpupr", 5, 4), counts("dishub", 0, 0)]
    said = render.of_city(LOOK, counts("", 14, 4), opds, "ab12cd", NOW)
    assert said.title == "Ringkasan Kota Sukamaju, 10 Nov 2026 10.00 WIB"
    assert said.body.split("\n")[1:4] == [
        "Per OPD:",
        "DPUPR: 5 belum dijawab, 4 lewat",
        "DLH: 9 belum dijawab, 0 lewat",
    ]


# --- when -----------------------------------------------------------------------------------------


def notice(number: int = 1, kind: Any = "urgent", **more: Any) -> Notice:
    values: dict[str, Any] = {
        "notice_id": "ab12cd", "channel": "dpupr", "key": str(number), "item_id": number,
        "created_at": NOW, "due_at": NOW, "attempts": 0, "state": "waiting", "next_try_at": None,
        "failing_since": None, "code": "", "sent_at": None,
    }  # fmt: skip
    return Notice(id=number, kind=kind, **{**values, **more})


def test_waits_double_from_half_a_minute_to_an_hour() -> None:
    waits = [wait_after(failures).total_seconds() for failures in range(1, 9)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert wait_after(10**6) == LONGEST_WAIT


def test_nothing_is_given_up_before_it_failed_for_three_days() -> None:
    assert not is_hopeless(notice(), NOW + 10 * GIVE_UP)
    failing = notice(failing_since=NOW, attempts=500)
    assert not is_hopeless(failing, NOW + GIVE_UP - timedelta(seconds=1))
    assert is_hopeless(failing, NOW + GIVE_UP)


DIGEST = NoticeSettings(
    id="a", opd=("dpupr", "dlh"), kinds=("digest",), digest_at=("08:00", "23:30")
)


def at_wib(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB).astimezone(UTC)


def test_a_digest_is_due_at_its_time_in_the_city_and_for_two_hours() -> None:
    since = at_wib(1, 0)
    assert digests_due(DIGEST, since, at_wib(10, 7, 59), WIB) == []
    due = digests_due(DIGEST, since, at_wib(10, 8), WIB)
    assert due == ["2026-11-10T01:00:00.000Z|dpupr", "2026-11-10T01:00:00.000Z|dlh"]
    assert digests_due(DIGEST, since, at_wib(10, 9, 59), WIB) == due
    assert digests_due(DIGEST, since, at_wib(10, 10), WIB) == []
    # Over midnight, too.
    late = digests_due(DIGEST, since, at_wib(11, 1), WIB)
    assert late[0] == "2026-11-10T16:30:00.000Z|dpupr"
    assert (opd_of(late[0]), ending_of(late[0])) == ("dpupr", "|dpupr")
    assert digests_due(DIGEST, at_wib(10, 8, 1), at_wib(10, 9), WIB) == []


def test_a_channel_without_digests_has_none_due() -> None:
    plain = NoticeSettings(id="a", opd=("dpupr",))
    assert digests_due(plain, at_wib(1, 0), at_wib(10, 8), WIB) == []


@given(st.times(), st.times(), st.times())
def test_quiet_hours_and_the_rest_of_the_day_make_up_the_day(
    start: time, end: time, at: time
) -> None:
    begin, until = f"{start:%H:%M}", f"{end:%H:%M}"
    if begin == until:
        return
    night = NoticeSettings(id="a", opd=("a",), quiet_from=begin, quiet_until=until)
    day = NoticeSettings(id="a", opd=("a",), quiet_from=until, quiet_until=begin)
    assert night.is_quiet(at) is not day.is_quiet(at)


def test_only_what_is_not_urgent_waits_for_the_morning() -> None:
    night = NoticeSettings(id="a", opd=("a",), quiet_from="21:00", quiet_until="06:00")
    strict = night.model_copy(update={"quiet_urgent": True})
    for kind, loose, held in (
        ("urgent", False, True),
        ("summary", False, True),
        ("digest", True, True),
    ):
        assert is_held(night, notice(kind=kind), at_wib(10, 23), WIB) is loose
        assert is_held(strict, notice(kind=kind), at_wib(10, 23), WIB) is held
        assert not is_held(strict, notice(kind=kind), at_wib(10, 12), WIB)


@given(st.integers(0, 30), st.integers(0, 10), st.integers(-2, 10))
def test_never_more_go_than_are_free_and_what_is_folded_is_the_end(
    singles: int, summaries: int, free: int
) -> None:
    due = [notice(n, "summary") for n in range(summaries)]
    due += [notice(100 + n) for n in range(singles)]
    folded = to_fold(due, free)
    assert folded == [] or folded == due[len(due) - len(folded) :]
    assert len(folded) != 1
    left = [one for one in due if one not in folded]
    if folded:
        assert len(left) + 1 == free
    elif free > summaries:
        assert singles <= free - summaries
    assert not any(may_go(one, 0) for one in due)


def test_what_was_read_again_is_only_told_in_one_summary_at_a_time() -> None:
    again = [notice(n, again=True) for n in range(3)]
    assert to_fold([notice(9), *again], 6) == again
    assert to_fold(again[:1], 6) == again[:1]
    assert to_fold([notice(8, "summary"), *again], 1) == []
    assert not any(may_go(one, 6) for one in again)
    assert may_go(notice(8, "summary", again=True), 1)
    assert may_go(notice(8, "digest"), 0)
