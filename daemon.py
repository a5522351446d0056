"""The unattended part: collect, classify, route, store. The only place where all parts meet.

`cycle` is one look at what is due; `turn` is one source's turn, top to bottom; `run` beats the
time. What is due, who has a source, how long to wait and what was read lives in the store, so a
restart forgets nothing. Start it with `tanggap run` or `python daemon.py --config FILE`.
"""

import logging
import random
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from signal import SIGHUP, SIGINT, SIGTERM

import router
from classifier import Classifier
from collectors import NETWORKS
from collectors.base import Collector, Network
from tanggap.allocator import give_back
from tanggap.config import Config
from tanggap.errors import CollectorError, ConfigError, LeaseLost, StoreError
from tanggap.killpoints import reached
from tanggap.mention import Decision, Mention, Page, Route
from tanggap.metronome import Metronome
from tanggap.policy import Policy
from tanggap.sd_notify import notify, watchdog_interval
from tanggap.signals import told_by_signals
from tanggap.stderr_stream import UnhurriedStream
from tanggap.store import Store
from tanggap.store.rows import Accepted, Lease, newest
from tanggap.store.rows_daemons import DaemonName
from tanggap.turns.breaker import one_probe_each
from tanggap.turns.crew import Crew
from tanggap.turns.ending import Ending, Reading
from tanggap.turns.heartbeat import Heartbeat
from tanggap.turns.parents import with_parent_texts
from tanggap.turns.reservations import Reservations
from tanggap.turns.spending import Spending, spending
from tanggap.turns.uncounted import Uncounted
from tanggap.upkeep.clock_skew import clock_error, judge_clock, right_now
from tanggap.upkeep.housekeeping import (
    Rounds,
    disk_is_low,
    end,
    forget_predecessors,
    index_all,
    listen_for_silence,
    look_after,
    undo_future,
)
from tanggap.upkeep.model import ModelWatch, load_model, report_model
from tanggap.upkeep.notices import sync_channels
from tanggap.upkeep.refusals import Refusals

logger = logging.getLogger("tanggap.daemon")

MANY_SOURCES = 10_000
HOUSEKEEPING_SECONDS = 5
GIVE_BACK_SECONDS = 60
ACCOUNT_MISSING = {"account_gone", "page_not_granted"}
SHUTDOWN_SECONDS = 8.0
"""Real seconds that turns and a backup under way get together after SIGTERM. With the last lines
of the log (`stderr_stream.FLUSH_SECONDS`) the daemon ends within the ten that it promises."""
RELOAD_SECONDS = 60.0
"""Real seconds that a reload waits for turns under way before it cuts them off."""


@dataclass(slots=True)
class House:
    """Everything wired together for one install."""

    config: Config
    store: Store
    networks: dict[str, Network]
    classifier: Classifier
    """A page is decided by the one that stands here when it begins, to its end."""
    model: ModelWatch
    stop: threading.Event = field(default_factory=threading.Event)
    owner: str = ""
    dice: random.Random = field(default_factory=random.SystemRandom)
    network_of: dict[str, str] = field(default_factory=dict)
    """Source id to network, of all sources that the config asks for."""
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """Per network: lower-case handle to account id, as the store remembers it."""
    reservations: Reservations = field(default_factory=Reservations)
    """Requests and billed reads that workers may be doing just now."""
    uncounted: Uncounted = field(default_factory=Uncounted)
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held for a moment around `ids` and the swap of a reload."""
    resolving: dict[str, threading.Lock] = field(
        default_factory=lambda: {name: threading.Lock() for name in NETWORKS}
    )
    """One per network: a look-up of ids that hangs keeps no other network waiting."""
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    log: UnhurriedStream | None = None
    rounds: Rounds = field(default_factory=Rounds)
    refusals: Refusals = field(default_factory=Refusals)

    def now(self) -> datetime:
        """Return the present moment on the install's clock."""
        return self.config.clock.now()

    def close(self) -> None:
        """End jobs and requests under way and free the connections."""
        self.rounds.jobs.cut_off()
        for network in self.networks.values():
            network.close()


