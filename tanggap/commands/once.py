"""`tanggap once`: one cycle of all that is due."""

import json

import click

import daemon
from tanggap.commands.install import config_of, migrated_store_of
from tanggap.store import daemon_lock
from tanggap.upkeep.silent_daemons import take_leave


@click.command()
@click.pass_context
def once(ctx: click.Context) -> int:
    """Poll every source that is due, once; print a summary as JSON.

    Exit 1 if a source failed, the database refused, or an alarm stands (disk, model).
    """
    config = config_of(ctx, secrets=True)
    with daemon_lock(config.database_where):
        store = migrated_store_of(config)
        try:
            house = daemon.open_house(config, store)
            total = daemon.once(house)
            house.close()
            failing = {
                status.spec.id: status.held_code or status.code
                for status in store.sources(house.now())
                if status.state not in ("ok", "new") or status.held_code
            }
            alarms = [alarm.code for alarm in store.alarms()]
            if not config.on_sqlite:  # else what stands would be hidden until the next `once`
                take_leave(store, config, house.owner, house.classifier.version)
        finally:
            store.close()
    summary = {
        "fetched": total.fetched,
        "new": total.new,
        "repeated": total.repeated,
        "revised": total.revised,
        "rejected": total.rejected,
        "routes": dict(total.routes or {}),
        "refused_by_database": total.refused,
        "failing": failing,
        "alarms": alarms,
    }
    click.echo(json.dumps(summary, ensure_ascii=False))
    return 1 if failing or alarms or total.refused else 0
