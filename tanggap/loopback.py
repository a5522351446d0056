"""Which addresses can only be this machine, and which nobody between reads along."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Return the host of an address, or nothing when it is no address or carries a login."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return ""
    return parts.hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_guarded(url: str) -> bool:
    """Whether nobody between can read what goes to an address: https, or this machine."""
    host = host_of(url)
    try:
        parts = urlsplit(url)
        told = parts.port != 0  # to ask for the port raises where it is no number
    except ValueError:
        return False
    return bool(host) and told and (parts.scheme == "https" or is_loopback(host))
