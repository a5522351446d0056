"""Fast triage in a real browser: sixty items by keyboard alone, marks, undoing, two people."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Browser, Page, expect
from test_web_browser import overflow, visit
from web_support import CHROMIUM, NOW, TRIAGE, Town, complaints, make_decision, make_mention, town

from tanggap.mention import Prediction
from tanggap.store.rows import EVERYTHING, ItemFilter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium; set CHROMIUM"),
]
ITEMS = 60


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Town, dict[int, tuple[str, str | None]]]]:
    """A town with sixty items in triage, and what is right of each: jenis and sector, or OPD.

    Of two the first suggestion is right, of the third it is another sector, an OPD, or nothing
    is asked at all.
    """
    with town(tmp_path) as made:
        right: dict[str, tuple[str, str | None]] = {}
        for number, (_, decision, route) in enumerate(complaints()[:ITEMS]):
            assert decision.sector is not None
            top = ((decision.sector.label, 0.41), ("jalan", 0.22), ("perumahan", 0.11))
            sector = Prediction(decision.sector.label, 0.41, top)
            mention = make_mention(number)
            unsure = replace(TRIAGE, opd=route.opd)
            made.store.intake(
                [mention],
                {mention.network_id: (replace(decision, sector=sector), unsure)},
                "uji",
                NOW,
            )
            key = ("e", "e", ("3", "x", "o", "9", "2", "3")[number // 3 % 6])[number % 3]
            right[mention.network_id] = (key, "dlh" if key == "o" else None)
        numbers = {
            item.id: right[item.mention.network_id]
            for item in made.store.items(EVERYTHING, ItemFilter(), limit=100)
        }
        yield made, numbers


def decide(page: Page, key: str, opd: str | None) -> int:
    """Press what an item needs; return how many keys that took."""
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press(key)
        if opd is None:
            return 1
        page.keyboard.type(opd)
        page.keyboard.press("Enter")
    return len(opd) + 2


@pytest.mark.slow
def test_sixty_items_are_triaged_by_keyboard_alone(
    waiting: tuple[Town, dict[int, tuple[str, str | None]]], browser: Browser
) -> None:
    made, right = waiting
    easy: list[int] = []
    hard: list[int] = []
    with visit(browser, made, viewport={"width": 1440, "height": 900}) as (page, complained):
        page.goto(f"{made.url}/antrean?tab=triage")
        page.keyboard.press("j")
        easy.append(1)
        for turn in range(ITEMS):
            if turn == 10:
                # From here on the item's own page, where the next one opens by itself.
                page.keyboard.press("Enter")
                page.wait_for_url("**/aduan/**")
                hard.append(1)
            if turn == 20:
                page.keyboard.press("a")
                page.wait_for_url("**/antrean**")
                hard.append(1)
                expect(page.locator(".item-link:focus")).to_have_count(1)
            found = re.search(r"/aduan/(\d+)", page.url) or re.search(
                r"judul-(\d+)", str(page.evaluate("document.activeElement.id"))
            )
            assert found is not None, page.url
            key, opd = right.pop(int(found[1]))
            (easy if key == "e" else hard).append(decide(page, key, opd))
        assert complained == []
    assert right == {}
    assert made.store.count(EVERYTHING, ItemFilter(tab="triage")) == 0
    assert (median(easy), median(hard)) == (1, 1)
    assert sum(easy) + sum(hard) <= 2 * ITEMS
    decided = made.store.items(EVERYTHING, ItemFilter(), limit=100)
    assert {item.decided_by for item in decided} == {"ketua"}
    assert sum(item.opd == "dlh" and item.tab == "queue" for item in decided) > 3
    assert sum(item.jenis == "bukan_aduan" for item in decided) > 2
    assert sum(item.sector == "perumahan" for item in decided) > 3


def test_keys_mark_many_and_undo_and_two_people_see_each_other(
    tmp_path: Path, browser: Browser
) -> None:
    with town(tmp_path) as made:
        items = [made.put(make_mention(number), make_decision(), TRIAGE) for number in range(6)]
        with (
            visit(browser, made, viewport={"width": 1440, "height": 900}) as (page, complained),
            visit(browser, made, "dishub", viewport={"width": 360, "height": 740}) as (other, _),
        ):
            page.goto(f"{made.url}/antrean?tab=triage")
            for key in ("j", " ", "j", "m", "j", " ", " "):
                page.keyboard.press(key)
            assert page.evaluate("scrollY") == 0
            expect(page.locator("[data-marked]")).to_have_text("2")
            page.locator("#borongan summary").click()
            page.locator("#tindakan-borongan").select_option("setujui")
            expect(page.locator("#why-borongan")).to_be_hidden()
            page.click("text=Kerjakan yang ditandai")
            page.wait_for_url("**pesan=borongan&jumlah=2")
            page.keyboard.press("u")
            page.wait_for_url("**pesan=batal&jumlah=2")
            assert made.store.count(EVERYTHING, ItemFilter(tab="triage")) == 6
            for key in ("j", "m", "j", "m", "x"):
                page.keyboard.press(key)
            page.wait_for_url("**pesan=borongan&jumlah=2")
            assert made.store.count(EVERYTHING, ItemFilter(tab="aside")) == 2
            page.keyboard.press("u")
            page.wait_for_url("**pesan=batal&jumlah=2")
            # One wrong key, taken back where it was pressed.
            page.keyboard.press("j")
            page.keyboard.press("x")
            page.wait_for_url("**pesan=sisihkan**")
            page.keyboard.press("u")
            page.wait_for_url("**pesan=batal**")
            expect(page.locator(f"#judul-{items[0].id}")).to_be_focused()
            # Somebody else opens it: each sees the other, and the page that is left says so.
            other.goto(f"{made.url}/aduan/{items[0].id}")
            page.keyboard.press("Enter")
            page.wait_for_url("**/aduan/**")
            expect(page.locator("[data-in-hand]")).to_contain_text("dishub")
            expect(other.locator("[data-in-hand]")).to_be_hidden()
            assert overflow(other) <= 0
            with other.expect_response("**/pegang"):
                other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            expect(other.locator("[data-in-hand]")).to_contain_text("ketua")
            page.keyboard.press("a")
            page.wait_for_url("**/antrean**")
            deadline = time.monotonic() + 20
            while made.store.in_hand([items[0].id], "dishub", NOW) and time.monotonic() < deadline:
                page.wait_for_timeout(50)  # a beacon is sent when the page is gone
            with other.expect_response("**/pegang"):
                other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            expect(other.locator("[data-in-hand]")).to_be_hidden()
            assert complained == []
