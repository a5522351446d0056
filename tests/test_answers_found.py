"""Two days of the city on three networks: every answer that can be seen is found, and its time."""

from pathlib import Path

import pytest
from daemon_support import TOKEN
from measure_answers import tell_days

pytestmark = pytest.mark.slow


def test_every_answer_that_is_shown_is_found_and_nobody_is_accused_falsely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TANGGAP_X_BEARER_TOKEN", "TANGGAP_META_TOKEN"):
        monkeypatch.setenv(name, TOKEN)
    verdict, items = tell_days(tmp_path, days=2, mentions=700, seed=3)
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
    assert not any(said.startswith("thanks") for *_, said in verdict.misread)
    assert len(verdict.misread) <= 0.4 * verdict.reacted, verdict.misread  # by the classifier
    assert verdict.kinds_right >= 0.9 * verdict.found
