"""From the polls of a daemon to the statement: what the command and the desk say was watched."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from daemon_support import (
    START,
    TOKEN,
    HandClock,
    only_accounts,
    open_install,
    write_config,
    write_session,
)
from store_support import page, take
from web_support import NOW, Town, add_sources, town, words_of

import daemon
from tanggap.cli import cli
from tanggap.clock import Clock, to_text
from tanggap.config import load_config
from tanggap.coverage import Span, Statement, statement
from tanggap.mention import Gap, SourceSpec
from tanggap.simulator.generator import generate_city, generate_world
from tanggap.simulator.server import Simulator
from tanggap.store import open_store

DPUPR = "x:mentions:dpupr"
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> Iterator[Path]:
    """Give the config of an install with one account on a simulated X."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    world = generate_world(5, START - 4 * HOUR, 4, 60)
    with Simulator(world, token=TOKEN, clock=clock) as simulator:  # type: ignore[arg-type] # by hand
        yield write_config(tmp_path, simulator.address, *only_accounts("dpupr"))


@pytest.fixture
def searching(install: Path) -> Path:
    """Give the same install, its account watched by the search that reaches back a week."""
    text = install.read_text(encoding="utf-8")
    install.write_text(text.replace("\nsearch = []", '\nsearch = ["dpupr"]'), encoding="utf-8")
    return install


def polled(house: daemon.House, clock: HandClock, after: timedelta) -> None:
    clock.advance(after)
    daemon.once(house)


def stated(house: daemon.House, before: timedelta) -> Statement:
    now = house.now()
    return statement(house.store, house.config, Span(now - before, now))


def test_real_polls_watch_from_the_backfill_on(install: Path, clock: HandClock) -> None:
    with open_install(install, clock) as house:
        for _ in range(3):
            polled(house, clock, HOUR)
        days = timedelta(days=house.config.x.backfill_days)
        found = stated(house, timedelta(days=30))
        report = next(one for one in found.sources if one.source.source_id == DPUPR)
        assert abs(report.span.start - (START + HOUR - days)) < timedelta(seconds=1)
        assert (report.share.words, report.gaps, report.unread, report.late) == (
            "100%",
            (),
            (),
            (),
        )


@pytest.mark.parametrize("network", ["x", "facebook", "instagram", "instagram_web"])
def test_every_network_watches_by_whole_polls_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock, network: str
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    city = generate_city(5, START - 4 * HOUR, 4, 120)
    with Simulator(*city, token=TOKEN, clock=clock) as simulator:  # type: ignore[arg-type] # by hand
        write_session(tmp_path, simulator)
        opd = "distan" if network == "instagram_web" else "dpupr"
        account = only_accounts(opd, network=network)
        capped = [(f"page_cap = {pages}", "page_cap = 1") for pages in (20, 60, 30)]
        path = write_config(
            tmp_path, simulator.address, *account, *capped, networks=(network,)
        )  # fmt: skip
        with open_install(path, clock) as house:
            within = 0
            for _ in range(60):
                polled(house, clock, HOUR / 4)
                found = {one.source_id: one for one in house.store.coverage(START, house.now())}
                for status in house.store.sources(house.now()):
                    if status.code == "page_cap" and status.errors == 0:
                        within += 1
                        last = found[status.spec.id].until
                        assert last is None or last < house.now() - HOUR / 8
                if all(one.until for one in found.values()):
                    break
            # In this small city only Instagram's walk takes more than a page, and so a turn.
            assert within > 0 or network != "instagram"
            assert found
            assert all(one.until and len(one.intervals) == 1 for one in found.values())


def test_an_outage_that_is_read_back_is_whole_but_late(install: Path, clock: HandClock) -> None:
    with open_install(install, clock) as house:
        polled(house, clock, HOUR)
        polled(house, clock, 20 * HOUR)
        report = stated(house, 40 * HOUR).sources[0]
        assert (report.share.words, len(report.late)) == ("100%", 1)
        assert timedelta(0) <= report.late[0].late - 20 * HOUR < timedelta(minutes=1)


def test_an_outage_that_is_longer_than_search_reaches_back_is_a_gap(
    searching: Path, clock: HandClock
) -> None:
    with open_install(searching, clock) as house:
        polled(house, clock, HOUR)
        clock.advance(timedelta(days=10))
        unread = stated(house, timedelta(days=5)).sources[0]
        assert (unread.share.words, [one.code for one in unread.unread]) == ("0%", ["not_polled"])
        polled(house, clock, HOUR)
        report = stated(house, timedelta(days=11)).sources[0]
        [gap] = report.gaps
        assert (gap.code, report.unread) == ("older_than_window", ())
        assert abs(gap.length - timedelta(days=3, hours=2)) < timedelta(seconds=1)
        # Search reached back as far as it can, so the rest is whole, though late.
        assert [one.end for one in report.late] == [report.source.until]


