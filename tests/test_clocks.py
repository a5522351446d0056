"""The clocks of an item: what is shown, what is held against an OPD, and what is not."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from answer_support import (
    answered,
    at,
    changes,
    facts,
    reckoner,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.clocks import known_from, pauses_of
from tanggap.mention import STATUSES
from tanggap.recap.past import known_at
from tanggap.store.rows_answers import AnswerFacts, StatusChange
from tanggap.watching import Watched

SEEN = Watched(at(40))


def first(one: AnswerFacts, now: datetime, watched: Watched = SEEN, **deadlines: Any) -> Any:
    return reckoner(now, **deadlines).first_answer(one, watched)


@pytest.mark.parametrize(
    ("answer", "now", "state"),
    [
        (at(1, 16), at(2), "met"),  # Tuesday 16.00, the end of the first working day
        (at(1, 16, 1), at(2), "met_late"),
        (None, at(1, 16), "running"),
        (None, at(1, 16, 1), "missed"),
    ],
)
def test_a_first_answer_is_due_at_the_end_of_the_next_working_day(
    answer: datetime | None, now: datetime, state: str
) -> None:
    one = facts(answers=(answered(answer),) if answer else ())
    clock = first(one, now)
    assert clock.state == state
    assert clock.due.at == at(1, 16)
    assert "1 hari kerja" in clock.due.words


def test_working_minutes_and_time_on_the_wall_are_both_told() -> None:
    clock = first(facts(posted=at(4, 15), answers=(answered(at(7, 9)),)), at(8))
    assert clock.minutes == 90 + 60  # Friday until 16.30, Monday from 08.00
    assert clock.elapsed == timedelta(days=2, hours=18)


def test_late_sight_is_not_held_against_the_opd() -> None:
    late = facts(seen_at=at(2, 10))
    clock = first(late, at(3, 10))
    assert clock.due.at == at(1, 16)  # shown as it is
    assert clock.judged_by == at(3, 16)
    assert clock.state == "running"
    assert first(late, at(3, 16, 1)).state == "missed"
    done = first(replace(late, answers=(answered(at(2, 11)),)), at(3))
    assert (done.state, done.minutes) == ("met", 60)


def test_who_got_it_from_another_has_the_whole_time() -> None:
    sent_on = facts(in_charge_since=at(3, 9))
    assert first(sent_on, at(4, 10)).state == "running"
    assert first(sent_on, at(4, 16, 31)).state == "missed"


def test_what_was_answered_before_it_was_sent_on_took_none_of_its_time() -> None:
    clock = first(facts(in_charge_since=at(3), answers=(answered(at(2)),)), at(4))
    assert (clock.state, clock.minutes) == ("met", None)


def test_a_pause_after_the_deadline_mends_nothing() -> None:
    one = facts(status="koordinasi", changes=changes((at(3, 10), "koordinasi")))
    assert first(one, at(9)).state == "missed"


def test_who_answered_before_we_saw_it_knew_of_it() -> None:
    late = facts(seen_at=at(0, 15), answers=(answered(at(0, 9)),))
    assert first(late, at(1)).minutes == 60


@pytest.mark.parametrize("status", ["koordinasi", "tertunda"])
def test_a_clock_stands_still_while_another_body_is_waited_for(status: str) -> None:
    one = facts(status=status, changes=changes((at(0, 10), status)))
    clock = first(one, at(9))
    assert (clock.state, clock.due.at, clock.judged_by) == ("stopped", None, None)
    back = replace(one, status="proses", changes=changes((at(0, 10), status), (at(3, 9), "proses")))
    again = first(back, at(4, 16))
    assert again.state == "running"
    assert again.due.at == at(4, 16, 30)  # Tuesday to Thursday do not count
    assert status in again.due.words


def test_the_policy_says_which_statuses_stop_a_clock() -> None:
    one = facts(status="koordinasi", changes=changes((at(0, 10), "koordinasi")))
    assert first(one, at(9), pauses=()).state == "missed"


@pytest.mark.parametrize("status", ["bukan_kewenangan", "duplikat", "arsip"])
def test_nobody_waits_for_what_is_put_away_without_an_answer(status: str) -> None:
    assert first(facts(status=status), at(9)).state == "ended"


@pytest.mark.parametrize(("closed", "state"), [(at(1, 9), "ended"), (at(3, 9), "missed")])
def test_closing_what_was_never_answered_does_not_make_it_in_time(
    closed: datetime, state: str
) -> None:
    one = facts(status="selesai", changes=changes((closed, "selesai")))
    assert first(one, at(9)).state == state
    assert first(one, at(9), Watched(None, "intake")).state == "unwatched"


def test_who_got_it_after_another_had_answered_is_waited_for() -> None:
    one = facts(in_charge_since=at(2), answers=(answered(at(1), "dlh", "template"),))
    assert first(one, at(3, 9)).state == "running"
    assert first(one, at(9)).state == "missed"
    assert reckoner(at(9)).verification(one).done_at is None
    own = replace(one, answers=(*one.answers, answered(at(3))))
    assert first(own, at(9)).done_at == at(3)
    settled = replace(one, status="dijawab")  # confirmed in triage after it was answered
    assert first(settled, at(9)).state == "met"


def test_the_answer_of_who_got_it_is_judged_also_once_it_is_there() -> None:
    went = changes((at(1), "dijawab"), (at(2), "baru"), (at(7), "dijawab"))
    before, late = answered(at(1), "dlh", "template"), answered(at(7))
    one = facts(status="dijawab", in_charge_since=at(2), changes=went, answers=(before, late))
    assert (first(one, at(9)).state, first(one, at(9)).done_at) == ("met_late", at(7))
    assert reckoner(at(9)).to_substantive(one) == first(one, at(9)).minutes
    read_late = replace(one, answers=(before,))  # given before it was sent on, and seen after
    assert (first(read_late, at(9)).state, first(read_late, at(9)).minutes) == ("met", None)
    confirmed = changes((at(2), "terverifikasi"), (at(3), "dijawab"))
    triage = replace(one, changes=confirmed)
    assert first(triage, at(9)).done_at == at(1), "nobody had it before"
    again = replace(triage, status="proses", answers=(before,))
    assert first(again, at(9)).done_at == at(1), "the citizen came back, and was answered before"


def test_what_was_confirmed_before_it_was_sent_on_is_not_confirmed_now() -> None:
    sent_on = changes((at(1), "terverifikasi"), (at(2), "baru"))
    judge = reckoner(at(3))
    assert judge.verification(facts(in_charge_since=at(2), changes=sent_on)).done_at is None
    again = (*sent_on, StatusChange(at(4), "terverifikasi", "sari"))
    found = judge.verification(facts(in_charge_since=at(2), changes=again))
    assert found.done_at == at(4)


def test_what_lay_in_triage_was_not_confirmed_in_time_by_leaving_it() -> None:
    confirmed = changes((at(11), "terverifikasi"))
    clock = reckoner(at(12)).verification(facts(in_charge_since=at(11), changes=confirmed))
    assert clock.state == "met_late"


def test_what_the_machine_closed_was_settled_by_the_answer() -> None:
    judge = reckoner(at(30))
    question = {"jenis": "permintaan_informasi", "answers": (answered(at(0, 9)),)}
    open_still = facts(status="dijawab", **question)
    assert judge.follow_up(open_still).state == "met"
    by_machine = (
        StatusChange(at(0), "baru", "mesin"),
        StatusChange(at(14, 17), "selesai", "mesin"),
    )
    assert judge.follow_up(facts(status="selesai", changes=by_machine, **question)).state == "met"
    late = facts(status="selesai", changes=changes((at(20), "selesai")), **question)
    assert judge.follow_up(late).state == "met_late"  # a person said when


@pytest.mark.parametrize("why", ["intake", "elsewhere", "no_account", "not_read"])
def test_what_cannot_be_seen_is_never_missed(why: str) -> None:
    one = facts()
    assert first(one, at(9), Watched(None, why)).state == "unwatched"
    seen = replace(one, answers=(answered(at(0, 9)),))
    assert first(seen, at(9), Watched(None, why)).state == "met"


def test_a_source_that_stood_still_before_the_deadline_accuses_nobody() -> None:
    assert first(facts(), at(9), Watched(at(1, 15))).state == "unwatched"
    assert first(facts(), at(9), Watched(at(1, 17))).state == "missed"
    assert first(facts(), at(1, 15), Watched(at(0, 9))).state == "running"


def test_an_opd_and_a_jenis_have_deadlines_of_their_own() -> None:
    own = {"opd": {"dpupr": {"first_answer": "2 jam"}}}
    assert first(facts(), at(0, 9), **own).due.at == at(0, 10)
    kind = {"jenis": {"permintaan_informasi": {"first_answer": 3}}}
    assert first(facts(jenis="permintaan_informasi"), at(1), **kind).due.at == at(3, 16)


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({}, 14),
        ({"jenis": "aspirasi"}, 14),
        ({"jenis": "permintaan_informasi"}, 5),
        ({"jenis": None}, 14),
        ({"sensitive": True, "tab": "sensitive"}, 60),
    ],
)
def test_the_follow_up_has_the_days_of_its_jenis(more: dict[str, Any], days: int) -> None:
    clock = reckoner(at(1)).follow_up(facts(**more))
    assert clock.due.allowed.days == days
    assert clock.state == "running"


def test_a_closed_matter_was_in_time_or_not() -> None:
    closed = facts(status="selesai", changes=changes((at(3), "selesai")))
    assert reckoner(at(9)).follow_up(closed).state == "met"
    late = facts(status="selesai", changes=changes((at(60), "selesai")))
    assert reckoner(at(61)).follow_up(late).state == "met_late"
    away = facts(status="arsip", changes=changes((at(3), "arsip")))
    assert reckoner(at(9)).follow_up(away).state == "ended"


def test_a_person_or_an_answer_verifies() -> None:
    judge = reckoner(at(5))
    assert judge.verification(facts()).state == "missed"
    by_hand = facts(status="terverifikasi", changes=changes((at(1), "terverifikasi")))
    assert judge.verification(by_hand).done_at == at(1)
    spoken = judge.verification(facts(answers=(answered(at(2)),)))
    assert (spoken.state, spoken.done_at) == ("met", at(2))


@pytest.mark.parametrize(
    "more", [{"tab": "aside"}, {"tab": "triage"}, {"jenis": "apresiasi"}, {"jenis": "spam"}]
)
def test_what_asks_for_nothing_has_no_clock(more: dict[str, Any]) -> None:
    assert reckoner(at(1)).clocks(facts(**more), SEEN) == ()


def test_what_asks_has_three() -> None:
    names = [clock.name for clock in reckoner(at(1)).clocks(facts(), SEEN)]
    assert names == ["first_answer", "verification", "follow_up"]


@pytest.mark.parametrize(
    ("now", "stage"),
    [
        (at(1, 9), ""),
        (at(1, 11), "warning"),  # four working hours before 16.00, noon off
        (at(1, 16), "warning"),
        (at(1, 16, 1), "missed"),
        (at(2, 16), "missed"),
        (at(2, 16, 1), "escalated"),
    ],
)
def test_a_clock_warns_then_tells_the_opd_then_the_supervisor(now: datetime, stage: str) -> None:
    judge = reckoner(now)
    [running] = judge.running([judge.first_answer(facts(), SEEN)])
    assert (running.clock, running.due_at, running.stage) == ("first_answer", at(1, 16), stage)


def test_a_clock_that_was_met_or_stands_still_presses_nobody() -> None:
    judge = reckoner(at(9))
    for one in (
        facts(answers=(answered(at(5)),)),
        facts(status="tertunda", changes=changes((at(0, 9), "tertunda"))),
        facts(status="arsip"),
    ):
        assert list(judge.running([judge.first_answer(one, SEEN)])) == []


def test_only_a_substantive_last_answer_closes_by_itself() -> None:
    judge = reckoner(at(1))
    done = facts(status="dijawab", answers=(answered(at(0, 10)),))
    assert judge.closes_itself_at(done) == at(14, 16)  # ten working days
    for other in (
        facts(status="proses", answers=(answered(at(0, 10)),)),
        facts(status="dijawab"),
        facts(status="dijawab", answers=(answered(at(0, 10), kind="template"),)),
        facts(status="dijawab", answers=(answered(at(0, 10)), answered(at(0, 11), kind=None))),
        facts(status="dijawab", tab="sensitive", answers=(answered(at(0, 10)),)),
    ):
        assert judge.closes_itself_at(other) is None


STEPS = st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(STATUSES)), max_size=8)


@settings(deadline=None)
@given(steps=STEPS)
def test_pauses_follow_each_other_and_only_the_last_may_last(
    steps: list[tuple[int, str]],
) -> None:
    went = tuple(
        StatusChange(at(0) + timedelta(minutes=minute), status, "sari")
        for minute, status in sorted(steps)
    )
    pauses = pauses_of(facts(changes=went), ("tertunda", "koordinasi"))
    ends = [pause.end for pause in pauses]
    assert None not in ends[:-1]
    for before, after in itertools.pairwise(pauses):
        assert before.end is not None
        assert before.start < before.end <= after.start


@settings(deadline=None)
@given(
    seen=st.integers(0, 10_000),
    charge=st.one_of(st.none(), st.integers(0, 10_000)),
    steps=STEPS,
    answer=st.one_of(st.none(), st.integers(1, 30_000)),
    now=st.integers(1, 40_000),
)
def test_nothing_is_held_against_an_opd_before_it_is_due(
    seen: int, charge: int | None, steps: list[tuple[int, str]], answer: int | None, now: int
) -> None:
    def minute(number: int) -> datetime:
        return at(0) + timedelta(minutes=number)

    went = (
        StatusChange(at(0), "baru", "mesin"),
        *(StatusChange(minute(moment), status, "sari") for moment, status in sorted(steps)),
    )
    one = facts(
        seen_at=minute(seen),
        in_charge_since=None if charge is None else minute(charge),
        changes=went,
        status=went[-1].status,
        answers=() if answer is None else (answered(minute(answer)),),
    )
    now = max([now, *(moment for moment, _ in steps)])
    clock = reckoner(minute(now)).first_answer(one, SEEN)
    assert known_from(one) >= one.posted_at
    if clock.due.at is not None and clock.judged_by is not None:
        assert clock.judged_by >= clock.due.at
    if clock.state == "missed":
        assert clock.judged_by is not None
        assert clock.judged_by < minute(now)
        assert answer is None
    if clock.state == "met_late":
        assert clock.done_at is not None
        assert clock.judged_by is not None
        assert clock.done_at > clock.judged_by
    if clock.minutes is not None:
        assert clock.elapsed is not None
        assert 0 <= clock.minutes <= clock.elapsed.total_seconds() / 60


def test_an_answer_counts_until_it_was_known_to_be_gone() -> None:
    given = replace(answered(at(0, 10)), gone_at=at(3))
    history = (
        StatusChange(at(0), "baru", "mesin"),
        StatusChange(at(0, 11), "dijawab", "mesin"),
        StatusChange(at(3), "baru", "mesin"),
    )
    one = facts(gone=(given,), changes=history)
    assert first(one, at(4)).state == "missed"
    assert reckoner(at(4)).to_substantive(one) is None
    before = known_at(one, at(2))
    assert before is not None
    assert (before.answers, before.status) == ((given,), "dijawab")
    assert first(before, at(2)).state == "met"
    assert known_at(one, at(3)) is one
