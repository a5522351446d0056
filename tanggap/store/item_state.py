"""What happens to an item's state: pure rules that every database shares. No I/O, no clock.

A machine never closes, hides or deletes what a person has decided: it leaves a suggestion.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tanggap.errors import InputError
from tanggap.language import gettext as _
from tanggap.mention import (
    ACTIONABLE,
    ANSWER_KINDS,
    JENIS,
    STATUSES,
    STATUSES_WITH_REASON,
    UNANSWERED,
    Decision,
    Mention,
    Review,
    Route,
)
from tanggap.sectors import SECTORS
from tanggap.store.rows import MACHINE as MACHINE  # its users know it from here
from tanggap.store.rows import Tab

_WORKFLOW = STATUSES[:6]
_WEB_LINK = re.compile(r"https?://[^\s/]+\.[^\s]+")


@dataclass(frozen=True, slots=True)
class ItemState:
    """All of an item that may change."""

    version: int
    tab: Tab
    status: str
    opd: str | None
    supporting: tuple[str, ...]
    candidates: tuple[str, ...]
    jenis: str | None
    sector: str | None
    kecamatan: str | None
    urgent: bool
    sensitive: bool
    jenis_confidence: float | None
    sector_confidence: float | None
    rule: str
    decided_by: str
    touched: bool
    """A person acted on it, so a machine only suggests from now on."""
    answered_at: datetime | None
    suggestion: Mapping[str, str] | None
    updated_at: datetime
    updated_by: str
    confidential: bool = False

    @property
    def visible_to(self) -> tuple[str, ...]:
        """OPD that may see the item: its owner first, then the supporting ones.

        A confidential one is seen by its owner alone.
        """
        owners = (self.opd,) if self.opd else ()
        if self.confidential:
            return owners
        return tuple(dict.fromkeys((*owners, *self.supporting)))

    @property
    def home(self) -> Tab:
        """The tab of a complaint that a person stands for."""
        return "sensitive" if self.sensitive else "queue"

    @property
    def labels(self) -> dict[str, str | None]:
        """What a review may change, for the record of before and after."""
        return {
            "jenis": self.jenis,
            "sector": self.sector,
            "opd": self.opd,
            "kecamatan": self.kecamatan,
            "status": self.status,
            "tab": self.tab,
        }


def first_state(decision: Decision, route: Route, now: datetime) -> ItemState:
    """Return the state of an item that a route of a new mention makes."""
    tab: Tab = "sensitive" if route.sensitive else _tab(route)
    return ItemState(
        version=1,
        tab=tab,
        status="bukan_aduan" if tab == "aside" else "baru",
        opd=route.opd,
        supporting=route.supporting,
        candidates=route.candidates,
        jenis=decision.jenis.label if decision.jenis else None,
        sector=decision.sector.label if decision.sector else None,
        kecamatan=decision.place.label if decision.place else None,
        urgent=decision.urgent.on,
        sensitive=decision.sensitive.on or route.sensitive,
        jenis_confidence=decision.jenis.confidence if decision.jenis else None,
        sector_confidence=decision.sector.confidence if decision.sector else None,
        rule=route.rule,
        decided_by=MACHINE,
        touched=False,
        answered_at=None,
        suggestion=None,
        updated_at=now,
        updated_by=MACHINE,
    )


def _tab(route: Route) -> Tab:
    if route.name == "queue":
        return "queue"
    return "aside" if route.name == "aside" else "triage"


def redecided(state: ItemState, decision: Decision, route: Route, now: datetime) -> ItemState:
    """Return the state after an edit at the source was decided anew.

    An item that no person has touched follows the new route; otherwise, or when the new route
    would make no item at all, what it says is only a suggestion.
    """
    if state.touched or not route.makes_item:
        return _changed(state, MACHINE, now, suggestion=_suggestion(state, decision, route))
    new = first_state(decision, route, now)
    status = new.status
    if new.tab != "aside" and state.status != "bukan_aduan":
        status = state.status
    new = replace(new, version=state.version + 1, status=status, answered_at=state.answered_at)
    new = replace(new, confidential=state.confidential)
    return answered(new, new.answered_at, now) if new.answered_at else new


def _suggestion(state: ItemState, decision: Decision, route: Route) -> dict[str, str] | None:
    if not route.makes_item:
        return {"route": route.name}
    proposed = {
        "jenis": decision.jenis.label if decision.jenis else None,
        "sector": decision.sector.label if decision.sector else None,
        "opd": route.opd,
        "kecamatan": decision.place.label if decision.place else None,
    }
    present = state.labels
    other = {key: value for key, value in proposed.items() if value and value != present[key]}
    return {**other, "model": decision.model} if other else None


def answered(state: ItemState, posted_at: datetime, now: datetime) -> ItemState:
    """Return the state after a public answer of an OPD was seen, itself when that is old news."""
    first = min(posted_at, state.answered_at or posted_at)
    if state.status in UNANSWERED and state.tab != "aside":
        return _changed(state, MACHINE, now, status="dijawab", answered_at=first)
    return state if first == state.answered_at else replace(state, answered_at=first)


def unanswered(
    state: ItemState, before: str | None, first: datetime | None, now: datetime
) -> ItemState:
    """Return the state after an answer turned out to be gone from its network.

    `before` is the status in which the item waited for it, None where it does not wait again;
    `first` is when the first answer that still stands was posted.
    """
    if before is None and first == state.answered_at:
        return state
    return _changed(state, MACHINE, now, status=before or state.status, answered_at=first)


def closed_by_itself(state: ItemState, now: datetime) -> ItemState:
    """Return the state after nobody reacted to an answer for long, itself where none is waited for.

    The one way in which a machine closes anything: what a person put anywhere else stays there.
    """
    if state.status != "dijawab" or state.tab == "aside":
        return state
    return _changed(state, MACHINE, now, status="selesai")


def asks_again(route: str, jenis: str | None) -> bool:
    """Whether what was routed there is a complaint that reopens another; thanks are none."""
    return route == "queue" or (route == "triage" and jenis in ACTIONABLE)


def reopened(
    state: ItemState, item: Mention, again: Mention, *, asks: bool, now: datetime
) -> ItemState:
    """Return the state after the same citizen complained again in the thread; else itself.

    Only a complaint of the same author, posted after the answer (or the closing), reopens:
    other people's complaints are items of their own.
    """
    by_itself = state.status == "selesai" and state.updated_by == MACHINE
    since = state.answered_at if state.status == "dijawab" or by_itself else state.updated_at
    if (
        state.status not in ("dijawab", "selesai")
        or item.author_id is None
        or item.author_id != again.author_id
        or not asks
        or again.posted_at <= (since or item.posted_at)
    ):
        return state
    return _changed(state, MACHINE, now, status="proses")


def after_review(
    state: ItemState, review: Review, now: datetime, *, seen_answer: datetime | None
) -> ItemState:
    """Return the state after a person's act; raise InputError when the act makes no sense.

    `seen_answer` is when the first answer that was seen on the network was posted.
    """
    if review.verdict == "agree":
        return _agree(state, review, now)
    if review.verdict == "relabel":
        return _relabel(state, review, now)
    if review.verdict == "forward":
        return _forward(state, review, now)
    if review.verdict == "status":
        return _set_status(state, review, now, seen_answer)
    if review.verdict == "answer":
        return _record_answer(state, review, now)
    if review.verdict in ("confidential", "open"):
        return _set_confidential(state, review, now)
    if not review.why.strip():
        raise InputError(_("catatan kosong: tulis isinya"))
    return _changed(state, review.by, now)


def _agree(state: ItemState, review: Review, now: datetime) -> ItemState:
    return _decided(state, review, now, jenis=state.jenis)


def _relabel(state: ItemState, review: Review, now: datetime) -> ItemState:
    if review.jenis is not None and review.jenis not in JENIS:
        raise InputError(
            _("jenis {!r} tidak dikenal; pilih salah satu: {}").format(
                review.jenis, ", ".join(JENIS)
            )
        )
    if review.sector is not None and review.sector not in SECTORS:
        raise InputError(_("sektor {!r} tidak dikenal").format(review.sector))
    if not (review.jenis or review.sector or review.opd or review.kecamatan is not None):
        raise InputError(_("tidak ada yang dikoreksi: pilih jenis, sektor, OPD, atau kecamatan"))
    opd = review.opd or state.opd
    labelled = replace(
        state,
        sector=review.sector or state.sector,
        sector_confidence=None if review.sector else state.sector_confidence,
        jenis_confidence=None if review.jenis else state.jenis_confidence,
        kecamatan=state.kecamatan if review.kecamatan is None else review.kecamatan or None,
        opd=opd,
        supporting=tuple(other for other in state.supporting if other != opd),
    )
    return _decided(labelled, review, now, jenis=review.jenis or state.jenis)


def _decided(state: ItemState, review: Review, now: datetime, *, jenis: str | None) -> ItemState:
    """Return the state with labels that a person stands for: never in triage, never `baru`."""
    tab: Tab = state.tab
    status = state.status
    if jenis is not None and jenis not in ACTIONABLE:
        tab, status = "aside", "bukan_aduan"
    elif state.tab == "aside" and review.verdict == "relabel" and review.jenis:
        tab, status = state.home, "terverifikasi"
    elif state.tab != "aside":
        tab = state.home if state.tab == "triage" else state.tab
        status = "terverifikasi" if state.status == "baru" else state.status
    return _changed(
        state, review.by, now, jenis=jenis, tab=tab, status=status, decided_by=review.by,
        touched=True, suggestion=None,
    )  # fmt: skip


def _forward(state: ItemState, review: Review, now: datetime) -> ItemState:
    if not review.opd:
        raise InputError(_("pilih OPD tujuan limpahan"))
    if review.opd == state.opd:
        raise InputError(_("aduan ini sudah ditangani OPD itu; pilih OPD lain"))
    if not review.why.strip():
        raise InputError(_("tulis alasan limpahan"))
    # Sending it on says that something is asked, so "spam" cannot stand in the queue.
    jenis = review.jenis or state.jenis
    jenis = jenis if jenis in ACTIONABLE else None
    return _changed(
        state, review.by, now, opd=review.opd, jenis=jenis,
        jenis_confidence=state.jenis_confidence if jenis == state.jenis else None,
        supporting=tuple(other for other in state.supporting if other != review.opd),
        tab=state.home, status="baru",
        decided_by=review.by, touched=True, suggestion=None,
    )  # fmt: skip


def _set_status(
    state: ItemState, review: Review, now: datetime, seen_answer: datetime | None
) -> ItemState:
    status = review.status or ""
    if status not in STATUSES:
        raise InputError(
            _("status {!r} tidak dikenal; pilih salah satu: {}").format(status, ", ".join(STATUSES))
        )
    if status in STATUSES_WITH_REASON and not review.why.strip():
        raise InputError(_("tulis alasan untuk status {}").format(status))
    tab: Tab = state.tab
    if status == "bukan_aduan":
        tab = "aside"
    elif (state.tab == "aside" and status in _WORKFLOW) or (
        state.tab == "triage" and status != "baru"
    ):
        tab = state.home
    answered_at = state.answered_at
    if status == "dijawab":
        answered_at = answered_at or now
    elif status in UNANSWERED:
        # What only a person had recorded as answered is taken back with the status.
        answered_at = seen_answer
    # Brought back to work: something is asked after all, so "spam" cannot stand in the queue.
    jenis = state.jenis if tab == "aside" or state.jenis in ACTIONABLE else None
    return _changed(
        state, review.by, now, status=status, tab=tab, answered_at=answered_at, touched=True,
        jenis=jenis, jenis_confidence=state.jenis_confidence if jenis == state.jenis else None,
    )  # fmt: skip


def _record_answer(state: ItemState, review: Review, now: datetime) -> ItemState:
    """Return the state after a person told of a public answer that no network showed."""
    if not review.opd:
        raise InputError(_("pilih OPD yang menjawab"))
    if review.answer_kind is not None and review.answer_kind not in ANSWER_KINDS:
        raise InputError(
            _("mutu jawaban {!r} tidak dikenal; pilih salah satu: {}").format(
                review.answer_kind, ", ".join(ANSWER_KINDS)
            )
        )
    if not _WEB_LINK.fullmatch(review.link):
        raise InputError(_("tautan jawabannya harus lengkap, diawali https://"))
    if review.answered_at is None:
        raise InputError(_("tulis kapan warga dijawab"))
    if review.answered_at > now:
        raise InputError(_("waktu jawaban masih di depan; periksa tanggal dan jamnya"))
    if state.tab == "aside":
        raise InputError(_("aduan ini disisihkan; kembalikan dulu ke antrean"))
    waits = state.status in (*UNANSWERED, "tertunda")
    # As with a status: what was answered asked for something, so "spam" cannot stand in the queue.
    jenis = state.jenis if state.jenis in ACTIONABLE else None
    return _changed(
        state, review.by, now, status="dijawab" if waits else state.status, tab=state.home,
        answered_at=min(review.answered_at, state.answered_at or review.answered_at), touched=True,
        jenis=jenis, jenis_confidence=state.jenis_confidence if jenis == state.jenis else None,
    )  # fmt: skip


def _set_confidential(state: ItemState, review: Review, now: datetime) -> ItemState:
    if not review.why.strip():
        raise InputError(_("tulis alasannya"))
    wanted = review.verdict == "confidential"
    if wanted == state.confidential:
        raise InputError(
            _("aduan ini memang sudah rahasia") if wanted else _("aduan ini memang tidak rahasia")
        )
    return _changed(state, review.by, now, confidential=wanted)


def _changed(state: ItemState, by: str, now: datetime, **changes: object) -> ItemState:
    version = state.version + 1
    return replace(state, version=version, updated_at=now, updated_by=by, **changes)  # type: ignore[arg-type]  # replace() checks the names
