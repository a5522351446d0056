"""Where everything is kept: a file or a PostgreSQL server, whose password is never in the file."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from psycopg import pq

from tanggap.config import Config, load_config
from tanggap.database_url import PARAMETERS, SECRETS, shown
from tanggap.errors import ConfigError, InputError
from tanggap.store import daemon_lock, open_store, sqlite_path

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
        f"postgresql://tanggap@db/x?sslmode=require&pass%77ord={SECRET}",
        f"postgresql://tanggap@db/x?sslpassword={SECRET}",
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


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/antrean",
        "sqlite:",
        "postgresql:antrean",
        "postgresql://db",
        "postgresql:///antrean",
        "postgresql://[bad/db",
        f"postgresql://tanggap:{SECRET}@127.0.0.1:1/x",
        f"postgresql://tanggap@127.0.0.1:1/x?password={SECRET}",
        f"postgresql://tanggap@127.0.0.1:1/x?sslpassword={SECRET}",
    ],
)
def test_an_address_is_refused_in_the_same_words_wherever_it_is_given(
    folder: Path, url: str
) -> None:
    with pytest.raises(ConfigError) as in_config:
        with_url(folder, url)
    for opening in (open_store, daemon_lock, sqlite_path):
        with pytest.raises(InputError) as in_store:
            opening(url)
        assert str(in_store.value) in str(in_config.value)
        assert SECRET not in str(in_store.value)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("foo=1", "parameter `foo` pada alamat basis data tidak dikenal; hapus"),
        ("sslmod=require", "parameter `sslmod` pada .* mungkin maksudnya `sslmode`"),
        ("sslmode=require&conect_timeout=3", "parameter `conect_timeout` .*`connect_timeout`"),
        ("sslmode", "parameter `sslmode` pada alamat basis data tanpa nilai; tulis `sslmode=...`"),
        ("sslmode=&user=a", "parameter `sslmode` pada alamat basis data tanpa nilai"),
        ("sslmod", "parameter `sslmod` pada .* tidak dikenal; mungkin maksudnya `sslmode`$"),
        ("ssl=true", None),
        ("ssl=1", "parameter `ssl` pada"),
        ("options=-c%20jit%3Doff&application_name=kota", None),
    ],
)
def test_a_parameter_that_libpq_does_not_know_is_refused_with_the_nearest(
    folder: Path, query: str, said: str | None
) -> None:
    url = f"postgresql://tanggap@db/antrean?{query}"
    if said is None:
        assert with_url(folder, url).database_where == url
        return
    with pytest.raises(ConfigError, match=rf"sukamaju\.toml: `database\.url`: {said}"):
        with_url(folder, url)


@pytest.mark.parametrize("name", ["pasword", "sslpasword", "oauth_client_secrt"])
def test_a_secret_with_a_slip_in_its_name_is_refused_as_a_secret(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="tidak boleh memuat kata sandi") as caught:
        with_url(folder, f"postgresql://tanggap@db/x?{name}={SECRET}")
    assert SECRET not in str(caught.value)


def test_the_parameters_are_those_of_the_installed_libpq() -> None:
    ours = PARAMETERS | SECRETS
    theirs = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    assert theirs - ours == set()
    assert pq.version() < 180000 or ours - theirs == set()


def test_another_kind_of_database_is_called_by_its_name() -> None:
    with pytest.raises(InputError, match="mysql: tidak dikenal"):
        open_store("mysql://db/antrean")


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert shown("sqlite:/srv/tanggap.db") == "sqlite:/srv/tanggap.db"
    assert shown(SERVER) == "postgresql://tanggap@db.internal:5433/antrean"
    assert shown("postgresql://db/antrean") == "postgresql://db/antrean"


def test_daemons_on_a_server_hold_no_lock(tmp_path: Path) -> None:
    with daemon_lock(SERVER), daemon_lock(SERVER):
        assert not list(tmp_path.iterdir())
