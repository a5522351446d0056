"""Slips in the two files: what is said of each, and that whoever does it has no second error."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.config import load_config
from tanggap.errors import ConfigError
from tanggap.toml_words import toml_problem

CONFIG, POLICY = "sukamaju.toml", "sukamaju-policy.toml"
CHANNEL = '[[notice]]\nid = "loket"\nopd = ["dpupr"]\n'
SECRET = "kunci-rahasia-0123456789"

Edit = Callable[[str], str]


def add(text: str) -> Edit:
    return lambda before: f"{before}\n{text}"


def swap(old: str, new: str) -> Edit:
    def edit(before: str) -> str:
        assert old in before, old
        return before.replace(old, new, 1)

    return edit


def problems(folder: Path, file: str, edit: Edit) -> list[str]:
    for name in (CONFIG, POLICY):
        text = (files("tanggap.examples") / name).read_text(encoding="utf-8")
        (folder / name).write_text(edit(text) if name == file else text, encoding="utf-8")
    try:
        load_config(folder / CONFIG, secrets=False)
    except ConfigError as exc:
        return list(exc.problems)
    return []


SLIPS: dict[str, tuple[str, Edit, tuple[str, ...], Edit]] = {
    # what is written, what is said of it, and what somebody writes who does as it says
    "one bracket for a channel": (
        CONFIG,
        add('[notice]\nid = "loket"\nopd = ["dpupr"]\n'),
        ("`notice`", "[[notice]]", "dua kurung siku", "dengan id"),
        add(CHANNEL),
    ),
    "a table for each channel": (
        CONFIG,
        add('[notice.loket]\nopd = ["dpupr"]\n'),
        ("`notice`", "[[notice]]", "dua kurung siku", "dengan id"),
        add(CHANNEL),
    ),
    "two brackets for a table": (
        CONFIG,
        swap("[backup]", "[[backup]]"),
        ("`backup`", "[backup]", "satu kurung siku"),
        swap("[backup]", "[backup]"),
    ),
    "the umbrella as the OPD of a channel": (
        CONFIG,
        add(CHANNEL.replace("dpupr", "pemkot")),
        ("`loket`", "akun induk", "hapus baris opd", 'role = "supervisor"'),
        add('[[notice]]\nid = "loket"\nrole = "supervisor"\n'),
    ),
    "an OPD that nobody knows": (
        CONFIG,
        add(CHANNEL.replace("dpupr", "zzz")),
        ("`loket`", "`zzz`", "pilih dari dpupr, disperkim"),
        add(CHANNEL),
    ),
    "an OPD named twice": (
        CONFIG,
        add(CHANNEL.replace('"dpupr"', '"dpupr", "dpupr"')),
        ("opd: `dpupr` ditulis dua kali", "hapus salah satu"),
        add(CHANNEL),
    ),
    "two channels of one name": (
        CONFIG,
        add(CHANNEL + CHANNEL),
        ("id `loket` dipakai 2 kali", "beri id sendiri"),
        add(CHANNEL + CHANNEL.replace("loket", "loket_dua")),
    ),
    "quiet hours without quotes": (
        CONFIG,
        add(CHANNEL + 'quiet_from = 22:00:00\nquiet_until = "05:00"\n'),
        ("`notice.0.quiet_from`", "dalam tanda kutip", '"22:00"'),
        add(CHANNEL + 'quiet_from = "22:00"\nquiet_until = "05:00"\n'),
    ),
    "quiet hours that end when they begin": (
        CONFIG,
        add(CHANNEL + 'quiet_from = "22:00"\nquiet_until = "22:00"\n'),
        ("quiet_from dan quiet_until sama", "hapus keduanya"),
        add(CHANNEL),
    ),
    "a digest that falls into quiet hours": (
        CONFIG,
        add(CHANNEL + 'kinds = ["digest"]\ndigest_at = ["23:00"]\n'
            'quiet_from = "22:00"\nquiet_until = "05:00"\n'),
        ("digest_at 23:00", "jam tenang", "pindahkan"),
        add(CHANNEL + 'kinds = ["digest"]\ndigest_at = ["06:00"]\n'
            'quiet_from = "22:00"\nquiet_until = "05:00"\n'),
    ),
    "deadlines in the other file": (
        CONFIG,
        add("[deadline]\nfirst_answer = 2\n"),
        ("[deadline]", "pindahkan ke sukamaju-policy.toml"),
        add(""),
    ),
    "a channel in the policy": (
        POLICY,
        add(CHANNEL),
        ("[notice]", "pindahkan ke sukamaju.toml"),
        add(""),
    ),
    "a second table of deadlines": (
        POLICY,
        add("[deadline]\nsensitive = 30\n"),
        (", baris ", "[deadline] ditulis dua kali", "pindahkan isinya ke [deadline] yang pertama"),
        swap("sensitive = 60", "sensitive = 30"),
    ),
    "a channel with one bracket beside others": (
        CONFIG,
        add(f'{CHANNEL}[notice]\nid = "dua"\nopd = ["dpupr"]\n'),
        (", baris ", "[notice] di sini harus [[notice]]"),
        add(CHANNEL + CHANNEL.replace("loket", "dua")),
    ),
    "a channel with one bracket before others": (
        CONFIG,
        add(f'[notice]\nid = "dua"\nopd = ["dpupr"]\n{CHANNEL}'),
        (", baris ", "[notice] yang lebih dulu harus [[notice]]"),
        add(CHANNEL + CHANNEL.replace("loket", "dua")),
    ),
    "a time without seconds": (
        POLICY,
        add('[[office_hours]]\ndays = ["senin"]\nopens = 08:00\ncloses = 16:00:00\n'),
        (", baris ", 'tulis jam lengkap dengan detik (08:00:00)'),
        add('[[office_hours]]\ndays = ["senin"]\nopens = 08:00:00\ncloses = 16:00:00\n'),
    ),
    "a decimal comma": (
        CONFIG,
        swap("tick_seconds = 1.0", "tick_seconds = 1,0"),
        (", baris ", "bilangan pecahan dengan titik (1.5)"),
        swap("tick_seconds = 1.0", "tick_seconds = 1.5"),
    ),
    "a backslash in a text": (
        CONFIG,
        swap('"Kota Sukamaju"', '"Kota \\Sukamaju"'),
        (", baris ", "tanda \\ dalam teks harus ditulis dua kali"),
        swap('"Kota Sukamaju"', '"Kota \\\\Sukamaju"'),
    ),
    "a key that stands there twice": (
        CONFIG,
        swap("[city]", '[city]\nname = "Kota Lain"'),
        ("baris 10", "kunci `name` ditulis dua kali", "hapus salah satu"),
        swap("[city]", "[city]"),
    ),
    "a quote that is not closed": (
        CONFIG,
        swap('"Kota Sukamaju"', '"Kota Sukamaju'),
        ("baris 9", "tanda kutip yang belum ditutup"),
        swap('"Kota Sukamaju"', '"Kota Sukamaju"'),
    ),
    "quotes of a word processor": (
        CONFIG,
        swap('"Kota Sukamaju"', "\u201cKota Sukamaju\u201d"),
        ("baris 9", 'tanda kutip lurus (")'),
        swap('"Kota Sukamaju"', '"Kota Sukamaju"'),
    ),
    "a contact that is too long": (
        POLICY,
        swap('police = "110"', f'police = "{"1" * 61}"'),
        ("`contacts.police`", "persingkat", "60"),
        swap('police = "110"', f'police = "{"1" * 60}"'),
    ),
    "a jenis without deadlines": (
        POLICY,
        add("[deadline.jenis.apresiasi]\nfirst_answer = 2\n"),
        ("jenis `apresiasi`", "tidak diberi batas waktu", "hapus"),
        add(""),
    ),
    "a jenis that nobody knows": (
        POLICY,
        add("[deadline.jenis.zzz]\nfirst_answer = 2\n"),
        ("jenis `zzz`", "pilih dari", "permintaan_informasi"),
        add("[deadline.jenis.permintaan_informasi]\nfirst_answer = 2\n"),
    ),
    "deadlines of the umbrella": (
        POLICY,
        add("[deadline.opd.pemkot]\nfirst_answer = 2\n"),
        ("`pemkot` adalah akun induk", "hapus [deadline.opd.pemkot]"),
        add(""),
    ),
    "a status that never pauses": (
        POLICY,
        swap('pauses = ["tertunda", "koordinasi"]', 'pauses = ["zzz"]'),
        ("status `zzz`", "pilih dari koordinasi, proses, tertunda"),
        swap('pauses = ["tertunda", "koordinasi"]', 'pauses = ["proses"]'),
    ),
    "no time at all": (
        POLICY,
        swap("first_answer = 1 ", "first_answer = 0 "),
        ("`deadline.first_answer`", "1 sampai 365"),
        swap("first_answer = 1 ", "first_answer = 365 "),
    ),
    "less than no time": (
        POLICY,
        swap("escalate_after = 1", "escalate_after = -1"),
        ("`deadline.escalate_after`", "paling sedikit 1"),
        swap("escalate_after = 1", "escalate_after = 1"),
    ),
    "a network that is asked once in thirty years": (
        CONFIG,
        swap("poll_seconds = 180", "poll_seconds = 999999999"),
        ("`x.poll_seconds`", "paling banyak 604800"),
        swap("poll_seconds = 180", "poll_seconds = 604800"),
    ),
    "a first pause longer than the longest": (
        CONFIG,
        swap("backoff_first_seconds = 5", "backoff_first_seconds = 7200"),
        ("`daemon`", "backoff_first_seconds", "tidak lebih besar", "3600"),
        swap("backoff_first_seconds = 5", "backoff_first_seconds = 3600"),
    ),
    "a login for ten million years": (
        CONFIG,
        swap("session_hours = 12", "session_hours = 99999999999"),
        ("`web.session_hours`", "paling banyak 720"),
        swap("session_hours = 12", "session_hours = 720"),
    ),
    "a city without a name": (
        CONFIG,
        swap('"Kota Sukamaju"', '" "'),
        ("`city.name`", "kosong", "Kabupaten Sukamaju"),
        swap('"Kota Sukamaju"', '"Kabupaten Sukamaju"'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_said_in_one_line_and_its_remedy_is_enough(tmp_path: Path, slip: str) -> None:
    file, written, said, remedied = SLIPS[slip]
    [line] = problems(tmp_path, file, written)
    assert line.startswith(str(tmp_path / file)) or "[[notice]] `" in line
    assert all(part in line for part in said), line
    assert problems(tmp_path, file, remedied) == []


@pytest.mark.parametrize(
    "written",
    [
        f'token = "{SECRET}',
        f"token = {SECRET}",
        f'[x]\ntoken = "{SECRET}"\ntoken = "{SECRET}"',
        f'[x]\n[x]\ntoken = "{SECRET}"',
        f'token "{SECRET}"',
        f'["{SECRET}"',
        f'token = ["{SECRET}"',
        f'token = {{ a = "{SECRET}"',
        f'"{SECRET}',
        f'token = "{SECRET}" "x"',
        f"token = '{SECRET}",
        f'a.b = 1\n[a]\nb.c = "{SECRET}"',
    ],
)
def test_what_is_no_toml_is_said_in_indonesian_without_what_stands_there(
    tmp_path: Path, written: str
) -> None:
    [line] = problems(tmp_path, CONFIG, lambda _: written)
    assert "bukan TOML yang sah, " in line
    assert ": baris " in line or ", baris " in line or "di akhir berkas" in line
    for english in ("Expected", "Cannot", "Invalid", "Unclosed", "Illegal", "at line", "periksa p"):
        assert english not in line
    assert SECRET not in line


@given(st.text(max_size=40), st.text(max_size=80))
def test_whatever_the_parser_says_there_is_one_line(said: str, text: str) -> None:
    line = toml_problem(said, text)
    assert line.startswith("bukan TOML yang sah, ")
    assert "\n" not in line
