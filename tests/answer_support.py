"""Hand-made facts of items, for the rules of clocks, boards and recaps."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import as_file, files
from typing import Any
from zoneinfo import ZoneInfo

from tanggap.city_calendar import calendar
from tanggap.clocks import Reckoner
from tanggap.config import Config, load_config
from tanggap.mention import SourceSpec
from tanggap.office_hours import Deadlines
from tanggap.store.rows import SourceStatus
from tanggap.store.rows_answers import AnswerFacts, SeenAnswer, StatusChange
from tanggap.watching import Watch


@cache
def packaged_config() -> Config:
    """Return the config of Kota Sukamaju."""
    with as_file(files("tanggap.examples")) as folder:
        return load_config(folder / "sukamaju.toml")


WIB = ZoneInfo("Asia/Jakarta")
USUAL = calendar((), {}, WIB)
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=WIB)
"""The beginning of a week without days off."""


def at(day: int, hour: int = 8, minute: int = 0) -> datetime:
    """Return a moment so many days after MONDAY's, in UTC as the store gives it."""
    local = MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day)
    return local.astimezone(UTC)


def facts(number: int = 1, posted: datetime | None = None, **more: Any) -> AnswerFacts:
    """Return a complaint to DPUPR on X, seen at once, that nobody has answered."""
    posted_at = posted or at(0)
    values: dict[str, Any] = {
        "item_id": number,
        "version": 1,
        "network": "x",
        "kind": "mention",
        "posted_at": posted_at,
        "seen_at": posted_at + timedelta(minutes=1),
        "citizen": str(number),
        "addressed": ("dpupr",),
        "under_opd": None,
        "root_posted_at": None,
        "opd": "dpupr",
        "supporting": (),
        "jenis": "pengaduan",
        "sector": "jalan",
        "kecamatan": "cibeureum",
        "urgent": False,
        "sensitive": False,
        "confidential": False,
        "tab": "queue",
        "status": "baru",
        "answers": (),
        "changes": (StatusChange(posted_at, "baru", "mesin"),),
    }
    return AnswerFacts(**values | more)


def answered(
    when: datetime,
    opd: str = "dpupr",
    kind: str | None = "substantif",
    *,
    by_hand: bool = False,
) -> SeenAnswer:
    """Return an answer that was seen on the network, or that a person recorded."""
    return SeenAnswer(opd, when, kind, by_hand)


def changes(*steps: tuple[datetime, str]) -> tuple[StatusChange, ...]:
    """Return how a status went, `baru` first."""
    return (StatusChange(at(0), "baru", "mesin"), *(StatusChange(*step, "sari") for step in steps))


def reckoner(now: datetime, **deadlines: Any) -> Reckoner:
    """Return what judges at a moment, with the usual calendar and deadlines."""
    return Reckoner(USUAL, Deadlines(**deadlines), now)


def source(network: str, kind: str, opd: str, read_at: datetime | None) -> SourceStatus:
    """Return a source that was last read at a moment."""
    return SourceStatus(
        spec=SourceSpec(f"{network}:{kind}:{opd}", network, kind, (opd,), opd, 60),
        state="ok",
        code="",
        detail="",
        errors=0,
        next_poll_at=at(0),
        last_attempt_at=read_at,
        last_success_at=read_at,
        accepted=0,
        held_until=None,
        held_code="",
        gaps=(),
        quarantined=0,
    )


def watch(now: datetime) -> Watch:
    """Return a city whose accounts on all networks were read just now."""
    kinds = {"x": "timeline", "facebook": "feed", "instagram": "media"}
    sources = [
        source(network, kind, opd, now)
        for network, kind in kinds.items()
        for opd in ("dpupr", "dlh", "pemkot")
    ]
    return Watch(sources, packaged_config())
