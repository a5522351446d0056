"""What every store promises about sources, leases, holds and the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from store_support import DECISION, NOW, OTHER, QUEUE, SPEC, at, mention, page, take

from tanggap.errors import InputError, LeaseLost
from tanggap.mention import Gap, Rejected, SourceSpec, Wait
from tanggap.store.base import Store
from tanggap.store.rows import Lease
from tanggap.store.rows_daemons import DaemonStatus


class SourcesContract:
    def test_a_new_source_is_due_at_once(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        assert store.due(NOW, 10) == [SPEC.id, OTHER.id]
        assert store.due(at(-1), 10) == []

    def test_the_longest_overdue_source_comes_first_and_the_limit_holds(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        store.finish(take(store), NOW, at(60), "")
        store.finish(take(store, OTHER), NOW, at(30), "")
        assert store.due(at(100), 10) == [OTHER.id, SPEC.id]
        assert store.due(at(100), 1) == [OTHER.id]
        assert store.due(at(40), 10) == [OTHER.id]

    def test_a_source_that_left_the_config_is_kept_but_never_due(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        store.accept(take(store), page(cursor="kept"), {}, NOW)
        store.sync_sources([OTHER], NOW)
        assert store.due(at(9999), 10) == [OTHER.id]
        assert [status.spec for status in store.sources(NOW)] == [OTHER]
        assert store.lease(SPEC.id, "d", at(9999), at(10000)) is None
        changed = replace(SPEC, poll_seconds=60, options={"search": "ya"})
        store.sync_sources([changed, OTHER], NOW)
        assert store.sources(NOW)[0].spec == changed
        lease = store.lease(SPEC.id, "d", at(9999), at(10000))
        assert lease is not None
        assert lease.cursor == "kept"

    def test_two_owners_never_have_the_same_source(self, store: Store) -> None:
        first = take(store)
        assert store.lease(SPEC.id, "d2", at(10), at(190)) is None
        assert store.due(at(10), 10) == []
        assert store.due(first.until, 10) == [SPEC.id]
        second = store.lease(SPEC.id, "d2", first.until, at(999))
        assert second is not None
        assert second.fence > first.fence

    def test_a_source_that_was_finished_since_it_was_due_is_not_polled_again(
        self, store: Store
    ) -> None:
        first = take(store)
        store.finish(first, at(5), at(185), "")
        assert store.lease(SPEC.id, "d2", at(6), at(186)) is None
        assert store.lease(SPEC.id, "d1", at(6), at(186)) is None
        assert store.lease(SPEC.id, "d2", at(185), at(365)) is not None

    def test_the_same_owner_may_take_its_source_again_and_fences_itself_off(
        self, store: Store
    ) -> None:
        first = take(store)
        second = store.lease(SPEC.id, "d1", at(1), at(200))
        assert second is not None
        with pytest.raises(LeaseLost):
            store.accept(first, page(), {}, at(2))

    def test_a_late_worker_stores_nothing_after_its_lease_was_taken(self, store: Store) -> None:
        late = take(store)
        taken = store.lease(SPEC.id, "d2", at(200), at(380))
        assert taken is not None
        one = mention("1")
        with pytest.raises(LeaseLost):
            store.accept(
                late,
                page(
                    one,
                    cursor="late",
                    gap=Gap(at(-60), NOW, "page_cap"),
                    reads=("post:1",),
                    rejected=(Rejected("{", "x"),),
                ),
                {"1": (DECISION, QUEUE)},
                at(201),
            )
        assert store.fresh([one]) == [True]
        assert store.usage("x", at(201), {}).day_reads == 0
        with pytest.raises(LeaseLost):
            store.finish(late, at(201), at(400), "")
        with pytest.raises(LeaseLost):
            store.fail(late, at(201), at(400), "backoff", "network_timeout", "")
        store.release(late)
        status = store.sources(at(201))[0]
        assert status.gaps == ()
        assert status.quarantined == 0
        assert status.last_attempt_at is None
        assert store.due(at(201), 10) == []  # still leased by d2
        again = store.lease(SPEC.id, "d2", at(202), at(400))
        assert again is not None
        assert again.cursor is None

    def test_a_page_moves_the_cursor_and_extends_the_lease(self, store: Store) -> None:
        lease = take(store)
        store.accept(lease, page(cursor='{"since": "5"}'), {}, at(100))
        assert store.lease(SPEC.id, "d2", at(279), at(500)) is None
        taken = store.lease(SPEC.id, "d2", at(281), at(500))
        assert taken is not None
        assert taken.cursor == '{"since": "5"}'

    def test_a_good_poll_is_shown_with_its_notice(self, store: Store) -> None:
        store.fail(take(store), NOW, at(5), "backoff", "network_timeout", "30 s")
        store.finish(take(store, now=at(5)), at(10), at(190), "partial_errors")
        [status] = store.sources(at(10))
        assert (status.state, status.code, status.detail) == ("ok", "partial_errors", "")
        assert status.errors == 0
        assert status.last_success_at == status.last_attempt_at == at(10)
        assert status.next_poll_at == at(190)
        assert store.due(at(190), 1) == [SPEC.id]

    def test_a_failed_poll_keeps_the_cursor_and_counts(self, store: Store) -> None:
        lease = take(store)
        store.accept(lease, page(cursor="kept"), {}, NOW)
        store.fail(lease, at(1), at(60), "needs_human", "token", "rahasia \x00 \ud800 tidak")
        [status] = store.sources(at(2))
        assert (status.state, status.code, status.errors) == ("needs_human", "token", 1)
        assert "\x00" not in status.detail
        assert status.last_success_at is None
        again = store.lease(SPEC.id, "d2", at(60), at(240))
        assert again is not None
        assert (again.cursor, again.errors) == ("kept", 1)

    def test_a_released_source_is_as_if_the_poll_had_not_begun(self, store: Store) -> None:
        before = take(store)
        store.release(before)
        [status] = store.sources(NOW)
        assert (status.state, status.last_attempt_at) == ("new", None)
        assert store.due(NOW, 1) == [SPEC.id]

    def test_the_end_of_a_token_is_kept_until_the_network_says_otherwise(
        self, store: Store
    ) -> None:
        token = replace(SPEC, id="meta:token", network="facebook", kind="token")
        for spec in (SPEC, token):
            lease = take(store, spec)
            store.accept(lease, page(), {}, NOW)
            assert _ends(store, spec) is None
            store.accept(lease, page(token_ends_at=at(86_400)), {}, NOW)
            assert _ends(store, spec) == at(86_400)
            store.accept(lease, page(token_ends_at=at(172_800)), {}, NOW)
            assert _ends(store, spec) == at(172_800)
            # A new token, or a new session, may have no end.
            store.accept(lease, page(), {}, NOW)
            assert _ends(store, spec) is None
            store.finish(lease, NOW, at(180), "")

    def test_everything_is_remembered_by_a_program_that_starts_again(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        store.accept(take(store), page(mention("1")), {"1": (DECISION, QUEUE)}, NOW)
        store.hold("x", at(900), "rate_limited", NOW)
        other = reopen()
        assert other.due(at(500), 5) == []
        assert other.holds(NOW) == store.holds(NOW)
        assert other.fresh([mention("1")]) == [False]
        assert other.sources(NOW) == store.sources(NOW)


def _ends(store: Store, spec: SourceSpec) -> datetime | None:
    [status] = [one for one in store.sources(NOW) if one.spec.id == spec.id]
    return status.token_ends_at


class HoldsContract:
    def test_a_hold_covers_whole_parts_of_an_id_only(self, store: Store) -> None:
        near = replace(SPEC, id="x:mentionsfoo:dpupr")
        store.sync_sources([SPEC, OTHER, near], NOW)
        store.hold("x:mentions", at(60), "rate_limited", NOW)
        assert sorted(store.due(NOW, 9)) == sorted([OTHER.id, near.id])
        held = {status.spec.id: status for status in store.sources(NOW)}
        assert held[SPEC.id].held_until == at(60)
        assert held[SPEC.id].held_code == "rate_limited"
        assert held[near.id].held_until is None
        assert len(store.due(at(60), 9)) == 3
        assert {status.held_until for status in store.sources(at(60))} == {None}

    @pytest.mark.parametrize("scope", ["x", "x:", "x:mentions", "x:mentions:dpupr"])
    def test_a_hold_may_be_as_wide_or_as_narrow_as_needed(self, store: Store, scope: str) -> None:
        store.sync_sources([SPEC], NOW)
        store.hold(scope, at(60), "credits", NOW)
        assert store.due(NOW, 9) == []
        assert [hold.covers(SPEC.id) for hold in store.holds(NOW)] == [True]
        store.lift_hold(scope, at(60))
        assert store.due(NOW, 9) == [SPEC.id]
        store.lift_hold(scope, at(60))

    def test_a_success_does_not_lift_a_hold_that_still_lasts(self, store: Store) -> None:
        store.hold("x", at(60), "rate_limited", NOW)
        store.lift_hold("x", at(59))
        assert [hold.until for hold in store.holds(at(59))] == [at(60)]
        store.lift_hold("x", at(60))
        assert store.holds(at(60)) == []

    def test_workers_that_meet_the_same_refusal_count_once(self, store: Store) -> None:
        for until in (60, 61, 60, 62):
            store.hold("x", at(until), "rate_limited", at(until - 60))
        [hold] = store.holds(at(5))
        assert (hold.count, hold.until) == (1, at(62))
        store.hold("x", at(182), "rate_limited", at(62))
        store.hold("x", at(182), "rate_limited", at(63))
        assert store.holds(at(63))[0].count == 2

    def test_a_source_that_came_under_a_hold_since_it_was_due_gets_no_lease(
        self, store: Store
    ) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        assert SPEC.id in store.due(NOW, 9)
        store.hold("x:mentions", at(60), "rate_limited", NOW)
        assert store.lease(SPEC.id, "a", NOW, at(180)) is None
        assert store.lease(OTHER.id, "a", NOW, at(180)) is not None
        assert store.lease(SPEC.id, "a", at(60), at(240)) is not None

    def test_a_hold_counts_its_renewals_until_a_success(self, store: Store) -> None:
        for number in (1, 2, 3):
            store.hold("x", at(60 * number), "rate_limited", at(60 * number - 60))
            [hold] = store.holds(at(9999))
            assert (hold.count, hold.until, hold.code) == (number, at(60 * number), "rate_limited")
        store.lift_hold("x", at(180))
        assert store.holds(NOW) == []
        store.hold("x", at(60), "usage_cap", NOW)
        assert store.holds(NOW)[0].count == 1

    def test_a_shorter_hold_does_not_shorten_a_longer_one(self, store: Store) -> None:
        store.hold("x", at(600), "credits", NOW)
        store.hold("x", at(60), "rate_limited", NOW)
        assert store.holds(NOW)[0].until == at(600)

    def test_the_longest_of_several_holds_is_shown(self, store: Store) -> None:
        store.sync_sources([SPEC], NOW)
        store.hold("x", at(600), "credits", NOW)
        store.hold("x:mentions", at(60), "rate_limited", NOW)
        assert store.sources(NOW)[0].held_code == "credits"

    def test_poll_now_makes_one_source_due_and_lifts_what_covers_it(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        store.finish(take(store), NOW, at(600), "")
        store.finish(take(store, OTHER), NOW, at(600), "")
        store.hold("x", at(600), "token", NOW)
        store.hold("x:timeline", at(600), "token", NOW)
        store.poll_now(SPEC.id, at(1))
        assert store.due(at(1), 9) == [SPEC.id]
        assert [hold.scope for hold in store.holds(NOW)] == ["x:timeline"]
        store.poll_now(None, at(2))
        assert sorted(store.due(at(2), 9)) == [SPEC.id, OTHER.id]
        assert store.holds(NOW) == []
        with pytest.raises(InputError):
            store.poll_now("x:mentions:tidakada", NOW)

    def test_the_code_of_a_hold_is_that_of_the_wait_that_lasts_longest(self, store: Store) -> None:
        store.sync_sources([SPEC], NOW)
        store.hold("x", at(3600), "rate_limited", NOW)
        store.hold("x", at(900), "token", at(5))
        [hold] = store.holds(NOW)
        assert (hold.until, hold.code) == (at(3600), "rate_limited")
        store.poll_now(None, at(10))
        assert store.due(at(3599), 9) == []
        store.hold("x", at(7200), "token", at(20))
        [hold] = store.holds(NOW)
        assert (hold.until, hold.code) == (at(7200), "token")

    def test_poll_now_shortens_no_wait_that_the_network_asked_for(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        store.hold("x", at(600), "rate_limited", NOW)
        store.poll_now(SPEC.id, at(1))
        store.poll_now(None, at(2))
        assert store.due(at(599), 9) == []
        assert sorted(store.due(at(600), 9)) == [SPEC.id, OTHER.id]


class LedgerContract:
    def test_a_resource_counts_once_per_utc_day(self, store: Store) -> None:
        price = {"post": 0.005, "user": 0.01}
        reads = ("post:1", "post:2", "user:7")
        store.accept(take(store), page(reads=reads), {}, NOW)
        store.accept(take(store), page(reads=("post:2", "post:3", "post:3")), {}, NOW)
        usage = store.usage("x", NOW, price)
        assert (usage.day_reads, usage.month_reads) == (4, 4)
        assert usage.day_usd == pytest.approx(0.025)
        next_day = NOW + timedelta(days=1)
        store.accept(take(store, now=next_day), page(reads=reads), {}, next_day)
        usage = store.usage("x", next_day, price)
        assert (usage.day_reads, usage.month_reads) == (3, 7)
        assert usage.month_usd == pytest.approx(0.045)
        assert store.usage("facebook", NOW, price).month_reads == 0

    def test_the_forecast_goes_on_as_in_the_days_so_far(self, store: Store) -> None:
        noon = datetime(2026, 11, 6, 0, 0, tzinfo=UTC)
        posts = tuple(f"post:{number}" for number in range(100))
        store.accept(take(store, now=noon), page(reads=posts), {}, noon)
        usage = store.usage("x", noon, {"post": 0.01})
        assert usage.forecast_usd == pytest.approx(1.0 / 5 * 30)
        first = datetime(2026, 12, 1, 0, 10, tzinfo=UTC)
        store.accept(take(store, now=first), page(reads=posts), {}, first)
        assert store.usage("x", first, {"post": 0.01}).forecast_usd == pytest.approx(31.0)

    def test_a_month_begins_at_midnight_utc(self, store: Store) -> None:
        last = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
        store.accept(take(store, now=last), page(reads=("post:1",)), {}, last)
        first = datetime(2026, 12, 1, tzinfo=UTC)
        assert store.usage("x", last, {}).month_reads == 1
        assert store.usage("x", first, {}).month_reads == 0

    def test_gaps_and_rejected_items_are_kept_once(self, store: Store) -> None:
        gap = Gap(at(-600), at(-60), "older_than_window")
        bad = Rejected('{"id": "\ud800"}', "KeyError: text")
        for _ in range(2):
            accepted = store.accept(take(store), page(gap=gap, rejected=(bad,)), {}, NOW)
            assert (accepted.fetched, accepted.rejected) == (1, 1)
        [status] = store.sources(NOW)
        assert status.gaps == (gap,)
        assert status.quarantined == 1

    def test_the_ten_newest_gaps_are_shown(self, store: Store) -> None:
        lease = take(store)
        gaps = [Gap(at(60 * n), at(60 * n + 30), "page_cap") for n in range(12)]
        for gap in gaps:
            store.accept(lease, page(gap=gap), {}, NOW)
        assert store.sources(NOW)[0].gaps == tuple(reversed(gaps[2:]))

    def test_a_flood_of_rejected_items_is_bounded(self, store: Store) -> None:
        bad = tuple(Rejected(f"{{{number}", "x") for number in range(1200))
        store.accept(take(store), page(rejected=bad), {}, NOW)
        assert store.sources(NOW)[0].quarantined == 1000

    def test_account_ids_are_remembered_per_network(self, store: Store) -> None:
        store.remember_account_ids("x", {"DPUPR_skm": "11", "dlh_skm": "12"}, NOW)
        store.remember_account_ids("x", {"dlh_skm": "13"}, NOW)
        assert store.usage("x", NOW, {"user": 0.5}).day_usd == 1.5
        assert store.account_ids("x") == {"dpupr_skm": "11", "dlh_skm": "13"}
        assert store.account_ids("facebook") == {}

    def test_an_alarm_stands_until_it_is_cleared(self, store: Store) -> None:
        assert store.raise_alarm("disk_low", "120 MB", NOW)
        assert not store.raise_alarm("disk_low", "90 MB", at(60))
        assert store.raise_alarm("model", "", at(30))
        disk, model = store.alarms()
        assert (disk.code, disk.detail, disk.since, disk.last_at) == (
            "disk_low", "90 MB", NOW, at(60),
        )  # fmt: skip
        assert model.code == "model"
        store.clear_alarm("disk_low")
        store.clear_alarm("disk_low")
        assert [alarm.code for alarm in store.alarms()] == ["model"]

    def test_each_daemon_raises_and_clears_its_own_alarm_only(self, store: Store) -> None:
        assert store.raise_alarm("log_lost", "5 baris", at(1), "kota-a:1:ab")
        assert store.raise_alarm("log_lost", "7 baris", at(9), "kota-b:1:cd")
        assert not store.raise_alarm("log_lost", "6 baris", at(5), "kota-a:1:ab")
        assert store.raise_alarm("quiet", "x:mentions:dpupr", NOW)
        quiet, lost = store.alarms()  # one box per code
        assert (quiet.code, quiet.detail, quiet.owners) == ("quiet", "x:mentions:dpupr", ())
        assert (lost.detail, lost.since, lost.last_at, lost.owners) == (
            "kota-a: 6 baris; kota-b: 7 baris", at(1), at(9), ("kota-a:1:ab", "kota-b:1:cd"),
        )  # fmt: skip
        store.clear_alarm("log_lost")
        store.clear_alarm("quiet", "kota-a:1:ab")
        store.clear_alarm("log_lost", "kota-b:1:cd")
        assert [(one.code, one.detail) for one in store.alarms()] == [
            ("quiet", "x:mentions:dpupr"),
            ("log_lost", "6 baris"),
        ]
        # Where there are several daemons, whose alarm it is must be told.
        for owner in ("kota-a:1:ab", "kota-b:1:cd"):
            store.note_progress(NOW, "m", owner)
        assert [one.detail for one in store.alarms()] == ["x:mentions:dpupr", "kota-a: 6 baris"]

    def test_what_a_daemon_said_goes_with_it(self, store: Store) -> None:
        for owner in ("kota-a:1:ab", "kota-b:1:cd", "kota-c:1:ef"):
            store.note_progress(NOW, "m", owner)
            store.raise_alarm("model", "", NOW, owner)
        store.raise_alarm("quiet", "", NOW)
        store.forget_daemons(["kota-a:1:ab", "tidak-ada:1:aa"])
        assert {one.owner for one in store.daemons(NOW)} == {"kota-b:1:cd", "kota-c:1:ef"}
        [model] = [one for one in store.alarms() if one.code == "model"]
        assert model.owners == ("kota-b:1:cd", "kota-c:1:ef")
        store.note_progress(at(86_401), "m", "kota-b:1:cd")
        [model] = [one for one in store.alarms() if one.code == "model"]
        assert model.owners == ("kota-b:1:cd",)
        assert "quiet" in [one.code for one in store.alarms()]

    def test_a_sign_of_life_from_the_future_goes_with_the_next_true_one(self, store: Store) -> None:
        store.note_progress(at(4 * 365 * 86_400), "m", "kota:1:aa")
        store.note_progress(at(300), "m", "kota:2:bb")  # clocks differ by so little
        store.note_progress(NOW, "baru", "kota:3:cc")
        assert [one.owner for one in store.daemons(NOW)] == ["kota:2:bb", "kota:3:cc"]
        store.note_progress(at(301), "baru", "kota:3:cc")
        assert store.progress() == (at(301), "baru")

    def test_two_daemons_never_claim_one_backup_though_a_clock_is_behind(
        self, store: Store
    ) -> None:
        hour = timedelta(hours=1)
        assert store.claim_backup(NOW, at(3600), hour)
        assert not store.claim_backup(at(-2), at(3598), hour)
        assert not store.claim_backup(at(-500), at(3100), hour)
        # What only a wrong clock, or a longer interval, has set is not waited for.
        assert store.claim_backup(at(-700), at(2900), hour)

    def test_when_each_source_was_last_read_is_told_as_by_its_state(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        lease = store.lease(SPEC.id, "d1", NOW, at(60))
        assert lease is not None
        store.finish(lease, at(5), at(180), "")
        told = [(one.spec, one.last_success_at) for one in store.sources(NOW)]
        assert [tuple(one) for one in store.last_reads()] == told
        assert sorted(at for _, at in told if at is not None) == [at(5)]

    def test_sources_under_a_lease_are_known_whoever_has_it(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        assert store.leased(NOW) == []
        lease = store.lease(SPEC.id, "d1", NOW, at(60))
        assert lease is not None
        assert store.leased(at(59)) == [SPEC.id]
        assert store.leased(at(60)) == []
        store.release(lease)
        assert store.leased(NOW) == []

    def test_the_sign_of_life_names_the_model(self, store: Store) -> None:
        assert store.progress() == (None, "")
        store.note_progress(NOW, "baseline-1")
        store.note_progress(at(5), "rules")
        assert store.progress() == (at(5), "rules")

    def test_of_several_daemons_the_newest_sign_of_life_is_shown(self, store: Store) -> None:
        store.note_progress(at(10), "baru", "kota:1")
        store.note_progress(at(5), "lama", "kota:2")
        assert store.progress() == (at(10), "baru")
        assert store.daemons(at(10)) == [
            DaemonStatus("kota:1", at(10), "baru", 0),
            DaemonStatus("kota:2", at(5), "lama", 0),
        ]
        # Whoever was silent for a day is forgotten; one that lives is not.
        store.note_progress(at(86_408), "lama", "kota:2")
        assert store.progress() == (at(86_408), "lama")
        store.note_progress(at(86_411), "lama", "kota:2")
        assert store.daemons(at(86_411)) == [DaemonStatus("kota:2", at(86_411), "lama", 0)]

    def test_each_daemon_is_listed_with_the_sources_that_it_holds_now(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        store.note_progress(NOW, "lama", "kota:1:aa")
        store.note_progress(at(5), "baru", "kota:2:bb")
        lease = store.lease(SPEC.id, "kota:1:aa", NOW, at(60))
        assert lease is not None
        store.note_progress(at(6), "lama", "kota:1:aa")
        assert store.daemons(at(10)) == [
            DaemonStatus("kota:1:aa", at(6), "lama", 1),
            DaemonStatus("kota:2:bb", at(5), "baru", 0),
        ]
        # What nobody gave back is nobody's when its time is over.
        assert [one.reading for one in store.daemons(at(60))] == [0, 0]
        store.release(lease)
        assert [one.reading for one in store.daemons(at(10))] == [0, 0]

    def test_parts_of_a_budget_are_kept_as_long_as_their_lease(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        first, second = take(store), take(store, OTHER, owner="d2")
        seen: list[dict[str, int]] = []

        def keep(lease: Lease, at: datetime = NOW, **amounts: int) -> Mapping[str, int]:
            def grant(taken: Mapping[str, int]) -> Mapping[str, int]:
                seen.append(dict(taken))
                return amounts

            return store.reserve(lease, ("reads", "requests"), at, grant)

        assert keep(first, reads=70) == {"reads": 70}
        assert keep(second, reads=20, requests=5) == {"reads": 20, "requests": 5}
        assert keep(first, reads=30, requests=2) == {"reads": 30, "requests": 2}  # for the 70
        keep(second, reads=1)
        assert seen == [
            {"reads": 0, "requests": 0},
            {"reads": 70, "requests": 0},
            {"reads": 20, "requests": 5},
            {"reads": 30, "requests": 2},
        ]
        store.release(first)
        keep(second, reads=1)
        assert seen[-1] == {"reads": 0, "requests": 0}
        with pytest.raises(LeaseLost):
            keep(replace(first, fence=first.fence - 1), reads=1)
        take(store, now=at(1), owner="d3")
        with pytest.raises(LeaseLost):
            keep(first, at(1), reads=1)
        # A lease that ran out keeps nothing, though nobody gave it back.
        third = take(store, now=at(200), owner="d3")
        assert keep(third, at(200), reads=1) == {"reads": 1}
        assert seen[-1] == {"reads": 0, "requests": 0}

    def test_free_space_is_a_number_or_said_to_be_unknown(self, store: Store) -> None:
        free = store.free_bytes()
        assert free is None or free > 0

    def test_what_a_page_says_of_waiting_holds_its_scope(self, store: Store) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        lease = take(store)
        waiting = page(mention("1"), wait=Wait("x", at(900), "rate_limited"))
        assert store.accept(lease, waiting, {"1": (DECISION, QUEUE)}, NOW).new == 1
        store.release(lease)
        assert store.due(at(10), 10) == []
        hold = store.holds(NOW)[0]
        assert (hold.scope, hold.until, hold.code) == ("x", at(900), "rate_limited")
        assert set(store.due(at(900), 10)) == {SPEC.id, OTHER.id}
