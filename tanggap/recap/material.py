"""What a recap is made of: read from the store once, and judged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tanggap.city_calendar import calendar_of
from tanggap.clocks import Reckoner
from tanggap.config import Config
from tanggap.coverage import Statement, statement
from tanggap.office_hours import Deadlines
from tanggap.recap.period import Period, compared_with
from tanggap.recap.tables import Row, Tables, tables
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING
from tanggap.watching import Watch

Called = Callable[[str, str], str]
"""What the value (first) of a field (second: opd, sector, network, kecamatan, kind) is called."""


@dataclass(frozen=True, slots=True)
class Before:
    """The period before, to compare with."""

    period: Period
    total: Row
    coverage: Statement


@dataclass(frozen=True, slots=True)
class Recap:
    """All that the files of a recap show."""

    city: str
    zone: ZoneInfo
    period: Period
    as_of: datetime
    tables: Tables
    before: Before
    coverage: Statement
    deadlines: Deadlines

    @property
    def is_running(self) -> bool:
        """Whether it is judged before the period is over."""
        return self.as_of < self.period.span.end


def read(store: Store, config: Config, period: Period, as_of: datetime) -> Recap:
    """Return the recap of a period as it stood at `as_of`: the same on unchanged data."""
    calendar, deadlines = calendar_of(config), config.policy.deadline
    watch = Watch(store.last_reads(), config)

    def of(which: Period, moment: datetime) -> Tables:
        span = which.span
        facts = store.answer_facts(EVERYTHING, span.start, span.end)
        return tables(facts, which, Reckoner(calendar, deadlines, moment), watch)

    earlier, moment = compared_with(period, as_of)
    return Recap(
        city=config.city.name,
        zone=calendar.zone,
        period=period,
        as_of=as_of,
        tables=of(period, as_of),
        before=Before(
            earlier, of(earlier, moment).total, statement(store, config, earlier.span, moment)
        ),
        coverage=statement(store, config, period.span, as_of),
        deadlines=deadlines,
    )
