"""The clocks of an item: first public answer, verification, follow-up. Pure: facts and a moment in.

A clock is apart from the status: *dijawab* is not *selesai*, and who coordinates is not late.
Nothing is stored, so a decree that moves a day off, or another deadline in the policy, counts from
the next look on.

What is shown is counted from the posting. What is held against an OPD begins when it could know:
not before the mention was seen (a network may show it late, or the daemon stood still), nor before
a person gave it to this OPD; pauses of the policy and closed hours never count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tanggap.due import Due, Pause
from tanggap.mention import ACTIONABLE, SUBSTANTIVE, UNANSWERED
from tanggap.office_hours import Deadlines, TimeAllowed
from tanggap.store.rows import MACHINE
from tanggap.store.rows_answers import AnswerFacts, SeenAnswer
from tanggap.store.rows_deadlines import ClockName, Running, Stage
from tanggap.watching import Watched
from tanggap.working_days import Calendar

LATE_SIGHT = timedelta(minutes=30)
"""Seen within it after the posting, a mention counts as seen at once."""
WITHOUT_CLOCKS = ("bukan_kewenangan", "duplikat", "bukan_aduan", "arsip")
"""Statuses in which nobody waits for this item's OPD."""
UNCONFIRMED = ("baru", "bukan_aduan")
"""Statuses that do not say whose an item is."""

State = Literal[
    "met", "met_late", "running", "stopped", "missed", "missed_unwatched", "unwatched", "ended"
]


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of an item at a moment.

    `met` and `met_late`: done, in time or not. `missed`: not done and past what is held against
    the OPD. `stopped`: a pause lasts. `unwatched`: nobody can see whether it was done.
    `missed_unwatched`: it was missed while answers were looked for; nobody can see whether it was
    done since. `ended`: never done, and no longer waited for.
    """

    name: ClockName
    state: State
    due: Due
    """Counted from the posting, with its arithmetic in words."""
    judged_by: datetime | None
    """The moment after which it is late; never before `due.at`. None: no date yet."""
    done_at: datetime | None
    minutes: int | None
    """Working minutes from when the OPD could know until it was done; None: not done, or before."""
    elapsed: timedelta | None
    """Time on the wall from the posting until it was done."""

    @property
    def unwatched(self) -> bool:
        """Whether nobody can see if it was done (tidak terpantau)."""
        return self.state in ("unwatched", "missed_unwatched")


@dataclass(frozen=True, slots=True)
class Reckoner:
    """A city's calendar and deadlines at a moment."""

    calendar: Calendar
    deadlines: Deadlines
    now: datetime

    def clocks(self, facts: AnswerFacts, watched: Watched) -> tuple[Clock, ...]:
        """Return the clocks of an item; none of what asks for nothing or was put aside."""
        if not asks(facts):
            return ()
        return self.first_answer(facts, watched), self.verification(facts), self.follow_up(facts)

    def first_answer(self, facts: AnswerFacts, watched: Watched) -> Clock:
        """Return the clock of the first public answer, whichever of the city's accounts gave it."""
        allowed = self.deadlines.first_answer_for(facts.opd, facts.jenis)
        answers = answers_that_count(facts)
        done = answers[0].posted_at if answers else None
        return self._clock("first_answer", facts, allowed, done, watched)

    def verification(self, facts: AnswerFacts) -> Clock:
        """Return the clock until the OPD, or triage, has confirmed whose it is."""
        came = max((n for n, one in enumerate(facts.changes) if one.status == "baru"), default=0)
        confirmed = [one.at for one in facts.changes[came:] if one.status not in UNCONFIRMED]
        answered = [answer.posted_at for answer in answers_that_count(facts)[:1]]
        done = min([*confirmed, *answered], default=None)
        return self._clock("verification", facts, self.deadlines.verification_for(facts.opd), done)

    def follow_up(self, facts: AnswerFacts) -> Clock:
        """Return the clock until the matter is closed."""
        jenis = facts.jenis or "pengaduan"  # while nobody knows what is asked
        allowed = self.deadlines.follow_up_for(facts.opd, jenis, sensitive=facts.sensitive)
        assert allowed is not None  # noqa: S101 - what asks something has one
        return self._clock("follow_up", facts, allowed, settled_at(facts))

    def to_substantive(self, facts: AnswerFacts) -> int | None:
        """Return the working minutes until the first substantive answer; None without one."""
        counted = answers_that_count(facts)
        first = next((one for one in counted if one.kind == SUBSTANTIVE), None)
        if first is None:
            return None
        pauses = pauses_of(facts, self.deadlines.pauses)
        return self._minutes_to(facts, known_from(facts), first.posted_at, pauses)

    def closes_itself_at(self, facts: AnswerFacts) -> datetime | None:
        """Return when an item is closed by itself: so long after its last answer, if substantive.

        A new complaint of the citizen gives it another status before.
        """
        if facts.status != "dijawab" or facts.confidential or facts.tab != "queue":
            return None
        last = facts.answers[-1] if facts.answers else None
        if last is None or last.kind != SUBSTANTIVE:
            return None
        # What a person last did to the status counts as a reaction too.
        since = max(last.posted_at, facts.changes[-1].at if facts.changes else last.posted_at)
        return self.calendar.after_days(since, self.deadlines.auto_close).at

    def running(self, clocks: Iterable[Clock]) -> Iterator[Running]:
        """Yield those of an item's clocks that run or ran out, with how pressing each is."""
        for clock in clocks:
            due = clock.judged_by
            if due is not None and clock.state in ("running", "missed"):
                yield Running(clock.name, due, self._stage(due))

    def _stage(self, due: datetime) -> Stage:
        """Say how pressing a deadline is: warn the OPD, then tell it, then the supervisors."""
        if due < self.now:
            late = self.calendar.after_days(due, self.deadlines.escalate_after).at
            return "escalated" if late is not None and late < self.now else "missed"
        left = self.calendar.minutes_between(self.now, due)
        return "warning" if left <= self.deadlines.warn_before * 60 else ""

    def _clock(
        self,
        name: ClockName,
        facts: AnswerFacts,
        allowed: TimeAllowed,
        done: datetime | None,
        watched: Watched | None = None,
    ) -> Clock:
        pauses = pauses_of(facts, self.deadlines.pauses)
        due = self.calendar.after(facts.posted_at, allowed, pauses)
        known = known_from(facts)
        if name == "verification" and done == facts.in_charge_since:
            known = seen_from(facts)  # the act that confirmed it is no beginning
        judged = due.at
        if known > facts.posted_at and judged is not None:
            later = self.calendar.after(known, allowed, pauses).at
            judged = None if later is None else max(judged, later)
        minutes = None if done is None else self._minutes_to(facts, known, done, pauses)
        state = self._state(facts, judged, done, watched, pauses)
        elapsed = None if done is None else done - facts.posted_at
        return Clock(name, state, due, judged, done, minutes, elapsed)

    def _state(
        self,
        facts: AnswerFacts,
        judged: datetime | None,
        done: datetime | None,
        watched: Watched | None,
        pauses: Sequence[Pause],
    ) -> State:
        if done is not None:
            return "met" if judged is None or done <= judged else "met_late"
        if facts.status in WITHOUT_CLOCKS:
            return "ended"
        if watched is not None and watched.why:
            return "unwatched"
        # What was answered after we last looked is not known: it is not held against the OPD.
        until = self.now if watched is None or watched.until is None else watched.until
        if facts.status == "selesai":  # closing what was never answered does not make it in time
            closed = facts.changes[-1].at if facts.changes else self.now
            return "missed" if judged is not None and judged < min(closed, until) else "ended"
        over = watched is not None and watched.over(self.now)
        if judged is not None and judged < min(self.now, until):  # no later pause mends that
            return "missed_unwatched" if over else "missed"
        if over or (judged is not None and judged < self.now):
            return "unwatched"
        return "stopped" if pauses and pauses[-1].end is None else "running"

    def _minutes_to(
        self, facts: AnswerFacts, known: datetime, done: datetime, pauses: Sequence[Pause]
    ) -> int | None:
        """Return the working minutes that something took the OPD; None for what others did.

        Who acts before we saw the mention knew of it, so it counts from the posting.
        """
        given = facts.in_charge_since
        if given is not None and done < given:
            return None
        began = known if done >= known else facts.posted_at
        return self.calendar.minutes_between(began, done, pauses)


