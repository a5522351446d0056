"""The provider of the city's accounts: where people are sent, and whose name comes back.

Authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636).
The only module that knows authlib. Its signatures have moved to joserfc, of the same hand, which it
brings along: `authlib.jose` is deprecated since 1.7.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from joserfc.jws import JWSRegistry

from tanggap.clock import Clock
from tanggap.desk_settings import OidcSettings
from tanggap.web.oidc_wire import Wire
from tanggap.web.sso import Attempt, OidcRefused

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Never one whose key is a shared secret, or none."""
RSA_BITS_AT_LEAST = 2048
LEEWAY_SECONDS = 60
KEPT = timedelta(hours=1)
"""Real time for which discovery and keys are kept."""
T = TypeVar("T")


class Provider:
    """One provider, with this desk as its client. Every method raises OidcRefused.

    Beside the reasons of `Wire`: `issuer`, `endpoint` (what the discovery document says), `code`
    (not taken for a token), `keys`, `signature`, `id_token_NAME` (a claim that is wrong), `claim`
    (no name in the one that is configured).
    """

    def __init__(self, settings: OidcSettings, secret: str, redirect: str, clock: Clock) -> None:
        self._settings = settings
        self._secret = secret
        self._redirect = redirect
        self._clock = clock
        self._wire = Wire(settings.issuer)
        self._discovery = _Kept(self._discover, clock)
        self._keys = _Kept(self._fetch_keys, clock)

    def check(self) -> None:
        """Read the discovery document anew: the provider is there and is the configured one."""
        self._discovery.renewed()

    def login_address(self, attempt: Attempt) -> str:
        """Return where a browser is sent to log in."""
        endpoint = self._discovery.get()["authorization_endpoint"]
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def name_of(self, code: str, attempt: Attempt) -> str:
        """Return the account's name in the token that a code is good for."""
        claims = self._checked(self._id_token(code, attempt), attempt.nonce)
        name = claims.get(self._settings.claim)
        if not isinstance(name, str) or not name.strip():
            raise OidcRefused("claim")
        return name

    def _discover(self) -> dict[str, str]:
        """Return the addresses of the discovery document (Discovery 1.0, sections 4.1 and 4.3)."""
        issuer = self._settings.issuer
        found = self._wire.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise OidcRefused("issuer")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(self._wire.may_go_to(found.get(name)) for name in names):
            raise OidcRefused("endpoint")
        return {name: found[name] for name in names}

    def _id_token(self, code: str, attempt: Attempt) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": attempt.verifier,
        }
        endpoint = self._discovery.get()["token_endpoint"]
        try:
            found = self._wire.post(endpoint, form, self._settings.client_id, self._secret)
        except OidcRefused as exc:
            raise OidcRefused("code" if exc.reason == "status" else exc.reason) from exc
        token = found.get("id_token")
        if not isinstance(token, str):
            raise OidcRefused("code")
        return token

    def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Return the claims of a token after all that Core, section 3.1.3.7, wants looked at."""
        try:
            found = _signed(token, self._keys.get())
        except InvalidKeyIdError:  # the provider has changed its keys within the hour
            try:
                found = _signed(token, self._keys.renewed())
            except InvalidKeyIdError as exc:
                raise OidcRefused("keys") from exc
        client = self._settings.client_id
        options = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": client},
        }
        params = {"client_id": client, "nonce": nonce}  # azp is compared with client_id
        claims = CodeIDToken(found.claims, found.header, options, params)
        now = int(self._clock.real_now().timestamp())
        try:
            claims.validate(now=now, leeway=LEEWAY_SECONDS)
        except ClaimError as exc:
            raise OidcRefused(f"id_token_{exc.claim}") from exc
        return found.claims

    def _fetch_keys(self) -> KeySet:
        found = self._wire.get(self._discovery.get()["jwks_uri"]).get("keys")
        given = found if isinstance(found, list) else []
        keys = [key for key in map(_key, given) if key is not None]
        if not keys:
            raise OidcRefused("keys")
        return KeySet(keys)


def _signed(token: str, keys: KeySet) -> jwt.Token:
    """Return a token whose signature is of one of the keys; raise InvalidKeyIdError, OidcRefused.

    Further names in its header are harmless, and some providers write such.
    """
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        return jwt.decode(token, keys, registry=registry)
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise OidcRefused("signature") from exc


def _key(given: object) -> Key | None:
    """Return a public key of a JWK for signatures, None for one that is of no use here."""
    if not isinstance(given, dict) or given.get("use", "sig") != "sig":
        return None
    try:
        if given.get("kty") == "EC":
            return ECKey.import_key(given)
        if given.get("kty") == "RSA":
            key = RSAKey.import_key(given)
            return key if key.public_key.key_size >= RSA_BITS_AT_LEAST else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None


@dataclass
class _Kept(Generic[T]):
    """Something of the provider's that is fetched when it is asked for and kept for a while."""

    fetch: Callable[[], T]
    clock: Clock
    kept: tuple[datetime, T] | None = None

    def get(self) -> T:
        """Return it, fetched anew when what is kept is too old."""
        kept = self.kept
        if kept is not None and abs(self.clock.now() - kept[0]) <= KEPT * self.clock.speed:
            return kept[1]
        return self.renewed()

    def renewed(self) -> T:
        """Return it fetched now."""
        found = self.fetch()
        self.kept = (self.clock.now(), found)
        return found
