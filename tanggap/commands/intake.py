"""`tanggap intake`: complaints of other channels from a CSV file into the same queue."""

import hashlib
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import click

import daemon
from collectors import NETWORKS
from tanggap.clock import from_person
from tanggap.commands.install import config_of, store_of
from tanggap.config import Config
from tanggap.csv_file import read_csv
from tanggap.errors import InputError
from tanggap.mention import UMBRELLA, Mention
from tanggap.notice_settings import not_taken
from tanggap.remedies import remedy
from tanggap.upkeep.model import load_model
from tanggap.upkeep.notices import sync_channels
from tanggap.wording import number

KNOWN = ("id", "posted_at", "author", "mentioned_opd", "parent_text", "permalink")
CHANNEL = re.compile(r"[a-z][a-z0-9_-]{1,30}")
RESERVED = {*NETWORKS, "facebook", "instagram"}
"""Names under which collectors store, or will store, what they fetch."""
MAX_PROBLEMS = 10
NAMES = {"queue": "antrean", "triage": "triase", "aside": "disisihkan", "answer": "jawaban",
         "sensitive": "sensitif"}  # fmt: skip
"""What a person calls a route or lane; JSON keeps the route."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option("--channel", default="intake", help="Name of the channel [default: intake].")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_context
def intake(ctx: click.Context, file: Path, channel: str, as_json: bool) -> None:
    """Take the rows of FILE (CSV with a column `text`) into the queue: all of them or none.

    Further columns: id, posted_at, author, mentioned_opd, parent_text, permalink. The same file
    twice is harmless: a row without an id is known by its content. Other columns are left out.
    """
    config = config_of(ctx)
    if not CHANNEL.fullmatch(channel) or channel in RESERVED:
        raise InputError(
            "--channel: tulis 2 sampai 31 huruf kecil, angka, _ atau -, diawali huruf, dan bukan "
            f"nama jaringan ({', '.join(sorted(RESERVED))})"
        )
    mentions = read_mentions(file, channel, config)
    store = store_of(config)
    try:
        now = config.clock.now()
        loaded = load_model(store, config)
        if loaded.problem is not None:
            click.echo(f"{remedy('model').meaning} {loaded.problem}", err=True)
        if not_taken(config.notices, [one.channel.id for one in store.notice_channels(now)]):
            # Before the first daemon nobody would be told of what is urgent here.
            sync_channels(store, config, now, alone=False)
        decided = daemon.decide(store, loaded.classifier, config.policy, mentions)
        accepted = store.intake(mentions, decided, actor="intake", now=now)
        store.index_text(len(mentions))
    finally:
        store.close()
    routes = dict(accepted.routes or {})
    if as_json:
        summary = {"rows": len(mentions), "new": accepted.new, "repeated": accepted.repeated}
        summary["sensitive"] = accepted.sensitive
        click.echo(json.dumps({**summary, "routes": routes}))
    else:
        # What is sensitive is triage to the router, and a lane of its own to people.
        lanes = Counter(routes)
        lanes.subtract({"triage": accepted.sensitive, "sensitive": -accepted.sensitive})
        counted = [f"{NAMES.get(name, name)} {number(n)}" for name, n in sorted(lanes.items()) if n]
        parts = ", ".join(counted) or "-"
        click.echo(
            f"{number(len(mentions))} baris: {number(accepted.new)} baru ({parts}), "
            f"{number(accepted.repeated)} sudah ada"
        )


def read_mentions(file: Path, channel: str, config: Config) -> list[Mention]:
    """Return the rows as mentions; raise InputError naming up to ten faulty lines."""
    rows = read_csv(
        file, required=["text"], known=KNOWN, warn=lambda line: click.echo(line, err=True)
    )
    zone = ZoneInfo(config.city.timezone)
    now = config.clock.now()
    problems: list[str] = []
    mentions: dict[str, Mention] = {}
    for line, row in enumerate(rows, start=1):
        try:
            mention = _mention(row, channel, config, zone, now)
        except ValueError as exc:
            problems.append(f"{file}: baris data ke-{line}: {exc}")
            continue
        mentions.setdefault(mention.network_id, mention)
    if problems:
        more = len(problems) - MAX_PROBLEMS
        tail = [f"... dan {more} baris lagi"] if more > 0 else []
        raise InputError("\n".join([*problems[:MAX_PROBLEMS], *tail, "Tidak ada yang dimasukkan."]))
    return list(mentions.values())


def _mention(
    row: dict[str, str], channel: str, config: Config, zone: ZoneInfo, now: datetime
) -> Mention:
    text = row["text"]
    if not text:
        msg = "kolom `text` kosong"
        raise ValueError(msg)
    opd = row.get("mentioned_opd", "")
    if opd and opd != UMBRELLA and opd not in config.policy.opd:
        msg = f"mentioned_opd `{opd}` tidak ada di kebijakan"
        raise ValueError(msg)
    posted_at = _moment(row.get("posted_at", ""), zone, now)
    if posted_at > now + timedelta(days=1):
        msg = f"posted_at {row['posted_at']!r} di masa depan"
        raise ValueError(msg)
    permalink = row.get("permalink") or None
    if permalink and urlsplit(permalink).scheme not in ("http", "https"):
        msg = "permalink harus diawali http:// atau https://"
        raise ValueError(msg)
    content = "\x1f".join((channel, row.get("posted_at", ""), row.get("author", ""), text))
    return Mention(
        network=channel,
        network_id=row.get("id") or hashlib.sha256(content.encode()).hexdigest()[:24],
        kind="intake",
        text=text,
        posted_at=posted_at,
        seen_at=now,
        author_handle=row.get("author") or None,
        addressed=(opd,) if opd else (),
        parent_text=row.get("parent_text") or None,
        permalink=permalink,
        revision=hashlib.sha256(text.encode()).hexdigest()[:12],
        raw=json.dumps(row, ensure_ascii=False),
    )


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Read a time; without a zone it is the city's. An empty one is now."""
    if not text:
        return now
    try:
        return from_person(text, zone)
    except ValueError as exc:
        msg = f"posted_at {exc}"
        raise ValueError(msg) from exc
