"""The forms in which an account of the city answers a citizen in public, and how to tell them.

A reply and a quote say on the wire what they answer. An answer that only names the citizen does
not: the world keeps what it meant (`Post.answers`), for the truth alone.
"""

from datetime import datetime, timedelta
from typing import Literal

from tanggap.errors import InputError
from tanggap.simulator.world import Post, World, handles_in

AnswerForm = Literal["reply", "quote", "naming"]
"""`naming`: a post of its own on X, a further comment under the same own post on Instagram."""


def forms_for(to: Post) -> tuple[AnswerForm, ...]:
    """Return the forms in which the city can answer a citizen's post on its network."""
    if to.network == "x":
        return ("reply", "quote", "naming")
    under_own = to.kind == "reply" and to.root.author.opd is not None
    return ("reply", "naming") if to.network == "instagram" and under_own else ("reply",)


def give_answer(
    world: World,
    opd: str,
    to: Post,
    text: str,
    *,
    form: AnswerForm = "reply",
    kind: str | None = None,
    at: datetime | None = None,
    visible_after: timedelta = timedelta(0),
) -> Post:
    """Let the account of an OPD (or `pemkot`) answer a citizen's post.

    `kind` is one of `tanggap.mention.ANSWER_KINDS`. Where the form names the citizen and `text`
    does not, the handle comes first. Raises InputError when the network has no such form there.
    """
    if form not in forms_for(to):
        known = ", ".join(forms_for(to))
        raise InputError(f"`{form}` tidak dapat menjawab kiriman itu; pilih dari: {known}")
    account = world.opd(opd)
    labels = {"answer_kind": kind} if kind else {}
    if form == "reply":
        return world.reply(account, to, text, at=at, visible_after=visible_after, labels=labels)
    if form == "quote":
        return world.quote(account, to, text, at=at, visible_after=visible_after, labels=labels)
    if to.author.handle.lower() not in handles_in(text, world.network):
        text = f"@{to.author.handle} {text}"
    with world.lock:
        if world.network == "x":
            post = world.post(account, text, at=at, visible_after=visible_after, labels=labels)
        else:
            post = world.reply(
                account, to.root, text, at=at, visible_after=visible_after, labels=labels
            )
        post.answers = to
    return post


def answered_by(post: Post) -> Post | None:
    """Return the citizen's post that a post of the city answers in any form, or None."""
    if post.author.opd is None:
        return None
    if post.answers is not None:
        return post.answers
    to = post.parent if post.kind in ("reply", "quote") else None
    return to if to is not None and to.author.opd is None else None


def form_of(answer: Post) -> AnswerForm:
    """Return the form of a post that answers a citizen (see answered_by)."""
    if answer.answers is not None:
        return "naming"
    return "quote" if answer.kind == "quote" else "reply"
