"""What a person typed into a form of the item page -> a Review, or what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from tanggap.mention import (
    ACTIONABLE,
    ANSWER_KINDS,
    JENIS,
    STATUSES,
    STATUSES_WITH_REASON,
    UMBRELLA,
    Review,
    Verdict,
)
from tanggap.policy import Policy
from tanggap.sectors import SECTORS
from tanggap.store.rows import Item

WHY_AT_MOST = 2000
LINK_AT_MOST = 1000
NUMBER_AT_MOST = 19
"""Digits of the number of a record."""
LABELS = ("jenis", "sector", "opd", "kecamatan")
"""What the form "Perbaiki" can change."""
NOWHERE = "-"
"""The choice of no kecamatan, where an empty one means "leave it"."""

_SECRECY: dict[str, Verdict] = {"rahasia": "confidential", "terbuka": "open"}


@dataclass(frozen=True, slots=True)
class Draft:
    """One form as it was sent: `form` names it, `fields` are the texts that were typed."""

    form: str
    version: int
    fields: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        return self.fields.get(field, "")


class Refused(Exception):
    """The form cannot be carried out; `problem` is a key of `words.PROBLEMS`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def review_of(draft: Draft, item: Item, by: str, policy: Policy, zone: tzinfo = UTC) -> Review:
    """Return the act that `draft` asks for; raise Refused with what is missing.

    `zone` is that of the times in it.
    """
    why = draft["why"].replace("\r\n", "\n").strip()
    if len(why) > WHY_AT_MOST:
        raise Refused("too_long")
    if draft.form == "benar":
        return _agree(draft, item, by)
    if draft.form == "perbaiki":
        return _relabel(draft, item, by, why, policy)
    if draft.form in ("sektor", "opd", "sisihkan"):
        return _one_key(draft, item, by, policy)
    if draft.form == "limpahkan":
        return _forward(draft, item, by, why, policy)
    if draft.form == "status":
        return _status(draft, item, by, why)
    if draft.form in ("jawaban", "ralat"):
        review = _recorded_answer(draft, item, by, why, policy, zone)
        return replace(review, withdraws=_record(draft)) if draft.form == "ralat" else review
    if draft.form == "tarik":
        withdraws = _record(draft)
        return Review(item.id, by, "withdraw", draft.version, why, withdraws=withdraws)
    if draft.form in _SECRECY:
        if not why:
            raise Refused("reason_needed")
        return Review(item.id, by, _SECRECY[draft.form], draft.version, why)
    if not why:
        raise Refused("note_needed")
    return Review(item.id, by, "note", draft.version, why)


def reason_missing(why: str) -> str:
    """Return what is wrong with a reason, a key of `words.PROBLEMS`; "" when nothing is."""
    if len(why) > WHY_AT_MOST:
        return "too_long"
    return "" if why.strip() else "reason_needed"


def require_why(status: str, why: str) -> None:
    """Raise Refused where a status needs a reason, or the link to an answer, and there is none."""
    if not why and status in STATUSES_WITH_REASON:
        raise Refused("status_why_needed")
    if not why and status == "dijawab":
        raise Refused("answer_needed")


def _agree(draft: Draft, item: Item, by: str) -> Review:
    if not can_agree(item):
        raise Refused("nothing_to_confirm")
    return Review(item.id, by, "agree", draft.version)


def can_agree(item: Item) -> bool:
    """Whether there is a whole decision to confirm: a jenis, and a sector where it needs one."""
    return item.jenis is not None and (item.jenis not in ACTIONABLE or item.sector is not None)


def _one_key(draft: Draft, item: Item, by: str, policy: Policy) -> Review:
    """Return the act behind a single choice: a sector, an OPD, or that nothing is asked.

    What the machine had said already is agreed to. Who names a sector or an OPD says that
    something is asked.
    """
    asks = item.jenis in ACTIONABLE
    if draft.form == "sisihkan":
        if item.jenis is not None and not asks:
            return _agree(draft, item, by)
        return _relabel(_only(draft, jenis="bukan_aduan"), item, by, "", policy)
    label = "sector" if draft.form == "sektor" else "opd"
    if not draft[label]:
        raise Refused("unknown_choice")
    if draft[label] == getattr(item, label) and asks and item.tab != "aside" and can_agree(item):
        return _agree(draft, item, by)
    fields = {label: draft[label]} | ({} if asks else {"jenis": "pengaduan"})
    return _relabel(_only(draft, **fields), item, by, "", policy)


