"""How `tanggap sources --coverage` prints what was watched: as lines and as JSON."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from tanggap.clock import to_text
from tanggap.config import Config
from tanggap.coverage import Missing, Share, SourceReport, Statement, length, moment
from tanggap.intervals import Interval
from tanggap.reach import WAYS
from tanggap.remedies import remedy

GAPS_SHOWN = 20


def lines(found: Statement, config: Config) -> Iterator[str]:
    """Yield the statement for a person, Indonesian."""
    zone = ZoneInfo(config.city.timezone)
    yield f"Pemantauan {moment(found.span.start, zone)} sampai {moment(found.span.end, zone)}"
    for network, share in found.networks.items():
        those = [one for one in found.sources if one.source.network == network]
        yield ""
        yield f"{_title(network)}: {share.words} dari {len(those)} sumber"
        width = max(len(one.source.source_id) for one in those)
        for one in those:
            yield from _source_lines(one, found, width, zone)
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
    yield ""
    yield found.sentence


def document(found: Statement) -> dict[str, object]:
    """Return the statement as JSON: moments UTC, lengths in seconds, shares 0..1 rounded down."""
    return {
        "start": to_text(found.span.start),
        "end": to_text(found.span.end),
        "share": _share(found.share),
        "sources": [_source(one) for one in found.sources],
        "networks": {name: _share(share) for name, share in found.networks.items()},
        "opds": {opd: _share(share) for opd, share in found.opds.items()},
        "never_seen": {name: list(what) for name, what in found.unseen.items()},
        "unconnected": {name: list(opds) for name, opds in found.unconnected.items()},
        "off": list(found.off),
        "sentence": found.sentence,
    }


def _source_lines(one: SourceReport, found: Statement, width: int, zone: ZoneInfo) -> Iterator[str]:
    began = f"  (sejak {moment(one.span.start, zone)})" if one.span.start > found.span.start else ""
    yield f"  {one.source.source_id:<{width}}  {one.share.words:>7}{began}"
    yield from _missing_lines("celah", one.gaps, zone)
    yield from _missing_lines("belum terbaca", one.unread, zone)
    for late in one.late:
        yield (
            f"    dibaca menyusul {moment(late.start, zone)} sampai {moment(late.end, zone)}, "
            f"paling lambat {length(late.late)} kemudian"
        )


def _missing_lines(name: str, them: Sequence[Missing], zone: ZoneInfo) -> Iterator[str]:
    for one in them[-GAPS_SHOWN:]:
        partly = " Sebagian besarnya tetap terbaca." if one.partly else ""
        yield (
            f"    {name} {moment(one.start, zone)} sampai {moment(one.end, zone)} "
            f"({length(one.length)}): {remedy(one.code).meaning}{partly}"
        )
    if len(them) > GAPS_SHOWN:
        yield f"    dan {len(them) - GAPS_SHOWN} {name} sebelumnya (lihat --json)"


def _title(network: str) -> str:
    return WAYS[network].title if network in WAYS else network


def _share(share: Share) -> dict[str, object]:
    return {
        "share": None if share.permille is None else share.permille / 1000,
        "words": share.words,
        "watched_seconds": _seconds(share.watched),
        "seconds": _seconds(share.whole),
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
