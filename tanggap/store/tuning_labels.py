"""Labels: what people said in reviews and in the files that they brought; the frozen test set."""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tanggap.clock import from_text, from_text_or_none, to_text
from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.mention import ACTIONABLE
from tanggap.store import tuning_imports
from tanggap.store.codec import Row, clean, list_of
from tanggap.store.database import SqlDatabase, Transaction
from tanggap.store.events import append, open_chain
from tanggap.store.rows_tuning import Label, TestSet

_NOT_A_COMPLAINT = "bukan_aduan"
_KEYS_NAMED = 3
"""Of keys that are no labels: how many a message names."""


class TuningLabels(SqlDatabase):
    """Implements labels and test set of `tanggap.store.base_tuning.TuningStore`."""

    def labels(self) -> list[Label]:
        """Return what people said of texts, oldest first: the newest word per (key, by)."""
        with self._read() as conn:
            conn.take_your_time()
            return _labels(conn)

    def labels_of(self, keys: Collection[str]) -> list[Label]:
        """Return the labels on the texts of these keys alone, as `labels` does."""
        with self._read() as conn:
            conn.take_your_time()
            return _labels_of(conn, frozenset(map(clean, keys)))

    def import_labels(
        self, batch: str, labels: Sequence[Label], by: str, now: datetime
    ) -> tuple[int, int]:
        """Keep labels that a person brought; return how many were added and how many repeated."""
        batch, by = clean(batch), clean(by)
        told = tuning_imports.told_by(labels, batch, by, now)
        with self._write() as conn:
            conn.take_your_time()
            added = tuning_imports.keep(conn, told)
            repeated = len(told) - added
            if added:
                detail = {"batch": batch, "added": str(added), "repeated": str(repeated)}
                note_act(conn, now, by, "labels_imported", detail)
        return added, repeated

    def imported_texts(self, keys: Collection[str]) -> dict[str, str]:
        """Return the texts of imported labels by key; keys of other labels are left out."""
        wanted = json.dumps([clean(key) for key in keys])
        with self._read() as conn:
            rows = conn.execute(
                f"SELECT key, text FROM imported_labels WHERE key IN ({conn.texts_in('?')})",
                (wanted,),
            ).fetchall()
        return {row["key"]: row["text"] for row in rows}

    def freeze_test_set(self, keys: Collection[str], by: str, now: datetime) -> TestSet:
        """Make these labelled texts the test set, in place of the one before."""
        wanted, by = frozenset(map(clean, keys)), clean(by)
        if not wanted:
            raise InputError(_("set uji kosong: tidak ada label yang dipilih"))
        with self._read() as conn:
            conn.take_your_time()
            chosen = _labels_of(conn, wanted)
        unknown = sorted(wanted - {label.key for label in chosen})
        if unknown:
            named = ", ".join(unknown[:_KEYS_NAMED])
            raise InputError(_("{} teks tidak punya label ({})").format(len(unknown), named))
        posted = [label.posted_at for label in chosen if label.posted_at is not None]
        frozen = TestSet(
            frozen_at=from_text(to_text(now)),
            by=by,
            keys=wanted,
            digest=digest_of(wanted),
            first_posted_at=min(posted, default=None),
            last_posted_at=max(posted, default=None),
        )
        with self._write() as conn:
            conn.take_your_time()
            row = conn.execute(
                'INSERT INTO test_sets (frozen_at, "by", digest, first_posted_at, '
                "last_posted_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
                (
                    to_text(now),
                    by,
                    frozen.digest,
                    text_or_none(frozen.first_posted_at),
                    text_or_none(frozen.last_posted_at),
                ),
            ).fetchone()
            conn.executemany(
                "INSERT INTO test_set_keys (test_set_id, key) VALUES (?, ?)",
                [(row["id"], key) for key in sorted(wanted)],
            )
            detail = {"digest": frozen.digest, "texts": str(len(wanted))}
            note_act(conn, now, by, "test_set_frozen", detail)
        return frozen

    def test_set(self) -> TestSet | None:
        """Return the test set; None when none was frozen yet."""
        with self._read() as conn:
            row = conn.execute("SELECT * FROM test_sets ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return None
            keys = conn.execute(
                "SELECT key FROM test_set_keys WHERE test_set_id = ?", (row["id"],)
            ).fetchall()
        return TestSet(
            frozen_at=from_text(row["frozen_at"]),
            by=row["by"],
            keys=frozenset(one["key"] for one in keys),
            digest=row["digest"],
            first_posted_at=from_text_or_none(row["first_posted_at"]),
            last_posted_at=from_text_or_none(row["last_posted_at"]),
        )


def digest_of(keys: Iterable[str]) -> str:
    """Return the digest of a test set: SHA-256 of its sorted keys as a JSON list."""
    return hashlib.sha256(json.dumps(sorted(keys)).encode()).hexdigest()


def note_act(
    conn: Transaction, now: datetime, by: str, kind: str, detail: Mapping[str, str | None]
) -> None:
    """Put a person's act on the classifier into the history: ids only, no text."""
    chain = open_chain(conn)
    told = {name: value for name, value in detail.items() if value is not None}
    append(conn, chain, [chain.add(None, now, by, kind, json.dumps(told, sort_keys=True))])


def text_or_none(moment: datetime | None) -> str | None:
    """Return a moment as a column that may be empty."""
    return None if moment is None else to_text(moment)


def _labels(conn: Transaction) -> list[Label]:
    return _in_order([*_from_reviews(conn), *tuning_imports.kept(conn)])


def _labels_of(conn: Transaction, keys: frozenset[str]) -> list[Label]:
    ids: dict[str, list[str]] = {}
    for key in keys:
        network, _, network_id = key.partition(":")
        ids.setdefault(network, []).append(network_id)
    words = tuning_imports.kept(conn, keys)
    of_them = (
        "AND i.mention_id IN (SELECT id FROM mentions WHERE network = ? AND network_id IN "
        f"({conn.texts_in('?')}))"
    )
    for network, those in sorted(ids.items()):
        words += _from_reviews(conn, of_them, (network, json.dumps(sorted(those))))
    return _in_order(words)


def _in_order(words: Iterable[Label]) -> list[Label]:
    return sorted(words, key=lambda label: (label.at, label.key, label.by))


# Reviews ------------------------------------------------------------------------------------


def _from_reviews(conn: Transaction, of_them: str = "", params: Sequence[str] = ()) -> list[Label]:
    """Return the labels of reviews: of all, or of those that a condition on items leaves."""
    seen_text = _texts_by_time(conn, of_them, params)
    # Also acts that are no labels: they may take one back. What was undone was never said.
    rows = conn.execute(
        'SELECT r.item_id, r.at, r."by", r.verdict, r.before, r.after, r.wrong_opd, '
        "m.id AS mention_id, m.network, m.network_id, m.text, m.parent_text, m.addressed, "
        "m.posted_at, m.revision_seen_at FROM reviews AS r JOIN items AS i ON i.id = r.item_id "
        "JOIN mentions AS m ON m.id = i.mention_id "
        "WHERE r.verdict IN ('agree', 'relabel', 'forward', 'status') AND r.undone_at IS NULL "
        f"{of_them} ORDER BY r.id",
        params,
    )
    words: dict[int, dict[str, Label]] = {}
    firsts: dict[int, datetime] = {}
    for row in rows:
        _apply(words.setdefault(row["item_id"], {}), firsts, row, seen_text)
    return [label for of_item in words.values() for label in of_item.values()]


def _apply(
    words: dict[str, Label],
    firsts: dict[int, datetime],
    row: Row,
    seen_text: Callable[[Row], str],
) -> None:
    """Bring the words on one item, by person, up to date with the next act on it.

    `firsts`: when each item was first labelled.
    """
    before, after = json.loads(row["before"]), json.loads(row["after"])
    verdict, by = row["verdict"], row["by"]
    if verdict in ("status", "forward") and before["tab"] == "aside" != after["tab"]:
        # Back to work: something is asked after all, whoever had said that nothing is.
        for other, label in list(words.items()):
            if label.jenis is not None and label.jenis not in ACTIONABLE:
                del words[other]
    if verdict == "status" and after["status"] != _NOT_A_COMPLAINT:
        return
    if verdict == "forward" and not row["wrong_opd"]:
        return
    told = Label(
        key=f"{row['network']}:{row['network_id']}",
        text=seen_text(row),
        parent_text=row["parent_text"],
        addressed=list_of(row["addressed"]),
        posted_at=from_text(row["posted_at"]),
        **_said_by(verdict, before, after),
        urgent=None,
        sensitive=None,
        by=by,
        at=from_text(row["at"]),
        item_id=row["item_id"],
        first_at=firsts.setdefault(row["item_id"], from_text(row["at"])),
    )
    earlier = words.get(by)
    if earlier is not None and verdict != "status" and earlier.text == told.text:
        if verdict == "forward":
            # It says who is competent; what this person said before of the rest still stands.
            told = replace(
                told,
                jenis=told.jenis or earlier.jenis,
                sector=earlier.sector,
                kecamatan=earlier.kecamatan,
            )
        same = (name for name in earlier.corrected if _value(earlier, name) == _value(told, name))
        told = replace(told, corrected=told.corrected.union(same))
    words[by] = told


def _value(label: Label, name: str) -> str | None:
    value: str | None = getattr(label, name)
    return value


def _said_by(
    verdict: str, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return the labels that an act says, and which of them the person changed."""
    names = ("jenis", "sector", "opd", "kecamatan")
    changed = frozenset(name for name in names if before[name] != after[name])
    said: dict[str, str | None] = dict.fromkeys(names)
    if verdict == "status":
        known = before["jenis"]
        if known is None or known in ACTIONABLE:
            known, changed = _NOT_A_COMPLAINT, frozenset({"jenis"})
        said["jenis"] = known
    elif verdict == "forward":
        said["opd"] = after["opd"]
        if "jenis" in changed and after["jenis"] is not None:
            said["jenis"] = after["jenis"]
    else:
        said.update({name: after[name] for name in names})
        if after["jenis"] is not None and after["jenis"] not in ACTIONABLE:
            # Nothing is asked of anybody: what the machine guessed was not looked at.
            said.update({name: None for name in ("sector", "opd") if name not in changed})
    told = frozenset(name for name in changed if said[name] is not None)
    # A place that was taken away is a correction too, though no label is left of it.
    return {**said, "corrected": told | (changed & {"kecamatan"})}


def _texts_by_time(conn: Transaction, of_them: str, params: Sequence[str]) -> Callable[[Row], str]:
    """Return what finds the text that stood there when a review was made."""
    former: dict[int, list[tuple[str, str]]] = {}
    for row in conn.execute(
        "SELECT mention_id, seen_at, text FROM revisions WHERE mention_id IN "
        f"(SELECT i.mention_id FROM reviews AS r JOIN items AS i ON i.id = r.item_id {of_them}) "
        "ORDER BY mention_id, seen_at",
        params,
    ):
        former.setdefault(row["mention_id"], []).append((row["seen_at"], row["text"]))

    def seen_text(row: Row) -> str:
        versions = former.get(row["mention_id"], [])
        if not versions or row["revision_seen_at"] <= row["at"]:
            return str(row["text"])
        known = [text for seen_at, text in versions if seen_at <= row["at"]]
        return known[-1] if known else versions[0][1]

    return seen_text
