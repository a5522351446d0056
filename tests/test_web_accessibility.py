"""Every page by axe-core, in both themes and on a phone; how heavy it is; whom it asks."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from analysis_support import Bench
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from test_web_browser import overflow, visit
from web_pages_support import full_desk, paths_of
from web_support import CHROMIUM, PASSWORD, password_hash

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium; set CHROMIUM"),
]

WEIGHT_AT_MOST = 150_000
"""Bytes of a page with all that it loads, as they travel without compression."""
WEIGHT = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give a desk on which every page has something to show."""
    with full_desk(tmp_path_factory.mktemp("akses")) as bench:
        yield bench


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_axe_finds_nothing_on_any_page(
    full: Bench, browser: Browser, width: int, scheme: str
) -> None:
    found: list[str] = []
    weights: dict[str, int] = {}
    with visit(
        browser, full.town, viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as (page, complained):
        for path in paths_of(full):
            answer = page.goto(full.town.url + path)
            assert answer is not None
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            weights[path] = page.evaluate(WEIGHT)
            page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
            for one in Axe().run(page).response["violations"]:
                found += [f"{path} {one['id']} {node['html'][:120]}" for node in one["nodes"][:3]]
        assert [line for line in complained if "404" not in line] == []
    assert not found, "\n".join(found)
    assert {path: size for path, size in weights.items() if size > WEIGHT_AT_MOST} == {}
    assert len(weights) >= 20


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_axe_finds_nothing_where_codes_are_switched_on_and_asked_for(
    full: Bench, browser: Browser, width: int, scheme: str
) -> None:
    made, name = full.town, f"{width}" + "m" * 36
    made.store.add_user(name, "supervisor", (), password_hash(), made.clock.now())
    found: list[str] = []

    def look(page: Page) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        found.extend(f"{page.url} {one['id']}" for one in Axe().run(page).response["violations"])
        found.extend([f"{page.url} is too wide"] if overflow(page) > 0 else [])

    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with visit(browser, made, name, **options) as (page, complained):
        page.goto(f"{made.url}/akun/kode")
        page.get_by_role("button", name="Mulai").click()
        secret = page.locator("code.secret").inner_text().replace(" ", "")
        page.fill("#kode", pyotp.TOTP(secret).at(made.clock.real_now()))
        page.fill("#sandi-nyala", PASSWORD)
        page.get_by_role("button", name="Nyalakan kode saat masuk").click()
        expect(page.locator(".recovery li")).to_have_count(10)
        look(page)
        for path in ("/akun", "/akun/kode"):
            page.goto(made.url + path)
            look(page)
        page.context.clear_cookies()
        page.goto(f"{made.url}/masuk")
        page.fill("#nama", name)
        page.fill("#sandi", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/masuk/kode?*")
        look(page)
        page.fill("#kode", "000000")
        page.press("#kode", "Enter")
        expect(page.locator(".problem")).to_be_visible()
        look(page)
        assert [line for line in complained if "401" not in line] == []
    assert found == []
