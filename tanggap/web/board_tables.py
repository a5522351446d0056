"""The tables of the boards: their columns, for the page and for the files, and the files' rows."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date

from tanggap.boards import Score, Topic, Waiting
from tanggap.language import gettext as _
from tanggap.language import locale
from tanggap.mention import Engagement
from tanggap.personal import mask
from tanggap.sheet import Column, Table
from tanggap.store.rows_answers import AnswerFacts
from tanggap.store.rows_boards import OwnPost
from tanggap.web import words
from tanggap.web.captions import Captions, network_name, sector_name, status_name

UNKNOWN = "–"
"""What stands for a number that nobody knows, where an empty cell would be taken for none."""
WAITING = (
    Column("opd", "OPD", width=30),
    Column("waiting", "Belum dijawab", "number"),
    Column("overdue", "Lewat batas", "number"),
    Column("citizens", "Warga", "number"),
)
WAITING_ITEMS = (
    Column("id", "Nomor", "number", 8),
    Column("opd", "OPD", width=24),
    Column("network", "Jaringan"),
    Column("sector", "Sektor", width=22),
    Column("kecamatan", "Kecamatan", width=18),
    Column("posted_at", "Ditulis", "moment", 17),
    Column("seen_at", "Terlihat", "moment", 17),
    Column("judged_by", "Batas jawaban", "moment", 17),
    Column("state", "Jawaban pertama"),
)
LEAGUE = (
    Column("opd", "OPD", width=30),
    Column("share_in_time", "Tepat waktu", "share"),
    Column("median_minutes", "Median (jam kerja)", "hours"),
    Column("p90_minutes", "9 dari 10 dalam (jam kerja)", "hours"),
    Column("median_elapsed", "Median (jam)", "hours"),
    Column("median_substantive", "Sampai substantif (jam kerja)", "hours"),
    Column("received", "Diterima", "number"),
    Column("answered", "Dijawab", "number"),
    Column("substantive", "Dijawab substantif", "number"),
    Column("thanked", "Warga berterima kasih", "number"),
    Column("by_others", "Dijawab akun lain", "number"),
    Column("by_hand", "Dicatat manual", "number"),
    Column("waiting", "Belum", "number"),
    Column("late", "Lewat batas", "number"),
    Column("unwatched", "Tidak terpantau", "number"),
    Column("elsewhere", "Bukan urusannya", "number"),
)
"""Names are fields of `tanggap.boards.Score`."""
_REACTIONS = (
    Column("likes", "Suka", "number"),
    Column("comments", "Komentar", "number"),
    Column("shares", "Dibagikan", "number"),
)
TOPICS = (
    Column("id", "Nomor", "number", 8),
    Column("incident", "Insiden", width=40),
    Column("opd", "OPD", width=24),
    Column("sector", "Sektor", width=22),
    Column("kecamatan", "Kecamatan", width=18),
    Column("network", "Jaringan"),
    Column("posted_at", "Ditulis", "moment", 17),
    Column("status", "Status"),
    Column("citizens", "Warga", "number"),
    *_REACTIONS,
    Column("weight", "Bobot", "number"),
)
OWN = (
    Column("opd", "OPD", width=24),
    Column("network", "Jaringan"),
    Column("posted_at", "Diunggah", "moment", 17),
    Column("text", "Unggahan", width=70, wrapped=True),
    Column("permalink", "Tautan", width=40),
    Column("below", "Aduan di bawahnya", "number"),
    Column("waiting", "Belum dijawab", "number"),
    Column("reactions", "Tanggapan", "number"),
    *_REACTIONS,
)


def waiting_table(found: Iterable[Waiting], captions: Captions) -> Table:
    """Return how many each OPD has not answered."""
    rows = [(captions.opd(one.opd), len(one.items), one.overdue, one.citizens) for one in found]
    return Table(_("Belum dijawab OPD"), WAITING, rows)


def waiting_items_table(found: Iterable[Waiting], captions: Captions) -> Table:
    """Return each item that waits for a first answer, by number: no words, no persons.

    The OPD with the most overdue first, and of each the oldest, as on the page. A confidential one
    is left out: no file holds it unasked. Of a sensitive one the number and the deadline alone: by
    network, matter, place and minute its public post would be found.
    """
    rows = [
        (
            item.facts.item_id,
            captions.opd(one.opd),
            *(_where(item.facts, captions) if not item.facts.sensitive else [None] * 5),
            item.first.judged_by,
            _(words.CLOCK_STATES[item.first.state]),
        )
        for one in found
        for item in one.items
        if not item.facts.confidential
    ]
    return Table(_("Belum dijawab, tiap aduan"), WAITING_ITEMS, rows)


def _where(facts: AnswerFacts, captions: Captions) -> Sequence[Any]:
    """Return where and when something was written, and of what."""
    return (
        network_name(facts.network),
        sector_name(facts.sector) if facts.sector else None,
        captions.kecamatan(facts.kecamatan) if facts.kecamatan else None,
        facts.posted_at,
        facts.seen_at,
    )


def league_table(found: Iterable[tuple[str, Score]], total: Score, captions: Captions) -> Table:
    """Return how soon each OPD answers, and all of them together in the last row."""
    named = [(captions.opd(opd), one) for opd, one in found] + [(_("Semua"), total)]
    rows = [(name, *(getattr(one, column.name) for column in LEAGUE[1:])) for name, one in named]
    return Table(_("Kecepatan jawaban"), LEAGUE, rows)


def topics_table(found: Iterable[Topic], captions: Captions) -> Table:
    """Return what is talked about most, by number: no citizen's words leave the desk here."""
    rows = [
        (
            one.lead.id,
            one.incident.title if one.incident else None,
            captions.opd(one.lead.opd) if one.lead.opd else None,
            sector_name(one.lead.sector) if one.lead.sector else None,
            captions.kecamatan(one.lead.kecamatan) if one.lead.kecamatan else None,
            network_name(one.lead.mention.network),
            one.lead.mention.posted_at,
            status_name(one.lead.status),
            one.citizens,
            *_reactions(one.engagement),
            one.weight,
        )
        for one in found
    ]
    return Table(_("Ramai dibicarakan"), TOPICS, rows)


