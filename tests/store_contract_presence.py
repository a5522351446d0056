"""What every store promises about answers that are no longer on their network."""

from dataclasses import replace
from typing import Any

import pytest
from store_support import (
    ANSWER,
    CONTEXT,
    DECISION,
    OTHER,
    QUEUE,
    SPEC,
    act,
    answer,
    at,
    mention,
    page,
    put,
    take,
    the_item,
)

from tanggap.mention import Mention, SourceSpec, Whole
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING, Answer, Item, ItemFilter
from tanggap.store.rows_answers import AnswerFacts

HOUR = 3600
LINK = "https://contoh.sukamaju.go.id/jawaban/1"


def read(
    store: Store, hours: float, *listed: Mention, source: SourceSpec = OTHER, whole: Any = "all"
) -> None:
    """Let a source read so many hours after NOW what is listed, whole unless told otherwise."""
    now = at(hours * HOUR)
    if whole == "all":
        whole = Whole(at(-9 * HOUR), now)
    decided = {one.network_id: (DECISION, ANSWER) for one in listed}
    lease = take(store, source, now)
    store.accept(lease, page(*listed, whole=whole), decided, now)
    store.release(lease)


def answered(store: Store, *others: Mention) -> Item:
    """Have complaint 1 answered by post 2, which its account's timeline listed, with `others`."""
    put(store, (mention("1"), QUEUE))
    read(store, 1, answer("2", "1"), *others)
    item = the_item(store, "1")
    assert item.status == "dijawab"
    return item


def facts(store: Store) -> AnswerFacts:
    found = store.item_facts(EVERYTHING, the_item(store, "1").id)
    assert found is not None
    return found


def closed(store: Store) -> bool:
    """Let the machine close complaint 1 half an hour after it was read as answered."""
    return bool(store.close_answered([facts(store)], at(1.5 * HOUR)))


def shown(store: Store) -> Answer:
    detail = store.item(EVERYTHING, the_item(store, "1").id)
    assert detail is not None
    return detail.answers[0]


def told(store: Store) -> list[str]:
    detail = store.item(EVERYTHING, the_item(store, "1").id)
    assert detail is not None
    return [event.kind for event in detail.history]


