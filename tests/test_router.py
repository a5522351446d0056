"""The route table row by row, then what must hold for every mention, decision and policy."""

import dataclasses
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import router
from router import route
from tanggap.mention import JENIS, Decision, Flag, Mention, Prediction, Route
from tanggap.policy import Opd, Outside, Policy
from tanggap.sectors import SECTORS

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
YES = Flag(on=True, confidence=0.9)


def policy_of(owners: dict[str, str], opds: list[str], outside: list[str]) -> Policy:
    return Policy(
        opd={opd: Opd(name=opd.title(), short=opd.upper()) for opd in opds},
        outside={
            body: Outside(name=body, channel="loket", reply="Mohon maaf.") for body in outside
        },
        sector_opd=owners,
    )


CITY = policy_of(
    {**dict.fromkeys(SECTORS, "dpupr"), "listrik": "pln", "perhubungan": "dishub"}
    | {"lainnya": "diskominfo"},
    ["dpupr", "dishub", "diskominfo", "dlh"],
    ["pln"],
)


def mention(**changes: Any) -> Mention:
    plain: dict[str, Any] = {
        "network": "x",
        "network_id": "1",
        "kind": "mention",
        "text": "lampu jalan di depan pasar mati",
        "posted_at": NOON,
        "seen_at": NOON,
        "addressed": ("dlh",),
    }
    return Mention(**plain | changes)


def decision(**changes: Any) -> Decision:
    sure: dict[str, Any] = {
        "model": "test",
        "jenis": Prediction("pengaduan", 0.9),
        "sector": Prediction("perhubungan", 0.9),
        "opd": Prediction("dishub", 0.9, (("dishub", 0.9), ("dpupr", 0.06), ("pln", 0.04))),
        "supporting": ("dpupr",),
        "actionable": 0.9,
        "actionable_thresholds": (0.2, 0.6),
        "sector_threshold": 0.7,
    }
    return Decision(**sure | changes)


def test_an_actionable_and_confident_mention_goes_to_the_queue_of_its_opd() -> None:
    assert route(mention(), decision(), CITY) == Route(
        "queue",
        "sector",
        opd="dishub",
        supporting=("dpupr",),
        candidates=("dishub", "dpupr", "dlh", "diskominfo"),
    )


NO_ITEM = [
    ({"kind": "repost"}, "context", "repost"),
    ({"kind": "repost", "author_opd": "dishub"}, "context", "repost"),
    ({"author_opd": "dishub", "kind": "reply"}, "answer", "own_answer"),
    ({"author_opd": "pemkot", "kind": "comment"}, "answer", "own_answer"),
    ({"author_opd": "dishub", "kind": "quote"}, "answer", "own_answer"),
    ({"author_opd": "dishub", "kind": "post"}, "context", "own_post"),
    ({"author_opd": "pemkot", "kind": "mention"}, "context", "own_post"),
    (
        {"author_opd": "dishub", "kind": "post", "text": "@warga @dlh_skm beres"},
        "answer",
        "own_naming",
    ),
    (
        {"author_opd": "dishub", "kind": "post", "text": "@warga beres", "addressed": ("dishub",)},
        "answer",
        "own_naming",
    ),
    (
        {"author_opd": "dishub", "kind": "post", "text": ".@warga beres"}  # so that all see it
        | {"addressed": ("dishub",)},
        "answer",
        "own_naming",
    ),
    (
        {"author_opd": "dishub", "kind": "post", "text": "surel ke info@contoh.go.id"}
        | {"addressed": ("dishub",)},
        "context",
        "own_post",
    ),
    (
        {"author_opd": "pemkot", "kind": "mention", "text": "@dlh_skm hadir"}
        | {"addressed": ("dlh",)},
        "context",
        "own_post",
    ),
]


@pytest.mark.parametrize(("changes", "name", "rule"), NO_ITEM)
def test_reposts_answers_and_own_posts_make_no_item(
    changes: dict[str, Any], name: str, rule: str
) -> None:
    taken = route(mention(**changes), decision(sensitive=YES, urgent=YES), CITY)
    assert (taken.name, taken.rule, taken.makes_item) == (name, rule, False)


@pytest.mark.parametrize("text", [".@dlh_skm https://t.co/a1", ".@dlh_skm"])
def test_a_handle_behind_a_dot_is_no_word_of_its_own(text: str) -> None:
    taken = route(mention(text=text, has_media=True), decision(), CITY)
    assert (taken.name, taken.rule) == ("triage", "no_text")


def test_an_answer_belongs_to_the_opd_that_gave_it() -> None:
    assert route(mention(author_opd="dlh", kind="reply"), decision(), CITY).opd == "dlh"


