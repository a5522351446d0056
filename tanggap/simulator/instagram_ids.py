"""The ids under which Instagram knows a post: its number and the short code of its address.

Both routes share them: the short code in the permalink of the Graph API is the node's on the web.
"""

from tanggap.simulator.world import Post

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}


def pk(post: Post) -> int:
    """Return the number of a post or comment on Instagram's web site (its "primary key")."""
    return post.id


def shortcode(post: Post) -> str:
    """Return the code in the address of a post: its number in base 64, eleven letters as a rule."""
    number = pk(post)
    letters = ""
    while number:
        number, value = divmod(number, 64)
        letters = _ALPHABET[value] + letters
    return letters or _ALPHABET[0]


def pk_of(code: str) -> int | None:
    """Return the number that a short code stands for, or None for what is no short code."""
    if not 1 <= len(code) <= 16:
        return None
    number = 0
    for letter in code:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * 64 + value
    return number


def permalink(post: Post) -> str:
    """Return the address of a post."""
    return f"https://www.instagram.com/p/{shortcode(post)}/"
