"""What is said of a command line that cannot be understood: Indonesian, with the nearest word.

click words its errors in English inside its types; the kind of an error is told from its class
and the type of the parameter, so that only the value that was typed is read from click's text.
"""

import re
from collections.abc import Sequence

import click

from tanggap.near_words import nearest

_VALUE = re.compile(r"^(?:(?:File|Directory|Path) )?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)")
_EXTRA = re.compile(r"^Got unexpected extra arguments? \((.*)\)$", re.DOTALL)


def said(error: click.ClickException) -> str:
    """Return what is wrong and, on a line of its own, where the right usage stands."""
    if not isinstance(error, click.UsageError):
        return error.format_message()
    line = _said(error)
    return f"{line}\nBantuan: `{error.ctx.command_path} --help`" if error.ctx else line


def _said(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return _unknown_option(error)
    if isinstance(error, click.BadOptionUsage):
        needs = "tidak memakai nilai" if "does not take" in error.message else "perlu nilai"
        return f"opsi `{error.option_name}` {needs}"
    if isinstance(error, click.MissingParameter):
        return _missing(error)
    if isinstance(error, click.BadParameter):
        return _wrong_value(error)
    if extra := _EXTRA.match(error.message):
        return f"kelebihan kata: `{extra[1]}`; teks yang memuat spasi ditulis dalam tanda kutip"
    command = getattr(error, "command_name", None)
    if command is not None and error.ctx and isinstance(error.ctx.command, click.Group):
        known = error.ctx.command.list_commands(error.ctx)
        hint = nearest(command, known) or f"; yang ada: {', '.join(known)}"
        return f"perintah `{command}` tidak dikenal{hint}"
    return error.message


def _unknown_option(error: click.NoSuchOption) -> str:
    name, ctx = error.option_name, error.ctx
    if ctx and ctx.parent and name in _options(ctx.find_root().command):
        return f"opsi `{name}` ditulis sebelum perintah: `tanggap {name} ... {_after_root(ctx)}`"
    known = _options(ctx.command) if ctx else error.possibilities or ()
    return f"opsi `{name}` tidak dikenal{nearest(name, known)}"


def _after_root(ctx: click.Context) -> str:
    return ctx.command_path.removeprefix(ctx.find_root().command_path).strip()


def _options(command: click.Command) -> list[str]:
    options = [one for one in command.params if isinstance(one, click.Option)]
    return [name for one in options for name in one.opts]


def _missing(error: click.MissingParameter) -> str:
    param = error.param
    if isinstance(param, click.Option):
        choices = param.type.choices if isinstance(param.type, click.Choice) else ()
        which = f": pilih {', '.join(map(str, choices))}" if choices else ""
        return f"opsi `{param.opts[-1]}` wajib diisi{which}"
    return f"`{param.human_readable_name if param else error.param_hint}` wajib diisi"


def _wrong_value(error: click.BadParameter) -> str:
    if error.param is None:
        return error.message
    kind = error.param.type
    name = error.param.opts[-1] if isinstance(error.param, click.Option) else (
        error.param.human_readable_name
    )  # fmt: skip
    found = _VALUE.match(error.message)
    value = found[1] if found else ""
    value = value[1:-1] if value[:1] in "'\"" else value
    if isinstance(kind, click.Choice):
        known: Sequence[str] = [str(choice) for choice in kind.choices]
        what = f"tidak dikenal{nearest(value, known)}; yang ada: {', '.join(known)}"
    elif isinstance(kind, click.IntRange | click.FloatRange):
        what = f"harus bilangan{_whole(kind)} {_limits(kind)}"
    elif kind in (click.INT, click.FLOAT):
        what = f"harus bilangan{_whole(kind)}"
    elif isinstance(kind, click.DateTime):
        what = "bukan tanggal; tulis misalnya 2026-11-20"
    elif isinstance(kind, click.Path):  # all with readable=False: our own error says the rest
        what = "itu berkas; sebut folder" if not kind.file_okay else "itu folder; sebut berkas"
    elif isinstance(kind, click.File):
        what = "tidak dapat dibaca; periksa nama dan izin berkas"
    else:  # types of our own say it themselves
        return f"`{name}`: {error.message}"
    return f"`{name}` bernilai `{value}`: {what}"


def _whole(kind: click.ParamType[object]) -> str:
    return " bulat" if kind is click.INT or isinstance(kind, click.IntRange) else ""


def _limits(kind: click.IntRange | click.FloatRange) -> str:
    # As they must be typed: no dot between thousands.
    from_word = "lebih dari" if kind.min_open else "dari"
    least = "" if kind.min is None else f"{from_word} {kind.min}"
    most = "" if kind.max is None else f"sampai {kind.max}"
    return f"{least} {most}".strip()
