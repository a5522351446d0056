"""Every way to write a config or policy wrongly says in one error what to put right."""

import dataclasses
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from pydantic import ValidationError

from tanggap.advice import Advice
from tanggap.clock import Clock
from tanggap.config import (
    BackupSettings,
    City,
    ClassifierSettings,
    ClockSettings,
    Config,
    ConfigFile,
    DaemonSettings,
    Database,
    WebSettings,
    load_config,
    read_secret,
)
from tanggap.contacts import Contacts
from tanggap.desk_settings import OidcSettings
from tanggap.errors import ConfigError
from tanggap.loopback import is_guarded, is_loopback
from tanggap.networks import (
    FacebookSettings,
    InstagramSettings,
    InstagramWebSettings,
    MetaSettings,
    XSettings,
)
from tanggap.notice_settings import NoticeSettings
from tanggap.office_hours import Deadlines, JenisDeadlines, OfficeHours, OpdDeadlines
from tanggap.policy import Kecamatan, Opd, Outside, Policy, Rule, load_policy
from tanggap.privacy import PrivacySettings
from tanggap.replies import Reply
from tanggap.sectors import SECTORS
from tanggap.toml_file import Table

SECRET = "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        text = files("tanggap.examples").joinpath(name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


Mutation = Callable[[Path], None]


