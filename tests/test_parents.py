"""What a mention answers is filled in from the page or from the store."""

from pathlib import Path

import pytest
from store_support import DECISION, NOW, QUEUE, SPEC, mention, page, take

from tanggap.store import Store, open_store
from tanggap.turns.parents import with_parent_texts


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(tmp_path / "tanggap.db")
    opened.migrate()
    opened.sync_sources([SPEC], NOW)
    yield opened
    opened.close()


def keep(store: Store, *mentions):
    decided = {one.network_id: (DECISION, QUEUE) for one in mentions}
    store.accept(take(store), page(*mentions), decided, NOW)


def test_a_parent_on_the_same_page_gives_its_text(store: Store) -> None:
    post, comment = mention("1", "jadwal samsat"), mention("2", parent_id="1", thread_id="1")
    filled = with_parent_texts(store, [comment, post])
    assert [one.parent_text for one in filled] == ["jadwal samsat", None]


def test_a_parent_that_was_stored_before_gives_its_text(store: Store) -> None:
    keep(store, mention("1", "jadwal samsat"))
    (filled,) = with_parent_texts(store, [mention("2", parent_id="1", thread_id="1")])
    assert filled.parent_text == "jadwal samsat"


def test_an_unknown_parent_gives_way_to_the_root_of_the_thread(store: Store) -> None:
    keep(store, mention("1", "jadwal samsat"))
    (filled,) = with_parent_texts(store, [mention("3", parent_id="2", thread_id="1")])
    assert filled.parent_text == "jadwal samsat"


def test_what_the_network_sent_along_is_not_replaced(store: Store) -> None:
    keep(store, mention("1", "jadwal samsat"))
    sent = mention("2", parent_id="1", thread_id="1", parent_text="versi lama")
    assert with_parent_texts(store, [sent]) == (sent,)


def test_a_parent_of_another_network_with_the_same_id_is_somebody_else(store: Store) -> None:
    keep(store, mention("1", "jadwal samsat"))
    (filled,) = with_parent_texts(
        store, [mention("2", parent_id="1", thread_id="1", network="facebook")]
    )
    assert filled.parent_text is None


def test_a_post_that_answers_nothing_stays_as_it_is(store: Store) -> None:
    alone = mention("1")
    assert with_parent_texts(store, [alone]) == (alone,)
