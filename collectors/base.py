"""What every network offers: its sources, and for each a thing that turns a cursor into a page."""

from collections.abc import Mapping
from typing import Protocol

from tanggap.mention import Cursor, Page, SourceSpec


class Collector(Protocol):
    """Reads one source. Never sleeps, never stores, never retries."""

    def fetch(self, cursor: Cursor | None, *, allowance: int | None) -> Page:
        """Return the next page; raise a `CollectorError`.

        `allowance` is how many billed resources may still be read today (None: no limit). A
        collector asks the network for no more than that and raises `RateLimited` with the code
        `budget` when even the smallest page would exceed it.
        """
        ...

    def close(self) -> None:
        """Abandon a request under way and free the connections; safe from any thread."""
        ...


class Network(Protocol):
    """One network of this install. Built from the config; touches nothing until asked."""

    def sources(self) -> list[SourceSpec]:
        """Return the sources that the config asks for; empty when the network is off."""
        ...

    def resolve(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return lower-case handle to account id for configured handles not in `known`.

        Asks the network only for what is missing; raises a `CollectorError` when it cannot.
        A handle that the network does not know is left out.
        """
        ...

    def collector(self, spec: SourceSpec, ids: Mapping[str, str]) -> Collector:
        """Return the collector of one source; raise NotAuthorised when its account has no id."""
        ...

    def close(self) -> None:
        """Abandon requests under way and free all connections; safe from any thread."""
        ...