def swap(old: str, new: str, file: str = "sukamaju.toml") -> Mutation:
    def mutate(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"the example no longer holds {old!r}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return mutate


def in_policy(old: str, new: str) -> Mutation:
    return swap(old, new, "sukamaju-policy.toml")


def with_draft(keys: str) -> Mutation:
    return in_policy("[sector_opd]", f'[[reply]]\nid = "a"\n{keys}\n[sector_opd]')


def with_deadline(table: str, keys: str) -> Mutation:
    """Return a policy whose deadlines are these alone, in the place of the example's."""

    def mutate(folder: Path) -> None:
        file = folder / "sukamaju-policy.toml"
        before, _, rest = file.read_text(encoding="utf-8").partition("[deadline]\n")
        assert rest
        after = rest.partition("\n[kecamatan.")[2]
        file.write_text(f"{before}[{table}]\n{keys}\n[kecamatan.{after}", encoding="utf-8")

    return mutate


def all_of(*mutations: Mutation) -> Mutation:
    def mutate(folder: Path) -> None:
        for mutation in mutations:
            mutation(folder)

    return mutate


def raw(content: bytes, file: str = "sukamaju.toml") -> Mutation:
    return lambda folder: (folder / file).write_bytes(content) and None


def gone(file: str, *, leave_folder: bool = False) -> Mutation:
    def mutate(folder: Path) -> None:
        (folder / file).unlink()
        if leave_folder:
            (folder / file).mkdir()

    return mutate


def without_accounts(folder: Path) -> None:
    text = (folder / "sukamaju.toml").read_text(encoding="utf-8")
    before, _, rest = text.partition("[x.accounts]")
    (folder / "sukamaju.toml").write_text(
        before + "[x.ids]" + rest.partition("[x.ids]")[2], encoding="utf-8"
    )


def with_provider(
    issuer: str = "https://akun.sukamaju.example", public_url: str = "https://tanggap.kota.example"
) -> Mutation:
    return all_of(
        swap('public_url = ""', f'public_url = "{public_url}"'),
        swap("# [web.oidc]", "[web.oidc]"),
        swap('# issuer = "https://akun.sukamaju.example"', f'issuer = "{issuer}"'),
        swap("# client_id", "client_id"),
    )


ON = all_of(
    swap("enabled = false", "enabled = true"),
    swap("enterprise_agreement = false", "enterprise_agreement = true"),
)
CLOCK = "[clock]\nspeed = 60\nreal_start = {real}\nsimulated_start = 2026-01-01T00:00:00Z\n\n[city]"
AWARE = "2026-11-02T00:00:00Z"
P = "sukamaju-policy.toml"

# what was done, and what the error must name: file, key, remedy
WRONG: dict[str, tuple[Mutation, tuple[str, ...]]] = {
    # keys
    "unknown key, near miss": (
        swap("poll_seconds", "poll_second"),
        ("x.poll_second", "`poll_seconds`"),
    ),
    "unknown key, far": (swap("workers = 4", "warna = 4"), ("daemon.warna", "hapus")),
    "unknown table, near miss": (swap("[web]", "[webs]"), ("webs", "`web`")),
    "unknown key at the top": (swap("policy_file", "polcy_file"), ("polcy_file", "`policy_file`")),
    "key missing": (swap('name = "Kota Sukamaju"', ""), ("city.name", "wajib")),
    "table missing": (
        swap('[city]\nname = "Kota Sukamaju"\ntimezone', "[daemon2]\nx"),
        ("`city`", "wajib"),
    ),
    "unknown key of an OPD": (
        in_policy('short = "DPUPR"', 'shrt = "DPUPR"'),
        (P, "opd.dpupr.shrt", "`short`"),
    ),
    "unknown key of a rule": (
        in_policy('opd = "provinsi"', 'odp = "provinsi"'),
        (P, "rule.0.odp", "`opd`"),
    ),
    "unknown key of a kecamatan": (
        in_policy('kelurahan = ["Mekarwangi"', 'kelurahn = ["Mekarwangi"'),
        (P, "kecamatan.sukamaju_utara.kelurahn", "`kelurahan`"),
    ),
    "unknown table of the policy": (
        in_policy("[sector_opd]", "[sektor_opd]"),
        (P, "sektor_opd", "`sector_opd`"),
    ),
    # types and ranges
    "text for a number": (
        swap("poll_seconds = 180", 'poll_seconds = "180"'),
        ("x.poll_seconds", "bilangan bulat"),
    ),
    "text for a fraction": (
        swap("tick_seconds = 1.0", 'tick_seconds = "1.0"'),
        ("daemon.tick_seconds", "bilangan"),
    ),
    "true for a fraction": (
        swap("tick_seconds = 1.0", "tick_seconds = true"),
        ("daemon.tick_seconds", "bilangan"),
    ),
    "fraction for a whole number": (
        swap("workers = 4", "workers = 4.5"),
        ("daemon.workers", "bilangan bulat"),
    ),
    "number for a text": (swap('name = "Kota Sukamaju"', "name = 7"), ("city.name", "tanda kutip")),
    "text for yes or no": (
        swap("timelines = true", 'timelines = "ya"'),
        ("x.timelines", "true atau false"),
    ),
    "text for a list": (swap("search = []", 'search = "distan"'), ("x.search", "daftar")),
    "number in a list": (swap("search = []", "search = [1]"), ("x.search.0", "tanda kutip")),
    "text for a table": (
        all_of(swap("[x.ids]", "[web.ids]"), swap("[x.accounts]", 'ids = "1"\n[x.accounts]')),
        ("`x.ids`", "tabel"),
    ),
    "number for a table": (
        swap('[city]\nname = "Kota Sukamaju"\ntimezone = "Asia/Jakarta"', "city = 3"),
        ("`city`", "tabel"),
    ),
    "too small": (swap("workers = 4", "workers = 0"), ("daemon.workers", "paling sedikit 1")),
    "too large": (swap("workers = 4", "workers = 33"), ("daemon.workers", "paling banyak 32")),
    "zero for a positive fraction": (
        swap("tick_seconds = 1.0", "tick_seconds = 0"),
        ("daemon.tick_seconds", "lebih dari 0"),
    ),
    "negative": (
        swap("daily_read_limit = 20000", "daily_read_limit = -1"),
        ("x.daily_read_limit", "paling sedikit 0"),
    ),
    "infinite": (
        swap("usd_per_post = 0.005", "usd_per_post = inf"),
        ("x.usd_per_post", "bilangan"),
    ),
    "not a number": (
        swap("usd_per_user = 0.010", "usd_per_user = nan"),
        ("x.usd_per_user", "bilangan"),
    ),
    "port out of range": (swap("port = 8600", "port = 86000"), ("web.port", "paling banyak 65535")),
    "unknown dialect": (
        swap('dialect = "auto"', 'dialect = "twit"'),
        ("x.dialect", "salah satu dari"),
    ),
    # what only looks right
    "unknown zone": (swap("Asia/Jakarta", "Asia/Jakrta"), ("city.timezone", "Asia/Jakarta")),
    "zone in small letters": (
        swap("Asia/Jakarta", "asia/jakarta"),
        ("city.timezone", "Asia/Jakarta"),
    ),
    "zone is a folder": (swap("Asia/Jakarta", "Asia"), ("city.timezone", "Asia/Jakarta")),
    "zone climbs": (swap("Asia/Jakarta", "../../etc/passwd"), ("city.timezone", "Asia/Jakarta")),
    "zone empty": (swap("Asia/Jakarta", ""), ("city.timezone", "Asia/Jakarta")),
    "unknown database": (
        swap("sqlite:tanggap.db", f"mysql://root:{SECRET}@db/x"),
        ("database.url", "sqlite:tanggap.db"),
    ),
    "database without a file": (
        swap("sqlite:tanggap.db", "sqlite:"),
        ("database.url", "sqlite:tanggap.db"),
    ),
    "another host": (
        swap("https://api.x.com", "https://api.twitter.com"),
        ("base_url", "https://api.x.com", "loopback"),
    ),
    "host that only looks like loopback": (
        swap("https://api.x.com", "http://127.0.0.1.jahat.example"),
        ("base_url", "loopback"),
    ),
    "login in the address": (
        swap("https://api.x.com", f"https://u:{SECRET}@api.x.com"),
        ("base_url", "loopback"),
    ),
    "address is no address": (swap("https://api.x.com", "http://[::1"), ("base_url", "loopback")),
    "desk address without scheme": (
        swap('public_url = ""', 'public_url = "tanggap.kota.example"'),
        ("web.public_url", "https://"),
    ),
    "desk address with a path": (
        swap('public_url = ""', 'public_url = "https://kota.example/tanggap"'),
        ("web.public_url", "https://"),
    ),
    # accounts
    "duplicate handle": (
        swap('dlh = "dlh_skm"', 'dlh = "DISHUB_skm"'),
        ("x.accounts", "dlh", "dishub", "hapus salah satu"),
    ),
    "handle with @": (
        swap('dlh = "dlh_skm"', 'dlh = "@dlh_skm"'),
        ("x.accounts", "dlh", "tanpa @"),
    ),
    "handle too long": (
        swap('dlh = "dlh_skm"', 'dlh = "dinas_lingkungan"'),
        ("x.accounts", "dlh", "15"),
    ),
    "unknown OPD": (swap('dlh = "dlh_skm"', 'dhl = "dlh_skm"'), ("x.accounts", "dhl", "`dlh`")),
    "id of an unknown OPD": (swap("[x.ids]", '[x.ids]\ndhl = "1"'), ("x.ids", "dhl", "`dlh`")),
    "id is no number": (swap("[x.ids]", '[x.ids]\ndlh = "dlh_skm"'), ("x.ids", "dlh", "angka")),
    "search for an unknown OPD": (
        swap("search = []", 'search = ["dhl"]'),
        ("x.search", "dhl", "`dlh`"),
    ),
    # X switched on
    "agreement missing": (
        swap("enabled = false", "enabled = true"),
        ("enterprise_agreement = true", "enabled = false"),
    ),
    "secret missing": (ON, ("x.enabled", "TANGGAP_X_BEARER_TOKEN")),
    "no accounts": (all_of(ON, without_accounts), ("x.accounts", "kosong")),
    "secret in the file": (
        swap("[x]\n", f'[x]\nbearer_token = "{SECRET}"\n'),
        ("x.bearer_token", "TANGGAP_X_BEARER_TOKEN"),
    ),
    "secret where a table stands": (
        all_of(swap("[web]", "[x.web]"), swap("policy_file", f'web = "{SECRET}"\npolicy_file')),
        ("`web`", "tabel"),
    ),
    "secret for a number": (
        swap("page_cap = 20", f'page_cap = "{SECRET}"'),
        ("x.page_cap", "bilangan bulat"),
    ),
    # the clock
    "clock with the real network": (
        all_of(ON, swap("[city]", CLOCK.format(real=AWARE))),
        ("[clock]", "loopback", "hapus"),
    ),
    "clock without a zone": (
        swap("[city]", CLOCK.format(real="2026-11-02T00:00:00")),
        ("clock.real_start", "zona"),
    ),
    "clock with a date": (
        swap("[city]", CLOCK.format(real="2026-11-02")),
        ("clock.real_start", "waktu"),
    ),
    "clock standing": (
        swap("[city]", CLOCK.format(real=AWARE).replace("speed = 60", "speed = 0")),
        ("clock.speed", "lebih dari 0"),
    ),
    # the file itself
    "not TOML": (swap("[city]", "[city"), ("TOML", "baris")),
    "duplicate key": (swap("workers = 4", "workers = 4\nworkers = 5"), ("TOML", "baris")),
    # the provider of the city's accounts
    **{
        f"provider at {issuer}": (with_provider(issuer), ("web.oidc.issuer", "https"))
        for issuer in (
            *("http://akun.sukamaju.example", "akun.sukamaju.example", "https://", ""),
            *("https://akun.sukamaju.example/?a=1", "https://akun.sukamaju.example/#a"),
            *(f"https://tanggap:{SECRET}@akun.sukamaju.example", "https://akun.example:x"),
        )
    },
    "provider without an address of the desk": (
        with_provider(public_url=""),
        ("`web`", "web.public_url"),
    ),
    "provider without its client": (
        all_of(with_provider(), swap('client_id = "tanggap"', "")),
        ("web.oidc.client_id", "wajib"),
    ),
    "secret of a provider in the file": (
        all_of(with_provider(), swap("client_id", f'client_secret = "{SECRET}"\nclient_id')),
        ("web.oidc.client_secret", "TANGGAP_OIDC_SECRET"),
    ),
    "key of a provider, near miss": (
        all_of(with_provider(), swap("client_id", "klient_id")),
        ("web.oidc.klient_id", "`client_id`"),
    ),
    "duplicate table": (swap("[web]", "[daemon]"), ("TOML", "baris")),
    "tab in a key": (swap("workers = 4", "wor\tkers = 4"), ("TOML", "baris")),
    "not UTF-8": (raw(b'policy_file = "kebijakan-\xe9.toml"\n'), ("UTF-8", "simpan")),
    "UTF-16": (raw("[city]\n".encode("utf-16")), ("UTF-8", "simpan")),
    "empty": (raw(b""), ("policy_file", "city", "wajib")),
    "file missing": (gone("sukamaju.toml"), ("tidak ada", "tanggap init")),
    "folder instead of a file": (
        gone("sukamaju.toml", leave_folder=True),
        ("folder", "sebut berkas"),
    ),
    "policy missing": (gone(P), (P, "tidak ada", "periksa namanya")),
    "policy is a folder": (gone(P, leave_folder=True), (P, "folder")),
    "policy not TOML": (in_policy("[opd]", "[opd"), (P, "TOML")),
    "policy not UTF-8": (raw(b"\xff", P), (P, "UTF-8")),
    # the policy
    "unknown sector": (
        in_policy('jalan = "dpupr"', 'jalann = "dpupr"'),
        (P, "sector_opd", "`jalann`", "`jalan`"),
    ),
    "sector without an OPD": (
        in_policy('jalan = "dpupr"\n', ""),
        (P, "sector_opd", "`jalan`", "tambahkan"),
    ),
    "sector of an unknown OPD": (
        in_policy('jalan = "dpupr"', 'jalan = "dpup"'),
        (P, "sector_opd.jalan", "`dpupr`"),
    ),
    "front office outside the city": (
        in_policy('lainnya = "diskominfo"', 'lainnya = "pln"'),
        (P, "sector_opd.lainnya", "OPD kota"),
    ),
    "OPD named like the umbrella": (
        in_policy("dlh = {", "pemkot = {"),
        (P, "`pemkot`", "pakai id lain"),
    ),
    "OPD id with a colon": (in_policy("dlh = {", '"d:lh" = {'), (P, "`d:lh`", "huruf kecil")),
    "OPD and outside": (
        in_policy("[outside.bpn]", "[outside.bapenda]"),
        (P, "`bapenda`", "hapus salah satu"),
    ),
    "draft with an unknown field": (
        in_policy(
            "[sector_opd]", '[[reply]]\nid = "a"\ntitle = "A"\ntext = "{nomer}"\n[sector_opd]'
        ),
        (P, "`reply.0.text`", "{nomer}", "`nomor`"),
    ),
    "draft with an open brace": (
        in_policy(
            "[sector_opd]", '[[reply]]\nid = "a"\ntitle = "A"\ntext = "{nomor"\n[sector_opd]'
        ),
        (P, "`reply.0.text`", "kurung kurawal"),
    ),
    "draft with a format": (
        in_policy(
            "[sector_opd]", '[[reply]]\nid = "a"\ntitle = "A"\ntext = "{nomor:9999}"\n[sector_opd]'
        ),
        (P, "`reply.0.text`", "{nomor}", "hapus"),
    ),
    "draft for an unknown sector and jenis": (
        with_draft('text = "x"\nsectors = ["jalann"]\njenis = ["aduan"]'),
        (P, "reply `a`", "`jalann`", "`jalan`", "`aduan`", "`title`"),
    ),
    "office hours on an unknown day": (
        in_policy(
            "[sector_opd]",
            '[[office_hours]]\ndays = ["senen"]\nopens = 08:00:00\ncloses = 16:00:00\n[sector_opd]',
        ),
        (P, "`senen`", "`senin`"),
    ),
    "office hours out of order": (
        in_policy(
            "[sector_opd]",
            '[[office_hours]]\ndays = ["senin"]\nopens = 16:00:00\ncloses = 08:00:00\n'
            "break_from = 12:00:00\n[sector_opd]",
        ),
        (P, "tidak berurutan", "harus ada keduanya"),
    ),
    "office hours of a period alone": (
        in_policy(
            "[sector_opd]",
            '[[office_hours]]\ndays = ["senin"]\nopens = 08:00:00\ncloses = 16:00:00\n'
            "first = 2026-02-18\nlast = 2026-03-19\n[sector_opd]",
        ),
        (P, "office_hours", "tambahkan satu tanpa first"),
    ),
    "day off that is no date": (
        in_policy("[sector_opd]", '[day_off]\n"1 April" = "Hari jadi"\n[sector_opd]'),
        (P, "`day_off`", "tanggal", "2026-03-18"),
    ),
    "deadline of no days": (
        with_deadline("deadline", "first_answer = 0"),
        (P, "`deadline.first_answer`", "1 sampai 365", "6 jam"),
    ),
    "deadline in other words": (
        with_deadline("deadline", 'verification = "enam jam"'),
        (P, "`deadline.verification`", "6 jam"),
    ),
    "deadline of half a day": (
        with_deadline("deadline", "sensitive = 1.5"),
        (P, "`deadline.sensitive`", "6 jam"),
    ),
    "deadline that is true": (
        with_deadline("deadline", "first_answer = true"),
        (P, "`deadline.first_answer`", "6 jam"),
    ),
    "deadline with an unknown key": (
        with_deadline("deadline", "first_anser = 1"),
        (P, "`deadline.first_anser`", "`first_answer`"),
    ),
    "warning of a text": (
        with_deadline("deadline", 'warn_before = "4 jam"'),
        (P, "`deadline.warn_before`", "bilangan bulat"),
    ),
    "pause in an unknown status": (
        with_deadline("deadline", 'pauses = ["tunda", "kordinasi"]'),
        (P, "`deadline`", "`tunda`", "`tertunda`", "`kordinasi`", "`koordinasi`"),
    ),
    "follow-up of an unknown jenis": (
        with_deadline("deadline.follow_up", "pengaduann = 3\nspam = 1"),
        (P, "follow_up", "`pengaduann`", "`pengaduan`", "`spam`", "hapus"),
    ),
    "follow-up of no days": (
        with_deadline("deadline.follow_up", "aspirasi = 0"),
        (P, "`deadline.follow_up.aspirasi`", "1 sampai 365"),
    ),
    "follow-up that is no table": (
        with_deadline("deadline", "follow_up = 3"),
        (P, "`deadline.follow_up`", "harus tabel"),
    ),
    "deadline of an unknown OPD": (
        with_deadline("deadline.opd.dishup", "first_answer = 2"),
        (P, "deadline.opd", "`dishup`", "`dishub`"),
    ),
    "deadline of an outside body": (
        with_deadline("deadline.opd.pln", "first_answer = 2"),
        (P, "deadline.opd", "`pln`", "bukan kewenangan"),
    ),
    "deadline of an OPD with an unknown jenis": (
        with_deadline("deadline.opd.dishub", "follow_up = { aspirasy = 2 }"),
        (P, "opd.dishub.follow_up", "`aspirasy`", "`aspirasi`"),
    ),
    "deadline of an OPD with an unknown key": (
        with_deadline("deadline.opd.dishub", "verifikasi = 2"),
        (P, "`deadline.opd.dishub.verifikasi`", "`verification`"),
    ),
    "deadline of an unknown jenis": (
        with_deadline("deadline.jenis.informasi", "first_answer = 2"),
        (P, "jenis `informasi`", "`permintaan_informasi`"),
    ),
    "draft for an unknown danger": (
        with_draft('title = "A"\ntext = "x"\ndangers = ["bunuhdiri"]'),
        (P, "reply `a`", "`bunuhdiri`", "`bunuh_diri`"),
    ),
    "reply of an outside body with an unknown field": (
        in_policy("{pemerintah}", "{pemerintahan}"),
        (P, "`outside.pln.reply`", "{pemerintahan}", "`pemerintah`"),
    ),
    "draft twice": (
        in_policy("[sector_opd]", '[[reply]]\nid = "a"\ntext = ""\n' * 2 + "[sector_opd]"),
        (P, "reply `a`", "dua kali"),
    ),
    "rule twice": (
        in_policy('id = "taman_kota"', 'id = "gardu_pln"'),
        (P, "`gardu_pln`", "id lain"),
    ),
    "rule of an unknown OPD": (
        in_policy('opd = "bpn"', 'opd = "bpm"'),
        (P, "sertifikat_tanah", "`bpn`"),
    ),
    "rule of an unknown sector": (
        in_policy('["jalan"]', '["jalam"]'),
        (P, "jalan_provinsi", "`jalan`"),
    ),
    "rule in an unknown kecamatan": (
        in_policy('opd = "bpn"', 'opd = "bpn"\nkecamatan = "cibeurem"'),
        (P, "sertifikat_tanah", "`cibeureum`"),
    ),
    "rule with a blank word": (in_policy('"gardu", ', '" ", '), (P, "rule.2.words", "hapus")),
    "rule without words": (
        in_policy('words = ["sertifikat tanah", "sertipikat tanah", "bpn"]', "words = []"),
        (P, "rule.1.words", "paling sedikit 1"),
    ),
}


def problems_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_config(folder / "sukamaju.toml")
    return caught.value.problems


@pytest.mark.fault(18)
@pytest.mark.parametrize("case", list(WRONG))
def test_a_mistake_is_named_with_file_key_and_remedy(folder: Path, case: str) -> None:
    mutate, expected = WRONG[case]
    mutate(folder)
    problems = problems_of(folder)
    said = "\n".join(problems)
    for word in expected:
        assert word in said
    for line in problems:
        assert line.startswith(str(folder))
        assert "\n" not in line
        assert len(line) < 400
    assert SECRET not in said
    # Not one word of the validation library's English reaches a person.
    assert "nput should be" not in said
    assert "Value error" not in said


@pytest.mark.fault(18)
def test_all_problems_of_both_files_are_said_at_once(folder: Path) -> None:
    all_of(
        swap("workers = 4", "wokers = 4"),
        swap("port = 8600", 'port = "8600"'),
        swap('dlh = "dlh_skm"', 'dlh = "dishub_skm"'),
        swap('distan = "distan_skm"', 'distan = "@distan_skm"'),
        in_policy('jalan = "dpupr"', 'jalan = "dpup"'),
        in_policy('opd = "bpn"', 'opd = "bpm"'),
    )(folder)
    problems = problems_of(folder)
    assert len(problems) == 6
    assert sum(P in line.partition(": ")[0] for line in problems) == 2


def test_an_opd_that_the_policy_lacks_and_a_missing_token_are_said_with_all_the_rest(
    folder: Path,
) -> None:
    all_of(
        ON,
        swap("workers = 4", "wokers = 4"),
        swap('"sqlite:tanggap.db"', '"postgresql://tanggap@db/antrean?sslmod=require&foo=1"'),
        swap('dlh = "dlh_skm"', 'dhl = "dlh_skm"'),
    )(folder)
    address, unknown_key, stranger, token = problems_of(folder)
    assert "`daemon.wokers` tidak dikenal; mungkin maksudnya `workers`" in unknown_key
    assert "`database.url`: parameter `sslmod` pada alamat basis data tidak dikenal; mungkin " in (
        address
    )
    assert address.endswith(
        "`sslmode`; parameter `foo` pada alamat basis data tidak dikenal; hapus"
    )
    assert "x.accounts: OPD `dhl` tidak ada di [opd] kebijakan" in stranger
    assert "mungkin maksudnya `dlh`" in stranger
    assert "TANGGAP_X_BEARER_TOKEN" in token
    assert all(str(folder) in line for line in (unknown_key, address, stranger, token))


def test_an_opd_that_a_broken_policy_lacks_is_said_with_what_is_broken(folder: Path) -> None:
    all_of(
        swap('dlh = "dlh_skm"', 'dhl = "dlh_skm"'), in_policy('jalan = "dpupr"', 'jalan = "dpup"')
    )(folder)
    policy, stranger = problems_of(folder)
    assert P in policy.partition(": ")[0]
    assert "OPD `dhl` tidak ada" in stranger
    (folder / P).write_text("bukan = toml =", encoding="utf-8")
    assert len(problems_of(folder)) == 1  # where no OPD is known, none is a stranger


@pytest.mark.parametrize("accounts", ["x = 3", "[x]\naccounts = 3", "[x.accounts]\ndlh = 5"])
def test_tables_that_are_none_are_a_problem_and_no_crash(folder: Path, accounts: str) -> None:
    path = folder / "salah.toml"
    text = f'policy_file = "{P}"\n{accounts}\n[city]\nname = "Kota"\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert len(caught.value.problems) == 1


def test_consistency_and_secret_problems_are_said_together(folder: Path) -> None:
    all_of(ON, swap('dlh = "dlh_skm"', 'dhl = "dlh_skm"'))(folder)
    assert len(problems_of(folder)) == 2


def test_the_example_loads(folder: Path) -> None:
    config = load_config(folder / "sukamaju.toml")
    assert config.city.name == "Kota Sukamaju"
    assert len(config.policy.opd) == 21
    assert set(config.x.accounts) == {"pemkot", *config.policy.opd}
    assert set(config.policy.sector_opd) == set(SECTORS)
    assert config.clock == Clock()
    assert config.x.enabled is False
    assert config.database_path == folder / "tanggap.db"


def test_the_example_shows_every_key_with_its_default(folder: Path) -> None:
    config = load_config(folder / "sukamaju.toml")
    for table in (config.database, config.daemon, config.classifier, config.x, config.web):
        shown = table.model_fields_set
        assert shown == set(type(table).model_fields) - {"oidc"}  # below: it stands as a comment
        for name, field in type(table).model_fields.items():
            if name != "accounts":
                assert getattr(table, name) == field.get_default(call_default_factory=True), name


def test_the_example_shows_every_key_of_a_login_by_the_city_as_a_comment(folder: Path) -> None:
    all_of(
        with_provider(),
        swap("# claim = ", "claim = "),
        swap("# caption = ", "caption = "),
    )(folder)
    shown = load_config(folder / "sukamaju.toml").web.oidc
    assert shown is not None
    assert shown.model_fields_set == set(OidcSettings.model_fields)
    assert shown == OidcSettings(issuer="https://akun.sukamaju.example", client_id="tanggap")


@pytest.mark.fault(18)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(" = ", "\t=\t"),
        lambda text: text + "\n\n# akhir",
    ],
)
def test_what_editors_do_to_a_file_does_no_harm(folder: Path, change: Callable[[str], str]) -> None:
    plain = load_config(folder / "sukamaju.toml")
    for name in ("sukamaju.toml", P):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_bytes(change(text).encode())
    assert load_config(folder / "sukamaju.toml") == plain


