"""/pemberitahuan: channels and notices for supervisors, and what they decide about them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from web_support import (
    QUEUE,
    Town,
    Visitor,
    make_config,
    make_decision,
    make_mention,
    served,
    words_of,
)

from tanggap.mention import Flag
from tanggap.notice_settings import NoticeSettings
from tanggap.store import open_store
from tanggap.store.rows_outbox import Notice, NoticeChannel
from tanggap.web.app import create_app

HOUR = timedelta(hours=1)
DISHUB = NoticeChannel("dishub", ("dishub",))
KOTA = NoticeChannel("kota", everything=True, kinds=("digest",))


def put_urgent(made: Town, *channels: NoticeChannel, number: int = 3) -> list[Notice]:
    """Let the daemon have taken the channels, and store urgent items; return their notices."""
    made.store.sync_notice_channels(channels or (DISHUB,), made.clock.now(), alone=True)
    for one in range(number):
        mention = make_mention(one + 1, "Kebakaran di pasar", posted_at=made.clock.now())
        made.put(mention, make_decision(urgent=Flag(True, 0.9)), QUEUE)
    return made.store.notices("waiting")


def test_it_tells_how_channels_are_doing_and_what_waits_was_sent_and_is_given_up(
    made: Town, ketua: Visitor
) -> None:
    sent, dead, failed = put_urgent(made, DISHUB, KOTA)
    store, now = made.store, made.clock.now()
    store.notice_sent(sent.id, now)
    store.end_notice(dead.id, "gave_up", now)
    store.notice_failed(failed.id, "refused", now, now + HOUR, channel_too=True)
    said = words_of(ketua.get("/pemberitahuan").text)
    assert "dishub gagal Dishub mendesak 1 menunggu 1 batal Gagal sejak" in said
    assert "ditolak atau tidak terjangkau. Dicoba lagi" in said
    assert "kota baik seluruh kota ringkasan 0 menunggu 0 batal" in said
    assert f"#{dead.notice_id} mendesak dishub Aduan {dead.item_id} Dibuat" in said
    assert "gagal tiga hari, dihentikan" in said
    assert f"#{failed.notice_id} mendesak dishub Aduan {failed.item_id} Berikutnya" in said
    assert "1 kali gagal" in said
    assert f"#{sent.notice_id} mendesak dishub Aduan {sent.item_id} Terkirim" in said


def test_a_notice_that_was_given_up_is_tried_again_alone_or_with_all(
    made: Town, ketua: Visitor
) -> None:
    first, *others = put_urgent(made)
    for one in (first, *others):
        made.store.end_notice(one.id, "gave_up", made.clock.now())
    assert "Tidak ada yang menunggu." in words_of(ketua.get("/pemberitahuan").text)
    answer = ketua.post("/pemberitahuan/coba", nomor=first.notice_id)
    assert answer.headers["location"] == "/pemberitahuan?pesan=coba_lagi"
    assert [one.notice_id for one in made.store.notices("waiting")] == [first.notice_id]
    assert "Daemon mencobanya lagi." in words_of(ketua.get(answer.headers["location"]).text)
    ketua.post("/pemberitahuan/coba")
    assert len(made.store.notices("waiting")) == 3
    assert "Batal dikirim" not in words_of(ketua.get("/pemberitahuan").text)


def test_what_is_taken_off_the_list_needs_nobody_any_more(made: Town, ketua: Visitor) -> None:
    dead, waits, other = put_urgent(made)
    for one in (dead, other):
        made.store.end_notice(one.id, "gave_up", made.clock.now())
    for one in (dead, waits):
        answer = ketua.post("/pemberitahuan/hapus", nomor=one.notice_id)
        assert answer.headers["location"] == "/pemberitahuan?pesan=hapus_notis"
    [channel] = made.store.notice_channels(made.clock.now())
    assert (channel.waiting, channel.dead) == (0, 1)
    ketua.post("/pemberitahuan/hapus")
    [channel] = made.store.notice_channels(made.clock.now())
    assert channel.dead == 0
    said = words_of(ketua.get("/pemberitahuan").text)
    assert "Batal dikirim" not in said
    assert "3 tidak dikirim karena tidak perlu lagi" in said
    assert "dibatalkan orang" in said


@pytest.mark.parametrize("act", ["coba", "hapus"])
def test_what_was_sent_meanwhile_is_said_and_not_sent_twice(
    made: Town, ketua: Visitor, act: str
) -> None:
    [sent] = put_urgent(made, number=1)
    made.store.notice_sent(sent.id, made.clock.now())
    answer = ketua.post(f"/pemberitahuan/{act}", nomor=sent.notice_id)
    assert answer.status_code == 422
    assert "Pemberitahuan itu sudah terkirim" in words_of(answer.text)
    assert ketua.post(f"/pemberitahuan/{act}", nomor="zzzzzz").status_code == 422
    assert [one.notice_id for one in made.store.notices("sent")] == [sent.notice_id]


@pytest.mark.parametrize("name", ["dishub", "analis", "pemeriksa"])
def test_it_is_for_supervisors_alone(made: Town, name: str) -> None:
    person = made.person(name)
    assert person.get("/pemberitahuan").status_code == 403
    assert person.post("/pemberitahuan/hapus").status_code == 403
    assert "/pemberitahuan" not in person.get("/sumber").text


def test_the_alarm_leads_to_it(made: Town, ketua: Visitor) -> None:
    made.store.raise_alarm("notices", "dishub", made.clock.now())
    assert '<a href="/pemberitahuan">Lihat pemberitahuan</a>' in ketua.get("/sumber").text


def test_without_a_channel_it_says_where_to_write_one(made: Town, ketua: Visitor) -> None:
    said = words_of(ketua.get("/pemberitahuan").text)
    assert "Belum ada saluran; tambahkan [[notice]] di konfigurasi." in said
    assert "tanggap run" not in said


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[Town]:
    """Give a desk whose config has a channel that no daemon has taken yet."""
    one = NoticeSettings(id="kota", role="supervisor")
    config = replace(make_config(tmp_path), notices=(one,))
    store = open_store(config.database_path)
    try:
        store.migrate()
        made = Town(config, store, create_app(store, config))
        made.add_people()
        with served(made.app) as url:
            made.url = url
            yield made
    finally:
        store.close()


def test_a_channel_that_no_daemon_has_taken_is_named_with_the_remedy(configured: Town) -> None:
    said = words_of(configured.person("ketua").get("/pemberitahuan").text)
    assert "kota: belum diambil daemon. Jalankan tanggap run" in said
    put_urgent(configured, KOTA)
    said = words_of(configured.person("ketua").get("/pemberitahuan").text)
    assert "belum diambil" not in said
