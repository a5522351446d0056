"""What was answered in substance and nobody came back to is closed by itself, and nothing else."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_support import ANSWER, DECISION, QUEUE, act, answer, mention, put, the_item
from web_support import make_config

from tanggap.config import Config, load_config
from tanggap.mention import Prediction, SourceSpec
from tanggap.store import Store, open_store
from tanggap.upkeep.auto_close import EVERY, AutoClose

NEVER = threading.Event()
ASKED = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
"""A Monday, 08.00 WIB."""
ANSWERED = ASKED + timedelta(hours=2)
DUE = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
"""The end of the tenth working day after it."""
SUBSTANTIVE = replace(DECISION, answer=Prediction("substantif", 0.9))
TEMPLATE = replace(DECISION, answer=Prediction("template", 0.9))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "tanggap.db")) as store:
        store.migrate()
        yield store


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = make_config(tmp_path)
    assert made.policy == load_config(made.path).policy
    return made


def read(store: Store, spec: SourceSpec, when: datetime) -> None:
    store.poll_now(spec.id, when)
    lease = store.lease(spec.id, "uji", when, when + timedelta(minutes=3))
    assert lease is not None
    store.finish(lease, when, when + timedelta(minutes=10), "")


def ask(store: Store, number: str = "1") -> None:
    put(store, (mention(number, posted_at=ASKED), QUEUE), now=ANSWERED)


def test_ten_working_days_after_a_substantive_answer_an_item_is_closed(
    store: Store, config: Config
) -> None:
    ask(store)
    put(store, (answer("2", "1", posted_at=ANSWERED), ANSWER, SUBSTANTIVE), now=ANSWERED)
    duty = AutoClose()
    duty.look_after(store, config, NEVER, DUE)
    assert the_item(store, "1").status == "dijawab"
    duty.look_after(store, config, NEVER, DUE + EVERY - timedelta(seconds=1))  # it just looked
    assert the_item(store, "1").status == "dijawab"
    duty.look_after(store, config, NEVER, DUE + EVERY)
    assert the_item(store, "1").status == "selesai"


@pytest.mark.parametrize("case", ["template", "not answered", "taken up again", "a later template"])
def test_all_else_stays_open(store: Store, config: Config, case: str) -> None:
    ask(store)
    said = TEMPLATE if case == "template" else SUBSTANTIVE
    if case != "not answered":
        put(store, (answer("2", "1", posted_at=ANSWERED), ANSWER, said), now=ANSWERED)
    if case == "taken up again":
        act(store, the_item(store, "1"), "status", status="proses", now=ANSWERED)
    if case == "a later template":
        later = answer("3", "1", posted_at=ANSWERED + timedelta(hours=1))
        put(store, (later, ANSWER, TEMPLATE), now=ANSWERED)
    before = the_item(store, "1")
    AutoClose().look_after(store, config, NEVER, DUE + timedelta(days=60))
    assert the_item(store, "1") == before


def test_the_policy_says_how_long(store: Store, config: Config) -> None:
    ask(store)
    put(store, (answer("2", "1", posted_at=ANSWERED), ANSWER, SUBSTANTIVE), now=ANSWERED)
    deadline = config.policy.deadline.model_copy(update={"auto_close": 1})
    policy = config.policy.model_copy(update={"deadline": deadline})
    AutoClose().look_after(
        store, replace(config, policy=policy), NEVER, ASKED + timedelta(days=1, hours=9)
    )
    assert the_item(store, "1").status == "selesai"


def test_nothing_is_closed_while_the_citizen_might_have_come_back_unseen(
    store: Store, config: Config
) -> None:
    spec = SourceSpec("x:timeline:dpupr", "x", "timeline", ("dpupr",), "@dpupr_skm", 600)
    store.sync_sources([spec], ASKED)
    read(store, spec, ASKED)
    ask(store)
    put(store, (answer("2", "1", posted_at=ANSWERED), ANSWER, SUBSTANTIVE), now=ANSWERED)
    store.sync_sources([spec], DUE)
    duty = AutoClose()
    duty.look_after(store, config, NEVER, DUE + EVERY)
    assert the_item(store, "1").status == "dijawab"
    read(store, spec, DUE + EVERY)
    duty.look_after(store, config, NEVER, DUE + 2 * EVERY)
    assert the_item(store, "1").status == "selesai"


def test_a_daemon_that_ends_closes_nothing_more(store: Store, config: Config) -> None:
    ask(store)
    put(store, (answer("2", "1", posted_at=ANSWERED), ANSWER, SUBSTANTIVE), now=ANSWERED)
    stop = threading.Event()
    stop.set()
    AutoClose().look_after(store, config, stop, DUE + EVERY)
    assert the_item(store, "1").status == "dijawab"


def test_many_are_closed_in_parts(store: Store, config: Config) -> None:
    asked = [mention(str(number), posted_at=ASKED) for number in range(250)]
    put(store, *((one, QUEUE) for one in asked), now=ANSWERED)
    said = [answer(f"9{one.network_id}x", one.network_id, posted_at=ANSWERED) for one in asked]
    put(store, *((one, ANSWER, SUBSTANTIVE) for one in said), now=ANSWERED)
    AutoClose().look_after(store, config, NEVER, DUE + EVERY)
    assert {the_item(store, one.network_id).status for one in asked} == {"selesai"}
