"""Labels that people bring in files: which text each is on, and what of them is new."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.store.codec import Row, clean, clean_or_none, list_of, text_list
from tanggap.store.database import Transaction, Value
from tanggap.store.rows_tuning import Label

_SAID = ("jenis", "sector", "opd", "kecamatan", "urgent", "sensitive")
_FIRST_AT = "first_at"
"""Beside the labels of a row that were changed since: when the first ones came."""
_IMPORTED = "import:"


@dataclass(frozen=True, slots=True)
class Told:
    """A label of a file, ready to be kept."""

    label: Label
    place: tuple[str, str]
    """Digest of the text, and the person."""
    key: str
    """Its key, where the text has none yet and nothing else has this one."""


def told_by(labels: Iterable[Label], batch: str, by: str, now: datetime) -> list[Told]:
    """Return the labels of a file, cleaned and named; asks no database."""
    told: list[Told] = []
    for given in labels:
        label = _cleaned(given, by, now)
        key = label.key if label.key.startswith(_IMPORTED) else f"{_IMPORTED}{batch}:{label.key}"
        told.append(Told(label, (_text_digest(label), label.by), key))
    return told


def keep(conn: Transaction, told: Sequence[Told]) -> int:
    """Keep what is new of the labels of a file; return how many were."""
    known = _Known.of(conn, told)
    before = set(known.said)
    changed: dict[tuple[str, str], Label] = {}
    added = 0
    for one in told:
        said = _said_text(one.label)
        if known.said.get(one.place) == said:
            continue
        added += 1
        known.said[one.place] = said
        first_at = known.first_at.get(one.place)
        changed[one.place] = replace(one.label, key=known.key_of(one), first_at=first_at)
    conn.executemany(
        "UPDATE imported_labels SET labels = ?, at = ?, posted_at = ? "
        'WHERE digest = ? AND "by" = ?',
        [_relabelled(label, place) for place, label in changed.items() if place in before],
    )
    conn.executemany(
        "INSERT INTO imported_labels (labels, at, posted_at, digest, "
        '"by", key, text, parent_text, addressed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        [_new_row(label, place) for place, label in changed.items() if place not in before],
    )
    return added


def kept(conn: Transaction, keys: Collection[str] | None = None) -> list[Label]:
    """Return all imported labels, or those of the texts of these keys."""
    if keys is None:
        rows = conn.execute("SELECT * FROM imported_labels ORDER BY id").fetchall()
    else:
        rows = conn.execute(
            f"SELECT * FROM imported_labels WHERE key IN ({conn.texts_in('?')}) ORDER BY id",
            (json.dumps(sorted(keys)),),
        ).fetchall()
    return list(map(_imported, rows))


@dataclass
class _Known:
    """What is known of the texts of a file, and who has their keys."""

    said: dict[tuple[str, str], str]
    """Labels by text and person."""
    first_at: dict[tuple[str, str], datetime]
    keys: dict[str, str]
    """Key by text."""
    taken: set[str]

    @classmethod
    def of(cls, conn: Transaction, told: Sequence[Told]) -> "_Known":
        # Only what the file is about: the write lock is held meanwhile.
        digests = json.dumps(sorted({one.place[0] for one in told}))
        rows = conn.execute(
            'SELECT digest, "by", key, labels, at FROM imported_labels '
            f"WHERE digest IN ({conn.texts_in('?')})",
            (digests,),
        ).fetchall()
        wanted = json.dumps(sorted({one.key for one in told}))
        taken = conn.execute(
            f"SELECT key FROM imported_labels WHERE key IN ({conn.texts_in('?')})", (wanted,)
        ).fetchall()
        labels = {(row["digest"], row["by"]): _imported_labels(row) for row in rows}
        return cls(
            said={place: said for place, (said, _) in labels.items()},
            first_at={place: first_at for place, (_, first_at) in labels.items()},
            keys={row["digest"]: row["key"] for row in rows},
            taken={row["key"] for row in taken},
        )

    def key_of(self, told: Told) -> str:
        """Return the key of a text: the one that it has, else its own if that is free."""
        digest = told.place[0]
        known = self.keys.get(digest)
        if known is not None:
            return known
        key = f"{told.key}:{digest[:16]}" if told.key in self.taken else told.key
        self.keys[digest] = key
        self.taken.add(key)
        return key


def _imported_labels(row: Row) -> tuple[str, datetime]:
    """Return what a row says, and when the text was first labelled by that person."""
    said = json.loads(row["labels"])
    first_at = said.pop(_FIRST_AT, None)
    return json.dumps(said, sort_keys=True), from_text(first_at or row["at"])


def _cleaned(label: Label, by: str, now: datetime) -> Label:
    return replace(
        label,
        key=clean(label.key),
        text=clean(label.text),
        parent_text=clean_or_none(label.parent_text),
        addressed=tuple(map(clean, label.addressed)),
        jenis=clean_or_none(label.jenis),
        sector=clean_or_none(label.sector),
        opd=clean_or_none(label.opd),
        kecamatan=clean_or_none(label.kecamatan),
        by=clean(label.by).strip() or by,
        at=min(label.at, now),
        item_id=None,
    )


def _text_digest(label: Label) -> str:
    what = json.dumps([label.text, label.parent_text, list(label.addressed)])
    return hashlib.sha256(what.encode()).hexdigest()


def _said_text(label: Label, first_at: datetime | None = None) -> str:
    said = {name: getattr(label, name) for name in _SAID}
    said["corrected"] = sorted(label.corrected)
    if first_at is not None:
        said[_FIRST_AT] = to_text(first_at)
    return json.dumps(said, sort_keys=True)


def _relabelled(label: Label, place: tuple[str, str]) -> tuple[Value, ...]:
    posted_at = None if label.posted_at is None else to_text(label.posted_at)
    return (_said_text(label, label.first_at), to_text(label.at), posted_at, *place)


def _new_row(label: Label, place: tuple[str, str]) -> tuple[Value, ...]:
    texts = (label.key, label.text, label.parent_text, text_list(label.addressed))
    return (*_relabelled(label, place), *texts)


def _imported(row: Row) -> Label:
    said = json.loads(row["labels"])
    corrected = frozenset(said.pop("corrected"))
    first_at = said.pop(_FIRST_AT, None)
    return Label(
        key=row["key"],
        text=row["text"],
        parent_text=row["parent_text"],
        addressed=list_of(row["addressed"]),
        posted_at=from_text_or_none(row["posted_at"]),
        **said,
        by=row["by"],
        at=from_text(row["at"]),
        item_id=None,
        corrected=corrected,
        first_at=from_text(first_at or row["at"]),
    )
