"""/papan: whom the OPD have not answered, how soon they answer, what is talked about, trends.

Each of its tables is a file as well, CSV or XLSX, with the captions of the page.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from tanggap.boards import (
    JUDGED_AT_MOST,
    WRITER_WEIGHT,
    Score,
    Topic,
    Waiting,
    at_most,
    judged,
    league,
    score,
    topics,
    unanswered,
)
from tanggap.language import gettext as _
from tanggap.mention import UNANSWERED
from tanggap.sheet import Table, as_csv, as_xlsx
from tanggap.store.rows import Scope, User
from tanggap.store.rows_answers import AnswerFacts
from tanggap.store.rows_boards import OwnPost
from tanggap.web import board_tables as tables
from tanggap.web.auth import Reader
from tanggap.web.board_trend import GROUPS, Trend, trend_of
from tanggap.web.captions import Captions
from tanggap.web.desk import Desk
from tanggap.web.export_page import MEDIA_TYPES
from tanggap.wording import day, moment, moments

PERIODS = (7, 30, 90)
"""Days that the league looks back."""
USUAL_PERIOD = 30
SHOWN_OF_EACH = 5
LISTED = 50
"""Topics, and posts of the OPD, that a file holds."""
SHOWN_OF_LIST = 10
"""Of these: how many the page shows."""
KEPT_SECONDS = 20.0
"""Real seconds for which a board is kept where nothing has changed: clocks go on meanwhile."""
KEPT_AT_MOST = 64


@dataclass(frozen=True, slots=True)
class Board:
    """Whom OPD have not answered, and how soon they answer."""

    days: int
    as_of: datetime
    waiting: Sequence[Waiting]
    rows: Sequence[tuple[str, Score]]
    total: Score
    unwatched: int
    waiting_cut: bool
    """More wait than one page judges: the newest are left out."""
    cut: bool
    """The same of the period."""
    topics: Sequence[Topic]
    """What was talked about most in the period."""
    topics_in_file: Sequence[Topic]
    """The same without confidential items, which no file holds unasked."""
    posts: Sequence[OwnPost]
    """The OPD's own posts of the period that most people reacted to."""

    @property
    def most_reactions(self) -> int:
        """The highest number of reactions of any of these posts, at least 1."""
        return max((one.engagement.total for one in self.posts if one.engagement), default=0) or 1

    @property
    def most_below(self) -> int:
        """The highest number of items under any of them, at least 1."""
        return max((one.below for one in self.posts), default=0) or 1


