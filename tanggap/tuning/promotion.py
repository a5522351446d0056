"""Put a version into use, or the one before it back; the daemons pick it up by themselves."""

from dataclasses import dataclass
from datetime import datetime

from tanggap.errors import InputError, ModelError
from tanggap.store import Store
from tanggap.store.rows_tuning import ModelVersion
from tanggap.tuning import versions


@dataclass(frozen=True, slots=True)
class Changed:
    """What is in use now and what was; None: the model that the config names."""

    version: str | None
    previous: str | None
    forced: bool


def promote(
    store: Store,
    version: str,
    previous: str | None,
    by: str,
    why: str,
    *,
    force: bool,
    now: datetime,
) -> Changed:
    """Put `version` into use; raise InputError when the guard refused it and it is not forced.

    What the guard said is in the version's figures: `previous` is what was in use before
    `examination.examine_again` compared with it. Raise ModelConflict when it is not any more, and
    ModelError when the version cannot be used: the rules alone would decide.
    """
    model = known(store, version)
    reasons = refusal(model)
    if reasons and not force:
        raise InputError(
            f"model {version} ditolak pemeriksaan mutu otomatis: {'; '.join(reasons)}. Perbaiki "
            "labelnya dan latih ulang, atau pakai --force dengan --why"
        )
    if force and not why.strip():
        raise InputError("--force perlu --why: tulis alasannya, supaya dapat dibaca kemudian")
    versions.stored(store, version)
    store.promote(version, previous, by, why, bool(reasons), now)
    return Changed(version, previous, bool(reasons))


def roll_back(store: Store, configured: str, by: str, why: str, now: datetime) -> Changed:
    """Undo the newest change of the version in use; raise InputError when there was none.

    `configured` is the model that the config names. Raise ModelError when what was in use before
    cannot be used any more.
    """
    acts = store.promotions()
    if not acts:
        raise InputError("belum pernah ada versi lain yang dipakai; tidak ada yang sebelumnya")
    goal, current = acts[0].previous, acts[0].version
    try:
        versions.read(store, goal, configured)
    except ModelError as exc:
        where = "model dari konfigurasi" if goal is None else goal
        raise ModelError(f"tidak dapat kembali ke {where}, tidak ada yang diganti: {exc}") from exc
    store.promote(goal, current, by, why or "kembali ke model sebelumnya", False, now)
    return Changed(goal, current, forced=False)


def known(store: Store, version: str) -> ModelVersion:
    """Return a version; raise InputError naming those that there are."""
    model = store.model(version)
    if model is None:
        there = ", ".join(list(store.model_states())[:10]) or "belum ada"
        raise InputError(f"model `{version}` tidak dikenal; yang ada: {there}")
    return model


def refusal(model: ModelVersion) -> list[str]:
    """Return why the guard refused a version; nothing when it did not, or it was in use before."""
    if model.state in ("former", "current"):
        return []
    verdict = model.figures.get("verdict")
    if not isinstance(verdict, dict):
        return ["belum pernah dibandingkan dengan model yang dipakai"]
    if verdict.get("accepted") is True:
        return []
    return [str(reason) for reason in verdict.get("reasons", ())] or ["tanpa alasan"]
