"""The unattended part: collect, classify, route, store. The only place where all parts meet.

`cycle` is one look at what is due; `turn` is one source's turn, top to bottom; `run` beats the
time. What is due, who has a source, how long to wait and what was read lives in the store, so a
restart forgets nothing. Start it with `tanggap run` or `python daemon.py --config FILE`.
"""

import logging
import os
import random
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import models
import router
from classifier import Classifier, load, rules_only
from collectors import NETWORKS
from collectors.base import Collector, Network
from tanggap.config import Config
from tanggap.errors import (
    CollectorError,
    ConfigError,
    LeaseLost,
    ModelError,
    StoreError,
)
from tanggap.killpoints import reached
from tanggap.mention import Decision, Mention, Page, Route
from tanggap.metronome import Metronome
from tanggap.policy import Policy
from tanggap.sd_notify import notify, watchdog_interval
from tanggap.stderr_stream import UnhurriedStream
from tanggap.store import Store
from tanggap.store.rows import Accepted, Lease, newest
from tanggap.turns.breaker import one_probe_each
from tanggap.turns.budget import Reservations
from tanggap.turns.crew import Crew
from tanggap.turns.ending import Ending, Reading
from tanggap.turns.parents import with_parent_texts
from tanggap.turns.progress import Progress
from tanggap.turns.spending import Spending, spending
from tanggap.upkeep.housekeeping import (
    Rounds,
    disk_is_low,
    index_all,
    listen_for_silence,
    look_after,
    undo_future,
)

logger = logging.getLogger("tanggap.daemon")

MANY_SOURCES = 10_000
HOUSEKEEPING_SECONDS = 5
ACCOUNT_MISSING = {"account_gone", "page_not_granted"}
SHUTDOWN_SECONDS = 8.0
"""Real seconds that turns under way get after SIGTERM; the daemon promises to end within ten."""
RELOAD_SECONDS = 60.0
"""Real seconds that a reload waits for turns under way before it cuts them off."""


@dataclass(slots=True)
class House:
    """Everything wired together for one install."""

    config: Config
    store: Store
    networks: dict[str, Network]
    classifier: Classifier
    stop: threading.Event = field(default_factory=threading.Event)
    owner: str = ""
    dice: random.Random = field(default_factory=random.SystemRandom)
    network_of: dict[str, str] = field(default_factory=dict)
    """Source id to network, of all sources that the config asks for."""
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """Per network: lower-case handle to account id, as the store remembers it."""
    reservations: Reservations = field(default_factory=Reservations)
    """Billed reads that workers may be doing just now."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held for a moment around `ids` and the swap of a reload."""
    resolving: dict[str, threading.Lock] = field(
        default_factory=lambda: {name: threading.Lock() for name in NETWORKS}
    )
    """One per network: a look-up of ids that hangs keeps no other network waiting."""
    progress: Progress = field(default_factory=Progress)
    log: UnhurriedStream | None = None
    rounds: Rounds = field(default_factory=Rounds)

    def now(self) -> datetime:
        """Return the present moment on the install's clock."""
        return self.config.clock.now()

    def close(self) -> None:
        """End requests under way and free the connections."""
        for network in self.networks.values():
            network.close()


def open_house(config: Config, store: Store) -> House:
    """Wire the parts. A missing or broken model is an alarm, not an end: rules go on."""
    loaded, problem = load_classifier(config)
    reached("model_loaded")
    house = House(
        config=config,
        store=store,
        networks={name: factory(config) for name, factory in NETWORKS.items()},
        classifier=loaded,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
    )
    now = house.now()
    report_model(store, problem, now)
    undo_future(store, now)
    sync_sources(house, house.networks, now)
    reached("sources_synced")
    store.note_progress(now, loaded.version, house.owner)
    return house


def sync_sources(house: House, networks: Mapping[str, Network], now: datetime) -> None:
    """Make the store's sources those that the config asks for."""
    specs = [spec for network in networks.values() for spec in network.sources()]
    house.store.sync_sources(specs, now)
    house.network_of = {spec.id: spec.network for spec in specs}


