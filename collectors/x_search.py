"""Search queries of X: which accounts fit into one query, and how long a query may be. Pure."""

from collections.abc import Mapping, Sequence

QUERY_LENGTH = 512
"""Characters of a recent-search query (docs.x.com/x-api/posts/search, 2026)."""


def query_for(handles: Sequence[str]) -> str:
    """Return the query for what is written to any of the accounts, reposts left out."""
    terms = " OR ".join(term for handle in handles for term in (f"@{handle}", f"to:{handle}"))
    return f"({terms}) -is:retweet"


def pack(accounts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return OPD ids in groups whose common query fits, in the order given (OPD to handle)."""
    groups: list[tuple[str, ...]] = []
    for opd in accounts:
        wider = (*groups[-1], opd) if groups else (opd,)
        if groups and len(query_for([accounts[name] for name in wider])) <= QUERY_LENGTH:
            groups[-1] = wider
        else:
            groups.append((opd,))
    return groups
