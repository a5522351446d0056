"""`tanggap tune`: the analyst's loop. Evaluate, train, compare, measure on real texts."""

import json
from pathlib import Path
from typing import Any

import click

from classifier.evaluation import evaluate as score
from tanggap.clock import Clock
from tanggap.tuning import benchmarks, files
from tanggap.tuning.comparison import SHOWN
from tanggap.tuning.comparison import compare as compare_models
from tanggap.tuning.setting import classifier_of, policy_of
from tanggap.wording import number

FILE = click.Path(path_type=Path, readable=False)
MODEL_HELP = "Artefact folder, version, or `baseline` [default: of the config]."
CONFIG_HELP = "Config file [default: that of --config before the command, or Sukamaju]."
JSON_HELP = "Print JSON."


@click.group()
def tune() -> None:
    """Measure, train and compare models; nothing here touches the running daemon."""


@tune.command()
@click.option("--data", required=True, type=FILE, help="Labelled CSV or JSONL with `text`.")
@click.option("--model", help=MODEL_HELP)
@click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_context
def evaluate(
    ctx: click.Context, data: Path, model: str | None, config_path: Path | None, as_json: bool
) -> None:
    """Score a model on labelled texts."""
    config = config_path or ctx.obj
    policy = policy_of(config)
    report = score(classifier_of(model, config, policy), files.read_examples(data), policy)
    click.echo(_as_json(report) if as_json else _table(report))


@tune.command()
@click.option("--out", required=True, type=FILE, help="Folder for the candidate.")
@click.option("--extra", multiple=True, type=FILE, help="Local labels, CSV or JSONL; repeatable.")
@click.option("--name", default="lokal", show_default=True, help="First part of the version.")
@click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
@click.pass_context
def train(
    ctx: click.Context,
    out: Path,
    extra: tuple[Path, ...],
    name: str,
    config_path: Path | None,
) -> None:
    """Train a candidate on the shipped corpus and local labels; write its folder and card."""
    from tanggap.tuning.candidates import train_candidate  # imports scikit-learn: seconds

    policy = policy_of(config_path or ctx.obj)
    created = Clock().now().date().isoformat()
    candidate = train_candidate(out, extra, policy, created, name)
    figures = candidate.figures
    click.echo(
        _as_json(
            {
                "version": candidate.version,
                "folder": str(candidate.folder),
                "jenis_accuracy": figures.jenis["accuracy"],
                "sector_accuracy": figures.sector["accuracy"],
                "routed_share": figures.sector["routed_share"],
                "routed_accuracy": figures.sector["routed_accuracy"],
            }
        )
    )


@tune.command()
@click.argument("old")
@click.argument("new")
@click.option("--data", required=True, type=FILE, help="Labelled CSV or JSONL with `text`.")
@click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_context
def compare(
    ctx: click.Context, old: str, new: str, data: Path, config_path: Path | None, as_json: bool
) -> None:
    """Compare two models on the same labelled texts."""
    config = config_path or ctx.obj
    policy = policy_of(config)
    before, after = (classifier_of(name, config, policy) for name in (old, new))
    report = compare_models(before, after, files.read_examples(data), policy)
    click.echo(_as_json(report) if as_json else _comparison(report))


@tune.command()
@click.option("--model", help=MODEL_HELP)
@click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.pass_context
def benchmark(
    ctx: click.Context, model: str | None, config_path: Path | None, as_json: bool
) -> None:
    """Measure a model on the real texts of the folder in EVAL_DATA; prints figures only."""
    data = benchmarks.folder()
    config = config_path or ctx.obj
    policy = policy_of(config)
    report = benchmarks.run(classifier_of(model, config, policy), policy, data)
    if as_json:
        click.echo(_as_json(report))
        return
    for name, figures in report.items():
        if isinstance(figures, dict):
            shown = (f"{key} {_number(value)}" for key, value in _flat(figures))
            click.echo(f"{name}: {', '.join(shown)}")
        else:
            click.echo(f"{name}: {figures if figures is not None else 'berkas tidak ada'}")


def _as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False)


def _flat(figures: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the plain numbers of a report, and those one level down as `part.name`."""
    pairs: list[tuple[str, Any]] = []
    for key, value in figures.items():
        if key == "per_label":
            continue
        if isinstance(value, dict):
            pairs.extend((f"{key}.{name}", number) for name, number in value.items())
        else:
            pairs.append((key, value))
    return pairs


def _table(report: dict[str, Any]) -> str:
    lines = [f"model {report['model']}, {number(report['n'])} teks"]
    for part, names in SHOWN:
        figures = ", ".join(f"{name} {_number(report[part][name])}" for name in names)
        lines.append(f"{part:8}{figures}")
    for part in ("jenis", "sector"):
        for label, row in report[part]["per_label"].items():
            lines.append(
                f"  {part} {label:24}n {number(row['n']):>6}  presisi {_number(row['precision'])}  "
                f"recall {_number(row['recall'])}  f1 {_number(row['f1'])}"
            )
    for kind, found in report["unknown_labels"].items():
        counted = ", ".join(f"{label} {number(times)}" for label, times in found.items())
        lines.append(f"tidak dikenal ({kind}): {counted}")
    return "\n".join(lines)


def _comparison(report: dict[str, Any]) -> str:
    old, new = report["old"], report["new"]
    lines = [f"{old['model']} -> {new['model']}, {number(new['n'])} teks"]
    for part, names in SHOWN:
        for name in names:
            if name != "n":
                before, after = old[part][name], new[part][name]
                change = report["difference"][part][name]
                lines.append(
                    f"{part} {name:20}{_number(before)} -> {_number(after)}"
                    + ("" if change is None else f" ({_change(change)})")
                )
    won, lost = number(report["sector_won"]), number(report["sector_lost"])
    lines.append(f"sektor: {won} membaik, {lost} memburuk, p {_number(report['sector_p'])}")
    return "\n".join(lines)


def _change(change: float) -> str:
    return f"{'+' if change >= 0 else '-'}{number(abs(change), 4)}"


def _number(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return number(value, 4 if isinstance(value, float) else 0)
