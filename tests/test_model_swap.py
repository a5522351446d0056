"""Promote and roll back under a running daemon: the next page is decided by what is in use then."""

import gc
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from classifier_support import baseline, policy
from click.testing import CliRunner
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    fetched,
    four_hours_of_x,
    only_accounts,
    open_install,
    write_config,
)
from daemons_support import OneDaemon, daemons, wait_until
from fast_city_support import City
from kills_support import clock_table
from model_support import keep, packed, promote, variant
from nest_support import Child, nest
from postgres_support import Server
from process_support import usage_of

import daemon
from classifier import Classifier, load_bytes
from classifier.artefact import save
from tanggap import killpoints
from tanggap.cli import cli
from tanggap.clock import Clock
from tanggap.errors import StoreBusy
from tanggap.simulator.server import Simulator
from tanggap.store import Store, open_store
from tanggap.upkeep.model import AGAIN_SECONDS, ModelWatch, load_model

OPDS = ("pemkot", "dpupr", "dishub")
PROMISED = 10.0
"""Real seconds in which a running daemon decides with what was promoted."""
ONE_MODEL_MB = 13
"""What the shipped model takes of a process, about."""
MODELS = "SELECT model FROM decisions ORDER BY id"


@pytest.fixture
def clock() -> HandClock:
    """Give the noon of one day: how many mentions a page holds depends on the hour."""
    return HandClock(START + timedelta(hours=4))


