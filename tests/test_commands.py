"""The command line as an operator uses it: data on stdout, messages on stderr, exit codes."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from daemon_support import TOKEN, only_accounts, write_config, write_session

from collectors.instagram_session import load_session, save_session
from tanggap.cli import COMMANDS, cli, main
from tanggap.clock import Clock
from tanggap.commands.demo import pace
from tanggap.config import load_config
from tanggap.mention import Review
from tanggap.simulator.generator import generate_city, generate_world
from tanggap.simulator.server import Simulator
from tanggap.store import open_store
from tanggap.store.rows import EVERYTHING, ItemFilter


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def tanggap(*arguments: str) -> Done:
    """Run the program's own `main` as the console script does, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as caught:
        main(list(arguments))
    code = caught.value.code
    return Done(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())


@pytest.fixture
def offline(tmp_path: Path) -> Path:
    """An install without networks: a config, a policy and a fresh database."""
    assert tanggap("init", str(tmp_path), "--city", "Kota Contoh").returncode == 0
    path = tmp_path / "tanggap.toml"
    text = path.read_text(encoding="utf-8").replace("disk_low_mb = 500", "disk_low_mb = 0")
    path.write_text(text, encoding="utf-8")
    assert tanggap("--config", str(path), "migrate").returncode == 0
    return path


