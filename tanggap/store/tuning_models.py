"""Trained versions with their bytes, which of them is in use, and what is reported on them."""

import base64
import binascii
import hashlib
import json
from datetime import datetime

from tanggap.clock import from_text, to_text
from tanggap.errors import InputError, ModelConflict, ModelError
from tanggap.language import gettext as _
from tanggap.store.codec import Row, clean, clean_or_none
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.rows_tuning import EXAMINED, KEPT_MODELS, ModelState, ModelVersion, Promotion
from tanggap.store.tuning_labels import note_act

_CURRENT = "SELECT version FROM models WHERE state = 'current'"
_MODELS = (
    "SELECT m.*, EXISTS (SELECT 1 FROM model_bytes AS b WHERE b.version = m.version) AS kept "
    "FROM models AS m"
)
_NOT_KEPT = """
    SELECT version FROM models WHERE version NOT IN (
        SELECT version FROM promotions WHERE version IS NOT NULL
    ) AND id NOT IN (SELECT id FROM models ORDER BY id DESC LIMIT ?)
    """


class TuningModels(SqlDatabase):
    """Implements versions, promotions and reports of `tanggap.store.base_tuning.TuningStore`."""

    def save_model(self, model: ModelVersion, artefact: bytes) -> None:
        """Keep a trained version, as `candidate` or `refused`; nothing else changes."""
        version = clean(model.version)
        if not version or not artefact:
            raise InputError(_("versi model tanpa nama atau tanpa isi tidak dapat disimpan"))
        if model.state not in ("candidate", "refused"):
            raise InputError(_("versi baru hanya dapat dipakai lewat `tanggap tune promote`"))
        digest = hashlib.sha256(artefact).hexdigest()
        with self._write() as conn:
            row = conn.execute(
                "SELECT digest, state, figures FROM models WHERE version = ?", (version,)
            ).fetchone()
            if row is None:
                conn.execute(
                    "INSERT INTO models (version, created_at, created_by, parent, state, "
                    "n_texts, n_local, figures, card, digest) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        version,
                        to_text(model.created_at),
                        clean(model.created_by),
                        clean_or_none(model.parent),
                        model.state,
                        model.n_texts,
                        model.n_local,
                        json.dumps(dict(model.figures)),
                        clean(model.card),
                        digest,
                    ),
                )
            elif row["digest"] != digest:
                raise InputError(_("versi model {} sudah ada dengan isi lain").format(version))
            else:
                was_used = row["state"] in ("current", "former")
                fresh = {name: model.figures[name] for name in EXAMINED if name in model.figures}
                conn.execute(
                    "UPDATE models SET figures = ?, state = ? WHERE version = ?",
                    (
                        json.dumps({**json.loads(row["figures"]), **fresh}),
                        row["state"] if was_used else model.state,
                        version,
                    ),
                )
            conn.execute(
                "INSERT INTO model_bytes (version, body) VALUES (?, ?) "
                "ON CONFLICT (version) DO UPDATE SET body = excluded.body "
                "WHERE model_bytes.body <> excluded.body",
                (version, _text_of(artefact)),
            )
            _forget_old(conn)

    def models(self) -> list[ModelVersion]:
        """Return all versions, newest first."""
        with self._read() as conn:
            return [_model(row) for row in conn.execute(f"{_MODELS} ORDER BY m.id DESC")]

    def model_states(self) -> dict[str, ModelState]:
        """Return what every version is, newest first, without its figures and its card."""
        with self._read() as conn:
            rows = conn.execute("SELECT version, state FROM models ORDER BY id DESC").fetchall()
        return {row["version"]: row["state"] for row in rows}

    def model(self, version: str) -> ModelVersion | None:
        """Return one version; None when there is no such one."""
        with self._read() as conn:
            row = conn.execute(f"{_MODELS} WHERE m.version = ?", (clean(version),)).fetchone()
        return None if row is None else _model(row)

    def artefact(self, version: str) -> bytes | None:
        """Return the bytes of a version; None when they are not there (any more)."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT b.body, m.digest FROM models AS m JOIN model_bytes AS b "
                "ON b.version = m.version WHERE m.version = ?",
                (clean(version),),
            ).fetchone()
        if row is None:
            return None
        return _sound_bytes(row["body"], row["digest"], version)

    def current_model(self) -> str | None:
        """Return the version in use; None: the one that the config names."""
        with self._read() as conn:
            return _current(conn)

    def promote(
        self,
        version: str | None,
        previous: str | None,
        by: str,
        why: str,
        forced: bool,
        now: datetime,
    ) -> None:
        """Put a version into use in place of `previous` (None in either: the config's)."""
        version, previous = clean_or_none(version), clean_or_none(previous)
        by, why = clean(by), clean(why).strip()
        with self._write() as conn:
            current = _current(conn)
            if current != previous:
                last = conn.execute(
                    'SELECT "by" FROM promotions ORDER BY id DESC LIMIT 1'
                ).fetchone()
                raise ModelConflict(current, last["by"] if last else "")
            if version == current:
                raise InputError(_("model {} sudah dipakai").format(version or _("bawaan")))
            if forced and not why:
                raise InputError(_("tulis alasan untuk memakai model ini secara paksa"))
            if version is not None:
                _check_usable(conn, version, forced=forced)
            conn.execute("UPDATE models SET state = 'former' WHERE state = 'current'")
            conn.execute("UPDATE models SET state = 'current' WHERE version = ?", (version,))
            conn.execute(
                'INSERT INTO promotions (at, "by", version, previous, forced, why) '
                "VALUES (?, ?, ?, ?, ?, ?)",
                (to_text(now), by, version, previous, int(forced), why),
            )
            note_act(
                conn,
                now,
                by,
                "model_promoted",
                {"version": version, "previous": previous, "forced": "true" if forced else None},
            )

    def promotions(self) -> list[Promotion]:
        """Return every change of the version in use, newest first."""
        with self._read() as conn:
            rows = conn.execute("SELECT * FROM promotions ORDER BY id DESC").fetchall()
        return [
            Promotion(
                at=from_text(row["at"]),
                by=row["by"],
                version=row["version"],
                previous=row["previous"],
                forced=bool(row["forced"]),
                why=row["why"],
            )
            for row in rows
        ]

    def save_report(self, model: str, kind: str, body: str, now: datetime) -> None:
        """Keep a report (JSON text) on a model, in place of the one before."""
        with self._write() as conn:
            conn.execute(
                "INSERT INTO reports (model, kind, at, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (model, kind) DO UPDATE SET at = excluded.at, body = excluded.body",
                (clean(model), clean(kind), to_text(now), clean(body)),
            )

    def report(self, model: str, kind: str) -> tuple[datetime, str] | None:
        """Return when a report was made and its JSON text; None when there is none."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT at, body FROM reports WHERE model = ? AND kind = ?",
                (clean(model), clean(kind)),
            ).fetchone()
        return None if row is None else (from_text(row["at"]), row["body"])

    def save_plot(self, model: str, name: str, png: bytes, now: datetime) -> None:
        """Keep a picture of a report, in place of the one before."""
        with self._write() as conn:
            conn.execute(
                "INSERT INTO plots (model, name, at, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (model, name) DO UPDATE SET at = excluded.at, body = excluded.body",
                (clean(model), clean(name), to_text(now), _text_of(png)),
            )

    def plot(self, model: str, name: str) -> bytes | None:
        """Return a picture; None when there is none."""
        with self._read() as conn:
            row = conn.execute(
                "SELECT body FROM plots WHERE model = ? AND name = ?", (clean(model), clean(name))
            ).fetchone()
        return None if row is None else _bytes_of(row["body"], f"gambar {name}")


def _current(conn: Transaction) -> str | None:
    row = conn.execute(_CURRENT).fetchone()
    return None if row is None else str(row["version"])


def _check_usable(conn: Transaction, version: str, *, forced: bool) -> None:
    row = conn.execute(f"{_MODELS} WHERE m.version = ?", (version,)).fetchone()
    if row is None:
        raise InputError(_("versi model {} tidak ada").format(version))
    if not row["kept"]:
        raise InputError(
            _("isi versi model {} sudah tidak disimpan; latih yang baru").format(version)
        )
    body = conn.execute("SELECT body FROM model_bytes WHERE version = ?", (version,)).fetchone()
    try:
        _sound_bytes(body["body"], row["digest"], version)
    except ModelError as exc:
        raise InputError(str(exc)) from exc
    if row["state"] == "refused" and not forced:
        raise InputError(
            _(
                "versi model {} ditolak pemeriksaan mutu otomatis; lihat alasannya di kartunya"
            ).format(version)
        )


def _sound_bytes(body: str, digest: str, version: str) -> bytes:
    """Return the bytes of a version; raise ModelError when they are not those that were saved."""
    artefact = _bytes_of(body, f"model {version}")
    if hashlib.sha256(artefact).hexdigest() != digest:
        raise ModelError(
            _("isi model {} di basis data berubah (sidik jarinya lain)").format(version)
        )
    return artefact


def _forget_old(conn: Transaction) -> None:
    """Take away the bytes, and the reports, of versions that nobody will go back to."""
    gone = [row["version"] for row in conn.execute(_NOT_KEPT, (KEPT_MODELS,)).fetchall()]
    for version in gone:
        conn.execute("DELETE FROM model_bytes WHERE version = ?", (version,))
        for told in ("plots", "reports"):
            conn.execute(f"DELETE FROM {told} WHERE model = ?", (version,))  # noqa: S608 - our names


def _model(row: Row) -> ModelVersion:
    return ModelVersion(
        version=row["version"],
        created_at=from_text(row["created_at"]),
        created_by=row["created_by"],
        parent=row["parent"],
        state=row["state"],
        n_texts=row["n_texts"],
        n_local=row["n_local"],
        figures=json.loads(row["figures"]),
        card=row["card"],
        kept=bool(row["kept"]),
    )


def _text_of(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes_of(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise ModelError(_("isi {} di basis data tidak terbaca").format(what)) from exc
