"""What was watched in a span of time, and what was not: the statement under every figure.

Three parts make up the whole span of a source: what was read (`share`), what can no longer be
read (`gaps`, each with its reason), and what has not been read yet (`unread`). What a network
never shows stands beside them; it is in no share.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tanggap.config import Config
from tanggap.errors import InputError
from tanggap.intervals import NOTHING, Interval, clipped, patience, total, without
from tanggap.language import gettext as _
from tanggap.reach import WAYS, Reach, reach, unseen
from tanggap.remedies import remedy
from tanggap.store import Store
from tanggap.store.rows import SourceCoverage, SourceStatus
from tanggap.wording import day, length, moment, percent

PARTLY = frozenset(
    {
        *("mentions_over_800", "too_many_posts", "long_rest"),
        *("instagram_rest", "instagram_depth"),
    }
)
"""Reasons of gaps of which the greater part was read all the same; still none counts as watched."""
USUAL_DAYS = 30
DAY = timedelta(days=1)
SAME_START = timedelta(hours=1)
"""Sources of a new install begin one after the other; so close together it is one beginning."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`, aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """A stretch that is in no share, and why (a code of `tanggap.remedies`)."""

    start: datetime
    end: datetime
    code: str

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def partly(self) -> bool:
        """Whether the greater part of it was read all the same."""
        return self.code in PARTLY


@dataclass(frozen=True, slots=True)
class Share:
    """How much of some time was watched."""

    watched: timedelta = NOTHING
    whole: timedelta = NOTHING

    def __add__(self, other: "Share") -> "Share":
        """Return the share of both together."""
        return Share(self.watched + other.watched, self.whole + other.whole)

    @property
    def permille(self) -> int | None:
        """Thousandths, rounded down so that only what is whole is 1000; None: of no time."""
        return self.watched * 1000 // self.whole if self.whole else None

    @property
    def words(self) -> str:
        """As a percentage: `98,6%`."""
        if self.permille is None:
            return _("belum ada")
        whole, tenth = divmod(self.permille, 10)
        return percent(self.permille / 10, 1) if tenth else percent(whole)


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source in the span."""

    source: SourceCoverage
    span: Span
    """What it is measured by: it begins where the source began and ends where now is."""
    share: Share
    gaps: tuple[Missing, ...]
    unread: tuple[Missing, ...]
    late: tuple[Interval, ...]
    """What was read, but long after it was posted."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Since when there was anything that watched, within a span that was asked for."""

    since: datetime
    asked: timedelta
    """The span as far as it is past."""
    watched: timedelta
    """From `since` until the end of it."""

    @property
    def is_whole(self) -> bool:
        """Whether it began before the span did."""
        return self.watched >= self.asked

    @property
    def days_asked(self) -> int:
        """Whole or begun days of the span."""
        return -(-self.asked // DAY)

    @property
    def days(self) -> int:
        """Whole days of the watch."""
        return self.days_asked if self.is_whole else self.watched // DAY

    @property
    def words(self) -> str:
        """How much of the span it is: `2 dari 30 hari`, `14 jam dari 30 hari`."""
        part = str(self.days) if self.watched >= DAY else length(self.watched)
        return _("{} dari {} hari").format(part, self.days_asked)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was watched in a span, by source, network and OPD."""

    span: Span
    sources: tuple[SourceReport, ...]
    networks: Mapping[str, Share]
    opds: Mapping[str, Share]
    """By OPD id (or `pemkot`): all sources that watch it, each counted alike."""
    unseen: Mapping[str, tuple[str, ...]]
    """By network: what is never seen there, though it is on."""
    unconnected: Mapping[str, tuple[str, ...]]
    """By network that is on: the OPD that nothing watches there."""
    off: tuple[str, ...]
    """Networks that are not read at all."""
    sentence: str
    """The whole in one sentence, to stand under figures."""
    watch: Watch | None
    """Since when any source watched; None where none did."""

    @property
    def share(self) -> Share:
        """All sources together."""
        return sum((one.share for one in self.sources), Share())


def last_days(now: datetime, days: int = USUAL_DAYS) -> Span:
    """Return the days before now."""
    return Span(now - timedelta(days=days), now)


def days_between(since: date, until: date, zone: ZoneInfo) -> Span:
    """Return whole days of the city, both included; raise InputError when they are reversed."""
    if until < since:
        raise InputError(
            f"tanggal akhir {day(until, zone)} lebih awal daripada tanggal awal {day(since, zone)}"
        )
    try:
        after = until + DAY
    except OverflowError as exc:
        raise InputError(f"tanggal {day(until, zone)} terlalu jauh") from exc
    return Span(_midnight(since, zone), _midnight(after, zone))


def month(text: str, zone: ZoneInfo) -> Span:
    """Return the month `2026-10` of the city; raise InputError for anything else."""
    try:
        first = date.fromisoformat(f"{text}-01")
        after = (first + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError) as exc:
        raise InputError(f"bulan {text!r} tidak dikenal; tulis misalnya 2026-10") from exc
    return Span(_midnight(first, zone), _midnight(after, zone))


def begun(span: Span, now: datetime, zone: ZoneInfo, name: str = "") -> Span:
    """Return the span; raise InputError when all of it is still to come.

    It is told of by the `name` under which it was asked for, or else by its first day.
    """
    if span.start > now:
        name = name or f"tanggal awal {day(span.start, zone)}"
        raise InputError(f"{name} belum tiba; hari ini {day(now, zone)}")
    return span


def statement(store: Store, config: Config, span: Span, as_of: datetime | None = None) -> Statement:
    """Return what was watched in a span, as far as it is past at `as_of` (None: now)."""
    now = as_of or config.clock.now()
    return statement_of(
        store.coverage(span.start, span.end),
        {status.spec.id: status for status in store.sources(now)},
        reach(config),
        {name: tuple(unseen(config, name)) for name in WAYS},
        span,
        now,
        ZoneInfo(config.city.timezone),
    )


def statement_of(
    sources: Sequence[SourceCoverage],
    statuses: Mapping[str, SourceStatus],
    networks: Mapping[str, Reach],
    never: Mapping[str, tuple[str, ...]],
    span: Span,
    now: datetime,
    zone: ZoneInfo,
) -> Statement:
    """Return the statement of these sources; `statuses` holds those that the config asks for."""
    reports = [
        report
        for source in sources
        if (report := report_of(source, statuses.get(source.source_id), span, now))
    ]
    by_network: dict[str, Share] = {}
    by_opd: dict[str, Share] = {}
    for report in reports:
        network = report.source.network
        by_network[network] = by_network.get(network, Share()) + report.share
        for opd in report.source.accounts:
            by_opd[opd] = by_opd.get(opd, Share()) + report.share
    on = [name for name, part in networks.items() if part.on]
    past = Span(span.start, min(span.end, now))
    return Statement(
        span,
        tuple(reports),
        by_network,
        dict(sorted(by_opd.items())),
        {name: never.get(name, ()) for name in on},
        {name: networks[name].unconnected for name in on},
        tuple(name for name in networks if name not in on),
        sentence(reports, past, zone),
        watch_of(reports, past),
    )


def watch_of(reports: Iterable[SourceReport], past: Span) -> Watch | None:
    """Return since when these sources watched, of a span that is past; None where none did."""
    starts = [one.span.start for one in reports]
    if not starts:
        return None
    since = min(starts)
    return Watch(since, past.end - past.start, past.end - since)


def report_of(
    source: SourceCoverage, status: SourceStatus | None, span: Span, now: datetime
) -> SourceReport | None:
    """Return what one source watched; None where it had not begun, or was gone before.

    `status` is None for a source that the config no longer asks for. The last minutes before now
    of a source that is well are not counted: their poll is not due yet.
    """
    if source.since is None:
        return None
    start, end = max(span.start, source.since), min(span.end, now)
    known = min(source.until or start, _last_told(source, status) or now, now)
    if status is not None and now - known <= patience(source.poll_seconds):
        end = min(end, known)
    if end <= start:
        return None
    whole = [Interval(start, end)]
    read = clipped(source.intervals, start, min(end, known))
    ahead = without(clipped([Interval(start, end)], known, end), [*source.gaps, *read])
    missed = without(whole, [*read, *ahead])
    if status is None:  # what it had not read when it was removed will not be read either
        missed, ahead = without([*missed, *ahead], []), []
    code = _why_unread(status) if status else ""
    return SourceReport(
        source,
        Span(start, end),
        Share(total(read), end - start),
        tuple(_with_reasons(missed, source, status)),
        tuple(Missing(one.start, one.end, code) for one in ahead),
        tuple(one for one in read if one.late),
    )


def _last_told(source: SourceCoverage, status: SourceStatus | None) -> datetime | None:
    """Return after when nothing can have been read, whatever a clock that ran ahead has noted.

    What it noted of the future would come true by waiting, while the source fails.
    """
    return status.last_success_at if status else source.removed_at


def _why_unread(status: SourceStatus) -> str:
    """Return the code that says why a source has not been read."""
    if status.state == "needs_human":
        return status.code
    return status.held_code or (status.code if status.state != "ok" else "") or "not_polled"


def _with_reasons(
    missed: Iterable[Interval], source: SourceCoverage, status: SourceStatus | None
) -> list[Missing]:
    """Return each stretch with the reason that was recorded first for it, joined where alike."""
    found: list[Missing] = []
    left = list(missed)
    for gap in source.gaps:
        for one in clipped(left, gap.start, gap.end):
            found.append(Missing(one.start, one.end, gap.reason))
        left = without(left, [gap])
    rest = "removed" if status is None else "unrecorded"
    found.extend(Missing(one.start, one.end, rest) for one in left)
    joined: list[Missing] = []
    for missing in sorted(found, key=lambda one: one.start):
        if joined and joined[-1].end == missing.start and joined[-1].code == missing.code:
            joined[-1] = Missing(joined[-1].start, missing.end, missing.code)
        else:
            joined.append(missing)
    return joined


# --- in words ---------------------------------------------------------------------------------


def sentence(reports: Sequence[SourceReport], span: Span, zone: ZoneInfo) -> str:
    """Return one honest sentence about how complete the figures of a span are."""
    last = day(span.end - timedelta(seconds=1), zone)
    when = f"{day(span.start, zone)} sampai {last}"
    watch = watch_of(reports, span)
    if watch is None:
        return (
            f"Tidak ada sumber yang dipantau pada {when}; angka ini hanya memuat yang dimasukkan "
            "petugas."
        )
    share = sum((one.share for one in reports), Share())
    count = len(reports)
    parts = [
        f"Pada {when}, {count} sumber terpantau {share.words} dari waktunya"
        if watch.is_whole
        else f"Dipantau {watch.words}, sejak {day(watch.since, zone)} sampai {last}: {count} "
        f"sumber terpantau {share.words} dari waktu itu"
    ]
    gaps = [(one, gap) for one in reports for gap in one.gaps]
    if gaps:
        longest, gap = max(gaps, key=lambda pair: pair[1].length)
        with_gaps = len({one.source.source_id for one, _ in gaps})
        parts.append(
            f"{with_gaps} sumber punya celah, paling lama {length(gap.length)} di "
            f"{name_of(longest.source)} sejak {moment(gap.start, zone)} "
            f"({_inside(gap.code)})"
        )
    unread = [(one, missing) for one in reports for missing in one.unread]
    if unread:
        oldest, missing = min(unread, key=lambda pair: pair[1].start)
        waiting = len({one.source.source_id for one, _ in unread})
        parts.append(
            f"{waiting} sumber belum terbaca, paling lama {name_of(oldest.source)} sejak "
            f"{moment(missing.start, zone)} ({_inside(missing.code)})"
        )
    began = sum(one.span.start > watch.since + SAME_START for one in reports)
    if began:
        parts.append(f"{began} sumber baru mulai dipantau di tengah masa itu")
    parts.append("yang memang tidak diperlihatkan jaringan tidak ikut terhitung")
    return "; ".join(parts) + "."


def name_of(source: SourceCoverage) -> str:
    """Return what a person knows a source by: its network and its account."""
    way = WAYS.get(source.network)
    return f"{way.title if way else source.network} {source.handle}"


def _inside(code: str) -> str:
    """Return what a code means, to stand inside a sentence."""
    meaning = remedy(code).meaning
    return meaning.rstrip(".")


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(on, time(), zone).astimezone(ZoneInfo("UTC"))
    except OverflowError as exc:
        raise InputError(f"tanggal {on:%Y-%m-%d} terlalu jauh") from exc
