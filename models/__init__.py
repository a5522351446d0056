"""Trained artefacts (not database tables) and the corpus they are trained on; finds them only."""

from importlib.resources import files
from pathlib import Path

BASELINE = "baseline"


def path(name: str) -> Path:
    """Return the folder of a shipped artefact (`baseline`), or `name` as a path of one."""
    if name == BASELINE:
        return Path(str(files("models") / BASELINE))
    return Path(name)


def corpus() -> list[Path]:
    """Return the files of the training corpus, JSON lines, sorted by name."""
    return sorted(Path(str(files("models") / "corpus")).glob("*.jsonl"))


def answers() -> Path:
    """Return the folder of the shipped model of answer kinds."""
    return Path(str(files("models") / "answers"))


def answer_corpus() -> list[Path]:
    """Return the files of answers that `answers` is trained on, JSON lines, sorted by name."""
    return sorted((answers() / "corpus").glob("*.jsonl"))


def social() -> Path:
    """Return the social test set, JSON lines: judged by, never trained on."""
    return Path(str(files("models") / "social" / "mentions.jsonl"))


def canary() -> Path:
    """Return the canary texts, JSON lines: clear ones, judged by, never trained on."""
    return Path(str(files("models") / "canary" / "canary.jsonl"))


def terms() -> Path:
    """Return the file of terms per sector, TOML: sector id = list of terms."""
    return Path(str(files("models") / "terms.toml"))
