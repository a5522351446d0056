"""The training corpus: known labels, different texts, nothing that looks like a real person's."""

import json
import re
from collections import Counter

import numpy as np
import pytest
import scipy.sparse as sp
from classifier_support import policy

import models
from classifier.dataset import check_for_training
from classifier.places import AUTOMATIC, Gazetteer, place_of
from classifier.text import HANDLE, LINK, tokens_of, words_of
from tanggap.mention import ACTIONABLE, UMBRELLA
from tanggap.sectors import SECTORS
from tanggap.tuning import files

FIELDS = {
    "text", "jenis", "sector", "mentioned_opd", "kecamatan", "urgent", "sensitive", "parent_text",
    "register",
}  # fmt: skip
TOO_ALIKE = 0.75
"""Share of words that two texts may have in common (Jaccard), from six different words on."""
TOO_LIKE_A_TEST = 0.6
"""The same of a text here and one of the social test set, of whatever length."""
AT_LEAST = {
    "pengaduan": 3_500, "permintaan_informasi": 900, "aspirasi": 400, "apresiasi": 400,
    "bukan_aduan": 1_000, "spam": 250,
    "x": 1_800, "instagram": 1_600, "facebook": 2_000, "portal": 1_200,
}  # fmt: skip
"""Texts of each jenis and of each register."""

ROWS = [
    (path.name, number, json.loads(line))
    for path in models.corpus()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
]


def test_every_line_has_known_fields_and_labels():
    for name, number, row in ROWS:
        where = f"{name}:{number}"
        assert set(row) <= FIELDS, where
        assert row["register"] in ("x", "instagram", "facebook", "portal"), where
        assert row["text"].strip(), where
        assert row.get("mentioned_opd", UMBRELLA) in {*policy().opd, UMBRELLA}, where
        assert all(row.get(flag, True) is True for flag in ("urgent", "sensitive")), where
        assert bool(row.get("sector")) == (row["jenis"] in ACTIONABLE), where
    assert len(check_for_training(files.corpus())) == len(ROWS)


def test_there_are_many_different_texts_of_every_sector_jenis_and_register():
    assert len({tuple(words_of(row["text"])) for _, _, row in ROWS}) >= 6_000
    sectors = Counter(row.get("sector") for _, _, row in ROWS)
    assert {sector: n for sector, n in sectors.items() if n < 150} == {}
    assert set(sectors) == {*SECTORS, None}
    other = Counter(row[field] for _, _, row in ROWS for field in ("jenis", "register"))
    assert {name: other[name] for name, least in AT_LEAST.items() if other[name] < least} == {}


def test_the_readme_counts_what_is_there():
    counts = Counter(name for name, _, _ in ROWS)
    for field in ("jenis", "sector", "register"):
        counts.update(row[field] for _, _, row in ROWS if field in row)
    readme = (models.corpus()[0].parent / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"\| `?([a-z_.]+)`? \| (\d+) (?=\|)", readme)
    assert {name: int(number) for name, number in table} == counts


def word_set(text):
    """Return the words of a text, any number as one and no handles; of a text without words all."""
    tokens = frozenset(tokens_of(text))
    return frozenset(word for word in tokens - {HANDLE, LINK} if word.isalnum()) or tokens


def word_matrix(texts, words):
    """Return a row of ones for each text, a column for each word; new ones are put into `words`."""
    rows, columns = [], []
    for number, text in enumerate(texts):
        for word in word_set(text):
            rows.append(number)
            columns.append(words.setdefault(word, len(words)))
    ones = np.ones(len(rows), np.float32)
    return sp.csr_matrix((ones, (rows, columns)), (len(texts), max(len(words), 1)))


def alike(texts, others, limit, fewest_words=1):
    """Return (number, number, share) of what is too alike by the words that both have."""
    words: dict[str, int] = {}
    second = word_matrix(others, words)
    first = word_matrix(texts, words)
    second.resize(second.shape[0], first.shape[1])
    sizes, other_sizes = (np.asarray(side.sum(axis=1)).ravel() for side in (first, second))
    pairs = []
    for start in range(0, len(texts), 500):
        mine = sizes[start : start + 500]
        common = (first[start : start + 500] @ second.T).toarray()
        share = common / np.maximum(mine[:, None] + other_sizes[None, :] - common, 1)
        share[np.maximum(mine[:, None], other_sizes[None, :]) < fewest_words] = 0
        for left, right in zip(*np.nonzero(share >= limit), strict=True):
            pairs.append((int(start + left), int(right), round(float(share[left, right]), 2)))
    return pairs


