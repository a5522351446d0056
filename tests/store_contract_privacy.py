"""What every store promises about confidential items, hidden reporters, and who looked."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from store_support import (
    ALL,
    ANSWER,
    CONTEXT,
    act,
    answer,
    at,
    detail,
    ids,
    mention,
    only,
    put,
    queue,
    the_item,
)

from tanggap.errors import InputError, VersionConflict
from tanggap.mention import Review
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, ItemDetail, ItemFilter, Scope

ANALYST = Scope(everything=True, reporters="open")
NAMELESS = replace(only("dpupr"), reporters="none")
RAW = '{"user": "siti_skm"}'


def told(found: ItemDetail | None) -> ItemDetail:
    assert found is not None
    return found


def two_items(store: Store) -> tuple[int, int]:
    """Put an item of dpupr that dlh supports, and a neighbour of dlh in the same thread."""
    put(
        store,
        (
            mention(
                "1", "lapor @siti_skm diancam", author_handle="siti_skm", raw=RAW,
                permalink="https://x.com/siti_skm/status/1",
            ),
            queue("dpupr", "dlh"),
        ),
        (
            mention(
                "2", "kasihan @Siti_SKM", parent_id="1", thread_id="1", author_id="5",
                author_handle="budi_skm", parent_text="lapor @siti_skm diancam",
            ),
            queue("dlh"),
        ),
        (answer("3", "1", text="@siti_skm kami datang"), ANSWER),
    )  # fmt: skip
    store.index_text(100)
    return the_item(store, "1").id, the_item(store, "2").id


def hide(store: Store, item_id: int, by: str = "sari", scope: Scope = EVERYTHING) -> None:
    item = next(one for one in store.items(EVERYTHING, ALL) if one.id == item_id)
    act(store, item, "confidential", by=by, why="pelapor terancam", scope=scope)
    store.index_text(100)


def texts_of(found: ItemDetail) -> Iterator[str]:
    for one in (found.item.mention, *found.thread):
        yield one.text + (one.parent_text or "") + str(one.author_handle) + str(one.permalink)
        yield str(one.author_id) + one.raw
    yield from (one.text for one in found.answers)


class PrivacyContract:
    def test_a_confidential_item_leaves_the_opd_that_only_supports_it(self, store: Store) -> None:
        first, _ = two_items(store)
        searched = ItemFilter(text="diancam")
        assert ids(store.items(only("dlh"), searched)) == ["1"]
        hide(store, first)
        assert store.item(only("dlh"), first) is None
        assert ids(store.items(only("dlh"), ALL)) == ["2"]
        for scope, seen in ((only("dlh"), 0), (only("dpupr"), 1), (EVERYTHING, 1)):
            assert store.count(scope, searched) == len(store.items(scope, searched)) == seen
        assert store.count(only("dlh"), ALL) == 1
        assert store.count(EVERYTHING, ItemFilter(opd="dlh")) == 1
        assert store.review(only("dlh"), Review(first, "budi", "agree", 2), at(9)) is None
        assert not store.note_revealed(only("dlh"), first, "budi", "ingin tahu", at(9))
        assert told(store.item(only("dpupr"), first)).item.confidential

    def test_it_is_not_quoted_to_them_either(self, store: Store) -> None:
        first, second = two_items(store)
        before = told(store.item(only("dlh"), second))
        assert ids_of(before) == ["1", "3"]
        hide(store, first)
        after = told(store.item(only("dlh"), second))
        assert ids_of(after) == []
        assert after.item.mention.parent_text is None
        [listed] = store.items(only("dlh"), ALL)
        assert listed.mention.parent_text is None
        assert ids_of(told(store.item(EVERYTHING, second))) == ["1", "3"]

    def test_taking_it_back_shows_it_again_to_all(self, store: Store) -> None:
        first, _ = two_items(store)
        hide(store, first)
        item = act(store, the_item(store, "1"), "open", why="sudah aman", scope=only("dpupr"))
        store.index_text(100)
        assert not item.confidential
        assert sorted(ids(store.items(only("dlh"), ALL))) == ["1", "2"]
        assert [kind for kind, _ in detail(store, item)][-2:] == ["confidential", "open"]
        assert [note.why for note in told(store.item(EVERYTHING, first)).notes] == [
            "pelapor terancam",
            "sudah aman",
        ]

    def test_only_supervisors_and_the_opd_in_charge_may_mark_it(self, store: Store) -> None:
        first, _ = two_items(store)
        item = the_item(store, "1")
        review = Review(first, "budi", "confidential", item.version, "ingin")
        with pytest.raises(InputError, match="penanggung jawab"):
            store.review(only("dlh"), review, at(9))
        with pytest.raises(InputError, match="alasan"):
            store.review(EVERYTHING, replace(review, why=" "), at(9))
        with pytest.raises(InputError, match="tidak rahasia"):
            store.review(EVERYTHING, replace(review, verdict="open"), at(9))
        with pytest.raises(VersionConflict):
            store.review(EVERYTHING, replace(review, expected_version=7), at(9))
        assert the_item(store, "1") == item
        hide(store, first, scope=only("dpupr"))
        assert the_item(store, "1").confidential

    def test_who_gets_it_sent_on_is_in_charge_from_then_on(self, store: Store) -> None:
        first, _ = two_items(store)
        hide(store, first)
        act(store, the_item(store, "1"), "forward", opd="dishub", why="urusan dishub")
        assert store.item(only("dpupr"), first) is None
        assert told(store.item(only("dishub"), first)).item.confidential

    def test_an_edit_of_the_writer_does_not_make_it_open(self, store: Store) -> None:
        first, _ = two_items(store)
        hide(store, first)
        put(store, (mention("1", "lapor lagi", revision="2"), queue("dpupr", "dishub")))
        item = the_item(store, "1")
        assert (item.confidential, item.mention.text) == (True, "lapor lagi")
        assert store.item(only("dishub"), first) is None

    @pytest.mark.parametrize("scope", [ANALYST, only("dpupr")], ids=["analyst", "opd"])
    def test_its_reporter_is_named_to_supervisors_only(self, store: Store, scope: Scope) -> None:
        scope = scope if scope.everything else replace(scope, reporters="open")
        first, second = two_items(store)
        named = "".join(texts_of(told(store.item(scope, first))))
        assert "siti_skm" in named
        hide(store, first)
        for seen in (told(store.item(scope, first)), told(store.item(EVERYTHING, first))):
            told_all = "".join(texts_of(seen)).lower()
            assert ("siti_skm" in told_all) == (seen.item.mention.author_handle is not None)
        mine = told(store.item(scope, first))
        assert mine.item.mention.author_id is None
        assert mine.item.mention.permalink is None
        assert mine.answers[0].opd == "dpupr"
        for item in store.items(scope, ALL):
            if item.confidential:
                assert item.mention.author_handle is None
                assert "siti_skm" not in item.mention.text + item.mention.raw
        if scope.everything:
            # Where it is only a neighbour it is not named either, but the others are.
            beside = told(store.item(scope, second))
            assert beside.item.mention.author_handle == "budi_skm"
            assert "siti_skm" not in "".join(texts_of(beside)).lower()

    def test_where_the_city_says_so_an_opd_sees_no_reporter_at_all(self, store: Store) -> None:
        put(
            store,
            (mention("p", "Pengumuman", author_opd="dpupr", author_handle="dpupr_skm",
                     thread_id="p"), CONTEXT),
            (mention("1", "rusak", author_handle="siti_skm", parent_id="p", thread_id="p",
                     raw=RAW), queue("dpupr")),
            (mention("2", "ya @siti_skm", author_handle="budi_skm", author_id="5", parent_id="1",
                     thread_id="p"), queue("dpupr")),
            (answer("3", "1", text="Baik, @siti_skm", thread_id="p"), ANSWER),
        )  # fmt: skip
        item_id = the_item(store, "1").id
        seen = told(store.item(NAMELESS, item_id))
        everything = "".join(texts_of(seen))
        assert "siti" not in everything
        assert "budi" not in everything
        assert [one.author_handle for one in seen.thread if one.author_opd] == ["dpupr_skm"] * 2
        assert all(item.mention.author_handle is None for item in store.items(NAMELESS, ALL))
        assert "siti" in "".join(texts_of(told(store.item(only("dpupr"), item_id))))
        done = act(store, the_item(store, "1"), "agree", scope=NAMELESS)
        assert done.mention.author_handle is None
        assert all(item.mention.permalink is None for item in store.export(NAMELESS, ALL))

    def test_exports_leave_it_out_unless_a_supervisor_asks(self, store: Store) -> None:
        first, _ = two_items(store)
        hide(store, first)
        for scope in (EVERYTHING, ANALYST, only("dpupr"), only("dpupr", "dlh")):
            assert "1" not in ids(list(store.export(scope, ALL)))
            asked = ids(list(store.export(scope, ALL, confidential=True)))
            assert ("1" in asked) == (scope == EVERYTHING)

    def test_who_looked_at_personal_data_stands_in_the_history_and_why_beside_it(
        self, store: Store
    ) -> None:
        first, _ = two_items(store)
        item = the_item(store, "1")
        before = store.changed_at(only("dpupr"))
        labels = store.labels()
        assert store.note_revealed(only("dpupr"), first, "sari", " perlu menelepon ", at(50))
        seen = told(store.item(EVERYTHING, first))
        last = seen.history[-1]
        assert (last.at, last.actor, last.kind, dict(last.detail)) == (
            at(50), "sari", "revealed", {},
        )  # fmt: skip
        assert [(note.by, note.verdict, note.why) for note in seen.notes] == [
            ("sari", "revealed", "perlu menelepon")
        ]
        assert the_item(store, "1") == item
        assert store.changed_at(only("dpupr")) != before
        assert store.labels() == labels
        assert store.verify_events() > 0

    def test_looking_asks_for_a_reason_and_an_item_that_one_sees(self, store: Store) -> None:
        first, _ = two_items(store)
        with pytest.raises(InputError, match="alasan"):
            store.note_revealed(EVERYTHING, first, "sari", " \n", at(50))
        for scope, number in ((only("dishub"), first), (EVERYTHING, 10**6), (EVERYTHING, -1)):
            assert not store.note_revealed(scope, number, "sari", "perlu", at(50))
        assert not told(store.item(EVERYTHING, first)).notes

    def test_marking_it_is_no_label(self, store: Store) -> None:
        first, _ = two_items(store)
        hide(store, first)
        assert store.labels() == []
        assert the_item(store, "1").decided_by == "mesin"


def ids_of(found: ItemDetail) -> list[str]:
    return sorted(one.network_id for one in found.thread)
