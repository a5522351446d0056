"""The canary texts and the guard: what a candidate may lose, and what not."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from classifier_support import artefact, baseline, policy

from classifier import Classifier, rules_only
from classifier.corrections import Correction
from classifier.dataset import check_for_training
from tanggap.mention import ACTIONABLE
from tanggap.sectors import SECTORS
from tanggap.tuning import files, guard
from tanggap.tuning.canary import Result, kind_of, run
from tanggap.tuning.comparison import PARTS, sign_test
from tanggap.tuning.test_set import repeated


@cache
def unlearnt(*sectors):
    """Return the shipped model as if somebody had taught it that these are never meant."""
    shipped = artefact()
    intercepts = shipped.intercepts.copy()
    for sector in sectors:
        intercepts[len(shipped.jenis) + shipped.sectors.index(sector)] -= np.float32(50.0)
    return Classifier(policy(), replace(shipped, intercepts=intercepts))


def test_the_canary_has_ten_clear_texts_of_each_kind_and_none_of_the_corpus():
    texts = files.canary()
    assert len(check_for_training(texts)) == len(texts) == 270
    kinds = {*SECTORS, "apresiasi", "bukan_aduan", "spam"}
    assert Counter(map(kind_of, texts)) == dict.fromkeys(kinds, 10)
    assert {text.jenis for text in texts if text.sector} == ACTIONABLE
    mine = [text.text for text in texts]
    assert repeated(mine, [example.text for example in files.corpus()]) == set()
    assert [text for i, text in enumerate(mine) if repeated([text], mine[:i])] == []


def test_the_shipped_model_understands_nearly_all_of_them():
    found = run(baseline(), baseline(), files.canary())
    assert found.new >= 0.95 * found.n
    assert (found.lost, found.won, found.failed) == ((), (), False)


def test_a_sector_that_was_unlearnt_is_named_and_refused_and_the_other_way_is_not():
    texts = files.canary()
    found = run(baseline(), unlearnt("listrik"), texts)
    assert found.failed
    assert found.failed_kinds == ("listrik",)
    assert {texts[i].sector for i in found.lost} == {"listrik"}
    verdict = guard.examine(baseline(), unlearnt("listrik"), [], policy())
    assert not verdict.accepted
    assert "terbanyak pada Listrik (PLN)" in verdict.reasons[0]
    assert verdict.figures["test_set"] is None
    assert guard.examine(unlearnt("listrik"), baseline(), [], policy()).accepted


@pytest.mark.parametrize(
    ("old", "new", "failed_kinds", "failed"),
    [
        (267, 262, (), False),
        (267, 261, (), True),
        (200, 267, ("desa",), True),
        (267, 267, (), False),
    ],
)
def test_two_of_a_hundred_may_be_lost_and_three_of_one_kind(old, new, failed_kinds, failed):
    assert Result(270, old, new, (), (), failed_kinds).failed is failed


def test_beside_a_broken_model_in_use_a_bad_candidate_is_refused_too():
    nothing = rules_only(policy())
    assert guard.examine(nothing, baseline(), [], policy()).accepted
    most = unlearnt(*list(SECTORS)[:8])
    verdict = guard.examine(nothing, most, [], policy())
    assert not verdict.accepted


@pytest.mark.parametrize(
    ("won", "lost", "n", "worse"),
    [
        (0, 0, 100, False),
        (5, 5, 100, False),
        (9, 3, 100, False),
        (0, 3, 100, False),  # three points, but by chance: p .25
        (0, 5, 100, True),  # five points, p .06
        (10, 20, 1000, False),  # one point, not more, p .1
        (10, 22, 1000, True),  # 1.2 points, p .05
        (10, 30, 5000, True),  # 0.4 points, but beaten: p .003
        (0, 4, 5000, False),
    ],
)
@pytest.mark.parametrize("part", ["sector", "asked", "opd", "routed"])
def test_what_is_lost_on_the_test_set_must_be_small_or_chance(won, lost, n, worse, part):
    figures = compared(n, **{part: (won, lost)})
    assert bool(guard.worse_on(figures)) is worse


def compared(n, routed_before=50, routed_now=50, **counts):
    """Return what a comparison says where so many texts of each part were won and lost."""
    figures = {"new": {part: {"n": n} for part in ("sector", "jenis", "opd")}}
    for part in PARTS:
        won, lost = counts.get(part, (0, 0))
        figures |= {
            f"{part}_won": won,
            f"{part}_lost": lost,
            f"{part}_p": sign_test(won, lost),
        }
    won, lost = counts.get("routed", (0, 0))
    figures["wrongly_routed"] = {
        "n": n,
        "old": {"routed": routed_before, "wrong": won},
        "new": {"routed": routed_now, "wrong": lost},
    }
    return figures


def test_who_routes_more_may_route_more_of_it_wrongly_as_long_as_the_share_does_not_rise():
    more = compared(1000, routed_before=200, routed_now=800, routed=(5, 20))
    assert guard.worse_on(more) == []
    (reason,) = guard.worse_on(compared(1000, 200, 700, routed=(5, 20)))
    assert reason == (
        "set uji (langsung ke OPD tanpa orang): 20 teks salah dari 700, sebelumnya 5 dari 200 "
        "(peluang kebetulan 0,4%)"
    )


@pytest.mark.parametrize(("p", "said"), [(0.0, "kurang dari 0,1%"), (0.0416, "4,2%")])
def test_chance_is_said_without_a_p(p, said):
    assert guard.chance(p) == f"peluang kebetulan {said}"


def test_a_model_that_sends_texts_to_another_opd_is_refused_though_it_knows_the_sector():
    city = [
        replace(text, opd=policy().sector_opd[text.sector])
        for text in files.canary()
        if text.sector in ("jalan", "listrik", "perhubungan")
    ]
    taught = tuple(
        Correction(sector, "sektor", "", "satpolpp", 20, 1.0) for sector in ("jalan", "perhubungan")
    )
    wrong = Classifier(policy(), replace(artefact(), corrections=taught))
    verdict = guard.examine(baseline(), wrong, city, policy())
    assert not verdict.accepted
    assert [reason.partition(":")[0] for reason in verdict.reasons] == [
        "set uji (OPD yang bertindak)"
    ]
    assert verdict.figures["test_set"]["sector_lost"] == 0


def test_a_model_that_is_sure_of_everything_is_refused_for_what_it_routes_wrongly():
    shipped = artefact()
    limits = replace(
        shipped.thresholds, sector=dict.fromkeys(SECTORS, 0.0), actionable_from=0.0, aside_below=0.0
    )
    reckless = Classifier(policy(), replace(shipped, thresholds=limits))
    city = [text for text in files.canary() if not text.sector] * 3
    verdict = guard.examine(baseline(), reckless, city, policy())
    assert [reason.partition(":")[0] for reason in verdict.reasons] == [
        "set uji (langsung ke OPD tanpa orang)"
    ]
    counts = verdict.figures["test_set"]["wrongly_routed"]
    assert counts["new"] == {"routed": len(city), "wrong": len(city)}


def test_a_test_set_on_which_much_is_lost_refuses_and_shows_the_texts():
    test = [text for text in files.canary() if text.sector in ("listrik", "jalan")]
    verdict = guard.examine(baseline(), unlearnt("listrik"), test, policy())
    assert any(reason.startswith("set uji (sektor): ") for reason in verdict.reasons)
    compared = verdict.figures["test_set"]
    lost = [change for change in compared["changes"] if change["won"] is False]
    assert len(lost) == compared["sector_lost"] >= 8
    assert compared["changes"][: len(lost)] == lost
    assert {test[change["number"]].sector for change in lost} == {"listrik"}
    assert verdict.as_json()["verdict"]["against"] == baseline().version
