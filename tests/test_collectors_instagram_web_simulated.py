"""Instagram by instaloader against the simulated city: days of polls, and every fault once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from instagram_web_support import NOW, StillClock, make_config, spec_of

from collectors.instagram_session import Session, save_session
from collectors.instagram_web_network import InstagramWebNetwork
from tanggap.errors import CollectorError, NotAuthorised
from tanggap.mention import Cursor, Mention, Page
from tanggap.simulator import Simulator, World
from tanggap.simulator.faults import Fault
from tanggap.simulator.instagram_ids import pk

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
KINDS = ("media", "tagged")


class City:
    """A simulated city, and what has been read of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = StillClock(NOW)
        self.world = World(self.clock, network="instagram")
        self.simulator = Simulator(self.world, clock=self.clock)
        self.folder = folder
        self.cursors: dict[str, Cursor] = {}
        self.mentions: dict[str, Mention] = {}
        self.pages: list[Page] = []
        self.network: InstagramWebNetwork

    def restart(self) -> None:
        """Begin with nothing in memory, as after a kill."""
        self.network.close()
        self.network = InstagramWebNetwork(self.config())

    def config(self) -> Any:
        cookies = self.simulator.session_cookies()
        save_session(self.folder / "instagram-session.json", Session("pembaca", cookies))
        address = self.simulator.address
        return make_config(self.folder, address, clock=self.clock, session=False, page_cap=200)

    def poll(self, *, kill_every: int = 0) -> list[str]:
        """Read all sources to their ends; return the codes of refusals."""
        refused = []
        ids = {"dpupr.sukamaju": self.world.opd("dpupr").id, "dlh.sukamaju": ""}
        for opd in ("dpupr", "dlh"):
            for kind in KINDS:
                name, more, count = f"{opd}:{kind}", True, 0
                while more:
                    count += 1
                    if kill_every and count % kill_every == 0:
                        self.restart()
                    collector = self.network.collector(spec_of(self.network, opd, kind), ids)
                    try:
                        page = collector.fetch(self.cursors.get(name), allowance=None)
                    except CollectorError as error:
                        refused.append(error.code)
                        break
                    self.pages.append(page)
                    self.cursors[name] = page.next_cursor
                    self.mentions |= {mention.network_id: mention for mention in page.mentions}
                    more = page.more
        return refused

    def missing(self) -> set[str]:
        """Return what a perfect watcher knows and this one does not."""
        truth = self.simulator.truth("instagram_web")
        wanted = {name for opd in ("dpupr", "dlh") for name in truth["addressed"][opd]}
        return wanted - set(self.mentions)

    def wrong(self) -> set[str]:
        """Return the city's own posts that would become items."""
        own = set(self.simulator.truth("instagram_web")["own"])
        return {
            name for name, one in self.mentions.items() if (name in own) != bool(one.author_opd)
        }


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    with made.simulator:
        made.network = InstagramWebNetwork(made.config())
        yield made
        made.network.close()


def some_life(city: City, hours: int) -> None:
    """Let things happen: posts, comments by the dozen, replies, answers, tags."""
    world = city.world
    for number in range(hours):
        at = city.clock.now() - number * HOUR
        for opd in ("dpupr", "dlh"):
            media = world.post(world.opd(opd), f"info {number}", at=at - 30 * MINUTE)
            for one in range(16 if number % 5 == 0 else 3):
                comment = world.reply(f"warga{one}", media, f"rusak {number} {one}", at=at)
                if one % 3 == 0:
                    for reply in range(2 + 2 * (one == 0)):
                        world.reply(f"lain{reply}", comment, f"betul {one}", at=at)
                    world.answer(opd, comment, "kami cek", at=at)
            tagged = [world.opd(opd)]
            world.post(f"tukang{number}", f"lubang {number} @{opd}.sukamaju", at=at, tagged=tagged)


def test_a_day_and_a_half_is_read_whole_with_nothing_of_the_city_as_item(city: City) -> None:
    some_life(city, 4)
    for _ in range(12):
        assert city.poll() == []
        assert city.missing() == set()
        city.clock.move(3 * HOUR)
        some_life(city, 3)
    assert city.wrong() == set()
    assert len(city.mentions) > 300
    assert not any(page.rejected for page in city.pages)
    assert {one.method for one in city.simulator.oracle.log()} == {"GET", "POST"}


