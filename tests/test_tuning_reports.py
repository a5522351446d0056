"""What the reports say, on numbers of our own: the rules that hold whatever the texts are."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from classifier_support import baseline, policy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, identity

from classifier.dataset import Example
from tanggap.mention import ACTIONABLE, JENIS
from tanggap.sectors import SECTORS
from tanggap.tuning.reports.confusion import GROUPS, confusion
from tanggap.tuning.reports.drift import Seen, drift, limits, monday, psi
from tanggap.tuning.reports.judgement import Judgement, judge
from tanggap.tuning.reports.learning_curve import Fitted, extrapolate, learning_curve
from tanggap.tuning.reports.next_labels import LEAST, Candidate, next_labels, uncertainty
from tanggap.tuning.reports.per_sector import per_sector
from tanggap.tuning.reports.reliability import BINS, part, reliability
from tanggap.tuning.reports.risk_coverage import THRESHOLDS, risk_coverage
from tanggap.tuning.reports.suspects import Given, Part, mislabelled, suspects

NAMES = tuple(SECTORS)
STORED = dict.fromkeys(NAMES, 0.6)
RIGHT = Judgement(("pengaduan",), ("jalan",), "pengaduan", "jalan", 0.9, 0.95)
WRONG = replace(RIGHT, said_sector="sosial")
TALK = Judgement(("bukan_aduan",), (), "pengaduan", "jalan", 0.9, 0.95)


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    jenis = draw(st.sampled_from(JENIS))
    few = st.sampled_from(NAMES[:4])
    sector = draw(st.lists(few, min_size=1, max_size=2, unique=True)) if jenis in ACTIONABLE else []
    return Judgement(
        jenis=draw(st.sampled_from([(jenis,), ()])) if sector else (jenis,),
        sector=tuple(sector),
        said_jenis=draw(st.sampled_from([*JENIS, ""])),
        said_sector=draw(st.sampled_from([*NAMES[:4], ""])),
        confidence=draw(st.floats(0, 1)),
        asked=draw(st.floats(0, 1)),
    )


many = st.lists(judgements(), max_size=40)


# --- judging ------------------------------------------------------------------------------------


def test_only_labels_that_are_known_here_are_judged():
    judged = judge(
        baseline(),
        [
            Example(text="jalan berlubang parah", sector="jalan|entah", jenis="pengaduan"),
            Example(text="apa saja", sector="entah"),
        ],
        policy(),
    )
    assert [(j.sector, j.jenis, j.said_sector) for j in judged] == [
        (("jalan",), ("pengaduan",), "jalan")
    ]
    assert 0 < judged[0].confidence <= 1


def test_a_judgement_says_by_which_rule_the_router_would_place_the_text():
    judged = judge(
        baseline(),
        [
            Example(text="anak tetangga dipukuli ayahnya tiap malam", jenis="pengaduan"),
            Example(text="jual pulsa murah, promo pinjaman cepat cair klik bio", jenis="spam"),
            Example(text="https://contoh.id/a", jenis="bukan_aduan"),
        ],
        policy(),
    )
    assert [j.rule for j in judged] == ["sensitive", "aside", "no_text"]


# --- confusion ----------------------------------------------------------------------------------


@given(many)
def test_counts_of_a_confusion_add_up_to_the_texts(texts):
    report = confusion(texts)
    said = [j for j in texts if j.asks and j.sector and j.said_sector]
    sector = report["sector"]
    assert sector["n"] == sum(map(sum, sector["counts"])) == len(said)
    assert sector["right"] == sum(j.right for j in said)
    assert sum(map(sum, report["groups"]["counts"])) == len(said)
    off_diagonal = sector["n"] - sector["right"]
    assert sum(pair["n"] for pair in report["pairs"]) <= off_diagonal
    if len(report["pairs"]) < 20:
        assert sum(pair["n"] for pair in report["pairs"]) == off_diagonal
    jenis = report["jenis"]
    assert jenis["n"] == sum(map(sum, jenis["counts"]))


def test_a_row_is_what_is_right_and_a_column_what_was_said():
    report = confusion([WRONG, WRONG, RIGHT, replace(RIGHT, sector=("desa", "jalan"))])
    labels = report["sector"]["labels"]
    counts = report["sector"]["counts"]
    assert counts[labels.index("jalan")][labels.index("sosial")] == 2
    # of several right ones the one that was said counts
    assert counts[labels.index("jalan")][labels.index("jalan")] == 2
    assert counts[labels.index("desa")] == [0] * len(NAMES)
    assert report["pairs"] == [{"right": "jalan", "said": "sosial", "n": 2, "share": 0.5}]
    assert "Jalan & jembatan disebut Sosial" in report["summary"]


def test_every_sector_stands_in_exactly_one_group():
    assert sorted(name for _, names in GROUPS.values() for name in names) == sorted(NAMES)


# --- risk and coverage --------------------------------------------------------------------------


@settings(max_examples=40)
@given(many, st.floats(0, 1))
def test_a_higher_threshold_never_routes_more(texts, asked_from):
    report = risk_coverage(texts, asked_from, STORED)
    for curve in [report["all"], *report["sectors"].values()]:
        assert curve["routed"] == sorted(curve["routed"], reverse=True)
        assert curve["wrong"] == sorted(curve["wrong"], reverse=True)
        for routed, wrong, share, accuracy in zip(
            *(curve[name] for name in ("routed", "wrong", "share", "accuracy")), strict=True
        ):
            assert 0 <= wrong <= routed <= curve["n"]
            assert share == (round(routed / curve["n"], 4) if curve["n"] else None)
            assert accuracy == (round((routed - wrong) / routed, 4) if routed else None)


@settings(max_examples=40)
@given(many, st.floats(0, 1))
def test_the_sectors_together_are_the_whole(texts, asked_from):
    report = risk_coverage(texts, asked_from, STORED)
    parts = report["sectors"].values()
    unread = sum(not j.said_sector for j in texts if j.sector or not j.asks)
    assert sum(curve["n"] for curve in parts) + unread == report["all"]["n"]
    for row in range(len(THRESHOLDS)):
        for name in ("routed", "wrong"):
            assert sum(curve[name][row] for curve in parts) == report["all"][name][row]
    assert report["now"]["routed"] == report["all"]["routed"][60]


def test_a_text_that_asks_nothing_is_wrong_where_it_would_be_routed():
    report = risk_coverage([RIGHT, WRONG, TALK, replace(TALK, asked=0.1)], 0.5, STORED)
    assert report["now"] == {
        "n": 4, "routed": 3, "wrong": 2, "share": 0.75, "accuracy": 0.3333, "aside": 0,
        "aside_wrong": 0,
    }  # fmt: skip
    assert report["all"]["routed"][90] == 3  # the threshold itself is high enough
    assert report["all"]["routed"][91] == 0
    assert "2 dari 3 di antaranya salah" in report["summary"]


def test_what_is_put_aside_or_left_to_a_person_is_never_routed_and_told_apart():
    texts = [
        RIGHT,
        replace(RIGHT, rule="sensitive"),  # a person decides, however sure the model is
        replace(RIGHT, rule="aside", asked=0.1),
        replace(TALK, rule="aside", asked=0.1),
        replace(RIGHT, rule="no_decision", said_sector=""),
    ]
    report = risk_coverage(texts, 0.5, STORED)
    for curve in (report["now"], report["all"]):
        assert (curve["n"], curve["aside"], curve["aside_wrong"]) == (5, 2, 1)
    assert report["all"]["routed"][0] == report["now"]["routed"] == 1
    jalan = report["sectors"]["jalan"]
    assert (jalan["n"], jalan["routed"][0], jalan["aside"]) == (4, 1, 2)


def test_the_lowest_threshold_for_an_accuracy_needs_texts_enough_to_tell():
    sure, unsure = replace(RIGHT, confidence=0.8), replace(WRONG, confidence=0.4)

    def lowest(*texts):
        return risk_coverage(texts, 0.5, STORED)["all"]["lowest_for"]

    assert lowest(*[sure] * 29) == {"0.90": None, "0.95": None, "0.98": None}
    assert lowest(*[sure] * 30) == {"0.90": 0.0, "0.95": None, "0.98": None}
    assert lowest(*[sure] * 150) == {"0.90": 0.0, "0.95": 0.0, "0.98": 0.0}
    assert lowest(*[sure] * 60, *[unsure] * 8) == {"0.90": 0.41, "0.95": 0.41, "0.98": None}
    assert lowest(*[unsure] * 60) == {"0.90": None, "0.95": None, "0.98": None}


def test_a_stored_threshold_stands_at_the_next_step_above_it():
    sectors = risk_coverage([RIGHT], 0.5, {"jalan": 0.7204, "desa": 0.72, "sosial": 1.0})["sectors"]
    assert {name: curve["row"] for name, curve in sectors.items()} == {
        "jalan": 73, "desa": 72, "sosial": 100,
    }  # fmt: skip


# --- reliability --------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 12)), max_size=20), st.randoms())
def test_confidences_that_mean_what_they_say_have_no_error(groups, random):
    rows = [(min(hits, n) / n, i < min(hits, n)) for hits, n in groups for i in range(n)]
    random.shuffle(rows)
    report = part(np.array([sure for sure, _ in rows]), np.array([hit for _, hit in rows], bool))
    assert report["ece"] == (0.0 if rows else None)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=200))
def test_the_bins_hold_every_text_once_and_the_error_is_their_mean_gap(rows):
    report = part(np.array([sure for sure, _ in rows]), np.array([hit for _, hit in rows], bool))
    bins = report["bins"]
    assert sum(one["n"] for one in bins) == report["n"] == len(rows)
    assert len(bins) <= BINS
    for one, following in pairwise(bins):
        assert one["high"] <= following["low"]
    if rows:
        gaps = sum(one["n"] * abs(one["confidence"] - one["accuracy"]) for one in bins)
        assert report["ece"] == pytest.approx(gaps / len(rows), abs=2e-4)


def test_bins_hold_nearly_equal_numbers():
    confidence = np.random.default_rng(1).random(1500)
    assert {one["n"] for one in part(confidence, confidence > 0.5)["bins"]} == {100}


def test_a_model_that_is_too_sure_is_called_so():
    texts = [replace(WRONG if i % 2 else RIGHT, confidence=0.9) for i in range(40)]
    report = reliability(texts)
    assert report["sector"]["ece"] == 0.4
    assert "terlalu yakin" in report["summary"]
    assert "40,0 poin" in report["summary"]
    doubting = reliability([replace(RIGHT, confidence=0.5)] * 40)
    assert "terlalu ragu" in doubting["summary"]
    honest = reliability([replace(one, confidence=0.5) for one in texts])
    assert honest["sector"]["ece"] == 0.0
    assert "apa adanya" in honest["summary"]


@pytest.mark.parametrize("n", [40, 100, 350, 1000])
def test_a_model_whose_confidences_are_true_is_seldom_called_anything_else(n):
    rng = np.random.default_rng(n)
    called = measured = 0
    for _ in range(60):
        confidence = rng.beta(4, 2, n)
        found = part(confidence, rng.random(n) < confidence)
        called += found["ece"] > found["limit"]
        measured += found["ece"] > 0.04
    assert called <= 9  # one of twenty is meant
    if n <= 350:
        assert measured > 50  # by the aim of the project alone nearly all would be


def test_of_few_texts_a_gap_that_may_be_chance_is_told_as_one():
    rng = np.random.default_rng(4)
    texts = [
        replace(RIGHT if rng.random() < sure else WRONG, confidence=float(sure))
        for sure in rng.beta(4, 2, 100)
    ]
    report = reliability(texts)
    assert 0.04 < report["sector"]["ece"] <= report["sector"]["limit"]
    assert "apa adanya" in report["summary"]
    assert "100 teks itu masih mungkin kebetulan" in report["summary"]


# --- per sector ---------------------------------------------------------------------------------


@settings(max_examples=40)
@given(many)
def test_the_rows_of_the_sectors_add_up_and_against_itself_nothing_changes(texts):
    report = per_sector(texts, texts, "v1", STORED)
    assert sum(row["n"] for row in report["rows"]) == report["all"]["n"]
    assert all((row["won"], row["lost"], row["p"]) == (0, 0, 1.0) for row in report["rows"])
    assert {row["change"] for row in report["rows"]} <= {0.0}
    alone = per_sector(texts, None, "v1", STORED)
    assert alone["before"] is None
    assert [row["f1"] for row in alone["rows"]] == [row["f1"] for row in report["rows"]]
    assert {row["won"] for row in alone["rows"]} <= {None}


def test_a_better_version_shows_what_it_won():
    new, old = [RIGHT] * 10, [WRONG] * 8 + [RIGHT] * 2
    report = per_sector(new, old, "v1", STORED)
    assert report["before"] == "v1"
    [row] = report["rows"]
    assert (row["sector"], row["n"], row["won"], row["lost"]) == ("jalan", 10, 8, 0)
    assert row["change"] > 0.5
    assert report["all"]["change"] == 0.8
    assert "naik 80,0 poin." in report["summary"]
    worse = per_sector(old, new, "v2", STORED)
    assert "turun 80,0 poin." in worse["summary"]
    hardly = per_sector([*new, RIGHT], [*new, WRONG], "v1", STORED)
    assert "mungkin kebetulan" in hardly["summary"]


def test_texts_of_others_that_are_newly_said_to_be_of_a_sector_count_against_it():
    other = replace(RIGHT, sector=("sosial",), said_sector="sosial")
    drawn = replace(other, said_sector="jalan")
    report = per_sector([RIGHT] * 20 + [drawn] * 10, [RIGHT] * 20 + [other] * 10, "v1", STORED)
    rows = {row["sector"]: row for row in report["rows"]}
    jalan = rows["jalan"]
    assert (jalan["won"], jalan["lost"], jalan["gone"], jalan["new"]) == (0, 0, 0, 10)
    assert jalan["change"] < 0
    assert jalan["p"] < 0.01  # not 1.0: its own texts are as right as before
    assert (rows["sosial"]["lost"], rows["sosial"]["new"]) == (10, 0)
    back = per_sector([other] * 10, [drawn] * 10, "v1", STORED)
    assert [row["sector"] for row in back["rows"]] == ["sosial"]
    both = per_sector([RIGHT, other], [RIGHT, drawn], "v1", STORED)
    assert next(row for row in both["rows"] if row["sector"] == "jalan")["gone"] == 1


def test_a_sector_of_few_texts_is_not_named_as_the_weakest():
    lone = replace(WRONG, sector=("desa",))
    report = per_sector([RIGHT] * 29 + [lone], None, None, STORED)
    assert "terlemah" not in report["summary"]
    assert "desa" not in report["summary"].lower()
    more = per_sector([RIGHT] * 25 + [WRONG] * 5 + [lone], None, None, STORED)
    assert "terlemah Jalan & jembatan (F1 90,9%)" in more["summary"]


def test_a_version_that_is_right_on_the_same_texts_is_called_the_same():
    same = per_sector([RIGHT, WRONG], [RIGHT, WRONG], "v1", STORED)
    assert same["summary"].endswith("Sama dengan versi sebelumnya.")
    turned = per_sector([RIGHT, WRONG], [WRONG, RIGHT], "v1", STORED)
    assert "sama baiknya: 1 teks menjadi benar, 1 menjadi salah." in turned["summary"]


def test_without_a_version_before_the_report_says_why():
    report = per_sector([RIGHT], None, None, STORED, "Versi sebelumnya tidak dapat dibandingkan.")
    assert report["summary"].endswith("teks. Versi sebelumnya tidak dapat dibandingkan.")
    assert report["before"] is None


# --- suspects -----------------------------------------------------------------------------------


def probabilities(rng, truth, n_labels, sure):
    """Rows that sum to one, with `sure` for the true label."""
    rest = rng.dirichlet(np.ones(n_labels), len(truth)) * (1 - sure)[:, None]
    rest[np.arange(len(truth)), truth] += sure
    return rest


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_flipped_labels_are_found_and_stand_first(seed, n_flipped):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 8, 300)
    shares = probabilities(rng, truth, 8, rng.uniform(0.75, 0.95, 300))
    given_labels = truth.copy()
    flipped = rng.choice(300, n_flipped, replace=False)
    given_labels[flipped] = (truth[flipped] + rng.integers(1, 8, n_flipped)) % 8
    suggested, _ = mislabelled(shares, given_labels)
    assert set(np.flatnonzero(suggested >= 0)) == set(flipped)
    assert (suggested[flipped] == truth[flipped]).all()


@given(st.integers(0, 2**32 - 1))
def test_labels_that_the_models_agree_with_are_never_suspected(seed):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(5), 60)
    suggested, doubt = mislabelled(shares, shares.argmax(axis=1))
    assert (suggested == -1).all()
    assert (doubt == 0).all()


def test_a_report_on_suspects_counts_texts_once_and_leaves_the_corpus_out():
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.02, 0.98], [0.3, 0.7]])
    labels = np.array([0, 0, 1, 0, 0])  # the last two are doubtful
    sources = [
        Given("x:1", "ani", "2026-11-01", 11),
        None,
        Given("x:3", "budi", "2026-11-02", 13),
        Given("x:4", "ani", "2026-11-03", 14, test=True),
        None,
    ]
    parts = [
        Part(name, ("jalan", "sosial"), shares, labels, sources) for name in ("sector", "jenis")
    ]
    report = suspects(parts)
    assert (report["checked"], report["found"]) == (3, 1)
    assert [(row["key"], row["part"]) for row in report["rows"]] == [
        ("x:4", "jenis"), ("x:4", "sector"),
    ]  # fmt: skip
    assert report["rows"][1] == {
        "key": "x:4", "item_id": 14, "by": "ani", "at": "2026-11-03", "test": True,
        "part": "sector", "label": "jalan", "suggested": "sosial", "confidence": 0.98,
        "label_confidence": 0.02,
    }  # fmt: skip
    assert {"part": "sector", "label": "jalan", "suggested": "sosial", "n": 1} in report["pairs"]
    assert report["by"] == [
        {"by": "ani", "checked": 2, "found": 1},
        {"by": "budi", "checked": 1, "found": 0},
    ]
    assert "1 dari 3 label" in report["summary"]


def test_the_most_doubtful_label_stands_first():
    shares = np.array([[0.4, 0.6], [0.01, 0.99], [0.2, 0.8], [0.95, 0.05], [0.1, 0.9]])
    labels = np.array([0, 0, 0, 0, 1])
    sources = [Given(f"x:{i}", "ani", "2026", i) for i in range(5)]
    rows = suspects([Part("sector", ("a", "b"), shares, labels, sources)])["rows"]
    assert [row["key"] for row in rows] == ["x:1", "x:2"]


# --- what to label next -------------------------------------------------------------------------


def candidate(number, first, second=0.0, asked=1.0):
    return Candidate(
        f"x:{number}", number, (("jalan", first), ("sosial", second)), asked, "pengaduan"
    )


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=30))
def test_each_item_is_asked_for_once_the_most_useful_first(shares):
    items = [
        candidate(i, max(a, b) / 2, min(a, b) / 2, asked) for i, (a, b, asked) in enumerate(shares)
    ]
    report = next_labels(items, csr_matrix(identity(len(items))) if items else csr_matrix((0, 0)))
    keys = [row["key"] for row in report["rows"]]
    assert len(set(keys)) == len(keys)
    useful = [row["usefulness"] for row in report["rows"]]
    assert useful == sorted(useful, reverse=True)
    left = {f"x:{i}": uncertainty(one) for i, one in enumerate(items)}
    assert {key for key, value in left.items() if value >= LEAST} == set(keys)


def test_what_reads_like_an_item_above_it_comes_after_others():
    items = [candidate(0, 0.5, 0.49), candidate(1, 0.5, 0.48), candidate(2, 0.6, 0.3)]
    like = csr_matrix(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    report = next_labels(items, like)
    assert [row["key"] for row in report["rows"]] == ["x:0", "x:2"]
    assert report["by_sector"] == [{"sector": "jalan", "n": 2}]
    near = csr_matrix(np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]]))
    assert [row["key"] for row in next_labels(items, near)["rows"]] == ["x:0", "x:2", "x:1"]


def test_uncertain_is_what_lies_between_two_labels():
    assert uncertainty(candidate(1, 0.5, 0.5)) == 1.0
    assert uncertainty(candidate(1, 1.0, 0.0)) == 0.0
    assert uncertainty(candidate(1, 1.0, 0.0, asked=0.5)) == 1.0
    assert uncertainty(candidate(1, 0.5, 0.5, asked=0.0)) == 0.0
    assert uncertainty(Candidate("x:1", 1, (), 0.5, "")) == 0.0  # nothing in it can be read


# --- the learning curve -------------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 5000), min_size=2, max_size=6, unique=True),
    st.lists(st.floats(0.05, 0.99), min_size=6, max_size=6),
)
def test_more_labels_are_never_said_to_do_harm(sizes, accuracy):
    measured = np.array(accuracy[: len(sizes)])[None, :]
    wanted = np.array([0.0, 100.0, 1000.0, 10_000.0])
    [found] = extrapolate(np.array(sizes, float), measured, wanted)
    assert (np.diff(found) >= -1e-9).all()
    assert (found <= 1.0).all()


def test_a_curve_that_follows_the_rule_is_continued():
    sizes = np.array([0.0, 100, 300, 1000])
    error = 0.4 * (1 + sizes / 300) ** -0.5
    [found] = extrapolate(sizes, (1 - error)[None, :], np.array([3000.0]))
    assert found == pytest.approx(1 - 0.4 * 11**-0.5, abs=0.003)


def fitted(*points, n_test=400):
    rank = (np.arange(n_test) + 0.5) / n_test
    return [Fitted(n, rank < accuracy, rank < accuracy) for n, accuracy in points]


def test_what_300_more_labels_bring_is_said_in_one_sentence():
    report = learning_curve(fitted((800, 0.85), (0, 0.7), (400, 0.82), (100, 0.75)), 800, True)
    assert [point["n"] for point in report["points"]] == [0, 100, 400, 800]
    assert report["enough"]
    for point in report["points"]:
        assert point["low"] <= point["sector_accuracy"] <= point["high"]
    assert [row["more"] for row in report["forecast"]] == [100, 300, 1000]
    gains = [row["gain"] for row in report["forecast"]]
    assert gains == sorted(gains)
    assert gains[0] > 0
    assert report["forecast"][1]["n"] == 1100
    row = report["forecast"][1]
    assert row["low"] <= row["gain"] <= row["high"] < 0.2  # of the gain, not of the accuracy
    assert row["sector_accuracy"] == pytest.approx(0.85 + row["gain"], abs=1e-3)
    assert re.fullmatch(
        r"300 label lagi diperkirakan menaikkan ketepatan sektor dari 85,0% menjadi 86,\d%: "
        r"kenaikan 1,\d poin \(\d,\d sampai \d,\d\)\.",
        report["advice"],
    )
    flat = learning_curve(fitted((0, 0.8), (100, 0.8), (800, 0.8)), 800, True)
    assert "hampir tidak menaikkan" in flat["advice"]


def test_a_curve_over_too_few_labels_says_how_many_it_needs():
    report = learning_curve([], 40, True)
    assert (report["enough"], report["points"], report["forecast"]) == (False, [], [])
    assert report["advice"] == ""
    assert "40 label bersektor di luar teks uji" in report["summary"]
    assert report["summary"].endswith("mulai 100.")
    unfinished = learning_curve(fitted((400, 0.8)), 400, False)
    assert not unfinished["enough"]
    assert "belum selesai" in unfinished["summary"]


# --- drift --------------------------------------------------------------------------------------

START = datetime(2026, 8, 3, tzinfo=UTC)  # a Monday
USUAL = np.array([6.0, 3.0, 2.0, *([1.0] * (len(NAMES) - 3))])


def stream(seed, weeks, per_week=80, shares=USUAL, sure=(5, 2), unknown=0.1, start=START):
    rng = np.random.default_rng(seed)
    share = shares / shares.sum()
    return [
        Seen(
            start + timedelta(weeks=week, hours=float(rng.uniform(0, 168))),
            NAMES[rng.choice(len(NAMES), p=share)],
            float(rng.beta(*sure)),
            20,
            int(rng.binomial(20, unknown)),
        )
        for week in range(weeks)
        for _ in range(per_week)
    ]


CAUSES = {
    "Drainase": "sector",
    "keyakinan rata-rata": "confidence",
    "kata yang tidak dikenal dari": "unknown",
}


def test_a_stream_that_stays_the_same_is_no_alarm():
    report = drift(stream(1, 12), START + timedelta(weeks=6), START + timedelta(weeks=12))
    assert [week["n"] for week in report["weeks"]] == [80] * 6
    assert {week["state"] for week in report["weeks"]} <= {"steady", "watch"}
    assert (report["alarm"], report["alarm_text"]) == (False, "")


@pytest.mark.parametrize("per_week", [50, 80, 200, 1000])
def test_chance_alone_alarms_in_fewer_than_one_week_of_a_hundred(per_week):
    rng = np.random.default_rng(5)
    share = USUAL / USUAL.sum()
    alarms = 0
    for _ in range(1000):
        before, after = (rng.multinomial(n, share).astype(float) for n in (8 * per_week, per_week))
        index, classes = psi(before, after)
        alarms += index > limits(8 * per_week, per_week, classes)[1]
    assert alarms < 10


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shares": USUAL + 20 * (np.arange(len(NAMES)) == 1)}, "Drainase"),
        ({"sure": (2, 4)}, "keyakinan rata-rata"),
        ({"unknown": 0.25}, "kata yang tidak dikenal dari"),
    ],
)
def test_a_stream_that_changes_is_an_alarm_that_says_what_changed(seed, change, words):
    before = stream(seed, 9)
    after = stream(seed + 100, 1, start=START + timedelta(weeks=9), **change)
    report = drift([*before, *after], START + timedelta(weeks=5), START + timedelta(weeks=10))
    assert report["alarm"]
    assert words in report["alarm_text"]
    assert "minggu yang mulai 5 Oktober 2026" in report["alarm_text"]
    assert report["summary"] == report["alarm_text"]
    assert report["weeks"][-1]["state"] == "alarm"
    assert report["weeks"][-1]["causes"] == [CAUSES[words]]
    assert report["weeks"][0]["state"] != "alarm"


@pytest.mark.parametrize("labelled", [0.0, 0.3, 1.0])
def test_that_the_model_learnt_the_earlier_texts_is_no_shift(labelled):
    """Of what a model was trained on it is surer, and knows every word."""
    rng = np.random.default_rng(9)
    learnt = [
        replace(one, confidence=0.5 + one.confidence / 2, unknown=0)
        if rng.random() < labelled
        else one
        for one in stream(1, 6)
    ]
    after = stream(2, 6, start=START + timedelta(weeks=6))
    report = drift([*learnt, *after], START + timedelta(weeks=6), START + timedelta(weeks=12))
    assert [week["psi_confidence"] is None for week in report["weeks"]] == [True] * 3 + [False] * 3
    assert report["unseen"]["n"] == 240
    assert {week["state"] for week in report["weeks"]} <= {"steady", "watch"}


def test_the_running_week_and_weeks_of_few_texts_decide_nothing():
    seen = stream(1, 6)
    other = {"shares": USUAL[::-1] ** 4}
    few = stream(2, 1, 20, start=START + timedelta(weeks=6), **other)
    running = stream(3, 1, start=START + timedelta(weeks=7), **other)
    now = START + timedelta(weeks=7, days=6)
    report = drift([*seen, *few, *running], START + timedelta(weeks=4), now)
    assert [week["state"] == "few" for week in report["weeks"]] == [False, False, True]
    assert not report["alarm"]
    assert report["reference"]["n"] == 320


def test_without_enough_before_the_training_the_first_weeks_are_the_reference():
    report = drift(stream(1, 9), START - timedelta(weeks=1), START + timedelta(weeks=9))
    assert report["reference"]["n"] == 240
    assert report["reference"]["first"] == "2026-08-03T00:00:00.000Z"
    assert len(report["weeks"]) == 6
    nothing = drift(stream(1, 2), START, START + timedelta(weeks=9))
    assert nothing["reference"] is None
    assert "160 aduan" in nothing["summary"]
    assert json.loads(json.dumps(nothing)) == nothing


@given(st.lists(st.integers(0, 500), min_size=2, max_size=30))
def test_the_index_of_two_equal_rows_is_zero_and_of_others_positive(counts):
    counts = np.array([*counts, 40], float)
    index, classes = psi(counts, counts)
    assert index == pytest.approx(0.0)
    assert 1 <= classes <= len(counts)
    assert psi(counts, counts[::-1].copy())[0] >= 0.0


def test_the_limit_of_few_texts_is_higher_than_that_of_many():
    assert limits(200, 50, 20)[1] > limits(2000, 500, 20)[1]
    assert limits(100_000, 100_000, 20) == (0.1, 0.25)


@given(st.integers(0, 10**6))
def test_a_week_begins_on_monday(hours):
    moment = START + timedelta(hours=hours)
    start = monday(moment)
    assert start.weekday() == 0
    assert timedelta(0) <= moment - start < timedelta(weeks=1)


# --- all ----------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(many)
def test_whatever_the_texts_the_reports_are_plain_json(texts):
    for report in (
        confusion(texts),
        risk_coverage(texts, 0.5, STORED),
        reliability(texts),
        per_sector(texts, texts, "v1", STORED),
    ):
        assert json.loads(json.dumps(report, allow_nan=False)) == report
        assert report["summary"].endswith(".")