def _only(draft: Draft, **fields: str) -> Draft:
    return Draft(draft.form, draft.version, fields)


def _relabel(draft: Draft, item: Item, by: str, why: str, policy: Policy) -> Review:
    known = {
        "jenis": JENIS,
        "sector": tuple(SECTORS),
        "opd": tuple(policy.opd),
        "kecamatan": tuple(policy.kecamatan),
    }
    changed: dict[str, str] = {}
    for label in LABELS:
        value = draft[label]
        if label == "kecamatan" and value == NOWHERE:
            if item.kecamatan is not None:
                changed[label] = ""
            continue
        if value and value not in known[label]:
            raise Refused("unknown_choice")
        # What was put aside by its status alone comes back by the jenis that it still has.
        back = label == "jenis" and item.tab == "aside" and value in ACTIONABLE
        if value and (value != getattr(item, label) or back):
            changed[label] = value
    if not changed:
        raise Refused("nothing_changed")
    if "sector" in changed and "opd" not in changed:
        owner = _new_owner(item, changed["sector"], policy)
        if owner is not None and owner != item.opd:
            changed["opd"] = owner
    return Review(
        item.id,
        by,
        "relabel",
        draft.version,
        why,
        jenis=changed.get("jenis"),
        sector=changed.get("sector"),
        opd=changed.get("opd"),
        kecamatan=changed.get("kecamatan"),
    )


def _new_owner(item: Item, sector: str, policy: Policy) -> str | None:
    """Return the OPD that the new sector brings with it, None when the OPD should stay.

    It follows the sector as long as it was the old sector's owner; an OPD that a rule or a
    person chose for another reason stays.
    """
    old = city_owner(item.sector, policy) if item.sector else None
    if item.opd is not None and old is not None and item.opd != old:
        return None
    return city_owner(sector, policy)


def city_owner(sector: str, policy: Policy) -> str:
    """Return the city's OPD for a sector: the front office where an outside body owns it."""
    owner = policy.owner_of(sector)
    return owner if owner in policy.opd else policy.owner_of("lainnya")


def _forward(draft: Draft, item: Item, by: str, why: str, policy: Policy) -> Review:
    opd = draft["opd"]
    if not opd:
        raise Refused("opd_needed")
    if opd not in policy.opd:
        raise Refused("unknown_choice")
    if opd == item.opd:
        raise Refused("same_opd")
    if not why:
        raise Refused("why_needed")
    wrong = draft["wrong_opd"] == "1"
    return Review(item.id, by, "forward", draft.version, why, opd=opd, wrong_opd=wrong)


def _recorded_answer(
    draft: Draft, item: Item, by: str, why: str, policy: Policy, zone: tzinfo
) -> Review:
    """Return the act that records an answer which no network shows to Tanggap."""
    if not draft["opd"]:
        raise Refused("answering_opd_needed")
    if draft["opd"] not in (*policy.opd, UMBRELLA):
        raise Refused("unknown_choice")
    if draft["mutu"] and draft["mutu"] not in ANSWER_KINDS:
        raise Refused("unknown_choice")
    link = draft["link"].strip()
    kept = draft.form == "ralat" and not link  # who corrects a record may not be shown its link
    whole = link.startswith(("https://", "http://")) and len(link) <= LINK_AT_MOST
    if not (whole or kept):
        raise Refused("answer_link_needed")
    try:
        local = datetime.fromisoformat(draft["answered_at"])
        at = local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("answer_time_needed") from None
    if local.tzinfo is not None:
        raise Refused("answer_time_needed")
    return Review(
        item.id,
        by,
        "answer",
        draft.version,
        why,
        opd=draft["opd"],
        answered_at=at,
        link=link,
        answer_kind=draft["mutu"] or None,
    )


def _record(draft: Draft) -> int:
    """Return the number of the record that a form corrects or withdraws, for which it has why."""
    if refused := reason_missing(draft["why"]):
        raise Refused(refused)
    if not draft["catatan"].isdecimal() or len(draft["catatan"]) > NUMBER_AT_MOST:
        raise Refused("record_gone")
    return int(draft["catatan"])


def _status(draft: Draft, item: Item, by: str, why: str) -> Review:
    status = draft["status"]
    if not status:
        raise Refused("status_needed")
    if status not in STATUSES:
        raise Refused("unknown_choice")
    require_why(status, why)
    return Review(item.id, by, "status", draft.version, why, status=status)
