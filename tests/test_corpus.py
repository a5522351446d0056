"""The training corpus: known labels, different texts, nothing that looks like a real person's."""

import json
import re

import numpy as np
import pytest
import scipy.sparse as sp
from classifier_support import policy

import models
from classifier.dataset import check_for_training
from classifier.places import AUTOMATIC, Gazetteer, place_of
from classifier.text import words_of
from tanggap.mention import ACTIONABLE, UMBRELLA
from tanggap.sectors import SECTORS
from tanggap.tuning import files

FIELDS = {
    "text", "jenis", "sector", "mentioned_opd", "kecamatan", "urgent", "sensitive", "parent_text",
    "register",
}  # fmt: skip
TOO_ALIKE = 0.75
"""Share of words that two texts may have in common (Jaccard), from six different words on."""

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


def test_there_are_many_different_texts_of_every_sector():
    assert len({tuple(words_of(row["text"])) for _, _, row in ROWS}) >= 1_500
    for sector in SECTORS:
        assert sum(row.get("sector") == sector for _, _, row in ROWS) >= 40


def alike(texts):
    """Return the pairs of texts whose sets of words are too alike: (number, number, share)."""
    words: dict[str, int] = {}
    rows, columns = [], []
    for number, text in enumerate(texts):
        for word in set(words_of(text)):
            rows.append(number)
            columns.append(words.setdefault(word, len(words)))
    matrix = sp.csr_matrix(
        (np.ones(len(rows), np.float32), (rows, columns)), (len(texts), len(words))
    )
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    pairs = []
    for start in range(0, len(texts), 500):
        common = (matrix[start : start + 500] @ matrix.T).toarray()
        union = sizes[start : start + 500, None] + sizes[None, :] - common
        share = common / np.maximum(union, 1)
        share[sizes[start : start + 500] < 6] = 0
        for left, right in zip(*np.nonzero(share >= TOO_ALIKE), strict=True):
            if start + left < right:
                pairs.append((int(start + left), int(right), round(float(share[left, right]), 2)))
    return pairs


def test_no_two_texts_are_near_duplicates():
    pairs = alike([row["text"] for _, _, row in ROWS])
    assert [f"{ROWS[a][0]}:{ROWS[a][1]} {ROWS[b][0]}:{ROWS[b][1]}" for a, b, _ in pairs] == []


def test_a_near_duplicate_would_be_found():
    text = "lampu jalan di depan pasar lama sudah seminggu padam tolong diperbaiki"
    assert alike([text, "halo", text.replace("seminggu", "sebulan") + "!"]) == [(0, 2, 0.83)]


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
