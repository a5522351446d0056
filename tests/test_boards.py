"""What counts for and against an OPD, in figures."""

import statistics
from datetime import date, timedelta
from typing import Any

import pytest
from answer_support import WIB, answered, at, changes, facts, reckoner, watch
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.boards import (
    WRITER_WEIGHT,
    Judged,
    Score,
    added_up,
    by_opd,
    citizens,
    judged,
    league,
    median,
    percentile,
    score,
    scores,
    topics,
    unanswered,
    weekly,
)
from tanggap.mention import JENIS, STATUSES, Engagement, Mention
from tanggap.store.rows import Item
from tanggap.store.rows_answers import AnswerFacts, LaterPost
from tanggap.store.rows_boards import ViralItem
from tanggap.store.rows_incidents import Incident

NOW = at(9)


def judge(*items: AnswerFacts) -> list[Judged]:
    return judged(items, reckoner(NOW), watch(NOW))


def test_answered_late_and_not_at_all_are_told_apart() -> None:
    found = score(
        judge(
            facts(1, answers=(answered(at(0, 9)),), status="dijawab"),
            facts(2, answers=(answered(at(2, 9)),), status="dijawab"),
            facts(3),  # overdue
            facts(4, posted=at(8, 15)),  # still in time
        )
    )
    assert (found.received, found.answered, found.in_time, found.late) == (4, 2, 1, 2)
    assert (found.waiting, found.overdue, found.unwatched) == (2, 1, 0)
    assert found.share_in_time == pytest.approx(1 / 3)
    assert (found.median_minutes, found.p90_minutes) == ((60 + 15 * 60) / 2, 15 * 60)
    assert found.median_elapsed == (60 + 49 * 60) / 2


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"network": "aplikasi", "kind": "intake"}, "unwatched"),
        ({"network": "facebook", "kind": "tag"}, "unwatched"),
        ({"opd": "pdam"}, "unwatched"),
        ({"status": "bukan_kewenangan"}, "elsewhere"),
        ({"status": "duplikat"}, "elsewhere"),
        ({"status": "koordinasi", "changes": changes((at(0, 9), "koordinasi"))}, "waiting"),
    ],
)
def test_what_nobody_can_blame_an_opd_for_is_not_counted_against_it(
    more: dict[str, Any], column: str
) -> None:
    found = score(judge(facts(1, **more)))
    assert (found.late, found.overdue, found.share_in_time) == (0, 0, None)
    assert getattr(found, column) == 1


def test_who_answered_first_is_told_and_the_item_stays_with_its_opd() -> None:
    by_umbrella = facts(1, answers=(answered(at(0, 9), "pemkot"), answered(at(0, 10), "dpupr")))
    own = facts(2, answers=(answered(at(0, 9)),))
    found = scores(judge(by_umbrella, own), by_opd)
    assert list(found) == ["dpupr"]
    assert (found["dpupr"].by_others, found["dpupr"].answered) == (1, 2)


def test_what_a_person_recorded_first_is_told_apart() -> None:
    recorded = answered(at(0, 9), by_hand=True)
    seen_first = facts(1, answers=(answered(at(0, 8)), recorded))
    by_hand = facts(2, answers=(recorded, answered(at(0, 10))))
    found = score(judge(seen_first, by_hand))
    assert (found.by_hand, found.answered) == (1, 2)


def test_only_a_substantive_answer_counts_as_one() -> None:
    template = facts(1, answers=(answered(at(0, 9), kind="template"),))
    later = facts(2, answers=(answered(at(0, 9), kind="template"), answered(at(0, 11))))
    found = score(judge(template, later))
    assert (found.answered, found.substantive, found.median_substantive) == (2, 1, 180.0)


