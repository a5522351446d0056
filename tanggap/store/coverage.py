"""The coverage ledger: what each source has watched, and how many mentions each hour brought.

`keep_coverage` and `count_arrivals` are called inside the transaction that stores a page, so the
ledger never says more, or less, than what is stored.
"""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.intervals import Interval, Watched, after_page, patience
from tanggap.mention import Gap, Mention, Page, SourceSpec
from tanggap.store.codec import Row, list_of
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.rows import Quiet, SourceCoverage

One = TypeVar("One")

REMOVED = "removed"
"""Reason of the gap of a source that the config did not ask for."""

# Both run while the daemon waits: each step of them is one step along a key (tests hold that).
QUIET_SOURCES = """
    SELECT id, last_at FROM (
        SELECT s.id,
            (SELECT max(a.hour) FROM arrivals AS a WHERE a.source_id = s.id) AS last_hour,
            (SELECT w."end" FROM watched AS w WHERE w.source_id = s.id
             ORDER BY w.start DESC LIMIT 1) AS last_at
        FROM sources AS s
        WHERE s.active = 1 AND s.state = 'ok' AND s.kind NOT IN ('token', 'timeline')
    ) AS heard
    WHERE last_hour >= :known AND last_hour < :quiet AND last_at IS NOT NULL
    """
ARRIVALS = "SELECT hour, count FROM arrivals WHERE source_id = ? AND hour >= ?"


class Coverage(SqlDatabase):
    """Implements the coverage part of `tanggap.store.base.SourceStore`."""

    def coverage(self, start: datetime, end: datetime) -> list[SourceCoverage]:
        """Return what each source watched between two moments, by source id."""
        with self._read() as conn:
            sources = conn.execute(
                """
                SELECT s.id, s.network, s.kind, s.accounts, s.handle, s.poll_seconds,
                    s.asked_at, s.removed_at, s.active,
                    (SELECT min(w.start) FROM watched AS w WHERE w.source_id = s.id) AS first_at,
                    (SELECT max(w."end") FROM watched AS w WHERE w.source_id = s.id) AS last_at
                FROM sources AS s
                WHERE s.kind <> 'token' AND (s.active = 1 OR s.removed_at > ?)
                ORDER BY s.id
                """,
                (to_text(start),),
            ).fetchall()
            span = (to_text(start), to_text(end))
            overlap = '"end" > ? AND start < ? ORDER BY source_id, start'
            intervals = _by_source(
                (row["source_id"], _interval(row))
                for row in conn.execute(f"SELECT * FROM watched WHERE {overlap}", span)
            )
            gaps = _by_source(
                (row["source_id"], _gap(row))
                for row in conn.execute(f"SELECT * FROM gaps WHERE {overlap}, id", span)
            )
        return [_source(row, intervals, gaps) for row in sources]

    def quiet_sources(self, quiet_since: datetime, known_since: datetime) -> list[Quiet]:
        """Return the sources that are well and brought nothing since `quiet_since`, by id."""
        since = {"known": _hour(known_since), "quiet": _hour(quiet_since)}
        with self._read() as conn:
            rows = conn.execute(QUIET_SOURCES, since).fetchall()
        found = [Quiet(row["id"], from_text(row["last_at"])) for row in rows]
        return sorted(found, key=lambda one: one.source_id)

    def arrivals(self, source_id: str, since: datetime) -> dict[datetime, int]:
        """Return how many mentions of a source were posted in each hour from that of `since` on."""
        with self._read() as conn:
            return {
                _beginning(row["hour"]): row["count"]
                for row in conn.execute(ARRIVALS, (source_id, _hour(since)))
            }


def keep_coverage(conn: Transaction, source: SourceSpec, page: Page, now: datetime) -> None:
    """Note a page's gap, and until when its source has been watched now."""
    if page.gap is not None:
        note_gaps(conn, source.id, [page.gap])
    if page.watched_since is None:
        return
    watched = None
    if page.watched_until is not None:
        watched = Watched(_kept(page.watched_since), _kept(page.watched_until))
    last = conn.execute(
        "SELECT * FROM watched WHERE source_id = ? ORDER BY start DESC LIMIT 1", (source.id,)
    ).fetchone()
    last_at = _interval(last).end if last else None
    unmoved = watched is None or (last_at is not None and watched.until <= last_at <= now)
    if page.gap is None and unmoved:
        return
    # What lies wholly before the gap and the last interval cannot change.
    changed_from = min(last_at or now, page.gap.start if page.gap else now, now)
    known = _from(conn, source.id, changed_from)
    since = known[0].start if known else page.watched_since
    intervals, unrecorded = after_page(
        known, _gaps_after(conn, source.id, since), watched, _kept(now),
        patience(source.poll_seconds),
    )  # fmt: skip
    note_gaps(conn, source.id, unrecorded)
    _replace(conn, source.id, known, intervals)


def note_gaps(conn: Transaction, source_id: str, gaps: Sequence[Gap]) -> None:
    """Record what a source could not watch; a repeat is nothing."""
    conn.executemany(
        'INSERT INTO gaps (source_id, start, "end", reason) VALUES (?, ?, ?, ?) '
        "ON CONFLICT DO NOTHING",
        [(source_id, to_text(gap.start), to_text(gap.end), gap.reason) for gap in gaps],
    )


