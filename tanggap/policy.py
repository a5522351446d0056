"""The city's own policy: its OPD, who owns which sector, places, asset rules, outside bodies.

The file is meant to be edited by admins of the city; `tanggap check` validates it. A complete,
commented example is `tanggap/examples/sukamaju-policy.toml`.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from tanggap.advice import AllAdvice, given
from tanggap.contacts import Contacts
from tanggap.mention import UMBRELLA
from tanggap.office_hours import DaysOff, Deadlines, OfficeHours
from tanggap.replies import CITY_FIELDS, Replies, with_fields
from tanggap.sectors import SECTORS
from tanggap.toml_file import NOWHERE, Table, Texts, all_wrong, choose, read_toml, unknown

FRONT_OFFICE_SECTOR = "lainnya"
"""The OPD that owns this sector answers for the city where nobody else does."""

ID = re.compile(r"[a-z][a-z0-9_]*")
"""Ids stand inside source ids (`x:mentions:dpupr`), in addresses and in files."""


class Opd(Table):
    """One agency of the city."""

    name: str
    short: str
    keywords: Texts = ()
    """Further names people use for it ("dinas pu", "bina marga")."""


class Outside(Table):
    """A body that the city does not command (bukan kewenangan), with a ready reply."""

    name: str
    channel: str
    """Where citizens should turn."""
    reply: Annotated[str, with_fields(CITY_FIELDS)]
    """Polite text that an admin may copy; `CITY_FIELDS` are filled in."""


class Kecamatan(Table):
    """One kecamatan with its kelurahan."""

    name: str
    kelurahan: Texts = ()
    aliases: Texts = ()


class Rule(Table):
    """Words about an asset or a place that decide the OPD, stronger than the sector's owner."""

    id: str
    words: Annotated[Texts, Field(min_length=1)]
    """Any of them in the text (whole words, case ignored) fires the rule."""
    opd: str
    sectors: Texts = ()
    """Only when the predicted sector is one of these; empty: any."""
    kecamatan: str | None = None
    """Only when the text names this kecamatan."""

    @field_validator("words")
    @classmethod
    def _not_blank(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not word.strip() for word in value):
            msg = "kata kosong akan cocok dengan semua teks; hapus"
            raise ValueError(msg)
        return value


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Streets = Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(strict=False, min_length=1)]
"""One kecamatan as a text, or several as an array."""


