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
LATE = ItemFilter(tabs=("queue",), statuses=UNANSWERED, late="first_answer")


def given(store: Store, *names: str, opd: str = "dpupr") -> list[Item]:
    put(store, *((mention(name), queue(opd), DECISION) for name in names))
    return [the_item(store, name) for name in names]


APART = timedelta(seconds=5)


def reckoned(item: Item, stage: Stage, clock: ClockName = "first_answer") -> ItemDeadlines:
    return ItemDeadlines(item.id, item.version, item.opd, (Running(clock, DUE, stage),))


def look(store: Store, seconds: float, *found: ItemDeadlines) -> int:
    """Do what the daemon does when a look is complete; return how many notices it put."""
    store.note_deadlines(found, at(seconds))
    return store.tell_deadlines(at(seconds), APART)


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
            assert store.tell_deadlines(at(seconds), APART) == len(told)
            assert waiting(store) == told
            for notice in store.notices("waiting"):
                assert news(store, notice) == ([item.id], 1)
                store.notice_sent(notice.id, at(seconds))
            assert store.note_deadlines([reckoned(item, stage)], at(seconds + 5)) == 0
            assert store.tell_deadlines(at(seconds + 6), APART) == 0
        assert waiting(store) == []

    def test_what_was_never_looked_at_before_it_was_long_late_is_told_to_all(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR, CITY], NOW)
        [item] = given(store, "1")
        look(store, 10, reckoned(item, "escalated"))
        assert waiting(store) == [("dpupr", "escalation"), ("kota", "escalation")]

    def test_a_notice_that_still_waits_gives_way_to_one_that_tells_of_both(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second, third = given(store, "1", "2", "3")
        look(store, 10, reckoned(first, "warning"))
        look(store, 20, reckoned(first, "warning"), reckoned(second, "warning"))
        [notice] = store.notices("waiting")
        assert [one.code for one in store.notices("dead")] == ["superseded"]
        assert news(store, notice) == ([first.id, second.id], 2)
        assert news(store, notice, limit=1) == ([first.id], 2)
        store.notice_sent(notice.id, at(25))
        look(store, 30, reckoned(third, "warning"))
        [notice] = store.notices("waiting")
        assert news(store, notice) == ([third.id], 1)

    def test_what_came_while_a_notice_was_on_its_way_is_left_to_the_next(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second = given(store, "1", "2")
        look(store, 10, reckoned(first, "missed"))
        [notice] = store.notices("waiting")
        look(store, 20, reckoned(second, "missed"))
        assert news(store, notice) == ([first.id], 1)
        store.notice_sent(notice.id, at(21))
        [later] = store.notices("waiting")
        assert news(store, later) == ([second.id], 1)

    def test_nothing_is_told_of_what_was_answered_confirmed_closed_or_sent_on_since(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        one, two, three, four = given(store, "1", "2", "3", "4")
        look(
            store,
            10,
            reckoned(one, "warning"),
            reckoned(two, "warning", "verification"),
            reckoned(three, "warning", "follow_up"),
            reckoned(four, "warning"),
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
        look(store, 10, ItemDeadlines(item.id, item.version, item.opd, running))
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
            look(store, 10 * (1 + number), reckoned(item, stage))  # type: ignore[arg-type]
            for notice in store.notices("waiting"):
                store.notice_sent(notice.id, at(10 * (1 + number)))
        assert len(store.notices("sent")) == 2

    def test_what_a_person_did_since_it_was_reckoned_leaves_it_alone(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        [item] = given(store, "1")
        act(store, item, "status", status="terverifikasi")
        assert look(store, 10, reckoned(item, "missed")) == 0
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
        store.note_deadlines([ItemDeadlines(one.id, one.version, one.opd, ())], at(20))
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
        look(store, 10, reckoned(old, "missed"))
        store.sync_notice_channels([PUPR], at(20))
        look(store, 30, reckoned(new, "missed"))
        [notice] = store.notices("waiting")
        assert news(store, notice) == ([new.id], 1)

    def test_late_for_anything_is_asked_for_apart(self, store: Store) -> None:
        answer_late, to_confirm, warned = given(store, "1", "2", "3")
        look(
            store,
            10,
            reckoned(answer_late, "missed"),
            reckoned(to_confirm, "missed", "verification"),
            reckoned(warned, "warning"),
        )
        found = store.items(EVERYTHING, ItemFilter(tabs=("queue",), late="any"))
        assert [one.id for one in found] == [to_confirm.id, answer_late.id]

    def test_rounds_of_one_look_are_told_together_and_looks_in_short_order_too(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second, third = given(store, "1", "2", "3")
        store.note_deadlines([reckoned(first, "missed")], at(10))
        store.note_deadlines([reckoned(second, "missed")], at(11))
        assert waiting(store) == []
        assert store.tell_deadlines(at(11), APART) == 1
        [notice] = store.notices("waiting")
        assert news(store, notice) == ([first.id, second.id], 2)
        store.notice_sent(notice.id, at(12))
        store.note_deadlines([reckoned(third, "missed")], at(13))
        assert store.tell_deadlines(at(13), APART) == 0
        assert store.tell_deadlines(at(17), APART) == 1
        [notice] = store.notices("waiting")
        assert news(store, notice) == ([third.id], 1)

    def test_a_notice_that_some_have_got_stays_and_the_next_tells_the_rest(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second = given(store, "1", "2")
        look(store, 10, reckoned(first, "missed"))
        [partly] = store.notices("waiting")
        store.notice_sent(partly.id, at(11), digest="ab")
        look(store, 20, reckoned(second, "missed"))
        old, new = store.notices("waiting")
        assert (old.reached, news(store, old), news(store, new)) == (
            ("ab",), ([first.id], 1), ([second.id], 1),
        )  # fmt: skip

    def test_failing_is_counted_from_the_first_notice_that_was_put_off(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second = given(store, "1", "2")
        look(store, 10, reckoned(first, "missed"))
        [notice] = store.notices("waiting")
        store.notice_failed(notice.id, "refused", at(11), at(12), channel_too=False)
        look(store, 20, reckoned(second, "missed"))
        [later] = store.notices("waiting")
        assert (later.failing_since, news(store, later)) == (at(11), ([first.id, second.id], 2))

    def test_one_that_was_given_up_and_is_tried_again_tells_only_its_own(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second = given(store, "1", "2")
        look(store, 10, reckoned(first, "missed"))
        [given_up] = store.notices("waiting")
        store.end_notice(given_up.id, "gave_up", at(11))
        look(store, 20, reckoned(second, "missed"))
        [later] = store.notices("waiting")
        assert news(store, later) == ([second.id], 1)
        store.notice_sent(later.id, at(21))
        store.retry_notices(given_up.notice_id, at(22))
        [again] = store.notices("waiting")
        assert news(store, again) == ([first.id], 1)

    def test_what_is_past_its_deadline_is_no_warning_any_more(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        [item] = given(store, "1")
        look(store, 10, reckoned(item, "warning"))
        look(store, 20, reckoned(item, "missed"))
        found = {one.kind: news(store, one) for one in store.notices("waiting")}
        assert found == {"warning": ([], 0), "escalation": ([item.id], 1)}

    def test_who_gets_an_item_while_it_is_pressing_is_told(self, store: Store) -> None:
        store.sync_notice_channels([PUPR, LINGKUNGAN], NOW)
        [item] = given(store, "1")
        look(store, 10, reckoned(item, "warning"))
        sent_on = act(store, item, "forward", opd="dlh", why="sampah")
        look(store, 20, reckoned(sent_on, "warning"))
        assert waiting(store) == [("dpupr", "warning"), ("dlh", "warning")]
        [old, new] = store.notices("waiting")
        assert (news(store, old), news(store, new)) == (([], 0), ([item.id], 1))

    def test_what_a_slower_clock_finds_is_not_taken_for_told(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second = given(store, "1", "2")
        look(store, 20, reckoned(first, "missed"))  # by a daemon that is some seconds ahead
        store.note_deadlines([reckoned(second, "missed")], at(17))
        assert store.tell_deadlines(at(30), APART) == 1
        [notice] = store.notices("waiting")
        assert news(store, notice) == ([first.id, second.id], 2)
        store.notice_sent(notice.id, at(31))

    def test_those_that_a_person_should_look_at_come_first_among_the_dead(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        first, second = given(store, "1", "2")
        look(store, 10, reckoned(first, "missed"))
        store.end_notice(store.notices("waiting")[0].id, "gave_up", at(11))
        look(store, 20, reckoned(second, "missed"))
        store.end_notice(store.notices("waiting")[0].id, "settled", at(21))
        assert [one.code for one in store.notices("dead")] == ["gave_up", "settled"]
        assert [one.code for one in store.notices("dead", 1)] == ["gave_up"]