class Boards:
    """Makes boards, and keeps each for a moment: several people look at the same one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: dict[tuple[Scope, int], tuple[float, str, Board]] = {}
        self._lock = threading.Lock()

    def of(self, user: User, days: int) -> Board:
        """Return what a person sees of the last `days` days; one is made at a time."""
        with self._lock:
            changed, now = self._desk.store.changed_at(user.scope), time.monotonic()
            key = (user.scope, days)
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
        talk = store.viral(user.scope, since, LISTED)
        waiting = judged(open_now, reckoner, watch)
        period = judged(found, reckoner, watch)
        return Board(
            days=days,
            as_of=reckoner.now,
            waiting=unanswered(waiting),
            rows=league(period),
            total=score(period),
            unwatched=sum(one.unwatched for one in waiting),
            waiting_cut=waiting_cut,
            cut=cut,
            topics=topics(talk, LISTED),
            topics_in_file=topics((one for one in talk if not one.item.confidential), LISTED),
            posts=store.own_posts(user.scope, since, LISTED),
        )


def _some(found: Iterable[AnswerFacts], user: User) -> tuple[list[AnswerFacts], bool]:
    """Return as many as a page judges, and whether there were more.

    An admin's are those of the own OPD, not those that it only supports.
    """
    own = (one for one in found if user.role != "opd" or one.opd in user.opds)
    return at_most(own, JUDGED_AT_MOST)


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
            shown_of_list=SHOWN_OF_LIST,
            deadlines=desk.config.policy.deadline,
            tables=tables,
            writer_weight=WRITER_WEIGHT,
        )

    @router.get("/unduh/{table}.{form}")
    def take(user: Reader, table: str, form: str, hari: Days = "", tren: str = "") -> Response:
        if table not in FILES or form not in FORMS:
            raise HTTPException(404)
        asked = _Asked(desk, boards, user, _days(hari), _group(tren))
        make, of_what = FILES[table]
        made = make(asked)
        rows = tuple(made.rows)
        made = replace(made, rows=rows, notes=(made.title, *of_what(asked)))
        if table == "belum-aduan":  # of single complaints, as those of the list at /antrean
            asked_again = "tab=unanswered"
            desk.store.note_export(user.name, form, asked_again, len(rows), desk.now())
        if form == "csv":
            body: str | bytes = as_csv(made, desk.calendar.zone)
        else:
            body = as_xlsx(made, desk.calendar.zone, desk.now())
        day = f"{desk.now().astimezone(desk.calendar.zone):%Y-%m-%d}"
        headers = {"Content-Disposition": f'attachment; filename="papan-{table}-{day}.{form}"'}
        return Response(body, media_type=MEDIA_TYPES[form], headers=headers)

    return router


@dataclass(frozen=True)
class _Asked:
    """Of what a file is asked; its rows and what stands above them are of one moment."""

    desk: Desk
    boards: Boards
    user: User
    days: int
    group: str

    @cached_property
    def board(self) -> Board:
        return self.boards.of(self.user, self.days)

    @cached_property
    def trend(self) -> Trend:
        return trend_of(self.desk, self.user, self.group)

    @property
    def captions(self) -> Captions:
        return Captions(self.desk.config.city.name, self.desk.config.policy)


def _trend_file(asked: _Asked) -> Table:
    found = asked.trend
    return tables.trend_table(asked.group, found.weeks, found.rows, asked.captions)


def _as_of_now(asked: _Asked) -> tuple[str, ...]:
    """Say as of when a table is that asks for no days."""
    board = asked.board
    said = _("Keadaan per {}.").format(moment(board.as_of, asked.desk.calendar.zone))
    if not board.waiting_cut:
        return (said,)
    return said, _(
        "Terlalu banyak aduan terbuka untuk satu halaman; yang terbaru belum terhitung di sini."
    )


def _in_days(asked: _Asked) -> tuple[str, ...]:
    """Say which days a table is of."""
    board = asked.board
    span = moments(board.as_of - timedelta(days=board.days), board.as_of, asked.desk.calendar.zone)
    return (_("{} hari terakhir: {}.").format(board.days, span),)


def _in_days_as_judged(asked: _Asked) -> tuple[str, ...]:
    """Say the same, and whether there was too much to judge."""
    if not asked.board.cut:
        return _in_days(asked)
    too_many = _(
        "Aduan dalam rentang ini terlalu banyak untuk satu halaman; yang terbaru belum terhitung. "
        "Pilih rentang lebih pendek, atau pakai `tanggap recap`."
    )
    return *_in_days(asked), too_many


def _by_week(asked: _Asked) -> tuple[str, ...]:
    """Say which weeks a table is of."""
    zone, found = asked.desk.calendar.zone, asked.trend
    lines = [
        _("{} minggu sejak {}; keadaan per {}.").format(
            len(found.weeks), day(found.weeks[0], zone), moment(found.as_of, zone)
        ),
        _("Tiap kolom dimulai hari Senin; minggu terakhir belum selesai."),
    ]
    if found.has_unwatched:
        lines.append(_("Tanda –: minggu itu tidak dipantau."))
    return tuple(lines)


FORMS = ("csv", "xlsx")
Made = tuple[Callable[[_Asked], Table], Callable[[_Asked], tuple[str, ...]]]
FILES: Mapping[str, Made] = {
    "belum": (lambda of: tables.waiting_table(of.board.waiting, of.captions), _as_of_now),
    "belum-aduan": (
        lambda of: tables.waiting_items_table(of.board.waiting, of.captions),
        lambda of: (*_as_of_now(of), _("Aduan rahasia tidak dimuat.")),
    ),
    "jawaban": (
        lambda of: tables.league_table(of.board.rows, of.board.total, of.captions),
        _in_days_as_judged,
    ),
    "ramai": (lambda of: tables.topics_table(of.board.topics_in_file, of.captions), _in_days),
    "unggahan": (lambda of: tables.own_table(of.board.posts, of.captions), _in_days),
    "tren": (_trend_file, _by_week),
}
"""Name in the address to what makes the table, and what says above it of when it is."""


def _days(asked: str) -> int:
    return int(asked) if asked in map(str, PERIODS) else USUAL_PERIOD


def _group(asked: str) -> str:
    return asked if asked in GROUPS else next(iter(GROUPS))
