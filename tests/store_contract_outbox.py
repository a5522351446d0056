"""What every store promises about notices: who is told of what, once, and what becomes of it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from store_support import (
    ASIDE,
    DECISION,
    NOW,
    QUEUE,
    SENSITIVE,
    act,
    at,
    decision,
    mention,
    page,
    put,
    queue,
    take,
    the_item,
)

from tanggap import killpoints
from tanggap.mention import Flag
from tanggap.store.base import Store
from tanggap.store.rows_outbox import Notice, NoticeChannel

URGENT = decision(urgent=Flag(on=True, confidence=0.99))
PUPR = NoticeChannel("dpupr", ("dpupr",))
HUB = NoticeChannel("dishub", ("dishub",), kinds=("digest",))
LINGKUNGAN = NoticeChannel("dlh", ("dlh",), kinds=("urgent", "digest"))
CITY = NoticeChannel("kota", everything=True)
CHANNELS = (PUPR, HUB, LINGKUNGAN, CITY)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class _Stop(Exception):
    """The process ends here."""


def waiting(store: Store) -> list[tuple[str, int | None]]:
    """Return channel and item of what waits, in the order in which it is due."""
    return [(one.channel, one.item_id) for one in store.notices("waiting")]


def due(store: Store, channel: str = "dpupr", seconds: float = 0) -> list[Notice]:
    return store.due_notices(channel, at(seconds))


def urgent(store: Store, *names: str, opd: str = "dpupr") -> list[int]:
    """Put urgent items into the queue; return their ids."""
    put(store, *((mention(name), queue(opd), URGENT) for name in names))
    return [the_item(store, name).id for name in names]


class OutboxContract:
    def test_an_urgent_item_is_told_to_its_opd_and_to_the_supervisors(self, store: Store) -> None:
        store.sync_notice_channels(CHANNELS, NOW)
        put(store, (mention("1"), QUEUE, URGENT), (mention("2"), QUEUE, DECISION))
        number = the_item(store, "1").id
        assert waiting(store) == [("dpupr", number), ("kota", number)]

    def test_a_sensitive_item_is_told_as_one_that_is_urgent(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        put(store, (mention("1"), SENSITIVE, DECISION))
        assert waiting(store) == [("dpupr", the_item(store, "1").id)]

    def test_supporting_opd_are_told_too(self, store: Store) -> None:
        store.sync_notice_channels(CHANNELS, NOW)
        put(store, (mention("1"), queue("dpupr", "dlh"), URGENT))
        number = the_item(store, "1").id
        assert waiting(store) == [("dlh", number), ("dpupr", number), ("kota", number)]

    def test_what_was_put_aside_is_told_to_nobody(self, store: Store) -> None:
        store.sync_notice_channels(CHANNELS, NOW)
        put(store, (mention("1"), ASIDE, URGENT))
        assert waiting(store) == []

    def test_a_file_that_a_person_brings_is_told_as_well(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        one = mention("1", network="intake", kind="intake")
        store.intake([one], {"1": (URGENT, QUEUE)}, "sari", NOW)
        assert waiting(store) == [("dpupr", the_item(store, "1").id)]

    def test_a_repeat_is_not_told_again_and_an_edit_only_when_it_makes_it_urgent(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        put(store, (mention("1"), QUEUE, DECISION))
        assert waiting(store) == []
        for revision in ("2", "3"):
            put(store, (mention("1", revision=revision), QUEUE, URGENT))
        put(store, (mention("1", revision="3"), QUEUE, URGENT))
        assert waiting(store) == [("dpupr", the_item(store, "1").id)]

    def test_an_opd_to_which_an_urgent_item_is_sent_on_is_told_and_nobody_twice(
        self, store: Store
    ) -> None:
        store.sync_notice_channels(CHANNELS, NOW)
        [number] = urgent(store, "1")
        item = act(store, the_item(store, "1"), "forward", opd="dlh", why="sampah")
        assert waiting(store) == [("dpupr", number), ("kota", number), ("dlh", number)]
        act(store, item, "forward", opd="dpupr", why="jalan")
        assert len(waiting(store)) == 3

    def test_the_notice_stands_or_falls_with_the_page(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)

        def end() -> None:
            raise _Stop

        lease = take(store)
        killpoints.arm("cursor_written", end)
        with pytest.raises(_Stop):
            store.accept(lease, page(mention("1")), {"1": (URGENT, QUEUE)}, NOW)
        assert waiting(store) == []
        store.accept(lease, page(mention("1")), {"1": (URGENT, QUEUE)}, NOW)
        assert len(waiting(store)) == 1

    def test_the_id_that_readers_see_tells_of_the_matter_and_of_nothing_else(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR, CITY], NOW)
        urgent(store, "1", "2")
        names = {(one.channel, one.item_id): one.notice_id for one in store.notices("waiting")}
        assert len(set(names.values())) == 4
        assert all(re.fullmatch("[0-9a-f]{10}", name) for name in names.values())
        # Forgotten and put once more, a notice of the same post has the same name again.
        for one in store.notices("waiting"):
            store.notice_sent(one.id, NOW)
        store.prune_notices(at(1), at(1))
        item = act(store, the_item(store, "1"), "forward", opd="dlh", why="sampah")
        act(store, item, "forward", opd="dpupr", why="jalan")
        [again] = store.notices("waiting")
        assert again.notice_id == names["dpupr", item.id]

    def test_a_channel_that_is_gone_leaves_nothing_waiting(self, store: Store) -> None:
        store.sync_notice_channels([PUPR, CITY], NOW)
        [number] = urgent(store, "1")
        store.sync_notice_channels([CITY], at(60))
        assert waiting(store) == [("kota", number)]
        assert [(one.channel, one.code) for one in store.notices("dead")] == [
            ("dpupr", "channel_removed")
        ]
        assert [one.channel for one in store.notice_channels(NOW)] == [CITY]
        urgent(store, "2")
        assert len(waiting(store)) == 2

    def test_a_channel_keeps_its_beginning_until_it_was_away(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        store.sync_notice_channels([PUPR], at(60))
        assert [one.since for one in store.notice_channels(NOW)] == [NOW]
        store.sync_notice_channels([], at(120))
        store.sync_notice_channels([PUPR], at(180))
        assert [one.since for one in store.notice_channels(NOW)] == [at(180)]

    def test_a_digest_is_planned_once_by_whoever_comes_first(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        store.sync_notice_channels([LINGKUNGAN], NOW)
        assert store.plan_notice("dlh", "2026-11-10T01:00:00.000Z|dlh", NOW)
        assert not store.plan_notice("dlh", "2026-11-10T01:00:00.000Z|dlh", NOW)
        assert not reopen().plan_notice("dlh", "2026-11-10T01:00:00.000Z|dlh", NOW)
        assert [one.kind for one in store.notices("waiting")] == ["digest"]

    def test_a_newer_digest_takes_the_place_of_one_that_still_waits(self, store: Store) -> None:
        store.sync_notice_channels([LINGKUNGAN], NOW)
        for key in ("1|dlh", "1|dpupr", "2|dlh"):
            store.plan_notice("dlh", key, NOW, supersedes=f"|{key[2:]}")
        assert [one.key for one in store.notices("waiting")] == ["1|dpupr", "2|dlh"]
        assert [(one.key, one.code) for one in store.notices("dead")] == [("1|dlh", "superseded")]

    def test_dead_notices_are_tried_again_or_taken_as_seen(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        urgent(store, "1", "2", "3")
        first, second, third = due(store)
        store.end_notice(first.id, "gave_up", NOW)
        store.end_notice(second.id, "gave_up", NOW)
        store.end_notice(third.id, "settled", NOW)
        assert [one.dead for one in store.notice_channels(NOW)] == [2]
        assert store.retry_notices(first.notice_id, NOW) == 1
        assert [one.id for one in due(store)] == [first.id]
        assert store.drop_notices(None, NOW) == 1  # settled needs nobody
        assert [one.dead for one in store.notice_channels(NOW)] == [0]
        assert store.retry_notices(None, NOW) == 0
        assert store.retry_notices("tidak ada", NOW) == 0

    def test_what_was_sent_is_not_tried_again_by_anybody(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        urgent(store, "1")
        [one] = due(store)
        store.notice_sent(one.id, NOW)
        assert store.retry_notices(one.notice_id, NOW) == 0
        assert store.drop_notices(one.notice_id, NOW) == 0
        assert [two.state for two in store.notices("sent")] == ["sent"]

    def test_old_notices_are_forgotten_waiting_ones_never(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        urgent(store, "1", "2", "3")
        first, second, _ = due(store)
        store.notice_sent(first.id, NOW)
        store.end_notice(second.id, "settled", NOW)
        assert store.prune_notices(NOW, NOW) == 0
        assert store.prune_notices(at(1), NOW) == 1
        assert store.prune_notices(at(1), at(1)) == 1
        assert store.prune_notices(NOW + 99 * DAY, NOW + 99 * DAY) == 0
        assert len(waiting(store)) == 1


class OutboxDeliveryContract:
    def test_notices_come_in_the_order_in_which_they_were_put(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        numbers = [*urgent(store, "1", "2"), *urgent(store, "3")]
        assert [one.item_id for one in due(store)] == numbers
        assert [one.item_id for one in store.due_notices("dpupr", NOW, 2)] == numbers[:2]

    def test_a_channel_is_claimed_by_one_at_a_time(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        assert store.claim_notices("dpupr", "satu", NOW, at(60))
        assert store.claim_notices("dpupr", "satu", at(10), at(70))
        assert not store.claim_notices("dpupr", "dua", at(20), at(80))
        store.release_notices("dpupr", "dua")
        assert not store.claim_notices("dpupr", "dua", at(20), at(80))
        store.release_notices("dpupr", "satu")
        assert store.claim_notices("dpupr", "dua", at(20), at(80))
        assert store.claim_notices("dpupr", "satu", at(80), at(140))
        assert not store.claim_notices("lain", "satu", NOW, at(60))

    def test_a_claim_of_the_dead_ends_where_nobody_else_is(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        assert store.claim_notices("dpupr", "mati", NOW, at(600))
        store.sync_notice_channels([PUPR], at(1))
        assert not store.claim_notices("dpupr", "baru", at(2), at(600))
        store.sync_notice_channels([PUPR], at(1), alone=True)
        assert store.claim_notices("dpupr", "baru", at(2), at(600))
        store.free_notices(["lain", "mati"])
        assert not store.claim_notices("dpupr", "nanti", at(3), at(600))
        store.free_notices(["baru"])
        assert store.claim_notices("dpupr", "nanti", at(3), at(600))

    def test_a_claim_that_only_a_wrong_clock_can_have_made_holds_nobody_up(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        assert store.claim_notices("dpupr", "satu", NOW + DAY, NOW + DAY + 10 * MINUTE)
        assert store.claim_notices("dpupr", "dua", NOW, NOW + 10 * MINUTE)

    def test_a_refusal_makes_its_channel_wait_and_a_success_ends_that(self, store: Store) -> None:
        store.sync_notice_channels([PUPR, CITY], NOW)
        urgent(store, "1", "2")
        first, second = due(store)
        store.notice_failed(first.id, "refused", at(1), at(31), channel_too=True)
        status, other = store.notice_channels(at(2))
        assert (status.failures, status.failing_since, status.code) == (1, at(1), "refused")
        assert (status.next_try_at, status.due, status.waiting) == (at(31), False, 2)
        assert (other.failures, other.due) == (0, True)
        store.notice_failed(first.id, "refused", at(31), at(91), channel_too=True)
        status, _ = store.notice_channels(at(91))
        assert (status.failures, status.failing_since, status.due) == (2, at(1), True)
        # What waits behind it has been failing for as long, though it was never tried.
        assert [one.failing_since for one in due(store, seconds=91)] == [at(1), at(1)]
        assert [one.attempts for one in due(store, seconds=91)] == [2, 0]
        store.notice_sent(first.id, at(91))
        status, _ = store.notice_channels(at(91))
        assert (status.failures, status.failing_since, status.next_try_at) == (0, None, None)
        assert [(one.id, one.failing_since) for one in due(store, seconds=91)] == [
            (second.id, None)
        ]

    def test_a_refusal_by_some_of_its_addresses_is_the_notice_s_own(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        urgent(store, "1", "2")
        first, second = due(store)
        store.notice_sent(first.id, NOW, digest="aa11bb22")
        store.notice_sent(first.id, NOW, digest="aa11bb22")
        store.notice_failed(first.id, "partly", NOW, at(30), channel_too=False)
        [status] = store.notice_channels(NOW)
        assert (status.failures, status.due) == (0, True)
        assert [one.id for one in due(store)] == [second.id]
        assert [one.reached for one in due(store, seconds=30)] == [("aa11bb22",), ()]

    def test_a_summary_stands_for_many_and_goes_with_them(self, store: Store) -> None:
        store.sync_notice_channels([PUPR], NOW)
        numbers = urgent(store, "1", "2", "3", "4")
        first, *rest = due(store)
        summary = store.fold_notices([one.id for one in rest], at(5))
        assert [(one.kind, one.id) for one in due(store, seconds=5)] == [
            ("urgent", first.id),
            ("summary", summary.id),
        ]
        assert [one.item_id for one in store.folded_notices(summary.id)] == numbers[1:]
        store.notice_sent(first.id, at(6))
        store.notice_sent(summary.id, at(7))
        assert store.sent_lately("dpupr", NOW) == [at(6), at(7)]
        assert len(store.notices("sent")) == 5
        assert waiting(store) == []

    def test_a_summary_that_is_given_up_takes_its_notices_with_it_and_back(
        self, store: Store
    ) -> None:
        store.sync_notice_channels([PUPR], NOW)
        urgent(store, "1", "2")
        summary = store.fold_notices([one.id for one in due(store)], NOW)
        store.end_notice(summary.id, "gave_up", NOW)
        assert waiting(store) == []
        assert store.retry_notices(None, at(9)) == 1
        assert [one.kind for one in due(store, seconds=9)] == ["summary"]
        assert len(store.folded_notices(summary.id)) == 2
        assert [one.state for one in store.folded_notices(summary.id)] == ["waiting"] * 2
