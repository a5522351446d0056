"""The tables of the config that say what is read of each network, and how patiently."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from tanggap.loopback import host_of, is_loopback
from tanggap.toml_file import Table, Texts, all_wrong, unknown

X_BASE_URL = "https://api.x.com"
X_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
META_BASE_URL = "https://graph.facebook.com"
GRAPH_VERSION = re.compile(r"v[1-9][0-9]\.[0-9]")
PAGE_NAME = re.compile(r"[A-Za-z0-9.]{5,50}")
"""A Page's name in its address (facebook.com/NAME), or its number."""
INSTAGRAM_BASE_URL = "https://www.instagram.com"
INSTAGRAM_NAME = re.compile(r"[A-Za-z0-9._]{1,30}")

TOKEN_WARN_DAYS = 14
"""So long before the right to read ends it is warned of."""

Seconds = Annotated[int, Field(ge=1, le=7 * 86_400)]
Requests = Annotated[int, Field(ge=1, le=1_000_000)]


class Line(Table):
    """How long one exchange with a network may take and how much it may bring."""

    connect_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    deadline_seconds: Annotated[float, Field(gt=0, le=60)] = 30.0
    max_body_mb: Annotated[int, Field(ge=1, le=64)] = 10
    requests_per_hour: Requests = 1_800
    requests_per_day: Requests = 30_000
    """Hard stops per UTC hour and day for all accounts together, refused requests included."""
    base_url: str = ""
    """Another address than the network's own is accepted only on loopback (simulator, tests)."""
    official: ClassVar[str] = ""

    @model_validator(mode="after")
    def _hour_within_day(self) -> "Line":
        if self.requests_per_hour > self.requests_per_day:
            msg = "requests_per_hour harus tidak lebih besar daripada requests_per_day"
            raise ValueError(msg)
        return self

    @field_validator("base_url")
    @classmethod
    def _official_or_loopback(cls, value: str) -> str:
        if value != cls.official and not is_loopback(host_of(value)):
            # The value is not repeated: it may hold a password.
            msg = f"base_url: hanya {cls.official} atau alamat loopback"
            raise ValueError(msg)
        return value

    @property
    def on_loopback(self) -> bool:
        """Whether requests go to this machine and not to the network."""
        return is_loopback(host_of(self.base_url))


class XSettings(Line):
    """X (formerly Twitter). Off until the operator states the agreement."""

    official: ClassVar[str] = X_BASE_URL
    enabled: bool = False
    enterprise_agreement: bool = False
    base_url: str = X_BASE_URL
    requests_per_hour: Requests = 1_800
    requests_per_day: Requests = 30_000
    """X grants 450 mention calls in 15 minutes to one app (docs.x.com, August 2026)."""
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
    sweep_every_minutes: Annotated[int, Field(ge=1, le=7 * 1_440)] = 60
    page_cap: Annotated[int, Field(ge=1, le=100)] = 20
    daily_read_limit: Annotated[int, Field(ge=0)] = 20_000
    monthly_read_limit: Annotated[int, Field(ge=0)] = 300_000
    usd_per_post: Annotated[float, Field(ge=0)] = 0.005
    usd_per_user: Annotated[float, Field(ge=0)] = 0.010

    @property
    def prices(self) -> dict[str, float]:
        """US dollars per read of each kind of resource."""
        return {"post": self.usd_per_post, "user": self.usd_per_user}

    @field_validator("accounts")
    @classmethod
    def _handles(cls, value: dict[str, str]) -> dict[str, str]:
        return _named(value, X_HANDLE, "tulis tanpa @, 1 sampai 15 huruf, angka atau _")

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


class MetaSettings(Line):
    """What Facebook and the official Instagram route share: one app, one token."""

    official: ClassVar[str] = META_BASE_URL
    base_url: str = META_BASE_URL
    requests_per_hour: Requests = 4_000
    requests_per_day: Requests = 60_000
    """Meta grants 200 an hour to each account at least; 40 OPD on two networks need about 1,200."""
    graph_version: str = "v26.0"
    """v26.0 is the newest of 29 July 2026; v21.0 ends on 21 January 2027."""
    app_id: str = ""
    """Number of the app; with its secret, requests are signed and the token is checked by it."""
    slow_percent: Annotated[int, Field(ge=10, le=100)] = 75
    """From this use of a limit on, polls come later."""
    pause_percent: Annotated[int, Field(ge=10, le=100)] = 95
    """From this use of a limit on, nothing is asked until it has recovered."""

    @field_validator("graph_version")
    @classmethod
    def _version(cls, value: str) -> str:
        if not GRAPH_VERSION.fullmatch(value):
            msg = 'graph_version ditulis seperti "v26.0"'
            raise ValueError(msg)
        return value

    @field_validator("app_id")
    @classmethod
    def _app_number(cls, value: str) -> str:
        if value and not (value.isascii() and value.isdecimal()):
            msg = "app_id harus angka saja dalam tanda kutip; kosongkan bila tidak tahu"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _slow_before_pause(self) -> "MetaSettings":
        if self.slow_percent > self.pause_percent:
            msg = "meta.slow_percent harus lebih kecil daripada meta.pause_percent"
            raise ValueError(msg)
        return self