def test_the_league_puts_the_best_first_and_those_without_figures_last() -> None:
    good = facts(1, opd="dlh", answers=(answered(at(0, 9), "dlh"),))
    slow = facts(2, answers=(answered(at(0, 15)),))
    new = facts(3, opd="pemkot", posted=at(8, 15))
    assert [opd for opd, _ in league(judge(slow, new, good))] == ["dlh", "dpupr", "pemkot"]
    overdue = facts(4, opd="dlh")
    assert [opd for opd, _ in league(judge(slow, good, overdue))] == ["dpupr", "dlh"]


def test_whoever_waits_longest_stands_first_and_citizens_are_counted_once() -> None:
    [dpupr, dlh] = unanswered(
        judge(
            facts(1, posted=at(1), citizen="a"),
            facts(2, posted=at(0), citizen="a"),
            facts(3, posted=at(8, 15), citizen=""),
            facts(4, posted=at(8, 15), opd="dlh"),
            facts(5, answers=(answered(at(1)),), status="dijawab"),
        )
    )
    assert [one.facts.item_id for one in dpupr.items] == [2, 1, 3]
    assert (dpupr.opd, dpupr.overdue, dpupr.citizens) == ("dpupr", 2, 2)
    assert (dlh.opd, dlh.overdue) == ("dlh", 0)


def test_one_name_on_two_networks_is_two_citizens() -> None:
    assert citizens([facts(1, citizen="7"), facts(2, citizen="7", network="facebook")]) == 2
    assert citizens([facts(1, citizen=""), facts(2, citizen="")]) == 2


def test_weeks_begin_on_the_citys_monday() -> None:
    hours = {at(6, 23): 2, at(7, 0): 3, at(0, 0): 1}
    assert weekly(hours, WIB) == {date(2026, 11, 16): 3, date(2026, 11, 23): 3}


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1))
def test_the_middle_is_what_the_standard_library_says(numbers: list[int]) -> None:
    ordered = sorted(numbers)
    assert median(ordered) == statistics.median(numbers)
    ninth = percentile(ordered, 0.9)
    assert ninth is not None
    assert sum(number <= ninth for number in numbers) >= 0.9 * len(numbers)
    assert sum(number < ninth for number in numbers) < 0.9 * len(numbers)


def test_of_nothing_there_is_no_middle() -> None:
    assert (median([]), percentile([], 0.9), score([]).share_in_time) == (None, None, None)


ITEMS = st.builds(
    lambda number, opd, status, jenis, network, tab, answer, seen, given, thanks, old: facts(
        number,
        root_posted_at=None if old is None else at(-old),
        opd=opd,
        status=status,
        jenis=jenis,
        network=network,
        tab=tab,
        seen_at=at(0) + timedelta(minutes=seen),
        in_charge_since=None if given is None else at(0) + timedelta(minutes=given),
        later=()
        if thanks is None
        else (LaterPost(at(0) + timedelta(minutes=thanks), "apresiasi", "aside"),),
        answers=()
        if answer is None
        else (
            answered(
                at(0) + timedelta(minutes=answer),
                ("dpupr", "dlh")[answer % 3 == 0],
                by_hand=bool(answer % 2),
            ),
        ),
    ),
    number=st.integers(1, 10_000),
    opd=st.sampled_from(["dpupr", "dlh", "pdam", None]),
    status=st.sampled_from(STATUSES),
    jenis=st.sampled_from([*JENIS, None]),
    network=st.sampled_from(["x", "facebook", "aplikasi"]),
    tab=st.sampled_from(["queue", "triage", "sensitive", "aside"]),
    answer=st.one_of(st.none(), st.integers(1, 12_000)),
    seen=st.integers(0, 5_000),
    given=st.none() | st.integers(0, 12_000),
    thanks=st.none() | st.integers(0, 12_000),
    old=st.none() | st.integers(0, 30),
)
ADDITIVE = (
    "received", "answered", "in_time", "late", "waiting", "overdue", "unwatched",
    "unwatched_late", "elsewhere",
    "by_others", "by_hand", "substantive", "thanked",
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(ITEMS, max_size=30))
def test_the_rows_of_all_opd_add_up_to_the_total(items: list[AnswerFacts]) -> None:
    found = judge(*items)
    total = score(found)
    rows = scores(found, by_opd).values()
    for column in ADDITIVE:
        assert sum(getattr(row, column) for row in rows) == getattr(total, column), column
    assert _sound(total)
    assert all(_sound(score([one])) for one in found)
    assert sum(len(one.items) for one in unanswered(found)) == sum(
        one.waits and one.facts.opd is not None for one in found
    )


