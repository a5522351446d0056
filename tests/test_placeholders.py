"""The neutral SQL's placeholders, as psycopg wants them."""

import re

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.store.placeholders import for_psycopg


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", "SELECT 1"),
        ("a = ? AND b = ?", "a = %s AND b = %s"),
        ("a = :a OR a = :a", "a = %(a)s OR a = %(a)s"),
        ("a = :opd_12, (:a)", "a = %(opd_12)s, (%(a)s)"),
        ("a = '?' AND b = ?", "a = '?' AND b = %s"),
        ("a = ':a' || :a || ':'", "a = ':a' || %(a)s || ':'"),
        ("a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = %s"),
        ('"odd ? :name" = ?', '"odd ? :name" = %s'),
        ("a::text = :a::text", "a::text = %(a)s::text"),
        ("a LIKE 'x%' AND b % 2 = ?", "a LIKE 'x%%' AND b %% 2 = %s"),
        ("a -- why? :so\n= ?", "a -- why? :so\n= %s"),
        ("substr(a, length(:s) + 1) = :s || ':'", "substr(a, length(%(s)s) + 1) = %(s)s || ':'"),
    ],
)  # fmt: skip
def test_placeholders_are_translated_and_all_else_stays(sql: str, expected: str) -> None:
    assert for_psycopg(sql) == expected.encode()


def test_two_kinds_in_one_statement_are_an_error() -> None:
    with pytest.raises(ValueError, match="two kinds"):
        for_psycopg("a = ? AND b = :b")


PIECES = st.sampled_from(
    ["?", "'", '"', "''", "::", "%", "%s", "-- ", "\n", "a", " = ", "jalan?", "(", ")", ","]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_stands_in_a_text_is_never_a_placeholder(inside: str) -> None:
    literal = "'" + inside.replace("'", "''") + "'"
    translated = for_psycopg(f"SELECT {literal}, ?, {literal}").decode()
    escaped = literal.replace("%", "%%")
    assert translated == f"SELECT {escaped}, %s, {escaped}"


@given(st.lists(st.sampled_from(["a = :x", "b::text", "'%:y'", "c % 2", ":long_1"]), max_size=8))
def test_psycopg_finds_as_many_parameters_as_there_are(parts: list[str]) -> None:
    sql = " AND ".join(parts)
    translated = for_psycopg(sql).decode()
    named = re.findall(r"%\((\w+)\)s", translated)
    assert named == [part.rpartition(":")[2] for part in parts if part in ("a = :x", ":long_1")]
    parsed = psycopg._queries.PostgresQuery(psycopg.adapt.Transformer())
    parsed.convert(translated.encode(), dict.fromkeys(named, 1))
    assert b"%(" not in parsed.query
