"""What a mention answers: networks seldom send it along, but mostly it is stored already."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tanggap.mention import Mention
from tanggap.store import Store


def with_parent_texts(store: Store, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """Return the mentions, each with its parent's text where that is on the page or stored.

    Where the parent is not known, the post at the root of the thread takes its place: a comment
    is best read together with what it stands under.
    """
    wanting = [m for m in mentions if m.parent_id is not None and m.parent_text is None]
    if not wanting:
        return tuple(mentions)
    texts = {(m.network, m.network_id): m.text for m in mentions}
    for network in {m.network for m in wanting}:
        keys = {
            key
            for m in wanting
            if m.network == network
            for key in (m.parent_id, m.thread_id)
            if key is not None and (network, key) not in texts
        }
        found = store.texts(network, sorted(keys))
        texts |= {(network, key): text for key, text in found.items()}
    return tuple(_completed(mention, texts) for mention in mentions)


def _completed(mention: Mention, texts: Mapping[tuple[str, str], str]) -> Mention:
    if mention.parent_id is None or mention.parent_text is not None:
        return mention
    for key in (mention.parent_id, mention.thread_id):
        if key is not None and key != mention.network_id and (mention.network, key) in texts:
            return replace(mention, parent_text=texts[mention.network, key])
    return mention
