"""How fast the classifier is beside scikit-learn's own pipeline on the same texts, as ratios.

    .venv/bin/python tests/bench_classifier.py [--rounds N]

Texts of more than 80 characters, in batches of a hundred, by CPU time of one process; rounds
alternate, so that whatever else the machine does slows all three. What is stock here is two
TfidfVectorizers (words, characters) and one logistic regression of six classes: the least that a
classifier of this kind computes for jenis alone.
"""

import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import click
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union

import models
from classifier import load
from classifier.artefact import read
from classifier.dataset import mention_of
from classifier.features import Reader
from classifier.scores import Scorer
from classifier.text import clean
from tanggap.tuning import files
from tanggap.tuning.setting import policy_of

BATCH = 100
TEXTS = 1200


@click.command(help=__doc__.partition("\n")[0])
@click.option("--rounds", default=5, show_default=True)
def main(rounds: int) -> None:
    """Run the benchmark and print its table."""
    examples = [example for example in files.corpus() if len(example.text) > 80]
    texts = [example.text for example in examples]
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True),
    )
    rows = features.fit_transform(texts)
    warnings.simplefilter("ignore")  # two steps do not converge; only the speed matters here
    stock = LogisticRegression(max_iter=2, tol=1.0)
    stock.fit(rows, [example.jenis for example in examples])
    policy, folder = policy_of(None), models.path(models.BASELINE)
    whole, reader, scorer = load(folder, policy), Reader(policy), Scorer(read(folder))
    mentions = [mention_of(example) for example in examples[:TEXTS]]
    works: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "stock": (lambda page: stock.predict_proba(features.transform(page)), texts[:TEXTS]),
        "scoring": (
            lambda page: scorer.score([reader.read(one, clean(one.text)) for one in page]),
            mentions,
        ),
        "whole decision": (whole.decide, mentions),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (work, pages) in works.items():
            taken[name].append(seconds(work, pages))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    click.echo(f"| {TEXTS} texts, median of {rounds} | texts/s | times as fast as stock |")
    click.echo("|---|---|---|")
    for name, median in medians.items():
        click.echo(f"| {name} | {TEXTS / median:,.0f} | {medians['stock'] / median:.2f} |")


def seconds(work: Callable[[Any], object], texts: Sequence[Any]) -> float:
    """Return the CPU time that all texts take."""
    start = time.process_time()
    for first in range(0, len(texts), BATCH):
        work(texts[first : first + BATCH])
    return time.process_time() - start


if __name__ == "__main__":
    main()
