"""/papan: whom the OPD have not answered, how soon they answer, and what comes in week by week."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from tanggap.boards import (
    Judged,
    Score,
    Waiting,
    judged,
    league,
    score,
    unanswered,
    week_of,
    weekly,
)
from tanggap.csv_file import safe_csv
from tanggap.mention import UNANSWERED
from tanggap.store.rows import User
from tanggap.web.auth import Reader
from tanggap.web.desk import Desk

PERIODS = (7, 30, 90)
"""Days that the league looks back."""
USUAL_PERIOD = 30
WEEKS = 12
JUDGED_AT_MOST = 20_000
"""Items that one page judges: about two seconds of work. The recap has no such bound."""
SHOWN_OF_EACH = 5
KEPT_SECONDS = 20.0
"""Real seconds for which a board is kept where nothing has changed: clocks go on meanwhile."""
KEPT_AT_MOST = 64
GROUPS = ("sektor", "jaringan", "kecamatan")
_KEYS: Mapping[str, Callable[[Judged], str | None]] = {
    "sektor": lambda one: one.facts.sector,
    "jaringan": lambda one: one.facts.network,
    "kecamatan": lambda one: one.facts.kecamatan,
}


@dataclass(frozen=True, slots=True)
class Trend:
    """What came in, week by week: one row for each group."""

    weeks: tuple[date, ...]
    """Mondays, oldest first; the last week is not over yet."""
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    """Group and its numbers, the largest group first."""

    @property
    def most(self) -> int:
        """The highest number of any week, at least 1."""
        return max((number for _, numbers in self.rows for number in numbers), default=0) or 1


@dataclass(frozen=True, slots=True)
class Board:
    """All that the page shows."""

    days: int
    waiting: Sequence[Waiting]
    rows: Sequence[tuple[str, Score]]
    total: Score
    trends: Mapping[str, Trend]
    unwatched: int
    cut: bool
    """There were more items than one page judges: the newest are left out."""


class Boards:
    """Makes boards, and keeps each for a moment: several people look at the same one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: dict[tuple[str, int], tuple[float, str, Board]] = {}

    def of(self, user: User, days: int) -> Board:
        """Return what a person sees of the last `days` days."""
        changed, now = self._desk.store.changed_at(user.scope), time.monotonic()
        key = (",".join(sorted(user.scope.opds)) if user.role == "opd" else "*", days)
        kept = self._kept.get(key)
        if kept is not None and kept[1] == changed and now - kept[0] < KEPT_SECONDS:
            return kept[2]
        board = self._make(user, days)
        if len(self._kept) >= KEPT_AT_MOST:
            self._kept.clear()
        self._kept[key] = (now, changed, board)
        return board

    def _make(self, user: User, days: int) -> Board:
        desk, store = self._desk, self._desk.store
        reckoner, watch = desk.reckoner(), desk.watch()
        now, zone = reckoner.now, desk.calendar.zone
        open_now = store.answer_facts(user.scope, statuses=UNANSWERED)
        waiting = judged(islice(open_now, JUDGED_AT_MOST), reckoner, watch)
        first_week = week_of(now.astimezone(zone).date()) - timedelta(weeks=WEEKS - 1)
        since = now - max(timedelta(days=days), timedelta(weeks=WEEKS))
        found = list(islice(store.answer_facts(user.scope, since, now), JUDGED_AT_MOST + 1))
        late = judged(found[:JUDGED_AT_MOST], reckoner, watch)
        begun = now - timedelta(days=days)
        period = [one for one in late if one.facts.posted_at >= begun]
        weeks = tuple(first_week + timedelta(weeks=number) for number in range(WEEKS))
        return Board(
            days=days,
            waiting=unanswered(waiting),
            rows=league(period),
            total=score(period),
            trends={
                name: trend(late, weeks, lambda one: _day_of(one, desk), _KEYS[name])
                for name in GROUPS
            },
            unwatched=sum(one.unwatched for one in waiting),
            cut=len(found) > JUDGED_AT_MOST,
        )


def _day_of(one: Judged, desk: Desk) -> date:
    return one.facts.posted_at.astimezone(desk.calendar.zone).date()


def trend(
    items: Iterable[Judged],
    weeks: tuple[date, ...],
    day_of: Callable[[Judged], date],
    key: Callable[[Judged], str | None],
) -> Trend:
    """Return the numbers of each group in `weeks`; a group without any there is left out."""
    counted = weekly(items, day_of, key)
    rows = [
        (name, tuple(numbers.get(week, 0) for week in weeks)) for name, numbers in counted.items()
    ]
    there = [row for row in rows if any(row[1])]
    return Trend(weeks, tuple(sorted(there, key=lambda row: (-sum(row[1]), row[0]))))


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the boards."""
    router = APIRouter(prefix="/papan")
    boards = Boards(desk)
    Days = Annotated[str, Query(alias="hari")]

    @router.get("")
    def show(request: Request, user: Reader, hari: Days = "", tren: str = "") -> Response:
        return desk.page(
            request,
            "board.html",
            board=boards.of(user, _days(hari)),
            periods=PERIODS,
            trend_of=tren if tren in GROUPS else GROUPS[0],
            groups=GROUPS,
            shown_of_each=SHOWN_OF_EACH,
            deadlines=desk.config.policy.deadline,
        )

    @router.get("/liga.csv")
    def league_file(user: Reader, hari: Days = "") -> Response:
        board = boards.of(user, _days(hari))
        return _csv(_league_table(board), f"papan-jawaban-{board.days}-hari")

    @router.get("/tren.csv")
    def trend_file(user: Reader, hari: Days = "", tren: str = "") -> Response:
        name = tren if tren in GROUPS else GROUPS[0]
        found = boards.of(user, _days(hari)).trends[name]
        rows = [
            {name: group}
            | dict(zip((week.isoformat() for week in found.weeks), numbers, strict=True))
            for group, numbers in found.rows
        ]
        return _csv(
            ([name, *(week.isoformat() for week in found.weeks)], rows), f"papan-tren-{name}"
        )

    return router


Table = tuple[Sequence[str], Sequence[Mapping[str, object]]]


def _league_table(board: Board) -> Table:
    columns = (
        "opd", "received", "answered", "in_time", "late", "waiting", "overdue", "unwatched",
        "elsewhere", "by_others", "substantive", "median_minutes", "p90_minutes",
        "median_elapsed", "median_substantive", "share_in_time",
    )  # fmt: skip
    rows = [
        {"opd": opd} | {name: getattr(one, name) for name in columns[1:]} for opd, one in board.rows
    ]
    return columns, rows


def _csv(table: Table, name: str) -> Response:
    columns, rows = table
    return Response(
        safe_csv(columns, rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _days(asked: str) -> int:
    return int(asked) if asked in map(str, PERIODS) else USUAL_PERIOD
