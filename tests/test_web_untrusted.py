"""What strangers write, made fit to be shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.web.show import outbound
from tanggap.web.untrusted import MARKS_AT_MOST, clean, host_of, one_line, pieces

ANY_TEXT = st.text(st.characters(), max_size=400)


@given(ANY_TEXT)
def test_cleaned_text_is_inert_and_encodable(text: str) -> None:
    shown = clean(text)
    shown.encode("utf-8")
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\x00\r")
    run = 0
    for character in shown:
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        assert run <= MARKS_AT_MOST
    assert clean(shown) == shown


@given(ANY_TEXT)
def test_pieces_together_are_the_cleaned_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == clean(text)


@given(ANY_TEXT)
def test_one_line_is_one_short_line(text: str) -> None:
    line = one_line(text, 40)
    assert "\n" not in line
    assert len(line) <= 42


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Pak, jalan rusak 😭👨‍👩‍👧 di ꦱꦸꦏꦩꦗꦸ\n\tkapan? ≥ 3 hari"
    assert clean(text) == text


def test_direction_tricks_are_shown_or_dropped() -> None:
    assert clean("a\u202egnp.exe\u2069") == "a[U+202E]gnp.exe"


def test_a_huge_text_is_cut_in_time() -> None:
    assert len(clean("z\u0301" * 1_000_000)) <= 50_000
    assert len(clean("\n" * 1_000_000)) == 3
    assert one_line("x" * 1_000_000).endswith(" …")


def test_long_runs_get_places_to_break_and_nothing_else_changes() -> None:
    for text in ("A" * 30_000, "й" * 500, "z\u0301" * 500, "👨‍👩‍👧" * 300, "biasa saja"):
        (piece,) = pieces(text)
        assert "".join(piece.parts) == piece.text
        assert "\u00ad" not in piece.text
    assert max(len(part) for part in pieces("A" * 30_000)[0].parts) == 60
    assert clean("a\u00adb") == "ab"


def test_no_text_makes_the_search_for_breaks_slow() -> None:
    for text in (("A" * 59 + " ") * 800, "A" * 59 + "\u0301", "_a" * 29 + "😭", "й1" * 29 + "\n"):
        (piece,) = pieces(text)
        assert len(piece.parts) == 1


def test_links_are_found_and_end_where_the_sentence_ends() -> None:
    found = pieces("lihat (https://a.example/x?y=1), atau HTTP://B.example. javascript:alert(1)")
    assert [piece.url for piece in found if piece.url] == [
        "https://a.example/x?y=1",
        "HTTP://B.example",
    ]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.example/x", "a.example"),
        ("https://user:pw@jahat.example/", "jahat.example"),
        ("https://pаypal.com/", "xn--pypal-4ve.com"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://", ""),
        ("https://[::1", ""),
        ("https://a:b/", ""),
        ("https://" + "a" * 70 + ".example/", ""),
        ("//a.example", ""),
        ("", ""),
    ],
)
def test_the_host_is_told_in_ascii(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("network", "permalink", "address"),
    [
        ("x", "https://x.com/a/status/1", "https://x.com/a/status/1"),
        ("x", "https://mobile.twitter.com/a", "https://mobile.twitter.com/a"),
        ("x", "https://notx.com/a", "/tautan?ke=https%3A%2F%2Fnotx.com%2Fa"),
        ("x", "http://x.com/a", "/tautan?ke=http%3A%2F%2Fx.com%2Fa"),
        ("x", "https://x.com@jahat.example/", "/tautan?ke=https%3A%2F%2Fx.com%40jahat.example%2F"),
        ("lapor", "https://lapor.example/1", "/tautan?ke=https%3A%2F%2Flapor.example%2F1"),
        ("x", "javascript:alert(1)", ""),
        ("x", None, ""),
    ],
)
def test_only_the_networks_own_address_opens_directly(
    network: str, permalink: str | None, address: str
) -> None:
    assert outbound(network, permalink) == address


def test_a_link_that_holds_a_telephone_number_is_shown_masked_and_leads_nowhere() -> None:
    text = "hubungi https://wa.me/6281234567890 atau https://contoh.example/a"
    found = pieces(text)
    assert [piece.url for piece in found] == ["", "https://contoh.example/a"]
    assert found[0].text == "hubungi https://wa.me/62812••••890 atau "
    assert "6281234567890" in "".join(piece.url for piece in pieces(text, revealed=True))
