import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.phrases import Phrases
from classifier.text import MAX_LENGTH, tokens_of, words_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Jalan RUSAK parah", ["jalan", "rusak", "parah"]),
        ("bangeeeet", ["banget"]),
        ("maaf", ["maaf"]),
        ("@dpupr_skm tolong", ["xxakun", "tolong"]),
        ("<USER> tolong <URL> <PHONE>", ["xxakun", "tolong", "xxtautan", "0"]),
        ("surel a@b.id", ["surel", "a", "@", "b", ".", "id"]),
        ("lihat https://x.example/a?b=1 ya", ["lihat", "xxtautan", "ya"]),
        ("#JalanRusak #lampu_mati", ["jalan", "rusak", "lampu", "mati"]),
        ("Rp 150.000 jam 08:30", ["rp", "0", "jam", "0"]),
        ("kapan?? 😡", ["kapan", "?", "?", "😡"]),
        ("𝗣𝗿𝗼𝗺𝗼", ["promo"]),
        ("", []),
        ("   \n\t ", []),
    ],
)
def test_features_see_one_token_for_links_handles_numbers_and_stretched_letters(text, wanted):
    assert tokens_of(text) == wanted


def test_words_for_search_leave_out_links_handles_and_punctuation():
    assert words_of("Di ALUN-ALUN, pak @dpupr_skm https://a.example/b 24 jam") == [
        "di",
        "alun",
        "alun",
        "pak",
        "24",
        "jam",
    ]


def test_phrases_are_found_whole_in_order_of_appearance():
    phrases = Phrases([("alun-alun", 1), ("BPN", 2), ("alun", 3), ("...", 4)])
    assert phrases.find(words_of("bpn di Alun alun")) == [2, 1, 3, 3]
    assert phrases.find(words_of("abpn alunx")) == []
    assert phrases.any(words_of("alun"))
    assert not phrases.any(words_of("alunan"))
    assert not Phrases([("alun alun", 1)]).any(["alun", "air"])


@given(st.text())
def test_any_text_can_be_read_and_reading_ends(text):
    assert all(token and not token.isspace() for token in tokens_of(text))
    assert all(word.isalnum() or word for word in words_of(text))


def test_only_the_head_of_a_huge_text_is_read():
    assert len(tokens_of("kata " * MAX_LENGTH)) <= MAX_LENGTH
