"""What `tanggap check` says of the provider of the city's accounts."""

from collections.abc import Iterator

from tanggap.commands.finding import Finding
from tanggap.config import Config
from tanggap.errors import ConfigError
from tanggap.web.sso import OidcRefused, provider_of

_PROBLEMS = {
    "unreachable": (
        "penyedia akun tidak menjawab",
        "Periksa alamat dan jaringan; masuk dengan kata sandi tetap bisa.",
    ),
    "issuer": (
        "penyedia menyebut dirinya dengan alamat lain",
        "Samakan web.oidc.issuer dengan `issuer` pada dokumen penemuannya, huruf demi huruf.",
    ),
    "endpoint": (
        "dokumen penemuan menyebut alamat yang tidak boleh dipakai",
        "Penyedia harus memakai https untuk semua alamatnya.",
    ),
}
_ANSWER = (
    "di sana tidak ada dokumen penemuan OpenID Connect",
    "Periksa web.oidc.issuer.",
)


def provider_finding(config: Config, *, offline: bool) -> Iterator[Finding]:
    """Say whether the provider of the city's accounts is there, and is the configured one."""
    settings = config.web.oidc
    if settings is None:
        return
    try:
        provider = provider_of(config)
        if provider is None or offline:
            yield Finding("akun kota", "ok", f"{settings.issuer}; tidak diperiksa")
            return
        provider.check()
    except ConfigError as exc:
        yield Finding("akun kota", "fail", str(exc))
    except OidcRefused as exc:
        text, action = _PROBLEMS.get(exc.reason, _ANSWER)
        yield Finding("akun kota", "fail", f"{settings.issuer}: {text}", action)
    else:
        yield Finding("akun kota", "ok", f"{settings.issuer}, penyedia menjawab")
