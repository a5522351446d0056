"""What a refusal means whatever network it comes from: waits, login pages, broken lines. Pure.

Waits: RFC 9110, 10.2.3 (`Retry-After` in seconds or as a date). The server's own `Date` is what a
date is measured against, so that a wrong clock on either side changes nothing.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from collectors.transport_socket import TransportError
from tanggap.errors import CollectorError, NotAuthorised, RateLimited, Unavailable

LONGEST_WAIT = timedelta(days=1)
"""No network of ours documents a longer one; what names more is taken for a slip."""
SHORTEST_WAIT = timedelta(minutes=1)

_WHOLE_NUMBER = re.compile(r"[0-9]{1,12}")
_PAGE_LOOKED_AT = 65_536
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,1000}<(?:!doctype html|html|head|body)\b", re.IGNORECASE
)
_DOORS = rb"(?:log-?in|sign-?in|masuk|checkpoint|challenge|captive|captcha)"
_ASKS_WHO = re.compile(
    rb"<input[^>]{0,500}type\s{0,9}=\s{0,9}[\"']?password"
    rb"|<form[^>]{0,500}action\s{0,9}=\s{0,9}[\"']?[^\"'>]{0,500}" + _DOORS + rb"|"
    rb"<meta[^>]{0,200}http-equiv\s{0,9}=\s{0,9}[\"']?refresh[^>]{0,500}" + _DOORS,
    re.IGNORECASE,
)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the wait that `Retry-After` names; None for a missing, past or unreadable one.

    Header names are lower case; `now` serves where the answer has no readable `Date`.
    """
    text = headers.get("retry-after", "").strip()
    if _WHOLE_NUMBER.fullmatch(text):
        # A timedelta ends before what twelve digits can say.
        wait = timedelta(seconds=min(int(text), 10**9))
    else:
        moment = http_date(text)
        if moment is None:
            return None
        wait = moment - (http_date(headers.get("date", "")) or now)
    return wait if wait > timedelta(0) else None


def http_date(text: str) -> datetime | None:
    """Return the moment of an HTTP date, aware; None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def pause(
    status: int, headers: Mapping[str, str], network: str, now: datetime
) -> RateLimited | None:
    """Return the wait that a network which is down asks all to keep; None where it asks for none.

    That is a 5xx with a `Retry-After`; it speaks for the service, so `network` as a whole waits.
    """
    wait = retry_after(headers, now)
    if status < 500 or wait is None or wait > LONGEST_WAIT:
        return None
    until = now + max(wait, SHORTEST_WAIT)
    return RateLimited("network_paused", network, f"HTTP {status}", until)


def no_answer(trouble: TransportError, source: str, network: str) -> CollectorError:
    """Return the error for a request that brought no answer at all.

    A line whose other end cannot prove who it is is for a person to look at, once for all of
    the network: asking again soon changes nothing.
    """
    if trouble.code == "tls_refused":
        return NotAuthorised("tls_refused", network, trouble.detail)
    return Unavailable(trouble.code, source, trouble.detail)


def asks_for_login(status: int, content: bytes) -> bool:
    """Whether somebody asks who we are instead of answering: the network, or one on the way to it.

    A status that says so without data (401, 407, 511), or a page with a login.
    """
    if status in (401, 407, 511):
        return True
    page = content[:_PAGE_LOOKED_AT]
    return bool(_PAGE.match(page) and _ASKS_WHO.search(page))
