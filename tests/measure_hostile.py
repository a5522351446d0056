"""How training bears hostile labels: `python tests/measure_hostile.py [SHARE [CITIES]]`.

Prints figures only. Ten cities of honest labels, and the same with 5 % given by one hostile
account, in five ways: as the product does, and `unheard`, as if nobody had looked whose they are.
The model in use is trained on a part of the corpus; another part is what the city labels, and the
rest judges. Small models, so that it takes minutes.
"""

import json
import random
import sys
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from city_support import (
    HOSTILE,
    SUBTLE_WAYS,
    WAYS,
    honest,
    label_of,
    parted,
    with_hostile,
)

import models
from classifier import Classifier, artefact
from classifier.dataset import Example
from classifier.training import Settings, train
from tanggap.policy import Policy
from tanggap.store import open_store
from tanggap.store.rows_tuning import Label
from tanggap.tuning import files
from tanggap.tuning.comparison import compare
from tanggap.tuning.learning import Learnt, learn
from tanggap.tuning.setting import policy_of
from tanggap.tuning.trust import hear
from tanggap.tuning.versions import stored

SETTINGS = Settings(max_features=10_000, most_folds=2)
N_CORPUS, N_CITY = 1600, 800
SEEDS = 10
SHARE = 0.05
LESS_THAN = 1.0
"""Points that a candidate may be worse than the one without the hostile labels."""
EVERY_WAY = (*WAYS, *SUBTLE_WAYS)


def main(share: float, seeds: int) -> None:
    """Print one line of JSON for each city, and what it comes to."""
    policy = policy_of(None)
    parts = parted(N_CORPUS, N_CITY)
    corpus, city, truth = parts.corpus, parts.city, parts.rest
    accepted = 0
    harmless = {"hostile": 0, "unheard": 0}
    with tempfile.TemporaryDirectory() as folder:
        first = train(corpus, policy, files.terms(), "awal", "2026-11-01", SETTINGS)
        artefact.save(first.artefact, Path(folder, "awal"))
        in_use = Classifier(policy, first.artefact)
        for seed in range(seeds):
            chance = random.Random(seed)
            way = EVERY_WAY[seed % len(EVERY_WAY)]
            said = with_hostile(honest(chance.sample(city, len(city)), chance), share, way, seed)
            alone = [label for label in said if label.by != HOSTILE]
            at = Path(folder, str(seed))
            at.mkdir()
            clean, learnt_clean = run(at / "honest.db", alone, corpus, policy)
            accepted += learnt_clean.verdict.accepted and not learnt_clean.local["aside"]
            row: dict[str, Any] = {
                "seed": seed, "way": way, "labels": len(said), "judged_by": len(truth),
                "contradicted": _contradicted(said, corpus, policy),
                "honest": _said(learnt_clean),
            }  # fmt: skip
            for kind, vouched in (("hostile", ()), ("unheard", (HOSTILE,))):
                model, learnt = run(at / f"{kind}.db", said, corpus, policy, vouched)
                # By the truth, on texts that neither was trained on and nobody labelled.
                lost = _lost(clean, model, truth, policy)
                ok = not learnt.verdict.accepted or max(lost.values()) < LESS_THAN
                harmless[kind] += ok
                row[kind] = {
                    "harmless": ok, **_said(learnt), "points_lost": lost,
                    "points_lost_to_the_one_in_use": _lost(in_use, model, truth, policy),
                }  # fmt: skip
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    sys.stdout.write(f"honest accepted {accepted} of {seeds}, harmless {harmless}\n")
    sys.stdout.write(json.dumps(strangers(policy)) + "\n")


def strangers(policy: Policy) -> dict[str, Any]:
    """Return how often an honest person is contradicted whose texts are unlike the corpus.

    All labels of the social test set, by one person whom no other one backs.
    """
    texts = files.read_examples(models.social())
    labels = [
        label_of(i, replace(text, sector=text.sector.split("|")[0]), "penulis")
        for i, text in enumerate(texts)
    ]
    (voice,) = hear(labels, files.corpus(), policy, files.terms())
    return {**voice.as_json(), "aside": voice.doubtful}


def run(
    database: Path,
    batch: list[Label],
    corpus: list[Example],
    policy: Policy,
    vouched: Collection[str] = (),
) -> tuple[Classifier, Learnt]:
    """Train on a batch in a store of its own."""
    store = open_store(database)
    configured = str(database.parent.parent / "awal")
    try:
        store.migrate()
        now = batch[-1].at
        store.import_labels("kota", batch, "ketua", now)
        learnt = learn(
            store,
            policy,
            configured,
            "ketua",
            now,
            settings=SETTINGS,
            corpus=corpus,
            vouched=vouched,
        )
        return Classifier(policy, stored(store, learnt.version)), learnt
    finally:
        store.close()


def _contradicted(said: list[Label], corpus: list[Example], policy: Policy) -> dict[str, float]:
    """Return the share of contradicted labels: of the hostile account, and the most of another."""
    shares = {
        voice.by: round(voice.contradicted / voice.n, 3)
        for voice in hear(said, corpus, policy, files.terms())
    }
    return {"hostile": shares.pop(HOSTILE), "most_of_another": max(shares.values())}


def _lost(old: Classifier, new: Classifier, texts: list[Example], policy: Policy) -> dict[str, Any]:
    """Return how many points of 100 the new one knows less of sectors, and of what asks."""
    figures = compare(old, new, texts, policy)
    asked = (figures["asked_lost"] - figures["asked_won"]) / len(texts)
    return {
        "sector": round(0.0 - 100 * figures["difference"]["sector"]["accuracy"], 2),
        "asked": round(100 * asked, 2),
    }


def _said(learnt: Learnt) -> dict[str, object]:
    return {
        "accepted": learnt.verdict.accepted,
        "aside": [voice["by"] for voice in learnt.local["aside"]],
        "reasons": learnt.verdict.reasons,
    }


if __name__ == "__main__":
    given = sys.argv[1:]
    main(float(given[0]) if given else SHARE, int(given[1]) if len(given) > 1 else SEEDS)