TRIAGE = [
    ({"sensitive": YES}, "sensitive"),
    ({"sensitive": YES, "jenis": None}, "sensitive"),
    ({"sensitive": YES, "actionable": 0.0}, "sensitive"),
    ({"jenis": None}, "no_decision"),
    ({"sector": None}, "no_decision"),
    ({"opd": None}, "no_decision"),
    ({"actionable": 0.2}, "unsure_jenis"),
    ({"actionable": 0.59}, "unsure_jenis"),
    ({"actionable": 0.1, "urgent": YES}, "unsure_jenis"),
    ({"sector": Prediction("perhubungan", 0.69)}, "unsure_sector"),
    ({"sector": Prediction("perhubungan", 0.69), "urgent": YES}, "urgent_unsure"),
]


@pytest.mark.parametrize(("changes", "rule"), TRIAGE)
def test_what_is_unsure_or_sensitive_goes_to_triage(changes: dict[str, Any], rule: str) -> None:
    taken = route(mention(), decision(**changes), CITY)
    assert (taken.name, taken.rule, taken.makes_item) == ("triage", rule, True)
    assert taken.sensitive is (rule == "sensitive")
    assert taken.opd == taken.candidates[0]


@pytest.mark.parametrize(
    ("text", "has_media"),
    [
        ("", True),
        ("", False),
        ("   ", True),
        ("🙏🙏", True),
        ("@dishub_skm", True),
        ("@dishub_skm @dlh.sukamaju 🙏", True),
        ("@dishub_skm https://t.co/Ab3dEf", False),
        ("https://contoh.example/foto/7?a=b", False),
    ],
)
def test_a_photo_or_link_without_words_goes_to_triage_even_when_the_model_is_sure(
    text: str, has_media: bool
) -> None:
    taken = route(mention(text=text, has_media=has_media), decision(actionable=0.0), CITY)
    assert (taken.name, taken.rule) == ("triage", "no_text")


@pytest.mark.parametrize(
    "text", ["@dishub_skm", "🔥🔥🔥", "@dishub_skm up", "up https://t.co/Ab3dEf", "..."]
)
def test_a_bare_tag_or_emoji_without_a_photo_is_left_to_the_model(text: str) -> None:
    assert route(mention(text=text), decision(actionable=0.0), CITY).rule == "aside"


def test_what_surely_asks_nothing_is_put_aside_with_a_way_back() -> None:
    taken = route(mention(), decision(actionable=0.19), CITY)
    assert (taken.name, taken.rule, taken.makes_item) == ("aside", "aside", True)
    assert taken.candidates[0] == "dishub"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"actionable": 0.6}, "sector"),
        ({"sector": Prediction("perhubungan", 0.7)}, "sector"),
        ({"opd": Prediction("pln", 0.9)}, "outside"),
    ],
)
def test_a_value_on_the_threshold_is_enough_for_the_queue(
    changes: dict[str, Any], rule: str
) -> None:
    taken = route(mention(), decision(**changes), CITY)
    assert (taken.name, taken.rule) == ("queue", rule)


def test_a_body_outside_the_city_is_explained_by_the_addressed_opd_or_the_front_office() -> None:
    outside = decision(opd=Prediction("pln", 0.9, (("pln", 0.9), ("dpupr", 0.1))))
    assert route(mention(addressed=("dlh",)), outside, CITY).opd == "dlh"
    assert route(mention(addressed=("pemkot",)), outside, CITY).opd == "diskominfo"
    assert route(mention(addressed=()), outside, CITY).candidates == ("diskominfo", "dpupr")


def test_an_opd_that_the_policy_no_longer_knows_is_decided_by_a_person() -> None:
    stale = decision(opd=Prediction("dinas_lama", 0.9, (("dinas_lama", 0.9), ("dlh", 0.1))))
    taken = route(mention(addressed=()), stale, CITY)
    assert (taken.name, taken.rule) == ("triage", "no_decision")
    assert taken.candidates == ("dlh", "diskominfo")


def test_the_opd_itself_never_supports_itself_and_outside_bodies_never_support() -> None:
    taken = route(mention(), decision(supporting=("dishub", "pln", "dlh", "tak_ada")), CITY)
    assert taken.supporting == ("dlh",)


# --- what holds always -------------------------------------------------------------------------

NAMES = ["dpupr", "dishub", "diskominfo", "dlh", "pdam", "bpbd"]
BODIES = ["pln", "provinsi"]
LABELS = [*NAMES, *BODIES, "dinas_lama", "pemkot"]
UNIT = st.floats(0.0, 1.0)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    opds = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    bodies = draw(st.lists(st.sampled_from(BODIES), unique=True))
    owners = {sector: draw(st.sampled_from([*opds, *bodies])) for sector in SECTORS}
    owners["lainnya"] = draw(st.sampled_from(opds))
    return policy_of(owners, opds, bodies)


def labels(names: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=4).map(tuple)


