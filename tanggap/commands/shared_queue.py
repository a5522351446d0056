"""`tanggap queue`: the shared queue from a terminal."""

import os
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tanggap.clock import to_text
from tanggap.commands.install import config_of, store_of
from tanggap.config import Config
from tanggap.errors import InputError
from tanggap.export import NAMES, Words, as_csv, as_json_lines, as_row, as_xlsx, json_line
from tanggap.killpoints import reached
from tanggap.mention import STATUSES, UMBRELLA
from tanggap.near_words import nearest
from tanggap.personal import mask, without_handles
from tanggap.reasons import reason
from tanggap.sectors import SECTORS
from tanggap.store import write_datasette
from tanggap.store.rows import EVERYTHING, Event, Item, ItemDetail, ItemFilter
from tanggap.untrusted import clean, one_line
from tanggap.web import words
from tanggap.web.captions import Captions
from tanggap.wording import moment, percent

TABS = {"triase": "triage", "antrean": "queue", "disisihkan": "aside", "sensitif": "sensitive"}
TAB_NAMES: dict[str, str] = {tab: name for name, tab in TABS.items()}
LABELS = dict(zip(NAMES, (
    "nomor", "tempat", "status", "OPD", "pendukung", "jenis", "sektor", "keyakinan", "kecamatan",
    "mendesak", "sensitif", "jaringan", "ditulis", "diambil", "dijawab", "penulis", "isi",
    "tautan", "alasan", "diputuskan", "rahasia",
), strict=True))  # fmt: skip
"""Column to what `show` calls it."""
WIDTH = max(map(len, LABELS.values())) + 4


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


def _open(command: Any) -> Any:
    return click.option(
        "--unmasked", is_flag=True, help="Leave personal data (NIK, telephones, ...) readable."
    )(command)


def _words(unmasked: bool) -> Words:
    return str if unmasked else mask


def _shared_words(config: Config) -> Words:
    """Return what becomes of texts in a copy made to be shared: the city's own accounts stay."""
    tables = (config.x, config.facebook, config.instagram, config.instagram_web)
    own = frozenset(name.lower() for table in tables for name in table.accounts.values())
    return lambda text: without_handles(mask(text), own)


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
@_open
@click.pass_context
def list_items(
    ctx: click.Context, /, limit: int, as_json: bool, unmasked: bool, **options: Any
) -> None:
    """List items, newest first, with personal data masked."""
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
            click.echo(json_line(as_row(item, _words(unmasked))))
        else:
            click.echo(_line(item, zone, _words(unmasked)))
    if not items:
        click.echo("Tidak ada yang cocok.", err=True)


