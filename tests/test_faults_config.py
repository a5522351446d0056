"""Faults of what people write: configs with mistakes (18) and secrets that all can read (19)."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_config import SECRET, WRONG, folder

from tanggap.cli import cli, main
from tanggap.config import load_config, read_secret
from tanggap.errors import ConfigError

__all__ = ["folder"]  # a fixture


@pytest.mark.fault(18)
def test_the_table_of_mistakes_is_long_enough() -> None:
    assert len(WRONG) >= 60


@pytest.mark.fault(18)
@pytest.mark.parametrize("case", list(WRONG))
def test_with_a_mistake_no_command_starts_and_each_says_where_it_is(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mutate, expected = WRONG[case]
    mutate(folder)
    path = str(folder / "sukamaju.toml")
    with pytest.raises(SystemExit) as left:
        main(["--config", path, "run"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    for word in expected:
        assert word in said
    assert "Traceback" not in said
    assert SECRET not in said
    assert not (folder / "tanggap.db").exists()
    checked = CliRunner().invoke(cli, ["--config", path, "check"], standalone_mode=False)
    assert checked.return_value == 2
    assert "GAGAL konfigurasi" in checked.stdout
    for word in expected:
        assert word in checked.stdout


SHARED = {"everybody reads": 0o644, "everybody reads and writes": 0o666, "everybody writes": 0o602}


@pytest.fixture
def switched_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a config that needs the token of X, which a file `token` holds."""
    path = folder / "sukamaju.toml"
    text = path.read_text(encoding="utf-8").replace("enabled = false", "enabled = true", 1)
    text = text.replace("enterprise_agreement = false", "enterprise_agreement = true")
    path.write_text(text, encoding="utf-8")
    token = folder / "token"
    token.write_text(SECRET + "\n", encoding="utf-8")
    token.chmod(0o600)
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", "token")
    return path


@pytest.mark.fault(19)
@pytest.mark.parametrize("mode", list(SHARED.values()), ids=list(SHARED))
def test_a_secret_in_a_file_that_others_may_open_is_refused_with_the_line_that_closes_it(
    switched_on: Path, mode: int, capsys: pytest.CaptureFixture[str]
) -> None:
    token = switched_on.parent / "token"
    token.chmod(mode)
    with pytest.raises(SystemExit) as left:
        main(["--config", str(switched_on), "run"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "TANGGAP_X_BEARER_TOKEN_FILE" in said
    assert SECRET not in said
    closing = said.partition("`chmod ")[2].partition(" ")[0]
    token.chmod(int(closing, 8))  # as it says
    assert load_config(switched_on).x_token.get_secret_value() == SECRET


@pytest.mark.fault(19)
def test_a_group_may_read_what_is_roots_only(switched_on: Path) -> None:
    token = switched_on.parent / "token"
    token.chmod(0o640)
    if token.stat().st_uid == 0:
        assert load_config(switched_on).x_token.get_secret_value() == SECRET
        os.chown(token, 65534, 0)
    with pytest.raises(ConfigError, match=f"chmod 600 {token}"):
        load_config(switched_on)


@pytest.mark.fault(19)
def test_what_systemd_hands_over_keeps_the_mode_that_systemd_gave_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = tmp_path / "x_bearer_token"
    credential.write_text(SECRET, encoding="utf-8")
    credential.chmod(0o644)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret("x_bearer_token", Path("/")) == SECRET
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", str(credential))
    assert read_secret("x_bearer_token", Path("/")) == SECRET
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ConfigError, match="chmod"):
        read_secret("x_bearer_token", Path("/"))


@pytest.mark.fault(19)
def test_a_pipe_in_place_of_a_file_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:
        pipe.write(SECRET)
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN_FILE", f"/dev/fd/{reading}")
    assert read_secret("x_bearer_token", tmp_path) == SECRET
    os.close(reading)


@pytest.mark.fault(19)
def test_whoever_gives_a_password_in_an_open_file_is_told(folder: Path) -> None:
    path = str(folder / "sukamaju.toml")
    assert CliRunner().invoke(cli, ["--config", path, "migrate"]).exit_code == 0
    database = folder / "tanggap.db"
    assert stat.S_IMODE(database.stat().st_mode) & 0o077 == 0
    file = folder / "sandi"
    for name, mode, warned in (("sari", 0o644, True), ("budi", 0o600, False)):
        file.write_text("kata-sandi-yang-panjang\n", encoding="utf-8")
        file.chmod(mode)
        arguments = ["--config", path, "user", "add", name, "--role", "supervisor"]
        done = CliRunner().invoke(cli, [*arguments, "--password-file", str(file)])
        assert done.exit_code == 0, done.output
        assert ("terbuka bagi pengguna lain" in done.stderr) is warned
        assert "kata-sandi-yang" not in done.output