def note_configured(conn: Transaction, now: datetime) -> None:
    """Note which sources are new, removed or back, after the table follows the config.

    Nobody watches a source while the config does not ask for it: one that is back has a gap.
    """
    back = conn.execute(
        "SELECT id, removed_at FROM sources WHERE active = 1 AND removed_at IS NOT NULL"
    ).fetchall()
    for row in back:
        gap = Gap(from_text(row["removed_at"]), now, REMOVED)
        if gap.start < gap.end:
            note_gaps(conn, row["id"], [gap])
            known = _from(conn, row["id"], gap.start)
            _replace(conn, row["id"], known, after_page(known, [gap], None, now, timedelta(0))[0])
    conn.execute(
        """
        UPDATE sources SET asked_at = coalesce(asked_at, :now),
            removed_at = CASE WHEN active = 1 THEN NULL ELSE coalesce(removed_at, :now) END
        WHERE asked_at IS NULL OR (active = 1 AND removed_at IS NOT NULL)
            OR (active = 0 AND removed_at IS NULL)
        """,
        {"now": to_text(now)},
    )


def count_arrivals(
    conn: Transaction, source_id: str, mentions: Iterable[Mention], now: datetime
) -> None:
    """Count new mentions of a source by the hour in which they were posted."""
    hours = Counter(_hour(min(mention.posted_at, now)) for mention in mentions)
    conn.executemany(
        "INSERT INTO arrivals (source_id, hour, count) VALUES (?, ?, ?) "
        "ON CONFLICT (source_id, hour) DO UPDATE SET count = arrivals.count + excluded.count",
        [(source_id, hour, count) for hour, count in sorted(hours.items())],
    )


def _from(conn: Transaction, source_id: str, moment: datetime) -> list[Interval]:
    """Return the intervals from the last one that begins before a moment on."""
    rows = conn.execute(
        "SELECT * FROM watched WHERE source_id = :id AND start >= coalesce("
        "(SELECT max(start) FROM watched WHERE source_id = :id AND start < :moment), '') "
        "ORDER BY start",
        {"id": source_id, "moment": to_text(moment)},
    )
    return [_interval(row) for row in rows]


def _gaps_after(conn: Transaction, source_id: str, moment: datetime) -> list[Gap]:
    rows = conn.execute(
        'SELECT * FROM gaps WHERE source_id = ? AND "end" > ? ORDER BY start, id',
        (source_id, to_text(moment)),
    )
    return [_gap(row) for row in rows]


def _replace(
    conn: Transaction, source_id: str, before: Sequence[Interval], after: Sequence[Interval]
) -> None:
    """Write what changed among the last intervals of a source."""
    starts = {one.start for one in after}
    conn.executemany(
        "DELETE FROM watched WHERE source_id = ? AND start = ?",
        [(source_id, to_text(one.start)) for one in before if one.start not in starts],
    )
    conn.executemany(
        'INSERT INTO watched (source_id, start, "end", late_seconds) VALUES (?, ?, ?, ?) '
        "ON CONFLICT (source_id, start) DO UPDATE SET "
        '"end" = excluded."end", late_seconds = excluded.late_seconds',
        [
            (source_id, to_text(one.start), to_text(one.end), one.late // timedelta(seconds=1))
            for one in after
            if one not in before
        ],
    )


def _kept(moment: datetime) -> datetime:
    """Return a moment as the store keeps it: to the millisecond."""
    return from_text(to_text(moment))


def _hour(moment: datetime) -> str:
    return to_text(moment)[:13]


def _beginning(hour: str) -> datetime:
    """Return when an hour of the table `arrivals` begins."""
    return datetime.fromisoformat(f"{hour}:00:00Z")


def _interval(row: Row) -> Interval:
    late = timedelta(seconds=row["late_seconds"])
    return Interval(from_text(row["start"]), from_text(row["end"]), late)


def _gap(row: Row) -> Gap:
    return Gap(from_text(row["start"]), from_text(row["end"]), row["reason"])


def _by_source(pairs: Iterable[tuple[str, One]]) -> Mapping[str, tuple[One, ...]]:
    found: dict[str, list[One]] = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return {name: tuple(ones) for name, ones in found.items()}


def _source(
    row: Row,
    intervals: Mapping[str, tuple[Interval, ...]],
    gaps: Mapping[str, tuple[Gap, ...]],
) -> SourceCoverage:
    asked, first = from_text_or_none(row["asked_at"]), from_text_or_none(row["first_at"])
    return SourceCoverage(
        source_id=row["id"],
        network=row["network"],
        kind=row["kind"],
        accounts=list_of(row["accounts"]),
        handle=row["handle"],
        poll_seconds=row["poll_seconds"],
        since=min((one for one in (asked, first) if one is not None), default=None),
        until=from_text_or_none(row["last_at"]),
        removed_at=from_text_or_none(row["removed_at"]),
        intervals=intervals.get(row["id"], ()),
        gaps=gaps.get(row["id"], ()),
    )
