"""Whether a network that bills by the read will last the month. Words and a rule, no I/O."""

from datetime import datetime

from tanggap.store.rows import Usage
from tanggap.turns.budget import Budget

FIRST_DAYS = 3
"""A new account's backfill makes them dearer than the rest; until then only the use counts."""
SURE_SHARE = 0.2
"""Part of the limit from which a forecast is believed even in the first days."""


def warning(usage: Usage, monthly_limit: int, now: datetime) -> str:
    """Return what a person must know of the month's reads; empty when they will do.

    Nothing is said once the limit is reached: the stop itself says so.
    """
    early = now.day <= FIRST_DAYS and usage.month_reads < SURE_SHARE * monthly_limit
    left = Budget.left_of(usage, monthly_limit, monthly_limit).month
    if early or left == 0 or usage.forecast_reads <= monthly_limit:
        return ""
    return (
        f"perkiraan {usage.forecast_reads} baca bulan ini, batas {monthly_limit}; "
        f"terpakai {usage.month_reads}"
    )