class Policy(Table):
    """Everything that is the city's decision and not the classifier's."""

    opd: dict[str, Opd]
    sector_opd: dict[str, str]
    """Sector to the OPD (or outside body) that owns it here; every sector must be named."""
    outside: dict[str, Outside] = Field(default={})
    kecamatan: dict[str, Kecamatan] = Field(default={})
    rule: Annotated[tuple[Rule, ...], Field(strict=False)] = ()
    jalan: dict[str, Streets] = Field(default={})
    """Street to the kecamatan in which it lies, several when it runs through them."""
    office_hours: Annotated[tuple[OfficeHours, ...], Field(strict=False)] = ()
    """None: Monday to Friday as most cities have them (`tanggap.office_hours.USUAL`)."""
    day_off: DaysOff = Field(default={})
    deadline: Deadlines = Deadlines()
    reply: Replies = ()
    """Reply drafts that replace packaged ones (same id) or stand beside them."""
    contacts: Contacts = Contacts()
    """Whom to call in danger."""
    advice: AllAdvice = ()
    """What to do first in danger: replaces what is packaged (same id) or stands beside it."""

    @model_validator(mode="after")
    def _consistent(self) -> "Policy":
        problems: list[str] = []
        owners = {*self.opd, *self.outside}
        if UMBRELLA in owners:
            problems.append(f"`{UMBRELLA}` adalah akun induk, bukan OPD; pakai id lain")
        for key in (*self.opd, *self.outside, *self.kecamatan):
            if not ID.fullmatch(key):
                problems.append(f"id `{key}` tidak sah; pakai huruf kecil, angka dan _")
        for both in sorted(set(self.opd) & set(self.outside)):
            problems.append(f"`{both}` ada di [opd] dan di [outside]; hapus salah satu")
        for sector, opd in self.sector_opd.items():
            if sector not in SECTORS:
                problems.append(f"sector_opd: sektor `{sector}` {unknown(sector, SECTORS)}")
            if opd not in owners:
                problems.append(f"sector_opd.{sector}: OPD `{opd}` {unknown(opd, owners)}")
        for sector in SECTORS:
            if sector not in self.sector_opd:
                problems.append(f"sector_opd: sektor `{sector}` belum punya OPD; tambahkan")
        if self.sector_opd.get(FRONT_OFFICE_SECTOR) in self.outside:
            problems.append(
                f"sector_opd.{FRONT_OFFICE_SECTOR}: harus OPD kota sendiri, karena ia menjawab "
                "bila tidak ada yang lain"
            )
        seen: set[str] = set()
        for rule in self.rule:
            if rule.id in seen:
                problems.append(f"rule `{rule.id}` ditulis dua kali; beri id lain")
            seen.add(rule.id)
            if rule.opd not in owners:
                problems.append(f"rule `{rule.id}`: OPD `{rule.opd}` {unknown(rule.opd, owners)}")
            for sector in rule.sectors:
                if sector not in SECTORS:
                    problems.append(
                        f"rule `{rule.id}`: sektor `{sector}` {unknown(sector, SECTORS)}"
                    )
            if rule.kecamatan is not None and rule.kecamatan not in self.kecamatan:
                problems.append(
                    f"rule `{rule.id}`: kecamatan `{rule.kecamatan}` "
                    f"{unknown(rule.kecamatan, self.kecamatan)}"
                )
        if self.office_hours and all(hours.first for hours in self.office_hours):
            problems.append(
                "office_hours: semuanya berlaku untuk tanggal tertentu saja; tambahkan satu tanpa "
                "first dan last, untuk hari-hari biasa"
            )
        for opd in self.deadline.opd:
            if opd in self.outside:
                problems.append(f"deadline.opd: `{opd}` bukan kewenangan kota; hapus")
            elif opd == UMBRELLA:
                problems.append(
                    f"deadline.opd: `{opd}` adalah akun induk, bukan OPD; hapus "
                    f"[deadline.opd.{opd}] dan pakai [deadline]"
                )
            elif opd not in self.opd:
                problems.append(f"deadline.opd: OPD `{opd}` {choose(opd, self.opd)}")
        for table, ids in (
            ("reply", [reply.id for reply in self.reply]),
            ("advice", [advice.id for advice in self.advice]),
        ):
            for twice in sorted({one for one in ids if ids.count(one) > 1}):
                problems.append(f"{table} `{twice}` ditulis dua kali; beri id lain")
        dangers = {one.id for one in given(self.advice)}
        for reply in self.reply:
            problems += [
                f"reply `{reply.id}`: bahaya `{one}` {unknown(one, dangers)}"
                for one in reply.dangers
                if one not in dangers
            ]
        for street, places in self.jalan.items():
            if not any(character.isalpha() for character in street):
                problems.append(f"jalan `{street}`: nama jalan kosong; hapus atau isi")
            for place in places:
                if place not in self.kecamatan:
                    problems.append(
                        f"jalan `{street}`: kecamatan `{place}` {unknown(place, self.kecamatan)}"
                    )
        if problems:
            raise all_wrong(problems)
        return self

    def owner_of(self, sector: str) -> str:
        """Return the OPD or outside body that owns `sector`; KeyError for an unknown one."""
        return self.sector_opd[sector]

    def is_outside(self, opd: str) -> bool:
        """Whether `opd` is a body that the city does not command."""
        return opd in self.outside

    @cached_property
    def names(self) -> dict[str, str]:
        """Id to the name that people read, OPD and outside bodies."""
        return {
            **{key: opd.short for key, opd in self.opd.items()},
            **{key: body.name for key, body in self.outside.items()},
        }


def load_policy(path: Path, elsewhere: Mapping[str, str] = NOWHERE) -> Policy:
    """Return the policy of a file; raise ConfigError with all problems at once.

    `elsewhere`: tables that belong into another file, to what it is called.
    """
    return read_toml(path, Policy, elsewhere)


def packaged_policy() -> Policy:
    """Return the policy of Kota Sukamaju, the invented city that comes with the program."""
    with as_file(files("tanggap.examples") / "sukamaju-policy.toml") as path:
        return load_policy(path)
