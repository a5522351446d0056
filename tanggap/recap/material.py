"""What a recap is made of: read from the store once, and judged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tanggap.city_calendar import calendar
from tanggap.clocks import Reckoner
from tanggap.config import Config
from tanggap.coverage import Span, Statement, statement_of
from tanggap.office_hours import Deadlines
from tanggap.reach import WAYS, reach, unseen
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
    zone = ZoneInfo(config.city.timezone)
    policy = config.policy
    hours = calendar(policy.office_hours, policy.day_off, zone)
    watch = Watch(store.sources(as_of), config)

    def of(which: Period, moment: datetime) -> Tables:
        span = which.span
        facts = store.answer_facts(EVERYTHING, span.start, span.end)
        return tables(facts, which, Reckoner(hours, policy.deadline, moment), watch)

    earlier, moment = compared_with(period, as_of)
    return Recap(
        city=config.city.name,
        zone=zone,
        period=period,
        as_of=as_of,
        tables=of(period, as_of),
        before=Before(
            earlier, of(earlier, moment).total, coverage(store, config, earlier.span, moment)
        ),
        coverage=coverage(store, config, period.span, as_of),
        deadlines=policy.deadline,
    )


def coverage(store: Store, config: Config, span: Span, as_of: datetime) -> Statement:
    """Return what was watched in a span, told as of a moment: it does not move with the clock."""
    return statement_of(
        store.coverage(span.start, span.end),
        {status.spec.id: status for status in store.sources(as_of)},
        reach(config),
        {name: tuple(unseen(config, name)) for name in WAYS},
        span,
        as_of,
        ZoneInfo(config.city.timezone),
    )
