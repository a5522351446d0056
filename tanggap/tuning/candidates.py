"""Train a candidate: corpus and local labels in, artefact folder with its card out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier import artefact
from classifier.dataset import LOCAL, Example
from classifier.training import Settings, Trained, train
from tanggap.errors import InputError
from tanggap.policy import Policy
from tanggap.tuning import files
from tanggap.tuning.card import write_card
from tanggap.tuning.held import Figures, judge
from tanggap.tuning.social import judge_social
from tanggap.wording import number

CARD = "CARD.md"
MAX_BYTES = 8 * 1024 * 1024
"""An artefact that is committed has to stay small."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was trained, where it lies, and what grouped cross-validation says of it."""

    version: str
    folder: Path
    figures: Figures


def train_candidate(
    folder: Path, extra: Sequence[Path], policy: Policy, created: str, name: str = "lokal"
) -> Candidate:
    """Train on the corpus and the `extra` files and write the artefact into `folder`.

    `created` is a day, ISO 8601. Raise InputError when a label is unknown or the folder already
    holds something else.
    """
    if folder.exists() and any(p.name not in _OURS for p in folder.iterdir()):
        raise InputError(f"{folder}: berisi berkas lain; pilih folder baru")
    examples = files.corpus()
    added: list[tuple[str, int]] = []
    for path in extra:
        rows = files.read_examples(path)
        added.append((path.name, len(rows)))
        examples += [_local(path, example) for example in rows]
    trained = train(examples, policy, files.terms(), name, created, Settings())
    figures = judge(trained)
    save(trained, figures, folder, added)
    return Candidate(trained.artefact.version, folder, figures)


def save(trained: Trained, figures: Figures, folder: Path, added: list[tuple[str, int]]) -> None:
    """Write artefact and card; the card names local files, never their texts."""
    artefact.save(trained.artefact, folder)
    size = sum((folder / file).stat().st_size for file in (_MODEL, _WEIGHTS))
    check_size(str(folder), size)
    card = write_card(trained, figures, judge_social(trained.artefact), added, size)
    (folder / CARD).write_text(card, encoding="utf-8")


def check_size(where: str, size: int) -> None:
    """Raise InputError when an artefact is larger than what is kept of it."""
    if size > MAX_BYTES:
        mb = 1024 * 1024
        raise InputError(
            f"{where}: model {number(size / mb, 1)} MB, paling besar {number(MAX_BYTES / mb)} MB"
        )


def _local(path: Path, example: Example) -> Example:
    """Return a local row; the first of several right sectors is the one to learn."""
    return Example(
        text=example.text,
        jenis=example.jenis.split("|")[0],
        sector=example.sector.split("|")[0],
        mentioned_opd=example.mentioned_opd,
        kecamatan=example.kecamatan,
        urgent=example.urgent,
        sensitive=example.sensitive,
        parent_text=example.parent_text,
        group=f"{LOCAL}{path.name}",
    )


_MODEL, _WEIGHTS = artefact.MODEL_FILE, artefact.WEIGHTS_FILE
_OURS = frozenset({_MODEL, _WEIGHTS, CARD})
