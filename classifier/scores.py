"""Calibrated probabilities of one batch, and the words that made them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier.artefact import FLAGS, Artefact
from classifier.features import Document
from classifier.linear import lead
from classifier.opd import NO_TOPIC
from classifier.text import HANDLE, LINK
from classifier.vectoriser import Occurrences, Vectoriser
from tanggap.mention import ACTIONABLE, Prediction

Floats = npt.NDArray[np.float64]

TOP = 3
_MARKS = frozenset({LINK, HANDLE})
DEPTH = 8
"""Sectors that are kept in their order."""
SURE_ALONE = 0.8
"""From this confidence on a text's own words say what it is about, unless that is nothing. On
Facebook and Instagram nearly everything stands under some announcement, and what citizens raise
there often has nothing to do with it (tests/measure_parents.py)."""
FILED_ODDS = 10.0
"""How much likelier a filed report asks something than a like text of the corpus, of which three in
four do: of reports nearly all (30 in 31). A setting; a complaint that is put aside is the worst
error, and reports read like announcements where they tell what happened."""
PARENT = "induk:"
"""Stands before a word that is the parent's."""
WORDS = 3
"""Words named as reasons for one decision."""


class Scorer:
    """An artefact with its arrays laid out for prediction."""

    def __init__(self, artefact: Artefact) -> None:
        self.artefact = artefact
        self._vectoriser = Vectoriser(
            artefact.vocabulary, artefact.idf.astype(np.float64), artefact.block_weights
        )
        self._idf = artefact.idf
        self._weights = np.ascontiguousarray(artefact.weights, np.float32)
        self._intercepts = artefact.intercepts.astype(np.float64)

    def score(self, documents: Sequence[Document]) -> "Scores":
        """Return the probabilities of `documents`, row by row."""
        artefact = self.artefact
        first_sector, first_flag = len(artefact.jenis), len(artefact.jenis) + len(artefact.sectors)
        found = self._vectoriser.find(documents)
        raw = self._raw(found)
        jenis = artefact.jenis_calibration.probabilities(raw[:, :first_sector])
        sector = artefact.sector_calibration.probabilities(raw[:, first_sector:first_flag])
        unsure = leaves_open(artefact, sector)
        answers = [i for i, document in enumerate(documents) if document.parent and unsure[i]]
        joined = [documents[i].with_parent() for i in answers]
        found_joined = self._vectoriser.find(joined)
        if answers:
            sector[answers] = artefact.sector_calibration.probabilities(
                self._raw(found_joined)[:, first_sector:first_flag]
            )
        flags = {
            flag: artefact.flag_calibration[flag].probabilities(raw[:, first_flag + i])
            for i, flag in enumerate(FLAGS)
        }
        filed = np.array([document.filed for document in documents], bool)
        flags["actionable"] = np.where(
            filed, _likelier(flags["actionable"], FILED_ODDS), flags["actionable"]
        )
        order = np.argsort(-sector, axis=1, kind="stable")[:, :DEPTH]
        reasons = self._reasons(documents, found, order + first_sector)
        if answers:  # told with the parent's words, so those are named too
            of_joined = self._reasons(joined, found_joined, order[answers] + first_sector)
            for i, words in zip(answers, of_joined, strict=True):
                own = documents[i].tokens
                reasons[i] = [word if word in own else f"{PARENT}{word}" for word in words]
        readable = np.bincount(found.rows[found.tokens >= 0], minlength=len(documents)) > 0
        return Scores(artefact, jenis, sector, order, flags, reasons, readable)

    def best_sectors(self, documents: Sequence[Document]) -> list[tuple[str, float]]:
        """Return for each document its best sector with the probability, and nothing else."""
        labels, first = self.artefact.sectors, len(self.artefact.jenis)
        raw = self._raw(self._vectoriser.find(documents))[:, first : first + len(labels)]
        shares = self.artefact.sector_calibration.probabilities(raw)
        best = shares.argmax(axis=1)
        return [(labels[i], float(shares[row, i])) for row, i in enumerate(best)]

    def _raw(self, found: Occurrences) -> Floats:
        """Return n_documents x n_outputs uncalibrated scores."""
        matrix = self._vectoriser.weigh(self._vectoriser.count(found), self._vectoriser.idf)
        raw = np.asarray(matrix.astype(np.float32) @ self._weights, np.float64) + self._intercepts
        artefact = self.artefact
        if artefact.jenis_lead:
            asks = asking(artefact)
            raw[:, asked_column(artefact)] += artefact.jenis_lead * lead(raw[:, : len(asks)], asks)
        return raw

    def _reasons(
        self,
        documents: Sequence[Document],
        found: Occurrences,
        order: npt.NDArray[np.int64],
    ) -> list[list[str]]:
        """Return for each document the words that speak most for its best sector.

        A word's part is the sum over its own features of IDF times the lead of the best output
        over the second (`order`: output columns, best first); the norms are left out.
        """
        longest = max((len(document.tokens) for document in documents), default=0)
        own = found.tokens >= 0
        rows, features = found.rows[own], found.features[own]
        cells = features * np.int64(self._weights.shape[1])
        flat = self._weights.ravel()
        lead = flat.take(cells + order[rows, 0]) - flat.take(cells + order[rows, 1])
        parts = np.bincount(
            rows * np.int64(longest) + found.tokens[own],
            lead * self._idf.take(features),
            len(documents) * longest,
        ).reshape(len(documents), longest)
        best = np.argsort(-parts, axis=1, kind="stable")[:, : 2 * WORDS]
        reasons: list[list[str]] = []
        for row, document in enumerate(documents):
            words = [document.tokens[i] for i in best[row] if parts[row, i] > 0]
            named = dict.fromkeys(
                word for word in words if len(word) > 2 and word.isalpha() and word not in _MARKS
            )
            reasons.append(list(named)[:WORDS])
        return reasons


