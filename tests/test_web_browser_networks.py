"""The pages of three networks in a real browser: they fit phone and PC, light and dark."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import web_support
from networks_support import (
    ANSWER,
    CONTEXT,
    add_all,
    everything_on,
    fail,
    on_facebook,
    poll,
    put,
    store,
    the_post,
)
from playwright.sync_api import Browser
from test_web_browser import CONTRAST, SMALL_TARGETS, overflow, pytestmark, visit
from web_support import Town, town

__all__ = ["pytestmark"]

OPEN_ALL = "document.querySelectorAll('main details').forEach((one) => { one.open = true; })"


@pytest.fixture
def well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town with all networks on, and no trouble."""
    plain = web_support.make_config
    monkeypatch.setattr(
        web_support, "make_config", lambda *given, **more: everything_on(plain(*given, **more))
    )
    with town(tmp_path, x_enabled=True) as made:
        add_all(made)
        yield made


@pytest.fixture
def busy(well: Town) -> Town:
    """A town with trouble of every kind on its sources page."""
    now = well.clock.now()
    poll(well, "meta:token", now, now + timedelta(days=3))
    fail(well, "meta:facebook:dp3a:feed", "needs_human", "page_not_granted")
    fail(well, "meta:facebook:dinkes:tagged", "backoff", "network_timeout")
    fail(well, "meta:instagram:bpbd:tags", "waiting", "rate_limited")
    well.store.hold("instagram_web", now + timedelta(hours=9), "instagram_rest", now)
    return well


def test_sources_and_threads_fit_phone_and_pc(busy: Town, browser: Browser) -> None:
    store(busy, the_post("Pengumuman panjang sekali. " * 60), CONTEXT)
    first = put(busy, on_facebook(200, "Kapan giliran RT 03? " + "a" * 400))
    reply = on_facebook(150, "Besok", first.mention.network_id, author_opd="dpupr")
    store(busy, reply, ANSWER)
    item = put(busy, on_facebook(100, "juga\n" * 80, first.mention.network_id))
    for number in range(10, 30):
        put(busy, on_facebook(number, f"Semoga cepat selesai {number}"))
    for width, height, scheme in ((360, 740, "light"), (1440, 900, "dark")):
        size = {"width": width, "height": height}
        with visit(browser, busy, viewport=size, color_scheme=scheme) as (page, complained):
            for path in ("/sumber", f"/aduan/{item.id}", f"/aduan/{first.id}", "/antrean"):
                page.goto(busy.url + path)
                assert overflow(page) <= 0, (width, path)
                page.evaluate(OPEN_ALL)
                assert overflow(page) <= 0, (width, path, "opened")
                assert page.evaluate(CONTRAST) == [], (scheme, path)
                if width == 360:
                    assert page.evaluate(SMALL_TARGETS) == [], path
            assert complained == []


def test_an_outage_is_a_short_page_and_a_short_reply_keeps_its_line(
    well: Town, browser: Browser
) -> None:
    for source in well.store.sources(well.clock.now()):
        fail(well, source.spec.id, "backoff", "network_unreachable")
    post = "Perbaikan Jl. Melati mulai Senin depan, " + "tanpajeda" * 40
    put(well, on_facebook(100, "setuju, tolong jadi perhatian", parent_text=post))
    for width, height, scheme in ((360, 740, "light"), (1440, 900, "dark")):
        size = {"width": width, "height": height}
        with visit(browser, well, viewport=size, color_scheme=scheme) as (page, complained):
            page.goto(f"{well.url}/sumber")
            assert page.locator(".account-of").count() == 0
            assert page.evaluate("document.documentElement.scrollHeight") < 5 * height
            assert page.evaluate(CONTRAST) == [], scheme
            assert overflow(page) <= 0
            page.evaluate(OPEN_ALL)
            assert overflow(page) <= 0
            page.goto(f"{well.url}/antrean")
            line = page.locator(".answering")
            assert line.inner_text().startswith("menanggapi: Perbaikan Jl. Melati")
            box = line.bounding_box()
            assert box is not None
            assert box["height"] < 30  # one line
            assert line.evaluate("it => it.scrollWidth > it.clientWidth")  # cut off
            assert overflow(page) <= 0
            assert page.evaluate(CONTRAST) == [], scheme
            assert complained == []
