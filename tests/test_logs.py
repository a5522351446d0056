import logging

import pytest

from tanggap import logs


def test_a_secret_that_slipped_into_a_record_or_traceback_is_blotted_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(secrets=["canary-token-0123456789"])
    logger = logging.getLogger("tanggap.test")
    logger.error("event=x detail=%s", "Bearer canary-token-0123456789")
    try:
        raise ValueError("url?access_token=canary-token-0123456789")
    except ValueError:
        logger.exception("event=y")
    text = capsys.readouterr().err
    assert "event=x" in text
    assert "event=y" in text
    assert "canary-token" not in text


def test_libraries_that_log_headers_are_quiet_even_when_verbose(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(verbose=True)
    logging.getLogger("tweepy.client").info("Authorization: Bearer abc")
    logging.getLogger("urllib3.connectionpool").debug("GET /?token=abc")
    logging.getLogger("tanggap.daemon").debug("event=step")
    text = capsys.readouterr().err
    assert "abc" not in text
    assert "event=step" in text
