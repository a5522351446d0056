"""Notices on their way to real receivers on loopback: e-mail and a webhook."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from notice_support import (
    DAY,
    HOUR,
    MINUTE,
    PATIENCE,
    SECRET,
    Install,
    Mailbox,
    Webhook,
    install,
    table,
)
from store_support import NOW, act, the_item

from tanggap import logs
from tanggap.notify.timing import STUBBORN
from tanggap.store import Store, open_store
from tanggap.store.rows import Alarm
from tanggap.upkeep.notices import NoticeDuty, trouble_of

PUPR = table("dpupr", 'opd = ["dpupr"]', "at_most_per_hour = 60")
FEW = table("dpupr", 'opd = ["dpupr"]', "at_most_per_hour = 3")
Opened = Callable[..., Install]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    hook.start()
    yield hook
    hook.stop()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Mailbox, int]]:
    # smtplib greets with this machine's name, for which it asks whoever resolves names here.
    monkeypatch.setattr(socket, "getfqdn", lambda *_: "kantor.invalid")
    box = Mailbox()
    with box.running() as port:
        yield box, port


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def opened(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Give what makes an install of tables and addresses."""

    def open_it(tables: str, **urls: str) -> Install:
        return install(tmp_path, store, monkeypatch, tables, urls)

    return open_it


# --- what is sent ---------------------------------------------------------------------------------


def test_an_urgent_complaint_reaches_the_webhook_once(opened: Opened, webhook: Webhook) -> None:
    town = opened(PUPR, dpupr=webhook.url)
    [number] = town.urgent("1", text="jembatan putus, hubungi 081234567890 @warga")
    assert town.drain() == 1
    assert town.drain() == 0
    [post] = webhook.posts
    assert post.title == f"Aduan mendesak #{number}: DPUPR"
    assert "jembatan putus" in post.body
    assert "Jalan & jembatan, Kec. Cibeureum" in post.body
    assert "081234567890" not in post.body
    assert "warga" not in post.body
    assert post.body.endswith(f"[#{post.notice_id}]")
    [sent] = town.store.notices("sent")
    assert sent.notice_id == post.notice_id


