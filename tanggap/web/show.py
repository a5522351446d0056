"""How values look on a page: times in the city's zone, percentages, captions, safe text."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from tanggap.config import Config
from tanggap.language import LANGUAGES, locale, ngettext, present
from tanggap.language import gettext as _
from tanggap.mention import ACTIONABLE, JENIS, STATUSES, UMBRELLA
from tanggap.remedies import remedy
from tanggap.sectors import SECTORS
from tanggap.store.rows import Event
from tanggap.store.rows_lists import Counted
from tanggap.untrusted import one_line as whole_line
from tanggap.web import words
from tanggap.web.captions import (
    Captions,
    actor_name,
    answer_kind_name,
    jenis_name,
    kind_name,
    network_name,
    sector_name,
    status_name,
)
from tanggap.web.lists import lists_of
from tanggap.web.untrusted import Piece, host_of, one_line, pieces, shown
from tanggap.wording import capitalised, day, moment, number, short_moment, usd

COUNT_CAP = 1000
NETWORK_HOSTS = {
    "x": ("x.com", "twitter.com"),
    "facebook": ("facebook.com",),
    "instagram": ("instagram.com",),
}
"""Hosts whose permalinks open directly; every other link goes by the interstitial page."""


REDIRECTORS = ("l.", "lm.")
"""Hosts of Facebook and Instagram that begin so lead on to any other site."""


def count(number: int) -> str:
    """Return a number that was counted up to the cap: `1.000+`."""
    return counted(Counted(min(number, COUNT_CAP), more=number > COUNT_CAP))


def counted(found: Counted) -> str:
    """Return a counter that may have stopped before the end: `1.000+` is 1.000 or more."""
    return str(format_decimal(found.number, locale=locale())) + ("+" if found.more else "")


def percent(share: float) -> str:
    """Return a confidence of 0..1 as whole per cent, never rounded up to a certainty."""
    return str(format_percent(min(share, 0.99) if share < 1 else share, locale=locale()))


def span(length: timedelta) -> str:
    """Return a length of time in one unit: `12 menit`."""
    return str(format_timedelta(length, locale=locale(), threshold=1))


def lately(length: timedelta) -> str:
    """Return how long ago, or how far ahead (negative), something is: `12 menit lalu`."""
    if abs(length) < timedelta(seconds=5):
        return _("baru saja")
    if length < timedelta(0):
        return _("{} lagi").format(span(-length))
    return _("{} lalu").format(span(length))


def changes(event: Event) -> list[tuple[str, str, str]]:
    """Return what an event changed: (field, before, after); "" stands for nothing."""
    detail = event.detail
    return [
        (field, detail.get(f"{field}_from", ""), detail.get(f"{field}_to", detail.get(field, "")))
        for field in words.FIELDS
        if {field, f"{field}_from", f"{field}_to"} & detail.keys()
    ]


def reason_words(reason: str, sector_name: Callable[[str], str]) -> str:
    """Return a reason of the classifier in plain words, "" for one that says nothing."""
    prefix, colon, rest = reason.partition(":")
    if reason in words.MODEL_REASONS:
        return _(words.MODEL_REASONS[reason])
    if colon and prefix == "sektor":
        return sector_name(rest)
    if colon and prefix in ("kata", "induk"):
        named = "" if words.STOP_WORDS.issuperset(rest.split()) else f"\u201c{rest}\u201d"
        return _("yang ditanggapi: {}").format(named) if named and prefix == "induk" else named
    if colon and prefix in words.REASONS:
        return _(words.REASONS[prefix]).format(rest)
    return reason


def answer_words(reasons: Sequence[str]) -> str:
    """Return the words that decided the kind of an answer, at most three, between quotes."""
    said = (reason.removeprefix("jawaban:") for reason in reasons)
    return ", ".join(f"\u201c{one}\u201d" for one in list(dict.fromkeys(said))[:3])


def working_hours(minutes: float | None) -> str:
    """Return working minutes as people say them: `2,5 jam kerja`, `40 menit kerja`."""
    if minutes is None:
        return "–"
    if minutes < 60:
        whole = round(minutes)
        return ngettext("{} menit kerja", "{} menit kerja", whole).format(number(whole))
    said = number(minutes / 60, 1)
    return ngettext("{} jam kerja", "{} jam kerja", 2).format(said)


def outbound(network: str, permalink: str | None) -> str:
    """Return the address behind "Buka di X": direct on the network itself, else interstitial."""
    host = host_of(permalink or "")
    if not permalink or not host:
        return ""
    direct = (
        urlsplit(permalink).scheme == "https"
        and not host.startswith(REDIRECTORS)
        and any(host == own or host.endswith(f".{own}") for own in NETWORK_HOSTS.get(network, ()))
    )
    return permalink if direct else f"/tautan?ke={quote(permalink, safe='')}"


def _revealed(context: Context) -> bool:
    """Whether this one page shows personal data, as a person asked with a reason."""
    return context.get("revealed") is True


@pass_context
def _shown(context: Context, text: str) -> str:
    return shown(text, revealed=_revealed(context))


@pass_context
def _one_line(context: Context, text: str, at_most: int = 280) -> str:
    return one_line(text, at_most, revealed=_revealed(context))


@pass_context
def _pieces(context: Context, text: str) -> list[Piece]:
    return pieces(text, revealed=_revealed(context))


def environment(config: Config, now: Callable[[], datetime]) -> Environment:
    """Return the templates with the filters and words that they use."""
    zone = ZoneInfo(config.city.timezone)
    policy = config.policy
    captions = Captions(config.city.name, policy)

    def at(when: datetime) -> str:
        return moment(when, zone)

    def short_at(when: datetime) -> str:
        local = when.astimezone(zone)
        same_year = local.year == now().astimezone(zone).year
        return short_moment(local, year=not same_year)

    def ago(when: datetime) -> str:
        return lately(now() - when)

    def plain_reasons(reasons: Sequence[str]) -> list[str]:
        said = (reason_words(reason, sector_name) for reason in reasons)
        return list(dict.fromkeys(text for text in said if text))

    def filter_name(value: str, name: str) -> str:
        if name in ("dari", "sampai"):
            return day(date.fromisoformat(value), zone)
        if name in ("mendesak", "lewat"):
            return _("ya")
        fields = {"sektor": "sector", "jaringan": "network", "usia": "age"}
        return captions.of(value, fields.get(name, name))

    def named_choices(values: Iterable[str], field: str) -> list[tuple[str, str]]:
        return [(value, captions.of(value, field)) for value in values]

    env = Environment(
        loader=PackageLoader("tanggap.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # Old style: new-style gettext marks what it returns as safe, whatever went in.
    install = env.install_gettext_callables  # type: ignore[attr-defined]  # by extension
    install(_, ngettext, newstyle=False)
    filters: dict[str, Callable[..., Any]] = {
        "at": at,
        "day": lambda when: day(when, zone),
        "local_input": lambda when: when.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "short_day": lambda when: str(format_date(when, "d MMM", locale=locale())),
        "short_at": short_at,
        "ago": ago,
        "lately": lately,
        "iso": lambda when: when.isoformat(timespec="seconds"),
        "percent": percent,
        "tenths": lambda share: "–" if share is None else f"{number(100 * share, 1)}%",
        "one_decimal": lambda value: number(value, 1),
        "decimals": lambda value: "–" if value is None else number(value, 2),
        "count": count,
        "number": lambda counted: format_decimal(counted, locale=locale()),
        "usd": usd,
        "clean": _shown,
        "one_line": _one_line,
        "handle": whole_line,
        "sentence": capitalised,
        "translated": _,
        "pieces": _pieces,
        "changes": changes,
        "plain_reasons": plain_reasons,
        "interstitial": lambda url: f"/tautan?ke={quote(url, safe='')}",
        "actor_name": actor_name,
        "opd_name": captions.opd,
        "opd_long": captions.long_opd,
        "sector_name": sector_name,
        "kecamatan_name": captions.kecamatan,
        "network_name": network_name,
        "kind_name": kind_name,
        "value_name": captions.of,
        "filter_name": filter_name,
        "jenis_name": jenis_name,
        "status_name": status_name,
        "answer_kind_name": answer_kind_name,
        "answer_words": answer_words,
        "working_hours": working_hours,
        "hours": lambda minutes: "–" if minutes is None else number(minutes / 60, 1),
        "span": span,
    }
    env.filters.update(filters)
    env.globals.update(
        words=words,
        language=present,
        languages=LANGUAGES,
        city=config.city.name,
        sso=config.web.oidc,
        policy=policy,
        sectors=SECTORS,
        all_jenis=JENIS,
        all_statuses=STATUSES,
        actionable=ACTIONABLE,
        umbrella=UMBRELLA,
        outbound=outbound,
        lists_of=lists_of,
        named_choices=named_choices,
        remedy=remedy,
    )
    return env
