"""Who sees what of an item: the one place where a scope decides.

Which items an OPD sees at all stands in `item_opds`, written from `ItemState.visible_to`: its own
and those that it supports, of the confidential ones (rahasia) only its own. Here that is asked,
and what somebody who may see an item does not see of it is taken out: parents and neighbours
that belong to others, and reporters (`Scope.reporters`).
"""

# ruff: noqa: S608 - SQL is put together from names of our own only; values are parameters.

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tanggap.mention import Mention
from tanggap.store.codec import Row
from tanggap.store.database import MAX_ID, Transaction
from tanggap.store.items import ITEM_SELECT, item_from
from tanggap.store.rows import Item, ItemDetail, Scope

SECLUDED = "(i.sensitive = 1 OR i.confidential = 1)"
"""Items `i` that are not even quoted to an OPD that does not see them."""
_NOBODY = "@\u2022\u2022\u2022\u2022"


def sees(conn: Transaction, scope: Scope, item: str) -> str:
    """Return a condition: the scope (parameter `opds`: `opds_of`) sees the item of this id."""
    if scope.everything:
        return "TRUE"
    return (
        f"EXISTS (SELECT 1 FROM item_opds AS o WHERE o.item_id = {item} "
        f"AND o.opd IN ({conn.texts_in(':opds')}))"
    )


def opds_of(scope: Scope) -> str:
    """Return the OPD of a scope as `sees` reads them."""
    return json.dumps(sorted(scope.opds))


def visible(conn: Transaction, scope: Scope, item_id: int) -> Row | None:
    """Return the row of an item if the scope may see it."""
    if not 0 < item_id <= MAX_ID:
        return None
    row: Row | None = conn.execute(
        f"{ITEM_SELECT} WHERE i.id = :item AND {sees(conn, scope, 'i.id')}",
        {"item": item_id, "opds": opds_of(scope)},
    ).fetchone()
    return row


def without_hidden_parents(
    conn: Transaction, scope: Scope, mentions: Sequence[Mention]
) -> list[Mention]:
    """Return the mentions without the text of parents that are secluded items out of scope.

    What came with it in `raw` goes too.
    """
    parents = {(one.network, one.parent_id) for one in mentions if one.parent_id}
    if scope.everything or not parents:
        return list(mentions)
    rows = conn.execute(
        f"""
        SELECT m.network, m.network_id FROM {conn.lists_in(":parents")} AS j
        CROSS JOIN mentions AS m CROSS JOIN items AS i
        WHERE m.network = j.value ->> 0 AND m.network_id = j.value ->> 1
            AND i.mention_id = m.id AND {SECLUDED}
            AND NOT {sees(conn, scope, "i.id")}
        """,
        {"parents": json.dumps(sorted(parents)), "opds": opds_of(scope)},
    )
    hidden = {(row["network"], row["network_id"]) for row in rows}
    return [
        replace(one, parent_text=None, raw="{}") if (one.network, one.parent_id) in hidden else one
        for one in mentions
    ]


def seen_items(conn: Transaction, scope: Scope, rows: Iterable[Row]) -> list[Item]:
    """Return the items of rows of ITEM_SELECT as this scope sees them."""
    items = [item_from(row) for row in rows]
    shown = without_hidden_parents(conn, scope, [item.mention for item in items])
    return [
        seen_item(scope, replace(item, mention=one)) for item, one in zip(items, shown, strict=True)
    ]


def seen_item(scope: Scope, item: Item) -> Item:
    """Return an item as this scope sees it: without its reporter where that is hidden."""
    if not scope.hides_reporter(item.confidential):
        return item
    [mention], _ = _without_authors([item.mention])
    return replace(item, mention=mention)


def seen_detail(scope: Scope, detail: ItemDetail, confidential: frozenset[str]) -> ItemDetail:
    """Return an item with its thread as this scope sees it.

    `confidential`: network ids of posts of the thread that are confidential items themselves.
    Where the item's reporter is hidden, no citizen of the thread is named.
    """
    if scope.reporters == "all":
        return detail
    own = detail.item.mention
    whole = scope.hides_reporter(detail.item.confidential)
    hidden = {one.network_id for one in detail.thread if whole or one.network_id in confidential}
    if whole:
        hidden.add(own.network_id)
    if not hidden:
        return detail
    (own, *thread), names = _without_authors([own, *detail.thread], hidden)
    return replace(
        detail,
        item=replace(detail.item, mention=own),
        thread=tuple(thread),
        answers=tuple(
            replace(
                one,
                text=_unnamed(one.text, names),
                # A link that a person typed may lead to the reporter's own post.
                permalink=None if one.recorded_by else one.permalink,
            )
            for one in detail.answers
        ),
        notes=tuple(replace(one, why=_unnamed(one.why, names)) for one in detail.notes),
        revisions=tuple((at, _unnamed(text, names)) for at, text in detail.revisions),
    )


def _without_authors(
    mentions: Sequence[Mention], hidden: Iterable[str] | None = None
) -> tuple[list[Mention], re.Pattern[str] | None]:
    """Return the mentions without the citizens who wrote those of `hidden` (None: all).

    Their names go from all the texts too. An OPD's own posts stay as they are.
    """
    ids = {one.network_id for one in mentions} if hidden is None else set(hidden)
    gone = [one for one in mentions if one.network_id in ids and one.author_opd is None]
    handles = {one.author_handle for one in gone if one.author_handle}
    names = (
        re.compile(
            "|".join(rf"@?(?<!\w){re.escape(handle)}(?!\w)" for handle in sorted(handles)),
            re.IGNORECASE,
        )
        if handles
        else None
    )
    named = [
        replace(
            one,
            text=_unnamed(one.text, names),
            parent_text=None if one.parent_text is None else _unnamed(one.parent_text, names),
        )
        for one in mentions
    ]
    ids = {one.network_id for one in gone}
    return [
        replace(one, author_id=None, author_handle=None, permalink=None, raw="{}")
        if one.network_id in ids
        else one
        for one in named
    ], names


def _unnamed(text: str, names: re.Pattern[str] | None) -> str:
    return names.sub(_NOBODY, text) if names else text