def asks(facts: AnswerFacts) -> bool:
    """Whether something is asked of an OPD, as far as is known: what has clocks."""
    return facts.tab in ("queue", "sensitive") and (
        facts.jenis is None or facts.jenis in ACTIONABLE
    )


def answers_that_count(facts: AnswerFacts) -> Sequence[SeenAnswer]:
    """Return the answers to what is waited for now, or was at last, oldest first.

    An item that was sent on has none of those that others gave before: not while it waits again,
    and not once it has another. It is `baru` then; what was confirmed in triage nobody had before.
    """
    since = facts.in_charge_since
    if since is None:
        return facts.answers
    later = [one for one in facts.answers if one.posted_at >= since or one.opd == facts.opd]
    before = [one.status for one in facts.changes if one.at <= since]
    sent_on = not before or before[-1] == "baru"
    waits = facts.status in UNANSWERED
    return later if sent_on and (later or waits) else facts.answers


def settled_at(facts: AnswerFacts) -> datetime | None:
    """Return when the matter was settled: closed by a person, or answered in substance.

    The machine closes long after such an answer; the waiting is not the OPD's.
    """
    last = facts.changes[-1] if facts.changes else None
    if facts.status == "selesai" and last is not None and last.by != MACHINE:
        return last.at
    answered = facts.answers[-1] if facts.answers else None
    if facts.status in ("dijawab", "selesai") and answered and answered.kind == SUBSTANTIVE:
        return answered.posted_at
    return last.at if facts.status == "selesai" and last is not None else None


def seen_from(facts: AnswerFacts) -> datetime:
    """Return from when the city could know of an item."""
    late = facts.seen_at - facts.posted_at > LATE_SIGHT
    return facts.seen_at if late else facts.posted_at


def known_from(facts: AnswerFacts) -> datetime:
    """Return from when the present OPD could know of an item."""
    seen = seen_from(facts)
    return max(seen, facts.in_charge_since or seen)


def pauses_of(facts: AnswerFacts, statuses: Iterable[str]) -> tuple[Pause, ...]:
    """Return when an item had one of `statuses`, oldest first; a pause that lasts has no end."""
    wanted = frozenset(statuses)
    ends = [*(change.at for change in facts.changes[1:]), None]
    return tuple(
        Pause(change.at, end, change.status)
        for change, end in zip(facts.changes, ends, strict=False)  # of no changes there is no end
        if change.status in wanted and change.at != end
    )
