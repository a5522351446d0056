"""Words and their weights sum up to the score that decides."""

import numpy as np
import pytest
from classifier_support import artefact, decide, mention, policy

from classifier.explanation import explain
from classifier.scores import FILED_ODDS

TEXTS = [
    ("lampu jalan depan pasar padam, gelap banget", (), ""),
    ("air pdam mati dua hari", ("pdam", "pemkot"), ""),
    ("di sini juga min", (), "sampah menumpuk di TPS pasar"),
    ("gimana ini", ("dishub",), "jalan berlubang dan lampu padam"),
]


@pytest.mark.parametrize(("text", "addressed", "parent"), TEXTS)
def test_the_parts_add_up_and_the_best_sector_leads(text, addressed, parent):
    seen = mention(text, *addressed, parent=parent)
    found = explain(artefact(), policy(), seen)
    assert found.decision == decide(text, *addressed, parent=parent)
    assert found.second == found.decision.sector.top[1][0]
    for weighed in (found.sector, found.asked):
        parts = weighed.start + weighed.context + sum(part for _, part in weighed.words)
        assert weighed.lead == pytest.approx(parts)
    calibration = artefact().sector_calibration
    names = list(artefact().sectors)
    (best, first), (second, other) = found.decision.sector.top[:2]
    shift = calibration.shift[names.index(best)] - calibration.shift[names.index(second)]
    odds = np.log(first / other) * calibration.temperature - shift
    assert found.sector.lead == pytest.approx(odds, abs=0.02)
    sigmoid = artefact().flag_calibration["actionable"]
    asked = sigmoid.slope * found.asked.lead + sigmoid.offset
    asked += 0.0 if addressed or parent else np.log(FILED_ODDS)
    actionable = found.decision.actionable
    assert np.log(actionable / (1.0 - actionable)) == pytest.approx(asked, abs=0.02)


def test_words_of_the_parent_are_marked_as_such():
    found = explain(artefact(), policy(), mention(*TEXTS[2][:1], parent=TEXTS[2][2]))
    words = dict(found.sector.words)
    assert words["induk:sampah"] > 0
    assert "sampah" not in words


def test_a_text_of_which_nothing_is_known_has_no_words():
    found = explain(artefact(), policy(), mention(""))
    assert (found.sector, found.asked, found.second) == (None, None, "")
