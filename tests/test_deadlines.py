"""The daemon finds deadlines near and past, and has OPD and supervisors told of it."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from daemon_support import HandClock
from notice_support import Install, Webhook, install, table
from store_support import ANSWER, DECISION, act, answer, mention, put, queue, the_item

from tanggap.mention import UNANSWERED, SourceSpec
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, ItemFilter
from tanggap.store.rows_outbox import NoticeChannel
from tanggap.upkeep import deadlines
from tanggap.upkeep.deadlines import EVERY, DeadlineDuty

NEVER = threading.Event()
ASKED = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
"""A Monday, 08.00 WIB: a first answer is due on Tuesday at 16.00."""
DUE = ASKED + timedelta(days=1, hours=8)
TIMELINE = SourceSpec("x:timeline:dpupr", "x", "timeline", ("dpupr",), "@dpupr_skm", 600)
LATE = ItemFilter(tabs=("queue",), statuses=UNANSWERED, late="first_answer")
OPD = table("dpupr", 'opd = ["dpupr"]', 'kinds = ["warning", "escalation"]')
CITY = table("kota", 'role = "supervisor"', 'kinds = ["escalation"]')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "tanggap.db")) as store:
        store.migrate()
        yield store


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    hook.start()
    yield hook
    hook.stop()


@pytest.fixture
def town(
    tmp_path: Path, store: Store, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> Install:
    urls = {"dpupr": webhook.url, "kota": webhook.url}
    return install(tmp_path, store, monkeypatch, OPD + CITY, urls, ASKED)


def read_at(store: Store, now: datetime) -> None:
    """Let the answers of Dinas PUPR on X be read."""
    store.sync_sources([TIMELINE], now)
    store.poll_now(TIMELINE.id, now)
    lease = store.lease(TIMELINE.id, "uji", now, now + timedelta(minutes=3))
    assert lease is not None
    store.finish(lease, now, now + timedelta(minutes=10), "")


def ask(store: Store, *names: str, opd: str = "dpupr") -> list[int]:
    entries = (
        (mention(name, posted_at=ASKED, seen_at=ASKED), queue(opd), DECISION) for name in names
    )
    put(store, *entries, now=ASKED)
    return [the_item(store, name).id for name in names]


def look(town: Install, now: datetime, *, read: bool = True) -> None:
    """Let the daemon look at a moment, its sources read just before."""
    if read:
        read_at(town.store, now)
    assert isinstance(town.clock, HandClock)
    town.clock.advance(now - town.clock.now())
    DeadlineDuty().look_after(town.store, town.config, NEVER, now)


def test_the_opd_is_warned_then_told_then_the_supervisors(town: Install, webhook: Webhook) -> None:
    [number] = ask(town.store, "1")
    look(town, DUE - timedelta(hours=5, minutes=1))  # noon is no working hour
    assert town.drain("dpupr") + town.drain("kota") == 0
    look(town, DUE - timedelta(hours=5))
    assert (town.drain("dpupr"), town.drain("kota")) == (1, 0)
    look(town, DUE + timedelta(minutes=1))
    assert (town.drain("dpupr"), town.drain("kota")) == (1, 0)
    look(town, DUE + timedelta(days=1, minutes=1))
    assert (town.drain("dpupr"), town.drain("kota")) == (0, 1)
    assert [post.title for post in webhook.posts] == [
        "1 aduan mendekati batas: DPUPR",
        "1 aduan lewat batas: DPUPR",
        "1 aduan lewat batas: Kota Sukamaju",
    ]
    line = f"#{number}, DPUPR, Jalan & jembatan: jawaban pertama, batas 17 Nov 16.00"
    assert [post.body.split("\n")[:2] for post in webhook.posts] == [
        ["Masih bisa tepat waktu:", line],
        ["Lewat:", line],
        ["Lewat, lebih dari 1 hari kerja lalu:", line],
    ]


def test_what_ends_together_is_told_together(town: Install, webhook: Webhook) -> None:
    ask(town.store, *(str(number) for number in range(40)))
    look(town, DUE - timedelta(hours=1))
    assert town.drain("dpupr") == 1
    [post] = webhook.posts
    assert post.title == "40 aduan mendekati batas: DPUPR"
    assert len(post.title) + len(post.body) < 1000
    shown = post.body.count("jawaban pertama")
    assert 5 < shown < 40
    assert f"dan {40 - shown} lagi" in post.body


def test_what_many_rounds_of_one_look_find_is_one_message_and_an_urgent_one_goes_first(
    town: Install, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "AT_ONCE", 2)
    ask(town.store, *(str(number) for number in range(20)))
    now, duty = DUE - timedelta(hours=1), DeadlineDuty()
    read_at(town.store, now)
    assert isinstance(town.clock, HandClock)
    town.clock.advance(now - town.clock.now())
    for _ in range(11):
        assert town.drain("dpupr") == 0
        duty.look_after(town.store, town.config, NEVER, now)
    [settings] = [one for one in town.config.notices if one.id == "dpupr"]
    urgent = NoticeChannel("dpupr", ("dpupr",), kinds=("urgent", *settings.kinds))
    town.store.sync_notice_channels([urgent], now)
    [number] = town.urgent("darurat")
    assert town.drain("dpupr") == 2
    assert [post.title for post in webhook.posts] == [
        f"Aduan mendesak #{number}: DPUPR",
        "20 aduan mendekati batas: DPUPR",
    ]


def test_what_nobody_can_see_is_neither_late_nor_told(town: Install) -> None:
    ask(town.store, "1")
    ask(town.store, "2", opd="dlh")  # of whom no account is watched
    read_at(town.store, DUE - timedelta(hours=1))  # and this one not since
    look(town, DUE + timedelta(days=5), read=False)
    assert town.store.items(EVERYTHING, LATE) == []
    assert {one.kind for one in town.store.notices("waiting")} <= {"escalation"}
    assert town.store.deadline_news(town.store.notices("waiting")[0], 9).items[0].clock != (
        "first_answer"
    )


def test_pauses_move_the_deadline_and_answers_end_it(town: Install) -> None:
    ask(town.store, "1", "2", "3")
    act(
        town.store, the_item(town.store, "2"), "status", status="koordinasi",
        now=ASKED + timedelta(hours=1), why="menunggu provinsi",
    )  # fmt: skip
    said = answer("9", "3", posted_at=ASKED + timedelta(hours=3))
    put(town.store, (said, ANSWER), now=ASKED + timedelta(hours=3))
    look(town, DUE + timedelta(minutes=1))
    assert [one.mention.network_id for one in town.store.items(EVERYTHING, LATE)] == ["1"]


def test_a_look_goes_on_in_small_rounds_and_begins_anew_after_minutes(
    town: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "AT_ONCE", 2)
    ask(town.store, "1", "2", "3")
    now, duty = DUE + timedelta(minutes=1), DeadlineDuty()
    read_at(town.store, now)
    found = []
    for _ in range(3):
        duty.look_after(town.store, town.config, NEVER, now)
        found.append(town.store.counts(EVERYTHING, [LATE])[0].number)
    assert found == [2, 3, 3]
    ask(town.store, "4")
    duty.look_after(town.store, town.config, NEVER, now + EVERY - timedelta(seconds=1))
    assert town.store.counts(EVERYTHING, [LATE])[0].number == 3
    for _ in range(2):
        duty.look_after(town.store, town.config, NEVER, now + EVERY)
    read_at(town.store, now + EVERY)
    assert town.store.counts(EVERYTHING, [LATE])[0].number == 4


def test_a_daemon_that_ends_begins_nothing(town: Install) -> None:
    ask(town.store, "1")
    stop = threading.Event()
    stop.set()
    DeadlineDuty().look_after(town.store, town.config, stop, DUE + timedelta(days=1))
    assert town.store.notices("waiting") == []


def test_a_warning_waits_for_the_end_of_quiet_hours(
    tmp_path: Path, store: Store, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = ('quiet_from = "10:00"', 'quiet_until = "15:00"')
    tables = table("dpupr", 'opd = ["dpupr"]', 'kinds = ["warning"]', *quiet)
    town = install(tmp_path, store, monkeypatch, tables, {"dpupr": webhook.url}, ASKED)
    ask(store, "1")
    look(town, DUE - timedelta(hours=2))  # 14.00
    assert town.drain("dpupr") == 0
    assert town.pass_time(timedelta(hours=1)) == 1
