"""Every fault that Tanggap promises to survive is provoked by a test, and listed for people."""

import re

import fault_matrix
import pytest


@pytest.mark.parametrize("number", fault_matrix.NUMBERS)
def test_each_fault_is_provoked_by_a_test(number: int) -> None:
    assert fault_matrix.claims().get(number), f"no test carries pytest.mark.fault({number})"


def test_no_test_claims_a_fault_that_is_not_in_the_list() -> None:
    assert set(fault_matrix.claims()) <= set(fault_matrix.NUMBERS)


def test_each_fault_has_its_words() -> None:
    texts = fault_matrix.words()
    assert set(texts) == set(fault_matrix.NUMBERS)
    for number, row in texts.items():
        assert set(row) == {"fault", "behaviour", "operator"}, number
        for key, text in row.items():
            assert len(text) > 10, (number, key)
            assert not re.search(r"[|\n]", text), (number, key)


def test_the_page_is_the_one_that_words_and_markers_give() -> None:
    written = fault_matrix.PAGE.read_text(encoding="utf-8")
    assert written == fault_matrix.page(), "write it anew: python tests/fault_matrix.py"
