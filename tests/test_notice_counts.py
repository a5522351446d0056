"""Digests count as the boards do: what nobody can see is not called unanswered."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from notice_support import Install, Webhook, install, table
from store_support import DECISION, NOW, SENSITIVE, act, mention, put, queue, the_item

from tanggap.mention import SourceSpec
from tanggap.notify import counts
from tanggap.notify.counts import standing
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, Scope
from tanggap.store.rows_lists import Counted

DPUPR = Scope(opds=frozenset({"dpupr"}))
TIMELINE = SourceSpec("x:timeline:dpupr", "x", "timeline", ("dpupr",), "@dpupr_skm", 600)
LONG_AGO = NOW - timedelta(days=9)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "tanggap.db")) as store:
        store.migrate()
        yield store


@pytest.fixture
def town(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Give an install with five complaints; answers of Dinas PUPR on X were read just now."""
    store.sync_sources([TIMELINE], NOW)
    lease = store.lease(TIMELINE.id, "uji", NOW, NOW + timedelta(minutes=3))
    assert lease is not None
    store.finish(lease, NOW, NOW + timedelta(minutes=10), "")
    old = {"posted_at": LONG_AGO, "seen_at": LONG_AGO}
    put(
        store,
        (mention("1", **old), queue("dpupr"), DECISION),
        (mention("2", posted_at=NOW - timedelta(minutes=5)), queue("dpupr", "dlh"), DECISION),
        (mention("3", **old), queue("dlh", "dpupr"), DECISION),  # of whom no account is read
        (mention("4", **old), SENSITIVE, DECISION),
        (mention("5", **old), queue("dpupr"), DECISION),
        now=LONG_AGO,
    )
    act(store, the_item(store, "5"), "status", status="terverifikasi", now=LONG_AGO)
    return install(tmp_path, store, monkeypatch, table("dpupr", 'opd = ["dpupr"]'), {}, NOW)


def number(counted: Counted) -> int:
    assert not counted.more
    return counted.number


def test_each_opd_is_counted_by_what_it_is_in_charge_of(town: Install) -> None:
    found = standing(town.store, town.config, EVERYTHING)
    dpupr, dlh, city = found.counts("dpupr"), found.counts("dlh"), found.counts()
    assert [number(one) for one in dpupr[1:]] == [2, 3, 2, 0, 1]
    assert [number(one) for one in dlh[1:]] == [1, 0, 0, 1, 0]
    assert [number(one) for one in city[1:]] == [3, 3, 2, 1, 1]


def test_those_that_wait_longest_come_first_and_only_of_the_opd_in_charge(town: Install) -> None:
    found = standing(town.store, town.config, DPUPR)
    names = [
        detail.item.mention.network_id
        for one in found.oldest("dpupr", 5)
        if (detail := town.store.item(DPUPR, one)) is not None
    ]
    assert names == ["1", "5", "2"]
    assert len(found.oldest("dpupr", 2)) == 2


def test_more_than_one_digest_judges_are_said_to_be_more(
    town: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "JUDGED_AT_MOST", 2)
    assert standing(town.store, town.config, EVERYTHING).counts("dpupr").unanswered.more


def test_the_message_says_what_cannot_be_seen_and_what_stands_apart(
    tmp_path: Path, store: Store, town: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = Webhook()
    webhook.start()
    try:
        tables = table("kota", 'role = "supervisor"', 'kinds = ["digest"]', 'digest_at = ["09:00"]')
        city = install(tmp_path, store, monkeypatch, tables, {"kota": webhook.url}, NOW)
        store.plan_notice("kota", "2026-11-10T02:00:00.000Z|", NOW)
        assert city.drain("kota") == 1
        [post] = webhook.posts
        assert (
            "Baru: 3. Belum dijawab: 3. Lewat batas jawaban: 2. Tidak terpantau: 1. "
            "Sensitif menunggu: 1."
        ) in post.body
        assert "DPUPR: 3 belum dijawab, 2 lewat" in post.body
    finally:
        webhook.stop()
