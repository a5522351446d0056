"""A desk on loopback over a real database: what the tests of the desk share."""

import contextlib
import os
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from importlib.resources import files
from pathlib import Path

import coverage
import requests
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlite_support import put_migrated

from tanggap.clock import Clock
from tanggap.commands.web import _listen
from tanggap.config import Config, WebSettings, load_config
from tanggap.mention import (
    ANSWER_KINDS,
    Cursor,
    Decision,
    Flag,
    Gap,
    Mention,
    Page,
    Prediction,
    Rejected,
    Review,
    Route,
    SourceSpec,
)
from tanggap.store import Store, open_store
from tanggap.store.rows import EVERYTHING, Item, ItemFilter
from tanggap.upkeep.deadlines import DeadlineDuty
from tanggap.web.app import create_app

PASSWORD = "kata-sandi-uji"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class CompiledTemplates(BytecodeCache):
    """What the templates were compiled to, for all desks of one process: each would do it anew."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], object] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


@dataclass(frozen=True)
class HandClock(Clock):
    """A clock that stands still until a test moves it."""

    moments: list[datetime] = field(default_factory=lambda: [NOW])

    def now(self) -> datetime:
        return self.moments[-1]

    def forward(self, **span: float) -> None:
        self.moments.append(self.now() + timedelta(**span))


@cache
def password_hash() -> str:
    # Cheap on purpose: checking a password costs what its kept text says.
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


def make_config(
    folder: Path, *, x_enabled: bool = False, model: str = "baseline", **web: object
) -> Config:
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        text = (files("tanggap.examples") / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    config = load_config(folder / "sukamaju.toml")
    x = config.x.model_copy(update={"enabled": x_enabled})
    named = config.classifier.model_copy(update={"model": model})
    made = replace(config, clock=HandClock(), x=x, classifier=named)
    return replace(made, web=WebSettings.model_validate(web))


def make_mention(number: int, text: str = "Lampu jalan mati", **changes: object) -> Mention:
    posted = NOW - timedelta(minutes=number)
    return replace(
        Mention(
            network="x",
            network_id=str(1_000_000 + number),
            kind="mention",
            text=text,
            posted_at=posted,
            seen_at=posted + timedelta(minutes=1),
            author_id=str(number),
            author_handle=f"warga_{number}",
            permalink=f"https://x.com/warga_{number}/status/{1_000_000 + number}",
        ),
        **changes,
    )


def make_decision(
    sector: str = "perhubungan", opd: str = "dishub", jenis: str = "pengaduan", **changes: object
) -> Decision:
    return replace(
        Decision(
            model="baseline-0123456789ab",
            jenis=Prediction(jenis, 0.93, ((jenis, 0.93), ("bukan_aduan", 0.05))),
            sector=Prediction(sector, 0.87, ((sector, 0.87), ("jalan", 0.08), ("listrik", 0.03))),
            opd=Prediction(opd, 0.86, ((opd, 0.86), ("dpupr", 0.08))),
            actionable=0.93,
            actionable_thresholds=(0.2, 0.6),
            sector_threshold=0.6,
            because=("lampu", "jalan mati", "akun:dishub"),
        ),
        **changes,
    )


TRIAGE = Route("triage", "unsure_sector", opd="dishub", candidates=("dishub", "dpupr"))
QUEUE = Route("queue", "sector", opd="dishub", candidates=("dishub", "dpupr"))


@dataclass
class Town:
    """One install: config, store, app, and the address it is served on."""

    config: Config
    store: Store
    app: FastAPI
    url: str = ""

    @property
    def clock(self) -> HandClock:
        clock = self.config.clock
        assert isinstance(clock, HandClock)
        return clock

    def add_people(self) -> None:
        people = {
            "ketua": ("supervisor", ()),
            "dishub": ("opd", ("dishub",)),
            "dlh": ("opd", ("dlh",)),
            "rangkap": ("opd", ("dpupr", "disperkim")),
            "kosong": ("opd", ("pdam",)),
            "analis": ("analyst", ()),
            "pemeriksa": ("auditor", ()),
        }
        for name, (role, opds) in people.items():
            self.store.add_user(name, role, opds, password_hash(), self.clock.now())

    def put(self, mention: Mention, decision: Decision | None = None, route: Route = QUEUE) -> Item:
        """Store one mention as the daemon would, and return its item."""
        decided = {mention.network_id: (decision or make_decision(), route)}
        self.store.intake([mention], decided, "uji", self.clock.now())
        self.store.index_text(1000)
        return next(
            item
            for item in self.store.items(EVERYTHING, ItemFilter(), limit=1000)
            if item.mention.network_id == mention.network_id
        )

    def visitor(self) -> "Visitor":
        return Visitor(self.url)

    def person(self, name: str) -> "Visitor":
        visitor = Visitor(self.url)
        answer = visitor.post("/masuk", nama=name, sandi=PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor


class Visitor:
    """A browser without a screen: keeps cookies, sends Origin as browsers do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(
            self.url + path, headers=_wire(headers), allow_redirects=False, timeout=20
        )

    def post(
        self, path: str, sent: dict[str, str] | None = None, **fields: object
    ) -> requests.Response:
        headers = {"Origin": self.url} if sent is None else sent
        return self.session.post(
            self.url + path, data=fields, headers=headers, allow_redirects=False, timeout=20
        )

    def close(self) -> None:
        self.session.close()


