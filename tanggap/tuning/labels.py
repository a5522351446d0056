"""What people said of texts, made ready to train on: one label a text, no one voice too loud."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from classifier.dataset import LOCAL, UNKNOWN, Example
from classifier.text import words_of
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.sectors import SECTORS
from tanggap.store.rows_tuning import Label

LARGEST_SHARE = 0.25
"""Of the weight of all local labels that one labeller may have."""
LEAST_WEIGHT = 0.25
"""A label is weighed down to this at most, however many others its labeller gave."""
LABELLERS = 3
"""From so many labellers on there is a share to speak of."""
COUNTS_FROM = 20
"""Labels from which somebody is one of them; who labelled once changes nobody's weight."""
BLOCKS = 4
"""Groups of local texts in cross-validation, in the order of time."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text with the label that stands for it."""

    keys: frozenset[str]
    """Under which it was seen; the same words often come several times."""
    example: Example
    by: str
    """Whose label it is: the newest of those who count."""
    at: datetime
    posted_at: datetime

    @property
    def identity(self) -> tuple[str, str]:
        """Return what makes it one text."""
        return identity(self.example.text, self.example.parent_text)


def identity(text: str, parent_text: str | None) -> tuple[str, str]:
    """Return what two texts have in common that read the same."""
    return _folded(text), _folded(parent_text or "")


def settle(labels: Sequence[Label], aside: Collection[str] = ()) -> list[Text]:
    """Return one label for each text, oldest posting first: the newest of those who count.

    Labels of people `aside` are left out, and so are those that say too little to learn from: no
    jenis, or no sector where something is asked. A flag is as somebody said last; unknown when
    nobody did.
    """
    said: dict[tuple[str, str], list[Label]] = {}
    for label in labels:
        if label.by not in aside and label.text.strip():
            said.setdefault(identity(label.text, label.parent_text), []).append(label)
    texts: list[Text] = []
    for words in said.values():
        newest_last = sorted(words, key=lambda label: (label.at, label.key, label.by))
        complete = [label for label in newest_last if _complete(label)]
        if complete:
            texts.append(_text(newest_last, complete[-1]))
    return sorted(texts, key=lambda text: (text.posted_at, min(text.keys)))


def weights_of(counts: Mapping[str, int]) -> dict[str, float]:
    """Return what one label of each labeller counts: 1, or less where one gave most of all.

    With LABELLERS or more, nobody has more than LARGEST_SHARE of the weight (of three, an equal
    part), as far as that can be had without a label falling below LEAST_WEIGHT.
    """
    several = sum(n >= COUNTS_FROM for n in counts.values())
    if several < LABELLERS:
        return dict.fromkeys(counts, 1.0)
    share = max(LARGEST_SHARE, 1.0 / several)
    given = {by: float(n) for by, n in counts.items()}
    while True:
        most = share * sum(given.values())
        fewer = {
            by: min(weight, max(most, LEAST_WEIGHT * counts[by])) for by, weight in given.items()
        }
        if sum(given.values()) - sum(fewer.values()) < 1e-6:
            return {by: min(1.0, weight / counts[by]) for by, weight in fewer.items()}
        given = fewer


def to_train(texts: Sequence[Text]) -> list[Example]:
    """Return the texts with their weights, in BLOCKS groups by time, for cross-validation."""
    weights = weights_of(Counter(text.by for text in texts))
    return [
        replace(
            text.example,
            weight=round(weights[text.by], 4),
            group=f"{LOCAL}{i * BLOCKS // len(texts)}",
        )
        for i, text in enumerate(texts)
    ]


def to_judge(texts: Iterable[Text]) -> list[Example]:
    """Return the texts as what a model is measured by: a flag that nobody spoke of is empty."""
    return [
        replace(
            text.example,
            urgent=text.example.urgent.replace(UNKNOWN, ""),
            sensitive=text.example.sensitive.replace(UNKNOWN, ""),
        )
        for text in texts
    ]


def example_of(label: Label) -> Example:
    """Return a complete label as a text to learn from."""
    jenis = label.jenis or "pengaduan"
    return Example(
        text=label.text,
        jenis=jenis,
        sector=(label.sector or "") if jenis in ACTIONABLE else "",
        opd=label.opd or "",
        mentioned_opd="|".join(label.addressed),
        kecamatan=label.kecamatan or "",
        urgent=_flag(label.urgent),
        sensitive=_flag(label.sensitive),
        parent_text=label.parent_text or "",
    )


def _complete(label: Label) -> bool:
    """Whether a label says what a text is, in words that this program knows."""
    if label.jenis and label.jenis not in ACTIONABLE:
        return label.jenis in JENIS
    return label.sector in SECTORS  # a sector without a jenis is a complaint


def _text(said: Sequence[Label], chosen: Label) -> Text:
    """Return the text of several labels, oldest first, of which `chosen` stands."""
    example = example_of(chosen)
    for label in said:
        if label.urgent is not None:
            example = replace(example, urgent=_flag(label.urgent))
        if label.sensitive is not None:
            example = replace(example, sensitive=_flag(label.sensitive))
    return Text(
        keys=frozenset(label.key for label in said),
        example=example,
        by=chosen.by,
        at=chosen.at,
        posted_at=min(label.posted_at or label.at for label in said),
    )


def _flag(said: bool | None) -> str:
    return UNKNOWN if said is None else str(int(said))


def _folded(text: str) -> str:
    return " ".join(words_of(text)) or text.strip()
