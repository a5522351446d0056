"""Where everything is kept: a file or a PostgreSQL server, whose password is never in the file."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from tanggap.config import Config, load_config
from tanggap.errors import ConfigError, StoreError
from tanggap.store import daemon_lock, open_store

SECRET = "kata-sandi-yang-tidak-boleh-terlihat"
SERVER = "postgresql://tanggap@db.internal:5433/antrean?sslmode=verify-full"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        text = files("tanggap.examples").joinpath(name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def with_url(folder: Path, url: str) -> Config:
    path = folder / "sukamaju.toml"
    text = path.read_text(encoding="utf-8")
    assert '"sqlite:tanggap.db"' in text
    path.write_text(text.replace('"sqlite:tanggap.db"', json.dumps(url)), encoding="utf-8")
    return load_config(path)


def test_a_file_is_found_next_to_the_config(folder: Path) -> None:
    config = with_url(folder, "sqlite:data/antrean.db")
    assert config.on_sqlite
    assert config.database_where == f"sqlite:{folder / 'data' / 'antrean.db'}"


def test_a_server_is_taken_as_it_is_written(folder: Path) -> None:
    config = with_url(folder, SERVER)
    assert not config.on_sqlite
    assert config.database_where == SERVER
    with pytest.raises(ValueError, match="no file"):
        _ = config.database_path


def test_the_password_of_a_server_comes_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_DATABASE_PASSWORD", SECRET)
    config = with_url(folder, SERVER)
    assert config.database_password.get_secret_value() == SECRET
    assert SECRET not in repr(config)
    assert any(secret.get_secret_value() == SECRET for secret in config.secrets)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://tanggap:{SECRET}@db/x",
        f"postgresql://tanggap@db/x?password={SECRET}",
        f"postgresql://:{SECRET}@db/x",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(folder: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_url(folder, url)
    assert "TANGGAP_DATABASE_PASSWORD_FILE" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://",
        "postgresql://db",
        "postgresql:///antrean",
        "postgresql://db:0/antrean",
        "postgresql://db:lima/antrean",
        "postgresql://[db/antrean",
    ],
)
def test_an_address_that_names_no_server_or_database_is_refused(folder: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"alamat PostgreSQL tidak lengkap.*db\.internal"):
        with_url(folder, url)


def test_another_kind_of_database_is_refused_wherever_it_is_named(folder: Path) -> None:
    with pytest.raises(ConfigError, match="tidak dikenal"):
        with_url(folder, "mysql://db/antrean")
    for opening in (open_store, daemon_lock):
        with pytest.raises(StoreError, match="mysql: tidak dikenal"):
            opening("mysql://db/antrean")


def test_a_password_in_an_address_does_not_get_past_the_store_either() -> None:
    with pytest.raises(StoreError, match="tidak boleh memuat kata sandi") as caught:
        open_store(f"postgresql://tanggap:{SECRET}@127.0.0.1:1/x")
    assert SECRET not in str(caught.value)


def test_daemons_on_a_server_hold_no_lock(tmp_path: Path) -> None:
    with daemon_lock(SERVER), daemon_lock(SERVER):
        assert not list(tmp_path.iterdir())
