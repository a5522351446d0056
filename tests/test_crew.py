import threading

import pytest

from tanggap.crew import BACKLOG, Crew
from tanggap.store.rows import Accepted


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
        assert crew.room() == 0
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
