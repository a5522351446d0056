"""One module per network: wire format in, Mention out."""

from collections.abc import Callable

from collectors.base import Network
from collectors.facebook import FacebookNetwork
from collectors.instagram import InstagramNetwork
from collectors.instagram_web_network import InstagramWebNetwork
from collectors.x import XNetwork
from tanggap.config import Config

NETWORKS: dict[str, Callable[[Config], Network]] = {
    "x": XNetwork,
    "facebook": FacebookNetwork,
    "instagram": InstagramNetwork,
    "instagram_web": InstagramWebNetwork,
}
"""Network name to what builds it from the config."""
