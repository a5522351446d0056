import threading
import time

import pytest

from tanggap.store.rows import Accepted
from tanggap.turns.crew import BACKLOG, Crew


def test_a_source_never_has_two_turns_at_once_and_a_full_crew_takes_no_more() -> None:
    gate = threading.Event()

    def turn(_: str) -> Accepted:
        gate.wait(10)
        return Accepted(new=1)

    crew = Crew(turn, workers=2)
    try:
        assert crew.send("a")
        assert not crew.send("a")
        taken = sum(crew.send(f"source-{number}") for number in range(100))
        assert taken == 2 * BACKLOG - 1
        assert not crew.send("z")
        gate.set()
        assert crew.wait(10)
    finally:
        gate.set()
        crew.close()
    assert sum(accepted.new for accepted in crew.collect()) == 2 * BACKLOG
    assert crew.collect() == []


def test_a_turn_that_raises_is_reported_and_ends_like_any_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def turn(_: str) -> Accepted:
        raise OSError("gone")

    crew = Crew(turn, workers=1)
    try:
        crew.send("a")
        crew.wait(10)
        assert crew.busy() == 0
        assert crew.send("a")
        crew.wait(10)
    finally:
        crew.close()
    assert "event=turn_lost source=a" in caplog.text
    assert crew.collect() == []


def test_a_network_that_hangs_keeps_no_worker_of_another() -> None:
    gate = threading.Event()

    def turn(source_id: str) -> Accepted:
        if source_id.startswith("facebook"):
            gate.wait(10)
        return Accepted(new=1)

    crew = Crew(turn, workers=2, network_of=lambda source_id: source_id.partition(":")[0])
    try:
        taken = sum(crew.send(f"facebook:{number}") for number in range(100))
        assert taken == 2 * BACKLOG
        assert all(crew.send(f"x:{number}") for number in range(5))
        deadline = time.monotonic() + 10
        while crew.busy() > taken and time.monotonic() < deadline:
            time.sleep(0.01)
        assert crew.busy() == taken
    finally:
        gate.set()
        crew.wait(10)
        crew.close()
    assert not crew.send("x:late")
