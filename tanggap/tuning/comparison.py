"""Two artefacts on the same labelled texts: what changes, and whether it is more than chance."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

from classifier import Classifier
from classifier.dataset import Example, mention_of
from classifier.evaluation import evaluate
from tanggap.mention import ACTIONABLE, Decision
from tanggap.policy import Policy

SHOWN = (
    ("jenis", ("n", "accuracy", "macro_f1", "actionable_recall", "false_alarm_rate")),
    ("sector", ("n", "accuracy", "macro_f1", "top3", "routed_share", "routed_accuracy")),
    ("opd", ("n", "accuracy")),
    ("place", ("n", "precision", "coverage")),
    ("urgent", ("n", "recall", "precision")),
)
PARTS = ("sector", "asked", "opd", "routed")
"""Of what is counted which texts were won and lost."""

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A text that two models understand differently."""

    number: int
    """Of the example, from 0."""
    part: str
    """`sector` or `jenis`."""
    right: str
    before: str
    after: str

    @property
    def won(self) -> bool | None:
        """Whether it became right (or wrong); None: wrong before and after."""
        truth = self.right.split("|")
        if (self.after in truth) == (self.before in truth):
            return None
        return self.after in truth


def compare(
    old: Classifier, new: Classifier, examples: Sequence[Example], policy: Policy
) -> Report:
    """Return both reports, their differences, what was won and lost with McNemar's p.

    `sector_...` counts best sectors, `asked_...` whether anything is asked, `opd_...` who acts,
    `routed_...` texts that need not go to a wrong OPD without a person: lost is one that does
    now. `wrongly_routed` counts both and what was routed. `changes` are the texts by their number,
    those that became wrong first.
    """
    reports = {name: evaluate(c, examples, policy) for name, c in (("old", old), ("new", new))}
    differences: dict[str, dict[str, float | None]] = {}
    for part, names in SHOWN:
        before, after = reports["old"][part], reports["new"][part]
        differences[part] = {
            name: None
            if before[name] is None or after[name] is None
            else round(after[name] - before[name], 4)
            for name in names
            if name != "n"
        }
    decided = list(
        zip(
            *(c.decide([mention_of(example) for example in examples]) for c in (old, new)),
            strict=True,
        )
    )
    changes = _changes(examples, decided)
    tried = Counter(_tried(examples, decided, policy))
    counted: Report = {}
    for part in PARTS:
        won, lost = tried[part, False, True], tried[part, True, False]
        counted |= {
            f"{part}_won": won,
            f"{part}_lost": lost,
            f"{part}_p": round(sign_test(won, lost), 4),
        }
    return {
        "old": reports["old"],
        "new": reports["new"],
        "difference": differences,
        **counted,
        "wrongly_routed": {
            "n": sum(n for (part, *_), n in tried.items() if part == "routed"),
            **{
                name: {
                    "routed": sum(_is_routed(pair[side]) for pair in decided),
                    "wrong": sum(
                        n for key, n in tried.items() if key[0] == "routed" and not key[1 + side]
                    ),
                }
                for side, name in enumerate(("old", "new"))
            },
        },
        "changes": [{**asdict(change), "won": change.won} for change in changes],
    }


def sign_test(won: int, lost: int) -> float:
    """Return the two-sided probability of so uneven a split by chance (exact McNemar)."""
    n = won + lost
    if n == 0:
        return 1.0
    tail: int = sum(comb(n, k) for k in range(min(won, lost) + 1))
    return min(1.0, float(2 * tail) / float(2**n))


def _changes(
    examples: Sequence[Example], decided: Sequence[tuple[Decision, Decision]]
) -> list[Change]:
    """Return the texts of which the sector or the jenis changed, lost ones first."""
    changes: list[Change] = []
    for number, (example, (before, after)) in enumerate(zip(examples, decided, strict=True)):
        for part, right in (("sector", example.sector), ("jenis", example.jenis)):
            was, now = _said(before, part), _said(after, part)
            if right and was != now:
                changes.append(Change(number, part, right, was, now))
    order = {False: 0, True: 1, None: 2}
    return sorted(changes, key=lambda change: (order[change.won], change.number))


def _tried(
    examples: Sequence[Example], decided: Sequence[tuple[Decision, Decision]], policy: Policy
) -> Iterator[tuple[str, bool, bool]]:
    """Yield what each text tells of a part: whether it was right before, and is now."""
    offices = {*policy.opd, *policy.outside}
    for example, (before, after) in zip(examples, decided, strict=True):
        sectors, jenis = example.sector.split("|"), example.jenis.split("|")[0]
        asks = jenis in ACTIONABLE
        right_opd = set(example.opd.split("|")) & offices
        for part, known in (
            ("sector", bool(example.sector)),
            ("asked", bool(jenis)),
            ("opd", bool(right_opd)),
            ("routed", bool(example.sector) or (bool(jenis) and not asks)),
        ):
            if not known:
                continue
            was, now = (
                {
                    "sector": _said(said, "sector") in sectors,
                    "asked": (_said(said, "jenis") in ACTIONABLE) == asks,
                    "opd": said.opd is not None and said.opd.label in right_opd,
                    "routed": not _is_routed(said) or _said(said, "sector") in sectors,
                }[part]
                for said in (before, after)
            )
            yield part, was, now


def _is_routed(decision: Decision) -> bool:
    """Whether a model is sure enough of a text that no person has to look at it first."""
    return (
        decision.sector is not None
        and decision.actionable >= decision.actionable_thresholds[1]
        and decision.sector.confidence >= decision.sector_threshold
    )


def _said(decision: Decision, part: str) -> str:
    prediction = decision.sector if part == "sector" else decision.jenis
    return prediction.label if prediction is not None else ""
