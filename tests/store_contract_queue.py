"""What every store promises about the queue: scope, lists, threads, search."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_support import (
    ALL,
    ANSWER,
    CONTEXT,
    NOW,
    OPDS,
    QUEUE,
    SENSITIVE,
    TRIAGE,
    act,
    answer,
    at,
    decision,
    ids,
    mention,
    only,
    put,
    queue,
    recount,
    the_item,
)

from tanggap.mention import Flag, Prediction, Review
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, ItemFilter, Scope
from tanggap.store.rows_lists import Counted


def _filled(store: Store) -> None:
    """Put 60 items of all kinds, several of the same second, out of order."""
    entries = []
    for number in range(60):
        opd = OPDS[number % 3]
        route = queue(opd, OPDS[(number + 1) % 3]) if number % 4 == 0 else queue(opd)
        if number % 5 == 0:
            route = replace(route, name="triage")
        if number % 7 == 0:
            route = replace(route, name="aside")
        one = mention(
            str(100 + number),
            f"jalan nomor {number}",
            posted_at=at(number // 3),
            network="x" if number % 2 else "facebook",
        )
        decided = decision(
            sector="jalan" if number % 3 else "perhubungan",
            jenis="aspirasi" if number % 9 == 1 else "pengaduan",
            place=Prediction("jatimulya", 0.8) if number % 2 else None,
            urgent=Flag(on=number % 10 == 2, confidence=0.5),
        )
        entries.append((one, route, decided))
    random.Random(7).shuffle(entries)
    put(store, *entries)


class ListsContract:
    @pytest.mark.parametrize("scope", [EVERYTHING, only("dpupr"), only("dpupr", "dlh"), only()])
    @pytest.mark.parametrize(
        "wanted",
        [
            ALL,
            ItemFilter(tab="queue"),
            ItemFilter(tab="triage", status="baru"),
            ItemFilter(status="bukan_aduan"),
            ItemFilter(opd="dishub"),
            ItemFilter(opd="dpupr", tab="queue"),
            ItemFilter(sector="jalan"),
            ItemFilter(network="facebook", tab="queue"),
            ItemFilter(text="nomor 1"),
            ItemFilter(text="jalan", tab="aside", sector="perhubungan", opd="dlh"),
            ItemFilter(tabs=("queue", "triage"), statuses=("baru", "proses")),
            ItemFilter(tab="queue", tabs=("queue", "aside"), statuses=("baru",), status="baru"),
            ItemFilter(tabs=("queue",), statuses=("selesai",)),
            ItemFilter(kecamatan="jatimulya", tabs=("queue", "aside")),
            ItemFilter(jenis="aspirasi"),
            ItemFilter(urgent=True, tab="queue"),
            ItemFilter(urgent=True, sector="jalan", network="facebook"),
            ItemFilter(sector="jalan", kecamatan="jatimulya", jenis="pengaduan", opd="dpupr"),
            ItemFilter(since=at(5), before=at(12)),
            ItemFilter(since=at(5), before=at(12), tab="queue", jenis="pengaduan"),
            ItemFilter(text="nomor", tabs=("queue",), statuses=("baru",), kecamatan="jatimulya"),
            ItemFilter(text="nomor", urgent=True, since=at(3)),
        ],
    )
    def test_pages_counts_and_export_say_the_same(
        self, store: Store, scope: Scope, wanted: ItemFilter
    ) -> None:
        _filled(store)
        while store.index_text(25):
            pass
        expected = [item for item in store.export(EVERYTHING, ALL) if _fits(item, scope, wanted)]
        expected.sort(key=lambda item: (item.mention.posted_at, item.id), reverse=True)
        seen = []
        after = None
        while found := store.items(scope, wanted, after=after, limit=7):
            seen += found
            after = (found[-1].mention.posted_at, found[-1].id)
        assert seen == expected
        assert list(store.export(scope, wanted)) == expected
        assert store.count(scope, wanted) == len(expected)
        assert store.count(scope, wanted, cap=3) == min(len(expected), 4)

    def test_lists_are_counted_together_each_up_to_the_cap(self, store: Store) -> None:
        _filled(store)
        while store.index_text(25):
            pass
        for narrowed in (
            ALL,
            ItemFilter(sector="jalan"),
            ItemFilter(opd="dpupr", kecamatan="jatimulya"),
            ItemFilter(text="jalan"),
        ):
            lists = [
                replace(narrowed, tabs=("queue",), statuses=("baru", "proses")),
                replace(narrowed, tabs=("queue",)),
                replace(narrowed, tabs=("aside", "triage")),
                replace(narrowed, tabs=("sensitive",)),
            ]
            for scope in (EVERYTHING, only("dpupr"), only("dpupr", "dlh", "dishub"), only()):
                right = [recount(store, scope, one) for one in lists]
                for cap in (1000, 4):
                    expected = [Counted(min(n, cap), more=n > cap) for n in right]
                    assert store.counts(scope, lists, cap=cap) == expected

    def test_counts_of_a_search_that_finds_very_much_say_that_there_are_more(
        self, store: Store
    ) -> None:
        _filled(store)
        while store.index_text(25):
            pass
        lists = [ItemFilter(text="jalan", tab="queue"), ItemFilter(text="jalan", tab="sensitive")]
        right = recount(store, EVERYTHING, lists[0])
        assert store.counts(EVERYTHING, lists, find=60) == [
            Counted(right, more=False),
            Counted(0, more=False),
        ]
        some, none = store.counts(EVERYTHING, lists, find=20)
        assert 0 < some.number < right
        assert some.more
        assert none == Counted(0, more=True)
        assert store.counts(only("dlh"), lists, find=60)[0].more is False

    def test_what_a_person_changes_moves_the_item_between_narrowed_lists(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), queue("dpupr")))
        item = the_item(store, "1")
        here = ItemFilter(tab="queue", sector="jalan", kecamatan="cibeureum")
        there = ItemFilter(tab="queue", sector="perhubungan", kecamatan="jatimulya")
        for scope in (EVERYTHING, only("dpupr")):
            assert [store.count(scope, one) for one in (here, there)] == [1, 0]
        act(store, item, "relabel", sector="perhubungan", kecamatan="jatimulya", jenis="aspirasi")
        for scope in (EVERYTHING, only("dpupr")):
            assert [store.count(scope, one) for one in (here, there)] == [0, 1]
            assert ids(store.items(scope, replace(there, jenis="aspirasi"))) == ["1"]

    def test_an_item_out_of_scope_is_the_same_as_a_missing_one(self, store: Store) -> None:
        put(store, (mention("1"), queue("dpupr", "dishub")))
        item = the_item(store, "1")
        for scope in (EVERYTHING, only("dpupr"), only("dishub"), only("dlh", "dishub")):
            assert store.item(scope, item.id) is not None
        for scope in (only("dlh"), only("dpup"), only("%"), only()):
            assert store.item(scope, item.id) is None
            assert store.review(scope, Review(item.id, "x", "agree", 1), NOW) is None
        for missing in (item.id + 1, 0, -1, 10**30):
            assert store.item(EVERYTHING, missing) is None
            assert store.review(EVERYTHING, Review(missing, "x", "agree", 1), NOW) is None

    def test_nobodys_item_is_seen_by_the_supervisor_only(self, store: Store) -> None:
        put(store, (mention("1"), replace(TRIAGE, opd=None)))
        assert store.count(EVERYTHING, ALL) == 1
        assert store.items(only(*OPDS), ALL) == []

    def test_a_long_export_stays_in_order(self, store: Store) -> None:
        put(store, *((mention(str(number), posted_at=at(number)), QUEUE) for number in range(1100)))
        found = ids(list(store.export(only("dpupr"), ALL)))
        assert found == [str(number) for number in reversed(range(1100))]

    def test_the_thread_shows_what_the_scope_may_see(self, store: Store) -> None:
        put(
            store,
            (mention("1", "akar", author_id="1"), queue("dlh")),
            (mention("2", "induk", parent_id="1", thread_id="1", author_id="2"), queue("dlh")),
            (mention("3", "milik", parent_id="2", thread_id="1", author_id="3"), queue("dpupr")),
            (mention("4", "lain", parent_id="1", thread_id="1", author_id="4"), queue("dlh")),
            (mention("5", "konteks", parent_id="1", thread_id="1", author_opd="dlh"), CONTEXT),
            (mention("6", "balasan", parent_id="3", thread_id=None, author_id="3"), queue("dpupr")),
            (mention("7", "asing"), queue("dpupr")),
        )
        item = the_item(store, "3")
        for scope, seen in ((EVERYTHING, "12456"), (only("dpupr"), "1256")):
            shown = store.item(scope, item.id)
            assert shown is not None
            assert "".join(one.network_id for one in shown.thread) == seen

    def test_a_sensitive_mention_of_another_opd_never_shows_in_a_thread(self, store: Store) -> None:
        put(
            store,
            (mention("1", "rahasia"), replace(SENSITIVE, opd="dp3a")),
            (mention("2", "juga", parent_id="1", thread_id="1", author_id="5"), queue("dpupr")),
        )
        item_id = the_item(store, "2").id
        hidden = store.item(only("dpupr"), item_id)
        shown = store.item(only("dpupr", "dp3a"), item_id)
        assert hidden is not None
        assert shown is not None
        assert hidden.thread == ()
        assert ids_of_thread(shown.thread) == ["1"]

    def test_answers_to_a_hidden_sensitive_mention_stay_hidden_with_it(self, store: Store) -> None:
        under = {"thread_id": "p", "parent_id": "p"}
        put(
            store,
            (mention("p", "Pengumuman", author_opd="pemkot", thread_id="p"), CONTEXT),
            (
                mention("1", "anak saya dipukul", author_id="4", **under),
                replace(SENSITIVE, opd="dlh"),
            ),
            (mention("2", "jalan rusak", author_id="5", **under), queue("dpupr")),
            (answer("3", "1", text="Ibu, kami bantu laporkan", thread_id="p"), ANSWER),
            (answer("4", "2", text="Segera", thread_id="p"), ANSWER),
        )
        item = the_item(store, "2")
        mine, all_of_it = store.item(only("dpupr"), item.id), store.item(EVERYTHING, item.id)
        assert mine is not None
        assert all_of_it is not None
        assert sorted(ids_of_thread(mine.thread)) == ["4", "p"]
        assert sorted(ids_of_thread(all_of_it.thread)) == ["1", "3", "4", "p"]

    def test_of_a_long_thread_the_nearest_are_shown_in_order(self, store: Store) -> None:
        under = {"thread_id": "p", "parent_id": "p"}
        comments = [
            (mention(f"k{n}", posted_at=at(n), author_id=str(n), **under), queue("dpupr"))
            for n in range(1, 301)
        ]
        near = {"parent_id": "k1", "thread_id": "p"}
        put(
            store,
            (mention("p", "Pengumuman", author_opd="pemkot", thread_id="p"), CONTEXT),
            *comments,
            (mention("late", posted_at=at(9_000), author_id="8", **near), queue("dpupr")),
            (mention("next", posted_at=at(9_999), author_id="9", **near), queue("dpupr")),
        )
        shown = store.item(EVERYTHING, the_item(store, "late").id)
        assert shown is not None
        found = ids_of_thread(shown.thread)
        assert len(found) == 200
        # The post above, the comment that it answers and what stands beside it are never cut off.
        assert {"p", "k1", "next", "k300"} <= set(found)
        assert "k2" not in found
        moments = [one.posted_at for one in shown.thread]
        assert moments == sorted(moments)

    @pytest.mark.parametrize("place", ["sensitive", "aside"])
    def test_a_sensitive_parent_of_another_opd_is_quoted_nowhere(
        self, store: Store, place: str
    ) -> None:
        put(store, (mention("1", "rahasia"), replace(SENSITIVE, opd="dp3a")))
        if place == "aside":
            act(store, the_item(store, "1"), "status", status="bukan_aduan", why="-")
        child = {"parent_id": "1", "parent_text": "rahasia", "raw": '{"parent": "rahasia"}'}
        put(
            store,
            (mention("2", "juga", thread_id="1", author_id="5", **child), queue("dpupr")),
            (mention("3", "saya", thread_id="1", author_id="6", **child), queue("dpupr")),
            (mention("4", parent_id="9", parent_text="umum", thread_id="9"), queue("dpupr")),
        )
        reader, item = only("dpupr"), the_item(store, "2")
        for scope, quoted in ((reader, None), (only("dpupr", "dp3a"), "rahasia")):
            listed = {one.mention.network_id: one.mention for one in store.items(scope, ALL)}
            assert (listed["2"].parent_text, listed["4"].parent_text) == (quoted, "umum")
            exported = {one.mention.parent_text for one in store.export(scope, ALL)}
            assert ("rahasia" in exported) == bool(quoted)
            shown = store.item(scope, item.id)
            assert shown is not None
            assert shown.item.mention.parent_text == quoted
            assert ("rahasia" in repr(shown)) == bool(quoted)
        done = act(store, item, "agree", scope=reader)
        assert done.mention.parent_text is None
        assert the_item(store, "2").mention.parent_text == "rahasia"

    def test_changed_at_moves_only_for_those_who_see_the_change(self, store: Store) -> None:
        put(store, (mention("1"), queue("dpupr")), (mention("2"), queue("dlh", "dishub")))
        scopes = {
            "all": EVERYTHING,
            "dpupr": only("dpupr"),
            "dlh": only("dlh"),
            "both": only("dpupr", "dlh"),
            "dishub": only("dishub"),
            "nobody": only(),
        }

        def moved(do: Callable[[], object]) -> set[str]:
            before = {name: store.changed_at(scope) for name, scope in scopes.items()}
            do()
            after = {name: store.changed_at(scope) for name, scope in scopes.items()}
            return {name for name in scopes if before[name] != after[name]}

        first, second = the_item(store, "1"), the_item(store, "2")
        assert moved(lambda: act(store, first, "agree")) == {"all", "dpupr", "both"}
        assert moved(lambda: act(store, second, "note", why="hm")) == {
            "all", "dlh", "both", "dishub",
        }  # fmt: skip
        first = the_item(store, "1")
        assert moved(lambda: act(store, first, "forward", opd="dishub", why="salah")) == {
            "all", "dpupr", "both", "dishub",
        }  # fmt: skip
        assert moved(lambda: put(store, (answer("5", "2"), ANSWER))) == {
            "all", "dlh", "both", "dishub",
        }  # fmt: skip
        assert moved(lambda: store.note_progress(NOW, "m")) == set()


def _fits(item: Any, scope: Scope, wanted: ItemFilter) -> bool:
    seen_by = {item.opd, *item.supporting}
    return (
        (scope.everything or bool(seen_by & scope.opds))
        and (not wanted.tab or item.tab == wanted.tab)
        and (not wanted.status or item.status == wanted.status)
        and (not wanted.sector or item.sector == wanted.sector)
        and (not wanted.network or item.mention.network == wanted.network)
        and (not wanted.opd or wanted.opd in seen_by)
        and wanted.takes(item.tab, item.status)
        and (not wanted.kecamatan or item.kecamatan == wanted.kecamatan)
        and (not wanted.jenis or item.jenis == wanted.jenis)
        and (not wanted.urgent or item.urgent)
        and (wanted.since is None or item.mention.posted_at >= wanted.since)
        and (wanted.before is None or item.mention.posted_at < wanted.before)
        and all(
            any(have.startswith(word) for have in item.mention.text.split())
            for word in wanted.text.split()
            if word != "1"
        )
        and ("1" not in wanted.text.split() or "1" in item.mention.text.split())
    )


def ids_of_thread(thread: Any) -> list[str]:
    return [one.network_id for one in thread]


class SearchContract:
    def _index(self, store: Store) -> int:
        done = 0
        while step := store.index_text(2):
            assert step <= 2
            done += step
        return done

    def test_the_index_is_brought_up_to_date_in_steps(self, store: Store) -> None:
        put(
            store,
            (mention("1", "Jalan BERLUBANG di Cibeureum"), QUEUE),
            (mention("2", "lampu jalan mati"), queue("dishub")),
            (answer("3", "1"), ANSWER),
        )
        assert store.items(EVERYTHING, ItemFilter(text="jalan")) == []
        assert self._index(store) == 3
        assert self._index(store) == 0
        for text, found in [
            ("jalan", ["2", "1"]),
            ("JALAN berlubang", ["1"]),
            ("jalan mati", ["2"]),
            ("berlub", ["1"]),
            ("kami", []),
            ("tidakada", []),
            ("", ["2", "1"]),
            ("  ", ["2", "1"]),
            ("!!! 🚧", []),
        ]:
            assert ids(store.items(EVERYTHING, ItemFilter(text=text))) == found, text

    def test_changed_at_moves_when_searches_find_something_else(self, store: Store) -> None:
        put(store, (mention("1", "jalan"), queue("dpupr", "dishub")), (answer("3", "1"), ANSWER))
        scopes = (EVERYTHING, only("dpupr"), only("dishub"), only("dlh"))
        before = [store.changed_at(scope) for scope in scopes]
        assert self._index(store) == 2
        after = [store.changed_at(scope) for scope in scopes]
        assert [old != new for old, new in zip(before, after, strict=True)] == [
            True, True, True, False,
        ]  # fmt: skip
        assert self._index(store) == 0
        assert [store.changed_at(scope) for scope in scopes] == after

    def test_search_stays_in_scope(self, store: Store) -> None:
        put(store, (mention("1", "jalan"), queue("dpupr", "dlh")), (mention("2", "jalan"), QUEUE))
        self._index(store)
        wanted = ItemFilter(text="jalan")
        assert ids(store.items(only("dlh"), wanted)) == ["1"]
        assert store.count(only("dishub"), wanted) == 0
        act(store, the_item(store, "1"), "forward", opd="dishub", why="bukan kami")
        # The old owner loses it at once, though the index lags behind.
        assert ids(store.items(only("dpupr"), wanted)) == ["2"]
        self._index(store)
        assert ids(store.items(only("dishub"), wanted)) == ["1"]

    def test_an_edit_is_indexed_again(self, store: Store) -> None:
        put(store, (mention("1", "jalan"), QUEUE))
        self._index(store)
        put(store, (mention("1", "lampu", revision="2"), QUEUE))
        put(store, (mention("3", "konteks"), CONTEXT))
        put(store, (mention("3", "got", revision="4"), QUEUE))
        self._index(store)
        assert store.items(EVERYTHING, ItemFilter(text="jalan")) == []
        assert ids(store.items(EVERYTHING, ItemFilter(text="lampu"))) == ["1"]
        assert ids(store.items(EVERYTHING, ItemFilter(text="got"))) == ["3"]

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=st.text(st.characters(codec=None), max_size=40) | st.text('"*^(){}:+-ANDORNEAR ,'))
    def test_nothing_that_is_typed_is_syntax(self, store: Store, text: str) -> None:
        put(store, (mention("1", text + " jalan"), QUEUE))
        self._index(store)
        for scope in (EVERYTHING, only("dpupr", 'd"lh', "x y")):
            store.items(scope, ItemFilter(text=text))
            store.count(scope, ItemFilter(text=text + "*", opd='dlh"'))

    @pytest.mark.parametrize("text", ["kata " * 5000, "x" * 100_000, "( " * 400, '"' * 999])
    def test_very_long_searches_are_harmless(self, store: Store, text: str) -> None:
        put(store, (mention("1"), QUEUE))
        self._index(store)
        assert store.items(EVERYTHING, ItemFilter(text=text)) == []

    def test_filters_from_an_address_line_never_raise(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        odd = ItemFilter(opd="\ud800", sector="\x00", network="'", status="%", text="\ud800 jalan")
        assert store.items(EVERYTHING, odd, after=(NOW, 10**30)) == []
        assert store.count(only("dpupr"), replace(odd, text="")) == 0
