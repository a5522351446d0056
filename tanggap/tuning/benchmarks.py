"""Measure an artefact on real texts that may be read but not shipped, quoted or trained on.

The folder stands in the environment variable EVAL_DATA; its README says what the files are.
Only figures leave this module.
"""

import csv
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier import Classifier
from classifier.dataset import Example, mention_of
from classifier.evaluation import evaluate
from tanggap.errors import InputError
from tanggap.mention import ACTIONABLE, Decision
from tanggap.policy import Policy

VARIABLE = "EVAL_DATA"
CORE_17 = frozenset({
    "jalan", "drainase_banjir", "perumahan", "bencana_damkar", "ketertiban", "kesehatan",
    "pendidikan", "sosial", "ketenagakerjaan", "kebersihan_lingkungan", "kependudukan",
    "perhubungan", "kominfo", "perdagangan_umkm", "perizinan", "pajak_aset", "air_bersih",
})  # fmt: skip
PURBALINGGA: dict[str, frozenset[str]] = {
    "Infrastruktur": frozenset({
        "jalan", "drainase_banjir", "perhubungan", "perumahan", "air_bersih", "listrik",
    }),
    "Lingkungan": frozenset({"kebersihan_lingkungan", "drainase_banjir"}),
    "Ketertiban": frozenset({"ketertiban", "perhubungan"}),
    "Pendidikan": frozenset({"pendidikan"}),
    "Sosial dan Ekonomi": frozenset({
        "sosial", "ketenagakerjaan", "perdagangan_umkm", "pertanian", "desa", "perempuan_anak",
    }),
    "Pelayanan Publik": frozenset({
        "kependudukan", "kesehatan", "perizinan", "pemerintahan", "air_bersih", "kominfo",
        "pajak_aset", "desa", "listrik",
    }),
}  # fmt: skip
_LIGHTS = re.compile(r"\bpju\b|\blampu|penerangan", re.IGNORECASE)
Report = dict[str, Any]
Rows = list[dict[str, str]]


def surabaya(classifier: Classifier, policy: Policy, rows: Rows) -> Report:
    """Score the 17 sectors that the city's routing and ours share; the other rows are left out.

    Apart: illegal parking guards are perhubungan in that city and ketertiban by our definitions.
    """
    kept = [row for row in rows if row["sector"] in CORE_17]
    apart = {"jukir liar": [row.get("topik") == "Jukir Liar" for row in kept]}
    return _sector_report(classifier, policy, _examples(kept), apart)


def bandung(classifier: Classifier, policy: Policy, rows: Rows) -> Report:
    """Score the sectors of four OPD of another city.

    Apart: street lights are perhubungan by our definitions; there some went to the OPD of roads.
    """
    lights = [
        row["sector"] != "perhubungan" and _LIGHTS.search(row["text"]) is not None for row in rows
    ]
    return _sector_report(classifier, policy, _examples(rows), {"street lights": lights})


def purbalingga(classifier: Classifier, policy: Policy, rows: Rows) -> Report:
    """Score six coarse labels: the best sector must belong to the label's set."""
    examples = [
        Example(text=row["text"], sector="|".join(sorted(PURBALINGGA[row["label"]])))
        for row in rows
    ]
    return _sector_report(classifier, policy, examples)


def sp4n_tweets(classifier: Classifier, policy: Policy, rows: Rows) -> Report:
    """Count false alarms on agencies' announcements (Netral, Positif), recall on Negatif."""
    decisions = _decide(classifier, rows, "x")
    report: Report = {"n": len(rows)}
    for name, labels in (("negatif", {"Negatif"}), ("announcements", {"Netral", "Positif"})):
        mine = [d for row, d in zip(rows, decisions, strict=True) if row["label"] in labels]
        report[name] = _asked(mine)
    report["recall_negatif"] = report["negatif"]["asked"]
    report["false_alarm_rate"] = report["announcements"]["asked"]
    return report


def kai_mentions(classifier: Classifier, policy: Policy, rows: Rows) -> Report:
    """Describe what is decided about mentions of a rail operator: questions, mention register."""
    return {"n": len(rows), **_asked(_decide(classifier, rows, "x"))}