def _wire(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on loopback; yield its address."""
    with _listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


MEASURED: set[str] = set()
"""The kinds of desk whose making was measured in this process."""


@contextlib.contextmanager
def measured_once(*kind: object) -> Iterator[None]:
    """Measure the making of one desk of a kind: FastAPI goes over every form of every desk again.

    Measuring makes that twice as long.
    """
    running = coverage.Coverage.current()
    if running is None or repr(kind) not in MEASURED:
        if running is not None:  # else it is unmeasured as it is
            MEASURED.add(repr(kind))
        yield
        return
    running.stop()
    try:
        yield
    finally:
        running.start()


@contextlib.contextmanager
def town(
    folder: Path,
    *,
    x_enabled: bool = False,
    alive: bool = True,
    model: str = "baseline",
    **web: object,
) -> Iterator[Town]:
    """Build an install with people in it, serve its desk, and take it down."""
    config = make_config(folder, x_enabled=x_enabled, model=model, **web)
    put_migrated(config.database_path)
    store = open_store(config.database_path)
    try:
        store.migrate()
        with measured_once(x_enabled, alive, model, *sorted(web.items())):
            app = create_app(store, config)
        made = Town(config, store, app)
        made.app.state.desk.templates.bytecode_cache = COMPILED
        made.add_people()
        if alive:
            made.store.note_progress(made.clock.now(), "baseline-0123456789ab")
        with served(made.app) as url:
            made.url = url
            yield made
    finally:
        store.close()


def words_of(html: str) -> str:
    """Return what a page says, without its markup."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
    return re.sub(r" ([.,:;)])", r"\1", words)


def add_sources(made: Town) -> None:
    """Give the install sources in every state."""
    store, now = made.store, made.clock.now()
    names = ("pemkot", "dpupr", "dishub", "dlh", "dinkes", "pdam")
    specs = [
        SourceSpec(f"x:mentions:{opd}", "x", "mentions", (opd,), f"@{opd}_skm", 180)
        for opd in names
    ]
    store.sync_sources(specs, now)
    until = now + timedelta(minutes=3)
    for opd, state, code in (
        ("dpupr", "needs_human", "token"),
        ("dlh", "backoff", "network_timeout"),
        ("dinkes", "waiting", "rate_limited"),
    ):
        lease = store.lease(f"x:mentions:{opd}", "uji", now, until)
        assert lease is not None
        store.fail(lease, now, until, state, code, "HTTP 401" if code == "token" else "")
    lease = store.lease("x:mentions:dishub", "uji", now, until)
    assert lease is not None
    page = Page(
        (),
        Cursor("{}"),
        gap=Gap(now - timedelta(hours=5), now - timedelta(hours=2), "older_than_window"),
        rejected=(Rejected("{}", "tanpa id"),),
        reads=tuple(f"post:{number}" for number in range(1234)),
    )
    store.accept(lease, page, {}, now)
    store.finish(lease, now, until, "rejected_items")
    store.raise_alarm("model", "artefak rusak", now)


def complaints() -> Sequence[tuple[Mention, Decision, Route]]:
    """Invented complaints, enough to fill a page with all kinds of rows."""
    texts = (
        ("Min lampu jalan di depan pasar Cibeureum mati sudah 3 hari", "perhubungan", "dishub"),
        ("Jalan berlubang di Jatimulya makin dalam, kemarin ada motor jatuh", "jalan", "dpupr"),
        ("Sampah di TPS Mekarwangi menumpuk seminggu, bau", "kebersihan_lingkungan", "dlh"),
        ("air PDAM mati dari pagi di Margahayu, kapan nyala lagi?", "air_bersih", "pdam"),
        ("Antre di puskesmas dari jam 6 sampai jam 11 belum dipanggil", "kesehatan", "dinkes"),
    )
    made = []
    for number, (text, sector, opd) in enumerate(texts * 12):
        mention = make_mention(number * 37 + 3, text)
        decision = make_decision(sector, opd)
        route = Route("queue", "sector", opd=opd, candidates=(opd, "dpupr"))
        if number % 4 == 3:
            route = Route("triage", "unsure_sector", opd=opd, candidates=(opd, "disperkim"))
            top = ((sector, 0.41), ("jalan", 0.22), ("perumahan", 0.11))
            decision = replace(decision, sector=Prediction(sector, 0.41, top))
        if number == 1:
            decision = replace(decision, urgent=Flag(True, 0.91))
        made.append((mention, decision, route))
    return made


def watch_answers(made: Town, *opds: str) -> None:
    """Let the answers of these OPD on X have been read just now, beside what is watched already."""
    now = made.clock.now()
    specs = [
        SourceSpec(f"x:timeline:{opd}", "x", "timeline", (opd,), f"@{opd}_skm", 600) for opd in opds
    ]
    known = [status.spec for status in made.store.sources(now)]
    made.store.sync_sources([*(one for one in known if one not in specs), *specs], now)
    for spec in specs:
        lease = made.store.lease(spec.id, "uji", now, now + timedelta(minutes=3))
        assert lease is not None
        made.store.finish(lease, now, now + timedelta(minutes=10), "")


def look_at_deadlines(made: Town) -> None:
    """Reckon all deadlines as the daemon does every few minutes."""
    DeadlineDuty().look_after(made.store, made.config, threading.Event(), made.clock.now())


def put_answer(
    made: Town, item: Item, number: int, text: str = "Sudah kami perbaiki", **changes: object
) -> None:
    """Store an answer of the item's OPD as the daemon would; `decision` is what is said of it."""
    asked = item.mention
    decision = changes.pop("decision", None)
    assert decision is None or isinstance(decision, Decision)
    values = {
        "kind": "reply", "author_opd": item.opd, "author_handle": f"{item.opd}_skm",
        "parent_id": asked.network_id, "thread_id": asked.thread_id or asked.network_id,
        "posted_at": asked.posted_at + timedelta(minutes=30),
    }  # fmt: skip
    answer = replace(make_mention(number, text), **values | changes)
    route = Route("answer", "own_answer", opd=answer.author_opd)
    decided = {answer.network_id: (decision or Decision(model="uji"), route)}
    made.store.intake([answer], decided, "uji", made.clock.now())


def answer_some(made: Town) -> None:
    """Let some of what is there be answered, in each of the ways."""
    items = made.store.items(EVERYTHING, ItemFilter(tab="queue"), limit=len(ANSWER_KINDS) + 1)
    for number, (item, kind) in enumerate(zip(items, ANSWER_KINDS, strict=False)):
        said = replace(
            make_decision(), answer=Prediction(kind, 0.8), because=("jawaban:sudah kami",)
        )
        put_answer(made, item, 70_000 + number, decision=said)
    last = made.store.item(EVERYTHING, items[-1].id)
    assert last is not None
    recorded = Review(
        last.item.id, "ketua", "answer", last.item.version, opd="dishub",
        answered_at=made.clock.now(), link="https://contoh.example/jawaban",
        answer_kind="substantif",
    )  # fmt: skip
    made.store.review(EVERYTHING, recorded, made.clock.now())


def put_everywhere(made: Town, index: int, text: str) -> Item:
    """Store a hostile text in all the places that a stranger can reach: post, name, parent, link,
    an OPD's answer, the words that decided, and a note of the supervisor. Return its item.
    """
    mention = make_mention(
        -index - 1,
        text,
        author_handle=text[:200] or None,
        parent_text=text,
        permalink="javascript:document.title='DIRETAS'",
    )
    decision = make_decision(because=(text[:300],), model=text[:80])
    item = made.put(mention, decision)
    answer = replace(
        make_mention(-400 - index, text),
        kind="reply", author_opd="dishub", parent_id=mention.network_id,
        thread_id=mention.network_id,
    )  # fmt: skip
    own = Route("answer", "own_answer", opd="dishub")
    made.store.intake([answer], {answer.network_id: (decision, own)}, "uji", NOW)
    if text[:2000].strip():
        version = made.store.item(EVERYTHING, item.id).item.version  # type: ignore[union-attr]
        review = Review(item.id, "ketua", "note", version, text[:2000])
        made.store.review(EVERYTHING, review, NOW)
    return item
