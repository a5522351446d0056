"""The invented city: accounts and posts with their versions. Knows no wire format and no HTTP.

Everything that will ever happen may be laid out in advance: a post carries the moments from which
it can be seen and at which it is gone, so what the city looks like depends on the time alone.
"""

import bisect
import random
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from typing import Literal

from tanggap.clock import Clock
from tanggap.mention import UMBRELLA
from tanggap.policy import Policy, load_policy

Standing = Literal["active", "suspended", "protected", "gone"]
PostKind = Literal["post", "reply", "quote", "repost"]

HANDLE_SUFFIX = "_skm"
_HANDLE = re.compile(r"(?<![A-Za-z0-9_@])@([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_])")
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
"""First millisecond of X's ids; `(id >> 22) + epoch` is the time of a post (docs.x.com, 2026)."""
_FIRST_CITY_ID = 1_450_000_000_000_000_007
_FIRST_CITIZEN_ID = 1_600_000_000_000_000_009
_ID_STEP = 7_919_000_003


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

    def seen_at(self, now: datetime) -> bool:
        """Whether the network shows it at `now`; a repost goes with what it passes on."""
        gone = self.deleted_at is not None and self.deleted_at <= now
        if self.kind == "repost" and self.parent is not None and not self.parent.seen_at(now):
            return False
        return self.visible_at <= now and not gone and self.author.standing != "protected"

    def ever_seen_by(self, now: datetime) -> bool:
        """Whether the network showed it at any moment up to `now`."""
        never = self.deleted_at is not None and self.deleted_at <= self.visible_at
        return self.visible_at <= now and not never and self.author.standing != "protected"

    def versions_at(self, now: datetime) -> list[Version]:
        """Return the versions that exist at `now`, oldest first, at least the first."""
        return [v for v in self.versions if v.at <= now] or self.versions[:1]


class World:
    """Accounts and posts of one city. All verbs and readers may be used from any thread."""

    def __init__(self, clock: Clock | None = None, policy: Policy | None = None) -> None:
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.posts: dict[int, Post] = {}
        """Every post by the id of each of its versions."""
        self._by_handle: dict[str, Account] = {}
        self._ordered: list[int] = []
        self._naming: dict[str, dict[int, Post]] = {}
        self._written: dict[str, list[Post]] = {}
        self._citizens = 0
        self._low_bits = random.Random(0)  # noqa: S311 - the same story must give the same ids
        self.policy = policy or packaged_policy()
        born = datetime.fromisoformat("2021-10-18T02:00:00+00:00")
        for position, (opd, name) in enumerate(_city_accounts(self.policy)):
            handle = f"{opd}{HANDLE_SUFFIX}"
            identity = str(_FIRST_CITY_ID + position * _ID_STEP)
            self._add(Account(identity, handle, name, born, opd=opd))

    def opd(self, opd: str) -> Account:
        """Return the account of an OPD id (or `pemkot`); KeyError when it has none."""
        return self._by_handle[f"{opd}{HANDLE_SUFFIX}"]

    def account(self, handle: str) -> Account | None:
        """Return the account of a handle, letter case ignored, or None."""
        return self._by_handle.get(handle.lower())

    def citizen(self, handle: str, name: str | None = None) -> Account:
        """Return the account of a handle; a new one is a citizen who joined in 2022."""
        with self.lock:
            known = self._by_handle.get(handle.lower())
            if known is not None:
                return known
            identity = str(_FIRST_CITIZEN_ID + self._citizens * _ID_STEP)
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
    ) -> Post:
        """Post `text` at `at` (default: now); the network shows it `visible_after` that."""
        return self._put(author, "post", text, None, at, visible_after, row, labels)

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
        """Answer `to`; the network puts the handle of its author in front of the text."""
        if to.author.handle.lower() not in handles_in(text):
            text = f"@{to.author.handle} {text}"
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
            version = Version(self._new_id(moment), text, moment, handles_in(text))
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
    ) -> Post:
        with self.lock:
            who = self.citizen(author) if isinstance(author, str) else author
            moment = at or self.clock.now()
            version = Version(self._new_id(moment), text, moment, handles_in(text))
            post = Post(
                author=who,
                kind=kind,
                versions=[version],
                visible_at=moment + visible_after,
                parent=parent,
                row=row,
                labels=labels or {},
            )
            self.posts[version.id] = post
            bisect.insort(self._ordered, version.id)
            self._written.setdefault(who.id, []).append(post)
            self._index_names(post, version)
            return post

    def _index_names(self, post: Post, version: Version) -> None:
        for handle in version.handles:
            self._naming.setdefault(handle, {})[post.id] = post

    def _new_id(self, moment: datetime) -> int:
        base = (round(moment.timestamp() * 1000) - _SNOWFLAKE_EPOCH_MS) << 22
        while True:
            identity = base | self._low_bits.getrandbits(22)
            if identity not in self.posts:
                return identity

    def _add(self, account: Account) -> Account:
        self.accounts[account.id] = account
        self._by_handle[account.handle.lower()] = account
        return account


def handles_in(text: str) -> tuple[str, ...]:
    """Return the lower-case handles named with `@` in a text, each once, in order."""
    return tuple(dict.fromkeys(found.lower() for found in _HANDLE.findall(text)))


def snowflake_moment_ms(identity: int) -> int:
    """Return the Unix milliseconds that an id carries."""
    return (identity >> 22) + _SNOWFLAKE_EPOCH_MS


def packaged_policy() -> Policy:
    """Return the policy of Kota Sukamaju that comes with the program."""
    with as_file(files("tanggap.examples") / "sukamaju-policy.toml") as path:
        return load_policy(path)


def _city_accounts(policy: Policy) -> Iterable[tuple[str, str]]:
    yield UMBRELLA, "Pemerintah Kota Sukamaju"
    for opd, body in policy.opd.items():
        yield opd, f"{body.short} Kota Sukamaju"
