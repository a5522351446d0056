"""Whether people write of other things, or in other words, than the model was trained on.

The figures are worked out with the reports on a model (`tanggap.tuning`), which the store keeps;
here the newest of them is read, of which housekeeping makes an alarm. Where people tune, a report
is made each week also when nobody asks for it: an alarm that waits to be asked for is none.
"""

import json
import logging
from contextlib import suppress
from datetime import datetime, timedelta

from tanggap.clock import lately
from tanggap.errors import InputError
from tanggap.store import Store
from tanggap.store.rows_tuning import ITSELF

logger = logging.getLogger("tanggap.housekeeping")

KIND = "drift"
"""Kind of the report."""
LONGEST = 300
EVERY = timedelta(days=7)
"""How old the newest report on a promoted model may become."""
AGAIN = timedelta(days=1)
"""Time between two that are asked for here, for one may fail."""
UNSAID = "lihat laporan pergeseran di Analis"


def drift_of(store: Store, model: str) -> str:
    """Return the alarm of the newest report on a model; empty without one."""
    found = store.report(model, KIND)
    if found is None:
        return ""
    try:
        body = json.loads(found[1])
    except (ValueError, RecursionError):
        logger.warning("event=report_unreadable kind=%s", KIND)
        return ""
    if not isinstance(body, dict) or body.get("alarm") is not True:
        return ""
    return " ".join(str(body.get("alarm_text") or "").split())[:LONGEST] or UNSAID


def ask_for_report(store: Store, model: str, now: datetime) -> None:
    """Have the reports on a promoted model made when the newest are a week old."""
    if store.current_model() != model:
        return
    found = store.report(model, KIND)
    since = found[0] if found else max(one.at for one in store.promotions())
    asked = [(job.asked_at, AGAIN) for job in store.jobs(_LOOKED_AT) if job.kind == "report"]
    if any(lately(at, wait, now) for at, wait in ((since, EVERY), *asked)):
        return
    with suppress(InputError):  # another daemon, or a person, was faster
        store.ask_job("report", {"model": model}, ITSELF, now)


_LOOKED_AT = 20