def open_house(config: Config, store: Store) -> House:
    """Wire the parts. A missing or broken model is an alarm, not an end: rules go on."""
    loaded = load_model(store, config)
    reached("model_loaded")
    house = House(
        config=config,
        store=store,
        networks={name: factory(config) for name, factory in NETWORKS.items()},
        classifier=loaded.classifier,
        model=ModelWatch(loaded),
        owner=str(DaemonName.of_this_process()),
    )
    wrong_by = clock_error(store, config)
    now = config.clock.now() - wrong_by
    forget_predecessors(store, config, now, house.owner)
    store.note_progress(now, loaded.classifier.version, house.owner)
    report_model(store, loaded, now, house.owner)
    undo_future(store, now, wrong_by)
    sync_channels(store, config, now)
    sync_sources(house, house.networks, now)
    reached("sources_synced")
    return house


def sync_sources(house: House, networks: Mapping[str, Network], now: datetime) -> None:
    """Make the store's sources those that the config asks for."""
    specs = [spec for network in networks.values() for spec in network.sources()]
    house.store.sync_sources(specs, now)
    house.network_of = {spec.id: spec.network for spec in specs}


# --- one look at what is due ------------------------------------------------------------------


def cycle(
    house: House, crew: Crew, due_at: datetime | None = None, sent: Set[str] = frozenset()
) -> set[str]:
    """Hand every source due now (or at `due_at`) to the crew, those that were `sent` left out.

    Return the ids of those that it took.
    """
    if disk_is_low(house.store, house.config, house.now(), house.owner):
        return set()
    # All of them, since one network's may be many and its workers full.
    now = house.now()
    due = house.store.due(due_at or now, limit=MANY_SOURCES)
    if holds := house.store.holds(now):  # what the other daemons are at counts too
        running = crew.running() | set(house.store.leased(now))
        due = one_probe_each(due, running, holds, now)
    return {source_id for source_id in due if source_id not in sent and crew.send(source_id)}


def turn(house: House, source_id: str) -> Accepted:
    """Poll one source under a lease. What the database refuses costs this turn only."""
    now = house.now()
    total = Accepted()
    house.heartbeat.begin(source_id)
    try:
        lease = house.store.lease(source_id, house.owner, now, now + lease_length(house))
        if lease is not None:
            reached("source_leased")
            total = poll(house, lease)
    except LeaseLost:
        logger.warning("event=lease_lost source=%s", source_id)
    except StoreError as error:
        # What was not committed is fetched again; the lease runs out by itself.
        house.refusals.note(error, source_id)
        total = Accepted(refused=1)
    finally:
        house.heartbeat.end(source_id)
    return total


def poll(house: House, lease: Lease) -> Accepted:
    """Read what is new of a source; then give the lease back, as the turn went."""
    network = house.networks[lease.source.network]
    reading = Reading(lease.cursor)
    with spending(house.store, house.config, lease, house.reservations, house.uncounted) as purse:
        try:
            read_pages(house, lease, network, purse, reading)
            if reading.more:  # stopped between two pages; the cursor knows where
                house.store.release(lease)
            else:
                succeeded(house, lease, reading)
        except StoreError:
            raise
        except CollectorError as error:
            ours = house.stop.is_set() or house.networks.get(lease.source.network) is not network
            if ours and not error.asks_to_wait:
                house.store.release(lease)  # cut off, or true of the old config or process only
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
            purse.written_down(page)
        house.heartbeat.step(lease.source.id)
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
    fresh = [mention for mention, new in zip(latest, store.fresh(latest), strict=True) if new]
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
            wrong_by = judge_clock(house.store, house.config, house.owner)
            taken = set() if wrong_by else cycle(house, crew, started, sent)
            sent |= taken
            if not taken and not busy:
                break
            crew.wait(1.0)
    finally:
        crew.close()
        crew.wait(SHUTDOWN_SECONDS)
    total = sum(crew.collect(), total)
    now = right_now(house.store, house.config)
    listen_for_silence(house.store, house.rounds, house.stop, now)
    index_all(house.store, house.stop)
    return total


def run(house: House, reload: Callable[[], Config], hangup: threading.Event) -> bool:
    """Work until SIGTERM or SIGINT. SIGHUP reads the config again through `reload`.

    `hangup` is set where that was asked for before there was a house. Return whether all turns
    have ended; those that hang are given up.
    """
    with told_by_signals({SIGTERM: house.stop.set, SIGINT: house.stop.set, SIGHUP: hangup.set}):
        return work(house, reload, hangup)


