"""How often the kecamatan is found, and rightly, in real complaints of a real city.

    EVAL_DATA=FOLDER .venv/bin/python tests/measure_places.py

Takes kecamatan and kelurahan of surabaya.csv as the city's own list (a kelurahan that stands in
two goes to the one of most rows) and prints figures only: one JSON line for what counts by itself
and for the best suggestion of whatever kind, then one per confidence.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from classifier.places import AUTOMATIC, Gazetteer, place_of
from classifier.text import words_of
from tanggap.errors import InputError
from tanggap.policy import Kecamatan, Policy
from tanggap.tuning.benchmarks import folder
from tanggap.tuning.setting import policy_of

Rows = list[dict[str, str]]


def city_of(rows: Rows) -> Policy:
    """Return a policy whose places are those of the rows."""
    places: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        places[row["kelurahan"]][row["kecamatan"]] += 1
    kelurahan: dict[str, list[str]] = defaultdict(list)
    for name, inside in sorted(places.items()):
        kelurahan[inside.most_common(1)[0][0]].append(name)
    return policy_of(None).model_copy(
        update={
            "kecamatan": {
                _id(name): Kecamatan(name=name, kelurahan=tuple(names))
                for name, names in kelurahan.items()
            },
            "rule": (),
        }
    )


def measure(rows: Rows) -> dict[str, dict[str, Any]]:
    """Return share of the rows and precision, by `automatic`, `suggestion` and confidence."""
    gazetteer = Gazetteer(city_of(rows))
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows:
        place = place_of(gazetteer.find(words_of(row["text"])))
        if place is None:
            continue
        kinds = ["suggestion", f"confidence {place.confidence:.3f}"]
        if place.confidence >= AUTOMATIC:
            kinds.append("automatic")
        for kind in kinds:
            said[kind] += 1
            right[kind] += place.label == _id(row["kecamatan"])
    return {
        kind: {
            "n": n,
            "coverage": round(n / len(rows), 4),
            "precision": round(right[kind] / n, 4),
        }
        for kind, n in sorted(said.items())
    }


def _id(name: str) -> str:
    return name.lower().replace(" ", "_")


def main() -> None:
    """Print the figures."""
    try:
        path = folder() / "surabaya.csv"
    except InputError as exc:
        sys.exit(str(exc))
    for kind, figures in measure(read(path)).items():
        print(json.dumps({"kind": kind, **figures}))  # noqa: T201


def read(path: Path) -> Rows:
    """Return the rows that name both."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kecamatan"] and row["kelurahan"]]


if __name__ == "__main__":
    main()
