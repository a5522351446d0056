"""When more people than usual complain: the rule alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.surges import at_least, is_surge, usual


def test_as_many_as_ever_are_no_surge_and_far_more_are() -> None:
    ordinary = usual([3, 2, 4, 3, 2, 5, 3, 2, 1, 3] * 2)
    assert 2 < ordinary < 3.5
    assert not is_surge(7, ordinary)
    assert is_surge(14, ordinary)


def test_where_nobody_ever_complains_five_do_and_four_do_not() -> None:
    assert is_surge(5, usual([0] * 28))
    assert not is_surge(4, usual([0] * 28))


def test_an_install_of_two_days_wants_more_before_it_speaks() -> None:
    assert not is_surge(5, usual([0, 0]))
    assert not is_surge(5, usual([]))
    assert is_surge(8, usual([]))


def test_last_weeks_flood_does_not_hide_this_weeks() -> None:
    assert usual([1] * 26 + [60, 80]) == usual([1] * 28)
    assert is_surge(12, usual([1] * 26 + [60, 80]))


@pytest.mark.parametrize(("count", "mean"), [(5, 0.25), (9, 3.0), (40, 12.5), (3, 2.9)])
def test_the_chance_is_that_of_poisson(count: int, mean: float) -> None:
    below = math.fsum(math.exp(-mean) * mean**n / math.factorial(n) for n in range(count))
    assert at_least(count, mean) == pytest.approx(1 - below, rel=1e-6)


@given(st.integers(0, 3000), st.floats(0.25, 2000))
def test_more_is_never_less_of_a_surge(count: int, mean: float) -> None:
    assert 0 <= at_least(count + 1, mean) <= at_least(count, mean) <= 1 + 1e-9
    assert at_least(count, mean) <= at_least(count, mean * 1.5) + 1e-9
