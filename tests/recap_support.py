"""October 2025 in the invented city: a real database, filled by hand, to make recaps of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon_support import write_config
from store_support import SENSITIVE, act, answer, decision, mention, queue, take, the_item
from store_support import put as accept

from tanggap.config import Config, load_config
from tanggap.mention import Prediction, Route, SourceSpec
from tanggap.recap.material import Recap, read
from tanggap.recap.period import Period, asked_for, judged_at
from tanggap.store import Store, open_store
from tanggap.store.rows import Item
from tanggap.web.captions import Captions

WIB = ZoneInfo("Asia/Jakarta")
LATER = datetime(2026, 3, 1, tzinfo=UTC)
"""When recaps are made, unless a test says otherwise: October 2025 is long past."""


def wib(day: int, hour: int = 9, minute: int = 0, *, month: int = 10) -> datetime:
    """Return a moment of 2025 in the city's zone, as UTC; the 1st of October is a Wednesday."""
    return datetime(2025, month, day, hour, minute, tzinfo=WIB).astimezone(UTC)


def timeline(opd: str) -> SourceSpec:
    """Return the source that shows what an OPD answers on X."""
    return SourceSpec(f"x:timeline:{opd}", "x", "timeline", (opd,), f"{opd}_skm", 600)


@dataclass
class City:
    """An install whose mentions, answers and acts a test puts in one by one."""

    config: Config
    store: Store
    number: int = field(default=0)

    def reads(self, *opds: str, last: datetime = LATER) -> None:
        """Have the timelines of some OPD read until a moment."""
        for opd in opds:
            lease = take(self.store, timeline(opd), now=last)
            self.store.finish(lease, last, last, "")

    def hears(
        self,
        posted_at: datetime,
        opd: str = "dpupr",
        *,
        sector: str = "jalan",
        place: str | None = "cibeureum",
        jenis: str = "pengaduan",
        route: Route | None = None,
        seen_at: datetime | None = None,
        **more: Any,
    ) -> str:
        """Take in what a citizen wrote; return its network id."""
        self.number += 1
        name, seen = str(self.number), seen_at or posted_at
        written = mention(
            name, posted_at=posted_at, seen_at=seen, author_id=name, addressed=(opd,), **more
        )
        where = None if place is None else Prediction(place, 0.9, ((place, 0.9),))
        found = decision(jenis, sector, opd=Prediction(opd, 0.9), place=where)
        accept(self.store, (written, route or queue(opd), found), now=seen)
        return name

    def replies(
        self,
        to: str,
        at: datetime,
        opd: str = "dpupr",
        kind: str | None = "substantif",
        **more: Any,
    ) -> None:
        """Take in an OPD's public answer."""
        self.number += 1
        written = answer(str(self.number), to, posted_at=at, seen_at=at, author_opd=opd, **more)
        judged = decision(answer=None if kind is None else Prediction(kind, 0.9))
        accept(self.store, (written, Route("answer", "own_answer", opd=opd), judged), now=at)

    def sets(self, network_id: str, status: str, at: datetime) -> Item:
        """Set a status, as a person does."""
        item = self.item(network_id)
        return act(self.store, item, "status", status=status, why="alasan", now=at)

    def item(self, network_id: str) -> Item:
        """Return the item of what a citizen wrote."""
        return the_item(self.store, network_id)

    @property
    def captions(self) -> Captions:
        """Return what the city calls its OPD and places."""
        return Captions(self.config.city.name, self.config.policy)

    def recap(
        self, period: Period | None = None, *, as_of: datetime | None = None, now: datetime = LATER
    ) -> Recap:
        """Return the recap of October 2025, or of another period."""
        period = period or october(now)
        return read(self.store, self.config, period, judged_at(period, now, as_of))


def october(now: datetime = LATER) -> Period:
    """Return the month that most tests are about."""
    return asked_for(WIB, now, of_month="2025-10")


@contextmanager
def city(folder: Path, *changes: tuple[str, str]) -> Iterator[City]:
    """Give an install of the invented city with an empty database and no network that answers."""
    config = load_config(write_config(folder, "http://127.0.0.1:9", *changes), secrets=False)
    store = open_store(config.database_path)
    try:
        store.migrate()
        yield City(config, store)
    finally:
        store.close()


def a_usual_month(made: City) -> None:
    """Fill October 2025 with one of each that a recap tells apart.

    One working day is allowed; what is read of X are DPUPR and DLH, not Dishub.
    """
    made.reads("dpupr", "dlh")
    made.replies(made.hears(wib(1)), wib(1, 11))  # Wednesday: within two hours
    made.replies(made.hears(wib(2)), wib(6, 10), kind="template")  # Thursday; due on Friday
    made.hears(wib(7))
    waste = {"opd": "dlh", "sector": "kebersihan_lingkungan"}
    made.hears(wib(8), place=None, **waste)
    made.hears(wib(9), "dishub", sector="perhubungan")
    made.replies(made.hears(wib(10)), wib(10, 10, 30), "pemkot", kind="arahkan")
    made.sets(made.hears(wib(13), **waste), "bukan_kewenangan", wib(13, 12))
    tagged = made.hears(wib(14), network="facebook", kind="tag")
    made.replies(tagged, wib(14, 10), network="facebook")
    made.sets(tagged, "selesai", wib(20))
    made.hears(wib(15), jenis="apresiasi", route=Route("aside", "aside", opd="dpupr"))
    made.hears(wib(16), route=Route("triage", "unsure_sector", opd="dpupr"))
    made.hears(wib(17), route=SENSITIVE)
    secret = made.item(made.hears(wib(20)))
    act(made.store, secret, "confidential", why="korban", now=wib(20, 12))
    made.sets(made.hears(wib(21)), "selesai", wib(22))
    made.hears(wib(22), seen_at=wib(1, month=12))


def days(count: float) -> timedelta:
    """Return so many days."""
    return timedelta(days=count)
