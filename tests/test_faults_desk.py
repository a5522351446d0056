"""Fault 54: the desk dies in the middle of a click, and what the next click finds."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
import web_support
from process_support import desk_process
from store_support import ALL, QUEUE, mention, put

from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, Item


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return the database of an install with one item and two people."""
    config = web_support.make_config(tmp_path)
    opened = open_store(config.database_path)
    opened.migrate()
    put(opened, (mention("1"), QUEUE))
    for name in ("ketua", "wakil"):
        opened.add_user(name, "supervisor", [], web_support.password_hash(), config.clock.now())
    yield opened
    opened.close()


def the_item(store: Store) -> Item:
    (item,) = store.items(EVERYTHING, ALL)
    return item


def logged_in(url: str, name: str) -> web_support.Visitor:
    visitor = web_support.Visitor(url)
    assert visitor.post("/masuk", nama=name, sandi=web_support.PASSWORD).status_code == 303
    return visitor


@pytest.mark.fault(54)
def test_a_desk_killed_in_the_middle_of_a_click_did_it_wholly_or_not_at_all(
    store: Store, tmp_path: Path
) -> None:
    item = the_item(store)
    form = {"expected_version": item.version, "why": "sekali saja"}
    with desk_process(tmp_path / "sukamaju.toml") as (process, url):
        person = logged_in(url, "ketua")
        cut_off: list[type[Exception]] = []

        def click() -> None:
            try:
                person.post(f"/aduan/{item.id}/catatan", **form)
            except requests.ConnectionError as exc:
                cut_off.append(type(exc))

        # Another program holds the write lock, so the click is surely under way when it dies.
        with closing(sqlite3.connect(tmp_path / "tanggap.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            clicking = threading.Thread(target=click)
            clicking.start()
            clicking.join(1.5)
            assert clicking.is_alive(), "it did not wait"
            process.kill()
            clicking.join(20)
            other.execute("ROLLBACK")
        assert cut_off
        person.close()
    assert the_item(store) == item
    assert store.verify_events() == 1
    with desk_process(tmp_path / "sukamaju.toml") as (process, url):
        # The same form again has its one effect, and so has the old form of a colleague: none.
        person, colleague = logged_in(url, "ketua"), logged_in(url, "wakil")
        assert person.post(f"/aduan/{item.id}/catatan", **form).status_code == 303
        assert person.post(f"/aduan/{item.id}/catatan", **form).status_code == 409
        late = colleague.post(
            f"/aduan/{item.id}/status", expected_version=item.version, status="proses"
        )
        assert late.status_code == 409
        assert "Aduan ini sudah diubah oleh ketua." in web_support.words_of(late.text)
        person.close()
        colleague.close()
    assert the_item(store).version == item.version + 1
    assert the_item(store).status == item.status
    assert store.verify_events() == 2
