"""What is watched on each network, what is not, and until when: in Indonesian, and per OPD.

The words follow what the networks' documents say can be read (state of November 2026): X mentions
and own posts, Page comments and tags of the Graph API, comments and `/tags` of the Instagram
Graph API (a mention there comes by webhook only), and what instaloader sees of public accounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from tanggap.config import Config
from tanggap.language import gettext as _
from tanggap.language import ngettext
from tanggap.mention import UMBRELLA
from tanggap.networks import TOKEN_WARN_DAYS, Threads, XSettings


class Way(NamedTuple):
    """What one way of reading a network brings. `{days}` stands for the watched age of posts."""

    title: str
    reads: Mapping[str, str]
    """Kind of source to what it reads."""
    unseen: tuple[str, ...]
    """What stays unwatched (tidak terpantau) although the network is on."""
    turn_on: str
    """What an operator does to switch it on."""
    connect: str
    """What it takes to connect one more OPD."""
    warning: str = ""
    """What a person must know before it is switched on, and while it is."""


WAYS: dict[str, Way] = {
    "x": Way(
        "X",
        {
            "mentions": "kiriman, balasan, dan kutipan yang menyebut akun OPD",
            "timeline": "kiriman akun OPD sendiri, agar jawabannya terlihat",
            "search": "pencarian bersama untuk beberapa akun, paling jauh tujuh hari ke belakang",
        },
        (
            "keluhan yang tidak menyebut akun OPD",
            "akun yang dikunci (privat) dan pesan langsung (DM)",
            "kiriman yang sudah dihapus sebelum sempat diambil",
        ),
        "Pastikan perjanjian Enterprise dengan X ada. Isi [x.accounts], tulis enabled = true dan "
        "enterprise_agreement = true di [x], dan simpan tokennya di berkas yang disebut "
        "TANGGAP_X_BEARER_TOKEN_FILE.",
        "Tulis akunnya di [x.accounts].",
    ),
    "facebook": Way(
        "Facebook",
        {
            "feed": "kiriman halaman dan kiriman warga di halaman, serta semua komentar dan "
            "balasan di bawah kiriman yang berumur paling lama {days} hari",
            "tagged": "kiriman orang lain yang menandai halaman",
        },
        (
            "kiriman di profil, grup, atau halaman lain yang tidak menandai halaman OPD",
            "komentar di bawah kiriman orang lain, juga jawaban OPD di sana",
            "komentar baru di bawah kiriman yang lebih tua dari {days} hari",
            "pesan Messenger dan cerita (story)",
            "nama penulis, bila Facebook menutupnya; aduannya tetap masuk",
        ),
        "Isi [facebook.accounts], tulis enabled = true di [facebook], dan simpan token Meta di "
        "berkas yang disebut TANGGAP_META_TOKEN_FILE.",
        "Minta admin halaman memberi akses kepada pengguna sistem Diskominfo di Meta Business, "
        "lalu tulis nama halamannya di [facebook.accounts].",
    ),
    "instagram": Way(
        "Instagram",
        {
            "media": "komentar dan balasan di bawah kiriman akun OPD yang berumur paling lama "
            "{days} hari",
            "tags": "foto dan video orang lain yang menandai akun OPD",
        },
        (
            "@sebutan dalam keterangan foto atau komentar di akun lain; Instagram "
            "tidak memberikannya kepada Tanggap",
            "komentar di bawah kiriman orang lain, juga jawaban OPD di sana",
            "komentar baru di bawah kiriman yang lebih tua dari {days} hari",
            "akun privat, cerita (story), dan pesan langsung (DM)",
            "komentar pengguna yang dibatasi dan kiriman berbatas umur, yang tidak diberikan "
            "Instagram",
        ),
        "Isi [instagram.accounts], tulis enabled = true di [instagram], dan simpan token Meta di "
        "berkas yang disebut TANGGAP_META_TOKEN_FILE.",
        "Ubah akunnya menjadi akun Bisnis atau Kreator, tautkan ke halaman Facebook OPD yang "
        "sudah diberi akses, lalu tulis namanya di [instagram.accounts].",
    ),
    "instagram_web": Way(
        "Instagram tanpa token",
        {
            "media": "komentar di bawah kiriman akun OPD yang berumur paling lama {days} hari",
            "tagged": "kiriman akun publik yang menandai akun OPD",
        },
        (
            "semuanya, selama Instagram membatasi; bisa berjam-jam atau berhari-hari, dan "
            "celahnya dicatat",
            "@sebutan dalam keterangan foto atau komentar di akun lain",
            "komentar di bawah kiriman orang lain, juga jawaban OPD di sana",
            "komentar baru di bawah kiriman yang lebih tua dari {days} hari",
            "akun privat, cerita (story), dan pesan langsung (DM)",
        ),
        "Hanya bila jalur resmi tidak mungkin. Isi [instagram_web.accounts], tulis enabled = true "
        "dan accept_risk = true di [instagram_web], lalu jalankan "
        "`tanggap instagram import-session`.",
        "Sambungkan OPD lain lewat jalur resmi: [instagram.accounts] dengan token Meta. Hanya bila "
        "itu tidak mungkin, tulis namanya di [instagram_web.accounts].",
        "Membaca tanpa izin resmi melanggar ketentuan Instagram. Akun yang dipakai masuk dapat "
        "dikunci atau ditutup, dan pembacaan dapat berhenti berjam-jam atau berhari-hari.",
    ),
}
"""By key of `collectors.NETWORKS`, in the order in which people read them."""


NOT_HURRIED = frozenset({"instagram_web"})
"""Networks that "fetch all now" leaves out: haste makes Instagram suspect the reader's account."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which OPD are watched on a network. Ids of the policy, and `pemkot`."""

    network: str
    on: bool
    accounts: Mapping[str, str]
    """OPD id to the account's name, as configured; empty when the network is off."""
    unconnected: tuple[str, ...]
    """OPD of the policy that nothing watches there; each stands in the reach of one network only.

    Nobody is missing from the way without a token: it is for exceptions.
    """

    @property
    def way(self) -> Way:
        """What this way of reading brings."""
        return WAYS[self.network]