def load_classifier(config: Config) -> tuple[Classifier, str | None]:
    """Return the configured classifier, or the rules alone and what is wrong with the model."""
    try:
        return load(models.path(config.classifier.model), config.policy), None
    except ModelError as exc:
        return rules_only(config.policy), str(exc)


def report_model(store: Store, problem: str | None, now: datetime) -> None:
    """Raise or clear the alarm about the model that this daemon uses."""
    if problem is None:
        store.clear_alarm("model")
        return
    logger.error("event=model_unusable mode=rules")
    store.raise_alarm("model", problem, now)


# --- one look at what is due ------------------------------------------------------------------


def cycle(
    house: House, crew: Crew, due_at: datetime | None = None, sent: Set[str] = frozenset()
) -> set[str]:
    """Hand every source due now (or at `due_at`) to the crew, those that were `sent` left out.

    Return the ids of those that it took.
    """
    if disk_is_low(house.store, house.config, house.now()):
        return set()
    # All of them, since one network's may be many and its workers full.
    now = house.now()
    due = house.store.due(due_at or now, limit=MANY_SOURCES)
    due = one_probe_each(due, crew.running(), house.store.holds(now), now)
    return {source_id for source_id in due if source_id not in sent and crew.send(source_id)}


def turn(house: House, source_id: str) -> Accepted:
    """Poll one source under a lease. What the database refuses costs this turn only."""
    now = house.now()
    total = Accepted()
    house.progress.begin(source_id)
    try:
        lease = house.store.lease(source_id, house.owner, now, now + lease_length(house))
        if lease is not None:
            reached("source_leased")
            total = poll(house, lease)
    except LeaseLost:
        logger.warning("event=lease_lost source=%s", source_id)
    except StoreError as error:
        # What was not committed is fetched again; the lease runs out by itself.
        logger.error(  # noqa: TRY400 - the cause is named
            "event=store_refused source=%s error=%s", source_id, type(error).__name__
        )
        total = Accepted(refused=1)
    finally:
        house.progress.end(source_id)
    return total


def poll(house: House, lease: Lease) -> Accepted:
    """Read what is new of a source; then give the lease back, as the turn went."""
    network = house.networks[lease.source.network]
    reading = Reading(lease.cursor)
    with spending(house.store, house.config, lease, house.reservations) as purse:
        try:
            read_pages(house, lease, network, purse, reading)
            if reading.more:  # stopped between two pages; the cursor knows where
                house.store.release(lease)
            else:
                succeeded(house, lease, reading)
        except StoreError:
            raise
        except CollectorError as error:
            if house.stop.is_set() or house.networks.get(lease.source.network) is not network:
                house.store.release(lease)  # we cut it off ourselves: shutdown or reload
            else:
                failed(house, lease, purse.explained(error, house.now()))
        except Exception as error:  # one bad source stops no other: the only broad handler
            logger.exception("event=turn_failed source=%s", lease.source.id)
            failed(house, lease, CollectorError("internal", lease.source.id, type(error).__name__))
    return reading.total


def read_pages(
    house: House, lease: Lease, network: Network, purse: Spending, reading: Reading
) -> None:
    """Fetch, decide, route and store page by page, as far as budgets, waits and a stop allow."""
    collector: Collector | None = None
    while reading.more and not house.stop.is_set():
        with purse.page(house.now()) as part:
            if part is None:  # a backlog, and the others need what is left
                reading.put_off()
                return
            if collector is None:
                ids = account_ids(house, lease.source.network, network)
                collector = network.collector(lease.source, ids)
            page = collector.fetch(reading.cursor, allowance=part.reads)
            reached("page_parsed")
            accepted = take(house, lease, replace(page, requests=purse.sent))
            purse.written_down()
        house.progress.step(lease.source.id)
        reading.add(page, accepted)
        if page.wait:  # kept with the page; what is left of the poll follows after it
            return


