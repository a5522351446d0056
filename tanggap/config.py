"""The installation's settings: one TOML file and the secrets of the environment.

A complete, commented example is `tanggap/examples/sukamaju.toml`.
"""

import os
import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, Field, SecretStr, field_validator, model_validator

from tanggap.clock import Clock
from tanggap.errors import ConfigError
from tanggap.mention import UMBRELLA
from tanggap.policy import Policy, load_policy
from tanggap.toml_file import Table, Texts, all_wrong, as_model, parse_toml, unknown

X_BASE_URL = "https://api.x.com"
X_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+/?")

Seconds = Annotated[int, Field(ge=1)]


class City(Table):
    """Whose installation this is."""

    name: str
    timezone: str = "Asia/Jakarta"

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
        if not value.startswith("sqlite:") or value == "sqlite:":
            # The value is not repeated: addresses of databases often hold a password.
            msg = 'jenis basis data tidak dikenal; pakai misalnya "sqlite:tanggap.db"'
            raise ValueError(msg)
        return value


class ClockSettings(Table):
    """Compressed time for demo and drills; leave the table out in production."""

    speed: Annotated[float, Field(gt=0, le=100_000)] = 1.0
    real_start: AwareDatetime
    simulated_start: AwareDatetime


class DaemonSettings(Table):
    """How the daemon works through its sources."""

    workers: Annotated[int, Field(ge=1, le=32)] = 4
    tick_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Real seconds between two looks at what is due."""
    lease_seconds: Seconds = 180
    backoff_first_seconds: Seconds = 5
    backoff_cap_seconds: Seconds = 3600
    disk_low_mb: Annotated[int, Field(ge=0)] = 500
    """Collecting stops below this much free space; desk and exports go on."""


class ClassifierSettings(Table):
    """Which artefact decides."""

    model: str = "baseline"
    """`baseline` (shipped) or the path of an artefact folder."""


class XSettings(Table):
    """X (formerly Twitter). Off until the operator states the agreement."""

    enabled: bool = False
    enterprise_agreement: bool = False
    base_url: str = X_BASE_URL
    """Another address is accepted only on loopback (simulator, tests)."""
    dialect: Literal["auto", "tweet", "post"] = "auto"
    """Names of fields: `tweet` (documented), `post` (renamed 2026), `auto` tries and remembers."""
    expand_authors: bool = True
    """Ask for the authors' handles; X may bill each as a user read."""
    accounts: dict[str, str] = Field(default={})
    """OPD id (or `pemkot`) to handle without `@`."""
    ids: dict[str, str] = Field(default={})
    """OPD id to numeric account id; asked from X once when left out."""
    search: Texts = ()
    """OPD ids watched by shared search queries instead of one mentions call each."""
    timelines: bool = True
    """Read the accounts' own posts to see their answers."""
    poll_seconds: Seconds = 180
    timeline_poll_seconds: Seconds = 600
    backfill_days: Annotated[int, Field(ge=0, le=7)] = 2
    overlap_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
    sweep_hours: Annotated[int, Field(ge=0, le=160)] = 24
    """How far before the last whole sweep a sweep re-reads, for posts that were shown late. X bills
    what it returns anew each UTC day, so 24 about doubles the reads of a busy account."""
    sweep_every_minutes: Annotated[int, Field(ge=1)] = 60
    page_cap: Annotated[int, Field(ge=1, le=100)] = 20
    daily_read_limit: Annotated[int, Field(ge=0)] = 20_000
    monthly_read_limit: Annotated[int, Field(ge=0)] = 300_000
    usd_per_post: Annotated[float, Field(ge=0)] = 0.005
    usd_per_user: Annotated[float, Field(ge=0)] = 0.010
    connect_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    deadline_seconds: Annotated[float, Field(gt=0, le=60)] = 30.0
    max_body_mb: Annotated[int, Field(ge=1, le=64)] = 10

    @property
    def prices(self) -> dict[str, float]:
        """US dollars per read of each kind of resource."""
        return {"post": self.usd_per_post, "user": self.usd_per_user}

    @field_validator("base_url")
    @classmethod
    def _official_or_loopback(cls, value: str) -> str:
        if value != X_BASE_URL and not is_loopback(host_of(value)):
            # The value is not repeated: it may hold a password.
            msg = f"base_url: hanya {X_BASE_URL} atau alamat loopback"
            raise ValueError(msg)
        return value

    @field_validator("accounts")
    @classmethod
    def _handles(cls, value: dict[str, str]) -> dict[str, str]:
        problems: list[str] = []
        seen: dict[str, str] = {}
        for opd, handle in value.items():
            if not X_HANDLE.fullmatch(handle):
                problems.append(
                    f"akun {opd} tidak sah; tulis tanpa @, 1 sampai 15 huruf, angka atau _"
                )
            other = seen.setdefault(handle.lower(), opd)
            if other != opd:
                problems.append(
                    f"akun `{handle}` dipakai dua kali (oleh {other} dan {opd}); hapus salah satu"
                )
        if problems:
            raise all_wrong(problems)
        return value

    @field_validator("ids")
    @classmethod
    def _numbers(cls, value: dict[str, str]) -> dict[str, str]:
        problems = [
            f"nomor akun {opd} harus angka saja dalam tanda kutip; hapus bila tidak tahu"
            for opd, number in value.items()
            if not (number.isascii() and number.isdecimal())
        ]
        if problems:
            raise all_wrong(problems)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "XSettings":
        problems = [
            f"x.{table}: `{opd}` tidak ada di x.accounts: {unknown(opd, self.accounts)}"
            for table, names in (("ids", self.ids), ("search", self.search))
            for opd in names
            if opd not in self.accounts
        ]
        if self.enabled and not self.enterprise_agreement:
            problems.append(
                "X mensyaratkan perjanjian Enterprise bagi pemerintah; bila sudah ada, tulis "
                "`enterprise_agreement = true`, bila belum, tulis `enabled = false`"
            )
        if self.enabled and not self.accounts:
            problems.append("x.enabled = true tetapi x.accounts kosong; isi akun yang dipantau")
        if problems:
            raise all_wrong(problems)
        return self


