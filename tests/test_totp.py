"""Codes by time, recovery codes, names of devices, passwords that people may choose: all pure."""

import re
from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from tanggap.clock import Clock
from tanggap.web import totp
from tanggap.web.devices import device
from tanggap.web.new_password import wrong_with

RFC_SECRET = b32encode(b"12345678901234567890").decode()
RFC_CODES = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
"""RFC 6238, appendix B (SHA-1), the last six of its eight digits."""


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("seconds", list(RFC_CODES))
def test_codes_are_those_of_the_standard(seconds: int) -> None:
    step = totp.step_of(RFC_SECRET, RFC_CODES[seconds], moment(seconds), 0)
    assert step == seconds // 30


@pytest.mark.parametrize(
    ("late", "taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_phone_may_be_one_step_off_and_no_more(late: int, taken: bool) -> None:
    found = totp.step_of(RFC_SECRET, RFC_CODES[1234567890], moment(1234567890 + late), 0)
    assert (found == 1234567890 // 30) is taken


def test_no_code_of_a_step_that_is_used_up_is_taken() -> None:
    step = 1234567890 // 30
    code, when = RFC_CODES[1234567890], moment(1234567890)
    assert totp.step_of(RFC_SECRET, code, when, step - 1) == step
    assert totp.step_of(RFC_SECRET, code, when, step) is None


@given(st.text(max_size=12))
def test_nothing_that_is_not_six_digits_is_looked_at(typed: str) -> None:
    when = moment(1234567890)
    if totp.step_of(RFC_SECRET, typed, when, 0) is not None:
        assert re.fullmatch(r"[0-9]{6}", "".join(typed.split()))


def test_spaces_in_a_code_do_no_harm_and_foreign_digits_are_none() -> None:
    when = moment(1234567890)
    assert totp.step_of(RFC_SECRET, " 005 924\n", when, 0) is not None
    assert totp.step_of(RFC_SECRET, "٠٠٥٩٢٤", when, 0) is None


def test_with_a_key_the_seed_alone_is_not_the_secret() -> None:
    seed = totp.new_seed()
    plain = totp.secret_of(seed, "")
    keyed = totp.secret_of(seed, "k" * 32)
    assert plain == b32encode(bytes.fromhex(seed)).decode()
    assert len({plain, keyed, totp.secret_of(seed, "l" * 32)}) == 3
    assert len(keyed) == len(plain) == 32
    assert totp.mark_of("") == ""
    assert totp.mark_of("k" * 32) != totp.mark_of("l" * 32)
    assert "k" * 8 not in totp.mark_of("k" * 32)


def test_the_picture_holds_what_an_app_needs_and_nothing_that_runs() -> None:
    picture = totp.qr(RFC_SECRET, "ketua", "Sukamaju")
    assert picture.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    assert not re.search(rb"<script|style=|href", picture)
    address = (
        f"otpauth://totp/Tanggap%20Sukamaju:ketua?secret={RFC_SECRET}&issuer=Tanggap%20Sukamaju"
    )
    same = segno.make(address, error="m", micro=False).svg_inline(
        scale=4, dark="#000", light="#fff"
    )
    drawn = re.findall(r' d="([^"]+)"', picture.decode())
    assert drawn == re.findall(r' d="([^"]+)"', same)


def test_recovery_codes_are_many_different_and_found_however_they_are_typed() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch(r"(?:[a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", code)
        assert totp.recovery_digest(f" {code.upper().replace('-', ' ')} ") == (
            totp.recovery_digest(code)
        )
    assert len({totp.recovery_digest(code) for code in codes}) == 10


def test_codes_go_by_real_time_on_a_compressed_clock() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    clock = Clock(600.0, real_start=datetime.now(UTC), simulated_start=start)
    assert abs(clock.real_now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.now().year == 2026
    assert abs(Clock().real_now() - datetime.now(UTC)) < timedelta(minutes=1)


CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome di Windows"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/142.0.0.0",
            "Edge di Windows",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36",
            "Chrome di Android",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; SM-A145F) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet di Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari di iPhone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1",
            "Chrome di iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.6 Safari/605.1.15",
            "Safari di Mac",
        ),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox di Linux",
        ),
        ("curl/8.5.0", "Peramban tidak dikenal"),
        ("<script>alert(1)</script>", "Peramban tidak dikenal"),
        ("", "Peramban tidak dikenal"),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, said: str) -> None:
    assert device(agent) == said


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("sebelas-huf", "terlalu pendek"),
        ("p" * 1001, "terlalu panjang"),
        ("sari-pagi-ini", "memuat nama akun"),
        ("Password123456", "mudah ditebak"),
        ("indonesia 1945!", "mudah ditebak"),
        ("123456789012", "mudah ditebak"),
        ("Sukamaju-2026!", "mudah ditebak"),
        ("abababababab", "mudah ditebak"),
        ("kucing-lari-pagi", ""),
        ("rahasia-sekali", ""),
        ("sari menanam padi di sawah pak lurah", ""),
    ],
)
def test_a_password_is_long_and_not_what_everybody_tries(password: str, problem: str) -> None:
    found = wrong_with(password, "Sari", ("Sukamaju",))
    assert problem in found
    assert bool(found) is bool(problem)
