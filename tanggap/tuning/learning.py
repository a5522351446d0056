"""From what people said to a candidate in the store: heard, parted, trained, examined, saved."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from classifier import Classifier
from classifier.corrections import to_tables
from classifier.dataset import Example
from classifier.training import Settings, train
from tanggap.errors import InputError
from tanggap.policy import Policy
from tanggap.store import Store
from tanggap.store.rows_tuning import ITSELF, Label, ModelVersion, TestSet
from tanggap.tuning import corrections, examination, files, test_set, versions
from tanggap.tuning.candidates import check_size
from tanggap.tuning.card import write_card
from tanggap.tuning.examination import packed_of
from tanggap.tuning.guard import Verdict
from tanggap.tuning.held import Figures, judge
from tanggap.tuning.labels import Text, identity, settle, to_train, weights_of
from tanggap.tuning.social import judge_social
from tanggap.tuning.test_set import Parted, part
from tanggap.tuning.tested import tested_by
from tanggap.tuning.trust import Voice, hear
from tanggap.wording import number


@dataclass(frozen=True, slots=True)
class Learnt:
    """A candidate that lies in the store."""

    version: str
    figures: Figures
    verdict: Verdict
    local: dict[str, Any]
    outcome: str
    """One line for people."""


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to learn from, and what was left out."""

    labels: tuple[Label, ...]
    voices: tuple[Voice, ...]
    texts: tuple[Text, ...]
    parted: Parted
    frozen: TestSet | None
    """The test set, which is not trained on; None: there is none yet."""

    @property
    def held_out(self) -> str | None:
        """Return the digest of the test set."""
        return None if self.frozen is None else self.frozen.digest

    @property
    def doubtful(self) -> list[Voice]:
        """Return the labellers who were set aside."""
        return [voice for voice in self.voices if voice.doubtful]

    def as_json(self) -> dict[str, Any]:
        """Return it as figures of a model; people by their names, texts by their number alone."""
        training = self.parted.training
        counts = Counter(text.by for text in training)
        weights = weights_of(counts)
        return {
            "n_labels": len(self.labels),
            "n_texts": len(self.texts),
            "n_training": len(training),
            "n_test": len(self.parted.test),
            "too_alike": self.parted.too_alike,
            "held_out": self.held_out,
            "labellers": [
                {"by": by, "n": n, "weight": round(weights[by], 4)}
                for by, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            ],
            "aside": [voice.as_json() for voice in self.doubtful],
        }


def material(
    store: Store,
    corpus: Sequence[Example],
    policy: Policy,
    now: datetime,
    vouched: Collection[str] = (),
    before_saving: Callable[[], None] = lambda: None,
) -> Material:
    """Return the city's labels, parted; freeze the first test set as soon as there are enough.

    Nobody of the `vouched` is set aside. `before_saving` may raise an error: then none is frozen.
    """
    # What is said while the corpus is read counts as said after the training (`tested.py`).
    labels = [label for label in store.labels() if label.at <= now]
    voices, texts = _trusted(labels, corpus, policy, vouched)
    frozen = store.test_set()
    if frozen is None and test_set.due(texts):
        before_saving()
        frozen = test_set.freeze(store, texts, ITSELF, now)
    return Material(tuple(labels), tuple(voices), tuple(texts), part(texts, frozen), frozen)


