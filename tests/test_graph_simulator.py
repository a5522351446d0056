"""A day on Facebook and Instagram, read from the simulator: what was shown and what was taken."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from graph_support import TOKEN, graph_config, ids_of
from simulator_support import NOW, SettableClock

from collectors.base import Network
from collectors.facebook import FacebookNetwork
from collectors.instagram import InstagramNetwork
from tanggap.errors import CollectorError, NotAuthorised, RateLimited
from tanggap.mention import Cursor, Mention, Page
from tanggap.simulator import Simulator
from tanggap.simulator.faults import Fault
from tanggap.simulator.generator import generate_world

WATCHED = ("pemkot", "dpupr", "dlh", "pdam", "dishub")
KINDS: dict[str, Callable[[Any], Network]] = {
    "facebook": FacebookNetwork,
    "instagram": InstagramNetwork,
}
DISORDER = (
    Fault("twice", share=0.05, seed=1),
    Fault("shuffle", share=0.05, seed=2),
    Fault("empty_with_next", share=0.03, seed=3),
)


class Reader:
    """Polls every source of one network by its cursor, as the daemon would."""

    def __init__(self, network: Network, clock: SettableClock) -> None:
        self.network = network
        self.clock = clock
        self.ids = network.resolve({})
        self.cursors: dict[str, Cursor] = {}
        self.mentions: dict[str, Mention] = {}
        self.pages: list[Page] = []
        self.refusals: Counter[str] = Counter()
        self.held: dict[str, Any] = {}

    def turn(self) -> None:
        now = self.clock.now()
        for spec in self.network.sources():
            if spec.kind == "token":
                continue
            if any(spec.id.startswith(scope) and now < end for scope, end in self.held.items()):
                continue
            try:
                self._read(spec)
            except CollectorError as error:
                self.refusals[error.code] += 1
                if isinstance(error, RateLimited) and error.retry_at:
                    self.held[error.scope] = error.retry_at

    def _read(self, spec: Any) -> None:
        more = True
        while more:
            collector = self.network.collector(spec, self.ids)
            page = collector.fetch(self.cursors.get(spec.id), allowance=None)
            self.pages.append(page)
            self.cursors[spec.id] = page.next_cursor
            assert len(page.next_cursor) < 150_000
            for mention in page.mentions:
                self.mentions[mention.network_id] = mention
            more = page.more and page.wait is None
            if page.wait:
                self.held[page.wait.scope] = page.wait.until


@contextmanager
def reading(
    network: str, folder: Path, monkeypatch: pytest.MonkeyPatch, faults: tuple[Fault, ...] = ()
) -> Iterator[tuple[Reader, Simulator, SettableClock]]:
    clock = SettableClock(NOW)
    world = generate_world(11, NOW, 24, 700, clock=clock, network=network)  # type: ignore[arg-type]
    with Simulator(world, clock=clock, token=TOKEN, faults=faults) as simulator:
        accounts = {opd: world.opd(opd).handle for opd in WATCHED}
        config = graph_config(
            folder, simulator.address, monkeypatch, clock=clock, accounts=accounts
        )
        made = KINDS[network](config)
        yield Reader(made, clock), simulator, clock
        made.close()


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_a_day_is_read_exactly(
    network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(network, tmp_path, monkeypatch, DISORDER) as (reader, simulator, clock):
        for hour in range(1, 27):
            clock.move_to(NOW + timedelta(hours=hour))
            reader.turn()
        served = simulator.oracle.served(network=network)
        truth = simulator.truth(network)
        log = simulator.oracle.log()
    have = set(reader.mentions)
    assert have <= served
    expected = {ident for opd in WATCHED for ident in truth["addressed"][opd]}
    missing = expected - have
    assert missing <= set(truth["vanished"])  # gone between two polls
    assert len(missing) < len(expected) / 20
    assert len(expected) > 120
    own = set(truth["own"])
    assert {ident for ident, m in reader.mentions.items() if m.author_opd} == own & have
    answered = set(truth["answers"]) & have
    assert len(answered) > 10
    assert all(reader.mentions[ident].parent_id == truth["answers"][ident] for ident in answered)
    # Every hour lists each source and reads little more than what changed.
    assert reader.refusals == {}
    assert len(log) / (26 * len(WATCHED)) < 12
    assert {entry.method for entry in log} == {"GET"}


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_each_kind_and_each_edit_arrives(
    network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(network, tmp_path, monkeypatch) as (reader, simulator, clock):
        world = simulator.worlds[network]
        clock.move_to(NOW + timedelta(hours=20))
        reader.turn()
        kinds = {m.kind for m in reader.mentions.values()}
        assert kinds >= {"post", "tag", "comment", "reply"}
        assert ("visitor_post" in kinds) == (network == "facebook")
        old = min(
            (p for p in world.written_by(world.opd("dpupr")) if p.kind == "post"),
            key=lambda post: post.posted_at,
        )
        late = world.reply(world.citizen("warga.telat"), old, "Baru lihat, masih rusak")
        identity = simulator.wires[network].identity
        clock.move_to(NOW + timedelta(hours=20, minutes=10))
        reader.turn()
        assert reader.mentions[identity(late)].thread_id == identity(old)
        world.edit(late, "Baru lihat, sudah baik")
        before = reader.mentions[identity(late)].revision
        clock.move_to(NOW + timedelta(hours=33))
        reader.turn()
        assert reader.mentions[identity(late)].text == "Baru lihat, sudah baik"
        assert reader.mentions[identity(late)].revision != before


def test_an_account_that_is_taken_away_stops_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading("facebook", tmp_path, monkeypatch) as (reader, simulator, clock):
        clock.move_to(NOW + timedelta(hours=2))
        reader.turn()
        simulator.graph.ungranted.add("dpupr.sukamaju")
        clock.move_to(NOW + timedelta(hours=3))
        reader.turn()
        assert reader.refusals == {"page_token": 1, "page_not_granted": 1}
        count = len(reader.pages)
        reader.turn()
        assert reader.refusals["page_not_granted"] == 3
        assert len(reader.pages) > count
        simulator.graph.ungranted.clear()
        reader.turn()
        assert sum(reader.refusals.values()) == 4


def test_the_token_check_reads_the_simulated_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading("instagram", tmp_path, monkeypatch) as (reader, simulator, clock):
        network = KINDS["facebook"](
            graph_config(tmp_path, simulator.address, monkeypatch, clock=clock)
        )
        check = network.collector(network.sources()[0], {})
        assert check.fetch(None, allowance=None).token_ends_at is None
        simulator.graph.token.expires_at = NOW + timedelta(days=3)
        page = check.fetch(None, allowance=None)
        assert page.token_ends_at == NOW + timedelta(days=3)
        assert page.notices == ("token_ends_soon",)
        simulator.graph.token.revoked = 460
        with pytest.raises(NotAuthorised) as caught:
            check.fetch(None, allowance=None)
        assert caught.value.code == "meta_token"
        assert ids_of([page]) == []
        assert reader.ids