@pytest.fixture
def simulator(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    with four_hours_of_x(clock) as running:
        yield running


@dataclass
class Install:
    """A daemon that a test drives by hand, on the real models."""

    house: daemon.House
    clock: HandClock

    @property
    def store(self) -> Store:
        return self.house.store

    def candidate(self, name: str = "lokal") -> str:
        return keep(self.store, name, self.clock.now())

    def promote(self, version: str | None) -> None:
        promote(self.store, version, self.clock.now())

    def round(self) -> str:
        """Do one round of housekeeping; return the version that decides then."""
        daemon.keep_house(self.house, daemon.crew_of(self.house))
        return self.house.classifier.version


@pytest.fixture
def install(tmp_path: Path, simulator: Simulator, clock: HandClock) -> Iterator[Install]:
    change = ("workers = 4 ", "workers = 1 ")
    path = write_config(tmp_path, simulator.address, *only_accounts(*OPDS), change)
    with open_install(path, clock) as house:
        yield Install(house, clock)


# --- one round ----------------------------------------------------------------------------------


def test_a_round_takes_what_was_promoted_and_goes_back_with_a_rollback(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    shipped = baseline().version
    assert install.house.classifier.version == shipped
    first, second = install.candidate("lokal"), install.candidate("kota")
    assert install.round() == shipped  # a candidate alone decides nothing
    for version, wanted in ((first, first), (second, second), (first, first), (None, shipped)):
        install.promote(version)
        assert install.round() == wanted
        before = install.house.classifier
        install.round()
        assert install.house.classifier is before  # nothing is read again without need
    taken = [line for line in caplog.messages if line.startswith("event=model_taken")]
    assert taken == [f"event=model_taken model={one}" for one in (first, second, first, shipped)]
    assert install.store.alarms() == []


def test_a_page_under_way_is_finished_with_the_model_that_it_began_with(
    install: Install,
) -> None:
    version, shipped = install.candidate(), baseline().version
    install.promote(version)
    swapped: list[str] = []
    killpoints.arm("decided", lambda: swapped.append(install.round()))
    daemon.once(install.house)
    assert swapped == [version]  # while the first page was decided and not stored
    rows = fetched(
        install.house.config.database_path,
        "SELECT d.model, d.at FROM decisions d ORDER BY d.id",
    )
    pages: dict[str, set[str]] = {}
    for model, at in rows:
        pages.setdefault(at, set()).add(model)
    used = [model for model, _ in rows]
    assert set(used) == {shipped, version}
    assert changes(used) == [shipped, version]


def test_the_page_is_decided_by_one_model_even_if_another_comes_in_the_middle_of_it(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, shipped = install.candidate(), baseline().version
    install.promote(version)
    decide = Classifier.decide
    pages: list[tuple[int, set[str]]] = []

    def interrupted(self: Classifier, mentions: list[object]) -> list[object]:
        if mentions and not pages:
            install.round()
        found = decide(self, mentions)  # type: ignore[arg-type]  # handed on as it came
        if mentions:
            pages.append((len(mentions), {one.model for one in found}))
        return found  # type: ignore[return-value]  # handed on as it came

    monkeypatch.setattr(Classifier, "decide", interrupted)
    daemon.once(install.house)
    assert pages[0][0] > 1
    assert pages[0][1] == {shipped}
    assert [models for _, models in pages[1:]] == [{version}] * (len(pages) - 1)
    assert len(pages) > 1


def test_the_model_before_is_gone_from_memory_with_its_last_page(install: Install) -> None:
    gc.disable()  # what only the collector finds would stay for long
    try:
        versions = [install.candidate("lokal"), install.candidate("kota")]
        for turn in range(4):
            old = weakref.ref(install.house.classifier)
            scorer = weakref.ref(install.house.classifier._scorer)
            install.promote(versions[turn % 2])
            install.round()
            assert old() is None
            assert scorer() is None
    finally:
        gc.enable()


def test_what_the_store_refuses_is_taken_in_the_next_round(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, shipped = install.candidate(), baseline().version
    install.promote(version)
    for name in ("current_model", "artefact", "clear_alarm"):
        with monkeypatch.context() as patch:

            def refused(*_: object, **__: object) -> None:
                raise StoreBusy("sibuk")

            patch.setattr(install.store, name, refused)
            assert install.round() == shipped, name
    assert install.round() == version
    assert install.store.alarms() == []


def test_a_reload_keeps_what_was_promoted_whatever_the_config_names(install: Install) -> None:
    version = install.candidate()
    install.promote(version)
    settings = install.house.config.classifier.model_copy(update={"model": "/tidak/ada"})
    other = replace(install.house.config, classifier=settings)
    daemon.apply_reload(install.house, lambda: other)
    assert install.house.classifier.version == version
    assert install.store.alarms() == []
    install.promote(None)
    assert install.round() == "rules"
    (alarm,) = install.store.alarms()
    assert (alarm.code, "/tidak/ada" in alarm.detail) == ("model", True)


def test_one_that_cannot_be_used_is_tried_again_after_a_minute_and_taken_when_mended(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = install.candidate()
    install.promote(version)
    house, store, config = install.house, install.store, install.house.config
    seconds = 0.0
    read = store.artefact
    asked: list[str] = []

    def gone(wanted: str) -> bytes | None:
        asked.append(wanted)
        return None

    monkeypatch.setattr(store, "artefact", gone)
    watch = ModelWatch(load_model(store, config), lambda: seconds)
    assert asked == [version]
    assert watch.follow(store, config, house.owner) is None
    assert asked == [version]
    seconds = AGAIN_SECONDS
    assert watch.follow(store, config, house.owner) is None  # as broken as before
    assert asked == [version] * 2
    monkeypatch.setattr(store, "artefact", read)
    assert watch.follow(store, config, house.owner) is None
    seconds = 2 * AGAIN_SECONDS
    mended = watch.follow(store, config, house.owner)
    assert mended is not None
    assert mended.version == version


def test_a_mended_model_of_the_config_is_taken_within_a_minute_without_a_reload(
    install: Install, tmp_path: Path
) -> None:
    house, store = install.house, install.store
    folder = tmp_path / "model-kota"
    settings = house.config.classifier.model_copy(update={"model": str(folder)})
    config = replace(house.config, classifier=settings)
    seconds = 0.0
    watch = ModelWatch(load_model(store, config), lambda: seconds)
    save(variant("kota"), folder)
    assert watch.follow(store, config, house.owner) is None
    seconds = AGAIN_SECONDS
    mended = watch.follow(store, config, house.owner)
    assert mended is not None
    assert mended.version == variant("kota").version
    assert watch.follow(store, config, house.owner) is None


def test_intake_and_check_use_and_name_what_was_promoted(install: Install, tmp_path: Path) -> None:
    version = install.candidate()
    install.promote(version)
    path = install.house.config.path
    rows = tmp_path / "masuk.csv"
    rows.write_text("text,mentioned_opd\nlampu jalan mati di jalan melati,dishub\n", "utf-8")
    done = CliRunner().invoke(cli, ["--config", str(path), "intake", str(rows)])
    assert done.exit_code == 0, done.output
    assert fetched(install.house.config.database_path, MODELS) == [(version,)]
    checked = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline"])
    (line,) = (line for line in checked.stdout.splitlines() if " model: " in line)
    assert line.startswith("baik ")
    assert f"{version}, dipromosikan" in line
    install.promote(None)
    checked = CliRunner().invoke(cli, ["--config", str(path), "check", "--offline"])
    (line,) = (line for line in checked.stdout.splitlines() if " model: " in line)
    assert line.endswith(f"model: {baseline().version}")


def test_the_bytes_of_a_variant_are_those_of_a_sound_model() -> None:
    loaded = load_bytes(packed("lokal"), policy())
    assert loaded.version == variant("lokal").version != baseline().version


# --- running daemons ----------------------------------------------------------------------------


def changes(models: list[str]) -> list[str]:
    """Return the models in the order in which they came, each run once."""
    return [models[0], *(new for old, new in pairwise(models) if old != new)] if models else []


def used(store: Store) -> set[str]:
    """Return the models that the living daemons say they decide with."""
    return {one.model for one in store.daemons(Clock().now())}


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """A city that writes so much that there is a page to decide every few seconds."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    made = City(tmp_path, 21, OPDS, hours=10, per_hour=900, workers=1)
    with made.simulator:
        yield made


@pytest.mark.slow
def test_a_running_daemon_follows_within_ten_seconds_and_a_restart_keeps_it(
    tmp_path: Path, city: City
) -> None:
    database = tmp_path / "tanggap.db"
    path = write_config(
        tmp_path,
        city.simulator.address,
        *only_accounts(*OPDS),
        ("poll_seconds = 180\n", "poll_seconds = 100\n"),
        ("timeline_poll_seconds = 600", "timeline_poll_seconds = 100"),
        ("workers = 4 ", "workers = 1 "),
        extra=clock_table(city.clock),
    )
    shipped = baseline().version
    with closing(open_store(database)) as store, nest(tmp_path / "nest") as started:
        store.migrate()
        first = keep(store, "lokal", city.clock.now())
        second = keep(store, "kota", city.clock.now())

        def follows(run: Child, wanted: str | None) -> float:
            """Promote; return the seconds until the daemon decides with it."""
            known = len(fetched(database, MODELS))
            promote(store, wanted, city.clock.now())
            began = time.monotonic()
            version = wanted or shipped
            count = run.said().count(f"event=model_taken model={version}")
            words = f"event=model_taken model={version}"
            wait_until(lambda: run.said().count(words) > count, run.log)
            took = time.monotonic() - began
            wait_until(lambda: (version,) in fetched(database, MODELS)[known:], run.log)
            return took

        run = started.start(path, "run")
        wait_until(lambda: fetched(database, MODELS), run.log)
        before = usage_of(run.pid).rss_mb
        seconds = [follows(run, one) for one in (first, second, first, None, first)]
        assert max(seconds) < PROMISED, seconds
        assert usage_of(run.pid).rss_mb - before < 2 * ONE_MODEL_MB, "old models stay in memory"
        run.send(signal.SIGTERM)
        assert run.ended() == 0
        order = [model for (model,) in fetched(database, MODELS)]
        assert changes(order) == [shipped, first, second, first, shipped, first]
        again = started.start(path, "run")
        again.wait_for(f"event=started owner={own(again, store)} model={first}")
        known = len(order)
        wait_until(lambda: len(fetched(database, MODELS)) > known, again.log)
        assert {model for (model,) in fetched(database, MODELS)[known:]} == {first}
        again.send(signal.SIGTERM)
        assert again.ended() == 0


def heard(group: list[OneDaemon], version: str) -> bool:
    """Whether the last model that each daemon took is this one."""
    last = [one.process.said().rpartition("event=model_taken model=")[2].split() for one in group]
    return all(words[:1] == [version] for words in last)


def own(child: Child, store: Store) -> str:
    """Return the name of the daemon that is this process, once it is there."""

    def names() -> list[str]:
        found = store.daemons(Clock().now())
        return [one.owner for one in found if f":{child.pid}:" in one.owner]

    return wait_until(names, child.log)[0]


@pytest.mark.slow
def test_every_daemon_of_an_install_follows_and_who_joins_later_begins_with_it(
    tmp_path: Path, postgres_server: Server, migrated_postgres_url: str, city: City
) -> None:
    url = migrated_postgres_url
    with (
        closing(open_store(url)) as store,
        daemons(tmp_path, url, postgres_server, city.write_config) as group,
    ):
        two = [group.join(), group.join()]
        for one in two:
            group.wait_for_lease(one)
        version = keep(store, "lokal", city.clock.now())
        for wanted in (version, None, version):
            promote(store, wanted, city.clock.now())
            began = time.monotonic()
            name = wanted or baseline().version
            wait_until(lambda: heard(two, name), two[0].log)  # noqa: B023 - called at once
            assert time.monotonic() - began < PROMISED
        late = group.join()
        late.process.wait_for(f"model={version}")
        known = len(group.look(MODELS))
        newer = wait_until(lambda: group.look(MODELS)[known:], late.log)
        assert set(newer) == {(version,)}
        shown = "SELECT DISTINCT model FROM daemons"
        wait_until(lambda: group.look(shown) == [(version,)], late.log)
        for one in list(group.running):
            group.leave(one)


def test_swaps_from_another_thread_never_leave_a_page_without_a_model(install: Install) -> None:
    """The beat swaps while workers decide: every decision names a model that was in use."""
    versions = [install.candidate("lokal"), install.candidate("kota")]
    stop = threading.Event()

    def swap() -> None:
        turn = 0
        while not stop.is_set():
            install.promote(versions[turn % 2])
            install.round()
            turn += 1

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        daemon.once(install.house)
    finally:
        stop.set()
        thread.join(60)
    models = {model for (model,) in fetched(install.house.config.database_path, MODELS)}
    assert models
    assert models <= {*versions, baseline().version}
