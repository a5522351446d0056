"""What an admin does first about an urgent or sensitive item, by the kind of danger. Pure rules.

The texts come with the program (`advice.toml`); a city replaces, adds or switches off single ones
by `[[advice]]` in its policy, and writes its own numbers into `[contacts]`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from tanggap.contacts import NAMES, Contacts
from tanggap.replies import with_fields
from tanggap.sectors import SECTORS
from tanggap.toml_file import Table, Texts, all_wrong, read_toml, unknown

AT_MOST = 2
"""Kinds of danger shown at once: a third would bury the first."""
GRAVE = ("bunuh_diri", "perempuan_anak", "kekerasan")
"""Kinds that are looked for in the text also where the reasons name another: a reason says only
which words set a flag, and a person in danger is not to be missed."""
REASONS = ("darurat:", "sensitif:")
"""How the reasons of a decision begin that say why a flag is set."""
_BY_MODEL = "model"
"""What stands behind it where no word decided."""
_LOOKED_AT = 3000
"""Letters of a long text: who is in danger says so at once."""
_WORD = re.compile(r"\*?\w+(?: \w+|\* \w+)*\*?")


class Advice(Table):
    """One kind of danger, and what to do first."""

    id: str
    title: str = ""
    text: Annotated[str, with_fields(NAMES)]
    """Empty: the advice of this id is not given."""
    contacts: Texts = ()
    """Names of `Contacts`, the first to call first."""
    words: Texts = ()
    """Any of them says that it is this kind; a star at an end stands for any letters."""
    sectors: Texts = ()
    """Sectors that say so where no word does; of a `sensitive` one beside what words say."""
    urgent: bool = False
    """Only for urgent items."""
    sensitive: bool = False
    """Only for sensitive items."""

    @field_validator("words")
    @classmethod
    def _findable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        problems = [
            f"kata `{word}` tidak sah; pakai huruf dan angka, bintang hanya di ujung kata"
            for word in value
            if not _WORD.fullmatch(word)
        ]
        if problems:
            raise all_wrong(problems)
        return value

    @model_validator(mode="after")
    def _known_names(self) -> "Advice":
        problems = [
            f"sektor `{one}` {unknown(one, SECTORS)}" for one in self.sectors if one not in SECTORS
        ]
        problems += [
            f"kontak `{one}` {unknown(one, NAMES)}" for one in self.contacts if one not in NAMES
        ]
        if self.text.strip() and not self.title.strip():
            problems.append("`title` wajib diisi: macam bahaya yang dilihat admin")
        if problems:
            raise all_wrong([f"advice `{self.id}`: {problem}" for problem in problems])
        return self

    def suits(self, case: "Case") -> bool:
        """Whether the flags of an item are those that it asks for."""
        return (case.urgent or not self.urgent) and (case.sensitive or not self.sensitive)


AllAdvice = Annotated[tuple[Advice, ...], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Case:
    """What of an item tells the kind of danger."""

    urgent: bool
    sensitive: bool
    sector: str | None
    because: Sequence[str]
    """The reasons of the last decision, those of the flags among others."""
    text: str


class _File(Table):
    advice: AllAdvice


@cache
def packaged() -> tuple[Advice, ...]:
    """Return the advice that comes with the program."""
    with as_file(files("tanggap") / "advice.toml") as path:
        return read_toml(path, _File).advice


def given(own: Iterable[Advice]) -> tuple[Advice, ...]:
    """Return the packaged advice as a city changed it, with its own before the general ones."""
    changed = {one.id: one for one in own}
    merged = [changed.pop(one.id, one) for one in packaged()]
    kinds = [one for one in merged if _of_a_kind(one)]
    general = [one for one in merged if not _of_a_kind(one)]
    return tuple(one for one in (*kinds, *changed.values(), *general) if one.text.strip())


def dangers(every: Sequence[Advice], case: Case) -> tuple[Advice, ...]:
    """Return every kind of danger of an item, as `every` has them; () if neither flag is set.

    By the words that set the flags, with the GRAVE ones of the text, else by all of the text; by
    the sector where no word tells, of a `sensitive` kind always. Else what holds for any: one
    advice without `words` and `sectors`.
    """
    if not (case.urgent or case.sensitive):
        return ()
    fit = [one for one in every if one.suits(case)]
    by_text = _by_words(fit, case.text[:_LOOKED_AT])
    by_reasons = _by_words(fit, " | ".join(_reasons(case.because)))
    named = by_reasons + [one for one in by_text if one.id in GRAVE or not by_reasons]
    found = [
        one
        for one in fit
        if one in named or (case.sector in one.sectors and (one.sensitive or not named))
    ]
    return tuple(found or [one for one in fit if not _of_a_kind(one)][:1])


def advised(every: Sequence[Advice], case: Case) -> tuple[Advice, ...]:
    """Return what to do first: the first AT_MOST `dangers`."""
    return dangers(every, case)[:AT_MOST]


def filled(advice: Advice, contacts: Contacts) -> str:
    """Return the text of an advice with its numbers."""
    return " ".join(advice.text.format_map(contacts.model_dump()).split())


def called(advices: Iterable[Advice]) -> tuple[str, ...]:
    """Return the names of the contacts of several kinds, each once, the first to call first."""
    return tuple(dict.fromkeys(name for one in advices for name in one.contacts))


def _of_a_kind(advice: Advice) -> bool:
    return bool(advice.words or advice.sectors)


def _reasons(because: Iterable[str]) -> list[str]:
    said = [one.split(":", 1)[1] for one in because if one.startswith(REASONS)]
    return [one for one in said if one != _BY_MODEL]


def _by_words(every: Iterable[Advice], text: str) -> list[Advice]:
    plain = " ".join(re.findall(r"\w+|\|", text.casefold()))
    return [one for one in every if one.words and _pattern(one.words).search(plain)]


@lru_cache(64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(word.casefold().replace("*", r"\w*") for word in words)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")
