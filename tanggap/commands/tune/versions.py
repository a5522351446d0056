"""`tanggap tune versions`, `promote`, `rollback` and `threshold`: which model decides."""

import click

from tanggap.commands.tune.options import by_option, install_of, json_option, person
from tanggap.commands.tune.shown import as_json, figure
from tanggap.errors import ModelError
from tanggap.tuning import examination, promotion
from tanggap.tuning.promotion import Changed
from tanggap.tuning.versions import in_use
from tanggap.wording import number

CONFIGURED = "model dari konfigurasi"
STATES = {
    "candidate": "calon",
    "current": "dipakai",
    "former": "pernah dipakai",
    "refused": "ditolak pemeriksaan mutu otomatis",
}


@click.command()
@json_option
@click.pass_context
def versions(ctx: click.Context, as_json_: bool) -> None:
    """List the trained versions, newest first, and which one is in use."""
    problem = None
    with install_of(ctx) as (config, store):
        models, current = store.models(), store.current_model()
        try:
            in_use(store, config.classifier.model)
        except ModelError as exc:
            problem = str(exc)
    if as_json_:
        rows = [
            {
                "version": model.version,
                "state": model.state,
                "created_at": model.created_at.isoformat(),
                "created_by": model.created_by,
                "n_texts": model.n_texts,
                "n_local": model.n_local,
                "kept": model.kept,
                "reasons": promotion.refusal(model),
            }
            for model in models
        ]
        click.echo(as_json({"current": current, "problem": problem, "versions": rows}))
        return
    click.echo(f"dipakai: {current or CONFIGURED}")
    if problem is not None:
        click.echo(f"    tidak dapat dipakai, semua aduan masuk Triase: {problem}")
    for model in models:
        sector = model.figures.get("sector", {})
        gone = "" if model.kept else ", berkas sudah tidak ada"
        click.echo(
            f"{model.version}  {STATES[model.state]}{gone}, {number(model.n_local)} teks kota, "
            f"sektor {figure(sector.get('accuracy'))}"
        )
        for reason in promotion.refusal(model):
            click.echo(f"    {reason}")


@click.command()
@click.argument("version")
@click.option("--force", is_flag=True, help="Also when the guard refused it; needs --why.")
@click.option("--why", default="", help="The reason; is kept beside the act.")
@by_option
@json_option
@click.pass_context
def promote(
    ctx: click.Context, version: str, force: bool, why: str, by: str | None, as_json_: bool
) -> None:
    """Put VERSION into use; running daemons take it within seconds.

    One that the guard refused, because it understands less than the model in use, is refused.
    """
    with install_of(ctx) as (config, store):
        promotion.known(store, version)
        previous = store.current_model()
        configured = config.classifier.model
        examination.examine_again(store, version, previous, config.policy, configured)
        now = config.clock.now()
        changed = promotion.promote(store, version, previous, person(by), why, force=force, now=now)
    _say(changed, as_json_)


@click.command()
@click.option("--why", default="", help="The reason; is kept beside the act.")
@by_option
@json_option
@click.pass_context
def rollback(ctx: click.Context, why: str, by: str | None, as_json_: bool) -> None:
    """Undo the last change of the model in use; running daemons follow within seconds."""
    with install_of(ctx) as (config, store):
        configured = config.classifier.model
        changed = promotion.roll_back(store, configured, person(by), why, config.clock.now())
    _say(changed, as_json_)


def _say(changed: Changed, as_json_: bool) -> None:
    if as_json_:
        report = {
            "version": changed.version,
            "previous": changed.previous,
            "forced": changed.forced,
        }
        click.echo(as_json(report))
        return
    forced = " (dipaksa)" if changed.forced else ""
    click.echo(
        f"dipakai: {changed.version or CONFIGURED}{forced}; "
        f"sebelumnya: {changed.previous or CONFIGURED}"
    )


@click.command()
@click.argument("sector")
@click.argument("value", type=float)
@by_option
@json_option
@click.pass_context
def threshold(
    ctx: click.Context, sector: str, value: float, by: str | None, as_json_: bool
) -> None:
    """Make a version of the model in use that routes SECTOR from confidence VALUE (0 to 1) on."""
    with install_of(ctx) as (config, store):
        configured, now = config.classifier.model, config.clock.now()
        made = examination.with_threshold(
            store, config.policy, configured, sector, value, person(by), now
        )
    reasons = promotion.refusal(made)
    if as_json_:
        report = {
            "version": made.version,
            "sector": sector,
            "threshold": value,
            "accepted": not reasons,
            "reasons": reasons,
        }
        click.echo(as_json(report))
    elif made.state == "former":
        back = f"kembali dengan `tanggap tune promote {made.version}`"
        click.echo(f"itu versi {made.version}, yang pernah dipakai; {back}")
    elif reasons:
        click.echo(f"calon {made.version} ditolak pemeriksaan mutu otomatis: {'; '.join(reasons)}")
    else:
        click.echo(f"calon {made.version}; pakai dengan `tanggap tune promote {made.version}`")
