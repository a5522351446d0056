"""One line of the report of `tanggap check`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`level`: ok, warn or fail."""

    part: str
    level: str
    text: str
    action: str = ""
