"""What the model sees of a mention: its words, whom it addresses, what it answers.

Nothing here names an agency of one city: an addressed OPD is told by the sectors it owns in the
city's policy, so that a model trained on one city's accounts reads another's.
"""

from dataclasses import dataclass

from classifier.text import HANDLE, tokens, tokens_of
from tanggap.mention import UMBRELLA, Mention
from tanggap.policy import Policy

PARENT_WORDS = 60
"""Words of the parent's text that are looked at."""


@dataclass(frozen=True, slots=True)
class Document:
    """The features of one mention before they are counted."""

    tokens: tuple[str, ...]
    """Words, marks and emoji of the text itself."""
    context: tuple[str, ...]
    """`akun:<sector>` or `akun:pemkot` for whom it addresses, `induk:<word>` for its parent."""
    parent: tuple[str, ...] = ()
    """Words of the parent's text."""
    filed: bool = False
    """Whether it was handed in as a report: it answers nothing and addresses nobody."""

    def with_parent(self) -> "Document":
        """Return the document in which the parent's words stand beside its own.

        What a text is about may only stand in the parent ("di sini juga min"); whether
        anything is asked never does. So sectors are told from this one, jenis and flags from the
        plain one.
        """
        return Document((*self.tokens, *self.parent), self.context)


class Reader:
    """Turns mentions into documents by one city's policy."""

    def __init__(self, policy: Policy) -> None:
        owned: dict[str, list[str]] = {UMBRELLA: [f"akun:{UMBRELLA}"]}
        for sector, opd in policy.sector_opd.items():
            owned.setdefault(opd, []).append(f"akun:{sector}")
        self._owned = {opd: tuple(marks) for opd, marks in owned.items()}

    def read(self, mention: Mention, cleaned: str) -> Document:
        """Return what the model sees of `mention`; unknown accounts are left out.

        `cleaned` is its text by `classifier.text.clean`.
        """
        context: list[str] = []
        parent: tuple[str, ...] = ()
        for opd in mention.addressed:
            context.extend(self._owned.get(opd, ()))
        if mention.parent_text:
            parent = tuple(tokens_of(mention.parent_text)[:PARENT_WORDS])
            context.extend(f"induk:{word}" for word in parent if word.isalnum())
        own = tuple(tokens(cleaned))
        filed = mention.kind == "intake" and not mention.addressed and not parent
        return Document(
            own, tuple(dict.fromkeys(context)), parent, filed=filed and HANDLE not in own
        )