def test_an_account_that_is_taken_out_and_put_back_has_a_gap(
    install: Path, clock: HandClock
) -> None:
    with open_install(install, clock) as house:
        polled(house, clock, HOUR)
        clock.advance(timedelta(minutes=1))
        house.store.sync_sources([], house.now())
        clock.advance(5 * HOUR)
        gone = stated(house, 4 * HOUR).sources
        assert gone == (), "what was gone before the span is in no statement"
        daemon.sync_sources(house, house.networks, house.now())
        polled(house, clock, HOUR)
        report = next(
            one for one in stated(house, 10 * HOUR).sources if one.source.source_id == DPUPR
        )
        assert [(gap.code, gap.length) for gap in report.gaps] == [("removed", 5 * HOUR)]


def test_a_source_that_fails_after_the_clock_was_put_back_is_watched_no_further(
    install: Path, clock: HandClock
) -> None:
    with open_install(install, clock) as house:
        polled(house, clock, HOUR)
        polled(house, clock, 24 * HOUR)  # the clock runs a day ahead for one poll
        clock.advance(HOUR)
        lease = house.store.lease(DPUPR, "d1", house.now(), house.now() + HOUR)
        assert lease is not None
        clock.advance(-24 * HOUR)  # it is put back during the next turn, which fails
        put_back = house.now()
        house.store.fail(lease, put_back, put_back + HOUR, "backoff", "network_timeout", "")
        clock.advance(5 * HOUR)
        report = next(
            one for one in stated(house, 5 * HOUR).sources if one.source.source_id == DPUPR
        )
        assert report.share.words == "0%"
        assert [(one.start, one.code) for one in report.unread] == [(put_back, "network_timeout")]


@pytest.mark.parametrize("search", [False, True], ids=["mentions", "search"])
def test_a_turn_of_x_that_ends_at_its_page_cap_does_not_watch_until_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock, search: bool
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    world = generate_world(5, START - 4 * HOUR, 4, 5000)
    changes = [*only_accounts("dpupr"), ("page_cap = 20", "page_cap = 1")]
    if search:
        changes.append(("\nsearch = []", '\nsearch = ["dpupr"]'))
    with Simulator(world, token=TOKEN, clock=clock) as simulator:  # type: ignore[arg-type] # by hand
        path = write_config(tmp_path, simulator.address, *changes)
        with open_install(path, clock) as house:
            began, capped, accepted = START + HOUR / 4, 0, 0
            for _ in range(40):
                polled(house, clock, HOUR / 4)
                now = house.now()
                kinds = {"mentions", "search"}
                [status] = [one for one in house.store.sources(now) if one.spec.kind in kinds]
                found = {one.source_id: one for one in house.store.coverage(START, now)}
                until = found[status.spec.id].until
                assert (status.state, status.errors) == ("ok", 0)
                assert status.accepted > accepted, "each turn brings a page"
                accepted = status.accepted
                if until is not None:
                    break
                capped += 1
            assert capped >= 2, "a poll that is not whole has watched nothing"
            assert until is not None
            # What is watched now is what was there when the poll began, turns ago.
            assert abs(until - began) < timedelta(seconds=1)
            assert until < now - HOUR / 4


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an install whose only account was watched since three days, but for two hours."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    path = write_config(tmp_path, "http://127.0.0.1:9", *only_accounts("dpupr"))
    now = Clock().now()
    spec = SourceSpec(DPUPR, "x", "mentions", ("dpupr",), "dpupr_sukamaju", 180)
    gap = Gap(now - 30 * HOUR, now - 28 * HOUR, "older_than_window")
    with closing(open_store(load_config(path).database_where)) as store:
        store.migrate()
        good = page(gap=gap, watched_since=now - 72 * HOUR, watched_until=now)
        lease = take(store, spec, now=now)
        store.accept(lease, good, {}, now)
        store.finish(lease, now, now + HOUR, "")
    return path


def invoke(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["--config", str(path), "sources", *arguments], catch_exceptions=False
    )


def test_the_statement_is_printed_for_a_person(told: Path) -> None:
    done = invoke(told, "--coverage")
    assert done.exit_code == 0
    said = " ".join(done.stdout.split())
    for part in (
        "X: 97,2% dari 1 sumber",
        "x:mentions:dpupr 97,2% (sejak ",
        "celah, 1 sumber: Pengambilan terakhir lebih tua daripada yang diberikan X (7 hari).",
        "WIB (2 jam): x:mentions:dpupr",
        "X, di luar hitungan: tidak diperlihatkan jaringan: keluhan yang tidak menyebut akun OPD",
        "belum tersambung: pemkot,",
        "Tidak dibaca sama sekali: Facebook, Instagram",
        "Menurut OPD dpupr 97,2%",
        "1 sumber terpantau 97,2% dari waktu itu; 1 sumber punya celah, paling lama 2 jam",
    ):
        assert part in said, part


