"""`tanggap notice` and the lines of `tanggap check` about channels."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import write_config
from notice_support import SECRET, URGENT, Mailbox, Webhook, free_port, table
from store_support import mention, put, queue, the_item
from test_commands import tanggap

from tanggap.clock import Clock
from tanggap.config import load_config
from tanggap.notify.timing import GIVE_UP
from tanggap.store import Store, open_store
from tanggap.upkeep.notices import sync_channels


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    hook.start()
    yield hook
    hook.stop()


@pytest.fixture
def path(tmp_path: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an install with four channels and three urgent items of Dinas PUPR."""
    monkeypatch.setenv("TANGGAP_NOTICE_DPUPR", webhook.url)
    monkeypatch.setenv("TANGGAP_NOTICE_ASING", f"bukan-apa-apa://{SECRET}")
    monkeypatch.setenv("TANGGAP_NOTICE_SURAT", f"mailto://u:{SECRET}@127.0.0.1:1/?from=t@a.invalid")
    tables = [table(name, 'opd = ["dpupr"]') for name in ("dpupr", "asing", "surat")]
    tables.append(
        table("kota", 'role = "supervisor"', 'kinds = ["digest"]', 'digest_at = ["08:00"]')
    )
    path = write_config(tmp_path, "http://127.0.0.1:1", extra="".join(tables), networks=())
    with closing(open_store(tmp_path / "tanggap.db")) as store:
        store.migrate()
        now = Clock().now()
        sync_channels(store, load_config(path), now)
        for name in ("1", "2", "3"):
            put(store, (mention(name, posted_at=now), queue("dpupr"), URGENT), now=now)
        store.sync_sources([], now)
    return path


def opened(path: Path) -> Store:
    return open_store(path.with_name("tanggap.db"))


def fail(path: Path) -> tuple[str, str, str]:
    """Let one notice of dpupr be sent, one be given up, one fail; return their ids."""
    with closing(opened(path)) as store:
        now = Clock().now()
        sent, dead, failed = store.due_notices("dpupr", now)
        store.notice_sent(sent.id, now)
        store.notice_failed(failed.id, "refused", now, now + timedelta(hours=1), channel_too=True)
        store.end_notice(dead.id, "gave_up", now)
        return sent.notice_id, dead.notice_id, failed.notice_id


def test_the_list_tells_what_waits_was_sent_and_is_dead(path: Path) -> None:
    sent, dead, failed = fail(path)
    done = tanggap("--config", str(path), "notice", "list")
    assert done.returncode == 1  # somebody is needed
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    channels = {line[1]: line[2:] for line in lines if line[0] == "saluran"}
    assert channels["dpupr"][0].startswith("gagal sejak ")
    assert channels["dpupr"][0].endswith("(ditolak atau tidak terjangkau)")
    assert channels["dpupr"][1:] == ["1 menunggu", "1 batal"]
    assert channels["kota"] == ["baik", "0 menunggu", "0 batal"]
    said = {line[1]: (line[0], line[-1]) for line in lines if line[2:3] == ["dpupr"]}
    assert said[sent] == ("terkirim", "")
    assert said[dead] == ("batal", "gagal tiga hari, dihentikan")
    assert said[failed] == ("menunggu", "ditolak atau tidak terjangkau")
    as_json = json.loads(tanggap("--config", str(path), "notice", "list", "--json").stdout)
    assert [one["id"] for one in as_json["sent"]] == [sent]
    assert [one["id"] for one in as_json["dead"]] == [dead]
    assert as_json["sent"][0]["item"] is not None
    assert {one["id"]: one["dead"] for one in as_json["channels"]}["dpupr"] == 1
    assert SECRET not in json.dumps(as_json) + done.stdout


def test_before_the_daemons_first_start_the_list_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_NOTICE_KOTA", "json://127.0.0.1:1/")
    channel = table("kota", 'role = "supervisor"')
    path = write_config(tmp_path, "http://127.0.0.1:1", extra=channel, networks=())
    with closing(opened(path)) as store:
        store.migrate()
    done = tanggap("--config", str(path), "notice", "list")
    assert done.stdout == ""
    assert done.stderr == (
        "Belum diambil daemon: kota; jalankan `tanggap run`, atau muat ulang daemon yang sudah "
        "berjalan.\n"
    )
    as_json = json.loads(tanggap("--config", str(path), "notice", "list", "--json").stdout)
    assert (as_json["channels"], as_json["not_taken"]) == ([], ["kota"])


def test_a_dead_notice_is_tried_again_by_its_id_or_with_all_others(path: Path) -> None:
    _, dead, failed = fail(path)
    done = tanggap("--config", str(path), "notice", "retry", f"[#{dead}]")
    assert (done.returncode, done.stderr) == (0, "1 pemberitahuan dicoba lagi oleh daemon.\n")
    assert tanggap("--config", str(path), "notice", "retry", failed).returncode == 0
    with closing(opened(path)) as store:
        due = {one.notice_id for one in store.due_notices("dpupr", Clock().now())}
        assert due == {dead, failed}
    done = tanggap("--config", str(path), "notice", "retry", "--dead")
    assert done.stderr == "0 pemberitahuan dicoba lagi oleh daemon.\n"