@pytest.fixture
def online(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An install on a simulated network with three accounts and a morning's posts."""
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", TOKEN)
    now = Clock().now()
    world = generate_world(5, now - timedelta(hours=4), 4, 120)
    with Simulator(world, token=TOKEN) as simulator:
        yield write_config(tmp_path, simulator.address, *only_accounts("pemkot", "dpupr", "dishub"))


def invoke(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(path), *arguments], catch_exceptions=False)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_stands_in_the_readme(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0
    assert len(shown.output) > 100
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"`{name}" in readme or f"tanggap {name}" in readme


def test_a_fresh_init_is_checked_migrated_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "kota"
    made = tanggap("init", str(folder), "--city", 'Kota "Baru"')
    assert made.returncode == 0
    path = folder / "tanggap.toml"
    assert 'name = "Kota \\"Baru\\""' in path.read_text(encoding="utf-8")
    again = tanggap("init", str(folder), "--city", "Kota")
    assert again.returncode == 2
    assert "tidak ditimpa" in again.stderr
    checked = tanggap("--config", str(path), "check", "--json")
    levels = {row["part"]: row["level"] for row in json.loads(checked.stdout)}
    assert checked.returncode == 0
    assert levels["konfigurasi"] == levels["kebijakan"] == levels["model"] == "ok"
    assert levels["basis data"] == "warn"
    assert levels["x"] == "warn"
    assert not (folder / "tanggap.db").exists()  # check writes nothing
    first = tanggap("--config", str(path), "migrate")
    assert "dijalankan" in first.stdout
    second = tanggap("--config", str(path), "migrate")
    assert "mutakhir" in second.stdout


def test_a_reply_that_calls_a_regency_a_city_is_told_and_the_remedy_helps(tmp_path: Path) -> None:
    tanggap("init", str(tmp_path), "--city", "Kabupaten Contoh")
    config, policy = tmp_path / "tanggap.toml", tmp_path / "policy.toml"
    text = policy.read_text(encoding="utf-8")

    def said() -> list[str]:
        rows = json.loads(tanggap("--config", str(config), "check", "--json").stdout)
        return [f"{row['text']} {row['action']}" for row in rows if row["level"] == "warn"]

    assert "Pemerintah Kota" not in " ".join(said())
    policy.write_text(text.replace("{pemerintah}", "Pemerintah Kota", 1), encoding="utf-8")
    [line] = [one for one in said() if "Pemerintah Kota" in one]
    assert "outside.pln" in line
    assert "Kabupaten Contoh" in line
    assert "{pemerintah}" in line
    policy.write_text(text, encoding="utf-8")
    assert "Pemerintah Kota" not in " ".join(said())


def test_init_brings_no_account_and_no_place_of_the_invented_city(tmp_path: Path) -> None:
    tanggap("init", str(tmp_path), "--city", "Kabupaten Contoh")
    config = load_config(tmp_path / "tanggap.toml")
    assert config.x.accounts == config.facebook.accounts == {}
    assert config.instagram.accounts == config.instagram_web.accounts == {}
    assert config.policy.kecamatan == {}
    assert "dpupr" in config.policy.opd
    for name in ("tanggap.toml", "policy.toml"):
        shown = (tmp_path / name).read_text(encoding="utf-8")
        live = [line for line in shown.splitlines() if not line.lstrip().startswith("#")]
        assert "sukamaju" not in "\n".join(live).lower().replace("tanggap.sukamaju.example", "")
    blocked = tmp_path / "berkas"
    blocked.write_text("x", encoding="utf-8")
    refused = tanggap("init", str(blocked / "kota"), "--city", "Kota")
    assert refused.returncode == 2
    assert "tidak dapat ditulis" in refused.stderr


def test_desk_and_terminal_need_no_token_but_collecting_does(
    online: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke(online, "once")
    monkeypatch.delenv("TANGGAP_X_BEARER_TOKEN")
    assert tanggap("--config", str(online), "queue", "list").returncode == 0
    assert tanggap("--config", str(online), "sources").returncode == 0
    for command in ("once", "run", "check"):
        refused = tanggap("--config", str(online), command)
        assert refused.returncode == 2
        assert "TANGGAP_X_BEARER_TOKEN" in refused.stderr + refused.stdout


def test_check_reaches_the_network_and_names_accounts_that_are_not_there(online: Path) -> None:
    good = invoke(online, "check", "--json")
    assert {row["part"]: row["level"] for row in json.loads(good.stdout)}["x"] == "ok"
    online.write_text(
        online.read_text(encoding="utf-8").replace('"dpupr_skm"', '"dpupr_salah"'),
        encoding="utf-8",
    )
    bad = CliRunner().invoke(cli, ["--config", str(online), "check"], standalone_mode=False)
    assert bad.return_value == 1
    assert "dpupr_salah" in bad.stdout
    assert "x.accounts" in bad.stdout


def test_check_says_what_to_do_about_a_refused_token(
    online: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "another-token-0123456789")
    shown = CliRunner().invoke(cli, ["--config", str(online), "check"], standalone_mode=False)
    assert shown.return_value == 1
    assert "Token ditolak" in shown.stdout
    assert "berkas TANGGAP_X_BEARER_TOKEN_FILE lalu muat ulang" in shown.stdout
    assert "TANGGAP_X_BEARER_TOKEN lalu mulai ulang" in shown.stdout
    assert "another-token" not in shown.stdout


@pytest.fixture
def city() -> Iterator[Simulator]:
    """A simulated city on three networks, with a morning's posts."""
    now = Clock().now()
    with Simulator(*generate_city(5, now - timedelta(hours=4), 4, 60), token=TOKEN) as simulator:
        yield simulator


@pytest.fixture
def three_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, city: Simulator) -> Path:
    """An install that reads Facebook and both ways of Instagram of the city."""
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    networks = ("facebook", "instagram", "instagram_web")
    changes = [
        change
        for network in networks[:2]
        for change in only_accounts("pemkot", "dpupr", network=network)
    ]
    path = write_config(tmp_path, city.address, *changes, networks=networks)
    write_session(tmp_path, city)
    return path


def checked(path: Path, *options: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return the exit code of `check` and what it says of each part: level, words."""
    done = tanggap("--config", str(path), "check", "--json", *options)
    return done.returncode, {
        row["part"]: (row["level"], f"{row['text']} {row['action']}".strip())
        for row in json.loads(done.stdout)
    }


def test_check_speaks_of_every_network(three_networks: Path) -> None:
    code, said = checked(three_networks)
    assert code == 0, said
    assert said["token meta"] == ("ok", "diterima, tidak berakhir")
    assert said["facebook"] == ("ok", "2 akun, 4 sumber, token diterima, akun ditemukan")
    assert said["instagram"] == ("ok", "2 akun, 4 sumber, token diterima, akun ditemukan")
    level, words = said["cakupan facebook"]
    assert (level, words.split(":")[0]) == ("warn", "20 OPD belum tersambung")
    assert "pengguna sistem" in words
    # Those that the other way of Instagram reads are not missing.
    assert said["cakupan instagram"][1].startswith("17 OPD belum tersambung")
    assert "cakupan instagram_web" not in said
    level, words = said["sesi instagram"]
    assert level == "ok"
    assert "hanya terbaca pemiliknya, diimpor 0 hari lalu" in words
    level, words = said["instagram_web"]
    assert level == "warn"
    assert words.startswith("3 akun, 6 sumber; jangkauan tidak diperiksa Membaca tanpa izin resmi")
    level, words = said["x"]
    assert (level, words.split(" Untuk")[0]) == ("warn", "tidak dipantau (x.enabled = false)")
    assert "perjanjian Enterprise" in words


def test_check_offline_asks_no_network(
    three_networks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = three_networks.read_text(encoding="utf-8")
    closed = re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:9", text)
    three_networks.write_text(closed, encoding="utf-8")
    code, said = checked(three_networks, "--offline")
    assert code == 0, said
    assert said["facebook"] == ("ok", "2 akun, 4 sumber; jangkauan tidak diperiksa")
    assert "token meta" not in said
    code, said = checked(three_networks)
    assert code == 1
    assert said["facebook"][0] == "fail"
    assert "tidak dapat dihubungi" in said["facebook"][1]


def test_check_names_accounts_that_the_token_may_not_read(three_networks: Path) -> None:
    text = three_networks.read_text(encoding="utf-8")
    three_networks.write_text(text.replace('"dpupr.sukamaju"', '"dpupr.lain"'), encoding="utf-8")
    code, said = checked(three_networks)
    assert code == 1
    for network in ("facebook", "instagram"):
        level, words = said[network]
        assert level == "fail"
        assert words.startswith(
            "akun belum memberi akses kepada token ini, atau namanya lain: dpupr.lain (dpupr)"
        )
        assert f"periksa ejaan di {network}.accounts" in words


def test_check_names_an_account_that_the_city_did_not_lend(
    three_networks: Path, city: Simulator
) -> None:
    city.graph.tokens.ungranted = {"dpupr.sukamaju"}
    code, said = checked(three_networks)
    assert code == 1
    assert said["token meta"][0] == "ok"
    assert "dpupr.sukamaju (dpupr)" in said["facebook"][1]
    assert "pemkot" not in said["facebook"][1]


def test_check_tells_the_end_of_the_token_and_what_it_may_not_do(
    three_networks: Path, city: Simulator
) -> None:
    city.graph.tokens.state.expires_at = Clock().now() + timedelta(days=9, hours=1)
    done = tanggap("--config", str(three_networks), "check")
    assert done.returncode == 0
    (line,) = [row for row in done.stdout.splitlines() if "token meta" in row]
    assert re.match(
        r"awas  token meta: diterima, berakhir 9 hari lagi \(\d+ \w+ \d{4} \d\d\.\d\d WIB\)  \w",
        line,
    )
    city.graph.tokens.state.expires_at = Clock().now() + timedelta(days=59, hours=1)
    city.graph.tokens.state.scopes.discard("pages_read_user_content")
    lines = tanggap("--config", str(three_networks), "check").stdout.splitlines()
    first, second = [row for row in lines if "token meta" in row]
    assert first.startswith("baik  token meta: diterima, berakhir 59 hari lagi (")
    assert second.startswith("awas  token meta: ")
    assert "Facebook" in second


@pytest.mark.parametrize("subcode", [458, 460, 463])
def test_check_says_that_a_token_was_withdrawn(
    three_networks: Path, city: Simulator, subcode: int
) -> None:
    city.graph.tokens.state.revoked = subcode
    code, said = checked(three_networks)
    assert code == 1
    for network in ("facebook", "instagram"):
        assert said[network][0] == "fail"
        assert said[network][1].startswith("Token Meta tidak berlaku lagi")


def test_check_names_what_keeps_the_database_from_working(offline: Path, tmp_path: Path) -> None:
    text = offline.read_text(encoding="utf-8")
    offline.write_text(text.replace("tanggap.db", "tidak/ada.db"), encoding="utf-8")
    assert "tidak ada Buat folder." in checked(offline)[1]["basis data"][1]
    offline.write_text(text.replace("disk_low_mb = 0", "disk_low_mb = 999999999"), encoding="utf-8")
    code, said = checked(offline)
    assert (code, said["basis data"][0]) == (1, "fail")
    assert "Ruang disk hampir habis" in said["basis data"][1]
    (tmp_path / "tanggap.db").write_bytes(b"bukan basis data")
    offline.write_text(text, encoding="utf-8")
    assert "rusak" in checked(offline)[1]["basis data"][1]


def test_check_says_that_the_time_is_not_real(three_networks: Path) -> None:
    clock = (
        "[clock]\nspeed = 60\nreal_start = 2026-11-02T00:00:00Z\n"
        "simulated_start = 2026-11-20T00:00:00Z\n\n[city]"
    )
    text = three_networks.read_text(encoding="utf-8")
    three_networks.write_text(text.replace("[city]", clock), encoding="utf-8")
    level, words = checked(three_networks, "--offline")[1]["jam"]
    assert level == "warn"
    assert "dipercepat 60 kali" in words


def test_check_says_what_is_wrong_with_the_meta_token(
    three_networks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_META_TOKEN", "another-token-0123456789")
    done = tanggap("--config", str(three_networks), "check")
    assert done.returncode == 1
    assert "GAGAL facebook: Token Meta tidak berlaku lagi" in done.stdout
    assert "TANGGAP_META_TOKEN_FILE lalu muat ulang" in done.stdout
    assert "another-token" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("days", "level", "said"),
    [(9, "warn", "berakhir 8 hari lagi"), (40, "ok", "berakhir 39 hari lagi")],
)
def test_check_counts_down_to_the_end_of_the_session(
    three_networks: Path, days: int, level: str, said: str
) -> None:
    path = three_networks.with_name("instagram-session.json")
    session = replace(load_session(path), ends_at=Clock().now() + timedelta(days=days))
    save_session(path, session)
    found = checked(three_networks, "--offline")[1]["sesi instagram"]
    assert found[0] == level
    assert said in found[1]
    assert ("import-session" in found[1]) == (level == "warn")


def test_check_refuses_a_session_that_others_can_read_and_one_that_is_missing(
    three_networks: Path,
) -> None:
    path = three_networks.with_name("instagram-session.json")
    path.chmod(0o640)
    code, said = checked(three_networks, "--offline")
    assert (code, said["sesi instagram"][0]) == (1, "fail")
    assert "chmod 600" in said["sesi instagram"][1]
    path.unlink()
    code, said = checked(three_networks, "--offline")
    assert (code, said["sesi instagram"][0]) == (1, "fail")
    assert "tanggap instagram import-session" in said["sesi instagram"][1]


def test_sources_shows_all_networks_the_token_and_who_is_missing(three_networks: Path) -> None:
    tanggap("--config", str(three_networks), "migrate")
    tanggap("--config", str(three_networks), "once")
    table = tanggap("--config", str(three_networks), "sources").stdout
    for line in (
        "meta:facebook:dpupr:feed",
        "instagram_web:distan:tagged",
        "Token Meta: tidak berakhir",
        "X: mati (x.enabled = false), tidak terpantau",
        "Instagram tanpa token: 3 akun",
    ):
        assert line in table, line
    assert re.search(r"^Facebook: 2 akun; belum tersambung: disperkim, bpbd", table, re.MULTILINE)
    assert "batas 20.000" not in table  # X is off
    document = json.loads(tanggap("--config", str(three_networks), "sources", "--json").stdout)
    token = next(row for row in document["sources"] if row["id"] == "meta:token")
    assert (token["kind"], token["token_ends_at"], token["state"]) == ("token", None, "ok")
    feed = next(row for row in document["sources"] if row["id"] == "meta:facebook:dpupr:feed")
    assert (feed["network"], feed["accounts"]) == ("facebook", ["dpupr"])
    assert document["networks"]["x"]["enabled"] is False
    assert "dlh" in document["networks"]["facebook"]["unconnected"]
    assert any("@sebutan" in line for line in document["networks"]["instagram"]["unseen"])


def test_sources_says_a_cause_once_with_the_sources_that_have_it_below(
    three_networks: Path,
) -> None:
    tanggap("--config", str(three_networks), "migrate")
    tanggap("--config", str(three_networks), "once")
    config = load_config(three_networks)
    now = Clock().now()
    later = now + timedelta(hours=1)
    store = open_store(config.database_path)
    try:
        for status in store.sources(now):
            if status.spec.network == "facebook" and status.spec.kind != "token":
                store.poll_now(status.spec.id, now)
                lease = store.lease(status.spec.id, "uji", now, later)
                assert lease is not None
                store.fail(lease, now, later, "backoff", "network_unreachable", "")
        store.hold("meta:instagram", later, "usage_high", now)
    finally:
        store.close()
    lines = tanggap("--config", str(three_networks), "sources").stdout.splitlines()
    at = lines.index(
        "Jaringan tidak dapat dihubungi. Dicoba lagi otomatis. Bila lebih dari satu jam, periksa "
        "sambungan internet server."
    )
    below = lines[at + 1 : at + 5]
    assert [line.split()[0] for line in below] == [
        f"meta:facebook:{opd}:{kind}" for opd in ("dpupr", "pemkot") for kind in ("feed", "tagged")
    ]
    assert all(line.startswith("  ") and "dicoba lagi" in line for line in below)
    assert sum("Jaringan tidak dapat dihubungi" in line for line in lines) == 1
    held = next(n for n, line in enumerate(lines) if line.startswith("Batas panggilan Meta"))
    assert all("menunggu" in line for line in lines[held + 1 : held + 5])
    well = next(n for n, line in enumerate(lines) if line.startswith("meta:token"))
    assert well > max(at, held)  # trouble first


def test_poll_now_all_leaves_the_reader_of_instagram_alone_but_takes_one_by_its_id(
    three_networks: Path,
) -> None:
    tanggap("--config", str(three_networks), "migrate")
    tanggap("--config", str(three_networks), "once")
    store = open_store(load_config(three_networks).database_path)
    try:
        now = Clock().now()
        later = now + timedelta(hours=1)
        for status in store.sources(now):
            store.poll_now(status.spec.id, now)
            lease = store.lease(status.spec.id, "uji", now, later)
            assert lease is not None
            store.finish(lease, now, later, "")

        def due() -> set[str]:
            return set(store.due(Clock().now(), 100))

        assert due() == set()
        assert invoke(three_networks, "sources", "--poll-now", "all").exit_code == 0
        hurried = due()
        assert {"meta:token", "meta:facebook:dpupr:feed", "meta:instagram:dpupr:tags"} <= hurried
        assert not [name for name in hurried if name.startswith("instagram_web")]
        one = "instagram_web:distan:tagged"
        assert invoke(three_networks, "sources", "--poll-now", one).exit_code == 0
        assert due() == {*hurried, one}
    finally:
        store.close()
    said = " ".join(CliRunner().invoke(cli, ["sources", "--help"]).stdout.split())
    assert "`all` but those of instagram_web" in said


def test_once_collects_and_the_queue_lists_shows_and_exports(online: Path, tmp_path: Path) -> None:
    done = invoke(online, "once")
    summary = json.loads(done.stdout)
    assert summary["new"] > 30
    assert summary["failing"] == {}
    listed = [
        json.loads(line)
        for line in invoke(online, "queue", "list", "--json", "--limit", "500").stdout.splitlines()
    ]
    assert len(listed) > 20
    assert {row["opd"] for row in listed} > {"dpupr"}
    narrowed = [
        json.loads(line)
        for line in invoke(
            online, "queue", "list", "--json", "--opd", "dpupr", "--tab", "antrean"
        ).stdout.splitlines()
    ]
    assert narrowed
    assert all(row["tab"] == "queue" for row in narrowed)
    table = invoke(online, "queue", "list").stdout
    assert len(table.splitlines()) == 25
    shown = json.loads(invoke(online, "queue", "show", str(listed[0]["id"]), "--json").stdout)
    assert shown["text"] == listed[0]["text"]
    assert shown["history"]
    assert "because" in shown
    assert str(listed[0]["id"]) in invoke(online, "queue", "show", str(listed[0]["id"])).stdout
    target = tmp_path / "antrean.csv"
    assert invoke(online, "queue", "export", "--output", str(target)).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"), newline="")))
    assert [int(row["id"]) for row in rows] == [row["id"] for row in listed]
    assert not [row for row in rows if row["text"].startswith(("=", "+", "-", "@"))]
    as_json = invoke(online, "queue", "export", "--json", "--sector", "jalan").stdout
    assert {json.loads(line)["sector"] for line in as_json.splitlines()} <= {"jalan"}


def test_an_item_that_does_not_exist_is_one_line_and_exit_two(offline: Path) -> None:
    done = tanggap("--config", str(offline), "queue", "show", "99")
    assert (done.returncode, done.stderr.strip()) == (2, "aduan 99 tidak ada")


def test_sources_shows_table_and_json_and_polls_on_request(online: Path) -> None:
    invoke(online, "once")
    document = json.loads(invoke(online, "sources", "--json").stdout)
    assert {row["state"] for row in document["sources"]} == {"ok"}
    assert document["usage"]["x"]["day_reads"] > 0
    table = invoke(online, "sources").stdout
    assert "x:mentions:dpupr" in table
    assert re.search(
        r"^X: \d+ baca hari ini UTC \(batas 20\.000\), .* US\$\d+,\d\d", table, re.MULTILINE
    )
    assert re.search(r"terakhir \d+ \w+ \d{4} \d\d\.\d\d WIB +berikut \d+ \w+ \d{4} .* WIB ", table)
    assert invoke(online, "sources", "--poll-now", "all").exit_code == 0
    assert json.loads(invoke(online, "once").stdout)["fetched"] > 0
    refused = tanggap("--config", str(online), "sources", "--poll-now", "x:apa")
    assert refused.returncode == 2
    assert "tidak ada" in refused.stderr


def test_intake_takes_a_file_once_and_routes_it(offline: Path, tmp_path: Path) -> None:
    file = tmp_path / "aduan.csv"
    file.write_text(
        "text,posted_at,author,mentioned_opd\n"
        '"Jalan berlubang parah di depan pasar, sudah dua bulan tidak diperbaiki",'
        "2026-11-20 09:30,warga,dpupr\n"
        '"Lampu jalan mati semua di Kelurahan Mekarwangi",,,\n',
        encoding="utf-8",
    )
    first = tanggap("--config", str(offline), "intake", str(file), "--json")
    assert first.returncode == 0, first.stderr
    summary = json.loads(first.stdout)
    assert (summary["rows"], summary["new"], summary["repeated"]) == (2, 2, 0)
    again = json.loads(tanggap("--config", str(offline), "intake", str(file), "--json").stdout)
    assert (again["new"], again["repeated"]) == (0, 2)
    listed = tanggap("--config", str(offline), "queue", "list", "--json", "--text", "berlubang")
    row = json.loads(listed.stdout)
    assert row["posted_at"] == "2026-11-20T02:30:00.000Z"
    assert row["sector"] == "jalan"
    assert row["opd"] == "dpupr"


def test_intake_says_how_many_rows_are_sensitive(offline: Path, tmp_path: Path) -> None:
    file = tmp_path / "aduan.csv"
    file.write_text(
        "text\nsiswi dilecehkan gurunya\nada yang mau bunuh diri di jembatan\nhalo\n",
        encoding="utf-8",
    )
    said = tanggap("--config", str(offline), "intake", str(file)).stdout
    assert "3 baris: 3 baru (" in said
    assert "sensitif 2" in said
    assert "triase" not in said
    assert "dilecehkan" not in said
    listed = tanggap("--config", str(offline), "queue", "list", "--tab", "sensitif", "--json")
    assert len(listed.stdout.splitlines()) == 2
    again = tanggap("--config", str(offline), "intake", str(file), "--json")
    assert json.loads(again.stdout)["sensitive"] == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("teks\nhalo\n", "kolom `text` tidak ada"),
        ("text\n\n", "hanya judul"),
        ("text,posted_at\nhalo,kemarin\n", "posted_at 'kemarin' bukan waktu"),
        ("text,posted_at\nhalo,0001-01-01\n", "posted_at '0001-01-01' di luar jangkauan"),
        ("text,posted_at\nhalo,9999-12-31T23:59-09:00\n", "di luar jangkauan"),
        ("text,mentioned_opd\nhalo,dinasx\n", "`dinasx` tidak ada di kebijakan"),
        ('text,id\n"",1\n', "kolom `text` kosong"),
    ],
)
def test_a_broken_file_is_refused_whole_with_line_and_remedy(
    offline: Path, tmp_path: Path, content: str, words: str
) -> None:
    file = tmp_path / "rusak.csv"
    file.write_text(content, encoding="utf-8")
    done = tanggap("--config", str(offline), "intake", str(file))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert tanggap("--config", str(offline), "queue", "list").stdout == ""


HOSTILE = (
    "Jalan rusak\x1b]0;judul\x07 \x1b[2J\x9b31m di pasar \u202ekiri\u2066\n"
    "      status: selesai;=HYPERLINK(1)"
)


def take_in(config: Path, text: str, **columns: str) -> Done:
    """Bring one complaint in by a file; its further columns are given by name."""
    file = config.parent / "satu.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, ["text", *columns])
        writer.writeheader()
        writer.writerow({"text": text, **columns})
    return tanggap("--config", str(config), "intake", str(file))


def test_a_citizens_text_cannot_steer_the_terminal(offline: Path) -> None:
    assert take_in(offline, HOSTILE, author="\x1b[31mwarga").returncode == 0
    for arguments in (("list",), ("show", "1"), ("list", "--json"), ("show", "1", "--json")):
        shown = tanggap("--config", str(offline), "queue", *arguments).stdout
        assert "pasar" in shown
        steering = set("\x1b\x07\x9b\u202e\u2066\r")
        assert not steering & set(shown), arguments
    table = tanggap("--config", str(offline), "queue", "show", "1").stdout
    # The citizen's second line is set in and marked, so that it does not pass for one of ours.
    assert sum(line.lstrip().startswith("status:") for line in table.splitlines()) == 1
    assert "|       status: selesai" in table
    as_json = tanggap("--config", str(offline), "queue", "show", "1", "--json").stdout
    assert json.loads(as_json)["text"] == HOSTILE
    exported = tanggap("--config", str(offline), "queue", "export").stdout
    assert "selesai;'=HYPERLINK(1)" in exported


def test_the_queue_speaks_indonesian_to_people_and_stays_the_same_for_programs(
    offline: Path,
) -> None:
    take_in(offline, "Jalan berlubang parah di depan pasar", posted_at="2026-11-20 09:30")
    line = tanggap("--config", str(offline), "queue", "list").stdout
    as_json = json.loads(tanggap("--config", str(offline), "queue", "list", "--json").stdout)
    names = {"queue": "antrean", "triage": "triase", "aside": "disisihkan", "sensitive": "sensitif"}
    assert names[as_json["tab"]] in line.split()
    kept = tanggap("--config", str(offline), "queue", "list", "--tab", names[as_json["tab"]]).stdout
    assert kept == line
    shown = tanggap("--config", str(offline), "queue", "show", "1").stdout
    assert " 20 Nov 2026 09.30 WIB " in line
    assert re.search(r" \d+% ", line)
    assert "karena:" in shown
    assert "menempatkan aduan" in shown
    assert "ditulis: 20 Nov 2026 09.30 WIB" in shown
    assert "mendesak: tidak" in shown
    for english in ("because", "routed", "sensitive", "posted_at", "None", "False"):
        assert english not in shown
    document = json.loads(tanggap("--config", str(offline), "queue", "show", "1", "--json").stdout)
    assert [event["kind"] for event in document["history"]] == ["routed"]


def test_the_history_tells_what_a_person_changed_in_the_words_of_the_desk(offline: Path) -> None:
    take_in(offline, "Jalan berlubang parah di depan pasar, kapan diperbaiki?")
    store = open_store(offline.with_name("tanggap.db"))
    try:
        (item,) = store.items(EVERYTHING, ItemFilter(), limit=1)
        review = Review(item.id, "sari", "forward", item.version, "jalur angkot", opd="dishub")
        store.review(EVERYTHING, review, Clock().now())
    finally:
        store.close()
    shown = tanggap("--config", str(offline), "queue", "show", "1").stdout
    last = shown.splitlines()[-1]
    assert f" sari melimpahkan OPD {item.opd} menjadi dishub" in last


@pytest.mark.parametrize(
    "channel", ["x", "facebook", "instagram", "X", "a", "lapor!", "1kanal", ""]
)
def test_a_channel_is_a_plain_name_and_never_that_of_a_network(
    offline: Path, tmp_path: Path, channel: str
) -> None:
    file = tmp_path / "aduan.csv"
    file.write_text("text\nJalan rusak\n", encoding="utf-8")
    done = tanggap("--config", str(offline), "intake", str(file), "--channel", channel)
    assert done.returncode == 2
    assert "--channel" in done.stderr
    assert tanggap("--config", str(offline), "queue", "list").stdout == ""


def test_an_ordinary_channel_becomes_the_network_of_its_items(
    offline: Path, tmp_path: Path
) -> None:
    file = tmp_path / "aduan.csv"
    file.write_text("text\nJalan rusak\n", encoding="utf-8")
    done = tanggap("--config", str(offline), "intake", str(file), "--channel", "sp4n-lapor")
    assert (done.returncode, done.stderr) == (0, "")
    row = json.loads(tanggap("--config", str(offline), "queue", "list", "--json").stdout)
    assert row["network"] == "sp4n-lapor"


def test_intake_names_the_columns_that_it_leaves_out_and_keeps_nothing_of_them(
    offline: Path,
) -> None:
    done = take_in(offline, "Jalan rusak", nik="3200000000000001", kecamatan="Tengah")
    assert done.returncode == 0
    assert "diabaikan: nik, kecamatan" in done.stderr
    database = offline.with_name("tanggap.db")
    kept = b"".join(file.read_bytes() for file in offline.parent.glob(f"{database.name}*"))
    assert b"3200000000000001" not in kept


def test_intake_without_a_model_says_so_and_leaves_the_daemons_alarms_alone(
    offline: Path,
) -> None:
    text = offline.read_text(encoding="utf-8")
    offline.write_text(text.replace('model = "baseline"', 'model = "hilang"'), encoding="utf-8")
    done = take_in(offline, "Jalan rusak")
    assert done.returncode == 0
    assert "Model pengklasifikasi tidak dapat dipakai" in done.stderr
    assert "hilang" in done.stderr
    offline.write_text(text, encoding="utf-8")
    assert json.loads(tanggap("--config", str(offline), "sources", "--json").stdout)["alarms"] == []


@pytest.mark.parametrize(
    ("speed", "words"),
    [
        (60.0, "sama dengan satu menit"),
        (1.0, "sama dengan satu detik"),
        (3600.0, "sama dengan satu jam"),
        (120.0, "sama dengan 2 menit"),
        (90.0, "sama dengan 90 detik"),
        (2.5, "sama dengan 2,5 detik"),
    ],
)
def test_the_demo_tells_its_speed(speed: float, words: str) -> None:
    assert words in pace(speed)


def test_commands_that_need_a_database_name_the_remedy_when_there_is_none(tmp_path: Path) -> None:
    tanggap("init", str(tmp_path), "--city", "Kota")
    for arguments in (("queue", "list"), ("sources",), ("intake", "x.csv")):
        done = tanggap("--config", str(tmp_path / "tanggap.toml"), *arguments)
        assert done.returncode in (1, 2)
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_a_missing_config_is_one_line_and_exit_two(tmp_path: Path) -> None:
    done = tanggap("--config", str(tmp_path / "tidak.toml"), "run")
    assert done.returncode == 2
    assert "tanggap init" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_exit_two() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["terbang"])
    assert caught.value.code == 2


@pytest.mark.fault(20)
def test_a_missing_model_sends_everything_to_triage_and_raises_an_alarm(
    online: Path,
) -> None:
    online.write_text(
        online.read_text(encoding="utf-8").replace('model = "baseline"', 'model = "hilang"'),
        encoding="utf-8",
    )
    done = tanggap("--config", str(online), "once")
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert summary["alarms"] == ["model"]
    assert set(summary["routes"]) <= {"triage", "context", "answer"}
    assert summary["routes"]["triage"] > 20
    alarms = json.loads(invoke(online, "sources", "--json").stdout)["alarms"]
    assert [alarm["code"] for alarm in alarms] == ["model"]
    assert "ALARM" in invoke(online, "sources").stdout
    checked = CliRunner().invoke(cli, ["--config", str(online), "check"], standalone_mode=False)
    assert checked.return_value == 1
    assert "hilang" in checked.stdout
