"""`tanggap sources`: how each source is doing and what a person must do."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from tanggap.clock import to_text
from tanggap.commands import coverage_statement
from tanggap.commands.install import config_of, store_of
from tanggap.config import Config
from tanggap.coverage import USUAL_DAYS, Span, begun, days_between, last_days, statement
from tanggap.coverage import month as month_of
from tanggap.errors import InputError
from tanggap.reach import NOT_HURRIED, Reach, reach, token_end, unseen
from tanggap.remedies import remedy
from tanggap.store import Store
from tanggap.store.rows import SourceStatus
from tanggap.turns.spending import request_budgets
from tanggap.wording import day, moment, moments, month_name, number, usd

DAY = click.DateTime(["%Y-%m-%d"])
STATES = {
    "new": "belum pernah",
    "ok": "baik",
    "waiting": "menunggu",
    "backoff": "dicoba lagi",
    "needs_human": "PERLU ORANG",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--poll-now",
    metavar="ID",
    help="Make one source due at once, or `all` but those of instagram_web: haste makes Instagram "
    "suspect the reader's account, so name such a source by its id.",
)
@click.option(
    "--coverage",
    "by_coverage",
    is_flag=True,
    help="Show what was watched and what was not, in the last 30 days or the span asked for.",
)
@click.option("--since", type=DAY, metavar="DATE", help="With --coverage: first day, city's zone.")
@click.option(
    "--until", type=DAY, metavar="DATE", help="With --coverage: last day; today if unset."
)
@click.option("--month", metavar="YYYY-MM", help="With --coverage: a whole month.")
@click.pass_context
def sources(
    ctx: click.Context,
    as_json: bool,
    poll_now: str | None,
    by_coverage: bool,
    since: datetime | None,
    until: datetime | None,
    month: str | None,
) -> int:
    """Show each source: last success, next poll, errors, gaps, budget. Exit 1 if one needs help."""
    config = config_of(ctx)
    if by_coverage:
        if poll_now:
            raise click.UsageError("pakai --poll-now atau --coverage, jangan keduanya")
        _print_coverage(config, _span(config, since, until, month), as_json)
        return 0
    if since or until or month:
        raise click.UsageError("--since, --until dan --month hanya dipakai bersama --coverage")
    store = store_of(config)
    try:
        now = config.clock.now()
        found = store.sources(now)
        if poll_now:
            if poll_now != "all" and poll_now not in {status.spec.id for status in found}:
                raise InputError(f"sumber `{poll_now}` tidak ada; lihat `tanggap sources`")
            for status in found:
                name, network = status.spec.id, status.spec.network
                if name == poll_now or (poll_now == "all" and network not in NOT_HURRIED):
                    store.poll_now(name, now)
            found = store.sources(now)
        if as_json:
            click.echo(json.dumps(_document(config, store, found, now), ensure_ascii=False))
        else:
            _table(config, store, found, now)
    finally:
        store.close()
    return 1 if any(status.state == "needs_human" for status in found) else 0


def _span(
    config: Config, since: datetime | None, until: datetime | None, month: str | None
) -> Span:
    """Return the span that was asked for; the last 30 days when none was."""
    zone, now = ZoneInfo(config.city.timezone), config.clock.now()
    if month:
        if since or until:
            raise click.UsageError("pakai --month, atau --since dan --until, jangan keduanya")
        whole = month_of(month, zone)
        return begun(whole, now, zone, f"bulan {month_name(whole.start, zone)}")
    if not (since or until):
        return last_days(now)
    today = now.astimezone(zone).date()
    if since and since.date() > today:  # before an end that was not asked for is found too early
        return begun(days_between(since.date(), since.date(), zone), now, zone)
    last = until.date() if until else today
    first = since.date() if since else last - timedelta(days=USUAL_DAYS - 1)
    if until and first > today:  # then the beginning was not typed: the end is what is wrong
        raise InputError(f"tanggal akhir {day(last, zone)} belum tiba; hari ini {day(today, zone)}")
    return begun(days_between(first, last, zone), now, zone)


def _print_coverage(config: Config, span: Span, as_json: bool) -> None:
    store = store_of(config)
    try:
        found = statement(store, config, span)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(coverage_statement.document(found), ensure_ascii=False))
        return
    for line in coverage_statement.lines(found, ZoneInfo(config.city.timezone)):
        click.echo(line)


def _document(
    config: Config, store: Store, found: list[SourceStatus], now: datetime
) -> dict[str, object]:
    return {
        "now": to_text(now),
        "sources": [
            {
                "id": status.spec.id,
                "network": status.spec.network,
                "kind": status.spec.kind,
                "accounts": list(status.spec.accounts),
                "handle": status.spec.handle,
                "state": status.state,
                "code": status.held_code or status.code,
                "meaning": _words(status)[0],
                "action": _words(status)[1],
                "detail": status.detail,
                "errors": status.errors,
                "next_poll_at": to_text(max(status.next_poll_at, status.held_until or now)),
                "last_attempt_at": _text(status.last_attempt_at),
                "last_success_at": _text(status.last_success_at),
                "held_until": _text(status.held_until),
                "token_ends_at": _text(status.token_ends_at),
                "accepted": status.accepted,
                "quarantined": status.quarantined,
                "gaps": [
                    {"start": to_text(gap.start), "end": to_text(gap.end), "reason": gap.reason}
                    for gap in status.gaps
                ],
            }
            for status in found
        ],
        "networks": {
            name: {
                "enabled": part.on,
                "accounts": dict(part.accounts),
                "unconnected": list(part.unconnected),
                "unseen": unseen(config, name) if part.on else [],
            }
            for name, part in reach(config).items()
        },
        "usage": {"x": asdict(store.usage("x", now, config.x.prices))},
        "requests": request_budgets(config, store, found, now),
        "alarms": [
            {"code": alarm.code, "detail": alarm.detail, "since": to_text(alarm.since)}
            for alarm in store.alarms()
        ],
    }


def _table(config: Config, store: Store, found: list[SourceStatus], now: datetime) -> None:
    zone = ZoneInfo(config.city.timezone)
    for alarm in store.alarms():
        words = remedy(alarm.code)
        said = f"ALARM {words.meaning} {words.action} {alarm.detail}".rstrip()
        click.echo(f"{said} (sejak {moment(alarm.since, zone)})")
    width = max((len(status.spec.id) for status in found), default=0)
    for words_of, those in _by_cause(found):
        if words_of:
            click.echo(words_of)
        indent = "  " if words_of else ""
        for status in those:
            for line in _lines(status, width, zone, now):
                click.echo(indent + line)
    if not found:
        click.echo("Belum ada sumber. Nyalakan satu jaringan, lalu jalankan `tanggap run`.")
    for status in found:
        if status.spec.kind == "token" and (status.last_success_at or status.token_ends_at):
            at = status.token_ends_at
            on = f" ({moment(at, zone)})" if at else ""
            click.echo(f"Token Meta: {token_end(at, now).words}{on}")
    for part in reach(config).values():
        click.echo(_reach_line(part))
    if config.x.enabled:
        usage = store.usage("x", now, config.x.prices)
        click.echo(
            f"X: {number(usage.day_reads)} baca hari ini UTC (batas "
            f"{number(config.x.daily_read_limit)}), {number(usage.month_reads)} bulan ini (batas "
            f"{number(config.x.monthly_read_limit)}), {usd(usage.month_usd)}, perkiraan sebulan "
            f"{usd(usage.forecast_usd)} ({number(usage.forecast_reads)} baca)"
        )
    for scope, budget in request_budgets(config, store, found, now).items():
        click.echo(
            f"Permintaan {scope}: {number(budget['hour'])} jam ini (batas "
            f"{number(budget['hour_limit'])}), {number(budget['day'])} hari ini UTC (batas "
            f"{number(budget['day_limit'])})"
        )


def _by_cause(found: list[SourceStatus]) -> list[tuple[str, list[SourceStatus]]]:
    """Group sources by what is said of them, the worst first and those that are well last."""
    grouped: dict[str, list[SourceStatus]] = {}
    for status in found:
        grouped.setdefault(" ".join(_words(status)).strip(), []).append(status)
    worst = [*STATES][::-1]
    return sorted(
        grouped.items(),
        key=lambda group: (not group[0], min(worst.index(one.state) for one in group[1])),
    )


def _lines(status: SourceStatus, width: int, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """Yield a source's line and, indented, what it has missed."""
    resting = status.held_until and status.state in ("ok", "new")
    state = STATES["waiting" if resting else status.state]
    last = status.last_success_at
    when = moment(last, zone) if last else "belum pernah"
    due = max(status.next_poll_at, status.held_until or now)
    soon = moment(due, zone) if due > now else "segera"
    yield (
        f"{status.spec.id:<{width}}  {state:<12}  terakhir {when:<21}  "
        f"berikut {soon:<21}  masuk {number(status.accepted)}"
    )
    for gap in status.gaps[:3]:
        yield f"    celah {moments(gap.start, gap.end, zone)}: {remedy(gap.reason).meaning}"
    if status.quarantined:
        yield f"    karantina: {number(status.quarantined)} data"


def _reach_line(part: Reach) -> str:
    if not part.on:
        return f"{part.way.title}: mati ({part.network}.enabled = false), tidak terpantau"
    missing = ", ".join(part.unconnected)
    more = f"; belum tersambung: {missing}" if missing else ""
    return f"{part.way.title}: {len(part.accounts)} akun{more}"


def _words(status: SourceStatus) -> tuple[str, str]:
    code = status.held_code or status.code
    if not code:
        return "", ""
    words = remedy(code)
    return words.meaning, words.action


def _text(at: datetime | None) -> str | None:
    return to_text(at) if at else None