def test_dead_notices_are_taken_as_seen_and_waiting_ones_given_up(path: Path) -> None:
    _, _, failed = fail(path)
    assert tanggap("--config", str(path), "notice", "drop", "--dead").returncode == 0
    assert tanggap("--config", str(path), "notice", "drop", failed).returncode == 0
    with closing(opened(path)) as store:
        state = {one.channel.id: one for one in store.notice_channels(Clock().now())}["dpupr"]
        assert (state.dead, state.waiting) == (0, 0)
        codes = [one.code for one in store.notices("dead")]
    assert codes.count("dropped") == 2


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("retry",), "sebut satu ID, atau pakai --dead", 2),
        (("retry", "ab", "--dead"), "sebut satu ID, atau pakai --dead", 2),
        (("retry", "zzzzzz"), "pemberitahuan 'zzzzzz' tidak ada", 2),
        (("drop", "zzzzzz"), "lihat `tanggap notice list`", 2),
        (("test", "dpup"), "saluran 'dpup' tidak ada; mungkin maksudnya `dpupr`; yang ada", 2),
        (("test", "kota"), "isi TANGGAP_NOTICE_KOTA atau TANGGAP_NOTICE_KOTA_FILE", 2),
        (("test", "asing"), "alamat di TANGGAP_NOTICE_ASING tidak dikenal Apprise", 2),
    ],
)
def test_a_slip_is_one_line_with_its_remedy(
    path: Path, arguments: tuple[str, ...], said: str, code: int
) -> None:
    done = tanggap("--config", str(path), "notice", *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert SECRET not in done.stderr


def test_a_channel_is_tried_past_the_outbox_with_a_harmless_text(
    path: Path, webhook: Webhook
) -> None:
    done = tanggap("--config", str(path), "notice", "test", "dpupr")
    [post] = webhook.posts
    assert done.returncode == 0
    assert done.stderr == f"1 dari 1 alamat menerima pesan uji [#{post.notice_id}].\n"
    assert post.title == "Uji pemberitahuan Tanggap, Kota Sukamaju"
    assert post.body.startswith("Saluran dpupr tersambung, ")
    webhook.refuses = lambda _: True
    refused = tanggap("--config", str(path), "notice", "test", "dpupr")
    assert refused.returncode == 1
    why, count = refused.stderr.splitlines()
    assert why.startswith("Alamat 1 dari 1 (JSON) tidak menerima (HTTP 403): kunci, token atau")
    assert count.startswith("0 dari 1 alamat menerima pesan uji [#")
    assert SECRET not in refused.stdout + refused.stderr
    with closing(opened(path)) as store:
        assert store.notices("sent") == []


def test_each_address_that_takes_nothing_has_a_line_of_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda *_: "kantor.invalid")  # it asks the network
    box = Mailbox(refused={"pergi@b.invalid"})
    with box.running() as port:
        url = f"mailto://127.0.0.1:{port}/ada@b.invalid/pergi@b.invalid/?from=t@b.invalid"
        monkeypatch.setenv("TANGGAP_NOTICE_SURAT", url)
        done = tanggap("--config", str(path), "notice", "test", "surat")
    assert done.returncode == 1
    why, count = done.stderr.splitlines()
    assert why.startswith("Alamat 2 dari 2 (E-Mail) tidak menerima (SMTP 550): server e-mail")
    assert count.startswith("1 dari 2 alamat")
    assert "b.invalid" not in done.stderr
    monkeypatch.setenv("TANGGAP_NOTICE_SURAT", f"json://u:{SECRET}@127.0.0.1:{free_port()}/")
    why, _ = tanggap("--config", str(path), "notice", "test", "surat").stderr.splitlines()
    assert "tidak ada layanan di port itu" in why
    assert SECRET not in why
    assert "127.0.0.1" not in why


def test_check_says_of_each_channel_whether_its_address_will_do_and_sends_nothing(
    path: Path, webhook: Webhook
) -> None:
    done = tanggap("--config", str(path), "check", "--offline", "--json")
    found = {one["part"]: one for one in json.loads(done.stdout) if one["part"][:6] == "notice"}
    assert {part: one["level"] for part, one in found.items()} == {
        "notice dpupr": "ok",
        "notice asing": "fail",
        "notice surat": "ok",
        "notice kota": "fail",
    }
    assert found["notice dpupr"]["text"] == "JSON untuk dpupr: urgent"
    assert found["notice surat"]["text"] == "E-Mail untuk dpupr: urgent"
    assert "TANGGAP_NOTICE_KOTA" in found["notice kota"]["action"]
    assert "docs/notices.md" in found["notice asing"]["action"]
    assert webhook.tries == 0
    assert SECRET not in done.stdout + done.stderr


def test_an_install_without_channels_is_told_how_to_begin(tmp_path: Path) -> None:
    path = write_config(tmp_path, "http://127.0.0.1:1", networks=())
    assert tanggap("--config", str(path), "migrate").returncode == 0
    done = tanggap("--config", str(path), "notice", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "tambahkan [[notice]] di konfigurasi" in done.stderr
    assert "notice" not in tanggap("--config", str(path), "check", "--offline").stdout


def test_the_days_after_which_a_notice_is_dead_are_those_that_people_read() -> None:
    assert timedelta(days=3) == GIVE_UP


def test_the_item_of_a_notice_is_named_in_the_list(path: Path) -> None:
    with closing(opened(path)) as store:
        number = the_item(store, "2").id
    done = tanggap("--config", str(path), "notice", "list")
    assert f"\tmendesak\t#{number}\t" in done.stdout


def test_what_a_file_brings_before_the_daemons_first_start_waits_for_it(
    tmp_path: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_NOTICE_KOTA", webhook.url)
    path = write_config(
        tmp_path, "http://127.0.0.1:1", extra=table("kota", 'role = "supervisor"'), networks=()
    )
    file = tmp_path / "masuk.csv"
    file.write_text(
        "text\nTolong kebakaran di pasar masih ada orang terjebak di dalam!\n", encoding="utf-8"
    )
    assert tanggap("--config", str(path), "migrate").returncode == 0
    assert tanggap("--config", str(path), "intake", str(file)).returncode == 0
    with closing(opened(path)) as store:
        assert [(one.channel, one.kind) for one in store.notices("waiting")] == [("kota", "urgent")]
