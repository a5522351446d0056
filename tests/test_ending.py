"""How a turn ends: a backlog goes on at once, whatever else the turn has to show."""

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from daemon_support import write_config
from hypothesis import given
from hypothesis import strategies as st
from store_support import NOW, SPEC, page, take

from tanggap.config import load_config
from tanggap.store import open_store
from tanggap.store.rows import Accepted
from tanggap.turns.ending import READS_ON, Ending, Reading

OTHERS = st.lists(st.sampled_from(("partial_errors", "authors_hidden", "library_error")))


@given(OTHERS, OTHERS, st.integers(0, 3))
def test_a_backlog_goes_on_whatever_else_there_is_to_show(
    before: list[str], after: list[str], rejected: int
) -> None:
    reading = Reading(None)
    reading.add(replace(page(), notices=(*before, READS_ON, *after)), Accepted(rejected=rejected))
    assert reading.reads_on
    assert reading.notice == ("rejected_items" if rejected else [*before, READS_ON][0])


@pytest.mark.parametrize("notices", [(READS_ON,), ("partial_errors", READS_ON)])
@pytest.mark.parametrize("rejected", [0, 1])
def test_a_quiet_source_with_a_backlog_is_read_on_within_its_shortest_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notices: tuple[str, ...], rejected: int
) -> None:
    monkeypatch.setenv("TANGGAP_X_BEARER_TOKEN", "x" * 30)
    config = load_config(write_config(tmp_path, "http://127.0.0.1:1"))
    store = open_store(str(tmp_path / "tanggap.db"))
    try:
        store.migrate()
        store.sync_sources([SPEC], NOW)
        lease = replace(take(store), activity=0.01, last_success_at=NOW - timedelta(hours=1))
        reading = Reading(None)
        reading.add(replace(page(), notices=notices), Accepted(rejected=rejected))
        Ending(store, config, random.Random(1), lease, NOW).succeeded(reading)
        [status] = store.sources(NOW)
    finally:
        store.close()
    assert status.next_poll_at <= NOW + timedelta(seconds=SPEC.poll_seconds)
