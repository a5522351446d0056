"""What every store promises about boards: reactions, the OPD's own posts, what many talk about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from store_support import (
    ANSWER,
    ASIDE,
    CONTEXT,
    NOW,
    QUEUE,
    SENSITIVE,
    TRIAGE,
    act,
    answer,
    at,
    decision,
    mention,
    only,
    page,
    put,
    queue,
    take,
    the_item,
)

from tanggap.mention import Engagement, Mention
from tanggap.store.base import Store
from tanggap.store.boards import COUNTED_BELOW, MEMBERS_AT_MOST
from tanggap.store.rows import EVERYTHING, Scope
from tanggap.store.rows_boards import OwnPost, ViralItem

SINCE = NOW - timedelta(days=7)


def own(network_id: str, opd: str = "dpupr", **more: Any) -> Mention:
    values: dict[str, Any] = {
        "kind": "post",
        "author_opd": opd,
        "permalink": f"https://x.com/{opd}_skm/status/{network_id}",
    }
    return mention(network_id, more.pop("text", "Jadwal perbaikan jalan"), **{**values, **more})


def under(network_id: str, post: str, **more: Any) -> Mention:
    return mention(network_id, **{"kind": "reply", "parent_id": post, "thread_id": post} | more)


def posts(store: Store, scope: Scope = EVERYTHING, limit: int = 10) -> list[OwnPost]:
    return store.own_posts(scope, SINCE, limit)


def told(store: Store, network_id: str) -> tuple[Engagement | None, object]:
    """Return what is kept of the reactions on one own post."""
    [found] = [one for one in posts(store) if (one.permalink or "").endswith(f"/{network_id}")]
    return found.engagement, found.seen_at


def viral(store: Store, scope: Scope = EVERYTHING, limit: int = 10) -> dict[str, ViralItem]:
    found = store.viral(scope, SINCE, limit)
    named = {one.item.mention.network_id: one for one in found}
    assert len(named) == len(found)
    return named


def again(store: Store, *mentions: Mention) -> None:
    """Bring mentions as repeats: nothing is decided of them."""
    lease = take(store)
    store.accept(lease, page(*mentions), {}, NOW)
    store.release(lease)


class EngagementContract:
    def test_reactions_are_kept_with_a_new_post_and_a_repeat_brings_newer_ones(
        self, store: Store
    ) -> None:
        first = own("1", engagement=Engagement(3, 1, 0))
        put(store, (first, CONTEXT))
        assert told(store, "1") == (Engagement(3, 1, 0), NOW)
        again(store, replace(first, engagement=Engagement(9, 2, 1), seen_at=at(60)))
        assert told(store, "1") == (Engagement(9, 2, 1), at(60))

    def test_a_repeat_without_a_change_changes_nothing(self, store: Store) -> None:
        first = own("1", engagement=Engagement(3, 1, None))
        put(store, (first, CONTEXT))
        again(store, replace(first, seen_at=at(60)))
        assert told(store, "1") == (Engagement(3, 1, None), NOW)

    def test_fewer_reactions_are_believed_too(self, store: Store) -> None:
        first = own("1", engagement=Engagement(3, 1, 2))
        put(store, (first, CONTEXT))
        again(store, replace(first, engagement=Engagement(0, 1, 2), seen_at=at(60)))
        assert told(store, "1") == (Engagement(0, 1, 2), at(60))

    def test_what_another_source_is_not_told_stays(self, store: Store) -> None:
        first = own("1", engagement=Engagement(3, 1, 2))
        put(store, (first, CONTEXT))
        again(store, replace(first, engagement=Engagement(comments=5), seen_at=at(60)))
        again(store, replace(first, engagement=None, seen_at=at(90)))
        assert told(store, "1") == (Engagement(3, 5, 2), at(60))

    def test_a_post_that_comes_twice_on_a_page_is_kept_once(self, store: Store) -> None:
        first = own("1", engagement=Engagement(3))
        again(store, first)  # of what is not stored nothing is kept
        assert posts(store) == []
        put(store, (first, CONTEXT), (first, CONTEXT))
        assert told(store, "1") == (Engagement(3), NOW)

    def test_an_edit_keeps_what_is_known(self, store: Store) -> None:
        put(store, (own("1", engagement=Engagement(3)), CONTEXT))
        put(store, (own("1", text="Jadwal baru", revision="9"), CONTEXT))
        [one] = posts(store)
        assert (one.text, one.engagement) == ("Jadwal baru", Engagement(3))

    def test_reactions_of_posts_brought_by_a_person_count_too(self, store: Store) -> None:
        one = own("1", engagement=Engagement(3))
        store.intake([one], {"1": (decision(), CONTEXT)}, "uji", NOW)
        assert told(store, "1")[0] == Engagement(3)


class OwnPostsContract:
    def test_the_post_with_most_reactions_comes_first_then_the_newest(self, store: Store) -> None:
        put(
            store,
            (own("1", engagement=Engagement(3, 1, 2)), CONTEXT),
            (own("2", posted_at=at(-60)), CONTEXT),
            (own("3", engagement=Engagement(7), network="facebook"), CONTEXT),
            (own("4", engagement=Engagement(0, 0, 0)), CONTEXT),
            (own("5", posted_at=at(-30)), CONTEXT),
            (own("6", posted_at=SINCE - timedelta(seconds=1), engagement=Engagement(99)), CONTEXT),
        )
        found = posts(store)
        assert [(one.permalink or "").rpartition("/")[2] for one in found] == list("31452")
        assert (found[0].opd, found[0].network, found[0].posted_at) == ("dpupr", "facebook", NOW)
        assert (found[0].text, found[-1].engagement) == ("Jadwal perbaikan jalan", None)
        assert posts(store, limit=2) == found[:2]

    def test_an_answer_to_a_citizen_is_no_post_and_a_citizens_neither(self, store: Store) -> None:
        put(
            store,
            (mention("1", engagement=Engagement(9)), QUEUE),
            (answer("2", "1", kind="post", engagement=Engagement(9)), ANSWER),
            (own("3", kind="reply"), CONTEXT),
        )
        assert posts(store) == []

    def test_what_asks_something_under_a_post_is_counted_and_what_waits_of_it(
        self, store: Store
    ) -> None:
        put(store, (own("1"), CONTEXT))
        put(
            store,
            (under("2", "1", posted_at=at(-90)), QUEUE),
            (under("3", "1"), SENSITIVE),
            (under("4", "1"), QUEUE),
            (under("5", "1"), QUEUE, decision("apresiasi")),
            (under("6", "1"), ASIDE),
            (under("7", "1"), TRIAGE),
            (under("8", "9"), QUEUE),
            (under("10", "1", network="facebook"), QUEUE),
        )
        act(store, the_item(store, "2"), "status", status="dijawab", why="")
        [one] = posts(store)
        assert (one.below, one.waiting) == (3, 2)
        assert one.waits_longest == the_item(store, "3").id
        put(store, (under("11", "1", posted_at=at(-60)), QUEUE))
        put(store, (under("12", "1", posted_at=at(-30)), QUEUE))
        [one] = posts(store)
        assert one.waits_longest == the_item(store, "11").id, "it came late, and waits longest"

    def test_who_sees_one_opd_sees_its_posts_and_under_them_its_own_items(
        self, store: Store
    ) -> None:
        put(store, (own("1"), CONTEXT), (own("2", "dlh"), CONTEXT))
        put(store, (under("3", "1"), QUEUE), (under("4", "1"), queue("dlh")))
        [one] = posts(store, only("dpupr"))
        assert (one.opd, one.below, one.waiting) == ("dpupr", 1, 1)
        [one] = posts(store, only("dlh"))
        assert (one.opd, one.below, one.waits_longest) == ("dlh", 0, None)
        assert [one.below for one in posts(store)] == [0, 2]
        assert posts(store, only()) == []

    def test_items_under_one_post_are_counted_up_to_a_bound(self, store: Store) -> None:
        put(store, (own("1"), CONTEXT))
        many = [(under(str(n), "1"), QUEUE) for n in range(10, 10 + COUNTED_BELOW + 5)]
        put(store, *many)
        [one] = posts(store)
        assert (one.below, one.waiting) == (COUNTED_BELOW, COUNTED_BELOW)

    def test_of_very_many_comments_under_one_post_some_are_looked_at(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(store, (own("1"), CONTEXT), (own("2"), CONTEXT))
        put(store, *((under(str(n), "1"), QUEUE) for n in range(10, 20)), (under("3", "2"), QUEUE))
        monkeypatch.setattr("tanggap.store.boards.LOOKED_AT_BELOW", 4)
        assert [(one.below, one.waiting) for one in posts(store)] == [(1, 1), (4, 4)]


class ViralContract:
    def test_what_many_reacted_to_is_found_with_its_numbers(self, store: Store) -> None:
        put(
            store,
            (mention("1", engagement=Engagement(2, 1)), QUEUE),
            (mention("2", engagement=Engagement(2)), QUEUE),
            (mention("3"), QUEUE),
            (mention("4", posted_at=SINCE - timedelta(1), engagement=Engagement(50)), QUEUE),
            (mention("5", engagement=Engagement(50)), QUEUE, decision("apresiasi")),
            (mention("6", engagement=Engagement(50)), ASIDE),
            (mention("7", engagement=Engagement(50)), TRIAGE),
            (mention("8", engagement=Engagement(50)), SENSITIVE),
            (own("9", engagement=Engagement(50)), CONTEXT),
        )
        found = viral(store)
        assert set(found) == {"1", "8"}
        assert (found["1"].engagement, found["1"].incident) == (Engagement(2, 1), None)
        assert found["1"].item.mention.text == "jalan rusak"

    def test_of_many_those_with_most_reactions_come(self, store: Store) -> None:
        put(
            store,
            *((mention(str(n), engagement=Engagement(n)), QUEUE) for n in range(10, 30)),
        )
        assert set(viral(store, limit=3)) == {"29", "28", "27"}

    def test_an_incident_comes_with_all_its_members_and_of_many_the_largest(
        self, store: Store
    ) -> None:
        put(store, *((mention(str(n), author_id=str(n)), QUEUE) for n in range(1, 8)))
        put(store, (mention("8", author_id="8"), QUEUE, decision("bukan_aduan")))
        large = self.join(store, "1", "2", "3", "8")
        self.join(store, "4", "5")
        found = viral(store)
        assert set(found) == {"1", "2", "3", "4", "5"}
        incident = found["1"].incident
        assert incident is not None
        assert (incident.id, incident.citizens, incident.title) == (large, 4, "Jalan ambles")
        assert set(viral(store, limit=1)) == {"1", "2", "3"}

    def test_of_a_large_incident_most_reacted_to_members_come_and_no_other_is_pushed_out(
        self, store: Store
    ) -> None:
        many = [str(n) for n in range(1, MEMBERS_AT_MOST + 4)]
        loud = [mention(n, author_id=n, engagement=Engagement(1)) for n in many[3:6]]
        rest = [mention(n, author_id=n) for n in many if n not in many[3:6]]
        put(store, *((one, QUEUE) for one in (*rest, *loud)))
        put(store, *((mention(n, author_id=n), QUEUE) for n in ("x1", "x2")))
        large, small = self.join(store, *many), self.join(store, "x1", "x2")
        found = viral(store)
        assert {one.incident.id for one in found.values() if one.incident} == {large, small}
        assert {*many[3:6], "x1", "x2"} <= set(found)
        assert len(found) == MEMBERS_AT_MOST + 2

    def test_a_member_that_many_reacted_to_brings_the_others(self, store: Store) -> None:
        long_ago = NOW - timedelta(days=60)
        put(
            store,
            (mention("1", posted_at=long_ago, author_id="1"), QUEUE),
            (mention("2", posted_at=long_ago, author_id="2"), QUEUE),
            (mention("3", author_id="1", engagement=Engagement(9)), QUEUE),
            (mention("4", posted_at=long_ago, author_id="4"), QUEUE),
            (mention("5", posted_at=long_ago, author_id="5"), QUEUE),
        )
        self.join(store, "4", "5")  # nobody has written of it lately
        assert set(viral(store)) == {"3"}
        self.join(store, "1", "2", "3")
        assert set(viral(store)) == {"1", "2", "3"}

    @pytest.mark.parametrize("state", ["closed", "open"])
    def test_a_closed_incident_counts_and_one_person_alone_is_not_many(
        self, store: Store, state: Any
    ) -> None:
        put(store, *((mention(str(n), author_id=str(n)), QUEUE) for n in (1, 2)))
        put(store, *((mention(str(n), author_id="3"), QUEUE) for n in (3, 4)))
        both = self.join(store, "1", "2")
        self.join(store, "3", "4")
        store.set_incident_state(EVERYTHING, both, state, "sari", NOW)
        assert set(viral(store)) == {"1", "2"}

    def test_it_shows_a_scope_its_own_items_and_names_nobody_who_is_hidden(
        self, store: Store
    ) -> None:
        put(
            store,
            (mention("1", "lapor @warga", engagement=Engagement(5), author_id="1"), QUEUE),
            (mention("2", author_id="2", engagement=Engagement(9)), queue("dlh")),
        )
        self.join(store, "1", "2")
        one = viral(store, only("dpupr"))["1"]
        assert set(viral(store, only("dpupr"))) == {"1"}
        assert one.incident is not None
        assert one.incident.citizens == 2
        assert viral(store, only("dishub")) == {}
        hidden = viral(store, Scope(opds=frozenset({"dpupr"}), reporters="none"))["1"]
        assert hidden.item.mention.author_handle is None
        assert "warga" not in hidden.item.mention.text

    def test_confidential_items_are_for_those_alone_who_see_who_wrote_them(
        self, store: Store
    ) -> None:
        put(
            store,
            (mention("1", author_id="1", engagement=Engagement(50)), QUEUE),
            (mention("2", author_id="2"), QUEUE),
            (mention("3", author_id="3", engagement=Engagement(60)), QUEUE),
            *((mention(str(n), author_id=str(n)), QUEUE) for n in (4, 5)),
        )
        self.join(store, "2", "3")
        self.join(store, "4", "5")
        for one in "1345":
            act(store, the_item(store, one), "confidential", why="saksi")
        in_charge, auditor = replace(only("dpupr"), reporters="open"), Scope(True, reporters="open")
        for scope in (in_charge, auditor, replace(only("dpupr"), reporters="none")):
            found = viral(store, scope)
            assert set(found) == {"2"}
            assert found["2"].engagement is None
        assert set(viral(store)) == set("12345")

    def test_nothing_of_a_sensitive_item_reaches_another_opd(self, store: Store) -> None:
        put(
            store,
            (mention("1", author_id="1", engagement=Engagement(50)), SENSITIVE),
            (mention("2", author_id="2"), queue("dlh")),
        )
        self.join(store, "1", "2")
        found = viral(store, only("dlh"))
        assert [(key, one.engagement) for key, one in found.items()] == [("2", None)]
        assert set(viral(store, only("dpupr"))) == {"1"}

    def join(self, store: Store, *ids: str) -> int:
        items = [the_item(store, one).id for one in ids]
        made = store.join_incident(EVERYTHING, items, "Jalan ambles", "sari", NOW)
        assert made is not None
        return made