def _sound(total: Score) -> bool:
    return (
        total.overdue <= total.waiting <= total.received - total.answered
        and total.unwatched_late <= total.unwatched
        and total.in_time + total.late <= total.received - total.unwatched + total.unwatched_late
        and total.substantive <= total.answered
        and total.by_hand <= total.answered
        and total.thanked <= total.answered
    )


def viral(number: int, told: Engagement | None = None, of: Incident | None = None) -> ViralItem:
    posted = at(0) + timedelta(minutes=number)
    mention = Mention("x", str(number), "mention", "rusak", posted, posted)
    item = Item(
        number, 1, "queue", "baru", "dpupr", (), (), "pengaduan", "jalan", None, False, False,
        0.9, 0.9, "sector", "mesin", posted, posted, None, mention, None,
    )  # fmt: skip
    return ViralItem(item, told, of)


def incident(number: int, citizens: int, unknown: int = 0) -> Incident:
    return Incident(
        number, "Jalan ambles", "sari", at(0), "jalan", None, "open", None, at(0), at(0),
        citizens + unknown, citizens, unknown,
    )  # fmt: skip


def test_an_incident_is_one_topic_and_who_writes_counts_as_ten_who_react() -> None:
    both = incident(7, 2, unknown=1)
    loud = viral(1, Engagement(19, 0, 2))
    found = topics(
        [viral(3, Engagement(likes=1), both), loud, viral(2, Engagement(comments=4), both)], 10
    )
    assert [(one.lead.id, one.items, one.citizens, one.weight) for one in found] == [
        (2, 2, 3, 35),
        (1, 1, 1, 31),
    ]
    assert found[0].engagement == Engagement(likes=1, comments=4, shares=None)
    assert [one.lead.id for one in topics([loud, viral(5), viral(4)], 2)] == [1, 5]


def test_of_what_no_network_tells_the_sum_is_unknown() -> None:
    [one] = topics([viral(1), viral(2)], 1)
    assert (one.engagement, one.weight) == (None, WRITER_WEIGHT)
    assert added_up([Engagement(likes=0), Engagement(likes=2)]) == Engagement(likes=2)


COUNTS = st.none() | st.integers(0, 2**53)
TOLD = st.none() | st.builds(Engagement, COUNTS, COUNTS, COUNTS)
INCIDENTS = st.none() | st.sampled_from([incident(1, 2), incident(2, 9), incident(3, 1, 4)])


@settings(deadline=None)
@given(st.lists(st.tuples(TOLD, INCIDENTS), max_size=20), st.integers(0, 25))
def test_topics_are_ranked_by_weight_and_lose_no_reaction(
    told: list[tuple[Engagement | None, Incident | None]], most: int
) -> None:
    items = [viral(number, *one) for number, one in enumerate(told, 1)]
    found = topics(items, len(items))
    weights = [one.weight for one in found]
    assert weights == sorted(weights, reverse=True)
    assert sum(one.items for one in found) == len(items)
    assert sum(weights) == sum(one.total for one, _ in told if one) + WRITER_WEIGHT * sum(
        one.citizens for one in found
    )
    known = [one.incident.id for one in found if one.incident]
    assert len(known) == len(set(known))
    assert topics(items, most) == found[:most]
    assert topics(items[::-1], len(items)) == found
