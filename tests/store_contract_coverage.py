"""What every store keeps of what was watched, and of how much each hour usually brings."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from store_support import DECISION, NOW, OTHER, QUEUE, SPEC, at, mention, page, take

from tanggap.errors import LeaseLost
from tanggap.intervals import Interval
from tanggap.mention import Gap, SourceSpec
from tanggap.store import Store
from tanggap.store.rows import Lease, Quiet, SourceCoverage

DAY = timedelta(days=1)
TOKEN = SourceSpec("meta:token", "facebook", "token", (), "", 3600)


def watched(store: Store, spec: SourceSpec = SPEC) -> SourceCoverage:
    """Return what one source watched in the month around NOW."""
    found = {one.source_id: one for one in store.coverage(NOW - 30 * DAY, NOW + 30 * DAY)}
    return found[spec.id]


def poll(store: Store, began: float, gap: Gap | None = None, since: float = -7200) -> Lease:
    """Store the only page of a whole poll that began so many seconds after NOW."""
    lease = take(store, now=at(began))
    good = page(gap=gap, watched_since=at(since), watched_until=at(began))
    store.accept(lease, good, {}, at(began + 1))
    store.finish(lease, at(began + 1), at(began + 1), "")
    return lease


class CoverageContract:
    def test_a_first_whole_poll_watches_from_where_it_reached_back_to(self, store: Store) -> None:
        poll(store, 0)
        found = watched(store)
        assert found.intervals == (Interval(at(-7200), NOW),)
        assert (found.since, found.until, found.removed_at) == (at(-7200), NOW, None)
        assert (found.kind, found.accounts, found.poll_seconds) == ("mentions", ("dpupr",), 180)

    def test_a_source_that_was_never_read_is_known_since_it_was_asked_for(
        self, store: Store
    ) -> None:
        store.sync_sources([SPEC, TOKEN], NOW)
        store.sync_sources([SPEC, TOKEN], at(60))
        [found] = store.coverage(NOW - DAY, NOW + DAY)
        assert (found.source_id, found.since, found.until) == (SPEC.id, NOW, None)
        assert (found.intervals, found.gaps) == ((), ())

    def test_each_whole_poll_extends_the_last_interval(self, store: Store) -> None:
        for began in (0, 180, 360):
            poll(store, began)
        assert watched(store).intervals == (Interval(at(-7200), at(360)),)

    def test_a_page_within_a_poll_extends_nothing(self, store: Store) -> None:
        poll(store, 0)
        lease = take(store, now=at(180))
        half = page(more=True, watched_since=at(-7200), watched_until=NOW)
        store.accept(lease, half, {}, at(181))
        store.fail(lease, at(182), at(400), "backoff", "network_timeout", "")
        assert watched(store).until == NOW

    def test_an_outage_that_is_read_back_is_whole_but_late(self, store: Store) -> None:
        poll(store, 0)
        lease = take(store, now=at(180))
        store.fail(lease, at(180), at(18_000), "backoff", "network_unreachable", "")
        assert watched(store).until == NOW
        poll(store, 18_000)
        poll(store, 18_180)
        assert watched(store).intervals == (
            Interval(at(-7200), NOW),
            Interval(NOW, at(18_000), timedelta(seconds=18_001)),
            Interval(at(18_000), at(18_180)),
        )

    def test_a_gap_closes_the_interval_and_the_next_begins_after_it(self, store: Store) -> None:
        poll(store, 0)
        gap = Gap(NOW, at(900), "older_than_window")
        poll(store, 1200, gap)
        found = watched(store)
        assert found.gaps == (gap,)
        assert found.intervals == (Interval(at(-7200), NOW), Interval(at(900), at(1200)))

    def test_a_gap_on_a_page_before_the_last_one_of_its_poll_counts(self, store: Store) -> None:
        poll(store, 0)
        gap = Gap(NOW, at(900), "mentions_over_800")
        lease = take(store, now=at(1200))
        first = page(more=True, gap=gap, watched_since=at(-7200), watched_until=NOW)
        store.accept(lease, first, {}, at(1201))
        assert watched(store).until == NOW
        store.accept(
            lease, page(watched_since=at(-7200), watched_until=at(1200)), {}, at(1202)
        )  # fmt: skip
        assert watched(store).intervals[1:] == (Interval(at(900), at(1200)),)

    def test_a_gap_may_reach_into_what_counted_as_watched(self, store: Store) -> None:
        for began in (0, 180, 360):
            poll(store, began)
        poll(store, 540, Gap(at(100), at(540), "too_many_posts"))
        assert watched(store).intervals == (Interval(at(-7200), at(100)),)
        poll(store, 720, Gap(at(-7200), at(-3600), "too_many_posts"))
        assert watched(store).intervals == (
            Interval(at(-3600), at(100)),
            Interval(at(540), at(720)),
        )

    def test_a_cursor_that_was_lost_leaves_a_gap_with_its_reason(self, store: Store) -> None:
        poll(store, 0)
        poll(store, 10 * 86_400, since=8 * 86_400)
        found = watched(store)
        assert found.gaps == (Gap(NOW, at(8 * 86_400), "lost_place"),)
        assert [(one.start, one.end) for one in found.intervals] == [
            (at(-7200), NOW),
            (at(8 * 86_400), at(10 * 86_400)),
        ]

    def test_a_cursor_that_was_lost_and_reaches_back_far_enough_leaves_no_gap(
        self, store: Store
    ) -> None:
        poll(store, 0)
        poll(store, 600, since=-60)
        assert watched(store).gaps == ()
        assert watched(store).intervals == (Interval(at(-7200), at(600)),)

    def test_a_source_that_was_removed_was_not_watched_until_it_is_back(self, store: Store) -> None:
        poll(store, 0)
        store.sync_sources([OTHER], at(100))
        assert watched(store).removed_at == at(100)
        store.sync_sources([OTHER], at(200))
        assert watched(store).removed_at == at(100)
        store.sync_sources([OTHER, SPEC], at(1000))
        store.sync_sources([OTHER, SPEC], at(1100))
        found = watched(store)
        assert (found.removed_at, found.gaps) == (None, (Gap(at(100), at(1000), "removed"),))
        poll(store, 1200)
        assert watched(store).intervals == (
            Interval(at(-7200), at(100)),
            Interval(at(1000), at(1200)),
        )

    def test_what_a_turn_brought_after_the_removal_is_no_watching(self, store: Store) -> None:
        poll(store, 0)
        lease = take(store, now=at(100))
        store.sync_sources([OTHER], at(90))
        late = page(watched_since=at(-7200), watched_until=at(100))
        store.accept(lease, late, {}, at(101))
        store.sync_sources([OTHER, SPEC], at(1000))
        assert watched(store).intervals == (Interval(at(-7200), at(90)),)

    def test_sources_that_were_gone_before_the_span_are_left_out(self, store: Store) -> None:
        poll(store, 0)
        store.sync_sources([], at(100))
        assert store.coverage(at(101), at(200)) == []
        assert len(store.coverage(at(99), at(200))) == 1

    def test_only_what_overlaps_the_span_is_returned(self, store: Store) -> None:
        poll(store, 0)
        poll(store, 1200, Gap(NOW, at(900), "page_cap"))
        [found] = store.coverage(at(900), at(1000))
        assert (found.intervals, found.gaps) == ((Interval(at(900), at(1200)),), ())
        assert (found.since, found.until) == (at(-7200), at(1200))

    def test_a_lease_that_was_lost_watches_nothing(self, store: Store) -> None:
        lease = take(store)
        later = NOW + timedelta(seconds=181)
        take(store, now=later, owner="d2")
        with pytest.raises(LeaseLost):
            store.accept(lease, page(watched_since=at(-60), watched_until=NOW), {}, later)
        assert watched(store).intervals == ()

    def test_a_source_without_mentions_watches_nothing(self, store: Store) -> None:
        store.accept(take(store, OTHER), page(), {}, NOW)
        assert watched(store, OTHER).intervals == ()

    def test_a_clock_that_was_put_back_takes_back_the_future(self, store: Store) -> None:
        poll(store, 0)
        poll(store, 86_400)
        lease = take(store, now=at(86_402))
        store.accept(lease, page(watched_since=at(-7200), watched_until=at(60)), {}, at(61))
        assert watched(store).until == at(61)

    def test_a_failure_takes_back_a_success_of_the_future(self, store: Store) -> None:
        poll(store, 86_400)
        lease = take(store, now=at(86_402))
        store.fail(lease, at(60), at(120), "backoff", "network_timeout", "")
        [status] = store.sources(at(61))
        assert (status.last_attempt_at, status.last_success_at) == (at(60), at(60))
        store.fail(take(store, now=at(130)), at(130), at(300), "backoff", "network_timeout", "")
        assert store.sources(at(131))[0].last_success_at == at(60)

    def test_what_was_watched_survives_another_opening(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        poll(store, 0.1234567)
        assert watched(reopen()) == watched(store)


class ArrivalsContract:
    def test_new_mentions_are_counted_by_the_hour_they_were_posted_in(self, store: Store) -> None:
        lease = take(store)
        posts = [mention(str(n), posted_at=at(-3600 * n)) for n in (1, 1.2, 2, 30)]
        future = mention("9", posted_at=at(9999))
        decided = {one.network_id: (DECISION, QUEUE) for one in (*posts, future)}
        for _ in range(2):  # the second time all of them are repeats
            good = page(*posts, future, watched_since=at(-86_400), watched_until=NOW)
            store.accept(lease, good, decided, NOW)
            decided = {}
        store.accept(lease, page(mention("1.5", posted_at=at(-3599))), decided, NOW)
        store.finish(lease, NOW, at(180), "")
        assert store.quiet_sources(at(3600), at(-86_400)) == [Quiet(SPEC.id, NOW)]
        found = store.arrivals(SPEC.id, at(-86_400))
        hours = {(hour - NOW) / timedelta(hours=1): n for hour, n in found.items()}
        assert hours == {0.0: 1, -1.0: 1, -2.0: 2}

    @pytest.mark.parametrize(
        ("spec", "state", "listed"),
        [(SPEC, "ok", True), (SPEC, "backoff", False), (OTHER, "ok", False)],
    )
    def test_only_sources_that_are_well_and_hear_from_citizens_can_be_silent(
        self, store: Store, spec: SourceSpec, state: str, listed: bool
    ) -> None:
        lease = take(store, spec)
        good = page(mention("1"), watched_since=at(-60), watched_until=NOW)
        store.accept(lease, good, {"1": (DECISION, QUEUE)}, NOW)
        if state == "ok":
            store.finish(lease, NOW, at(180), "")
        else:
            store.fail(lease, NOW, at(180), "backoff", "network_timeout", "")
        found = store.quiet_sources(at(7200), at(-60))
        assert [one.source_id for one in found] == [spec.id] * listed
        assert store.quiet_sources(NOW, at(-60)) == []
        store.sync_sources([], NOW)
        assert store.quiet_sources(at(7200), at(-60)) == []

    def test_what_a_person_brings_is_no_arrival_of_a_source(self, store: Store) -> None:
        store.intake([mention("1", kind="intake")], {"1": (DECISION, QUEUE)}, "ani", NOW)
        assert store.quiet_sources(at(7200), at(-86_400)) == []
        assert store.arrivals(SPEC.id, at(-86_400)) == {}

    def test_a_source_is_quiet_until_the_end_of_its_last_interval(self, store: Store) -> None:
        first = page(mention("1", posted_at=NOW), watched_since=at(-60), watched_until=NOW)
        lease = take(store)
        store.accept(lease, first, {"1": (DECISION, QUEUE)}, at(1))
        store.finish(lease, at(1), at(1), "")
        poll(store, 86_400, Gap(NOW, at(900), "older_than_window"))
        assert store.quiet_sources(at(86_400), at(-60)) == [Quiet(SPEC.id, at(86_400))]
        assert store.quiet_sources(at(86_400), at(7200)) == [], "nothing is known of it since then"
        assert store.arrivals(SPEC.id, at(7200)) == {}
