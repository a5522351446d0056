"""What a notice says: plain Indonesian that may stand in a chat group. Pure.

Nothing personal goes into it: no author, no handle, no link of a citizen; of an ordinary urgent
complaint an excerpt in which personal data is masked, of a sensitive or confidential one no word.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tanggap.advice import Case, advised, called, given
from tanggap.advice_words import CONTACTS
from tanggap.mention import UMBRELLA
from tanggap.notify.counts import OpdCounts
from tanggap.personal import DOTS, mask, without_handles
from tanggap.policy import Policy
from tanggap.sectors import caption_of
from tanggap.store.rows import Item
from tanggap.store.rows_deadlines import News, Pressing
from tanggap.store.rows_lists import Counted
from tanggap.untrusted import one_line
from tanggap.wording import length, moment, number, short_moment

AT_MOST = 999
"""Characters of title and text together, so that every chat shows them as one message."""
EXCERPT_AT_MOST = 140
NAME_AT_MOST = 40
OLDEST = 5
LISTED = 20
"""Deadlines that are looked up for one message; fewer fit."""
CLOCKS = {
    "first_answer": "jawaban pertama",
    "verification": "verifikasi",
    "follow_up": "tindak lanjut",
}
CONTACTS_AT_MOST = 3
_LINK = re.compile(r"(?:\w+://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)+/\S*", re.IGNORECASE)
_LOOKED_AT = 3000
"""Letters of a long text, masked before, of which an excerpt is made."""
_LONG_NUMBER = re.compile(r"\d{9,}")
"""Whatever it counts: nobody needs it here, and no rule knows all that name a person."""
_MARKUP = re.compile(r"[<>*_`~|\[\]{}\\]+")
"""What some chat would read as formatting, a link or a call to everybody."""


class Said(NamedTuple):
    """One message."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a city calls things, and where its desk is."""

    city: str
    policy: Policy
    zone: ZoneInfo
    desk: str = ""
    """Address of the review desk without a path; empty: no links."""

    def opd(self, opd: str | None) -> str:
        """Return the short name of an OPD, the city's for none."""
        if opd in (None, "", UMBRELLA):
            return _name(self.city)
        return _name(self.policy.names.get(opd or "", opd or ""))

    def link(self, path: str) -> list[str]:
        """Return the line with a link into the desk; none without an address of it."""
        return [f"{self.desk}{path}"] if self.desk else []

    def where(self, item: Item) -> str:
        """Return sector and kecamatan of an item, as far as they are known."""
        place = self.policy.kecamatan.get(item.kecamatan or "")
        parts = (caption_of(item.sector), f"Kec. {_name(place.name)}" if place else "")
        return ", ".join(filter(None, parts))

    def deadline(self, one: Pressing) -> str:
        """Return an item in a list of deadlines: number, OPD, sector, which clock, by when."""
        item, local = one.item, one.due_at.astimezone(self.zone)
        opd = self.opd(item.opd) if item.opd else ""
        known = "rahasia" if item.confidential else caption_of(item.sector)
        about = ", ".join(filter(None, (f"#{item.id}", opd, known)))
        return f"{about}: {CLOCKS[one.clock]}, batas {short_moment(local, year=False)}"

    def line(self, item: Item, now: datetime) -> str:
        """Return an item in a list: number, sector, kecamatan, age."""
        known = "rahasia" if item.confidential else self.where(item)
        return ", ".join(filter(None, (f"#{item.id}", known, _age(item, now))))


def of_item(
    look: Look, item: Item, notice_id: str, now: datetime, because: Sequence[str] = ()
) -> Said:
    """Return the notice of one urgent or sensitive item; `because`: reasons of its last decision.

    Whom to call tells the kind of danger, so of a sensitive or confidential one it is not said.
    """
    opd, age = look.opd(item.opd), f"Ditulis {_age(item, now)} lalu."
    link = look.link(f"/aduan/{item.id}")
    if item.confidential:
        lines = [f"{age} Isinya hanya di meja Tanggap.", _neutral(look)]
        return _message(f"Aduan rahasia #{item.id}: {opd}", lines, link, notice_id)
    where = f"{look.where(item)}." if look.where(item) else ""
    about = " ".join(filter(None, (where, age)))
    if item.sensitive:
        lines = [f"{about} Isinya hanya di meja Tanggap.", _neutral(look)]
        return _message(f"Aduan sensitif #{item.id}: {opd}", lines, link, notice_id)
    words = excerpt(item.mention.text)
    lines = [about, *([f'"{words}"'] if words else []), *_whom_to_call(look, item, because)]
    return _message(f"Aduan mendesak #{item.id}: {opd}", lines, link, notice_id)


def of_summary(
    look: Look, items: Sequence[Item], notice_id: str, now: datetime, *, again: bool
) -> Said:
    """Return the notice that stands for many at once, oldest first as given.

    `again`: they were read again after a restore, and may have been told of before.
    """
    why = (
        "Basis data dipulihkan dari cadangan; aduan ini dibaca ulang dan mungkin sudah pernah "
        "diberitahukan."
        if again
        else "Pemberitahuan lebih banyak dari batas per jam; ini ringkasannya."
    )
    rows = [look.line(item, now) for item in items]
    title = f"{number(len(items))} aduan mendesak atau sensitif"
    return _message(title, [why], look.link("/antrean?mendesak=1"), notice_id, rows, len(items))


