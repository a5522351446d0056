"""The judge of the exactness tests: each of its checks finds what it is there for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    Verdict,
    judge,
    kept_mentions,
    only_accounts,
    open_install,
    stored,
    write_config,
    write_session,
)
from kills_support import last_of_each_source

import daemon
from tanggap.simulator import World
from tanggap.simulator.graph.nodes import facebook_id
from tanggap.simulator.server import Simulator
from tanggap.simulator.wire import Call
from tanggap.simulator.world import Post

MINUTE = timedelta(minutes=1)
NETWORKS = ("x", "facebook", "instagram", "instagram_web")
WATCHED = dict.fromkeys(NETWORKS[:3], ("dpupr",)) | {"instagram_web": ("distan",)}


class Town:
    """One complaint and its answer per network, read once by a real install."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock(START)
        worlds = [World(self.clock, network=name) for name in ("x", "facebook", "instagram")]  # type: ignore[arg-type]
        self.x, self.facebook, self.instagram = worlds
        self.simulator = Simulator(*worlds, clock=self.clock, token=TOKEN)  # type: ignore[arg-type]
        self.complaint = self.x.post("warga", "@dpupr_skm jalan <rusak> & gelap", at=START)
        self.answer = self.x.answer("dpupr", self.complaint, "kami cek", at=START + MINUTE)
        for world, opd in ((self.facebook, "dpupr"), (self.instagram, "dpupr")):
            self.thread(world, opd)
        self.thread(self.instagram, "distan")
        self.tag = self.instagram.post(
            "warga_b", "sawah kering", at=START, tagged=[self.instagram.opd("distan")]
        )
        self.folder = folder
        self.database = folder / "tanggap.db"

    def thread(self, world: World, opd: str) -> None:
        """Let an account post, a citizen comment, and the account answer."""
        post = world.post(world.opd(opd), "Pengumuman", at=START - MINUTE)
        comment = world.reply("warga_a", post, "jalan rusak", at=START)
        world.answer(opd, comment, "kami cek", at=START + MINUTE)

    def read(self, minutes: int = 5) -> None:
        """Let time go by and the daemon work once."""
        self.clock.advance(minutes * MINUTE)
        with open_install(self.folder / "tanggap.toml", self.clock) as house:
            daemon.once(house)

    def change(self, statement: str, *values: object) -> None:
        """Doctor the database: exactly one row must change."""
        with closing(sqlite3.connect(self.database)) as db, db:
            assert db.execute(statement, values).rowcount == 1

    def verdict(self, grace: timedelta | None = None) -> Verdict:
        return judge(self.simulator, self.database, watched=WATCHED, grace=grace)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    made = Town(tmp_path)
    with made.simulator:
        write_config(
            tmp_path,
            made.simulator.address,
            *(change for name in NETWORKS[:3] for change in only_accounts("dpupr", network=name)),
            *only_accounts("distan", network="instagram_web"),
            networks=NETWORKS,
        )
        write_session(tmp_path, made.simulator)
        made.read()
        yield made


def found_wrong(verdict: Verdict) -> dict[str, list[str]]:
    """Return the lists of a verdict that are not empty."""
    lists = {each.name: getattr(verdict, each.name) for each in fields(verdict)}
    return {name: value for name, value in lists.items() if isinstance(value, list) and value}


def mention_of(town: Town, world: World, author: str) -> str:
    """Return the network id of what somebody wrote on a network, as it is stored."""
    (post,) = (post for post in world.everything() if post.author.handle == author)
    return town.simulator.wires[world.network].identity(post)


def test_a_store_that_holds_everything_is_exact(town: Town) -> None:
    verdict = town.verdict(grace=MINUTE)
    assert found_wrong(verdict) == {}
    assert verdict.exact
    assert verdict.addressed_and_stored == 5
    assert len(stored(town.database)) == len(kept_mentions(town.database)) == 12


@pytest.mark.parametrize("network", ["x", "facebook", "instagram", "instagram_web"])
def test_an_answer_that_is_taken_for_something_else_is_found(town: Town, network: str) -> None:
    opd = WATCHED[network][0]
    truth = town.simulator.truth(network)
    (answer,) = truth["answered"][opd]
    town.change(
        "UPDATE decisions SET route = 'context' "
        "WHERE mention_id = (SELECT id FROM mentions WHERE network_id = ?)",
        answer,
    )
    assert found_wrong(town.verdict()) == {"lost_answers": [answer]}


def test_an_answer_under_others_posts_cannot_be_seen_and_is_not_missed(town: Town) -> None:
    town.instagram.answer("distan", town.tag, "kami cek", at=town.clock.now())
    town.read(120)
    assert found_wrong(town.verdict()) == {}
    truth = town.simulator.truth("instagram_web")
    assert len(truth["answers"]) == len(truth["answered"]["distan"]) + 2  # and that of dpupr


def test_an_answer_that_is_missing_is_found(town: Town) -> None:
    answer = str(town.answer.id)
    town.change("UPDATE mentions SET network_id = '1' WHERE network_id = ?", answer)
    assert found_wrong(town.verdict()) == {"invented": ["1"], "lost_answers": [answer]}


def test_a_complaint_that_stands_in_no_queue_is_found(town: Town) -> None:
    complaint = mention_of(town, town.facebook, "warga_a")
    town.change(
        "DELETE FROM items WHERE mention_id = (SELECT id FROM mentions WHERE network_id = ?)",
        complaint,
    )
    assert found_wrong(town.verdict()) == {"without_item": [complaint]}