def predictions(names: list[str]) -> st.SearchStrategy[Prediction]:
    top = st.lists(st.tuples(st.sampled_from(names), UNIT), max_size=3).map(tuple)
    return st.builds(Prediction, st.sampled_from(names), UNIT, top)


FLAGS = st.builds(Flag, on=st.booleans(), confidence=UNIT)
MENTIONS = st.builds(
    Mention,
    network=st.just("x"),
    network_id=st.just("1"),
    kind=st.sampled_from(
        ["mention", "comment", "reply", "tag", "quote", "repost", "post", "visitor_post", "intake"]
    ),
    text=st.sampled_from(["jalan rusak", "", "🙏", "@dlh_skm", "@dlh_skm https://t.co/a"])
    | st.text(max_size=20),
    posted_at=st.just(NOON),
    seen_at=st.just(NOON),
    author_opd=st.none() | st.sampled_from(LABELS),
    addressed=labels(LABELS),
    has_media=st.booleans(),
)
DECISIONS = st.builds(
    Decision,
    model=st.just("test"),
    jenis=st.none() | predictions(list(JENIS)),
    sector=st.none() | predictions(list(SECTORS)),
    opd=st.none() | predictions(LABELS),
    supporting=labels(LABELS),
    urgent=FLAGS,
    sensitive=FLAGS,
    actionable=UNIT,
    actionable_thresholds=st.tuples(UNIT, UNIT).map(lambda both: (min(both), max(both))),
    sector_threshold=UNIT,
)


def documented_rules() -> dict[str, str]:
    """Rule id to route name, read from the table in the router's docstring."""
    table = re.findall(r"^    (\w+) +(\w+) +\S", router.__doc__ or "", re.MULTILINE)
    return dict(table)


@given(MENTIONS, DECISIONS, policies())
def test_every_mention_has_a_documented_route_with_opd_of_the_policy_alone(
    seen: Mention, decided: Decision, policy: Policy
) -> None:
    taken = route(seen, decided, policy)
    assert taken.name == documented_rules()[taken.rule]
    assert set(taken.candidates) <= set(policy.opd)
    assert set(taken.supporting) <= set(policy.opd)
    assert len(set(taken.candidates)) == len(taken.candidates)
    if taken.makes_item:
        assert taken.opd in policy.opd
        assert taken.candidates[0] == taken.opd
        assert taken.opd not in taken.supporting


@given(MENTIONS, DECISIONS, policies())
def test_the_same_question_gets_the_same_route(
    seen: Mention, decided: Decision, policy: Policy
) -> None:
    assert route(seen, decided, policy) == route(seen, decided, policy)


@given(MENTIONS, DECISIONS, policies())
def test_a_post_of_an_own_account_never_makes_an_item_and_a_citizens_always_does(
    seen: Mention, decided: Decision, policy: Policy
) -> None:
    citizens = seen.author_opd is None and seen.kind != "repost"
    assert route(seen, decided, policy).makes_item is citizens


@given(MENTIONS, DECISIONS, policies())
def test_what_is_sensitive_never_stands_in_the_general_queue_or_aside(
    seen: Mention, decided: Decision, policy: Policy
) -> None:
    taken = route(seen, dataclasses.replace(decided, sensitive=YES), policy)
    assert taken.name in ("triage", "answer", "context")
    assert taken.sensitive is (taken.name == "triage")


@given(MENTIONS, DECISIONS, policies())
def test_what_is_urgent_is_never_put_aside(
    seen: Mention, decided: Decision, policy: Policy
) -> None:
    assert route(seen, dataclasses.replace(decided, urgent=YES), policy).name != "aside"


@given(MENTIONS, DECISIONS, policies(), UNIT, UNIT)
def test_less_confidence_never_moves_a_mention_from_triage_or_aside_to_the_queue(
    seen: Mention, decided: Decision, policy: Policy, less_sure: float, less_actionable: float
) -> None:
    sector = decided.sector
    weaker = dataclasses.replace(
        decided,
        actionable=min(decided.actionable, less_actionable),
        sector=sector and dataclasses.replace(sector, confidence=min(sector.confidence, less_sure)),
    )
    if route(seen, weaker, policy).name == "queue":
        assert route(seen, decided, policy).name == "queue"


def test_every_rule_of_the_table_is_reached() -> None:
    reached = {route(mention(**changes), decision(), CITY).rule for changes, _, _ in NO_ITEM} | {
        route(mention(), decision(**changes), CITY).rule for changes, _ in TRIAGE
    }
    reached |= {
        route(mention(text=""), decision(), CITY).rule,
        route(mention(), decision(actionable=0.0), CITY).rule,
        route(mention(), decision(), CITY).rule,
        route(mention(), decision(opd=Prediction("pln", 0.9)), CITY).rule,
    }
    assert reached == set(documented_rules())
