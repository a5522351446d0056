"""The table of the config that says how the daemon works through its sources."""

from typing import Annotated

from pydantic import Field, model_validator

from tanggap.networks import Seconds
from tanggap.toml_file import Table


class DaemonSettings(Table):
    """How the daemon works through its sources."""

    workers: Annotated[int, Field(ge=1, le=32)] = 4
    tick_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Real seconds between two looks at what is due."""
    lease_seconds: Seconds = 180
    backoff_first_seconds: Seconds = 5
    backoff_cap_seconds: Seconds = 3600
    poll_fastest: Annotated[float, Field(ge=0.1, le=1)] = 0.5
    poll_slowest: Annotated[float, Field(ge=1, le=20)] = 4.0
    """Factors of each `poll_seconds` between which busy and quiet sources are polled."""
    disk_low_mb: Annotated[int, Field(ge=0)] = 500
    """Collecting stops below this much free space; desk and exports go on."""

    @model_validator(mode="after")
    def _cap_above_first(self) -> "DaemonSettings":
        if self.backoff_first_seconds > self.backoff_cap_seconds:
            msg = (
                "backoff_first_seconds harus tidak lebih besar daripada backoff_cap_seconds "
                f"({self.backoff_cap_seconds})"
            )
            raise ValueError(msg)
        return self
