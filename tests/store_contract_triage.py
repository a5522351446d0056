"""What every store promises to fast triage: undo, check-outs, what to choose from."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

import pytest
from store_support import (
    ALL,
    ANSWER,
    ASIDE,
    NOW,
    OPDS,
    QUEUE,
    SENSITIVE,
    TRIAGE,
    act,
    answer,
    at,
    decision,
    detail,
    mention,
    only,
    put,
    queue,
    recount,
    the_item,
)

from tanggap.errors import InputError, TanggapError, VersionConflict
from tanggap.mention import STATUSES, Prediction, Review
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, Item, ItemFilter, Scope

MOVED = ("version", "updated_at", "updated_by")
HUGE = 2**70


def undo(store: Store, item: Item, by: str = "sari", **more: Any) -> Item | None:
    """Undo a person's last act on the item as it was left, five seconds later."""
    scope: Scope = more.pop("scope", EVERYTHING)
    values: dict[str, Any] = {"now": at(3605), "since": at(3590), **more}
    return store.undo(scope, by, item.id, item.version, values["now"], values["since"])


def same_but_for(item: Item, *names: str) -> dict[str, Any]:
    found = asdict(item)
    return {name: value for name, value in found.items() if name not in names}


def counters_are_right(store: Store) -> bool:
    for scope in (EVERYTHING, *(only(opd) for opd in OPDS)):
        for tab in ("queue", "triage", "aside", "sensitive"):
            for status in ("", *STATUSES):
                wanted = ItemFilter(tab=tab, status=status)  # type: ignore[arg-type]
                if store.count(scope, wanted) != recount(store, scope, wanted):
                    return False
    return store.verify_events() > 0


