"""What every store promises about records of answers that are withdrawn or corrected."""

from dataclasses import replace
from typing import Any

import pytest
from store_contract_answers import DLH, DPUPR, LINK, answers, facts, record
from store_contract_presence import HOUR, read
from store_support import ANSWER, QUEUE, TRIAGE, act, answer, at, detail, mention, put, the_item

from tanggap.errors import InputError, VersionConflict
from tanggap.mention import Review
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING, Item


def the_record(store: Store, item: Item, index: int = 0) -> int:
    found = [one.record for one in answers(store, item) if one.recorded_by]
    record = found[index]
    assert record is not None
    return record


def withdraw(store: Store, item: Item, index: int = 0, **more: Any) -> Item:
    record = the_record(store, item, index)
    return act(store, item, "withdraw", **{"why": "salah aduan", "withdraws": record, **more})


class WithdrawnAnswersContract:
    @pytest.mark.parametrize("status", ["baru", "terverifikasi", "proses", "tertunda"])
    def test_a_withdrawn_record_leaves_the_item_as_it_was_before_it(
        self, store: Store, status: str
    ) -> None:
        put(store, (mention("1"), QUEUE))
        if status != "baru":
            act(store, the_item(store, "1"), "status", status=status, why="x", now=at(60))
        done = record(store, the_item(store, "1"))
        back = withdraw(store, done)
        assert (back.status, back.tab, back.answered_at) == (status, "queue", None)
        assert back.version == done.version + 1
        assert answers(store, back) == ()
        [one] = facts(store).values()
        assert (one.answers, one.status) == ((), status)

    def test_another_record_without_a_link_keeps_the_link_and_a_first_one_needs_it(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE), (mention("5"), QUEUE))
        done = record(store, the_item(store, "1"))
        foreign = the_record(store, record(store, the_item(store, "5"), link=LINK + "5"))
        anew = {"link": "", "opd": "dlh", "why": "tertukar"}
        with pytest.raises(InputError, match="sudah ditarik"):
            record(store, done, withdraws=foreign, **anew)
        for _ in range(2):
            done = record(store, done, withdraws=the_record(store, done), **anew)
            assert [(one.opd, one.permalink) for one in answers(store, done)] == [("dlh", LINK)]
        with pytest.raises(InputError, match="https"):
            record(store, done, link="")

    def test_the_history_keeps_both_with_the_reason(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        done = record(store, the_item(store, "1"))
        number = the_record(store, done)
        withdraw(store, done)
        shown = store.item(EVERYTHING, done.id)
        assert shown is not None
        assert [event.kind for event in shown.history][-2:] == ["answer", "withdraw"]
        assert shown.history[-1].detail["record"] == str(number)
        assert shown.history[-1].detail["status_to"] == "baru"
        assert [(note.verdict, note.why) for note in shown.notes] == [("withdraw", "salah aduan")]

    def test_one_from_triage_waits_there_again_unless_a_person_has_decided(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), TRIAGE), (mention("2"), TRIAGE))
        assert withdraw(store, record(store, the_item(store, "1"))).tab == "triage"
        record(store, the_item(store, "2"))
        assert withdraw(store, act(store, the_item(store, "2"), "agree")).tab == "queue"

    def test_another_answer_still_answers(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("5"), QUEUE))
        record(store, the_item(store, "1"))
        twice = record(store, the_item(store, "1"), answered_at=at(1200), link=LINK + "2")
        left = withdraw(store, twice, 0)
        assert (left.status, left.answered_at) == ("dijawab", at(1800))
        assert withdraw(store, left).status == "baru"
        recorded = record(store, the_item(store, "5"))
        put(store, (answer("6", "5", posted_at=at(4000)), ANSWER), now=at(4001))
        left = withdraw(store, the_item(store, "5"))
        assert (left.status, left.answered_at) == ("dijawab", at(4000))
        assert recorded.answered_at == at(1800)

    def test_an_answer_from_before_a_person_took_the_status_back_does_not(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE), (answer("2", "1"), ANSWER))
        act(store, the_item(store, "1"), "status", status="proses", now=at(3700))
        left = withdraw(store, record(store, the_item(store, "1"), now=at(3800)), now=at(3900))
        assert (left.status, left.answered_at) == ("proses", at(60))

    def test_a_status_that_a_person_set_beside_it_stays(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        act(store, the_item(store, "1"), "status", status="dijawab", why="lewat loket", now=at(90))
        left = withdraw(store, record(store, the_item(store, "1")))
        assert (left.status, left.answered_at) == ("dijawab", at(90))
        closed = act(store, record(store, the_item(store, "2")), "status", status="selesai")
        left = withdraw(store, closed)
        assert (left.status, left.answered_at) == ("selesai", None)

    def test_what_the_machine_closed_because_of_it_waits_again(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        for one in "12":
            record(store, the_item(store, one))
        record(store, the_item(store, "2"), answered_at=at(1900), answer_kind="template")
        closed = store.close_answered(list(facts(store).values()), at(9000))
        assert len(closed) == 2
        assert withdraw(store, the_item(store, "1"), now=at(9001)).status == "baru"
        assert withdraw(store, the_item(store, "2"), now=at(9001)).status == "dijawab"

    @pytest.mark.parametrize("recorded", [0.5 * HOUR, 1.5 * HOUR])
    @pytest.mark.parametrize("status", ["baru", "proses"])
    def test_an_answer_that_is_gone_from_its_network_answers_nothing(
        self, store: Store, recorded: float, status: str
    ) -> None:
        put(store, (mention("1"), QUEUE))
        if status != "baru":
            act(store, the_item(store, "1"), "status", status=status, now=at(60))
        if recorded < HOUR:
            record(store, the_item(store, "1"), answered_at=at(120), now=at(recorded))
        read(store, 1, answer("2", "1"))
        if recorded > HOUR:
            record(store, the_item(store, "1"), answered_at=at(120), now=at(recorded))
        for hours in (2, 3):
            read(store, hours)
        item = the_item(store, "1")
        assert (item.status, item.answered_at) == ("dijawab", at(120))
        left = withdraw(store, item, now=at(4 * HOUR))
        assert (left.status, left.answered_at) == (status, None)
        [one] = facts(store).values()
        assert (one.answers, one.status, len(one.gone)) == ((), status, 1)

    def test_an_answer_that_is_back_from_being_gone_answers_again(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        read(store, 1, answer("2", "1"))
        for hours in (2, 3):
            read(store, hours)
        record(store, the_item(store, "1"), now=at(3.5 * HOUR))
        read(store, 4, answer("2", "1"))
        left = withdraw(store, the_item(store, "1"), now=at(5 * HOUR))
        assert (left.status, left.answered_at) == ("dijawab", at(60))

    def test_what_the_machine_closed_by_an_answer_that_is_gone_waits_again(
        self, store: Store
    ) -> None:
        put(store, (mention("1"), QUEUE))
        read(store, 1, answer("2", "1"))
        record(store, the_item(store, "1"), answered_at=at(120), now=at(1.2 * HOUR))
        assert store.close_answered(list(facts(store).values()), at(1.5 * HOUR))
        for hours in (2, 3):
            read(store, hours)
        assert withdraw(store, the_item(store, "1"), now=at(4 * HOUR)).status == "baru"

    def test_undoing_the_withdrawal_brings_it_back(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        back = withdraw(store, record(store, the_item(store, "1")))
        store.undo(EVERYTHING, "sari", back.id, back.version, at(3605), at(3600))
        again = the_item(store, "1")
        assert (again.status, again.answered_at) == ("dijawab", at(1800))
        assert [one.permalink for one in answers(store, again)] == [LINK]
        assert withdraw(store, again).status == "baru"

    def test_a_corrected_record_stands_in_the_place_of_the_old_one(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        done = record(store, the_item(store, "1"))
        old = the_record(store, done)
        other = {"opd": "dlh", "answered_at": at(2400), "answer_kind": "template"}
        right = record(store, done, withdraws=old, why="salah jam", **other)
        assert (right.status, right.answered_at) == ("dijawab", at(2400))
        assert right.version == done.version + 1
        [one] = answers(store, right)
        assert (one.opd, one.posted_at, one.kind) == ("dlh", at(2400), "template")
        assert detail(store, right)[-1] == ("answer", {"record": str(old)})
        [one_fact] = facts(store).values()
        assert len(one_fact.answers) == 1
        store.undo(EVERYTHING, "sari", right.id, right.version, at(3605), at(3600))
        [one] = answers(store, right)
        assert (one.opd, one.posted_at, one.record) == ("dpupr", at(1800), old)
        assert the_item(store, "1").answered_at == at(1800)

    def test_a_corrected_record_can_be_withdrawn_too(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        done = record(store, the_item(store, "1"))
        old = the_record(store, done)
        right = record(store, done, withdraws=old, why="salah tautan", link=LINK + "2")
        left = withdraw(store, right)
        assert (left.status, answers(store, left)) == ("baru", ())

    def test_what_cannot_be_withdrawn_is_refused_and_changes_nothing(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE), (mention("2"), QUEUE))
        done, other = record(store, the_item(store, "1")), the_item(store, "2")
        number = the_record(store, done)
        for item, wrong in (
            (other, number),
            (done, None),
            (done, 0),
            (done, 2**70),
            (done, number + 1),
        ):
            with pytest.raises(InputError, match="sudah ditarik"):
                act(store, item, "withdraw", why="x", withdraws=wrong)
        with pytest.raises(InputError, match="alasannya"):
            act(store, done, "withdraw", why=" ", withdraws=number)
        with pytest.raises(InputError, match="https"):
            record(store, done, withdraws=number, why="x", link="lewat telepon")
        assert the_item(store, "1") == done
        gone = withdraw(store, done)
        with pytest.raises(InputError, match="sudah ditarik"):
            act(store, gone, "withdraw", why="x", withdraws=number)

    def test_only_who_sees_the_item_withdraws_and_only_what_is_seen(self, store: Store) -> None:
        put(store, (mention("1"), QUEUE))
        done = record(store, the_item(store, "1"))
        taken = Review(
            done.id, "budi", "withdraw", done.version, "x", withdraws=the_record(store, done)
        )
        assert store.review(DLH, taken, at(3700)) is None
        with pytest.raises(VersionConflict):
            store.review(EVERYTHING, replace(taken, expected_version=1), at(3700))
        assert store.review(DPUPR, taken, at(3700)) is not None
