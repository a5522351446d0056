"""The tables of the config about the review desk: where it is, and who may say who people are."""

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from tanggap.loopback import is_guarded
from tanggap.roles import Role
from tanggap.toml_file import Table

PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+/?")


class OidcSettings(Table):
    """The provider of the city's own accounts (OpenID Connect). Off when the table is absent."""

    issuer: str
    """As its discovery document names itself, to the letter."""
    client_id: Annotated[str, Field(min_length=1)]
    claim: Annotated[str, Field(min_length=1)] = "preferred_username"
    """What of the ID token is the name of the account here."""
    caption: Annotated[str, Field(min_length=1)] = "Masuk dengan akun kota"
    """What the button on the login page says."""

    @field_validator("issuer")
    @classmethod
    def _guarded(cls, value: str) -> str:
        # OpenID Connect Discovery 1.0, section 3: https, no query, no fragment.
        if not is_guarded(value) or "?" in value or "#" in value:
            # The value is not repeated: it may hold a password.
            msg = "harus alamat https, misalnya https://akun.sukamaju.example; http hanya loopback"
            raise ValueError(msg)
        return value


class WebSettings(Table):
    """The review desk."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8600
    public_url: str = ""
    """Address under which people reach it, for example `https://tanggap.sukamaju.example`;
    decides Secure cookies and the accepted Origin. Empty: `http://host:port`."""
    session_idle_minutes: Annotated[int, Field(ge=1, le=7 * 1_440)] = 60
    session_hours: Annotated[int, Field(ge=1, le=30 * 24)] = 12
    require_totp: Annotated[tuple[Role, ...], Field(strict=False)] = ()
    """Roles whose accounts see nothing before they have switched on codes at login."""
    oidc: OidcSettings | None = None

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        if value and not PUBLIC_URL.fullmatch(value):
            msg = "harus berupa alamat tanpa jalur, misalnya https://tanggap.sukamaju.example"
            raise ValueError(msg)
        return value.rstrip("/")

    @model_validator(mode="after")
    def _provider_can_lead_back(self) -> "WebSettings":
        if self.oidc and not self.public_url:
            msg = (
                "[web.oidc] perlu web.public_url, misalnya https://tanggap.sukamaju.example: ke "
                "alamat itulah penyedia akun mengantar orang kembali"
            )
            raise ValueError(msg)
        return self
