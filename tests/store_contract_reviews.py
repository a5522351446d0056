"""What every store promises about acts of persons, and that all numbers agree after them."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from store_support import (
    ALL,
    ANSWER,
    ASIDE,
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
    detail,
    mention,
    only,
    put,
    queue,
    recount,
    the_item,
)

from tanggap.errors import InputError, TanggapError, VersionConflict
from tanggap.mention import JENIS, STATUSES, STATUSES_WITH_REASON, Review
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, ItemFilter


class ReviewsContract:
    def test_agreeing_takes_an_item_out_of_triage(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE))
        item = act(store, the_item(store, "1"), "agree", by="sari", now=at(10))
        assert (item.tab, item.status, item.version) == ("queue", "terverifikasi", 2)
        assert (item.decided_by, item.updated_at) == ("sari", at(10))
        assert item == the_item(store, "1")
        assert detail(store, item)[-1] == (
            "agree",
            {
                "status_from": "baru",
                "status_to": "terverifikasi",
                "tab_from": "triage",
                "tab_to": "queue",
            },
        )

    def test_agreeing_changes_no_later_status_and_no_sensitive_lane(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), SENSITIVE), (mention("3"), ASIDE))
        act(store, the_item(store, "1"), "status", status="proses")
        assert act(store, the_item(store, "1"), "agree").status == "proses"
        sensitive = act(store, the_item(store, "2"), "agree")
        assert (sensitive.tab, sensitive.status) == ("sensitive", "terverifikasi")
        aside = act(store, the_item(store, "3"), "agree")
        assert (aside.tab, aside.status, aside.decided_by) == ("aside", "bukan_aduan", "sari")

    def test_agreeing_that_it_is_no_complaint_puts_it_aside(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE, decision("apresiasi")))
        item = act(store, the_item(store, "1"), "agree")
        assert (item.tab, item.status) == ("aside", "bukan_aduan")

    def test_relabelling_moves_aside_and_back(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        item = act(store, the_item(store, "1"), "relabel", jenis="apresiasi")
        assert (item.tab, item.status, item.jenis) == ("aside", "bukan_aduan", "apresiasi")
        assert (item.jenis_confidence, item.sector_confidence) == (None, 0.9)
        item = act(store, item, "relabel", by="budi", jenis="pengaduan", sector="sosial")
        assert (item.tab, item.status, item.sector) == ("queue", "terverifikasi", "sosial")
        assert item.decided_by == "budi"

    def test_relabelling_the_opd_changes_who_sees_it(self, store: Store) -> None:
        put(store, (mention("1"), replace(TRIAGE, supporting=("dlh",))))
        item = act(store, the_item(store, "1"), "relabel", opd="dlh", kecamatan="karangsari")
        assert (item.opd, item.supporting, item.kecamatan) == ("dlh", (), "karangsari")
        assert (item.tab, item.status) == ("queue", "terverifikasi")
        assert store.items(only("dpupr"), ALL) == []
        assert store.count(only("dlh"), ALL) == 1
        assert act(store, item, "relabel", kecamatan="").kecamatan is None

    def test_forwarding_takes_it_from_the_old_opd(self, store: Store) -> None:
        put(store, (mention("1"), queue("dpupr", "dishub", "dlh")))
        act(store, the_item(store, "1"), "agree")
        item = act(
            store, the_item(store, "1"), "forward", scope=only("dpupr"), opd="dishub",
            why="lampu jalan", wrong_opd=True,
        )  # fmt: skip
        assert (item.opd, item.supporting, item.status) == ("dishub", ("dlh",), "baru")
        assert store.item(only("dpupr"), item.id) is None
        assert store.item(only("dlh"), item.id) is not None
        shown = store.item(only("dishub"), item.id)
        assert shown is not None
        assert [(note.by, note.verdict, note.why) for note in shown.notes] == [
            ("sari", "forward", "lampu jalan")
        ]
        assert detail(store, item)[-1][1]["wrong_opd"] == "true"
        assert detail(store, item)[-1][1]["opd_from"] == "dpupr"

    def test_forwarding_leaves_triage_but_not_the_sensitive_lane(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE), (mention("2"), SENSITIVE), (mention("3"), ASIDE))
        tabs = [
            act(store, the_item(store, one), "forward", opd="dlh", why="-").tab for one in "123"
        ]
        assert tabs == ["queue", "sensitive", "queue"]

    @pytest.mark.parametrize("status", STATUSES)
    def test_any_status_may_follow_with_a_reason_where_it_needs_one(
        self, store: Store, status: str
    ) -> None:
        put(store, (mention("1"), QUEUE))
        item = the_item(store, "1")
        if status in STATUSES_WITH_REASON:
            with pytest.raises(InputError):
                act(store, item, "status", status=status, why=" ")
            assert the_item(store, "1") == item
        item = act(store, item, "status", status=status, why="data kurang", now=at(50))
        assert item.status == status
        assert item.tab == ("aside" if status == "bukan_aduan" else "queue")
        assert item.answered_at == (at(50) if status == "dijawab" else None)
        assert item.decided_by == "mesin"
        assert act(store, item, "status", status="proses").answered_at is None
        assert the_item(store, "1").tab == "queue"

    def test_a_status_takes_an_item_out_of_triage(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE), (mention("2"), TRIAGE))
        assert act(store, the_item(store, "1"), "status", status="arsip", why="-").tab == "queue"
        assert act(store, the_item(store, "2"), "status", status="baru").tab == "triage"

    def test_taking_back_a_status_keeps_the_answer_that_was_seen(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        item = act(store, the_item(store, "1"), "status", status="proses")
        assert item.answered_at == at(60)

    def test_a_note_changes_nothing_else(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE))
        item = act(
            store, the_item(store, "1"), "note", why="  sudah ditelepon\x00\ud800 ", by="a\x00"
        )
        assert (item.tab, item.status, item.version) == ("triage", "baru", 2)
        assert item.decided_by == "mesin"
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        [note] = shown.notes
        assert (note.why, note.by, note.at) == ("sudah ditelepon\ufffd\ufffd", "a\ufffd", at(3600))
        # A note is no decision: an edit may still route the item anew.
        put(store, (mention("1", revision="2"), queue("dlh")))
        assert the_item(store, "1").opd == "dlh"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"verdict": "note"},
            {"verdict": "note", "why": " \n"},
            {"verdict": "relabel"},
            {"verdict": "relabel", "jenis": "keluhan"},
            {"verdict": "relabel", "sector": "jembatan"},
            {"verdict": "forward", "why": "x"},
            {"verdict": "forward", "opd": "dlh"},
            {"verdict": "forward", "opd": "dpupr", "why": "x"},
            {"verdict": "status"},
            {"verdict": "status", "status": "beres"},
        ],
    )
    def test_an_act_that_makes_no_sense_changes_nothing(
        self, store: Store, wrong: dict[str, Any]
    ) -> None:
        put(store, (mention("1"), QUEUE))
        before = the_item(store, "1")
        seen = store.changed_at(EVERYTHING)
        with pytest.raises(InputError):
            store.review(EVERYTHING, Review(before.id, "x", expected_version=1, **wrong), NOW)
        assert the_item(store, "1") == before
        assert store.changed_at(EVERYTHING) == seen
        assert store.verify_events() == 1

    def test_a_stale_form_is_told_who_was_first(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        stale = the_item(store, "1")
        act(store, stale, "agree", by="budi")
        with pytest.raises(VersionConflict) as caught:
            act(store, stale, "status", status="selesai")
        assert (caught.value.by, caught.value.item_id) == ("budi", stale.id)
        put(store, (answer("2", "1"), ANSWER))
        with pytest.raises(VersionConflict, match="mesin"):
            act(store, replace(stale, version=2), "agree")

    def test_of_many_who_act_at_once_one_wins(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        put(store, (mention("1"), QUEUE))
        item = the_item(store, "1")
        stores = [store, reopen()]

        def try_it(number: int) -> bool:
            try:
                act(stores[number % 2], item, "agree", by=f"p{number}")
            except VersionConflict:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(try_it, range(12))) == 1
        assert the_item(store, "1").version == 2
        assert store.verify_events() == 2


class ConsistencyContract:
    @pytest.mark.parametrize("seed", range(4))
    def test_counters_equal_a_recount_after_anything(self, store: Store, seed: int) -> None:
        chance = random.Random(seed)
        opds = (*OPDS, None)
        for step in range(120):
            number = str(chance.randrange(25))
            route = replace(
                chance.choice([QUEUE, TRIAGE, ASIDE, SENSITIVE, CONTEXT]),
                opd=chance.choice(opds),
                supporting=tuple(chance.sample(OPDS, chance.randrange(3))),
            )
            if chance.random() < 0.4:
                one = mention(
                    number, revision=str(step), posted_at=at(chance.randrange(50)),
                    thread_id=chance.choice([number, "1", None]),
                )  # fmt: skip
                put(store, (one, route, decision(chance.choice(JENIS))))
            elif chance.random() < 0.2:
                put(store, (answer(f"a{step}", number, posted_at=at(60 + step)), ANSWER))
            else:
                self._act(store, chance)
        self._check(store)

    def _act(self, store: Store, chance: random.Random) -> None:
        found = store.items(EVERYTHING, ALL, limit=100)
        if not found:
            return
        act_on = chance.choice(found)
        review = Review(
            act_on.id,
            chance.choice(("sari", "budi")),
            chance.choice(
                ("agree", "relabel", "forward", "status", "note", "confidential", "open")
            ),
            act_on.version,
            why=chance.choice(("", "alasan")),
            jenis=chance.choice((*JENIS, None)),
            sector=chance.choice(("jalan", "sosial", None)),
            opd=chance.choice((*OPDS, None)),
            status=chance.choice(STATUSES),
        )
        before = store.changed_at(EVERYTHING)
        try:
            done = store.review(EVERYTHING, review, at(5000))
        except TanggapError:
            assert store.changed_at(EVERYTHING) == before
        else:
            assert done is not None
            assert done.version == act_on.version + 1

    def _check(self, store: Store) -> None:
        for scope in (EVERYTHING, *(only(opd) for opd in OPDS), only("dpupr", "dlh")):
            for tab in ("", "queue", "triage", "aside", "sensitive"):
                for status in ("", *STATUSES):
                    wanted = ItemFilter(tab=tab, status=status)  # type: ignore[arg-type]
                    assert store.count(scope, wanted) == recount(store, scope, wanted)
        for item in store.items(EVERYTHING, ALL, limit=100):
            if item.tab == "aside":
                assert item.status not in ("baru", "terverifikasi", "dijawab")
        assert store.verify_events() > 60