def own_table(found: Iterable[OwnPost], captions: Captions) -> Table:
    """Return the OPD's own posts with what stands under them."""
    rows = [
        (
            captions.opd(one.opd),
            network_name(one.network),
            one.posted_at,
            mask(one.text),
            one.permalink,
            one.below,
            one.waiting,
            one.engagement.total if one.engagement else None,
            *_reactions(one.engagement),
        )
        for one in found
    ]
    return Table(_("Unggahan OPD"), OWN, rows)


def trend_table(
    group: str,
    weeks: Sequence[date],
    found: Iterable[tuple[str, Sequence[int | None]]],
    captions: Captions,
) -> Table:
    """Return what came in in each week, by sector, network or kecamatan; None: not watched."""
    caption = words.NARROWED[group]
    columns = [Column(group, caption, width=24)]
    columns += [Column(week.isoformat(), week_name(week), "number") for week in weeks]
    rows = [(group_name(name, group, captions), *numbers) for name, numbers in found]
    return Table(_("Tren tiap minggu"), columns, rows, unknown=UNKNOWN)


def week_name(week: date) -> str:
    """Return how a week is headed: its Monday, `16 Nov`."""
    return str(format_date(week, "d MMM", locale=locale()))


def group_name(name: str, group: str, captions: Captions) -> str:
    """Return what a row of the trend is called."""
    field = {"sektor": "sector", "jaringan": "network"}.get(group, group)
    return captions.of(name, field) if name else _("tidak diketahui")


def _reactions(told: Engagement | None) -> tuple[int | None, int | None, int | None]:
    return (told.likes, told.comments, told.shares) if told else (None, None, None)
