"""Nouns to columns and back: JSON texts, clean texts, rows. No SQL, whichever database."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tanggap.clock import from_text, to_text
from tanggap.mention import Decision, Flag, Mention, Prediction

MENTION_COLUMNS = (
    "network", "network_id", "kind", "posted_at", "seen_at", "author_id", "author_handle",
    "author_opd", "addressed", "parent_id", "thread_id", "permalink", "revision",
    "revision_seen_at", "has_media", "text", "parent_text", "raw",
)  # fmt: skip


class Row(Protocol):
    """A row that is read by column name."""

    def __getitem__(self, key: str, /) -> Any:
        """Return the value of a column."""
        ...


def clean(text: str) -> str:
    """Return `text` with NUL and lone surrogates replaced, which databases refuse."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text.replace("\x00", "\ufffd")


def clean_or_none(text: str | None) -> str | None:
    """Return `clean(text)`, and None for None."""
    return None if text is None else clean(text)


def text_list(values: Sequence[str]) -> str:
    """Return a list column."""
    return json.dumps(list(values))


def list_of(text: str) -> tuple[str, ...]:
    """Read a list column."""
    return tuple(json.loads(text))


def text_mapping(values: Mapping[str, str]) -> str:
    """Return a mapping column; keys are sorted so that equal mappings are equal texts."""
    return json.dumps(dict(values), sort_keys=True)


def mention_values(mention: Mention) -> tuple[str | int | None, ...]:
    """Return the values of MENTION_COLUMNS."""
    seen_at = to_text(mention.seen_at)
    return (
        mention.network,
        clean(mention.network_id),
        mention.kind,
        to_text(mention.posted_at),
        seen_at,
        clean_or_none(mention.author_id),
        clean_or_none(mention.author_handle),
        mention.author_opd,
        text_list(mention.addressed),
        clean_or_none(mention.parent_id),
        clean_or_none(mention.thread_id),
        clean_or_none(mention.permalink),
        clean(mention.revision),
        seen_at,
        int(mention.has_media),
        clean(mention.text),
        clean_or_none(mention.parent_text),
        clean(mention.raw),
    )


def mention_from(row: Row, raw: str = "{}") -> Mention:
    """Return the mention of a row; its columns may be those of a join.

    Lists leave `raw` out, which they never show and which is longer than all the rest.
    """
    return Mention(
        network=row["network"],
        network_id=row["network_id"],
        kind=row["kind"],
        text=row["text"],
        posted_at=from_text(row["posted_at"]),
        seen_at=from_text(row["seen_at"]),
        author_id=row["author_id"],
        author_handle=row["author_handle"],
        author_opd=row["author_opd"],
        addressed=list_of(row["addressed"]),
        parent_id=row["parent_id"],
        parent_text=row["parent_text"],
        thread_id=row["thread_id"],
        permalink=row["permalink"],
        revision=row["revision"],
        has_media=bool(row["has_media"]),
        raw=raw,
    )


def decision_text(decision: Decision) -> str:
    """Return a decision as JSON text."""
    return json.dumps(
        {
            "model": decision.model,
            "jenis": _prediction(decision.jenis),
            "sector": _prediction(decision.sector),
            "opd": _prediction(decision.opd),
            "place": _prediction(decision.place),
            "supporting": decision.supporting,
            "urgent": (decision.urgent.on, decision.urgent.confidence),
            "sensitive": (decision.sensitive.on, decision.sensitive.confidence),
            "actionable": decision.actionable,
            "actionable_thresholds": decision.actionable_thresholds,
            "sector_threshold": decision.sector_threshold,
            "because": decision.because,
            **({"answer": _prediction(decision.answer)} if decision.answer else {}),
        }
    )


def decision_from(text: str) -> Decision:
    """Read what `decision_text` wrote."""
    values = json.loads(text)
    below, above = values["actionable_thresholds"]
    return Decision(
        model=values["model"],
        jenis=_prediction_from(values["jenis"]),
        sector=_prediction_from(values["sector"]),
        opd=_prediction_from(values["opd"]),
        place=_prediction_from(values["place"]),
        supporting=tuple(values["supporting"]),
        urgent=Flag(*values["urgent"]),
        sensitive=Flag(*values["sensitive"]),
        actionable=values["actionable"],
        actionable_thresholds=(below, above),
        sector_threshold=values["sector_threshold"],
        because=tuple(values["because"]),
        answer=_prediction_from(values.get("answer")),
    )


def _prediction(prediction: Prediction | None) -> list[Any] | None:
    if prediction is None:
        return None
    return [prediction.label, prediction.confidence, prediction.top]


def _prediction_from(values: list[Any] | None) -> Prediction | None:
    if values is None:
        return None
    label, confidence, top = values
    return Prediction(label, confidence, tuple((name, share) for name, share in top))
