"""Instagram by the official route over loopback: sources, media, comments, replies, tags."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from graph_support import (
    INSTAGRAM_IDS,
    TOKEN,
    House,
    ago,
    graph_house,
    ids_of,
    notices_of,
    poll,
    refusal,
    refused,
)
from x_support import NOW, Reply

from collectors import NETWORKS
from collectors.base import Collector
from collectors.instagram import InstagramNetwork
from tanggap.errors import NotAuthorised, RateLimited
from tanggap.mention import Mention

ACCOUNT = "17841400000001"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with graph_house(tmp_path, monkeypatch) as made:
        yield made


def source(house: House, kind: str = "media", **settings: Any) -> Collector:
    network = house.network(InstagramNetwork, **settings)
    spec = next(s for s in network.sources() if s.id == f"meta:instagram:dpupr:{kind}")
    return network.collector(spec, INSTAGRAM_IDS)


def by_id(pages: list[Any]) -> dict[str, Mention]:
    return {mention.network_id: mention for page in pages for mention in page.mentions}


def test_sources_follow_the_config_and_facebook_checks_the_token_where_it_is_on(
    house: House,
) -> None:
    found = [spec.id for spec in house.network(InstagramNetwork).sources()]
    assert found == [f"meta:instagram:{o}:{k}" for k in ("media", "tags") for o in ("dpupr", "dlh")]
    alone = house.network(
        InstagramNetwork, facebook={"enabled": False}, instagram={"tagged": False}
    ).sources()
    assert [(spec.id, spec.kind) for spec in alone[:2]] == [
        ("meta:token", "token"),
        ("meta:instagram:dpupr:media", "media"),
    ]
    assert alone[0].network == "instagram"
    assert house.made.collector(alone[0], {}).fetch(None, allowance=None).mentions == ()
    assert house.network(InstagramNetwork, instagram={"enabled": False}).sources() == []


def test_the_registry_builds_the_network_and_touches_nothing(house: House) -> None:
    network = NETWORKS["instagram"](house.config())
    assert network.sources()
    network.close()
    assert house.paths == []


def test_names_are_resolved_by_the_accounts_linked_to_granted_pages(house: House) -> None:
    network = house.network(InstagramNetwork, accounts={"dpupr": "DPUPR.sukamaju", "dlh": "nobody"})
    assert network.resolve({}) == {"dpupr.sukamaju": ACCOUNT}
    assert network.resolve({"dpupr.sukamaju": "1", "nobody": "2"}) == {}
    with pytest.raises(NotAuthorised) as caught:
        network.collector(network.sources()[1], {"dpupr.sukamaju": ACCOUNT})
    assert caught.value.code == "page_not_granted"


def test_media_comments_and_replies_become_mentions(house: House) -> None:
    medium = house.graph.medium(ago(hours=9), "Kerja bakti @dlh.sukamaju.")
    code = f"C{medium}x"
    comment = house.graph.remark(medium, ago(hours=3), "Air mati", hidden=True)
    reply = house.graph.reply(comment, ago(hours=2))
    answer = house.graph.reply(comment, ago(hours=1), "Siap", username="DPUPR.sukamaju")
    found = by_id(poll(source(house)))
    assert {ident: m.kind for ident, m in found.items()} == {
        code: "post",
        comment: "comment",
        reply: "reply",
        answer: "reply",
    }
    assert found[code].author_opd == "dpupr"
    assert found[code].author_id == ACCOUNT
    assert found[code].addressed == ("dpupr", "dlh")
    assert found[code].permalink == f"https://www.instagram.com/p/{code}/"
    assert found[code].has_media
    assert (found[comment].parent_id, found[comment].thread_id) == (code, code)
    assert (found[reply].parent_id, found[reply].thread_id) == (comment, code)
    assert (found[answer].author_opd, found[comment].author_opd) == ("dpupr", None)
    assert found[comment].permalink == found[code].permalink
    assert found[comment].addressed == ("dpupr",)
    assert "replies" not in found[comment].raw
    assert {request.query["access_token"] for request in house.server.requests} == {TOKEN}


def test_nothing_new_costs_one_request_and_a_changed_count_reads_the_thread_whole(
    house: House,
) -> None:
    house.graph.page_limit = 2
    medium = house.graph.medium(ago(days=10))
    house.graph.medium(ago(days=11))
    comments = [house.graph.remark(medium, ago(hours=hour)) for hour in range(20, 25)]
    collector = source(house)
    cursor = poll(collector)[-1].next_cursor
    house.asked()
    quiet = poll(collector, cursor)
    assert house.asked() == [f"{ACCOUNT}/media"]
    under_the_oldest = house.graph.reply(comments[-1], ago(minutes=3))
    again = poll(collector, quiet[-1].next_cursor)
    assert under_the_oldest in ids_of(again)
    assert house.asked().count(f"{medium}/comments") == 3


def test_long_replies_are_read_page_by_page(house: House) -> None:
    house.graph.page_limit = 2
    medium = house.graph.medium(ago(hours=9))
    expected = set()
    for hour in (4, 5):
        comment = house.graph.remark(medium, ago(hours=hour))
        expected |= {house.graph.reply(comment, ago(hours=hour - 1)) for _ in range(5)} | {comment}
    pages = poll(source(house))
    found = by_id(pages)
    assert expected <= set(found)
    assert sum(path.endswith("/replies") for path in house.paths) == 4
    assert {m.kind for ident, m in found.items() if ident in expected} == {"comment", "reply"}
    assert all(found[ident].parent_id for ident in expected)


def test_a_comment_that_vanishes_with_its_replies_does_not_end_the_thread(house: House) -> None:
    house.graph.page_limit = 2
    medium = house.graph.medium(ago(hours=9))
    gone = house.graph.remark(medium, ago(hours=4))
    kept = house.graph.remark(medium, ago(hours=5))
    for comment in (gone, kept):
        replies = [house.graph.reply(comment, ago(hours=1)) for _ in range(3)]
    house.graph.fail = lambda r: refused(100, 33) if r.path.endswith(f"{gone}/replies") else None
    pages = poll(source(house))
    assert set(replies) <= set(ids_of(pages))
    assert "post_gone" in notices_of(pages)


def test_a_circle_of_replies_skips_the_thread_and_keeps_its_check(house: House) -> None:
    house.graph.page_limit = 2
    medium = house.graph.medium(ago(hours=9))
    comment = house.graph.remark(medium, ago(hours=4))
    for _ in range(5):
        house.graph.reply(comment, ago(hours=1))
    circle = {"data": [], "paging": {"cursors": {"after": "at2"}, "next": "https://x"}}
    house.under("/replies", Reply(200, circle))
    pages = poll(source(house))
    assert "paging_loop" in notices_of(pages)
    house.graph.fail = lambda _: None
    again = poll(source(house), pages[-1].next_cursor)
    assert len(ids_of(again)) == 7


def test_tags_are_read_without_their_comments(house: House) -> None:
    tag = house.graph.medium(ago(hours=5), "Bolong", edge="tags", username="warga_x")
    own = house.graph.medium(ago(hours=6), None, edge="tags", username="dlh.sukamaju")
    house.graph.medium(ago(days=3), edge="tags", username="warga_old")
    house.graph.remark(tag, ago(hours=1))
    pages = poll(source(house, "tags"))
    found = by_id(pages)
    assert {ident: (m.kind, m.author_opd) for ident, m in found.items()} == {
        f"C{tag}x": ("tag", None),
        f"C{own}x": ("post", "dlh"),
    }
    assert found[f"C{tag}x"].author_id is None
    assert found[f"C{tag}x"].author_handle == "warga_x"
    assert found[f"C{own}x"].text == ""
    assert house.asked() == [f"{ACCOUNT}/tags"]


def test_later_polls_of_tags_look_back_a_day_and_sweeps_the_whole_window(house: House) -> None:
    house.graph.page_limit = 10
    for hour in range(40):
        house.graph.medium(ago(hours=hour + 1), edge="tags", username="warga_x")
    collector = source(house, "tags")
    cursor = poll(collector)[-1].next_cursor
    assert len(house.asked()) == 4
    house.clock.move(timedelta(hours=11))
    cursor = poll(collector, cursor)[-1].next_cursor
    assert len(house.asked()) == 4
    house.clock.move(timedelta(hours=11))
    pages = poll(collector, cursor)
    assert len(house.asked()) == 4
    assert len(ids_of(pages)) == 40
    house.clock.move(timedelta(minutes=10))
    assert len(poll(collector, pages[-1].next_cursor)) == 2


@pytest.mark.parametrize(
    ("permalink", "name"),
    [
        ("https://www.instagram.com/p/Cx_-1/", "Cx_-1"),
        ("https://www.instagram.com/reel/Cx1", "Cx1"),
        ("https://instagram.com/warga.x/p/Cx1/", "Cx1"),
        ("https://www.instagram.com/tv/Cx1/", "Cx1"),
        ("https://evil.example/p/Cx1/", "900"),
        ("javascript:alert(1)", "900"),
        (None, "900"),
        (7, "900"),
    ],
)
def test_the_short_code_is_the_name_and_without_one_the_id(
    house: House, permalink: object, name: str
) -> None:
    house.graph.medium(ago(hours=5), id="900", permalink=permalink)
    comment = house.graph.remark("900", ago(hours=1))
    found = by_id(poll(source(house)))
    assert found[name].permalink == (permalink if name != "900" else None)
    assert found[comment].thread_id == name
    assert bool(found[comment].permalink) == (name != "900")


def test_odd_items_are_set_aside_and_never_cost_the_page(house: House) -> None:
    medium = house.graph.medium(ago(hours=5), comments_count=-1)
    comment = house.graph.remark(medium, ago(hours=1), None)
    house.graph.reply(comment, ago(hours=1), id="x y")
    house.graph.edges[f"{medium}/comments"] += [{"id": "5"}, 3]
    house.graph.edges[f"{ACCOUNT}/media"] += [{"id": "6", "timestamp": -(10**20)}, None]
    pages = poll(source(house))
    assert set(ids_of(pages)) == {f"C{medium}x", comment}
    assert [r.error for page in pages for r in page.rejected] == [
        "no usable time",
        "not an object",
        "no id",
        "no time",
        "not an object",
    ]


def test_unknown_counts_are_read_each_time_and_nameless_comments_say_so(house: House) -> None:
    medium = house.graph.medium(ago(hours=5), comments_count=None)
    house.graph.remark(medium, ago(hours=1), username="")
    pages = poll(source(house))
    assert "authors_hidden" in notices_of(pages)
    poll(source(house), pages[-1].next_cursor)
    assert house.asked().count(f"{medium}/comments") == 2


def test_own_media_without_a_user_name_are_own_all_the_same(house: House) -> None:
    house.graph.medium(ago(hours=5), username=None)
    (mention,) = by_id(poll(source(house))).values()
    assert (mention.kind, mention.author_handle) == ("post", "dpupr.sukamaju")
    assert mention.author_opd == "dpupr"


def test_limits_hold_the_account_and_the_secret_everything(house: House) -> None:
    house.answers(refused(80002))
    error = refusal(source(house))
    assert (type(error), error.scope) == (RateLimited, "meta:instagram:dpupr")
    house.answers(refused(190, 458, 401))
    error = refusal(source(house))
    assert (error.code, error.scope) == ("meta_token", "meta")
    house.answers(refused(100, 33))
    error = refusal(source(house))
    assert (error.code, error.scope) == ("page_gone", "meta:instagram:dpupr")
    house.graph.fail = lambda _: None
    for hour in (5, 6):
        house.graph.medium(ago(hours=hour), comments_count=3)
    house.under("/comments", refused(10))
    collector = source(house)
    cursor = collector.fetch(None, allowance=None).next_cursor
    page = collector.fetch(cursor, allowance=None)
    assert page.notices == ("comments_barred",)
    error = refusal(collector, page.next_cursor)
    assert (error.code, error.scope) == ("meta_permission", "meta:instagram:dpupr:media")
    collector.close()
    assert refusal(collector).code == "network_unreachable"
    assert house.clock.now() == NOW
