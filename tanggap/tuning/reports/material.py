"""What the reports are made of: the model and the one before it, labelled texts, what came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import models
from classifier import Classifier
from classifier.artefact import Artefact, read
from classifier.dataset import Example
from tanggap.clock import to_text
from tanggap.errors import InputError, ModelError
from tanggap.policy import Policy
from tanggap.store import Store
from tanggap.store.rows import EVERYTHING, Item, ItemFilter
from tanggap.store.rows_tuning import Label, ModelVersion
from tanggap.tuning import files, versions
from tanggap.tuning.labels import Text, settle, to_judge, to_train
from tanggap.tuning.test_set import LEAST, SHARE, part, repeated
from tanggap.tuning.tested import Tested, set_aside, tested_by
from tanggap.wording import day, number

ITEMS = 20_000
ITEMS_SINCE = timedelta(weeks=26)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Model:
    """One version with all that it decides by."""

    artefact: Artefact
    classifier: Classifier
    trained_at: datetime | None
    """None: before it came to this city."""
    n_local: int
    parent: str | None
    ours: bool
    """Whether it was trained here; what the config names was not."""

    @property
    def version(self) -> str:
        """Return what stands on its decisions."""
        return self.artefact.version


@dataclass(frozen=True, slots=True)
class Measured:
    """Texts that the model never saw, and what they are."""

    source: str
    """`test_set`, `labels` or `social`."""
    examples: tuple[Example, ...]
    texts: tuple[Text, ...] = ()
    """What they were made of; none where they are not the city's."""
    first: datetime | None = None
    last: datetime | None = None

    def as_json(self) -> dict[str, object]:
        """Return the `data` of a report's head."""
        return {
            "source": self.source,
            "n": len(self.examples),
            "first_posted_at": None if self.first is None else to_text(self.first),
            "last_posted_at": None if self.last is None else to_text(self.last),
            "caption": self._caption(),
        }

    def _caption(self) -> str:
        n = number(len(self.examples))
        if self.source == "social":
            return f"{n} teks uji bawaan Tanggap (belum cukup label kota ini)"
        kind = "set uji beku kota ini" if self.source == "test_set" else "label kota ini"
        span = ""
        if self.first is not None and self.last is not None:
            first, last = (day(moment, ZoneInfo("UTC")) for moment in (self.first, self.last))
            span = f", {first} sampai {last}" if first != last else f", {first}"
        return f"{n} teks, {kind}{span}"


@dataclass(frozen=True, slots=True)
class Local:
    """The city's own labels."""

    labels: tuple[Label, ...]
    texts: tuple[Text, ...]
    training: tuple[Example, ...]
    """What may be trained on, oldest first."""
    test: tuple[Example, ...]
    """The frozen test set; where there is none, the newest quarter."""
    tested: Tested
    """The frozen test set itself."""


def model_of(store: Store, policy: Policy, version: str | None, configured: str) -> Model:
    """Return a version (None: the one in use); `configured` is what the config names.

    Raise InputError when there is no such version or its bytes are gone, ModelError when it is not
    sound.
    """
    wanted = version or store.current_model()
    if wanted is not None and (known := store.model(wanted)) is not None:
        if not known.kept:
            raise InputError(f"versi `{wanted}`: isinya tidak disimpan lagi; latih ulang")
        return _stored(known, versions.stored(store, wanted), policy)
    model = _of_the_config(policy, configured)
    if wanted not in (None, model.version, configured):
        raise InputError(f"versi `{wanted}` tidak ada")
    return model


def before_of(store: Store, policy: Policy, model: Model, configured: str) -> Model | None:
    """Return what was in use when a model was trained; None where that cannot be had any more.

    What the config names is held against nothing.
    """
    if not model.ours:
        return None
    try:
        if model.parent is None:
            before = _of_the_config(policy, configured)
        else:
            before = model_of(store, policy, model.parent, configured)
    except (InputError, ModelError):
        return None
    return None if before.version == model.version else before


def local_of(store: Store) -> Local:
    """Return the labels of the city, with what of them is kept for judging."""
    labels = store.labels()
    texts = settle(labels, set_aside(store))
    frozen = store.test_set()
    parted = part(texts, frozen)
    training, test = list(parted.training), list(parted.test)
    if not test:
        border = len(training) - len(training) // SHARE
        training, test = training[:border], training[border:]
        known = repeated([one.example.text for one in training], [t.example.text for t in test])
        training = [text for i, text in enumerate(training) if i not in known]
    return Local(
        tuple(labels),
        tuple(texts),
        tuple(to_train(training)),
        tuple(to_judge(test)),
        tested_by(frozen, parted.test, labels),
    )


def measured_on(store: Store, local: Local, model: Model) -> Measured:
    """Return what a model is measured on: the first that is large enough and unseen by it."""
    frozen = _measured("test_set", local.tested.fair_to(store, model.version))
    if _enough(frozen):
        return frozen
    if not model.n_local:
        labelled = _measured("labels", local.texts)
        if _enough(labelled):
            return labelled
    return Measured("social", tuple(files.read_examples(models.social())))


def is_fair(store: Store, local: Local, model: Model, data: Measured) -> bool:
    """Whether a model was trained on none of the texts that another one is measured on."""
    if data.source == "test_set":
        fair = {text.identity for text in local.tested.fair_to(store, model.version)}
        return all(text.identity in fair for text in data.texts)
    return data.source == "social" or not model.n_local


def recent_items(store: Store, now: datetime) -> Iterator[Item]:
    """Yield the newest items, of half a year at most, newest first."""
    after: tuple[datetime, int] | None = None
    for _ in range(ITEMS // _PAGE):
        page = store.items(EVERYTHING, ItemFilter(), after=after, limit=_PAGE)
        for item in page:
            if item.mention.posted_at < now - ITEMS_SINCE:
                return
            yield item
        if len(page) < _PAGE:
            return
        after = (page[-1].mention.posted_at, page[-1].id)


def _stored(known: ModelVersion, artefact: Artefact, policy: Policy) -> Model:
    classifier = Classifier(policy, artefact)
    return Model(artefact, classifier, known.created_at, known.n_local, known.parent, ours=True)


def _of_the_config(policy: Policy, configured: str) -> Model:
    artefact = read(models.path(configured))
    return Model(artefact, Classifier(policy, artefact), None, 0, None, ours=False)


def _measured(source: str, texts: Sequence[Text]) -> Measured:
    posted = [text.posted_at for text in texts]
    return Measured(
        source,
        tuple(to_judge(texts)),
        tuple(texts),
        min(posted, default=None),
        max(posted, default=None),
    )


def _enough(measured: Measured) -> bool:
    return sum(bool(example.sector) for example in measured.examples) >= LEAST
