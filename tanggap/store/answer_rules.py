"""Whether a post of an OPD's own account answers what a citizen wrote. Pure, for every database."""

from collections.abc import Collection
from datetime import timedelta

from tanggap.mention import UMBRELLA, Mention, handles_named
from tanggap.store.item_state import ItemState

NAMED_WITHIN = timedelta(days=7)
"""So long after a mention a post that only names its author may be an answer to it."""


def replies_to_nobody(post: Mention) -> bool:
    """Whether a post stands alone, or under the thread's first post and nobody else's."""
    return post.kind != "quote" and post.parent_id in (None, post.thread_id)


def concerned_by(state: ItemState, item: Mention) -> frozenset[str]:
    """Return whose accounts may answer an item by a post that only names its author.

    Nobody's where it asks for nothing: who thanks and complains in one week is answered once.
    """
    if state.tab == "aside":
        return frozenset()
    own = (state.opd,) if state.opd else ()
    return frozenset((*own, *state.supporting, *item.addressed, UMBRELLA))


def answers_item(
    answer: Mention, item: Mention, root: Mention | None, concerned: Collection[str]
) -> bool:
    """Whether a post of an OPD's own account answers the mention of an item.

    A direct reply or quote always does. A post elsewhere in the thread does when a citizen opened
    the thread: under an OPD's own post (`root.author_opd`) hundreds of people may raise different
    things, and a reply to one of them settles nothing for the others. While the root has not been
    seen, only a reply to the root counts for those below it. A post that replies to nobody does
    when it names the author's handle and is by one of the accounts `concerned` (`concerned_by`).
    What was posted before the mention cannot be its answer.
    """
    if answer.network != item.network or answer.posted_at < item.posted_at:
        return False
    if item.network_id in (answer.parent_id, answer.thread_id):
        return True
    if _names_author(answer, item, root, concerned):
        return True
    if item.thread_id is None or item.thread_id not in (answer.parent_id, answer.thread_id):
        return False
    if root is None:
        return answer.parent_id == item.thread_id
    return root.author_opd is None


def _names_author(
    answer: Mention, item: Mention, root: Mention | None, concerned: Collection[str]
) -> bool:
    """Whether an answer speaks to the author of an item by name.

    One that replies to somebody else names whoever took part in the thread (X puts them in front).
    """
    if item.author_handle is None or not replies_to_nobody(answer):
        return False
    if answer.parent_id is not None and (
        answer.parent_id != item.thread_id or root is None or root.author_opd is None
    ):
        return False
    return (
        answer.posted_at - item.posted_at <= NAMED_WITHIN
        and item.author_handle.lower() in handles_named(answer.text)
        and answer.author_opd in concerned
    )
