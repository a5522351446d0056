"""What a perfect watcher of one network would know at a given moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tanggap.clock import to_text
from tanggap.mention import ACTIONABLE
from tanggap.simulator.answer_forms import answered_by, form_of
from tanggap.simulator.world import Account, Post, World

REACTING = ACTIONABLE | {"apresiasi"}
"""Jenis of posts by which a citizen takes an answer one way or the other."""


def first_id(post: Post) -> str:
    """Return the id under which X knows a post for ever."""
    return str(post.id)


def truth_of(
    world: World, now: datetime, identity: Callable[[Post], str] = first_id
) -> dict[str, Any]:
    """Return what a perfect watcher would know at `now`; `identity` names a post as its wire does.

    `addressed`: OPD id to the citizens' posts, reposts apart, that concern its account and were
    ever to be seen; `own`: posts by the city's accounts (never items); `answers`: own post to the
    citizen's post it replies to (replies only); `answered`: OPD id to those of them that a
    watcher of its account is shown; `answer_facts`: own post that answers a citizen in any form to
    what is to be known of it (see _facts); `reactions`: citizen's post that was answered to id
    (`by`) and `jenis` of what its author wrote last in its thread after that; `reposts`, `edited`,
    `vanished`: subsets of all posts ever to be seen; `lasted`: how many seconds each of the
    vanished was shown; `texts`: id to the wordings that were ever shown, oldest first, each with
    the moment from which it was (reposts apart: X cuts them); `rows`: id to the row of the file
    that gave the text.
    """
    with world.lock:
        seen = [post for post in world.everything() if post.ever_seen_by(now)]
        concerning = {
            account.opd: sorted(_concerning(world, account, now), key=lambda post: post.id)
            for account in world.city_accounts()
        }
    shown = {opd: {post.id for post in posts} for opd, posts in concerning.items()}
    own = [post for post in seen if post.author.opd is not None]
    gone = [post for post in seen if not post.seen_at(now)]
    answers = [
        post
        for post in own
        if post.kind == "reply" and post.parent and post.parent.author.opd is None
    ]
    return {
        "at": to_text(now),
        "addressed": {
            opd: [
                identity(post)
                for post in posts
                if post.author.opd is None and post.kind != "repost" and post.ever_seen_by(now)
            ]
            for opd, posts in concerning.items()
        },
        "own": [identity(post) for post in own],
        "answers": {identity(post): identity(post.parent) for post in answers if post.parent},
        "answered": {
            opd: [identity(post) for post in answers if _shown_to(post, opd)] for opd in concerning
        },
        "answer_facts": {
            identity(post): _facts(post, to, shown, now, identity)
            for post in own
            if (to := answered_by(post)) is not None
        },
        "reactions": {
            identity(to): {"by": identity(post), "jenis": post.labels["jenis"]}
            for to, post in _reactions(seen).items()
        },
        "reposts": [identity(post) for post in seen if post.kind == "repost"],
        "edited": [identity(post) for post in seen if len(post.versions_at(now)) > 1],
        "vanished": [identity(post) for post in gone],
        "lasted": {identity(post): _shown_for(post, now) for post in gone},
        "texts": {identity(post): _wordings(post, now) for post in seen if post.kind != "repost"},
        "rows": {identity(post): post.row for post in seen if post.row is not None},
    }


def _concerning(world: World, account: Account, now: datetime) -> list[Post]:
    """Return the posts that the network shows to somebody who watches one account.

    On X: whatever names it. Elsewhere: what tags it, what stands on its page, and the comments
    under both its own posts and those on its page; comments under others' posts are not shown.
    """
    if world.network == "x":
        return [post for post in world.naming(account.handle) if _named(post, account.handle, now)]
    on_page = world.on_page_of(account)
    opened = [post for post in world.written_by(account) if post.kind == "post"]
    comments = [comment for post in (*opened, *on_page) for comment in world.under(post)]
    return list({post.id: post for post in (*world.tagging(account), *on_page, *comments)}.values())


def _shown_to(answer: Post, opd: str | None) -> bool:
    """Whether a watcher of an OPD's account is shown an answer.

    X lists what an account wrote. Elsewhere an answer stands under its post, and only those of
    the account and those on its page are shown with their comments.
    """
    if answer.network == "x":
        return answer.author.opd == opd
    root = answer.root
    return opd in (root.author.opd, root.page.opd if root.page else None)


def _facts(
    answer: Post,
    to: Post,
    shown: Mapping[str | None, set[int]],
    now: datetime,
    identity: Callable[[Post], str],
) -> dict[str, Any]:
    """Return what is to be known of one answer.

    `to`: id of the citizen's post; `by`: OPD id (or `pemkot`); `at`: when it was posted; `kind`:
    one of ANSWER_KINDS, or None where nobody said; `form`: `reply`, `quote`, or `naming` (it only
    names the citizen's handle, no wire tells what it answers); `edited`: whether another wording
    was shown later; `gone_at`: when it vanished, or None; `shown_to`: OPD ids whose account's
    watcher is shown it: those of `answered`, and on X those whose account the answer names.
    """
    gone = answer.gone_at
    return {
        "to": identity(to),
        "by": answer.author.opd,
        "at": to_text(answer.posted_at),
        "kind": answer.labels.get("answer_kind"),
        "form": form_of(answer),
        "edited": len(_wordings(answer, now)) > 1,
        "gone_at": to_text(gone) if gone is not None and gone <= now else None,
        "shown_to": [
            opd for opd, posts in shown.items() if _shown_to(answer, opd) or answer.id in posts
        ],
    }


def _reactions(seen: Sequence[Post]) -> dict[Post, Post]:
    """Return what the authors of answered posts last wrote in their threads after that."""
    answered: dict[tuple[str, Post], list[Post]] = {}
    found: dict[Post, Post] = {}
    for post in sorted(seen, key=lambda one: (one.posted_at, one.id)):
        to = answered_by(post)
        if to is not None:
            answered.setdefault((to.author.handle, to.root), []).append(to)
        elif post.labels.get("jenis") in REACTING:
            asked = answered.get((post.author.handle, post.root), ())
            found |= {one: post for one in asked if one is not post}
    return found


def _shown_for(post: Post, now: datetime) -> float:
    """Return the seconds for which a post that vanished was to be seen."""
    whole = post.parent if post.kind == "repost" and post.parent else post
    gone = [moment for moment in (post.gone_at, whole.gone_at, now) if moment is not None]
    return (min(gone) - post.shown_from).total_seconds()


def _wordings(post: Post, now: datetime) -> list[tuple[str, str]]:
    """Return the wordings that were to be seen, each with the moment from which it was."""
    gone = post.gone_at
    first = post.versions_at(post.shown_from)[-1]
    later = [
        version
        for version in post.versions
        if post.shown_from < version.at <= now and (gone is None or version.at < gone)
    ]
    return [
        (to_text(post.shown_from), first.text),
        *((to_text(version.at), version.text) for version in later),
    ]


def _named(post: Post, handle: str, now: datetime) -> bool:
    wanted = handle.lower()
    until = min(now, post.deleted_at) if post.deleted_at else now
    shown = post.versions_at(max(post.visible_at, post.posted_at))[-1:]
    later = [v for v in post.versions if post.visible_at < v.at <= until]
    return any(wanted in version.handles for version in (*shown, *later))
