"""A version beside the one in use: what the guard says of it; one with another threshold."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from classifier import Classifier, artefact
from classifier.artefact import Artefact
from tanggap.errors import InputError
from tanggap.policy import Policy
from tanggap.sectors import SECTORS
from tanggap.store import Store
from tanggap.store.rows_tuning import ModelVersion
from tanggap.tuning import guard, versions
from tanggap.tuning.guard import Verdict
from tanggap.tuning.labels import Text, to_judge
from tanggap.tuning.tested import LEAST_TEST, read_tested
from tanggap.wording import number


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of a comparison, as the version keeps it."""

    verdict: Verdict
    figures: dict[str, Any]
    """`canary`, `test_set` (a text that changed is named by its key), `verdict`."""

    @property
    def state(self) -> Literal["candidate", "refused"]:
        """Return what the version is from now on."""
        return "candidate" if self.verdict.accepted else "refused"


def examine(
    old: Classifier, new: Classifier, test: Sequence[Text], fair: Sequence[Text], policy: Policy
) -> Examined:
    """Compare two models on the canary and on those texts of the test set that are fair."""
    verdict = guard.examine(old, new, to_judge(fair), policy, _notes(len(test), len(fair)))
    figures = verdict.as_json()
    compared = figures["test_set"]
    if compared is not None:
        keys = [min(text.keys) for text in fair]
        changes = [
            {"key": keys[change["number"]], **{k: v for k, v in change.items() if k != "number"}}
            for change in compared["changes"]
        ]
        figures["test_set"] = {**compared, "changes": changes}
    return Examined(verdict, figures)


def examine_again(
    store: Store, version: str, previous: str | None, policy: Policy, configured: str
) -> ModelVersion | None:
    """Compare a version with the one in use by now (`previous`) and keep the verdict.

    None when that is the one it was compared with, or the version needs no verdict: there is no
    such one, or it was in use before.
    """
    model, packed = store.model(version), store.artefact(version)
    if model is None or packed is None or model.state not in ("candidate", "refused"):
        return None
    old = Classifier(policy, versions.sound(store, previous, configured))
    said = model.figures.get("verdict")
    if isinstance(said, dict) and said.get("against") == old.version:
        return None
    test = read_tested(store)
    fair = test.fair_to(store, old.version, version)
    made = Classifier(policy, versions.stored(store, version))
    examined = examine(old, made, test.texts, fair, policy)
    figures = {**model.figures, **examined.figures}
    fresh = replace(model, figures=figures, state=examined.state)
    store.save_model(fresh, packed)
    return fresh


def with_threshold(
    store: Store,
    policy: Policy,
    configured: str,
    sector: str,
    value: float,
    by: str,
    now: datetime,
) -> ModelVersion:
    """Save the model in use with another threshold for one sector; return the new version.

    It is a candidate like others: nothing changes until it is promoted. It understands all texts
    as before, so the guard looks at what is routed alone. Where that makes a version that there
    is already (a threshold put back on the day of training), that one is returned as it is.
    """
    if sector not in SECTORS:
        raise InputError(f"sektor `{sector}` tidak dikenal; yang ada: {', '.join(SECTORS)}")
    if not 0.0 <= value <= 1.0:
        raise InputError(f"ambang {_shown(value)} bukan angka dari 0 sampai 1")
    current = store.current_model()
    old = versions.read(store, current, configured)
    if round(old.thresholds.sector[sector], 4) == round(value, 4):
        raise InputError(f"ambang {sector} pada model yang dipakai sudah {_shown(value)}")
    limits = {**old.thresholds.sector, sector: round(value, 4)}
    changed = replace(
        old,
        thresholds=replace(old.thresholds, sector=limits),
        created=now.date().isoformat(),
    )
    there = store.model(changed.version)
    if there is not None:
        return examine_again(store, there.version, current, policy, configured) or there
    before = None if current is None else store.model(current)
    test = read_tested(store)
    fair = test.fair_to(store, old.version)
    before_it, made_of_it = Classifier(policy, old), Classifier(policy, changed)
    examined = examine(before_it, made_of_it, test.texts, fair, policy)
    note = f"Ambang {sector}: {old.thresholds.sector[sector]:.4f} -> {value:.4f}, selebihnya sama."
    made = ModelVersion(
        version=changed.version,
        created_at=now,
        created_by=by,
        parent=current,
        state=examined.state,
        n_texts=old.n_texts,
        n_local=before.n_local if before else 0,
        figures={
            **(_kept(before) if before else {}),
            **examined.figures,
            "threshold": {"sector": sector, "to": value},
        },
        card=f"# Model {changed.version}\n\nDari {old.version}. {note}\n"
        + (f"\n{before.card}" if before else ""),
    )
    store.save_model(made, packed_of(changed))
    return made


def packed_of(made: Artefact) -> bytes:
    """Return an artefact as one value."""
    with tempfile.TemporaryDirectory(prefix="tanggap-model-") as folder:
        artefact.save(made, Path(folder))
        return artefact.pack(Path(folder))


def _kept(before: ModelVersion) -> dict[str, Any]:
    """Return the figures of a version that hold with any thresholds as well.

    What it learnt from and whom it left out are those of its training, and stay there.
    """
    figures = {name: before.figures[name] for name in _OF_ALL if name in before.figures}
    if "sector" in figures:
        routed = ("routed_share", "routed_accuracy")
        figures["sector"] = {k: v for k, v in figures["sector"].items() if k not in routed}
    return figures


_OF_ALL = ("jenis", "sector", "flags", "per_file", "corrections")


def _notes(n_test: int, n_fair: int) -> list[str]:
    if n_fair == n_test:
        return []
    if n_fair == 0:
        return [
            f"set uji tidak ikut menilai: kurang dari {number(LEAST_TEST)} teksnya pasti belum "
            "pernah dipelajari kedua model; hanya teks uji dasar yang menilai"
        ]
    return [
        f"dinilai dengan {number(n_fair)} dari {number(n_test)} teks set uji: hanya itu yang "
        "pasti belum pernah dipelajari kedua model"
    ]


def _shown(value: float) -> str:
    return f"{value:g}".replace(".", ",")
