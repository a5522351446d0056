"""All pages of the desk, with something on each: for tests that look at every one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis_support import CANDIDATE, Bench
from test_web_routes import routes_of
from web_support import (
    NOW,
    Town,
    add_sources,
    answer_some,
    complaints,
    make_decision,
    make_mention,
    town,
)

from tanggap.mention import Engagement, Route
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.store.rows_outbox import NoticeChannel

NO_PAGE = {"/antrean/hitung", "/analis/pekerjaan", "/metrics", "/sehat", "/"} | {
    "/papan/unduh/{table}.{form}",
}
"""GET routes that are no page: figures, files, a part that a page fetches, and what leads on."""


@contextmanager
def full_desk(folder: Path) -> Iterator[Bench]:
    """Serve a desk on which every page has something to show."""
    with town(folder, x_enabled=True) as made:
        for mention, decision, route in complaints():
            made.store.intake([mention], {mention.network_id: (decision, route)}, "uji", NOW)
        reactions = {"engagement": Engagement(40, 3, 5)}
        post = make_mention(900, kind="post", author_opd="dishub", **reactions)
        own = {post.network_id: (make_decision(), Route("context", "own_post"))}
        made.store.intake([post], own, "uji", NOW)
        made.put(make_mention(901, kind="reply", thread_id=post.network_id, **reactions))
        add_sources(made)
        answer_some(made)
        made.store.note_export("ketua", "csv", "tab=queue", 3, NOW)
        made.store.save_view("ketua", "Jalan rusak", "tab=queue&sektor=jalan", True, NOW)
        put_notices(made)
        made.store.begin_totp("ketua", "5e" * 20, "")
        bench = Bench(made)
        bench.put_all()
        bench.put_models()
        two = [one.id for one in made.store.items(EVERYTHING, ItemFilter(), limit=3)]
        made.store.join_incident(EVERYTHING, two[:2], "Lampu mati", "ketua", NOW)
        made.store.join_incident(EVERYTHING, [two[0], two[2]], "", "ketua", NOW)
        yield bench


def put_notices(made: Town) -> None:
    """Let a channel fail, and let notices wait, be sent and be given up."""
    channel = NoticeChannel("kota", everything=True, kinds=("urgent", "digest"))
    made.store.sync_notice_channels([channel], NOW)
    for key in ("1", "2", "3"):
        made.store.plan_notice("kota", f"2026-11-20T0{key}:00 ", NOW)
    sent, dead, failed = made.store.due_notices("kota", NOW)
    made.store.notice_sent(sent.id, NOW)
    made.store.end_notice(dead.id, "gave_up", NOW)
    made.store.notice_failed(failed.id, "refused", NOW, NOW, channel_too=True)


def paths_of(full: Bench) -> list[str]:
    """Return an address for each page that a supervisor may open, and those that they lead to."""
    made = full.town
    item = made.store.items(EVERYTHING, ItemFilter(), limit=1)[0].id
    values = {"{number}": str(item), "{version}": CANDIDATE, "{incident}": "1"}
    paths = []
    for route in routes_of(made.app):
        if route.method != "GET" or route.path in NO_PAGE or "{name" in route.path:
            continue
        path = route.path
        for field, value in values.items():
            path = path.replace(field, value)
        assert "{" not in path, f"{path}: say above what stands in its address"
        paths.append(path)
    return [
        *paths, "/antrean?tab=triage", "/antrean?tab=sensitive", "/antrean?tab=aside",
        "/antrean?tab=closed&mendesak=1&usia=7", "/antrean?cari=tidakada",
        "/tautan?ke=https://contoh.example/a", "/aduan/99999",
    ]  # fmt: skip
