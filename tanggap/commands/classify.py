"""`tanggap classify`: texts from arguments, stdin or a CSV to decisions, JSON lines."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from classifier.dataset import Example, mention_of
from router import route
from tanggap.csv_file import read_csv
from tanggap.errors import InputError
from tanggap.tuning.setting import classifier_of, policy_of

PAGE = 256
FILE = click.Path(path_type=Path, readable=False)


@click.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--file", "csv_file", type=FILE, help="CSV: text, mentioned_opd, parent_text.")
@click.option("--model", help="Artefact folder, version, or `baseline` [default: the one in use].")
@click.pass_context
def classify(
    ctx: click.Context, texts: tuple[str, ...], csv_file: Path | None, model: str | None
) -> None:
    """Print what the model says of each text, one JSON line each; texts, --file, or stdin lines."""
    policy = policy_of(ctx.obj)
    classifier = classifier_of(model, ctx.obj, policy)
    for page in _pages(_examples(texts, csv_file)):
        mentions = [mention_of(example) for example in page]
        for example, mention, decision in zip(
            page, mentions, classifier.decide(mentions), strict=True
        ):
            way = route(mention, decision, policy)
            line = {"text": example.text, **asdict(decision), "route": asdict(way)}
            click.echo(json.dumps(line, ensure_ascii=False))


def _examples(texts: tuple[str, ...], csv_file: Path | None) -> Iterator[Example]:
    if texts and csv_file is not None:
        raise InputError("pakai teks atau --file, jangan keduanya")
    if csv_file is not None:
        columns = ("mentioned_opd", "parent_text")
        for row in read_csv(csv_file, required=("text",), known=columns):
            addressed, parent = (row.get(name, "") for name in columns)
            yield Example(row["text"], mentioned_opd=addressed, parent_text=parent)
    elif texts:
        yield from (Example(text) for text in texts)
    else:
        yield from (Example(line) for line in _stdin_lines())


def _stdin_lines() -> Iterator[str]:
    if sys.stdin.isatty():
        raise InputError("tidak ada teks: tulis sebagai argumen, lewat stdin, atau --file")
    for number, line in enumerate(sys.stdin.buffer, 1):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError as exc:
            raise InputError(f"stdin: baris {number} bukan UTF-8") from exc
        if text:
            yield text


def _pages(examples: Iterable[Example]) -> Iterator[list[Example]]:
    iterator = iter(examples)
    while page := list(islice(iterator, PAGE)):
        yield page
