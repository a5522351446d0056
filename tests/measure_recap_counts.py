"""A month of the invented city: are the cells of its recap what the simulator knows?

    python tests/measure_recap_counts.py --days 30 --mentions 6400

tells how many cells were compared with the direct count of `recap_judge`, and each that differs.
"""

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from daemon_support import TOKEN
from lived_city import WIB, Lived, lived_city
from recap_cells import compare, written
from recap_judge import Judge

from tanggap.clock import to_text
from tanggap.recap.period import SETTLED, Period, asked_for

LAST_EVENING = datetime(2026, 10, 31, 15, tzinfo=UTC)
"""22.00 of the day before the month, so that a step of four hours meets the desk's hour."""
STEP = timedelta(hours=4)
QUIET_STEP = timedelta(hours=12)
"""After the month, when only late answers come."""


def periods(lived: Lived) -> list[tuple[Period, datetime | None]]:
    """Return the recaps that are compared: the month, a week, some days, the month half-way."""
    now = lived.clock.now()
    month = asked_for(WIB, now, of_month="2026-11")
    first, last = date(2026, 11, 3), date(2026, 11, 8)
    wanted = [
        (month, None),
        (month, datetime(2026, 11, 16, 9, tzinfo=WIB)),
        (asked_for(WIB, now, first=first, last=last), None),
    ]
    if now > datetime(2026, 11, 16, tzinfo=WIB):
        wanted.append((asked_for(WIB, now, week="2026-W46"), None))
    return [(one, asked) for one, asked in wanted if asked is None or asked < now]


def main() -> int:
    """Tell the days that the command line asks for; 1 where a cell differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--mentions", type=int, default=6400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, help="leave the files there")
    asked = parser.parse_args()
    os.environ |= {"TANGGAP_X_BEARER_TOKEN": TOKEN, "TANGGAP_META_TOKEN": TOKEN}
    began, differences = time.monotonic(), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        lived_city(
            Path(folder), asked.days, asked.mentions, asked.seed,
            start=LAST_EVENING, step=STEP, persons=True,
        ) as lived,
    ):  # fmt: skip
        lived.live(LAST_EVENING + timedelta(days=asked.days) + SETTLED, QUIET_STEP)
        passed = time.monotonic() - began
        judge = Judge(lived)
        for period, moment in periods(lived):
            found = compare(lived, judge, period, moment)
            files = written(lived, period, moment)
            same = files == written(lived, period, moment)
            if asked.out and moment is None:
                (asked.out / f"rekap-{period.mark}.xlsx").write_bytes(files.xlsx)
                (asked.out / f"rekap-{period.mark}.pdf").write_bytes(files.pdf)
            differences += len(found.differences) + (not same)
            count = judge.received(period.first, period.last, files.as_of)
            sys.stdout.write(
                f"{period.name}, as of {to_text(files.as_of)}: {len(count.fates)} items, "
                f"{found.cells} cells, {len(found.differences)} differ, second run "
                f"{'the same' if same else 'DIFFERS'}\n"
            )
            sys.stdout.writelines(f"  {one}\n" for one in found.differences[:20])
    sys.stderr.write(f"{asked.days} days lived in {passed:.0f} s\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
