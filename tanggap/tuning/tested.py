"""The frozen test set as one examination sees it, and by what of it a version may be judged.

It is read once for all questions of an examination, so that they are answered by the same labels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tanggap.store import Store
from tanggap.store.rows_tuning import Label, ModelVersion, TestSet
from tanggap.tuning.labels import Text, identity, settle

LEAST_TEST = 100
"""Texts from which a comparison says something."""


@dataclass(frozen=True, slots=True)
class Tested:
    """The frozen test set with the labels that stood when it was read."""

    frozen: TestSet | None
    texts: tuple[Text, ...]
    """Without the labels of people who are set aside; none while nothing is frozen."""
    labelled_since: Mapping[tuple[str, str], datetime]
    """When anybody first labelled the words of a text (`Text.identity`)."""

    def fair_to(self, store: Store, *versions: str) -> list[Text]:
        """Return the texts that none of the versions was trained on.

        None at all where some had to be left out and fewer than LEAST_TEST are left.
        """
        left = list(self.texts)
        for version in versions:
            unseen = {text.identity for text in self._unseen(trained_as(store, version))}
            left = [text for text in left if text.identity in unseen]
        return left if len(left) in (0, len(self.texts)) or len(left) >= LEAST_TEST else []

    def _unseen(self, trained: ModelVersion | None) -> Sequence[Text]:
        """Return the texts that a training surely did not see.

        All of them where it did not happen here (None), and where it held out this very test set;
        else those that nobody had labelled by then, unless fewer than LEAST_TEST are left.
        """
        if self.frozen is None:
            return ()
        if trained is None or part_of(trained, "local").get("held_out") == self.frozen.digest:
            return self.texts
        made = trained.created_at
        unseen = [text for text in self.texts if self.labelled_since[text.identity] > made]
        return unseen if len(unseen) >= LEAST_TEST else ()


def read_tested(store: Store) -> Tested:
    """Return the frozen test set of a store with the labels that stand now."""
    frozen = store.test_set()
    if frozen is None:
        return Tested(None, (), {})
    labels = store.labels()
    texts = settle(labels, set_aside(store))
    return tested_by(frozen, [text for text in texts if text.keys & frozen.keys], labels)


def tested_by(frozen: TestSet | None, texts: Iterable[Text], labels: Iterable[Label]) -> Tested:
    """Return the test set whose texts and labels were read already."""
    texts = tuple(texts)
    asked = {text.identity for text in texts}
    since: dict[tuple[str, str], datetime] = {}
    for label in labels:
        words = identity(label.text, label.parent_text)
        if words in asked:
            first = label.first_at or label.at
            since[words] = min(first, since.get(words, first))
    return Tested(frozen, texts, since)


def set_aside(store: Store) -> set[str]:
    """Return whose labels the newest training left out; nobody before the first one."""
    for version in store.model_states():
        model = store.model(version)
        if model is not None and "local" in model.figures:
            return {str(voice["by"]) for voice in part_of(model, "local").get("aside", ())}
    return set()


def trained_as(store: Store, version: str) -> ModelVersion | None:
    """Return the training that a version comes from; None where it did not happen here."""
    model = store.model(version)
    while model is not None and "threshold" in model.figures:
        model = None if model.parent is None else store.model(model.parent)
    return model


def part_of(model: ModelVersion, name: str) -> Mapping[str, Any]:
    """Return a part of a version's figures; empty where it has none of that name."""
    part = model.figures.get(name)
    return part if isinstance(part, Mapping) else {}