def repeated(texts):
    """Return the pairs of texts that are nearly the same, each pair once."""
    pairs = alike(texts, texts, TOO_ALIKE, fewest_words=6)
    return [(left, right, share) for left, right, share in pairs if left < right]


def test_no_two_texts_are_near_duplicates():
    pairs = repeated([row["text"] for _, _, row in ROWS])
    assert [f"{ROWS[a][0]}:{ROWS[a][1]} {ROWS[b][0]}:{ROWS[b][1]}" for a, b, _ in pairs] == []


def test_no_short_text_stands_twice_unless_it_answers_different_posts():
    places: dict[tuple[frozenset[str], str | None], list[str]] = {}
    for name, number, row in ROWS:
        same = (word_set(row["text"]), row.get("parent_text"))
        places.setdefault(same, []).append(f"{name}:{number}")
    assert [where for where in places.values() if len(where) > 1] == []


def test_no_text_is_one_of_the_social_test_set_or_nearly():
    lines = models.social().read_text(encoding="utf-8").splitlines()
    social = [json.loads(line)["text"] for line in lines]
    pairs = alike([row["text"] for _, _, row in ROWS], social, TOO_LIKE_A_TEST)
    assert [f"{ROWS[a][0]}:{ROWS[a][1]}" for a, _, _ in pairs] == []


def test_a_near_duplicate_would_be_found():
    text = "lampu jalan di depan pasar lama sudah seminggu padam tolong diperbaiki"
    assert repeated([text, "halo", text.replace("seminggu", "sebulan") + "!"]) == [(0, 2, 0.83)]


def test_a_text_of_the_test_set_would_be_found_whatever_its_length():
    test_set = ["Naik min 🙏", "@dishub_skm @dlh_skm", "padam 3 hari 2 malam"]
    mine = ["naik, min", "@pemkot_skm", "padam 12 malam", "halo min"]
    found = alike(mine, test_set, TOO_LIKE_A_TEST)
    assert [(left, right) for left, right, _ in found] == [(0, 0), (1, 1), (2, 2)]
    assert [share for _, _, share in found] == [1.0, 1.0, 0.75]


def test_no_addresses_numbers_or_accounts_of_real_people():
    handles = {f"{opd}_skm" for opd in policy().opd} | {f"{opd}.sukamaju" for opd in policy().opd}
    handles |= {"pemkot_skm", "pemkot.sukamaju"}
    for name, number, row in ROWS:
        text = row["text"] + " " + row.get("parent_text", "")
        where = f"{name}:{number}"
        assert not re.search(r"\d{9,}", text.replace("-", "")), where
        assert not re.search(r"[\w.]+@[\w-]+\.\w", text), where
        for handle in re.findall(r"(?<!\w)@([\w.]*\w)", text):
            known = handle.lower() in handles
            # Invented private accounts may stand there; government-like ones may not.
            assert known or not re.search(r"(?i)dinas\w|pemkot|pemkab|_skm|\.go", handle), where


def test_a_kecamatan_that_is_surely_named_is_the_labelled_one():
    gazetteer = Gazetteer(policy())
    names = {kecamatan.name: key for key, kecamatan in policy().kecamatan.items()}
    wrong = []
    for name, number, row in ROWS:
        place = place_of(gazetteer.find(words_of(row["text"])))
        if place is None or place.confidence < AUTOMATIC or "kecamatan" not in row:
            continue
        if names[row["kecamatan"]] != place.label:
            wrong.append(f"{name}:{number}")
    assert len(wrong) <= 3, wrong


def test_terms_are_short_different_and_of_known_sectors():
    terms = files.terms()
    assert {sector for sector, _ in terms} == set(SECTORS)
    assert len({tuple(words_of(term)) for _, term in terms}) >= len(terms) * 0.99
    assert all(1 <= len(term.split()) <= 8 for _, term in terms)


@pytest.mark.parametrize("path", models.corpus(), ids=lambda path: path.name)
def test_files_are_utf8_with_real_characters(path):
    text = path.read_text(encoding="utf-8")
    assert "\\u" not in text
    assert text.endswith("\n")
