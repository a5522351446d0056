"""The thread around an item, as its page tells it."""

from dataclasses import dataclass
from datetime import datetime

from tanggap.mention import Mention
from tanggap.store.rows import Answer, ItemDetail


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the thread, or an answer that a person recorded (which has no text)."""

    network: str
    kind: str
    author_opd: str | None
    author_handle: str | None
    posted_at: datetime
    text: str
    permalink: str | None
    answer: Answer | None = None
    """It is a public answer to this item."""
    this: bool = False
    """It is the item itself."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The thread around an item, as far as it is stored and this person may see it."""

    root: Post | None
    """The post under which it stands; None when it opened the thread, or is not stored."""
    parent: Post | None
    """The comment that it answers, when that is not the root."""
    near: tuple[Post, ...]
    """The item with what was said before and after it in its branch, oldest first."""
    others: tuple[Post, ...]
    """What else stands under the same post, oldest first."""

    @property
    def answered(self) -> bool:
        """Whether an OPD's public answer is known that still stands."""
        return any(post.answer and post.answer.gone_at is None for post in self.near)


def conversation(detail: ItemDetail) -> Conversation:
    """Return the thread of an item with every OPD's answer in it."""
    mention = detail.item.mention
    answered = {(answer.opd, answer.posted_at, answer.text): answer for answer in detail.answers}
    parents = {one.network_id: one.parent_id for one in (mention, *detail.thread)}
    own_branch = _branch(mention.network_id, mention.thread_id, parents)
    root = parent = None
    near = [_post(mention, this=True)]
    others: list[Post] = []
    found = set()
    for one in detail.thread:
        key = (one.author_opd or "", one.posted_at, one.text)
        post = _post(one, answered.get(key) if one.author_opd else None)
        found.add(key)
        if one.network_id == mention.thread_id:
            root = post
            continue
        if one.network_id == mention.parent_id:
            parent = post
        belongs = own_branch in (_branch(one.network_id, mention.thread_id, parents), None)
        (near if belongs or post.answer else others).append(post)
    near.extend(
        Post(
            mention.network, "reply", answer.opd, None, answer.posted_at, answer.text,
            answer.permalink, answer,
        )
        for answer in detail.answers
        if (answer.opd, answer.posted_at, answer.text) not in found
    )  # fmt: skip
    near.sort(key=lambda post: post.posted_at)
    return Conversation(root, parent, tuple(near), tuple(others))


def _branch(one: str, root: str | None, parents: dict[str, str | None]) -> str | None:
    """Return the comment directly under the root to which a post leads up, None for the root."""
    if one == root:
        return None
    seen = {one}
    while (above := parents.get(one)) is not None and above != root and above not in seen:
        seen.add(above)
        one = above
    return one


def _post(mention: Mention, answer: Answer | None = None, *, this: bool = False) -> Post:
    return Post(
        mention.network,
        mention.kind,
        mention.author_opd,
        mention.author_handle,
        mention.posted_at,
        mention.text,
        mention.permalink,
        answer,
        this,
    )