def test_the_statement_as_json_adds_up(told: Path) -> None:
    found = json.loads(invoke(told, "--coverage", "--json").stdout)
    [source] = found["sources"]
    assert found["watch"] == {"since": source["start"], "days": 3, "days_asked": 30}
    [gap] = source["gaps"]
    assert (gap["reason"], gap["seconds"], gap["partly_read"]) == ("older_than_window", 7200, False)
    assert gap["action"].startswith("Celah dicatat")
    assert (source["share"], source["words"], source["unread"]) == (0.972, "97,2%", [])
    assert source["watched_seconds"] + gap["seconds"] == source["seconds"] == 72 * 3600
    assert found["opds"]["dpupr"] == found["networks"]["x"] == found["share"]
    assert (found["off"], found["sentence"][-1]) == (
        ["facebook", "instagram", "instagram_web"],
        ".",
    )


def test_days_and_months_of_the_city_may_be_asked_for(told: Path) -> None:
    def span(*arguments: str) -> tuple[str, str]:
        found = json.loads(invoke(told, "--coverage", "--json", *arguments).stdout)
        return found["start"], found["end"]

    assert span("--month", "2026-02") == ("2026-01-31T17:00:00.000Z", "2026-02-28T17:00:00.000Z")
    assert span("--since", "2026-02-03", "--until", "2026-02-04") == (
        "2026-02-02T17:00:00.000Z",
        "2026-02-04T17:00:00.000Z",
    )
    assert span("--until", "2026-02-28")[0] == "2026-01-29T17:00:00.000Z"
    since = json.loads(invoke(told, "--coverage", "--json", "--since", "2026-02-01").stdout)
    assert since["end"] > to_text(Clock().now())
    assert "Tidak ada sumber yang dipantau pada 1 Februari 2026" in (
        invoke(told, "--coverage", "--month", "2026-02").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--coverage", "--month", "2026-13"), "tulis misalnya 2026-10"),
        (("--coverage", "--since", "2026-02-03", "--until", "2026-02-01"), "lebih awal"),
        (("--coverage", "--month", "2026-02", "--since", "2026-02-01"), "jangan keduanya"),
        (("--coverage", "--since", "kemarin"), "--since"),
        (("--month", "2026-02"), "hanya dipakai bersama --coverage"),
        (("--coverage", "--poll-now", "all"), "jangan keduanya"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    told: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = CliRunner().invoke(cli, ["--config", str(told), "sources", *arguments])
    assert done.exit_code != 0
    assert said in f"{done.output}{done.exception}"


# --- the desk ------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, x_enabled=True) as running:
        add_sources(running)
        yield running


def watch(made: Town, opd: str, since: float, until: float, gap: Gap | None = None) -> None:
    store, now = made.store, made.clock.now()
    store.poll_now(f"x:mentions:{opd}", now)
    lease = store.lease(f"x:mentions:{opd}", "uji", now, now + HOUR)
    assert lease is not None
    begun, read = now + since * HOUR, now + until * HOUR
    store.accept(lease, page(gap=gap, watched_since=begun, watched_until=read), {}, now)
    store.finish(lease, now, now + HOUR, "")


def test_the_sources_page_shows_how_much_was_watched(made: Town) -> None:
    watch(made, "dishub", -100, 0, Gap(NOW - 20 * HOUR, NOW - 10 * HOUR, "page_cap"))
    watch(made, "dlh", -100, -40)
    made.clock.forward(hours=2)
    person = made.person("ketua")
    said = words_of(person.get("/sumber").text)
    assert "Terpantau 69,3% sejak 16 November 2026 (4 dari 30 hari); yang tidak" in said
    assert "Terpantau 85,2% sejak 16 November 2026 (4 dari 30 hari) Diterima 0" in said
    assert "dari 30 hari terakhir" not in said
    assert "Belum terbaca sejak 18 Nov 2026 18.00 WIB: Belum dibaca: daemon tidak" in said
    person.close()


def test_an_opd_admin_sees_the_share_of_own_sources(made: Town) -> None:
    watch(made, "dishub", -100, -50)
    watch(made, "dlh", -100, 0)
    person = made.person("dlh")
    said = words_of(person.get("/sumber").text)
    assert "Terpantau 100% sejak 16 November 2026 (4 dari 30 hari)" in said
    person.close()


def test_the_sources_page_of_an_install_of_a_month_speaks_of_thirty_days(made: Town) -> None:
    watch(made, "dlh", -31 * 24, 0)
    watch(made, "dishub", -5, 0)
    person = made.person("dlh")
    said = words_of(person.get("/sumber").text)
    assert "Terpantau 100% dari 30 hari terakhir; yang tidak diperlihatkan" in said
    assert "(0 dari 30 hari)" not in said
    person.close()
