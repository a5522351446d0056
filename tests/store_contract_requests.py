"""What every store promises about requests: counted per hour and source, kept, and outages seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from store_support import NOW, OTHER, SPEC, at, mention, page, take

from tanggap.errors import LeaseLost
from tanggap.store.base import Store
from tanggap.store.rows import Spent

META = replace(SPEC, id="meta:facebook:dpupr:feed", network="facebook", kind="feed")


class RequestsContract:
    def test_requests_of_pages_and_refusals_are_counted_and_survive_a_restart(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        store.sync_sources([SPEC, OTHER, META], NOW)
        lease = take(store)
        store.accept(lease, replace(page(mention("1")), requests=3, reads=("post:1",)), {}, NOW)
        store.note_requests(SPEC.id, 2, NOW)
        store.note_requests(OTHER.id, 4, NOW)
        store.note_requests(META.id, 50, NOW)
        expected = Spent(hour=9, day=9, source_hour=5, source_day=5, source_reads=1, sources=2)
        assert store.spent("x", SPEC.id, NOW) == expected
        assert reopen().spent("x", SPEC.id, NOW) == expected
        assert store.spent("meta", META.id, NOW).source_day == 50

    def test_hours_and_days_begin_anew_and_are_forgotten_after_two_days(self, store: Store) -> None:
        store.sync_sources([SPEC], NOW)
        store.note_requests(SPEC.id, 7, NOW)
        later = store.spent("x", SPEC.id, NOW + timedelta(hours=1))
        assert (later.hour, later.day, later.source_hour, later.source_day) == (0, 7, 0, 7)
        tomorrow = NOW + timedelta(days=1)
        assert store.spent("x", SPEC.id, tomorrow) == Spent(0, 0, 0, 0, 0, 1)
        assert store.spent("x", SPEC.id, NOW).day == 7, "a clock that is set back still sees it"
        store.note_requests(SPEC.id, 1, NOW + timedelta(days=3))
        assert store.spent("x", SPEC.id, NOW).day == 0

    def test_a_page_that_is_not_stored_counts_nothing(self, store: Store) -> None:
        store.sync_sources([SPEC], NOW)
        lease = take(store)
        store.release(lease)
        late = NOW + timedelta(hours=1)
        assert store.lease(SPEC.id, "lain", late, late + timedelta(minutes=3))
        with pytest.raises(LeaseLost):
            store.accept(lease, replace(page(), requests=3), {}, late)
        assert store.spent("x", SPEC.id, late).day == 0

    def test_how_busy_a_source_is_is_kept_with_its_success(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        store.sync_sources([SPEC], NOW)
        first = take(store)
        assert (first.activity, first.last_success_at) == (1.0, None)
        store.finish(first, NOW, at(60), "", 0.25)
        second = take(reopen(), now=at(60))
        assert (second.activity, second.last_success_at) == (0.25, NOW)
        store.fail(second, at(60), at(70), "backoff", "network_error", "")
        third = take(store, now=at(70))
        assert third.activity == 0.25
        store.finish(third, at(70), at(130), "")
        assert take(store, now=at(130)).activity == 0.25

    def test_sources_that_fail_in_a_row_are_counted_until_one_of_them_succeeds(
        self, store: Store
    ) -> None:
        store.sync_sources([SPEC, OTHER, META], NOW)
        since = NOW - timedelta(minutes=15)
        assert store.failing("x", since) == ([], 2)
        store.fail(take(store), at(1), at(60), "backoff", "network_error", "")
        store.fail(take(store, OTHER), at(2), at(60), "backoff", "network_error", "")
        assert store.failing("x", since) == ([SPEC.id, OTHER.id], 2)
        assert store.failing("x:timeline", since) == ([OTHER.id], 1)
        assert store.failing("meta", since) == ([], 1)
        assert store.failing("x", at(2)) == ([OTHER.id], 2), "the older failure says nothing of now"
        store.finish(take(store, now=at(60)), at(61), at(240), "")
        assert store.failing("x", since) == ([], 2)
        store.fail(take(store, OTHER, now=at(62)), at(63), at(70), "needs_human", "token", "")
        assert store.failing("x", since) == ([], 2), "a refusal is no outage"
