"""What a long run may not do: grow. Samples of a process, and the line through them."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from process_support import Usage, usage_of

HEAP = 64 * 2**20


@dataclass(frozen=True)
class Sample:
    """One look at a process: `at` in real seconds since the first look."""

    at: float
    usage: Usage
    wal_mb: float


@dataclass
class Watch:
    """Looks at a process every so often, from a thread."""

    pid: int
    database: Path
    every: float
    samples: list[Sample] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Look until `stop`."""
        began = time.monotonic()
        log = self.database.with_name(self.database.name + "-wal")
        while True:
            wal = log.stat().st_size / 2**20 if log.exists() else 0.0
            self.samples.append(Sample(time.monotonic() - began, usage_of(self.pid), wal))
            if stop.wait(self.every):
                return

    def after(self, warm_up: float) -> list[Sample]:
        """Return the samples from `warm_up` seconds on."""
        return [sample for sample in self.samples if sample.at >= warm_up]


def heaps_of_threads(pid: int) -> int:
    """Return how many heaps a process has beside its first one: glibc gives them to threads."""
    return heaps_in(Path(f"/proc/{pid}/maps").read_text(encoding="utf-8"))


def heaps_in(maps: str) -> int:
    """Return how many heaps of threads a map of memory shows.

    Such a heap is taken in pieces of 64 MB that begin at a multiple of it; the part that is not in
    use yet may be neither read nor written. The guard page below a thread's stack looks the same
    where the stack begins at such a multiple (Linux from 6.7 on aligns stacks), but what lies
    before that is no used part of a heap.
    """
    found, before = 0, (0, 0, "")
    for line in maps.splitlines():
        parts = line.split()
        start, end = (int(one, 16) for one in parts[0].split("-"))
        anonymous = parts[4] == "0"
        if anonymous and parts[1] == "---p" and end % HEAP == 0:
            used_from, used_to, allowed = before
            found += allowed == "rw-p" and used_from <= end - HEAP < used_to == start
        before = (start, end, parts[1]) if anonymous else (0, 0, "")
    return found


@contextmanager
def watched(*watches: Watch) -> Iterator[None]:
    """Let all watches look while the body runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=watch.run, args=(stop,)) for watch in watches]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def slope_per_hour(samples: Sequence[Sample]) -> tuple[float, float]:
    """Return how many MB a process grows in an hour, and the doubt (one standard error) of it.

    The line of least squares through (real time, RSS). Memory moves in steps of an allocator, not
    as noise around a line: so the samples are first reduced to the medians of twenty equal
    stretches, and the error comes from what those leave of the line.
    """
    points = medians(samples, 20)
    assert len(points) >= 3, "too few samples for a line"
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    left = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return slope, (left / (len(points) - 2) / spread) ** 0.5


def medians(samples: Sequence[Sample], stretches: int) -> list[tuple[float, float]]:
    """Return (middle in hours, median RSS in MB) of equal stretches of time that have samples."""
    first, last = samples[0].at, samples[-1].at
    length = (last - first) / stretches
    found = []
    for number in range(stretches):
        start = first + number * length
        end = start + length if number < stretches - 1 else last + 1
        inside = sorted(sample.usage.rss_mb for sample in samples if start <= sample.at < end)
        if inside:
            found.append(((start + length / 2) / 3600, inside[len(inside) // 2]))
    return found
