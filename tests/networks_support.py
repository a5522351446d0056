"""A desk of three networks for its tests: their sources, and a thread on Facebook."""

from dataclasses import replace
from datetime import datetime, timedelta

from web_support import NOW, QUEUE, Town, make_decision, make_mention

from tanggap.config import Config
from tanggap.mention import Cursor, Mention, Page, Route, SourceSpec
from tanggap.store.rows import Item, SourceState

CONTEXT = Route("context", "own_post")
ANSWER = Route("answer", "own_answer", opd="dpupr")
ROAD = replace(QUEUE, opd="dpupr", candidates=("dpupr",))
POST = "1001_2001"


def everything_on(config: Config) -> Config:
    """Switch all networks on; on Facebook five OPD are not connected yet."""
    missing = ("dpmd", "distan", "bapenda", "dlh", "inspektorat")
    pages = {opd: name for opd, name in config.facebook.accounts.items() if opd not in missing}
    return replace(
        config,
        facebook=config.facebook.model_copy(update={"enabled": True, "accounts": pages}),
        instagram=config.instagram.model_copy(update={"enabled": True, "watch_days": 21}),
        instagram_web=config.instagram_web.model_copy(update={"enabled": True}),
    )


def only_web(config: Config) -> Config:
    """Switch on nothing but the way of Instagram without a token."""
    web = config.instagram_web.model_copy(update={"enabled": True})
    return replace(config, instagram_web=web)


def add_all(made: Town) -> None:
    """Store the sources of the config, each read once a minute ago."""
    _add(made, ("facebook", "instagram", "instagram_web"))


def add_web(made: Town) -> None:
    """Store the sources of the way without a token, each read once a minute ago."""
    _add(made, ("instagram_web",))


def _add(made: Town, networks: tuple[str, ...]) -> None:
    config, store, now = made.config, made.store, made.clock.now()
    specs = []
    if "facebook" in networks:
        specs.append(SourceSpec("meta:token", "facebook", "token", (), "token Meta", 86_400))
    for network, prefix, accounts, kinds in (
        ("facebook", "meta:facebook", config.facebook.accounts, ("feed", "tagged")),
        ("instagram", "meta:instagram", config.instagram.accounts, ("media", "tags")),
        ("instagram_web", "instagram_web", config.instagram_web.accounts, ("media", "tagged")),
    ):
        specs += [
            SourceSpec(f"{prefix}:{opd}:{kind}", network, kind, (opd,), name, 300)
            for opd, name in accounts.items()
            for kind in kinds
            if network in networks
        ]
    store.sync_sources(specs, now - timedelta(minutes=2))
    for spec in specs:
        poll(made, spec.id, now - timedelta(minutes=1))


def poll(made: Town, source_id: str, at: datetime, ends: datetime | None = None) -> None:
    lease = made.store.lease(source_id, "uji", at, at + timedelta(minutes=3))
    assert lease is not None, source_id
    made.store.accept(lease, Page((), Cursor("{}"), token_ends_at=ends), {}, at)
    made.store.finish(lease, at, at, "")


def fail(made: Town, source_id: str, state: SourceState, code: str) -> None:
    now = made.clock.now()
    lease = made.store.lease(source_id, "uji", now, now + timedelta(minutes=3))
    assert lease is not None, source_id
    made.store.fail(lease, now, now + timedelta(hours=1), state, code, "")


def on_facebook(number: int, text: str, parent: str | None = POST, **more: object) -> Mention:
    """Return a comment under the post, by a person whom Facebook names."""
    values: dict[str, object] = {
        "network": "facebook",
        "network_id": f"2001_{number}",
        "kind": "comment" if parent == POST else "reply",
        "parent_id": parent,
        "thread_id": POST,
        "author_handle": f"Warga Nomor{number}",
        "permalink": f"https://www.facebook.com/dpupr.sukamaju/posts/2001?comment_id={number}",
    }
    return make_mention(number, text, **{**values, **more})


def the_post(text: str = "Perbaikan Jl. Melati mulai Senin depan", **more: object) -> Mention:
    return on_facebook(
        300, text, None, network_id=POST, kind="post", author_opd="dpupr",
        permalink="https://www.facebook.com/1001/posts/2001", **more,
    )  # fmt: skip


def store(made: Town, mention: Mention, route: Route) -> None:
    """Store what makes no item."""
    made.store.intake([mention], {mention.network_id: (make_decision(), route)}, "uji", NOW)


def put(made: Town, mention: Mention, route: Route = ROAD) -> Item:
    return made.put(mention, make_decision("jalan", route.opd or ""), route)
