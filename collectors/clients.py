"""The open clients of one network: what makes them, and what closes all of them at once."""

import threading
import weakref
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What can be closed from any thread."""

    def close(self) -> None:
        """Abandon requests under way and free the connections."""
        ...


C = TypeVar("C", bound=Closable)


class Clients(Generic[C]):
    """Makes clients and closes all of them at once; safe from any thread."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._closed = False
        self._clients: weakref.WeakSet[C] = weakref.WeakSet()

    def new(self) -> C:
        """Return a client; one that can do nothing any more when all are closed."""
        client = self._make()
        with self._lock:
            self._clients.add(client)
            closed = self._closed
        if closed:
            client.close()
        return client

    def close(self) -> None:
        """Abandon requests under way and free all connections."""
        with self._lock:
            self._closed = True
            clients = list(self._clients)
        for client in clients:
            client.close()
