"""The placeholders of the neutral SQL, said as psycopg wants them. Pure: no database."""

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      '(?:[^']|'')*'            # a text: nothing in it is a placeholder
    | "(?:[^"]|"")*"            # a quoted name
    | --[^\n]*                  # a comment
    | ::                        # a cast
    | :(?P<name>[A-Za-z_]\w*)   # a named parameter
    | \?                        # a positional one
    """,
    re.VERBOSE,
)


@lru_cache(maxsize=1024)
def for_psycopg(sql: str) -> bytes:
    """Return `sql` with `?` as `%s` and `:name` as `%(name)s`, and every other `%` doubled.

    Texts, quoted names, comments and `::` casts stay as they are. Raise ValueError when a text
    mixes the two kinds of placeholders.
    """
    kinds: set[str] = set()
    parts: list[str] = []
    end = 0
    for found in _TOKEN.finditer(sql):
        parts.append(_doubled(sql[end : found.start()]))
        end = found.end()
        if found["name"]:
            kinds.add("name")
            parts.append(f"%({found['name']})s")
        elif found[0] == "?":
            kinds.add("position")
            parts.append("%s")
        else:
            parts.append(_doubled(found[0]))
    parts.append(_doubled(sql[end:]))
    if len(kinds) > 1:
        msg = f"placeholders of two kinds in one statement: {sql[:200]}"
        raise ValueError(msg)
    return "".join(parts).encode()


def _doubled(text: str) -> str:
    return text.replace("%", "%%")