@queue.command("show")
@click.argument("item_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_open
@click.pass_context
def show(ctx: click.Context, item_id: int, as_json: bool, unmasked: bool) -> None:
    """Show one item with its reasons and history, personal data masked."""
    config = config_of(ctx)
    store = store_of(config)
    try:
        detail = store.item(EVERYTHING, item_id)
    finally:
        store.close()
    if detail is None:
        raise InputError(f"aduan {item_id} tidak ada")
    if as_json:
        click.echo(json_line(_document(detail, _words(unmasked))))
    else:
        _print(detail, ZoneInfo(config.city.timezone), _words(unmasked))


@queue.command("export")
@_filters
@click.option(
    "--output",
    type=click.Path(path_type=Path, readable=False, dir_okay=False),
    help="File [stdout].",
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of CSV.")
@click.option("--xlsx", is_flag=True, help="A workbook instead of CSV; needs --output.")
@click.option(
    "--datasette",
    type=click.Path(path_type=Path, readable=False, dir_okay=False),
    help="A new SQLite file for Datasette, without accounts of persons; names in texts stay.",
)
@_open
@click.option("--confidential", is_flag=True, help="With the items marked confidential (rahasia).")
@click.pass_context
def export(
    ctx: click.Context,
    /,
    output: Path | None,
    as_json: bool,
    xlsx: bool,
    datasette: Path | None,
    unmasked: bool,
    confidential: bool,
    **options: Any,
) -> None:
    """Write all matching items as CSV, XLSX, JSON lines or a file for Datasette.

    Personal data in what citizens wrote is masked; spreadsheets find no formula.
    """
    if as_json + xlsx + bool(datasette) > 1:
        raise click.UsageError("pilih satu saja: --json, --xlsx, atau --datasette")
    if datasette and output:
        raise click.UsageError("--datasette sudah menyebut berkasnya; hapus --output")
    if datasette and (unmasked or confidential):
        raise click.UsageError(
            "--unmasked dan --confidential tidak berlaku untuk --datasette, salinan untuk dibagikan"
        )
    if xlsx and output is None:
        raise click.UsageError("--xlsx perlu --output BERKAS.xlsx: buku kerja bukan teks")
    config = config_of(ctx)
    wanted = _filter(options, config)
    store = store_of(config)
    try:
        words_of = _shared_words(config) if datasette else _words(unmasked)
        found = store.export(EVERYTHING, wanted, confidential=confidential)
        rows = (as_row(item, words_of) for item in found)
        if datasette:
            count = write_datasette(datasette, rows)
            click.echo(f"{count} aduan ditulis ke {datasette}", err=True)
            return
        if xlsx:
            called = Captions(config.city.name, config.policy).of
            zone = ZoneInfo(config.city.timezone)
            body = as_xlsx(rows, zone, config.clock.now(), called)
        else:
            body = as_json_lines(rows) if as_json else as_csv(rows)
    finally:
        store.close()
    if output is None:
        sys.stdout.write(body.decode())
        return
    # Written beside, synced and renamed: neither a reader nor a power cut leaves half a file.
    part = output.with_name(output.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        reached("export_written")
        part.replace(output)
    except OSError as exc:
        raise InputError(f"{output}: tidak dapat ditulis ({reason(exc)})") from exc


def _document(detail: ItemDetail, words_of: Words) -> dict[str, Any]:
    decision = detail.decision
    return as_row(detail.item, words_of) | {
        "because": [words_of(one) for one in decision.because] if decision else [],
        "top": list(decision.sector.top) if decision and decision.sector else [],
        "history": [
            {"at": to_text(event.at), "actor": event.actor, "kind": event.kind}
            | {"detail": dict(event.detail)}
            for event in detail.history
        ],
        "notes": [
            {"at": to_text(note.at), "by": note.by, "verdict": note.verdict}
            | {"why": words_of(note.why)}
            for note in detail.notes
        ],
        "answers": [
            {"opd": answer.opd, "posted_at": to_text(answer.posted_at)}
            | {"text": words_of(answer.text)}
            for answer in detail.answers
        ],
    }


def _print(detail: ItemDetail, zone: ZoneInfo, words_of: Words) -> None:
    item = detail.item
    shown = as_row(item, words_of) | {
        "tab": TAB_NAMES[item.tab],
        "confidence": None
        if item.sector_confidence is None
        else percent(100 * item.sector_confidence),
        "urgent": "ya" if item.urgent else "tidak",
        "sensitive": "ya" if item.sensitive else "tidak",
        "confidential": "ya" if item.confidential else "tidak",
        "network": words.NETWORK.get(item.mention.network, item.mention.network),
        "posted_at": moment(item.mention.posted_at, zone),
        "seen_at": moment(item.mention.seen_at, zone),
        "answered_at": item.answered_at and moment(item.answered_at, zone),
        "rule": words.RULES.get(item.rule, item.rule),
    }
    for column, label in LABELS.items():
        click.echo(f"{label:>{WIDTH}}: {_inset(str(shown[column] or '-'))}")
    because = ", ".join(map(words_of, detail.decision.because)) if detail.decision else ""
    click.echo(f"{'karena':>{WIDTH}}: {_inset(because or '-')}")
    for answer in detail.answers:
        text = _inset(words_of(answer.text))
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


def _inset(text: str) -> str:
    """Return a text for the terminal, further lines set in so that none passes for one of ours."""
    return clean(text.replace("\r\n", "\n")).replace("\n", "\n" + " " * (WIDTH + 2) + "| ")


def _line(item: Item, zone: ZoneInfo, words_of: Words) -> str:
    confidence = "-" if item.sector_confidence is None else percent(100 * item.sector_confidence)
    flags = ("!" if item.urgent else "") + ("*" if item.sensitive else "")
    return (
        f"{item.id:>6} {moment(item.mention.posted_at, zone)} {TAB_NAMES[item.tab]:<10} "
        f"{item.status:<13} {item.opd or '-':<12} {item.sector or '-':<21} {confidence:>5} "
        f"{flags:<2} {one_line(words_of(item.mention.text), 100)}"
    )
