"""The statement of what was watched: shares that never flatter, gaps with reasons, one sentence."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.commands import coverage_statement
from tanggap.coverage import (
    PARTLY,
    Share,
    SourceReport,
    Span,
    Statement,
    begun,
    days_between,
    last_days,
    month,
    report_of,
    statement_of,
)
from tanggap.errors import InputError
from tanggap.intervals import Interval
from tanggap.mention import Gap, SourceSpec
from tanggap.reach import WAYS, Reach
from tanggap.remedies import REMEDIES
from tanggap.store.rows import SourceCoverage, SourceStatus
from tanggap.wording import length

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WIB = ZoneInfo("Asia/Jakarta")
NOW = START + 100 * HOUR
WHOLE = Span(START, NOW)


def at(hours: float) -> datetime:
    return START + hours * HOUR


def watching(
    *intervals: tuple[float, float],
    gaps: tuple[tuple[float, float, str], ...] = (),
    since: float = 0,
    removed: float | None = None,
    name: str = "x:mentions:dpupr",
    opd: str = "dpupr",
) -> SourceCoverage:
    """Return a source that is polled every five minutes; moments are hours after START."""
    kept = tuple(Interval(at(start), at(end)) for start, end in intervals)
    return SourceCoverage(
        source_id=name,
        network=name.split(":")[0],
        kind="mentions",
        accounts=(opd,),
        handle=f"@{opd}_skm",
        poll_seconds=300,
        since=at(since),
        until=kept[-1].end if kept else None,
        removed_at=None if removed is None else at(removed),
        intervals=kept,
        gaps=tuple(Gap(at(start), at(end), reason) for start, end, reason in gaps),
    )


STATUS = SourceStatus(
    spec=SourceSpec("x:mentions:dpupr", "x", "mentions", ("dpupr",), "@dpupr_skm", 300),
    state="ok",
    code="",
    detail="",
    errors=0,
    next_poll_at=NOW,
    last_attempt_at=NOW,
    last_success_at=NOW,
    accepted=0,
    held_until=None,
    held_code="",
    gaps=(),
    quarantined=0,
)


def report(
    source: SourceCoverage, status: SourceStatus | None = STATUS, span: Span = WHOLE
) -> SourceReport:
    found = report_of(source, status, span, NOW)
    assert found is not None
    return found


def codes(found: SourceReport) -> list[tuple[float, float, str]]:
    return [((gap.start - START) / HOUR, (gap.end - START) / HOUR, gap.code) for gap in found.gaps]


def statement(*sources: SourceCoverage, gone: tuple[str, ...] = ()) -> Statement:
    statuses = {one.source_id: STATUS for one in sources if one.source_id not in gone}
    networks = {
        "x": Reach("x", True, {"dpupr": "dpupr_skm"}, ("dlh",)),
        "facebook": Reach("facebook", False, {}, ()),
    }
    never = {name: way.unseen for name, way in WAYS.items()}
    return statement_of(sources, statuses, networks, never, WHOLE, NOW, WIB)


def test_a_source_that_was_always_read_was_watched_whole() -> None:
    found = report(watching((0, 99.9)))
    assert (found.share.words, found.gaps, found.unread) == ("100%", (), ())
    assert found.span == Span(START, at(99.9)), "the poll that is due next is not missing"


def test_a_gap_is_not_watched_and_says_why() -> None:
    found = report(
        watching((0, 10), (20, 99.99), gaps=((10, 18, "older_than_window"), (15, 20, "removed")))
    )
    assert codes(found) == [(10, 18, "older_than_window"), (18, 20, "removed")]
    assert found.share.words == "89,9%"
    assert found.unread == ()


def test_what_is_neither_watched_nor_recorded_is_said_to_be_so() -> None:
    assert codes(report(watching((0, 10), (20, 99.99)))) == [(10, 20, "unrecorded")]


@pytest.mark.parametrize(
    ("state", "code", "held", "said"),
    [
        ("ok", "", "", "not_polled"),
        ("ok", "page_cap", "", "not_polled"),
        ("new", "", "", "not_polled"),
        ("backoff", "network_timeout", "", "network_timeout"),
        ("ok", "", "rate_limited", "rate_limited"),
        ("waiting", "rate_limited", "usage_cap", "usage_cap"),
        ("needs_human", "token", "rate_limited", "token"),
    ],
)
def test_what_is_not_read_yet_says_since_when_and_why(
    state: str, code: str, held: str, said: str
) -> None:
    status = replace(STATUS, state=state, code=code, held_code=held)  # type: ignore[arg-type]
    found = report(watching((0, 60)), status)
    [missing] = found.unread
    assert (missing.start, missing.end, missing.code) == (at(60), NOW, said)
    assert (found.gaps, found.share.words) == ((), "60%")


def test_what_a_gap_has_already_taken_is_not_waited_for() -> None:
    found = report(watching((0, 60), gaps=((60, 90, "removed"),)))
    assert codes(found) == [(60, 90, "removed")]
    assert [(one.start, one.end) for one in found.unread] == [(at(90), NOW)]


def test_a_source_counts_from_where_it_began() -> None:
    found = report(watching((80, 99.99), since=80))
    assert (found.share.words, found.span.start) == ("100%", at(80))
    assert report_of(watching((80, 99), since=80), STATUS, Span(START, at(80)), NOW) is None


def test_a_source_that_was_never_read_is_unread_from_where_it_was_asked_for() -> None:
    found = report(watching(since=50), replace(STATUS, state="needs_human", code="token"))
    assert (found.share.words, found.share.watched) == ("0%", timedelta(0))
    assert [(one.start, one.code) for one in found.unread] == [(at(50), "token")]
    just_added = watching(since=99.5)
    assert report_of(just_added, STATUS, WHOLE, NOW) is None, "its first poll is not even due"


def test_what_a_clock_that_ran_ahead_said_of_the_future_is_not_believed() -> None:
    source = watching((0, 150))  # written while the clock was fifty hours ahead
    failing = replace(STATUS, state="backoff", code="network_timeout", last_success_at=at(90))
    found = report(source, failing)
    assert found.share.watched == 90 * HOUR
    assert [(one.start, one.end, one.code) for one in found.unread] == [
        (at(90), NOW, "network_timeout")
    ]
    assert (found.gaps, found.span.end) == ((), NOW)
    gone = report(replace(source, removed_at=at(95)), None)
    assert codes(gone) == [(95, 100, "removed")]


def test_a_source_that_was_removed_has_not_been_watched_since_its_last_poll() -> None:
    found = report(watching((0, 40), removed=41), None)
    assert codes(found) == [(40, 100, "removed")]
    assert (found.unread, found.share.words) == ((), "40%")
    whole = report(watching((0, 40), removed=41), None, Span(START, at(40)))
    assert (whole.share.words, whole.gaps) == ("100%", ())


def test_a_past_month_knows_nothing_of_today() -> None:
    status = replace(STATUS, state="needs_human", code="token")
    found = report(watching((0, 60)), status, Span(START, at(50)))
    assert (found.share.words, found.unread) == ("100%", ())


def test_what_was_read_late_is_watched_and_told() -> None:
    late = Interval(at(10), at(20), 10 * HOUR)
    source = watching((0, 10), (20, 99.99))
    source = replace(source, intervals=(source.intervals[0], late, source.intervals[1]))
    found = report(source)
    assert (found.share.words, found.late) == ("100%", (late,))


edges = st.lists(st.integers(-20, 120), min_size=2, max_size=12, unique=True).map(sorted)


@given(edges, edges, st.integers(-30, 60), st.integers(0, 90), st.integers(1, 90), st.booleans())
def test_the_three_parts_make_up_the_whole_span(
    watched: list[int], gone: list[int], since: int, first: int, hours: int, active: bool
) -> None:
    intervals = tuple(zip(watched[::2], watched[1::2], strict=False))
    gaps = tuple((*pair, "page_cap") for pair in zip(gone[::2], gone[1::2], strict=False))
    source = watching(*intervals, gaps=gaps, since=since, removed=None if active else 110)
    found = report_of(
        source, STATUS if active else None, Span(at(first), at(first + hours)), NOW
    )  # fmt: skip
    if found is None:
        return
    whole = found.span.end - found.span.start
    missing = sum((one.length for one in (*found.gaps, *found.unread)), timedelta(0))
    assert found.share.watched + missing == found.share.whole == whole
    assert at(first) <= found.span.start < found.span.end <= min(NOW, at(first + hours))
    parts = sorted(
        [*((g.start, g.end) for g in found.gaps), *((u.start, u.end) for u in found.unread)]
    )
    assert all(before[1] <= after[0] for before, after in pairwise(parts))


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.timedeltas(HOUR, timedelta(days=400)))
def test_a_share_is_never_rounded_up(watched: timedelta, whole: timedelta) -> None:
    watched = min(watched, whole)
    share = Share(watched, whole)
    assert share.permille is not None
    assert share.permille / 1000 <= watched / whole
    assert (share.words == "100%") == (watched == whole)


def test_networks_and_opd_are_the_sum_of_their_sources() -> None:
    found = statement(
        watching((0, 99.99)),
        watching((0, 50), (75, 99.99), gaps=((50, 75, "page_cap"),), name="x:timeline:dpupr"),
        watching((0, 99.99), name="facebook:feed:dlh", opd="dlh"),
    )
    assert {name: share.words for name, share in found.networks.items()} == {
        "x": "87,4%",
        "facebook": "100%",
    }
    assert {opd: share.words for opd, share in found.opds.items()} == {
        "dlh": "100%",
        "dpupr": "87,4%",
    }
    assert found.share.words == "91,6%"
    assert (found.unconnected, found.off) == ({"x": ("dlh",)}, ("facebook",))
    assert found.unseen["x"] == WAYS["x"].unseen


def test_the_sentence_names_the_worst_and_what_nobody_can_see() -> None:
    found = statement(
        watching((0, 10), (13.5, 99.99), gaps=((10, 13.5, "older_than_window"),)),
        watching((30, 60), since=30, name="x:mentions:dlh", opd="dlh"),
    )
    assert found.sentence == (
        "Pada 1 November 2026 sampai 5 November 2026, 2 sumber terpantau 74,4% dari waktunya; 1 "
        "sumber punya celah, paling lama 3 jam 30 menit di X @dpupr_skm sejak 1 Nov 2026 17.00 WIB "
        "(Pengambilan terakhir lebih tua daripada yang diberikan X (7 hari)); 1 sumber belum "
        "terbaca, paling lama X @dlh_skm sejak 3 Nov 2026 19.00 WIB (Belum dibaca: daemon tidak "
        "berjalan atau antrean pembacaan terlambat); 1 sumber baru mulai dipantau di tengah masa "
        "itu; yang memang tidak diperlihatkan jaringan tidak ikut terhitung."
    )


def test_the_sentence_of_a_good_month_is_short_and_of_nothing_honest() -> None:
    assert statement(watching((0, 99.99))).sentence == (
        "Pada 1 November 2026 sampai 5 November 2026, 1 sumber terpantau 100% dari waktunya; yang "
        "memang tidak diperlihatkan jaringan tidak ikut terhitung."
    )
    assert statement().sentence.startswith("Tidak ada sumber yang dipantau pada 1 November 2026")
    assert statement().share.words == "belum ada"


@pytest.mark.parametrize(
    ("began", "said", "since", "days"),
    [
        # Watched since 3 November 11.00 WIB of what is asked since 7 October: 30 days.
        (52, "Dipantau 2 dari 30 hari, sejak 3 November 2026 sampai 5 November 2026: ", at(52), 2),
        (86, "Dipantau 14 jam dari 30 hari, sejak 4 November 2026 sampai ", at(86), 0),
        (-620, "Pada 6 Oktober 2026 sampai 5 November 2026, ", at(-620), 30),
        (-900, "Pada 6 Oktober 2026 sampai 5 November 2026, ", at(-620), 30),
    ],
)
def test_a_new_install_says_since_when_it_watches_and_not_that_it_watched_all_the_days(
    began: float, said: str, since: datetime, days: int
) -> None:
    first = watching((began, 99.99), since=began)
    # Sources of one install begin minutes apart: that is no source that came later.
    second = watching((began + 0.5, 99.99), since=began + 0.5, name="x:mentions:dlh", opd="dlh")
    networks = {"x": Reach("x", True, {}, ())}
    statuses = {one.source_id: STATUS for one in (first, second)}
    found = statement_of([first, second], statuses, networks, {}, last_days(NOW), NOW, WIB)
    assert found.sentence.startswith(said)
    assert "2 sumber terpantau 100% dari wakt" in found.sentence
    assert "di tengah masa itu" not in found.sentence
    assert found.watch is not None
    assert (found.watch.since, found.watch.days, found.watch.days_asked) == (since, days, 30)


def test_a_source_that_came_later_than_the_others_is_told_in_the_sentence() -> None:
    found = statement(
        watching((40, 99.99), since=40),
        watching((70, 99.99), since=70, name="x:mentions:dlh", opd="dlh"),
    )
    assert found.sentence.startswith("Dipantau 2 dari 5 hari, sejak 2 November 2026 sampai ")
    assert "1 sumber baru mulai dipantau di tengah masa itu" in found.sentence
    assert statement().watch is None


def test_an_equal_cause_is_said_once_with_all_that_it_took() -> None:
    refused = [
        watching(
            (0, 10 + n / 60),
            (20 + n / 60, 99.99),
            gaps=((10 + n / 60, 20 + n / 60, "token"),),
            name=f"x:mentions:opd{n:02}",
            opd=f"opd{n:02}",
        )
        for n in range(12)
    ]
    alone = watching(
        (0, 10), (12, 50), (51, 99.99), gaps=((10, 12, "page_cap"), (50, 51, "token")), name="x:z"
    )
    unread = [watching((0, 60), name=f"facebook:{n}", opd=f"fb{n}") for n in range(2)]
    failing = replace(STATUS, state="backoff", code="network_timeout", last_success_at=at(60))
    sources = [*refused, alone, *unread]
    statuses = {one.source_id: STATUS for one in sources} | {
        one.source_id: failing for one in unread
    }
    networks = {"x": Reach("x", True, {}, ()), "facebook": Reach("facebook", True, {}, ())}
    found = statement_of(sources, statuses, networks, {}, WHOLE, NOW, WIB)
    lines = list(coverage_statement.lines(found, WIB))
    assert lines[0] == found.sentence
    assert [line.split(":")[0] for line in lines[1:4]] == ["", "X", "  x"]
    at_token = lines.index("  celah, 13 sumber: Token ditolak jaringan.")
    assert lines[at_token + 1 : at_token + 4] == [
        "    1 Nov 2026 17.00 sampai 2 Nov 2026 03.11 WIB (10 jam): "
        + ", ".join(one.source_id for one in refused),
        "    3 Nov 2026 09.00 sampai 3 Nov 2026 10.00 WIB (1 jam): x:z",
        "  celah, 1 sumber: " + REMEDIES["page_cap"].meaning,
    ]
    assert sum("Token ditolak" in line for line in lines[1:]) == 1
    waiting = lines.index("  belum terbaca, 2 sumber: Jaringan terlalu lama menjawab.")
    assert lines[waiting + 1] == (
        "    3 Nov 2026 19.00 sampai 5 Nov 2026 11.00 WIB (1 hari 16 jam): semua 2 sumber"
    )


def test_many_stretches_of_a_cause_are_cut_short_and_many_names_too() -> None:
    holes = tuple((float(n), n + 0.5, "page_cap") for n in range(1, 61, 2))
    edges = [0.0, *(edge for hole in holes for edge in hole[:2]), 99.99]
    times = tuple(zip(edges[::2], edges[1::2], strict=True))
    sources = [
        watching(*times, gaps=holes, name=f"x:mentions:opd{n:02}", opd=f"opd{n:02}")
        for n in range(15)
    ]
    found = statement(*sources, watching((0, 99.99), name="x:well", opd="well"))
    lines = list(coverage_statement.lines(found, WIB))
    assert "    dan 10 celah sebelumnya (lihat --json)" in lines
    assert sum(line.endswith("x:mentions:opd11 dan 3 lainnya") for line in lines) == 20


def test_what_is_still_to_come_is_refused_in_one_sentence() -> None:
    assert begun(last_days(NOW), NOW, WIB) == last_days(NOW)
    for span in (days_between(date(2026, 11, 6), date(2026, 11, 9), WIB), month("2026-12", WIB)):
        with pytest.raises(InputError, match=r"belum tiba; hari ini 5 November 2026$"):
            begun(span, NOW, WIB)


def test_reasons_of_which_most_was_read_all_the_same_have_words() -> None:
    assert set(REMEDIES) >= PARTLY


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "kurang dari semenit"),
        (timedelta(minutes=59), "59 menit"),
        (timedelta(hours=2), "2 jam"),
        (timedelta(hours=26, minutes=5), "1 hari 2 jam"),
        (timedelta(days=3, minutes=5), "3 hari"),
    ],
)
def test_lengths_are_said_in_two_units(span: timedelta, words: str) -> None:
    assert length(span) == words


def test_days_and_months_are_those_of_the_city() -> None:
    november = month("2026-11", WIB)
    assert november.start == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert november.end == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert month("2026-12", WIB).end == datetime(2026, 12, 31, 17, tzinfo=UTC)
    assert days_between(date(2026, 11, 1), date(2026, 11, 30), WIB) == november
    assert last_days(NOW) == Span(NOW - timedelta(days=30), NOW)


@pytest.mark.parametrize("text", ["2026", "2026-13", "11-2026", "2026-11-01", "", "9999-12"])
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="tulis misalnya 2026-10"):
        month(text, WIB)


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="lebih awal"):
        days_between(date(2026, 11, 2), date(2026, 11, 1), WIB)
    for day in (date.max, date.min):
        with pytest.raises(InputError, match="terlalu jauh"):
            days_between(day, day, WIB)
