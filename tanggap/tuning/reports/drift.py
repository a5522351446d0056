"""Does what comes in now still look like what came in while the model was trained?

Population stability index (PSI) of sectors and of confidences, and the share of words that the
model does not know, week by week. A PSI of few texts is large by chance alone: it is held against
what chance gives (its distribution is near chi-square times 1/n + 1/m).

Of texts that a model was trained on it is surer, and knows their words. So sectors are held against
the weeks before the training, confidences and words against the first weeks after it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from tanggap.clock import to_text
from tanggap.sectors import SECTORS
from tanggap.wording import day, number, percent

WEEK = timedelta(weeks=1)
SHOWN_WEEKS = 12
REFERENCE_WEEKS = 8
LEAST_REFERENCE = 200
LEAST_WEEK = 50
WATCH, ALARM = 0.1, 0.25
"""Usual readings of a PSI."""
WATCH_CHANCE, ALARM_CHANCE = 0.95, 0.999
UNKNOWN_MORE = 0.05
"""So much more of the words unknown, and half as many again, is an alarm too."""
CONFIDENCE_BINS = 10
MOVERS = 5

Floats = npt.NDArray[np.float64]
State = Literal["steady", "watch", "alarm", "few"]
_WORST: tuple[State, ...] = ("alarm", "watch")


@dataclass(frozen=True, slots=True)
class Seen:
    """One mention that came in, as the model of today reads it."""

    posted_at: datetime
    sector: str
    confidence: float
    words: int
    unknown: int
    """How many of its words the model does not know."""


def drift(seen: Sequence[Seen], trained_at: datetime | None, now: datetime) -> dict[str, Any]:
    """Return the report `drift` (without its head).

    `{"reference": {"first", "last", "n", "sectors": {sector: n}} or null, "unseen": {"first",
    "last", "n", "confidence", "unknown_share"} or null, "weeks": [{"start", "n", "psi_sector",
    "limit_sector", "psi_confidence", "limit_confidence", "confidence", "unknown_share", "state",
    "causes"}], "movers": [{"sector", "before", "now"}], "alarm", "alarm_text", "summary"}`.

    The reference are the eight weeks before the training (None: it was trained elsewhere), or,
    where too little had come in by then, the first weeks that hold enough. `unseen` are the first
    weeks after the training that hold enough; a week that does not come after them has no
    `psi_confidence`. `causes` are `sector`, `confidence` and `unknown`, as far as they make the
    state. Weeks begin on Monday (UTC); the running one is left out.
    """
    by_week: dict[datetime, list[Seen]] = {}
    for one in seen:
        start = monday(one.posted_at)
        if start + WEEK <= now:
            by_week.setdefault(start, []).append(one)
    reference = _reference(sorted(by_week), by_week, trained_at)
    before = [one for start in reference for one in by_week[start]]
    if len(before) < LEAST_REFERENCE:
        return _nothing(len(before))
    first = _unseen(sorted(by_week), by_week, trained_at)
    unseen = [one for start in first for one in by_week[start]]
    rows = [
        _week(start, by_week[start], before, unseen if first and start > first[-1] else [])
        for start in sorted(by_week)
        if start > reference[-1]
    ][-SHOWN_WEEKS:]
    newest = [one for one in rows if one["state"] != "few"][-1:]
    alarm = bool(newest) and newest[0]["state"] == "alarm"
    latest = by_week[datetime.fromisoformat(newest[0]["start"])] if newest else []
    movers = _movers(before, latest)
    said = _said(newest[0], movers, unseen) if newest else ""
    return {
        "reference": {
            "first": to_text(reference[0]),
            "last": to_text(reference[-1] + WEEK),
            "n": len(before),
            "sectors": dict(sorted(Counter(one.sector for one in before).items())),
        },
        "unseen": {
            "first": to_text(first[0]),
            "last": to_text(first[-1] + WEEK),
            "n": len(unseen),
            "confidence": _confidence(unseen),
            "unknown_share": _unknown(unseen),
        }
        if first
        else None,
        "weeks": rows,
        "movers": movers,
        "alarm": alarm,
        "alarm_text": said if alarm else "",
        "summary": said or "Belum ada minggu lengkap sesudah masa latih dengan cukup aduan.",
    }


def monday(moment: datetime) -> datetime:
    """Return the beginning of the week of a moment, in the moment's own zone."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())


def psi(before: Floats, after: Floats) -> tuple[float, int]:
    """Return the stability index of two rows of counts, and how many classes it is over.

    Classes of which fewer than three are expected in the smaller row stand together; half a text is
    added to each class, so that none is empty.
    """
    smaller = min(before.sum(), after.sum())
    often = before / before.sum() * smaller >= 3.0
    kept = [np.append(row[often], row[~often].sum()) for row in (before, after)]
    if not kept[0][-1] and not kept[1][-1]:
        kept = [row[:-1] for row in kept]
    was, now = ((row + 0.5) / (row + 0.5).sum() for row in kept)
    return float(((now - was) * np.log(now / was)).sum()), len(was)


def limits(n_before: int, n_after: int, classes: int) -> tuple[float, float]:
    """Return from which index on a week is to be watched, and alarms."""
    scale = 1.0 / n_before + 1.0 / n_after
    freedom = max(1, classes - 1)
    by_chance = (float(chi2.ppf(p, freedom)) * scale for p in (WATCH_CHANCE, ALARM_CHANCE))
    watch, alarm = (max(*pair) for pair in zip((WATCH, ALARM), by_chance, strict=True))
    return watch, alarm


