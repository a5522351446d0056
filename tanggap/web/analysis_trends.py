"""What more labels would bring, and whether what comes in still is what the model learned from."""

from dataclasses import dataclass
from datetime import datetime

from tanggap.clock import from_text
from tanggap.web.analysis_frame import Body


@dataclass(frozen=True, slots=True)
class Step:
    """Sector accuracy with so many labels; `low` and `high` hold 80 % of resampling."""

    labels: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What so many more labels would bring; `low` and `high` are of the gain, as shares."""

    more: int
    labels: int
    accuracy: float
    gain: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """The report; without enough labels there are no steps."""

    enough: bool
    needed: int
    n_labels: int
    measured: tuple[Step, ...]
    forecast: tuple[Forecast, ...]
    complete: bool
    """Whether all sizes were fitted before time ran out."""


@dataclass(frozen=True, slots=True)
class Psi:
    """How far something has moved, and from where on that is more than chance."""

    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class Week:
    """One week of what came in, against the time of training."""

    start: datetime
    n: int
    moved: Psi
    """Of the sectors."""
    surer: Psi | None
    """Of the confidences; None while too little has come in since the training."""
    confidence: float
    unknown_share: float
    state: str
    causes: tuple[str, ...]
    """What makes the state: names of `analysis_words.CAUSES`."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The report."""

    weeks: tuple[Week, ...]
    movers: tuple[tuple[str, float, float], ...]
    """Sectors whose share changed most: (sector, before, now)."""
    alarm: bool
    alarm_text: str


def learning_curve_of(body: Body) -> LearningCurve:
    """Read the report `learning_curve`."""
    return LearningCurve(
        bool(body["enough"]),
        int(body["needed"]),
        int(body["n_labels"]),
        tuple(
            Step(
                int(one["n"]),
                float(one["sector_accuracy"]),
                float(one["low"]),
                float(one["high"]),
            )
            for one in body["points"]
        ),
        tuple(
            Forecast(
                int(one["more"]),
                int(one["n"]),
                float(one["sector_accuracy"]),
                float(one["gain"]),
                float(one["low"]),
                float(one["high"]),
            )
            for one in body["forecast"]
        ),
        bool(body["complete"]),
    )


def drift_of(body: Body) -> Drift:
    """Read the report `drift`; the newest week first."""
    weeks = [
        Week(
            from_text(str(one["start"])),
            int(one["n"]),
            Psi(float(one["psi_sector"]), float(one["limit_sector"])),
            None
            if one["psi_confidence"] is None
            else Psi(float(one["psi_confidence"]), float(one["limit_confidence"])),
            float(one["confidence"]),
            float(one["unknown_share"]),
            str(one["state"]),
            tuple(str(cause) for cause in one["causes"]),
        )
        for one in body["weeks"]
    ]
    return Drift(
        tuple(sorted(weeks, key=lambda week: week.start, reverse=True)),
        tuple(
            (str(one["sector"]), float(one["before"]), float(one["now"])) for one in body["movers"]
        ),
        bool(body["alarm"]),
        str(body["alarm_text"] or ""),
    )
