"""Which token may read what: the refusals that depend on who asks, not on what is there."""

from tanggap.simulator.graph.errors import GraphError, needs_page_token, needs_permission
from tanggap.simulator.graph.nodes import Directory, Node
from tanggap.simulator.graph.tokens import Bearer, Tokens


def check_access(
    directory: Directory, tokens: Tokens, bearer: Bearer, node: Node, edge: str
) -> None:
    """Raise GraphError when a token may not read a node (`edge` empty) or one of its lists."""
    if bearer.kind == "app":
        raise needs_permission("pages_read_engagement")
    if node.network == "instagram":
        _check_instagram(directory, tokens, bearer, node, edge)
    else:
        _check_facebook(directory, tokens, bearer, node, edge)


def _check_instagram(
    directory: Directory, tokens: Tokens, bearer: Bearer, node: Node, edge: str
) -> None:
    """Instagram is read with either token, as long as its role covers the account."""
    tokens.require_scope("instagram_basic")
    if node.kind == "IGComment" or edge in ("comments", "replies", "tags"):
        tokens.require_scope("instagram_manage_comments")
    readable = [
        page
        for page in directory.concerned(node)
        if page.instagram is not None
        and tokens.granted(page.instagram.handle)
        and (bearer.page is None or bearer.page is page)
    ]
    if not readable:
        raise GraphError(10)


def _check_facebook(
    directory: Directory, tokens: Tokens, bearer: Bearer, node: Node, edge: str
) -> None:
    if node.kind == "Page" and not edge and bearer.page is None:
        tokens.require_scope("pages_show_list")
        if node.page is not None and not tokens.granted(node.page.account.handle):
            raise needs_permission("pages_read_engagement")
        return
    if bearer.page is None:
        raise needs_page_token()
    tokens.require_scope("pages_read_engagement")
    if node.kind == "Comment" or edge in ("feed", "tagged", "comments"):
        tokens.require_scope("pages_read_user_content")
    if bearer.page not in directory.concerned(node):
        raise needs_permission("pages_read_engagement") if edge else GraphError(200)