def reach(config: Config) -> dict[str, Reach]:
    """Return for each network who is connected and who is not yet.

    Instagram is read by two ways: an OPD is connected when one of them watches it. Who is missing
    stands with the official way; the other one is for exceptions and never lacks anybody.
    """
    found: dict[str, Reach] = {}
    both = {**_accounts(config.instagram), **_accounts(config.instagram_web)}
    for network in WAYS:
        settings = settings_of(config, network)
        accounts = _accounts(settings)
        watched = both if network.startswith("instagram") else accounts
        missing = tuple(opd for opd in (UMBRELLA, *config.policy.opd) if opd not in watched)
        if network == "instagram_web":
            missing = ()
        found[network] = Reach(
            network, settings.enabled, accounts, missing if settings.enabled else ()
        )
    return found


def settings_of(config: Config, network: str) -> XSettings | Threads:
    """Return the table of the config that switches a network on."""
    tables: dict[str, XSettings | Threads] = {
        "x": config.x,
        "facebook": config.facebook,
        "instagram": config.instagram,
        "instagram_web": config.instagram_web,
    }
    return tables[network]


def reads(config: Config, network: str, kind: str) -> str:
    """Return what a kind of source reads, "" for one that has no words (the token's own)."""
    return _with_days(WAYS[network].reads.get(kind, ""), settings_of(config, network))


def unseen(config: Config, network: str) -> list[str]:
    """Return what stays unwatched on a network although it is on."""
    settings = settings_of(config, network)
    return [_with_days(line, settings) for line in WAYS[network].unseen]


class TokenEnd(NamedTuple):
    """How long a token still lasts, in words, and whether a person should act."""

    level: Literal["ok", "warn", "fail"]
    words: str


def token_end(ends_at: datetime | None, now: datetime) -> TokenEnd:
    """Say when a token ends; None: the network named no end."""
    if ends_at is None:
        return TokenEnd("ok", _("tidak berakhir"))
    days = (ends_at - now).days
    if ends_at <= now:
        return TokenEnd("fail", _("sudah berakhir"))
    if days == 0:
        return TokenEnd("warn", _("berakhir kurang dari sehari lagi"))
    words = ngettext("berakhir {} hari lagi", "berakhir {} hari lagi", days).format(days)
    return TokenEnd("warn" if days <= TOKEN_WARN_DAYS else "ok", words)


def _accounts(settings: XSettings | Threads) -> dict[str, str]:
    return dict(settings.accounts) if settings.enabled else {}


def _with_days(text: str, settings: XSettings | Threads) -> str:
    text = _(text)
    return text.format(days=settings.watch_days) if isinstance(settings, Threads) else text
