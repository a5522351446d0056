"""The shared queue and all that the daemon must not forget."""

from tanggap.store.base import Store

__all__ = ["Store"]