def of_digest(
    look: Look, counts: OpdCounts, oldest: Sequence[Item], notice_id: str, now: datetime
) -> Said:
    """Return the digest of one OPD: counts, and those that wait longest for an answer."""
    rows = [look.line(item, now) for item in oldest[:OLDEST]]
    lines = [_counted(counts), *(["Terlama belum dijawab:"] if rows else [])]
    title = f"Ringkasan {look.opd(counts.opd)}, {moment(now, look.zone)}"
    return _message(title, lines, look.link("/antrean?tab=unanswered"), notice_id, rows, len(rows))


def of_city(
    look: Look, city: OpdCounts, opds: Sequence[OpdCounts], notice_id: str, now: datetime
) -> Said:
    """Return the digest of the supervisors: the city's counts, and those of each OPD."""
    waiting = [one for one in opds if one.unanswered.number]
    waiting.sort(key=lambda one: (-one.late.number, -one.unanswered.number, one.opd))
    rows = [
        f"{look.opd(one.opd)}: {_number(one.unanswered)} belum dijawab, {_number(one.late)} lewat"
        for one in waiting
    ]
    lines = [_counted(city), *(["Per OPD:"] if rows else [])]
    title = f"Ringkasan {look.opd(None)}, {moment(now, look.zone)}"
    return _message(title, lines, look.link("/antrean?tab=unanswered"), notice_id, rows, len(rows))


def of_warning(look: Look, news: News, readers: str, notice_id: str) -> Said:
    """Return the warning of deadlines that are near, the nearest first; `readers`: which OPD's."""
    title = f"{number(news.total)} aduan mendekati batas: {readers}"
    lines = ["Masih bisa tepat waktu:"]
    return _of_deadlines(look, news, title, lines, "", notice_id)


def of_escalation(
    look: Look, news: News, readers: str, notice_id: str, *, late_days: int | None
) -> Said:
    """Return the notice of deadlines that have passed, the earliest first.

    `late_days`: working days since, where it is for the supervisors; None: the OPD's own.
    """
    title = f"{number(news.total)} aduan lewat batas: {readers}"
    since = "" if late_days is None else f", lebih dari {number(late_days)} hari kerja lalu"
    return _of_deadlines(look, news, title, [f"Lewat{since}:"], "?lewat=1", notice_id)


def of_test(look: Look, channel: str, notice_id: str, now: datetime) -> Said:
    """Return the harmless text with which a channel is tried."""
    lines = [
        f"Saluran {channel} tersambung, {moment(now, look.zone)}. Tidak perlu ditindaklanjuti."
    ]
    return _message(f"Uji pemberitahuan Tanggap, {look.opd(None)}", lines, [], notice_id)


def excerpt(text: str) -> str:
    """Return the beginning of a citizen's text as it may leave the desk."""
    hidden = without_handles(mask(text), frozenset())[:_LOOKED_AT]
    hidden = _LONG_NUMBER.sub(DOTS, hidden)
    plain = _MARKUP.sub(" ", _LINK.sub("(tautan)", hidden)).replace('"', "'")
    return one_line(plain, EXCERPT_AT_MOST)


def _neutral(look: Look) -> str:
    number = _name(look.policy.contacts.emergency)
    return f"Bila ada bahaya sekarang: {number}. Langkah pertama ada di meja Tanggap."


def _whom_to_call(look: Look, item: Item, because: Sequence[str]) -> list[str]:
    """Return the line with the contacts for the kind of danger; none where a city gives none."""
    case = Case(item.urgent, item.sensitive, item.sector, because, item.mention.text)
    numbers = look.policy.contacts.model_dump()
    names = called(advised(given(look.policy.advice), case))[:CONTACTS_AT_MOST]
    said = [f"{CONTACTS[name]} {_name(numbers[name])}" for name in names]
    return [f"Bila ada bahaya: {', '.join(said)}."] if said else []


def _message(
    title: str,
    lines: Sequence[str],
    link: Sequence[str],
    notice_id: str,
    rows: Sequence[str] = (),
    total: int = 0,
) -> Said:
    """Put a message together with as many of its `rows` as fit, and how many of `total` do not."""
    end = [*link, f"[#{notice_id}]"]
    shown: list[str] = []
    for row in rows:
        left = total - len(shown) - 1
        rest = [f"dan {number(left)} lagi"] if left else []
        if _length(title, [*lines, *shown, row, *rest, *end]) > AT_MOST:
            break
        shown.append(row)
    left = total - len(shown)
    rest = [f"dan {number(left)} lagi"] if left else []
    return Said(title, "\n".join([*lines, *shown, *rest, *end]))


def _of_deadlines(
    look: Look, news: News, title: str, lines: Sequence[str], query: str, notice_id: str
) -> Said:
    rows = [look.deadline(one) for one in news.items]
    only = news.items[0].item.id if news.total == 1 else None
    link = look.link(f"/aduan/{only}" if only else f"/antrean{query}")
    return _message(title, lines, link, notice_id, rows, news.total)


def _length(title: str, lines: Sequence[str]) -> int:
    return len(title) + sum(len(line) + 1 for line in lines)


def _counted(counts: OpdCounts) -> str:
    said = [
        f"Baru: {_number(counts.new)}.",
        f"Belum dijawab: {_number(counts.unanswered)}.",
        f"Lewat batas jawaban: {_number(counts.late)}.",
    ]
    if counts.unwatched.number:
        said.append(f"Tidak terpantau: {_number(counts.unwatched)}.")
    if counts.sensitive.number:
        said.append(f"Sensitif menunggu: {_number(counts.sensitive)}.")
    return " ".join(said)


def _number(counted: Counted) -> str:
    return number(counted.number) + ("+" if counted.more else "")


def _age(item: Item, now: datetime) -> str:
    return length(max(now - item.clock_started_at, now - now))


def _name(name: str) -> str:
    return one_line(name, NAME_AT_MOST)
