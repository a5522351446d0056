"""Of what kind a public answer is (docs/answers.md), by its own words. Pure once it is loaded."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier.answer_artefact import AnswerArtefact
from classifier.answer_marks import marks
from classifier.features import Document
from classifier.text import HANDLE, LINK, clean, tokens
from classifier.vectoriser import Occurrences, Vectoriser
from tanggap.mention import Prediction

Floats = npt.NDArray[np.float64]

TOP = 3
PHRASES = 3
"""Words or phrases named as reasons."""
STRONGEST = 5
"""Words that phrases are put together from."""
_HIDDEN = frozenset({LINK, HANDLE})


def document_of(text: str) -> Document:
    """Return what the model sees of an answer: its words and its marks."""
    cleaned = clean(text)
    said = tuple(tokens(cleaned))
    return Document(said, marks(cleaned, sum(word.isalnum() for word in said)))


class AnswerKinds:
    """The trained model laid out for prediction."""

    def __init__(self, artefact: AnswerArtefact) -> None:
        self.labels = artefact.labels
        self._calibration = artefact.calibration
        self._vectoriser = Vectoriser(
            artefact.vocabulary, artefact.idf.astype(np.float64), artefact.block_weights
        )
        self._weights = artefact.weights.astype(np.float64)
        self._intercepts = artefact.intercepts.astype(np.float64)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return n_texts x n_labels; rows sum to one, columns stand as in `labels`."""
        return self._shares(self._vectoriser.find([document_of(text) for text in texts]))

    def judge(self, texts: Sequence[str]) -> list[tuple[Prediction, tuple[str, ...]]]:
        """Return for each text its kind, and the words that spoke most for it, strongest first.

        Words that stand side by side are one phrase ("sudah ditambal"); at most three are named.
        """
        if not texts:
            return []
        documents = [document_of(text) for text in texts]
        found = self._vectoriser.find(documents)
        shares = self._shares(found)
        order = np.argsort(-shares, axis=1, kind="stable")
        parts = self._parts(found, order)
        judged: list[tuple[Prediction, tuple[str, ...]]] = []
        for row, document in enumerate(documents):
            top = tuple((self.labels[i], float(shares[row, i])) for i in order[row, :TOP])
            of_row = parts[row, : len(document.tokens)]
            judged.append((Prediction(*top[0], top), _phrases(document.tokens, of_row)))
        return judged

    def _shares(self, found: Occurrences) -> Floats:
        rows = self._vectoriser.weigh(self._vectoriser.count(found), self._vectoriser.idf)
        return self._calibration.probabilities(rows @ self._weights + self._intercepts)

    def _parts(self, found: Occurrences, order: npt.NDArray[np.int64]) -> Floats:
        """Return what each token gives the best kind over the second, n_texts x most tokens.

        The sum over the token's own features of IDF times the lead; the norms are left out.
        """
        own = found.tokens >= 0
        rows, features, places = found.rows[own], found.features[own], found.tokens[own]
        longest = int(places.max(initial=-1)) + 1
        lead = self._weights[features, order[rows, 0]] - self._weights[features, order[rows, 1]]
        cells = rows * np.int64(longest) + places
        summed = np.bincount(
            cells, lead * self._vectoriser.idf[features], found.n_documents * longest
        )
        return np.asarray(summed.reshape(found.n_documents, longest))


def _phrases(said: Sequence[str], parts: Floats) -> tuple[str, ...]:
    """Return the strongest words, neighbours joined, the strongest phrase first."""
    strong = [
        int(place)
        for place in np.argsort(-parts, kind="stable")
        if parts[place] > 0 and said[place].isalpha() and said[place] not in _HIDDEN
    ][:STRONGEST]
    runs: list[list[int]] = []
    for place in sorted(strong):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    runs.sort(key=lambda run: -sum(float(parts[place]) for place in run))
    named = dict.fromkeys(" ".join(said[place] for place in run) for run in runs)
    return tuple(named)[:PHRASES]
