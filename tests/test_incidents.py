"""Which mentions are suggested as one incident: the rule alone, on invented texts."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.text import words_of as classifier_words
from tanggap.incidents import (
    SHORT_SPAN,
    SPAN,
    Likeness,
    Rarity,
    Told,
    area_names,
    likeness,
    rarity,
    stem,
    told,
    words_of,
)
from tanggap.sectors import SECTORS

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
AREAS = area_names(
    ("Sukamaju Utara", "Sukamaju Selatan", "Cibeureum", "Karangsari", "Tanjungrejo", "Banjarwangi")
)
PAIRS = Path(__file__).parent / "incident_pairs.jsonl"


@cache
def pairs() -> list[dict[str, Any]]:
    """Return the labelled pairs: `kind` is "same", or why the two are not one incident."""
    return [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def both(pair: dict[str, Any]) -> tuple[Told, Told]:
    left, right = pair["texts"]
    here, there = pair["kecamatan"]
    later = NOW + timedelta(hours=pair["hours"])
    return (
        told(left, NOW, pair["sector"], here, AREAS),
        told(right, later, pair["other_sector"], there, AREAS),
    )


@cache
def suggested() -> list[bool]:
    """Say of each labelled pair whether it is suggested, among all texts of its sector."""
    made = [both(pair) for pair in pairs()]
    lately: dict[str | None, list[Told]] = {}
    for left, right in made:
        lately.setdefault(left.sector, []).extend((left, right))
    rare = {sector: rarity(texts) for sector, texts in lately.items()}
    return [likeness(left, right, rare[left.sector]) is not None for left, right in made]


def test_the_labelled_pairs_are_many_and_of_all_kinds() -> None:
    kinds = Counter(pair["kind"] for pair in pairs())
    assert kinds.total() >= 120
    assert set(kinds) == {"same", "place", "day", "other", "campaign", "short", "sector"}
    assert kinds["same"] >= 50


def test_of_what_is_suggested_nearly_all_is_right_and_most_is_found() -> None:
    found = Counter(
        (pair["kind"] == "same", said) for pair, said in zip(pairs(), suggested(), strict=True)
    )
    right, wrong, missed = found[True, True], found[False, True], found[True, False]
    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.6


@pytest.mark.parametrize("kind", ["place", "day", "other", "campaign", "short", "sector"])
def test_strangers_are_kept_apart(kind: str) -> None:
    wrong = [
        pair["texts"]
        for pair, said in zip(pairs(), suggested(), strict=True)
        if pair["kind"] == kind and said
    ]
    assert wrong == []


FLOOD = "Banjir setinggi lutut di Jl. Flamboyan Tanjungrejo, got mampet semua, motor mogok"
AGAIN = "jl flamboyan kerendem lagi airnya selutut, got mampet, banyak motor mogok"


def compare(
    left: str = FLOOD,
    right: str = AGAIN,
    *,
    hours: float = 1.0,
    sectors: tuple[str | None, str | None] = ("drainase_banjir", "drainase_banjir"),
    places: tuple[str | None, str | None] = ("tanjungrejo", "tanjungrejo"),
) -> Likeness | None:
    one = told(left, NOW, sectors[0], places[0], AREAS)
    other = told(right, NOW + timedelta(hours=hours), sectors[1], places[1], AREAS)
    return likeness(one, other, rarity([one, other]))


def test_a_suggestion_says_why() -> None:
    why = compare()
    assert why is not None
    assert why.names == ("flamboyan",)
    assert why.kecamatan == "tanjungrejo"
    assert why.apart == timedelta(hours=1)
    assert set(why.words) <= set(words_of(FLOOD)) | set(words_of(AGAIN)) | {"sumbat", "banjir"}
    assert len(why.words) >= 3
    assert 0 < why.score <= 1


def test_another_sector_kecamatan_or_day_is_another_incident() -> None:
    assert compare(sectors=("drainase_banjir", "jalan")) is None
    assert compare(sectors=(None, None)) is None
    assert compare(places=("tanjungrejo", "cibeureum")) is None
    assert compare(places=(None, "cibeureum")) is not None
    assert compare(hours=SPAN / timedelta(hours=1)) is None  # "mogok" passes within hours
    assert compare(hours=47, left=FLOOD.replace("mogok", "rusak"), right=AGAIN[:-6]) is not None
    assert compare(hours=49, left=FLOOD.replace("mogok", "rusak"), right=AGAIN[:-6]) is None


def test_a_very_short_text_needs_the_same_street_within_hours() -> None:
    short = "flamboyan banjir min"
    assert compare(right=short) is not None
    assert compare(right=short, hours=SHORT_SPAN / timedelta(hours=1) + 1) is None
    assert compare(right="sama min") is None
    assert compare(left="banjir min", right="banjir lagi min") is None


def test_links_handles_and_hashtags_make_nothing_alike() -> None:
    tail = " #SukamajuDaruratBanjir @pemkot_skm https://contoh.example/petisi"
    left = "Sungai meluap masuk dapur, kulkas dan kasur kami rusak semua"
    right = "Turap proyek mangkrak, besi berkarat dibiarkan berserakan bertahun"
    assert compare(left + tail, right + tail) is None
    assert words_of("A https://x.example/a #Banjir @dinas_pu b www.a.example c") == ["a", "b", "c"]


def test_one_letter_wrong_in_a_name_is_the_same_name() -> None:
    assert compare(right=AGAIN.replace("flamboyan", "flamboian")) is not None
    assert compare(right=AGAIN.replace("flamboyan", "kamboja")) is None


def test_another_rt_of_the_same_street_is_another_place() -> None:
    assert compare(FLOOD + " RT 3", AGAIN + " rt 03") is not None
    assert compare(FLOOD + " RT 3", AGAIN + " RT 7") is None


@pytest.mark.parametrize(
    ("word", "its"),
    [
        ("berlubang", "lubang"), ("menumpuk", "tumpuk"), ("numpuk", "tumpuk"),
        ("jalannya", "jalan"),
        ("diperbaiki", "perbaik"), ("kebanjiran", "banjir"), ("mati", "mati"), ("jalan", "jalan"),
    ],
)  # fmt: skip
def test_a_word_loses_its_commonest_beginnings_and_ends(word: str, its: str) -> None:
    assert stem(word) == its


ANY_TEXT = st.text(max_size=120) | st.lists(
    st.sampled_from((*FLOOD.split(), *AGAIN.split(), "RT", "3", "7", "kali", "SMA", "2", "raya")),
    max_size=20,
).map(" ".join)
ANY_TOLD = st.builds(
    lambda text, hours, sector, place: told(
        text, NOW + timedelta(hours=hours), sector, place, AREAS
    ),
    ANY_TEXT,
    st.floats(0, 100),
    st.sampled_from((None, *list(SECTORS)[:2])),
    st.sampled_from((None, "tanjungrejo", "cibeureum")),
)


@settings(max_examples=100)
@given(ANY_TOLD, ANY_TOLD, st.lists(ANY_TOLD, max_size=4))
def test_it_is_the_same_whoever_comes_first_and_never_crosses_a_line(
    left: Told, right: Told, more: list[Told]
) -> None:
    rare = rarity([left, right, *more])
    why = likeness(left, right, rare)
    assert why == likeness(right, left, rare)
    if why is not None:
        assert left.sector == right.sector is not None
        assert abs(left.posted_at - right.posted_at) <= SPAN
        assert None in (left.kecamatan, right.kecamatan) or left.kecamatan == right.kecamatan
        assert 0 < why.score <= 1 + 1e-9
        assert why.words
        if left.short or right.short:
            assert why.names or left.numbers & right.numbers


@given(st.text(st.characters(exclude_characters="#@<"), max_size=200))
def test_without_tags_the_words_are_those_that_the_classifier_reads(text: str) -> None:
    marks = ("http", "www.", "xxtautan", "xxakun")
    if not any(mark in text.lower() for mark in marks):
        assert words_of(text) == classifier_words(text)


def test_the_rarer_a_word_the_more_it_weighs() -> None:
    rare = Rarity(Counter({"banjir": 9, "ular": 1}), 10)
    assert rare.of("ular") > rare.of("banjir") > 0