def test_a_config_is_frozen(folder: Path) -> None:
    config = load_config(folder / "sukamaju.toml")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.city = config.city  # type: ignore[misc]  # the test is that this fails
    for table in (config.city, config.x, config.daemon, config.web, config.policy):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(table, next(iter(type(table).model_fields)), "lain")


def test_every_zone_of_the_database_is_known_or_said_to_be_unknown(folder: Path) -> None:
    assert {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"} <= available_timezones()
    swap("Asia/Jakarta", "Asia/Jayapura")(folder)
    assert load_config(folder / "sukamaju.toml").city.timezone == "Asia/Jayapura"


def test_a_clock_is_taken_over_when_all_networks_are_on_loopback(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", SECRET)
    all_of(
        ON,
        swap("https://api.x.com", "http://127.0.0.1:8601"),
        swap("[city]", CLOCK.format(real=AWARE)),
    )(folder)
    config = load_config(folder / "sukamaju.toml")
    assert config.clock == Clock(
        60, datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    )


def test_a_policy_file_may_lie_elsewhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("lain") / "kebijakan.toml"
    (folder / P).rename(elsewhere)
    swap(f'"{P}"', f'"{elsewhere}"')(folder)
    assert load_config(folder / "sukamaju.toml").policy == load_policy(elsewhere)


def test_a_trailing_slash_of_the_desks_address_is_dropped(folder: Path) -> None:
    swap('public_url = ""', 'public_url = "https://tanggap.kota.example/"')(folder)
    assert load_config(folder / "sukamaju.toml").web.public_url == "https://tanggap.kota.example"


# --- secrets -----------------------------------------------------------------------------------


def loaded_with(folder: Path) -> Config:
    ON(folder)
    return load_config(folder / "sukamaju.toml")


def test_the_secret_comes_from_the_environment_and_is_never_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", f"  {SECRET}\n")
    config = loaded_with(folder)
    assert config.x_token.get_secret_value() == SECRET
    assert SECRET not in f"{config} {config!r}"


@pytest.mark.parametrize("content", [SECRET, f"{SECRET}\n", f"\ufeff{SECRET}\r\n"])
def test_the_secret_may_come_from_a_file_next_to_the_config(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (folder / "token").write_bytes(content.encode())
    (folder / "token").chmod(0o600)
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", "token")
    assert loaded_with(folder).x_token.get_secret_value() == SECRET


def test_the_secret_may_come_from_systemd(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "x_bearer_token").write_text(SECRET, encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert loaded_with(folder).x_token.get_secret_value() == SECRET
    assert read_secret("another", folder) == ""


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (None, "TANGGAP_X_BEARER_TOKEN_FILE"),  # no such file
        (b"", "belum ada"),
        (b"\n", "belum ada"),
        (b"\xff\xfe", "TANGGAP_X_BEARER_TOKEN_FILE"),
        (f"Bearer {SECRET}".encode(), "spasi"),
        (f"{SECRET}\n{SECRET}\n".encode(), "spasi"),
        (f"{SECRET}é".encode(), "spasi"),
    ],
)
def test_an_unusable_secret_is_refused_without_being_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, remedy: str
) -> None:
    if content is not None:
        (folder / "token").write_bytes(content)
        (folder / "token").chmod(0o600)
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", "token")
    ON(folder)
    problems = problems_of(folder)
    assert len(problems) == 1
    assert remedy in problems[0]
    assert SECRET not in problems[0]


def test_a_secret_file_that_is_a_folder_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", str(folder))
    ON(folder)
    (problem,) = problems_of(folder)
    assert "TANGGAP_X_BEARER_TOKEN_FILE" in problem


def test_no_secret_is_needed_while_the_network_is_off(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", "tidak-ada")
    assert load_config(folder / "sukamaju.toml").x_token.get_secret_value() == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "api.x.com", "localhost.example", "127.1", "::", "169.254.169.254"],  # noqa: S104  refused, nothing binds
)
def test_other_hosts_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("address", ["https://a.example", "http://127.0.0.1:1/a", "http://[::1]"])
def test_an_address_that_nobody_reads_along_is_guarded(address: str) -> None:
    assert is_guarded(address)