def test_a_mail_names_the_notice_in_its_header_and_in_its_text(
    opened: Opened, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    town = opened(
        PUPR, dpupr=f"mailto://127.0.0.1:{port}/?from=tanggap@kota.invalid&to=a@kota.invalid"
    )
    [number] = town.urgent("1", text='tiang miring <b>awas</b> & "bahaya"')
    assert town.drain() == 1
    [mail] = box.mails
    assert mail.to == "a@kota.invalid"
    assert mail.subject == f"Aduan mendesak #{number}: DPUPR"
    assert "tiang miring b awas /b & 'bahaya'" in mail.text
    assert f"[#{mail.notice_id}]" in mail.text


def test_what_was_put_aside_or_closed_meanwhile_is_not_told(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(PUPR, dpupr=webhook.url)
    town.urgent("1", "2", "3", "4")
    act(town.store, the_item(town.store, "1"), "status", status="bukan_aduan", why="iklan")
    act(town.store, the_item(town.store, "2"), "status", status="selesai")
    act(town.store, the_item(town.store, "3"), "forward", opd="dlh", why="sampah")
    assert town.drain() == 1
    assert webhook.numbers == [the_item(town.store, "4").id]
    assert {one.code for one in town.store.notices("dead")} == {"settled", "not_visible"}


def test_a_complaint_that_became_confidential_is_told_without_a_word_of_it(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(PUPR, dpupr=webhook.url)
    [number] = town.urgent("1", text="kisah yang tidak untuk umum")
    act(town.store, the_item(town.store, "1"), "confidential", why="korban")
    assert town.drain() == 1
    [post] = webhook.posts
    assert post.title == f"Aduan rahasia #{number}: DPUPR"
    assert "kisah" not in post.body
    assert "Cibeureum" not in post.body


# --- receivers that do not take it ----------------------------------------------------------------


@pytest.mark.fault(45)
def test_a_channel_that_is_down_for_a_day_is_drained_in_order_when_it_is_back(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(PUPR, dpupr=webhook.url)
    webhook.stop()
    expected = []
    for hour in range(24):
        expected += town.urgent(f"post-{hour}")
        town.pass_time(HOUR)
    [state] = town.store.notice_channels(town.clock.now())
    # Doubling from half a minute: seven tries in the first hour. Then one in each, and one more
    # of what waits behind, since it might be the notice that is refused.
    assert 24 <= state.failures <= 7 + 2 * 24
    assert state.waiting == 24
    assert town.store.notices("dead") == []
    said = trouble_of([state], town.clock.now())
    assert said == "dpupr: gagal (refused), 24 menunggu"
    webhook.start()
    town.pass_time(HOUR + 10 * MINUTE)
    assert webhook.numbers == expected
    assert trouble_of(town.store.notice_channels(town.clock.now()), town.clock.now()) == ""


def test_what_fails_for_three_days_is_dead_and_listed_and_not_a_day_sooner(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(PUPR, dpupr=webhook.url)
    webhook.stop()
    town.urgent("1", "2")
    town.pass_time(3 * DAY - HOUR, HOUR)
    assert len(town.store.notices("waiting")) == 2
    town.urgent("3")
    town.pass_time(5 * HOUR, HOUR)
    assert [one.code for one in town.store.notices("dead")] == ["gave_up"] * 2
    assert [one.item_id for one in town.store.notices("waiting")] == [the_item(town.store, "3").id]
    [state] = town.store.notice_channels(town.clock.now())
    assert "2 batal" in trouble_of([state], town.clock.now())
    webhook.start()
    assert town.store.retry_notices(None, town.clock.now()) == 2
    town.pass_time(2 * HOUR)
    assert len(webhook.posts) == 3


@pytest.mark.fault(45)
def test_an_address_that_refuses_keeps_no_other_waiting_and_has_none_told_twice(
    opened: Opened, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    box.refused.add("penuh@kota.invalid")
    town = opened(
        PUPR,
        dpupr=f"mailto://127.0.0.1:{port}/penuh@kota.invalid/baik@kota.invalid/?from=t@kota.invalid",
    )
    town.urgent("1", "2")
    assert town.drain() == 0
    assert [mail.to for mail in box.mails] == ["baik@kota.invalid"] * 2
    [state] = town.store.notice_channels(town.clock.now())
    assert (state.failures, state.waiting) == (0, 2)
    town.pass_time(2 * HOUR)
    assert len(box.mails) == 2
    box.refused.clear()
    town.pass_time(HOUR)
    assert (
        sorted(mail.to for mail in box.mails)
        == ["baik@kota.invalid"] * 2 + ["penuh@kota.invalid"] * 2
    )
    assert len(town.store.notices("sent")) == 2


def test_an_address_that_never_takes_it_makes_a_dead_notice_after_three_days(
    opened: Opened, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    box.refused.add("penuh@kota.invalid")
    town = opened(
        PUPR,
        dpupr=f"mailto://127.0.0.1:{port}/penuh@kota.invalid/baik@kota.invalid/?from=t@kota.invalid",
    )
    town.urgent("1")
    town.pass_time(3 * DAY + 3 * HOUR, HOUR)
    assert [one.code for one in town.store.notices("dead")] == ["gave_up"]
    assert len(box.mails) == 1


def test_a_notice_that_alone_is_refused_does_not_hold_up_the_others_for_long(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(PUPR, dpupr=webhook.url)
    [poison, *others] = town.urgent("1", "2", "3")
    webhook.refuses = lambda post: post.number == poison
    for _ in range(STUBBORN - 1):
        town.drain()
        town.clock.advance(HOUR)
    assert webhook.posts == []
    town.drain()
    assert webhook.numbers == others
    others += town.urgent("4")
    town.clock.advance(HOUR)
    town.drain()
    assert webhook.numbers == others


def test_a_channel_without_an_address_or_with_one_that_nobody_knows_waits_and_says_why(
    opened: Opened,
) -> None:
    tables = table("dpupr", 'opd = ["dpupr"]') + table("kota", 'role = "supervisor"')
    town = opened(tables, kota="apa-ini://bukan-layanan")
    town.urgent("1")
    assert (town.drain("dpupr"), town.drain("kota")) == (0, 0)
    codes = {one.channel.id: one.code for one in town.store.notice_channels(NOW)}
    assert codes == {"dpupr": "url_missing", "kota": "url_unknown"}
    assert len(town.store.notices("waiting")) == 2


def test_an_address_that_calls_its_failures_fine_is_not_believed(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(PUPR, dpupr=f"{webhook.url}?optional=yes")
    webhook.refuses = lambda _: True
    town.urgent("1")
    assert town.drain() == 0
    assert [one.code for one in town.store.notices("waiting")] == ["refused"]


# --- how much, and when ---------------------------------------------------------------------------


def test_beyond_the_limit_of_an_hour_all_goes_into_one_summary(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(FEW, dpupr=webhook.url)
    numbers = town.urgent(*(f"post-{number}" for number in range(12)))
    assert town.drain() == 3
    assert [post.title for post in webhook.posts[:2]] == [
        f"Aduan mendesak #{number}: DPUPR" for number in numbers[:2]
    ]
    assert webhook.posts[2].title == "10 aduan mendesak atau sensitif"
    assert f"#{numbers[2]}, Jalan & jembatan, Kec. Cibeureum" in webhook.posts[2].body
    assert town.store.notices("waiting") == []
    more = town.urgent("lagi-1", "lagi-2")
    town.pass_time(50 * MINUTE)
    assert len(webhook.posts) == 3
    town.pass_time(20 * MINUTE)
    assert webhook.numbers[3:] == more


def test_in_quiet_hours_a_digest_waits_and_what_is_urgent_does_not(
    opened: Opened, webhook: Webhook
) -> None:
    # 10.00 WIB, in quiet hours from 09.30 to 11.00.
    quiet = ('quiet_from = "09:30"', 'quiet_until = "11:00"')
    town = opened(
        table(
            "dpupr", 'opd = ["dpupr"]', 'kinds = ["urgent", "digest"]', 'digest_at = ["09:00"]',
            *quiet,
        ),
        dpupr=webhook.url,
    )  # fmt: skip
    town.store.plan_notice("dpupr", "2026-11-10T02:00:00.000Z|dpupr", NOW)
    [number] = town.urgent("1")
    assert town.drain() == 1
    assert webhook.numbers == [number]
    town.pass_time(50 * MINUTE)
    assert len(webhook.posts) == 1
    town.pass_time(10 * MINUTE)
    assert webhook.posts[1].title == "Ringkasan DPUPR, 10 Nov 2026 11.00 WIB"
    assert (
        "Baru: 1. Belum dijawab: 0. Lewat batas jawaban: 0. Tidak terpantau: 1."
        in webhook.posts[1].body
    )


def test_where_it_is_asked_for_urgent_notices_wait_for_the_morning_too(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(
        table(
            "dpupr", 'opd = ["dpupr"]', 'quiet_from = "21:00"', 'quiet_until = "11:00"',
            "quiet_urgent = true",
        ),
        dpupr=webhook.url,
    )  # fmt: skip
    town.urgent("1")
    assert town.pass_time(50 * MINUTE) == 0
    assert town.pass_time(10 * MINUTE) == 1


# --- the daemon's duty ----------------------------------------------------------------------------


def look(town: Install, duty: NoticeDuty, stop: threading.Event) -> None:
    """Let a daemon do two rounds: what the first one plans, the second sends."""
    for _ in range(2):
        duty.look_after(town.store, town.config, stop, town.clock.now(), f"uji:1:{id(duty)}")


def test_a_digest_is_sent_once_however_many_daemons_look(opened: Opened, webhook: Webhook) -> None:
    tables = table(
        "kota", 'role = "supervisor"', 'kinds = ["digest"]', 'digest_at = ["10:30", "23:00"]'
    )
    town = opened(tables, kota=webhook.url)
    town.urgent("1")
    stop, duties = threading.Event(), (NoticeDuty(), NoticeDuty())
    town.clock.advance(29 * MINUTE)
    for duty in duties:
        look(town, duty, stop)
    assert town.store.notices("waiting") == []
    town.clock.advance(MINUTE)
    for _ in range(3):
        for duty in duties:
            look(town, duty, stop)
    assert webhook.took.acquire(timeout=PATIENCE)
    for duty in duties:
        duty.wait(PATIENCE)
        look(town, duty, stop)
        duty.wait(PATIENCE)
    [post] = webhook.posts
    assert post.title == "Ringkasan Kota Sukamaju, 10 Nov 2026 10.30 WIB"
    assert "Tidak terpantau: 1." in post.body


def test_a_digest_of_a_time_long_past_is_left_out(opened: Opened, webhook: Webhook) -> None:
    tables = table(
        "dpupr", 'opd = ["dpupr"]', 'kinds = ["digest"]', 'digest_at = ["10:30", "14:00"]'
    )
    town = opened(tables, dpupr=webhook.url)
    town.clock.advance(3 * HOUR)  # 13.00
    stop, duty = threading.Event(), NoticeDuty()
    look(town, duty, stop)
    assert town.store.notices("waiting") == []
    town.clock.advance(2 * HOUR)  # 15.00: an hour late
    look(town, duty, stop)
    assert webhook.took.acquire(timeout=PATIENCE)
    duty.wait(PATIENCE)
    assert [one.key for one in town.store.notices("sent")] == ["2026-11-10T07:00:00.000Z|dpupr"]


@pytest.mark.fault(45)
def test_while_one_channel_hangs_the_beat_goes_on_and_so_do_the_others(
    opened: Opened, webhook: Webhook
) -> None:
    hanging = Webhook(hangs=True)
    hanging.start()
    try:
        tables = PUPR + table("kota", 'role = "supervisor"')
        town = opened(tables, dpupr=hanging.url, kota=webhook.url)
        stop, duty = threading.Event(), NoticeDuty()
        [first] = town.urgent("1")
        look(town, duty, stop)
        assert hanging.asked.wait(PATIENCE)
        assert webhook.took.acquire(timeout=PATIENCE)
        # Nobody holds the database meanwhile: what is collected goes in, and is told elsewhere.
        [second] = town.urgent("2")
        for _ in range(100):
            look(town, duty, stop)
            if webhook.took.acquire(timeout=0.1):
                break
        assert webhook.numbers == [first, second]
        assert hanging.tries == 1
        [state, _] = town.store.notice_channels(town.clock.now())
        assert state.claimed_until is not None
        later = state.claimed_until + 5 * MINUTE
        assert trouble_of([state], later) == "dpupr: tersangkut, 2 menunggu"
        stop.set()  # what is under way is noted, nothing new is begun
        hanging.go_on.set()
        duty.wait(PATIENCE)
        assert hanging.numbers == [first]
        assert [one.item_id for one in town.store.notices("waiting")] == [second]
    finally:
        hanging.stop()


def test_a_channel_that_fails_for_a_quarter_of_an_hour_is_an_alarm_until_it_works(
    opened: Opened, webhook: Webhook
) -> None:
    town = opened(PUPR, dpupr=webhook.url)
    webhook.stop()
    stop, duty = threading.Event(), NoticeDuty()
    town.urgent("1")

    def alarms() -> list[Alarm]:
        duty._idle_at.clear()
        town.clock.advance(timedelta(minutes=5))
        look(town, duty, stop)
        duty.wait(PATIENCE)
        return [alarm for alarm in town.store.alarms() if alarm.code == "notices"]

    assert [alarms() for _ in range(3)] == [[]] * 3
    assert "dpupr: gagal (refused)" in [alarm.detail for alarm in [*alarms(), *alarms()]][-1]
    webhook.start()
    for _ in range(12):
        left = alarms()
    assert left == []
    assert len(webhook.posts) == 1


# --- secrets --------------------------------------------------------------------------------------


def test_neither_address_nor_token_reach_the_log_whatever_happens(
    opened: Opened,
    webhook: Webhook,
    mailbox: tuple[Mailbox, int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    box, port = mailbox
    box.refused.add("rahasia-sekali@kota.invalid")
    channels = {
        "dpupr": webhook.url,
        "gagal": f"json://petugas:{SECRET}@127.0.0.1:1/{SECRET}",
        "surat": f"mailto://127.0.0.1:{port}/rahasia-sekali@kota.invalid?from=t@kota.invalid",
        "aneh": f"tgram://{SECRET}",
        "asing": f"zzz://{SECRET}",
    }
    tables = "".join(table(name, 'opd = ["dpupr"]') for name in channels)
    town = opened(tables, **channels)
    logs.set_up(verbose=True)  # without being told what to blot out
    logging.getLogger().setLevel(logging.DEBUG)
    town.urgent("1")
    for channel in channels:
        town.drain(channel)
    said = "".join(capsys.readouterr())
    assert len(webhook.posts) == 1
    assert box.tries == ["rahasia-sekali@kota.invalid"]
    assert said.count("event=notice_refused") == 4
    assert SECRET not in said
    assert "rahasia-sekali" not in said
    rows = [*town.store.notices("waiting"), *town.store.notices("sent")]
    assert SECRET not in f"{rows}"
    assert SECRET not in repr(town.config)
    logs.set_up(secrets=[one.get_secret_value() for one in town.config.secrets])
    logging.getLogger("tanggap").warning("dikirim ke %s", webhook.url)
    assert "dikirim ke ***" in capsys.readouterr().err