def work(house: House, reload: Callable[[], Config], hangup: threading.Event) -> bool:
    """Beat until the house is told to stop; then end what is under way. Return whether it did."""
    crew = crew_of(house)
    tick = house.config.daemon.tick_seconds
    metronome = Metronome()
    metronome.every(tick, partial(beat, house, crew, hangup))
    metronome.every(HOUSEKEEPING_SECONDS, partial(keep_house, house, crew))
    metronome.every(GIVE_BACK_SECONDS, give_back)  # by itself: whatever the database refuses
    notify("READY=1")
    logger.info("event=started owner=%s model=%s", house.owner, house.classifier.version)
    try:
        beat(house, crew, hangup)
        asked_at: float | None = None
        while not house.stop.wait(min(tick, 1.0)):
            if hangup.is_set():  # nothing new is begun until the turns under way have ended
                asked_at = asked_at or time.monotonic()
                if not crew.busy() or time.monotonic() - asked_at > RELOAD_SECONDS:
                    hangup.clear()  # first: who asks while files are read is heard once more
                    with house.refusals.tolerated():
                        apply_reload(house, reload)
                        asked_at = None
                    if asked_at:  # the database refused: once more
                        hangup.set()
            metronome.run_pending()
    finally:
        notify("STOPPING=1")
        house.stop.set()
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        reached("shutting_down")
        house.close()
        crew.close()
        all_ended = crew.wait(max(0.0, deadline - time.monotonic()))
        house.rounds.backups.wait(max(0.0, deadline - time.monotonic()))
        if all_ended and not house.refusals.standing:  # else there is no time to wait for it
            with suppress(StoreError):
                end(house.store, house.config, house.rounds, house.owner, house.classifier.version)
        logger.info("event=stopped clean=%s", all_ended)
    return all_ended


def beat(house: House, crew: Crew, hangup: threading.Event) -> None:
    """One beat: hand out what is due, and leave the sign of life that real progress allows."""
    wrong_by: timedelta | None = None
    with house.refusals.tolerated():
        wrong_by = judge_clock(house.store, house.config, house.owner)
        if not wrong_by and not hangup.is_set():
            cycle(house, crew)
    interval = watchdog_interval()
    patience = interval.total_seconds() if interval else 120.0
    if house.heartbeat.alive(busy=crew.busy() > 0, patience=patience):
        notify("WATCHDOG=1")  # also while the database refuses: a restart would not mend that
        if wrong_by is None:  # whose clock it is by which signs of life are dated
            return
        with house.refusals.tolerated():
            now = house.now() - wrong_by
            house.store.note_progress(now, house.classifier.version, house.owner)
            house.refusals.over()


def keep_house(house: House, crew: Crew) -> None:
    """Do what is due beside the sources (`tanggap.upkeep.housekeeping`)."""
    crew.collect()
    with house.refusals.tolerated():
        # First: what comes after it may take long.
        if promoted := house.model.follow(house.store, house.config, house.owner):
            house.classifier = promoted  # from the next page on
            give_back()
        using = house.owner, house.classifier.version
        look_after(house.store, house.config, house.rounds, house.log, house.stop, *using)


def apply_reload(house: House, reload: Callable[[], Config]) -> None:
    """Take a new config; a bad one is reported and the old one stays. May be called again."""
    now = right_now(house.store, house.config)
    try:
        config = reload()
    except ConfigError as exc:
        for line in exc.problems:  # each names file, key and remedy; none holds a secret
            logger.error("event=reload_refused problem=%s", line)  # noqa: TRY400 - no bug
        house.store.raise_alarm("config", exc.problems[0], now, house.owner)
        return
    networks = {name: factory(config) for name, factory in NETWORKS.items()}
    loaded = load_model(house.store, config)
    house.store.clear_alarm("config", house.owner)
    report_model(house.store, loaded, now, house.owner)
    sync_sources(house, networks, now)
    # A new token or permission is the usual reason for a reload: try at once what was refused.
    for status in house.store.sources(now):
        if status.state == "needs_human" or status.held_code:
            house.store.poll_now(status.spec.id, now)
    with house.lock:
        old, house.networks = house.networks, networks
        house.config, house.classifier = config, loaded.classifier
        house.model.took(loaded)
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
