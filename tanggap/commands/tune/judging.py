"""`tanggap tune evaluate`, `compare` and `benchmark`: what models score."""

from pathlib import Path
from typing import Any

import click

from classifier import Classifier
from classifier.dataset import Example
from classifier.evaluation import evaluate as score
from tanggap.commands.tune.options import (
    CONFIG_HELP,
    FILE,
    MODEL_HELP,
    config_option,
    install_of,
    json_option,
)
from tanggap.commands.tune.shown import as_json, comparison, figure, flat, table
from tanggap.errors import InputError
from tanggap.store import Store
from tanggap.tuning import benchmarks, files, versions
from tanggap.tuning.comparison import compare as compare_models
from tanggap.tuning.labels import to_judge
from tanggap.tuning.setting import classifier_of, policy_of
from tanggap.tuning.tested import LEAST_TEST, read_tested
from tanggap.wording import number

SHOWN_CHANGES = 40
SHOWN_LETTERS = 90


@click.command()
@click.option("--data", required=True, type=FILE, help="Labelled CSV or JSONL with `text`.")
@click.option("--model", help=MODEL_HELP)
@config_option
@json_option
@click.pass_context
def evaluate(
    ctx: click.Context, data: Path, model: str | None, config_path: Path | None, as_json_: bool
) -> None:
    """Score a model on labelled texts."""
    config = config_path or ctx.obj
    policy = policy_of(config)
    report = score(classifier_of(model, config, policy), files.read_examples(data), policy)
    click.echo(as_json(report) if as_json_ else table(report))


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--data", type=FILE, help="Labelled CSV or JSONL [default: the frozen test set].")
@click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
@json_option
@click.pass_context
def compare(
    ctx: click.Context,
    old: str | None,
    new: str | None,
    data: Path | None,
    config_path: Path | None,
    as_json_: bool,
) -> None:
    """Compare two models on the same labelled texts, and show the texts that changed.

    Without OLD and NEW: the model in use and the newest candidate. Without --data: the city's
    frozen test set.
    """
    config = config_path or ctx.obj
    ctx.obj = config
    if (old is None) != (new is None):
        raise InputError("sebut dua model, LAMA dan BARU, atau tidak satu pun")
    if data is not None and old is not None and new is not None:
        policy = policy_of(config)
        before, after = (classifier_of(name, config, policy) for name in (old, new))
        examples = files.read_examples(data)
    else:
        before, after, examples, policy = _of_the_city(ctx, old, new, data)
    report = compare_models(before, after, examples, policy)
    for change in report["changes"]:
        change["text"] = examples[change["number"]].text
    click.echo(as_json(report) if as_json_ else "\n".join([comparison(report), *_changed(report)]))


def _of_the_city(ctx: click.Context, old: str | None, new: str | None, data: Path | None) -> Any:
    """Return both models, the texts and the policy, of the install's database."""
    with install_of(ctx) as (config, store):
        policy, configured = config.policy, config.classifier.model
        if old is None or new is None:
            newest = next(
                (m for m in store.models() if m.state in ("candidate", "refused") and m.kept), None
            )
            if newest is None:
                raise InputError("belum ada calon; jalankan `tanggap tune train`")
            before = Classifier(policy, versions.in_use(store, configured))
            after = Classifier(policy, versions.stored(store, newest.version))
        else:
            before, after = (classifier_of(name, config.path, policy) for name in (old, new))
        examples = _tested(store, before, after) if data is None else files.read_examples(data)
    return before, after, examples, policy


def _tested(store: Store, before: Classifier, after: Classifier) -> list[Example]:
    """Return the texts of the test set that neither model was trained on."""
    test = read_tested(store)
    fair = test.fair_to(store, before.version, after.version)
    if not test.texts:
        raise InputError(
            "set uji belum dibekukan (lihat `tanggap tune freeze`); sebut berkas dengan --data"
        )
    if not fair:
        raise InputError(
            "set uji tidak dapat membandingkan keduanya: kurang dari "
            f"{number(LEAST_TEST)} teksnya pasti belum pernah dipelajari; sebut berkas "
            "dengan --data"
        )
    return to_judge(fair)


def _changed(report: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for change in report["changes"][:SHOWN_CHANGES]:
        mark = {True: "+", False: "-", None: " "}[change["won"]]
        text = " ".join(change["text"].split())
        short = text if len(text) <= SHOWN_LETTERS else text[: SHOWN_LETTERS - 1] + "…"
        lines.append(
            f"{mark} {change['part']}: {change['before'] or '-'} -> {change['after'] or '-'} "
            f"(benar: {change['right']}) {short}"
        )
    more = len(report["changes"]) - SHOWN_CHANGES
    return [*lines, f"... dan {number(more)} teks lagi"] if more > 0 else lines


@click.command()
@click.option("--model", help=MODEL_HELP)
@config_option
@json_option
@click.pass_context
def benchmark(
    ctx: click.Context, model: str | None, config_path: Path | None, as_json_: bool
) -> None:
    """Measure a model on the real texts of the folder in EVAL_DATA; prints figures only."""
    data = benchmarks.folder()
    config = config_path or ctx.obj
    policy = policy_of(config)
    report = benchmarks.run(classifier_of(model, config, policy), policy, data)
    if as_json_:
        click.echo(as_json(report))
        return
    for name, figures in report.items():
        if isinstance(figures, dict):
            shown = (f"{key} {figure(value)}" for key, value in flat(figures))
            click.echo(f"{name}: {', '.join(shown)}")
        else:
            click.echo(f"{name}: {figures if figures is not None else 'berkas tidak ada'}")
