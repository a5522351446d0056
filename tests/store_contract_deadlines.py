"""What every store promises about deadlines: kept as reckoned, told once, late in the lists."""

from datetime import timedelta

from store_support import (
    ANSWER,
    DECISION,
    NOW,
    act,
    answer,
    at,
    mention,
    only,
    put,
    queue,
    the_item,
)

from tanggap.mention import UNANSWERED
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING, Item, ItemFilter
from tanggap.store.rows_deadlines import ClockName, ItemDeadlines, Running, Stage
from tanggap.store.rows_outbox import Notice, NoticeChannel

DUE = at(3600)
BOTH = ("warning", "escalation")
PUPR = NoticeChannel("dpupr", ("dpupr",), kinds=BOTH)
QUIET = NoticeChannel("diam", ("dpupr",), kinds=("urgent", "digest"))
LINGKUNGAN = NoticeChannel("dlh", ("dlh",), kinds=BOTH)
CITY = NoticeChannel("kota", everything=True, kinds=("escalation",))
LATE = ItemFilter(tabs=("queue",), statuses=UNANSWERED, late=True)


def given(store: Store, *names: str, opd: str = "dpupr") -> list[Item]:
    put(store, *((mention(name), queue(opd), DECISION) for name in names))
    return [the_item(store, name) for name in names]


def reckoned(item: Item, stage: Stage, clock: ClockName = "first_answer") -> ItemDeadlines:
    return ItemDeadlines(item.id, item.version, (Running(clock, DUE, stage),))


def waiting(store: Store) -> list[tuple[str, str]]:
    return [(one.channel, one.kind) for one in store.notices("waiting")]


def news(store: Store, notice: Notice, limit: int = 9) -> tuple[list[int], int]:
    told = store.deadline_news(notice, limit)
    return [one.item.id for one in told.items], told.total


