"""What a notice is written from, read when it is sent: what was erased or hidden since stays so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tanggap.config import Config
from tanggap.mention import CLOSED
from tanggap.notice_settings import NoticeSettings
from tanggap.notify import render
from tanggap.notify.counts import standing
from tanggap.notify.render import Look, Said
from tanggap.notify.timing import opd_of
from tanggap.store import Store
from tanggap.store.rows import ItemDetail
from tanggap.store.rows_outbox import Notice, NoticeChannel

NAMED = 3
"""OPD of a channel that the title of a message names."""


def channel_of(settings: NoticeSettings) -> NoticeChannel:
    """Return what a channel is told, as the store keeps it."""
    return NoticeChannel(settings.id, settings.opd, bool(settings.role), settings.kinds)


def look_of(config: Config) -> Look:
    """Return what the city calls things, and where its desk is."""
    zone = ZoneInfo(config.city.timezone)
    return Look(config.city.name, config.policy, zone, config.web.public_url)


@dataclass(frozen=True, slots=True)
class Material:
    """Writes the notices of one channel."""

    store: Store
    config: Config
    channel: NoticeChannel

    def said(self, notice: Notice, now: datetime) -> Said | str:
        """Return what a notice says now, or the code of why there is nothing to say any more."""
        write: Callable[[Notice, datetime], Said | str] = {
            "urgent": self._urgent,
            "warning": self._deadlines,
            "escalation": self._deadlines,
            "summary": self._summary,
            "digest": self._digest,
        }[notice.kind]
        return write(notice, now)

    def _urgent(self, notice: Notice, now: datetime) -> Said | str:
        detail = self._detail(notice)
        if isinstance(detail, str):
            return detail
        because = detail.decision.because if detail.decision else ()
        look = look_of(self.config)
        return render.of_item(look, detail.item, notice.notice_id, now, because)

    def _summary(self, notice: Notice, now: datetime) -> Said | str:
        found = [self._detail(one) for one in self.store.folded_notices(notice.id)]
        items = [one.item for one in found if isinstance(one, ItemDetail)]
        if not items:
            return "settled"
        look, name = look_of(self.config), notice.notice_id
        return render.of_summary(look, items, name, now, again=notice.again)

    def _deadlines(self, notice: Notice, now: datetime) -> Said | str:
        news = self.store.deadline_news(notice, render.LISTED)
        if not news.total:
            return "settled"
        look, opds = look_of(self.config), self.channel.opds
        readers = ", ".join(look.opd(opd) for opd in opds[:NAMED]) if opds else look.opd(None)
        if notice.kind == "warning":
            return render.of_warning(look, news, readers, notice.notice_id)
        days = self.config.policy.deadline.escalate_after if self.channel.everything else None
        return render.of_escalation(look, news, readers, notice.notice_id, late_days=days)

    def _detail(self, notice: Notice) -> ItemDetail | str:
        detail = self.store.item(self.channel.scope, notice.item_id or 0)
        if detail is None:  # erased, or of another OPD by now
            return "not_visible"
        if detail.item.tab == "aside" or detail.item.status in CLOSED:
            return "settled"
        return detail

    def _digest(self, notice: Notice, now: datetime) -> Said | str:
        opd, look = opd_of(notice.key), look_of(self.config)
        now_waits = standing(self.store, self.config, self.channel.scope)
        if not opd:
            opds = [now_waits.counts(one) for one in self.config.policy.opd]
            return render.of_city(look, now_waits.counts(), opds, notice.notice_id, now)
        if opd not in self.channel.opds:
            return "not_visible"
        found = (
            self.store.item(self.channel.scope, number)
            for number in now_waits.oldest(opd, render.OLDEST)
        )
        oldest = [detail.item for detail in found if detail is not None]
        return render.of_digest(look, now_waits.counts(opd), oldest, notice.notice_id, now)
