"""The second step of a login: switched on, asked for, switched off."""

import logging
from pathlib import Path

from tanggap.clock import Clock
from tanggap.config import read_secret
from tanggap.errors import ConfigError
from tanggap.store.base import SecondStepStore
from tanggap.store.rows_users import Totp
from tanggap.web import totp
from tanggap.web.throttle import LoginRefused, Throttle

KEY_AT_LEAST = 32

log = logging.getLogger("tanggap.web")


def totp_key(folder: Path) -> str:
    """Return the install's key for codes, "" where it has none; raise ConfigError.

    `folder` is where the name of its file starts.
    """
    key = read_secret("totp_key", folder)
    if 0 < len(key) < KEY_AT_LEAST:
        raise ConfigError(
            f"TANGGAP_TOTP_KEY terlalu pendek; pakai paling sedikit {KEY_AT_LEAST} huruf acak"
        )
    return key


class SecondStep:
    """Codes of accounts. `key` is the install's, from its environment; "": it has none."""

    def __init__(self, store: SecondStepStore, clock: Clock, throttle: Throttle, key: str) -> None:
        self._store = store
        self._clock = clock
        self._throttle = throttle
        self._key = key

    def check(self, name: str, code: str, recovery: str) -> None:
        """Use up a code, or a recovery code where one is given; raise LoginRefused.

        Wrong ones are counted apart from wrong passwords, and forgotten only with a whole login.
        """
        at = self._throttle.count(name, "code")
        if recovery.strip():
            digest = totp.recovery_digest(recovery)
            if not self._store.use_recovery_code(name, digest):
                log.warning("event=code_wrong kind=recovery")
                raise LoginRefused("wrong_recovery")
            log.warning("event=recovery_code_used")
        else:
            self._use(name, code)
        self._throttle.take_back(name, at, "code")

    def _use(self, name: str, code: str) -> None:
        kept = self._store.totp(name)
        if kept is not None and kept.key != totp.mark_of(self._key):
            log.error("event=totp_key_differs")
            raise LoginRefused("totp_key")
        step = None if kept is None else self._step(kept, code)
        if kept is None or step is None or not self._store.use_totp(name, kept.seed, step):
            log.warning("event=code_wrong kind=totp")
            raise LoginRefused("wrong_code")

    def _step(self, kept: Totp, code: str) -> int | None:
        secret = totp.secret_of(kept.seed, self._key)
        return totp.step_of(secret, code, self._clock.real_now(), kept.last)

    def begin(self, name: str) -> bool:
        """Make a new secret that waits for its first code; False where codes are asked already."""
        return self._store.begin_totp(name, totp.new_seed(), totp.mark_of(self._key))

    def waiting_secret(self, name: str) -> str:
        """Return the secret that waits for its first code; "" where none does."""
        kept = self._store.totp(name)
        if kept is None or kept.since is not None or kept.key != totp.mark_of(self._key):
            return ""
        return totp.secret_of(kept.seed, self._key)

    def confirm(self, name: str, code: str, keep: str) -> list[str]:
        """Ask for codes from now on, end all sessions but the digest `keep`; return the recovery
        codes, which are not to be had again. Raise LoginRefused when the code is wrong.
        """
        at = self._throttle.count(name, "code")
        kept = self._store.totp(name)
        if kept is None or not self.waiting_secret(name):
            raise LoginRefused("nothing_waiting")
        step = self._step(kept, code)
        codes = totp.new_recovery_codes()
        digests = [totp.recovery_digest(code) for code in codes]
        now = self._clock.now()
        if step is None or not self._store.confirm_totp(name, kept.seed, step, digests, now, keep):
            raise LoginRefused("wrong_code")
        self._throttle.take_back(name, at, "code")
        log.info("event=totp_on")
        return codes

    def new_recovery_codes(self, name: str) -> list[str]:
        """Return new recovery codes; the old ones are good no more."""
        codes = totp.new_recovery_codes()
        self._store.replace_recovery_codes(name, [totp.recovery_digest(code) for code in codes])
        return codes

    def recovery_codes_left(self, name: str) -> int:
        """Return how many recovery codes an account has left."""
        return self._store.recovery_codes_left(name)

    def end(self, name: str, keep: str) -> None:
        """Ask for no codes any more and end all sessions but the digest `keep`."""
        self._store.end_totp(name, keep)
        log.warning("event=totp_off")
