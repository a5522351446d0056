"""`tanggap tune report`: everything that the analyst's pages show, made anew and saved."""

import click

from tanggap.commands.tune.options import asked_for, install_of, json_option
from tanggap.commands.tune.shown import as_json
from tanggap.wording import number


@click.command()
@click.option("--model", metavar="VERSION", help="Version to report on [default: the one in use].")
@click.option("--job", type=int, metavar="ID", help="Do this job of the queue; prints JSON.")
@json_option
@click.pass_context
def report(ctx: click.Context, model: str | None, job: int | None, as_json_: bool) -> None:
    """Make all reports and plots on a model and save them for the review desk."""
    from tanggap.tuning.reports.report import make_report  # imports scikit-learn: seconds

    with install_of(ctx) as (config, store):
        wanted = model if job is None else asked_for(store, job, "report").params.get("model")
        made = make_report(
            store, config.policy, wanted, config.clock.now(), configured=config.classifier.model
        )
    counted = f"{number(len(made.summaries))} laporan dan {number(made.plots)} gambar"
    outcome = f"{counted} tentang {made.model}"
    if as_json_ or job is not None:
        report = {
            "model": made.model,
            "reports": dict(made.summaries),
            "missing": dict(made.missing),
            "plots": made.plots,
            "outcome": outcome,
        }
        click.echo(as_json(report))
        return
    click.echo(outcome)
    for kind, said in made.summaries.items():
        click.echo(f"  {kind}: {said}")
    for kind, why in made.missing.items():
        click.echo(f"  {kind}: tidak dapat dibuat: {why}")