def test_an_edited_comment_arrives_with_the_sweep(city: City) -> None:
    some_life(city, 3)
    world = city.world
    (media, *_) = [one for one in world.written_by(world.opd("dpupr")) if one.kind == "post"]
    comment, other, *_ = (one for one in world.under(media) if one.parent is media)
    assert city.poll() == []
    before = {str(pk(one)): one.versions[0].text for one in (comment, other)}
    assert {name: city.mentions[name].text for name in before} == before
    world.edit(comment, "rusak, dan sekarang ada korban")
    city.clock.move(3 * HOUR)
    assert city.poll() == []
    assert {name: city.mentions[name].text for name in before} == before  # no number tells of it
    city.clock.move(city.config().instagram_web.sweep_hours * HOUR - 3 * HOUR)
    assert city.poll() == []
    after = before | {str(pk(comment)): "rusak, dan sekarang ada korban"}
    assert {name: city.mentions[name].text for name in after} == after
    assert city.missing() == set()


def test_kills_after_every_page_lose_nothing(city: City) -> None:
    some_life(city, 3)
    assert city.poll(kill_every=1) == []
    assert city.missing() == set()
    city.clock.move(3 * HOUR)
    some_life(city, 2)
    city.poll(kill_every=2)
    assert city.missing() == set()
    assert city.wrong() == set()


REFUSALS = {
    "please_wait": "instagram_wait",
    "too_many": "instagram_limit",
    "checkpoint": "instagram_checkpoint",
    "challenge": "instagram_checkpoint",
    "feedback_required": "instagram_feedback",
    "login_required": "instagram_session",
    "login_redirect": "instagram_session",
    "challenge_redirect": "instagram_checkpoint",
    "bad_request": "library_outdated",
    "stale_doc": "library_outdated",
    "server_error": "network_error",
    "status_fail": "instagram_wait",
    "html_page": "not_json",
    "changed_json": "library_outdated",
}


@pytest.mark.parametrize("action", list(REFUSALS))
def test_every_refusal_is_named_and_what_was_missed_is_read_afterwards(
    city: City, action: str
) -> None:
    some_life(city, 2)
    city.poll()
    city.clock.move(3 * HOUR)
    some_life(city, 2)
    city.simulator.faults.add(Fault(action))
    refused = city.poll()
    assert set(refused) == {REFUSALS[action]}
    assert len(refused) == 4
    city.simulator.faults.clear()
    city.clock.move(3 * HOUR)
    assert city.poll() == []
    assert city.missing() == set()


@pytest.mark.parametrize(
    "action", ["empty_with_next", "repeat_cursor", "twice", "shuffle", "null_texts"]
)
def test_odd_pages_end_and_the_next_poll_reads_all(city: City, action: str) -> None:
    some_life(city, 2)
    city.simulator.faults.add(Fault(action))
    city.poll()
    assert len(city.simulator.oracle.log()) < 700
    city.simulator.faults.clear()
    city.cursors.clear()
    assert city.poll() == []
    assert city.missing() == set()


@pytest.mark.parametrize("kind", ["no_owner", "null", "no_time", "no_id", "text_number"])
def test_an_odd_item_never_costs_the_page(city: City, kind: str) -> None:
    some_life(city, 2)
    city.simulator.faults.add(Fault("odd_item", kind=kind))
    assert city.poll() == []
    assert len(city.mentions) > 15
    assert any(page.rejected for page in city.pages) == (kind in ("null", "no_time", "no_id"))
    city.simulator.faults.clear()
    city.cursors.clear()
    city.poll()
    assert city.missing() == set()


@pytest.mark.parametrize("kind", ["user", "owner", "text", "likes"])
def test_comments_that_lack_fields_are_kept(city: City, kind: str) -> None:
    some_life(city, 2)
    city.simulator.faults.add(Fault("comment_without_fields", kind=kind))
    assert city.poll() == []
    assert city.missing() == set()


def test_a_page_without_its_tokens_is_the_end_of_a_session_or_of_a_version(city: City) -> None:
    city.simulator.faults.add(Fault("lost_login", endpoint="start"))
    assert "instagram_session" in city.poll()


def test_a_session_that_ended_is_named_and_a_new_one_is_taken(city: City) -> None:
    some_life(city, 2)
    city.simulator.instagram_web.tokens.clear()
    assert set(city.poll()) == {"instagram_session"}
    city.simulator.instagram_web.tokens.add(city.simulator.token)
    assert city.poll() == []
    assert city.missing() == set()


def test_names_become_numbers_by_the_public_page(city: City) -> None:
    world = city.world
    wanted = {f"{opd}.sukamaju": world.opd(opd).id for opd in ("dpupr", "dlh")}
    assert city.network.resolve({}) == wanted
    city.simulator.instagram_web.tokens.clear()
    with pytest.raises(NotAuthorised):
        city.network.collector(spec_of(city.network, "dlh", "media"), wanted).fetch(
            None, allowance=None
        )