class UndoContract:
    @pytest.mark.parametrize(
        "done",
        [
            {"verdict": "agree"},
            {"verdict": "relabel", "jenis": "spam"},
            {"verdict": "relabel", "jenis": "aspirasi", "sector": "sosial", "opd": "dlh"},
            {"verdict": "relabel", "kecamatan": ""},
            {"verdict": "forward", "opd": "dishub", "why": "lampu"},
            {"verdict": "status", "status": "dijawab", "why": "tautan"},
            {"verdict": "status", "status": "bukan_aduan", "why": "iklan"},
            {"verdict": "note", "why": "ditelepon"},
        ],
    )
    def test_an_undone_act_leaves_the_item_as_it_was(
        self, store: Store, done: dict[str, Any]
    ) -> None:
        routes = {"1": QUEUE, "2": TRIAGE, "3": ASIDE, "4": SENSITIVE}
        put(
            store,
            *(
                (mention(number), replace(route, supporting=("dishub", "dlh")))
                for number, route in routes.items()
            ),
        )
        for number in routes:
            before = the_item(store, number)
            undone = undo(store, act(store, before, **done))
            assert undone == the_item(store, number)
            assert undone is not None
            assert same_but_for(undone, *MOVED) == same_but_for(before, *MOVED)
            assert (undone.version, undone.updated_at) == (3, at(3605))
            assert undone.updated_by == "sari"  # undoing is an act as well
            assert detail(store, undone)[-1][0] == "undone"
            shown = store.item(EVERYTHING, undone.id)
            assert shown is not None
            assert shown.notes == ()
        assert counters_are_right(store)
        assert [store.count(only(opd), ALL) for opd in OPDS] == [4, 4, 4]
        # Nobody has decided about it any more: an edit at the source routes it anew.
        put(store, (mention("1", revision="2"), queue("dlh")))
        assert (the_item(store, "1").opd, the_item(store, "1").suggestion) == ("dlh", None)

    def test_what_was_undone_stands_in_the_history(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE))
        undo(store, act(store, the_item(store, "1"), "relabel", jenis="spam"))
        kinds = detail(store, the_item(store, "1"))
        assert [kind for kind, _ in kinds] == ["routed", "relabel", "undone"]
        assert kinds[-1][1] == {
            "jenis_from": "spam", "jenis_to": "pengaduan", "status_from": "bukan_aduan",
            "status_to": "baru", "tab_from": "aside", "tab_to": "triage",
        }  # fmt: skip

    def test_an_undone_act_is_no_label_and_the_one_before_it_is_one_again(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), TRIAGE), (mention("2"), TRIAGE))
        undo(store, act(store, the_item(store, "1"), "relabel", sector="sosial"))
        assert store.labels() == []
        first = act(store, the_item(store, "2"), "relabel", sector="kesehatan")
        [told] = store.labels()
        second = act(store, first, "relabel", sector="sosial", now=at(3601))
        assert [label.sector for label in store.labels()] == ["sosial"]
        undo(store, second)
        assert store.labels() == [told]
        assert store.labels_of(["x:2"]) == [told]

    def test_what_was_brought_back_by_mistake_is_called_no_complaint_again(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "status", status="bukan_aduan", why="iklan")
        said = store.labels()
        undo(store, act(store, item, "status", status="proses", now=at(3601)))
        assert store.labels() == said != []

    def test_only_who_did_it_undoes_it(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "agree")
        with pytest.raises(InputError):
            undo(store, item, by="budi")
        assert the_item(store, "1") == item
        assert store.last_act("budi", at(0)) is None

    def test_too_late_is_too_late(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "agree")
        assert store.last_act("sari", at(3600.5)) is None
        with pytest.raises(InputError):
            undo(store, item, since=at(3600.5))
        assert the_item(store, "1") == item
        assert store.last_act("sari", at(3600)) is not None
        assert undo(store, item, since=at(3600)) is not None

    def test_what_somebody_changed_since_is_not_undone(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "agree")
        newer = act(store, item, "status", by="budi", status="proses", now=at(3601))
        with pytest.raises(VersionConflict) as caught:
            undo(store, item)
        assert caught.value.by == "budi"
        with pytest.raises(InputError):
            undo(store, newer)
        assert the_item(store, "1") == newer

    def test_an_answer_that_was_seen_since_is_not_forgotten(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "status", status="selesai")
        put(store, (answer("2", "1"), ANSWER), now=at(3601))
        answered = the_item(store, "1")
        assert (answered.version, answered.answered_at) == (item.version, at(60))
        with pytest.raises(VersionConflict):
            undo(store, item)
        assert the_item(store, "1") == answered

    def test_nothing_is_undone_twice(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        undone = undo(store, act(store, the_item(store, "1"), "agree"))
        assert undone is not None
        assert store.last_act("sari", at(0)) is None
        with pytest.raises(InputError):
            undo(store, undone)
        with pytest.raises(VersionConflict):
            undo(store, replace(undone, version=2))

    def test_of_many_who_undo_at_once_one_does(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "agree")
        stores = [store, reopen()]

        def try_it(number: int) -> bool:
            try:
                return undo(stores[number % 2], item) is not None
            except TanggapError:
                return False

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(try_it, range(8))) == 1
        assert store.verify_events() == 3

    def test_what_was_sent_away_comes_back_to_who_sent_it_and_to_nobody_else(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE))
        own = only("dpupr")
        item = act(
            store, the_item(store, "1"), "forward", scope=own, opd="dishub", why="lampu"
        )  # fmt: skip
        assert store.item(own, item.id) is None
        assert undo(store, item, scope=only("dlh")) is None
        assert undo(store, item, by="budi", scope=only("dlh")) is None
        assert undo(store, item, scope=own) is not None
        assert the_item(store, "1").opd == "dpupr"

    @pytest.mark.parametrize("number", [0, -1, 999, HUGE])
    def test_an_item_that_is_not_there_has_nothing_to_undo(self, store: Store, number: int) -> None:
        assert store.undo(EVERYTHING, "sari", number, 1, NOW, NOW) is None

    def test_an_act_on_many_is_undone_together(self, store: Store) -> None:
        put(store, *((mention(str(number)), TRIAGE) for number in range(4)))
        act(store, the_item(store, "3"), "agree", now=at(3600))
        for number in range(3):
            item = the_item(store, str(number))
            review = Review(item.id, "sari", "agree", item.version)
            store.review(EVERYTHING, review, at(3600 + 20 * number), batch="b1")
        act(store, the_item(store, "1"), "status", by="budi", status="proses", now=at(3645))
        last = store.last_act("sari", at(3635))
        assert last is not None
        assert (last.verdict, last.batch, last.began_at) == ("agree", "b1", at(3600))
        assert last.acts == ((the_item(store, "0").id, 2), (the_item(store, "2").id, 2))
        for number, version in last.acts:
            assert store.undo(EVERYTHING, "sari", number, version, at(3650), last.began_at)
        assert [the_item(store, one).tab for one in "0123"] == [
            "triage",
            "queue",
            "triage",
            "queue",
        ]
        [(alone, _)] = store.last_act("sari", at(0)).acts  # type: ignore[union-attr]
        assert alone == the_item(store, "3").id

    def test_old_acts_are_forgotten(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        act(store, the_item(store, "1"), "agree", by="budi", now=at(0))
        act(store, the_item(store, "2"), "agree", now=at(3 * 86400))
        assert store.last_act("budi", at(-1)) is None

    @pytest.mark.parametrize("seed", range(2))
    def test_counters_equal_a_recount_whatever_is_undone(self, store: Store, seed: int) -> None:
        chance = random.Random(seed)
        routes = [replace(one, supporting=("dlh",)) for one in (QUEUE, TRIAGE, ASIDE, SENSITIVE)]
        put(store, *((mention(str(number)), chance.choice(routes)) for number in range(12)))
        undone = 0
        for _ in range(60):
            item = chance.choice(store.items(EVERYTHING, ALL, limit=100))
            review = Review(
                item.id, "sari", chance.choice(("agree", "relabel", "forward", "status", "note")),
                item.version, why="x", jenis=chance.choice(("spam", "pengaduan")),
                opd=chance.choice(OPDS), status=chance.choice(STATUSES),
            )  # fmt: skip
            try:
                done = store.review(EVERYTHING, review, at(3600))
            except InputError:
                continue
            if done is not None and chance.random() < 0.6:
                undone += undo(store, done) is not None
        assert undone > 10
        assert counters_are_right(store)


class CheckoutsContract:
    def test_who_comes_second_hears_who_is_at_it(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        one, two = the_item(store, "1").id, the_item(store, "2").id
        assert store.check_out(EVERYTHING, one, "sari", at(0), at(180)) == ()
        assert store.check_out(EVERYTHING, one, "budi", at(10), at(190)) == ("sari",)
        assert store.check_out(only("dpupr"), one, "cici", at(20), at(200)) == ("sari", "budi")
        # Who looks again keeps the place in the row.
        assert store.check_out(EVERYTHING, one, "sari", at(100), at(280)) == ("budi", "cici")
        assert store.in_hand([one, two, HUGE], "cici", at(100)) == {one: ("sari", "budi")}
        assert store.in_hand([], "cici", at(100)) == {}
        # They end by themselves, and when they are given back.
        assert store.in_hand([one], "", at(199)) == {one: ("sari", "cici")}
        store.check_in(one, "sari")
        assert store.in_hand([one], "", at(199)) == {one: ("cici",)}
        assert store.in_hand([one], "", at(200)) == {}

    def test_it_is_no_lock_and_no_history(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = the_item(store, "1")
        seen = store.changed_at(EVERYTHING)
        store.check_out(EVERYTHING, item.id, "sari\x00", at(0), at(180), wait=False)
        assert (the_item(store, "1"), store.changed_at(EVERYTHING)) == (item, seen)
        assert store.verify_events() == 1
        assert act(store, item, "agree", by="budi").version == 2

    @pytest.mark.parametrize("scope", [only("dlh"), only(), EVERYTHING])
    def test_nobody_takes_what_they_do_not_see(self, store: Store, scope: Scope) -> None:
        put(store, (mention("1"), QUEUE))
        number = HUGE if scope.everything else the_item(store, "1").id
        assert store.check_out(scope, number, "sari", at(0), at(180)) is None
        assert store.in_hand([number, the_item(store, "1").id], "", at(1)) == {}

    def test_those_that_ended_are_thrown_away(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        one, two = the_item(store, "1").id, the_item(store, "2").id
        store.check_out(EVERYTHING, one, "sari", at(0), at(180))
        store.check_out(EVERYTHING, two, "sari", at(180), at(360))
        assert store.in_hand([one, two], "", at(10)) == {two: ("sari",)}


class ChoicesContract:
    def test_items_are_found_by_their_numbers_within_the_scope(self, store: Store) -> None:
        put(store, (mention("1"), queue("dlh")), (mention("2", posted_at=at(5)), QUEUE))
        one, two = the_item(store, "1"), the_item(store, "2")
        assert store.some_items(EVERYTHING, [one.id, two.id, 999, HUGE, -1]) == [two, one]
        assert store.some_items(only("dlh"), [one.id, two.id]) == [one]
        assert store.some_items(only(), [one.id]) == []
        assert store.some_items(EVERYTHING, []) == []

    def test_the_last_decision_says_what_else_it_may_be(self, store: Store) -> None:
        unsure = Prediction("jalan", 0.4, (("jalan", 0.4), ("drainase", 0.3)))
        put(
            store,
            (mention("1"), TRIAGE, decision(sector="sosial")),
            (mention("2"), TRIAGE, replace(decision(), sector=None)),
            (mention("3"), TRIAGE, replace(decision(), sector=Prediction("jalan", 0.4))),
        )
        put(store, (mention("1", revision="2"), TRIAGE, replace(decision(), sector=unsure)))
        one, two, three = (the_item(store, number).id for number in "123")
        assert store.alternatives([one, two, three, HUGE]) == {
            one: ("jalan", "drainase"),
            three: ("jalan",),
        }
        assert store.alternatives([]) == {}

    def test_the_most_frequent_sectors_come_first(self, store: Store) -> None:
        assert store.frequent_sectors() == ()
        sectors = ("sosial", "jalan", "jalan", "kesehatan")
        put(
            store,
            *(
                (mention(str(number)), QUEUE, decision(sector=sector))
                for number, sector in enumerate(sectors)
            ),
        )
        assert store.frequent_sectors() == ("jalan", "kesehatan", "sosial")
