"""What a city's own corrections bring for "who acts": real complaints of a real city.

    EVAL_DATA=FOLDER .venv/bin/python tests/measure_corrections.py

The policy gives each sector to the OPD of most of its rows in the oldest 75 % of surabaya.csv; the
corrections are learnt from labels of those rows, by four people in turn; the rest is judged, with
the sector given. Prints figures only.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

from measure_places import Rows, city_of

from classifier.corrections import Correction
from classifier.opd import Desk
from classifier.places import AUTOMATIC, Gazetteer, place_of
from classifier.text import words_of
from tanggap.errors import InputError
from tanggap.policy import Opd, Outside, Policy
from tanggap.sectors import SECTORS
from tanggap.store.rows_tuning import Label
from tanggap.tuning.benchmarks import folder
from tanggap.tuning.corrections import learn

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def policy_for(rows: Rows) -> Policy:
    """Return the policy that follows from the rows."""
    owners: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        owners[row["sector"]][row["opd"]] += 1
    names = sorted({row["opd"] for row in rows})
    first = next(iter(names))
    return city_of(rows).model_copy(
        update={
            "opd": {name: Opd(name=name, short=name) for name in names},
            "outside": dict[str, Outside](),
            "sector_opd": {
                sector: owners[sector].most_common(1)[0][0] if owners[sector] else first
                for sector in SECTORS
            },
        }
    )


def labels_of(rows: Rows) -> list[Label]:
    """Return the rows as words of four people."""
    return [
        Label(
            key=f"import:rows:{i}", text=row["text"], parent_text=None, addressed=(),
            posted_at=MOMENT, jenis="pengaduan", sector=row["sector"], opd=row["opd"],
            kecamatan=None, urgent=None, sensitive=None, by=f"orang{i % 4}", at=MOMENT,
            item_id=None, corrected=frozenset(),
        )
        for i, row in enumerate(rows)
    ]  # fmt: skip


def judged(rows: Rows, policy: Policy, corrections: tuple[Correction, ...]) -> dict[str, Any]:
    """Return accuracy, share of rows whose OPD is among the three, and what corrections decided."""
    desk, gazetteer = Desk(policy, corrections), Gazetteer(policy)
    right = near = learnt = learnt_right = 0
    for row in rows:
        words = words_of(row["text"])
        place = place_of(gazetteer.find(words))
        sure = place.label if place is not None and place.confidence >= AUTOMATIC else None
        assigned = desk.assign([(row["sector"], 1.0)], words, (), sure)
        hit = assigned.opd.label == row["opd"]
        right += hit
        near += row["opd"] in {opd for opd, _ in assigned.opd.top}
        if assigned.because.startswith("koreksi:"):
            learnt += 1
            learnt_right += hit
    return {
        "n": len(rows),
        "accuracy": round(right / len(rows), 4),
        "among_three": round(near / len(rows), 4),
        "by_correction": learnt,
        "by_correction_right": learnt_right,
    }


def main() -> None:
    """Print the figures before and after."""
    try:
        path = folder() / "surabaya.csv"
    except InputError as exc:
        sys.exit(str(exc))
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sector"] in SECTORS and row["opd"]]
    start = len(rows) * 3 // 4
    policy = policy_for(rows[:start])
    corrections = learn(labels_of(rows[:start]), policy)
    automatic = sum(one.automatic for one in corrections)
    print(json.dumps({"learnt": len(corrections), "automatic": automatic}))  # noqa: T201
    for name, known in (("before", ()), ("after", corrections)):
        print(json.dumps({"kind": name, **judged(rows[start:], policy, known)}))  # noqa: T201


if __name__ == "__main__":
    main()
