"""Reply drafts that an admin copies and edits: which ones suit an item, and what is filled in.

Tanggap never posts. The texts come with the program (`replies.toml`); a city replaces, adds or
switches off single ones by `[[reply]]` in its policy.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from tanggap.contacts import NAMES
from tanggap.mention import JENIS
from tanggap.sectors import SECTORS
from tanggap.toml_file import Table, Texts, all_wrong, choose, read_toml, unknown

CITY_FIELDS = ("kota", "pemerintah", *NAMES)
"""What stands between braces in any text of the city; the last are contacts."""
FIELDS = ("opd", "opd_pendek", "nomor", "sektor", "kecamatan", *CITY_FIELDS)
"""And in a draft, which is about an item."""


def with_fields(known: Collection[str]) -> AfterValidator:
    """Return what refuses a text of the config with other fields between braces than `known`."""

    def check(text: str) -> str:
        if problems := _wrong_fields(text, known):
            raise all_wrong(problems)
        return text

    return AfterValidator(check)


def _wrong_fields(text: str, known: Collection[str]) -> list[str]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return ["kurung kurawal tidak berpasangan; tulis {{ untuk kurung kurawal biasa"]
    problems = []
    for _, name, shape, conversion in parts:
        if name is None:
            continue
        if name not in known:
            problems.append(f"isian {{{name}}} {unknown(name, known)}")
        elif shape or conversion:
            problems.append(f"isian {{{name}}} tidak boleh memakai : atau !; hapus")
    return problems


class Reply(Table):
    """One draft, and which items it suits."""

    id: str
    title: str = ""
    text: Annotated[str, with_fields(FIELDS)]
    """Empty: the draft of this id is not offered."""
    jenis: Texts = ()
    """Empty: any."""
    sectors: Texts = ()
    """Empty: any."""
    urgent: bool = False
    """Only for urgent items, and before all others."""
    dangers: Texts = ()
    """Ids of `tanggap.advice.Advice`: only for items in one of these dangers, and then no draft
    without it. Empty: any item that no draft is kept for."""

    @model_validator(mode="after")
    def _known_labels(self) -> "Reply":
        problems = [f"jenis `{one}` {choose(one, JENIS)}" for one in self.jenis if one not in JENIS]
        problems += [
            f"sektor `{one}` {unknown(one, SECTORS)}" for one in self.sectors if one not in SECTORS
        ]
        if self.text.strip() and not self.title.strip():
            problems.append("`title` wajib diisi: nama draf yang dilihat admin")
        if problems:
            raise all_wrong([f"reply `{self.id}`: {problem}" for problem in problems])
        return self


Replies = Annotated[tuple[Reply, ...], Field(strict=False)]


class _File(Table):
    reply: Replies


@cache
def packaged() -> tuple[Reply, ...]:
    """Return the drafts that come with the program."""
    with as_file(files("tanggap") / "replies.toml") as path:
        return read_toml(path, _File).reply


def offered(own: Iterable[Reply]) -> tuple[Reply, ...]:
    """Return the packaged drafts as a city changed them, its additional ones last."""
    changed = {reply.id: reply for reply in own}
    merged = [changed.pop(reply.id, reply) for reply in packaged()]
    return tuple(reply for reply in (*merged, *changed.values()) if reply.text.strip())


def kept_for(replies: Iterable[Reply], dangers: Iterable[str]) -> list[str]:
    """Return those of `dangers` that a draft is for, a packaged one or one of `replies`."""
    known = {danger for one in (*packaged(), *replies) for danger in one.dangers}
    return [danger for danger in dangers if danger in known]


def suitable(
    replies: Iterable[Reply],
    jenis: str | None,
    sector: str | None,
    *,
    urgent: bool,
    dangers: Sequence[str] = (),
) -> list[Reply]:
    """Return the drafts that suit an item, the most particular first.

    `dangers` are the kinds of its advice, the first one first. Where a packaged draft or one of
    the city's is for such a danger, only such are returned: a person in danger is not asked for a
    street. So none is left where the city switched them off.
    """
    every = tuple(replies)
    own = kept_for(every, dangers)
    fit = [
        reply
        for reply in every
        if (not reply.jenis or jenis in reply.jenis)
        and (not reply.sectors or sector in reply.sectors)
        and (urgent or not reply.urgent)
        and (any(one in own for one in reply.dangers) if own else not reply.dangers)
    ]
    return sorted(
        fit,
        key=lambda one: (
            min((own.index(danger) for danger in one.dangers if danger in own), default=0),
            not one.urgent,
            not one.sectors,
            not one.jenis,
        ),
    )


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its fields filled in; `values` has a text for each of them.

    An unknown place or OPD leaves an empty text: doubled blanks are closed, lines stay.
    """
    lines = text.format_map(values).strip().split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)
