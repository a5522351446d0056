"""How long a candidate of 10,000 texts takes: `python tests/measure_training.py`; CPU seconds.

The shipped corpus and, up to 10,000, texts of a made-up city: half the words of one text of the
corpus and half of another of the same kind, so that none nearly repeats another.
"""

import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from city_support import PEOPLE, label_of

import models
from classifier.dataset import Example
from tanggap.store import open_store
from tanggap.tuning import files
from tanggap.tuning.learning import learn
from tanggap.tuning.setting import policy_of

TEXTS = 10_000


def main() -> None:
    """Print what the training took."""
    policy, corpus, chance = policy_of(None), files.corpus(), random.Random(1)
    people = [chance.choice(PEOPLE) for _ in range(TEXTS - len(corpus))]
    texts = city_of(corpus, len(people), chance)
    labels = [label_of(i, text, by) for i, (text, by) in enumerate(zip(texts, people, strict=True))]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder, "kota.db"))
        store.migrate()
        now = labels[-1].at
        store.import_labels("kota", labels, "ketua", now)
        real, cpu = time.monotonic(), time.process_time()
        learnt = learn(store, policy, models.BASELINE, "ketua", now)
        real, cpu = time.monotonic() - real, time.process_time() - cpu
        packed = store.artefact(learnt.version)
        store.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{len(corpus)} texts of the corpus and {len(labels)} labels: {cpu:.1f} s CPU, "
        f"{real:.1f} s, {memory:.0f} MB, {len(packed or b'') / 1e6:.1f} MB packed\n"
    )


def city_of(corpus: list[Example], n: int, chance: random.Random) -> list[Example]:
    """Return `n` texts, each of two of the corpus."""
    alike: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for text in corpus:
        alike[text.jenis, text.sector].append(text)
    made: list[Example] = []
    for _ in range(n):
        first = chance.choice(corpus)
        second = chance.choice(alike[first.jenis, first.sector])
        words = [*first.text.split()[::2], *second.text.split()[1::2]]
        made.append(replace(first, text=" ".join(words) or first.text, parent_text=""))
    return made


if __name__ == "__main__":
    main()
