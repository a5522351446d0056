"""The installation's settings: one TOML file and the secrets of the environment.

A complete, commented example is `tanggap/examples/sukamaju.toml`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, Field, SecretStr, field_validator, model_validator

from tanggap.clock import Clock
from tanggap.daemon_settings import DaemonSettings as DaemonSettings  # its users know it from here
from tanggap.database_url import wrong_with
from tanggap.desk_settings import WebSettings as WebSettings  # its users know it from here
from tanggap.errors import ConfigError
from tanggap.mention import UMBRELLA
from tanggap.networks import (
    FacebookSettings,
    InstagramSettings,
    InstagramWebSettings,
    MetaSettings,
    XSettings,
    twice_watched,
)
from tanggap.notice_settings import NoticeSettings, strangers, twice_named
from tanggap.policy import Policy, load_policy
from tanggap.privacy import PrivacySettings
from tanggap.secret_file import open_to_others
from tanggap.toml_file import Table, all_wrong, as_model, parse_toml, unknown


class City(Table):
    """Whose installation this is."""

    name: Annotated[str, Field(max_length=80)]
    timezone: str = "Asia/Jakarta"

    @field_validator("name")
    @classmethod
    def _said(cls, value: str) -> str:
        if not value.strip():
            msg = 'kosong; tulis namanya, misalnya "Kabupaten Sukamaju"'
            raise ValueError(msg)
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
            msg = f"zona waktu {value!r} tidak dikenal; pakai misalnya Asia/Jakarta"
            raise ValueError(msg) from None
        return value


class Database(Table):
    """Where everything is kept."""

    url: str = "sqlite:tanggap.db"

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        if msg := wrong_with(value):
            raise ValueError(msg)
        return value


class ClockSettings(Table):
    """Compressed time for demo and drills; leave the table out in production."""

    speed: Annotated[float, Field(gt=0, le=100_000)] = 1.0
    real_start: AwareDatetime
    simulated_start: AwareDatetime


class BackupSettings(Table):
    """Copies of the database that the daemon makes by itself."""

    folder: str = ""
    """Best on another disk; a relative name is next to this file. Empty: no copies are made."""
    every_hours: Annotated[float, Field(ge=0.05, le=24 * 7)] = 6.0
    keep: Annotated[int, Field(ge=1, le=10_000)] = 28


class ClassifierSettings(Table):
    """Which artefact decides."""

    model: str = "baseline"
    """`baseline` (shipped) or the path of an artefact folder."""


class ConfigFile(Table):
    """The file as it stands, before paths and secrets are resolved."""

    policy_file: str
    """The city's policy, next to this file."""
    city: City
    database: Database = Database()
    clock: ClockSettings | None = None
    daemon: DaemonSettings = DaemonSettings()
    backup: BackupSettings = BackupSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    x: XSettings = XSettings()
    meta: MetaSettings = MetaSettings()
    facebook: FacebookSettings = FacebookSettings()
    instagram: InstagramSettings = InstagramSettings()
    instagram_web: InstagramWebSettings = InstagramWebSettings()
    web: WebSettings = WebSettings()
    privacy: PrivacySettings = PrivacySettings()
    notice: Annotated[tuple[NoticeSettings, ...], Field(strict=False)] = ()

    @property
    def meta_enabled(self) -> bool:
        """Whether the Graph API is asked for anything."""
        return self.facebook.enabled or self.instagram.enabled

    @model_validator(mode="after")
    def _networks_agree(self) -> "ConfigFile":
        problems = twice_named(self.notice)
        lines = (
            (self.x.enabled, self.x),
            (self.meta_enabled, self.meta),
            (self.instagram_web.enabled, self.instagram_web),
        )
        if self.clock and not all(line.on_loopback for enabled, line in lines if enabled):
            problems.append(
                "[clock] hanya boleh dipakai bila semua jaringan di loopback; hapus [clock]"
            )
        if self.instagram.enabled and self.instagram_web.enabled:
            problems.extend(
                f"akun Instagram `{name}` ada di instagram.accounts dan instagram_web.accounts; "
                "satu akun dibaca lewat satu jalur, hapus salah satu"
                for name in twice_watched(self.instagram.accounts, self.instagram_web.accounts)
            )
        if problems:
            raise all_wrong(problems)
        return self


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the program needs to know, resolved. Passed as an argument, never global."""

    path: Path
    city: City
    database: Database
    daemon: DaemonSettings
    backup: BackupSettings
    classifier: ClassifierSettings
    x: XSettings
    meta: MetaSettings
    facebook: FacebookSettings
    instagram: InstagramSettings
    instagram_web: InstagramWebSettings
    web: WebSettings
    privacy: PrivacySettings
    notices: tuple[NoticeSettings, ...]
    policy: Policy
    clock: Clock
    x_token: SecretStr
    meta_token: SecretStr
    """A system user's or a person's long-lived token; the Pages' own tokens are got with it."""
    meta_app_secret: SecretStr
    """Empty: requests are not signed, and the token is checked by itself."""
    database_password: SecretStr
    """Empty: the server asks for none, or libpq's own password file has it."""
    notice_urls: Mapping[str, SecretStr]
    """Address of each channel of `notices`; empty: it has none yet, and nothing is sent on it."""

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """All secrets, so that logs can blot them out; some may be empty."""
        known = (self.x_token, self.meta_token, self.meta_app_secret, self.database_password)
        return (*known, *self.notice_urls.values())

    @property
    def database_where(self) -> str:
        """What `tanggap.store.open_store` opens: a URL, with the SQLite file's whole path."""
        return f"sqlite:{self.database_path}" if self.on_sqlite else self.database.url

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.database.url.startswith("sqlite:")

    @property
    def backup_folder(self) -> Path | None:
        """Where copies go; a relative name is next to the config file. None: none are made."""
        return self.path.parent / self.backup.folder if self.backup.folder else None

    @property
    def database_path(self) -> Path:
        """The SQLite file; a relative name is next to the config file. Only on SQLite."""
        if not self.on_sqlite:
            msg = "the database is no file"
            raise ValueError(msg)
        return self.path.parent / self.database.url.removeprefix("sqlite:")


