"""What every network's story of Kota Sukamaju is made of: its people, their words, their hours."""

import itertools
import math
import random
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tanggap.mention import UMBRELLA
from tanggap.simulator.texts import Bank, Line
from tanggap.simulator.world import HANDLE_SUFFIX, Account, Post, World, handles_in

WIB = ZoneInfo("Asia/Jakarta")
JENIS_SHARES = {
    "pengaduan": 0.55,
    "permintaan_informasi": 0.12,
    "aspirasi": 0.05,
    "apresiasi": 0.08,
    "bukan_aduan": 0.15,
    "spam": 0.05,
}
EDIT_SHARE, DELETE_SHARE, LATE_SHARE = 0.03, 0.02, 0.05
SUSPENDED_SHARE = 0.01
_HOURLY = (2, 1, 1, 1, 2, 5, 9, 11, 10, 8, 7, 7, 9, 8, 6, 6, 7, 9, 11, 12, 11, 9, 6, 4)
"""How lively each hour of the day is, WIB."""
EDITS = (
    " (ralat: kejadiannya tadi malam)",
    " *edit: sebelah kiri jalan",
    " eh maaf salah ketik tadi, lokasinya dekat gapura",
    " (tambahan: sudah difoto jg sama pak RT)",
    " edit: sampai sekarang masih sama",
    " *maksudnya minggu lalu",
)
ECHOES = (
    "di tempat saya juga begini min",
    "sama, di gang sebelah jg",
    "up min biar dibaca",
    "iya nih dari kemarin",
    "betul, saya lewat situ tiap hari",
    "setuju, tolong jadi perhatian",
)
_FIRST = "adi ani budi citra dani dewi eka fajar gita hana indra joko kiki lia mira nanda oki putri"
_X_NAME = re.compile(rf"@(\w+){HANDLE_SUFFIX}\b")
_SECOND = "kopi senja pagi hujan bakso motor kebun roti biru laut angin bulan padi kucing sepeda"


class Story:
    """Lays out one network's posts; the same seed and numbers give the same world."""

    def __init__(
        self, world: World, seed: int, start: datetime, span: timedelta, bank: Bank
    ) -> None:
        self.world = world
        self.rng = random.Random(seed)  # noqa: S311 - the same seed must give the same city
        self.start = start
        self.span = span
        self.bank = bank
        self._decks: dict[str, list[Line]] = {}
        self.people: list[Account] = []
        self.handles = {
            account.opd: account.handle.lower() for account in world.city_accounts() if account.opd
        }
        self.threads: list[Post] = []
        """Citizens' posts that others may answer, quote or pass on, by time."""
        self.announcements: list[Post] = []

    def settle(self, accounts: int) -> None:
        """Let the citizens move in."""
        names = [f"{a}_{b}" for a in _FIRST.split() for b in _SECOND.split()]
        self.rng.shuffle(names)
        for number in range(max(1, accounts)):
            stem = names[number % len(names)]
            handle = f"{stem[:11]}{100 + number}"[:15]
            person = self.world.citizen(handle, stem.replace("_", " ").title())
            if self.rng.random() < SUSPENDED_SHARE:
                person.standing = "suspended"
            self.people.append(person)

    def line(self) -> Line:
        """Return the next line of a drawn jenis; none comes twice before all came once."""
        bank = self.bank
        jenis = self.rng.choices(list(JENIS_SHARES), list(JENIS_SHARES.values()))[0]
        deck = self._decks.setdefault(jenis, [])
        if not deck:
            deck.extend(bank.by_jenis[jenis])
            self.rng.shuffle(deck)
        return deck.pop()

    def addressee(self, line: Line) -> str:
        """Return whom the line addresses: as it is said of it, as it says itself, or the city."""
        return next(
            (opd for opd in line.mentioned_opd.split("|") if opd in self.handles),
            self.named_in(handles_in(line.text)),
        )

    def named_in(self, handles: Sequence[str]) -> str:
        """Return the first OPD among handles, or the umbrella."""
        by_handle = {handle: opd for opd, handle in self.handles.items()}
        return next((by_handle[handle] for handle in handles if handle in by_handle), UMBRELLA)

    def worded(self, text: str) -> str:
        """Return a text of the bank with the accounts' names as this network writes them."""
        return _X_NAME.sub(lambda found: f"@{self.handles.get(found[1], found[1])}", text)

    def someone(self) -> Account:
        """Return somebody who speaks."""
        # The square makes some people talk much more than others.
        return self.people[int(self.rng.random() ** 2 * len(self.people))]

    def lag(self) -> timedelta:
        """Return how long it takes until the network shows a new post; seldom hours."""
        if self.rng.random() < LATE_SHARE:
            return timedelta(minutes=math.exp(self.rng.uniform(math.log(2), math.log(720))))
        return timedelta(seconds=self.rng.uniform(0.5, 8))

    def moments(self, number: int) -> list[datetime]:
        """Return ascending moments in the span, denser where the hour of the day is livelier."""
        slot = timedelta(minutes=5)
        slots = max(1, math.ceil(self.span / slot))
        weights = [
            _HOURLY[(self.start + slot * index).astimezone(WIB).hour] for index in range(slots)
        ]
        cumulated = list(itertools.accumulate(weights))
        chosen = self.rng.choices(range(slots), cum_weights=cumulated, k=number)
        latest = self.span - timedelta(milliseconds=1)
        return [
            self.start + min(latest, slot * (index + self.rng.random())) for index in sorted(chosen)
        ]
