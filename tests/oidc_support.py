"""A provider of OpenID Connect on loopback, for one desk that is its client.

It speaks what the specifications say: discovery, authorization endpoint, token endpoint with
client_secret_basic and PKCE, key set, signed ID tokens. What a test wants wrong it says beforehand.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey
from web_support import Town, Visitor, town
from x_support import Reply, Request, WireServer, serving

CLIENT = "meja:tanggap"
SECRET = "rahasia%klien:+/uji"
"""With letters that mean something else in a header or a form."""
PUBLIC = "http://tanggap.sukamaju.example"
REDIRECT = f"{PUBLIC}/masuk/sso/kembali"
REALM = "/realms/sukamaju"


@cache
def rsa_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@dataclass
class Provider:
    """What it says of itself, whom it knows, and what it has handed out."""

    made: Town | None = None
    server: WireServer | None = None
    name: object = "ketua"
    """Who is logged in there."""
    key: Key = field(default_factory=lambda: rsa_key("satu"))
    algorithm: str = "RS256"
    published: list[Key] | None = None
    """The key set; None: the key that signs."""
    discovery: dict[str, object] = field(default_factory=dict)
    claims: dict[str, object] = field(default_factory=dict)
    """Said otherwise than it should be; None: left out."""
    forge: Callable[[dict[str, Any]], str] | None = None
    """Makes the ID token of its claims in the place of a signature."""
    instead: dict[str, Reply] = field(default_factory=dict)
    """Answers of a path in the place of the right one."""
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """What was asked for with each code that is still good."""

    @property
    def url(self) -> str:
        assert self.server is not None
        return self.server.url

    @property
    def issuer(self) -> str:
        return self.url + REALM

    def asked(self, path: str) -> list[Request]:
        """Return the requests that came to a path."""
        assert self.server is not None
        return [one for one in self.server.requests if one.path == REALM + path]

    def respond(self, request: Request) -> Reply:
        path = request.path.removeprefix(REALM)
        if path in self.instead:
            return self.instead[path]
        match request.method, path:
            case "GET", "/.well-known/openid-configuration":
                return Reply(body=self._says())
            case "GET", "/certs":
                keys = self.published if self.published is not None else [self.key]
                return Reply(body={"keys": [one.as_dict(private=False) for one in keys]})
            case "GET", "/auth":
                return self._authorise(request.query)
            case "POST", "/token":
                return self._exchange(request)
        return Reply(404, b"tidak ada")

    def _says(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/certs",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.discovery

    def _authorise(self, asked: Mapping[str, str]) -> Reply:
        right = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "code_challenge_method": "S256",
        }
        if not right.items() <= asked.items() or "openid" not in asked["scope"].split():
            return Reply(400, b"permintaan keliru")
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        query = urlencode({"code": code, "state": asked["state"], "session_state": "x"})
        return Reply(302, headers={"Location": f"{REDIRECT}?{query}"})

    def _exchange(self, request: Request) -> Reply:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(given).decode().partition(":")
        if (kind, unquote_plus(name), unquote_plus(secret)) != ("Basic", CLIENT, SECRET):
            return Reply(401, {"error": "invalid_client"})
        form = dict(parse_qsl(request.body.decode()))
        asked = self.codes.pop(form.get("code", ""), None)
        proven = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        )
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or proven.decode().rstrip("=") != asked["code_challenge"]
        ):
            return Reply(400, {"error": "invalid_grant"})
        token = self._id_token(asked["nonce"])
        return Reply(
            body={"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token}
        )

    def _id_token(self, nonce: str) -> str:
        claims = {
            "iss": self.issuer,
            "sub": "6f1c",
            "aud": CLIENT,
            "exp": self.seconds(300),
            "iat": self.seconds(),
            "nonce": nonce,
            "preferred_username": self.name,
        } | self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        if self.forge is not None:
            return self.forge(said)
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return jwt.encode(header, said, self.key, algorithms=[self.algorithm])

    def seconds(self, later: int = 0) -> int:
        """Return the present moment, or a later one, as tokens say it."""
        assert self.made is not None
        return int(self.made.clock.real_now().timestamp()) + later


@contextmanager
def city_with_provider(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **oidc: object
) -> Iterator[Provider]:
    """Serve a provider and, as its client, a desk."""
    monkeypatch.setenv("TANGGAP_OIDC_SECRET", SECRET)
    provider = Provider()
    with serving(provider.respond) as provider.server:
        settings = {"issuer": provider.issuer, "client_id": CLIENT} | oidc
        with town(folder, public_url=PUBLIC, oidc=settings) as provider.made:
            yield provider


def press(visitor: Visitor, goal: str = "") -> str:
    """Press the button; return the provider's address that it leads to."""
    answer = visitor.get(f"/masuk/sso?lanjut={goal}" if goal else "/masuk/sso")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def at_provider(address: str) -> str:
    """Log in at the provider; return the path of the desk to which it leads back."""
    answer = requests.get(address, allow_redirects=False, timeout=20)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{REDIRECT}?")
    return answer.headers["location"].removeprefix(PUBLIC)


def log_in(visitor: Visitor, goal: str = "") -> requests.Response:
    """Go the whole way; return the desk's last answer."""
    return visitor.get(at_provider(press(visitor, goal)))


def compact(header: Mapping[str, object], claims: Mapping[str, object], key: bytes = b"") -> str:
    """Return a token as somebody makes it who has no key of the provider."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, claims)
    ]
    mac = hmac.digest(key, b".".join(parts), "sha256") if key else b""
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()
