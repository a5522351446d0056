"""Two days of the city on three networks: what of its answers is found, and counted in a recap.

What can be seen is found with its time, and every cell of a recap is what the simulator knows.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from answers_judge import judge_answers
from daemon_support import TOKEN, fetched
from exactness_support import WATCHED, WEB_GRACE
from lived_city import STEP, WIB, Act, Lived, lived_city
from recap_cells import compare, written
from recap_judge import Judge, Label, responsible, row

from tanggap.recap.period import Period, asked_for

pytestmark = pytest.mark.slow

TUESDAY = datetime(2026, 11, 17, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TANGGAP_X_BEARER_TOKEN", "TANGGAP_META_TOKEN"):
            patch.setenv(name, TOKEN)
        folder = tmp_path_factory.mktemp("lived")
        with lived_city(folder, 2, 700, 3, start=TUESDAY, persons=True) as running:
            yield running


@pytest.fixture(scope="module")
def judge(lived: Lived) -> Judge:
    return Judge(lived)


def period(lived: Lived, **how: Any) -> Period:
    return asked_for(WIB, lived.clock.now(), **how)


def test_every_answer_that_is_shown_is_found_and_nobody_is_accused_falsely(lived: Lived) -> None:
    verdict = judge_answers(lived.simulator, lived.house, WATCHED, WEB_GRACE + STEP)
    database = lived.house.config.database_path
    [(items,)] = fetched(database, "SELECT count(*) FROM items WHERE tab <> 'aside'")
    assert items > 350
    assert verdict.expected > 150
    assert verdict.recall >= 0.99, verdict.missed
    assert verdict.precision >= 0.99, verdict.invented
    assert verdict.wrong_time == ()
    assert verdict.wrong_opd == ()
    assert verdict.accused == ()
    assert verdict.unwatched > 20
    assert verdict.gone > 0
    assert verdict.gone_wrongly == ()
    assert not any(network == "x" for network, *_ in verdict.gone_unnoticed)
    assert verdict.reacted > 20
    assert verdict.heard > 0.5 * verdict.reacted  # of others the classifier misjudged the last word
    assert verdict.misread == ()
    assert verdict.kinds_right >= 0.9 * verdict.found


def test_the_days_hold_one_of_each_that_a_recap_tells_apart(lived: Lived, judge: Judge) -> None:
    assert judge.unlabelled == []
    found = judge.received(date(2026, 11, 17), date(2026, 11, 20), lived.clock.now())
    assert all(count or count is None for count in row(found.fates).values())
    assert found.in_triage > 0
    assert {act.verdict for act in lived.acts} == {
        "agree", "answer", "confidential", "forward", "status",
    }  # fmt: skip
    by_hand = [one for one in found.fates if one.done is not None and not one.done.network_id]
    assert by_hand


def test_the_judge_knows_that_what_is_sent_on_was_read_before_under_its_first_opd() -> None:
    label = Label(1, "queue", "dlh", "pengaduan", "sampah", "", False, ("bpbd",))
    opens = TUESDAY + timedelta(hours=2)
    sent_on = Act("x", "1", opens, "forward", opd="dlh", gave_it_up="dpupr")
    later = opens + timedelta(seconds=1)
    in_charge = [responsible(label, [sent_on], at)[0] for at in (TUESDAY, opens, later)]
    assert in_charge == ["dpupr", "dpupr", "dlh"]


@pytest.mark.parametrize(
    ("how", "as_of"),
    [
        ({"of_month": "2026-11"}, None),
        ({"week": "2026-W47"}, None),
        ({"first": date(2026, 11, 18), "last": date(2026, 11, 18)}, None),
        ({"first": date(2026, 11, 17), "last": date(2026, 11, 18)}, (19, 9)),
        ({"week": "2026-W47"}, (18, 12)),
        ({"of_month": "2026-10"}, None),
    ],
)
def test_every_cell_of_a_recap_is_what_the_simulator_knows(
    lived: Lived, judge: Judge, how: dict[str, Any], as_of: tuple[int, int] | None
) -> None:
    moment = None if as_of is None else datetime(2026, 11, *as_of, tzinfo=WIB)
    found = compare(lived, judge, period(lived, **how), moment)
    assert found.differences == []
    assert found.cells > (1000 if how != {"of_month": "2026-10"} else 100)


def test_what_came_due_while_the_daemon_stood_still_is_held_against_nobody(
    lived: Lived, judge: Judge
) -> None:
    later = lived.clock.now() + timedelta(days=4)
    week = period(lived, week="2026-W47")
    found = compare(lived, judge, week, now=later)
    assert found.differences == []
    blind = [one for one in judge.received(week.first, week.last, later).fates if one.unwatched]
    seen = [one for one in blind if one.life.looked_until is not None]
    assert len(seen) > 20, "due since they were read for the last time"


def test_the_same_days_give_the_same_files(lived: Lived) -> None:
    first, again = (written(lived, period(lived, week="2026-W47")) for _ in range(2))
    assert first == again


def test_the_judge_finds_what_a_recap_gets_wrong(lived: Lived) -> None:
    wrong = Judge(lived)
    life = next(
        one
        for one in wrong.lives
        if one.label.asks and one.answers and one.looked_until is not None
    )
    life.answers.clear()
    found = compare(lived, wrong, period(lived, of_month="2026-11"))
    assert any("Dijawab" in one for one in found.differences)
