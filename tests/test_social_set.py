"""The social test set: what it holds, and that nobody has trained on it or changed it."""

import hashlib
import json
import re
from collections import Counter

from classifier_support import policy

import models
from classifier.text import words_of
from tanggap.mention import ACTIONABLE, JENIS, UMBRELLA
from tanggap.sectors import SECTORS
from tanggap.tuning import files

DIGEST = "fa76fb666342ea09f22a9eb7fd5af9ededfa7a6f43f8b2dba0ede48f1073ea83"
"""Written down before the first training on the corpus as it is now."""
FIELDS = {
    "text", "kind", "network", "jenis", "sector", "opd", "mentioned_opd", "kecamatan", "urgent",
    "sensitive", "supporting", "parent_text",
}  # fmt: skip
TOO_ALIKE = 0.7
"""Share of words in common (Jaccard), from six different words on."""

ROWS = [json.loads(line) for line in models.social().read_text(encoding="utf-8").splitlines()]


def test_it_is_the_set_whose_digest_was_written_down() -> None:
    assert hashlib.sha256(models.social().read_bytes()).hexdigest() == DIGEST


def test_every_row_has_known_fields_and_labels() -> None:
    known = {*policy().opd, *policy().outside}
    for number, row in enumerate(ROWS, 1):
        assert set(row) <= FIELDS, number
        assert row["kind"] in ("natural", "hard"), number
        assert row["network"] in ("x", "instagram", "facebook"), number
        assert row["jenis"] in JENIS, number
        assert bool(row.get("sector")) == (row["jenis"] in ACTIONABLE), number
        assert row.get("sector", "jalan") in SECTORS, number
        assert row.get("opd", "dpupr") in known, number
        assert set(row.get("supporting", ())) <= known, number
        assert row.get("mentioned_opd", UMBRELLA) in {*policy().opd, UMBRELLA}, number


def test_half_is_natural_half_hard_and_at_least_two_hundred_ask_nothing() -> None:
    kinds = Counter(row["kind"] for row in ROWS)
    assert kinds == {"natural": 300, "hard": 300}
    assert sum(row["jenis"] not in ACTIONABLE for row in ROWS) >= 200
    assert {row.get("sector") for row in ROWS} >= set(SECTORS)


def test_no_text_is_in_the_corpus_or_nearly() -> None:
    corpus = [set(words_of(example.text)) for example in files.corpus()]
    texts_with: dict[str, list[int]] = {}
    for text, words in enumerate(corpus):
        for word in words:
            texts_with.setdefault(word, []).append(text)

    def nearest(words: set[str]) -> float:
        common = Counter(text for word in words for text in texts_with.get(word, ()))
        shares = (n / (len(words) + len(corpus[text]) - n) for text, n in common.items())
        return max(shares, default=0.0)

    assert nearest(corpus[0]) == 1.0
    rows = [set(words_of(row["text"])) for row in ROWS]
    near = [
        number
        for number, words in enumerate(rows, 1)
        if len(words) >= 6 and nearest(words) >= TOO_ALIKE
    ]
    assert near == []


def test_it_names_no_account_outside_the_invented_city() -> None:
    for number, row in enumerate(ROWS, 1):
        text = row["text"] + " " + row.get("parent_text", "")
        for handle in re.findall(r"(?<!\w)@([\w.]*\w)", text):
            assert handle.endswith(("_skm", ".sukamaju")), number
        assert not re.search(r"\d{9,}", text.replace("-", "")), number
        assert not re.search(r"[\w.]+@[\w-]+\.\w", text), number
