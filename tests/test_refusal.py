"""Why an address took no message, from lines that hold its secrets: only the code goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.notify.refusal import REFUSALS, refusal


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Failed to send JSON POST notification: Unauthorized, error=401.", ("login", "HTTP 401")),
        ("Failed to send Telegram notification: Not Found, error=404.", ("missing", "HTTP 404")),
        ("Failed to send: error=429.", ("often", "HTTP 429")),
        ("Failed to send: error=400.", ("refused", "HTTP 400")),
        ("Failed to send: error=502.", ("broken_service", "HTTP 502")),
        ("Socket Exception: (535, b'5.7.8 authentication failed')", ("login", "SMTP 535")),
        ("Socket Exception: {'a@b.invalid': (550, b'tidak ada')}", ("mail", "SMTP 550")),
        ("Socket Exception: {'a@b.invalid': (451, b'nanti')}", ("often", "SMTP 451")),
        ("Socket Exception: [Errno -2] Name or service not known", ("name", "")),
        ("Socket Exception: NameResolutionError('Failed to resolve x')", ("name", "")),
        ("Socket Exception: [SSL: CERTIFICATE_VERIFY_FAILED]", ("certificate", "")),
        ("Socket Exception: Read timed out. (read timeout=15)", ("timeout", "")),
        ("Socket Exception: [Errno 111] Connection refused", ("closed", "")),
        ("Socket Exception: (host='tls.contoh.id'): Connection refused", ("closed", "")),
        ("Socket Exception: [Errno 113] No route to host", ("unreachable", "")),
        ("Socket Exception: Connection unexpectedly closed", ("broken", "")),
        ("There are no recipients", ("unknown", "")),
    ],
)
def test_a_line_tells_the_reason(line: str, said: tuple[str, str]) -> None:
    assert refusal(["sent something", line]) == said


@given(st.lists(st.text(max_size=80), max_size=5))
def test_whatever_is_logged_only_a_known_word_and_a_number_of_three_go_on(lines: list[str]) -> None:
    code, number = refusal(lines)
    assert code in REFUSALS
    assert number in ("", f"{number[:4]} {number[-3:]}")
    assert number == "" or number[-3:].isdigit()
