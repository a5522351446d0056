"""`tanggap queue`: the shared queue from a terminal."""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tanggap.clock import to_text
from tanggap.commands.install import config_of, store_of
from tanggap.config import Config
from tanggap.csv_file import safe_csv
from tanggap.errors import InputError
from tanggap.killpoints import reached
from tanggap.mention import STATUSES, UMBRELLA
from tanggap.near_words import nearest
from tanggap.reasons import reason
from tanggap.sectors import SECTORS
from tanggap.store.rows import EVERYTHING, Event, Item, ItemDetail, ItemFilter
from tanggap.untrusted import clean, one_line
from tanggap.web import words
from tanggap.wording import moment, percent

TABS = {"triase": "triage", "antrean": "queue", "disisihkan": "aside", "sensitif": "sensitive"}
TAB_NAMES: dict[str, str] = {tab: name for name, tab in TABS.items()}
COLUMNS = (
    "id", "tab", "status", "opd", "supporting", "jenis", "sector", "confidence", "kecamatan",
    "urgent", "sensitive", "network", "posted_at", "seen_at", "answered_at", "author", "text",
    "permalink", "rule", "decided_by",
)  # fmt: skip
LABELS = dict(zip(COLUMNS, (
    "nomor", "tempat", "status", "OPD", "pendukung", "jenis", "sektor", "keyakinan", "kecamatan",
    "mendesak", "sensitif", "jaringan", "ditulis", "diambil", "dijawab", "penulis", "isi",
    "tautan", "alasan", "diputuskan",
), strict=True))  # fmt: skip
"""Column to what `show` calls it; JSON and CSV keep the column names."""
WIDTH = max(map(len, LABELS.values())) + 4
STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves unescaped although it can steer a terminal or turn the reading direction."""


@click.group()
def queue() -> None:
    """List, show or export the items of the shared queue."""


def _filters(command: Any) -> Any:
    for option in (
        click.option("--tab", type=click.Choice(list(TABS)), help="Only this tab."),
        click.option("--opd", default="", help="Only what this OPD owns or supports."),
        click.option("--sector", type=click.Choice(list(SECTORS)), help="Only this sector."),
        click.option("--network", default="", help="Only this network."),
        click.option("--status", type=click.Choice(STATUSES), help="Only this status."),
        click.option("--text", default="", help="Only items with all these words."),
    ):
        command = option(command)
    return command


def _filter(options: dict[str, Any], config: Config) -> ItemFilter:
    opd, known = options["opd"], [*config.policy.opd, UMBRELLA]
    if opd and opd not in known:  # else a slip would look like an empty queue
        raise InputError(f"OPD `{opd}` tidak ada di kebijakan{nearest(opd, known)}")
    return ItemFilter(
        tab=TABS[options["tab"]] if options["tab"] else "",  # type: ignore[arg-type] # choices
        opd=options["opd"],
        sector=options["sector"] or "",
        network=options["network"],
        status=options["status"] or "",
        text=options["text"],
    )


@queue.command("list")
@_filters
@click.option("--limit", default=25, type=click.IntRange(1, 1000), help="How many [default: 25].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.pass_context
def list_items(ctx: click.Context, /, limit: int, as_json: bool, **options: Any) -> None:
    """List items, newest first."""
    config = config_of(ctx)
    wanted = _filter(options, config)
    store = store_of(config)
    try:
        items = store.items(EVERYTHING, wanted, limit=limit)
    finally:
        store.close()
    zone = ZoneInfo(config.city.timezone)
    for item in items:
        if as_json:
            click.echo(_json(as_row(item)))
        else:
            click.echo(_line(item, zone))
    if not items:
        click.echo("Tidak ada yang cocok.", err=True)


@queue.command("show")
@click.argument("item_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(ctx: click.Context, item_id: int, as_json: bool) -> None:
    """Show one item with its reasons and history."""
    config = config_of(ctx)
    store = store_of(config)
    try:
        detail = store.item(EVERYTHING, item_id)
    finally:
        store.close()
    if detail is None:
        raise InputError(f"aduan {item_id} tidak ada")
    if as_json:
        click.echo(_json(_document(detail)))
    else:
        _print(detail, ZoneInfo(config.city.timezone))


@queue.command("export")
@_filters
@click.option(
    "--output",
    type=click.Path(path_type=Path, readable=False, dir_okay=False),
    help="File [stdout].",
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of CSV.")
@click.pass_context
def export(ctx: click.Context, /, output: Path | None, as_json: bool, **options: Any) -> None:
    """Write all matching items as CSV (safe to open in a spreadsheet) or JSON lines."""
    config = config_of(ctx)
    wanted = _filter(options, config)
    store = store_of(config)
    try:
        rows = (as_row(item) for item in store.export(EVERYTHING, wanted))
        text = "".join(f"{_json(row)}\n" for row in rows) if as_json else safe_csv(COLUMNS, rows)
    finally:
        store.close()
    if output is None:
        sys.stdout.write(text)
        return
    # Written beside, synced and renamed: neither a reader nor a power cut leaves half a file.
    part = output.with_name(output.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        reached("export_written")
        part.replace(output)
    except OSError as exc:
        raise InputError(f"{output}: tidak dapat ditulis ({reason(exc)})") from exc


def as_row(item: Item) -> dict[str, Any]:
    """Return an item as plain values, one per column of the export."""
    mention = item.mention
    values = (
        item.id, item.tab, item.status, item.opd, " ".join(item.supporting), item.jenis,
        item.sector, item.sector_confidence, item.kecamatan, item.urgent, item.sensitive,
        mention.network, to_text(mention.posted_at), to_text(mention.seen_at),
        to_text(item.answered_at) if item.answered_at else None, mention.author_handle,
        mention.text, mention.permalink, item.rule, item.decided_by,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _document(detail: ItemDetail) -> dict[str, Any]:
    decision = detail.decision
    return as_row(detail.item) | {
        "because": list(decision.because) if decision else [],
        "top": list(decision.sector.top) if decision and decision.sector else [],
        "history": [
            {"at": to_text(event.at), "actor": event.actor, "kind": event.kind}
            | {"detail": dict(event.detail)}
            for event in detail.history
        ],
        "notes": [
            {"at": to_text(note.at), "by": note.by, "verdict": note.verdict, "why": note.why}
            for note in detail.notes
        ],
        "answers": [
            {"opd": answer.opd, "posted_at": to_text(answer.posted_at), "text": answer.text}
            for answer in detail.answers
        ],
    }


def _print(detail: ItemDetail, zone: ZoneInfo) -> None:
    item = detail.item
    shown = as_row(item) | {
        "tab": TAB_NAMES[item.tab],
        "confidence": None
        if item.sector_confidence is None
        else percent(100 * item.sector_confidence),
        "urgent": "ya" if item.urgent else "tidak",
        "sensitive": "ya" if item.sensitive else "tidak",
        "network": words.NETWORK.get(item.mention.network, item.mention.network),
        "posted_at": moment(item.mention.posted_at, zone),
        "seen_at": moment(item.mention.seen_at, zone),
        "answered_at": item.answered_at and moment(item.answered_at, zone),
        "rule": words.RULES.get(item.rule, item.rule),
    }
    for column, label in LABELS.items():
        click.echo(f"{label:>{WIDTH}}: {_inset(str(shown[column] or '-'))}")
    because = ", ".join(detail.decision.because) if detail.decision else ""
    click.echo(f"{'karena':>{WIDTH}}: {_inset(because or '-')}")
    for answer in detail.answers:
        text = _inset(answer.text)
        click.echo(f"  dijawab {answer.opd} {moment(answer.posted_at, zone)}: {text}")
    for event in detail.history:
        what = f"{words.EVENTS.get(event.kind, event.kind)} {_changes(event)}"
        click.echo(_inset(f"  {moment(event.at, zone)} {event.actor} {what}".rstrip()))


def _changes(event: Event) -> str:
    """Return what an event changed: `Sektor jalan menjadi sampah, Tempat antrean`."""
    detail = event.detail
    parts: list[str] = []
    for field, caption in words.FIELDS.items():
        before = detail.get(f"{field}_from", "")
        after = detail.get(f"{field}_to", detail.get(field, ""))
        if field == "tab":
            before, after = TAB_NAMES.get(before, before), TAB_NAMES.get(after, after)
        if before:
            parts.append(f"{caption} {before} menjadi {after or '-'}")
        elif after:
            parts.append(f"{caption} {after}")
    return ", ".join(parts)


def _json(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _inset(text: str) -> str:
    """Return a text for the terminal, further lines set in so that none passes for one of ours."""
    return clean(text.replace("\r\n", "\n")).replace("\n", "\n" + " " * (WIDTH + 2) + "| ")


def _line(item: Item, zone: ZoneInfo) -> str:
    confidence = "-" if item.sector_confidence is None else percent(100 * item.sector_confidence)
    flags = ("!" if item.urgent else "") + ("*" if item.sensitive else "")
    return (
        f"{item.id:>6} {moment(item.mention.posted_at, zone)} {TAB_NAMES[item.tab]:<10} "
        f"{item.status:<13} {item.opd or '-':<12} {item.sector or '-':<21} {confidence:>5} "
        f"{flags:<2} {one_line(item.mention.text, 100)}"
    )
