"""Facebook and Instagram in the config: what is refused, in which words, and their secrets."""

from importlib.resources import files
from pathlib import Path

import pytest

from tanggap.config import Config, load_config
from tanggap.errors import ConfigError

TOKEN = "EAAGm0PX4ZCpsBAKZCsystemUserTokenOfTheTest"
SWITCH = "enabled = false"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        text = files("tanggap.examples").joinpath(name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def change(folder: Path, table: str, old: str, new: str) -> None:
    """Replace the first `old` that stands behind the head of a table."""
    path = folder / "sukamaju.toml"
    before, head, rest = path.read_text(encoding="utf-8").partition(f"\n[{table}]")
    assert old in rest, (table, old)
    path.write_text(before + head + rest.replace(old, new, 1), encoding="utf-8")


def without_accounts(folder: Path, table: str) -> None:
    path = folder / "sukamaju.toml"
    before, _, rest = path.read_text(encoding="utf-8").partition(f"\n[{table}.accounts]")
    path.write_text(before + rest[rest.index("\n\n") :], encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(folder / "sukamaju.toml")
    return [line.partition("sukamaju.toml: ")[2] for line in caught.value.problems]


def loaded(folder: Path) -> Config:
    return load_config(folder / "sukamaju.toml")


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("meta", '"v26.0"', '"26.0"', 'graph_version ditulis seperti "v26.0"'),
        ("meta", '"v26.0"', '"v26"', 'graph_version ditulis seperti "v26.0"'),
        ("meta", 'app_id = ""', 'app_id = "12a"', "app_id harus angka saja dalam tanda kutip"),
        ("meta", "slow_percent = 75", "slow_percent = 96", "harus lebih kecil daripada"),
        (
            "meta",
            "https://graph.facebook.com",
            "https://graph.example",
            "base_url: hanya https://graph.facebook.com atau alamat loopback",
        ),
        ("meta", "pause_percent = 95", "pause_percent = 101", "meta.pause_percent"),
        ("facebook", "dpupr.sukamaju", "@dpupr", "tulis nama halaman di facebook.com/NAMA"),
        ("facebook", "dpupr.sukamaju", "PEMKOT.sukamaju", "dipakai dua kali (oleh pemkot dan"),
        ("facebook", 'dlh = "', 'dhl = "', "facebook.accounts: OPD `dhl` tidak ada di [opd]"),
        ("facebook", "watch_days = 30", "watch_days = 0", "facebook.watch_days"),
        ("instagram", "dpupr.sukamaju", "@dpupr", "tulis nama akun Instagram tanpa @"),
        ("instagram", 'dlh = "', 'dhl = "', "instagram.accounts: OPD `dhl` tidak ada di [opd]"),
        ("instagram_web", "distan.sukamaju", "di stan", "tulis nama akun Instagram tanpa @"),
        (
            "instagram_web",
            "https://www.instagram.com",
            "https://instagram.example",
            "base_url: hanya https://www.instagram.com atau alamat loopback",
        ),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_remedy(
    folder: Path, table: str, old: str, new: str, said: str
) -> None:
    change(folder, table, old, new)
    found = problems(folder)
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize("network", ["facebook", "instagram", "instagram_web"])
def test_a_network_that_is_on_needs_accounts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    change(folder, network, SWITCH, "enabled = true")
    if network == "instagram_web":
        change(folder, network, "accept_risk = false", "accept_risk = true")
    without_accounts(folder, network)
    (problem,) = problems(folder)
    assert problem.endswith(
        f"{network}.enabled = true tetapi {network}.accounts kosong; isi akun yang dipantau"
    )


def test_reading_without_a_token_needs_the_risk_to_be_accepted(folder: Path) -> None:
    change(folder, "instagram_web", SWITCH, "enabled = true")
    (problem,) = problems(folder)
    assert problem.endswith(
        "pembacaan otomatis melanggar ketentuan Instagram dan akun yang dipakai dapat dikunci; "
        "bila risiko itu diterima, tulis `accept_risk = true`, bila tidak, tulis "
        "`enabled = false`"
    )
    change(folder, "instagram_web", "accept_risk = false", "accept_risk = true")
    assert loaded(folder).instagram_web.enabled  # and no secret is asked for


def test_one_instagram_account_is_read_by_one_way_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    change(folder, "instagram", SWITCH, "enabled = true")
    change(folder, "instagram_web", SWITCH, "enabled = true")
    change(folder, "instagram_web", "accept_risk = false", "accept_risk = true")
    assert loaded(folder).instagram.enabled
    change(folder, "instagram_web.accounts", '"distan.sukamaju"', '"DLH.sukamaju"')
    (problem,) = problems(folder)
    assert problem.endswith(
        "akun Instagram `dlh.sukamaju` ada di instagram.accounts dan instagram_web.accounts; "
        "satu akun dibaca lewat satu jalur, hapus salah satu"
    )
    change(folder, "instagram", "enabled = true", SWITCH)
    assert loaded(folder).instagram_web.accounts["distan"] == "DLH.sukamaju"


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_a_network_of_meta_needs_its_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    change(folder, network, SWITCH, "enabled = true")
    assert problems(folder) == [
        f"{network}.enabled = true tetapi token Meta belum ada; isi variabel lingkungan "
        "TANGGAP_META_TOKEN atau TANGGAP_META_TOKEN_FILE"
    ]
    assert load_config(folder / "sukamaju.toml", secrets=False).meta_token.get_secret_value() == ""
    (folder / "meta-token").write_text(f"{TOKEN}\n", encoding="utf-8")
    (folder / "meta-token").chmod(0o600)
    monkeypatch.setenv("TANGGAP_META_TOKEN_FILE", "meta-token")
    config = loaded(folder)
    assert config.meta_token.get_secret_value() == TOKEN
    assert config.meta_app_secret.get_secret_value() == ""
    assert TOKEN not in f"{config} {config!r}"


def test_the_secret_of_the_app_is_optional_but_must_be_usable(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    monkeypatch.setenv("TANGGAP_META_APP_SECRET", "0123456789abcdef")
    change(folder, "facebook", SWITCH, "enabled = true")
    assert loaded(folder).meta_app_secret.get_secret_value() == "0123456789abcdef"
    monkeypatch.setenv("TANGGAP_META_APP_SECRET", "rahasia aplikasi")
    assert problems(folder) == [
        "TANGGAP_META_APP_SECRET memuat spasi, baris baru atau huruf asing; salin ulang token "
        'saja, tanpa "Bearer"'
    ]


def test_secrets_of_networks_that_are_off_are_not_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_META_TOKEN_FILE", "tidak-ada")
    assert loaded(folder).meta_token.get_secret_value() == ""


@pytest.mark.fault(19)
def test_a_token_in_the_file_is_refused_without_being_repeated(folder: Path) -> None:
    change(folder, "meta", "\n", f'\ntoken = "{TOKEN}"\n')
    (problem,) = problems(folder)
    assert "TANGGAP_META_TOKEN" in problem
    assert "TANGGAP_X" not in problem
    assert TOKEN not in problem


def test_a_clock_is_refused_while_one_of_the_networks_is_real(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_META_TOKEN", TOKEN)
    clock = (
        "[clock]\nspeed = 60\nreal_start = 2026-11-02T00:00:00Z\n"
        "simulated_start = 2026-01-01T00:00:00Z\n\n[city]"
    )
    path = folder / "sukamaju.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[city]", clock), encoding="utf-8")
    change(folder, "facebook", SWITCH, "enabled = true")
    (problem,) = problems(folder)
    assert problem.endswith(
        "[clock] hanya boleh dipakai bila semua jaringan di loopback; hapus [clock]"
    )
    change(folder, "meta", "https://graph.facebook.com", "http://127.0.0.1:8901")
    assert loaded(folder).clock.speed == 60
