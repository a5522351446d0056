"""The tables `[[notice]]` of the config: who is told what, when, and how often at most.

The address of a channel (an Apprise URL) is a secret and never stands here.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import time
from typing import Annotated, Any

from pydantic import Field, model_validator

from tanggap.mention import UMBRELLA
from tanggap.near_words import nearest
from tanggap.toml_file import Table, Texts, all_wrong, choose

KINDS = ("urgent", "warning", "escalation", "digest")
ROLES = ("supervisor",)
ID = re.compile(r"[a-z][a-z0-9_]{0,29}")
"""Of it the environment variable of the address is made."""
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_ADDRESSES = ("url", "address", "alamat", "apprise", "token", "password", "secret")


class NoticeSettings(Table):
    """One channel: an address, and what it is told."""

    id: str
    opd: Texts = ()
    """Whose items it is told of; its readers must be people of these OPD."""
    role: str = ""
    """`supervisor` instead of `opd`: it is told of the whole city."""
    kinds: Texts = ("urgent",)
    digest_at: Texts = ()
    """Times of day, in the city's zone, at which a digest is sent."""
    quiet_from: str = ""
    quiet_until: str = ""
    """Between these times of day only what is urgent is sent; the rest waits."""
    quiet_urgent: bool = False
    """Urgent notices wait, too."""
    at_most_per_hour: Annotated[int, Field(ge=1, le=60)] = 6
    """Notices of items; what is beyond goes into one summary."""

    @model_validator(mode="before")
    @classmethod
    def _without_address(cls, data: Any) -> Any:
        given = sorted(set(data) & set(_ADDRESSES)) if isinstance(data, dict) else []
        if given:
            variable = variable_of(str(data.get("id", "ID")))
            raise all_wrong(
                [
                    f"kunci `{key}` ditolak; alamat saluran adalah rahasia, isi variabel "
                    f"{variable} atau {variable}_FILE"
                    for key in given
                ]
            )
        return data

    @model_validator(mode="after")
    def _consistent(self) -> "NoticeSettings":
        if problems := [*self._wrong_words(), *self._wrong_times()]:
            raise all_wrong([f"saluran `{self.id}`: {problem}" for problem in problems])
        return self

    def _wrong_words(self) -> Iterable[str]:
        if not ID.fullmatch(self.id):
            yield "id tidak sah; pakai huruf kecil, angka dan _, paling banyak 30, misalnya dpupr"
        if bool(self.opd) == bool(self.role):
            yield 'isi opd, misalnya ["dpupr"], atau role = "supervisor", salah satu saja'
        if self.role and self.role not in ROLES:
            hint = (
                nearest(self.role, ROLES) or '; tulis role = "supervisor", atau hapus dan isi opd'
            )
            yield f"role `{self.role}` tidak dikenal{hint}"
        if not self.kinds:
            yield 'kinds kosong; isi misalnya ["urgent", "digest"]'
        for kind in self.kinds:
            if kind not in KINDS:
                hint = nearest(kind, KINDS) or f"; pilih dari {', '.join(KINDS)}"
                yield f"kinds: `{kind}` tidak dikenal{hint}"
        for key, words in (("opd", self.opd), ("kinds", self.kinds), ("digest_at", self.digest_at)):
            for twice in sorted({one for one in words if words.count(one) > 1}):
                yield f"{key}: `{twice}` ditulis dua kali; hapus salah satu"
        if self.role and "warning" in self.kinds:
            yield "kinds: warning hanya untuk saluran OPD; bagi supervisor pakai escalation"

    def _wrong_times(self) -> Iterable[str]:
        quiet = (("quiet_from", self.quiet_from), ("quiet_until", self.quiet_until))
        given = [*(("digest_at", at) for at in self.digest_at), *quiet]
        wrong = [(key, at) for key, at in given if at and not _CLOCK.fullmatch(at)]
        yield from (f'{key}: {at!r} bukan jam; tulis misalnya "08:00"' for key, at in wrong)
        if "digest" in self.kinds and not self.digest_at:
            yield 'kinds memuat digest tetapi digest_at kosong; isi misalnya ["08:00"]'
        if self.digest_at and "digest" not in self.kinds:
            yield "digest_at diisi tetapi kinds tidak memuat digest; tambahkan digest"
        if bool(self.quiet_from) != bool(self.quiet_until):
            yield "quiet_from dan quiet_until harus ada keduanya"
        elif self.quiet_from and self.quiet_from == self.quiet_until:
            yield "quiet_from dan quiet_until sama; hapus keduanya, atau bedakan"
        if self.quiet_urgent and not self.quiet_from:
            yield "quiet_urgent = true perlu quiet_from dan quiet_until"
        if not wrong:
            yield from (
                f"digest_at {at} jatuh di jam tenang ({self.quiet_from} sampai "
                f"{self.quiet_until}); pindahkan"
                for at in self.digest_at
                if self.is_quiet(time.fromisoformat(at))
            )

    def is_quiet(self, at: time) -> bool:
        """Whether a time of day lies in the quiet hours, which may go over midnight."""
        if not (self.quiet_from and self.quiet_until):
            return False
        start, end = time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until)
        return start <= at < end if start < end else at >= start or at < end

    @property
    def secret(self) -> str:
        """What its address is called among the secrets (`tanggap.config.read_secret`)."""
        return secret_of(self.id)


def secret_of(channel: str) -> str:
    """Return what the address of a channel is called among the secrets."""
    return f"notice_{channel}"


def variable_of(channel: str) -> str:
    """Return the environment variable that holds the address of a channel."""
    return f"TANGGAP_{secret_of(channel).upper()}"


def twice_named(notices: Sequence[NoticeSettings]) -> list[str]:
    """Return a line for each id that several channels have."""
    ids = [one.id for one in notices]
    return [
        f"[[notice]]: id `{one}` dipakai {ids.count(one)} kali; beri id sendiri bagi tiap saluran"
        for one in dict.fromkeys(ids)
        if ids.count(one) > 1
    ]


def not_taken(notices: Sequence[NoticeSettings], taken: Collection[str]) -> list[str]:
    """Return the ids of channels that no daemon has taken from the config yet."""
    return [one.id for one in notices if one.id not in taken]


def strangers(tables: object, known: Sequence[str]) -> list[str]:
    """Return a line for each OPD that `[[notice]]`, as it was read, names and nobody knows."""
    rows = tables if isinstance(tables, list) else []
    return [
        f"[[notice]] `{row.get('id', '')}`: "
        + (
            f"`{UMBRELLA}` adalah akun induk, bukan OPD; hapus baris opd, lalu tulis "
            'role = "supervisor"'
            if opd == UMBRELLA
            else f"OPD `{opd}` tidak ada di [opd] kebijakan: {choose(opd, known)}"
        )
        for row in rows
        if isinstance(row, Mapping) and isinstance(row.get("opd"), list)
        for opd in row["opd"]
        if isinstance(opd, str) and opd not in known
    ]