def load_config(path: Path, *, secrets: bool = True) -> Config:
    """Return the config of a file; raise ConfigError with all problems of file and policy.

    Only what talks to the networks needs `secrets`; without them the tokens are empty.
    """
    data = parse_toml(path)
    problems: list[str] = []
    file, policy = None, None
    policy_file = data.get("policy_file")
    try:
        file = as_model(path, data, ConfigFile, _of_the_other(Policy, policy_file))
    except ConfigError as exc:
        problems.extend(exc.problems)
    try:
        if isinstance(policy_file, str):
            there = _of_the_other(ConfigFile, path.name)
            policy = load_policy(path.parent / policy_file, there)
    except ConfigError as exc:
        problems.extend(exc.problems)
    # Both are asked of what was read, not of `file`: one slip elsewhere must not hide them.
    if isinstance(policy_file, str):
        known = list(policy.opd) if policy else _opds_of(path.parent / policy_file)
        problems.extend(_strangers(path, data, policy_file, known))
        problems.extend(f"{path}: {line}" for line in strangers(data.get("notice"), known) if known)
    found = _Secrets(path)
    if str(_table(data, "database").get("url", "")).startswith("postgresql:"):
        found.may("database_password")  # desk and terminal need it as much as the daemon
    if secrets:
        if _table(data, "x").get("enabled") is True:
            found.need("x_bearer_token", "x.enabled = true", "rahasia X")
        on = [
            name for name in ("facebook", "instagram") if _table(data, name).get("enabled") is True
        ]
        if on:
            found.need("meta_token", f"{on[0]}.enabled = true", "token Meta")
            found.may("meta_app_secret")
        for channel in file.notice if file else ():
            found.may(channel.secret)
    problems.extend(found.problems)
    if problems or file is None or policy is None:
        raise ConfigError(*problems)
    clock = file.clock
    return Config(
        path=path,
        city=file.city,
        database=file.database,
        daemon=file.daemon,
        backup=file.backup,
        classifier=file.classifier,
        x=file.x,
        meta=file.meta,
        facebook=file.facebook,
        instagram=file.instagram,
        instagram_web=file.instagram_web,
        web=file.web,
        privacy=file.privacy,
        notices=file.notice,
        policy=policy,
        clock=Clock(clock.speed, clock.real_start, clock.simulated_start) if clock else Clock(),
        x_token=found.get("x_bearer_token"),
        meta_token=found.get("meta_token"),
        meta_app_secret=found.get("meta_app_secret"),
        database_password=found.get("database_password"),
        notice_urls={channel.id: found.get(channel.secret) for channel in file.notice},
    )


