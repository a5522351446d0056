"""Instagram by instaloader for one install: its sources, its session, its accounts' numbers."""

import logging
import threading
from collections.abc import Mapping

from collectors.base import Collector
from collectors.instagram_session import load_session, session_path
from collectors.instagram_web import InstagramClient
from collectors.instagram_web_errors import NETWORK, LibraryTrouble, NotThere, ProfileUnseen
from collectors.instagram_web_source import Account, InstagramWebCollector, Outcomes
from collectors.wire import own_accounts
from tanggap.config import Config
from tanggap.errors import Unavailable
from tanggap.mention import SourceSpec

log = logging.getLogger("tanggap.collectors.instagram_web")


class InstagramWebNetwork:
    """Instagram by instaloader for this install. Built from the config; touches nothing."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._outcomes = Outcomes(frozenset(config.instagram_web.accounts))
        self._lock = threading.Lock()
        self._closed = False
        self._client: InstagramClient | None = None
        self._found: dict[str, str] = {}

    def sources(self) -> list[SourceSpec]:
        """Return the sources that the config asks for; empty when the network is off."""
        settings = self._config.instagram_web
        if not settings.enabled:
            return []
        every = {"media": settings.poll_seconds, "tagged": settings.tagged_poll_seconds}
        return [
            SourceSpec(f"{NETWORK}:{opd}:{kind}", NETWORK, kind, (opd,), handle, seconds)
            for opd, handle in settings.accounts.items()
            for kind, seconds in every.items()
        ]

    def resolve(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return lower-case handle to account number; see `collectors.base.Network`.

        A name that Instagram does not show is left out: its sources ask again by themselves, and
        count. What was found before a failure is remembered, so that nothing is asked twice.
        """
        settings = self._config.instagram_web
        handles = [handle.lower() for handle in settings.accounts.values()]
        missing = [handle for handle in handles if handle not in {**known, **self._found}]
        if settings.enabled and missing:
            client = self._session_client()
            for handle in missing:
                try:
                    self._found[handle] = client.lookup(handle, NETWORK)
                except (ProfileUnseen, LibraryTrouble, NotThere, Unavailable) as trouble:
                    # One account's look-up stops no other: its sources ask again by themselves.
                    log.warning("event=profile_unseen code=%s", trouble.code)
        return {handle: number for handle, number in self._found.items() if handle not in known}

    def collector(self, spec: SourceSpec, ids: Mapping[str, str]) -> Collector:
        """Return the collector of one source; raise NotAuthorised without a usable session."""
        settings = self._config.instagram_web
        account = Account(spec.handle, ids.get(spec.handle.lower(), ""))
        own = own_accounts(ids, self._config.instagram.accounts, settings.accounts)
        client = self._session_client()
        return InstagramWebCollector(
            self._config, spec, account, own, client, self._outcomes, client.session.ends_at
        )

    def close(self) -> None:
        """Abandon requests under way and free all connections; safe from any thread."""
        with self._lock:
            self._closed = True
            client = self._client
        if client:
            client.close()

    def _session_client(self) -> InstagramClient:
        """Return the one client, made anew when another session was imported."""
        session = load_session(session_path(self._config))
        with self._lock:
            old = self._client
            if old and old.session == session:
                return old
            client = self._client = InstagramClient(self._config, session)
            closed = self._closed
        if closed:
            client.close()
        if old:
            old.close()
        return client
