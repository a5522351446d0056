"""The command line: gathers the commands, one file each in `tanggap.commands`.

Data goes to stdout, messages to stderr. Exit codes: 0 fine, 1 work failed, 2 usage or config.
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tanggap import __version__, logs
from tanggap.allocator import share_one_heap
from tanggap.commands.wrong_usage import said
from tanggap.errors import ConfigError, InputError, StoreUnreachable, TanggapError

COMMANDS = {
    "backup": "backup",
    "check": "check",
    "classify": "classify",
    "demo": "demo",
    "init": "init",
    "instagram": "instagram",
    "intake": "intake",
    "migrate": "migrate",
    "notice": "notice",
    "once": "once",
    "queue": "shared_queue",
    "recap": "recap",
    "restore": "restore",
    "run": "run",
    "simulate": "simulate",
    "sources": "sources",
    "tune": "tune",
    "user": "user",
    "web": "web",
}
"""Command to its module in `tanggap.commands` (`queue` would hide the standard library's); each
is imported when it is asked for, since most need no model."""


class Gathered(click.Group):
    """A group whose commands are imported on use, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"tanggap.commands.{COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - a wrong module is our own fault
        return command


@click.command(cls=Gathered, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tanggap")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, readable=False),
    envvar="TANGGAP_CONFIG",
    help="Config file [default: tanggap.toml in the current folder].",
)
@click.option("--verbose", is_flag=True, help="Log every step.")
@click.pass_context
def cli(ctx: click.Context, config_path: Path | None, verbose: bool) -> None:
    """Watch what citizens tell their local government, and who has not answered yet."""
    logs.set_up(verbose=verbose)
    ctx.obj = config_path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code; every expected error is one clear message."""
    share_one_heap()  # before a command brings libraries with threads
    try:
        code = cli.main(args=arguments, prog_name="tanggap", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except click.ClickException as exc:
        click.echo(said(exc), err=True)
        sys.exit(exc.exit_code)
    except click.Abort:
        click.echo("dibatalkan", err=True)
        sys.exit(130)
    except (ConfigError, InputError) as exc:
        click.echo(str(exc), err=True)
        sys.exit(2)
    except StoreUnreachable as exc:
        click.echo(f"{exc}, lalu jalankan lagi nanti", err=True)
        sys.exit(1)
    except TanggapError as exc:
        click.echo(str(exc), err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
