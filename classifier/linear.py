"""Linear scores to probabilities that mean what they say. Plain arrays, no scikit-learn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LEAD_TEMPERATURE = 0.6
"""How smooth a lead is: near zero it is the best column over the best one."""


def lead(scores: Floats, group: Bools) -> Floats:
    """Return how far the best of the columns `group` stands above the best of the others.

    Smoothly: a soft maximum, so that two fair ones are stronger than one.
    """
    scaled = scores / LEAD_TEMPERATURE
    tops = [np.logaddexp.reduce(scaled[:, columns], axis=1) for columns in (group, ~group)]
    return np.asarray(LEAD_TEMPERATURE * (tops[0] - tops[1]))


def lead_slopes(scores: Floats, group: Bools) -> Floats:
    """Return what one more in each column of one row of `scores` would add to its lead."""
    powers = np.exp((scores - scores.max()) / LEAD_TEMPERATURE)
    slopes = np.where(group, powers / powers[group].sum(), -powers / powers[~group].sum())
    return np.asarray(slopes, np.float64)


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