def _reference(
    weeks: list[datetime], by_week: dict[datetime, list[Seen]], trained_at: datetime | None
) -> list[datetime]:
    before = [start for start in weeks if trained_at and start < monday(trained_at)]
    before = before[-REFERENCE_WEEKS:]
    if sum(len(by_week[start]) for start in before) >= LEAST_REFERENCE:
        return before
    return _first_enough(weeks, by_week)


def _unseen(
    weeks: list[datetime], by_week: dict[datetime, list[Seen]], trained_at: datetime | None
) -> list[datetime]:
    """Return the first weeks of which the model learnt nothing; none where they hold too little."""
    after = [start for start in weeks if trained_at is None or start >= trained_at]
    first = _first_enough(after, by_week)
    return first if sum(len(by_week[one]) for one in first) >= LEAST_REFERENCE else []


def _first_enough(weeks: list[datetime], by_week: dict[datetime, list[Seen]]) -> list[datetime]:
    first: list[datetime] = []
    for start in weeks:
        first.append(start)
        if sum(len(by_week[one]) for one in first) >= LEAST_REFERENCE:
            break
    return first


def _week(
    start: datetime, seen: Sequence[Seen], before: Sequence[Seen], unseen: Sequence[Seen]
) -> dict[str, Any]:
    row: dict[str, Any] = {"start": to_text(start), "n": len(seen)}
    states: dict[str, State] = {}
    for name, counts, reference in (
        ("sector", _by_sector, before),
        ("confidence", _by_confidence, unseen),
    ):
        row[f"psi_{name}"] = row[f"limit_{name}"] = None
        if not reference:
            continue
        index, classes = psi(counts(reference), counts(seen))
        watch, alarm = limits(len(reference), len(seen), classes)
        row[f"psi_{name}"] = round(index, 4)
        row[f"limit_{name}"] = round(alarm, 4)
        states[name] = "alarm" if index > alarm else "watch" if index > watch else "steady"
    row["confidence"] = _confidence(seen)
    row["unknown_share"] = _unknown(seen)
    usual = _unknown(unseen)
    if unseen and _unknown(seen) > max(usual + UNKNOWN_MORE, 1.5 * usual):
        states["unknown"] = "alarm"
    worst: State = next((one for one in _WORST if one in states.values()), "steady")
    row["state"] = "few" if len(seen) < LEAST_WEEK else worst
    row["causes"] = [name for name, one in states.items() if one == row["state"] != "steady"]
    return row


def _by_sector(seen: Sequence[Seen]) -> Floats:
    counts = Counter(one.sector for one in seen)
    return np.array([counts[sector] for sector in SECTORS], float)


def _by_confidence(seen: Sequence[Seen]) -> Floats:
    values = [min(int(one.confidence * CONFIDENCE_BINS), CONFIDENCE_BINS - 1) for one in seen]
    return np.bincount(values, minlength=CONFIDENCE_BINS).astype(float)


def _confidence(seen: Sequence[Seen]) -> float:
    return round(sum(one.confidence for one in seen) / len(seen), 4)


def _unknown(seen: Sequence[Seen]) -> float:
    words = sum(one.words for one in seen)
    return round(sum(one.unknown for one in seen) / words, 4) if words else 0.0


def _movers(before: Sequence[Seen], after: Sequence[Seen]) -> list[dict[str, Any]]:
    if not after:
        return []
    was, now = _by_sector(before) / len(before), _by_sector(after) / len(after)
    order = np.argsort(-np.abs(now - was), kind="stable")[:MOVERS]
    names = list(SECTORS)
    return [
        {"sector": names[i], "before": round(float(was[i]), 4), "now": round(float(now[i]), 4)}
        for i in order
        if now[i] != was[i]
    ]


def _said(week: dict[str, Any], movers: list[dict[str, Any]], unseen: Sequence[Seen]) -> str:
    if week["state"] != "alarm":
        slightly = "sedikit bergeser" if week["state"] == "watch" else "masih seperti masa latih"
        return f"Aduan yang masuk {slightly}."
    causes: list[str] = []
    if "sector" in week["causes"] and movers:
        moved = movers[0]
        causes.append(
            f"sektor {SECTORS[moved['sector']][0]} dari {percent(100 * moved['before'])} menjadi "
            f"{percent(100 * moved['now'])}"
        )
    if "confidence" in week["causes"]:
        causes.append(
            f"keyakinan rata-rata dari {percent(100 * _confidence(unseen))} menjadi "
            f"{percent(100 * week['confidence'])}"
        )
    if "unknown" in week["causes"]:
        causes.append(
            f"kata yang tidak dikenal dari {percent(100 * _unknown(unseen), 1)} menjadi "
            f"{percent(100 * week['unknown_share'], 1)}"
        )
    since = day(datetime.fromisoformat(week["start"]), ZoneInfo("UTC"))
    return (
        f"Aduan minggu yang mulai {since} ({number(week['n'])}) lain dari masa latih: "
        f"{'; '.join(causes)}. Periksa aduan yang membuat model ragu, lalu latih ulang."
    )


def _nothing(n: int) -> dict[str, Any]:
    return {
        "reference": None,
        "unseen": None,
        "weeks": [],
        "movers": [],
        "alarm": False,
        "alarm_text": "",
        "summary": (
            f"Baru ada {number(n)} aduan dalam minggu yang lengkap; pergeseran dapat dinilai "
            f"mulai {number(LEAST_REFERENCE)}."
        ),
    }