SETS: dict[str, Callable[[Classifier, Policy, Rows], Report]] = {
    "surabaya": surabaya,
    "bandung": bandung,
    "purbalingga": purbalingga,
    "sp4n_tweets": sp4n_tweets,
    "kai_mentions": kai_mentions,
}


def folder() -> Path:
    """Return the folder of EVAL_DATA; raise InputError when it is not set or not there."""
    value = os.environ.get(VARIABLE, "")
    if not value:
        raise InputError(
            f"{VARIABLE} belum diisi: tulis folder data ukur, mis. {VARIABLE}=/data tanggap tune "
            "benchmark; pengukuran dilewati"
        )
    if not Path(value).is_dir():
        raise InputError(f"{VARIABLE}: folder {value} tidak ada")
    return Path(value)


def run(classifier: Classifier, policy: Policy, data: Path) -> Report:
    """Return the figures of every set whose file stands in `data`; a missing one is None."""
    report: Report = {"model": classifier.version}
    complaints: list[Decision] = []
    for name, measure in SETS.items():
        path = data / f"{name}.csv"
        if not path.exists():
            report[name] = None
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        report[name] = measure(classifier, policy, rows)
        if name in ("surabaya", "bandung", "purbalingga"):
            complaints += _decide(classifier, rows)
    if complaints:
        report["complaints"] = _asked(complaints)
    return report


def _decide(
    classifier: Classifier, rows: Sequence[dict[str, str]], network: str = ""
) -> list[Decision]:
    """Return the decisions on posts of a network, or on reports that were handed in."""
    examples = [Example(text=row["text"], network=network) for row in rows]
    return classifier.decide([mention_of(example) for example in examples])


def _asked(decisions: Sequence[Decision]) -> Report:
    """Return the shares called actionable (forced), surely so, and put aside."""
    n = max(1, len(decisions))
    asked = sum(d.jenis is not None and d.jenis.label in ACTIONABLE for d in decisions)
    sure = sum(d.actionable >= d.actionable_thresholds[1] for d in decisions)
    aside = sum(d.actionable < d.actionable_thresholds[0] for d in decisions)
    urgent = sum(d.urgent.on for d in decisions)
    sensitive = sum(d.sensitive.on for d in decisions)
    return {
        "n": len(decisions),
        "asked": round(asked / n, 4),
        "surely_asked": round(sure / n, 4),
        "aside": round(aside / n, 4),
        "urgent": round(urgent / n, 4),
        "sensitive": round(sensitive / n, 4),
    }


def _examples(rows: Rows) -> list[Example]:
    return [Example(text=row["text"], sector=row["sector"]) for row in rows]


def _sector_report(
    classifier: Classifier,
    policy: Policy,
    examples: Sequence[Example],
    apart: Mapping[str, Sequence[bool]] | None = None,
) -> Report:
    """Return the sector scores; rows whose label departs from our definitions also `apart`."""
    report: Report = evaluate(classifier, examples, policy)["sector"]
    report["calibration_error"] = _calibration_error(classifier, examples)
    report["apart"] = {}
    for name, marks in (apart or {}).items():
        inside = [e for e, mark in zip(examples, marks, strict=True) if mark]
        outside = [e for e, mark in zip(examples, marks, strict=True) if not mark]
        accuracy = evaluate(classifier, inside, policy)["sector"]["accuracy"]
        report["apart"][name] = {"n": len(inside), "accuracy": accuracy}
        without = evaluate(classifier, outside, policy)["sector"]["accuracy"]
        report["accuracy_without_apart"] = without
    return report


def _calibration_error(classifier: Classifier, examples: Sequence[Example]) -> float:
    """Return the mean gap between confidence and accuracy over ten bins (ECE)."""
    decisions = classifier.decide([mention_of(example) for example in examples])
    sure = np.array([d.sector.confidence if d.sector else 0.0 for d in decisions])
    right = np.array(
        [
            d.sector is not None and d.sector.label in example.sector.split("|")
            for d, example in zip(decisions, examples, strict=True)
        ]
    )
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [
        abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    ]
    return round(float(sum(gaps)), 4)
