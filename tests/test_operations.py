"""What docs/operations.md tells an operator to write really starts."""

import re
from pathlib import Path

import pytest

import daemon
from collectors import graph_token
from tanggap.cli import cli
from tanggap.commands.init import init
from tanggap.config import load_config

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


LOOP = ("StartLimitIntervalSec", "StartLimitBurst", "RestartSec")


def unit(name: str) -> dict[str, list[str]]:
    """Return the settings of one unit file of the page."""
    block = re.search(rf"```ini\n# /etc/systemd/system/{name}\n(.*?)```", PAGE, re.DOTALL)
    assert block, name
    settings: dict[str, list[str]] = {}
    for line in block[1].splitlines():
        key, found, value = line.partition("=")
        if found:
            settings.setdefault(key, []).append(value)
    return settings


def test_the_database_of_the_page_is_where_the_units_may_write(tmp_path: Path) -> None:
    url = re.search(r'^url = "(sqlite:[^"]+)"$', PAGE, re.MULTILINE)
    assert url
    init.main([str(tmp_path), "--city", "Kota"], standalone_mode=False)
    path = tmp_path / "tanggap.toml"
    text = path.read_text(encoding="utf-8")
    assert 'url = "sqlite:tanggap.db"' in text
    path.write_text(text.replace("sqlite:tanggap.db", url[1]), encoding="utf-8")
    database = load_config(path).database_path
    assert database == Path("/var/lib/tanggap/tanggap.db")
    for name in ("tanggap.service", "tanggap-web.service"):
        assert unit(name)["StateDirectory"] == [database.parent.name]


@pytest.mark.fault(49)
def test_systemd_gives_up_on_a_crash_loop_but_not_on_a_short_outage() -> None:
    found = unit("tanggap.service")
    settings = {key: int(found[key][0]) for key in LOOP}
    # Tries that fail at once last for minutes; with five seconds each they still come to an end.
    assert settings["StartLimitBurst"] * settings["RestartSec"] >= 300
    assert settings["StartLimitBurst"] * (settings["RestartSec"] + 5) <= settings[LOOP[0]]


def test_systemd_waits_longer_than_the_turns_get() -> None:
    assert int(unit("tanggap.service")["TimeoutStopSec"][0]) > daemon.SHUTDOWN_SECONDS + 1
    assert f"{daemon.SHUTDOWN_SECONDS:.0f} seconds" in PAGE


@pytest.mark.parametrize(
    ("table", "variable", "token_file", "attribute"),
    [
        ("x", "TANGGAP_X_BEARER_TOKEN_FILE", "x-token", "x_token"),
        ("facebook", "TANGGAP_META_TOKEN_FILE", "meta-token", "meta_token"),
        ("instagram", "TANGGAP_META_TOKEN_FILE", "meta-token", "meta_token"),
    ],
)
@pytest.mark.fault(34)
def test_the_daemon_finds_the_token_in_a_file_that_a_reload_reads_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    variable: str,
    token_file: str,
    attribute: str,
) -> None:
    settings = unit("tanggap.service")
    assert "LoadCredential" not in settings
    environment = dict(line.split("=", 1) for line in settings["Environment"])
    assert environment["TANGGAP_CONFIG"] == "/etc/tanggap/tanggap.toml"
    assert environment[variable] == f"/etc/tanggap/{token_file}"
    init.main([str(tmp_path), "--city", "Kota"], standalone_mode=False)
    path = tmp_path / "tanggap.toml"
    text = path.read_text(encoding="utf-8")
    before, head, rest = text.partition(f"\n[{table}]")
    rest = rest.replace("enabled = false", "enabled = true", 1)
    rest = rest.replace('# dpupr = "dpupr', 'dpupr = "dpupr', 1)
    text = (before + head + rest).replace(
        "enterprise_agreement = false", "enterprise_agreement = true"
    )
    path.write_text(text, encoding="utf-8")
    # The desk's unit has no token, and needs none.
    assert token_file not in str(unit("tanggap-web.service"))
    assert getattr(load_config(path, secrets=False), table).enabled
    token = tmp_path / token_file
    monkeypatch.setenv(variable, str(token))
    for value in ("pertama", "kedua"):
        token.write_text(f"{value}\n", encoding="utf-8")
        token.chmod(0o600)
        assert getattr(load_config(path), attribute).get_secret_value() == value


def test_the_page_names_every_permission_that_the_token_needs() -> None:
    for permission in frozenset().union(*graph_token._NEEDED.values()):
        assert f"| `{permission}` |" in PAGE, permission


def test_the_units_run_commands_that_exist_and_only_the_daemon_has_a_watchdog() -> None:
    for name in ("tanggap.service", "tanggap-web.service"):
        command = unit(name)["ExecStart"][0].split()[1]
        assert cli.get_command(cli.make_context("tanggap", [command]), command)
    assert "WatchdogSec" in unit("tanggap.service")
    assert "WatchdogSec" not in unit("tanggap-web.service")
