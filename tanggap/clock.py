"""The only place that reads the time.

A compressed clock serves demo and drills: all processes of an install share its three numbers
through the config, so that they agree on the simulated time without talking to each other.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

YEARS = range(2000, 2100)
"""Of moments that people write; others are slips."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Real time, or time that runs `speed` times as fast since `real_start`."""

    speed: float = 1.0
    real_start: datetime | None = None
    simulated_start: datetime | None = None

    def now(self) -> datetime:
        """Return the present moment on this clock, aware UTC."""
        real = datetime.now(UTC)
        if self.real_start is None or self.simulated_start is None:
            return real
        return self.simulated_start + (real - self.real_start) * self.speed

    def real_now(self) -> datetime:
        """Return the present moment of real time: the only one that a phone knows."""
        if self.real_start is None or self.simulated_start is None:
            return self.now()
        return self.real_start + (self.now() - self.simulated_start) / self.speed

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait `seconds` of this clock or until `event` is set; return whether it was set."""
        return event.wait(max(0.0, seconds) / self.speed)

    def real_seconds(self, span: timedelta) -> float:
        """Return how many real seconds a span on this clock takes."""
        return span.total_seconds() / self.speed


def to_text(moment: datetime) -> str:
    """Return the text form that the store and the JSON output use: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote, or any ISO 8601 time with a zone; raise ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"time without a zone: {text!r}"
        raise ValueError(msg)
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:  # within hours of the first or last year there is
        msg = f"time out of range: {text!r}"
        raise ValueError(msg) from exc


def lately(at: datetime | None, span: timedelta, now: datetime) -> bool:
    """Whether `at` is less than `span` ago; never what a clock that was ahead has dated."""
    return at is not None and timedelta(0) <= now - at < span


def from_person(text: str, zone: tzinfo) -> datetime:
    """Read a moment that a person wrote into a table; without a zone it is meant in `zone`.

    Raise ValueError with a line for that person.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} bukan waktu; tulis misalnya 2026-11-20 14:30"
        raise ValueError(msg) from None
    if moment.year not in YEARS:
        msg = f"{text!r} di luar jangkauan; tahunnya {YEARS[0]} sampai {YEARS[-1]}"
        raise ValueError(msg)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return from_text(moment.isoformat())


def from_text_or_none(text: str | None) -> datetime | None:
    """Read what `to_text` wrote; None where nothing was written."""
    return None if text is None else from_text(text)
