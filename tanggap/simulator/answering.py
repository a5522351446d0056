"""How the accounts of Kota Sukamaju answer: who, when, in what words and form, and what follows.

It is the last part of a story, so whatever it draws leaves what was told before as it is.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from tanggap.mention import ACTIONABLE, SUBSTANTIVE, UMBRELLA
from tanggap.simulator.answer_forms import AnswerForm, form_of, forms_for, give_answer
from tanggap.simulator.story import WIB, Story
from tanggap.simulator.world import NetworkName, Post

ANSWER_SHARE = 0.6
"""Of complaints and questions, in the end."""
KIND_SHARES = {"substantif": 0.55, "template": 0.25, "minta_dm": 0.12, "arahkan": 0.08}
"""Of single answers; where there are two, the first is a template, the second substantive."""
OWN_WORDS_SHARE = 0.7
"""Of answers of an account that has words of its own for the kind."""
AGAIN_SHARE = 0.10
"""Of answered complaints: a second answer comes later."""
LATE_ANSWER_SHARE = 0.06
"""Of first answers: 2 to 9 days later. All others come within two days, most within hours."""
FORM_SHARES: dict[NetworkName, dict[AnswerForm, float]] = {
    "x": {"quote": 0.05, "naming": 0.03},
    "facebook": {},
    "instagram": {"naming": 0.05},
}
"""Of answers that can have the form; all others are replies."""
OWNER_SHARE: dict[NetworkName, float] = {"x": 0.6, "facebook": 0.2, "instagram": 0.2}
"""Of answers to what was addressed to the umbrella: by the owner of the sector instead."""
OTHER_OWNER_SHARE, UMBRELLA_SHARE = 0.12, 0.06
"""Of answers to what was addressed to an OPD: by the owner of the sector, where that is another
one, and by the umbrella."""
EDIT_ANSWER_SHARE, DELETE_ANSWER_SHARE = 0.04, 0.04
EDIT_ON_X_SHARE = 0.25
"""Of quotes and posts. X lets nobody edit a reply to somebody else (docs.x.com, edit-posts)."""
FOLLOW_UP_SHARE = 0.15
"""Of answers: the citizen comes back to the thread."""
NAMINGS = ("@{} {}", "Kak @{}, {}", "Untuk @{}: {}")
"""How an answer that stands apart names the citizen."""
ANSWER_EDITS = (
    " 🙏",
    " Terima kasih.",
    " Salam dari kami.",
    " (ejaan kami perbaiki)",
    " Mohon maklum, penulisan tadi kurang rapi.",
)
"""What an edit adds; it leaves the kind of the answer as it was."""
FOLLOW_UPS = (
    ("siap terima kasih min, sudah beres", "apresiasi"),
    ("makasih respon cepatnya 🙏", "apresiasi"),
    ("alhamdulillah sudah dikerjakan, mantap", "apresiasi"),
    ("sampai sekarang belum ada petugas yang datang min", "pengaduan"),
    ("kemarin dikerjakan, hari ini rusak lagi", "pengaduan"),
    ("kok jawabannya begitu terus, lokasinya kan sudah saya sebut", "pengaduan"),
    ("kira2 jam berapa ya min petugasnya?", "permintaan_informasi"),
)


def answer_the_citizens(
    story: Story, addressed: Callable[[Post], str], *, others: bool = True
) -> None:
    """Let the accounts answer most complaints and questions of a story's threads, later.

    `addressed` tells the OPD (or `pemkot`) whose account a citizen's post turns to; with
    `others`, some are answered by other accounts than that.
    """
    rng = story.rng
    for post in list(story.threads):
        if post.labels.get("jenis") not in ACTIONABLE or rng.random() >= ANSWER_SHARE:
            continue
        opd = _who(story, post, addressed(post), others=others)
        at = office_moment(post.posted_at + _wait(rng), rng)
        if rng.random() < AGAIN_SHARE:
            _answer(story, opd, post, "template", at)
            at = office_moment(at + timedelta(hours=rng.uniform(2, 72)), rng)
            _answer(story, opd, post, SUBSTANTIVE, at)
        else:
            kind = rng.choices(list(KIND_SHARES), list(KIND_SHARES.values()))[0]
            _answer(story, opd, post, kind, at)


def office_moment(at: datetime, rng: random.Random) -> datetime:
    """Move a moment outside 07:00-20:00 WIB to the next morning; agencies sleep at night."""
    local = at.astimezone(WIB)
    if 7 <= local.hour < 20:
        return at
    morning = local.replace(hour=7, minute=0, second=0, microsecond=0)
    if local.hour >= 20:
        morning += timedelta(days=1)
    return morning.astimezone(at.tzinfo) + timedelta(minutes=rng.uniform(1, 90))


def _who(story: Story, post: Post, addressed: str, *, others: bool) -> str:
    """Return who answers: the addressed account; if `others` may, the sector's owner or the city's.

    The draw is made in any case, so that the waits and words after it stay the same.
    """
    owner = story.world.policy.sector_opd.get(post.labels.get("sector", ""), addressed)
    if owner not in story.handles:
        owner = addressed
    draw = story.rng.random()
    if not others:
        return addressed
    if addressed == UMBRELLA:
        return owner if draw < OWNER_SHARE[story.world.network] else UMBRELLA
    if draw < OTHER_OWNER_SHARE:
        return owner
    return UMBRELLA if draw < OTHER_OWNER_SHARE + UMBRELLA_SHARE else addressed


def _wait(rng: random.Random) -> timedelta:
    # The night adds up to twelve and a half hours: late ones stay within nine days, others within
    # two.
    if rng.random() < LATE_ANSWER_SHARE:
        return timedelta(days=rng.uniform(2, 8.4))
    return timedelta(minutes=min(2100.0, rng.lognormvariate(4.6, 1.1)))


def _answer(story: Story, opd: str, to: Post, kind: str, at: datetime) -> None:
    """Answer once, unless there is nothing left to answer; see to what becomes of the answer."""
    if to.gone_at is not None and to.gone_at <= at:
        return
    form = _form(story, to)
    text = _words(story, opd, kind)
    if form == "naming":
        text = story.rng.choice(NAMINGS).format(to.author.handle, text)
    answer = give_answer(story.world, opd, to, text, form=form, kind=kind, at=at)
    _afterwards(story, answer)
    _come_back(story, to, answer)


def _form(story: Story, to: Post) -> AnswerForm:
    draw = story.rng.random()
    for form, share in FORM_SHARES[story.world.network].items():
        if draw < share and form in forms_for(to):
            return form
        draw -= share
    return "reply"


def _words(story: Story, opd: str, kind: str) -> str:
    """Return an answer of a kind: one of the account's own, or one that any account may give."""
    bank, own = story.bank.answers, story.rng.random() < OWN_WORDS_SHARE
    owners = [answer for answer in bank.get(opd, ()) if own and answer.kind == kind]
    told = owners or [answer for answer in bank[""] if answer.kind == kind]
    return story.worded(story.rng.choice(told).text)


