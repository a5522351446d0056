"""Linear scores to probabilities that mean what they say. Plain arrays, no scikit-learn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Softmax:
    """One of several labels: softmax of (scores + shift) / temperature."""

    temperature: float
    shift: tuple[float, ...]
    """Per label, in units of the score."""

    def probabilities(self, scores: Floats) -> Floats:
        """Return rows that sum to one; `scores` is n_mentions x n_labels."""
        scaled = (scores + np.array(self.shift)) / self.temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        powers = np.exp(scaled)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Yes or no (Platt): 1 / (1 + exp(-(slope * score + offset)))."""

    slope: float
    offset: float

    def probabilities(self, scores: Floats) -> Floats:
        """Return the probability of yes for each score."""
        power = np.clip(self.slope * scores + self.offset, -60.0, 60.0)
        return np.asarray(1.0 / (1.0 + np.exp(-power)))