class WebSettings(Table):
    """The review desk."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8600
    public_url: str = ""
    """Address under which people reach it, for example `https://tanggap.sukamaju.example`;
    decides Secure cookies and the accepted Origin. Empty: `http://host:port`."""
    session_idle_minutes: Annotated[int, Field(ge=1)] = 60
    session_hours: Annotated[int, Field(ge=1)] = 12

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        if value and not PUBLIC_URL.fullmatch(value):
            msg = "harus berupa alamat tanpa jalur, misalnya https://tanggap.sukamaju.example"
            raise ValueError(msg)
        return value.rstrip("/")


class ConfigFile(Table):
    """The file as it stands, before paths and secrets are resolved."""

    policy_file: str
    """The city's policy, next to this file."""
    city: City
    database: Database = Database()
    clock: ClockSettings | None = None
    daemon: DaemonSettings = DaemonSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    x: XSettings = XSettings()
    web: WebSettings = WebSettings()

    @model_validator(mode="after")
    def _compressed_only_on_loopback(self) -> "ConfigFile":
        if self.clock and self.x.enabled and not is_loopback(host_of(self.x.base_url)):
            msg = "[clock] hanya boleh dipakai bila semua jaringan di loopback; hapus [clock]"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the program needs to know, resolved. Passed as an argument, never global."""

    path: Path
    city: City
    database: Database
    daemon: DaemonSettings
    classifier: ClassifierSettings
    x: XSettings
    web: WebSettings
    policy: Policy
    clock: Clock
    x_token: SecretStr

    @property
    def database_path(self) -> Path:
        """The SQLite file; a relative name is next to the config file."""
        return self.path.parent / self.database.url.removeprefix("sqlite:")


def load_config(path: Path, *, secrets: bool = True) -> Config:
    """Return the config of a file; raise ConfigError with all problems of file and policy.

    Only what talks to the networks needs `secrets`; without them the tokens are empty.
    """
    data = parse_toml(path)
    problems: list[str] = []
    file, policy, token = None, None, ""
    try:
        file = as_model(path, data, ConfigFile)
    except ConfigError as exc:
        problems.extend(exc.problems)
    policy_file = data.get("policy_file")
    try:
        if isinstance(policy_file, str):
            policy = load_policy(path.parent / policy_file)
    except ConfigError as exc:
        problems.extend(exc.problems)
    if file and policy:
        owners = [*policy.opd, UMBRELLA]
        problems.extend(
            f"{path}: x.accounts: OPD `{opd}` tidak ada di [opd] kebijakan ({policy_file}): "
            + unknown(opd, owners)
            for opd in file.x.accounts
            if opd not in owners
        )
    if secrets and file and file.x.enabled:
        try:
            token = read_secret("x_bearer_token", path.parent)
        except ConfigError as exc:
            problems.extend(f"{path}: x.enabled = true tetapi {line}" for line in exc.problems)
        else:
            if not token:
                problems.append(
                    f"{path}: x.enabled = true tetapi rahasia X belum ada; isi variabel "
                    "lingkungan TANGGAP_X_BEARER_TOKEN atau TANGGAP_X_BEARER_TOKEN_FILE"
                )
    if problems or file is None or policy is None:
        raise ConfigError(*problems)
    clock = file.clock
    return Config(
        path=path,
        city=file.city,
        database=file.database,
        daemon=file.daemon,
        classifier=file.classifier,
        x=file.x,
        web=file.web,
        policy=policy,
        clock=Clock(clock.speed, clock.real_start, clock.simulated_start) if clock else Clock(),
        x_token=SecretStr(token),
    )


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
        secret = _secret_file(origin, folder / file)
    elif credentials and (Path(credentials) / name).exists():
        origin = "CREDENTIALS_DIRECTORY"
        secret = _secret_file(origin, Path(credentials) / name)
    else:
        return ""
    if not all("!" <= character <= "~" for character in secret):
        raise ConfigError(
            f"{origin} memuat spasi, baris baru atau huruf asing; salin ulang token saja, "
            'tanpa "Bearer"'
        )
    return secret


def _secret_file(origin: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"{origin}: berkas {path} tidak dapat dibaca; periksa nama dan izinnya"
        ) from exc


def host_of(url: str) -> str:
    """Return the host of an address, or nothing when it is no address or carries a login."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return ""
    return parts.hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
