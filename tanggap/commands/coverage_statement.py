"""How `tanggap sources --coverage` prints what was watched: as lines and as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tanggap.clock import to_text
from tanggap.coverage import PARTLY, Missing, Share, SourceReport, Statement, Watch
from tanggap.intervals import Interval
from tanggap.reach import WAYS
from tanggap.remedies import remedy
from tanggap.wording import length, moment, moments

STRETCHES_SHOWN = 20
NAMES_SHOWN = 12
Row = tuple[str, datetime, datetime]
"""Source id, start, end."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which some sources were not watched, or read late, for one cause."""

    start: datetime
    end: datetime
    longest: timedelta
    """Of one source."""
    source_ids: tuple[str, ...]


def lines(found: Statement, zone: ZoneInfo) -> Iterator[str]:
    """Yield the statement for a person, Indonesian: the sentence first, then what it rests on."""
    yield found.sentence
    for network, share in found.networks.items():
        those = [one for one in found.sources if one.source.network == network]
        yield ""
        yield f"{_title(network)}: {share.words} dari {len(those)} sumber"
        width = max(len(one.source.source_id) for one in those)
        for one in those:
            began = one.span.start > found.span.start
            since = f"  (sejak {moment(one.span.start, zone)})" if began else ""
            yield f"  {one.source.source_id:<{width}}  {one.share.words:>7}{since}"
        ids = [one.source.source_id for one in those]
        gaps, unread = [one.gaps for one in those], [one.unread for one in those]
        yield from _causes("celah", dict(zip(ids, gaps, strict=True)), zone)
        yield from _causes("belum terbaca", dict(zip(ids, unread, strict=True)), zone)
        yield from _read_late({one.source.source_id: one.late for one in those}, zone)
    for network, never in found.unseen.items():
        missing = found.unconnected.get(network, ())
        if never or missing:
            yield ""
            yield f"{_title(network)}, di luar hitungan:"
            yield from (f"  tidak diperlihatkan jaringan: {what}" for what in never)
            if missing:
                yield f"  belum tersambung: {', '.join(missing)}"
    if found.off:
        yield ""
        yield f"Tidak dibaca sama sekali: {', '.join(map(_title, found.off))}"
    if found.opds:
        yield ""
        yield "Menurut OPD"
        width = max(map(len, found.opds))
        yield from (f"  {opd:<{width}}  {share.words}" for opd, share in found.opds.items())


def document(found: Statement) -> dict[str, object]:
    """Return the statement as JSON: moments UTC, lengths in seconds, shares 0..1 rounded down."""
    return {
        "start": to_text(found.span.start),
        "end": to_text(found.span.end),
        "watch": _watch(found.watch),
        "share": _share(found.share),
        "sources": [_source(one) for one in found.sources],
        "networks": {name: _share(share) for name, share in found.networks.items()},
        "opds": {opd: _share(share) for opd, share in found.opds.items()},
        "never_seen": {name: list(what) for name, what in found.unseen.items()},
        "unconnected": {name: list(opds) for name, opds in found.unconnected.items()},
        "off": list(found.off),
        "sentence": found.sentence,
    }


def joined(rows: Iterable[Row]) -> list[Stretch]:
    """Return rows as stretches of time that do not touch, in order.

    What hits many sources, as a refused token does, begins and ends a little apart in each.
    """
    found: list[Stretch] = []
    for source_id, start, end in sorted(rows, key=lambda one: one[1]):
        own = Stretch(start, end, end - start, (source_id,))
        if found and start <= found[-1].end:
            last = found[-1]
            ids = tuple(dict.fromkeys((*last.source_ids, source_id)))
            own = Stretch(last.start, max(last.end, end), max(last.longest, own.longest), ids)
            found.pop()
        found.append(own)
    return found


def _causes(name: str, missing: Mapping[str, Sequence[Missing]], zone: ZoneInfo) -> Iterator[str]:
    """Yield each cause once, with all sources and times that it took."""
    by_code: dict[str, list[Row]] = {}
    for source_id, them in missing.items():
        for one in them:
            by_code.setdefault(one.code, []).append((source_id, one.start, one.end))
    for code, rows in by_code.items():
        partly = " Sebagian besarnya tetap terbaca." if code in PARTLY else ""
        yield f"  {name}, {_count(rows)} sumber: {remedy(code).meaning}{partly}"
        yield from _stretches(name, rows, len(missing), zone, lengths=True)


def _read_late(late: Mapping[str, Sequence[Interval]], zone: ZoneInfo) -> Iterator[str]:
    rows = [(name, one.start, one.end) for name, them in late.items() for one in them]
    if not rows:
        return
    longest = max(one.late for them in late.values() for one in them)
    yield f"  dibaca menyusul, {_count(rows)} sumber, paling lambat {length(longest)} kemudian:"
    yield from _stretches("masa", rows, len(late), zone, lengths=False)


def _stretches(
    name: str, rows: Iterable[Row], among: int, zone: ZoneInfo, *, lengths: bool
) -> Iterator[str]:
    """Yield the newest stretches of time, and how many more there are."""
    stretches = joined(rows)
    for stretch in stretches[-STRETCHES_SHOWN:]:
        long = f" ({length(stretch.longest)})" if lengths else ""
        yield f"    {moments(stretch.start, stretch.end, zone)}{long}: {_names(stretch, among)}"
    if len(stretches) > STRETCHES_SHOWN:
        yield f"    dan {len(stretches) - STRETCHES_SHOWN} {name} sebelumnya (lihat --json)"


def _count(rows: Iterable[Row]) -> int:
    return len({source_id for source_id, _, _ in rows})


def _names(stretch: Stretch, among: int) -> str:
    """Return whom a stretch concerns, `among` so many sources of the network."""
    ids = stretch.source_ids
    if len(ids) == among > 1:
        return f"semua {among} sumber"
    more = f" dan {len(ids) - NAMES_SHOWN} lainnya" if len(ids) > NAMES_SHOWN else ""
    return ", ".join(ids[:NAMES_SHOWN]) + more


def _title(network: str) -> str:
    return WAYS[network].title if network in WAYS else network


def _share(share: Share) -> dict[str, object]:
    return {
        "share": None if share.permille is None else share.permille / 1000,
        "words": share.words,
        "watched_seconds": _seconds(share.watched),
        "seconds": _seconds(share.whole),
    }


def _watch(watch: Watch | None) -> dict[str, object] | None:
    if watch is None:
        return None
    return {
        "since": to_text(watch.since),
        "days": watch.days,
        "days_asked": watch.days_asked,
    }


def _source(one: SourceReport) -> dict[str, object]:
    source = one.source
    return {
        "id": source.source_id,
        "network": source.network,
        "kind": source.kind,
        "accounts": list(source.accounts),
        "handle": source.handle,
        "start": to_text(one.span.start),
        "end": to_text(one.span.end),
        "removed_at": to_text(source.removed_at) if source.removed_at else None,
        **_share(one.share),
        "gaps": [_missing(gap) for gap in one.gaps],
        "unread": [_missing(missing) for missing in one.unread],
        "late": [_late(late) for late in one.late],
    }


def _missing(one: Missing) -> dict[str, object]:
    words = remedy(one.code)
    return {
        "start": to_text(one.start),
        "end": to_text(one.end),
        "seconds": _seconds(one.length),
        "reason": one.code,
        "partly_read": one.partly,
        "meaning": words.meaning,
        "action": words.action,
    }


def _late(one: Interval) -> dict[str, object]:
    return {
        "start": to_text(one.start),
        "end": to_text(one.end),
        "late_seconds": _seconds(one.late),
    }


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
