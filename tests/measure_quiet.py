"""How often the quiet alarm speaks by itself, and how soon it speaks of a dead account.

    .venv/bin/python tests/measure_quiet.py

Invented accounts (tests/quiet_support.py), the seed is fixed: 40 accounts x 60 days, then
100 x 180. Takes about three minutes.
"""

import random
import statistics
import sys

from quiet_support import DAY, RATES, START, account, accounts, delay, false_alarms

SEED = 20261122


def write(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for count, days in ((40, 60), (100, 180)):
        for name, more in (
            ("poisson", {}),
            ("bursts", {"bursts": True}),
            ("falling 20 % a month", {"trend": 0.2}),
        ):
            told = sum(false_alarms(hours) for _, hours in accounts(count, days, SEED, **more))
            months = count * days / 30
            write(f"{count} accounts x {days} days, {name}: {told} in {months:.0f} account-months")
    for rate in RATES:
        dice = random.Random(SEED)
        found = [delay(account(rate, 60, dice), START + 60 * DAY) for _ in range(10)]
        known = [one.total_seconds() / 3600 for one in found if one is not None]
        middle = f"{statistics.median(known):.0f} h, longest {max(known):.0f} h" if known else "-"
        write(f"{rate} a day: told after {middle} ({len(known)} of {len(found)})")
