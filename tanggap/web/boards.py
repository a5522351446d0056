"""/papan: whom the OPD have not answered, how soon they answer, and what comes in week by week."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from tanggap.boards import Score, Waiting, judged, league, score, unanswered, week_of, weekly
from tanggap.csv_file import safe_csv
from tanggap.mention import UNANSWERED
from tanggap.store.rows import User
from tanggap.store.rows_answers import AnswerFacts, Label
from tanggap.web.auth import Reader
from tanggap.web.desk import Desk

PERIODS = (7, 30, 90)
"""Days that the league looks back."""
USUAL_PERIOD = 30
WEEKS = 12
JUDGED_AT_MOST = 10_000
"""Items of either table that one page judges: some three seconds of work."""
SHOWN_OF_EACH = 5
KEPT_SECONDS = 20.0
"""Real seconds for which a board is kept where nothing has changed: clocks go on meanwhile."""
KEPT_AT_MOST = 64
GROUPS: Mapping[str, Label] = {
    "sektor": "sector",
    "jaringan": "network",
    "kecamatan": "kecamatan",
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
    """Whom OPD have not answered, and how soon they answer."""

    days: int
    waiting: Sequence[Waiting]
    rows: Sequence[tuple[str, Score]]
    total: Score
    unwatched: int
    waiting_cut: bool
    """More wait than one page judges: the newest are left out."""
    cut: bool
    """The same of the period."""


class Boards:
    """Makes boards, and keeps each for a moment: several people look at the same one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: dict[tuple[str, int], tuple[float, str, Board]] = {}
        self._lock = threading.Lock()

    def of(self, user: User, days: int) -> Board:
        """Return what a person sees of the last `days` days; one is made at a time."""
        with self._lock:
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
        since = reckoner.now - timedelta(days=days)
        open_now, waiting_cut = _some(store.answer_facts(user.scope, statuses=UNANSWERED), user)
        found, cut = _some(store.answer_facts(user.scope, since, reckoner.now), user)
        waiting = judged(open_now, reckoner, watch)
        period = judged(found, reckoner, watch)
        return Board(
            days=days,
            waiting=unanswered(waiting),
            rows=league(period),
            total=score(period),
            unwatched=sum(one.unwatched for one in waiting),
            waiting_cut=waiting_cut,
            cut=cut,
        )


def _some(found: Iterable[AnswerFacts], user: User) -> tuple[list[AnswerFacts], bool]:
    """Return as many as a page judges, and whether there were more.

    An admin's are those of the own OPD, not those that it only supports.
    """
    own = (one for one in found if user.role != "opd" or one.opd in user.opds)
    some = list(islice(own, JUDGED_AT_MOST + 1))
    return some[:JUDGED_AT_MOST], len(some) > JUDGED_AT_MOST


def trend_of(desk: Desk, user: User, group: str) -> Trend:
    """Return what came in in each of the last weeks; a group without any is left out."""
    now, zone = desk.now(), desk.calendar.zone
    first = week_of(now.astimezone(zone).date()) - timedelta(weeks=WEEKS - 1)
    weeks = tuple(first + timedelta(weeks=number) for number in range(WEEKS))
    since = datetime.combine(first, datetime.min.time(), zone)
    hours = desk.store.received_by_hour(user.scope, GROUPS[group], since, now)
    counted = {name: weekly(numbers, zone) for name, numbers in hours.items()}
    rows = [
        (name, tuple(numbers.get(week, 0) for week in weeks)) for name, numbers in counted.items()
    ]
    return Trend(weeks, tuple(sorted(rows, key=lambda row: (-sum(row[1]), row[0]))))


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
            trend=trend_of(desk, user, _group(tren)),
            trend_of=_group(tren),
            groups=tuple(GROUPS),
            shown_of_each=SHOWN_OF_EACH,
            deadlines=desk.config.policy.deadline,
        )

    @router.get("/liga.csv")
    def league_file(user: Reader, hari: Days = "") -> Response:
        board = boards.of(user, _days(hari))
        return _csv(_league_table(board), f"papan-jawaban-{board.days}-hari")

    @router.get("/tren.csv")
    def trend_file(user: Reader, tren: str = "") -> Response:
        name = _group(tren)
        found = trend_of(desk, user, name)
        weeks = [week.isoformat() for week in found.weeks]
        rows = [
            {name: group} | dict(zip(weeks, numbers, strict=True)) for group, numbers in found.rows
        ]
        return _csv(([name, *weeks], rows), f"papan-tren-{name}")

    return router


Table = tuple[Sequence[str], Sequence[Mapping[str, object]]]


def _league_table(board: Board) -> Table:
    columns = (
        "opd", "received", "answered", "in_time", "late", "waiting", "overdue", "unwatched",
        "elsewhere", "by_others", "substantive", "thanked", "median_minutes", "p90_minutes",
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


def _group(asked: str) -> str:
    return asked if asked in GROUPS else next(iter(GROUPS))