@pytest.mark.parametrize(
    "address", ["http://a.example", "ftp://127.0.0.1", "https://a@b.example", "https://a:b", "//a"]
)
def test_any_other_address_is_not_guarded(address: str) -> None:
    assert not is_guarded(address)


# --- the documentation ---------------------------------------------------------------------------

DOCUMENT = Path(__file__).parent.parent / "docs" / "configuration.md"
TABLES: dict[str, type[Table]] = {
    "(top level)": ConfigFile,
    "[city]": City,
    "[database]": Database,
    "[clock]": ClockSettings,
    "[backup]": BackupSettings,
    "[daemon]": DaemonSettings,
    "[classifier]": ClassifierSettings,
    "[x]": XSettings,
    "[meta]": MetaSettings,
    "[facebook]": FacebookSettings,
    "[instagram]": InstagramSettings,
    "[instagram_web]": InstagramWebSettings,
    "[web]": WebSettings,
    "[web.oidc]": OidcSettings,
    "[privacy]": PrivacySettings,
    "[[notice]]": NoticeSettings,
    "[opd.ID]": Opd,
    "[outside.ID]": Outside,
    "[kecamatan.ID]": Kecamatan,
    "[[rule]]": Rule,
    "[[reply]]": Reply,
    "[contacts]": Contacts,
    "[[advice]]": Advice,
    "[[office_hours]]": OfficeHours,
    "[deadline]": Deadlines,
    "[deadline.opd.ID]": OpdDeadlines,
    "[deadline.jenis.JENIS]": JenisDeadlines,
}


