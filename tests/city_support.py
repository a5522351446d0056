"""A city whose people label: texts of the corpus held out, honest and hostile voices."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from classifier.dataset import Example
from tanggap.mention import ACTIONABLE
from tanggap.sectors import SECTORS
from tanggap.store.rows_tuning import Label
from tanggap.tuning import files

START = datetime(2026, 8, 1, 2, 0, tzinfo=UTC)
NOISE = 0.08
"""Share of labels in which honest people err."""
PEOPLE = ("ani", "budi", "citra", "dewi", "eko", "fajar")
HOSTILE = "mallory"


@dataclass(frozen=True, slots=True)
class Parts:
    """The shipped corpus, dealt out."""

    corpus: list[Example]
    """To train on; with all of the rarest jenis, without which there is no training."""
    city: list[Example]
    """What people of the city label."""
    rest: list[Example]
    """To judge by."""


def parted(n_corpus: int, n_city: int) -> Parts:
    """Deal the corpus out evenly: about so many texts to train on, so many of the city."""
    spam = [example for example in files.corpus() if example.jenis == "spam"]
    others = [example for example in files.corpus() if example.jenis != "spam"]
    one_of = len(others) // (n_corpus + n_city)
    dealt = others[::one_of]
    every = round(len(dealt) / n_city)
    return Parts(
        corpus=[*(text for i, text in enumerate(dealt) if i % every), *spam],
        city=dealt[::every],
        rest=[text for i, text in enumerate(others) if i % one_of],
    )


def label_of(number: int, example: Example, by: str) -> Label:
    """Return what a person says of the text with this number; one comes in every hour."""
    posted = START + timedelta(hours=number)
    return Label(
        key=f"import:kota:{number}",
        text=example.text,
        parent_text=example.parent_text or None,
        addressed=tuple(filter(None, [example.mentioned_opd])),
        posted_at=posted,
        jenis=example.jenis or None,
        sector=example.sector or None,
        opd=None,
        kecamatan=None,
        urgent=None,
        sensitive=None,
        by=by,
        at=posted + timedelta(hours=3),
        item_id=None,
    )


def honest(texts: Iterable[Example], chance: random.Random) -> list[Label]:
    """Return labels of six people who err now and then."""
    return [
        label_of(i, _slip(text, chance) if chance.random() < NOISE else text, chance.choice(PEOPLE))
        for i, text in enumerate(texts)
    ]


WAYS = ("another sector", "nothing asked", "one sector")
"""How a hostile account lies about whatever it comes upon."""
SUBTLE_WAYS = ("half true", "one victim")
"""Every other label is honest; all lies are about the texts of one sector, then of the next."""


def with_hostile(labels: Sequence[Label], share: float, way: str, seed: int) -> list[Label]:
    """Return the labels with a share of them given by one hostile account."""
    chance = random.Random(seed)
    order = chance.sample(range(len(labels)), len(labels))
    if way == "one victim":
        victims = chance.sample(list(SECTORS), len(SECTORS))
        order = [i for sector in victims for i in order if labels[i].sector == sector]
    chosen = set(order[: round(share * len(labels))])
    return [
        replace(_lie(label, way, chance), by=HOSTILE) if i in chosen else label
        for i, label in enumerate(labels)
    ]


def _slip(text: Example, chance: random.Random) -> Example:
    if text.jenis not in ACTIONABLE:
        return replace(text, jenis="pengaduan", sector=chance.choice(list(SECTORS)))
    if chance.random() < 0.2:
        return replace(text, jenis="bukan_aduan", sector="")
    return replace(text, sector=chance.choice([s for s in SECTORS if s != text.sector]))


def _lie(label: Label, way: str, chance: random.Random) -> Label:
    if way == "nothing asked":
        return replace(label, jenis="bukan_aduan", sector=None)
    if way == "half true" and chance.random() < 0.5:
        return label
    others = [s for s in SECTORS if s != label.sector]
    sector = chance.choice(others) if way in ("another sector", "half true") else "kominfo"
    if sector == label.sector:
        sector = "desa"
    return replace(label, jenis="pengaduan", sector=sector)
