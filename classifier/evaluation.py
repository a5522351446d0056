"""Score a classifier on labelled texts: the numbers of `tanggap tune evaluate`.

Each label is scored on the rows that carry it, as the forced best one, whatever was decided about
jenis or abstaining. `a|b` in the truth: either counts. Nothing adapts to the texts under
evaluation. Labels, places and accounts that are not known here are counted, never an error.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from classifier.calibration import coverage_at
from classifier.dataset import Example, mention_of
from classifier.decision import Classifier
from classifier.places import AUTOMATIC
from classifier.text import words_of
from tanggap.mention import ACTIONABLE, JENIS, UMBRELLA, Decision
from tanggap.policy import Policy
from tanggap.sectors import SECTORS

Report = dict[str, Any]
Judged = tuple[str, tuple[str, ...]]
"""Predicted label and the labels that count as right."""

COVERAGE_ACCURACY = 0.95


def evaluate(classifier: Classifier, examples: Sequence[Example], policy: Policy) -> Report:
    """Return the report of DESIGN 10; a share over no rows is None."""
    unknown: dict[str, Counter[str]] = {}
    decisions = classifier.decide([mention_of(example) for example in examples])
    pairs = list(zip(examples, decisions, strict=True))
    accounts = {*policy.opd, UMBRELLA}
    for example in examples:
        for word in example.mentioned_opd.replace("|", " ").split():
            if word not in accounts:
                unknown.setdefault("mentioned_opd", Counter())[word] += 1
    return {
        "n": len(examples),
        "model": classifier.version,
        "jenis": _jenis(pairs, unknown),
        "sector": _sector(pairs, unknown),
        "opd": _opd(pairs, {*policy.opd, *policy.outside}, unknown),
        "place": _place(pairs, policy, unknown),
        "urgent": _urgent(pairs),
        "unknown_labels": {kind: dict(sorted(found.items())) for kind, found in unknown.items()},
    }


def score_labels(judged: Iterable[Judged]) -> Report:
    """Return n, accuracy, macro F1 and per label precision, recall, F1, n.

    For F1 a hit counts as the predicted label and a miss as the first right one; the mean is
    over the labels that occur as truth in this sense.
    """
    truth: Counter[str] = Counter()
    said: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for predicted, right in judged:
        hit = predicted in right
        truth[predicted if hit else right[0]] += 1
        said[predicted] += 1
        hits[predicted] += hit
    n = sum(truth.values())
    per_label: dict[str, Report] = {}
    for label in sorted(truth):
        precision = _share(hits[label], said[label])
        recall = _share(hits[label], truth[label])
        f1 = 2.0 * hits[label] / (truth[label] + said[label])
        per_label[label] = {
            "n": truth[label], "precision": precision, "recall": recall, "f1": round(f1, 4)
        }  # fmt: skip
    return {
        "n": n,
        "accuracy": _share(sum(hits.values()), n),
        "macro_f1": _mean([row["f1"] for row in per_label.values()]),
        "per_label": per_label,
    }


def _jenis(pairs: list[tuple[Example, Decision]], unknown: dict[str, Counter[str]]) -> Report:
    judged: list[Judged] = []
    found = asked = alarms = idle = 0
    for example, decision in pairs:
        right = _known(example.jenis, JENIS, "jenis", unknown)
        if not right:
            continue
        said = decision.jenis.label if decision.jenis else ""
        judged.append((said, right))
        asks = right[0] in ACTIONABLE
        asked += asks
        idle += not asks
        found += asks and said in ACTIONABLE
        alarms += not asks and said in ACTIONABLE
    scores = score_labels(judged)
    return {
        "n": scores["n"],
        "accuracy": scores["accuracy"],
        "macro_f1": scores["macro_f1"],
        "actionable_recall": _share(found, asked),
        "false_alarm_rate": _share(alarms, idle),
        "per_label": scores["per_label"],
    }


def _sector(pairs: list[tuple[Example, Decision]], unknown: dict[str, Counter[str]]) -> Report:
    judged: list[Judged] = []
    near = routed = routed_right = 0
    confidence: list[float] = []
    hits: list[bool] = []
    for example, decision in pairs:
        right = _known(example.sector, SECTORS, "sector", unknown)
        if not right:
            continue
        sector = decision.sector
        label = sector.label if sector else ""
        judged.append((label, right))
        hit = label in right
        near += any(one in right for one, _ in sector.top) if sector else 0
        confidence.append(sector.confidence if sector else 0.0)
        hits.append(hit)
        if (
            sector is not None
            and decision.actionable >= decision.actionable_thresholds[1]
            and sector.confidence >= decision.sector_threshold
        ):
            routed += 1
            routed_right += hit
    scores = score_labels(judged)
    coverage = coverage_at(np.array(confidence), np.array(hits, bool), COVERAGE_ACCURACY)
    return {
        "n": scores["n"],
        "accuracy": scores["accuracy"],
        "macro_f1": scores["macro_f1"],
        "top3": _share(near, scores["n"]),
        "coverage_at_95": round(coverage, 4) if hits else None,
        "routed_share": _share(routed, scores["n"]),
        "routed_accuracy": _share(routed_right, routed),
        "per_label": scores["per_label"],
    }


def _opd(
    pairs: list[tuple[Example, Decision]], known: set[str], unknown: dict[str, Counter[str]]
) -> Report:
    judged: list[Judged] = []
    for example, decision in pairs:
        right = _known(example.opd, known, "opd", unknown)
        if right:
            judged.append((decision.opd.label if decision.opd else "", right))
    scores = score_labels(judged)
    return {"n": scores["n"], "accuracy": scores["accuracy"]}


def _place(
    pairs: list[tuple[Example, Decision]], policy: Policy, unknown: dict[str, Counter[str]]
) -> Report:
    """Score the kecamatan: what stands by itself, and the best suggestion of whatever kind."""
    ids = {key: key for key in policy.kecamatan}
    for key, kecamatan in policy.kecamatan.items():
        for name in (kecamatan.name, *kecamatan.aliases):
            ids.setdefault(_folded(name), key)
    n = sure = sure_right = any_place = any_right = 0
    for example, decision in pairs:
        if not example.kecamatan:
            continue
        words = [word.strip() for word in example.kecamatan.split("|")]
        right = {ids.get(word) or ids.get(_folded(word)) for word in words} - {None}
        if not right:
            unknown.setdefault("kecamatan", Counter())[example.kecamatan] += 1
            continue
        n += 1
        if decision.place is None:
            continue
        hit = decision.place.label in right
        any_place += 1
        any_right += hit
        if decision.place.confidence >= AUTOMATIC:
            sure += 1
            sure_right += hit
    return {
        "n": n,
        "precision": _share(sure_right, sure),
        "coverage": _share(sure, n),
        "suggested_precision": _share(any_right, any_place),
        "suggested_coverage": _share(any_place, n),
    }


def _folded(name: str) -> str:
    return " ".join(words_of(name))


def _urgent(pairs: list[tuple[Example, Decision]]) -> Report:
    judged = [(e.urgent == "1", d.urgent.on) for e, d in pairs if e.urgent]
    both = sum(truth and said for truth, said in judged)
    return {
        "n": len(judged),
        "recall": _share(both, sum(truth for truth, _ in judged)),
        "precision": _share(both, sum(said for _, said in judged)),
    }


def _known(
    label: str, known: Iterable[str], kind: str, unknown: dict[str, Counter[str]]
) -> tuple[str, ...]:
    """Return the right labels of a cell that are known; count the others."""
    words = tuple(word.strip() for word in label.split("|") if word.strip())
    right = tuple(word for word in words if word in known)
    if words and not right:
        unknown.setdefault(kind, Counter())[label] += 1
    return right


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