def documented(section: str) -> dict[str, str]:
    """Return key to default from the table under a heading of the documentation."""
    text = DOCUMENT.read_text(encoding="utf-8")
    part = text.partition(f"\n### {section}\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\| ([^|]+) \|[^|]+\|$", part, re.MULTILINE)
    return dict(rows)


def as_toml(value: object) -> str:
    """Return a default as the documentation writes it."""
    if value is None:
        return "none"
    if value == ():
        return "`[]`"
    return f"`{json.dumps(value)}`"


@pytest.mark.parametrize("section", list(TABLES))
def test_every_key_is_documented_with_its_default(section: str) -> None:
    tables = {name for name in TABLES if "." not in name and name.startswith("[")}
    expected = {
        name: "required"
        if field.is_required()
        else as_toml(field.get_default(call_default_factory=True))
        for name, field in TABLES[section].model_fields.items()
        # A table has a section of its own.
        if not (section == "(top level)" and (f"[{name}]" in tables or f"[[{name}]]" in TABLES))
        and f"[{section.strip('[]')}.{name}]" not in TABLES
    }
    assert documented(section) == expected


def test_every_table_of_config_and_policy_has_a_section() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert headings == {*TABLES, "[sector_opd]", "[jalan]", "[day_off]"}
    wanted = {f"[{name}]" for name in ConfigFile.model_fields if name != "policy_file"}
    wanted = (wanted - {"[notice]"}) | {"[[notice]]"}
    wanted |= {"[opd.ID]", "[outside.ID]", "[kecamatan.ID]", "[[rule]]", "[sector_opd]", "[jalan]"}
    wanted |= {"[[reply]]", "[[office_hours]]", "[day_off]", "[deadline]"}
    assert wanted <= headings
    assert {name.strip("[]").removesuffix(".ID") for name in headings} >= set(Policy.model_fields)
