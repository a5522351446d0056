"""A script of faults: which requests go wrong, when, and how. Knows no network's wire format.

A script is a TOML file with `[[fault]]` tables, or the same as JSON (`{"fault": [...]}` or a bare
list). A fault fires for requests that fit all of its conditions:

    action      what happens; see ACTIONS here, and X_ACTIONS, GRAPH_ACTIONS and
                INSTAGRAM_WEB_ACTIONS for those of one network
    endpoint    short name, such as mentions (X), feed (Facebook), tags (Instagram); each wire
                lists its own
    path        substring of the request path
    source      substring of the handles that the request concerns, for example `dpupr_skm`
    since       from this simulated time (ISO 8601 with zone), inclusive
    until       up to this simulated time, exclusive
    skip        the first so many fitting requests pass
    count       fires at most so often
    every       fires on each nth fitting request only
    share       fires for this share (0..1) of fitting requests, drawn from `seed`
"""

import json
import random
import threading
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from tanggap.clock import from_text
from tanggap.errors import InputError
from tanggap.reasons import reason

ACTIONS = frozenset(
    {
        "status",  # status, headers, body: this instead of the true answer
        "html",  # status (200): a maintenance page
        "delay",  # seconds (1, real) before the true answer
        "hang",  # no answer until the client or the simulator goes
        "reset",  # after_bytes (0): connection reset
        "truncate",  # the promised length, half the body
        "drip",  # one byte every `seconds` (1, real)
        "gzip_bomb",  # megabytes (50) of zeros, gzipped
        "endless",  # a chunked body without end
        "redirect",  # location, status (302)
        "no_content_type",  # the true answer without its type
        "malformed",  # kind: cut, nan, nested, big_int, null, list, empty, surrogate
    }
)
"""Actions that any network may suffer; each wire adds its own."""


@dataclass
class Fault:
    """One line of the script; unknown settings are refused."""

    action: str
    endpoint: str = ""
    path: str = ""
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    skip: int = 0
    count: int | None = None
    every: int = 1
    share: float = 1.0
    seed: int = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | dict[str, Any] | list[Any] | None = None
    seconds: float | None = None
    """Length of a wait; each action has its own default and says which clock it means."""
    after_bytes: int = 0
    megabytes: int = 50
    location: str = ""
    kind: str = ""
    fitted: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._draws = random.Random(self.seed)  # noqa: S311 - a script must repeat exactly

    def draw(self, count: int) -> int:
        """Return a number below `count`, by chance; a script repeats exactly."""
        return self._draws.randrange(count)

    def fits(self, endpoint: str, path: str, source: str, now: datetime) -> bool:
        """Whether the request is one that this fault is about, counters apart."""
        return (
            self.endpoint in ("", endpoint)
            and self.path in path
            and self.source.lower() in source.lower()
            and (self.since is None or now >= self.since)
            and (self.until is None or now < self.until)
        )

    def fires(self) -> bool:
        """Count one fitting request and return whether the fault strikes it."""
        self.fitted += 1
        if self.count is not None and self.fired >= self.count:
            return False
        if self.fitted <= self.skip or (self.fitted - self.skip - 1) % self.every:
            return False
        if self.share < 1.0 and self._draws.random() >= self.share:
            return False
        self.fired += 1
        return True


class FaultScript:
    """The faults in force; the first that strikes a request wins."""

    def __init__(self, faults: Iterable[Fault] = (), extra_actions: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._known = ACTIONS | frozenset(extra_actions)
        self._faults: list[Fault] = []
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Put further faults at the end of the script; raise InputError for unknown actions."""
        for fault in faults:
            if fault.action not in self._known:
                known = ", ".join(sorted(self._known))
                raise InputError(f"gangguan `{fault.action}` tidak dikenal; yang ada: {known}")
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._faults.clear()

    def strike(
        self,
        endpoint: str,
        path: str,
        source: str,
        now: datetime,
        extra_actions: Collection[str] = (),
    ) -> Fault | None:
        """Return the fault that strikes this request, if any, and count it.

        Only a fault that the request's network can suffer: one of ACTIONS or of `extra_actions`.
        """
        with self._lock:
            for fault in self._faults:
                possible = fault.action in ACTIONS or fault.action in extra_actions
                if possible and fault.fits(endpoint, path, source, now) and fault.fires():
                    return fault
        return None

    def __len__(self) -> int:
        return len(self._faults)


def read_faults(path: Path) -> list[Fault]:
    """Return the faults of a TOML or JSON file; raise InputError naming what is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as exc:
        raise InputError(f"{path}: tidak dapat dibaca ({reason(exc)})") from exc
    except ValueError as exc:
        raise InputError(f"{path}: bukan naskah gangguan yang sah: {exc}") from exc
    return parse_faults(data)


def parse_faults(data: Any) -> list[Fault]:
    """Return the faults of a parsed script; raise InputError naming entry and setting."""
    entries = data.get("fault") if isinstance(data, Mapping) else data
    if not isinstance(entries, list):
        raise InputError("naskah gangguan harus berisi daftar `fault`")
    return [_fault(number, entry) for number, entry in enumerate(entries, start=1)]


_WANTED: dict[str, type | tuple[type, ...]] = {
    "skip": int,
    "every": int,
    "seed": int,
    "after_bytes": int,
    "megabytes": int,
    "status": int,
    "count": int,
    "share": (int, float),
    "seconds": (int, float),
    "headers": dict,
    "body": (str, dict, list),
}


def _fault(number: int, entry: Any) -> Fault:
    if not isinstance(entry, Mapping) or "action" not in entry:
        raise InputError(f"gangguan ke-{number}: harus tabel dengan `action`")
    known = {item.name for item in fields(Fault) if item.init}
    settings: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in known:
            raise InputError(f"gangguan ke-{number}: kunci `{key}` tidak dikenal")
        if key in ("since", "until"):
            settings[key] = _moment(number, key, value)
            continue
        if not isinstance(value, _WANTED.get(key, str)) or isinstance(value, bool):
            raise InputError(f"gangguan ke-{number}: `{key}` bernilai {value!r}, jenisnya salah")
        settings[key] = value
    fault = Fault(**settings)
    if fault.every < 1:
        raise InputError(f"gangguan ke-{number}: `every` harus 1 atau lebih")
    return fault


def _moment(number: int, key: str, value: Any) -> datetime:
    try:
        return from_text(value.isoformat() if isinstance(value, datetime) else str(value))
    except ValueError as exc:
        wanted = "waktu dengan zona, misalnya 2026-11-20T02:00:00Z"
        raise InputError(f"gangguan ke-{number}: `{key}` harus {wanted}") from exc
