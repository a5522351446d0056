"""The invented city on one network: accounts and posts. Knows no wire format and no HTTP.

Everything that will ever happen may be laid out in advance: a post carries the moments from which
it can be seen and at which it is gone, so what the city looks like depends on the time alone.
One `World` is one network's; the worlds of a city share its clock and its policy.
"""

import bisect
import random
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from tanggap.clock import Clock
from tanggap.mention import UMBRELLA
from tanggap.policy import Policy, packaged_policy

Standing = Literal["active", "suspended", "protected", "gone"]
PostKind = Literal["post", "reply", "quote", "repost"]
"""On Facebook and Instagram a `reply` is a comment, or a reply to a comment."""
NetworkName = Literal["x", "facebook", "instagram"]

HANDLE_SUFFIX = "_skm"
_X_HANDLE = re.compile(r"(?<![A-Za-z0-9_@])@([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_])")
_DOTTED_HANDLE = re.compile(r"(?<![\w.@])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,48}[A-Za-z0-9_])?)")
_SUFFIXES = {"x": HANDLE_SUFFIX, "facebook": ".sukamaju", "instagram": ".sukamaju"}
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
"""First millisecond of X's ids; `(id >> 22) + epoch` is a post's time, cut off as `created_at`."""
_FIRST_IDS = {
    "x": (1_450_000_000_000_000_007, 1_600_000_000_000_000_009, 7_919_000_003),
    "facebook": (100_064_000_000_007, 100_081_000_000_009, 7_919_003),
    "instagram": (5_300_000_007, 5_800_000_009, 79_193),
}
"""Per network: id of the first account of the city, of the first citizen, and the step."""


@dataclass
class Account:
    """Somebody who posts. `opd` is set for the city's own accounts."""

    id: str
    handle: str
    name: str
    created_at: datetime
    opd: str | None = None
    standing: Standing = "active"


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a post; an edit makes a new one with a new id."""

    id: int
    text: str
    at: datetime
    handles: tuple[str, ...]
    """Lower-case handles that the wording names, each once, in order."""


@dataclass(eq=False)
class Post:
    """A public post. Its id is the id of its first version, for ever."""

    author: Account
    kind: PostKind
    versions: list[Version]
    visible_at: datetime
    parent: "Post | None" = None
    deleted_at: datetime | None = None
    row: int | None = None
    """Row of the file that gave the text, counted from 1."""
    labels: dict[str, str] = field(default_factory=dict)
    """What the text bank says about the text (jenis, sector, kecamatan)."""
    network: NetworkName = "x"
    tagged: tuple[Account, ...] = ()
    """Accounts that the post tags (Facebook, Instagram)."""
    page: Account | None = None
    """The city's account on whose page a citizen wrote it (Facebook's visitor posts)."""
    answers: "Post | None" = None
    """The citizen's post that an own post answers by naming its author; no wire tells it."""

    @property
    def id(self) -> int:
        """Id of the first version."""
        return self.versions[0].id

    @property
    def posted_at(self) -> datetime:
        """When the first version was posted."""
        return self.versions[0].at

    @property
    def root(self) -> "Post":
        """The post at the start of the conversation; quotes and reposts start their own."""
        post = self
        while post.kind == "reply" and post.parent is not None:
            post = post.parent
        return post

    @property
    def shown_from(self) -> datetime:
        """From when on the network shows it; a comment never before what it stands under."""
        return max(post.visible_at for post in self._stack())

    @property
    def gone_at(self) -> datetime | None:
        """When it vanished; a comment vanishes with what it stands under."""
        gone = [post.deleted_at for post in self._stack() if post.deleted_at]
        return min(gone, default=None)

    def _stack(self) -> "Iterator[Post]":
        """Yield the post and, for a comment, what it stands under. X keeps replies apart."""
        post: Post | None = self
        while post is not None:
            yield post
            post = post.parent if post.network != "x" and post.kind == "reply" else None

    def seen_at(self, now: datetime) -> bool:
        """Whether the network shows it at `now`; a repost goes with what it passes on."""
        if self.kind == "repost" and self.parent is not None and not self.parent.seen_at(now):
            return False
        gone = self.gone_at is not None and self.gone_at <= now
        return self.shown_from <= now and not gone and self.author.standing != "protected"

    def ever_seen_by(self, now: datetime) -> bool:
        """Whether the network showed it at any moment up to `now`."""
        never = self.gone_at is not None and self.gone_at <= self.shown_from
        return self.shown_from <= now and not never and self.author.standing != "protected"

    def versions_at(self, now: datetime) -> list[Version]:
        """Return the versions that exist at `now`, oldest first, at least the first."""
        return [v for v in self.versions if v.at <= now] or self.versions[:1]


