"""`[[notice]]` in the config: everything wrong is said at once, with the nearest right word."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from notice_support import table

from tanggap.config import Config, load_config
from tanggap.errors import ConfigError
from tanggap.notice_settings import NoticeSettings

EXAMPLES = files("tanggap.examples")


def written(folder: Path, *tables: str) -> Path:
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        text = EXAMPLES.joinpath(name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "sukamaju.toml"
    path.write_text(path.read_text(encoding="utf-8") + "".join(tables), encoding="utf-8")
    return path


def problems(folder: Path, *tables: str) -> list[str]:
    """Return what is said of a config with these tables, without its path."""
    path = written(folder, *tables)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return [line.removeprefix(f"{path}: ") for line in caught.value.problems]


def loaded(folder: Path, *tables: str) -> Config:
    return load_config(written(folder, *tables))


def test_all_that_is_wrong_with_channels_is_said_at_once(tmp_path: Path) -> None:
    said = problems(
        tmp_path,
        table("dpupr", 'opd = ["dpuprr"]', 'kinds = ["urgnt"]', 'digest_at = ["8:00"]'),
        table("kota", 'role = "supervisors"', 'quiet_from = "21:00"'),
        table("Dua", 'opd = ["dlh"]', 'role = "supervisor"', "kinds = []"),
        table("ganda", 'opd = ["dlh"]', "at_most_per_hour = 0", "warna = 1"),
    )
    assert said == [
        "`notice.0`: saluran `dpupr`: kinds: `urgnt` tidak dikenal; mungkin maksudnya `urgent`",
        "`notice.0`: saluran `dpupr`: digest_at: '8:00' bukan jam; tulis misalnya \"08:00\"",
        "`notice.0`: saluran `dpupr`: digest_at diisi tetapi kinds tidak memuat digest; tambahkan "
        "digest",
        "`notice.1`: saluran `kota`: role `supervisors` tidak dikenal; mungkin maksudnya "
        "`supervisor`",
        "`notice.1`: saluran `kota`: quiet_from dan quiet_until harus ada keduanya",
        "`notice.2`: saluran `Dua`: id tidak sah; pakai huruf kecil, angka dan _, paling banyak "
        "30, misalnya dpupr",
        '`notice.2`: saluran `Dua`: isi opd, misalnya ["dpupr"], atau role = "supervisor", salah '
        "satu saja",
        '`notice.2`: saluran `Dua`: kinds kosong; isi misalnya ["urgent", "digest"]',
        "`notice.3.at_most_per_hour` bernilai 0: harus paling sedikit 1",
        "kunci `notice.3.warna` tidak dikenal; hapus",
        "[[notice]] `dpupr`: OPD `dpuprr` tidak ada di [opd] kebijakan: tidak dikenal; mungkin "
        "maksudnya `dpupr`",
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['kinds = ["digest"]'], "kinds memuat digest tetapi digest_at kosong; isi misalnya"),
        (['quiet_from = "21:00"', 'quiet_until = "21:00"'], "quiet_from dan quiet_until sama"),
        (["quiet_urgent = true"], "quiet_urgent = true perlu quiet_from dan quiet_until"),
        (
            [
                'kinds = ["digest"]', 'digest_at = ["23:00"]', 'quiet_from = "21:00"',
                'quiet_until = "06:00"',
            ],
            "digest_at 23:00 jatuh di jam tenang (21:00 sampai 06:00); pindahkan",
        ),
        (['kinds = ["zzz"]'], "tidak dikenal; pilih dari urgent, warning, escalation, digest"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(tmp_path: Path, lines: list[str], said: str) -> None:
    [line] = problems(tmp_path, table("dpupr", 'opd = ["dpupr"]', *lines))
    assert said in line


def test_a_role_that_is_none_is_answered_with_what_to_write_instead(tmp_path: Path) -> None:
    [line] = problems(tmp_path, table("dinas", 'role = "opd"'))
    assert 'role `opd` tidak dikenal; tulis role = "supervisor", atau hapus dan isi opd' in line


def test_supervisors_are_told_what_is_late_and_not_what_might_be(tmp_path: Path) -> None:
    tables = table("kota", 'role = "supervisor"', 'kinds = ["warning", "escalation"]')
    [line] = problems(tmp_path, tables)
    assert "kinds: warning hanya untuk saluran OPD; bagi supervisor pakai escalation" in line


def test_two_channels_of_one_name_are_refused(tmp_path: Path) -> None:
    one = table("dpupr", 'opd = ["dpupr"]')
    [line] = problems(tmp_path, one, one)
    assert "[[notice]]: id `dpupr` dipakai 2 kali" in line


def test_an_address_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    [line] = problems(tmp_path, table("dpupr", 'opd = ["dpupr"]', 'url = "json://rahasia.invalid"'))
    assert "isi variabel TANGGAP_NOTICE_DPUPR atau TANGGAP_NOTICE_DPUPR_FILE" in line
    assert "rahasia.invalid" not in line


def test_addresses_come_from_the_environment_or_a_closed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tmp_path / "alamat"
    address.write_text("json://a.invalid\n", encoding="utf-8")
    address.chmod(0o600)
    monkeypatch.setenv("TANGGAP_NOTICE_DPUPR_FILE", str(address))
    monkeypatch.setenv("TANGGAP_NOTICE_KOTA", "mailto://b.invalid")
    tables = [
        table("dpupr", 'opd = ["dpupr"]'),
        table("kota", 'role = "supervisor"'),
        table("kosong", 'opd = ["dlh"]'),
    ]
    config = loaded(tmp_path, *tables)
    found = {name: url.get_secret_value() for name, url in config.notice_urls.items()}
    assert found == {"dpupr": "json://a.invalid", "kota": "mailto://b.invalid", "kosong": ""}
    assert "a.invalid" not in repr(config)
    desk = load_config(tmp_path / "sukamaju.toml", secrets=False)
    assert {url.get_secret_value() for url in desk.notice_urls.values()} == {""}
    address.chmod(0o644)
    [line] = problems(tmp_path, *tables)
    assert "terbuka bagi pengguna lain di server ini; tutup dengan `chmod" in line


def test_the_example_shows_every_key_of_a_channel_as_a_comment(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text(encoding="utf-8")
    start = text.index("# [[notice]]")
    path.write_text(text[:start] + re.sub(r"(?m)^# ", "", text[start:]), encoding="utf-8")
    [shown] = load_config(path).notices
    assert shown.model_fields_set == set(NoticeSettings.model_fields) - {"role"}
    defaults = NoticeSettings(id="a", opd=("a",))
    assert shown.at_most_per_hour == defaults.at_most_per_hour
    assert shown.quiet_urgent == defaults.quiet_urgent
