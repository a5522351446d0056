"""What every store promises about answers: their kind, those by hand, and the facts of all."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from store_support import (
    ANSWER,
    ASIDE,
    CONTEXT,
    DECISION,
    QUEUE,
    SENSITIVE,
    TRIAGE,
    act,
    answer,
    at,
    decision,
    detail,
    mention,
    put,
    the_item,
)

from tanggap.clocks import asks
from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, JENIS, UNANSWERED, Decision, Prediction
from tanggap.reactions import reaction
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING, Answer, Item, Scope
from tanggap.store.rows_answers import AnswerFacts, LaterPost

LINK = "https://contoh.sukamaju.go.id/jawaban/1"
DPUPR, DLH = Scope(opds=frozenset({"dpupr"})), Scope(opds=frozenset({"dlh"}))


def judged(kind: str, confidence: float = 0.9) -> Decision:
    return replace(
        DECISION,
        answer=Prediction(kind, confidence),
        because=("sektor:jalan", "jawaban:sudah diperbaiki"),
    )


def record(store: Store, item: Item, **more: Any) -> Item:
    values = {"opd": "dpupr", "answered_at": at(1800), "link": LINK, "answer_kind": "substantif"}
    return act(store, item, "answer", **{**values, **more})


def answers(store: Store, item: Item) -> tuple[Answer, ...]:
    found = store.item(EVERYTHING, item.id)
    assert found is not None
    return found.answers


def facts(store: Store, scope: Scope = EVERYTHING, **more: Any) -> dict[int, AnswerFacts]:
    return {one.item_id: one for one in store.answer_facts(scope, **more)}


class AnswerKindsContract:
    def test_the_kind_of_an_answer_is_kept_with_the_words_that_decided(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER, judged("template", 0.7)))
        [one] = answers(store, the_item(store, "1"))
        assert (one.kind, one.kind_confidence, one.kind_by) == ("template", 0.7, "")
        assert one.because == ("jawaban:sudah diperbaiki",)

    def test_an_answer_that_was_not_judged_has_no_kind(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        [one] = answers(store, the_item(store, "1"))
        assert (one.kind, one.because) == (None, ())

    def test_an_edited_answer_is_judged_anew_until_a_person_says_what_it_is(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER, judged("template")))
        edited = answer("2", "1", text="Sudah ditambal", revision="3")
        put(store, (edited, ANSWER, judged("substantif")))
        item = the_item(store, "1")
        [one] = answers(store, item)
        assert (one.text, one.kind) == ("Sudah ditambal", "substantif")
        assert one.id is not None
        assert store.correct_answer_kind(EVERYTHING, item.id, one.id, "arahkan", "sari", at(99))
        again = answer("2", "1", text="Silakan hubungi 112", revision="4")
        put(store, (again, ANSWER, judged("template")))
        [one] = answers(store, item)
        assert (one.text, one.kind, one.kind_by) == ("Silakan hubungi 112", "arahkan", "sari")

    def test_a_corrected_kind_stands_in_the_history_and_moves_the_page(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER, judged("template")))
        item, before = the_item(store, "1"), store.changed_at(DPUPR)
        [one] = answers(store, item)
        assert one.id is not None
        assert store.correct_answer_kind(DPUPR, item.id, one.id, "minta_dm", "sari", at(99))
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        event = shown.history[-1]
        assert (event.kind, event.actor) == ("answer_kind", "sari")
        assert (event.detail["kind_from"], event.detail["kind_to"]) == ("template", "minta_dm")
        assert store.changed_at(DPUPR) != before
        assert the_item(store, "1").version == item.version

    def test_only_who_sees_the_item_corrects_a_kind(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("5"), QUEUE), (answer("2", "1"), ANSWER))
        item, other = the_item(store, "1"), the_item(store, "5")
        [one] = answers(store, item)
        assert one.id is not None
        correct = store.correct_answer_kind
        assert not correct(DLH, item.id, one.id, "template", "budi", at(1))
        assert not correct(EVERYTHING, other.id, one.id, "template", "budi", at(1))
        assert not correct(EVERYTHING, 999, one.id, "template", "budi", at(1))
        assert not correct(EVERYTHING, item.id, 2**70, "template", "budi", at(1))
        with pytest.raises(InputError, match="substantif"):
            correct(EVERYTHING, item.id, one.id, "bagus", "budi", at(1))
        assert answers(store, item)[0].kind is None

    def test_the_word_on_a_kind_goes_back_to_the_classifier(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER, judged("template", 0.7)))
        item = the_item(store, "1")
        [one] = answers(store, item)
        assert one.id is not None
        before = one
        for kind in ("minta_dm", "arahkan"):
            assert store.correct_answer_kind(DPUPR, item.id, one.id, kind, "sari", at(98))
        assert store.return_answer_kind(DPUPR, item.id, one.id, "budi", at(99))
        assert answers(store, item) == (before,)
        assert detail(store, item)[-1] == (
            "answer_kind_returned",
            {"answer": str(one.id), "kind_from": "arahkan", "kind_to": "template"},
        )
        lines = len(detail(store, item))
        assert store.return_answer_kind(DPUPR, item.id, one.id, "budi", at(100))
        assert len(detail(store, item)) == lines

    def test_it_says_then_what_it_makes_of_the_latest_wording(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER, judged("template")))
        item = the_item(store, "1")
        [one] = answers(store, item)
        assert one.id is not None
        store.correct_answer_kind(EVERYTHING, item.id, one.id, "arahkan", "sari", at(99))
        edited = answer("2", "1", text="Sudah ditambal", revision="3")
        put(store, (edited, ANSWER, judged("substantif", 0.8)))
        store.return_answer_kind(EVERYTHING, item.id, one.id, "sari", at(100))
        [one] = answers(store, item)
        assert (one.kind, one.kind_confidence, one.kind_by) == ("substantif", 0.8, "")

    def test_only_who_sees_the_item_gives_a_kind_back(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        item = the_item(store, "1")
        [one] = answers(store, item)
        assert one.id is not None
        store.correct_answer_kind(EVERYTHING, item.id, one.id, "arahkan", "sari", at(99))
        assert not store.return_answer_kind(DLH, item.id, one.id, "budi", at(100))
        assert not store.return_answer_kind(EVERYTHING, item.id, 2**70, "budi", at(100))
        assert answers(store, item)[0].kind_by == "sari"

    @pytest.mark.parametrize("answer_first", [True, False])
    def test_a_post_that_only_names_the_citizen_meets_the_mention(
        self, store: Store, answer_first: bool
    ) -> None:
        post = answer("2", "1", text="@Warga_Satu sudah kami perbaiki", kind="post")
        entries = [
            (mention("1", author_handle="warga_satu"), QUEUE),
            (replace(post, parent_id=None, thread_id=None), ANSWER),
        ]
        for entry in reversed(entries) if answer_first else entries:
            put(store, entry)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(60))
        put(store, (mention("3", author_handle="warga_dua"), QUEUE))
        assert the_item(store, "3").status == "baru"


class RecordedAnswersContract:
    def test_a_recorded_answer_answers_the_item_with_its_link(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        done = record(store, the_item(store, "1"))
        assert (done.status, done.answered_at) == ("dijawab", at(1800))
        [one] = answers(store, done)
        assert (one.opd, one.posted_at, one.permalink) == ("dpupr", at(1800), LINK)
        assert (one.kind, one.recorded_by, one.id) == ("substantif", "sari", None)

    def test_one_in_triage_leaves_it_and_a_sensitive_one_keeps_its_lane(self, store: Store) -> None:
        put(store, (mention("1"), TRIAGE), (mention("2"), SENSITIVE))
        assert record(store, the_item(store, "1")).tab == "queue"
        assert record(store, the_item(store, "2")).tab == "sensitive"

    def test_what_is_closed_stays_closed(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        closed = act(store, the_item(store, "1"), "status", status="selesai")
        assert record(store, closed).status == "selesai"

    def test_undoing_takes_it_back(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        done = record(store, the_item(store, "1"))
        store.undo(EVERYTHING, "sari", done.id, done.version, at(3605), at(3600))
        assert answers(store, done) == ()
        assert the_item(store, "1").answered_at is None

    def test_a_status_that_waits_takes_it_back_until_that_is_undone(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        done = record(store, the_item(store, "1"))
        for _ in range(2):
            back = act(store, the_item(store, "1"), "status", status="proses")
            assert answers(store, back) == ()
            assert back.answered_at is None
            store.undo(EVERYTHING, "sari", back.id, back.version, at(3605), at(3600))
            assert [one.permalink for one in answers(store, done)] == [LINK]
            assert the_item(store, "1").answered_at == at(1800)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"opd": None}, "OPD yang menjawab"),
            ({"link": "lewat telepon"}, "https"),
            ({"link": "javascript:alert(1)//a.b"}, "https"),
            ({"answered_at": None}, "kapan"),
            ({"answered_at": at(3601)}, "masih di depan"),
            ({"answered_at": at(-1)}, "lebih dulu"),
            ({"answer_kind": "bagus"}, "substantif"),
        ],
    )
    def test_what_cannot_be_is_refused_and_changes_nothing(
        self, store: Store, wrong: dict[str, Any], said: str
    ) -> None:
        put(store, (mention("1"), QUEUE))
        item = the_item(store, "1")
        with pytest.raises(InputError, match=said):
            record(store, item, **wrong)
        assert the_item(store, "1") == item


class AnswerFactsContract:
    def test_the_facts_of_an_item_hold_who_answered_when_and_how(self, store: Store) -> None:
        put(
            store,
            (mention("1", addressed=("dpupr",)), QUEUE),
            (answer("2", "1"), ANSWER, judged("template")),
            (answer("3", "1", posted_at=at(90)), ANSWER, judged("substantif")),
        )
        record(store, the_item(store, "1"), answered_at=at(70), answer_kind=None)
        [one] = facts(store).values()
        assert [(a.opd, a.posted_at, a.kind, a.by_hand) for a in one.answers] == [
            ("dpupr", at(60), "template", False),
            ("dpupr", at(70), None, True),
            ("dpupr", at(90), "substantif", False),
        ]
        assert (one.network, one.kind, one.posted_at) == ("x", "mention", at(0))
        assert (one.opd, one.sector, one.jenis, one.status) == (
            "dpupr", "jalan", "pengaduan", "dijawab",
        )  # fmt: skip
        assert (one.addressed, one.under_opd) == (("dpupr",), None)

    def test_they_hold_how_the_status_went(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        act(store, the_item(store, "1"), "agree", now=at(100))
        act(store, the_item(store, "1"), "status", status="tertunda", why="x", now=at(200))
        back = act(store, the_item(store, "1"), "status", status="proses", now=at(300))
        store.undo(EVERYTHING, "sari", back.id, back.version, at(310), at(300))
        [one] = facts(store).values()
        assert [(c.status, c.at, c.by) for c in one.changes[1:]] == [
            ("terverifikasi", at(100), "sari"),
            ("tertunda", at(200), "sari"),
            ("proses", at(300), "sari"),
            ("tertunda", at(310), "sari"),
        ]
        assert (one.changes[0].status, one.changes[0].by) == ("baru", "mesin")

    def test_they_say_under_whose_post_a_comment_stands(self, store: Store) -> None:
        put(store, (mention("1", "Info", author_opd="dlh", kind="post"), CONTEXT))
        put(store, (mention("2", kind="comment", parent_id="1", thread_id="1"), QUEUE))
        [one] = facts(store).values()
        assert (one.under_opd, one.kind, one.root_posted_at) == ("dlh", "comment", at(0))

    def test_they_say_since_when_the_opd_has_it(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), TRIAGE), (mention("3"), QUEUE))
        act(store, the_item(store, "1"), "forward", opd="dlh", why="salah", now=at(100))
        act(store, the_item(store, "2"), "agree", now=at(200))
        act(store, the_item(store, "3"), "agree", now=at(300))
        since = {number: one.in_charge_since for number, one in facts(store).items()}
        assert [since[the_item(store, one).id] for one in "123"] == [at(100), at(200), None]

    @pytest.mark.parametrize("opened_by_opd", [False, True])
    def test_they_say_what_the_same_citizen_wrote_later_in_the_thread(
        self, store: Store, opened_by_opd: bool
    ) -> None:
        thread = {"kind": "comment", "parent_id": "1", "thread_id": "1"}
        if opened_by_opd:
            put(store, (mention("1", "Info", author_opd="dlh", kind="post"), CONTEXT))
            first = mention("2", **thread)
        else:
            first = mention("1")
        under = first.network_id
        put(store, (first, QUEUE), (replace(answer("3", under), thread_id="1"), ANSWER))
        thanks = mention("4", "terima kasih", posted_at=at(90), **thread)
        put(store, (thanks, ASIDE, decision("apresiasi")))
        put(store, (mention("5", author_id="78", posted_at=at(91), **thread), QUEUE))
        put(store, (mention("6", posted_at=at(92)), QUEUE))
        put(store, (mention("7", posted_at=at(-9), **thread), QUEUE))
        found = facts(store)[the_item(store, under).id]
        assert found.later == (LaterPost(at(90), "apresiasi", "aside"),)
        assert reaction(found) == "thanks"
        assert facts(store)[the_item(store, "6").id].later == ()
        put(store, (mention("8", posted_at=at(95), **thread), QUEUE))
        item = the_item(store, under)
        seen = store.item_facts(DPUPR, item.id)
        assert seen is not None
        assert (reaction(seen), item.status) == ("again", "proses")

    def test_what_is_counted_as_asking_is_what_the_rule_calls_so(self, store: Store) -> None:
        routes = (QUEUE, SENSITIVE, TRIAGE, ASIDE)
        kinds = [replace(DECISION, jenis=None), *(decision(jenis) for jenis in JENIS)]
        cases = [(route, kind) for route in routes for kind in kinds]
        hours = [at(3600 * number) for number in range(len(cases))]
        put(
            store,
            *(
                (mention(str(number), posted_at=hour), *case)
                for number, (hour, case) in enumerate(zip(hours, cases, strict=True))
            ),
        )
        known = facts(store).values()
        tabs = ("queue", "sensitive", "triage", "aside")
        assert {(one.tab, one.jenis) for one in known} == set(product(tabs, (None, *JENIS)))
        asking = {one.posted_at for one in known if asks(one)}
        assert len(asking) == 2 * (1 + len(ACTIONABLE))
        [counted] = store.received_by_hour(EVERYTHING, "network", hours[0], at(10**6)).values()
        assert dict.fromkeys(asking, 1) == counted

    def test_a_scope_and_an_interval_narrow_them(self, store: Store) -> None:
        put(
            store,
            (mention("1"), QUEUE),
            (mention("2", posted_at=at(10)), replace(QUEUE, opd="dlh")),
            (mention("3", posted_at=at(20)), QUEUE),
        )
        number = {one: the_item(store, one).id for one in "123"}
        assert list(facts(store)) == [number[one] for one in "123"]
        assert list(facts(store, DPUPR)) == [number["1"], number["3"]]
        assert list(facts(store, since=at(10), before=at(20))) == [number["2"]]
        act(store, the_item(store, "1"), "status", status="selesai")
        assert list(facts(store, statuses=UNANSWERED)) == [number["2"], number["3"]]
        assert store.item_facts(DPUPR, number["1"]) == facts(store)[number["1"]]
        for nobodys in (store.item_facts(DPUPR, number["2"]), store.item_facts(EVERYTHING, 2**70)):
            assert nobodys is None

    def test_more_than_a_page_comes_whole_and_in_order(self, store: Store) -> None:
        posted = [at(number // 3) for number in range(1100)]
        put(
            store,
            *((mention(str(n), posted_at=moment), QUEUE) for n, moment in enumerate(posted)),
        )
        found = list(store.answer_facts(EVERYTHING))
        assert [one.posted_at for one in found] == sorted(posted)
        assert len({one.item_id for one in found}) == len(posted)


class AutoCloseContract:
    def test_an_answered_item_is_closed_by_the_machine_with_its_reason(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        item = the_item(store, "1")
        assert store.close_answered([facts(store)[item.id]], at(900)) == [item.id]
        shown = store.item(EVERYTHING, item.id)
        assert shown is not None
        assert (shown.item.status, shown.item.version) == ("selesai", item.version + 1)
        assert (shown.history[-1].kind, shown.history[-1].actor) == ("closed", "mesin")
        [one] = facts(store).values()
        assert (one.changes[-1].status, one.changes[-1].by) == ("selesai", "mesin")
        assert store.close_answered([one], at(901)) == []

    def test_what_changed_meanwhile_is_left_alone(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER), (mention("3"), QUEUE))
        seen = list(facts(store).values())
        act(store, the_item(store, "1"), "note", why="masih ditunggu")
        assert store.close_answered(seen, at(9)) == []
        assert the_item(store, "1").status == "dijawab"

    def test_a_further_answer_or_another_kind_of_one_keeps_it_open(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER, judged("substantif")))
        item = the_item(store, "1")
        seen = list(facts(store).values())
        put(store, (answer("3", "1", posted_at=at(90)), ANSWER, judged("template")))
        assert store.close_answered(seen, at(900)) == []
        seen = list(facts(store).values())
        [first, _] = answers(store, item)
        assert first.id is not None
        store.correct_answer_kind(EVERYTHING, item.id, first.id, "arahkan", "sari", at(901))
        assert store.close_answered(seen, at(902)) == []
        assert store.close_answered(list(facts(store).values()), at(903)) == [item.id]

    def test_a_new_complaint_opens_what_was_closed_by_itself(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        store.close_answered(list(facts(store).values()), at(900))
        again = mention("3", "rusak lagi", parent_id="1", thread_id="1", posted_at=at(1000))
        put(store, (again, QUEUE), now=at(1001))
        assert the_item(store, "1").status == "proses"

    def test_one_that_was_written_before_the_closing_and_read_after_it_opens_it_too(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        store.close_answered(list(facts(store).values()), at(900))
        again = mention("3", "rusak lagi", parent_id="1", thread_id="1", posted_at=at(800))
        put(store, (again, QUEUE), now=at(1001))
        assert the_item(store, "1").status == "proses"