class World:
    """Accounts and posts of a city on one network. May be used from any thread."""

    def __init__(
        self, clock: Clock | None = None, policy: Policy | None = None, network: NetworkName = "x"
    ) -> None:
        self.network = network
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.posts: dict[int, Post] = {}
        """Every post by the id of each of its versions."""
        self._by_handle: dict[str, Account] = {}
        self._ordered: list[int] = []
        self._naming: dict[str, dict[int, Post]] = {}
        self._written: dict[str, list[Post]] = {}
        self._tagging: dict[str, list[Post]] = {}
        self._on_page: dict[str, list[Post]] = {}
        self._under: dict[int, list[Post]] = {}
        self._citizens = 0
        self._low_bits = random.Random(0)  # noqa: S311 - the same story must give the same ids
        self.policy = policy or packaged_policy()
        born = datetime.fromisoformat("2021-10-18T02:00:00+00:00")
        for position, (opd, name) in enumerate(_city_accounts(self.policy)):
            handle = city_handle(opd, network)
            first, _, step = _FIRST_IDS[network]
            self._add(Account(str(first + position * step), handle, name, born, opd=opd))

    def opd(self, opd: str) -> Account:
        """Return the account of an OPD id (or `pemkot`); KeyError when it has none."""
        return self._by_handle[city_handle(opd, self.network)]

    def account(self, handle: str) -> Account | None:
        """Return the account of a handle, letter case ignored, or None."""
        return self._by_handle.get(handle.lower())

    def citizen(self, handle: str, name: str | None = None) -> Account:
        """Return the account of a handle; a new one is a citizen who joined in 2022."""
        with self.lock:
            known = self._by_handle.get(handle.lower())
            if known is not None:
                return known
            _, first, step = _FIRST_IDS[self.network]
            identity = str(first + self._citizens * step)
            self._citizens += 1
            born = datetime.fromisoformat("2022-11-02T04:00:00+00:00")
            return self._add(Account(identity, handle, name or handle, born))

    def rename(self, account: Account, handle: str) -> None:
        """Give an account another handle; the old one is nobody's from now on."""
        with self.lock:
            del self._by_handle[account.handle.lower()]
            account.handle = handle
            self._by_handle[handle.lower()] = account

    def post(
        self,
        author: str | Account,
        text: str,
        *,
        at: datetime | None = None,
        visible_after: timedelta = timedelta(0),
        row: int | None = None,
        labels: dict[str, str] | None = None,
        tagged: Sequence[Account] = (),
        page: Account | None = None,
    ) -> Post:
        """Post `text` at `at` (default: now); the network shows it `visible_after` that.

        `tagged` and `page` are Facebook's and Instagram's: whom the post tags, and on whose page
        a citizen writes it.
        """
        return self._put(
            author, "post", text, None, at, visible_after, row, labels, tuple(tagged), page
        )

    def reply(
        self,
        author: str | Account,
        to: Post,
        text: str,
        *,
        at: datetime | None = None,
        visible_after: timedelta = timedelta(0),
        row: int | None = None,
        labels: dict[str, str] | None = None,
    ) -> Post:
        """Answer `to`; X puts its author's handle first, elsewhere a thread has two levels."""
        if self.network == "x":
            if to.author.handle.lower() not in handles_in(text):
                text = f"@{to.author.handle} {text}"
        elif to.kind == "reply" and to.parent is not None and to.parent.kind == "reply":
            to = to.parent
        return self._put(author, "reply", text, to, at, visible_after, row, labels)

    def quote(
        self,
        author: str | Account,
        of: Post,
        text: str,
        *,
        at: datetime | None = None,
        visible_after: timedelta = timedelta(0),
        labels: dict[str, str] | None = None,
    ) -> Post:
        """Post `text` with `of` embedded."""
        return self._put(author, "quote", text, of, at, visible_after, None, labels)

    def repost(
        self,
        author: str | Account,
        of: Post,
        *,
        at: datetime | None = None,
        visible_after: timedelta = timedelta(0),
    ) -> Post:
        """Pass `of` on without a word of one's own."""
        text = f"RT @{of.author.handle}: {of.versions[-1].text}"
        return self._put(author, "repost", text, of, at, visible_after, None, None)

    def answer(
        self,
        opd: str,
        to: Post,
        text: str,
        *,
        at: datetime | None = None,
        visible_after: timedelta = timedelta(0),
    ) -> Post:
        """Let the account of an OPD (or `pemkot`) reply to a citizen."""
        return self.reply(self.opd(opd), to, text, at=at, visible_after=visible_after)

    def edit(self, post: Post, text: str, *, at: datetime | None = None) -> Version:
        """Give a post another wording; it gets a further id and keeps its first."""
        with self.lock:
            moment = at or self.clock.now()
            version = Version(self._new_id(moment), text, moment, handles_in(text, self.network))
            post.versions.append(version)
            self.posts[version.id] = post
            self._index_names(post, version)
            return version

    def delete(self, post: Post, *, at: datetime | None = None) -> None:
        """Let a post vanish; nothing tells those who have read it."""
        with self.lock:
            post.deleted_at = at or self.clock.now()

    def find(self, identity: str) -> Post | None:
        """Return the post that has a version of this id, or None."""
        return self.posts.get(int(identity)) if identity.isdecimal() else None

    def naming(self, handle: str) -> list[Post]:
        """Return all posts of all times of which a version names `handle`, in no order."""
        with self.lock:
            return list(self._naming.get(handle.lower(), {}).values())

    def written_by(self, account: Account) -> list[Post]:
        """Return all posts of all times by one account, in no order."""
        with self.lock:
            return list(self._written.get(account.id, ()))

    def tagging(self, account: Account) -> list[Post]:
        """Return all posts of all times that tag an account, in no order."""
        with self.lock:
            return list(self._tagging.get(account.id, ()))

    def on_page_of(self, account: Account) -> list[Post]:
        """Return all posts of all times that citizens wrote on an account's page, in no order."""
        with self.lock:
            return list(self._on_page.get(account.id, ()))

    def under(self, root: Post) -> list[Post]:
        """Return all comments of all times below a post, replies to comments too, in no order."""
        with self.lock:
            return list(self._under.get(root.id, ()))

    def everything(self) -> Iterator[Post]:
        """Return all posts of all times by the order of their ids."""
        with self.lock:
            return iter([self.posts[identity] for identity in self._ordered])

    def city_accounts(self) -> list[Account]:
        """Return the accounts of the OPD and the umbrella account."""
        return [account for account in self.accounts.values() if account.opd is not None]

    def _put(
        self,
        author: str | Account,
        kind: PostKind,
        text: str,
        parent: Post | None,
        at: datetime | None,
        visible_after: timedelta,
        row: int | None,
        labels: dict[str, str] | None,
        tagged: tuple[Account, ...] = (),
        page: Account | None = None,
    ) -> Post:
        with self.lock:
            who = self.citizen(author) if isinstance(author, str) else author
            moment = at or self.clock.now()
            version = Version(self._new_id(moment), text, moment, handles_in(text, self.network))
            post = Post(
                author=who,
                kind=kind,
                versions=[version],
                visible_at=moment + visible_after,
                parent=parent,
                row=row,
                labels=labels or {},
                network=self.network,
                tagged=tagged,
                page=page,
            )
            self.posts[version.id] = post
            bisect.insort(self._ordered, version.id)
            self._written.setdefault(who.id, []).append(post)
            self._index_names(post, version)
            for account in tagged:
                self._tagging.setdefault(account.id, []).append(post)
            if page is not None:
                self._on_page.setdefault(page.id, []).append(post)
            if kind == "reply":
                self._under.setdefault(post.root.id, []).append(post)
            return post

    def _index_names(self, post: Post, version: Version) -> None:
        for handle in version.handles:
            self._naming.setdefault(handle, {})[post.id] = post

    def _new_id(self, moment: datetime) -> int:
        milliseconds = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
        base = (milliseconds - _SNOWFLAKE_EPOCH_MS) << 22
        while (identity := base | self._low_bits.getrandbits(22)) in self.posts:
            pass
        return identity

    def _add(self, account: Account) -> Account:
        self.accounts[account.id] = account
        self._by_handle[account.handle.lower()] = account
        return account


def city_handle(opd: str, network: NetworkName = "x") -> str:
    """Return the handle that an OPD's account (or `pemkot`'s) has on a network at first."""
    return f"{opd}{_SUFFIXES[network]}"


def handles_in(text: str, network: NetworkName = "x") -> tuple[str, ...]:
    """Return the lower-case handles named with `@` in a text, each once, in order."""
    pattern = _X_HANDLE if network == "x" else _DOTTED_HANDLE
    return tuple(dict.fromkeys(found.lower() for found in pattern.findall(text)))


def snowflake_moment_ms(identity: int) -> int:
    """Return the Unix milliseconds that an id carries."""
    return (identity >> 22) + _SNOWFLAKE_EPOCH_MS


def _city_accounts(policy: Policy) -> Iterable[tuple[str, str]]:
    yield UMBRELLA, "Pemerintah Kota Sukamaju"
    for opd, body in policy.opd.items():
        yield opd, f"{body.short} Kota Sukamaju"
