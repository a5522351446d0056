"""Labelled texts from files: CSV or JSON lines, one text a row, any of the label columns."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import models
from classifier.dataset import Example
from tanggap.csv_file import read_csv
from tanggap.errors import InputError
from tanggap.reasons import reason

COLUMNS = (
    "text",
    "jenis",
    "sector",
    "opd",
    "mentioned_opd",
    "kecamatan",
    "urgent",
    "sensitive",
    "parent_text",
    "posted_at",
    "network",
)
SOCIAL = frozenset({"x", "facebook", "instagram"})
"""Another `network` is the channel of a report that was handed in."""
_YES = frozenset({"1", "true", "ya", "yes", "y", "benar"})
_NO = frozenset({"0", "false", "tidak", "no", "n", "salah"})


def read_examples(path: Path) -> list[Example]:
    """Return the rows of a CSV or `.jsonl` file; raise InputError naming file, line and remedy.

    The file's name becomes the group: one writer or channel, kept together in cross-validation.
    Columns that are not labels are ignored.
    """
    if path.suffix == ".jsonl":
        rows = _read_json_lines(path)
    else:
        rows = list(enumerate(read_csv(path, required=("text",), known=COLUMNS), 1))
    return [_example(path, number, row) for number, row in rows]


def corpus() -> list[Example]:
    """Return the texts of the shipped corpus; a flag that is not written is a no."""
    return [example for path in models.corpus() for example in read_examples(path)]


def canary() -> list[Example]:
    """Return the canary texts: clear ones that every model has to understand, never trained on."""
    return read_examples(models.canary())


def social() -> dict[str, list[Example]]:
    """Return the social test set by kind (natural, hard), never trained on; empty: not shipped."""
    path = models.social()
    found: dict[str, list[Example]] = {}
    if path.is_file():
        for number, row in _read_json_lines(path):
            found.setdefault(str(row.get("kind", "")), []).append(_example(path, number, row))
    return found


def terms() -> list[tuple[str, str]]:
    """Return the shipped terms: (sector, word or phrase)."""
    table = tomllib.loads(models.terms().read_text(encoding="utf-8"))
    return [(sector, term) for sector, words in table.items() for term in words]


def _read_json_lines(path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        raise InputError(f"{path}: tidak dapat dibaca ({reason(exc)})") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: bukan UTF-8 (byte {exc.start}); simpan ulang") from exc
    rows: list[tuple[int, Mapping[str, Any]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as exc:
            raise InputError(f"{path}: baris {number} bukan JSON yang sah") from exc
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise InputError(f"{path}: baris {number} tidak punya `text`")
        rows.append((number, row))
    if not rows:
        raise InputError(f"{path}: berkas kosong")
    return rows


def _example(path: Path, number: int, row: Mapping[str, Any]) -> Example:
    values = {name: _cell(row.get(name)) for name in COLUMNS}
    for name in ("urgent", "sensitive"):
        word = values[name].lower()
        if word and word not in _YES and word not in _NO:
            raise InputError(f"{path}: baris {number}: `{name}` harus 1 atau 0, bukan {word!r}")
        values[name] = "" if not word else "1" if word in _YES else "0"
    return Example(
        text=values["text"],
        jenis=values["jenis"],
        sector=values["sector"],
        opd=values["opd"],
        mentioned_opd=values["mentioned_opd"],
        kecamatan=values["kecamatan"],
        urgent=values["urgent"],
        sensitive=values["sensitive"],
        parent_text=values["parent_text"],
        posted_at=values["posted_at"],
        group=path.stem,
        network=values["network"].lower() if values["network"].lower() in SOCIAL else "",
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value).strip()
