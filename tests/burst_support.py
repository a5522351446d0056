"""A city under a brigade: one hour in which genuine complaints stand among thousands of posts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from burst_texts import COPIED, IDLE, ONE_VOICE, STORM, TAILS
from exactness_support import WEB

from tanggap.clock import Clock
from tanggap.mention import UMBRELLA
from tanggap.simulator.generator import SHARES, generate_city
from tanggap.simulator.texts import Line, packaged_bank
from tanggap.simulator.world import Account, Post, World

HOUR = timedelta(hours=1)
BRIGADE = ((STORM, 0.45), (COPIED, 0.30), (ONE_VOICE, 0.15), (IDLE, 0.10))
TARGETS = (UMBRELLA, UMBRELLA, UMBRELLA, "dishub", "dpupr")
"""Whom the brigade names: mostly the city's own account."""
AUTHORS = 0.4
"""Different authors of the brigade, per post."""
PUT_ASIDE_ALONE = ("wisata offroad gratis",)
"""Beginnings of complaints that the classifier takes for no complaint also when they come alone
(sarcasm): that is measured elsewhere (`tanggap tune evaluate`), here it is what the burst does."""


@dataclass(frozen=True)
class Planted:
    """One genuine complaint: the post, and the line of the text bank behind it."""

    network: str
    post: Post
    line: Line


class Brigade:
    """Writes a burst of `number` posts with `genuine` complaints among them into worlds."""

    def __init__(self, seed: int, start: datetime, clock: Clock) -> None:
        self.dice = random.Random(seed)
        self.start = start
        self.worlds = {
            world.network: world for world in generate_city(seed, start, 1, 0, clock=clock)
        }

    def write(self, number: int, genuine: int) -> list[Planted]:
        """Return what was planted; the worlds then show `number` posts of citizens."""
        people = [f"warga_b{i}" for i in range(max(1, int(number * AUTHORS)))]
        lone = "tukang_tag"
        for at in self._moments(number - genuine):
            kind = self.dice.choices(BRIGADE, [share for _, share in BRIGADE])[0][0]
            text = self.dice.choice(kind) + self.dice.choice(TAILS)
            author = lone if kind is ONE_VOICE else self.dice.choice(people)
            self._say(self._world(), author, self.dice.choice(TARGETS), text, at)
        planted = []
        lines = genuine_lines()
        self.dice.shuffle(lines)
        assert len(lines) >= genuine
        for position, (at, line) in enumerate(zip(self._moments(genuine), lines, strict=False)):
            world = self._world()
            opd = line.mentioned_opd.split("|")[0] or UMBRELLA
            if world.network == "instagram" and opd in WEB:
                opd = UMBRELLA  # theirs is read without a token, every three hours
            post = self._say(world, f"pelapor_{position}", opd, line.text, at, line)
            planted.append(Planted(world.network, post, line))
        return planted

    def _say(
        self, world: World, author: str, opd: str, text: str, at: datetime, line: Line | None = None
    ) -> Post:
        """Post to an account as one does on that network: name it, or comment below its post."""
        who = world.citizen(author)
        lag = timedelta(seconds=self.dice.uniform(0.5, 8))
        account = world.opd(opd)
        if world.network == "x":
            named = f"@{account.handle}" in text
            text = text if named else f"@{account.handle} {text}"
            return world.post(who, text, at=at, visible_after=lag)
        return world.reply(who, self._latest(world, account), text, at=at, visible_after=lag)

    def _latest(self, world: World, account: Account) -> Post:
        own = [post for post in world.written_by(account) if post.kind == "post"]
        return max(
            (post for post in own if post.posted_at < self.start), key=lambda post: post.posted_at
        )

    def _world(self) -> World:
        [name] = self.dice.choices(list(SHARES), list(SHARES.values()))
        return self.worlds[name]

    def _moments(self, number: int) -> Iterator[datetime]:
        for moment in sorted(self.dice.random() for _ in range(number)):
            yield self.start + HOUR * moment


def genuine_lines() -> list[Line]:
    """Return complaints of the text bank, each with its sector; all differ from each other."""
    return [
        line
        for line in packaged_bank().by_jenis["pengaduan"]
        if line.sector and not line.parent_text and not line.text.startswith(PUT_ASIDE_ALONE)
    ]


def words_to_search(line: Line, others: Sequence[Line]) -> str:
    """Return the two rarest words of a complaint: what somebody remembers who phones about it."""
    texts = [other.text.lower() for other in others]
    words = [
        word
        for word in dict.fromkeys("".join(c if c.isalpha() else " " for c in line.text).split())
        if len(word) > 3 and word.isascii()
    ]
    rare = sorted(words, key=lambda word: (sum(word.lower() in text for text in texts), -len(word)))
    return " ".join(rare[:2])
