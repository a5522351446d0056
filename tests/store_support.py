"""A small world for tests of the store: mentions, decisions, routes and pages with few words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.mention import (
    Cursor,
    Decision,
    Flag,
    Mention,
    Page,
    Prediction,
    Review,
    Route,
    SourceSpec,
)
from tanggap.store.base import Store
from tanggap.store.rows import EVERYTHING, Accepted, Item, ItemFilter, Lease, Scope

NOW = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
SPEC = SourceSpec("x:mentions:dpupr", "x", "mentions", ("dpupr",), "dpupr_skm", 180)
OTHER = SourceSpec("x:timeline:dpupr", "x", "timeline", ("dpupr",), "dpupr_skm", 600)
ALL = ItemFilter()
OPDS = ("dpupr", "dishub", "dlh")


def at(seconds: float) -> datetime:
    """Return NOW plus some seconds."""
    return NOW + timedelta(seconds=seconds)


def only(*opds: str) -> Scope:
    """Return the scope of an admin of some OPD."""
    return Scope(opds=frozenset(opds))


def mention(network_id: str, text: str = "jalan rusak", **more: Any) -> Mention:
    """Return a citizen's mention; it opens its own thread unless told otherwise."""
    values: dict[str, Any] = {
        "network": "x",
        "kind": "mention",
        "posted_at": NOW,
        "seen_at": NOW,
        "author_id": "77",
        "author_handle": "warga",
        "addressed": ("dpupr",),
        "thread_id": network_id,
        "revision": network_id,
        "raw": json.dumps({"id": network_id}),
    }
    return Mention(network_id=network_id, text=text, **{**values, **more})


def answer(network_id: str, parent: str, **more: Any) -> Mention:
    """Return a reply of Dinas PUPR's own account."""
    values: dict[str, Any] = {
        "kind": "reply",
        "author_opd": "dpupr",
        "author_id": "1",
        "author_handle": "dpupr_skm",
        "parent_id": parent,
        "thread_id": parent,
        "posted_at": at(60),
        "permalink": f"https://x.com/dpupr_skm/status/{network_id}",
    }
    return mention(network_id, more.pop("text", "Sudah kami perbaiki"), **{**values, **more})


def decision(jenis: str = "pengaduan", sector: str = "jalan", **more: Any) -> Decision:
    """Return what a confident classifier says."""
    values: dict[str, Any] = {
        "model": "baseline-1",
        "jenis": Prediction(jenis, 0.95, ((jenis, 0.95), ("spam", 0.05))),
        "sector": Prediction(sector, 0.9, ((sector, 0.9),)),
        "opd": Prediction("dpupr", 0.9),
        "place": Prediction("cibeureum", 0.8, (("cibeureum", 0.8),)),
        "urgent": Flag(on=False, confidence=0.1),
        "actionable": 0.97,
        "actionable_thresholds": (0.2, 0.8),
        "sector_threshold": 0.6,
        "because": ("jalan", "rusak"),
    }
    return Decision(**{**values, **more})


DECISION = decision()
QUEUE = Route("queue", "sector", opd="dpupr", candidates=("dpupr", "dishub"))
TRIAGE = replace(QUEUE, name="triage", rule="unsure_sector")
ASIDE = Route("aside", "aside", opd="dpupr")
ANSWER = Route("answer", "own_answer", opd="dpupr")
CONTEXT = Route("context", "own_post")
SENSITIVE = replace(TRIAGE, rule="sensitive", sensitive=True)


def queue(opd: str, *supporting: str) -> Route:
    """Return a route into the queue of one OPD."""
    return Route("queue", "sector", opd=opd, supporting=supporting, candidates=(opd,))


def page(*mentions: Mention, cursor: str = "c1", **more: Any) -> Page:
    """Return a page of mentions."""
    return Page(mentions=mentions, next_cursor=Cursor(cursor), **more)


def take(store: Store, spec: SourceSpec = SPEC, now: datetime = NOW, owner: str = "d1") -> Lease:
    """Return a lease on a source, which is configured first."""
    known = {status.spec.id: status.spec for status in store.sources(now)}
    if spec.id not in known:
        store.sync_sources([*known.values(), spec], now)
    lease = store.lease(spec.id, owner, now, now + timedelta(seconds=180))
    assert lease is not None
    return lease


def put(
    store: Store,
    *entries: tuple[Mention, Route] | tuple[Mention, Route, Decision],
    now: datetime = NOW,
) -> Accepted:
    """Accept one page with the given routes."""
    decided = {
        entry[0].network_id: (entry[2] if len(entry) == 3 else DECISION, entry[1])
        for entry in entries
    }
    lease = take(store, now=now)
    accepted = store.accept(lease, page(*(entry[0] for entry in entries)), decided, now)
    store.release(lease)
    return accepted


def the_item(store: Store, network_id: str) -> Item:
    """Return the item of a mention."""
    [found] = [
        item for item in store.items(EVERYTHING, ALL, limit=1000)
        if item.mention.network_id == network_id
    ]  # fmt: skip
    return found


def act(store: Store, item: Item, verdict: Any, by: str = "sari", **more: Any) -> Item:
    """Do a person's act on the item as it was seen."""
    now = more.pop("now", at(3600))
    scope = more.pop("scope", EVERYTHING)
    done = store.review(scope, Review(item.id, by, verdict, item.version, **more), now)
    assert done is not None
    return done


def recount(store: Store, scope: Scope, wanted: ItemFilter) -> int:
    """Count items by looking at each of them."""
    return len(store.items(scope, wanted, limit=100_000))


def ids(items: Sequence[Item]) -> list[str]:
    """Return the network ids of items, in their order."""
    return [item.mention.network_id for item in items]


def detail(store: Store, item: Item) -> list[tuple[str, Mapping[str, str]]]:
    """Return an item's history as kinds and details."""
    found = store.item(EVERYTHING, item.id)
    assert found is not None
    return [(event.kind, event.detail) for event in found.history]