def learn(
    store: Store,
    policy: Policy,
    configured: str,
    by: str,
    now: datetime,
    name: str = "lokal",
    settings: Settings | None = None,
    corpus: Sequence[Example] | None = None,
    vouched: Collection[str] = (),
    before_saving: Callable[[], None] = lambda: None,
) -> Learnt:
    """Train a candidate on the corpus and all local labels, examine it and save it.

    `configured` is the model that the config names, `corpus` the shipped one unless given,
    `vouched` are people whose labels count however often others contradict them. A
    candidate that the guard refuses is saved too, as `refused`: with its reasons, and for a
    person to overrule. `before_saving` may raise an error: then nothing is kept.
    """
    corpus = files.corpus() if corpus is None else corpus
    there = material(store, corpus, policy, now, vouched, before_saving)
    if not there.parted.training:
        raise InputError(_nothing(there))
    local = to_train(there.parted.training)
    trained = train(
        [*corpus, *local],
        policy,
        files.terms(),
        name,
        now.date().isoformat(),
        settings or Settings(),
    )
    heard = _heard(there)
    taught = corrections.learn(heard, policy, Classifier(policy, trained.artefact))
    trained = replace(trained, artefact=replace(trained.artefact, corrections=taught))
    figures = judge(trained)
    made = trained.artefact
    parent = store.current_model()
    before = versions.sound(store, parent, configured)
    if before is not None and replace(made, created=before.created).digest == before.digest:
        raise InputError(
            f"hasilnya sama dengan model yang dipakai ({before.version}): tidak ada label baru"
        )
    old, new = Classifier(policy, before), Classifier(policy, made)
    test = tested_by(there.frozen, there.parted.test, there.labels)
    fair = test.fair_to(store, old.version)
    examined = examination.examine(old, new, test.texts, fair, policy)
    packed = packed_of(made)
    check_size(made.version, len(packed))
    acts = corrections.told(taught, heard)
    summary = {**there.as_json(), "corrections": acts}
    n_local = len(there.parted.training)
    added = [("labels of this city", n_local)]
    card = write_card(trained, figures, judge_social(made), added, len(packed))
    before_saving()
    store.save_model(
        ModelVersion(
            version=made.version,
            created_at=now,
            created_by=by,
            parent=parent,
            state=examined.state,
            n_texts=made.n_texts,
            n_local=n_local,
            figures={
                "jenis": figures.jenis,
                "sector": figures.sector,
                "flags": figures.flags,
                "per_file": figures.per_file,
                "local": summary,
                "corrections": to_tables(made.corrections),
                **examined.figures,
            },
            card=card,
        ),
        packed,
    )
    verdict = examined.verdict
    outcome = _outcome(made.version, verdict, there, acts)
    return Learnt(made.version, figures, verdict, summary, outcome)


def freeze_again(
    store: Store, policy: Policy, by: str, now: datetime, vouched: Collection[str] = ()
) -> TestSet:
    """Freeze the newest quarter of what people say who are not set aside, in place of the old."""
    _, texts = _trusted(store.labels(), files.corpus(), policy, vouched)
    return test_set.freeze(store, texts, by, now)


def _trusted(
    labels: Sequence[Label],
    corpus: Sequence[Example],
    policy: Policy,
    vouched: Collection[str],
) -> tuple[list[Voice], list[Text]]:
    """Return all labellers, and the texts with the labels of those who are not set aside."""
    unknown = set(vouched) - {label.by for label in labels}
    if unknown:
        raise InputError(f"tidak ada label dari {', '.join(sorted(unknown))}")
    voices = [
        replace(voice, doubtful=voice.doubtful and voice.by not in vouched)
        for voice in hear(labels, corpus, policy, files.terms())
    ]
    return voices, settle(labels, {voice.by for voice in voices if voice.doubtful})


def _heard(there: Material) -> list[Label]:
    """Return the labels that teach who acts: of those who are heard, none of the test set."""
    aside = {voice.by for voice in there.doubtful}
    tests = {text.identity for text in there.parted.test}
    return [
        label
        for label in there.labels
        if label.by not in aside and identity(label.text, label.parent_text) not in tests
    ]


def _outcome(version: str, verdict: Verdict, there: Material, acts: Mapping[str, int]) -> str:
    parts = [
        f"calon {version}" + ("" if verdict.accepted else " ditolak pemeriksaan mutu otomatis"),
        f"{number(len(there.parted.training))} teks kota dipelajari",
        *verdict.reasons,
        *verdict.notes,
        *map(_aside, there.doubtful),
        *corrections.advice(acts),
    ]
    return "; ".join(parts)


def _nothing(there: Material) -> str:
    return "; ".join(["belum ada label untuk dipelajari", *map(_aside, there.doubtful)])


def _aside(voice: Voice) -> str:
    return (
        f"label {voice.by} disisihkan: {number(voice.contradicted)} dari {number(voice.n)} "
        "bertentangan dengan semua yang lain (kalau memang benar, minta pengelola server "
        f"menjalankan `tanggap tune train --trust {voice.by}`)"
    )