class DeadlinesContract:
    def test_each_stage_is_told_to_who_is_to_know_and_once(self, store: Store) -> None:
        store.sync_notice_channels([PUPR, QUIET, LINGKUNGAN, CITY], NOW)
        [item] = given(store, "1")
        for stage, told in (
            ("", []),
            ("warning", [("dpupr", "warning")]),
            ("missed", [("dpupr", "escalation")]),
            ("escalated", [("kota", "escalation")]),
        ):
            seconds = 10.0 * (1 + ["", "warning", "missed", "escalated"].index(stage))
            assert store.note_deadlines([reckoned(item, stage)], at(seconds)) == 1
            assert waiting(store) == told
            for notice in store.notices("waiting"):
                assert news(store, notice) == ([item.id], 1)
                store.notice_sent(notice.id, at(seconds))
            assert store.note_deadlines([reckoned(item, stage)], at(seconds + 5)) == 0
        assert waiting(store) == []

    def test_what_was_never_looked_at_before_it_was_long_late_is_told_to_all(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR, CITY], NOW)
        [item] = given(store, "1")
        store.note_deadlines([reckoned(item, "escalated")], at(10))
        assert waiting(store) == [("dpupr", "escalation"), ("kota", "escalation")]

    def test_a_notice_that_still_waits_gives_way_to_one_that_tells_of_both(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second, third = given(store, "1", "2", "3")
        store.note_deadlines([reckoned(first, "warning")], at(10))
        store.note_deadlines([reckoned(first, "warning"), reckoned(second, "warning")], at(20))
        [notice] = store.notices("waiting")
        assert [one.code for one in store.notices("dead")] == ["superseded"]
        assert news(store, notice) == ([first.id, second.id], 2)
        assert news(store, notice, limit=1) == ([first.id], 2)
        store.notice_sent(notice.id, at(25))
        store.note_deadlines([reckoned(third, "warning")], at(30))
        [notice] = store.notices("waiting")
        assert news(store, notice) == ([third.id], 1)

    def test_what_came_while_a_notice_was_on_its_way_is_left_to_the_next(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second = given(store, "1", "2")
        store.note_deadlines([reckoned(first, "missed")], at(10))
        [notice] = store.notices("waiting")
        store.note_deadlines([reckoned(second, "missed")], at(20))
        assert news(store, notice) == ([first.id], 1)
        store.notice_sent(notice.id, at(21))
        [later] = store.notices("waiting")
        assert news(store, later) == ([second.id], 1)

    def test_nothing_is_told_of_what_was_answered_confirmed_closed_or_sent_on_since(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        one, two, three, four = given(store, "1", "2", "3", "4")
        store.note_deadlines(
            [
                reckoned(one, "warning"),
                reckoned(two, "warning", "verification"),
                reckoned(three, "warning", "follow_up"),
                reckoned(four, "warning"),
            ],
            at(10),
        )
        [notice] = store.notices("waiting")
        assert news(store, notice)[1] == 4
        put(store, (answer("9", "1"), ANSWER))
        act(store, two, "status", status="terverifikasi")
        act(store, three, "status", status="selesai")
        act(store, four, "forward", opd="dlh", why="sampah")
        assert news(store, notice) == ([], 0)

    def test_an_item_with_two_clocks_is_told_once_by_the_earlier_one(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        [item] = given(store, "1")
        running = (
            Running("verification", DUE, "warning"),
            Running("first_answer", DUE - timedelta(hours=1), "warning"),
        )
        store.note_deadlines([ItemDeadlines(item.id, item.version, running)], at(10))
        [notice] = store.notices("waiting")
        told = store.deadline_news(notice, 9)
        assert [(one.clock, one.due_at) for one in told.items] == [
            ("first_answer", DUE - timedelta(hours=1))
        ]
        assert told.total == 1

    def test_a_deadline_that_moved_away_is_told_again_when_it_comes_near(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        [item] = given(store, "1")
        for number, stage in enumerate(("warning", "", "warning")):
            store.note_deadlines([reckoned(item, stage)], at(10 + number))  # type: ignore[arg-type]
            for notice in store.notices("waiting"):
                store.notice_sent(notice.id, at(10 + number))
        assert len(store.notices("sent")) == 2

    def test_what_a_person_did_since_it_was_reckoned_leaves_it_alone(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        [item] = given(store, "1")
        act(store, item, "status", status="terverifikasi")
        assert store.note_deadlines([reckoned(item, "missed")], at(10)) == 0
        assert waiting(store) == []
        assert store.items(EVERYTHING, LATE) == []

    def test_late_is_what_was_found_to_be_past_its_first_answer(self, store: Store) -> None:
        late, warned, other = given(store, "1", "2", "3")
        [foreign] = given(store, "4", opd="dlh")
        store.note_deadlines(
            [
                reckoned(late, "escalated"),
                reckoned(warned, "warning"),
                reckoned(other, "missed", "verification"),
                reckoned(foreign, "missed"),
            ],
            at(10),
        )
        assert [one.id for one in store.items(EVERYTHING, LATE)] == [foreign.id, late.id]
        assert [one.id for one in store.items(only("dpupr"), LATE)] == [late.id]
        assert store.counts(EVERYTHING, [LATE])[0].number == 2
        put(store, (answer("9", "1"), ANSWER))
        assert [one.id for one in store.items(EVERYTHING, LATE)] == [foreign.id]

    def test_a_clock_that_runs_no_more_is_forgotten(self, store: Store) -> None:
        one, two = given(store, "1", "2")
        store.note_deadlines([reckoned(one, "missed"), reckoned(two, "missed")], at(10))
        store.note_deadlines([ItemDeadlines(one.id, one.version, ())], at(20))
        assert [item.id for item in store.items(EVERYTHING, LATE)] == [two.id]
        closed = act(store, two, "status", status="selesai")
        assert store.forget_deadlines(("baru", "selesai")) == 0
        assert store.forget_deadlines(("baru",)) == 1
        act(store, closed, "status", status="proses")
        assert store.items(EVERYTHING, LATE) == []

    def test_who_looks_at_the_list_notices_that_something_became_late(self, store: Store) -> None:
        [item] = given(store, "1")
        before, foreign = store.changed_at(only("dpupr")), store.changed_at(only("dlh"))
        store.note_deadlines([reckoned(item, "missed")], at(10))
        assert store.changed_at(only("dpupr")) != before
        assert store.changed_at(only("dlh")) == foreign

    def test_a_new_channel_is_not_told_of_what_was_late_before_it(self, store: Store) -> None:
        old, new = given(store, "1", "2")
        store.note_deadlines([reckoned(old, "missed")], at(10))
        store.sync_notice_channels([PUPR], at(20))
        store.note_deadlines([reckoned(new, "missed")], at(30))
        [notice] = store.notices("waiting")
        assert news(store, notice) == ([new.id], 1)