class Scores:
    """What one batch got; every method takes the number of a document in it."""

    def __init__(
        self,
        artefact: Artefact,
        jenis: Floats,
        sector: Floats,
        order: npt.NDArray[np.int64],
        flags: dict[str, Floats],
        reasons: list[list[str]],
        readable: npt.NDArray[np.bool_],
    ) -> None:
        shares, best = _within_groups(artefact, jenis, flags["actionable"])
        self._jenis_shares: list[list[float]] = shares.tolist()
        self._jenis_order: list[list[int]] = best.tolist()
        self._jenis_labels = artefact.jenis
        self._sector_shares: list[list[float]] = np.take_along_axis(sector, order, 1).tolist()
        self._sector_order: list[list[int]] = order.tolist()
        self._sector_labels = artefact.sectors
        self._flags: dict[str, list[float]] = {name: p.tolist() for name, p in flags.items()}
        self._reasons = reasons
        self._readable: list[bool] = readable.tolist()

    def readable(self, row: int) -> bool:
        """Whether the text holds anything that the model knows."""
        return self._readable[row]

    def flag(self, name: str, row: int) -> float:
        """Return the probability of one of `artefact.FLAGS`."""
        return self._flags[name][row]

    def jenis(self, row: int) -> Prediction:
        """Return the jenis with the best three."""
        labels, shares = self._jenis_labels, self._jenis_shares[row]
        top = tuple((labels[i], shares[i]) for i in self._jenis_order[row][:TOP])
        return Prediction(top[0][0], top[0][1], top)

    def sectors(self, row: int, least: float) -> list[tuple[str, float]]:
        """Return the best three sectors, and the next of at least `least`, best first."""
        labels, shares = self._sector_labels, self._sector_shares[row]
        ranked = [
            (labels[i], share) for i, share in zip(self._sector_order[row], shares, strict=True)
        ]
        return [*ranked[:TOP], *(pair for pair in ranked[TOP:] if pair[1] >= least)]

    def words(self, row: int) -> list[str]:
        """Return the words that speak most for the best sector, strongest first."""
        return self._reasons[row]


def leaves_open(artefact: Artefact, shares: Floats) -> npt.NDArray[np.bool_]:
    """Return which texts' own words leave open what they are about (n_texts x n_sectors)."""
    no_topic = np.array(artefact.sectors)[shares.argmax(axis=1)] == NO_TOPIC
    return np.asarray(no_topic | (shares.max(axis=1) < SURE_ALONE))


def asking(artefact: Artefact) -> npt.NDArray[np.bool_]:
    """Return which of the jenis ask something."""
    return np.array([label in ACTIONABLE for label in artefact.jenis])


def asked_column(artefact: Artefact) -> int:
    """Return the output that says whether anything is asked."""
    return len(artefact.jenis) + len(artefact.sectors) + FLAGS.index("actionable")


def _likelier(probability: Floats, odds: float) -> Floats:
    """Return the probability at `odds` times the odds."""
    return np.asarray(odds * probability / (1.0 - probability + odds * probability))


def _within_groups(
    artefact: Artefact, jenis: Floats, asked: Floats
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the shares of the jenis and their order: first whether anything is asked.

    The labels of the group that asks share the probability `asked`, the others the rest. The
    leading label is the best of the group that `asked` decides for, so that it never contradicts
    the decision whether anything is asked.
    """
    asks = asking(artefact)
    shares = jenis.copy()
    for group, part in ((asks, asked), (~asks, 1.0 - asked)):
        total = shares[:, group].sum(axis=1)
        total[total <= 0.0] = 1.0
        shares[:, group] *= (part / total)[:, None]
    decided = asked >= artefact.thresholds.asked_cut
    leads = np.where(decided[:, None] == asks, shares, -1.0).argmax(axis=1)
    ranked = shares.copy()
    ranked[np.arange(len(ranked)), leads] = 2.0
    return shares, np.argsort(-ranked, axis=1, kind="stable")
