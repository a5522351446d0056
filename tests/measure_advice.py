"""For how many urgent and sensitive texts the kind of danger is found.

    .venv/bin/python tests/measure_advice.py

On what carries a flag by its label in the corpus (models/corpus) and in the social test set
(models/social), with the decisions of the shipped model. The words of tanggap/advice.toml were
tried on both, so other texts are less kind. One JSON line each: how many texts, how many with a
kind, and which one stands first. Whether it is the right one nobody has labelled.
"""

import json
from collections import Counter

from classifier_support import baseline
from measure_flags import Row, of_row

import models
from classifier.dataset import mention_of
from tanggap.advice import Case, advised, given

GENERAL = ("umum", "peka")


def first_kind(row: Row, because: tuple[str, ...], sector: str | None) -> str:
    """Return the first kind of danger that an item of this text would show."""
    case = Case(bool(row.get("urgent")), bool(row.get("sensitive")), sector, because, row["text"])
    return advised(given(()), case)[0].id


def main() -> None:
    """Print the figures."""
    social = models.social()
    corpus = sorted((social.parent.parent / "corpus").glob("*.jsonl"))
    for name, paths in (("corpus", corpus), ("social", [social])):
        lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
        rows = [row for line in lines if (row := json.loads(line)) and is_flagged(row)]
        decisions = baseline().decide([mention_of(of_row(row)) for row in rows])
        kinds = Counter(
            first_kind(row, one.because, one.sector.label if one.sector else None)
            for row, one in zip(rows, decisions, strict=True)
        )
        found = sum(number for kind, number in kinds.items() if kind not in GENERAL)
        share = round(found / len(rows), 3)
        print(  # noqa: T201
            json.dumps({"set": name, "n": len(rows), "with_a_kind": share, **dict(kinds)})
        )


def is_flagged(row: Row) -> bool:
    """Whether a row is urgent or sensitive by its label."""
    return bool(row.get("urgent") or row.get("sensitive"))


if __name__ == "__main__":
    main()
