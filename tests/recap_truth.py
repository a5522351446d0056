"""What became of each citizen's post, out of the simulator alone: who answered it, when, seen how.

Nothing here asks the product's store, clocks or boards; a post is known by the id under which its
way of reading names it. What is an answer is told after docs/answers.md, in words of its own.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon_support import WORLD_OF, Key
from lived_city import Act

from tanggap.clock import from_text, to_text
from tanggap.simulator.server import Simulator
from tanggap.simulator.world import Post

NAMED_WITHIN = timedelta(days=7)
SHOWS_ANSWERS = {
    "x": "tweets", "facebook": "feed", "instagram": "media", "instagram_web": "metadata",
}  # fmt: skip
"""Way of reading to the endpoint at which the posts of an account are asked for, over and over."""
PUT_ASIDE = "bukan_aduan"


@dataclass(frozen=True)
class Given:
    """One answer: when, by whose account, and its network id; "" where a person recorded it."""

    at: datetime
    by: str
    network_id: str = ""
    kind: str = ""
    """Only where a person recorded it: what that person said of it."""
    seen: datetime | None = None
    gone: datetime | None = None
    """When the store noticed that it was deleted."""

    def stands(self, moment: datetime) -> bool:
        """Whether it is not known to be gone at a moment."""
        return self.gone is None or self.gone > moment


@dataclass(frozen=True)
class Told:
    """One citizen's post as its watcher was shown it."""

    key: Key
    way: str
    post: Post
    at: datetime
    """When it was written, as its network tells it."""
    seen: datetime
    """When it was served for the first time."""


class Shown:
    """What the simulator has served to the install, and what of it answers what."""

    def __init__(self, simulator: Simulator, acts: Sequence[Act]) -> None:
        self._simulator, self.acts = simulator, acts
        self._seen: dict[Key, datetime] = {}
        self._read: dict[tuple[str, str], datetime] = {}
        handles = {
            (world.network, account.handle.lower()): account.opd or ""
            for world in simulator.worlds.values()
            for account in world.city_accounts()
        }
        for entry in simulator.oracle.log():
            at = from_text(entry.at)
            if entry.whole:
                for identity in entry.ids:
                    self._seen.setdefault((entry.network, identity), at)
            opd = handles.get((WORLD_OF[entry.network], entry.source.lower()))
            if opd and entry.status == 200 and SHOWS_ANSWERS[entry.network] == entry.endpoint:
                self._read[WORLD_OF[entry.network], opd] = at
        self._own: dict[str, list[Post]] = {}
        for way, wire in simulator.wires.items():
            self._own[way] = [
                post
                for post in simulator.worlds[WORLD_OF[way]].everything()
                if post.author.opd is not None and (way, wire.identity(post)) in self._seen
            ]
        self._near = {way: _near(posts) for way, posts in self._own.items()}

    def told(self) -> Iterator[Told]:
        """Yield the citizens' posts that were served, reposts apart."""
        for way, wire in self._simulator.wires.items():
            for post in self._simulator.worlds[WORLD_OF[way]].everything():
                seen = self._seen.get((way, wire.identity(post)))
                if seen and post.author.opd is None and post.kind != "repost":
                    yield Told(
                        (WORLD_OF[way], wire.identity(post)), way, post, on_the_wire(post), seen
                    )

    def answers(
        self, told: Told, responsible: Callable[[datetime], Collection[str]]
    ) -> list[Given]:
        """Return what the city's accounts said to it, oldest first.

        `responsible`: who was in charge of it and who supported, at a moment.
        """
        wire, found = self._simulator.wires[told.way], {}
        near = self._near[told.way]
        for post in (
            *near["parent", told.post.id],
            *near["root", told.post.root.id],
            *near["named", told.post.author.handle.lower()],
        ):
            seen = self._seen[told.way, wire.identity(post)]
            met = max(seen, told.seen)
            if on_the_wire(post) >= told.at and self._answers(post, told, responsible(met)):
                given = Given(on_the_wire(post), post.author.opd or "", wire.identity(post))
                found[post.id] = Given(given.at, given.by, given.network_id, seen=seen)
        return sorted(found.values(), key=lambda one: (one.at, one.by))

    def _answers(self, answer: Post, told: Told, responsible: Collection[str]) -> bool:
        post, root = told.post, told.post.root
        if answer.parent is post:  # a direct reply, or a quote
            return True
        if answer.kind != "quote" and answer.root is root and root.author.opd is None:
            wire = self._simulator.wires[told.way]
            known = root is post or (told.way, wire.identity(root)) in self._seen
            return known or answer.parent is root
        alone = answer.parent is None or (answer.parent is root and root.author.opd is not None)
        named = (
            post.author.standing != "suspended"  # then the network does not tell the handle
            and post.author.handle.lower() in answer.versions[0].handles
            and answer.posted_at - post.posted_at <= NAMED_WITHIN
        )
        return (
            answer.kind in ("post", "reply")
            and alone
            and named
            and answer.author.opd in {*responsible, *self._addressed(post), "pemkot"}
        )

    def _addressed(self, post: Post) -> set[str]:
        world = self._simulator.worlds[post.network]
        named = [world.account(handle) for handle in post.versions[0].handles]
        accounts = [*named, *post.tagged, post.page, post.root.author, post.root.page]
        return {account.opd for account in accounts if account is not None and account.opd}

    def looked_until(self, told: Told, opd: str, watch_days: Mapping[str, int]) -> datetime | None:
        """Return until when an answer would have been seen; None where none is ever shown."""
        network, root = told.key[0], told.post.root
        if network == "x":
            return self._read.get((network, opd))
        if root.tagged:
            return None
        host = root.author.opd or (root.page.opd if root.page else None)
        read, too_old = self._read.get((network, host or "")), self.too_old_at(told, watch_days)
        return read and min(read, too_old or read)

    def too_old_at(self, told: Told, watch_days: Mapping[str, int]) -> datetime | None:
        """Return when the post above it is too old to be looked at; None: it never is."""
        if told.key[0] == "x":
            return None
        return on_the_wire(told.post.root) + timedelta(days=watch_days[told.way])

    def done_to(self, key: Key) -> list[Act]:
        """Return what persons did to an item."""
        return [act for act in self.acts if (act.network, act.network_id) == key]


def _near(posts: Sequence[Post]) -> defaultdict[tuple[str, int | str], list[Post]]:
    found: defaultdict[tuple[str, int | str], list[Post]] = defaultdict(list)
    for post in posts:
        if post.parent is not None:
            found["parent", post.parent.id].append(post)
        found["root", post.root.id].append(post)
        for handle in post.versions[0].handles:
            found["named", handle].append(post)
    return found


def on_the_wire(post: Post) -> datetime:
    """Return when a post was written as its network tells it: Meta's have no parts of a second."""
    at = from_text(to_text(post.posted_at))
    return at if post.network == "x" else at.replace(microsecond=0)
