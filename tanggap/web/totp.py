"""Codes by time (RFC 6238, as authenticator apps know them), their QR, and recovery codes: pure."""

import hashlib
import hmac
import io
import re
import secrets
from base64 import b32encode
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""Steps before and after the present one whose code is taken: phones are not set by the second."""
RECOVERY_CODES = 10
_CODE = re.compile(r"[0-9]{6}")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another."""


def new_seed() -> str:
    """Return 160 random bits in hexadecimal."""
    return secrets.token_hex(20)


def mark_of(key: str) -> str:
    """Return what tells one key of the install from another, and nothing of it; "" for none."""
    return _mac(key, b"tanggap totp key").hex()[:16] if key else ""


def secret_of(seed: str, key: str) -> str:
    """Return the secret (Base32) that phone and desk share.

    With a key of the install the seed alone, in a copy of the database, gives nothing away;
    without one (`key` "") the seed is the secret.
    """
    bits = _mac(key, bytes.fromhex(seed))[:20] if key else bytes.fromhex(seed)
    return b32encode(bits).decode()


def step_of(secret: str, code: str, moment: datetime, last: int) -> int | None:
    """Return the time step whose code this is, of those after `last`; None when it is none.

    `moment` is real time, whatever the install's clock says: the phone knows no other.
    """
    typed = "".join(code.split())
    if not _CODE.fullmatch(typed):
        return None
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(moment.timestamp()) // STEP_SECONDS
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if step > last and hmac.compare_digest(totp.generate_otp(step), typed):
            return step
    return None


def in_fours(secret: str) -> str:
    """Return a secret as a person copies it."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def qr(secret: str, name: str, city: str) -> bytes:
    """Return the picture (SVG) with which an app takes the secret over."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    address = totp.provisioning_uri(name=name, issuer_name=f"Tanggap {city}")
    picture = io.BytesIO()
    # Dark on white in both themes: not every app reads a light code on a dark ground.
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", scale=4, dark="#000", light="#fff", xmldecl=False
    )
    return picture.getvalue()


def new_recovery_codes() -> list[str]:
    """Return codes for the day when the phone is lost, 79 bits each."""
    return ["-".join(_letters(4) for _ in range(4)) for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """Return what is kept of a recovery code, however it was typed.

    They are random enough for a plain digest; what people choose is hashed with argon2id.
    """
    typed = "".join(letter for letter in code.casefold() if letter in _LETTERS)
    return hashlib.sha256(typed.encode()).hexdigest()


def _letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def _mac(key: str, message: bytes) -> bytes:
    return hmac.digest(key.encode(), message, "sha256")