def take(house: House, lease: Lease, page: Page) -> Accepted:
    """Decide and route what is new on a page and store all of it in one transaction."""
    page = replace(page, mentions=with_parent_texts(house.store, page.mentions))
    decided = decide(house.store, house.classifier, house.config.policy, page.mentions)
    reached("decided")
    return house.store.accept(lease, page, decided, house.now())


def decide(
    store: Store, classifier: Classifier, policy: Policy, mentions: Sequence[Mention]
) -> dict[str, tuple[Decision, Route]]:
    """Return decision and route per `network_id` for the mentions that are new or edited.

    Of several versions of one post only the newest is decided: it is the one that is shown.
    """
    latest = newest(mentions)
    flags = store.fresh(latest)
    fresh = [mention for mention, flag in zip(latest, flags, strict=True) if flag]
    return {
        mention.network_id: (decision, router.route(mention, decision, policy))
        for mention, decision in zip(fresh, classifier.decide(fresh), strict=True)
    }


def succeeded(house: House, lease: Lease, reading: Reading) -> None:
    """Note a good turn and set the next poll."""
    Ending(house.store, house.config, house.dice, lease, house.now()).succeeded(reading)
    total = reading.total
    logger.info(
        "event=turn source=%s fetched=%d new=%d repeated=%d revised=%d rejected=%d",
        lease.source.id,
        total.fetched,
        total.new,
        total.repeated,
        total.revised,
        total.rejected,
    )


def failed(house: House, lease: Lease, error: CollectorError) -> None:
    """Note a failed turn: the cursor stays, the reason and the wait are kept in the store."""
    if error.code in ACCOUNT_MISSING:
        with house.lock:  # the next turn asks again whether the account is there
            house.ids.pop(lease.source.network, None)
    ending = Ending(house.store, house.config, house.dice, lease, house.now())
    reaction = ending.failed(error)
    logger.warning(
        "event=turn_refused source=%s code=%s scope=%s state=%s wait_s=%d",
        lease.source.id,
        error.code,
        error.scope,
        reaction.state,
        (reaction.next_poll_at - ending.now).total_seconds(),
    )


# --- what a turn needs to know ----------------------------------------------------------------


def account_ids(house: House, name: str, network: Network) -> Mapping[str, str]:
    """Return the account ids of a network, asking it once for those nobody knows yet."""
    with house.resolving[name]:  # two workers would ask, and pay, twice
        with house.lock:
            known = house.ids.get(name)
        if known is None:
            known = house.store.account_ids(name)
            found = network.resolve(known)
            if found:
                house.store.remember_account_ids(name, found, house.now())
            known = {**known, **found}
            with house.lock:
                if house.networks.get(name) is network:
                    house.ids[name] = known
    return known


def crew_of(house: House) -> Crew:
    """Return the workers of a house, as many for each network as the config says."""
    workers = house.config.daemon.workers
    return Crew(partial(turn, house), workers, lambda source: house.network_of.get(source, ""))


def lease_length(house: House) -> timedelta:
    """Return the length of a lease: real seconds of the config on the install's clock."""
    return timedelta(seconds=house.config.daemon.lease_seconds * house.config.clock.speed)


# --- the beat ---------------------------------------------------------------------------------


def once(house: House) -> Accepted:
    """Do all that is due now, each source once, and return the sum."""
    crew = crew_of(house)
    total = Accepted()
    started = house.now()
    sent: set[str] = set()  # what the database refuses stays due, and would be tried for ever
    try:
        while not house.stop.is_set():
            busy = crew.busy()  # asked first: what ends during the cycle may have freed others
            taken = cycle(house, crew, started, sent)
            sent |= taken
            if not taken and not busy:
                break
            crew.wait(1.0)
    finally:
        crew.close()
        crew.wait(SHUTDOWN_SECONDS)
    for accepted in crew.collect():
        total += accepted
    listen_for_silence(house.store, house.rounds, house.now())
    index_all(house.store, house.stop)
    return total


