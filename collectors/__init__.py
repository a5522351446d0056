"""One module per network: wire format in, Mention out."""

from collections.abc import Callable

from collectors.base import Network
from collectors.x import XNetwork
from tanggap.config import Config

NETWORKS: dict[str, Callable[[Config], Network]] = {"x": XNetwork}
"""Network name to what builds it from the config."""
