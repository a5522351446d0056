"""What every store promises about incidents: who belongs together, who sees it, what is usual."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from store_support import (
    ANSWER,
    ASIDE,
    NOW,
    act,
    answer,
    at,
    decision,
    detail,
    mention,
    only,
    put,
    queue,
    the_item,
)

from tanggap.errors import InputError
from tanggap.mention import Prediction
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, Item, Scope

HOUR = timedelta(hours=1)


def told(store: Store, number: int, *, opd: str = "dpupr", place: str | None = "cibeureum",
         sector: str = "jalan", hours: float = 0.0, **more: Any) -> Item:  # fmt: skip
    """Store one complaint and return its item."""
    values: dict[str, Any] = {"posted_at": at(hours * 3600), "author_id": str(number)}
    one = mention(str(number), f"jalan rusak {number}", **{**values, **more})
    put(
        store,
        (one, queue(opd), decision(sector=sector, place=place and Prediction(place, 0.9))),
    )
    return the_item(store, str(number))


def join(store: Store, *items: Item, by: str = "sari", scope: Scope = EVERYTHING) -> int:
    made = store.join_incident(scope, [item.id for item in items], "Jalan ambles", by, NOW)
    assert made is not None
    return made


def members(store: Store, incident: int, scope: Scope = EVERYTHING) -> list[int]:
    found = store.incident(scope, incident)
    return [] if found is None else [member.item.id for member in found.members]


def near(store: Store, item: Item, scope: Scope = EVERYTHING) -> list[int]:
    found = store.nearby(scope, item.id, timedelta(hours=48), 100)
    assert found is not None
    assert found[0].item_id == item.id
    return [one.item_id for one in found[1]]


class IncidentsContract:
    def test_what_is_near_is_of_one_sector_one_kecamatan_and_two_days(self, store: Store) -> None:
        one = told(store, 1)
        same = told(store, 2, hours=2, network="facebook")
        unknown = told(store, 3, place=None, hours=-40)
        elsewhere = told(store, 4, place="karangsari")
        told(store, 5, sector="perhubungan")
        told(store, 6, hours=49)
        told(store, 7, hours=-49)
        put(store, (mention("8", posted_at=at(60)), ASIDE, decision(jenis="spam")))
        put(store, (answer("9", "1"), ANSWER))
        assert near(store, one) == [unknown.id, same.id]
        assert set(near(store, unknown)) >= {one.id, same.id, elsewhere.id}  # it may be anywhere

    def test_only_the_nearest_in_time_are_looked_at(self, store: Store) -> None:
        made = [told(store, number, hours=number) for number in range(12)]
        found = store.nearby(EVERYTHING, made[6].id, timedelta(hours=48), 8)
        assert found is not None
        assert [one.item_id for one in found[1]] == [made[n].id for n in (4, 5, 7, 8)]

    def test_of_what_is_near_a_scope_sees_only_its_own(self, store: Store) -> None:
        one, other = told(store, 1), told(store, 2, opd="dishub")
        assert near(store, one, only("dpupr")) == []
        assert near(store, one, only("dpupr", "dishub")) == [other.id]
        for scope in (only("dlh"), only()):
            assert store.nearby(scope, one.id, HOUR, 10) is None
        assert store.nearby(EVERYTHING, 999, HOUR, 10) is None
        assert store.nearby(EVERYTHING, 10**30, HOUR, 10) is None

    def test_a_person_makes_one_incident_of_several_items(self, store: Store) -> None:
        late, early = told(store, 1, hours=5), told(store, 2, hours=1, network="facebook")
        made = join(store, late, early)
        found = store.incident(EVERYTHING, made)
        assert found is not None
        incident = found.incident
        assert (incident.title, incident.made_by, incident.state) == (
            "Jalan ambles",
            "sari",
            "open",
        )
        assert (incident.sector, incident.kecamatan) == ("jalan", "cibeureum")
        assert incident.first_posted_at == early.mention.posted_at
        assert incident.last_posted_at == late.mention.posted_at
        assert (incident.members, incident.citizens, incident.unknown) == (2, 2, 0)
        assert [(m.item.id, m.added_by, m.added_at) for m in found.members] == [
            (early.id, "sari", NOW),
            (late.id, "sari", NOW),
        ]
        assert [(event.kind, event.actor) for event in found.history] == [("made", "sari")]
        assert store.incidents_of([late.id, early.id, 999]) == {
            late.id: incident,
            early.id: incident,
        }
        assert detail(store, late)[-1] == ("incident_joined", {"incident_to": str(made)})
        assert store.verify_events() > 0

    def test_who_writes_twice_is_one_citizen_and_nobody_known_counts_apart(
        self, store: Store
    ) -> None:
        items = [
            told(store, 1, author_id="7"),
            told(store, 2, author_id="7"),
            told(store, 3, author_id="7", network="facebook"),
            told(store, 4, author_id=None, author_handle=None),
        ]
        made = join(store, *items)
        found = store.incidents_of([items[0].id])[items[0].id]
        assert (found.id, found.members, found.citizens, found.unknown) == (made, 4, 2, 1)

    def test_an_item_belongs_to_one_incident_at_most(self, store: Store) -> None:
        items = [told(store, number) for number in range(5)]
        first = join(store, items[0], items[1])
        assert join(store, items[0], items[2]) == first
        assert join(store, items[0], items[2]) == first  # twice is once
        second = join(store, items[3], items[4])
        with pytest.raises(InputError, match="insiden yang berbeda"):
            join(store, items[0], items[3])
        assert members(store, first) == [item.id for item in items[:3]]
        assert members(store, second) == [item.id for item in items[3:]]
        assert near(store, items[0]) == [items[3].id, items[4].id]  # not those it is with

    def test_joining_asks_for_two_items_and_not_for_a_hundred(self, store: Store) -> None:
        one = told(store, 1)
        with pytest.raises(InputError, match="paling sedikit satu"):
            join(store, one)
        with pytest.raises(InputError, match="paling banyak"):
            store.join_incident(EVERYTHING, range(1, 300), "", "sari", NOW)
        for other in (999, 0, -1, 10**30):
            assert store.join_incident(EVERYTHING, [one.id, other], "", "sari", NOW) is None
        assert store.incidents(EVERYTHING, "open") == []

    def test_what_was_refused_is_not_suggested_again(self, store: Store) -> None:
        items = [told(store, number) for number in range(4)]
        assert store.refuse_incident(EVERYTHING, items[0].id, [items[1].id], "sari", NOW)
        assert store.refuse_incident(EVERYTHING, items[0].id, [items[1].id], "budi", NOW)
        assert items[1].id not in near(store, items[0])
        assert items[0].id not in near(store, items[1])
        join(store, items[1], items[2])
        assert near(store, items[0]) == [items[3].id]  # nor what that one was joined to
        join(store, items[0], items[1])  # a person may think again
        assert near(store, items[3]) == [items[0].id, items[1].id, items[2].id]
        assert not store.refuse_incident(only("dlh"), items[0].id, [items[3].id], "x", NOW)
        assert not store.refuse_incident(EVERYTHING, items[0].id, [999], "x", NOW)
        assert not store.refuse_incident(EVERYTHING, items[0].id, [items[0].id], "x", NOW)

    def test_two_incidents_become_one_and_history_says_so(self, store: Store) -> None:
        items = [told(store, number, hours=number) for number in range(4)]
        kept, gone = join(store, items[2], items[3]), join(store, items[0], items[1])
        assert store.merge_incidents(EVERYTHING, kept, gone, "budi", at(9))
        assert members(store, kept) == [item.id for item in items]
        found = store.incident(EVERYTHING, kept)
        assert found is not None
        assert found.incident.first_posted_at == items[0].mention.posted_at
        assert found.incident.citizens == 4
        assert found.history[-1].kind == "merged"
        assert found.history[-1].detail["from"] == str(gone)
        other = store.incident(EVERYTHING, gone)
        assert other is not None
        assert (other.incident.state, other.incident.merged_into) == ("merged", kept)
        assert (other.incident.members, other.members) == (0, ())
        assert [one.id for one in store.incidents(EVERYTHING, "open")] == [kept]
        with pytest.raises(InputError, match="yang lain"):
            store.merge_incidents(EVERYTHING, kept, kept, "budi", NOW)
        with pytest.raises(InputError, match="sudah digabung"):
            store.merge_incidents(EVERYTHING, kept, gone, "budi", NOW)
        assert not store.merge_incidents(EVERYTHING, kept, 999, "budi", NOW)

    def test_what_is_split_off_is_an_incident_of_its_own_and_is_not_suggested_again(
        self, store: Store
    ) -> None:
        items = [told(store, number, hours=number) for number in range(5)]
        incident = join(store, *items)
        chosen = [items[0].id, items[1].id]
        made = store.split_incident(EVERYTHING, incident, chosen, "budi", at(9))
        assert made
        assert members(store, made) == chosen
        assert members(store, incident) == [item.id for item in items[2:]]
        left = store.incidents_of([items[4].id])[items[4].id]
        assert (left.citizens, left.first_posted_at) == (3, items[2].mention.posted_at)
        assert near(store, items[0]) == near(store, items[3]) == []
        found = store.incident(EVERYTHING, incident)
        assert found is not None
        assert [event.kind for event in found.history] == ["made", "split"]
        assert [kind for kind, _ in detail(store, items[0])][-3:] == [
            "incident_joined", "incident_left", "incident_joined",
        ]  # fmt: skip
        store.verify_events()

    def test_one_item_taken_out_stands_alone_and_a_single_one_left_does_too(
        self, store: Store
    ) -> None:
        items = [told(store, number) for number in range(3)]
        incident = join(store, *items)
        assert store.split_incident(EVERYTHING, incident, [items[0].id], "budi", NOW) == 0
        assert members(store, incident) == [items[1].id, items[2].id]
        assert store.split_incident(EVERYTHING, incident, [items[1].id], "budi", NOW) == 0
        found = store.incident(EVERYTHING, incident)
        assert found is not None
        assert (found.incident.state, found.incident.members) == ("dissolved", 0)
        assert store.incidents_of([item.id for item in items]) == {}
        assert store.incidents(EVERYTHING, "open") == []
        with pytest.raises(InputError, match="sudah digabung atau dibubarkan"):
            store.set_incident_state(EVERYTHING, incident, "closed", "budi", NOW)

    def test_splitting_asks_for_members_and_leaves_some(self, store: Store) -> None:
        items = [told(store, number) for number in range(3)]
        incident = join(store, items[0], items[1])
        split = store.split_incident
        with pytest.raises(InputError, match="pilih"):
            split(EVERYTHING, incident, [], "budi", NOW)
        with pytest.raises(InputError, match="sisakan"):
            split(EVERYTHING, incident, [items[0].id, items[1].id], "budi", NOW)
        assert split(EVERYTHING, incident, [items[2].id], "budi", NOW) is None
        assert split(EVERYTHING, 999, [items[0].id], "budi", NOW) is None
        assert members(store, incident) == [items[0].id, items[1].id]

    def test_a_title_changes_with_history_and_a_closed_one_can_be_opened(
        self, store: Store
    ) -> None:
        incident = join(store, told(store, 1), told(store, 2))
        assert store.rename_incident(EVERYTHING, incident, "  Jembatan \n putus ", "budi", NOW)
        assert store.set_incident_state(EVERYTHING, incident, "closed", "budi", NOW)
        assert [one.title for one in store.incidents(EVERYTHING, "closed")] == ["Jembatan putus"]
        assert store.incidents(EVERYTHING, "open") == []
        assert store.set_incident_state(EVERYTHING, incident, "open", "budi", NOW)
        found = store.incident(EVERYTHING, incident)
        assert found is not None
        assert [event.kind for event in found.history] == ["made", "renamed", "state", "state"]
        assert found.history[1].detail == {
            "title_from": "Jalan ambles", "title_to": "Jembatan putus",
        }  # fmt: skip
        with pytest.raises(InputError, match="judul kosong"):
            store.rename_incident(EVERYTHING, incident, " \n", "budi", NOW)
        with pytest.raises(InputError, match="sudah digabung"):
            store.set_incident_state(EVERYTHING, incident, "merged", "budi", NOW)

    def test_an_opd_sees_its_own_members_and_the_number_of_all_citizens(self, store: Store) -> None:
        own, foreign = told(store, 1), told(store, 2, opd="dishub")
        incident = join(store, own, foreign)
        elsewhere = join(store, told(store, 3, opd="dlh"), told(store, 4, opd="dlh"))
        scope = only("dpupr")
        assert [(one.id, one.citizens) for one in store.incidents(scope, "open")] == [(incident, 2)]
        assert store.count_incidents(scope, "open") == 1
        assert store.count_incidents(EVERYTHING, "open") == 2
        assert store.count_incidents(EVERYTHING, "open", cap=1) == 2
        found = store.incident(scope, incident)
        assert found is not None
        assert [member.item.id for member in found.members] == [own.id]
        assert found.history == ()  # it names items of others
        for missing in (elsewhere, 999, 0, 10**30):
            assert store.incident(scope, missing) is None
            assert not store.rename_incident(scope, missing, "x", "x", NOW)
            assert not store.set_incident_state(scope, missing, "closed", "x", NOW)
            assert not store.merge_incidents(scope, incident, missing, "x", NOW)
            assert not store.merge_incidents(scope, missing, incident, "x", NOW)
            assert store.split_incident(scope, missing, [own.id], "x", NOW) is None
        assert store.split_incident(scope, incident, [foreign.id], "x", NOW) is None
        assert store.join_incident(scope, [own.id, foreign.id], "", "x", NOW) is None
        assert members(store, incident) == [own.id, foreign.id]
        mine = join(store, told(store, 5), told(store, 6))
        with pytest.raises(InputError, match="supervisor"):
            store.merge_incidents(scope, mine, incident, "x", NOW)
        assert store.incidents(only(), "open") == []

    def test_the_most_citizens_come_first_then_the_newest(self, store: Store) -> None:
        two = join(store, told(store, 1), told(store, 2))
        three = join(store, *(told(store, number) for number in (3, 4, 5)))
        newer = join(store, told(store, 6), told(store, 7, hours=3))
        order = [three, newer, two]
        assert [one.id for one in store.incidents(EVERYTHING, "open")] == order
        assert [one.id for one in store.incidents(EVERYTHING, "open", limit=1, skip=1)] == [newer]

    def test_who_sees_a_member_notices_that_an_incident_changed(self, store: Store) -> None:
        own, foreign = told(store, 1), told(store, 2, opd="dishub")
        scopes = (EVERYTHING, only("dpupr"), only("dishub"))

        def seen() -> list[str]:
            return [store.changed_at(scope) for scope in (*scopes, only("dlh"))]

        before = seen()
        incident = join(store, own, foreign)
        after = seen()
        assert [a != b for a, b in zip(before, after, strict=True)] == [True, True, True, False]
        store.split_incident(EVERYTHING, incident, [own.id], "budi", NOW)
        again = seen()
        assert [a != b for a, b in zip(after, again, strict=True)] == [True, True, True, False]

    def test_an_item_acts_and_moves_on_as_if_it_were_in_none(self, store: Store) -> None:
        one, other = told(store, 1), told(store, 2)
        incident = join(store, one, other)
        moved = act(store, one, "forward", opd="dishub", why="bukan kami")
        assert moved.version == one.version + 1
        assert members(store, incident, only("dishub")) == [one.id]
        assert members(store, incident, only("dpupr")) == [other.id]

    def test_it_is_told_where_many_write_of_one_thing_and_what_is_usual_there(
        self, store: Store
    ) -> None:
        def ask(scope: Scope = EVERYTHING, least: int = 5) -> Sequence[Any]:
            return store.busy(scope, NOW, 6 * HOUR, 28, least)

        assert ask() == []
        for number in range(5):
            told(store, number, hours=-number)
        told(store, 50, hours=-1, author_id="1")  # once more
        told(store, 51, hours=-7)  # before
        told(store, 52, hours=-1, place=None)
        for number, day in enumerate((1, 2, 2, 9)):
            told(store, 100 + number, hours=-24 * day - 2)
        told(store, 300, hours=-24 * 3 - 7)  # another time of day
        [busy] = ask()
        assert (busy.sector, busy.kecamatan, busy.citizens) == ("jalan", "cibeureum", 5)
        assert busy.since == at(-4 * 3600)
        assert busy.days == (1, 2, 0, 0, 0, 0, 0, 0)  # of the ninth day only a part is known
        assert ask(least=6) == []
        assert ask(only("dishub")) == []
        assert len(ask(only("dpupr"))) == 1
