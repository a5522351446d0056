"""Who has an item in hand: taken while its page is open, shown to others, never a lock."""

import logging
from datetime import timedelta

from tanggap.errors import StoreError
from tanggap.store.rows import User
from tanggap.web.auth import ACTING
from tanggap.web.desk import Desk

HELD_FOR = timedelta(minutes=3)
"""Real time for which an open page says so; it renews it while somebody is there."""

log = logging.getLogger("tanggap.web")


def held_by(desk: Desk, user: User, number: int) -> tuple[str, ...]:
    """Take an item in hand for who works on items; return who else has it."""
    now = desk.now()
    if user.role not in ACTING:
        return desk.store.in_hand([number], user.name, now).get(number, ())
    try:
        until = now + desk.real_time(HELD_FOR)
        return desk.store.check_out(user.scope, number, user.name, now, until, wait=False) or ()
    except StoreError as exc:
        # A full disk keeps nobody from reading.
        log.warning("event=not_held kind=%s", type(exc).__name__)
        return ()


def give_back(desk: Desk, user: User, number: int) -> None:
    """Say that a person is done with an item; what they did is stored whatever comes of this."""
    try:
        desk.store.check_in(number, user.name)
    except StoreError as exc:
        log.warning("event=not_given_back kind=%s", type(exc).__name__)
