"""What the citizens and the accounts of Kota Sukamaju say: the packaged bank, or a file's texts.

All texts of the bank were written for this project. They are not part of the training corpus.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from tanggap.csv_file import read_csv
from tanggap.errors import InputError
from tanggap.mention import JENIS, UMBRELLA
from tanggap.simulator.world import HANDLE_SUFFIX, handles_in

Said = TypeVar("Said")
MAX_TEXT = 25_000
"""Characters of the longest post that X takes (docs.x.com, 2026)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a citizen with what is known of it."""

    text: str
    jenis: str = ""
    sector: str = ""
    mentioned_opd: str = ""
    """OPD id or `pemkot`; empty: whoever stands in the text."""
    parent_text: str = ""
    kecamatan: str = ""
    row: int | None = None
    """Row of the file it came from, counted from 1 without the header."""

    @property
    def labels(self) -> dict[str, str]:
        """What the text is about, as far as it is known."""
        known = {"jenis": self.jenis, "sector": self.sector, "kecamatan": self.kecamatan}
        return {name: value for name, value in known.items() if value}

    def addressed_to(self, opd: str) -> str:
        """Return the text with the account of `opd` in front, unless it names it already."""
        handle = f"{opd}{HANDLE_SUFFIX}"
        return self.text if handle in handles_in(self.text) else f"@{handle} {self.text}".rstrip()


@dataclass(frozen=True, slots=True)
class Answer:
    """One text with which an account of the city answers."""

    text: str
    kind: str
    """One of `tanggap.mention.ANSWER_KINDS`."""


@dataclass(frozen=True, slots=True)
class Bank:
    """All lines, and what the city's accounts say."""

    by_jenis: Mapping[str, tuple[Line, ...]]
    answers: Mapping[str, tuple[Answer, ...]]
    """OPD id (or `pemkot`) to what its account answers; the empty id: what any of them may."""
    announcements: Mapping[str, tuple[str, ...]]
    """OPD id (or `pemkot`) to what its account tells the citizens; some have nothing to tell."""


def packaged_bank() -> Bank:
    """Return the texts that come with the program."""
    lines = [_line(entry) for entry in _entries("texts.jsonl")]
    return Bank(
        by_jenis={jenis: tuple(x for x in lines if x.jenis == jenis) for jenis in JENIS},
        answers=_by_opd("answers.jsonl", "", lambda entry: Answer(entry["text"], entry["kind"])),
        announcements=_by_opd("announcements.jsonl", UMBRELLA, lambda entry: entry["text"]),
    )


def read_texts(path: Path) -> list[Line]:
    """Return the rows of a CSV file with a column `text`; further known columns are optional.

    Raises InputError when the file cannot be read, has no such column, or a row is too long.
    """
    rows = read_csv(path, required=["text"])
    lines = [_row(number, row) for number, row in enumerate(rows, start=1)]
    for line in lines:
        if len(line.text) > MAX_TEXT:
            raise InputError(f"{path}: baris {line.row} lebih dari {MAX_TEXT} karakter")
    return lines


def _entries(name: str) -> list[dict[str, str]]:
    content = (files("tanggap.simulator") / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in content.splitlines() if line.strip()]


def _by_opd(
    name: str, otherwise: str, read: Callable[[Mapping[str, str]], Said]
) -> dict[str, tuple[Said, ...]]:
    found: dict[str, list[Said]] = {}
    for entry in _entries(name):
        found.setdefault(entry.get("opd", otherwise), []).append(read(entry))
    return {opd: tuple(said) for opd, said in found.items()}


def _line(entry: Mapping[str, str]) -> Line:
    return Line(
        text=entry["text"],
        jenis=entry["jenis"],
        sector=entry.get("sector", ""),
        mentioned_opd=entry.get("mentioned_opd", ""),
        parent_text=entry.get("parent_text", ""),
        kecamatan=entry.get("kecamatan", ""),
    )


def _row(number: int, row: Mapping[str, str]) -> Line:
    known = ("jenis", "sector", "mentioned_opd", "parent_text", "kecamatan")
    return Line(text=row["text"], row=number, **{name: row.get(name, "") for name in known})