class Threads(Table):
    """How posts and the comments under them are watched on a network without a global feed."""

    enabled: bool = False
    accounts: dict[str, str] = Field(default={})
    """OPD id (or `pemkot`) to the account's name."""
    poll_seconds: Seconds = 300
    """Between two looks at the account's own posts and their comments."""
    tagged_poll_seconds: Seconds = 900
    """Between two looks at others' posts that tag the account."""
    backfill_days: Annotated[int, Field(ge=0, le=30)] = 2
    """A new account begins so far back."""
    watch_days: Annotated[int, Field(ge=1, le=90)] = 30
    """Comments are looked for under posts up to this age."""
    overlap_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
    sweep_hours: Annotated[int, Field(ge=1, le=168)] = 12
    """Every so often all comments under all watched posts are read again."""
    page_cap: Annotated[int, Field(ge=1, le=500)] = 60
    """Pages of one turn; the rest follows in the next."""


class FacebookSettings(Threads):
    """Facebook Pages, by the official way."""

    tagged: bool = True
    """Read posts of others that tag the Page (needs a token with that permission)."""

    @field_validator("accounts")
    @classmethod
    def _pages(cls, value: dict[str, str]) -> dict[str, str]:
        return _named(value, PAGE_NAME, "tulis nama halaman di facebook.com/NAMA, atau nomornya")

    @model_validator(mode="after")
    def _has_accounts(self) -> "FacebookSettings":
        return _with_accounts(self, "facebook")


class InstagramSettings(Threads):
    """Instagram Business or Creator accounts linked to a Page, by the official way."""

    poll_seconds: Seconds = 600
    tagged: bool = True

    @field_validator("accounts")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        return _named(value, INSTAGRAM_NAME, "tulis nama akun Instagram tanpa @")

    @model_validator(mode="after")
    def _has_accounts(self) -> "InstagramSettings":
        return _with_accounts(self, "instagram")


class InstagramWebSettings(Threads, Line):
    """Instagram accounts without a token, by instaloader: opt-in and best-effort."""

    official: ClassVar[str] = INSTAGRAM_BASE_URL
    base_url: str = INSTAGRAM_BASE_URL
    accept_risk: bool = False
    """Automated reading is against Instagram's terms; the account used may be locked."""
    requests_per_hour: Requests = 600
    requests_per_day: Requests = 2_000
    """Instagram publishes no limit; instaloader takes 200 of a kind in 11 minutes for too many."""
    session_file: str = "instagram-session.json"
    """Cookies written by `tanggap instagram import-session`, next to the config file."""
    poll_seconds: Seconds = 10_800
    tagged_poll_seconds: Seconds = 10_800
    watch_days: Annotated[int, Field(ge=1, le=90)] = 14
    overlap_minutes: Annotated[int, Field(ge=0, le=1440)] = 60
    sweep_hours: Annotated[int, Field(ge=1, le=168)] = 24
    page_cap: Annotated[int, Field(ge=1, le=500)] = 30

    @field_validator("accounts")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        return _named(value, INSTAGRAM_NAME, "tulis nama akun Instagram tanpa @")

    @model_validator(mode="after")
    def _risk_accepted(self) -> "InstagramWebSettings":
        if self.enabled and not self.accept_risk:
            msg = (
                "pembacaan otomatis melanggar ketentuan Instagram dan akun yang dipakai dapat "
                "dikunci; bila risiko itu diterima, tulis `accept_risk = true`, bila tidak, tulis "
                "`enabled = false`"
            )
            raise ValueError(msg)
        return _with_accounts(self, "instagram_web")


T = TypeVar("T", bound=Threads)


def _named(value: dict[str, str], form: "re.Pattern[str]", rule: str) -> dict[str, str]:
    """Return the accounts as they are; raise for a name of a wrong form or one used twice."""
    problems: list[str] = []
    seen: dict[str, str] = {}
    for opd, handle in value.items():
        if not form.fullmatch(handle):
            problems.append(f"akun {opd} tidak sah; {rule}")
        other = seen.setdefault(handle.lower(), opd)
        if other != opd:
            problems.append(
                f"akun `{handle}` dipakai dua kali (oleh {other} dan {opd}); hapus salah satu"
            )
    if problems:
        raise all_wrong(problems)
    return value


def _with_accounts(settings: T, table: str) -> T:
    if settings.enabled and not settings.accounts:
        msg = f"{table}.enabled = true tetapi {table}.accounts kosong; isi akun yang dipantau"
        raise ValueError(msg)
    return settings


def twice_watched(official: Mapping[str, str], web: Mapping[str, str]) -> list[str]:
    """Return the Instagram names that both routes would read."""
    return sorted({name.lower() for name in official.values()} & {n.lower() for n in web.values()})
