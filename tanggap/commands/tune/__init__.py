"""`tanggap tune`: the analyst's loop. Label, train, compare, promote, roll back, explain."""

import click

from tanggap.commands.tune.judging import benchmark, compare, evaluate
from tanggap.commands.tune.learning import freeze, import_labels, train
from tanggap.commands.tune.reading import explain
from tanggap.commands.tune.reporting import report
from tanggap.commands.tune.versions import promote, rollback, threshold, versions


@click.group()
def tune() -> None:
    """Measure, train and compare models; the daemons take a promoted one by themselves."""


for command in (
    *(evaluate, import_labels, train, freeze, compare, report),
    *(versions, promote, rollback, threshold, explain, benchmark),
):
    tune.add_command(command)
