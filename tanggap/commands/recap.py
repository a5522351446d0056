"""`tanggap recap`: a month, a week or some days as a workbook and a PDF."""

import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tanggap.clock import from_person, to_text
from tanggap.commands import coverage_statement
from tanggap.commands.install import config_of, store_of
from tanggap.errors import InputError
from tanggap.reasons import reason
from tanggap.recap.figures import FIGURES
from tanggap.recap.material import Recap, read
from tanggap.recap.narrative import narrative
from tanggap.recap.pdf import as_pdf
from tanggap.recap.period import Period, asked_for, judged_at
from tanggap.recap.tables import Row
from tanggap.recap.workbook import as_xlsx
from tanggap.web.captions import Captions
from tanggap.wording import listed

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--month", metavar="YYYY-MM", help="A month [default: the last whole one].")
@click.option("--week", metavar="YYYY-Www", help="A week from Monday on, for example 2026-W43.")
@click.option("--from", "first", type=DAY, metavar="DATE", help="First day, city's zone.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="Last day, included.")
@click.option(
    "--as-of",
    metavar="TIME",
    help="Judge as things stood then, city's zone [default: 14 days after the end, or now].",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, readable=False),
    help="Folder for the two files [default: the present one].",
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables and write no files.")
@click.pass_context
def recap(
    ctx: click.Context,
    month: str | None,
    week: str | None,
    first: datetime | None,
    last: datetime | None,
    as_of: str | None,
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write who was answered, by whom and how soon, as rekap-2026-10.xlsx and .pdf.

    The same figures as the desk's board, and the same on every later run.
    """
    if as_json and (out or force):
        raise click.UsageError("--json tidak menulis berkas; hapus --out dan --force")
    config = config_of(ctx)
    zone, now = ZoneInfo(config.city.timezone), config.clock.now()
    period = asked_for(zone, now, of_month=month, week=week, first=_day(first), last=_day(last))
    moment = judged_at(period, now, _moment(as_of, zone))
    paths = [] if as_json else _places(out or Path(), period, force=force)
    store = store_of(config)
    try:
        found = read(store, config, period, moment)
    finally:
        store.close()
    called = Captions(config.city.name, config.policy).of
    if as_json:
        click.echo(json.dumps(_document(found, called), ensure_ascii=False))
        return
    lines = coverage_statement.lines(found.coverage, zone)
    _write(dict(zip(paths, (as_xlsx(found, called, lines), as_pdf(found, called)), strict=True)))
    for path in paths:
        click.echo(path)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        return from_person(text, zone)
    except ValueError as exc:
        raise InputError(f"--as-of: {exc}") from exc


def _places(folder: Path, period: Period, *, force: bool) -> list[Path]:
    """Return where the files go; raise InputError before any work when they cannot go there."""
    if not folder.is_dir():
        raise InputError(f"{folder}: folder tidak ada; buat dulu, atau pilih --out yang lain")
    paths = [folder / f"rekap-{period.mark}.{form}" for form in ("xlsx", "pdf")]
    there = [path for path in paths if path.exists()]
    if there and not force:
        names = listed([str(path) for path in there])
        raise InputError(f"{names} sudah ada; pakai --force untuk menimpa, atau --out yang lain")
    return paths


def _write(files: Mapping[Path, bytes]) -> None:
    """Write files beside, synced, and rename them: nobody ever reads half of one."""
    for path, body in files.items():
        part = path.with_name(path.name + ".part")
        try:
            with part.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as exc:
            raise InputError(f"{path}: tidak dapat ditulis ({reason(exc)})") from exc


def _document(found: Recap, called: Any) -> dict[str, Any]:
    period, tables = found.period, found.tables
    return {
        "city": found.city,
        "period": _period(period),
        "as_of": to_text(found.as_of),
        "total": _figures(tables.total),
        "before": _period(found.before.period) | {"total": _figures(found.before.total)},
        **{
            group: [{"id": row.key or None} | _figures(row) for row in rows]
            for group, rows in tables.groups.items()
        },
        "first_answers": {kind or "unjudged": count for kind, count in tables.first_answers},
        "longest": [
            {
                "id": one.item_id,
                "opd": one.opd or None,
                "sector": one.sector or None,
                "sensitive": one.sensitive,
                "posted_at": to_text(one.posted_at),
                "age_seconds": int(one.age.total_seconds()),
                "overdue": one.overdue,
            }
            for one in tables.longest
        ],
        "hidden_waits": tables.hidden_waits,
        "received": [
            {
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "received": one.received,
                "answered": one.answered,
            }
            for one in tables.stretches
        ],
        "left_out": {
            "triage": tables.in_triage,
            "aside": tables.aside,
            "came_later": tables.came_later,
        },
        "narrative": list(narrative(found, called)),
        "coverage": coverage_statement.document(found.coverage),
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "name": period.past_name,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "start": to_text(period.span.start),
        "end": to_text(period.span.end),
    }


def _figures(row: Row) -> dict[str, float | None]:
    return {one.name: one.of(row) for one in FIGURES}