def test_a_complaint_that_is_missing_is_found(town: Town) -> None:
    complaint = mention_of(town, town.facebook, "warga_a")
    town.change("UPDATE mentions SET network_id = '1' WHERE network_id = ?", complaint)
    assert found_wrong(town.verdict()) == {"invented": ["1"], "lost": [complaint]}


def test_the_same_id_on_another_network_does_not_stand_for_what_is_missing(town: Town) -> None:
    complaint = str(town.complaint.id)
    town.change("UPDATE mentions SET network = 'facebook' WHERE network_id = ?", complaint)
    assert found_wrong(town.verdict()) == {"invented": [complaint], "lost": [complaint]}


def test_an_own_post_in_the_queue_is_found(town: Town) -> None:
    complaint, answer = str(town.complaint.id), str(town.answer.id)
    town.change(
        "UPDATE items SET mention_id = (SELECT id FROM mentions WHERE network_id = ?) "
        "WHERE mention_id = (SELECT id FROM mentions WHERE network_id = ?)",
        answer,
        complaint,
    )
    wrong = found_wrong(town.verdict())
    assert wrong == {"own_as_items": [answer], "without_item": [complaint]}


def test_one_post_under_two_ids_is_found(town: Town) -> None:
    world = town.instagram
    comment = next(p for p in world.everything() if p.root.author.opd == "distan" and p.parent)
    names = [town.simulator.wires[name].identity(comment) for name in NETWORKS[2:]]
    other = mention_of_answer(town, "instagram", "dpupr")
    town.change("UPDATE mentions SET network_id = ? WHERE network_id = ?", names[0], other)
    assert found_wrong(town.verdict())["doubled"] == sorted(names)


def test_another_wording_than_the_one_served_last_is_found(town: Town) -> None:
    complaint = str(town.complaint.id)
    for wrong in ("@dpupr_skm jalan &lt;rusak&gt; &amp; gelap", "@dpupr_skm jalan <rusak>", ""):
        town.change("UPDATE mentions SET text = ? WHERE network_id = ?", wrong, complaint)
        assert found_wrong(town.verdict()) == {"wrong_text": [complaint], "outdated": [complaint]}


def test_an_edit_counts_from_when_the_network_served_it(town: Town) -> None:
    complaint, before = str(town.complaint.id), town.complaint.versions[0].text
    town.x.edit(town.complaint, "@dpupr_skm sudah baik", at=town.clock.now() + MINUTE)
    town.clock.advance(2 * MINUTE)
    assert found_wrong(town.verdict()) == {"outdated": [complaint]}
    assert town.verdict().exact
    town.read(90)
    assert found_wrong(town.verdict()) == {}
    town.change("UPDATE mentions SET text = ? WHERE network_id = ?", before, complaint)
    assert found_wrong(town.verdict()) == {"wrong_text": [complaint], "outdated": [complaint]}
    served = {
        entry.number
        for entry in town.simulator.oracle.log()
        if complaint in entry.ids and entry.at > town.simulator.oracle.log()[0].at
    }
    # Whoever was served the edit was killed: either wording may be there.
    assert judge(town.simulator, town.database, served, WATCHED).wrong_text == []


def vanished(town: Town, minutes: int) -> Post:
    """Return a post that was to be seen for some minutes, unseen by the daemon."""
    post = town.x.post("warga_c", "@dpupr_skm banjir", at=town.clock.now())
    town.x.delete(post, at=town.clock.now() + minutes * MINUTE)
    town.read(minutes + 1)
    return post


def test_what_vanished_unserved_is_excused_only_when_it_was_shown_too_short(town: Town) -> None:
    post = vanished(town, 50)
    assert found_wrong(town.verdict()) == {}
    assert found_wrong(town.verdict(grace=51 * MINUTE)) == {}
    assert found_wrong(town.verdict(grace=50 * MINUTE)) == {"lost": [str(post.id)]}


def mention_of_answer(town: Town, network: str, opd: str) -> str:
    (answer,) = town.simulator.truth(network)["answered"][opd]
    return str(answer)


def test_two_sources_that_ask_alike_have_a_last_page_each(town: Town) -> None:
    before = len(town.simulator.oracle.log())
    asked = [
        town.simulator.oracle.note(
            at=START,
            token=token,
            network="facebook",
            endpoint="comments",
            source="dlh.sukamaju",
            status=200,
            ids=(),
            fault="",
            whole=True,
            elsewhere=elsewhere,
        ).number
        for token, elsewhere in (("a", False), ("a", False), ("a", True), ("b", True))
    ]
    assert last_of_each_source(town.simulator, before) == set(asked[1:])


def test_the_log_tells_comments_under_own_posts_from_those_under_others(town: Town) -> None:
    own = town.facebook.post(town.facebook.opd("dpupr"), "Pengumuman", at=START)
    tagging = town.facebook.post(
        "warga_c", "jembatan retak", at=START, tagged=[town.facebook.opd("dpupr")]
    )
    wire = town.simulator.wires["facebook"]
    asked = [
        wire.target(Call("GET", f"/v26.0/{facebook_id(post)}/comments", {}, {}))
        for post in (own, tagging)
    ]
    assert [target.endpoint for target in asked] == ["comments", "comments"]
    assert asked[0].source == asked[1].source != ""
    assert [target.elsewhere for target in asked] == [False, True]
