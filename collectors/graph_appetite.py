"""What refusals taught the sources: how much may be asked for at once, and which posts fail.

In memory: a restart begins anew.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

_RECOVERS_AFTER = 50
"""Good pages in a row after which a halved page grows again."""
_MOST_HALVINGS = 5
_SUBJECTS_KEPT = 5_000

Verdict = Literal["skip", "settle", "all"]
"""About a post that is shut: read the others and come back, or leave it until it changes, or take
it that all of the source is shut."""


@dataclass(slots=True)
class _Trouble:
    """Refusals of one subject (a post, or the list) since it was last read whole."""

    good_before: int
    """Good pages of the source before the first one."""
    times: int = 0
    halved: int = 0


@dataclass(slots=True)
class _Source:
    halved: int = 0
    good: int = 0
    good_at_size: int = 0
    shut: dict[str, set[str]] = field(default_factory=dict)
    """Reason to the posts that were shut one after the other, none being read in between."""
    single: set[str] = field(default_factory=set)
    """Posts that were shut while others could be read."""


class Appetite:
    """Memory of the sources of one network; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sources: dict[str, _Source] = {}
        self._troubles: dict[tuple[str, str], _Trouble] = {}

    def size(self, source: str, subject: str, full: int) -> int:
        """Return how many items to ask for where `full` is the most."""
        with self._lock:
            trouble = self._troubles.get((source, subject))
            halved = max(self._of(source).halved, trouble.halved if trouble else 0)
            return max(1, full >> halved)

    def refused(self, source: str, subject: str, *, too_much: bool) -> tuple[int, bool]:
        """Note a refusal; return how many `subject` had, and if others did better since the first.

        From the second one on that may mean too much data, its pages are halved.
        """
        with self._lock:
            of = self._of(source)
            if len(self._troubles) >= _SUBJECTS_KEPT:
                self._troubles.clear()
            trouble = self._troubles.setdefault((source, subject), _Trouble(of.good))
            trouble.times += 1
            of.good_at_size = 0
            if too_much and trouble.times >= 2:
                trouble.halved = min(max(trouble.halved, of.halved) + 1, _MOST_HALVINGS)
            return trouble.times, of.good > trouble.good_before

    def fed(self, source: str, subject: str) -> None:
        """Note a good page.

        A size that cured one subject is tried on all; one that is never cured stays alone with it.
        """
        with self._lock:
            of, trouble = self._of(source), self._troubles.get((source, subject))
            of.good += 1
            if trouble and trouble.halved > of.halved:
                of.halved, of.good_at_size = trouble.halved, 0
            if not of.halved:
                return
            of.good_at_size += 1
            if of.good_at_size >= _RECOVERS_AFTER:
                of.good_at_size = 0
                of.halved -= 1

    def done(self, source: str, subject: str) -> None:
        """Note that a subject was read whole: its troubles are over."""
        with self._lock:
            self._troubles.pop((source, subject), None)
            if subject:
                of = self._of(source)
                of.single = of.single.union(*of.shut.values()) - {subject}
                of.shut.clear()

    def shut(
        self, source: str, post: str, reason: str, most: int, others: Collection[str]
    ) -> Verdict:
        """Note that a post's comments may not be read; return what that means.

        `most` different posts in a row mean all of the source. From then on each try looks at one
        more of the `others` in the queue: if one of them can be read, it was not the source.
        """
        with self._lock:
            of = self._of(source)
            if post in of.single:
                return "settle"
            row = of.shut.setdefault(reason, set())
            new = post not in row
            row.add(post)
            if len(row) >= most and (new or row.issuperset(others)):
                return "all"
            return "skip"

    def _of(self, source: str) -> _Source:
        return self._sources.setdefault(source, _Source())