class AnswerPresenceContract:
    def test_two_whole_readings_without_it_and_the_item_waits_again(self, store: Store) -> None:
        item = answered(store)
        read(store, 2)
        assert (the_item(store, "1"), facts(store).gone) == (item, ())
        read(store, 3)
        after = the_item(store, "1")
        assert (after.status, after.answered_at, after.version) == ("baru", None, item.version + 1)
        assert shown(store).gone_at == at(3 * HOUR)
        found = facts(store)
        assert found.answers == ()
        assert [(one.posted_at, one.gone_at) for one in found.gone] == [(at(60), at(3 * HOUR))]
        assert (found.changes[-1].status, found.changes[-1].by) == ("baru", "mesin")
        assert told(store) == ["routed", "answered", "answer_gone"]
        read(store, 4)
        assert told(store) == ["routed", "answered", "answer_gone"]
        assert store.verify_events() > 0

    @pytest.mark.parametrize(
        "whole",
        [
            None,
            Whole(at(60), at(3 * HOUR)),  # its beginning is too near the answer
            Whole(at(61), at(3 * HOUR)),
            Whole(at(-HOUR), at(60 + 240)),  # its end is
            Whole(at(-HOUR), at(9 * HOUR)),  # not begun yet: a clock was set back
            Whole(at(-HOUR), at(HOUR + 240)),  # it may have begun before the answer was listed
            Whole(at(-HOUR), at(3 * HOUR), "9"),  # another thread
        ],
    )
    def test_a_reading_that_did_not_cover_it_says_nothing(
        self, store: Store, whole: Whole | None
    ) -> None:
        answered(store)
        for hours in (3, 4, 5):
            read(store, hours, whole=whole)
        assert (shown(store).gone_at, the_item(store, "1").status) == (None, "dijawab")
        read(store, 6)
        assert shown(store).gone_at is None, "that was the first that missed it"

    def test_two_readings_that_are_close_count_as_one(self, store: Store) -> None:
        answered(store)
        for hours in (2, 2.1, 2.4):
            read(store, hours)
        assert shown(store).gone_at is None
        read(store, 2.6)
        assert shown(store).gone_at == at(2.6 * HOUR)

    def test_the_same_reading_told_twice_counts_once(self, store: Store) -> None:
        answered(store)
        whole = Whole(at(-HOUR), at(2 * HOUR))
        read(store, 2, whole=whole)
        read(store, 5, whole=whole)
        assert shown(store).gone_at is None

    def test_what_is_listed_in_between_begins_anew(self, store: Store) -> None:
        answered(store)
        read(store, 2)
        read(store, 3, answer("2", "1"))
        read(store, 4)
        assert shown(store).gone_at is None
        read(store, 5)
        assert shown(store).gone_at == at(5 * HOUR)

    def test_only_the_source_that_listed_it_last_can_miss_it(self, store: Store) -> None:
        answered(store)
        other = replace(OTHER, id="x:timeline:dlh", accounts=("dlh",))
        for hours in (2, 3, 4):
            read(store, hours, source=other)
        assert shown(store).gone_at is None
        put(store, (mention("5"), QUEUE), (answer("6", "5"), ANSWER), now=at(4.5 * HOUR))
        for hours in (5, 6, 7):  # of 6 only a source of mentions told, which lists no answers
            read(store, hours, answer("2", "1"), source=OTHER)
        assert the_item(store, "5").status == "dijawab"
        assert the_item(store, "5").mention.network_id == "5"
        assert SPEC.kind == "mentions"

    def test_one_that_is_listed_again_is_back(self, store: Store) -> None:
        item = answered(store)
        read(store, 2)
        read(store, 3)
        late = mention("4", "masih rusak", parent_id="1", thread_id="1", author_id="9")
        put(store, (late, QUEUE), now=at(3.5 * HOUR))
        assert the_item(store, "4").status == "baru", "what is gone answers nobody"
        read(store, 4, answer("2", "1"))
        back = the_item(store, "1")
        assert (back.status, back.answered_at) == ("dijawab", at(60))
        assert (shown(store).gone_at, facts(store).gone) == (None, ())
        assert facts(store).answers[0].posted_at == at(60)
        assert told(store) == ["routed", "answered", "answer_gone", "answer_back"]
        assert the_item(store, "4").status == "dijawab"
        assert back.version == item.version + 2
        read(store, 5)
        read(store, 6)
        assert the_item(store, "1").status == "baru", "it may go again"

    def test_another_answer_that_stands_keeps_it_answered(self, store: Store) -> None:
        second = answer("3", "1", posted_at=at(600))
        answered(store, second)
        read(store, 2, second)
        read(store, 3, second)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(600))
        assert [one.posted_at for one in facts(store).answers] == [at(600)]
        read(store, 4)
        read(store, 5)
        assert the_item(store, "1").status == "baru"

    def test_one_that_comes_with_the_reading_that_misses_the_other_keeps_it_answered(
        self, store: Store
    ) -> None:
        answered(store)
        read(store, 2)
        read(store, 3, answer("3", "1", posted_at=at(2.5 * HOUR)))
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(2.5 * HOUR))
        assert told(store) == ["routed", "answered", "answered", "answer_gone"]

    def test_an_answer_from_before_the_citizen_complained_again_does_not(
        self, store: Store
    ) -> None:
        first = answer("2", "1")
        answered(store)
        again = mention("3", "lagi", parent_id="1", thread_id="1", posted_at=at(1.5 * HOUR))
        put(store, (again, QUEUE), now=at(1.5 * HOUR))
        assert the_item(store, "1").status == "proses"
        second = answer("4", "1", posted_at=at(1.6 * HOUR))
        read(store, 2, first, second)
        assert the_item(store, "1").status == "dijawab"
        read(store, 3, first)
        read(store, 4, first)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("proses", at(60))

    def test_an_answer_that_comes_back_does_not_close_a_newer_complaint(self, store: Store) -> None:
        answered(store)
        again = mention("3", "lagi", parent_id="1", thread_id="1", posted_at=at(1.5 * HOUR))
        put(store, (again, QUEUE), now=at(1.5 * HOUR))
        read(store, 2)
        read(store, 3)
        assert (the_item(store, "1").status, the_item(store, "1").answered_at) == ("proses", None)
        read(store, 4, answer("2", "1"))
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("proses", at(60))

    def test_nor_one_that_was_written_while_it_was_gone(self, store: Store) -> None:
        answered(store)
        for hours in (2, 3):
            read(store, hours)
        again = mention("3", "lagi", parent_id="1", thread_id="1", posted_at=at(3.5 * HOUR))
        put(store, (again, QUEUE), now=at(3.5 * HOUR))
        read(store, 4, answer("2", "1"))
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("proses", at(60))
        assert told(store)[-2:] == ["answer_back", "reopened"]
        assert the_item(store, "3").status == "baru"

    def test_the_answer_to_it_closes_it_when_that_comes_back_too(self, store: Store) -> None:
        first, second = answer("2", "1"), answer("5", "1", posted_at=at(1.7 * HOUR))
        answered(store)
        again = mention("3", "lagi", parent_id="1", thread_id="1", posted_at=at(1.5 * HOUR))
        put(store, (again, QUEUE), now=at(1.5 * HOUR))
        read(store, 2, first, second)
        assert the_item(store, "1").status == "dijawab"
        for hours in (3, 4):
            read(store, hours)
        read(store, 5, first)
        assert the_item(store, "1").status == "proses"
        read(store, 6, first, second)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(60))

    def test_an_answer_that_is_gone_hides_no_newer_complaint(self, store: Store) -> None:
        first, second = answer("2", "1"), answer("5", "1", posted_at=at(4 * HOUR))
        answered(store)
        for hours in (2, 3):
            read(store, hours)
        again = mention("3", "lagi", parent_id="1", thread_id="1", posted_at=at(3.5 * HOUR))
        put(store, (again, QUEUE), now=at(3.5 * HOUR))
        read(store, 4.5, second)
        assert the_item(store, "1").status == "dijawab"
        for hours in (5, 6):
            read(store, hours)
        assert the_item(store, "1").status == "baru"
        read(store, 7, first)
        assert the_item(store, "1").status == "proses"

    @pytest.mark.parametrize("status", ["terverifikasi", "koordinasi", "proses"])
    def test_it_waits_again_as_it_waited_before(self, store: Store, status: str) -> None:
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "status", status=status)
        read(store, 1, answer("2", "1"))
        assert the_item(store, "1").status == "dijawab"
        read(store, 2)
        read(store, 3)
        assert the_item(store, "1").status == status

    @pytest.mark.parametrize("status", ["selesai", "tertunda", "arsip", "koordinasi"])
    def test_a_status_that_a_person_set_since_stays(self, store: Store, status: str) -> None:
        answered(store)
        act(store, the_item(store, "1"), "status", status=status, why="sudah dicek")
        read(store, 2)
        read(store, 3)
        assert the_item(store, "1").status == status
        assert facts(store).answers == ()
        assert told(store)[-1] == "answer_gone"

    def test_what_the_machine_closed_by_an_answer_that_is_gone_waits_again(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "status", status="proses", now=at(60))
        read(store, 1, answer("2", "1"))
        assert closed(store)
        for hours in (2, 3):
            read(store, hours)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("proses", None)
        read(store, 4, answer("2", "1"))
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(60))

    @pytest.mark.parametrize("by", ["network", "record", "word"])
    def test_where_something_else_answers_what_it_closed_waits_to_be_closed_anew(
        self, store: Store, by: str
    ) -> None:
        first = at(1.2 * HOUR)
        others = [answer("3", "1", posted_at=first)] if by == "network" else []
        answered(store)
        if by == "record":
            by_hand = {"opd": "dpupr", "answered_at": first, "link": LINK, "answer_kind": None}
            act(store, the_item(store, "1"), "answer", now=first, **by_hand)
        elif by == "word":
            act(store, the_item(store, "1"), "status", status="proses", now=at(1.1 * HOUR))
            act(store, the_item(store, "1"), "status", status="dijawab", now=first)
        else:
            read(store, 1.3, answer("2", "1"), *others)
        assert closed(store)
        for hours in (2, 3):
            read(store, hours, *others)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", first)
        assert [one.posted_at for one in facts(store).answers] == [first]
        read(store, 4, answer("2", "1"), *others)
        for hours in (5, 6):
            read(store, hours, *others)
        assert the_item(store, "1").status == "dijawab", "that stands as it did"

    def test_a_person_who_said_that_it_is_answered_is_believed(self, store: Store) -> None:
        answered(store)
        act(store, the_item(store, "1"), "status", status="proses", now=at(1.2 * HOUR))
        act(store, the_item(store, "1"), "status", status="dijawab", now=at(1.5 * HOUR))
        read(store, 2)
        read(store, 3)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(1.5 * HOUR))
        [said] = facts(store).answers
        assert (said.posted_at, said.by_hand) == (at(1.5 * HOUR), True)
        read(store, 4, answer("2", "1"))
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(60))
        for hours in (5, 6):
            read(store, hours)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(1.5 * HOUR)), "still believed"

    def test_so_is_one_who_closed_it_afterwards(self, store: Store) -> None:
        answered(store)
        act(store, the_item(store, "1"), "status", status="proses", now=at(1.2 * HOUR))
        act(store, the_item(store, "1"), "status", status="dijawab", now=at(1.5 * HOUR))
        act(store, the_item(store, "1"), "status", status="selesai", why="x", now=at(1.6 * HOUR))
        for hours in (2, 3):
            read(store, hours)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("selesai", at(1.5 * HOUR))

    def test_who_withdrew_a_record_has_not_said_that_it_is_answered(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        by_hand = {"opd": "dpupr", "answered_at": at(120), "link": LINK, "answer_kind": None}
        act(store, the_item(store, "1"), "answer", now=at(600), **by_hand)
        read(store, 1, answer("2", "1"))
        detail = store.item(EVERYTHING, the_item(store, "1").id)
        assert detail is not None
        [record] = [one.record for one in detail.answers if one.record]
        item = act(store, detail.item, "withdraw", why="salah", withdraws=record)
        assert item.status == "dijawab"
        for hours in (2, 3):
            read(store, hours)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("baru", None)

    def test_an_act_that_was_undone_says_nothing(self, store: Store) -> None:
        answered(store)
        done = act(store, the_item(store, "1"), "status", status="proses", now=at(1.5 * HOUR))
        store.undo(EVERYTHING, "sari", done.id, done.version, at(1.6 * HOUR), at(HOUR))
        assert the_item(store, "1").status == "dijawab"
        for hours in (2, 3):
            read(store, hours)
        assert the_item(store, "1").status == "baru"

    def test_an_answer_that_a_person_recorded_keeps_it_answered(self, store: Store) -> None:
        item = answered(store)
        by_hand = {"opd": "dpupr", "answered_at": at(120), "link": LINK, "answer_kind": None}
        act(store, item, "answer", **by_hand)
        read(store, 2)
        read(store, 3)
        found = the_item(store, "1")
        assert (found.status, found.answered_at) == ("dijawab", at(120))

    def test_the_thread_of_a_post_is_judged_for_itself(self, store: Store) -> None:
        feed = SourceSpec("meta:facebook:dpupr:feed", "facebook", "feed", ("dpupr",), "DPUPR", 300)
        on = {"network": "facebook"}
        for number in ("1", "5"):
            post = mention(f"p{number}", "Info", author_opd="dpupr", kind="post", **on)
            under = {"kind": "comment", "parent_id": f"p{number}", "thread_id": f"p{number}"} | on
            put(store, (post, CONTEXT), (mention(number, **under), QUEUE))
        first = replace(answer("2", "1", **on), thread_id="p1")
        second = replace(answer("6", "5", **on), thread_id="p5")
        read(store, 1, first, second, source=feed, whole=None)
        for hours in (2, 3):
            whole = Whole(at(-HOUR), at(hours * HOUR), "p1")
            read(store, hours, source=feed, whole=whole)
        assert (the_item(store, "1").status, the_item(store, "5").status) == ("baru", "dijawab")

    def test_counters_and_lists_follow(self, store: Store) -> None:
        answered(store)
        put(store, (mention("3"), QUEUE), (answer("4", "3"), ANSWER))
        read(store, 2)
        changed = store.changed_at(EVERYTHING)
        read(store, 3)
        assert store.changed_at(EVERYTHING) != changed
        waiting = [ItemFilter(tab="queue", status=status) for status in ("baru", "dijawab")]
        assert [one.number for one in store.counts(EVERYTHING, waiting)] == [1, 1]
