"""What every store promises about pages that come in: once each, edits, answers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from store_support import (
    ALL,
    ANSWER,
    ASIDE,
    CONTEXT,
    DECISION,
    NOW,
    OTHER,
    QUEUE,
    SENSITIVE,
    SPEC,
    TRIAGE,
    act,
    answer,
    at,
    decision,
    detail,
    mention,
    page,
    put,
    queue,
    take,
    the_item,
)

from tanggap.mention import ACTIONABLE, Prediction, Route
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, ItemFilter, newest


class IngestContract:
    @pytest.mark.parametrize(
        ("route", "tab", "status"),
        [
            (QUEUE, "queue", "baru"),
            (TRIAGE, "triage", "baru"),
            (SENSITIVE, "sensitive", "baru"),
            (ASIDE, "aside", "bukan_aduan"),
        ],
    )
    def test_a_route_decides_tab_and_first_status(
        self, store: Store, route: Route, tab: str, status: str
    ) -> None:
        accepted = put(store, (mention("1"), route))
        assert (accepted.fetched, accepted.new, accepted.routes) == (1, 1, {route.name: 1})
        item = the_item(store, "1")
        assert (item.tab, item.status, item.version) == (tab, status, 1)
        assert item.decided_by == "mesin"

    def test_an_item_shows_what_came_in(self, store: Store) -> None:
        one = mention(
            "1", "Jalan @dpupr_skm 🚧\u202e rusak", parent_id="0", parent_text="?", has_media=True
        )
        put(store, (one, queue("dpupr", "dishub")), now=at(5))
        item = the_item(store, "1")
        assert item.mention == replace(one, raw="{}")
        assert (item.opd, item.supporting, item.candidates) == ("dpupr", ("dishub",), ("dpupr",))
        assert (item.jenis, item.sector, item.kecamatan) == ("pengaduan", "jalan", "cibeureum")
        assert (item.jenis_confidence, item.sector_confidence) == (0.95, 0.9)
        assert (item.clock_started_at, item.updated_at) == (one.posted_at, at(5))
        assert (item.urgent, item.sensitive, item.answered_at) == (False, False, None)
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert shown.item.mention == one
        assert shown.decision == DECISION
        [event] = shown.history
        assert (event.actor, event.kind, event.at) == ("mesin", "routed", at(5))
        assert event.detail["rule"] == "sector"

    @pytest.mark.parametrize("route", [CONTEXT, ANSWER])
    def test_context_and_answers_make_no_item(self, store: Store, route: Route) -> None:
        accepted = put(store, (answer("2", "1"), route))
        assert accepted.routes == {route.name: 1}
        assert store.items(EVERYTHING, ALL) == []
        assert store.fresh([answer("2", "1")]) == [False]

    def test_a_decision_without_parts_is_kept(self, store: Store) -> None:
        empty = decision(jenis="spam")
        empty = replace(empty, model="rules", jenis=None, sector=None, opd=None, place=None)
        put(store, (mention("1"), replace(TRIAGE, opd=None), empty))
        item = the_item(store, "1")
        assert (item.jenis, item.sector, item.opd, item.kecamatan) == (None, None, None, None)
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert shown.decision == empty

    def test_the_texts_of_what_is_stored_are_found_by_id(self, store: Store) -> None:
        odd = "7\ud800"
        put(
            store,
            (mention("1", "lama"), QUEUE),
            (mention("2", "pengumuman kota", author_opd="dpupr"), CONTEXT),
            (mention(odd, "aneh"), QUEUE),
            (mention("1", "lain", network="facebook"), QUEUE),
        )
        put(store, (mention("1", "baru", revision="2"), QUEUE))
        assert store.texts("x", ["1", "2", odd, "9", "1"]) == {
            "1": "baru", "2": "pengumuman kota", odd: "aneh",
        }  # fmt: skip
        assert store.texts("instagram", ["1"]) == {}
        assert store.texts("x", []) == {}

    @pytest.mark.fault(37)
    def test_a_repeat_is_a_counted_nothing(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        assert store.fresh([mention("1"), mention("2")]) == [False, True]
        before = store.changed_at(EVERYTHING)
        accepted = put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        assert (accepted.new, accepted.repeated, accepted.fetched) == (1, 1, 2)
        assert store.changed_at(EVERYTHING) != before
        before = store.changed_at(EVERYTHING)
        accepted = store.accept(take(store), page(mention("1"), mention("9")), {}, NOW)
        assert (accepted.new, accepted.repeated, accepted.revised) == (0, 2, 0)
        assert store.changed_at(EVERYTHING) == before
        assert store.count(EVERYTHING, ALL) == 2
        assert store.sources(NOW)[0].accepted == 2

    def test_whom_else_a_repeat_addresses_is_added(self, store: Store) -> None:
        put(store, (mention("1", addressed=("dpupr",)), QUEUE))
        again = page(mention("1", addressed=("dlh", "dpupr")))
        accepted = store.accept(take(store, OTHER), again, {}, NOW)
        assert accepted.repeated == 1
        item = the_item(store, "1")
        assert item.mention.addressed == ("dpupr", "dlh")
        assert item.opd == QUEUE.opd

    @pytest.mark.fault(38)
    def test_the_same_id_on_two_networks_is_two_mentions(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        other = mention("1", network="facebook")
        assert store.fresh([other]) == [True]
        assert put(store, (other, QUEUE)).new == 1
        assert store.count(EVERYTHING, ItemFilter(network="facebook")) == 1

    def test_the_same_mention_twice_on_a_page_is_one(self, store: Store) -> None:
        accepted = put(store, (mention("1"), QUEUE), (mention("2"), QUEUE), (mention("1"), QUEUE))
        assert (accepted.new, accepted.repeated) == (2, 1)
        assert store.count(EVERYTHING, ALL) == 2

    def test_two_versions_on_one_page_end_as_the_newer_one(self, store: Store) -> None:
        old, new = mention("5", "lama", revision="5"), mention("5", "baru", revision="6")
        for first, second in ((old, new), (new, old)):
            put(store, (first, QUEUE), (second, QUEUE))
            assert the_item(store, "5").mention.text == "baru"
        shown = store.item(EVERYTHING, the_item(store, "5").id)
        assert shown is not None
        assert [text for _, text in shown.revisions] == ["lama"]

    @pytest.mark.parametrize("stored", [False, True])
    @pytest.mark.parametrize("newest_first", [False, True])
    def test_of_two_versions_on_a_page_only_the_newest_is_decided(
        self, store: Store, newest_first: bool, stored: bool
    ) -> None:
        if stored:
            put(store, (mention("5", "pertama", revision="5"), QUEUE))
        versions = [mention("5", "kedua", revision="9"), mention("5", "ketiga", revision="10")]
        assert newest(versions) == [versions[1]]
        if newest_first:
            versions.reverse()
        assert newest(versions) == [mention("5", "ketiga", revision="10")]
        decided = {"5": (decision(sector="perhubungan"), queue("dishub"))}
        accepted = store.accept(take(store), page(*versions), decided, NOW)
        assert (accepted.new, accepted.revised, accepted.repeated) == (not stored, stored, 1)
        assert accepted.fetched == 2
        item = the_item(store, "5")
        assert (item.mention.text, item.opd, item.version) == ("ketiga", "dishub", 1 + stored)
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert sorted(text for _, text in shown.revisions) == sorted(
            ["kedua", *(["pertama"] if stored else [])]
        )
        kinds = [event.kind for event in shown.history]
        assert kinds == (["routed", "rerouted"] if stored else ["routed"])
        assert store.fresh(versions) == [False, False]

    def test_two_sources_that_bring_the_same_page_at_once_do_no_harm(
        self, store: Store, reopen: Callable[[], Store]
    ) -> None:
        store.sync_sources([SPEC, OTHER], NOW)
        stores = [store, reopen()]
        leases = [take(store, SPEC), take(store, OTHER)]

        def bring(which: int) -> int:
            new = 0
            for start in range(0, 200, 20):
                wave = [mention(str(start + number)) for number in range(20)]
                assert len(stores[which].fresh(wave)) == 20
                decided = {one.network_id: (DECISION, QUEUE) for one in wave}
                new += stores[which].accept(leases[which], page(*wave), decided, NOW).new
            return new

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(bring, (0, 1))) == 200
        assert store.count(EVERYTHING, ALL) == 200
        assert sum(status.accepted for status in store.sources(NOW)) == 200
        assert store.verify_events() == 200

    def test_what_a_person_brings_is_stored_in_that_persons_name(self, store: Store) -> None:
        brought = mention("baris-1", network="radio", kind="intake", thread_id=None)
        decided = {"baris-1": (DECISION, QUEUE)}
        assert store.intake([brought], decided, "sari", NOW).new == 1
        assert store.intake([brought], decided, "sari", NOW).repeated == 1
        shown = store.item(EVERYTHING, the_item(store, "baris-1").id)
        assert shown is not None
        assert shown.history[0].actor == "sari"

    @pytest.mark.parametrize("revision", ["f00d", "0bad"])
    def test_a_corrected_row_replaces_the_text_whatever_its_hash(
        self, store: Store, revision: str
    ) -> None:
        row = mention("baris-1", "lama", network="radio", kind="intake", revision="abcd")
        right = replace(row, text="benar", revision=revision)
        decided = {"baris-1": (DECISION, QUEUE)}
        store.intake([row], decided, "sari", NOW)
        assert store.fresh([right, row]) == [True, False]
        accepted = store.intake([right], decided, "sari", at(60))
        assert (accepted.new, accepted.revised, accepted.repeated) == (0, 1, 0)
        item = the_item(store, "baris-1")
        assert item.mention.text == "benar"
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert [text for _, text in shown.revisions] == ["lama"]
        assert store.intake([right], decided, "sari", NOW).repeated == 1
        # Taking the correction back is a correction too.
        assert store.intake([row], decided, "sari", NOW).revised == 1
        assert the_item(store, "baris-1").mention.text == "lama"

    def test_hostile_text_never_raises(self, store: Store) -> None:
        texts = [
            "\x00",
            "\ud800",
            "\u202e\u200b",
            "",
            " ",
            "a" + "\u0301" * 10_000,
            "x" * 1_000_000,
        ]
        put(
            store,
            *(
                (mention(str(number), text, author_handle=text[:50], raw=text), QUEUE)
                for number, text in enumerate(texts)
            ),
        )
        while store.index_text(100):
            pass
        found = {item.mention.text for item in store.items(EVERYTHING, ALL)}
        assert found == {"\ufffd", *texts[2:]}


class RevisionsContract:
    @pytest.mark.fault(37)
    def test_an_edit_becomes_a_new_version_and_is_decided_anew(self, store: Store) -> None:
        put(store, (mention("9", "jalan rusak"), QUEUE))
        edited = mention("9", "lampu mati", revision="10", seen_at=at(60), posted_at=at(60))
        assert store.fresh([edited]) == [True]
        accepted = put(store, (edited, queue("dishub"), decision(sector="perhubungan")), now=at(60))
        assert (accepted.new, accepted.revised, accepted.routes) == (0, 1, {})
        assert store.fresh([edited, mention("9")]) == [False, False]
        item = the_item(store, "9")
        assert (item.mention.text, item.opd, item.sector) == (
            "lampu mati", "dishub", "perhubungan",
        )  # fmt: skip
        assert (item.version, item.suggestion) == (2, None)
        assert item.clock_started_at == NOW
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert shown.revisions == ((NOW, "jalan rusak"),)
        assert shown.history[-1].kind == "rerouted"
        assert shown.decision == decision(sector="perhubungan")
        assert store.count(EVERYTHING, ItemFilter(opd="dpupr")) == 0
        assert store.count(EVERYTHING, ItemFilter(opd="dishub")) == 1

    def test_an_older_version_that_comes_late_is_only_kept(self, store: Store) -> None:
        put(store, (mention("9", "tiga", revision="101"), QUEUE))
        older = mention("9", "satu", revision="99")
        assert store.fresh([older]) == [False]
        for _ in range(2):
            assert put(store, (older, queue("dlh"))).repeated == 1
        item = the_item(store, "9")
        assert (item.mention.text, item.opd) == ("tiga", "dpupr")
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert [text for _, text in shown.revisions] == ["satu"]

    def test_a_persons_verdict_is_not_overwritten_but_gets_a_suggestion(self, store: Store) -> None:
        put(store, (mention("9"), QUEUE))
        act(store, the_item(store, "9"), "relabel", opd="disperkim", sector="perumahan")
        edited = mention("9", "banjir", revision="10")
        put(store, (edited, queue("dlh"), decision(sector="drainase_banjir")))
        item = the_item(store, "9")
        assert (item.opd, item.sector, item.mention.text) == ("disperkim", "perumahan", "banjir")
        assert item.suggestion == {
            "opd": "dlh", "sector": "drainase_banjir", "model": "baseline-1",
        }  # fmt: skip
        assert detail(store, item)[-1][0] == "suggested"
        assert act(store, item, "agree").suggestion is None

    def test_an_edit_that_changes_nothing_suggests_nothing(self, store: Store) -> None:
        put(store, (mention("9"), QUEUE))
        act(store, the_item(store, "9"), "agree")
        put(store, (mention("9", "jalan rusak!", revision="10"), QUEUE))
        assert the_item(store, "9").suggestion is None

    def test_a_machine_never_takes_an_item_away(self, store: Store) -> None:
        put(store, (mention("9"), QUEUE))
        put(store, (mention("9", "halo", revision="10"), CONTEXT))
        item = the_item(store, "9")
        assert (item.tab, item.status, item.suggestion) == ("queue", "baru", {"route": "context"})

    def test_an_edit_moves_an_untouched_item_between_the_tabs(self, store: Store) -> None:
        put(store, (mention("9", "mantap"), ASIDE, decision("apresiasi")))
        put(store, (mention("9", "mantap rusaknya", revision="10"), QUEUE))
        item = the_item(store, "9")
        assert (item.tab, item.status, item.jenis) == ("queue", "baru", "pengaduan")
        put(store, (mention("9", "mantap", revision="11"), ASIDE, decision("apresiasi")))
        item = the_item(store, "9")
        assert (item.tab, item.status, item.version) == ("aside", "bukan_aduan", 3)

    def test_an_edit_may_make_an_item_of_what_was_context(self, store: Store) -> None:
        put(store, (mention("9", "info"), CONTEXT))
        edited = mention("9", "tolong", revision="10", posted_at=at(60))
        accepted = put(store, (edited, QUEUE))
        assert (accepted.new, accepted.revised) == (0, 1)
        # It stands in lists at the time of its first version, or paging would never end.
        [item] = store.export(EVERYTHING, ALL)
        assert (item.mention.text, item.clock_started_at) == ("tolong", NOW)

    def test_an_edit_may_make_an_answer_of_what_was_context(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), CONTEXT))
        for revision in ("3", "4"):
            put(store, (answer("2", "1", revision=revision, text=f"versi {revision}"), ANSWER))
        shown = store.item(EVERYTHING, the_item(store, "1").id)
        assert shown is not None
        assert [one.text for one in shown.answers] == ["versi 4"]


class AnswersContract:
    @pytest.mark.parametrize("together", [True, False])
    @pytest.mark.parametrize("answer_first", [True, False])
    def test_complaint_and_answer_meet_whichever_comes_first(
        self, store: Store, answer_first: bool, together: bool
    ) -> None:
        entries = [(mention("1"), QUEUE), (answer("2", "1"), ANSWER)]
        if answer_first:
            entries.reverse()
        for wave in [entries] if together else [[entry] for entry in entries]:
            put(store, *wave, now=at(120))
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(60))
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        [found] = shown.answers
        assert (found.opd, found.posted_at, found.text) == ("dpupr", at(60), "Sudah kami perbaiki")
        assert found.permalink == "https://x.com/dpupr_skm/status/2"
        assert shown.history[-1].kind == "answered"
        assert shown.history[-1].actor == "mesin"
        assert [one.network_id for one in shown.thread] == ["2"]
        assert store.count(EVERYTHING, ItemFilter(status="dijawab")) == 1
        assert store.count(EVERYTHING, ItemFilter(status="baru")) == 0

    def test_an_answer_settles_every_item_of_a_citizens_thread(self, store: Store) -> None:
        put(
            store,
            (mention("1"), QUEUE),
            (mention("2", "di sini juga", parent_id="1", thread_id="1", author_id="8"), QUEUE),
            (mention("7", "lain"), QUEUE),
        )
        put(store, (answer("3", "2", thread_id="1"), ANSWER))
        assert [the_item(store, one).status for one in "127"] == ["dijawab", "dijawab", "baru"]

    @pytest.mark.parametrize("answer_first", [True, False])
    def test_under_an_own_post_only_a_direct_reply_answers(
        self, store: Store, answer_first: bool
    ) -> None:
        put(store, (mention("1", "Info", author_opd="dpupr", kind="post"), CONTEXT))
        comments = [
            (mention(one, parent_id="1", thread_id="1", author_id=one), QUEUE) for one in ("2", "3")
        ]
        reply = (answer("4", "2", thread_id="1"), ANSWER)
        own = (answer("5", "1", thread_id="1"), ANSWER)
        for wave in [[reply, own], comments] if answer_first else [comments, [reply, own]]:
            put(store, *wave)
        assert (the_item(store, "2").status, the_item(store, "3").status) == ("dijawab", "baru")

    def test_while_the_root_is_unknown_a_reply_to_the_root_counts(self, store: Store) -> None:
        put(
            store,
            (mention("2", parent_id="1", thread_id="1"), QUEUE),
            (mention("6", parent_id="5", thread_id="5"), QUEUE),
        )
        put(store, (answer("3", "1"), ANSWER), (answer("7", "99", thread_id="5"), ANSWER))
        assert (the_item(store, "2").status, the_item(store, "6").status) == ("dijawab", "baru")

    def test_what_was_posted_before_a_complaint_does_not_answer_it(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        later = mention("3", "belum juga", parent_id="2", thread_id="1", posted_at=at(61))
        put(store, (later, QUEUE))
        assert the_item(store, "3").status == "baru"

    def test_the_first_of_several_answers_counts_even_if_it_is_seen_last(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE), (answer("3", "1", posted_at=at(90)), ANSWER))
        put(store, (answer("2", "1", posted_at=at(30)), ANSWER))
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(30))
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert [one.posted_at for one in shown.answers] == [at(30), at(90)]

    def test_an_answer_leaves_other_statuses_and_the_aside_tab_alone(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), ASIDE, decision("apresiasi")))
        act(store, the_item(store, "1"), "status", status="selesai")
        put(store, (answer("3", "1"), ANSWER), (answer("4", "2"), ANSWER))
        assert the_item(store, "1").status == "selesai"
        assert the_item(store, "1").answered_at == at(60)
        assert the_item(store, "2").status == "bukan_aduan"

    def test_an_answer_seen_again_does_not_undo_what_a_person_did(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        act(store, the_item(store, "1"), "status", status="proses")
        put(store, (answer("2", "1"), ANSWER))
        assert the_item(store, "1").status == "proses"
        put(store, (answer("3", "1", posted_at=at(7200)), ANSWER))
        assert the_item(store, "1").status == "dijawab"

    def test_an_answer_of_another_network_answers_nothing(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1", network="facebook"), ANSWER))
        assert the_item(store, "1").status == "baru"

    def test_an_edited_complaint_stays_answered(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        put(store, (mention("1", "jalan sangat rusak", revision="2"), queue("dlh")))
        item = the_item(store, "1")
        assert (item.status, item.opd, item.answered_at) == ("dijawab", "dlh", at(60))

    @pytest.mark.parametrize("closed", [True, False])
    def test_a_new_complaint_of_the_same_citizen_reopens(self, store: Store, closed: bool) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        if closed:
            act(store, the_item(store, "1"), "status", status="selesai", now=at(70))
        again = mention("3", "belum beres", parent_id="2", thread_id="1", posted_at=at(100))
        put(store, (again, QUEUE))
        assert the_item(store, "1").status == "proses"
        kind, words = detail(store, the_item(store, "1"))[-1]
        assert (kind, words["by_item"]) == ("reopened", str(the_item(store, "3").id))

    def test_a_new_complaint_reopens_also_when_it_is_read_before_the_answer(
        self, store: Store
    ) -> None:
        again = mention("3", "belum beres", parent_id="2", thread_id="1", posted_at=at(100))
        put(store, (mention("1"), QUEUE), (again, QUEUE))
        put(store, (answer("2", "1"), ANSWER))
        first = the_item(store, "1")
        assert (first.status, first.answered_at) == ("proses", at(60))
        kind, words = detail(store, first)[-1]
        assert (kind, words["by_item"]) == ("reopened", str(the_item(store, "3").id))
        put(store, (answer("4", "1", posted_at=at(200)), ANSWER))
        assert the_item(store, "1").status == "dijawab", "that complaint was answered, too"

    @pytest.mark.parametrize(
        ("more", "route", "jenis"),
        [
            ({"author_id": "8"}, QUEUE, "pengaduan"),
            ({"author_id": None}, QUEUE, "pengaduan"),
            ({"posted_at": at(59)}, QUEUE, "pengaduan"),
            ({}, ASIDE, "apresiasi"),
            ({}, TRIAGE, "apresiasi"),
            ({"thread_id": "3"}, QUEUE, "pengaduan"),
        ],
    )
    def test_nothing_else_reopens(
        self, store: Store, more: dict[str, object], route: Route, jenis: str
    ) -> None:
        assert (jenis in ACTIONABLE) == (route is QUEUE)
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        again = mention("3", **{"thread_id": "1", "posted_at": at(100), **more})
        unsure = replace(decision(jenis), jenis=Prediction(jenis, 0.5))
        put(store, (again, route, unsure))
        assert the_item(store, "1").status == "dijawab"