def run(house: House, reload: Callable[[], Config]) -> None:
    """Work until SIGTERM or SIGINT. SIGHUP reads the config again through `reload`."""
    hangup = threading.Event()
    before = {
        number: signal.signal(number, handler)
        for number, handler in (
            (signal.SIGTERM, lambda *_: house.stop.set()),
            (signal.SIGINT, lambda *_: house.stop.set()),
            (signal.SIGHUP, lambda *_: hangup.set()),
        )
    }
    crew = crew_of(house)
    tick = house.config.daemon.tick_seconds
    metronome = Metronome()
    metronome.every(tick, partial(beat, house, crew, hangup))
    metronome.every(HOUSEKEEPING_SECONDS, partial(keep_house, house, crew))
    notify("READY=1")
    logger.info("event=started owner=%s model=%s", house.owner, house.classifier.version)
    try:
        beat(house, crew, hangup)
        asked_at: float | None = None
        while not house.stop.wait(min(tick, 1.0)):
            if hangup.is_set():  # nothing new is begun until the turns under way have ended
                asked_at = asked_at or time.monotonic()
                if not crew.busy() or time.monotonic() - asked_at > RELOAD_SECONDS:
                    with store_may_refuse():
                        apply_reload(house, reload)
                        asked_at = None
                        hangup.clear()
            metronome.run_pending()
    finally:
        notify("STOPPING=1")
        house.stop.set()
        reached("shutting_down")
        house.close()
        crew.close()
        all_ended = crew.wait(SHUTDOWN_SECONDS)
        house.rounds.backups.wait(1.0)
        for number, handler in before.items():
            signal.signal(number, handler)
        logger.info("event=stopped clean=%s", all_ended)


def beat(house: House, crew: Crew, hangup: threading.Event) -> None:
    """One beat: hand out what is due, and leave the sign of life that real progress allows."""
    with store_may_refuse():
        if not hangup.is_set():
            cycle(house, crew)
    interval = watchdog_interval()
    patience = interval.total_seconds() if interval else 120.0
    if house.progress.alive(busy=crew.busy() > 0, patience=patience):
        notify("WATCHDOG=1")  # also while the database refuses: a restart would not mend that
        with store_may_refuse():
            house.store.note_progress(house.now(), house.classifier.version, house.owner)


def keep_house(house: House, crew: Crew) -> None:
    """Do what is due beside the sources (`tanggap.upkeep.housekeeping`)."""
    crew.collect()
    with store_may_refuse():
        look_after(house.store, house.config, house.rounds, house.log, house.stop, house.now())


@contextmanager
def store_may_refuse() -> Iterator[None]:
    """Let a full or busy database cost this beat only; the next one tries again."""
    try:
        yield
    except StoreError as error:
        logger.error(  # noqa: TRY400 - the cause is named
            "event=store_refused error=%s", type(error).__name__
        )


def apply_reload(house: House, reload: Callable[[], Config]) -> None:
    """Take a new config; a bad one is reported and the old one stays. May be called again."""
    now = house.now()
    try:
        config = reload()
    except ConfigError as exc:
        logger.error("event=reload_refused problems=%d", len(exc.problems))  # noqa: TRY400 - no bug
        house.store.raise_alarm("config", exc.problems[0], now)
        return
    networks = {name: factory(config) for name, factory in NETWORKS.items()}
    loaded, problem = load_classifier(config)
    house.store.clear_alarm("config")
    report_model(house.store, problem, now)
    sync_sources(house, networks, now)
    # A new token or permission is the usual reason for a reload: try at once what was refused.
    for status in house.store.sources(now):
        if status.state == "needs_human" or status.held_code:
            house.store.poll_now(status.spec.id, now)
    with house.lock:
        old, house.networks = house.networks, networks
        house.config, house.classifier = config, loaded
        house.ids.clear()
    for network in old.values():
        network.close()
    logger.info("event=reloaded")


def main() -> None:
    """Start the daemon as `tanggap run` does (`python daemon.py`)."""
    from tanggap.cli import main as command_line

    command_line(["run", *sys.argv[1:]])


if __name__ == "__main__":
    main()
