"""The figures of a recap: counted by hand, summed over groups, and blind to what came later."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from answer_support import packaged_config
from hypothesis import given, settings
from hypothesis import strategies as st
from recap_support import LATER, WIB, City, a_usual_month, city, days, october, wib
from store_support import act

from tanggap.boards import judged, league, score
from tanggap.city_calendar import calendar
from tanggap.clocks import Reckoner, asks
from tanggap.mention import ANSWER_KINDS, JENIS, STATUSES
from tanggap.office_hours import Deadlines
from tanggap.recap.figures import ADDITIVE, FIGURES
from tanggap.recap.past import known_at
from tanggap.recap.period import Period, judged_at
from tanggap.recap.tables import GROUPS, LONGEST, Row, Tables, tables
from tanggap.store.rows import EVERYTHING, SourceStatus
from tanggap.store.rows_answers import AnswerFacts, LaterPost, SeenAnswer, StatusChange
from tanggap.watching import Watch


@pytest.fixture
def made(tmp_path: Path) -> Iterator[City]:
    with city(tmp_path) as running:
        yield running


def figures(row: Row) -> dict[str, float | None]:
    return {one.name: one.of(row) for one in FIGURES}


NONE: dict[str, float | None] = {one.name: None for one in FIGURES} | {
    one.name: 0 for one in ADDITIVE
}
DPUPR: dict[str, float | None] = {
    "received": 8, "answered": 4, "waiting": 3, "unwatched": 0, "let_go": 1, "in_time": 3,
    "late": 4, "share_in_time": 3 / 7, "overdue": 3, "elsewhere": 0, "open": 6, "by_others": 1,
    "substantive": 2, "thanked": 0,
    # 60, 90, 120 and 900 working minutes; the last one is 97 hours on the wall
    "median_minutes": 105, "p90_minutes": 900, "median_elapsed": 105, "median_substantive": 90,
}  # fmt: skip
DLH = NONE | {
    "received": 2, "waiting": 1, "let_go": 1, "late": 1, "share_in_time": 0, "overdue": 1,
    "elsewhere": 1, "open": 1,
}  # fmt: skip
DISHUB = NONE | {"received": 1, "unwatched": 1, "open": 1}
TOTAL = DPUPR | {
    "received": 11, "waiting": 4, "unwatched": 1, "let_go": 2, "late": 5, "share_in_time": 3 / 8,
    "overdue": 4, "elsewhere": 1, "open": 8,
}  # fmt: skip


def test_every_cell_is_what_one_counts_by_hand(made: City) -> None:
    a_usual_month(made)
    found = made.recap().tables
    assert figures(found.total) == TOTAL
    rows = {row.key: figures(row) for row in found.groups["opd"]}
    assert rows == {"dpupr": DPUPR, "dlh": DLH, "dishub": DISHUB}
    assert list(rows) == ["dpupr", "dlh", "dishub"], "the largest first"
    sectors = {row.key: figures(row) for row in found.groups["sector"]}
    assert sectors == {"jalan": DPUPR, "kebersihan_lingkungan": DLH, "perhubungan": DISHUB}
    networks = {row.key: figures(row)["answered"] for row in found.groups["network"]}
    assert networks == {"x": 3, "facebook": 1}
    places = {row.key: row.score.received for row in found.groups["kecamatan"]}
    assert places == {"cibeureum": 10, "": 1}
    assert dict(found.first_answers) == {
        "substantif": 2, "template": 1, "minta_dm": 0, "arahkan": 1, "": 0,
    }  # fmt: skip
    assert (found.in_triage, found.aside, found.came_later) == (1, 1, 1)


def test_groups_are_those_of_the_database_itself(made: City) -> None:
    a_usual_month(made)
    found = made.recap().tables
    with closing(sqlite3.connect(made.config.database_path)) as db:
        for group, column in (("opd", "opd"), ("sector", "sector"), ("network", "network")):
            counted = db.execute(
                f"SELECT {column}, count(*), sum(answered_at IS NOT NULL) FROM items "  # noqa: S608 - ours
                "WHERE tab IN ('queue', 'sensitive') AND mention_id NOT IN "
                "(SELECT id FROM mentions WHERE seen_at > '2025-11-15') GROUP BY 1"
            ).fetchall()
            rows = found.groups[group]
            assert sorted(counted) == sorted(
                (row.key, row.score.received, row.score.answered) for row in rows
            )


def test_the_figures_are_those_of_the_desks_board(made: City) -> None:
    a_usual_month(made)
    period, found = october(), made.recap()
    reckoner = Reckoner(CALENDAR, made.config.policy.deadline, found.as_of)
    items = judged(
        (
            one
            for one in made.store.answer_facts(EVERYTHING, period.span.start, period.span.end)
            if one.seen_at < found.as_of
        ),
        reckoner,
        Watch(made.store.sources(found.as_of), made.config),
    )
    assert score(items) == found.tables.total.score
    assert dict(league(items)) == {row.key: row.score for row in found.tables.groups["opd"]}


def test_what_was_sent_on_is_counted_by_the_answer_of_who_got_it(made: City) -> None:
    made.reads("dlh")
    sent = made.hears(wib(1))
    made.replies(sent, wib(1, 11))
    act(made.store, made.item(sent), "forward", opd="dlh", why="alasan", now=wib(2, 9))
    waits = made.recap(as_of=wib(6)).tables
    assert (waits.total.score.answered, waits.total.score.waiting) == (0, 1)
    assert sum(count for _, count in waits.first_answers) == 0
    made.replies(sent, wib(8, 9), "dlh", kind="arahkan")
    found = made.recap().tables
    assert (found.total.score.answered, found.total.score.late) == (1, 1), "DLH was late"
    assert (found.total.score.substantive, found.total.score.by_others) == (0, 0)
    assert {kind for kind, count in found.first_answers if count} == {"arahkan"}


def test_who_waits_longest_is_told_by_number_and_what_is_secret_not_at_all(made: City) -> None:
    a_usual_month(made)
    found = made.recap().tables
    told = [(one.posted_at, one.opd, one.sector, one.sensitive) for one in found.longest]
    assert told == [
        (wib(7), "dpupr", "jalan", False),
        (wib(8), "dlh", "kebersihan_lingkungan", False),
        (wib(17), "", "", True),
    ]
    assert found.hidden_waits == 1
    assert found.longest[0].age == wib(15, 0, month=11) - wib(7)
    assert all(one.overdue for one in found.longest)


def test_ten_at_most_are_told(made: City) -> None:
    made.reads("dpupr")
    for number in range(LONGEST + 2):
        made.hears(wib(1, 8, number))
    found = made.recap().tables
    assert [one.posted_at for one in found.longest] == [wib(1, 8, n) for n in range(LONGEST)]
    assert found.total.score.waiting == LONGEST + 2


def test_what_came_in_is_told_week_by_week_within_the_month(made: City) -> None:
    a_usual_month(made)
    found = [
        (one.first.day, one.last.day, one.received, one.answered)
        for one in made.recap().tables.stretches
    ]
    assert found == [(1, 5, 2, 2), (6, 12, 4, 1), (13, 19, 3, 1), (20, 26, 2, 0), (27, 31, 0, 0)]


def test_of_a_week_each_day_is_told(made: City) -> None:
    a_usual_month(made)
    week = Period("week", wib(6).date(), wib(12).date(), WIB)
    found = made.recap(week).tables
    assert [one.received for one in found.stretches] == [0, 1, 1, 1, 1, 0, 0]
    assert found.total.score.received == 4


def test_what_happened_after_the_moment_of_judging_does_not_count(made: City) -> None:
    a_usual_month(made)
    moment = wib(3, 12)
    before = made.recap(as_of=moment)
    score = before.tables.total.score
    assert (score.received, score.answered, score.waiting, score.overdue) == (2, 1, 1, 0)
    made.replies(made.hears(wib(23)), wib(23, 10))
    made.sets("1", "selesai", wib(24))
    assert made.recap(as_of=moment).tables == before.tables
    assert made.recap().tables.total.score.received == 12


def test_a_status_that_was_set_later_is_seen_as_it_was(made: City) -> None:
    made.reads("dpupr")
    name = made.hears(wib(1))
    made.sets(name, "proses", wib(2))
    made.sets(name, "bukan_kewenangan", wib(5, month=12))
    found = made.recap().tables.total
    assert (found.score.waiting, found.score.elsewhere, found.open) == (1, 0, 1)
    later = made.recap(as_of=wib(6, month=12)).tables.total
    assert (later.score.waiting, later.score.elsewhere, later.open) == (0, 1, 0)


def test_an_answer_recorded_later_counts_from_when_it_was_given(made: City) -> None:
    made.reads("dpupr")
    item = made.item(made.hears(wib(1)))
    act(
        made.store, item, "answer", opd="dpupr", answered_at=wib(1, 15), answer_kind="substantif",
        link="https://contoh.sukamaju.go.id/1", now=wib(1, month=12),
    )  # fmt: skip
    found = made.recap().tables.total.score
    assert (found.answered, found.in_time, found.median_minutes) == (1, 1, 300)


def test_a_long_past_month_says_the_same_whenever_it_is_made(made: City) -> None:
    a_usual_month(made)
    first = made.recap()
    assert made.recap(now=LATER + days(200)) == first
    assert first.as_of == wib(15, 0, month=11)


def test_the_period_before_is_judged_by_the_same_rule(made: City) -> None:
    made.reads("dpupr")
    made.replies(made.hears(wib(29, month=9)), wib(29, 11, month=9))
    made.hears(wib(1))
    before = made.recap().before
    assert (before.period.mark, before.total.score.received) == ("2025-09", 1)
    assert before.total.score.median_minutes == 120


def test_an_empty_month_is_all_zeros(made: City) -> None:
    found = made.recap().tables
    assert figures(found.total) == NONE
    assert found.longest == ()
    assert {group: rows for group, rows in found.groups.items() if rows} == {}
    assert sum(one.received for one in found.stretches) == 0


# --- properties ---------------------------------------------------------------------------------

CALENDAR = calendar((), {}, WIB)
MONTH = Period("month", wib(1).date(), wib(31).date(), WIB)
OPDS = ("dpupr", "dlh", None)
moments = st.integers(0, 45 * 24 * 60).map(lambda minutes: wib(1, 0) + timedelta(minutes=minutes))


@st.composite
def facts(draw: st.DrawFn) -> AnswerFacts:
    posted = draw(moments)
    later = st.integers(0, 30 * 24 * 60).map(lambda minutes: posted + timedelta(minutes=minutes))
    seen = draw(st.one_of(st.just(posted), later))
    answers = draw(st.lists(st.tuples(later, st.sampled_from((*ANSWER_KINDS, None))), max_size=2))
    changes = draw(st.lists(st.tuples(later, st.sampled_from(STATUSES)), max_size=3))
    history = (
        StatusChange(seen, "baru", "mesin"),
        *(StatusChange(max(at, seen), to, "sari") for at, to in sorted(changes)),
    )
    opd = draw(st.sampled_from(OPDS))
    return AnswerFacts(
        item_id=draw(st.integers(1, 10_000)),
        version=1,
        network=draw(st.sampled_from(("x", "facebook", "warga"))),
        kind="mention",
        posted_at=posted,
        seen_at=seen,
        citizen="",
        addressed=() if opd is None else (opd,),
        under_opd=None,
        root_posted_at=None,
        opd=opd,
        supporting=(),
        jenis=draw(st.sampled_from((*JENIS, None))),
        sector=draw(st.sampled_from(("jalan", None))),
        kecamatan=draw(st.sampled_from(("cibeureum", None))),
        urgent=False,
        sensitive=draw(st.booleans()),
        confidential=draw(st.booleans()),
        tab=draw(st.sampled_from(("queue", "sensitive", "triage", "aside"))),
        status=history[-1].status,
        answers=tuple(SeenAnswer("dpupr", at, kind) for at, kind in sorted(answers, key=str)),
        changes=history,
        later=tuple(
            LaterPost(at, draw(st.sampled_from((*JENIS, None))), "queue")
            for at in sorted(draw(st.lists(later, max_size=2)))
        ),
    )


def watch_of(source: SourceStatus) -> Watch:
    return Watch([source], packaged_config())


@pytest.fixture(scope="module")
def reads_x(tmp_path_factory: pytest.TempPathFactory) -> SourceStatus:
    with city(tmp_path_factory.mktemp("city")) as running:
        running.reads("dpupr")
        return next(one for one in running.store.sources(LATER) if one.spec.kind == "timeline")


def of(them: list[AnswerFacts], source: SourceStatus, as_of: datetime) -> Tables:
    return tables(them, MONTH, Reckoner(CALENDAR, Deadlines(), as_of), watch_of(source))


@settings(deadline=None)
@given(st.lists(facts(), max_size=25))
def test_groups_add_up_to_the_total_in_every_column_that_counts(
    reads_x: SourceStatus, them: list[AnswerFacts]
) -> None:
    found = of(them, reads_x, judged_at(MONTH, LATER))
    for group in GROUPS:
        rows = found.groups[group]
        for one in ADDITIVE:
            assert sum(one.of(row) or 0 for row in rows) == one.of(found.total), (group, one.name)
    total = found.total.score
    assert total.received == sum(one.received for one in found.stretches)
    assert total.answered == sum(count for _, count in found.first_answers)
    assert total.answered == sum(one.answered for one in found.stretches)
    assert min(one.of(found.total) or 0 for one in ADDITIVE) >= 0


@settings(deadline=None)
@given(st.lists(facts(), max_size=12), moments, st.sampled_from(STATUSES))
def test_events_after_the_moment_change_no_figure(
    reads_x: SourceStatus, them: list[AnswerFacts], as_of: datetime, status: str
) -> None:
    after = as_of + timedelta(minutes=1)
    later = [
        replace(
            one,
            status=status,
            changes=(*(c for c in one.changes if c.at <= as_of), StatusChange(after, status, "x")),
            answers=(
                *(a for a in one.answers if a.posted_at <= as_of),
                SeenAnswer("dlh", after, "template"),
            ),
            later=(
                *(p for p in one.later if p.posted_at <= as_of),
                LaterPost(after, "apresiasi", "aside"),
            ),
        )
        for one in them
    ]
    assert of(later, reads_x, as_of) == of(them, reads_x, as_of)


@given(facts(), moments)
def test_what_is_all_past_is_left_as_it_is(one: AnswerFacts, as_of: datetime) -> None:
    posts = (*one.answers, *one.later)
    latest = max([one.seen_at, *(c.at for c in one.changes), *(p.posted_at for p in posts)])
    found = known_at(one, max(as_of, latest))
    assert found is one
    before = known_at(one, one.seen_at - timedelta(minutes=1))
    assert before is None


@settings(deadline=None)
@given(st.lists(facts(), max_size=25))
def test_all_that_asks_something_is_counted_once(
    reads_x: SourceStatus, them: list[AnswerFacts]
) -> None:
    as_of = datetime(2026, 6, 1, tzinfo=UTC)
    found = of(them, reads_x, as_of)
    inside = [one for one in them if one.posted_at < MONTH.span.end]
    tabs = Counter(one.tab for one in inside)
    assert found.total.score.received == sum(map(asks, inside))
    assert (found.in_triage, found.aside) == (tabs["triage"], tabs["aside"])
