"""`tanggap notice`: what waits in the outbox, was sent or is dead, and a try of a channel."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from tanggap.clock import to_text
from tanggap.commands.install import config_of, store_of
from tanggap.config import Config
from tanggap.errors import InputError
from tanggap.near_words import nearest
from tanggap.notice_settings import not_taken, variable_of
from tanggap.notice_words import CODES, KINDS, NOT_SENT, STATES
from tanggap.notify.apprise_wire import addresses
from tanggap.notify.material import look_of
from tanggap.notify.refusal import REFUSALS
from tanggap.notify.render import of_test
from tanggap.store import Store
from tanggap.store.rows_outbox import NEEDS_PERSON, ChannelStatus, Notice, NoticeState
from tanggap.wording import moment

SENT_SHOWN = 20


@click.group()
def notice() -> None:
    """Look after the notices: list them, send dead ones again, try a channel."""


@notice.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_notices(ctx: click.Context, as_json: bool) -> int:
    """List channels, and notices that wait, were sent lately or are dead. Exit 1 if one needs help.

    A channel that fails and a dead notice need help.
    """
    config = config_of(ctx)
    store = store_of(config)
    try:
        channels = store.notice_channels(config.clock.now())
        found: dict[NoticeState, list[Notice]] = {
            "waiting": store.notices("waiting"),
            "sent": store.notices("sent", SENT_SHOWN),
            "dead": store.notices("dead"),
        }
    finally:
        store.close()
    if as_json:
        document: dict[str, object] = {
            "channels": [_channel_as_dict(one) for one in channels],
            "not_taken": not_taken(config.notices, [one.channel.id for one in channels]),
        }
        for state, notices in found.items():
            document[state] = [_as_dict(one) for one in notices]
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        _print(config, channels, found)
    return 1 if any(one.failing_since or one.dead for one in channels) else 0


def _print(
    config: Config, channels: list[ChannelStatus], found: dict[NoticeState, list[Notice]]
) -> None:
    zone = ZoneInfo(config.city.timezone)
    missing = not_taken(config.notices, [one.channel.id for one in channels])
    if missing:
        click.echo(
            f"Belum diambil daemon: {', '.join(missing)}; jalankan `tanggap run`, atau muat ulang "
            "daemon yang sudah berjalan.",
            err=True,
        )
    elif not channels:
        click.echo("Belum ada saluran; tambahkan [[notice]] di konfigurasi.", err=True)
    for channel in channels:
        since = channel.failing_since
        said = f"gagal sejak {moment(since, zone)} ({_words(channel.code)})" if since else "baik"
        click.echo(
            f"saluran\t{channel.channel.id}\t{said}\t{channel.waiting} menunggu\t"
            f"{channel.dead} batal"
        )
    for notices in found.values():
        for one in notices:
            at = one.sent_at or one.due_at
            about = f"#{one.item_id}" if one.item_id else ""
            kind = KINDS.get(one.kind, one.kind)
            click.echo(
                "\t".join(
                    (
                        *(_state(one), one.notice_id, one.channel, kind, about),
                        *(moment(at, zone), f"{one.attempts} kali gagal", _words(one.code)),
                    )
                )
            )


def _state(one: Notice) -> str:
    # Only what was given up is dead to a person; the rest had nothing to tell any more.
    return NOT_SENT if one.state == "dead" and one.code not in NEEDS_PERSON else STATES[one.state]


def _words(code: str) -> str:
    return CODES.get(code, code)


def _channel_as_dict(one: ChannelStatus) -> dict[str, object]:
    return {
        "id": one.channel.id,
        "opd": list(one.channel.opds),
        "everything": one.channel.everything,
        "kinds": list(one.channel.kinds),
        "failing_since": to_text(one.failing_since) if one.failing_since else None,
        "failures": one.failures,
        "next_try_at": to_text(one.next_try_at) if one.next_try_at else None,
        "code": one.code,
        "waiting": one.waiting,
        "dead": one.dead,
    }


def _as_dict(one: Notice) -> dict[str, object]:
    return {
        "id": one.notice_id,
        "channel": one.channel,
        "kind": one.kind,
        "item": one.item_id,
        "created_at": to_text(one.created_at),
        "due_at": to_text(one.due_at),
        "attempts": one.attempts,
        "next_try_at": to_text(one.next_try_at) if one.next_try_at else None,
        "code": one.code,
        "sent_at": to_text(one.sent_at) if one.sent_at else None,
    }


@notice.command("retry")
@click.argument("notice_id", metavar="ID", required=False)
@click.option("--dead", is_flag=True, help="All that were given up.")
@click.pass_context
def retry(ctx: click.Context, notice_id: str | None, dead: bool) -> None:
    """Have a notice tried at once, whether it waits or is dead; the daemon sends it."""
    _do(ctx, notice_id, dead, lambda store: store.retry_notices, "dicoba lagi oleh daemon")


@notice.command("drop")
@click.argument("notice_id", metavar="ID", required=False)
@click.option("--dead", is_flag=True, help="All that were given up: they are taken as seen.")
@click.pass_context
def drop(ctx: click.Context, notice_id: str | None, dead: bool) -> None:
    """Give up a notice that waits, or take dead ones as seen, so that their alarm ends."""
    _do(ctx, notice_id, dead, lambda store: store.drop_notices, "dibatalkan")


def _do(
    ctx: click.Context,
    notice_id: str | None,
    dead: bool,
    act_of: Callable[[Store], Callable[[str | None, datetime], int]],
    done: str,
) -> None:
    """Do an act on one notice, or on all dead ones, and say on how many it was `done`."""
    config = config_of(ctx)
    if bool(notice_id) == dead:
        raise click.UsageError("sebut satu ID, atau pakai --dead")
    chosen = notice_id.strip("[]#") if notice_id else None
    store = store_of(config)
    try:
        number = act_of(store)(chosen, config.clock.now())
    finally:
        store.close()
    if chosen is not None and not number:
        raise InputError(
            f"pemberitahuan {chosen!r} tidak ada, sudah terkirim, atau ikut dalam gabungan; "
            "lihat `tanggap notice list`"
        )
    click.echo(f"{number} pemberitahuan {done}.", err=True)


@notice.command("test")
@click.argument("channel")
@click.pass_context
def try_channel(ctx: click.Context, channel: str) -> int:
    """Send a harmless text to CHANNEL now, past the outbox. Exit 1 if an address refuses it.

    Says of each that does why, and what to do.
    """
    config = config_of(ctx, secrets=True)
    known = [one.id for one in config.notices]
    if channel not in known:
        there = f"; yang ada: {', '.join(known)}" if known else "; tambahkan [[notice]]"
        raise InputError(f"saluran {channel!r} tidak ada{nearest(channel, known)}{there}")
    url = config.notice_urls[channel].get_secret_value()
    variable = variable_of(channel)
    if not url:
        raise InputError(f"alamat saluran belum ada; isi {variable} atau {variable}_FILE")
    targets = addresses(url)
    if not targets:
        raise InputError(f"alamat di {variable} tidak dikenal Apprise; lihat docs/notices.md")
    name = secrets.token_hex(3)
    said = of_test(look_of(config), channel, name, config.clock.now())
    refused = 0
    for at, target in enumerate(targets, start=1):
        why = target.tried(said, name)
        if why is None:
            continue
        refused += 1
        code, number = why
        told = f" ({number})" if number else ""
        click.echo(
            f"Alamat {at} dari {len(targets)} ({target.service}) tidak menerima{told}: "
            f"{REFUSALS[code]}.",
            err=True,
        )
    taken = len(targets) - refused
    click.echo(f"{taken} dari {len(targets)} alamat menerima pesan uji [#{name}].", err=True)
    return 1 if refused else 0
