"""`tanggap tune explain`: the words that decided, with what they weigh."""

from dataclasses import asdict
from pathlib import Path

import click

from classifier.dataset import Example, mention_of
from classifier.explanation import Explanation, Weighed
from classifier.explanation import explain as explain_text
from tanggap.commands.tune.options import CONFIG_HELP, FILE, MODEL_HELP, json_option
from tanggap.commands.tune.shown import as_json, figure
from tanggap.tuning.setting import artefact_of, policy_of

SHOWN_WORDS = 8


@click.command()
@click.argument("text")
@click.option("--mentioned", "mentioned_opd", default="", help="OPD whose account is addressed.")
@click.option("--parent", "parent_text", default="", help="Text of the post that it answers.")
@click.option("--model", help=MODEL_HELP)
@click.option("--config", "config_path", type=FILE, help=CONFIG_HELP)
@json_option
@click.pass_context
def explain(
    ctx: click.Context,
    text: str,
    mentioned_opd: str,
    parent_text: str,
    model: str | None,
    config_path: Path | None,
    as_json_: bool,
) -> None:
    """Show why TEXT is decided as it is: words and their weights, rule, thresholds."""
    config = config_path or ctx.obj
    policy = policy_of(config)
    mention = mention_of(Example(text, mentioned_opd=mentioned_opd, parent_text=parent_text))
    found = explain_text(artefact_of(model, config), policy, mention)
    if as_json_:
        click.echo(as_json(asdict(found)))
    else:
        click.echo("\n".join(_lines(found)))


def _lines(found: Explanation) -> list[str]:
    decision = found.decision
    lines = [f"model {decision.model}"]
    if decision.jenis is None or decision.sector is None or decision.opd is None:
        lines.append("tidak ada kata yang dikenal: orang yang memutuskan (Triase)")
    else:
        low, high = decision.actionable_thresholds
        limit = decision.sector_threshold
        enough = "cukup" if decision.sector.confidence >= limit else "kurang: Triase"
        lines += [
            f"jenis   {decision.jenis.label} {figure(decision.jenis.confidence)}",
            f"diminta {figure(decision.actionable)} (disisihkan di bawah {figure(low)}, diantrekan "
            f"mulai {figure(high)})",
            *_words(found.asked, "kata yang menunjukkan permintaan"),
            f"sektor  {decision.sector.label} {figure(decision.sector.confidence)} "
            f"(ambang {figure(limit)}: {enough}), lalu {found.second}",
            *_words(found.sector, f"{decision.sector.label} lawan {found.second}"),
            f"OPD     {decision.opd.label} ({decision.because[0]})",
        ]
    if decision.supporting:
        lines.append(f"ikut    {', '.join(decision.supporting)}")
    if decision.place is not None:
        lines.append(f"tempat  {decision.place.label} {figure(decision.place.confidence)}")
    for name, flag in (("darurat", decision.urgent), ("sensitif", decision.sensitive)):
        lines.append(f"{name:8}{'ya' if flag.on else 'tidak'} {figure(flag.confidence)}")
    reasons = [word for word in decision.because[1:] if not word.startswith("kata:")]
    return [*lines, *([f"aturan  {', '.join(reasons)}"] if reasons else [])]


def _words(weighed: Weighed | None, title: str) -> list[str]:
    if weighed is None:
        return []
    named = weighed.words[:SHOWN_WORDS]
    rest = weighed.lead - sum(part for _, part in named)
    lines = [f"    {part:+.2f} {word}" for word, part in named]
    return [f"  {title}: {weighed.lead:+.2f}", *lines, f"    {rest:+.2f} (selebihnya)"]