def _of_the_other(model: type[Table], file: object) -> dict[str, str]:
    """Return the tables that belong into the other one of the two files, to its name."""
    return dict.fromkeys(model.model_fields, str(file or "berkas kebijakan"))


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table of what was read; an empty one where there is something else."""
    table = data.get(name)
    return table if isinstance(table, dict) else {}


def _opds_of(path: Path) -> list[str]:
    """Return the OPD of a policy that has errors elsewhere; empty when nothing can be read."""
    try:
        return list(_table(parse_toml(path), "opd"))
    except ConfigError:  # told already
        return []


def _strangers(
    path: Path, data: Mapping[str, Any], policy_file: str, known: Sequence[str]
) -> list[str]:
    """Return a line for each account whose OPD the policy does not know; none without OPD."""
    owners = [*known, UMBRELLA]
    if not known:
        return []
    return [
        f"{path}: {table}.accounts: OPD `{opd}` tidak ada di [opd] kebijakan "
        f"({policy_file}): " + unknown(opd, owners)
        for table in ("x", "facebook", "instagram", "instagram_web")
        for opd in _table(_table(data, table), "accounts")
        if opd not in owners
    ]


class _Secrets:
    """The secrets of one install, and what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, str] = {}
        self.problems: list[str] = []

    def need(self, name: str, because: str, called: str) -> None:
        """Read a secret without which `because` makes no sense."""
        before = len(self.problems)
        self.may(name, f"{because} tetapi ")
        if len(self.problems) == before and not self._found[name]:
            variable = f"TANGGAP_{name.upper()}"
            self.problems.append(
                f"{self._path}: {because} tetapi {called} belum ada; isi variabel "
                f"lingkungan {variable} atau {variable}_FILE"
            )

    def may(self, name: str, because: str = "") -> None:
        """Read a secret that may be missing."""
        try:
            self._found[name] = read_secret(name, self._path.parent)
        except ConfigError as exc:
            self.problems.extend(f"{self._path}: {because}{line}" for line in exc.problems)

    def get(self, name: str) -> SecretStr:
        return SecretStr(self._found.get(name, ""))


def read_secret(name: str, folder: Path) -> str:
    """Return a secret from TANGGAP_NAME, the file TANGGAP_NAME_FILE, or systemd credentials.

    An unset secret is the empty string; one that is set but unusable raises ConfigError, which
    never repeats it.
    """
    variable = f"TANGGAP_{name.upper()}"
    file = os.environ.get(f"{variable}_FILE")
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if value := os.environ.get(variable):
        origin, secret = variable, value.strip()
    elif file:
        origin = f"{variable}_FILE"
        path = folder / file
        guarded = bool(credentials) and path.is_relative_to(credentials or "")
        secret = _secret_file(origin, path, guarded=guarded)
    elif credentials and (Path(credentials) / name).exists():
        origin = "CREDENTIALS_DIRECTORY"
        secret = _secret_file(origin, Path(credentials) / name, guarded=True)
    else:
        return ""
    if not all("!" <= character <= "~" for character in secret):
        raise ConfigError(
            f"{origin} memuat spasi, baris baru atau huruf asing; salin ulang token saja, "
            'tanpa "Bearer"'
        )
    return secret


def _secret_file(origin: str, path: Path, *, guarded: bool) -> str:
    """Return a file's secret. `guarded`: the service manager keeps it, with modes of its own."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            mode = "" if guarded else open_to_others(os.fstat(file.fileno()))
            secret = file.read().strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"{origin}: berkas {path} tidak dapat dibaca; periksa nama dan izinnya"
        ) from exc
    if mode:
        raise ConfigError(
            f"{origin}: berkas {path} terbuka bagi pengguna lain di server ini; tutup dengan "
            f"`chmod {mode} {path}`"
        )
    return secret
