"""What docs/operations.md tells an operator to write really starts."""

import re
from pathlib import Path

import pytest

import daemon
from tanggap.cli import cli
from tanggap.commands.init import init
from tanggap.config import load_config

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


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


def test_systemd_waits_longer_than_the_turns_get() -> None:
    assert int(unit("tanggap.service")["TimeoutStopSec"][0]) > daemon.SHUTDOWN_SECONDS + 1
    assert f"{daemon.SHUTDOWN_SECONDS:.0f} seconds" in PAGE


def test_the_daemon_finds_the_token_in_a_file_that_a_reload_reads_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = unit("tanggap.service")
    assert "LoadCredential" not in settings
    environment = dict(line.split("=", 1) for line in settings["Environment"])
    assert environment["TANGGAP_CONFIG"] == "/etc/tanggap/tanggap.toml"
    assert environment["TANGGAP_X_BEARER_TOKEN_FILE"] == "/etc/tanggap/x-token"
    init.main([str(tmp_path), "--city", "Kota"], standalone_mode=False)
    path = tmp_path / "tanggap.toml"
    text = path.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    text = text.replace("enterprise_agreement = false", "enterprise_agreement = true")
    text = text.replace('# dpupr = "dpupr_skm"', 'dpupr = "dpupr_skm"')
    path.write_text(text, encoding="utf-8")
    # The desk's unit has no token, and needs none.
    assert "x-token" not in str(unit("tanggap-web.service"))
    assert load_config(path, secrets=False).x.enabled
    token = tmp_path / "x-token"
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", str(token))
    for value in ("pertama", "kedua"):
        token.write_text(f"{value}\n", encoding="utf-8")
        assert load_config(path).x_token.get_secret_value() == value


def test_the_units_run_commands_that_exist_and_only_the_daemon_has_a_watchdog() -> None:
    for name in ("tanggap.service", "tanggap-web.service"):
        command = unit(name)["ExecStart"][0].split()[1]
        assert cli.get_command(cli.make_context("tanggap", [command]), command)
    assert "WatchdogSec" in unit("tanggap.service")
    assert "WatchdogSec" not in unit("tanggap-web.service")
