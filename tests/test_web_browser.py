"""The desk in a real browser: hostile content, keys, no script, phone and PC."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from web_support import (
    CHROMIUM,
    NOW,
    PASSWORD,
    QUEUE,
    TRIAGE,
    Town,
    add_sources,
    complaints,
    make_decision,
    make_mention,
    password_hash,
    put_everywhere,
    town,
)

from tanggap.mention import Flag, Prediction, Route
from tanggap.store.rows import EVERYTHING, ItemFilter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium; set CHROMIUM"),
]

HOSTILE = (
    "<script>document.title='DIRETAS'</script>",
    "<img src=x onerror=\"document.title='DIRETAS'\">",
    "<svg/onload=document.title='DIRETAS'>",
    "</textarea></bdi></div><script>document.title='DIRETAS'</script>",
    '"><style>body{display:none}</style><iframe src=https://jahat.example></iframe>',
    "javascript:document.title='DIRETAS'//https://a.example/javascript:alert(1)",
    "{{ 7*7 }} {% raw %} ${7*7} #{7*7}",
    '=HYPERLINK("https://jahat.example";"klik")\n+cmd|\' /C calc\'!A0\n@SUM(1+1)\n-2+3',
    "\u202e\u2066\u2069 terbalik gnp.exe \u2069\u2069 sesudahnya",
    "z" + "\u0301" * 10_000,
    "A" * 30_000,  # with soft hyphens below: what took the browser minutes to lay out
    "a\u00ad" * 12_000,
    "й" * 25_000,
    "a\u00a0" * 12_000,
    "\u0600\u06dd" * 500,
    "👨‍👩‍👧‍👦" * 300,
    "baris\n" * 5_000,
    "<b" * 2_000 + "https://" + "a" * 1_900 + ".example/" + "%0d%0a" * 50,
    "&lt;script&gt; &#x3c;b&#x3e; &amp;amp;",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("browser"), x_enabled=True) as running:
        for mention, decision, route in complaints():
            decided = {mention.network_id: (decision, route)}
            running.store.intake([mention], decided, "uji", NOW)
        add_sources(running)
        yield running


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Town]:
    """A town of its own, in which nobody has confirmed anything yet."""
    with town(tmp_path, x_enabled=True) as running:
        for mention, decision, route in complaints():
            decided = {mention.network_id: (decision, route)}
            running.store.intake([mention], decided, "uji", NOW)
        yield running


@contextmanager
def visit(
    browser: Browser, made: Town, name: str = "ketua", **options: object
) -> Iterator[tuple[Page, list[str]]]:
    """Yield a page of somebody logged in, and the list of what the browser complained about."""
    context: BrowserContext = browser.new_context(locale="id-ID", **options)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(made.url) else complaints.append(request.url)
        ),
    )
    page.goto(f"{made.url}/masuk")
    page.fill("#nama", name)
    page.fill("#sandi", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/antrean")
    yield page, complaints
    context.close()


def overflow(page: Page) -> int:
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


@pytest.mark.parametrize("name", ["diskominfo", "mmmmmmmmmmmmmmmm"])
def test_the_head_of_a_page_fits_a_phone_however_long_the_name_of_who_sees_everything(
    untouched: Town, browser: Browser, name: str
) -> None:
    untouched.store.add_user(name, "supervisor", (), password_hash(), untouched.clock.now())
    with visit(browser, untouched, name, viewport={"width": 360, "height": 740}) as (page, _):
        for path in ("/antrean", "/sumber", "/analis"):
            page.goto(untouched.url + path)
            assert overflow(page) <= 0, path


@pytest.mark.slow
def test_hostile_content_is_inert_on_every_page(made: Town, browser: Browser) -> None:
    numbers = [put_everywhere(made, index, text).id for index, text in enumerate(HOSTILE)]
    with visit(browser, made, viewport={"width": 360, "height": 740}) as (page, complained):
        for path in ["/antrean", *(f"/aduan/{number}" for number in numbers)]:
            page.goto(made.url + path)
            assert "DIRETAS" not in page.title(), path
            assert overflow(page) <= 0, path
            assert page.locator("main script, main iframe, main style, main img").count() == 0
            assert page.locator("[href^='javascript' i]").count() == 0
        page.goto(f"{made.url}/aduan/{numbers[8]}")
        # A stray "pop isolate" must not turn the page around it.
        assert page.locator("article .text").first.inner_text().startswith("[U+202E]")
        towers = page.goto(f"{made.url}/aduan/{numbers[9]}")
        assert towers is not None
        box = page.locator("article .text").first.bounding_box()
        assert box is not None
        assert box["height"] < 60
        page.goto(f"{made.url}/antrean?cari=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        assert complained == []


@pytest.mark.slow
def test_the_tour_fits_phone_and_pc_in_light_and_dark(made: Town, browser: Browser) -> None:
    urgent = made.put(make_mention(2000), make_decision(urgent=Flag(True, 0.9)))
    outside = made.put(
        make_mention(2001, "listrik padam"),
        make_decision("listrik", "pln"),
        Route("queue", "outside", opd="diskominfo", candidates=("diskominfo",)),
    )
    for number in range(5):
        name = f"Jalan rusak di Karangsari nomor {number}"
        made.store.save_view("ketua", name, "tab=queue&sektor=jalan", True, NOW)
    paths = (
        "/antrean", "/antrean?tab=triage", "/antrean?tab=aside", "/antrean?tab=sensitive",
        "/antrean?tab=closed&sektor=jalan&mendesak=1", "/antrean/tampilan",
        "/antrean?cari=tidakada", f"/aduan/{urgent.id}", f"/aduan/{outside.id}", "/sumber",
        "/tautan?ke=https://contoh.example/" + "a" * 300, "/aduan/99999",
    )  # fmt: skip
    for width, height, scheme in ((360, 740, "light"), (1440, 900, "dark")):
        with visit(
            browser, made, viewport={"width": width, "height": height}, color_scheme=scheme
        ) as (page, complained):
            for path in paths:
                page.goto(made.url + path)
                assert overflow(page) <= 0, (width, path)
                if page.locator(".filters-toggle").is_visible():
                    page.locator(".filters-toggle").click()
                # What keeps a view opens last: it lies over what stands below it.
                for kind in ("main summary:not(.save-view *)", ".save-view summary"):
                    for summary in page.locator(kind).all():
                        summary.click()
                assert overflow(page) <= 0, (width, path, "opened")
                assert page.locator("h1").count() == 1, path
                low = page.evaluate(CONTRAST)
                assert low == [], (scheme, path, low)
                if width == 360:
                    assert page.evaluate(SMALL_TARGETS) == [], path
            assert [line for line in complained if "404" not in line] == []


CONTRAST = """() => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    return {rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1};
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha === 1) return colour.rgb;
    }
    return [255, 255, 255];
  };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    if (!style.color.startsWith("rgb")) continue;
    const a = light(parse(style.color).rgb), b = light(behind(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${walker.currentNode.data.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return bad;
}"""
"""Texts below 4.5 : 1 (WCAG 2.2, 1.4.3)."""

SMALL_TARGETS = """() => [...document.querySelectorAll(
    "button, .button, input:not([type=hidden]):not([type=checkbox]), select, summary, nav a")]
  .filter((e) => e.checkVisibility() && !e.closest(".visually-hidden"))
  .filter((e) => e.getBoundingClientRect().height < 43.5)
  .map((e) => e.outerHTML.slice(0, 80))"""


def test_keys_move_open_confirm_search_and_help(made: Town, browser: Browser) -> None:
    item = made.put(make_mention(-1000, "tombol"), None, TRIAGE)
    with visit(browser, made) as (page, complained):
        page.goto(f"{made.url}/antrean?tab=triage")
        page.keyboard.press("j")
        expect(page.locator(f"#judul-{item.id}")).to_be_focused()
        page.keyboard.press("j")
        expect(page.locator(f"#judul-{item.id}")).not_to_be_focused()
        page.keyboard.press("k")
        expect(page.locator(f"#judul-{item.id}")).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/aduan/{item.id}?dari=**")
        page.keyboard.press("a")
        page.wait_for_url("**/antrean?tab=triage")
        page.keyboard.press("?")
        expect(page.locator("#bantuan")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#bantuan")).to_be_hidden()
        page.keyboard.press("/")
        expect(page.locator("#cari")).to_be_focused()
        page.keyboard.type("jje")
        expect(page.locator("#cari")).to_have_value("jje")
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("e")
        page.wait_for_url("**pesan=benar**")
        after = made.store.item(EVERYTHING, item.id)
        assert after is not None
        assert (after.item.tab, after.item.decided_by) == ("queue", "ketua")
        page.keyboard.press("?")
        page.locator("#pintasan-aktif").uncheck()
        page.keyboard.press("Escape")
        page.locator("#isi").focus()
        page.keyboard.press("j")
        assert page.locator(".item-link:focus").count() == 0
        assert complained == []


def test_one_key_brings_back_what_was_put_aside(made: Town, browser: Browser) -> None:
    item = made.put(
        make_mention(-2000, "ternyata aduan"),
        make_decision(jenis="bukan_aduan"),
        Route("aside", "aside", opd="dishub"),
    )
    with visit(browser, made) as (page, _):
        page.goto(f"{made.url}/antrean?tab=aside")
        page.keyboard.press("j")
        page.keyboard.press("b")
        page.wait_for_url("**pesan=perbaiki**")
    assert made.store.item(EVERYTHING, item.id).item.tab == "queue"  # type: ignore[union-attr]


def test_new_arrivals_are_announced_and_the_list_stays(made: Town, browser: Browser) -> None:
    with visit(browser, made) as (page, complained):
        page.clock.install()
        page.goto(f"{made.url}/antrean")
        first = page.locator(".item").first.get_attribute("id")
        place = page.locator(".item").first.bounding_box()
        before = int(page.locator("[data-count=queue]").inner_text())
        made.put(make_mention(-3000, "baru sekali"))
        page.clock.run_for(16_000)
        expect(page.locator("#baru")).to_contain_text("1 aduan baru")
        expect(page.locator("[data-count=queue]")).to_have_text(str(before + 1))
        assert page.locator(".item").first.get_attribute("id") == first
        assert page.locator(".item").first.bounding_box() == place
        page.locator("#baru a").click()
        expect(page.locator(".item").first).to_contain_text("baru sekali")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.clock.run_for(11 * 60_000)
        page.clock.run_for(60_000)
        asked.clear()
        page.clock.run_for(60_000)  # nobody there: the page must not keep the session alive
        assert [url for url in asked if "hitung" in url] == []
        assert complained == []


def test_without_javascript_reading_and_acting_work(made: Town, browser: Browser) -> None:
    item = made.put(make_mention(-4000, "tanpa skrip"), None, TRIAGE)
    with visit(browser, made, java_script_enabled=False) as (page, _):
        page.goto(f"{made.url}/antrean?tab=triage")
        page.click(f"#aduan-{item.id} button")
        page.wait_for_url("**pesan=benar**")
        page.goto(f"{made.url}/aduan/{item.id}")
        page.locator("#form-catatan summary").click()
        page.fill("#why-catatan", "sudah ditelepon")
        page.locator("#form-catatan button").click()
        page.wait_for_url("**pesan=catatan**")
        expect(page.locator("main")).to_contain_text("sudah ditelepon")
        page.locator("#form-limpahkan summary").click()
        page.select_option("#opd-limpahkan", "dpupr")
        page.fill("#why-limpahkan", "tiang milik PU")
        page.check("input[name=wrong_opd]")
        page.locator("#form-limpahkan button").click()
        page.wait_for_url("**pesan=limpahkan**")
        page.locator(".account summary").click()
        page.click("text=Keluar")
        page.wait_for_url("**/masuk?pesan=keluar")
    assert made.store.item(EVERYTHING, item.id).item.opd == "dpupr"  # type: ignore[union-attr]


def test_the_reply_text_can_be_copied(made: Town, browser: Browser) -> None:
    item = made.put(
        make_mention(-5000, "listrik padam"),
        make_decision("listrik", "pln"),
        replace(QUEUE, rule="outside", opd="diskominfo"),
    )
    with visit(browser, made, permissions=["clipboard-read", "clipboard-write"]) as (
        page,
        complained,
    ):
        page.goto(f"{made.url}/aduan/{item.id}")
        page.click("text=Salin balasan")
        expect(page.locator("text=Tersalin")).to_be_visible()
        assert complained == []


def test_the_keyboard_alone_reaches_the_content(made: Town, browser: Browser) -> None:
    with visit(browser, made) as (page, _):
        page.goto(f"{made.url}/antrean")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        unlabelled = page.evaluate(
            """() => [...document.querySelectorAll("input, select, textarea, button")]
              .filter((e) => e.type !== "hidden" && !e.labels?.length
                && !e.textContent.trim() && !e.getAttribute("aria-label"))
              .map((e) => e.outerHTML)"""
        )
        assert unlabelled == []
    assert made.store.count(EVERYTHING, ItemFilter()) > 60


@pytest.mark.parametrize("tab", ["triage", "queue"])
def test_confirming_by_key_selects_the_next_waiting_row(
    untouched: Town, browser: Browser, tab: str
) -> None:
    with visit(browser, untouched, viewport={"width": 1000, "height": 500}) as (page, complained):
        page.goto(f"{untouched.url}/antrean?tab={tab}")
        waiting = page.locator(".item:has(form[data-confirm])")
        own, following = waiting.nth(5), waiting.nth(6).get_attribute("id")
        number = str(own.get_attribute("id")).removeprefix("aduan-")
        own.evaluate("row => row.scrollIntoView({block: 'center', behavior: 'instant'})")
        own.locator(".item-link").evaluate("link => link.focus({preventScroll: true})")
        before = page.evaluate("scrollY")
        assert before > 100
        page.keyboard.press("e")
        page.wait_for_url("**pesan=benar**")
        expect(page.locator(f"#{following} .item-link")).to_be_focused()
        expect(page.locator(f"#{following}")).to_be_in_viewport(ratio=0.98)
        assert abs(page.evaluate("scrollY") - before) < 250
        after = untouched.store.item(EVERYTHING, int(number))
        assert after is not None
        assert after.item.decided_by == "ketua"
        assert complained == []


def test_going_back_selects_the_row_that_was_left(made: Town, browser: Browser) -> None:
    with visit(browser, made, viewport={"width": 1000, "height": 500}) as (page, complained):
        page.goto(f"{made.url}/antrean?tab=queue&opd=dishub")
        row = page.locator(".item").nth(6)
        name = row.get_attribute("id")
        row.locator(".item-link").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/aduan/*")
        page.keyboard.press("a")
        page.wait_for_url("**/antrean?tab=queue&opd=dishub")
        expect(page.locator(f"#{name} .item-link")).to_be_focused()
        expect(page.locator(f"#{name}")).to_be_in_viewport(ratio=0.98)
        assert complained == []


def test_the_tabs_of_a_phone_show_that_there_are_more(made: Town, browser: Browser) -> None:
    with visit(browser, made, viewport={"width": 360, "height": 740}) as (page, _):
        tabs = page.locator(".tabs")
        assert tabs.evaluate("e => e.scrollWidth - e.clientWidth") > 0
        shade = tabs.evaluate("e => getComputedStyle(e).backgroundAttachment")
        assert shade == "local, local, scroll, scroll"
        tabs.get_by_text("Disisihkan").click()
        page.wait_for_url("**tab=aside")
        expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.99)


ROWS_SEEN = """() => [...document.querySelectorAll(".item")]
  .filter((e) => e.getBoundingClientRect().bottom <= innerHeight).length"""


def test_rows_stand_close_on_a_laptop_for_those_who_want_it(made: Town, browser: Browser) -> None:
    with visit(browser, made, viewport={"width": 1440, "height": 900}) as (page, complained):
        page.goto(f"{made.url}/antrean?opd=dishub")
        far = page.evaluate(ROWS_SEEN)
        page.get_by_role("button", name="Rapat").click()
        assert page.evaluate(ROWS_SEEN) >= min(18, page.locator(".item").count()) > far
        page.goto(f"{made.url}/antrean")
        expect(page.get_by_role("button", name="Rapat", pressed=True)).to_be_visible()
        assert page.evaluate(ROWS_SEEN) >= 12
        box = page.locator(".item-act button").first.bounding_box()
        assert box is not None
        assert box["height"] >= 24  # WCAG 2.2, 2.5.8
        assert overflow(page) <= 0
        assert page.evaluate(CONTRAST) == []
        page.set_viewport_size({"width": 360, "height": 740})
        assert overflow(page) <= 0
        expect(page.get_by_role("button", name="Rapat")).to_be_hidden()
        assert complained == []


def test_the_buttons_of_the_rows_stand_on_one_line(made: Town, browser: Browser) -> None:
    made.put(
        make_mention(-6000, "terima kasih"),
        make_decision(jenis="apresiasi"),
        Route("aside", "aside", opd="dishub"),
    )
    with visit(browser, made, viewport={"width": 1440, "height": 900}) as (page, _):
        page.goto(f"{made.url}/antrean?tab=aside")
        box = page.locator(".item-act button", has_text="Ini aduan").first.bounding_box()
        assert box is not None
        assert box["height"] < 46
        assert overflow(page) <= 0


def test_an_incident_is_suggested_confirmed_and_split(untouched: Town, browser: Browser) -> None:
    texts = (
        "Banjir setinggi lutut di Jl. Flamboyan, got mampet semua dan motor warga mogok",
        "jl flamboyan kerendem min, air selutut got mampet, motor banyak yang mogok",
        "Got Jl. Flamboyan mampet, banjir selutut masuk rumah, tolong pompa airnya",
    )
    decision = replace(
        make_decision("drainase_banjir", "dpupr"), place=Prediction("tanjungrejo", 0.97)
    )
    route = Route("queue", "sector", opd="dpupr", candidates=("dpupr",))
    items = [
        untouched.put(make_mention(number, text), decision, route)
        for number, text in enumerate(texts)
    ]
    size = {"width": 360, "height": 740}
    with visit(browser, untouched, viewport=size) as (page, complained):
        page.goto(f"{untouched.url}/aduan/{items[0].id}")
        expect(page.get_by_role("heading", name="Mungkin kejadian yang sama")).to_be_visible()
        assert overflow(page) <= 0
        page.get_by_role("button", name="Ya, satu kejadian").click()
        expect(page.get_by_text("Aduan disatukan menjadi satu insiden.")).to_be_visible()
        page.goto(f"{untouched.url}/antrean")
        chip = page.locator(".incident-chip").first
        expect(chip).to_have_text("Insiden: 3 warga")
        assert overflow(page) <= 0
        chip.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Drainase, sungai & banjir: Flamboyan, Tanjungrejo"
        )
        assert overflow(page) <= 0
        for item in items[1:]:
            page.locator(f"input[name=aduan][value='{item.id}']").check()
        page.get_by_role("button", name="Pisahkan yang dicentang").click()
        expect(page.get_by_text("Aduan dipisahkan.")).to_be_visible()
        expect(page.locator("input[name=aduan]")).to_have_count(2)
        page.goto(f"{untouched.url}/aduan/{items[0].id}")
        assert page.get_by_text("Mungkin kejadian yang sama").count() == 0  # remembered
        assert complained == []


def test_codes_at_login_are_switched_on_and_used_without_script_on_a_phone(
    untouched: Town, browser: Browser
) -> None:
    clock = untouched.clock
    small = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}
    with visit(browser, untouched, "dishub", **small) as (page, complaints):
        page.goto(f"{untouched.url}/akun")
        page.get_by_role("link", name="Nyalakan").click()
        page.get_by_role("button", name="Mulai").click()
        page.wait_for_url("**/akun/kode")
        secret = page.locator("code.secret").inner_text().replace(" ", "")
        page.wait_for_load_state("load")
        assert page.locator(".qr img").evaluate("image => image.naturalWidth") > 100
        page.fill("#kode", pyotp.TOTP(secret).at(clock.real_now()))
        page.fill("#sandi-nyala", PASSWORD)
        page.get_by_role("button", name="Nyalakan kode saat masuk").click()
        recovery = page.locator(".recovery code").all_inner_texts()
        assert len(recovery) == 10
        clock.forward(seconds=30)
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Keluar", exact=True).click()
        for field, typed in (
            ("#kode", pyotp.TOTP(secret).at(clock.real_now())),
            ("#cadangan", recovery[0]),
        ):
            page.context.clear_cookies()
            page.goto(f"{untouched.url}/masuk?lanjut=/akun")
            page.fill("#nama", "dishub")
            page.fill("#sandi", PASSWORD)
            page.click("main button")
            page.wait_for_url("**/masuk/kode?*")
            if field == "#cadangan":
                page.get_by_text("Pakai kode cadangan").click()
            page.fill(field, typed)
            page.press(field, "Enter")
            page.wait_for_url("**/akun")
        assert page.locator(".devices li").count() == 2
        assert complaints == []