def _afterwards(story: Story, answer: Post) -> None:
    """Let some answers be edited, and some be deleted."""
    rng = story.rng
    share, minutes = EDIT_ANSWER_SHARE, 180
    if answer.network == "x":
        share, minutes = (0.0 if form_of(answer) == "reply" else EDIT_ON_X_SHARE), 29
    draw = rng.random()
    if draw < share:
        text = answer.versions[-1].text + rng.choice(ANSWER_EDITS)
        later = timedelta(minutes=rng.uniform(1, minutes))
        story.world.edit(answer, text, at=answer.posted_at + later)
    elif draw >= 1 - DELETE_ANSWER_SHARE:
        later = timedelta(minutes=rng.lognormvariate(5.5, 1.2))
        story.world.delete(answer, at=answer.posted_at + later)


def _come_back(story: Story, to: Post, answer: Post) -> None:
    """Let some citizens thank, complain again or ask under an answer that is still there."""
    rng = story.rng
    if rng.random() >= FOLLOW_UP_SHARE:
        return
    at = answer.posted_at + timedelta(minutes=rng.uniform(3, 600))
    text, jenis = rng.choice(FOLLOW_UPS)
    apart = answer.network == "x" or form_of(answer) == "naming"
    if not answer.seen_at(at):
        return
    story.world.reply(
        to.author,
        answer if apart else to,
        text,
        at=at,
        visible_after=story.lag(),
        labels={"jenis": jenis},
    )
